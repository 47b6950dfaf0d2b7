import { resolve } from 'node:path';
import type { Log } from '../app.ts';
import { checkCluster } from './cluster.ts';
import type { Database } from './database.ts';
import { type MigratableDatabase, migrate } from './migrate.ts';
import { SqliteDatabase } from './sqlite.ts';

/** Where the data lies: `sqlite:/path/file.sqlite` or `postgres://user@host/name`. */
export interface OpenOptions {
  readonly url: string;
  readonly log: Log;
}

/** Opens the database, makes it when it is missing, and runs the migrations it lacks. Throws when it was written by a newer version. */
export async function openDatabase({ url, log }: OpenOptions): Promise<Database> {
  const database = await connect(url, log);
  try {
    await migrate(database, log);
    if (database.dialect === 'postgres') await checkCluster(database, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function connect(url: string, log: Log): Promise<MigratableDatabase> {
  if (url.startsWith('sqlite:'))
    return new SqliteDatabase(resolve(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')), log);
  if (/^postgres(ql)?:/.test(url)) {
    // Loaded only when it is used: it takes 55 ms and 15 MB.
    const { PostgresDatabase } = await import('./postgres.ts');
    return new PostgresDatabase(url, log);
  }
  throw new Error(`The database URL must begin with sqlite: or postgres:, not ${url.split(':')[0]}:`);
}
