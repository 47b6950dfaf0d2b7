import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Expansion, openRuleRunner } from '../../../models/ical/runner.ts';
import { formatUtc } from '../../../models/ical/values.ts';
import { calendar, event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;

function expand(
  text: string,
  from: string,
  to: string,
  floatingZone: string | null = null,
): Promise<Expansion> {
  const window = { startUtc: utc(from), endUtc: utc(to) };
  return runner.expand(Buffer.from(text), window, { maxInstances: 10_000, floating: zoned(floatingZone) });
}

async function spans(
  text: string,
  from: string,
  to: string,
  floatingZone: string | null = null,
): Promise<string[]> {
  const { occurrences } = await expand(text, from, to, floatingZone);
  return occurrences.map(({ startUtc, endUtc }) => `${formatUtc(startUtc)}/${formatUtc(endUtc)}`);
}

async function starts(
  text: string,
  from: string,
  to: string,
  floatingZone: string | null = null,
): Promise<string[]> {
  return (await expand(text, from, to, floatingZone)).occurrences.map(({ startUtc }) => formatUtc(startUtc));
}

const BERLIN = 'TZID=Europe/Berlin';
const instance = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  ...lines,
  'END:VEVENT',
];

describe('one event', () => {
  const meeting = event(`DTSTART;${BERLIN}:20250701T100000`, `DTEND;${BERLIN}:20250701T110000`);
  test('lies in a window it touches', async () => {
    assert.deepEqual(await spans(meeting, '2025-07-01T08:30Z', '2025-07-02'), [
      '20250701T080000Z/20250701T090000Z',
    ]);
  });
  test('does not lie in a window it only borders on', async () => {
    assert.deepEqual(await starts(meeting, '2025-07-01T09:00Z', '2025-07-02'), []);
    assert.deepEqual(await starts(meeting, '2025-06-01', '2025-07-01T08:00Z'), []);
  });
  test('without a length lies in the window it begins with', async () => {
    const reminder = event('DTSTART:20250701T100000Z');
    assert.equal((await starts(reminder, '2025-07-01T10:00Z', '2025-07-02')).length, 1);
    assert.equal((await starts(reminder, '2025-06-01', '2025-07-01T10:00Z')).length, 0);
  });
  test('of a whole day lasts that day in the zone of the calendar', async () => {
    const day = event('DTSTART;VALUE=DATE:20250330');
    assert.deepEqual(await spans(day, '2025-03-01', '2025-04-01', 'Europe/Berlin'), [
      '20250329T230000Z/20250330T220000Z',
    ]);
    assert.deepEqual(await spans(day, '2025-03-01', '2025-04-01'), ['20250330T000000Z/20250331T000000Z']);
  });
  test('has no RECURRENCE-ID and is its own bounds', async () => {
    const { occurrences, firstStart, lastEnd, isEndless } = await expand(meeting, '2025-01-01', '2026-01-01');
    assert.equal(occurrences[0]?.recurrenceId, null);
    assert.deepEqual(
      [firstStart, lastEnd, isEndless],
      [utc('2025-07-01T08:00Z'), utc('2025-07-01T09:00Z'), false],
    );
  });
});

