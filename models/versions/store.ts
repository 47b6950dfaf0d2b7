import type { Bind, Db, Tx } from '../db/database.ts';
import { toDeviceId } from '../devices/id.ts';
import { toETag } from '../objects/etag.ts';
import { toPrincipalId } from '../principals/login.ts';
import type { Actor, CollectionId, DeviceId, ETag, PrincipalId } from '../types.ts';

/** How a body stopped being current; `refused`: it never was, since it came with the tag of an older one. */
export type How = 'update' | 'delete' | 'move' | 'refused';

/** A body that was current once, without its bytes. Times are epoch seconds. */
export interface Version {
  readonly id: number;
  readonly collection: CollectionId;
  readonly owner: PrincipalId;
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: ETag;
  readonly sizeBytes: number;
  readonly createdUtc: number;
  /** From when it was current. */
  readonly sinceUtc: number;
  readonly endedUtc: number;
  readonly how: How;
  /** Who ended it; null: the server itself. */
  readonly by: PrincipalId | null;
  readonly device: DeviceId | null;
  readonly restoredUtc: number | null;
}

interface Row {
  readonly id: number;
  readonly collection_id: number;
  readonly owner_id: string;
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly created_utc: number;
  readonly since_utc: number;
  readonly ended_utc: number;
  readonly how: How;
  readonly by_id: string | null;
  readonly device_id: string | null;
  readonly restored_utc: number | null;
}

const COLUMNS = `v.id, v.collection_id, v.owner_id, v.name, v.uid, v.component, v.etag, v.size_bytes, v.created_utc,
  v.since_utc, v.ended_utc, v.how, v.by_id, v.device_id, v.restored_utc`;

function toVersion(row: Row): Version {
  return {
    id: row.id,
    collection: row.collection_id as CollectionId,
    owner: toPrincipalId(row.owner_id),
    name: row.name,
    uid: row.uid,
    component: row.component,
    etag: toETag(row.etag),
    sizeBytes: row.size_bytes,
    createdUtc: row.created_utc,
    sinceUtc: row.since_utc,
    endedUtc: row.ended_utc,
    how: row.how,
    by: row.by_id === null ? null : toPrincipalId(row.by_id),
    device: row.device_id === null ? null : toDeviceId(row.device_id),
    restoredUtc: row.restored_utc,
  };
}

/** Who does something, as the columns keep it. */
export function doerOf(actor: Actor): readonly [by: string | null, device: string | null] {
  return actor.kind === 'user' ? [actor.principal, actor.device] : [null, null];
}

const KEEP = `INSERT INTO versions (collection_id, owner_id, name, uid, component, etag, size_bytes, created_utc, since_utc,
    ended_utc, how, by_id, device_id, body)
  SELECT collection_id, CAST(? AS TEXT), name, uid, component, etag, size_bytes, created_utc, modified_utc,
    CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), body FROM objects WHERE id = ? RETURNING id`;

/** Keeps the body an object has now; it never leaves the database. Gives the row id. */
export async function keepBody(
  tx: Tx,
  object: number,
  end: { readonly owner: PrincipalId; readonly endedUtc: number; readonly how: How; readonly actor: Actor },
): Promise<number> {
  const [by, device] = doerOf(end.actor);
  const row = await tx.get<{ id: number }>(KEEP, [end.owner, end.endedUtc, end.how, by, device, object]);
  return row?.id ?? 0;
}

/** Forgets all but the newest replaced bodies of one object. */
export async function trimObject(tx: Tx, version: number, keep: number): Promise<void> {
  await tx.run(
    `DELETE FROM versions WHERE id IN (
       SELECT old.id FROM versions old JOIN versions v ON v.id = ? AND old.collection_id = v.collection_id AND old.name = v.name
       WHERE old.how = 'update' ORDER BY old.id DESC LIMIT 10000 OFFSET ?)`,
    [version, keep],
  );
}

/** A body that came with the tag of an older one. */
export interface RefusedBody {
  readonly collection: CollectionId;
  readonly owner: PrincipalId;
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: ETag;
  readonly body: Uint8Array;
  readonly nowUtc: number;
  readonly actor: Actor;
}

