import { createHash } from 'node:crypto';
import type { App } from '../../app.ts';
import { quotaOf } from '../../collections/service.ts';
import { Refusal } from '../../errors.ts';
import { isTimeZone } from '../../principals/preferences.ts';
import type { ObjectCollection, UserActor } from '../../types.ts';
import { headerHash, isField, type Mapping } from '../csv/fields.ts';
import { parseTable, type TableInfo } from '../csv/table.ts';
import { findTargets } from '../targets.ts';
import { leftOutOf, UNDO_DAYS } from './finish.ts';
import {
  countsOf,
  type ItemQuery,
  itemAt,
  itemsOf,
  setAllChoices,
  setChoice,
  skipUntouched,
  tallyOf,
} from './items-store.ts';
import {
  CHOICES_OF,
  type Choice,
  type GroupTarget,
  type ImportCounts,
  type ImportEntry,
  type ImportGroup,
  type ImportId,
  type ImportJob,
  type ImportState,
  type ImportTally,
  type Verdict,
  WORKING,
} from './job.ts';
import { makeFolder, readLeftOut, receiveFile, removeFolder, uploadPath } from './spool.ts';
import {
  countOpen,
  earlierOf,
  filesOf,
  groupsOf,
  insertJob,
  jobById,
  jobsOf,
  newImportId,
  patchJob,
  removeJob,
  type StoredFile,
  saveGroup,
  saveMapping,
  saveTable,
  tablesOf,
} from './store.ts';

export { CONTACT_FIELDS, EVENT_FIELDS, type Mapping, type TableKind } from '../csv/fields.ts';
export type { TableInfo } from '../csv/table.ts';
export { purgeImports, UNDO_DAYS } from './finish.ts';
export type {
  Choice,
  Differs,
  GroupTarget,
  ImportCounts,
  ImportEntry,
  ImportGroup,
  ImportId,
  ImportJob,
  ImportState,
  ImportTally,
  Reason,
  Verdict,
} from './job.ts';
export { CHOICES, CHOICES_OF, IMPORT_STATES, REASONS, VERDICTS, WORKING } from './job.ts';
export { ImportWorker } from './worker.ts';

type Uses = Pick<App, 'db' | 'clock' | 'hints' | 'limits' | 'random'>;

const MAX_OPEN = 5;
const MAX_FILES = 10;
const MAX_FILE_NAME = 200;
const DAY_SECONDS = 86_400;

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);
const missing = (): Refusal => new Refusal(404, 'There is no such import, or it is too long ago.');

/** An upload on its way: files are added one after the other, then it becomes an import, or is given up. */
export interface Upload {
  /** Throws `Refusal` 413 when all files together have more bytes than an import may have. */
  add(name: string, stream: AsyncIterable<Uint8Array>): Promise<void>;
  /** Begins the import; gives its id. Throws `Refusal` 400 when there is no file. */
  finish(): Promise<ImportId>;
  abandon(): Promise<void>;
}

/** Begins an upload. Throws `Refusal` 409 when too many imports of the person wait for a decision. */
export async function openUpload(
  app: Uses,
  actor: UserActor,
  dataDir: string,
  timeZone: string | null = null,
): Promise<Upload> {
  requireWriter(actor);
  if ((await countOpen(app.db, actor.principal)) >= MAX_OPEN)
    throw new Refusal(409, `${MAX_OPEN} imports are not finished yet. Finish or cancel one of them first.`);
  const id = newImportId(app);
  await makeFolder(dataDir, id);
  const files: StoredFile[] = [];
  const max = app.limits.maxImportBytes;
  return {
    async add(name, stream) {
      if (files.length >= MAX_FILES) throw new Refusal(413, `At most ${MAX_FILES} files come in one import.`);
      const used = files.reduce((sum, file) => sum + file.sizeBytes, 0);
      const path = uploadPath(dataDir, id, files.length);
      const tooLarge = () => new Refusal(413, `An import has at most ${max} bytes.`);
      files.push(await receiveFile(path, shownFileName(name), stream, max - used, tooLarge));
    },
    async finish() {
      const [first] = files;
      if (first === undefined) throw new Refusal(400, 'No file was sent. Choose one first.');
      const job = {
        ...{ id, owner: actor.principal, fileName: first.name },
        sha256: files.length === 1 ? first.sha256 : hashOf(files),
        sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
        timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : null,
      };
      await app.db.write((tx) => insertJob(tx, app, job, files));
      app.hints.tell(actor.principal, 'import');
      return id;
    },
    abandon: () => removeFolder(dataDir, id),
  };
}

