import type { JSX } from 'preact';
import type { ImportEntry, ImportJob, ImportTally, ImportView } from '../../models/imports/jobs/service.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Figure, Live, Meter, Pager, Sheet, Table, Tag, Time } from '../parts/page.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { placeText } from './import-review-parts.tsx';

/** The page to begin an import, and the ones that show how far it is and what became of it. */

/** Where an import is in the list. */
export type PastImport = ImportJob & { readonly tally: ImportTally; readonly undoUntilUtc: number | null };

/** Why the file that was just sent was not taken. */
export type UploadProblem = 'too-large' | 'no-file' | 'too-many' | 'broken';

interface StartData {
  readonly past: readonly PastImport[];
  readonly next: string | null;
  readonly previous: string | null;
  readonly maxBytes: number;
  readonly problem: UploadProblem | null;
}

const KINDS = ['.vcf', '.vcard', '.ics', '.ical', '.ifb', '.vcs', '.csv', '.tsv', '.zip'].join(',');

function DropZone({ ctx, maxBytes }: { readonly ctx: PageContext; readonly maxBytes: number }): JSX.Element {
  const { t, size } = ctx.words;
  return (
    <PostForm ctx={ctx} action="/import" hasFiles class="form">
      <div class="drop">
        <Icon ctx={ctx} name="upload" />
        <label for="files">{t('import.drop')}</label>
        <p class="hint" id="files-hint">
          {t('import.drop.what', { size: size(maxBytes) })}
        </p>
        <input
          type="file"
          id="files"
          name="files"
          multiple
          required
          accept={KINDS}
          data-submit=""
          aria-describedby="files-hint"
        />
      </div>
      <noscript>
        <Button ctx={ctx} kind="primary">
          {t('import.drop.send')}
        </Button>
      </noscript>
    </PostForm>
  );
}

const STATE_KINDS = {
  uploaded: 'info',
  reading: 'info',
  matching: 'info',
  review: 'warn',
  applying: 'info',
  stopped: 'warn',
  done: 'ok',
  undoing: 'info',
  undone: 'quiet',
  failed: 'bad',
} as const;

function Past({
  ctx,
  past,
}: {
  readonly ctx: PageContext;
  readonly past: readonly PastImport[];
}): JSX.Element {
  const { t, n } = ctx.words;
  const rows = past.map((job) => ({
    key: job.id,
    href: `/import/${job.id}`,
    cells: [
      <a key="file" href={`${ctx.base}/import/${job.id}`}>
        {job.fileName}
      </a>,
      <Time key="when" ctx={ctx} utc={job.createdUtc} />,
      <span key="result" class="result">
        <Tag kind={STATE_KINDS[job.state]}>{t(`import.state.${job.state}`)}</Tag>{' '}
        {job.state === 'done' ? n('import.items.other', job.tally.created + job.tally.updated) : ''}
      </span>,
    ],
  }));
  const heads = [t('import.past.file'), t('import.past.when'), t('import.past.result')];
  return <Table ctx={ctx} caption={t('import.past')} heads={heads} rows={rows} />;
}

/** Choose a file; what was imported before. */
export function ImportStartPage(props: { readonly ctx: PageContext; readonly data: StartData }): JSX.Element {
  const { ctx, data } = props;
  const { t, size } = ctx.words;
  const { problem } = data;
  return (
    <Shell ctx={ctx} title={t('import.title')} nav="import" lead={t('import.lead')}>
      {problem === null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t(`import.${problem}`)}>
          {t(`import.${problem}.text`, { size: size(data.maxBytes) })}
        </Notice>
      )}
      <DropZone ctx={ctx} maxBytes={data.maxBytes} />
      <Sheet id="past" title={t('import.past')}>
        {data.past.length === 0 ? (
          <Empty text={t('import.past.none')} />
        ) : (
          <>
            <Past ctx={ctx} past={data.past} />
            <Pager ctx={ctx} previous={data.previous} next={data.next} />
          </>
        )}
      </Sheet>
    </Shell>
  );
}

interface StateProps {
  readonly ctx: PageContext;
  readonly view: ImportView;
}

/** Says that the server was restarted in the middle. */
export function Resumed({ ctx, view }: StateProps): JSX.Element | null {
  const { t } = ctx.words;
  if (view.job.resumedUtc === null) return null;
  return (
    <Notice ctx={ctx} kind="note" fact={t('import.resumed')}>
      {t('import.resumed.text')} <Time ctx={ctx} utc={view.job.resumedUtc} />
    </Notice>
  );
}