/** Keeps a refused body, unless the same one is kept for this object already; only the newest `keep` stay. */
export async function insertRefused(tx: Tx, row: RefusedBody, keep: number): Promise<boolean> {
  const { collection, owner, name, uid, component, etag, body, nowUtc, actor } = row;
  const same = await tx.get(
    `SELECT 1 AS one FROM versions WHERE collection_id = ? AND name = ? AND how = 'refused' AND etag = ?`,
    [collection, name, etag],
  );
  if (same !== undefined) return false;
  await tx.run(
    `INSERT INTO versions (collection_id, owner_id, name, uid, component, etag, size_bytes, created_utc, since_utc,
       ended_utc, how, by_id, device_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'refused', ?, ?, ?)`,
    [
      collection,
      owner,
      name,
      uid,
      component,
      etag,
      body.byteLength,
      nowUtc,
      nowUtc,
      nowUtc,
      ...doerOf(actor),
      body,
    ],
  );
  await tx.run(
    `DELETE FROM versions WHERE id IN (SELECT id FROM versions WHERE collection_id = ? AND name = ? AND how = 'refused'
       ORDER BY id DESC LIMIT 10000 OFFSET ?)`,
    [collection, name, keep],
  );
  return true;
}

/** Former bodies of one name, newest first. */
export async function versionsOf(
  db: Db,
  collection: CollectionId,
  name: string,
  limit: number,
): Promise<readonly Version[]> {
  const sql = `SELECT ${COLUMNS} FROM versions v WHERE v.collection_id = ? AND v.name = ? ORDER BY v.id DESC LIMIT ?`;
  return (await db.all<Row>(sql, [collection, name, limit])).map(toVersion);
}

/** One former body with its bytes. */
export async function versionById(
  db: Db,
  id: number,
): Promise<{ readonly version: Version; readonly body: Uint8Array } | null> {
  const sql = `SELECT ${COLUMNS}, v.body FROM versions v WHERE v.id = ?`;
  const row = await db.get<Row & { readonly body: Uint8Array }>(sql, [id]);
  return row === undefined ? null : { version: toVersion(row), body: row.body };
}

/** The bytes an object had under a tag. */
export async function bodyByTag(
  db: Db,
  collection: CollectionId,
  name: string,
  etag: ETag,
): Promise<Uint8Array | null> {
  const sql = `SELECT body FROM versions WHERE collection_id = ? AND name = ? AND etag = ? ORDER BY id DESC LIMIT 1`;
  return (await db.get<{ body: Uint8Array }>(sql, [collection, name, etag]))?.body ?? null;
}

/** Which deleted bodies are meant. */
export interface Deletions {
  readonly owner: PrincipalId;
  /** From this second on. */
  readonly fromUtc: number;
  /** Up to this second, itself included. */
  readonly untilUtc: number;
  readonly collection?: CollectionId | undefined;
  /** Null: by no device, from the pages; undefined: whoever it was. */
  readonly device?: DeviceId | null | undefined;
  /** Of which kind of collection. */
  readonly holds?: 'calendar' | 'addressbook' | undefined;
}

/** Deleted, not brought back, and nothing with the same UID lives there again; the collection lives. */
function inTrash(d: Deletions): { readonly where: string; readonly binds: readonly Bind[] } {
  const parts = [
    `v.owner_id = ? AND v.how = 'delete' AND v.restored_utc IS NULL AND v.ended_utc >= ? AND v.ended_utc <= ?`,
  ];
  const binds: Bind[] = [d.owner, d.fromUtc, d.untilUtc];
  const add = (sql: string, ...more: readonly Bind[]): void => {
    parts.push(sql);
    binds.push(...more);
  };
  if (d.collection !== undefined) add('v.collection_id = ?', d.collection);
  if (d.device === null) add('v.device_id IS NULL');
  else if (d.device !== undefined) add('v.device_id = ?', d.device);
  if (d.holds === 'addressbook') add(`v.component = 'VCARD'`);
  if (d.holds === 'calendar') add(`v.component <> 'VCARD'`);
  add('EXISTS (SELECT 1 FROM collections c WHERE c.id = v.collection_id AND c.deleted_utc IS NULL)');
  add('NOT EXISTS (SELECT 1 FROM objects o WHERE o.collection_id = v.collection_id AND o.uid = v.uid)');
  return { where: parts.join(' AND '), binds };
}

/** Deletions of ten minutes by one device in one collection, counted. */
export interface DeletionCount {
  readonly collection: CollectionId;
  readonly device: DeviceId | null;
  readonly by: PrincipalId | null;
  readonly fromUtc: number;
  readonly untilUtc: number;
  readonly count: number;
}

const BUCKET_SECONDS = 600;

