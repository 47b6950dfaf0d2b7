import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { moveDeadProperties } from '../collections/dead-properties.ts';
import { checkName } from '../collections/patch.ts';
import type { Db, Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { advance, type Locked } from '../journal/service.ts';
import type { Actor, CollectionId, ObjectCollection, ResourceOf, Revision } from '../types.ts';
import { keepFormer, keepRefused, watchDeletions } from '../versions/keep.ts';
import { etagOf } from './etag.ts';
import { checkContentType, textOfJson } from './media.ts';
import { type PreparedObject, prepareMerged, prepareObject } from './prepare.ts';
import { retried, Stale } from './stale.ts';
import {
  addToCounts,
  byNames,
  type Current,
  currentAndUsed,
  currentOf,
  currentWithBody,
  deleteRow,
  headOf,
  pageAfter,
  type StoredObject,
  wholeOf,
} from './store.ts';
import { type Condition, checkBytes, checkCount, judge, type PutResult, storePrepared } from './write.ts';

export { type ImportItem, type ImportResult, importObjects } from './batch.ts';
export type { StoredObject } from './store.ts';
export { copyObject, moveObject, type Place, type TransferOptions } from './transfer.ts';
export type { Condition, PutResult } from './write.ts';

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules'>;

/** What is to be stored, and where. */
export interface PutInput {
  readonly collection: ObjectCollection;
  readonly name: string;
  readonly body: Uint8Array;
  /** Null: not told; it is read from the body. */
  readonly contentType: string | null;
  readonly condition: Condition | null;
  /** Set where a client edits what it was shown: a card in another version than the stored one keeps what only that knew. */
  readonly isEdit?: boolean;
}

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/**
 * Stores an object: the bytes as they are, checked, indexed and counted in one write. The same bytes again change nothing.
 * jCal and jCard are stored as the text they say, and the result is marked as altered.
 * Throws the preconditions of RFC 4791 §5.3.2.1 and RFC 6352 §6.3.2.1, `quota-not-exceeded`, `Refusal` 412 for a
 * condition that does not hold, 404 when the collection is gone.
 */
export async function putObject(app: Uses, actor: Actor, input: PutInput): Promise<PutResult> {
  const { collection, name, contentType } = input;
  authorize(actor, 'bind', collection);
  authorize(actor, 'write-content', collection);
  checkName(name);
  const isJson = checkContentType(collection, contentType, input.body) === 'json';
  const body = isJson ? await textOfJson(app, collection, input.body) : input.body;
  try {
    const result = await store(app, actor, { ...input, body });
    return isJson ? { ...result, isAltered: true } : result;
  } catch (error) {
    // Pages show both sides to the person who edits; a device throws its own side away.
    const isConflict = error instanceof Refusal && error.status === 412 && actorHasDevice(actor);
    if (isConflict) await rememberRefused(app, actor, { ...input, body });
    throw error;
  }
}

const actorHasDevice = (actor: Actor): boolean => actor.kind === 'user' && actor.via !== 'session';

/** Keeps what a device wanted to store over a newer body, where it is a body of the same object. */
async function rememberRefused(app: Uses, actor: Actor, { collection, name, body }: PutInput): Promise<void> {
  const current = await currentOf(app.db, collection.id, name);
  const etag = etagOf(body);
  if (current === null || current.etag === etag) return;
  const prepared = await prepareObject(app, collection, body, etag).catch(() => null);
  if (prepared === null || prepared.uid !== current.uid) return;
  const { uid, component } = prepared;
  await keepRefused(app, actor, collection, { name, uid, component, etag, body });
}

async function store(app: Uses, actor: Actor, input: PutInput): Promise<PutResult> {
  const { collection, body, condition } = input;
  const before = await seenOf(app, input);
  judge(condition, before?.etag ?? null);
  const etag = etagOf(body);
  if (before?.etag === etag) return { etag, isCreated: false, isAltered: false };
  const upload = await prepareObject(app, collection, body, etag);
  return retried(async (attempt) => {
    const seen = attempt === 0 ? before : await seenOf(app, input);
    const merged = seen?.body == null ? null : await prepareMerged(app, collection, seen.body, body);
    const prepared = merged ?? upload;
    const result = { etag: prepared.etag, isCreated: seen === null, isAltered: merged !== null };
    if (seen?.etag === prepared.etag) return result;
    const written = await app.db.write((tx) => writePut(tx, app, input, { prepared, actor, seen }));
    app.hints.publish(collection.id, written);
    return result;
  });
}

/** What a put is judged by, and with the body where that matters. */
type Seen = Pick<Current, 'etag'> & { readonly body: Uint8Array | null };

async function seenOf(app: Uses, { collection, name, isEdit }: PutInput): Promise<Seen | null> {
  if (isEdit !== true || collection.kind !== 'addressbook') {
    const current = await currentOf(app.db, collection.id, name);
    return current === null ? null : { etag: current.etag, body: null };
  }
  return currentWithBody(app.db, collection.id, name);
}

interface Put {
  readonly prepared: PreparedObject;
  readonly actor: Actor;
  /** What stood there when it was judged. */
  readonly seen: Seen | null;
}

/** The write itself: the journal first, which locks the collection; all that is judged is judged after it. */
async function writePut(
  tx: Tx,
  app: Uses,
  { collection, name, condition }: PutInput,
  { prepared, actor, seen }: Put,
): Promise<Revision> {
  const locked = await advance(tx, app, collection.id, { name, op: seen === null ? 'create' : 'update' });
  const { current, ...usage } = await currentAndUsed(tx, collection.id, name);
  if ((current === null) !== (seen === null)) throw new Stale();
  judge(condition, current?.etag ?? null);
  // What was merged was merged with a body that is not there any more.
  if (seen !== null && seen.body !== null && current?.etag !== seen.etag) throw new Stale();
  checkCount(app, current, locked.objectCount);
  checkBytes(app, prepared.body.byteLength, current, usage);
  await storePrepared(tx, app, { collection, name, prepared, current, actor, at: locked.revision });
  return locked.revision;
}

/** Removes an object; its body goes to the trash. Throws `Refusal` 404 when there is none, 412 when the condition does not hold. */
export async function deleteObject(
  app: Uses,
  actor: Actor,
  collection: ObjectCollection,
  name: string,
  condition: Condition | null,
): Promise<void> {
  authorize(actor, 'unbind', collection);
  const missing = new Refusal(404, 'There is nothing here.');
  const before = await currentOf(app.db, collection.id, name);
  if (before === null) throw missing;
  judge(condition, before.etag);
  const { revision } = await app.db.write(async (tx): Promise<Locked> => {
    const locked = await advance(tx, app, collection.id, { name, op: 'delete' });
    const current = await currentOf(tx, collection.id, name);
    if (current === null) throw missing;
    judge(condition, current.etag);
    await keepFormer(tx, app, actor, { collection, object: current.id, how: 'delete' });
    await deleteRow(tx, locked.revision, current.id);
    await moveDeadProperties(tx, { collection: collection.id, name }, null);
    await addToCounts(tx, collection.id, { objects: -1, bytes: -current.sizeBytes, nowUtc: nowUtc(app) });
    return locked;
  });
  app.hints.publish(collection.id, revision);
  await watchDeletions(app, actor, collection);
}

/** Reads an object with its bytes; null when there is none or its collection is deleted. */
export function getObject(
  db: Db,
  collection: CollectionId,
  name: string,
): Promise<{ readonly object: ResourceOf<'object'>; readonly body: Uint8Array } | null> {
  return wholeOf(db, collection, name);
}

/** Reads an object without its bytes. */
export function headObject(
  db: Db,
  collection: CollectionId,
  name: string,
): Promise<ResourceOf<'object'> | null> {
  return headOf(db, collection, name);
}

const NAMES_PER_STATEMENT = 500;
const PAGE = 1000;
const PAGE_WITH_BODIES = 100;

/** One name of a multiget and what was found under it. */
export interface Fetched {
  readonly name: string;
  readonly found: StoredObject | null;
}

/** Reads many objects by name, one statement for each batch of up to 500 names; in the order of the names. */
export async function* multigetObjects(
  db: Db,
  collection: CollectionId,
  names: readonly string[],
  wantBody: boolean,
): AsyncGenerator<readonly Fetched[]> {
  for (let at = 0; at < names.length; at += NAMES_PER_STATEMENT) {
    const some = names.slice(at, at + NAMES_PER_STATEMENT);
    const found = new Map<string, StoredObject>();
    for (const object of await byNames(db, collection, some, wantBody)) found.set(object.name, object);
    yield some.map((name) => ({ name, found: found.get(name) ?? null }));
  }
}

/** Lists all objects of a collection in order of name, a page at a time. */
export async function* listObjects(
  db: Db,
  collection: CollectionId,
  want: { readonly wantBody: boolean; readonly component?: string | null },
): AsyncGenerator<readonly StoredObject[]> {
  const limit = want.wantBody ? PAGE_WITH_BODIES : PAGE;
  const component = want.component ?? null;
  let after = '';
  for (;;) {
    const page = await pageAfter(db, collection, after, { limit, wantBody: want.wantBody, component });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < limit) return;
    after = last.name;
  }
}
