import { audit } from '../audit/service.ts';
import { deviceNames } from '../devices/service.ts';
import { Refusal } from '../errors.ts';
import { deleteObject, importObjects } from '../objects/service.ts';
import { limitsNow } from '../server/service.ts';
import type { Actor, CollectionId, DeviceId, PrincipalId } from '../types.ts';
import { LENGTHEN_SECONDS, MANY } from './keep.ts';
import { freeName, nowUtc, ownCollection, requireOwner, type Uses, versionBody } from './service.ts';
import {
  closeNotice,
  countByDevice,
  countDeletions,
  type DeletionCount,
  type Deletions,
  deletionsPage,
  markRestored,
  openNoticesOf,
  purgeDeleted,
  purgeVersions,
  removeNotice,
  restoredAt,
  type Version,
} from './store.ts';

const DAY_SECONDS = 86_400;
/** Deletions of one device that follow each other within this time are one story. */
const BURST_GAP_SECONDS = 1200;
const BATCH = 200;

/** The trash of a person reaches back so far. */
export async function trashSinceUtc(app: Pick<Uses, 'db' | 'clock' | 'limits'>): Promise<number> {
  return nowUtc(app) - (await limitsNow(app)).trashDays * DAY_SECONDS;
}

function joins(last: DeletionCount, next: DeletionCount): boolean {
  return (
    last.collection === next.collection &&
    last.device === next.device &&
    last.by === next.by &&
    last.fromUtc - next.untilUtc <= BURST_GAP_SECONDS
  );
}

/** What was deleted, one story for each device, collection and burst; newest first. */
export async function listBursts(
  app: Pick<Uses, 'db' | 'clock' | 'limits'>,
  actor: Actor,
  owner: PrincipalId,
  holds?: Deletions['holds'],
): Promise<readonly DeletionCount[]> {
  requireOwner(actor, owner);
  const reach = { owner, fromUtc: await trashSinceUtc(app), untilUtc: nowUtc(app), holds };
  const bursts: DeletionCount[] = [];
  for (const part of await countDeletions(app.db, reach)) {
    const at = bursts.findIndex((burst) => joins(burst, part));
    const before = bursts[at];
    if (before === undefined) bursts.push(part);
    else bursts[at] = { ...before, fromUtc: part.fromUtc, count: before.count + part.count };
  }
  return bursts;
}

/** A deleted item with the bytes it had. */
export interface Deleted {
  readonly version: Version;
  readonly body: Uint8Array;
}

/** Items of the trash, newest first, before a row id (0: from the newest). */
export async function listDeleted(
  app: Pick<Uses, 'db' | 'clock' | 'limits'>,
  actor: Actor,
  which: Omit<Deletions, 'fromUtc' | 'untilUtc'> & Partial<Pick<Deletions, 'fromUtc' | 'untilUtc'>>,
  page: { readonly before: number; readonly limit: number },
): Promise<readonly Deleted[]> {
  requireOwner(actor, which.owner);
  const fromUtc = Math.max(which.fromUtc ?? 0, await trashSinceUtc(app));
  return deletionsPage(app.db, { ...which, fromUtc, untilUtc: which.untilUtc ?? nowUtc(app) }, page);
}

/** What became of many. */
export interface Outcome {
  readonly done: number;
  /** Why the others were not, by message. */
  readonly refused: readonly string[];
  /** Names this restore for `undoRestoreMany`, epoch seconds. */
  readonly restoredUtc: number;
}

/** Brings back everything that was deleted as told, 200 in one write; what cannot be stored any more is told of. */
export async function restoreMany(app: Uses, actor: Actor, which: Deletions): Promise<Outcome> {
  requireOwner(actor, which.owner);
  const restoredUtc = nowUtc(app);
  let done = 0;
  const refused: string[] = [];
  let before = 0;
  for (;;) {
    const page = await deletionsPage(app.db, which, { before, limit: BATCH });
    const last = page.at(-1);
    if (last === undefined) break;
    before = last.version.id;
    for (const [collection, items] of byCollection(page)) {
      const result = await restorePage(app, actor, collection, items, restoredUtc);
      done += result.done;
      refused.push(...result.refused);
    }
  }
  await audit(app, actor, { action: 'trash.restore', about: { count: done } });
  return { done, refused, restoredUtc };
}

function byCollection(page: readonly Deleted[]): ReadonlyMap<CollectionId, readonly Deleted[]> {
  const groups = new Map<CollectionId, Deleted[]>();
  const uids = new Set<string>();
  for (const item of page) {
    const { collection, uid } = item.version;
    // Deleted more than once: the newest body of a UID comes first, and it is the one.
    const key = `${collection} ${uid}`;
    if (uids.has(key)) continue;
    uids.add(key);
    groups.set(collection, [...(groups.get(collection) ?? []), item]);
  }
  return groups;
}

async function restorePage(
  app: Uses,
  actor: Actor,
  id: CollectionId,
  items: readonly Deleted[],
  restoredUtc: number,
): Promise<Pick<Outcome, 'done' | 'refused'>> {
  const collection = await ownCollection(app.db, actor, id);
  const named: { readonly name: string; readonly body: Uint8Array }[] = [];
  const taken = new Set<string>();
  for (const { version, body } of items) {
    const name = await freeName(app.db, id, version, taken);
    taken.add(name);
    named.push({ name, body });
  }
  const results = await importObjects(app, actor, collection, named);
  const back: number[] = [];
  const refused: string[] = [];
  for (const [at, result] of results.entries()) {
    const item = items[at];
    if ('error' in result) refused.push(result.error.message);
    else if (item !== undefined) back.push(item.version.id);
  }
  await app.db.write((tx) => markRestored(tx, back, restoredUtc));
  return { done: back.length, refused };
}

