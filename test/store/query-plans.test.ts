import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import pg from 'pg';
import type { Bind, Db } from '../../models/db/database.ts';
import { openDatabase } from '../../models/db/open.ts';
import { bodiesOf } from '../../models/events/store.ts';
import { cardsAmong, cardsSince, cardsWith, textHits } from '../../models/indexes/card-store.ts';
import { refreshIndexes } from '../../models/indexes/rebuild.ts';
import { queryStateOf } from '../../models/indexes/state-store.ts';
import { bodiesAfter, bodiesBeyond, busyRows, candidatesIn, dayRows } from '../../models/indexes/store.ts';
import { byIds, byNames, byUid, currentOf, headOf, pageAfter } from '../../models/objects/store.ts';
import { silentLog } from '../support/app.ts';
import { openStage, put, type Stage, vcf } from '../support/objects.ts';
import { hasPostgres, makePostgresDatabase } from '../support/postgres.ts';

/** The statements that clients wait for read what they need by an index, on both databases. */

const REACH = { startUtc: 1_772_409_600, endUtc: 1_773_014_400, completeFromUtc: 1_740_787_200 };
const PROBE = { field: 'FN', text: 'QUENDEL', matchType: 'contains' } as const;

/** A database that answers with nothing and keeps the plan of every statement. */
function planner(db: Db, plans: string[]): Db {
  const explain = db.dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
  const keep = async (sql: string, binds: readonly Bind[] = []): Promise<void> => {
    const rows = await db.all<Record<string, unknown>>(`${explain} ${sql}`, binds);
    plans.push(...rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])));
  };
  return {
    dialect: db.dialect,
    oneOf: db.oneOf,
    oneOfNumbers: db.oneOfNumbers,
    transaction: undefined,
    get: (sql, binds) => keep(sql, binds).then(() => undefined),
    all: (sql, binds) => keep(sql, binds).then(() => []),
  };
}

async function askAll(db: Db, { calendar, book }: Stage): Promise<void> {
  const page = { limit: 100, wantBody: true, component: null };
  await queryStateOf(db, calendar.id, 'calendar');
  await candidatesIn(db, calendar.id, 'VEVENT', REACH);
  await dayRows(db, [1, 2], REACH);
  await busyRows(db, calendar.id, REACH);
  await bodiesBeyond(db, calendar.id, REACH);
  await bodiesAfter(db, calendar.id, 5, 100);
  await byIds(db, calendar.id, [1, 2], true);
  await byNames(db, calendar.id, ['a', 'b'], true);
  await bodiesOf(db, [calendar.id], [1, 2]);
  await byUid(db, calendar.id, 'u');
  await headOf(db, calendar.id, 'a');
  await currentOf(db, calendar.id, 'a');
  await pageAfter(db, calendar.id, 'a', page);
  await cardsSince(db, book.id, 5, 100);
  for (const matchType of ['contains', 'equals', 'starts-with', 'ends-with'] as const)
    await cardsWith(db, book.id, { ...PROBE, matchType });
}

