import type { App } from '../app.ts';
import type { Tx } from '../db/database.ts';
import type { Actor, ObjectCollection } from '../types.ts';
import {
  countByDevice,
  type How,
  insertRefused,
  keepBody,
  latestNotice,
  lengthenNotice,
  objectCount,
  type RefusedBody,
  raiseNotice,
  trimObject,
} from './store.ts';

/** What the writes of objects call: the body that goes is kept in the same transaction. */

type Uses = Pick<App, 'db' | 'clock' | 'hints' | 'limits'>;

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Every how many bodies the former ones of an object are trimmed to their bound: a bound need not be met by the row. */
const TRIM_EVERY = 16;
const REFUSED_PER_OBJECT = 20;

/** Keeps the body that an object has now, before it is replaced, moved or removed; the collection must be locked. */
export async function keepFormer(
  tx: Tx,
  app: Pick<App, 'clock' | 'limits'>,
  actor: Actor,
  former: { readonly collection: ObjectCollection; readonly object: number; readonly how: How },
): Promise<void> {
  const { collection, object, how } = former;
  const id = await keepBody(tx, object, { owner: collection.owner, endedUtc: nowUtc(app), how, actor });
  if (how === 'update' && id % TRIM_EVERY === 0) await trimObject(tx, id, app.limits.versionsPerObject);
}

/** Keeps a body that came with the tag of an older one, so that a person can still choose it. */
export async function keepRefused(
  app: Uses,
  actor: Actor,
  collection: ObjectCollection,
  refused: Pick<RefusedBody, 'name' | 'uid' | 'component' | 'etag' | 'body'>,
): Promise<void> {
  const row = { ...refused, collection: collection.id, owner: collection.owner, nowUtc: nowUtc(app), actor };
  const isNew = await app.db.write((tx) => insertRefused(tx, row, REFUSED_PER_OBJECT));
  if (isNew) app.hints.tell(collection.owner, 'notice');
}

/** The count of a large collection is looked at once in so many deletions. */
const LOOK_EVERY = 16;
const LARGE = 200;
/** More than any collection holds. */
export const MANY = 1_000_000;
/** A notice that is open is lengthened this often, in seconds. */
export const LENGTHEN_SECONDS = 3;

/**
 * Tells the owner when one device has removed much of a collection in a short time: a notice that grows while it goes on.
 * A single deletion costs one indexed count of at most `guardMin` rows.
 */
export async function watchDeletions(app: Uses, actor: Actor, collection: ObjectCollection): Promise<void> {
  if (actor.kind !== 'user' || actor.device === null) return;
  const { guardMin, guardShare, guardMinutes } = app.limits;
  const { device } = actor;
  const now = nowUtc(app);
  const sinceUtc = now - guardMinutes * 60;
  const span = { sinceUtc, untilUtc: now };
  const some = await countByDevice(app.db, collection.id, device, { ...span, most: guardMin });
  if (some.count < guardMin) return;
  const open = await latestNotice(app.db, collection.id, device);
  if (open !== null && open.untilUtc >= sinceUtc) return lengthen(app, open, now);
  const left = await objectCount(app.db, collection.id);
  if (left > LARGE && left % LOOK_EVERY !== 0) return;
  const { count, firstUtc } = await countByDevice(app.db, collection.id, device, { ...span, most: MANY });
  if (count < guardShare * (left + count)) return;
  const { owner, id } = collection;
  const notice = { owner, collection: id, device, sinceUtc: firstUtc, untilUtc: now };
  if (await app.db.write((tx) => raiseNotice(tx, notice))) app.hints.tell(owner, 'notice');
}

async function lengthen(
  app: Uses,
  notice: NonNullable<Awaited<ReturnType<typeof latestNotice>>>,
  now: number,
): Promise<void> {
  if (now - notice.untilUtc < LENGTHEN_SECONDS) return;
  await app.db.write((tx) => lengthenNotice(tx, notice.id, now));
  if (!notice.isClosed) app.hints.tell(notice.owner, 'notice');
}