/** What was deleted, counted by device, collection and ten minutes; newest first. */
export async function countDeletions(db: Db, d: Deletions): Promise<readonly DeletionCount[]> {
  const { where, binds } = inTrash(d);
  const rows = await db.all<{
    collection_id: number;
    device_id: string | null;
    by_id: string | null;
    first_utc: number;
    last_utc: number;
    count: number;
  }>(
    `SELECT v.collection_id, v.device_id, v.by_id, min(v.ended_utc) AS first_utc, max(v.ended_utc) AS last_utc, count(*) AS count
     FROM versions v WHERE ${where} GROUP BY v.collection_id, v.device_id, v.by_id, v.ended_utc / ${BUCKET_SECONDS}
     ORDER BY last_utc DESC, v.collection_id LIMIT 5000`,
    binds,
  );
  return rows.map((row) => ({
    collection: row.collection_id as CollectionId,
    device: row.device_id === null ? null : toDeviceId(row.device_id),
    by: row.by_id === null ? null : toPrincipalId(row.by_id),
    fromUtc: row.first_utc,
    untilUtc: row.last_utc,
    count: row.count,
  }));
}

/** Deleted bodies with their bytes, newest first, before a row id (0: from the newest). */
export async function deletionsPage(
  db: Db,
  d: Deletions,
  page: { readonly before: number; readonly limit: number },
): Promise<readonly { readonly version: Version; readonly body: Uint8Array }[]> {
  const { where, binds } = inTrash(d);
  const older = page.before === 0 ? '' : ' AND v.id < ?';
  const rows = await db.all<Row & { readonly body: Uint8Array }>(
    `SELECT ${COLUMNS}, v.body FROM versions v WHERE ${where}${older} ORDER BY v.id DESC LIMIT ?`,
    [...binds, ...(page.before === 0 ? [] : [page.before]), page.limit],
  );
  return rows.map((row) => ({ version: toVersion(row), body: row.body }));
}

/** Refused bodies of a person, newest first, before a row id (0: from the newest). */
export async function refusedPage(
  db: Db,
  owner: PrincipalId,
  page: { readonly fromUtc: number; readonly before: number; readonly limit: number },
): Promise<readonly Version[]> {
  const older = page.before === 0 ? '' : ' AND v.id < ?';
  const rows = await db.all<Row>(
    `SELECT ${COLUMNS} FROM versions v WHERE v.owner_id = ? AND v.how = 'refused' AND v.ended_utc >= ?${older}
     ORDER BY v.id DESC LIMIT ?`,
    [owner, page.fromUtc, ...(page.before === 0 ? [] : [page.before]), page.limit],
  );
  return rows.map(toVersion);
}

/** How many refused bodies everybody has since then. */
export async function countRefused(db: Db, fromUtc: number, owner: PrincipalId | null): Promise<number> {
  const whose = owner === null ? '' : 'AND owner_id = ?';
  const row = await db.get<{ count: number }>(
    `SELECT count(*) AS count FROM versions WHERE how = 'refused' AND ended_utc >= ? ${whose}`,
    owner === null ? [fromUtc] : [fromUtc, owner],
  );
  return row?.count ?? 0;
}

/** Notes that bodies came back. */
export async function markRestored(tx: Tx, ids: readonly number[], nowUtc: number): Promise<void> {
  const sql = `UPDATE versions SET restored_utc = ? WHERE id IN ${tx.oneOfNumbers}`;
  await tx.run(sql, [nowUtc, JSON.stringify(ids)]);
}

/** Removes bodies for good. */
export function purgeVersions(tx: Tx, ids: readonly number[]): Promise<number> {
  return tx.run(`DELETE FROM versions WHERE id IN ${tx.oneOfNumbers}`, [JSON.stringify(ids)]);
}

/** Removes deleted bodies for good, with all former bodies of the same UID; what lives again keeps its own. */
export function purgeDeleted(tx: Tx, ids: readonly number[]): Promise<number> {
  return tx.run(
    `DELETE FROM versions WHERE (collection_id, uid) IN (SELECT d.collection_id, d.uid FROM versions d
       WHERE d.id IN ${tx.oneOfNumbers} AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.collection_id = d.collection_id AND o.uid = d.uid))`,
    [JSON.stringify(ids)],
  );
}

