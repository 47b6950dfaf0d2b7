import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { moveDeadProperties } from '../collections/dead-properties.ts';
import { checkName } from '../collections/patch.ts';
import type { Tx } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import { inheritDoubt } from '../indexes/state-store.ts';
import { copyIndex, rehomeIndex } from '../indexes/store.ts';
import { advance, type Change, type Locked } from '../journal/service.ts';
import type { Actor, ObjectCollection, ResourceOf } from '../types.ts';
import { keepFormer } from '../versions/keep.ts';
import { checkComponent } from './prepare.ts';
import { retried, Stale } from './stale.ts';
import {
  addToCounts,
  byUid,
  type Current,
  copyRow,
  currentAndUsed,
  currentOf,
  deleteRow,
  headOf,
  relocate,
} from './store.ts';
import { type Condition, checkBytes, checkCount, judge, type PutResult, uidConflict } from './write.ts';

/** A name in a collection. */
export interface Place {
  readonly collection: ObjectCollection;
  readonly name: string;
}

export interface TransferOptions {
  /** Whether what stands at the destination is replaced (RFC 4918 §10.6). */
  readonly overwrite: boolean;
  readonly sourceCondition: Condition | null;
  readonly targetCondition: Condition | null;
}

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits'>;

interface Transfer extends TransferOptions {
  readonly from: Place;
  readonly to: Place;
  readonly actor: Actor;
  readonly isCopy: boolean;
}

/** Copies an object into another collection (RFC 4918 §9.8). Throws like `moveObject`; a copy within one collection is always a UID conflict. */
export function copyObject(
  app: Uses,
  actor: Actor,
  from: Place,
  to: Place,
  options: TransferOptions,
): Promise<PutResult> {
  return transfer(app, actor, { from, to, ...options, actor, isCopy: true });
}

/**
 * Moves an object in one step, bytes and tag as they are (RFC 4918 §9.9). Throws `Refusal` 403 onto itself, 404 when there is
 * nothing to move, 412 when a condition or `overwrite` forbids it; Preconditions for the other kind of collection, a
 * component that is not taken there, a UID that is taken there, and quota.
 */
export function moveObject(
  app: Uses,
  actor: Actor,
  from: Place,
  to: Place,
  options: TransferOptions,
): Promise<PutResult> {
  return transfer(app, actor, { from, to, ...options, actor, isCopy: false });
}

async function transfer(app: Uses, actor: Actor, t: Transfer): Promise<PutResult> {
  const { from, to, isCopy } = t;
  authorize(actor, isCopy ? 'read' : 'unbind', from.collection);
  authorize(actor, 'bind', to.collection);
  authorize(actor, 'write-content', to.collection);
  checkName(to.name);
  if (from.collection.id === to.collection.id && from.name === to.name)
    throw new Refusal(403, 'Source and destination are the same.');
  if (from.collection.kind !== to.collection.kind)
    throw new Precondition(
      to.collection.kind === 'calendar' ? 'supported-calendar-data' : 'supported-address-data',
      'The destination holds objects of another kind.',
    );
  return retried(async () => {
    const source = await headOf(app.db, from.collection.id, from.name);
    if (source === null) throw nothing();
    checkComponent(to.collection, source.component);
    const target = await currentOf(app.db, to.collection.id, to.name);
    const written = await app.db.write((tx) => writeTransfer(tx, app, t, source, target !== null));
    for (const [scope, revision] of written.revisions) app.hints.publish(scope, revision);
    return { etag: written.etag, isCreated: target === null, isAltered: false };
  });
}

const nothing = (): Refusal => new Refusal(404, 'There is nothing to copy or move.');

type Written = {
  readonly etag: PutResult['etag'];
  readonly revisions: ReadonlyMap<ObjectCollection['id'], number>;
};

interface Locks {
  readonly source: Locked | null;
  readonly target: Locked;
}

