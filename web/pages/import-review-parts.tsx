import type { JSX } from 'preact';
import type { Differs, ImportEntry, ImportJob } from '../../models/imports/jobs/service.ts';
import { Button, Segmented } from '../parts/form.tsx';
import { Sheet, Table, Tag } from '../parts/page.tsx';
import type { PageContext, WordKey } from '../site.ts';

/** The tables of the review of an import. */

interface TableProps {
  readonly ctx: PageContext;
  readonly job: ImportJob;
  readonly items: readonly ImportEntry[];
  /** How many there are in all. */
  readonly count: number;
}

const FIELDS = [
  ...(['name', 'tel', 'email', 'adr', 'org', 'title', 'bday', 'note', 'photo', 'url', 'nickname'] as const),
  ...(['categories', 'start', 'end', 'place', 'repeat', 'notes'] as const),
] as const;
/** Values that say nothing to people. */
const UNSHOWN: ReadonlySet<string> = new Set(['photo', 'logo', 'key', 'sound', 'repeat']);

/** File and line of an item; a name inside an archive is shown without the archive's own. */
export function placeText(ctx: PageContext, item: Pick<ImportEntry, 'file' | 'line'>): JSX.Element {
  const inner = item.file.slice(item.file.indexOf('!') + 1);
  return (
    <span class="place">
      <code>{inner}</code>
      {item.line > 0
        ? ` ${ctx.words.t('import.unreadable.line', { line: ctx.words.number(item.line) })}`
        : ''}
    </span>
  );
}

function difference(ctx: PageContext, { field, keep, other }: Differs): string {
  const { t } = ctx.words;
  if (field === 'details') return t('import.differs.details');
  const known = FIELDS.find((name) => name === field);
  const name = t(`import.field.${known ?? 'other'}`);
  const isShown = known !== undefined && !UNSHOWN.has(field);
  if (keep === '')
    return isShown
      ? t('import.differs.adds', { field: name, other })
      : t('import.differs.adds-only', { field: name });
  if (!isShown) return t('import.differs.only', { field: name });
  if (other === '') return t('import.differs.gone', { field: name, keep });
  return t('import.differs.other', { field: name, keep, other });
}

function DiffersList({ ctx, item }: { readonly ctx: PageContext; readonly item: ImportEntry }): JSX.Element {
  return (
    <ul class="differs">
      {item.differs.map((row) => (
        <li key={`${row.field} ${row.other}`}>{difference(ctx, row)}</li>
      ))}
    </ul>
  );
}

const titleOf = (ctx: PageContext, title: string): string => title || ctx.words.t('import.untitled');

function reasonText(ctx: PageContext, item: ImportEntry): string {
  return item.reason === '' ? '' : ctx.words.t(`import.reason.${item.reason}`);
}

function LookChoice({ ctx, item }: { readonly ctx: PageContext; readonly item: ImportEntry }): JSX.Element {
  const { t } = ctx.words;
  return (
    <Segmented
      name={`choice-${item.position}`}
      label={t('import.look.choice-for', { name: titleOf(ctx, item.title) })}
      value={item.choice}
      options={[
        {
          value: 'merge',
          label: t(item.component === 'VCARD' ? 'import.choice.merge' : 'import.choice.replace'),
        },
        { value: 'both', label: t('import.choice.both') },
        { value: 'skip', label: t('import.choice.skip') },
      ]}
    />
  );
}

/** Items that look like others, with what differs and a choice for each. */
export function LookTable({ ctx, job, items, count }: TableProps): JSX.Element {
  const { t, n } = ctx.words;
  const heads = (['file', 'here', 'differs', 'choice'] as const).map((key) => t(`import.look.${key}`));
  const rows = items.map((item) => ({
    key: String(item.position),
    cells: [
      <span key="file">
        <strong>{titleOf(ctx, item.title)}</strong>
        <span class="under">{placeText(ctx, item)}</span>
      </span>,
      <span key="here">
        <strong>
          {item.matchTitle || (item.match === null ? t('import.in-file') : t('import.untitled'))}
        </strong>
        <span class="under muted small">{reasonText(ctx, item)}</span>
      </span>,
      <DiffersList key="differs" ctx={ctx} item={item} />,
      <LookChoice key="choice" ctx={ctx} item={item} />,
    ],
  }));
  return (
    <Sheet
      id="look"
      title={n('import.look', count)}
      aside={
        <Button ctx={ctx} name="all" value="look:merge" formaction={`${ctx.base}/import/${job.id}/choices`}>
          {n('import.look.merge-all', count)}
        </Button>
      }
    >
      <Table ctx={ctx} caption={n('import.look', count)} heads={heads} rows={rows} />
    </Sheet>
  );
}

const REPAIR_WORDS = [
  ...(['end-before-start', 'end-type', 'end-and-duration', 'bad-parameters', 'repeated-property'] as const),
  ...([
    'incomplete-alarm',
    'missing-end',
    'rule-syntax',
    'date-syntax',
    'repeated-uid',
    'vcalendar-1',
  ] as const),
] as const;

