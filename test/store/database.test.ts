import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUniqueViolation } from '../../models/db/driver-errors.ts';
import { Refusal } from '../../models/errors.ts';
import { type Open, onEachDatabase, withDb } from './suite.ts';

const INSERT = `INSERT INTO server (key, value) VALUES (?, ?)`;
const COUNT = `SELECT count(*) AS n FROM server WHERE key LIKE 'k%'`;
const LARGEST = Number.MAX_SAFE_INTEGER;

function values(open: Open): void {
  test('binds and rows keep their values', () =>
    withDb(open, async ({ db }) => {
      const bytes = new Uint8Array([0, 255, 63, 36]);
      await db.write(async (tx) => {
        await tx.run(
          `INSERT INTO principals (id, kind, login, login_folded, display_name, created_utc) VALUES ('a','user','a','a','?',?)`,
          [LARGEST],
        );
        const made = await tx.get<{ id: number }>(
          `INSERT INTO collections (owner_id, kind, holds, name, display_name, incarnation, created_utc, modified_utc)
           VALUES ('a', 'calendar', 'calendar', 'c', 'it''s ?', 'i', ?, 1) RETURNING id`,
          [BigInt(LARGEST)],
        );
        await tx.run(
          `INSERT INTO objects (collection_id, name, uid, component, etag, size_bytes, revision, created_utc, modified_utc, body)
           VALUES (?, 'ä?', 'u', 'VEVENT', 'e', 4, 1, 0, 0, ?)`,
          [made?.id ?? 0, bytes],
        );
      });
      const row = await db.get<{
        created_utc: number;
        display_name: string;
        deleted_utc: null;
        total: number;
      }>(
        `SELECT created_utc, display_name, deleted_utc, (SELECT sum(size_bytes) FROM objects) AS total FROM collections`,
      );
      assert.deepEqual(
        { ...row },
        { created_utc: LARGEST, display_name: "it's ?", deleted_utc: null, total: 4 },
      );
      const stored = await db.get<{ name: string; body: Uint8Array }>('SELECT name, body FROM objects');
      assert.ok(stored?.body instanceof Uint8Array);
      assert.deepEqual([stored.name, [...stored.body]], ['ä?', [...bytes]]);
      assert.equal(await db.get('SELECT name FROM objects WHERE name = ?', ['none']), undefined);
    }));

  test('an integer that a number cannot hold is an error, not another integer', () =>
    withDb(open, async ({ db }) => {
      await assert.rejects(db.get('SELECT CAST(9007199254740993 AS BIGINT) AS big'), /9007199254740993/);
    }));

  test('oneOf takes any strings, oneOfNumbers any integers', () =>
    withDb(open, async ({ db }) => {
      const keys = ["k'1", 'k"2', 'k\\3', 'kä😀', 'k,]'];
      await db.write(async (tx) => {
        for (const key of keys) await tx.run(INSERT, [key, '']);
      });
      const find = async (asked: readonly string[]): Promise<readonly string[]> => {
        const sql = `SELECT key FROM server WHERE key IN ${db.oneOf}`;
        return (await db.all<{ key: string }>(sql, [JSON.stringify(asked)])).map((row) => row.key);
      };
      assert.deepEqual(new Set(await find([...keys, 'other'])), new Set(keys));
      assert.deepEqual(await find([]), []);
      const numbers = await db.get<{ n: number }>(
        `SELECT count(*) AS n FROM server WHERE length(value) IN ${db.oneOfNumbers} AND key LIKE 'k%'`,
        [JSON.stringify([0, LARGEST])],
      );
      assert.equal(numbers?.n, keys.length);
    }));

  test('names are told apart and ordered by their bytes', () =>
    withDb(open, async ({ db }) => {
      const ids = ['Z', 'a', 'A', 'é', 'e\u0301', '_'];
      await db.write(async (tx) => {
        for (const id of ids)
          await tx.run(
            `INSERT INTO principals (id, kind, login, login_folded, display_name, created_utc) VALUES (?,'user',?,?,?,0)`,
            [id, id, id, id],
          );
      });
      const rows = await db.all<{ id: string }>('SELECT id FROM principals ORDER BY id');
      assert.deepEqual(
        rows.map((row) => row.id),
        [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    }));

  test('a refused unique row can be told by its column', () =>
    withDb(open, async ({ db }) => {
      const insert = db.write((tx) => tx.run(INSERT, ['epoch', '']));
      await assert.rejects(
        insert,
        (error) => isUniqueViolation(error, 'key') && !isUniqueViolation(error, 'value'),
      );
    }));
}

function writes(open: Open): void {
  test('200 writes at once all commit; the refused ones roll back alone', () =>
    withDb(open, async ({ db }) => {
      const refusal = new Refusal(412, 'not this one');
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, (_, at) =>
          db.write(async (tx) => {
            await tx.run(INSERT, [`k${at}`, '']);
            if (at % 10 === 3) throw refusal;
            return at;
          }),
        ),
      );
      outcomes.forEach((outcome, at) => {
        if (at % 10 === 3) assert.equal(outcome.status === 'rejected' && outcome.reason, refusal);
        else assert.equal(outcome.status === 'fulfilled' && outcome.value, at);
      });
      assert.equal((await db.get<{ n: number }>(COUNT))?.n, 180);
    }));

  test('a write is seen by nobody before it commits, and by everybody after', () =>
    withDb(open, async ({ db, reopen }) => {
      const other = await reopen();
      await db.write(async (tx) => {
        await tx.run(INSERT, ['k1', '']);
        assert.equal((await tx.get<{ n: number }>(COUNT))?.n, 1);
        assert.equal((await db.get<{ n: number }>(COUNT))?.n, 0);
        assert.equal((await other.get<{ n: number }>(COUNT))?.n, 0);
      });
      assert.equal((await db.get<{ n: number }>(COUNT))?.n, 1);
      assert.equal((await other.get<{ n: number }>(COUNT))?.n, 1);
    }));

  test('counters bumped by many writers at once lose nothing', () =>
    withDb(open, async ({ db, reopen }) => {
      const other = await reopen();
      await db.write((tx) => tx.run(INSERT, ['k', '0']));
      const bump = `UPDATE server SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = ?`;
      await Promise.all(
        Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? db : other).write((tx) => tx.run(bump, ['k']))),
      );
      assert.equal(
        (await db.get<{ value: string }>(`SELECT value FROM server WHERE key = 'k'`))?.value,
        '60',
      );
    }));

  test('a transaction that has ended refuses every use and says why', () =>
    withDb(open, async ({ db }) => {
      const kept = await db.write((tx) => Promise.resolve({ tx }));
      await assert.rejects(kept.tx.get('SELECT 1'), /This transaction has ended/);
      await assert.rejects(kept.tx.run('DELETE FROM server'), /This transaction has ended/);
      assert.throws(() => kept.tx.transaction, /This transaction has ended/);
      const snapshot = await db.read((inner) => Promise.resolve({ inner }));
      await assert.rejects(snapshot.inner.all('SELECT 1'), /This transaction has ended/);
    }));

  test('statements that were left running at the end of a write are refused, not put into the next one', () =>
    withDb(open, async ({ db }) => {
      const left: Promise<unknown>[] = [];
      await db.write((tx) => {
        left.push(new Promise((resolve) => setTimeout(resolve, 20)).then(() => tx.run(INSERT, ['k1', ''])));
        return Promise.resolve();
      });
      const [outcome] = await Promise.allSettled(left);
      assert.match(outcome?.status === 'rejected' ? String(outcome.reason) : '', /has ended/);
      assert.equal((await db.get<{ n: number }>(COUNT))?.n, 0);
    }));
}