function progressText({ ctx, view }: StateProps): string {
  const { t, size, number } = ctx.words;
  const { state, done, total } = view.job;
  if (state === 'uploaded') return t('import.progress.waits');
  if (state === 'reading') return t('import.progress.bytes', { done: size(done), total: size(total) });
  return t('import.progress.items', { done: number(done), total: number(total) });
}

/** How far reading, importing or undoing is; kept up to date while somebody looks. */
export function ImportProgressPage({ ctx, view }: StateProps): JSX.Element {
  const { t, number } = ctx.words;
  const { job } = view;
  const what = job.state === 'uploaded' ? 'reading' : job.state;
  const key = what === 'applying' || what === 'undoing' || what === 'matching' ? what : 'reading';
  const isReading = key === 'reading' || key === 'matching';
  const share = job.total === 0 ? 0 : Math.min(1, job.done / job.total);
  const text = progressText({ ctx, view });
  return (
    <Shell
      ctx={ctx}
      title={t(`import.${key}.title`, { file: job.fileName })}
      nav="import"
      lead={t(isReading ? 'import.reading.lead' : 'import.applying.lead')}
      scripts={['import.js']}
      actions={<Stop ctx={ctx} job={job} />}
    >
      <Live id="progress" class="rows" topics={['import']} everySeconds={5}>
        <div class="sheet progress" data-state={job.state}>
          <Figure
            value={t('import.progress.share', { share: number(Math.floor(share * 100)) })}
            label={text}
          />
          <Meter share={share} label={text} />
          {job.atFile === null ? null : (
            <p class="small muted">{t('import.progress.file', { file: job.atFile })}</p>
          )}
          {job.wish === 'stop' ? <p class="small">{t('import.stopping')}</p> : null}
          <noscript>
            <a href={`${ctx.base}/import/${job.id}`}>{t('import.refresh')}</a>
          </noscript>
        </div>
        <Resumed ctx={ctx} view={view} />
      </Live>
    </Shell>
  );
}

function Stop({ ctx, job }: { readonly ctx: PageContext; readonly job: ImportJob }): JSX.Element | null {
  const { t } = ctx.words;
  if (job.state === 'undoing' || job.wish === 'stop') return null;
  const isApplying = job.state === 'applying';
  return (
    <PostForm ctx={ctx} action={`/import/${job.id}/${isApplying ? 'stop' : 'cancel'}`}>
      <Button ctx={ctx}>{t(isApplying ? 'import.stop' : 'import.cancel')}</Button>
    </PostForm>
  );
}

function Undo({ ctx, job }: { readonly ctx: PageContext; readonly job: ImportJob }): JSX.Element {
  const { t } = ctx.words;
  return (
    <details class="confirm">
      <summary class="button">{t('import.undo.first')}</summary>
      <p>{t('import.undo.text', { file: job.fileName })}</p>
      <PostForm ctx={ctx} action={`/import/${job.id}/undo`}>
        <Button ctx={ctx} kind="danger" icon="undo">
          {t('import.undo')}
        </Button>
      </PostForm>
    </details>
  );
}

/** Stopped in the middle: go on, keep or undo. */
export function ImportStoppedPage({ ctx, view }: StateProps): JSX.Element {
  const { t, number } = ctx.words;
  const { job, tally, counts } = view;
  const done = number(tally.created + tally.updated);
  const lead = t('import.stopped.lead', { done, total: number(counts.chosen), file: job.fileName });
  return (
    <Shell ctx={ctx} title={t('import.stopped.title')} nav="import" lead={lead}>
      <div class="actions">
        <PostForm ctx={ctx} action={`/import/${job.id}/start`}>
          <Button ctx={ctx} kind="primary">
            {t('import.go-on')}
          </Button>
        </PostForm>
        <PostForm ctx={ctx} action={`/import/${job.id}/keep`}>
          <Button ctx={ctx}>{t('import.keep')}</Button>
        </PostForm>
        <Undo ctx={ctx} job={job} />
      </div>
    </Shell>
  );
}

interface EndProps extends StateProps {
  /** Refused by the store, or kept when it was undone. */
  readonly items: readonly ImportEntry[];
}

