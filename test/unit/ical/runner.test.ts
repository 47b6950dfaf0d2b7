import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { Precondition } from '../../../models/errors.ts';
import { type ObjectTimes, occurrencesFor } from '../../../models/ical/occurrences.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { calendar, event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;
/** A year back and three ahead, as the index has it. */
const WINDOW = { startUtc: utc('2025-01-01'), endUtc: utc('2029-01-01') };

/** What a PUT would keep, the code of its refusal, and how long it took. */
async function put(text: string): Promise<{ times: ObjectTimes | null; code: string; ms: number }> {
  const started = performance.now();
  try {
    const times = await occurrencesFor(runner.parse(Buffer.from(text)), WINDOW, runner);
    return { times, code: 'accepted', ms: performance.now() - started };
  } catch (error) {
    if (!(error instanceof Precondition)) throw error;
    return { times: null, code: error.code, ms: performance.now() - started };
  }
}

const START = 'DTSTART;TZID=Europe/Berlin:20250101T100000';

describe('hostile rules', () => {
  const REFUSED = [
    'FREQ=SECONDLY',
    'FREQ=MINUTELY',
    'FREQ=HOURLY',
    'FREQ=SECONDLY;COUNT=1000000000',
    'FREQ=SECONDLY;UNTIL=99991231T235959Z',
    'FREQ=MINUTELY;COUNT=4000',
    'FREQ=MINUTELY;BYHOUR=9,10',
    'FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13;BYMINUTE=0,15,30,45',
  ];
  // The first doubtful rule also waits for the thread to start.
  test('the thread starts', async () => {
    await put(event(START, 'RRULE:FREQ=MONTHLY;BYYEARDAY=40;COUNT=1'));
  });
  for (const rule of REFUSED) {
    test(`${rule} makes too many instances`, async () => {
      const { code, ms } = await put(event(START, `RRULE:${rule}`));
      assert.equal(code, 'max-instances');
      assert.ok(ms < 500, `took ${ms} ms`);
    });
  }
  const NEVER = [
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300',
    'FREQ=YEARLY;BYWEEKNO=1;BYMONTH=7',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231',
    'FREQ=HOURLY;BYSETPOS=2',
    'FREQ=MONTHLY;BYWEEKNO=1;BYMONTH=7',
    'FREQ=WEEKLY;BYYEARDAY=-366;BYMONTH=5;UNTIL=99991231',
    'FREQ=YEARLY;RSCALE=GREGORIAN;SKIP=FORWARD;BYMONTH=2;BYMONTHDAY=31;BYDAY=MO;BYSETPOS=9',
    'FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;COUNT=1000000',
  ];
  for (const rule of NEVER) {
    test(`${rule} never matches`, async () => {
      const { times, code, ms } = await put(event(START, `RRULE:${rule}`));
      assert.ok(code === 'max-instances' || (times?.rows.length ?? 0) <= 1, `${times?.rows.length} rows`);
      assert.ok(ms < 550, `took ${ms} ms`);
    });
  }
  test('many rules of one object share its budget', async () => {
    const rules = Array.from({ length: 10 }, () => 'RRULE:FREQ=SECONDLY;BYSECOND=59;INTERVAL=2;BYMINUTE=59');
    const { ms } = await put(event(START, ...rules));
    assert.ok(ms < 300, `took ${ms} ms`);
  });
  test('thousands of RDATEs and EXDATEs are quick', async () => {
    const dates = Array.from({ length: 3000 }, (_, i) =>
      new Date(i * 1e8).toISOString().replace(/[-:]|\.000/g, ''),
    );
    const { code, ms } = await put(
      event('DTSTART:20250101T100000Z', `RDATE:${dates.join(',')}`, `EXDATE:${dates.join(',')}`),
    );
    assert.equal(code, 'accepted');
    assert.ok(ms < 300, `took ${ms} ms`);
  });
  test('a cheap request goes on beside a doubtful one', async () => {
    const slow = put(event(START, 'RRULE:FREQ=WEEKLY;BYWEEKNO=1;BYMONTH=7;BYHOUR=1,2,3'));
    let longest = 0;
    let before = performance.now();
    const ticks = setInterval(() => {
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
    }, 5);
    await slow;
    clearInterval(ticks);
    assert.ok(longest < 100, `the loop stood still for ${longest} ms`);
  });
});

