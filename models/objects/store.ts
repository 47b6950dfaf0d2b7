import type { Bind, Db, Tx } from '../db/database.ts';
import { toPrincipalId } from '../principals/login.ts';
import { quotaIn } from '../server/service.ts';
import type { CollectionId, ETag, ResourceOf, Revision } from '../types.ts';
import { toETag } from './etag.ts';

/** An object as lists of a collection give it. Times are epoch seconds. */
export interface StoredObject {
  readonly name: string;
  readonly etag: ETag;
  /** `VEVENT`, `VTODO`, `VJOURNAL`, `VFREEBUSY` or `VCARD`. */
  readonly component: string;
  readonly uid: string;
  readonly sizeBytes: number;
  readonly createdUtc: number;
  readonly modifiedUtc: number;
  /** Null where it was not asked for. */
  readonly body: Uint8Array | null;
}

interface Row {
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly created_utc: number;
  readonly modified_utc: number;
  readonly body?: Uint8Array;
}

const COLUMNS = 'o.name, o.uid, o.component, o.etag, o.size_bytes, o.created_utc, o.modified_utc';

function toStored(row: Row): StoredObject {
  return {
    name: row.name,
    etag: toETag(row.etag),
    component: row.component,
    uid: row.uid,
    sizeBytes: row.size_bytes,
    createdUtc: row.created_utc,
    modifiedUtc: row.modified_utc,
    body: row.body ?? null,
  };
}

interface ResourceRow extends Row {
  readonly collection_id: number;
  readonly owner_id: string;
  readonly holds: string;
  readonly collection_name: string;
}

function toResource(row: ResourceRow): ResourceOf<'object'> {
  return {
    kind: 'object',
    collection: row.collection_id as CollectionId,
    owner: toPrincipalId(row.owner_id),
    collectionName: row.collection_name,
    holds: row.holds === 'addressbook' ? 'addressbook' : 'calendar',
    name: row.name,
    uid: row.uid,
    etag: toETag(row.etag),
    component: row.component,
    sizeBytes: row.size_bytes,
    createdUtc: row.created_utc,
    modifiedUtc: row.modified_utc,
  };
}

const RESOURCE = `${COLUMNS}, o.collection_id, c.owner_id, c.holds, c.name AS collection_name`;
const OF_LIVE = 'FROM objects o JOIN collections c ON c.id = o.collection_id AND c.deleted_utc IS NULL';
const HEAD = `SELECT ${RESOURCE} ${OF_LIVE} WHERE o.collection_id = ? AND o.name = ?`;
const WITH_BODY = `SELECT ${RESOURCE}, o.body ${OF_LIVE} WHERE o.collection_id = ? AND o.name = ?`;
const BY_UID = `SELECT ${RESOURCE} ${OF_LIVE} WHERE o.collection_id = ? AND o.uid = ?`;

/** Reads an object of a live collection without its bytes. */
export async function headOf(
  db: Db,
  collection: CollectionId,
  name: string,
): Promise<ResourceOf<'object'> | null> {
  const row = await db.get<ResourceRow>(HEAD, [collection, name]);
  return row === undefined ? null : toResource(row);
}

/** Reads an object of a live collection with its bytes. */
export async function wholeOf(
  db: Db,
  collection: CollectionId,
  name: string,
): Promise<{ readonly object: ResourceOf<'object'>; readonly body: Uint8Array } | null> {
  const row = await db.get<ResourceRow & { readonly body: Uint8Array }>(WITH_BODY, [collection, name]);
  return row === undefined ? null : { object: toResource(row), body: row.body };
}

/** Finds the object that has a UID. */
export async function byUid(
  db: Db,
  collection: CollectionId,
  uid: string,
): Promise<ResourceOf<'object'> | null> {
  const row = await db.get<ResourceRow>(BY_UID, [collection, uid]);
  return row === undefined ? null : toResource(row);
}

/** Reads objects by name, in any order; one statement. */
export async function byNames(
  db: Db,
  collection: CollectionId,
  names: readonly string[],
  wantBody: boolean,
): Promise<readonly StoredObject[]> {
  const rows = await db.all<Row>(
    `SELECT ${COLUMNS}${wantBody ? ', o.body' : ''} FROM objects o WHERE o.collection_id = ? AND o.name IN ${db.oneOf}`,
    [collection, JSON.stringify(names)],
  );
  return rows.map(toStored);
}

