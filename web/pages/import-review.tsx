import type { JSX } from 'preact';
import {
  CONTACT_FIELDS,
  EVENT_FIELDS,
  type ImportEntry,
  type ImportGroup,
  type ImportView,
  type TableInfo,
} from '../../models/imports/jobs/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import { Shell } from '../layout.tsx';
import { Button, PostForm } from '../parts/form.tsx';
import { Empty, Pager, Sheet, Table } from '../parts/page.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { Resumed } from './import.tsx';
import { fieldLabel, LookTable, PlainTable, UnreadableTable } from './import-review-parts.tsx';

/** Which items the review shows. */
export type ReviewFilter = 'new' | 'look' | 'here' | 'unreadable';

/** One table of the review. */
export interface ReviewPart {
  readonly filter: ReviewFilter;
  readonly items: readonly ImportEntry[];
  readonly count: number;
}

/** All a review shows. */
export interface ReviewData {
  readonly view: ImportView;
  /** Null: those that need a decision. */
  readonly filter: ReviewFilter | null;
  readonly parts: readonly ReviewPart[];
  readonly places: readonly ObjectCollection[];
  readonly previous: string | null;
  readonly next: string | null;
  /** Where forms come back to. */
  readonly back: string;
  /** True when what was asked for could not be done in the state the import is in. */
  readonly hasMoved?: boolean;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ReviewData;
}

const FILTERS: readonly ReviewFilter[] = ['new', 'look', 'here', 'unreadable'];

/** How many items a filter shows. */
export function countFor({ counts }: Pick<ImportView, 'counts'>, filter: ReviewFilter): number {
  return filter === 'unreadable' ? counts.unreadable + counts.repaired : counts[filter];
}

function Counts({ ctx, data }: Props): JSX.Element {
  const { view, filter } = data;
  const { t, number, n } = ctx.words;
  return (
    <nav class="figures" aria-label={t('import.review.title')}>
      {FILTERS.map((each, at) => {
        const count = countFor(view, each);
        return (
          <a
            key={each}
            class="figure"
            href={`${ctx.base}/import/${view.job.id}?show=${each}`}
            aria-current={each === filter ? 'true' : undefined}
            data-key={String(at + 1)}
          >
            <strong>{number(count)}</strong>
            <span>{each === 'look' ? n('import.count.look', count) : t(`import.count.${each}`)}</span>
          </a>
        );
      })}
    </nav>
  );
}

const WHY_NOTHING = {
  password: 'password',
  'empty-file': 'empty',
  'empty-calendar': 'empty',
  'other-file': 'other',
} as const;

function nothingText({ ctx, data }: Props): string {
  const { t } = ctx.words;
  const { counts } = data.view;
  if (counts.here > 0 && counts.new + counts.look + counts.repaired === 0) return t('import.nothing.here');
  const reasons = new Set(data.parts.flatMap((part) => part.items.map((item) => item.reason)));
  const [only] = reasons;
  const known = Object.entries(WHY_NOTHING).find(([reason]) => reason === only)?.[1];
  const isAll = counts.new + counts.look + counts.here + counts.repaired === 0 && reasons.size === 1;
  return isAll && known !== undefined ? t(`import.nothing.${known}`) : t('import.nothing.left');
}

function Notices({ ctx, data }: Props): JSX.Element {
  const { t, size, ago } = ctx.words;
  const { view } = data;
  const { earlier, counts, availableBytes } = view;
  const over = counts.chosenBytes - availableBytes;
  const text = {
    needed: size(counts.chosenBytes),
    available: size(availableBytes),
    over: size(Math.max(0, over)),
  };
  return (
    <>
      {data.hasMoved === true ? (
        <Notice ctx={ctx} kind="warn" fact={t('import.moved')}>
          {t('import.moved.text')}
        </Notice>
      ) : null}
      {over > 0 ? (
        <Notice ctx={ctx} kind="bad" fact={t('import.quota')}>
          {t('import.quota.text', text)}
        </Notice>
      ) : null}
      {earlier === null ? null : (
        <Notice
          ctx={ctx}
          kind="note"
          fact={t('import.same-file', { when: ago(earlier.finishedUtc ?? earlier.createdUtc, ctx.nowUtc) })}
        >
          {t('import.same-file.text')}
        </Notice>
      )}
      {counts.chosen > 0 ? null : (
        <Notice ctx={ctx} kind="note" fact={t('import.nothing')}>
          {nothingText({ ctx, data })}
        </Notice>
      )}
      <Resumed ctx={ctx} view={view} />
    </>
  );
}

const KINDS = ['VEVENT', 'VTODO', 'VJOURNAL', 'VCARD'] as const;

function Place({ ctx, data, group }: Props & { readonly group: ImportGroup }): JSX.Element {
  const { t } = ctx.words;
  const isCard = group.component === 'VCARD';
  const { target } = group;
  const value = target.kind === 'stored' ? `c${target.collection}` : target.kind;
  const fitting = data.places.filter(
    (place) =>
      (place.kind === 'addressbook') === isCard &&
      (place.kind === 'addressbook' || place.components.includes(group.component)),
  );
  const name = target.kind === 'new' ? target.name : group.name;
  const options = [
    ...fitting.map((place) => ({ value: `c${place.id}`, label: place.displayName })),
    { value: 'new', label: t(isCard ? 'import.targets.new-book' : 'import.targets.new-calendar', { name }) },
    { value: 'none', label: t('import.targets.none') },
  ];
  return (
    <>
      <input type="hidden" name={`name-${group.position}`} value={name} />
      <select
        name={`target-${group.position}`}
        data-submit=""
        aria-label={t('import.targets.label', { name: group.name })}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </>
  );
}

