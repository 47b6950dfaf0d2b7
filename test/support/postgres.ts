import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import { openDatabase } from '../../models/db/open.ts';
import { silentLog } from './app.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/** URL of a server the tests may make databases on (`none`: there is none); the test runner sets it for every file. */
const SHARED = process.env['DAYBOOK_TEST_POSTGRES'];

const own: { server: Promise<PostgresServer | null> | null; template: Promise<void> | null } = {
  server: null,
  template: null,
};

/** The shared server's, or that of one started for this file alone; null when this machine has no PostgreSQL. */
async function adminUrl(): Promise<string | null> {
  if (SHARED !== undefined) return SHARED === 'none' ? null : SHARED;
  own.server ??= startPostgres();
  return (await own.server)?.url ?? null;
}

after(async () => {
  await (await own.server)?.stop();
});

/** False when there is no PostgreSQL for tests; the reason was printed by whoever looked for it. */
export async function hasPostgres(): Promise<boolean> {
  return (await adminUrl()) !== null;
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const TEMPLATE = 'daybook_template';

function urlOf(admin: string, database: string): string {
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return url.href;
}

/** Migrates one database that all others are copies of; whichever test file comes first makes it. */
function ensureTemplate(admin: string): Promise<void> {
  return onServer(admin, async (client) => {
    await client.query('SELECT pg_advisory_lock(811)');
    const ready = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [
      TEMPLATE,
    ]);
    if (ready.rowCount === 1) return;
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
    await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`);
    const db = await openDatabase({ url: urlOf(admin, TEMPLATE), log: silentLog() });
    await db.close();
    await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`);
  });
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
  if (from === 'migrated') {
    own.template ??= ensureTemplate(admin);
    await own.template;
  }
  const name = `daybook_${randomBytes(8).toString('hex')}`;
  const template = from === 'migrated' ? TEMPLATE : 'template0';
  await onServer(admin, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const drop = async (): Promise<void> => {
    await onServer(admin, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  };
  return { url: urlOf(admin, name), drop };
}
