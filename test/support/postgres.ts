import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/** URL of a server the tests may make databases on (`none`: there is none); the test runner sets it for every file. */
const SHARED = process.env['DAYBOOK_TEST_POSTGRES'];

const own: { server: Promise<PostgresServer | null> | null } = { server: null };

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

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Makes an empty database on the shared PostgreSQL; throws when there is no server. */
export async function makePostgresDatabase(): Promise<{
  readonly url: string;
  readonly drop: () => Promise<void>;
}> {
  const admin = await adminUrl();
  if (admin === null) throw new Error('There is no PostgreSQL on this machine; ask hasPostgres() first.');
  const name = `daybook_${randomBytes(8).toString('hex')}`;
  await onServer(admin, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