function requireWriter(actor: UserActor): void {
  if (actor.scope.readOnly) throw new Refusal(403, 'This sign-in may only read.');
}

/** The last part of a path some browsers send, without what no name has. */
function shownFileName(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return base.replace(/[\p{Cc}\p{Surrogate}]/gu, '').slice(0, MAX_FILE_NAME) || 'file';
}

const hashOf = (files: readonly StoredFile[]): string =>
  createHash('sha256')
    .update(files.map((file) => file.sha256).join('\n'))
    .digest('hex');

/** An import with all a page says about it. */
export interface ImportView {
  readonly job: ImportJob;
  readonly files: readonly StoredFile[];
  readonly counts: ImportCounts;
  readonly tally: ImportTally;
  readonly groups: readonly ImportGroup[];
  readonly tables: readonly { readonly position: number; readonly file: string; readonly info: TableInfo }[];
  /** An earlier import of the same bytes. */
  readonly earlier: ImportJob | null;
  /** Bytes the person may still keep. */
  readonly availableBytes: number;
  /** Null when it cannot be undone. */
  readonly undoUntilUtc: number | null;
}

/** Reads an import of one's own. Throws `Refusal` 404. */
export async function getImport(
  app: Pick<App, 'db' | 'clock' | 'limits'>,
  actor: UserActor,
  id: string,
): Promise<ImportView> {
  const job = await ownJob(app, actor, id);
  const tables = (await tablesOf(app.db, job.id)).flatMap(({ position, file, info }) => {
    const parsed = parseTable(info);
    return parsed === null ? [] : [{ position, file, info: parsed }];
  });
  return {
    job,
    tables,
    files: await filesOf(app.db, job.id),
    counts: await countsOf(app.db, job.id),
    tally: await tallyOf(app.db, job.id),
    groups: await groupsOf(app.db, job.id),
    earlier: await earlierOf(app.db, job),
    availableBytes: (await quotaOf(app, actor.principal)).availableBytes,
    undoUntilUtc: undoUntil(app, job),
  };
}

function undoUntil(app: Pick<App, 'clock'>, job: ImportJob): number | null {
  if ((job.state !== 'done' && job.state !== 'stopped') || job.finishedUtc === null) return null;
  const until = job.finishedUtc + UNDO_DAYS * DAY_SECONDS;
  return until > nowUtc(app) ? until : null;
}

async function ownJob(app: Pick<App, 'db'>, actor: UserActor, id: string): Promise<ImportJob> {
  const job = await jobById(app.db, actor.principal, id);
  if (job === null) throw missing();
  return job;
}

/** Lists one's own imports, newest first, a page at a time. */
export async function listImports(
  app: Pick<App, 'db' | 'clock'>,
  actor: UserActor,
  query: { readonly cursor?: string; readonly limit?: number } = {},
): Promise<{
  readonly items: readonly (ImportJob & {
    readonly tally: ImportTally;
    readonly undoUntilUtc: number | null;
  })[];
  readonly next: string | null;
}> {
  const limit = query.limit ?? 50;
  const [utc = '', id = ''] = (query.cursor ?? '').split('.');
  const before = /^\d{1,12}$/.test(utc) ? { utc: Number(utc), id } : { utc: Number.MAX_SAFE_INTEGER, id: '' };
  const jobs = await jobsOf(app.db, actor.principal, before, limit + 1);
  const items = [];
  for (const job of jobs.slice(0, limit))
    items.push({ ...job, tally: await tallyOf(app.db, job.id), undoUntilUtc: undoUntil(app, job) });
  const last = items.at(-1);
  const next = jobs.length > limit && last !== undefined ? `${last.createdUtc}.${last.id}` : null;
  return { items, next };
}

/** Items of an import in the order of the files. Throws `Refusal` 404. */
export async function listImportItems(
  app: Pick<App, 'db'>,
  actor: UserActor,
  id: string,
  query: Omit<ItemQuery, 'isUntouched'>,
): Promise<readonly ImportEntry[]> {
  const job = await ownJob(app, actor, id);
  return itemsOf(app.db, job.id, query);
}

async function move(
  app: Uses,
  job: ImportJob,
  to: Parameters<typeof patchJob>[3],
  from: readonly ImportState[],
): Promise<void> {
  if (!(await app.db.write((tx) => patchJob(tx, app, job.id, to, from)))) throw moved();
  app.hints.tell(job.owner, 'import');
}

const moved = (): Refusal =>
  new Refusal(409, 'The import has moved on since the page was made. Look at it again.');

