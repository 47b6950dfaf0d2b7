import type { JSX } from 'preact';
import type { PlannedPerson } from '../../models/principals/csv.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Sheet, Table, Tag } from '../parts/page.tsx';
import { FormToken, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** The file in pieces that a form takes. */
const PIECE = 48 * 1024;

/** A long text as hidden fields of one name. */
function Pieces({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const pieces = Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) =>
    text.slice(at * PIECE, (at + 1) * PIECE),
  );
  return (
    <>
      {pieces.map((piece, at) => (
        <input key={`${name}-${at * PIECE}`} type="hidden" name={name} value={piece} />
      ))}
    </>
  );
}

/** Choosing the list; `refused` says why the one before could not be read. */
export function PeopleImportPage({
  ctx,
  refused,
}: {
  readonly ctx: PageContext;
  readonly refused: string | null;
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} nav="people" title={t('people.import')} lead={t('people.import.lead')}>
      {refused === null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t('people.import.refused')}>
          {refused}
        </Notice>
      )}
      <section class="sheet narrow">
        <PostForm ctx={ctx} action="/admin/people/import/check" class="form" hasFiles>
          <div class="field">
            <label for="file">{t('people.import.file')}</label>
            <input
              type="file"
              id="file"
              name="file"
              accept=".csv,text/csv,text/plain"
              required
              aria-describedby="file-hint"
            />
            <p class="hint" id="file-hint">
              {t('people.import.hint')}
            </p>
          </div>
          <pre class="copyable">{'name,login,email\nMara Klein,mara,mara@example.org\nJonas Klein,,'}</pre>
          <div class="actions">
            <Button ctx={ctx} kind="primary" icon="upload">
              {t('people.import.check')}
            </Button>
            <ButtonLink ctx={ctx} href="/admin/people">
              {t('cancel')}
            </ButtonLink>
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}

function problemTag(ctx: PageContext, row: PlannedPerson): JSX.Element {
  const { t } = ctx.words;
  if (row.problem === null) return <Tag kind="ok">{t('people.import.fine')}</Tag>;
  return <Tag kind="warn">{t(`people.import.${row.problem}`)}</Tag>;
}

/** Rows that are shown; the whole list may have thousands. */
const SHOWN = 200;

/** What the list holds, before anything is saved. */
export function PeopleReviewPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: { readonly rows: readonly PlannedPerson[]; readonly csv: string };
}): JSX.Element {
  const { n, t } = ctx.words;
  const good = data.rows.filter((row) => row.problem === null).length;
  const bad = data.rows.length - good;
  const ordered = [...data.rows].sort((a, b) => Number(a.problem === null) - Number(b.problem === null));
  const heads = [
    t('people.import.line'),
    t('people.name'),
    t('setup.login'),
    t('people.email'),
    t('people.import.state'),
  ];
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={n('people.import.review', good)}
      lead={bad === 0 ? t('people.import.unsaved') : n('people.import.left', bad)}
    >
      <Sheet id="rows" title={n('people.import.rows', data.rows.length)} aside={t('people.import.order')}>
        <Table
          ctx={ctx}
          caption={t('people.import')}
          heads={heads}
          rows={ordered.slice(0, SHOWN).map((row) => ({
            key: String(row.line),
            cells: [ctx.words.number(row.line), row.name, row.login, row.email ?? '', problemTag(ctx, row)],
          }))}
        />
        {data.rows.length > SHOWN ? (
          <p class="muted small">{n('people.import.unshown', data.rows.length - SHOWN)}</p>
        ) : null}
      </Sheet>
      <div class="actions">
        {good === 0 ? null : (
          <PostForm ctx={ctx} action="/admin/people/import" hasFiles>
            <Pieces name="csv" text={data.csv} />
            <Button ctx={ctx} kind="primary">
              {n('people.import.do', good)}
            </Button>
          </PostForm>
        )}
        <ButtonLink ctx={ctx} href="/admin/people/import">
          {t('people.import.other')}
        </ButtonLink>
      </div>
    </Shell>
  );
}

/** A person who was added with their link. */
export interface AddedPerson {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly link: string;
}

/** The people who were added, with their links to print or to keep as a file. */
export function PeopleAddedPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: { readonly added: readonly AddedPerson[]; readonly list: string };
}): JSX.Element {
  const { n, t } = ctx.words;
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={n('people.import.added', data.added.length)}
      lead={t('people.import.added.lead')}
      scripts={['print.js']}
      actions={
        <>
          <form method="post" enctype="multipart/form-data" action={`${ctx.base}/admin/people/import/list`}>
            <FormToken ctx={ctx} />
            <Pieces name="list" text={data.list} />
            <Button ctx={ctx} kind="primary" icon="download">
              {t('people.import.download')}
            </Button>
          </form>
          <button type="button" class="button js-only" data-print="">
            <Icon ctx={ctx} name="file" />
            {t('people.import.print')}
          </button>
          <ButtonLink ctx={ctx} href="/admin/people">
            {t('people.import.back')}
          </ButtonLink>
        </>
      }
    >
      <Sheet id="added" title={t('people.import.links')}>
        <Table
          ctx={ctx}
          caption={t('people.import.links')}
          heads={[t('people.name'), t('setup.login'), t('people.invite.link')]}
          rows={data.added.map((person) => ({
            key: person.id,
            cells: [person.name, person.login, <code key="l">{person.link}</code>],
          }))}
        />
      </Sheet>
    </Shell>
  );
}