/** Where the words say enough, what the program found is left out. */
const SAID: ReadonlySet<string> = new Set([
  'no-start',
  'no-name',
  'password',
  'nested-archive',
  'other-file',
  'empty-file',
  'empty-calendar',
  'no-target',
]);

const hasDetail = (item: ImportEntry): boolean => item.reasonText !== '' && !SAID.has(item.reason);

function Wrong({ ctx, item }: { readonly ctx: PageContext; readonly item: ImportEntry }): JSX.Element {
  const { t } = ctx.words;
  const repairs = REPAIR_WORDS.filter((known) => item.repairs.includes(known));
  return (
    <span>
      {item.title === '' ? null : <strong>{item.title}</strong>}
      {item.verdict === 'repaired' ? (
        <ul class="differs">
          {repairs.map((repair) => (
            <li key={repair}>{t(`import.repair.${repair}`)}</li>
          ))}
        </ul>
      ) : (
        <span>{reasonText(ctx, item)}</span>
      )}
      {hasDetail(item) ? (
        <span class="under muted small" lang="en">
          {item.reasonText}
        </span>
      ) : null}
    </span>
  );
}

function WrongChoice({ ctx, item }: { readonly ctx: PageContext; readonly item: ImportEntry }): JSX.Element {
  const { t } = ctx.words;
  if (item.verdict !== 'repaired') return <Tag kind="quiet">{t('import.unreadable.left-out')}</Tag>;
  return (
    <span class="stack">
      <span>
        <Tag kind="info">{t('import.unreadable.repairable')}</Tag>
      </span>
      <Segmented
        name={`choice-${item.position}`}
        label={t('import.look.choice-for', { name: titleOf(ctx, item.title) })}
        value={item.choice}
        options={[
          { value: 'import', label: t('import.choice.import') },
          { value: 'leave', label: t('import.choice.leave') },
        ]}
      />
    </span>
  );
}

/** Items that cannot be stored as they are written: where, what is wrong, what can be done. */
export function UnreadableTable({ ctx, job, items, count }: TableProps): JSX.Element {
  const { t, n } = ctx.words;
  const heads = (['where', 'what', 'do'] as const).map((key) => t(`import.unreadable.${key}`));
  const rows = items.map((item) => ({
    key: String(item.position),
    cells: [
      placeText(ctx, item),
      <Wrong key="what" ctx={ctx} item={item} />,
      <WrongChoice key="do" ctx={ctx} item={item} />,
    ],
  }));
  return (
    <Sheet
      id="unreadable"
      title={n('import.unreadable', count)}
      aside={
        <a href={`${ctx.base}/import/${job.id}/left-out`} download>
          {t('import.left-out')}
        </a>
      }
    >
      <Table ctx={ctx} caption={n('import.unreadable', count)} heads={heads} rows={rows} />
    </Sheet>
  );
}

/** Items without a question: new ones, and those that are here. */
export function PlainTable(props: TableProps & { readonly kind: 'new' | 'here' }): JSX.Element {
  const { ctx, items, count, kind } = props;
  const { t, n } = ctx.words;
  const heads = [
    t('import.item'),
    t('import.unreadable.where'),
    ...(kind === 'here' ? [t('import.why')] : []),
  ];
  const rows = items.map((item) => ({
    key: String(item.position),
    cells: [
      titleOf(ctx, item.title),
      placeText(ctx, item),
      ...(kind === 'here' ? [reasonText(ctx, item)] : []),
    ],
  }));
  return (
    <Sheet id={kind} title={n(`import.${kind}.title`, count)}>
      <Table ctx={ctx} caption={n(`import.${kind}.title`, count)} heads={heads} rows={rows} />
    </Sheet>
  );
}

const PARTS = ['street', 'city', 'region', 'postcode', 'country', 'box'] as const;
const LABELS = ['home', 'work', 'mobile', 'main', 'home-fax', 'work-fax', 'pager', 'other'] as const;
const PLAIN_PLACES = [
  ...([
    'name',
    'prefix',
    'first',
    'middle',
    'last',
    'suffix',
    'nickname',
    'org',
    'department',
    'title',
  ] as const),
  ...([
    'birthday',
    'anniversary',
    'web',
    'categories',
    'note',
    'summary',
    'start.date',
    'start.time',
  ] as const),
  ...(['end.date', 'end.time', 'all-day', 'place', 'description', 'private', 'show-as', 'priority'] as const),
] as const;

/** What a place for a column is called. */
export function fieldLabel(ctx: PageContext, field: string): string {
  const { t } = ctx.words;
  if (field === '') return t('import.place.left-out');
  const plain = PLAIN_PLACES.find((known) => known === field);
  if (plain !== undefined) {
    const key: WordKey = `import.place.${plain}`;
    return t(key);
  }
  const [kind, rest, piece] = field.split('.');
  if (kind === 'google') return t('import.place.google');
  const label = t(`import.label.${LABELS.find((known) => known === rest) ?? 'other'}`);
  const part = PARTS.find((known) => known === piece);
  if (kind === 'address' && part !== undefined)
    return t('import.place.address', { label, part: t(`import.part.${part}`) });
  return t(kind === 'email' ? 'import.place.email' : 'import.place.phone', { label });
}
