import type { Bind, Db, Tx } from '../db/database.ts';
import type { DeviceId } from '../types.ts';

/** Statements about what devices asked; times are epoch seconds. */

/** A stored request. */
export interface RequestRow {
  readonly id: number;
  readonly device_id: string;
  readonly at_utc: number;
  readonly outcome: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly reason: string | null;
  readonly client: string | null;
  /** How many of the same followed each other. */
  readonly times: number;
}

/** What of the requests is asked for; null does not filter. */
export interface RequestFilter {
  readonly owner: string | null;
  readonly device: string | null;
  readonly outcomes: readonly string[] | null;
  readonly sinceUtc: number | null;
  readonly untilUtc: number | null;
  readonly text: string | null;
  readonly before: { readonly atUtc: number; readonly id: number } | null;
}

const COLUMNS = 'id, device_id, at_utc, outcome, method, path, status, ms, reason, client, times';

/** Requests, newest first. */
export function requestRows(db: Db, filter: RequestFilter, limit: number): Promise<readonly RequestRow[]> {
  const where: string[] = ['1 = 1'];
  const binds: Bind[] = [];
  const add = (sql: string, ...values: readonly Bind[]): void => {
    where.push(sql);
    binds.push(...values);
  };
  if (filter.owner !== null)
    add('device_id IN (SELECT id FROM devices WHERE principal_id = ?)', filter.owner);
  if (filter.device !== null) add('device_id = ?', filter.device);
  if (filter.outcomes !== null) add(`outcome IN ${db.oneOf}`, JSON.stringify(filter.outcomes));
  if (filter.sinceUtc !== null) add('at_utc >= ?', filter.sinceUtc);
  if (filter.untilUtc !== null) add('at_utc < ?', filter.untilUtc);
  if (filter.text !== null) {
    const like = `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
    const columns = ['path', 'client', 'method', 'reason'];
    const names = `device_id IN (SELECT id FROM credentials WHERE lower(label) LIKE ? ESCAPE '\\')`;
    add(
      `(${columns.map((column) => `lower(${column}) LIKE ? ESCAPE '\\'`).join(' OR ')} OR ${names})`,
      ...columns.map(() => like),
      like,
    );
  }
  const { before } = filter;
  if (before !== null) add('(at_utc < ? OR (at_utc = ? AND id < ?))', before.atUtc, before.atUtc, before.id);
  return db.all<RequestRow>(
    `SELECT ${COLUMNS} FROM requests WHERE ${where.join(' AND ')} ORDER BY at_utc DESC, id DESC LIMIT ?`,
    [...binds, limit],
  );
}

/** Adds a request. */
export async function insertRequest(tx: Tx, row: Omit<RequestRow, 'id'>): Promise<void> {
  await tx.run(
    `INSERT INTO requests (device_id, at_utc, outcome, method, path, status, ms, reason, client, times)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.device_id,
      row.at_utc,
      row.outcome,
      row.method,
      row.path,
      row.status,
      row.ms,
      row.reason,
      row.client,
      row.times,
    ],
  );
}

/** Removes what a device merely checked, but for its newest requests. */
export async function thinRequests(tx: Tx, device: string, keep: number): Promise<void> {
  await tx.run(
    `DELETE FROM requests WHERE device_id = ? AND outcome = 'checked' AND id NOT IN
       (SELECT id FROM requests WHERE device_id = ? ORDER BY id DESC LIMIT ?)`,
    [device, device, keep],
  );
}

/** Removes what is older, but for the newest requests of each device; gives how many. */
export async function deleteRequestsBefore(tx: Tx, beforeUtc: number, keep: number): Promise<number> {
  return tx.run(
    `DELETE FROM requests WHERE at_utc < ? AND id NOT IN (SELECT id FROM
       (SELECT id, row_number() OVER (PARTITION BY device_id ORDER BY id DESC) AS place FROM requests) AS placed
       WHERE place <= ?)`,
    [beforeUtc, keep],
  );
}

/** What is known of a device before a note about it is written. */
export interface KnownDevice {
  readonly principal_id: string;
  readonly last_used_utc: number | null;
  readonly refused_since_utc: number | null;
  readonly refused_last_utc: number | null;
}

/** Reads what a note is judged by. */
export async function knownDevice(db: Db, id: string): Promise<KnownDevice | null> {
  const sql =
    'SELECT principal_id, last_used_utc, refused_since_utc, refused_last_utc FROM devices WHERE id = ?';
  return (await db.get<KnownDevice>(sql, [id])) ?? null;
}

/** What use tells about a device. */
export interface DeviceUse {
  readonly id: string;
  readonly principal: string;
  readonly signsInWith: string;
  readonly program: string;
  readonly client: string | null;
  readonly version: string | null;
  readonly platform: string | null;
  readonly usedUtc: number | null;
  readonly syncUtc: number | null;
  readonly refusedSinceUtc: number | null;
  readonly refusedLastUtc: number | null;
  readonly refusal: string | null;
}

