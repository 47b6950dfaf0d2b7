import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import type { Db, Tx } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import { OBJECT_COMPONENTS } from '../ical/component.ts';
import { advance } from '../journal/service.ts';
import { quotaIn } from '../server/service.ts';
import type {
  Actor,
  Collection,
  CollectionId,
  Holds,
  ObjectCollection,
  PrincipalId,
  ResourceOf,
} from '../types.ts';
import {
  checkDeadPatch,
  type DeadPatch,
  deadKey,
  type PropertyName,
  storeDeadPatch,
} from './dead-properties.ts';
import { type CollectionPatch, checkName, columnsOf } from './patch.ts';
import {
  collectionById,
  collectionsIn,
  countIn,
  findCollectionRow,
  findHomeRow,
  insertCollection,
  markDeleted,
  newIncarnation,
  quotaRowOf,
  updateColumns,
} from './store.ts';

export {
  type DeadKind,
  type DeadPatch,
  deadKey,
  deadPropertiesOf,
  deadPropertiesOfOne,
  type PropertyName,
  patchDeadProperties,
} from './dead-properties.ts';
export type { CollectionPatch } from './patch.ts';
export { objectCountsOf, toCollectionId } from './store.ts';
export {
  type DeletedCollection,
  listDeletedCollections,
  pruneJournals,
  purgeDeletedCollection,
  purgeDeletedCollections,
  restoreCollection,
  restoreOwnCollection,
} from './trash.ts';

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits'>;

/** Finds a live collection by its path; null when there is none. */
export function findCollection(
  db: Db,
  owner: PrincipalId,
  holds: Holds,
  name: string,
): Promise<Collection | null> {
  return findCollectionRow(db, owner, holds, name);
}

/** Reads a live collection or home by its id. */
export function getCollection(db: Db, id: CollectionId): Promise<Collection | null> {
  return collectionById(db, id);
}

/** Finds somebody's home of that kind. */
export function findHome(db: Db, owner: PrincipalId, holds: Holds): Promise<ResourceOf<'home'> | null> {
  return findHomeRow(db, owner, holds);
}

const KIND_ORDER = ['calendar', 'addressbook', 'inbox', 'outbox'];

/** Lists the collections of a home: default ones first, then by order and name; inbox and outbox come last. */
export async function listCollections(db: Db, home: CollectionId): Promise<readonly Collection[]> {
  const rank = (c: Collection): number => KIND_ORDER.indexOf(c.kind) * 2 + (c.isDefault ? 0 : 1);
  const order = (c: Collection): number => {
    const number = Number.parseFloat(c.order ?? '');
    return Number.isNaN(number) ? Number.MAX_VALUE : number;
  };
  return (await collectionsIn(db, home)).sort(
    (a, b) => rank(a) - rank(b) || order(a) - order(b) || (a.name < b.name ? -1 : 1),
  );
}

/** What a collection is to be. */
export interface NewCollection extends CollectionPatch {
  readonly name: string;
  readonly kind: ObjectCollection['kind'];
  /** Component types of a calendar; absent: events, to-dos and journals. */
  readonly components?: readonly string[];
  readonly deadProperties?: ReadonlyMap<PropertyName, string>;
}

function checkComponents(components: readonly string[] | undefined): void {
  if (components === undefined) return;
  const unknown = components.find((name) => !OBJECT_COMPONENTS.has(name));
  if (unknown !== undefined || components.length === 0)
    throw new Precondition(
      'supported-calendar-component',
      `A calendar takes ${[...OBJECT_COMPONENTS].join(', ')}; found "${(unknown ?? '').slice(0, 40)}".`,
    );
}

/**
 * Makes a calendar or an address book in a home, all properties at once or nothing. Throws Precondition
 * `resource-must-be-null` when the name is taken, `calendar-collection-location-ok` (or the address book's) in the
 * wrong home, `quota-not-exceeded` beyond the limit of a home (RFC 4791 §5.3.1, RFC 5689).
 */
export async function makeCollection(
  app: Uses,
  actor: Actor,
  home: ResourceOf<'home'>,
  input: NewCollection,
): Promise<Collection> {
  authorize(actor, 'bind', home);
  checkName(input.name);
  checkComponents(input.components);
  if (input.kind !== home.holds) {
    const code =
      input.kind === 'calendar' ? 'calendar-collection-location-ok' : 'addressbook-collection-location-ok';
    throw new Precondition(code, `This home does not hold a collection of the kind ${input.kind}.`);
  }
  const columns = columnsOf(input, input.name, app.limits);
  const dead: DeadPatch = { set: input.deadProperties ?? new Map(), remove: [] };
  checkDeadPatch('collection', dead, app.limits);
  const made = await app.db.write(async (tx) => {
    const { revision } = await advance(tx, app, home.id, { name: input.name, op: 'create' });
    const id = await insertChecked(tx, app, home, input);
    if (columns.length > 0) await updateColumns(tx, id, columns, nowUtc(app));
    await storeDeadPatch(tx, { kind: 'collection', id: String(id) }, dead, app.limits);
    return { id, revision };
  });
  app.hints.publish(home.id, made.revision);
  const collection = await collectionById(app.db, made.id);
  if (collection === null) throw new Refusal(409, 'The collection was deleted at once by somebody else.');
  return collection;
}

