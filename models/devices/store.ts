import type { Db, Tx } from '../db/database.ts';
import type { DeviceId, PrincipalId } from '../types.ts';

/** Whether a program may not sign in with the account's password any more. */
export async function isRemoved(db: Db, id: DeviceId): Promise<boolean> {
  const sql = 'SELECT 1 AS one FROM devices WHERE id = ? AND removed_utc IS NOT NULL';
  return (await db.get(sql, [id])) !== undefined;
}

/** The id of the app password that was taken back and had this hash; null when there was none. */
export async function removedPassword(db: Db, principal: PrincipalId, hash: string): Promise<string | null> {
  const sql = `SELECT id FROM credentials WHERE principal_id = ? AND kind = 'removed' AND hash = ?`;
  return (await db.get<{ id: string }>(sql, [principal, hash]))?.id ?? null;
}

/** Takes an app password back and remembers it, so that a device that still sends it can be named; gives whether it was there. */
export async function revokeCredential(tx: Tx, id: string, nowUtc: number): Promise<boolean> {
  const sql = `UPDATE credentials SET kind = 'removed', revoked_utc = ? WHERE id = ? AND kind = 'app-password'`;
  return (await tx.run(sql, [nowUtc, id])) > 0;
}

/** Lets an app password in again that was taken back after that time; gives whether there is one. */
export async function restoreCredential(tx: Tx, id: string, revokedAfterUtc: number): Promise<boolean> {
  const sql = `UPDATE credentials SET kind = 'app-password', revoked_utc = NULL
    WHERE id = ? AND kind = 'removed' AND revoked_utc >= ?`;
  return (await tx.run(sql, [id, revokedAfterUtc])) > 0;
}

/** A device as it is stored; an app password that was never used has nulls for all that use tells. Times are epoch seconds. */
export interface DeviceRow {
  readonly id: string;
  readonly principal_id: string;
  readonly signs_in_with: 'app-password' | 'password';
  readonly name: string | null;
  readonly scope: string | null;
  readonly created_utc: number | null;
  readonly expires_utc: number | null;
  readonly removed_utc: number | null;
  /** To the day. */
  readonly used_day_utc: number | null;
  readonly program: string | null;
  readonly client: string | null;
  readonly client_version: string | null;
  readonly platform: string | null;
  readonly first_used_utc: number | null;
  readonly last_used_utc: number | null;
  readonly last_sync_utc: number | null;
  readonly refused_since_utc: number | null;
  readonly refused_last_utc: number | null;
  readonly refusal: string | null;
  readonly owner_name: string;
  readonly owner_disabled_utc: number | null;
}

const USE = `d.program, d.client, d.client_version, d.platform, d.first_used_utc, d.last_used_utc, d.last_sync_utc,
  d.refused_since_utc, d.refused_last_utc, d.refusal, p.display_name AS owner_name, p.disabled_utc AS owner_disabled_utc`;

const PASSWORDS = `SELECT c.id, c.principal_id, 'app-password' AS signs_in_with, c.label AS name, c.scope, c.created_utc,
    c.expires_utc, c.revoked_utc AS removed_utc, c.last_used_utc AS used_day_utc, ${USE}
  FROM credentials c JOIN principals p ON p.id = c.principal_id LEFT JOIN devices d ON d.id = c.id
  WHERE c.kind IN ('app-password', 'removed') AND p.removed_utc IS NULL`;

const PROGRAMS = `SELECT d.id, d.principal_id, d.signs_in_with, d.name, NULL AS scope, d.first_used_utc AS created_utc,
    NULL AS expires_utc, d.removed_utc, NULL AS used_day_utc, ${USE}
  FROM devices d JOIN principals p ON p.id = d.principal_id
  WHERE d.signs_in_with = 'password' AND p.removed_utc IS NULL`;

/** The devices of one person, or of everybody, removed ones too. */
export async function deviceRows(db: Db, owner: PrincipalId | null): Promise<readonly DeviceRow[]> {
  const own = owner === null ? [] : [owner];
  const only = (column: string) => (owner === null ? '' : ` AND ${column} = ?`);
  const passwords = await db.all<DeviceRow>(PASSWORDS + only('c.principal_id'), own);
  const programs = await db.all<DeviceRow>(PROGRAMS + only('d.principal_id'), own);
  return [...passwords, ...programs];
}

