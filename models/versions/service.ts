import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { collectionById } from '../collections/store.ts';
import type { Db } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { deleteObject, headObject, putObject } from '../objects/service.ts';
import type { Actor, CollectionId, ETag, ObjectCollection, PrincipalId } from '../types.ts';
import {
  bodyByTag,
  countRefused,
  markRestored,
  nameOfUid,
  refusedPage,
  type Version,
  versionById,
  versionsOf,
} from './store.ts';

export { toCollectionId } from '../collections/store.ts';
export type { DeletionCount, Deletions, How, Version } from './store.ts';

/** What verbs of this folder use. */
export type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules' | 'log'>;

const DAY_SECONDS = 86_400;
const MAX_LISTED = 200;

const missing = (): Refusal => new Refusal(404, 'There is no such version, or it was removed for good.');

/** Time of the service, in epoch seconds. */
export const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Lets only the person pass: contents are for nobody else, administrators included. Throws `Refusal` 404. */
export function requireOwner(actor: Actor, owner: PrincipalId): void {
  if (actor.kind === 'system') return;
  if (actor.kind === 'user' && actor.principal === owner && actor.via !== 'app-password') return;
  throw missing();
}

/** A live collection of the actor that holds objects. Throws `Refusal` 404. */
export async function ownCollection(db: Db, actor: Actor, id: CollectionId): Promise<ObjectCollection> {
  const found = await collectionById(db, id);
  if (found?.kind !== 'calendar' && found?.kind !== 'addressbook')
    throw new Refusal(
      404,
      'There is no such calendar or address book, or it is in the trash. Bring it back first.',
    );
  requireOwner(actor, found.owner);
  return found;
}

/** What collections are called, those of the actor that live. */
export async function collectionNames(
  db: Db,
  actor: Actor,
  ids: readonly CollectionId[],
): Promise<ReadonlyMap<CollectionId, string>> {
  const names = new Map<CollectionId, string>();
  for (const id of ids) {
    const found = await ownCollection(db, actor, id).catch(() => null);
    if (found !== null) names.set(id, found.displayName === '' ? found.name : found.displayName);
  }
  return names;
}

/** Former bodies of one name, newest first, at most 200. Throws `Refusal` 404 for what is somebody else's. */
export async function listVersions(
  app: Pick<App, 'db'>,
  actor: Actor,
  collection: CollectionId,
  name: string,
): Promise<readonly Version[]> {
  await ownCollection(app.db, actor, collection);
  return versionsOf(app.db, collection, name, MAX_LISTED);
}

/** One former body. Throws `Refusal` 404. */
export async function versionBody(
  app: Pick<App, 'db'>,
  actor: Actor,
  id: number,
): Promise<{ readonly version: Version; readonly body: Uint8Array }> {
  const found = await versionById(app.db, id);
  if (found === null) throw missing();
  requireOwner(actor, found.version.owner);
  return found;
}

/** The bytes an object had under a tag; null when they are not kept any more. */
export async function formerBody(
  app: Pick<App, 'db'>,
  actor: Actor,
  collection: CollectionId,
  name: string,
  etag: ETag,
): Promise<Uint8Array | null> {
  await ownCollection(app.db, actor, collection);
  return bodyByTag(app.db, collection, name, etag);
}

/** The name under which a body can stand: where its UID lives, its own, or the first free one after it that is not `taken`. */
export async function freeName(
  db: Db,
  collection: CollectionId,
  { name, uid }: Pick<Version, 'name' | 'uid'>,
  taken: ReadonlySet<string> = new Set(),
): Promise<string> {
  const alive = await nameOfUid(db, collection, uid);
  if (alive !== null) return alive;
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${stem}-${count}${end}`;
    if (!taken.has(candidate) && (await headObject(db, collection, candidate)) === null) return candidate;
  }
}

/** What was brought back, and where. */
export interface Restored {
  readonly collection: CollectionId;
  readonly name: string;
  readonly etag: ETag;
  /** Row id of the body it replaced; null when nothing stood there. */
  readonly former: number | null;
  /** True when nothing stood there. */
  readonly isBack: boolean;
}

/**
 * Makes a former body current again: a deleted one comes back under its name or the next free one; where its UID lives, it
 * becomes the newest version of it. Throws `Refusal` 404, 409 when its calendar is in the trash.
 */
export async function restoreVersion(app: Uses, actor: Actor, id: number): Promise<Restored> {
  const { version, body } = await versionBody(app, actor, id);
  const collection = await ownCollection(app.db, actor, version.collection);
  const name = await freeName(app.db, collection.id, version);
  const input = { collection, name, body, contentType: null, condition: null };
  const before = await headObject(app.db, collection.id, name);
  const { etag } = await putObject(app, actor, input);
  const isReplaced = before !== null && before.etag !== etag;
  const [newest] = isReplaced ? await versionsOf(app.db, collection.id, name, 1) : [];
  if (version.how === 'delete' || version.how === 'refused')
    await app.db.write((tx) => markRestored(tx, [id], nowUtc(app)));
  await audit(app, actor, { action: 'version.restore', about: { collection: collection.id, version: id } });
  return { collection: collection.id, name, etag, former: newest?.id ?? null, isBack: before === null };
}

/**
 * Takes `restoreVersion` back: what it replaced is current again, what came back is deleted again. Throws `Refusal` 404, and
 * 412 when the object has changed since.
 */
export async function undoRestoreVersion(
  app: Uses,
  actor: Actor,
  done: Omit<Restored, 'isBack'>,
): Promise<void> {
  const { name, etag, former } = done;
  const collection = await ownCollection(app.db, actor, done.collection);
  if (former === null) return deleteObject(app, actor, collection, name, (current) => current === etag);
  const { version, body } = await versionBody(app, actor, former);
  if (version.collection !== collection.id || version.name !== name) throw missing();
  const condition = (current: ETag | null) => current === etag;
  await putObject(app, actor, { collection, name, body, contentType: null, condition });
}

/** A page of a list that begins with the newest; `next` is the cursor of the page after it. */
export interface Paged<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Where a page begins and how long it is. */
export interface PageWanted {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Reads a cursor. Throws `Refusal` 400 for one that is none. */
export function readCursor({ cursor, limit = 50 }: PageWanted): {
  readonly before: number;
  readonly limit: number;
} {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
    throw new Refusal(400, 'The cursor is not one of this list; begin without it.');
  return { before: cursor === undefined ? 0 : Number(cursor), limit: Math.min(200, Math.max(1, limit)) };
}

/** Bodies that came with the tag of an older one, newest first: conflicts the server settled by keeping both. */
export async function listConflicts(
  app: Pick<App, 'db' | 'clock' | 'limits'>,
  actor: Actor,
  owner: PrincipalId,
  wanted: PageWanted = {},
): Promise<Paged<Version>> {
  requireOwner(actor, owner);
  const { before, limit } = readCursor(wanted);
  const fromUtc = nowUtc(app) - app.limits.versionDays * DAY_SECONDS;
  const items = await refusedPage(app.db, owner, { fromUtc, before, limit });
  const last = items.at(-1);
  return { items, next: items.length < limit || last === undefined ? null : String(last.id) };
}

/** How many conflicts were settled since a time: of one person, or of everybody for administrators. */
export function countConflicts(
  app: Pick<App, 'db'>,
  actor: Actor,
  sinceUtc: number,
  owner: PrincipalId | null,
): Promise<number> {
  requireSelfOrAdmin(actor, owner ?? '');
  return countRefused(app.db, sinceUtc, owner);
}
