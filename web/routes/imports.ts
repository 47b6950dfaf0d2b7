import { Refusal } from '../../models/errors.ts';
import {
  CHOICES,
  type Choice,
  getImport,
  type ImportEntry,
  type ImportView,
  leftOutFile,
  listImportItems,
  listImports,
  openUpload,
  settledImport,
  targetsFor,
  VERDICTS,
  type Verdict,
  WORKING,
} from '../../models/imports/jobs/service.ts';
import {
  CHOOSE_IMPORT_ITEMS,
  DOWNLOAD_LEFT_OUT,
  KEEP_IMPORT,
  REMOVE_IMPORT,
  SET_IMPORT_MAPPING,
  SET_IMPORT_TARGETS,
  START_IMPORT,
  STOP_IMPORT,
  UNDO_IMPORT,
} from '../../protocols/api/routes/imports.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { isMultipart, takeMultipart } from '../multipart.ts';
import {
  ImportDonePage,
  ImportOverPage,
  ImportProgressPage,
  ImportStartPage,
  ImportStoppedPage,
  type UploadProblem,
} from '../pages/import.tsx';
import { countFor, ImportReviewPage, type ReviewFilter, type ReviewPart } from '../pages/import-review.tsx';
import { contextOf, errorPage, html, perform, redirect } from '../render.ts';
import { actorOf, isOwnUpload } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

const ROWS = 50;
/** Room for the form around the files. */
const FORM_BYTES = 64 * 1024;
/** What is over this soon is shown at once; anything longer gets the page with its progress. */
const PATIENCE_MS = 1500;

const idOf = (page: PageRequest): string => page.params['job'] ?? '';

async function start(
  page: PageRequest,
  status = 200,
  problem: UploadProblem | null = null,
): Promise<WireResponse> {
  const { app } = page.site;
  const cursor = page.request.query.get('cursor');
  const found = await listImports(app, actorOf(page), { limit: 20, ...(cursor === null ? {} : { cursor }) });
  const data = {
    past: found.items,
    next: found.next === null ? null : `/import?cursor=${found.next}`,
    previous: cursor === null ? null : '/import',
    maxBytes: app.limits.maxImportBytes,
    problem,
  };
  return html(page, status, ImportStartPage({ ctx: contextOf(page), data }));
}

const PROBLEMS: Readonly<Record<number, readonly [number, UploadProblem]>> = {
  400: [422, 'no-file'],
  409: [409, 'too-many'],
  413: [413, 'too-large'],
};

/** The token of the form comes before its files; without it nothing is read any further. */
class ForeignForm extends Error {}

async function upload(page: PageRequest): Promise<WireResponse> {
  const { request, site } = page;
  const actor = actorOf(page);
  if (!isMultipart(request)) return start(page, 422, 'no-file');
  let draft: Awaited<ReturnType<typeof openUpload>> | null = null;
  let isOwn = false;
  try {
    await takeMultipart(request, site.app.limits.maxImportBytes + FORM_BYTES, {
      field(name, value) {
        if (name === 'form-token') isOwn = isOwnUpload(page, value);
      },
      async file(name, stream) {
        if (!isOwn) throw new ForeignForm();
        draft ??= await openUpload(site.app, actor, site.dataDir, page.timeZone);
        await draft.add(name, stream);
      },
    });
    if (!isOwn) throw new ForeignForm();
    draft ??= await openUpload(site.app, actor, site.dataDir, page.timeZone);
    const id = await draft.finish();
    await settledImport(site.app, actor, id, PATIENCE_MS);
    return redirect(page, `/import/${id}`);
  } catch (error) {
    await draft?.abandon();
    if (error instanceof ForeignForm) return errorPage(page, 419);
    if (!(error instanceof Refusal)) throw error;
    const isBroken = error.status === 400 && /connection|middle/.test(error.message);
    const known = PROBLEMS[error.status];
    if (known === undefined) throw error;
    const answer = await start(page, isBroken ? 400 : known[0], isBroken ? 'broken' : known[1]);
    return { ...answer, headers: { ...error.headers, ...answer.headers } };
  }
}

const FILTERS: readonly ReviewFilter[] = ['new', 'look', 'here', 'unreadable'];

const verdictsOf = (filter: ReviewFilter): readonly Verdict[] =>
  filter === 'unreadable' ? ['unreadable', 'repaired'] : [filter];

async function itemsFor(
  page: PageRequest,
  filter: ReviewFilter,
  after: number,
): Promise<readonly ImportEntry[]> {
  const query = { verdicts: verdictsOf(filter), after, limit: ROWS + 1 };
  return listImportItems(page.site.app, actorOf(page), idOf(page), query);
}

