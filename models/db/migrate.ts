import type { Log } from '../app.ts';
import type { Database, Db, Tx } from './database.ts';
import { START } from './migrations/001-start.ts';
import { PEOPLE } from './migrations/002-people.ts';
import { DEVICES } from './migrations/003-devices.ts';
import { VERSIONS } from './migrations/004-versions.ts';
import { CONNECT } from './migrations/005-connect.ts';
import { IMPORTS } from './migrations/006-imports.ts';
import { CONTACTS } from './migrations/007-contacts.ts';
import { INDEXES } from './migrations/008-indexes.ts';
import { AVAILABILITY } from './migrations/009-availability.ts';
import { type Migration, wordsOf } from './migrations/migration.ts';

/** All steps of the schema, in order. */
const MIGRATIONS: readonly Migration[] = [
  START,
  PEOPLE,
  DEVICES,
  VERSIONS,
  CONNECT,
  IMPORTS,
  CONTACTS,
  INDEXES,
  AVAILABILITY,
];
/** Any number that nothing else in the database locks. */
const ADVISORY_LOCK = 4_719_266_003;
const DEADLINE_MS = 3_600_000;

/** A database whose writes may be given more time than a request gets. */
export interface MigratableDatabase extends Database {
  write<T>(work: (tx: Tx) => Promise<T>, deadlineMs?: number): Promise<T>;
}

/**
 * Brings the schema up to this version, one transaction for each step; several processes may start at once.
 * Throws when the database has a step that this version does not know.
 */
export async function migrate(database: MigratableDatabase, log: Log): Promise<void> {
  const done = await appliedTo(database);
  const unknown = done.filter((name) => !MIGRATIONS.some((each) => each.name === name));
  if (unknown.length > 0)
    throw new Error(
      `The database was written by a newer version (it has ${unknown.join(', ')}). Install that version.`,
    );
  if (done.length === MIGRATIONS.length) return;
  // Loaded only when there is something to do: it takes 110 ms.
  const { Umzug } = await import('umzug');
  const umzug = new Umzug({
    migrations: MIGRATIONS.map((each) => ({
      name: each.name,
      up: async () => {
        const isNew = await database.write((tx) => apply(tx, each), DEADLINE_MS);
        if (isNew) log.info('database.migrated', { migration: each.name });
      },
    })),
    // A step is noted in its own transaction, so there is nothing left to note afterwards.
    storage: {
      executed: async () => [...(await appliedTo(database))],
      logMigration: () => Promise.resolve(),
      unlogMigration: () => Promise.reject(new Error('Migrations go forward only.')),
    },
    logger: undefined,
  });
  await umzug.up();
}

/** How many steps of the schema were taken, and how many this version knows. */
export async function stepsOf(db: Db): Promise<{ readonly applied: number; readonly known: number }> {
  return { applied: (await appliedTo(db)).length, known: MIGRATIONS.length };
}

async function appliedTo(db: Db): Promise<readonly string[]> {
  const sql =
    db.dialect === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migrations'`
      : `SELECT c.relname AS name FROM pg_catalog.pg_class c
         WHERE c.oid = pg_catalog.to_regclass('migrations')`;
  if ((await db.get(sql)) === undefined) return [];
  const rows = await db.all<{ name: string }>('SELECT name FROM migrations ORDER BY name');
  return rows.map((row) => row.name);
}

/** Gives false when another process was faster. */
async function apply(tx: Tx, migration: Migration): Promise<boolean> {
  await lock(tx);
  if ((await tx.get('SELECT name FROM migrations WHERE name = ?', [migration.name])) !== undefined)
    return false;
  for (const statement of migration.statements(wordsOf(tx.dialect))) await tx.run(statement);
  await tx.run(`INSERT INTO migrations (name, applied_utc) VALUES (?, ${SECONDS_NOW[tx.dialect]})`, [
    migration.name,
  ]);
  if (migration === START) await nameServer(tx);
  return true;
}

const SECONDS_NOW = {
  sqlite: `CAST(strftime('%s', 'now') AS INTEGER)`,
  postgres: 'CAST(extract(epoch FROM now()) AS BIGINT)',
} as const;

/** Shuts out other migrators; SQLite's write transaction does so by itself. */
async function lock(tx: Tx): Promise<void> {
  if (tx.dialect === 'postgres') {
    for (const name of ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'])
      await tx.run(`SET LOCAL ${name} = 0`);
    await tx.get(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK}) AS locked`);
  }
  await tx.run('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_utc BIGINT NOT NULL)');
}

/** The epoch marks this history of the data in every sync token; the secret keys the server's own signatures. */
async function nameServer(tx: Tx): Promise<void> {
  const epoch = (await randomBytesOf(tx)).subarray(0, 6).toString('base64url');
  const secret = (await randomBytesOf(tx)).toString('base64url');
  for (const [key, value] of [
    ['epoch', epoch],
    ['secret', secret],
  ] as const)
    await tx.run('INSERT INTO server (key, value) VALUES (?, ?)', [key, value]);
}

const RANDOM_HEX = {
  sqlite: 'SELECT hex(randomblob(32)) AS hex',
  postgres: `SELECT encode(sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8')),
    'hex') AS hex`,
} as const;

/** 32 bytes from the random source of the database. */
async function randomBytesOf(db: Db): Promise<Buffer> {
  const row = await db.get<{ hex: string }>(RANDOM_HEX[db.dialect]);
  return Buffer.from(row?.hex ?? '', 'hex');
}

/** Draws a new epoch: every sync token given out before is refused from now on. For a restore from a backup. */
export async function renewEpoch(tx: Tx): Promise<void> {
  const epoch = (await randomBytesOf(tx)).subarray(0, 6).toString('base64url');
  await tx.run(`UPDATE server SET value = ? WHERE key = 'epoch'`, [epoch]);
}
