import type { ComponentChildren, JSX } from 'preact';
import type { Difference } from '../../models/versions/difference.ts';
import { Shell } from '../layout.tsx';
import { fieldsText, fieldText, valueText } from '../parts/fields.ts';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Tag } from '../parts/page.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import { type Doer, doerText, ForGood, momentText, titleText } from '../parts/trash.tsx';
import type { PageContext } from '../site.ts';

/** One former version of an item. */
export interface HistoryEntry extends Doer {
  readonly id: number;
  readonly how: 'update' | 'delete' | 'move' | 'refused';
  readonly endedUtc: number;
  readonly isRestored: boolean;
  /** What its end changed; null where nobody can say. */
  readonly changed: readonly Difference[] | null;
}

/** What the page of versions shows. */
export interface HistoryData {
  readonly collection: number;
  readonly name: string;
  readonly component: string;
  readonly title: string;
  readonly days: number;
  readonly trashDays: number;
  /** Since when it is as it is now; null when it is deleted or gone. */
  readonly currentUtc: number | null;
  /** The page of the item, as a path below the base path; null when it is deleted. */
  readonly href: string | null;
  readonly entries: readonly HistoryEntry[];
}

interface Props {
  readonly ctx: PageContext;
  readonly data: HistoryData;
}

const pathOf = ({ collection, name }: Pick<HistoryData, 'collection' | 'name'>): string =>
  `/history/${collection}/${encodeURIComponent(name)}`;

function Values({
  ctx,
  field,
  values,
}: {
  readonly ctx: PageContext;
  readonly field: string;
  readonly values: Difference['before'];
}): JSX.Element {
  if (values.length === 0) return <span class="muted">{ctx.words.t('field.none')}</span>;
  return (
    <ul class="values">
      {values.map((value, at) => (
        <li key={`${at}-${value.text}`}>{valueText(ctx, field, value)}</li>
      ))}
    </ul>
  );
}

interface DifferencesProps {
  readonly ctx: PageContext;
  readonly differences: readonly Difference[];
  readonly caption: string;
  readonly before: string;
  readonly after: string;
}

