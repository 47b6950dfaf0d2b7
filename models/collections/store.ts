import type { App } from '../app.ts';
import type { Bind, Db, Tx } from '../db/database.ts';
import { recipeOf } from '../indexes/recipe.ts';
import { toPrincipalId } from '../principals/login.ts';
import type { Collection, CollectionBase, CollectionId, Holds, PrincipalId, ResourceOf } from '../types.ts';
import { COLLECTION_COLUMNS, type CollectionRow } from './table.ts';

/** What a calendar takes when it was made without a set; VFREEBUSY is taken along with all three. */
export const DEFAULT_COMPONENTS: readonly string[] = ['VEVENT', 'VTODO', 'VJOURNAL'];

/** Brands a row id of `collections`. */
export function toCollectionId(id: number): CollectionId {
  return id as CollectionId;
}

function toCollection(row: CollectionRow): Collection {
  const base: CollectionBase = {
    id: toCollectionId(row.id),
    owner: toPrincipalId(row.owner_id),
    home: toCollectionId(row.home_id),
    name: row.name,
    displayName: row.display_name,
    description: row.description,
    color: row.color,
    order: row.sort_order,
    timezone: row.timezone,
    timezoneId: row.timezone_id,
    availability: row.availability,
    isTransparent: row.is_transparent !== 0,
    isDefault: row.is_default !== 0,
    revision: row.revision,
    floor: row.floor,
    incarnation: row.incarnation,
    createdUtc: row.created_utc,
    modifiedUtc: row.modified_utc,
  };
  switch (row.kind) {
    case 'home':
      return { ...base, kind: 'home', holds: row.holds === 'addressbook' ? 'addressbook' : 'calendar' };
    case 'calendar':
      return { ...base, kind: 'calendar', components: row.components?.split(',') ?? DEFAULT_COMPONENTS };
    case 'addressbook':
      return { ...base, kind: 'addressbook' };
    case 'inbox':
      return { ...base, kind: 'inbox' };
    case 'outbox':
      return { ...base, kind: 'outbox' };
    default:
      throw new Error(`The collection ${row.id} has the unknown kind ${row.kind}.`);
  }
}

/** A name for one life of a collection; sync tokens of another life are refused. */
export function newIncarnation(app: Pick<App, 'random'>): string {
  return app.random.bytes(6).toString('base64url');
}

const HOME_ID = `(SELECT id FROM collections WHERE owner_id = ? AND holds = ? AND kind = 'home')`;
const BY_NAME = `SELECT ${COLLECTION_COLUMNS} FROM collections
  WHERE home_id = ${HOME_ID} AND name = ? AND deleted_utc IS NULL AND kind <> 'home'`;

/** Finds a live collection by its path. One statement, two index probes. */
export async function findCollectionRow(
  db: Db,
  owner: PrincipalId,
  holds: Holds,
  name: string,
): Promise<Collection | null> {
  const row = await db.get<CollectionRow>(BY_NAME, [owner, holds, name]);
  return row === undefined ? null : toCollection(row);
}

/** Reads a live collection or home by id. */
export async function collectionById(db: Db, id: CollectionId): Promise<Collection | null> {
  const row = await db.get<CollectionRow>(
    `SELECT ${COLLECTION_COLUMNS} FROM collections WHERE id = ? AND deleted_utc IS NULL`,
    [id],
  );
  return row === undefined ? null : toCollection(row);
}

/** Finds the home of a kind. */
export async function findHomeRow(
  db: Db,
  owner: PrincipalId,
  holds: Holds,
): Promise<ResourceOf<'home'> | null> {
  const row = await db.get<CollectionRow>(
    `SELECT ${COLLECTION_COLUMNS} FROM collections
     WHERE owner_id = ? AND holds = ? AND kind = 'home' AND deleted_utc IS NULL`,
    [owner, holds],
  );
  const home = row === undefined ? null : toCollection(row);
  return home?.kind === 'home' ? home : null;
}

const IN_HOME = `home_id = ? AND deleted_utc IS NULL AND kind <> 'home'`;

/** Lists the live collections of a home, unordered. */
export async function collectionsIn(db: Db, home: CollectionId): Promise<Collection[]> {
  const sql = `SELECT ${COLLECTION_COLUMNS} FROM collections WHERE ${IN_HOME}`;
  return (await db.all<CollectionRow>(sql, [home])).map(toCollection);
}

