import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type CompFilter, matches } from '../../../models/ical/filter.ts';
import { type OccurrenceRow, occurrencesFor } from '../../../models/ical/occurrences.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { formatDateTime, fromLocalSeconds } from '../../../models/ical/values.ts';
import { calendar, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const HOUR = 3600;
const DAY = 86_400;
const BASE = Date.UTC(2025, 0, 1) / 1000;
const WINDOW = { startUtc: BASE - 365 * DAY, endUtc: BASE + 730 * DAY };

const stamp = (local: number, isUtc: boolean): string =>
  formatDateTime(fromLocalSeconds(local, { isDate: false, isUtc }));
const hours = (from: number, to: number): fc.Arbitrary<number> =>
  fc.integer({ min: from, max: to }).map((n) => BASE + n * HOUR);

/** Events and to-dos with zones, rules, exclusions, moved instances and every mix of dates the tables know. */
const object = fc
  .record({
    name: fc.constantFrom('VEVENT', 'VTODO'),
    start: fc.option(hours(-2000, 2000), { nil: null, freq: 5 }),
    form: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
    end: fc.constantFrom('none', 'end', 'PT0S', 'PT1H', 'P1D', 'PT90M'),
    lengthHours: fc.integer({ min: 1, max: 60 }),
    rule: fc.constantFrom(
      '',
      '',
      'FREQ=DAILY',
      'FREQ=WEEKLY;COUNT=5',
      'FREQ=MONTHLY',
      'FREQ=DAILY;INTERVAL=3;COUNT=20',
      'FREQ=YEARLY',
    ),
    excluded: fc.integer({ min: 0, max: 10 }),
    moved: fc.option(
      fc.record({ index: fc.integer({ min: 0, max: 6 }), to: hours(-2000, 2000), isRanged: fc.boolean() }),
      { nil: null },
    ),
    stamps: fc.subarray(['CREATED', 'COMPLETED']),
  })
  .map((made) => {
    const { name, form, rule } = made;
    const start = made.start ?? (name === 'VEVENT' ? BASE : null);
    const time = (prop: string, local: number): string =>
      form === 'UTC' ? `${prop}:${stamp(local, true)}` : `${prop};TZID=${form}:${stamp(local, false)}`;
    const due = name === 'VTODO' ? 'DUE' : 'DTEND';
    const lines = ['UID:1', 'DTSTAMP:20250101T000000Z'];
    if (name === 'VTODO') {
      for (const [i, one] of made.stamps.entries()) lines.push(`${one}:${stamp(BASE + i * 9 * DAY, true)}`);
    }
    if (start === null) {
      if (made.end === 'end') lines.push(time('DUE', BASE + made.lengthHours * HOUR));
      return calendar(`BEGIN:${name}`, ...lines, `END:${name}`);
    }
    lines.push(time('DTSTART', start));
    if (made.end === 'end') lines.push(time(due, start + made.lengthHours * HOUR));
    else if (made.end !== 'none') lines.push(`DURATION:${made.end}`);
    const more: string[] = [];
    if (rule !== '') {
      lines.push(`RRULE:${rule}`, time('EXDATE', start + made.excluded * DAY));
      if (made.moved !== null) {
        const range = made.moved.isRanged ? ';RANGE=THISANDFUTURE' : '';
        more.push(`BEGIN:${name}`, 'UID:1', 'DTSTAMP:20250101T000000Z');
        more.push(
          time(`RECURRENCE-ID${range}`, start + made.moved.index * DAY),
          time('DTSTART', made.moved.to),
          'DURATION:PT1H',
          `END:${name}`,
        );
      }
    }
    return calendar(`BEGIN:${name}`, ...lines, `END:${name}`, ...more);
  });

const touches = (row: OccurrenceRow, start: number, end: number): boolean =>
  row.startUtc < end && (row.endUtc > start || (row.endUtc === row.startUtc && row.startUtc >= start));

test('the rows of an object answer time ranges as the filter does', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      object,
      hours(-4000, 9000),
      fc.integer({ min: 1, max: 200 }),
      async (text, start, length) => {
        const parsed = runner.parse(Buffer.from(text));
        const end = start + length * HOUR;
        const times = await occurrencesFor(parsed, WINDOW, runner);
        const inner: CompFilter = {
          name: parsed.component,
          isNotDefined: false,
          timeRange: { startUtc: start, endUtc: end },
          propFilters: [],
          compFilters: [],
          test: 'allof',
        };
        const filter: CompFilter = { ...inner, name: 'VCALENDAR', timeRange: null, compFilters: [inner] };
        const passes = await matches(parsed, filter, runner, zoned(null));
        const found = times.rows.some((row) => touches(row, start, end));
        if (times.needsFilter) assert.ok(found || !passes, 'a row is missing');
        else assert.equal(found, passes);
        if (!passes) return;
        assert.ok(times.firstStart !== null && times.firstStart <= end);
        assert.ok(times.isEndless || (times.lastEnd !== null && times.lastEnd >= start));
      },
    ),
    { numRuns: 1500 },
  );
});