function snapshots(open: Open): void {
  test('read shows one snapshot, whatever is written meanwhile', () =>
    withDb(open, async ({ db }) => {
      const count = `SELECT count(*) AS n FROM server WHERE key LIKE 'k%'`;
      await db.read(async (first) => {
        assert.equal((await first.get<{ n: number }>(count))?.n, 0);
        await db.write((tx) => tx.run(INSERT, ['k1', '']));
        await db.read(async (second) => {
          assert.equal((await second.get<{ n: number }>(count))?.n, 1);
          await db.write((tx) => tx.run(INSERT, ['k2', '']));
          assert.equal((await second.get<{ n: number }>(count))?.n, 1);
          assert.equal((await first.get<{ n: number }>(count))?.n, 0);
        });
        assert.equal((await db.get<{ n: number }>(count))?.n, 2);
      });
      assert.equal((await db.read((last) => last.get<{ n: number }>(count)))?.n, 2);
    }));

  test('many snapshots at once wait for each other and all answer', () =>
    withDb(open, async ({ db }) => {
      const all = await Promise.all(
        Array.from({ length: 60 }, () =>
          db.read(async (snapshot) => {
            await new Promise((resolve) => setTimeout(resolve, 2));
            return snapshot.get<{ n: number }>(COUNT);
          }),
        ),
      );
      assert.ok(all.every((row) => row?.n === 0));
    }));
}