/** A collection in the trash. */
export interface DeletedCollection {
  readonly collection: Collection;
  readonly deletedUtc: number;
  readonly objectCount: number;
}

/** Lists collections of one owner that are deleted and not yet purged, newest first. */
export async function deletedOf(db: Db, owner: PrincipalId): Promise<readonly DeletedCollection[]> {
  const rows = await db.all<CollectionRow & { deleted_utc: number; object_count: number }>(
    `SELECT ${COLLECTION_COLUMNS}, deleted_utc, object_count FROM collections
     WHERE owner_id = ? AND deleted_utc IS NOT NULL AND kind <> 'home' ORDER BY deleted_utc DESC, id DESC`,
    [owner],
  );
  return rows.map((row) => ({
    collection: toCollection(row),
    deletedUtc: row.deleted_utc,
    objectCount: row.object_count,
  }));
}

/** Reads a collection that is deleted. */
export async function deletedById(db: Db, id: CollectionId): Promise<Collection | null> {
  const row = await db.get<CollectionRow>(
    `SELECT ${COLLECTION_COLUMNS} FROM collections WHERE id = ? AND deleted_utc IS NOT NULL AND kind <> 'home'`,
    [id],
  );
  return row === undefined ? null : toCollection(row);
}

/** Ids of live collections and homes, in order of id, after `after`. */
export async function liveIdsAfter(
  db: Db,
  after: CollectionId,
  limit: number,
): Promise<readonly CollectionId[]> {
  const rows = await db.all<{ id: number }>(
    'SELECT id FROM collections WHERE id > ? AND deleted_utc IS NULL ORDER BY id LIMIT ?',
    [after, limit],
  );
  return rows.map((row) => toCollectionId(row.id));
}

/** Counts the live collections of a home; inbox and outbox do not count. */
export async function countIn(db: Db, home: CollectionId): Promise<number> {
  const row = await db.get<{ count: number }>(
    `SELECT count(*) AS count FROM collections WHERE ${IN_HOME} AND kind IN ('calendar', 'addressbook')`,
    [home],
  );
  return Number(row?.count ?? 0);
}

/** A collection that is to be made; times are epoch seconds. */
export interface NewCollectionRow {
  readonly owner: PrincipalId;
  /** Null makes a home. */
  readonly home: CollectionId | null;
  readonly kind: Collection['kind'];
  readonly holds: Holds;
  readonly name: string;
  readonly displayName: string;
  readonly components: readonly string[] | null;
  readonly isDefault: boolean;
  readonly incarnation: string;
  readonly nowUtc: number;
}

