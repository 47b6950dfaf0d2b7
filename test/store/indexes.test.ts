import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { patchCollection } from '../../models/collections/service.ts';
import type { CompFilter, TimeRange } from '../../models/ical/filter.ts';
import { busyPeriods, mergeBusy } from '../../models/ical/freebusy.ts';
import { FLOATING } from '../../models/ical/zones.ts';
import { reindexCollection } from '../../models/indexes/rebuild.ts';
import { cardCandidates } from '../../models/indexes/search.ts';
import { extendHorizon } from '../../models/indexes/service.ts';
import { freeBusy } from '../../models/objects/free-busy.ts';
import { queryCalendar, queryCards } from '../../models/objects/query.ts';
import { importObjects, listObjects, type StoredObject } from '../../models/objects/service.ts';
import type { CollectionId } from '../../models/types.ts';
import { type CardFilter, type CardPropFilter, matchesCard } from '../../models/vcard/filter.ts';
import { parseCard } from '../../models/vcard/parse.ts';
import type { TestApp } from '../support/app.ts';
import { event, ics, openStage, put, type Stage, vcf } from '../support/objects.ts';

const component = (name: string, more: Partial<CompFilter> = {}): CompFilter => ({
  name,
  isNotDefined: false,
  propFilters: [],
  compFilters: [],
  test: 'allof',
  ...more,
});

const inCalendar = (inner: CompFilter): CompFilter => component('VCALENDAR', { compFilters: [inner] });

const utc = (text: string): number => Date.parse(text) / 1000;

