/** What the index answers is what the plain filter answers over every object, whatever is stored and asked. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Availability,
  availabilityOf,
  unavailableTime,
  without,
} from '../../models/ical/availability.ts';
import { type CompFilter, matches, type TimeRange } from '../../models/ical/filter.ts';
import { type BusyPeriod, busyPeriods, mergeBusy } from '../../models/ical/freebusy.ts';
import type { ParsedCalendar } from '../../models/ical/parse.ts';
import { FLOATING, type Zone } from '../../models/ical/zones.ts';
import { importObjects } from '../../models/objects/batch.ts';
import { freeBusy } from '../../models/objects/free-busy.ts';
import { queryCalendar } from '../../models/objects/query.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { Dialect } from '../support/db.ts';
import { addCalendar, openStage, type Stage } from '../support/objects.ts';
import { hasPostgres } from '../support/postgres.ts';
import { calendarFilter, calendarObject, timeRange } from '../support/random-calendar.ts';
import { testSeed } from '../support/seed.ts';

/** Queries to compare on each database; `DAYBOOK_CASES` asks for more. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 360);
const OBJECTS = 30;
const QUERIES = 60;
/** How many queries of a round ask for busy time. */
const BUSY = 6;

const ZONES = ['Europe/Berlin', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/New_York'];
const zoneName = fc.constantFrom(null, ...ZONES);
const query = fc.record({ filter: calendarFilter, zone: zoneName });
const busyQuery = fc.record({ range: timeRange, zone: zoneName });
const round = fc.record({
  objects: fc.array(calendarObject, { minLength: OBJECTS, maxLength: OBJECTS }),
  queries: fc.array(query, { minLength: QUERIES - BUSY, maxLength: QUERIES - BUSY }),
  busy: fc.array(busyQuery, { minLength: BUSY, maxLength: BUSY }),
});

interface Kept {
  readonly name: string;
  readonly text: string;
  readonly parsed: ParsedCalendar;
}

interface Filled {
  readonly stage: Stage;
  readonly calendar: ResourceOf<'calendar'>;
  readonly kept: readonly Kept[];
}

const zoneOf = ({ app }: Stage, name: string | null): Zone =>
  (name === null ? null : app.rules.zones.iana(name)) ?? FLOATING;

/** Stores the objects that may be stored; some of what is drawn has too many instances. */
async function fill(stage: Stage, name: string, objects: readonly string[]): Promise<Filled> {
  const calendar = await addCalendar(stage.app, stage.actor, stage.home, name);
  const items = objects.map((text, at) => ({
    name: `${at}.ics`,
    text: text.replaceAll('UID:@', `UID:u${at}`),
  }));
  const results = await importObjects(
    stage.app,
    stage.actor,
    calendar,
    items.map((item) => ({ name: item.name, body: Buffer.from(item.text) })),
  );
  const kept = items.flatMap(({ name: file, text }, at) => {
    const result = results[at];
    if (result === undefined || 'error' in result) return [];
    return [{ name: file, text, parsed: stage.app.rules.parse(Buffer.from(text)) }];
  });
  assert.ok(kept.length > objects.length / 2, 'most of what is drawn may be stored');
  return { stage, calendar, kept };
}

async function found(
  { stage, calendar }: Filled,
  filter: CompFilter,
  floating: Zone,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const page of queryCalendar(stage.app, calendar, filter, { wantBody: false, floating }))
    for (const object of page) {
      assert.ok(!names.has(object.name), `${object.name} is found twice`);
      names.add(object.name);
    }
  return names;
}

async function agrees(filled: Filled, filter: CompFilter, zone: string | null): Promise<void> {
  const { stage, kept } = filled;
  const floating = zoneOf(stage, zone);
  const fast = await found(filled, filter, floating);
  for (const { name, text, parsed } of kept) {
    const passes = await matches(parsed, filter, stage.app.rules, floating);
    if (passes === fast.has(name)) continue;
    assert.fail(
      `The filter says ${passes}, the index ${!passes}, in ${zone}:\n${JSON.stringify(filter)}\n${text}`,
    );
  }
}

interface BusyQuery {
  readonly range: TimeRange;
  readonly zone: string | null;
}

/** Compares busy time; gives the two answers where they differ. */
async function busyDifference(
  { stage, calendar, kept }: Filled,
  { range, zone }: BusyQuery,
): Promise<{ readonly fast: readonly BusyPeriod[]; readonly plain: readonly BusyPeriod[] } | null> {
  const { startUtc, endUtc } = range;
  if (startUtc === null || endUtc === null) return null;
  const window = { startUtc, endUtc };
  const options = { maxInstances: stage.app.limits.maxInstances, floating: zoneOf(stage, zone) };
  const periods: BusyPeriod[] = [];
  const layers: Availability[] = [];
  for (const { parsed } of kept) {
    periods.push(...(await busyPeriods(parsed, window, stage.app.rules, options)));
    layers.push(...(await availabilityOf(parsed, window, stage.app.rules, options)));
  }
  const plain = mergeBusy([...without(unavailableTime(layers), periods), ...periods], window);
  const read = { ...calendar, timezone: null, timezoneId: zone };
  const fast = await freeBusy(stage.app, { calendars: [read], window, availability: null });
  return JSON.stringify(fast) === JSON.stringify(plain) ? null : { fast, plain };
}

/** Fails with the first object that alone makes the difference. */
async function isAsBusy(filled: Filled, query: BusyQuery): Promise<void> {
  const difference = await busyDifference(filled, query);
  if (difference === null) return;
  for (const { name, text } of filled.kept) {
    const alone = await fill(filled.stage, `alone-${filled.calendar.name}-${name}`, [text]);
    const own = await busyDifference(alone, query);
    if (own !== null) assert.deepEqual(own.fast, own.plain, `${JSON.stringify(query)}\n${text}`);
  }
  assert.deepEqual(difference.fast, difference.plain, JSON.stringify(query));
}

const hasDatabase: Readonly<Record<Dialect, boolean>> = { sqlite: true, postgres: await hasPostgres() };

for (const dialect of ['sqlite', 'postgres'] as const)
  describe(`the index answers as the filter does on ${dialect}`, { skip: !hasDatabase[dialect] }, () => {
    const closing: (() => Promise<void>)[] = [];
    let stage: Stage | null = null;
    before(async () => {
      const limits = { maxCollectionsPerHome: CASES + 100 };
      stage = await openStage({ after: (close) => void closing.push(close) }, dialect, limits);
    });
    after(async () => {
      for (const close of closing) await close();
    });

    test('random queries over random objects', { timeout: 3_600_000 }, async (t) => {
      const [open, seed] = [stage, testSeed()];
      if (open === null) return assert.fail('The stage is not open.');
      let objects = 0;
      const rounds = fc.sample(round, { seed, numRuns: Math.ceil(CASES / QUERIES) });
      for (const [at, drawn] of rounds.entries()) {
        const filled = await fill(open, `round-${at}`, drawn.objects);
        objects += filled.kept.length;
        for (const { filter, zone } of drawn.queries) await agrees(filled, filter, zone);
        for (const query of drawn.busy) await isAsBusy(filled, query);
      }
      t.diagnostic(`${rounds.length * QUERIES} queries over ${objects} objects`);
    });
  });