function sequelize(open: Open): void {
  test('Sequelize works inside a write and a snapshot, and cannot write outside', () =>
    withDb(open, async ({ db }) => {
      const { sequelize: orm } = db;
      await assert.rejects(orm.query(`DELETE FROM server WHERE key = 'epoch'`), /read-?only/);
      const left = await db.write(async (tx) => {
        const transaction = tx.transaction;
        assert.ok(transaction !== undefined);
        await tx.run(INSERT, ['k1', 'by hand']);
        await orm.query('INSERT INTO server (key, value) VALUES ($1, $2)', {
          bind: ['k2', 'by Sequelize'],
          transaction,
        });
        const [rows] = await orm.query(`SELECT key FROM server WHERE key LIKE 'k%' ORDER BY key`, {
          transaction,
        });
        assert.deepEqual(
          rows.map((row) => Object.values(Object(row))),
          [['k1'], ['k2']],
        );
        await assert.rejects(transaction.commit(), /ends with the function/);
        return { transaction };
      });
      await assert.rejects(orm.query('SELECT 1', { transaction: left.transaction }), /no longer use it/);
      const refused = db.write(async (tx) => {
        await orm.query(`DELETE FROM server WHERE key LIKE 'k%'`, { transaction: tx.transaction ?? null });
        throw new Error('no');
      });
      await assert.rejects(refused, /^Error: no$/);
      await db.read(async (snapshot) => {
        const [rows] = await orm.query(COUNT, { transaction: snapshot.transaction ?? null });
        assert.equal(Number(Object(rows[0]).n), 2);
      });
    }));

  test('Sequelize names a unique violation', () =>
    withDb(open, async ({ db }) => {
      const insert = db.write((tx) =>
        db.sequelize.query(`INSERT INTO server (key, value) VALUES ('epoch', '')`, {
          transaction: tx.transaction ?? null,
        }),
      );
      await assert.rejects(insert, (error: Error) => error.name === 'SequelizeUniqueConstraintError');
    }));
}

function opening(open: Open): void {
  test('opening again changes nothing; epoch and secret stay', () =>
    withDb(open, async ({ db, reopen }) => {
      const rows = `SELECT key, value FROM server WHERE key IN ('epoch', 'secret') ORDER BY key`;
      const before = await db.all<{ key: string; value: string }>(rows);
      assert.deepEqual(
        before.map((row) => row.key),
        ['epoch', 'secret'],
      );
      assert.equal(Buffer.from(before[1]?.value ?? '', 'base64url').length, 32);
      const again = await Promise.all([reopen(), reopen()]);
      for (const each of again) assert.deepEqual(await each.all(rows), before);
    }));

  test('a database of a newer version is refused', () =>
    withDb(open, async ({ db, reopen }) => {
      await db.write((tx) => tx.run(`INSERT INTO migrations (name, applied_utc) VALUES ('999-future', 0)`));
      await assert.rejects(reopen(), /newer version \(it has 999-future\)/);
    }));

  test('a closed database refuses writes', () =>
    withDb(open, async ({ reopen }) => {
      const db = await reopen();
      await db.close();
      await assert.rejects(
        db.write((tx) => tx.run(INSERT, ['k', ''])),
        (error) => error instanceof Refusal && error.status === 503,
      );
    }));
}

await onEachDatabase('database', (open) => {
  values(open);
  writes(open);
  snapshots(open);
  sequelize(open);
  opening(open);
});