function ItemTable({
  ctx,
  items,
  caption,
}: Omit<EndProps, 'view'> & { readonly caption: string }): JSX.Element {
  const { t } = ctx.words;
  const heads = [t('import.unreadable.where'), t('import.item'), t('import.failed.why')];
  const rows = items.map((item) => ({
    key: String(item.position),
    cells: [placeText(ctx, item), item.title || t('import.untitled'), item.result.failure ?? ''],
  }));
  const kept = heads.slice(0, 2);
  const hasWhy = items.some((item) => item.result.failure !== null);
  const shown = hasWhy ? rows : rows.map((row) => ({ ...row, cells: row.cells.slice(0, 2) }));
  return <Table ctx={ctx} caption={caption} heads={hasWhy ? heads : kept} rows={shown} />;
}

/** What an import did, with the way back. */
export function ImportDonePage({ ctx, view, items }: EndProps): JSX.Element {
  const { t, n, number, when } = ctx.words;
  const { job, tally, counts, undoUntilUtc } = view;
  const left = counts.unreadable + tally.failed;
  const done = tally.created + tally.updated;
  const skipped = counts.new + counts.look + counts.here + counts.repaired - done - tally.failed;
  const hasCards = view.groups.some((group) => group.component === 'VCARD');
  const next = hasCards
    ? ({ href: '/contacts', key: 'import.see.contacts' } as const)
    : ({ href: '/calendar', key: 'import.see.calendar' } as const);
  return (
    <Shell
      ctx={ctx}
      title={n('import.done.title', done)}
      nav="import"
      lead={t('import.done.lead', { file: job.fileName })}
      actions={
        <>
          <ButtonLink ctx={ctx} href="/import">
            {t('import.again')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href={next.href} kind="primary">
            {t(next.key)}
          </ButtonLink>
        </>
      }
    >
      <Resumed ctx={ctx} view={view} />
      <div class="figures">
        <Figure value={number(tally.created)} label={t('import.done.created')} />
        <Figure value={number(tally.updated)} label={t('import.done.updated')} />
        <Figure value={number(Math.max(0, skipped))} label={t('import.done.skipped')} />
        <Figure value={number(left)} label={t('import.done.left')} />
      </div>
      {items.length === 0 ? null : (
        <Sheet id="refused" title={n('import.failed', tally.failed)} aside={<LeftOut ctx={ctx} job={job} />}>
          <ItemTable ctx={ctx} items={items} caption={n('import.failed', tally.failed)} />
        </Sheet>
      )}
      {items.length === 0 && left > 0 ? (
        <p>
          <LeftOut ctx={ctx} job={job} />
        </p>
      ) : null}
      {undoUntilUtc === null ? null : (
        <div class="stack">
          <p class="muted small">
            {t('import.undo.until', { date: when(undoUntilUtc, ctx.timeZone, { dateStyle: 'long' }) })}
          </p>
          <Undo ctx={ctx} job={job} />
        </div>
      )}
    </Shell>
  );
}

/** Where the items are that an import leaves out. */
export function LeftOut({ ctx, job }: { readonly ctx: PageContext; readonly job: ImportJob }): JSX.Element {
  return (
    <a href={`${ctx.base}/import/${job.id}/left-out`} download>
      {ctx.words.t('import.left-out')}
    </a>
  );
}

/** An import that was taken back, or never came to anything. */
export function ImportOverPage({ ctx, view, items }: EndProps): JSX.Element {
  const { t, n } = ctx.words;
  const { job, tally } = view;
  const isUndone = job.state === 'undone';
  const lead = t(isUndone && tally.kept === 0 ? 'import.undone.lead' : 'import.broke.lead', {
    file: job.fileName,
  });
  return (
    <Shell
      ctx={ctx}
      title={isUndone ? t('import.undone.title') : t('import.broke.title', { file: job.fileName })}
      nav="import"
      lead={isUndone && tally.kept > 0 ? n('import.undone.but', tally.kept) : lead}
      actions={
        <ButtonLink ctx={ctx} href="/import" kind="primary">
          {t('import.again')}
        </ButtonLink>
      }
    >
      {items.length === 0 ? null : (
        <Sheet id="kept" title={n('import.kept.title', tally.kept)}>
          <ItemTable ctx={ctx} items={items} caption={n('import.kept.title', tally.kept)} />
        </Sheet>
      )}
    </Shell>
  );
}
