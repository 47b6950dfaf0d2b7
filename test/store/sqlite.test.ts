import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copySqlite } from '../../models/db/copy.ts';
import { openDatabase } from '../../models/db/open.ts';
import { SqliteDatabase } from '../../models/db/sqlite.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { silentLog } from '../support/app.ts';
import { openTestDb, type TestDb } from '../support/db.ts';

const INSERT = 'INSERT INTO server (key, value) VALUES (?, ?)';
const LARGEST = Number.MAX_SAFE_INTEGER;
const COUNT = `SELECT count(*) AS n FROM server WHERE key LIKE 'k%'`;
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function withFile(work: (test: TestDb, file: string) => Promise<void>): Promise<void> {
  const test = await openTestDb('sqlite');
  try {
    await work(test, test.file ?? '');
  } finally {
    await test.close();
  }
}

/** Frames of the write-ahead log that end a transaction: one for each COMMIT. */
function commitsIn(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const frame = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) commits += 1;
  return commits;
}

test('writes are done in the order they came', () =>
  withFile(async ({ db }) => {
    const answered: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        await db.write((tx) =>
          tx.run(`UPDATE server SET value = value || ? WHERE key = 'secret'`, [`.${at}`]),
        );
        answered.push(at);
      }),
    );
    const row = await db.get<{ value: string }>(`SELECT value FROM server WHERE key = 'secret'`);
    assert.deepEqual(row?.value.split('.').slice(1).map(Number), [...answered.keys()]);
    assert.deepEqual(answered, [...answered.keys()]);
  }));

test('writes that wait together share a commit', () =>
  withFile(async ({ db }, file) => {
    const before = commitsIn(file);
    await Promise.all(
      Array.from({ length: 200 }, (_, at) => db.write((tx) => tx.run(INSERT, [`k${at}`, '']))),
    );
    const commits = commitsIn(file) - before;
    assert.ok(commits >= 1 && commits <= 20, `${commits} commits for 200 writes`);
  }));

test('a long result is the same whichever way the driver hands it over', () =>
  withFile(async ({ db }) => {
    const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT';
    const twice = async (sql: string): Promise<readonly (readonly object[])[]> => {
      const plain = await db.all(sql);
      return [plain, await db.all(sql), await db.all(sql)].map((rows) => rows.map((row) => ({ ...row })));
    };
    await db.write(async (tx) => {
      await tx.run('CREATE TABLE odd (i INTEGER, "a ""quoted"" name" TEXT, r REAL, b BLOB, big INTEGER)');
      await tx.run(`INSERT INTO odd ${numbers} i, CASE i WHEN 1 THEN NULL WHEN 2 THEN '' WHEN 3 THEN 'a"\\' WHEN 4 THEN
        char(8232, 128512, 31) ELSE 'ä' || i END, i / 3.0, x'00ff', ${LARGEST} - i FROM n`);
    });
    for (const columns of [
      '*',
      'i, "a ""quoted"" name", r, big',
      'i AS x, i AS "it\'\'s", i',
      'i, i AS i',
      'max(i) OVER (), r',
    ]) {
      const [plain, ...others] = await twice(`SELECT ${columns} FROM odd ORDER BY i DESC`);
      assert.equal(plain?.length, 40);
      for (const rows of others) assert.deepEqual(rows, plain, columns);
    }
    await db.write((tx) => tx.run(`UPDATE odd SET big = 9007199254740993 WHERE i = 30`));
    for (let tries = 0; tries < 3; tries++) {
      assert.equal((await db.all('SELECT i FROM odd')).length, 40);
      await assert.rejects(db.all('SELECT i, big FROM odd'), /9007199254740993/);
    }
    await db.write((tx) => tx.run(`UPDATE odd SET big = 1 WHERE i = 30`));
    assert.equal((await db.all('SELECT i, big FROM odd')).length, 40);
    assert.equal((await db.all('SELECT i, big FROM odd')).length, 40);
    await db.write((tx) => tx.run(`UPDATE odd SET big = 9007199254740993 WHERE i = 30`));
    await assert.rejects(db.all('SELECT i, big FROM odd'), /9007199254740993/);
  }));

test('every connection keeps the pragmas that durability and safety rest on', () =>
  withFile(async ({ db }) => {
    const pragma = async (on: Pick<typeof db, 'get'>, name: string): Promise<unknown> =>
      Object.values((await on.get(`PRAGMA ${name}`)) ?? {})[0];
    await db.write(async (tx) => {
      assert.equal(await pragma(tx, 'journal_mode'), 'wal');
      assert.equal(await pragma(tx, 'synchronous'), 2);
      assert.equal(await pragma(tx, 'foreign_keys'), 1);
      assert.equal(await pragma(tx, 'trusted_schema'), 0);
    });
    assert.equal(await pragma(db, 'query_only'), 1);
    assert.equal(await pragma(db, 'busy_timeout'), 5000);
    await db.read(async (snapshot) => assert.equal(await pragma(snapshot, 'query_only'), 1));
  }));

test('a missing folder is made for the owner alone, and so is the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
  const file = join(folder, 'data', 'deep', 'daybook.sqlite');
  const db = await openDatabase({ url: `sqlite:${file}`, log: silentLog() });
  await db.close();
  assert.equal(statSync(join(folder, 'data', 'deep')).mode & 0o777, 0o700);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  rmSync(folder, { recursive: true });
});