/** Reads objects by row id, in any order; one statement. Without the plus, SQLite goes through the whole collection. */
export async function byIds(
  db: Db,
  collection: CollectionId,
  ids: readonly number[],
  wantBody: boolean,
): Promise<readonly (StoredObject & { readonly id: number; readonly needsFilter: boolean })[]> {
  const rows = await db.all<Row & { readonly id: number; readonly needs_filter: number }>(
    `SELECT ${COLUMNS}, o.id, o.needs_filter${wantBody ? ', o.body' : ''} FROM objects o
     WHERE o.id IN ${db.oneOfNumbers} AND +o.collection_id = ?`,
    [JSON.stringify(ids), collection],
  );
  return rows.map((row) => ({ ...toStored(row), id: row.id, needsFilter: row.needs_filter !== 0 }));
}

/** One page of a collection in order of name, after a name; of one component when that is given. */
export async function pageAfter(
  db: Db,
  collection: CollectionId,
  after: string,
  page: { readonly limit: number; readonly wantBody: boolean; readonly component: string | null },
): Promise<readonly StoredObject[]> {
  const { limit, wantBody, component } = page;
  const rows = await db.all<Row>(
    `SELECT ${COLUMNS}${wantBody ? ', o.body' : ''} FROM objects o WHERE o.collection_id = ? AND o.name > ?
     ${component === null ? '' : 'AND o.component = ?'} ORDER BY o.name LIMIT ?`,
    component === null ? [collection, after, limit] : [collection, after, component, limit],
  );
  return rows.map(toStored);
}

/** What a write has to know of the object in its place. */
export interface Current {
  readonly id: number;
  readonly etag: ETag;
  readonly uid: string;
  readonly sizeBytes: number;
}

interface CurrentRow {
  readonly id: number | null;
  readonly etag: string;
  readonly uid: string;
  readonly size_bytes: number;
}

/** Reads what stands under a name. */
export async function currentOf(db: Db, collection: CollectionId, name: string): Promise<Current | null> {
  const row = await db.get<CurrentRow>(
    'SELECT id, etag, uid, size_bytes FROM objects WHERE collection_id = ? AND name = ?',
    [collection, name],
  );
  return toCurrent(row);
}

/** The same with the bytes. */
export async function currentWithBody(
  db: Db,
  collection: CollectionId,
  name: string,
): Promise<(Current & { readonly body: Uint8Array }) | null> {
  const row = await db.get<CurrentRow & { readonly body: Uint8Array }>(
    'SELECT id, etag, uid, size_bytes, body FROM objects WHERE collection_id = ? AND name = ?',
    [collection, name],
  );
  const current = toCurrent(row);
  return row === undefined || current === null ? null : { ...current, body: row.body };
}

function toCurrent(row: CurrentRow | undefined): Current | null {
  if (row === undefined || row.id === null) return null;
  return { id: row.id, etag: toETag(row.etag), uid: row.uid, sizeBytes: row.size_bytes };
}

interface UsageRow {
  readonly used: number;
  readonly quota: number | null;
  readonly settings: string | null;
}

/** What the owner of a collection uses, and may use where that is not what the environment says. */
export interface Usage {
  readonly usedBytes: number;
  readonly quotaBytes: number | null;
}

/** The same with the bytes that the owner of the collection uses and may use; one statement. */
export async function currentAndUsed(
  tx: Tx,
  collection: CollectionId,
  name: string,
): Promise<Usage & { readonly current: Current | null }> {
  const row = await tx.get<CurrentRow & UsageRow>(
    `SELECT o.id, o.etag, o.uid, o.size_bytes, (SELECT CAST(sum(bytes_used) AS BIGINT) FROM collections
       WHERE owner_id = c.owner_id AND deleted_utc IS NULL) AS used,
       (SELECT p.quota_bytes FROM principals p WHERE p.id = c.owner_id) AS quota,
       (SELECT s.value FROM server s WHERE s.key = 'settings') AS settings
     FROM collections c LEFT JOIN objects o ON o.collection_id = c.id AND o.name = ? WHERE c.id = ?`,
    [name, collection],
  );
  const quotaBytes = row?.quota ?? quotaIn(row?.settings ?? null);
  return { current: toCurrent(row), usedBytes: row?.used ?? 0, quotaBytes };
}

