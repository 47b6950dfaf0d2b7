import type { App } from '../app.ts';
import type { Db, Tx } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import { storeIndex } from '../indexes/service.ts';
import { timeColumns } from '../indexes/store.ts';
import type { Actor, ETag, ObjectCollection, Revision } from '../types.ts';
import { keepFormer } from '../versions/keep.ts';
import type { PreparedObject } from './prepare.ts';
import type { Usage } from './store.ts';
import { addToCounts, byUid, type Current, headOf, insertObject, updateObject } from './store.ts';

/** What every write of an object does after it has locked the collection. */

/** Judges the present tag, null where nothing stands; false refuses the request with 412 (RFC 9110 §13). */
export type Condition = (current: ETag | null) => boolean;

export interface PutResult {
  readonly etag: ETag;
  readonly isCreated: boolean;
  /** True when the stored bytes are not the sent ones; then the answer has no tag (RFC 4791 §5.3.4). */
  readonly isAltered: boolean;
}

/** Throws `Refusal` 412 when a condition does not hold. */
export function judge(condition: Condition | null, current: ETag | null): void {
  if (condition === null || condition(current)) return;
  const found = current === null ? 'there is nothing here' : 'it has changed';
  throw new Refusal(412, `The condition of the request does not hold: ${found}. Read it again first.`);
}

/** Throws Precondition `quota-not-exceeded` when another object is one too many. */
export function checkCount(app: Pick<App, 'limits'>, current: Current | null, objectCount: number): void {
  const most = app.limits.maxObjectsPerCollection;
  if (current !== null || objectCount < most) return;
  const message = `The collection holds ${objectCount} objects; ${most} are kept.`;
  throw new Precondition('quota-not-exceeded', message);
}

/** Throws Precondition `quota-not-exceeded` when the bytes do not fit (RFC 4331 §6); what shrinks always fits. */
export function checkBytes(
  app: Pick<App, 'limits'>,
  sizeBytes: number,
  current: Current | null,
  { usedBytes, quotaBytes }: Usage,
): void {
  const growth = sizeBytes - (current?.sizeBytes ?? 0);
  const most = quotaBytes ?? app.limits.maxBytesPerUser;
  if (growth <= 0 || usedBytes + growth <= most) return;
  throw new Precondition('quota-not-exceeded', `There is no room: ${usedBytes} of ${most} bytes are used.`);
}

/** What is stored where, under a revision. */
export interface Storing {
  readonly collection: ObjectCollection;
  readonly name: string;
  readonly prepared: PreparedObject;
  readonly current: Current | null;
  readonly at: Revision;
  readonly actor: Actor;
}

/** Writes the object, its index rows and the counts; the body it replaces is kept. Throws a UID conflict; the collection must be locked. */
export async function storePrepared(
  tx: Tx,
  app: Pick<App, 'clock' | 'limits'>,
  storing: Storing,
): Promise<void> {
  const { collection, name, prepared, current, at, actor } = storing;
  const { body, etag, uid, component, index } = prepared;
  const now = Math.floor(app.clock.nowMs() / 1000);
  const times = timeColumns(index.kind === 'calendar' ? index.times : null);
  const row = { collection: collection.id, name, uid, component, etag, body, times, nowUtc: now };
  if (current === null) {
    const id = await insertObject(tx, at, row);
    if (id === null) throw await uidConflict(tx, collection, uid);
    await storeIndex(tx, collection.id, id, index, true);
  } else {
    if (current.uid !== uid) throw await uidChanged(tx, collection, name);
    await keepFormer(tx, app, actor, { collection, object: current.id, how: 'update' });
    await updateObject(tx, at, current.id, row);
    await storeIndex(tx, collection.id, current.id, index, false);
  }
  const bytes = body.byteLength - (current?.sizeBytes ?? 0);
  await addToCounts(tx, collection.id, { objects: current === null ? 1 : 0, bytes, nowUtc: now });
}

/** The error of a UID that another object of the collection has; it names that object. */
export async function uidConflict(db: Db, collection: ObjectCollection, uid: string): Promise<Precondition> {
  const winner = await byUid(db, collection.id, uid);
  const code = collection.kind === 'calendar' ? 'calendar-no-uid-conflict' : 'card-no-uid-conflict';
  const message = `Another object of this collection has the UID "${uid.slice(0, 100)}" already.`;
  return new Precondition(code, message, winner === null ? [] : [winner]);
}

async function uidChanged(db: Db, collection: ObjectCollection, name: string): Promise<Precondition> {
  const own = await headOf(db, collection.id, name);
  const code = collection.kind === 'calendar' ? 'calendar-no-uid-conflict' : 'card-no-uid-conflict';
  const message = 'An object keeps its UID; store the new one under another name.';
  return new Precondition(code, message, own === null ? [] : [own]);
}