describe('what the indexes keep', () => {
  test('a bounded series is kept whole, also outside the window', async () => {
    const { times } = await put(
      event('DTSTART:19990101T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=YEARLY;COUNT=3'),
    );
    assert.ok(times);
    assert.equal(times.rows.length, 3);
    assert.deepEqual(
      [times.firstStart, times.lastEnd, times.isEndless, times.expandedUntil, times.needsFilter],
      [utc('1999-01-01T10:00Z'), utc('2001-01-01T11:00Z'), false, null, false],
    );
  });
  test('an endless series is kept in the window', async () => {
    const { times } = await put(event(START, 'RRULE:FREQ=WEEKLY'));
    assert.ok(times);
    assert.equal(times.rows.length, 209);
    assert.deepEqual([times.lastEnd, times.isEndless, times.expandedUntil], [null, true, WINDOW.endUtc]);
  });
  test('too many rows end the rows early, never wrongly', async () => {
    const { times } = await put(event('DTSTART:20250101T000000Z', 'RRULE:FREQ=DAILY;BYHOUR=8,16'));
    assert.ok(times);
    assert.equal(times.rows.length, 1500);
    assert.equal(times.isEndless, true);
    assert.ok((times.expandedUntil ?? 0) < WINDOW.endUtc);
    assert.ok(times.rows.every((row) => row.startUtc < (times.expandedUntil ?? 0)));
  });
  test('floating and all-day times ask for the filter', async () => {
    const { times } = await put(event('DTSTART;VALUE=DATE:20250101'));
    assert.deepEqual(times?.rows, [
      {
        startUtc: utc('2025-01-01'),
        endUtc: utc('2025-01-02'),
        component: 'VEVENT',
        busy: 'busy',
        floating: 'days',
      },
    ]);
    assert.equal(times?.needsFilter, true);
  });
  test('a to-do without dates has a row for all time', async () => {
    const { times } = await put(calendar('BEGIN:VTODO', 'UID:1', 'DTSTAMP:20260101T000000Z', 'END:VTODO'));
    assert.equal(times?.rows.length, 1);
    assert.deepEqual([times?.isEndless, times?.needsFilter, times?.lastEnd], [true, true, null]);
  });
  test('an entry without any time has no row and no bounds', async () => {
    const { times } = await put(
      calendar('BEGIN:VJOURNAL', 'UID:1', 'DTSTAMP:20260101T000000Z', 'END:VJOURNAL'),
    );
    assert.deepEqual(
      [times?.rows, times?.firstStart, times?.lastEnd, times?.isEndless],
      [[], null, null, false],
    );
  });
});

const CORPUS = resolve(import.meta.dirname, '../../../../shared/corpus');

test('real files expand without a crash and in time', { timeout: 120_000 }, async (t) => {
  if (!existsSync(CORPUS)) {
    t.diagnostic('The corpus of real files is not here; nothing was read.');
    return;
  }
  let read = 0;
  let occurrences = 0;
  let slowest = { name: '', ms: 0 };
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const name of readdirSync(join(CORPUS, folder.name)).filter((file) => file.endsWith('.ics'))) {
      const bytes = readFileSync(join(CORPUS, folder.name, name));
      let parsed: ReturnType<typeof runner.parse>;
      try {
        parsed = runner.parse(bytes);
      } catch (error) {
        assert.ok(error instanceof Precondition, `${name}: ${error}`);
        continue;
      }
      const started = performance.now();
      const { occurrences: found } = await runner.expand(
        parsed,
        { startUtc: utc('1990-01-01'), endUtc: utc('2040-01-01') },
        { maxInstances: 10_000, floating: zoned('Europe/Berlin') },
      );
      const ms = performance.now() - started;
      read++;
      occurrences += found.length;
      if (ms > slowest.ms) slowest = { name, ms };
      assert.ok(
        found.every((one) => one.endUtc >= one.startUtc && Number.isFinite(one.endUtc)),
        name,
      );
    }
  }
  t.diagnostic(
    `${read} files, ${occurrences} occurrences, slowest ${slowest.name} ${slowest.ms.toFixed(0)} ms`,
  );
  assert.ok(slowest.ms < 550, `${slowest.name} took ${slowest.ms} ms`);
});