/** An object that is to be stored; `times` are the columns of `timeColumns`. */
export interface NewObjectRow {
  readonly collection: CollectionId;
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: ETag;
  readonly body: Uint8Array;
  readonly times: readonly Bind[];
  readonly nowUtc: number;
}

const INSERT = `INSERT INTO objects (collection_id, name, uid, component, etag, size_bytes, revision,
    first_start, last_end, is_endless, expanded_until, needs_filter, created_utc, modified_utc, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`;

/** Adds an object; null when its UID (or its name) is taken: the unique index decides. */
export async function insertObject(tx: Tx, at: Revision, row: NewObjectRow): Promise<number | null> {
  const { collection, name, uid, component, etag, body, times, nowUtc } = row;
  const head: readonly Bind[] = [collection, name, uid, component, etag, body.byteLength, at];
  const made = await tx.get<{ id: number }>(INSERT, [...head, ...times, nowUtc, nowUtc, body]);
  return made?.id ?? null;
}

const UPDATE = `UPDATE objects SET component = ?, etag = ?, size_bytes = ?, revision = ?, first_start = ?, last_end = ?,
  is_endless = ?, expanded_until = ?, needs_filter = ?, modified_utc = ?, body = ? WHERE id = ?`;

/** Writes new bytes in the place of the old ones; the UID is the same. */
export async function updateObject(tx: Tx, at: Revision, id: number, row: NewObjectRow): Promise<void> {
  const { component, etag, body, times, nowUtc } = row;
  await tx.run(UPDATE, [component, etag, body.byteLength, at, ...times, nowUtc, body, id]);
}

/** Removes an object; its index rows go with it. */
export async function deleteRow(tx: Tx, _at: Revision, id: number): Promise<void> {
  await tx.run('DELETE FROM objects WHERE id = ?', [id]);
}

/**
 * Moves an object to another name or collection, bytes and tag as they are. It counts as modified now: what a collection
 * held at a moment is told by when things came into it.
 */
export async function relocate(
  tx: Tx,
  at: Revision,
  id: number,
  to: { readonly collection: CollectionId; readonly name: string; readonly nowUtc: number },
): Promise<void> {
  await tx.run(
    'UPDATE objects SET collection_id = ?, name = ?, revision = ?, modified_utc = ? WHERE id = ?',
    [to.collection, to.name, at, to.nowUtc, id],
  );
}

/** Adds a copy of an object; null when it is not what it was, or its UID is taken there. */
export async function copyRow(
  tx: Tx,
  at: Revision,
  source: Pick<Current, 'id' | 'etag'>,
  to: { readonly collection: CollectionId; readonly name: string; readonly nowUtc: number },
): Promise<number | null> {
  const made = await tx.get<{ id: number }>(
    `INSERT INTO objects (collection_id, name, uid, component, etag, size_bytes, revision, first_start, last_end,
       is_endless, expanded_until, needs_filter, created_utc, modified_utc, body)
     SELECT CAST(? AS BIGINT), ?, uid, component, etag, size_bytes, CAST(? AS BIGINT), first_start, last_end,
       is_endless, expanded_until, needs_filter, CAST(? AS BIGINT), CAST(? AS BIGINT), body
     FROM objects WHERE id = ? AND etag = ? ON CONFLICT DO NOTHING RETURNING id`,
    [to.collection, to.name, at, to.nowUtc, to.nowUtc, source.id, source.etag],
  );
  return made?.id ?? null;
}

/** Adds to the counts of a collection, whose lock is held. */
export async function addToCounts(
  tx: Tx,
  collection: CollectionId,
  add: { readonly objects: number; readonly bytes: number; readonly nowUtc: number },
): Promise<void> {
  await tx.run(
    `UPDATE collections SET object_count = object_count + ?, bytes_used = bytes_used + ?, modified_utc = ? WHERE id = ?`,
    [add.objects, add.bytes, add.nowUtc, collection],
  );
}

/** Locks a collection before the objects of a batch are looked at; null when it is deleted. */
export async function lockCollection(
  tx: Tx,
  collection: CollectionId,
): Promise<{ readonly objectCount: number } | null> {
  const row = await tx.get<{ object_count: number }>(
    'UPDATE collections SET revision = revision WHERE id = ? AND deleted_utc IS NULL RETURNING object_count',
    [collection],
  );
  return row === undefined ? null : { objectCount: row.object_count };
}