function backOf(page: PageRequest): string {
  const { query } = page.request;
  return page.request.method === 'GET' || page.request.method === 'HEAD'
    ? query.toString()
    : (page.form.get('back') ?? '').replace(/[^\w=&.-]/g, '').slice(0, 200);
}

async function review(
  page: PageRequest,
  view: ImportView,
  status = 200,
  hasMoved = false,
): Promise<WireResponse> {
  const query = new URLSearchParams(backOf(page));
  const filter = FILTERS.find((known) => known === query.get('show')) ?? null;
  const from = /^\d{1,9}$/.test(query.get('from') ?? '') ? Number(query.get('from')) : -1;
  const asking = FILTERS.filter(
    (each) => (each === 'look' || each === 'unreadable') && countFor(view, each) > 0,
  );
  const shown = filter !== null ? [filter] : asking.length > 0 ? asking : (['new'] as const);
  const parts: ReviewPart[] = [];
  let next: string | null = null;
  for (const each of shown) {
    const found = await itemsFor(page, each, filter === null ? -1 : from);
    const items = found.slice(0, ROWS);
    const last = items.at(-1);
    const hasMore = found.length > ROWS && last !== undefined;
    // Of several tables each shows its beginning; its own page shows the rest.
    if (hasMore && shown.length === 1) next = `/import/${idOf(page)}?show=${each}&from=${last.position}`;
    parts.push({ filter: each, items, count: countFor(view, each) });
  }
  const data = {
    ...{ view, filter, parts, next, hasMoved },
    places: await targetsFor(page.site.app, actorOf(page)),
    previous: from >= 0 && filter !== null ? `/import/${idOf(page)}?show=${filter}` : null,
    back: query.toString(),
  };
  return html(page, status, ImportReviewPage({ ctx: contextOf(page), data }));
}

async function show(page: PageRequest, status = 200, hasMoved = false): Promise<WireResponse> {
  const view = await getImport(page.site.app, actorOf(page), idOf(page));
  const { state } = view.job;
  const ctx = contextOf(page);
  if (state === 'review') return review(page, view, status, hasMoved);
  if (WORKING.has(state)) return html(page, status, ImportProgressPage({ ctx, view }));
  if (state === 'stopped') return html(page, status, ImportStoppedPage({ ctx, view }));
  const steps = state === 'done' ? ['failed'] : ['kept'];
  const items =
    state === 'failed'
      ? []
      : await listImportItems(page.site.app, actorOf(page), idOf(page), { steps, after: -1, limit: ROWS });
  if (state === 'done') return html(page, status, ImportDonePage({ ctx, view, items }));
  return html(page, status, ImportOverPage({ ctx, view, items }));
}

const isVerdict = (text: string): text is Verdict => VERDICTS.some((known) => known === text);
const isChoice = (text: string): text is Choice => CHOICES.some((known) => known === text);

/** What the radio buttons of the page say. */
function choicesIn(form: URLSearchParams): { position: number; choice: Choice }[] {
  const chosen: { position: number; choice: Choice }[] = [];
  for (const [name, value] of form) {
    const position = /^choice-(\d{1,9})$/.exec(name)?.[1];
    if (position !== undefined && isChoice(value)) chosen.push({ position: Number(position), choice: value });
  }
  return chosen;
}

async function choose(page: PageRequest): Promise<void> {
  const [verdict = '', choice = ''] = (page.form.get('all') ?? '').split(':');
  if (isVerdict(verdict) && isChoice(choice))
    await perform(page, CHOOSE_IMPORT_ITEMS, { id: idOf(page), all: { verdict, choice } });
  else {
    const items = choicesIn(page.form);
    if (items.length > 0) await perform(page, CHOOSE_IMPORT_ITEMS, { id: idOf(page), items });
  }
}

/** Does something with an import and comes back to it; where it has moved on in the meantime, says so above where it stands. */
async function change(page: PageRequest, work: () => Promise<unknown>): Promise<WireResponse> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal) || ![400, 409, 413].includes(error.status)) throw error;
    return show(page, error.status, error.status !== 413);
  }
  await settledImport(page.site.app, actorOf(page), idOf(page), PATIENCE_MS);
  const back = backOf(page);
  return redirect(page, `/import/${idOf(page)}${back === '' ? '' : `?${back}`}`);
}