/** What differs, field by field: a table of three columns. */
export function Differences({ ctx, differences, caption, before, after }: DifferencesProps): JSX.Element {
  const { t } = ctx.words;
  return (
    <table class="table differences">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t('compare.field')}</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map((each, at) => (
          <tr key={`${at}-${each.field}`}>
            <th scope="row" data-l={t('compare.field')}>
              {fieldText(ctx, each)}
            </th>
            <td data-l={before}>
              <Values ctx={ctx} field={each.field} values={each.before} />
            </td>
            <td data-l={after}>
              <Values ctx={ctx} field={each.field} values={each.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function didText(ctx: PageContext, entry: HistoryEntry): string {
  const { t } = ctx.words;
  const who = doerText(ctx, entry);
  switch (entry.how) {
    case 'delete':
      return t('history.did.delete', { who });
    case 'move':
      return t('history.did.move', { who });
    case 'refused':
      return t('history.did.refused', { who });
    case 'update': {
      if (entry.changed === null) return t('history.did.unreadable', { who });
      const fields = fieldsText(ctx, entry.changed);
      return fields === null ? t('history.did.technical', { who }) : t('history.did.update', { who, fields });
    }
  }
}

function Entry({ ctx, data, entry }: Props & { readonly entry: HistoryEntry }): JSX.Element {
  const { t } = ctx.words;
  const when = momentText(ctx, entry.endedUtc);
  const isRefused = entry.how === 'refused';
  const path = pathOf(data);
  const changed = entry.changed ?? [];
  return (
    <li>
      <p>
        <strong>{didText(ctx, entry)}</strong>{' '}
        {isRefused ? <Tag kind="warn">{t('history.refused')}</Tag> : null}
        {entry.isRestored ? <Tag kind="ok">{t('history.restored')}</Tag> : null}
      </p>
      <p class="muted small">{t(isRefused ? 'history.sent' : 'history.until', { when })}</p>
      {entry.how === 'update' && changed.length > 0 ? (
        <details>
          <summary>{t('compare.caption')}</summary>
          <Differences
            ctx={ctx}
            differences={changed}
            caption={t('compare.caption')}
            before={t('history.before')}
            after={t('history.after')}
          />
        </details>
      ) : null}
      <div class="actions">
        <PostForm ctx={ctx} action="/trash/restore" hidden={{ version: String(entry.id), back: path }}>
          <Button ctx={ctx} icon="undo">
            {t(isRefused ? 'history.use' : entry.how === 'delete' ? 'trash.restore' : 'history.restore')}
          </Button>
        </PostForm>
        {data.currentUtc === null ? null : (
          <ButtonLink ctx={ctx} href={`${path}?with=${entry.id}`} kind="quiet">
            {t(isRefused ? 'history.compare.sides' : 'history.compare')}
          </ButtonLink>
        )}
        <a class="button quiet" href={`${ctx.base}${path}/${entry.id}`} download>
          <Icon ctx={ctx} name="download" />
          {t('history.download')}
        </a>
        {entry.how === 'delete' ? null : (
          <ForGood
            ctx={ctx}
            isQuiet
            summary={t('history.purge')}
            sure={t('history.purge.sure')}
            final={t('history.purge.do', { when })}
            action="/trash/delete"
            hidden={{ version: String(entry.id), back: path }}
          />
        )}
      </div>
    </li>
  );
}

function DeletedNotice({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const last = data.entries.find(({ how }) => how === 'delete');
  if (data.currentUtc !== null || last === undefined) return null;
  const fact = t('history.deleted', { when: momentText(ctx, last.endedUtc), who: doerText(ctx, last) });
  const until = momentText(ctx, last.endedUtc + data.trashDays * 86_400);
  const hidden = { version: String(last.id), back: pathOf(data) };
  const action = (
    <PostForm ctx={ctx} action="/trash/restore" hidden={hidden}>
      <Button ctx={ctx} kind="primary" icon="undo">
        {t('trash.restore')}
      </Button>
    </PostForm>
  );
  return (
    <Notice ctx={ctx} kind="note" fact={fact} action={action}>
      <p>{t('history.deleted.cause', { until })}</p>
    </Notice>
  );
}

/** All that is kept of one event, task or contact, newest first. */
export function HistoryPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { entries, days, currentUtc, href } = data;
  const title = t('history.title', { title: titleText(ctx, data.component, data.title) });
  const lead =
    entries.length === 0 ? t('history.lead.none', { days }) : n('history.lead', entries.length, { days });
  const actions =
    href === null ? undefined : (
      <ButtonLink ctx={ctx} href={href}>
        {t('history.open')}
      </ButtonLink>
    );
  const nav = data.component === 'VCARD' ? 'contacts' : 'calendar';
  return (
    <Shell ctx={ctx} nav={nav} title={title} lead={lead} actions={actions}>
      <DeletedNotice ctx={ctx} data={data} />
      <section class="sheet" aria-label={title}>
        {entries.length === 0 ? (
          <Empty text={t('history.none')} />
        ) : (
          <ol class="history">
            {currentUtc === null ? null : (
              <li>
                <p>
                  <strong>{t('history.now')}</strong>
                </p>
                <p class="muted small">{t('history.now.since', { when: momentText(ctx, currentUtc) })}</p>
              </li>
            )}
            {entries.map((entry) => (
              <Entry key={entry.id} ctx={ctx} data={data} entry={entry} />
            ))}
          </ol>
        )}
      </section>
    </Shell>
  );
}

/** What the page of two sides shows. */
export interface CompareData extends Omit<HistoryData, 'entries' | 'href'> {
  readonly entry: HistoryEntry;
  /** What is so in the version and what is so now; null where nobody can say. */
  readonly differences: readonly Difference[] | null;
  /** True: both have the same bytes. */
  readonly isSame: boolean;
}

function Sides({ ctx, data }: { readonly ctx: PageContext; readonly data: CompareData }): ComponentChildren {
  const { t } = ctx.words;
  const isConflict = data.entry.how === 'refused';
  if (data.isSame) return <Empty text={t('compare.same')} />;
  if (data.differences === null || data.differences.length === 0)
    return <Empty text={t('compare.technical')} />;
  return (
    <Differences
      ctx={ctx}
      differences={data.differences}
      caption={t('compare.caption')}
      before={t(isConflict ? 'compare.aside' : 'compare.then')}
      after={t(isConflict ? 'compare.kept' : 'compare.now')}
    />
  );
}

/** A former version beside what is now; of a conflict, the side that was put aside beside the one that was kept. */
export function ComparePage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: CompareData;
}): JSX.Element {
  const { t } = ctx.words;
  const { entry } = data;
  const isConflict = entry.how === 'refused';
  const title = titleText(ctx, data.component, data.title);
  const when = momentText(ctx, entry.endedUtc);
  const lead = isConflict
    ? t('compare.lead.conflict', { who: doerText(ctx, entry), when })
    : t(data.currentUtc === null ? 'compare.lead.deleted' : 'compare.lead', { when });
  const path = pathOf(data);
  const nav = data.component === 'VCARD' ? 'contacts' : 'calendar';
  return (
    <Shell
      ctx={ctx}
      nav={nav}
      title={t(isConflict ? 'compare.title.conflict' : 'compare.title', { title })}
      lead={lead}
    >
      <section class="sheet" aria-label={t('compare.caption')}>
        <Sides ctx={ctx} data={data} />
        <div class="actions">
          {data.isSame ? null : (
            <PostForm ctx={ctx} action="/trash/restore" hidden={{ version: String(entry.id), back: path }}>
              <Button ctx={ctx} kind="primary" icon="undo">
                {t(isConflict ? 'history.use' : 'history.restore')}
              </Button>
            </PostForm>
          )}
          <ButtonLink ctx={ctx} href={isConflict ? '/conflicts' : path}>
            {t(isConflict ? 'compare.keep' : 'compare.back')}
          </ButtonLink>
          <a class="button quiet" href={`${ctx.base}${path}/${entry.id}`} download>
            <Icon ctx={ctx} name="download" />
            {t('history.download')}
          </a>
        </div>
      </section>
    </Shell>
  );
}
