import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findHome, makeCollection } from '../../models/collections/service.ts';
import { refreshIndexes, reindexCollection } from '../../models/indexes/rebuild.ts';
import { recipeOf } from '../../models/indexes/recipe.ts';
import { queryStateOf } from '../../models/indexes/state-store.ts';
import { sweepTexts } from '../../models/indexes/texts.ts';
import { freeBusy } from '../../models/objects/free-busy.ts';
import { queryCalendar, queryCards } from '../../models/objects/query.ts';
import {
  deleteObject,
  type ImportItem,
  importObjects,
  moveObject,
  type StoredObject,
} from '../../models/objects/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import type { CardFilter } from '../../models/vcard/filter.ts';
import { addCalendar, event, openStage, put, type Stage, vcf } from '../support/objects.ts';
import { hasPostgres } from '../support/postgres.ts';

/** A database whose index rows were made by another recipe: what a new release finds. */

const WEEK = { startUtc: Date.UTC(2026, 2, 2) / 1000, endUtc: Date.UTC(2026, 2, 9) / 1000 };
const EVENTS = 120;
const NONE = { isNotDefined: false, propFilters: [], compFilters: [], test: 'allof' } as const;
const IN_WEEK = {
  ...NONE,
  name: 'VCALENDAR',
  compFilters: [{ ...NONE, name: 'VEVENT', timeRange: WEEK }],
};
const WITH_QUENDEL: CardFilter = {
  test: 'anyof',
  propFilters: [
    {
      ...{ name: 'FN', isNotDefined: false, test: 'anyof' as const, paramFilters: [] },
      textMatches: [
        { text: 'quendel', collation: 'i;unicode-casemap', negate: false, matchType: 'contains' },
      ],
    },
  ],
};

async function namesOf(pages: AsyncIterable<readonly StoredObject[]>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of pages) names.push(...page.map((object) => object.name));
  return names.sort();
}

const weekOf = (stage: Stage, calendar = stage.calendar): Promise<readonly string[]> =>
  namesOf(queryCalendar(stage.app, calendar, IN_WEEK, { wantBody: false }));
const quendels = (stage: Stage): Promise<readonly string[]> =>
  namesOf(queryCards(stage.app, stage.book, WITH_QUENDEL, { wantBody: false }));
const busyIn = (stage: Stage) =>
  freeBusy(stage.app, { calendars: [stage.calendar], window: WEEK, availability: null });

async function fill(stage: Stage, collection: ObjectCollection, items: readonly ImportItem[]): Promise<void> {
  for (const result of await importObjects(stage.app, stage.actor, collection, items))
    assert.ok(!('error' in result));
}

/** Every tenth event lies in the week, every tenth card is findable. */
async function fillBoth(stage: Stage): Promise<void> {
  const numbers = Array.from({ length: EVENTS }, (_, at) => at);
  const events = numbers.map((at) => {
    const day = at % 10 === 0 ? '03' : '23';
    const body = event(`e${at}`, `202603${day}T090000Z`, `202603${day}T100000Z`);
    return { name: `e${at}`, body };
  });
  await fill(stage, stage.calendar, events);
  const cards = numbers.map((at) => ({
    name: `c${at}`,
    body: vcf(`c${at}`, at % 10 === 0 ? `Ada Quendel${at}` : `Bob ${at}`),
  }));
  await fill(stage, stage.book, cards);
}

/** Makes all rows wrong, as if another release had meant something else by them. */
async function spoil(stage: Stage): Promise<void> {
  await stage.app.db.write(async (tx) => {
    await tx.run('UPDATE collections SET index_recipe = NULL');
    await tx.run('UPDATE occurrences SET start_utc = start_utc + 2592000, end_utc = end_utc + 2592000');
    await tx.run(`UPDATE cardfields SET value = 'OLD'`);
  });
}

const every10 = (letter: string, count = EVENTS): readonly string[] =>
  Array.from({ length: count / 10 }, (_, at) => `${letter}${at * 10}`).sort();

async function isBuilt(stage: Stage, collection: ObjectCollection): Promise<boolean> {
  return (await queryStateOf(stage.app.db, collection.id, collection.kind)).isBuilt;
}

async function assertRight(stage: Stage): Promise<void> {
  assert.deepEqual(await weekOf(stage), every10('e'));
  assert.deepEqual(await quendels(stage), every10('c'));
  const [nine, ten] = [Date.UTC(2026, 2, 3, 9) / 1000, Date.UTC(2026, 2, 3, 10) / 1000];
  assert.deepEqual(await busyIn(stage), [{ startUtc: nine, endUtc: ten, busy: 'busy' }]);
}

const DIALECTS = (await hasPostgres()) ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const);