describe('plans on sqlite', () => {
  test('every table is searched by an index, and those of queries by the one made for them', async (t) => {
    const stage = await openStage(t, 'sqlite');
    await put(stage, stage.book, 'c', vcf('c', 'Ada Quendel'));
    await refreshIndexes(stage.app);
    const plans: string[] = [];
    const db = planner(stage.app.db, plans);
    await askAll(db, stage);
    await cardsAmong(db, stage.book.id, [1], PROBE);
    await textHits(db, stage.book.id, '"QUE" AND "UEN"', { after: 0, limit: 10 });
    const scans = plans.filter((plan) =>
      /^SCAN (?!found|json_each|j |j$|cardsearch VIRTUAL|CONSTANT)/.test(plan),
    );
    assert.deepEqual(scans, [], plans.join('\n'));
    for (const [what, count] of [
      [/occurrences USING COVERING INDEX occurrences_start/, 2],
      [/occurrences USING COVERING INDEX occurrences_long/, 2],
      [/occurrences USING INDEX occurrences_object/, 1],
      [/objects USING (COVERING )?INDEX objects_expanded/, 2],
      [/objects USING (COVERING )?INDEX objects_revision/, 2],
      [/f USING COVERING INDEX cardfields_value \(collection_id=\? AND field=\?\)/, 2],
      [
        /f USING COVERING INDEX cardfields_value \(collection_id=\? AND field=\? AND value(=\?|>\? AND value<\?)/,
        2,
      ],
      [/f USING INDEX cardfields_object \(object_id=\?\)/, 1],
      // FTS5 takes the match and both ends of the range of row ids.
      [/cardsearch VIRTUAL TABLE INDEX \d+:M1><$/, 1],
      [/SEARCH o USING INTEGER PRIMARY KEY/, 1],
      [/SEARCH objects USING INTEGER PRIMARY KEY/, 2],
      // That would be all of a collection.
      [/ \(collection_id=\?\)$/, 0],
      [/f USING COVERING INDEX cardfields_value \(collection_id=\? AND field=\? AND value>\?\)$/, 2],
    ] as const)
      assert.equal(plans.filter((plan) => what.test(plan)).length, count, `${what} in\n${plans.join('\n')}`);
    assert.equal(
      plans.filter((plan) => plan.includes('TEMP B-TREE FOR ORDER BY')).length,
      0,
      plans.join('\n'),
    );
  });
});

describe('plans on postgres', () => {
  test('no statement has to read a whole table', async (t) => {
    if (!(await hasPostgres())) return t.skip('no PostgreSQL');
    const stage = await openStage(t, 'postgres');
    const plans: string[] = [];
    await stage.app.db.read(async (db) => {
      // The tables are empty: what is asked is whether an index can answer, not whether it pays here.
      await db.all('SET LOCAL enable_seqscan = off');
      await askAll(planner(db, plans), stage);
      await cardsAmong(planner(db, plans), stage.book.id, [1], PROBE);
    });
    const scans = plans.filter((plan) => /Seq Scan on (objects|occurrences|cardfields)/.test(plan));
    assert.deepEqual(scans, [], plans.join('\n'));
    const index = await stage.app.db.get(
      `SELECT 1 AS one FROM pg_indexes WHERE indexname = 'cardfields_trigrams'`,
    );
    const extension = await stage.app.db.get(
      `SELECT 1 AS one FROM pg_available_extensions WHERE name = 'pg_trgm'`,
    );
    assert.equal(index === undefined, extension === undefined);
    await stage.app.db.read(async (db) => {
      await db.all('SET LOCAL enable_seqscan = off');
      await db.all('SET LOCAL enable_indexscan = off');
      plans.length = 0;
      const sql = `SELECT object_id FROM cardfields WHERE value LIKE ? ESCAPE '\\'`;
      await planner(db, plans).all(sql, ['%QUENDEL%']);
    });
    if (index !== undefined) assert.match(plans.join('\n'), /cardfields_trigrams/);
  });

  test('a role that may not make extensions gets a database all the same', async (t) => {
    if (!(await hasPostgres())) return t.skip('no PostgreSQL');
    const { url, drop } = await makePostgresDatabase('empty');
    t.after(drop);
    const role = `plain_${new URL(url).pathname.slice(-8)}`;
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    try {
      await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
      await admin.query(`GRANT ALL ON SCHEMA public TO ${role}`);
      const own = new URL(url);
      own.username = role;
      own.password = 'plain';
      const db = await openDatabase({ url: own.href, log: silentLog() });
      try {
        const found = await db.all<{ name: string }>(
          `SELECT indexname AS name FROM pg_indexes WHERE tablename = 'cardfields'`,
        );
        const names = found.map(({ name }) => name).sort();
        assert.deepEqual(names, ['cardfields_field', 'cardfields_object']);
      } finally {
        await db.close();
      }
    } finally {
      await admin.query(`DROP OWNED BY ${role} CASCADE`);
      await admin.query(`DROP ROLE ${role}`);
      await admin.end();
    }
  });
});