/** Writes what is new about a device; it is made when it is not there and its person is. */
export async function saveUse(tx: Tx, use: DeviceUse): Promise<void> {
  await tx.run(
    `INSERT INTO devices (id, principal_id, signs_in_with, program, client, client_version, platform, first_used_utc,
       last_used_utc, last_sync_utc, refused_since_utc, refused_last_utc, refusal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET program = excluded.program, client = excluded.client,
       client_version = excluded.client_version, platform = COALESCE(excluded.platform, devices.platform),
       first_used_utc = COALESCE(devices.first_used_utc, excluded.first_used_utc),
       last_used_utc = COALESCE(excluded.last_used_utc, devices.last_used_utc),
       last_sync_utc = COALESCE(excluded.last_sync_utc, devices.last_sync_utc),
       refused_since_utc = excluded.refused_since_utc,
       refused_last_utc = COALESCE(excluded.refused_last_utc, devices.refused_last_utc),
       refusal = COALESCE(excluded.refusal, devices.refusal)`,
    [
      use.id,
      use.principal,
      use.signsInWith,
      use.program,
      use.client,
      use.version,
      use.platform,
      use.usedUtc,
      use.usedUtc,
      use.syncUtc,
      use.refusedSinceUtc,
      use.refusedLastUtc,
      use.refusal,
    ],
  );
}

/** Adds to what a device did in one stretch of time. */
export async function addToBucket(
  tx: Tx,
  device: string,
  startUtc: number,
  counts: { readonly checked: number; readonly changed: number; readonly refused: number },
): Promise<void> {
  await tx.run(
    `INSERT INTO device_buckets (device_id, start_utc, checked, changed, refused) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (device_id, start_utc) DO UPDATE SET checked = device_buckets.checked + excluded.checked,
       changed = device_buckets.changed + excluded.changed, refused = device_buckets.refused + excluded.refused`,
    [device, startUtc, counts.checked, counts.changed, counts.refused],
  );
}

/** Notes when a device last synced a collection. */
export async function saveSync(tx: Tx, device: string, collection: number, atUtc: number): Promise<void> {
  await tx.run(
    `INSERT INTO device_syncs (device_id, collection_id, at_utc) VALUES (?, ?, ?)
     ON CONFLICT (device_id, collection_id) DO UPDATE SET at_utc = excluded.at_utc`,
    [device, collection, atUtc],
  );
}

/** A sign-in that belongs to no device. */
export interface StrangeRow {
  readonly login_folded: string;
  readonly program: string;
  readonly login: string;
  readonly client: string | null;
  readonly reason: string;
  readonly network: string;
  readonly first_utc: number;
  readonly last_utc: number;
  readonly times: number;
}

/** Notes a sign-in that belongs to no device. */
export async function saveStrange(tx: Tx, row: Omit<StrangeRow, 'first_utc'>): Promise<void> {
  await tx.run(
    `INSERT INTO strange_sign_ins (login_folded, program, login, client, reason, network, first_utc, last_utc, times)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (login_folded, program) DO UPDATE SET login = excluded.login, reason = excluded.reason,
       network = excluded.network, last_utc = excluded.last_utc, times = strange_sign_ins.times + excluded.times`,
    [
      row.login_folded,
      row.program,
      row.login,
      row.client,
      row.reason,
      row.network,
      row.last_utc,
      row.last_utc,
      row.times,
    ],
  );
}

/** Keeps the newest of the sign-ins that belong to no device. */
export async function boundStrange(tx: Tx, keep: number): Promise<void> {
  await tx.run(
    `DELETE FROM strange_sign_ins WHERE last_utc <
       (SELECT last_utc FROM strange_sign_ins ORDER BY last_utc DESC LIMIT 1 OFFSET ?)`,
    [keep],
  );
}

/** Sign-ins that belong to no device, newest first. */
export function strangeRows(db: Db, limit: number): Promise<readonly StrangeRow[]> {
  return db.all<StrangeRow>(
    `SELECT login_folded, program, login, client, reason, network, first_utc, last_utc, times
     FROM strange_sign_ins ORDER BY last_utc DESC, login_folded, program LIMIT ?`,
    [limit],
  );
}

/** Removes what is over: buckets, sign-ins of nobody, passwords that were taken back long ago. Gives how many rows. */
export async function deleteOld(
  tx: Tx,
  ends: { readonly bucketsUtc: number; readonly strangeUtc: number; readonly passwordsUtc: number },
): Promise<number> {
  const buckets = await tx.run('DELETE FROM device_buckets WHERE start_utc < ?', [ends.bucketsUtc]);
  const strange = await tx.run('DELETE FROM strange_sign_ins WHERE last_utc < ?', [ends.strangeUtc]);
  const passwords = await tx.run(`DELETE FROM credentials WHERE kind = 'removed' AND revoked_utc < ?`, [
    ends.passwordsUtc,
  ]);
  // What is left of app passwords that are gone for good.
  const devices = await tx.run(
    `DELETE FROM devices WHERE signs_in_with = 'app-password' AND id NOT IN (SELECT id FROM credentials)`,
  );
  return buckets + strange + passwords + devices;
}

/** Who the devices belong to, by name. */
export async function requestOwners(
  db: Db,
  ids: readonly DeviceId[],
): Promise<ReadonlyMap<DeviceId, string>> {
  const rows = await db.all<{ id: DeviceId; name: string }>(
    `SELECT d.id, p.display_name AS name FROM devices d JOIN principals p ON p.id = d.principal_id
     WHERE d.id IN ${db.oneOf}`,
    [JSON.stringify(ids)],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}
