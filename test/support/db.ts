import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../models/db/database.ts';
import { openDatabase } from '../../models/db/open.ts';
import { silentLog, type TestLog } from './app.ts';
import { makePostgresDatabase } from './postgres.ts';

export type Dialect = 'sqlite' | 'postgres';

/** A database of its own for one test, gone after `close`. */
export interface TestDb {
  readonly db: Database;
  readonly url: string;
  readonly log: TestLog;
  /** The SQLite file; null on PostgreSQL. */
  readonly file: string | null;
  /** Opens the same data once more, as another process would. */
  reopen(): Promise<Database>;
  /** Closes everything that was opened and removes the data. */
  close(): Promise<void>;
}

/** Opens an empty, migrated database: a temp file, or a new database of the shared PostgreSQL. */
export async function openTestDb(dialect: Dialect = 'sqlite'): Promise<TestDb> {
  return dialect === 'sqlite' ? openSqlite() : openPostgres();
}

/** What `storeSuite` functions are given: the same suite runs on every database. */
export type OpenTestDb = typeof openTestDb;

async function openSqlite(): Promise<TestDb> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
  const file = join(folder, 'daybook.sqlite');
  return over(`sqlite:${file}`, file, () => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
}

async function openPostgres(): Promise<TestDb> {
  const { url, drop } = await makePostgresDatabase();
  return over(url, null, drop);
}

async function over(url: string, file: string | null, remove: () => Promise<void>): Promise<TestDb> {
  const log = silentLog();
  const opened: Database[] = [];
  const open = async (): Promise<Database> => {
    const db = await openDatabase({ url, log });
    opened.push(db);
    return db;
  };
  const db = await open();
  return {
    db,
    url,
    log,
    file,
    reopen: open,
    close: async () => {
      for (const each of opened) await each.close();
      await remove();
    },
  };
}
