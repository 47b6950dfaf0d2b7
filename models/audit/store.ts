import type { Bind, Db, Tx } from '../db/database.ts';

/** A row of `audit`; `about` is JSON of plain facts. Times are epoch seconds. */
export interface AuditRow {
  readonly at_utc: number;
  readonly day: string;
  readonly action: string;
  readonly verdict: string;
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly via: string;
  readonly device_id: string | null;
  readonly about: string;
  readonly network: string | null;
}

/** A stored row with what covers it. */
export interface StoredAudit extends AuditRow {
  readonly id: number;
  readonly hash: string;
}

const COLUMNS = 'at_utc, day, action, verdict, actor_id, actor_name, via, device_id, about, network';

/** Opens or goes on with the chain of a day; gives the hash of its newest row. The day's row is held until the commit. */
export async function holdDay(tx: Tx, day: string): Promise<string> {
  await tx.run(`INSERT INTO audit_days (day, hash, count) VALUES (?, '', 0) ON CONFLICT (day) DO NOTHING`, [
    day,
  ]);
  await tx.run('UPDATE audit_days SET count = count + 1 WHERE day = ?', [day]);
  const row = await tx.get<{ hash: string }>('SELECT hash FROM audit_days WHERE day = ?', [day]);
  return row?.hash ?? '';
}

/** Adds a row to the end of its day. */
export async function appendAudit(tx: Tx, row: AuditRow, hash: string): Promise<void> {
  await tx.run(`INSERT INTO audit (${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.at_utc,
    row.day,
    row.action,
    row.verdict,
    row.actor_id,
    row.actor_name,
    row.via,
    row.device_id,
    row.about,
    row.network,
    hash,
  ]);
  await tx.run('UPDATE audit_days SET hash = ? WHERE day = ?', [hash, row.day]);
}

/** The chain of a day from its beginning, with the hash and the count it ends with. */
export async function chainOf(
  db: Db,
  day: string,
): Promise<{ readonly rows: readonly StoredAudit[]; readonly end: string; readonly count: number } | null> {
  const head = await db.get<{ hash: string; count: number }>(
    'SELECT hash, count FROM audit_days WHERE day = ?',
    [day],
  );
  if (head === undefined) return null;
  const rows = await db.all<StoredAudit>(`SELECT id, ${COLUMNS}, hash FROM audit WHERE day = ? ORDER BY id`, [
    day,
  ]);
  return { rows, end: head.hash, count: head.count };
}

/** The days there are chains of, newest first. */
export async function auditDays(db: Db, limit: number): Promise<readonly string[]> {
  const rows = await db.all<{ day: string }>('SELECT day FROM audit_days ORDER BY day DESC LIMIT ?', [limit]);
  return rows.map((row) => row.day);
}

/** What of the log is asked for; null does not filter. */
export interface AuditFilter {
  readonly actor: string | null;
  readonly device: string | null;
  readonly verdict: string | null;
  readonly sinceUtc: number | null;
  readonly untilUtc: number | null;
  /** Lower-case text that action, names and facts are searched for. */
  readonly text: string | null;
  /** Where to go on: before this time, or at it below this id; an id of 0 leaves that time out. */
  readonly before: { readonly atUtc: number; readonly id: number } | null;
}

/** Rows of the log, newest first. */
export function auditRows(db: Db, filter: AuditFilter, limit: number): Promise<readonly StoredAudit[]> {
  const where: string[] = ['1 = 1'];
  const binds: Bind[] = [];
  const add = (sql: string, ...values: readonly Bind[]): void => {
    where.push(sql);
    binds.push(...values);
  };
  if (filter.actor !== null) add('actor_id = ?', filter.actor);
  if (filter.device !== null) add('device_id = ?', filter.device);
  if (filter.verdict !== null) add('verdict = ?', filter.verdict);
  if (filter.sinceUtc !== null) add('at_utc >= ?', filter.sinceUtc);
  if (filter.untilUtc !== null) add('at_utc < ?', filter.untilUtc);
  if (filter.text !== null) {
    const like = `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
    add(
      `(lower(action) LIKE ? ESCAPE '\\' OR lower(actor_name) LIKE ? ESCAPE '\\' OR lower(about) LIKE ? ESCAPE '\\')`,
      like,
      like,
      like,
    );
  }
  const { before } = filter;
  if (before !== null) add('(at_utc < ? OR (at_utc = ? AND id < ?))', before.atUtc, before.atUtc, before.id);
  return db.all<StoredAudit>(
    `SELECT id, ${COLUMNS}, hash FROM audit WHERE ${where.join(' AND ')} ORDER BY at_utc DESC, id DESC LIMIT ?`,
    [...binds, limit],
  );
}

/** Removes whole days before that one; gives how many rows. */
export async function deleteAuditBefore(tx: Tx, day: string): Promise<number> {
  const count = await tx.run('DELETE FROM audit WHERE day < ?', [day]);
  await tx.run('DELETE FROM audit_days WHERE day < ?', [day]);
  return count;
}
