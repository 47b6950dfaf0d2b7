import type { App } from '../../app.ts';
import type { Db, Tx } from '../../db/database.ts';
import type { CollectionId, PrincipalId } from '../../types.ts';
import {
  type GroupTarget,
  IMPORT_STATES,
  type ImportGroup,
  type ImportId,
  type ImportJob,
  type ImportState,
} from './job.ts';

interface JobRow {
  readonly id: string;
  readonly owner_id: string;
  readonly state: string;
  readonly wish: string | null;
  readonly file_name: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly time_zone: string | null;
  readonly created_utc: number;
  readonly finished_utc: number | null;
  readonly resumed_utc: number | null;
  readonly done: number;
  readonly total: number;
  readonly at_file: string | null;
  readonly kept: number;
}

const toImportId = (id: string): ImportId => id as ImportId;
const toOwner = (id: string): PrincipalId => id as PrincipalId;
const toCollection = (id: number): CollectionId => id as CollectionId;
const toState = (text: string): ImportState => IMPORT_STATES.find((known) => known === text) ?? 'failed';

const COLUMNS = `id, owner_id, state, wish, file_name, sha256, size_bytes, time_zone, created_utc, finished_utc, resumed_utc,
  done, total, at_file, kept`;

const toJob = (row: JobRow): ImportJob => ({
  id: toImportId(row.id),
  owner: toOwner(row.owner_id),
  state: toState(row.state),
  wish: row.wish === 'stop' ? 'stop' : null,
  fileName: row.file_name,
  sha256: row.sha256,
  sizeBytes: row.size_bytes,
  timeZone: row.time_zone,
  createdUtc: row.created_utc,
  finishedUtc: row.finished_utc,
  resumedUtc: row.resumed_utc,
  done: row.done,
  total: row.total,
  atFile: row.at_file,
  kept: row.kept,
});

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** A new id. */
export function newImportId(app: Pick<App, 'random'>): ImportId {
  return toImportId(app.random.uuid().replaceAll('-', ''));
}

/** Reads somebody's import; null when there is none. */
export async function jobById(db: Db, owner: PrincipalId, id: string): Promise<ImportJob | null> {
  const sql = `SELECT ${COLUMNS} FROM import_jobs WHERE id = ? AND owner_id = ?`;
  const row = await db.get<JobRow>(sql, [id, owner]);
  return row === undefined ? null : toJob(row);
}

/** Somebody's imports, newest first, older than `before`. */
export async function jobsOf(
  db: Db,
  owner: PrincipalId,
  before: { readonly utc: number; readonly id: string },
  limit: number,
): Promise<readonly ImportJob[]> {
  const rows = await db.all<JobRow>(
    `SELECT ${COLUMNS} FROM import_jobs WHERE owner_id = ? AND (created_utc < ? OR (created_utc = ? AND id < ?))
     ORDER BY created_utc DESC, id DESC LIMIT ?`,
    [owner, before.utc, before.utc, before.id, limit],
  );
  return rows.map(toJob);
}

/** The last import of the same bytes that was carried out and not undone. */
export async function earlierOf(db: Db, job: ImportJob): Promise<ImportJob | null> {
  const row = await db.get<JobRow>(
    `SELECT ${COLUMNS} FROM import_jobs WHERE owner_id = ? AND sha256 = ? AND id <> ? AND state = 'done' AND created_utc <= ?
     ORDER BY created_utc DESC LIMIT 1`,
    [job.owner, job.sha256, job.id, job.createdUtc],
  );
  return row === undefined ? null : toJob(row);
}

/** A file that came. */
export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Adds an import whose files lie in the folder of uploads already. */
export async function insertJob(
  tx: Tx,
  app: Pick<App, 'clock'>,
  job: Pick<ImportJob, 'id' | 'owner' | 'fileName' | 'sha256' | 'sizeBytes' | 'timeZone'>,
  files: readonly StoredFile[],
): Promise<void> {
  const now = nowUtc(app);
  await tx.run(
    `INSERT INTO import_jobs (id, owner_id, state, file_name, sha256, size_bytes, time_zone, created_utc, changed_utc, total)
     VALUES (?, ?, 'uploaded', ?, ?, ?, ?, ?, ?, ?)`,
    [job.id, job.owner, job.fileName, job.sha256, job.sizeBytes, job.timeZone, now, now, job.sizeBytes],
  );
  for (const [position, file] of files.entries())
    await tx.run(
      'INSERT INTO import_files (job_id, position, name, size_bytes, sha256) VALUES (?, ?, ?, ?, ?)',
      [job.id, position, file.name, file.sizeBytes, file.sha256],
    );
}

/** The files of an import in their order. */
export async function filesOf(db: Db, id: ImportId): Promise<readonly StoredFile[]> {
  const rows = await db.all<{ name: string; size_bytes: number; sha256: string }>(
    'SELECT name, size_bytes, sha256 FROM import_files WHERE job_id = ? ORDER BY position',
    [id],
  );
  return rows.map((row) => ({ name: row.name, sizeBytes: row.size_bytes, sha256: row.sha256 }));
}