for (const dialect of DIALECTS) {
  describe(`rows of another recipe on ${dialect}`, () => {
    test('are not believed before, during and after they are made anew', async (t) => {
      const stage = await openStage(t, dialect);
      await fillBoth(stage);
      await spoil(stage);
      await assertRight(stage);
      assert.equal(await refreshIndexes(stage.app, 50), 100);
      assert.equal(await isBuilt(stage, stage.book), false);
      await assertRight(stage);
      assert.equal(await refreshIndexes(stage.app, 10), 20);
      assert.equal(await isBuilt(stage, stage.book), true);
      assert.equal(await isBuilt(stage, stage.calendar), false);
      await assertRight(stage);
      while ((await refreshIndexes(stage.app)) > 0);
      assert.equal(await isBuilt(stage, stage.calendar), true);
      await assertRight(stage);
      const old = await stage.app.db.all(`SELECT 1 AS one FROM cardfields WHERE value = 'OLD'`);
      assert.equal(old.length, 0);
      assert.equal(await refreshIndexes(stage.app), 0);
    });

    test('are made anew when Node knows other time zones', async (t) => {
      const stage = await openStage(t, dialect);
      await fillBoth(stage);
      await spoil(stage);
      await stage.app.db.write((tx) =>
        tx.run(`UPDATE collections SET index_recipe = CASE WHEN holds = 'calendar' THEN ? ELSE ? END`, [
          recipeOf('calendar', '2004e'),
          recipeOf('addressbook', '2004e'),
        ]),
      );
      assert.equal(await isBuilt(stage, stage.calendar), false);
      assert.equal(await isBuilt(stage, stage.book), true);
      assert.deepEqual(await weekOf(stage), every10('e'));
      while ((await refreshIndexes(stage.app)) > 0);
      assert.equal(await isBuilt(stage, stage.calendar), true);
      assert.deepEqual(await weekOf(stage), every10('e'));
    });

    test('are made anew although objects change and come meanwhile', async (t) => {
      const stage = await openStage(t, dialect);
      await fillBoth(stage);
      await spoil(stage);
      await refreshIndexes(stage.app, 150);
      assert.equal(await isBuilt(stage, stage.calendar), false);
      await put(stage, stage.calendar, 'e0', event('e0', '20260401T090000Z', '20260401T100000Z'));
      await put(stage, stage.calendar, 'new', event('new', '20260304T090000Z', '20260304T100000Z'));
      const expected = [...every10('e').filter((name) => name !== 'e0'), 'new'].sort();
      assert.deepEqual(await weekOf(stage), expected);
      while ((await refreshIndexes(stage.app)) > 0);
      assert.deepEqual(await weekOf(stage), expected);
    });

    test('are made anew in the collection an object moves to', async (t) => {
      const stage = await openStage(t, dialect);
      await fill(stage, stage.calendar, [
        { name: 'a', body: event('a', '20260303T090000Z', '20260303T100000Z') },
      ]);
      await spoil(stage);
      const other = await addCalendar(stage.app, stage.actor, stage.home, 'other');
      assert.equal(await isBuilt(stage, other), true);
      const conditions = { overwrite: true, sourceCondition: null, targetCondition: null };
      await moveObject(
        stage.app,
        stage.actor,
        { collection: stage.calendar, name: 'a' },
        { collection: other, name: 'b' },
        conditions,
      );
      assert.deepEqual(await weekOf(stage, other), ['b']);
      await refreshIndexes(stage.app);
      assert.equal(await isBuilt(stage, other), true);
      assert.deepEqual(await weekOf(stage, other), ['b']);
    });

    test('an object nobody can read does not hold up the others', async (t) => {
      const stage = await openStage(t, dialect);
      await fillBoth(stage);
      await spoil(stage);
      const garbage = Buffer.from('garbage');
      await stage.app.db.write((tx) =>
        tx.run(`UPDATE objects SET body = ? WHERE name IN ('e1', 'c1')`, [garbage]),
      );
      while ((await refreshIndexes(stage.app)) > 0);
      assert.equal(await isBuilt(stage, stage.calendar), true);
      await assertRight(stage);
      assert.equal(await reindexCollection(stage.app, stage.book.id, 'addressbook'), EVENTS - 1);
    });
  });
}

test('the text index forgets cards that were removed or moved, and keeps the others', async (t) => {
  const stage = await openStage(t, 'sqlite');
  const { app, actor, book } = stage;
  for (const name of ['c0', 'c10', 'c20', 'c30'])
    await put(stage, book, name, vcf(name, `Ada Quendel ${name}`));
  await refreshIndexes(app);
  const home = await findHome(app.db, stage.ann.id, 'addressbook');
  assert.ok(home !== null);
  const other = await makeCollection(app, actor, home, { name: 'other', kind: 'addressbook' });
  assert.equal(other.kind, 'addressbook');
  if (other.kind !== 'addressbook') return;
  await deleteObject(app, actor, book, 'c0', null);
  const conditions = { overwrite: true, sourceCondition: null, targetCondition: null };
  await moveObject(
    app,
    actor,
    { collection: book, name: 'c10' },
    { collection: other, name: 'c10' },
    conditions,
  );
  assert.deepEqual(await quendels(stage), ['c20', 'c30']);
  assert.equal(await sweepTexts(app), 2);
  assert.equal(await sweepTexts(app), 0);
  assert.deepEqual(await quendels(stage), ['c20', 'c30']);
  assert.deepEqual(await quendels({ ...stage, book: other }), ['c10']);
  await refreshIndexes(app);
  assert.deepEqual(await quendels({ ...stage, book: other }), ['c10']);
  assert.equal((await app.db.all('SELECT id FROM cardsearch_docsize')).length, 3);
});