function requireReview(job: ImportJob): void {
  if (job.state !== 'review') throw moved();
}

/** Chooses for items, or for all of one verdict. Throws `Refusal` 400 for a choice an item does not have, 404, 409 after the review. */
export async function chooseImport(
  app: Uses,
  actor: UserActor,
  id: string,
  chosen: {
    readonly items?: readonly { readonly position: number; readonly choice: Choice }[];
    readonly all?: { readonly verdict: Verdict; readonly choice: Choice };
  },
): Promise<ImportCounts> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  requireReview(job);
  const wrong = (): Refusal => new Refusal(400, 'An item does not have this choice.');
  const { items = [], all } = chosen;
  if (all !== undefined && !CHOICES_OF[all.verdict].includes(all.choice)) throw wrong();
  await app.db.write(async (tx) => {
    if (all !== undefined) await setAllChoices(tx, job.id, all.verdict, all.choice);
    for (const { position, choice } of items) {
      const verdicts = (['new', 'look', 'here', 'unreadable', 'repaired'] as const).filter((verdict) =>
        CHOICES_OF[verdict].includes(choice),
      );
      if (await setChoice(tx, job.id, position, choice, verdicts)) continue;
      if ((await itemAt(tx, job.id, position)) !== null) throw wrong();
    }
    await patchJob(tx, app, job.id, {});
  });
  return countsOf(app.db, job.id);
}

/** The calendars or books of the person that take what a group holds. */
export async function targetsFor(
  app: Pick<App, 'db'>,
  actor: UserActor,
): Promise<readonly ObjectCollection[]> {
  return (await findTargets(app, actor.principal, null)).collections;
}

/** A place somebody chooses for a group. */
export type ChosenTarget =
  | { readonly kind: 'stored'; readonly collection: number }
  | { readonly kind: 'new'; readonly name: string }
  | { readonly kind: 'none' };

function checkedTarget(
  places: readonly ObjectCollection[],
  { component }: ImportGroup,
  target: ChosenTarget,
): GroupTarget {
  if (target.kind === 'none') return target;
  if (target.kind === 'new') {
    const name = safeText(target.name.replace(/\s+/g, ' ').trim()).slice(0, 100);
    if (name === '') throw new Refusal(400, 'A new calendar or address book needs a name.');
    return { kind: 'new', name };
  }
  const collection = places.find((place) => place.id === target.collection);
  const isFitting = collection?.kind === (component === 'VCARD' ? 'addressbook' : 'calendar');
  if (collection === undefined || !isFitting)
    throw new Refusal(400, 'This is none of your calendars or address books.');
  return { kind: 'stored', collection: collection.id };
}

const safeText = (text: string): string => text.replace(/[\p{Cc}\p{Surrogate}]/gu, '');

/** Says where groups go; everything is judged again. Throws `Refusal` 400 for a place that is none, 404, 409 after the review. */
export async function setImportTargets(
  app: Uses,
  actor: UserActor,
  id: string,
  chosen: readonly { readonly group: number; readonly target: ChosenTarget }[],
): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  requireReview(job);
  const groups = await groupsOf(app.db, job.id);
  const places = await targetsFor(app, actor);
  const changed: ImportGroup[] = [];
  for (const { group: position, target } of chosen) {
    const group = groups.find((each) => each.position === position);
    if (group === undefined) throw missing();
    const checked = checkedTarget(places, group, target);
    if (JSON.stringify(checked) !== JSON.stringify(group.target)) changed.push({ ...group, target: checked });
  }
  if (changed.length === 0) return;
  await app.db.write(async (tx) => {
    for (const group of changed) await saveGroup(tx, job.id, group);
    const total = groups.reduce((sum, group) => sum + group.items, 0);
    if (!(await patchJob(tx, app, job.id, { state: 'matching', done: 0, total }, ['review']))) throw moved();
  });
  app.hints.tell(job.owner, 'import');
}

/** Says where the columns of a table go; it is read again, and the next file with this header is read so at once. */
export async function setImportMapping(
  app: Uses,
  actor: UserActor,
  id: string,
  table: number,
  mapping: Mapping,
): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  requireReview(job);
  const found = (await tablesOf(app.db, job.id)).find((each) => each.position === table);
  const info = found === undefined ? null : parseTable(found.info);
  if (found === undefined || info === null) throw missing();
  if (mapping.length !== info.header.length || !mapping.every((field) => isField(info.kind, field)))
    throw new Refusal(400, `The table has ${info.header.length} columns; each needs a place there is.`);
  await app.db.write(async (tx) => {
    await saveTable(tx, job.id, { ...found, info: JSON.stringify({ ...info, mapping }) });
    await saveMapping(tx, actor.principal, headerHash(info.header), JSON.stringify(mapping));
    const again = { state: 'uploaded' as const, done: 0, total: job.sizeBytes };
    if (!(await patchJob(tx, app, job.id, again, ['review']))) throw moved();
  });
  app.hints.tell(job.owner, 'import');
}