/** What of a job changes. */
export interface JobPatch {
  readonly state?: ImportState;
  readonly wish?: 'stop' | null;
  readonly done?: number;
  readonly total?: number;
  readonly atFile?: string | null;
  readonly kept?: number;
  readonly finishedUtc?: number | null;
  readonly resumedUtc?: number | null;
  readonly spoolBytes?: number;
}

const COLUMN_OF = [
  ['state', 'state'],
  ['wish', 'wish'],
  ['done', 'done'],
  ['total', 'total'],
  ['atFile', 'at_file'],
  ['kept', 'kept'],
  ['finishedUtc', 'finished_utc'],
  ['resumedUtc', 'resumed_utc'],
  ['spoolBytes', 'spool_bytes'],
] as const;

/** Changes a job; false when it is gone, or not in one of the states that are asked for. */
export async function patchJob(
  tx: Tx,
  app: Pick<App, 'clock'>,
  id: ImportId,
  patch: JobPatch,
  from: readonly ImportState[] | null = null,
): Promise<boolean> {
  const sets: string[] = ['changed_utc = ?'];
  const binds: (string | number | null)[] = [nowUtc(app)];
  for (const [key, column] of COLUMN_OF) {
    const value = patch[key];
    if (value === undefined) continue;
    sets.push(`${column} = ?`);
    binds.push(value);
  }
  const where = from === null ? '' : ` AND state IN ${tx.oneOf}`;
  const more = from === null ? [] : [JSON.stringify(from)];
  return (
    (await tx.run(`UPDATE import_jobs SET ${sets.join(', ')} WHERE id = ?${where}`, [
      ...binds,
      id,
      ...more,
    ])) > 0
  );
}

/** How much of the spool is written down in items. */
export async function spoolBytesOf(db: Db, id: ImportId): Promise<number> {
  const row = await db.get<{ spool_bytes: number }>('SELECT spool_bytes FROM import_jobs WHERE id = ?', [id]);
  return row?.spool_bytes ?? 0;
}

/** Jobs that somebody must work on and nobody does. */
export async function dueJobs(db: Db, app: Pick<App, 'clock'>): Promise<readonly ImportId[]> {
  const rows = await db.all<{ id: string }>(
    `SELECT id FROM import_jobs WHERE state IN ('uploaded', 'reading', 'matching', 'applying', 'undoing')
     AND (lease_until_utc IS NULL OR lease_until_utc < ?) ORDER BY changed_utc LIMIT 20`,
    [nowUtc(app)],
  );
  return rows.map((row) => toImportId(row.id));
}

/** Takes a job for a worker; null when another one has it. `isTakenOver`: somebody had begun it and is gone. */
export async function claimJob(
  tx: Tx,
  app: Pick<App, 'clock'>,
  id: ImportId,
  worker: string,
  seconds: number,
): Promise<{ readonly job: ImportJob; readonly isTakenOver: boolean } | null> {
  const now = nowUtc(app);
  const before = await tx.get<JobRow & { lease_by: string | null }>(
    `SELECT ${COLUMNS}, lease_by FROM import_jobs WHERE id = ?`,
    [id],
  );
  const taken = await tx.run(
    `UPDATE import_jobs SET lease_by = ?, lease_until_utc = ? WHERE id = ? AND (lease_until_utc IS NULL OR lease_until_utc < ?)
     AND state IN ('uploaded', 'reading', 'matching', 'applying', 'undoing')`,
    [worker, now + seconds, id, now],
  );
  if (taken === 0 || before === undefined) return null;
  return { job: toJob(before), isTakenOver: before.lease_by !== null };
}

/** Keeps a job; false when it was lost to another worker or is gone. */
export async function renewLease(
  tx: Tx,
  app: Pick<App, 'clock'>,
  id: ImportId,
  worker: string,
  seconds: number,
): Promise<boolean> {
  const sql = 'UPDATE import_jobs SET lease_until_utc = ? WHERE id = ? AND lease_by = ?';
  return (await tx.run(sql, [nowUtc(app) + seconds, id, worker])) > 0;
}

/** Gives a job back; `isOver`: its work is done, so that the next one takes nothing over. */
export async function releaseLease(tx: Tx, id: ImportId, worker: string, isOver: boolean): Promise<void> {
  const by = isOver ? 'lease_by = NULL, ' : '';
  await tx.run(`UPDATE import_jobs SET ${by}lease_until_utc = NULL WHERE id = ? AND lease_by = ?`, [
    id,
    worker,
  ]);
}

/** Removes a job with all its rows. */
export async function removeJob(tx: Tx, id: ImportId): Promise<void> {
  await tx.run('DELETE FROM import_jobs WHERE id = ?', [id]);
}