function Targets({ ctx, data }: Props): JSX.Element | null {
  const { t, n } = ctx.words;
  const { groups, job } = data.view;
  if (groups.length === 0) return null;
  const rows = groups.map((group) => {
    const kind = KINDS.find((known) => known === group.component) ?? 'other';
    return {
      key: String(group.position),
      cells: [
        <span key="found">
          <strong>{group.name}</strong>{' '}
          <span class="muted small">{n(`import.items.${kind}`, group.items)}</span>
        </span>,
        <Place key="into" ctx={ctx} data={data} group={group} />,
      ],
    };
  });
  const heads = [t('import.targets.found'), t('import.targets.into')];
  return (
    <Sheet id="targets" title={t('import.targets')}>
      <PostForm ctx={ctx} action={`/import/${job.id}/targets`} hidden={{ back: data.back }}>
        <Table ctx={ctx} caption={t('import.targets')} heads={heads} rows={rows} />
        <noscript>
          <Button ctx={ctx}>{t('import.targets.save')}</Button>
        </noscript>
      </PostForm>
    </Sheet>
  );
}

function Columns(props: Props & { readonly table: number; readonly file: string; readonly info: TableInfo }) {
  const { ctx, data, table, file, info } = props;
  const { t } = ctx.words;
  const fields = ['', ...(info.kind === 'contacts' ? CONTACT_FIELDS : EVENT_FIELDS)];
  const labels = fields.map((field) => fieldLabel(ctx, field));
  const rows = info.header.flatMap((column, at) => {
    if (info.used[at] !== true) return [];
    const value = info.mapping[at] ?? 'note';
    const own = fields.includes(value) ? [] : [{ value, label: fieldLabel(ctx, value) }];
    const options = [...own, ...fields.map((field, index) => ({ value: field, label: labels[index] ?? '' }))];
    const cells = [
      <strong key="column">{column}</strong>,
      <ul key="sample" class="differs muted small">
        {info.sample.map((row, line) => (
          <li key={`${line} ${row[at] ?? ''}`}>{row[at] ?? ''}</li>
        ))}
      </ul>,
      <select key="into" name={`column-${at}`} aria-label={t('import.table.label', { column })}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>,
    ];
    return [{ key: String(at), cells }];
  });
  const heads = (['column', 'sample', 'into'] as const).map((key) => t(`import.table.${key}`));
  const title = t('import.table', { file });
  return (
    <Sheet id={`table-${table}`} title={title}>
      <p class="hint">{t('import.table.hint')}</p>
      <details class="fold">
        <summary>
          {t('import.table.fold')}
          <Icon ctx={ctx} name="down" />
        </summary>
        <PostForm ctx={ctx} action={`/import/${data.view.job.id}/columns`} hidden={{ table: String(table) }}>
          <Table ctx={ctx} caption={title} heads={heads} rows={rows} />
          <Button ctx={ctx}>{t('import.table.save')}</Button>
        </PostForm>
      </details>
    </Sheet>
  );
}

function Part({ ctx, data, part }: Props & { readonly part: ReviewPart }): JSX.Element {
  const props = { ctx, job: data.view.job, items: part.items, count: part.count };
  if (part.items.length === 0) return <Empty text={ctx.words.t('import.empty')} />;
  if (part.filter === 'look') return <LookTable {...props} />;
  if (part.filter === 'unreadable') return <UnreadableTable {...props} />;
  return <PlainTable {...props} kind={part.filter} />;
}

function Actions({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { job, counts, availableBytes } = data.view;
  const canStart = counts.chosen > 0 && counts.chosenBytes <= availableBytes;
  return (
    <>
      <PostForm ctx={ctx} action={`/import/${job.id}/cancel`}>
        <Button ctx={ctx}>{t('import.cancel')}</Button>
      </PostForm>
      {canStart ? (
        <Button ctx={ctx} kind="primary" form="choices" formaction={`${ctx.base}/import/${job.id}/start`}>
          {n('import.start', counts.chosen)}
        </Button>
      ) : null}
    </>
  );
}

/** What an import found, before anything is saved: what is new, what needs a decision, what cannot be read. */
export function ImportReviewPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { job, files, tables } = data.view;
  const hasChoices = data.parts.some((part) => part.filter === 'look' || part.filter === 'unreadable');
  const places = (
    <>
      {tables.map(({ position, file, info }) => (
        <Columns key={position} ctx={ctx} data={data} table={position} file={file} info={info} />
      ))}
      <Targets ctx={ctx} data={data} />
    </>
  );
  return (
    <Shell
      ctx={ctx}
      title={t('import.review.title')}
      nav="import"
      lead={n('import.review.lead', Math.max(1, files.length), { name: job.fileName })}
      scripts={['import.js']}
      actions={<Actions ctx={ctx} data={data} />}
    >
      <div id="review-top" class="rows">
        <Notices ctx={ctx} data={data} />
        <Counts ctx={ctx} data={data} />
      </div>
      {hasChoices ? null : places}
      <PostForm
        ctx={ctx}
        action={`/import/${job.id}/choices`}
        id="choices"
        class="rows"
        hidden={{ back: data.back }}
      >
        {data.parts.map((part) => (
          <Part key={part.filter} ctx={ctx} data={data} part={part} />
        ))}
        {hasChoices ? (
          <noscript>
            <Button ctx={ctx}>{t('import.choices.save')}</Button>
          </noscript>
        ) : null}
      </PostForm>
      <Pager ctx={ctx} previous={data.previous} next={data.next} />
      {hasChoices ? places : null}
    </Shell>
  );
}