/** Objects that a restore brought back and that are still as it brought them. */
export async function restoredAt(
  db: Db,
  owner: PrincipalId,
  restoredUtc: number,
  limit: number,
): Promise<readonly { readonly collection: CollectionId; readonly name: string; readonly etag: ETag }[]> {
  const rows = await db.all<{ collection_id: number; name: string; etag: string }>(
    `SELECT o.collection_id, o.name, o.etag FROM versions v
     JOIN objects o ON o.collection_id = v.collection_id AND o.uid = v.uid AND o.etag = v.etag
     JOIN collections c ON c.id = o.collection_id AND c.deleted_utc IS NULL
     WHERE v.owner_id = ? AND v.how = 'delete' AND v.restored_utc = ? ORDER BY v.id LIMIT ?`,
    [owner, restoredUtc, limit],
  );
  return rows.map((row) => ({
    collection: row.collection_id as CollectionId,
    name: row.name,
    etag: toETag(row.etag),
  }));
}

/** When bodies go: deleted ones by the days of the trash, all others by the days of versions. */
export interface Expiry {
  readonly deletedBeforeUtc: number;
  readonly othersBeforeUtc: number;
}

/** Removes up to `limit` bodies whose time is over, for good; gives how many. Row ids are in the order of time. */
export function purgeExpired(tx: Tx, expiry: Expiry, limit: number): Promise<number> {
  return tx.run(
    `DELETE FROM versions WHERE id IN (SELECT id FROM versions WHERE ended_utc < ? AND how = 'delete'
       UNION ALL SELECT id FROM versions WHERE ended_utc < ? AND how <> 'delete' ORDER BY 1 LIMIT ?)`,
    [expiry.deletedBeforeUtc, expiry.othersBeforeUtc, limit],
  );
}

/** Removes up to `limit` replaced bodies beyond the newest `keep` of their object; gives how many. */
export function purgeBeyond(tx: Tx, keep: number, limit: number): Promise<number> {
  return tx.run(
    `DELETE FROM versions WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER
         (PARTITION BY collection_id, name ORDER BY id DESC) AS place FROM versions WHERE how = 'update') AS numbered
       WHERE place > ? LIMIT ?)`,
    [keep, limit],
  );
}

/** People whose former bodies have more bytes than that, and how many. */
export async function ownersBeyond(
  db: Db,
  bytes: number,
): Promise<readonly { readonly owner: PrincipalId; readonly bytes: number }[]> {
  const rows = await db.all<{ owner_id: string; bytes: number }>(
    `SELECT owner_id, CAST(sum(size_bytes) AS BIGINT) AS bytes FROM versions GROUP BY owner_id
     HAVING sum(size_bytes) > ?`,
    [bytes],
  );
  return rows.map((row) => ({ owner: toPrincipalId(row.owner_id), bytes: row.bytes }));
}

/** The oldest bodies of a person, what was deleted after all others, with their sizes. */
export async function oldestOf(
  db: Db,
  owner: PrincipalId,
  limit: number,
): Promise<readonly { readonly id: number; readonly bytes: number }[]> {
  return db.all(
    `SELECT id, size_bytes AS bytes FROM versions WHERE owner_id = ?
     ORDER BY CASE WHEN how = 'delete' THEN 1 ELSE 0 END, id LIMIT ?`,
    [owner, limit],
  );
}

/** What stood under a name of a collection at a moment, and where it is kept. */
export interface ThenRow {
  readonly name: string;
  readonly uid: string;
  readonly etag: ETag;
  /** Row id of the former body; null: it is the body of today. */
  readonly version: number | null;
}

/** What a collection held at a moment: what is unchanged since, and what was current then. */
export async function heldAt(
  db: Db,
  collection: CollectionId,
  momentUtc: number,
): Promise<readonly ThenRow[]> {
  const rows = await db.all<{ name: string; uid: string; etag: string; version: number | null }>(
    `SELECT name, uid, etag, CAST(NULL AS BIGINT) AS version FROM objects WHERE collection_id = ? AND modified_utc <= ?
     UNION ALL
     SELECT name, uid, etag, id AS version FROM versions
     WHERE collection_id = ? AND how <> 'refused' AND since_utc <= ? AND ended_utc > ?`,
    [collection, momentUtc, collection, momentUtc, momentUtc],
  );
  return rows.map((row) => ({ ...row, etag: toETag(row.etag) }));
}

/** A notice that one device removed much of a collection. */
export interface NoticeRow {
  readonly id: number;
  readonly owner: PrincipalId;
  readonly collection: CollectionId;
  readonly device: DeviceId;
  readonly sinceUtc: number;
  readonly untilUtc: number;
}

interface RawNotice {
  readonly id: number;
  readonly owner_id: string;
  readonly collection_id: number;
  readonly device_id: string;
  readonly since_utc: number;
  readonly until_utc: number;
}