async function collect(pages: AsyncIterable<readonly StoredObject[]>): Promise<readonly StoredObject[]> {
  const all: StoredObject[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const zoneOf = ({ app }: Stage, zone: string | null) =>
  (zone === null ? null : app.rules.zones.iana(zone)) ?? FLOATING;

async function found(stage: Stage, filter: CompFilter, zone: string | null = null) {
  const floating = zoneOf(stage, zone);
  const pages = queryCalendar(stage.app, stage.calendar, filter, { wantBody: false, floating });
  return (await collect(pages)).map((o) => o.name).sort();
}

async function everything({ app }: Stage, collection: CollectionId): Promise<readonly StoredObject[]> {
  return collect(listObjects(app.db, collection, { wantBody: true }));
}

const DAY = 86_400;

const text = (
  value: string,
  matchType: 'contains' | 'equals' | 'starts-with' | 'ends-with' = 'contains',
) => ({
  text: value,
  collation: 'i;unicode-casemap' as const,
  negate: false,
  matchType,
});

const prop = (name: string, ...textMatches: ReturnType<typeof text>[]): CardPropFilter => ({
  name,
  isNotDefined: false,
  test: 'anyof',
  textMatches,
  paramFilters: [],
});

async function fill(
  stage: Stage,
  list: readonly { name: string; lines: readonly string[] }[],
): Promise<void> {
  const items = list.map(({ name, lines }, i) => ({ name: `${i}.ics`, body: ics(name, `u${i}`, ...lines) }));
  const results = await importObjects(stage.app, stage.actor, stage.calendar, items);
  for (const [i, result] of results.entries())
    assert.ok(!('error' in result), `${items[i]?.body}: ${'error' in result ? result.error.message : ''}`);
}

test('a floating series over a change of the clock is as busy as the filter says', async (t) => {
  const stage = await openStage(t, 'sqlite');
  const lines = ['DTSTART:20190301T000000', 'DTEND:20190321T000000', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR'];
  await fill(stage, [{ name: 'VEVENT', lines }]);
  const range = { startUtc: 1_772_323_200, endUtc: 1_806_883_200 };
  await freeBusyAgrees(stage, [{ range, zone: 'Europe/Berlin' }]);
});

async function freeBusyAgrees(stage: Stage, queries: readonly { range: TimeRange; zone: string | null }[]) {
  for (const { range: asked, zone } of queries) {
    if (asked.startUtc === null || asked.endUtc === null) continue;
    const window = { startUtc: asked.startUtc, endUtc: asked.endUtc };
    const calendar = { ...stage.calendar, timezoneId: zone };
    const fast = await freeBusy(stage.app, { calendars: [calendar], window, availability: null });
    const options = { maxInstances: 10_000, floating: zoneOf(stage, zone) };
    const periods = [];
    for (const { body } of await everything(stage, stage.calendar.id))
      if (body !== null) periods.push(...(await busyPeriods(body, window, stage.app.rules, options)));
    assert.deepEqual(fast, mergeBusy(periods, window));
  }
}

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`indexes on ${kind}`, () => {
    test('a week is found by its edges', async (t) => {
      const stage = await openStage(t, kind);
      const { calendar } = stage;
      const at: readonly (readonly [string, string, string])[] = [
        ['before', '20260301T230000Z', '20260302T000000Z'],
        ['touching', '20260301T230000Z', '20260302T000001Z'],
        ['inside', '20260304T090000Z', '20260304T100000Z'],
        ['zero', '20260302T000000Z', '20260302T000000Z'],
        ['long', '20250101T000000Z', '20270101T000000Z'],
        ['after', '20260309T000000Z', '20260309T010000Z'],
      ];
      for (const [name, start, end] of at) await put(stage, calendar, name, event(name, start, end));
      const daily = event('daily', '20200101T060000Z', '20200101T070000Z', 'RRULE:FREQ=DAILY');
      await put(stage, calendar, 'daily', daily);
      await put(stage, calendar, 'todo', ics('VTODO', 'todo', 'SUMMARY:any time'));
      const week = { startUtc: utc('2026-03-02T00:00:00Z'), endUtc: utc('2026-03-09T00:00:00Z') };
      const names = await found(stage, inCalendar(component('VEVENT', { timeRange: week })));
      assert.deepEqual(names, ['daily', 'inside', 'long', 'touching', 'zero']);
      assert.deepEqual(await found(stage, inCalendar(component('VTODO', { timeRange: week }))), ['todo']);
      const longAgo = { startUtc: utc('2021-03-02T00:00:00Z'), endUtc: utc('2021-03-09T00:00:00Z') };
      assert.deepEqual(await found(stage, inCalendar(component('VEVENT', { timeRange: longAgo }))), [
        'daily',
      ]);
      assert.equal((await found(stage, inCalendar(component('VEVENT')))).length, 7);
      assert.equal((await found(stage, component('VCALENDAR'))).length, 8);
      const withBody = queryCalendar(
        stage.app,
        calendar,
        inCalendar(component('VEVENT', { timeRange: week })),
        {
          wantBody: true,
        },
      );
      for (const object of await collect(withBody)) assert.ok((object.body?.length ?? 0) > 100);
    });

    test('an update takes the old occurrences away', async (t) => {
      const stage = await openStage(t, kind);
      await put(
        stage,
        stage.calendar,
        'a',
        event('a', '20260302T090000Z', '20260302T100000Z', 'RRULE:FREQ=DAILY;COUNT=3'),
      );
      await put(stage, stage.calendar, 'a', event('a', '20260402T090000Z', '20260402T100000Z'));
      const march = { startUtc: utc('2026-03-01T00:00:00Z'), endUtc: utc('2026-04-01T00:00:00Z') };
      assert.deepEqual(await found(stage, inCalendar(component('VEVENT', { timeRange: march }))), []);
      const rows = await stage.app.db.all('SELECT 1 AS one FROM occurrences');
      assert.equal(rows.length, 1);
    });

    test('floating times are read in the zone that is asked for', async (t) => {
      const stage = await openStage(t, kind);
      await put(
        stage,
        stage.calendar,
        'a',
        ics('VEVENT', 'a', 'DTSTART;VALUE=DATE:20260303', 'DTEND;VALUE=DATE:20260304'),
      );
      const evening = { startUtc: utc('2026-03-02T12:00:00Z'), endUtc: utc('2026-03-02T13:00:00Z') };
      const filter = inCalendar(component('VEVENT', { timeRange: evening }));
      assert.deepEqual(await found(stage, filter, 'Pacific/Kiritimati'), ['a']);
      assert.deepEqual(await found(stage, filter, 'Europe/Berlin'), []);
      await patchCollection(stage.app, stage.actor, stage.calendar, { timezoneId: 'Pacific/Kiritimati' });
      const calendar = { ...stage.calendar, timezoneId: 'Pacific/Kiritimati' };
      assert.equal(
        (await collect(queryCalendar(stage.app, calendar, filter, { wantBody: false }))).length,
        1,
      );
      const busy = await freeBusy(stage.app, { calendars: [calendar], window: evening, availability: null });
      assert.deepEqual(busy, [{ ...evening, busy: 'busy' }]);
    });

    test('cards are found by the index and judged by the filter', async (t) => {
      const stage = await openStage(t, kind);
      const { app, book } = stage;
      const cards: readonly (readonly [string, string, readonly string[]])[] = [
        ['a', 'Ada Lovelace', ['EMAIL:ada@example.org', 'TEL:+1 5']],
        ['b', 'Björn 100%_\\', ['EMAIL:bjorn@example.org', 'NICKNAME:Ada']],
        ['c', 'Straße', ['ORG:Analytical;Engines']],
        ['d', 'ÄRGER', []],
      ];
      for (const [uid, name, lines] of cards) await put(stage, book, uid, vcf(uid, name, ...lines));
      const cases: readonly (readonly [CardFilter, readonly string[]])[] = [
        [{ test: 'anyof', propFilters: [prop('FN', text('ADA'))] }, ['a']],
        [
          { test: 'anyof', propFilters: [prop('FN', text('ada')), prop('NICKNAME', text('ada'))] },
          ['a', 'b'],
        ],
        [{ test: 'allof', propFilters: [prop('FN', text('a')), prop('EMAIL', text('example'))] }, ['a']],
        [{ test: 'anyof', propFilters: [prop('FN', text('%_\\', 'ends-with'))] }, ['b']],
        [{ test: 'anyof', propFilters: [prop('FN', text('ärger', 'equals'))] }, ['d']],
        [{ test: 'anyof', propFilters: [prop('TEL', text('5'))] }, ['a']],
        [{ test: 'anyof', propFilters: [{ ...prop('EMAIL'), isNotDefined: true }] }, ['c', 'd']],
        [{ test: 'anyof', propFilters: [] }, ['a', 'b', 'c', 'd']],
        [{ test: 'anyof', propFilters: [prop('ORG', text('engines', 'equals'))] }, ['c']],
      ];
      for (const [filter, expected] of cases) {
        const names = (await collect(queryCards(app, book, filter, { wantBody: false })))
          .map((o) => o.name)
          .sort();
        const plain = (await everything(stage, book.id))
          .filter((o) => matchesCard(parseCard(o.body ?? new Uint8Array(0), app.limits), filter))
          .map((o) => o.name)
          .sort();
        assert.deepEqual(names, plain, JSON.stringify(filter));
        assert.deepEqual(names, expected, JSON.stringify(filter));
      }
      const all: CardFilter = { test: 'anyof', propFilters: [] };
      assert.equal((await collect(queryCards(app, book, all, { wantBody: false }, 2))).length, 2);
      await put(stage, book, 'a', vcf('a', 'Countess'));
      const ada: CardFilter = { test: 'anyof', propFilters: [prop('FN', text('ada'))] };
      assert.deepEqual(await collect(queryCards(app, book, ada, { wantBody: false })), []);
    });

    test('all conditions hold together, whether few cards meet one of them or many', async (t) => {
      const stage = await openStage(t, kind);
      const items = Array.from({ length: 1100 }, (_, at) => ({
        name: `${at}.vcf`,
        body: vcf(`u${at}`, at % 500 === 0 ? `Ada ${at}` : `Bob ${at}`, `EMAIL:n${at}@example.org`),
      }));
      for (const result of await importObjects(stage.app, stage.actor, stage.book, items))
        assert.ok(!('error' in result));
      const search = async (...propFilters: readonly CardPropFilter[]): Promise<readonly string[]> => {
        const filter: CardFilter = { test: 'allof', propFilters };
        return (await collect(queryCards(stage.app, stage.book, filter, { wantBody: false }))).map(
          ({ name }) => name,
        );
      };
      const [ada, bob, mail] = [
        prop('FN', text('ada')),
        prop('FN', text('bob')),
        prop('EMAIL', text('example')),
      ];
      for (const both of [
        [ada, mail],
        [mail, ada],
      ])
        assert.deepEqual(new Set(await search(...both)), new Set(['0.vcf', '500.vcf', '1000.vcf']));
      assert.equal((await search(mail, bob)).length, 1097);
      assert.deepEqual(await search(mail, ada, bob), []);
      assert.deepEqual(await search(prop('EMAIL', text('n7@')), bob, mail), ['7.vcf']);
      const probes = [
        { field: 'EMAIL', text: 'EXAMPLE', matchType: 'contains' },
        { field: 'FN', text: 'ADA', matchType: 'contains' },
      ] as const;
      const candidates: number[] = [];
      for await (const ids of cardCandidates(stage.app, stage.book.id, { test: 'allof', probes }, 0))
        candidates.push(...ids);
      assert.equal(candidates.length, 3, 'the index narrows down, not the filter alone');
    });

    test('the horizon moves on, and the indexes can be built again from nothing', async (t) => {
      const stage = await openStage(t, kind);
      const { app, calendar, book } = stage;
      await put(
        stage,
        calendar,
        'w',
        event('w', '20260302T090000Z', '20260302T100000Z', 'RRULE:FREQ=WEEKLY'),
      );
      await put(stage, book, 'c', vcf('c', 'Ada'));
      const before = await rowsOf(app);
      assert.equal(await extendHorizon(app), 0);
      app.clock.advance(200 * DAY * 1000);
      assert.equal(await extendHorizon(app), 1);
      assert.equal(await extendHorizon(app), 0);
      const later = await rowsOf(app);
      assert.ok(later.last > before.last);
      await app.db.write(async (tx) => {
        await tx.run('DELETE FROM occurrences');
        await tx.run('DELETE FROM cardfields');
      });
      assert.equal(await reindexCollection(app, calendar.id, 'calendar'), 1);
      assert.equal(await reindexCollection(app, book.id, 'addressbook'), 1);
      assert.deepEqual(await rowsOf(app), later);
    });
  });
}

async function rowsOf(app: TestApp): Promise<{ count: number; last: number; fields: number }> {
  const row = await app.db.get<{ count: number; last: number }>(
    'SELECT count(*) AS count, max(start_utc) AS last FROM occurrences',
  );
  const fields = await app.db.get<{ count: number }>('SELECT count(*) AS count FROM cardfields');
  return { count: Number(row?.count), last: Number(row?.last), fields: Number(fields?.count) };
}
