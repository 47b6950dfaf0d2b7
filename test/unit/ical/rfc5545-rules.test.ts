/**
 * Every example with dates of RFC 5545 §3.3.10, §3.8.4.4, §3.8.5.1, §3.8.5.2 and §3.8.5.3.
 *
 * Dates stand as the RFC prints them: `1997 EDT September 2-30;October 1,3...25` are days at 9:00 AM of Eastern Daylight Time;
 * `3...25` goes on with the last step. A list that ends in `...` goes on forever; any other is complete.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { validateObject } from '../../../models/ical/validate.ts';
import { formatUtc } from '../../../models/ical/values.ts';
import { EXAMPLES } from './rfc5545-examples.ts';
import { event, LIMITS, read, refusal, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const HOURS_BEHIND: Readonly<Record<string, number>> = { EST: 5, EDT: 4 };

/** Reads `2,4,6...30` and `2-11`. */
function numbersOf(list: string): readonly number[] {
  const found: number[] = [];
  for (const part of list.split(',')) {
    const [from = 0, to = from] = part.split(/-|\.\.\./).map(Number);
    const step = part.includes('...') ? from - (found.at(-1) ?? from - 1) : 1;
    for (let n = from; n <= to; n += step) found.push(n);
  }
  return found;
}

/** Reads `1997 EDT September 2,3;October 4 at 09:00,12:00`; 9:00 AM where no time is named. */
function instantsOf(line: string): readonly number[] {
  const [, year, zone = '', months = '', times = '09:00'] =
    /^(\d{4}) (E[SD]T) (.+?)(?: at (.+))?$/.exec(line) ?? [];
  const behind = HOURS_BEHIND[zone] ?? Number.NaN;
  return months.split(';').flatMap((one) => {
    const [month = '', days = ''] = one.trim().split(' ');
    return numbersOf(days).flatMap((day) =>
      times.split(',').map((time) => {
        const [hour = 0, minute = 0] = time.split(':').map(Number);
        return Date.UTC(Number(year), MONTHS.indexOf(month), day, hour + behind, minute) / 1000;
      }),
    );
  });
}

const FAR = Date.UTC(2100, 0, 1) / 1000;

/** The starts of an event from its first to `endUtc`, written in UTC. */
async function startsOf(lines: readonly string[], endUtc: number): Promise<readonly string[]> {
  const window = { startUtc: 0, endUtc };
  const options = { maxInstances: 10_000, floating: zoned(null) };
  const { occurrences } = await runner.expand(Buffer.from(event(...lines)), window, options);
  return occurrences.map(({ startUtc }) => formatUtc(startUtc));
}

const NEW_YORK = 'TZID=America/New_York';

describe('examples of RFC 5545 §3.8.5.3', () => {
  for (const [name, start, rules, ...dates] of EXAMPLES) {
    const isEndless = dates.at(-1) === '...';
    const expected = dates.filter((line) => line !== '...').flatMap(instantsOf);
    for (const rule of typeof rules === 'string' ? [rules] : rules)
      test(`${name}: ${rule.replace('\r\n', ' ')}`, async () => {
        assert.ok(expected.length > 0 && !expected.some(Number.isNaN), 'the example can be read');
        const dtstart = `DTSTART;${NEW_YORK}:${start.includes('T') ? start : `${start}T090000`}`;
        const end = isEndless ? (expected.at(-1) ?? 0) + 1 : FAR;
        assert.deepEqual(await startsOf([dtstart, `RRULE:${rule}`], end), expected.map(formatUtc));
      });
  }
});

const spansOf = async (...lines: readonly string[]): Promise<readonly string[]> => {
  const window = { startUtc: 0, endUtc: FAR };
  const options = { maxInstances: 100, floating: zoned(null) };
  const { occurrences } = await runner.expand(Buffer.from(event(...lines)), window, options);
  return occurrences.map(({ startUtc, endUtc }) => `${formatUtc(startUtc)}/${formatUtc(endUtc)}`);
};

