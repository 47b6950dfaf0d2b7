import { describe } from 'node:test';
import { type Dialect, openTestDb, type TestDb } from '../support/db.ts';
import { hasPostgres } from '../support/postgres.ts';

/** Opens an empty database of the kind the suite runs on. */
export type Open = () => Promise<TestDb>;

/** Runs the same suite on SQLite and on PostgreSQL; the latter is skipped where there is none. */
export async function onEachDatabase(
  name: string,
  storeSuite: (open: Open, dialect: Dialect) => void,
): Promise<void> {
  const isThere = await hasPostgres();
  for (const dialect of ['sqlite', 'postgres'] as const) {
    const skip = dialect === 'postgres' && !isThere;
    describe(`${name} on ${dialect}`, { skip }, () => storeSuite(() => openTestDb(dialect), dialect));
  }
}

/** Runs work on a database of its own. */
export async function withDb(open: Open, work: (test: TestDb) => Promise<void>): Promise<void> {
  const test = await open();
  try {
    await work(test);
  } finally {
    await test.close();
  }
}