/**
 * Takes `restoreMany` back: what it brought and nobody has changed since is deleted again. `restoredUtc` is the one that it
 * gave; gives the count.
 */
export async function undoRestoreMany(
  app: Uses,
  actor: Actor,
  owner: PrincipalId,
  restoredUtc: number,
): Promise<number> {
  requireOwner(actor, owner);
  let count = 0;
  for (;;) {
    const page = await restoredAt(app.db, owner, restoredUtc, BATCH);
    if (page.length === 0) break;
    for (const { collection: id, name, etag } of page) {
      const collection = await ownCollection(app.db, actor, id);
      await deleteObject(app, actor, collection, name, (current) => current === etag);
      count += 1;
    }
  }
  await audit(app, actor, { action: 'trash.undo-restore', about: { count } });
  return count;
}

/** Removes one body for good; of something deleted, its former bodies too. Throws `Refusal` 404. */
export async function purgeVersion(app: Uses, actor: Actor, id: number): Promise<void> {
  const { version } = await versionBody(app, actor, id);
  await app.db.write((tx) => (version.how === 'delete' ? purgeDeleted(tx, [id]) : purgeVersions(tx, [id])));
  await audit(app, actor, { action: 'version.purge', about: { version: id } });
}

/** Removes everything in the trash for good, or one burst of it; gives the count. */
export async function emptyTrash(app: Uses, actor: Actor, which: Deletions): Promise<number> {
  requireOwner(actor, which.owner);
  let count = 0;
  for (;;) {
    const page = await deletionsPage(app.db, which, { before: 0, limit: BATCH });
    if (page.length === 0) break;
    const ids = page.map(({ version }) => version.id);
    await app.db.write((tx) => purgeDeleted(tx, ids));
    count += ids.length;
  }
  await audit(app, actor, { action: 'trash.empty', about: { count } });
  return count;
}

/** One device removed much of a collection in a short time. */
export interface MassChange {
  readonly id: number;
  readonly collection: CollectionId;
  readonly collectionName: string;
  readonly device: DeviceId;
  /** Null when the device is not known any more. */
  readonly deviceName: string | null;
  readonly sinceUtc: number;
  /** The burst is over since this second, or has not ended yet. */
  readonly untilUtc: number;
  readonly count: number;
}

/** What the actor should know of, newest first: mass changes that nobody has dismissed or taken back. */
export async function openNotices(app: Pick<Uses, 'db'>, actor: Actor): Promise<readonly MassChange[]> {
  if (actor.kind !== 'user') return [];
  const rows = await openNoticesOf(app.db, actor.principal);
  if (rows.length === 0) return [];
  const names = await deviceNames(
    app.db,
    rows.map((row) => row.device),
  );
  const open: MassChange[] = [];
  for (const row of rows) {
    const collection = await ownCollection(app.db, actor, row.collection).catch(() => null);
    if (collection === null) continue;
    const untilUtc = row.untilUtc + LENGTHEN_SECONDS;
    const span = { sinceUtc: row.sinceUtc, untilUtc, most: MANY };
    const { count } = await countByDevice(app.db, row.collection, row.device, span);
    if (count === 0) continue;
    const collectionName = collection.displayName === '' ? collection.name : collection.displayName;
    open.push({ ...row, untilUtc, collectionName, deviceName: names.get(row.device) ?? null, count });
  }
  return open;
}

async function noticeOf(app: Pick<Uses, 'db'>, actor: Actor, id: number): Promise<MassChange> {
  const found = (await openNotices(app, actor)).find((notice) => notice.id === id);
  if (found === undefined) throw new Refusal(404, 'This notice is not open any more.');
  return found;
}

/** Brings back everything a notice is about and closes it. */
export async function returnMassChange(app: Uses, actor: Actor, id: number): Promise<Outcome> {
  const notice = await noticeOf(app, actor, id);
  const { collection } = notice;
  const { owner } = await ownCollection(app.db, actor, collection);
  const { device, sinceUtc, untilUtc } = notice;
  const outcome = await restoreMany(app, actor, {
    owner,
    collection,
    device,
    fromUtc: sinceUtc,
    untilUtc,
  });
  await app.db.write((tx) => removeNotice(tx, owner, id));
  app.hints.tell(owner, 'notice');
  return outcome;
}

/** Closes a notice: the change was meant. Throws `Refusal` 404 when it is not open. */
export async function dismissNotice(app: Uses, actor: Actor, id: number): Promise<void> {
  const { collection } = await noticeOf(app, actor, id);
  const { owner } = await ownCollection(app.db, actor, collection);
  await app.db.write((tx) => closeNotice(tx, owner, id, nowUtc(app)));
  app.hints.tell(owner, 'notice');
  await audit(app, actor, { action: 'notice.dismiss', about: { notice: id } });
}

/** Opens a notice again that was closed. Throws `Refusal` 404. */
export async function reopenNotice(app: Uses, actor: Actor, id: number): Promise<void> {
  const missing = new Refusal(404, 'There is no such notice.');
  if (actor.kind !== 'user' || actor.via === 'app-password') throw missing;
  const isThere = await app.db.write((tx) => closeNotice(tx, actor.principal, id, null));
  if (!isThere) throw missing;
  app.hints.tell(actor.principal, 'notice');
}