describe('a weekly series', () => {
  const weekly = (...lines: readonly string[]): string =>
    event(`DTSTART;${BERLIN}:20250317T100000`, 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=4', ...lines);

  test('keeps its wall time over the change to summer time', async () => {
    assert.deepEqual(await starts(weekly(), '2025-01-01', '2026-01-01'), [
      '20250317T090000Z',
      '20250324T090000Z',
      '20250331T080000Z',
      '20250407T080000Z',
    ]);
  });
  const EXCLUSIONS: readonly (readonly [string, string])[] = [
    ['in its zone', `EXDATE;${BERLIN}:20250324T100000`],
    ['in UTC', 'EXDATE:20250324T090000Z'],
    ['in another zone', 'EXDATE;TZID=America/New_York:20250324T050000'],
    ['as a DATE', 'EXDATE;VALUE=DATE:20250324'],
    ['without a zone', 'EXDATE:20250324T100000'],
    ['in a list', `EXDATE;${BERLIN}:20240101T100000,20250324T100000`],
  ];
  for (const [name, line] of EXCLUSIONS) {
    test(`leaves out an EXDATE ${name}`, async () => {
      const found = await starts(weekly(line), '2025-01-01', '2026-01-01');
      assert.deepEqual(found, ['20250317T090000Z', '20250331T080000Z', '20250407T080000Z']);
    });
  }
  test('takes RDATEs, also with a period of their own, and each moment once', async () => {
    const lines = [
      `RDATE;${BERLIN}:20250318T100000,20250324T100000`,
      'RDATE;VALUE=PERIOD:20250320T120000Z/PT3H',
    ];
    assert.deepEqual(await spans(weekly(...lines), '2025-03-01', '2025-03-25'), [
      '20250317T090000Z/20250317T100000Z',
      '20250318T090000Z/20250318T100000Z',
      '20250320T120000Z/20250320T150000Z',
      '20250324T090000Z/20250324T100000Z',
    ]);
  });
  test('ends with UNTIL in UTC, and with the whole day of a DATE', async () => {
    const until = (value: string): Promise<string[]> =>
      starts(
        event(`DTSTART;${BERLIN}:20250317T100000`, `RRULE:FREQ=WEEKLY;UNTIL=${value}`),
        '2025-01-01',
        '2026-01-01',
      );
    assert.equal((await until('20250331T080000Z')).length, 3);
    assert.equal((await until('20250331T075959Z')).length, 2);
    assert.equal((await until('20250331')).length, 3);
    assert.equal((await until('20250331T100000')).length, 3);
  });
  test('counts DTSTART even where it does not match', async () => {
    const text = event('DTSTART:20250101T100000Z', 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3');
    assert.deepEqual(await starts(text, '2025-01-01', '2026-01-01'), [
      '20250101T100000Z',
      '20250106T100000Z',
      '20250113T100000Z',
    ]);
  });
  test('is found decades later', async () => {
    const text = event(`DTSTART;${BERLIN}:19900101T100000`, 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY');
    assert.deepEqual(await starts(text, '2190-01-01', '2190-01-08'), ['21900104T090000Z']);
  });
  test('joins several rules', async () => {
    const text = event('DTSTART:20250101T100000Z', 'RRULE:FREQ=WEEKLY;COUNT=2', 'RRULE:FREQ=DAILY;COUNT=3');
    assert.equal((await starts(text, '2025-01-01', '2026-01-01')).length, 4);
  });
  test('loses what an EXRULE names', async () => {
    const text = event('DTSTART:20250101T100000Z', 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=DAILY');
    assert.deepEqual(await starts(text, '2025-01-01', '2025-03-01'), []);
  });
});

describe('daylight saving', () => {
  test('instances in the skipped hour do not exist and do not count', async () => {
    const text = event(`DTSTART;${BERLIN}:20250329T023000`, 'RRULE:FREQ=DAILY;COUNT=3');
    assert.deepEqual(await starts(text, '2025-01-01', '2026-01-01'), [
      '20250329T013000Z',
      '20250331T003000Z',
      '20250401T003000Z',
    ]);
  });
  test('the doubled hour is taken once, the first time', async () => {
    const text = event(`DTSTART;${BERLIN}:20251025T023000`, 'RRULE:FREQ=DAILY;COUNT=3');
    assert.deepEqual(await starts(text, '2025-01-01', '2026-01-01'), [
      '20251025T003000Z',
      '20251026T003000Z',
      '20251027T013000Z',
    ]);
  });
  test('a DURATION of a day is a day by the calendar, a DTEND an exact length', async () => {
    const nominal = event(`DTSTART;${BERLIN}:20250329T120000`, 'DURATION:P1D', 'RRULE:FREQ=WEEKLY;COUNT=2');
    assert.deepEqual(await spans(nominal, '2025-01-01', '2026-01-01'), [
      '20250329T110000Z/20250330T100000Z',
      '20250405T100000Z/20250406T100000Z',
    ]);
    const exact = event(
      `DTSTART;${BERLIN}:20250322T120000`,
      `DTEND;${BERLIN}:20250323T120000`,
      'RRULE:FREQ=WEEKLY;COUNT=2',
    );
    assert.deepEqual(await spans(exact, '2025-03-25', '2026-01-01'), ['20250329T110000Z/20250330T110000Z']);
  });
  test('all-day instances last their day', async () => {
    const text = event('DTSTART;VALUE=DATE:20250329', 'RRULE:FREQ=DAILY;COUNT=3');
    assert.deepEqual(await spans(text, '2025-01-01', '2026-01-01', 'Europe/Berlin'), [
      '20250328T230000Z/20250329T230000Z',
      '20250329T230000Z/20250330T220000Z',
      '20250330T220000Z/20250331T220000Z',
    ]);
  });
});

describe('overrides', () => {
  const series = (...more: readonly string[]): string =>
    calendar(
      ...instance(
        `DTSTART;${BERLIN}:20250602T100000`,
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY;COUNT=5',
        'SUMMARY:daily',
      ),
      ...more,
    );

  test('replace their instance, moved into the window or out of it', async () => {
    const text = series(
      ...instance(
        `RECURRENCE-ID;${BERLIN}:20250603T100000`,
        `DTSTART;${BERLIN}:20250801T150000`,
        'DURATION:PT2H',
      ),
    );
    assert.deepEqual(await spans(text, '2025-08-01', '2025-09-01'), ['20250801T130000Z/20250801T150000Z']);
    assert.deepEqual(await starts(text, '2025-06-01', '2025-06-04'), ['20250602T080000Z']);
    const { occurrences, lastEnd } = await expand(text, '2025-08-01', '2025-09-01');
    assert.equal(occurrences[0]?.recurrenceId, '20250603T080000Z');
    assert.equal(lastEnd === null || lastEnd >= utc('2025-08-01T15:00Z'), true);
  });
  for (const id of ['20250603T080000Z', '20250603']) {
    test(`are found by a RECURRENCE-ID written as ${id}`, async () => {
      const name = id.length === 8 ? 'RECURRENCE-ID;VALUE=DATE' : 'RECURRENCE-ID';
      const text = series(...instance(`${name}:${id}`, 'DTSTART:20250603T200000Z'));
      assert.deepEqual(await starts(text, '2025-06-03', '2025-06-04'), ['20250603T200000Z']);
    });
  }
  test('that are cancelled take no time', async () => {
    const text = series(
      ...instance(
        `RECURRENCE-ID;${BERLIN}:20250603T100000`,
        `DTSTART;${BERLIN}:20250603T100000`,
        'STATUS:CANCELLED',
      ),
    );
    const { occurrences } = await expand(text, '2025-06-03', '2025-06-05');
    assert.deepEqual(
      occurrences.map((one) => one.busy),
      ['free', 'busy'],
    );
  });
  test('with RANGE=THISANDFUTURE move and lengthen all that follow', async () => {
    const text = series(
      ...instance(
        `RECURRENCE-ID;RANGE=THISANDFUTURE;${BERLIN}:20250604T100000`,
        `DTSTART;${BERLIN}:20250604T140000`,
        'DURATION:PT30M',
        'SUMMARY:later',
      ),
      ...instance(
        `RECURRENCE-ID;${BERLIN}:20250606T100000`,
        `DTSTART;${BERLIN}:20250606T180000`,
        'DURATION:PT2H',
      ),
    );
    assert.deepEqual(await spans(text, '2025-06-01', '2025-07-01'), [
      '20250602T080000Z/20250602T090000Z',
      '20250603T080000Z/20250603T090000Z',
      '20250604T120000Z/20250604T123000Z',
      '20250605T120000Z/20250605T123000Z',
      '20250606T160000Z/20250606T180000Z',
    ]);
  });
  test('a THISANDFUTURE that shifts by days brings instances into a window they did not begin in', async () => {
    const text = calendar(
      ...instance(`DTSTART;${BERLIN}:20250602T100000`, 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY'),
      ...instance(
        `RECURRENCE-ID;RANGE=THISANDFUTURE;${BERLIN}:20250609T100000`,
        `DTSTART;${BERLIN}:20250619T100000`,
        'DURATION:PT1H',
      ),
    );
    assert.deepEqual(await starts(text, '2025-09-01', '2025-09-05'), ['20250904T080000Z']);
  });
  test('without a master stand for themselves', async () => {
    const text = calendar(
      ...instance('RECURRENCE-ID:20250603T080000Z', 'DTSTART:20250603T090000Z', 'DTEND:20250603T100000Z'),
    );
    const { occurrences, firstStart } = await expand(text, '2025-06-01', '2025-07-01');
    assert.deepEqual(
      occurrences.map((one) => one.recurrenceId),
      ['20250603T080000Z'],
    );
    assert.equal(firstStart, utc('2025-06-03T09:00Z'));
  });
  test('of an all-day series are found by DATE', async () => {
    const text = calendar(
      ...instance('DTSTART;VALUE=DATE:20250602', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...instance('RECURRENCE-ID;VALUE=DATE:20250603', 'DTSTART;VALUE=DATE:20250610'),
    );
    const { occurrences } = await expand(text, '2025-06-01', '2025-07-01', 'Asia/Tokyo');
    assert.deepEqual(
      occurrences.map((one) => one.recurrenceId),
      ['20250602', '20250604', '20250603'],
    );
    assert.equal(
      occurrences.every((one) => one.isAllDay && one.isFloating),
      true,
    );
  });
});

describe('other components', () => {
  const todo = (...lines: readonly string[]): string =>
    calendar('BEGIN:VTODO', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VTODO');
  test('a recurring to-do repeats its due time', async () => {
    const text = todo('DTSTART:20250101T100000Z', 'DUE:20250101T120000Z', 'RRULE:FREQ=DAILY;COUNT=2');
    assert.deepEqual(await spans(text, '2025-01-01', '2026-01-01'), [
      '20250101T100000Z/20250101T120000Z',
      '20250102T100000Z/20250102T120000Z',
    ]);
  });
  test('a to-do without any date is always there', async () => {
    assert.equal((await starts(todo(), '1950-01-01', '1950-01-02')).length, 1);
  });
  test('a journal entry of a day lies in that day; one without a date nowhere', async () => {
    const journal = (line: string): string =>
      calendar('BEGIN:VJOURNAL', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z', line, 'END:VJOURNAL');
    assert.equal(
      (await starts(journal('DTSTART;VALUE=DATE:20250105'), '2025-01-05T12:00Z', '2025-01-06')).length,
      1,
    );
    assert.equal((await starts(journal('SUMMARY:x'), '1900-01-01', '2100-01-01')).length, 0);
  });
  test('a VFREEBUSY gives its periods with their kinds', async () => {
    const text = calendar(
      'BEGIN:VFREEBUSY',
      'UID:1@example.com',
      'DTSTAMP:20260101T000000Z',
      'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20250101T100000Z/PT1H,20250101T120000Z/20250101T130000Z',
      'FREEBUSY:20250102T100000Z/PT1H',
      'END:VFREEBUSY',
    );
    const { occurrences } = await expand(text, '2025-01-01', '2025-01-03');
    assert.deepEqual(
      occurrences.map((one) => one.busy),
      ['tentative', 'tentative', 'busy'],
    );
  });
  test('floating times are read in the zone that is asked', async () => {
    const text = event('DTSTART:20250701T100000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=1');
    assert.deepEqual(await starts(text, '2025-07-01', '2025-07-02', 'Europe/Berlin'), ['20250701T080000Z']);
    assert.deepEqual(await starts(text, '2025-07-01', '2025-07-02'), ['20250701T100000Z']);
  });
});
