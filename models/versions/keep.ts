import type { App } from '../app.ts';
import type { Tx } from '../db/database.ts';
import type { Actor, ObjectCollection } from '../types.ts';
import {
  countByDevice,
  type How,
  insertRefused,
  keepBody,
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

/**
 * Tells the owner when one device has removed much of a collection in a short time: a notice that grows while it goes on.
 * One indexed count for each deletion of a device, of at most `guardMin` rows.
 */
export async function watchDeletions(app: Uses, actor: Actor, collection: ObjectCollection): Promise<void> {
  if (actor.kind !== 'user' || actor.device === null) return;
  const { guardMin, guardShare, guardMinutes } = app.limits;
  const now = nowUtc(app);
  const sinceUtc = now - guardMinutes * 60;
  const { device } = actor;
  const some = await countByDevice(app.db, collection.id, device, sinceUtc, guardMin);
  if (some.count < guardMin) return;
  const all = await countByDevice(app.db, collection.id, device, sinceUtc, 1_000_000);
  const left = await objectCount(app.db, collection.id);
  if (all.count < guardShare * (left + all.count)) return;
  const notice = {
    owner: collection.owner,
    collection: collection.id,
    device,
    sinceUtc: all.firstUtc,
    untilUtc: now,
  };
  if (await app.db.write((tx) => raiseNotice(tx, notice))) app.hints.tell(collection.owner, 'notice');
}