const toNotice = (row: RawNotice): NoticeRow => ({
  id: row.id,
  owner: toPrincipalId(row.owner_id),
  collection: row.collection_id as CollectionId,
  device: toDeviceId(row.device_id),
  sinceUtc: row.since_utc,
  untilUtc: row.until_utc,
});

/** Open notices of a person, newest first. */
export async function openNoticesOf(db: Db, owner: PrincipalId): Promise<readonly NoticeRow[]> {
  const rows = await db.all<RawNotice>(
    'SELECT * FROM notices WHERE owner_id = ? AND closed_utc IS NULL ORDER BY id DESC LIMIT 20',
    [owner],
  );
  return rows.map(toNotice);
}

/** How many bodies a device deleted in a collection in a time and nobody brought back, counted up to `most`. */
export async function countByDevice(
  db: Db,
  collection: CollectionId,
  device: DeviceId,
  {
    sinceUtc,
    untilUtc,
    most,
  }: { readonly sinceUtc: number; readonly untilUtc: number; readonly most: number },
): Promise<{ readonly count: number; readonly firstUtc: number }> {
  const row = await db.get<{ count: number; first_utc: number | null }>(
    `SELECT count(*) AS count, min(ended_utc) AS first_utc FROM (SELECT ended_utc FROM versions
       WHERE how = 'delete' AND collection_id = ? AND device_id = ? AND ended_utc >= ? AND ended_utc <= ?
       AND restored_utc IS NULL ORDER BY ended_utc LIMIT ?) AS recent`,
    [collection, device, sinceUtc, untilUtc, most],
  );
  return { count: row?.count ?? 0, firstUtc: row?.first_utc ?? sinceUtc };
}

/** The newest notice of a device and a collection, with whether it is closed. */
export async function latestNotice(
  db: Db,
  collection: CollectionId,
  device: DeviceId,
): Promise<(NoticeRow & { readonly isClosed: boolean }) | null> {
  const row = await db.get<RawNotice & { closed_utc: number | null }>(
    'SELECT * FROM notices WHERE collection_id = ? AND device_id = ? ORDER BY id DESC LIMIT 1',
    [collection, device],
  );
  return row === undefined ? null : { ...toNotice(row), isClosed: row.closed_utc !== null };
}

/** Notes that the burst of a notice goes on. */
export async function lengthenNotice(tx: Tx, id: number, untilUtc: number): Promise<void> {
  await tx.run('UPDATE notices SET until_utc = ? WHERE id = ?', [untilUtc, id]);
}

/** Opens a notice; false when another write has opened the one of this burst. */
export async function raiseNotice(tx: Tx, notice: Omit<NoticeRow, 'id'>): Promise<boolean> {
  const { owner, collection, device, sinceUtc, untilUtc } = notice;
  const made = await tx.run(
    `INSERT INTO notices (owner_id, collection_id, device_id, since_utc, until_utc)
     SELECT CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
     WHERE NOT EXISTS (SELECT 1 FROM notices WHERE collection_id = ? AND device_id = ? AND until_utc >= ?)`,
    [owner, collection, device, sinceUtc, untilUtc, collection, device, sinceUtc],
  );
  return made > 0;
}

/** Closes a notice of this person, or opens it again with null. True when there is one. */
export async function closeNotice(
  tx: Tx,
  owner: PrincipalId,
  id: number,
  closedUtc: number | null,
): Promise<boolean> {
  const sql = 'UPDATE notices SET closed_utc = ? WHERE id = ? AND owner_id = ?';
  return (await tx.run(sql, [closedUtc, id, owner])) > 0;
}

/** Forgets a notice: what it was about is back. */
export async function removeNotice(tx: Tx, owner: PrincipalId, id: number): Promise<void> {
  await tx.run('DELETE FROM notices WHERE id = ? AND owner_id = ?', [id, owner]);
}

/** The item count of a collection. */
export async function objectCount(db: Db, collection: CollectionId): Promise<number> {
  const row = await db.get<{ object_count: number }>('SELECT object_count FROM collections WHERE id = ?', [
    collection,
  ]);
  return row?.object_count ?? 0;
}

/** The name of the object that has a UID; null when none has. */
export async function nameOfUid(db: Db, collection: CollectionId, uid: string): Promise<string | null> {
  const sql = 'SELECT name FROM objects WHERE collection_id = ? AND uid = ?';
  return (await db.get<{ name: string }>(sql, [collection, uid]))?.name ?? null;
}