/** Advances both scopes in the order of their ids, so that two moves the other way round do not wait for each other. */
async function advanceBoth(tx: Tx, app: Uses, t: Transfer, isReplacing: boolean): Promise<Locks> {
  const leaving: Change = { name: t.from.name, op: 'delete' };
  const arriving: Change = { name: t.to.name, op: isReplacing ? 'update' : 'create' };
  const [fromId, toId] = [t.from.collection.id, t.to.collection.id];
  if (t.isCopy) return { source: null, target: await advance(tx, app, toId, arriving) };
  if (fromId <= toId) {
    const source = await advance(tx, app, fromId, leaving);
    return { source, target: await advance(tx, app, toId, arriving) };
  }
  const target = await advance(tx, app, toId, arriving);
  return { source: await advance(tx, app, fromId, leaving), target };
}

async function writeTransfer(
  tx: Tx,
  app: Uses,
  t: Transfer,
  seen: ResourceOf<'object'>,
  isReplacing: boolean,
): Promise<Written> {
  const { from, to } = t;
  const locks = await advanceBoth(tx, app, t, isReplacing);
  const source = await currentOf(tx, from.collection.id, from.name);
  if (source === null) throw nothing();
  const { current: target, ...usage } = await currentAndUsed(tx, to.collection.id, to.name);
  if ((target !== null) !== isReplacing || source.etag !== seen.etag) throw new Stale();
  judge(t.sourceCondition, source.etag);
  judge(t.targetCondition, target?.etag ?? null);
  if (target !== null && !t.overwrite)
    throw new Refusal(412, 'Something stands at the destination, and Overwrite is F.');
  const isWithin = from.collection.id === to.collection.id;
  const rival = await byUid(tx, to.collection.id, source.uid);
  if (rival !== null && rival.name !== to.name && (t.isCopy || !isWithin))
    throw await uidConflict(tx, to.collection, source.uid);
  if (!isWithin) checkCount(app, target, locks.target.objectCount);
  // A move takes its bytes along from the same owner; only a copy adds to them.
  if (t.isCopy) checkBytes(app, source.sizeBytes, target, usage);
  await place(tx, app, t, { source, target, at: locks.target.revision, seen });
  const revisions = new Map<ObjectCollection['id'], number>();
  if (locks.source !== null) revisions.set(from.collection.id, locks.source.revision);
  revisions.set(to.collection.id, locks.target.revision);
  return { etag: source.etag, revisions };
}

interface Placing {
  readonly source: Current;
  readonly target: Current | null;
  readonly at: Locked['revision'];
  readonly seen: ResourceOf<'object'>;
}

async function place(tx: Tx, app: Uses, t: Transfer, { source, target, at, seen }: Placing): Promise<void> {
  const { from, to, actor, isCopy } = t;
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const isCard = seen.component === 'VCARD';
  const there = { collection: to.collection.id, name: to.name };
  if (target !== null) {
    await keepFormer(tx, app, actor, { collection: to.collection, object: target.id, how: 'delete' });
    await deleteRow(tx, at, target.id);
  }
  if (isCopy) {
    // Nothing locks the source of a copy: it is copied as it was judged, or not at all.
    const object = await copyRow(tx, at, source, { ...there, nowUtc });
    if (object === null) throw new Stale();
    await copyIndex(tx, source.id, { collection: there.collection, object }, isCard);
  } else {
    await keepFormer(tx, app, actor, { collection: from.collection, object: source.id, how: 'move' });
    await relocate(tx, at, source.id, { ...there, nowUtc });
    if (from.collection.id !== there.collection) await rehomeIndex(tx, source.id, there.collection, isCard);
  }
  if (from.collection.id !== there.collection)
    await inheritDoubt(
      tx,
      from.collection.id,
      { ...there, revision: at },
      isCard ? 'addressbook' : 'calendar',
    );
  await moveDeadProperties(tx, { collection: from.collection.id, name: from.name }, there, isCopy);
  const gone = { objects: target === null ? 0 : -1, bytes: -(target?.sizeBytes ?? 0) };
  const come = { objects: 1 + gone.objects, bytes: source.sizeBytes + gone.bytes, nowUtc };
  await addToCounts(tx, there.collection, come);
  if (!isCopy) await addToCounts(tx, from.collection.id, { objects: -1, bytes: -source.sizeBytes, nowUtc });
}