/** Adds a collection; null when its name is taken in that home. */
export async function insertCollection(tx: Tx, row: NewCollectionRow): Promise<CollectionId | null> {
  const components = row.components === null ? null : row.components.join(',');
  const isDefault = row.isDefault ? 1 : 0;
  const binds = [row.owner, row.home, row.kind, row.holds, row.name, row.displayName, components, isDefault];
  const made = await tx.get<{ id: number }>(
    `INSERT INTO collections (owner_id, home_id, kind, holds, name, display_name, components, is_default,
       index_recipe, incarnation, created_utc, modified_utc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
    [...binds, recipeOf(row.holds), row.incarnation, row.nowUtc, row.nowUtc],
  );
  if (made === undefined) return null;
  if (row.home === null) await tx.run('UPDATE collections SET home_id = id WHERE id = ?', [made.id]);
  return toCollectionId(made.id);
}

/** Writes columns of a collection; the names come from a constant table, the values are bound. */
export async function updateColumns(
  tx: Tx,
  id: CollectionId,
  columns: readonly (readonly [string, Bind])[],
  nowUtc: number,
): Promise<void> {
  const sets = columns.map(([name]) => `${name} = ?, `).join('');
  const values = columns.map(([, value]) => value);
  await tx.run(`UPDATE collections SET ${sets}modified_utc = ? WHERE id = ?`, [...values, nowUtc, id]);
}

/** Puts a collection into the trash; gives whether it was alive. */
export async function markDeleted(tx: Tx, id: CollectionId, nowUtc: number): Promise<boolean> {
  const sql = 'UPDATE collections SET deleted_utc = ?, is_default = 0 WHERE id = ? AND deleted_utc IS NULL';
  return (await tx.run(sql, [nowUtc, id])) > 0;
}

/** Takes a collection out of the trash under a name; what it was synced as is over, so it gets a new incarnation. */
export async function markRestored(
  tx: Tx,
  id: CollectionId,
  name: string,
  incarnation: string,
): Promise<boolean> {
  const sql =
    'UPDATE collections SET deleted_utc = NULL, name = ?, incarnation = ? WHERE id = ? AND deleted_utc IS NOT NULL';
  return (await tx.run(sql, [name, incarnation, id])) > 0;
}

/** Says whether a name is taken in a home. */
export async function isNameTaken(db: Db, home: CollectionId, name: string): Promise<boolean> {
  const sql = `SELECT 1 AS one FROM collections WHERE ${IN_HOME} AND name = ?`;
  return (await db.get(sql, [home, name])) !== undefined;
}

/** Puts everything a person has into the trash, homes included. */
export async function markAllDeleted(tx: Tx, owner: PrincipalId, nowUtc: number): Promise<void> {
  await tx.run('UPDATE collections SET deleted_utc = ? WHERE owner_id = ? AND deleted_utc IS NULL', [
    nowUtc,
    owner,
  ]);
}

/** Ids of collections that were put into the trash before that time. */
export async function deletedBefore(
  db: Db,
  olderThanUtc: number,
  limit: number,
): Promise<readonly CollectionId[]> {
  const rows = await db.all<{ id: number }>(
    'SELECT id FROM collections WHERE deleted_utc < ? ORDER BY id LIMIT ?',
    [olderThanUtc, limit],
  );
  return rows.map((row) => toCollectionId(row.id));
}

/** Removes up to `limit` objects of a deleted collection for good; gives how many. */
export function purgeObjects(tx: Tx, id: CollectionId, limit: number): Promise<number> {
  return tx.run(
    'DELETE FROM objects WHERE id IN (SELECT id FROM objects WHERE collection_id = ? ORDER BY name LIMIT ?)',
    [id, limit],
  );
}

/** Removes an emptied, deleted collection with its journal and its dead properties. */
export async function purgeCollection(tx: Tx, id: CollectionId, olderThanUtc: number): Promise<number> {
  await tx.run(`DELETE FROM dead_properties WHERE resource_kind = 'object' AND resource_id LIKE ?`, [
    `${id}/%`,
  ]);
  await tx.run(`DELETE FROM dead_properties WHERE resource_kind = 'collection' AND resource_id = ?`, [
    String(id),
  ]);
  await tx.run('DELETE FROM changes WHERE scope = ?', [id]);
  return tx.run('DELETE FROM collections WHERE id = ? AND deleted_utc < ?', [id, olderThanUtc]);
}

/** The room one person has, where it is not what the environment says: their own, or all people's. */
export async function quotaRowOf(
  db: Db,
  owner: PrincipalId,
): Promise<{ readonly used: number; readonly quota: number | null; readonly settings: string | null }> {
  const row = await db.get<{ used: number | null; quota: number | null; settings: string | null }>(
    `SELECT (SELECT CAST(sum(bytes_used) AS BIGINT) FROM collections WHERE owner_id = ? AND deleted_utc IS NULL) AS used,
       (SELECT quota_bytes FROM principals WHERE id = ?) AS quota,
       (SELECT value FROM server WHERE key = 'settings') AS settings`,
    [owner, owner],
  );
  return { used: row?.used ?? 0, quota: row?.quota ?? null, settings: row?.settings ?? null };
}

/** Counts of live objects by collection, from the counter each collection keeps. */
export async function objectCountsOf(
  db: Db,
  ids: readonly CollectionId[],
): Promise<ReadonlyMap<CollectionId, number>> {
  const rows = await db.all<{ id: number; object_count: number }>(
    `SELECT id, object_count FROM collections WHERE id IN ${db.oneOfNumbers}`,
    [JSON.stringify(ids)],
  );
  return new Map(rows.map((row) => [toCollectionId(row.id), row.object_count]));
}