async function insertChecked(
  tx: Tx,
  app: Uses,
  home: ResourceOf<'home'>,
  input: NewCollection,
): Promise<CollectionId> {
  if ((await countIn(tx, home.id)) >= app.limits.maxCollectionsPerHome)
    throw new Precondition(
      'quota-not-exceeded',
      `There are ${app.limits.maxCollectionsPerHome} collections already; delete one first.`,
    );
  const id = await insertCollection(tx, {
    owner: home.owner,
    home: home.id,
    kind: input.kind,
    holds: home.holds,
    name: input.name,
    displayName: input.name,
    components: input.kind === 'calendar' ? (input.components ?? null) : null,
    isDefault: false,
    incarnation: newIncarnation(app),
    nowUtc: nowUtc(app),
  });
  if (id === null) throw taken();
  return id;
}

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);
const taken = (): Precondition =>
  new Precondition('resource-must-be-null', 'A collection of this name exists already.');

/** Changes properties of a collection or a home, all or nothing (RFC 4918 §9.2). Throws what `columnsOf` and `patchDeadProperties` throw. */
export async function patchCollection(
  app: Uses,
  actor: Actor,
  collection: Collection,
  patch: CollectionPatch,
  dead: DeadPatch = { set: new Map(), remove: [] },
): Promise<void> {
  authorize(actor, 'write-properties', collection);
  const columns = columnsOf(patch, collection.name, app.limits);
  checkDeadPatch('collection', dead, app.limits);
  const isHome = collection.kind === 'home';
  const revision = await app.db.write(async (tx) => {
    const locked = isHome
      ? null
      : await advance(tx, app, collection.home, { name: collection.name, op: 'update' });
    await expectLive(tx, collection.id);
    await updateColumns(tx, collection.id, columns, nowUtc(app));
    await storeDeadPatch(tx, deadKey(collection), dead, app.limits);
    return locked?.revision ?? null;
  });
  if (revision !== null) app.hints.publish(collection.home, revision);
}

async function expectLive(tx: Tx, id: CollectionId): Promise<void> {
  if ((await collectionById(tx, id)) === null)
    throw new Refusal(404, 'This collection does not exist any more.');
}

/**
 * Puts a collection into the trash: it is gone for everybody at once and its name is free. Throws Precondition
 * `default-calendar-needed` (RFC 6638 §4.2) or `Refusal` 403 for what cannot be deleted.
 */
export async function deleteCollection(app: Uses, actor: Actor, collection: Collection): Promise<void> {
  if (collection.kind !== 'calendar' && collection.kind !== 'addressbook') {
    authorize(actor, 'read', collection);
    throw new Refusal(403, 'This collection belongs to the account and cannot be deleted.');
  }
  authorize(actor, 'unbind', collection);
  if (collection.isDefault) throw defaultNeeded(collection);
  const revision = await app.db.write(async (tx) => {
    const locked = await advance(tx, app, collection.home, { name: collection.name, op: 'delete' });
    if (!(await markDeleted(tx, collection.id, nowUtc(app))))
      throw new Refusal(404, 'This collection does not exist any more.');
    return locked.revision;
  });
  app.hints.publish(collection.home, revision);
}

function defaultNeeded(collection: ObjectCollection): Error {
  return collection.kind === 'calendar'
    ? new Precondition('default-calendar-needed', 'The default calendar is needed for new events.')
    : new Refusal(403, 'The default address book cannot be deleted or renamed.');
}

/** Renames a collection within its home (RFC 4918 §9.9). Throws like `deleteCollection` for default ones; `resource-must-be-null` when the name is taken. */
export async function moveCollection(
  app: Uses,
  actor: Actor,
  collection: Collection,
  newName: string,
): Promise<void> {
  if (collection.kind !== 'calendar' && collection.kind !== 'addressbook')
    throw new Refusal(403, 'This collection belongs to the account and cannot be moved.');
  authorize(actor, 'unbind', collection);
  checkName(newName);
  if (collection.isDefault) throw defaultNeeded(collection);
  if (newName === collection.name) throw new Refusal(403, 'The collection has this name already.');
  const revision = await app.db.write(async (tx) => {
    await advance(tx, app, collection.home, { name: collection.name, op: 'delete' });
    const locked = await advance(tx, app, collection.home, { name: newName, op: 'create' });
    await expectLive(tx, collection.id);
    if ((await collectionsIn(tx, collection.home)).some((other) => other.name === newName)) throw taken();
    await updateColumns(tx, collection.id, [['name', newName]], nowUtc(app));
    return locked.revision;
  });
  app.hints.publish(collection.home, revision);
}

/** Bytes somebody uses and may still use (RFC 4331 §3). */
export async function quotaOf(
  app: Pick<App, 'db' | 'limits'>,
  owner: PrincipalId,
): Promise<{ readonly usedBytes: number; readonly availableBytes: number }> {
  const { used, quota, settings } = await quotaRowOf(app.db, owner);
  const allowed = quota ?? quotaIn(settings) ?? app.limits.maxBytesPerUser;
  return { usedBytes: used, availableBytes: Math.max(0, allowed - used) };
}