test('a stopped server leaves everything in the one file', () =>
  withFile(async ({ db, url }, file) => {
    await db.write((tx) => tx.run(INSERT, ['k1', '']));
    await db.close();
    const alone = `${file}.alone`;
    copyFileSync(file, alone);
    const copy = await openDatabase({ url: url.replace(file, alone), log: silentLog() });
    assert.equal((await copy.get<{ n: number }>(COUNT))?.n, 1);
    await copy.close();
  }));

test('a copy may be taken while writes go on, and never over an existing file', () =>
  withFile(async ({ db }, file) => {
    const target = `${file}.copy`;
    const writing = Promise.all(
      Array.from({ length: 50 }, (_, at) => db.write((tx) => tx.run(INSERT, [`k${at}`, '']))),
    );
    copySqlite(file, target);
    await writing;
    assert.equal(statSync(target).mode & 0o777, 0o600);
    const copy = await openDatabase({ url: `sqlite:${target}`, log: silentLog() });
    assert.equal(await copy.get(`SELECT value FROM server WHERE key = 'none'`), undefined);
    await copy.close();
    assert.throws(() => copySqlite(file, target), /EEXIST/);
  }));

test('two processes may make the database at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
  const url = `sqlite:${join(folder, 'daybook.sqlite')}`;
  const both = await Promise.all([1, 2].map(() => openDatabase({ url, log: silentLog() })));
  for (const db of both) await db.close();
  rmSync(folder, { recursive: true });
});

test('a lock held by another process is waited for without holding the event loop', () =>
  withFile(async ({ db, reopen }) => {
    const other = await reopen();
    const held = other.write(async (tx) => {
      await tx.run(INSERT, ['k1', '']);
      await sleep(400);
    });
    await sleep(20);
    let longestMs = 0;
    let last = performance.now();
    const ticker = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    await db.write((tx) => tx.run(INSERT, ['k2', '']));
    clearInterval(ticker);
    await held;
    assert.ok(longestMs < 200, `the event loop stood still for ${longestMs} ms`);
    assert.equal((await db.get<{ n: number }>(COUNT))?.n, 2);
  }));

test('a lock that is never given up ends in 503, and later writes go on', () =>
  withFile(async ({ db, reopen }) => {
    const other = await reopen();
    const held = other.write(() => sleep(5600));
    await sleep(20);
    const refused = db.write((tx) => tx.run(INSERT, ['k1', '']));
    await assert.rejects(refused, (error) => error instanceof Refusal && error.status === 503);
    await held;
    await db.write((tx) => tx.run(INSERT, ['k2', '']));
    assert.equal((await db.get<{ n: number }>(COUNT))?.n, 1);
  }));

test('a write that does not end is rolled back at its deadline, also one that waits for a write of its own', () =>
  withFile(async (_test, file) => {
    const db = new SqliteDatabase(file, silentLog());
    const is503 = (error: unknown): boolean => error instanceof Refusal && error.status === 503;
    const endless = db.write(async (tx) => {
      await tx.run(INSERT, ['k1', '']);
      await new Promise(() => {});
    }, 50);
    const nested = db.write(async (tx) => {
      await tx.run(INSERT, ['k2', '']);
      await db.write((inner) => inner.run(INSERT, ['k3', '']));
    }, 50);
    await assert.rejects(endless, is503);
    await assert.rejects(nested, is503);
    await db.write((tx) => tx.run(INSERT, ['k4', '']));
    const keys = await db.all<{ key: string }>(`SELECT key FROM server WHERE key LIKE 'k%' ORDER BY key`);
    assert.deepEqual(
      keys.map((row) => row.key),
      ['k3', 'k4'],
    );
    await db.close();
  }));

test('a full disk refuses writes with a precondition, keeps what is there and recovers by itself', () =>
  withFile(async ({ db }) => {
    await db.write((tx) => tx.run(INSERT, ['k1', 'small']));
    await db.write(async (tx) => {
      const pages = await tx.get<{ page_count: number }>('PRAGMA page_count');
      await tx.get(`PRAGMA max_page_count = ${(pages?.page_count ?? 0) + 2}`);
    });
    const isFull = (error: unknown): boolean =>
      error instanceof Precondition && error.code === 'sufficient-disk-space';
    const big = 'x'.repeat(200_000);
    const outcomes = await Promise.allSettled([
      db.write((tx) => tx.run(INSERT, ['k2', big])),
      db.write((tx) => tx.run(INSERT, ['k3', big])),
    ]);
    for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && isFull(outcome.reason));
    assert.equal((await db.get<{ n: number }>(COUNT))?.n, 1);
    await db.write((tx) => tx.get('PRAGMA max_page_count = 1073741823'));
    await db.write((tx) => tx.run(INSERT, ['k4', big]));
    assert.equal((await db.get<{ n: number }>(COUNT))?.n, 2);
  }));

test('what was acknowledged survives kill -9', () =>
  withFile(async ({ db, url }) => {
    const writer = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'writer.ts'), url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    await new Promise<void>((resolve) => {
      writer.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.length > 2000) writer.kill('SIGKILL');
      });
      writer.on('close', () => resolve());
    });
    const acknowledged = said.split('\n').slice(0, -1);
    const rows = await db.all<{ key: string }>(`SELECT key FROM server WHERE key LIKE 'k%'`);
    const stored = new Set(rows.map((row) => row.key));
    assert.ok(acknowledged.length > 100);
    assert.deepEqual(
      acknowledged.filter((key) => !stored.has(key)),
      [],
    );
    assert.equal(Object.values((await db.get('PRAGMA integrity_check')) ?? {})[0], 'ok');
  }));