/** Jobs last moved before a time, in any of the states. */
export async function staleJobs(
  db: Db,
  states: readonly ImportState[],
  beforeUtc: number,
): Promise<readonly ImportId[]> {
  const rows = await db.all<{ id: string }>(
    `SELECT id FROM import_jobs WHERE state IN ${db.oneOf} AND changed_utc < ? LIMIT 500`,
    [JSON.stringify(states), beforeUtc],
  );
  return rows.map((row) => toImportId(row.id));
}

/** All ids there are, of these. */
export async function knownJobs(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.all<{ id: string }>(`SELECT id FROM import_jobs WHERE id IN ${db.oneOf}`, [
    JSON.stringify(ids),
  ]);
  return new Set(rows.map((row) => row.id));
}

/** How many imports of somebody are not finished. */
export async function countOpen(db: Db, owner: PrincipalId): Promise<number> {
  const row = await db.get<{ n: number }>(
    `SELECT count(*) AS n FROM import_jobs WHERE owner_id = ? AND state NOT IN ('done', 'undone', 'failed')`,
    [owner],
  );
  return row?.n ?? 0;
}

interface GroupRow {
  readonly position: number;
  readonly name: string;
  readonly file: string;
  readonly component: string;
  readonly target: string;
  readonly collection_id: number | null;
  readonly new_name: string | null;
  readonly made_id: number | null;
  readonly items: number;
}

const targetOf = (row: GroupRow): GroupTarget => {
  if (row.target === 'stored' && row.collection_id !== null)
    return { kind: 'stored', collection: toCollection(row.collection_id) };
  return row.target === 'new' ? { kind: 'new', name: row.new_name ?? row.name } : { kind: 'none' };
};

/** The groups of an import in their order. */
export async function groupsOf(db: Db, id: ImportId): Promise<readonly ImportGroup[]> {
  const rows = await db.all<GroupRow>(
    `SELECT position, name, file, component, target, collection_id, new_name, made_id, items FROM import_groups
     WHERE job_id = ? ORDER BY position`,
    [id],
  );
  return rows.map((row) => ({
    position: row.position,
    name: row.name,
    file: row.file,
    component: row.component,
    target: targetOf(row),
    made: row.made_id === null ? null : toCollection(row.made_id),
    items: row.items,
  }));
}

/** Keeps a group as it is now. */
export async function saveGroup(tx: Tx, id: ImportId, group: ImportGroup): Promise<void> {
  const { target } = group;
  await tx.run(
    `INSERT INTO import_groups (job_id, position, name, file, component, target, collection_id, new_name, made_id, items)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id, position) DO UPDATE SET target = excluded.target,
     collection_id = excluded.collection_id, new_name = excluded.new_name, made_id = excluded.made_id, items = excluded.items`,
    [
      ...[id, group.position, group.name, group.file, group.component, target.kind],
      ...[target.kind === 'stored' ? target.collection : null, target.kind === 'new' ? target.name : null],
      ...[group.made, group.items],
    ],
  );
}

/** A table as it was found: everything about it is in `info`, as JSON. */
export interface StoredTable {
  readonly position: number;
  readonly file: string;
  readonly info: string;
}

/** The tables of an import. */
export function tablesOf(db: Db, id: ImportId): Promise<readonly StoredTable[]> {
  return db.all<StoredTable>(
    'SELECT position, file, info FROM import_tables WHERE job_id = ? ORDER BY position',
    [id],
  );
}

/** Keeps a table as it is now. */
export async function saveTable(tx: Tx, id: ImportId, table: StoredTable): Promise<void> {
  await tx.run(
    `INSERT INTO import_tables (job_id, position, file, info) VALUES (?, ?, ?, ?)
     ON CONFLICT (job_id, position) DO UPDATE SET info = excluded.info`,
    [id, table.position, table.file, table.info],
  );
}

/** The mapping somebody chose for files with this header, as JSON. */
export async function savedMapping(db: Db, owner: PrincipalId, headerHash: string): Promise<string | null> {
  const row = await db.get<{ mapping: string }>(
    'SELECT mapping FROM import_mappings WHERE owner_id = ? AND header_hash = ?',
    [owner, headerHash],
  );
  return row?.mapping ?? null;
}

/** Keeps a mapping for the next file with this header. */
export async function saveMapping(
  tx: Tx,
  owner: PrincipalId,
  headerHash: string,
  mapping: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO import_mappings (owner_id, header_hash, mapping) VALUES (?, ?, ?)
     ON CONFLICT (owner_id, header_hash) DO UPDATE SET mapping = excluded.mapping`,
    [owner, headerHash, mapping],
  );
}

/** Forgets groups, items and, unless they hold corrections, tables: reading begins anew. */
export async function clearReading(tx: Tx, id: ImportId): Promise<void> {
  await tx.run('DELETE FROM import_items WHERE job_id = ?', [id]);
  await tx.run('DELETE FROM import_groups WHERE job_id = ?', [id]);
}