/** The devices of some people that are not removed. */
export async function deviceRowsOf(db: Db, owners: readonly PrincipalId[]): Promise<readonly DeviceRow[]> {
  const ids = [JSON.stringify(owners)];
  const passwords = `${PASSWORDS} AND c.kind = 'app-password' AND c.principal_id IN ${db.oneOf}`;
  const programs = `${PROGRAMS} AND d.removed_utc IS NULL AND d.principal_id IN ${db.oneOf}`;
  return [...(await db.all<DeviceRow>(passwords, ids)), ...(await db.all<DeviceRow>(programs, ids))];
}

/** One device, removed or not. */
export async function deviceRow(db: Db, id: DeviceId): Promise<DeviceRow | null> {
  const row =
    (await db.get<DeviceRow>(`${PASSWORDS} AND c.id = ?`, [id])) ??
    (await db.get<DeviceRow>(`${PROGRAMS} AND d.id = ?`, [id]));
  return row ?? null;
}

/** Names of devices, those that are gone too as long as they are remembered. */
export async function namesOf(
  db: Db,
  ids: readonly DeviceId[],
): Promise<readonly { readonly id: string; readonly name: string | null; readonly client: string | null }[]> {
  const asked = JSON.stringify(ids);
  const programs = await db.all<{ id: string; name: string | null; client: string | null }>(
    `SELECT id, name, client FROM devices WHERE signs_in_with = 'password' AND id IN ${db.oneOf}`,
    [asked],
  );
  const passwords = await db.all<{ id: string; name: string | null; client: string | null }>(
    `SELECT id, label AS name, NULL AS client FROM credentials WHERE id IN ${db.oneOf}`,
    [asked],
  );
  return [...programs, ...passwords];
}

/** Gives a device another name. */
export async function renameRow(tx: Tx, row: DeviceRow, name: string): Promise<void> {
  const sql =
    row.signs_in_with === 'app-password'
      ? 'UPDATE credentials SET label = ? WHERE id = ?'
      : 'UPDATE devices SET name = ? WHERE id = ?';
  await tx.run(sql, [name, row.id]);
}

/** Marks a program as removed, or lets it in again. */
export async function markProgram(tx: Tx, id: string, removedUtc: number | null): Promise<void> {
  await tx.run(
    `UPDATE devices SET removed_utc = ?, refused_since_utc = NULL WHERE id = ? AND signs_in_with = 'password'`,
    [removedUtc, id],
  );
}

/** Ends the state of being refused. */
export async function clearRefusal(tx: Tx, id: string): Promise<void> {
  await tx.run('UPDATE devices SET refused_since_utc = NULL WHERE id = ?', [id]);
}

/** What a device did in one stretch of time. */
export interface BucketRow {
  readonly device_id: string;
  readonly start_utc: number;
  readonly checked: number;
  readonly changed: number;
  readonly refused: number;
}

/** What devices did since then, oldest first. */
export function bucketRows(
  db: Db,
  ids: readonly DeviceId[],
  sinceUtc: number,
): Promise<readonly BucketRow[]> {
  return db.all<BucketRow>(
    `SELECT device_id, start_utc, checked, changed, refused FROM device_buckets
     WHERE device_id IN ${db.oneOf} AND start_utc >= ? ORDER BY start_utc`,
    [JSON.stringify(ids), sinceUtc],
  );
}

/** When a device last synced each collection that is still there. */
export function syncRows(
  db: Db,
  id: DeviceId,
): Promise<
  readonly {
    readonly display_name: string;
    readonly name: string;
    readonly holds: string;
    readonly at_utc: number;
  }[]
> {
  return db.all(
    `SELECT c.display_name, c.name, c.holds, s.at_utc FROM device_syncs s JOIN collections c ON c.id = s.collection_id
     WHERE s.device_id = ? AND c.deleted_utc IS NULL ORDER BY s.at_utc DESC, c.id`,
    [id],
  );
}

/** Ids of the collections of a person by how their address ends: `calendar/work`. */
export async function collectionIds(db: Db, owner: PrincipalId): Promise<ReadonlyMap<string, number>> {
  const rows = await db.all<{ id: number; holds: string; name: string }>(
    `SELECT id, holds, name FROM collections
     WHERE owner_id = ? AND deleted_utc IS NULL AND kind IN ('calendar', 'addressbook')`,
    [owner],
  );
  return new Map(rows.map((row) => [`${row.holds}/${row.name}`, row.id]));
}