function targetsIn(form: URLSearchParams) {
  const targets = [];
  for (const [name, value] of form) {
    const group = /^target-(\d{1,4})$/.exec(name)?.[1];
    if (group === undefined) continue;
    const stored = /^c(\d{1,15})$/.exec(value)?.[1];
    const target =
      stored !== undefined
        ? { kind: 'stored' as const, collection: Number(stored) }
        : value === 'new'
          ? { kind: 'new' as const, name: form.get(`name-${group}`) ?? '' }
          : { kind: 'none' as const };
    targets.push({ group: Number(group), target });
  }
  return targets;
}

async function columns(page: PageRequest): Promise<WireResponse> {
  const table = Number(page.form.get('table') ?? '0');
  return change(page, async () => {
    const view = await getImport(page.site.app, actorOf(page), idOf(page));
    const info = view.tables.find((each) => each.position === table)?.info;
    if (info === undefined) throw new Refusal(404, 'There is no such table.');
    // Columns that hold nothing are not on the page and stay where they are.
    const mapping = info.mapping.map((field, at) => page.form.get(`column-${at}`) ?? field);
    await perform(page, SET_IMPORT_MAPPING, { id: idOf(page), table, mapping });
  });
}

async function cancel(page: PageRequest): Promise<WireResponse> {
  const { job } = await getImport(page.site.app, actorOf(page), idOf(page));
  try {
    await perform(page, REMOVE_IMPORT, { id: idOf(page) });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    return redirect(page, `/import/${idOf(page)}`);
  }
  return redirect(page, '/import', { text: page.words.t('import.cancelled', { file: job.fileName }) });
}

async function keep(page: PageRequest): Promise<WireResponse> {
  const { tally } = await getImport(page.site.app, actorOf(page), idOf(page));
  await perform(page, KEEP_IMPORT, { id: idOf(page) });
  await settledImport(page.site.app, actorOf(page), idOf(page), PATIENCE_MS);
  const count = page.words.number(tally.created + tally.updated);
  return redirect(page, `/import/${idOf(page)}`, { text: page.words.t('import.kept', { count }) });
}

async function leftOut(page: PageRequest): Promise<WireResponse> {
  const { app, dataDir } = page.site;

  const { name, body } = await leftOutFile(app, actorOf(page), dataDir, idOf(page));
  return {
    status: 200,
    headers: {
      ...page.headers,
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="left-out.txt"; filename*=UTF-8''${encodeURIComponent(name)}`,
      'Cache-Control': 'no-store',
    },
    body,
  };
}

const who = 'signed-in' as const;

/** Pages of this part. */
export const IMPORT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/import', who, run: (page) => start(page) },
  { method: 'POST', path: '/import', who, does: ['createImport'], isUpload: true, run: upload },
  { method: 'GET', path: '/import/:job', who, run: (page) => show(page) },
  { method: 'GET', path: '/import/:job/left-out', who, does: [DOWNLOAD_LEFT_OUT.id], run: leftOut },
  {
    ...{ method: 'POST', path: '/import/:job/choices', who, does: [CHOOSE_IMPORT_ITEMS.id] },
    run: (page) => change(page, () => choose(page)),
  },
  {
    ...{ method: 'POST', path: '/import/:job/targets', who, does: [SET_IMPORT_TARGETS.id] },
    run: (page) =>
      change(page, () =>
        perform(page, SET_IMPORT_TARGETS, { id: idOf(page), targets: targetsIn(page.form) }),
      ),
  },
  { method: 'POST', path: '/import/:job/columns', who, does: [SET_IMPORT_MAPPING.id], run: columns },
  {
    ...{ method: 'POST', path: '/import/:job/start', who, does: [CHOOSE_IMPORT_ITEMS.id, START_IMPORT.id] },
    run: (page) =>
      change({ ...page, form: withoutBack(page.form) }, async () => {
        if (choicesIn(page.form).length > 0) await choose(page);
        await perform(page, START_IMPORT, { id: idOf(page) });
      }),
  },
  {
    ...{ method: 'POST', path: '/import/:job/stop', who, does: [STOP_IMPORT.id] },
    run: (page) => change(page, () => perform(page, STOP_IMPORT, { id: idOf(page) })),
  },
  { method: 'POST', path: '/import/:job/keep', who, does: [KEEP_IMPORT.id], run: keep },
  {
    ...{ method: 'POST', path: '/import/:job/undo', who, does: [UNDO_IMPORT.id] },
    run: (page) => change(page, () => perform(page, UNDO_IMPORT, { id: idOf(page) })),
  },
  { method: 'POST', path: '/import/:job/cancel', who, does: [REMOVE_IMPORT.id], run: cancel },
];

function withoutBack(form: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(form);
  rest.delete('back');
  return rest;
}
