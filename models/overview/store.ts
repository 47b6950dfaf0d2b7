import type { Db } from '../db/database.ts';

/** What is stored, by kind of collection. */
export interface HeldRow {
  readonly holds: string;
  readonly collections: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Sums over all collections that are not in the trash. */
export async function heldRows(db: Db): Promise<readonly HeldRow[]> {
  const rows = await db.all<HeldRow>(
    `SELECT holds, count(*) AS collections, sum(object_count) AS objects, sum(bytes_used) AS bytes
     FROM collections WHERE deleted_utc IS NULL AND kind IN ('calendar', 'addressbook') GROUP BY holds`,
  );
  // PostgreSQL sums integers into a type that arrives as text.
  return rows.map((row) => ({
    holds: row.holds,
    collections: Number(row.collections),
    objects: Number(row.objects),
    bytes: Number(row.bytes),
  }));
}

/** Bytes of what lies in the trash with its collection. */
export async function trashedBytes(db: Db): Promise<number> {
  const row = await db.get<{ bytes: number | null }>(
    'SELECT sum(bytes_used) AS bytes FROM collections WHERE deleted_utc IS NOT NULL',
  );
  return Number(row?.bytes ?? 0);
}

/** Bytes of former and deleted items that can be brought back. */
export async function formerBytes(db: Db): Promise<number> {
  const row = await db.get<{ bytes: number | null }>('SELECT sum(size_bytes) AS bytes FROM versions');
  return Number(row?.bytes ?? 0);
}

/** How many people may sign in. */
export async function countPeople(db: Db): Promise<number> {
  const row = await db.get<{ count: number }>(
    'SELECT count(*) AS count FROM principals WHERE removed_utc IS NULL AND disabled_utc IS NULL',
  );
  return Number(row?.count ?? 0);
}

/** Names that people sign in with. */
export async function loginsOf(db: Db): Promise<readonly string[]> {
  const rows = await db.all<{ login: string }>('SELECT login FROM principals WHERE removed_utc IS NULL');
  return rows.map((row) => row.login);
}
