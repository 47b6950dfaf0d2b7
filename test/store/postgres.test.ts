import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { translated } from '../../models/db/driver-errors.ts';
import { openDatabase } from '../../models/db/open.ts';
import { numberBinds } from '../../models/db/postgres-values.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { silentLog } from '../support/app.ts';
import { openTestDb } from '../support/db.ts';
import { hasPostgres, makePostgresDatabase } from '../support/postgres.ts';
import { type Open, withDb } from './suite.ts';

const INSERT = 'INSERT INTO server (key, value) VALUES (?, ?)';
const BUMP = `UPDATE server SET value = value || '+' WHERE key = ?`;
const open: Open = () => openTestDb('postgres');
const is503 = (error: unknown): boolean =>
  error instanceof Refusal && error.status === 503 && error.headers['Retry-After'] !== undefined;
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test('binds are numbered outside of quotes and comments only', () => {
  const sql = `SELECT '?', 'it''s ?', "a?b", ? /* ? */ FROM x -- ?\nWHERE y = ?`;
  assert.equal(numberBinds(sql), `SELECT '?', 'it''s ?', "a?b", $1 /* ? */ FROM x -- ?\nWHERE y = $2`);
});

test('what a driver throws is named once', () => {
  const coded = (code: string): Error => Object.assign(new Error(code), { code });
  for (const code of ['53100', 'ENOSPC']) {
    const named = translated(coded(code));
    assert.ok(named instanceof Precondition && named.code === 'sufficient-disk-space');
  }
  for (const code of ['ECONNREFUSED', 'ECONNRESET', '57P01', '57014', '08006', '55P03', '53300', '40001'])
    assert.ok(is503(translated(coded(code))), code);
  for (const code of ['42P01', '23505', '22021']) {
    const error = coded(code);
    assert.equal(translated(error), error);
  }
});

test('a server that is not there is 503', async () => {
  const url = 'postgres://nobody:nothing@127.0.0.1:1/none';
  await assert.rejects(openDatabase({ url, log: silentLog() }), is503);
});

describe('PostgreSQL', { skip: !(await hasPostgres()) }, () => {
  test('several processes may migrate an empty database at once', async () => {
    const { url, drop } = await makePostgresDatabase('empty');
    const all = await Promise.all([1, 2, 3].map(() => openDatabase({ url, log: silentLog() })));
    for (const db of all)
      assert.equal((await db.get<{ n: number }>(`SELECT count(*) AS n FROM server`))?.n, 3);
    for (const db of all) await db.close();
    await drop();
  });

  test('writes that lock each other out are run again', () =>
    withDb(open, async ({ db }) => {
      await db.write(async (tx) => {
        await tx.run(INSERT, ['k1', '']);
        await tx.run(INSERT, ['k2', '']);
      });
      let runs = 0;
      const crossing = (first: string, second: string): Promise<void> =>
        db.write(async (tx) => {
          runs += 1;
          await tx.run(BUMP, [first]);
          await sleep(50);
          await tx.run(BUMP, [second]);
        });
      await Promise.all([crossing('k1', 'k2'), crossing('k2', 'k1')]);
      const rows = await db.all<{ value: string }>(`SELECT value FROM server WHERE key LIKE 'k%'`);
      assert.deepEqual(
        rows.map((row) => row.value),
        ['++', '++'],
      );
      assert.equal(runs, 3);
    }));

  test('a connection that is lost in a write is 503; nothing of it is stored and the next write goes on', () =>
    withDb(open, async ({ db }) => {
      const lost = db.write(async (tx) => {
        await tx.run(INSERT, ['k1', '']);
        const me = await tx.get<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await db.get('SELECT pg_terminate_backend(?) AS done', [me?.pid ?? 0]);
        await tx.run(INSERT, ['k2', '']);
      });
      await assert.rejects(lost, is503);
      await db.write((tx) => tx.run(INSERT, ['k3', '']));
      const rows = await db.all<{ key: string }>(`SELECT key FROM server WHERE key LIKE 'k%'`);
      assert.deepEqual(
        rows.map((row) => row.key),
        ['k3'],
      );
    }));

  test('an error that a write swallowed is not taken for a commit', () =>
    withDb(open, async ({ db }) => {
      const swallowed = db.write(async (tx) => {
        await tx.run(INSERT, ['k1', '']);
        await tx.run(INSERT, ['epoch', '']).catch(() => 0);
      });
      await assert.rejects(swallowed, /nothing was stored/);
    }));

  test('a database that moved to another cluster gets a new epoch', () =>
    withDb(open, async ({ db, reopen }) => {
      const epoch = async (): Promise<string | undefined> =>
        (await db.get<{ value: string }>(`SELECT value FROM server WHERE key = 'epoch'`))?.value;
      const before = await epoch();
      await reopen();
      assert.equal(await epoch(), before);
      await db.write((tx) => tx.run(`UPDATE server SET value = '1/1' WHERE key = 'postgres-cluster'`));
      await reopen();
      assert.notEqual(await epoch(), before);
      const after = await epoch();
      await reopen();
      assert.equal(await epoch(), after);
    }));
});
