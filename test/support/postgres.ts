import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import { openDatabase } from '../../models/db/open.ts';
import { silentLog } from './app.ts';
import { databaseUrl, type PostgresServer, startPostgres } from './postgres-server.ts';

/** URL of a server the tests may make databases on (`none`: there is none); the test runner sets it for every file. */
const SHARED = process.env['DAYBOOK_TEST_POSTGRES'];

interface Maker {
  readonly client: pg.Client;
  /** Says how a template is copied; without the log, which is written twice as fast, where the server can. */
  readonly how: string;
}

const own: {
  server: Promise<PostgresServer | null> | null;
  template: Promise<void> | null;
  /** One connection for all that this process makes: each new one looks at the template anew. */
  maker: Promise<Maker> | null;
  dropper: Promise<pg.Client> | null;
  drops: Promise<unknown>;
} = { server: null, template: null, maker: null, dropper: null, drops: Promise.resolve() };

/** The shared server's, or that of one started for this file alone; null when this machine has no PostgreSQL. */
async function adminUrl(): Promise<string | null> {
  if (SHARED !== undefined) return SHARED === 'none' ? null : SHARED;
  own.server ??= startPostgres();
  return (await own.server)?.url ?? null;
}

after(async () => {
  await own.drops;
  await (await own.maker)?.client.end();
  await (await own.dropper)?.end();
  await (await own.server)?.stop();
});

/** False when there is no PostgreSQL for tests; the reason was printed by whoever looked for it. */
export async function hasPostgres(): Promise<boolean> {
  return (await adminUrl()) !== null;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function openMaker(admin: string): Promise<Maker> {
  const client = await connect(admin);
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return { client, how: (rows[0]?.version ?? 0) >= 150_000 ? ' STRATEGY file_copy' : '' };
}

const TEMPLATE = 'daybook_template';

/** Migrates one database that all others are copies of; whichever test file comes first makes it. */
async function ensureTemplate(admin: string, client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock(811)');
  try {
    await makeTemplate(admin, client);
  } finally {
    await client.query('SELECT pg_advisory_unlock(811)');
  }
}

async function makeTemplate(admin: string, client: pg.Client): Promise<void> {
  const ready = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [
    TEMPLATE,
  ]);
  if (ready.rowCount === 1) return;
  await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
  await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`);
  const db = await openDatabase({ url: databaseUrl(admin, TEMPLATE), log: silentLog() });
  await db.close();
  await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`);
}

/** A new database on the shared PostgreSQL, and how to drop it. */
export interface PostgresDatabaseForTest {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** Makes a migrated database without rows, or an empty one; throws when there is no server. */
export async function makePostgresDatabase(
  from: 'migrated' | 'empty' = 'migrated',
): Promise<PostgresDatabaseForTest> {
  const admin = await adminUrl();
  if (admin === null) throw new Error('There is no PostgreSQL on this machine; ask hasPostgres() first.');
  own.maker ??= openMaker(admin);
  const { client, how } = await own.maker;
  if (from === 'migrated') {
    own.template ??= ensureTemplate(admin, client);
    await own.template;
  }
  const name = `daybook_${randomBytes(8).toString('hex')}`;
  const template = from === 'migrated' ? TEMPLATE : 'template0';
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}${how}`);
  return { url: databaseUrl(admin, name), drop: () => drop(admin, name) };
}

/** Drops a database beside the tests that follow: the server waits a tenth of a second for connections that are about to end. */
async function drop(admin: string, name: string): Promise<void> {
  own.dropper ??= connect(admin);
  const dropper = await own.dropper;
  own.drops = own.drops.then(() => dropper.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}