describe('examples of other dates', () => {
  test('EXDATE (§3.8.5.1)', async () => {
    const exdate = 'EXDATE:19960402T010000Z,19960403T010000Z,19960404T010000Z';
    assert.deepEqual(await startsOf(['DTSTART:19960401T010000Z', 'RRULE:FREQ=DAILY;COUNT=5', exdate], FAR), [
      '19960401T010000Z',
      '19960405T010000Z',
    ]);
  });

  test('EXDATE takes precedence over RDATE, and duplicates are one (§3.8.5.1)', async () => {
    const lines = ['DTSTART:19960401T010000Z', 'RRULE:FREQ=DAILY;COUNT=2'];
    const rdate = 'RDATE:19960402T010000Z,19960403T010000Z,19960403T010000Z,19960404T010000Z';
    assert.deepEqual(await startsOf([...lines, rdate, 'EXDATE:19960404T010000Z'], FAR), [
      '19960401T010000Z',
      '19960402T010000Z',
      '19960403T010000Z',
    ]);
  });

  for (const rdate of ['RDATE:19970714T123000Z', `RDATE;${NEW_YORK}:19970714T083000`])
    test(`${rdate} (§3.8.5.2)`, async () => {
      assert.deepEqual(await startsOf([`DTSTART;${NEW_YORK}:19970713T083000`, rdate], FAR), [
        '19970713T123000Z',
        '19970714T123000Z',
      ]);
    });

  test('RDATE of periods (§3.8.5.2)', async () => {
    const rdate = 'RDATE;VALUE=PERIOD:19960403T020000Z/19960403T040000Z,19960404T010000Z/PT3H';
    assert.deepEqual(await spansOf('DTSTART:19960402T020000Z', 'DURATION:PT1H', rdate), [
      '19960402T020000Z/19960402T030000Z',
      '19960403T020000Z/19960403T040000Z',
      '19960404T010000Z/19960404T040000Z',
    ]);
  });

  test('RDATE of days; the comma that the printed line lacks is added (§3.8.5.2)', async () => {
    const days =
      '19970101,19970120,19970217,19970421,19970526,19970704,19970901,19971014,19971128,19971129,19971225';
    assert.deepEqual(
      await startsOf(['DTSTART;VALUE=DATE:19970101', `RDATE;VALUE=DATE:${days}`], FAR),
      days.split(',').map((day) => `${day}T000000Z`),
    );
  });

  test('RDATE as it is printed, without that comma, is no list: “rdtval *("," rdtval)” (§3.8.5.2)', () => {
    const rdate = 'RDATE;VALUE=DATE:19970101,19970120,19970217,19970421\r\n 19970526,19970704';
    const text = event('DTSTART;VALUE=DATE:19970101', rdate);
    assert.equal(refusal(() => validateObject(read(text), LIMITS)).code, 'valid-calendar-data');
  });

  test('RECURRENCE-ID of a day (§3.8.4.4)', async () => {
    const master = ['DTSTART;VALUE=DATE:19960401', 'RRULE:FREQ=DAILY;COUNT=2', 'END:VEVENT'];
    const other = ['BEGIN:VEVENT', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z'];
    const moved = ['RECURRENCE-ID;VALUE=DATE:19960401', 'DTSTART;VALUE=DATE:19960410'];
    assert.deepEqual(await startsOf([...master, ...other, ...moved], FAR), [
      '19960402T000000Z',
      '19960410T000000Z',
    ]);
  });

  test('RECURRENCE-ID of this and all that follow: two hours later, and as long (§3.8.4.4)', async () => {
    const master = [
      'DTSTART:19960118T120000Z',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=4',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:1@example.com',
      'DTSTAMP:20260101T000000Z',
    ];
    const moved = ['RECURRENCE-ID;RANGE=THISANDFUTURE:19960120T120000Z', 'DTSTART:19960120T140000Z'];
    assert.deepEqual(await spansOf(...master, ...moved, 'DURATION:PT2H'), [
      '19960118T120000Z/19960118T130000Z',
      '19960119T120000Z/19960119T130000Z',
      '19960120T140000Z/19960120T160000Z',
      '19960121T140000Z/19960121T160000Z',
    ]);
  });
});
