/** SKIP in the Gregorian calendar: the examples of RFC 7529 §4.3, and every rule against a count by hand. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { formatUtc } from '../../../models/ical/values.ts';
import { event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

/** The days an event on whole days lies on, from `from` to the end of `years` years. */
async function daysOf(start: string, rule: string, from = start, years = 4): Promise<readonly string[]> {
  const startUtc = Date.parse(`${from.slice(0, 4)}-${from.slice(4, 6)}-${from.slice(6)}`) / 1000;
  const endUtc = Date.UTC(Number(from.slice(0, 4)) + years, 0, 1) / 1000;
  const options = { maxInstances: 10_000, floating: zoned(null) };
  const source = Buffer.from(event(`DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`));
  const { occurrences } = await runner.expand(source, { startUtc, endUtc }, options);
  return occurrences.map((one) => formatUtc(one.startUtc).slice(0, 8));
}

describe('examples of RFC 7529', () => {
  test('the leap day without RSCALE (§4.3.4)', async () => {
    const days = await daysOf('20120229', 'FREQ=YEARLY', '20120229', 9);
    assert.deepEqual(days, ['20120229', '20160229', '20200229']);
  });
  test('the leap day with SKIP=FORWARD (§4.3.4)', async () => {
    assert.deepEqual(await daysOf('20120229', 'RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD', '20120229', 5), [
      '20120229',
      '20130301',
      '20140301',
      '20150301',
      '20160229',
    ]);
  });
  const LAST_DAYS: readonly (readonly [string, readonly string[]])[] = [
    ['OMIT', ['20140131', '20140331', '20140531', '20140731']],
    ['BACKWARD', ['20140131', '20140228', '20140331', '20140430']],
    ['FORWARD', ['20140131', '20140301', '20140331', '20140501']],
  ];
  for (const [skip, expected] of LAST_DAYS)
    test(`the 31st of every month with SKIP=${skip} (§4.1)`, async () => {
      const rule = `RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=${skip};COUNT=4`;
      assert.deepEqual(await daysOf('20140131', rule), expected);
    });
});

const pad = (n: number): string => String(n).padStart(2, '0');

/** Days of a rule by month days, month by month, as §4.1 has them: an invalid day moves before anything else looks at it. */
function byHand(months: readonly number[], monthDays: readonly number[], skip: string): readonly string[] {
  const found = new Set<string>();
  for (let year = 2023; year < 2029; year++)
    for (const month of months)
      for (const number of monthDays) {
        const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
        let day = number > 0 ? number : length + 1 + number;
        if ((day < 1 || day > length) && skip === 'OMIT') continue;
        if (day > length) day = skip === 'FORWARD' ? length + 1 : length;
        if (day < 1) day = skip === 'FORWARD' ? 1 : 0;
        found.add(new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10).replaceAll('-', ''));
      }
  return [...found].sort();
}

const someMonths = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
const someDays = fc.uniqueArray(
  fc.oneof(fc.integer({ min: 27, max: 31 }), fc.integer({ min: -31, max: -27 }), fc.constantFrom(1, -1, 15)),
  { minLength: 1, maxLength: 4 },
);

test('days that months do not have are left out, moved on or back, each once and in order', async () => {
  const skips = fc.constantFrom('OMIT', 'FORWARD', 'BACKWARD');
  const froms = fc.integer({ min: 0, max: 1000 });
  await fc.assert(
    fc.asyncProperty(
      someMonths,
      someDays,
      skips,
      fc.boolean(),
      froms,
      async (months, days, skip, isYearly, n) => {
        const from = new Date(Date.UTC(2024, 0, 2 + n)).toISOString().slice(0, 10).replaceAll('-', '');
        const parts = `BYMONTH=${months.join(',')};BYMONTHDAY=${days.join(',')}`;
        const rule = `RSCALE=GREGORIAN;FREQ=${isYearly ? 'YEARLY' : 'MONTHLY'};${parts};SKIP=${skip}`;
        const end = `${Number(from.slice(0, 4)) + 1}${pad(1)}01`;
        const expected = byHand(months, days, skip).filter((day) => day >= from && day < end);
        assert.deepEqual(await daysOf('20240101', rule, from, 1), expected, rule);
      },
    ),
    { numRuns: 300 },
  );
});

test('weekdays and positions are looked at after days have moved', async () => {
  // 31 April is 1 May 2026, a Friday; 31 June is 1 July, a Wednesday.
  const rule = 'RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31;SKIP=FORWARD';
  assert.deepEqual(await daysOf('20260101', `${rule};BYDAY=FR`, '20260102', 1), ['20260501']);
  const last = 'RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=29,30,31;BYSETPOS=-1;SKIP=FORWARD';
  assert.deepEqual((await daysOf('20260101', last, '20260102', 1)).slice(0, 4), [
    '20260131',
    '20260301',
    '20260331',
    '20260501',
  ]);
});