/** Carries an import out as it was chosen, or goes on with a stopped one. Throws `Refusal` 404, 409 when nothing is chosen, 413 when it does not fit. */
export async function startImport(app: Uses, actor: UserActor, id: string): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  if (job.state === 'review') {
    const { chosen, chosenBytes } = await countsOf(app.db, job.id);
    if (chosen === 0) throw new Refusal(409, 'Nothing is chosen for importing.');
    const { availableBytes } = await quotaOf(app, actor.principal);
    if (chosenBytes > availableBytes)
      throw new Refusal(413, `The items have ${chosenBytes} bytes and there is room for ${availableBytes}.`);
  }
  await move(app, job, { state: 'applying', wish: null, done: 0, total: 0, resumedUtc: null }, [
    'review',
    'stopped',
  ]);
}

/** Stops the work on an import at its next step: what was imported so far can then be kept or undone. */
export async function stopImport(app: Uses, actor: UserActor, id: string): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  await move(app, job, { wish: 'stop' }, ['applying']);
}

/** Keeps what a stopped import has done; the rest is left out. */
export async function keepImport(app: Uses, actor: UserActor, id: string): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  await app.db.write(async (tx) => {
    // The worker ends it as any other: there is nothing left to do but to tidy.
    const to = { state: 'applying' as const, wish: null, resumedUtc: null };
    if (!(await patchJob(tx, app, job.id, to, ['stopped']))) throw moved();
    await skipUntouched(tx, job.id);
  });
  app.hints.tell(job.owner, 'import');
}

/** Takes an import back, within its 30 days. Throws `Refusal` 404, 409 when it is too late or there is nothing to take back. */
export async function undoImport(app: Uses, actor: UserActor, id: string): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  if (undoUntil(app, job) === null) throw new Refusal(409, 'This import cannot be undone any more.');
  await move(app, job, { state: 'undoing', wish: null, done: 0, total: 0, resumedUtc: null }, [
    'done',
    'stopped',
  ]);
}

/** Forgets an import that saved nothing: cancels it, or takes a finished one off the list. Throws `Refusal` 409 while it is being carried out. */
export async function removeImport(app: Uses, actor: UserActor, dataDir: string, id: string): Promise<void> {
  requireWriter(actor);
  const job = await ownJob(app, actor, id);
  const isSafe = ['uploaded', 'reading', 'matching', 'review', 'failed', 'undone'].includes(job.state);
  if (!isSafe) throw new Refusal(409, 'This import has saved something. Undo it, or leave it in the list.');
  await app.db.write((tx) => removeJob(tx, job.id));
  await removeFolder(dataDir, job.id);
  app.hints.tell(job.owner, 'import');
}

/** A file with everything that was left out. Throws `Refusal` 404. */
export async function leftOutFile(
  app: Pick<App, 'db'>,
  actor: UserActor,
  dataDir: string,
  id: string,
): Promise<{ readonly name: string; readonly body: AsyncIterable<Uint8Array> }> {
  const job = await ownJob(app, actor, id);
  if (WORKING.has(job.state) || job.state === 'undone' || job.state === 'failed') throw missing();
  const name = `${job.fileName.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N} ._-]/gu, '') || 'import'}-left-out.txt`;
  const body = job.state === 'done' ? readLeftOut(dataDir, job.id) : leftOutOf(app, dataDir, job.id);
  return { name, body };
}

/** Waits until nobody works on an import any more, at most so long; small files are read before a page would be painted. */
export async function settledImport(
  app: Pick<App, 'db' | 'hints'>,
  actor: UserActor,
  id: string,
  milliseconds: number,
): Promise<ImportJob> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const told = nextTold(app, actor, until - performance.now());
    const job = await ownJob(app, actor, id);
    if (!WORKING.has(job.state) || performance.now() >= until) return job;
    await told;
  }
}

function nextTold(app: Pick<App, 'hints'>, actor: UserActor, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const forget = app.hints.listen((person, topic) => {
      if (person === actor.principal && topic === 'import') end();
    });
    const timer = setTimeout(end, Math.max(0, milliseconds));
  });
}
