/** VTIMEZONEs drawn at random: observances in any order, onsets told in every way of RFC 5545 §3.6.5. */
import fc from 'fast-check';
import { formatUtc, formatUtcOffset } from '../../models/ical/values.ts';

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const weekday = fc.constantFrom(...WEEKDAYS);
const month = fc.integer({ min: 1, max: 12 });
const range = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => first + i).join(',');

/** Which days of a year: from the two forms that nearly all zones have to what nobody writes. */
const days: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(month, fc.constantFrom(-2, -1, 1, 2, 3, 4, 5), weekday)
      .map(([m, n, d]) => `FREQ=YEARLY;BYMONTH=${m};BYDAY=${n}${d}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(month, fc.integer({ min: 1, max: 25 }), weekday)
      .map(([m, low, d]) => `FREQ=YEARLY;BYMONTH=${m};BYMONTHDAY=${range(low, 7)};BYDAY=${d}`),
  },
  fc
    .tuple(month, fc.constantFrom(1, 15, 29, 30, 31, -1, -3))
    .map(([m, day]) => `FREQ=YEARLY;BYMONTH=${m};BYMONTHDAY=${day}`),
  fc.constantFrom(
    'FREQ=YEARLY',
    'FREQ=YEARLY;INTERVAL=2',
    'FREQ=YEARLY;INTERVAL=4',
    'FREQ=YEARLY;BYMONTH=3,9',
  ),
  fc.integer({ min: -366, max: 366 }).map((day) => `FREQ=YEARLY;BYYEARDAY=${day || 1}`),
  fc
    .tuple(fc.integer({ min: 1, max: 300 }), weekday)
    .map(([low, d]) => `FREQ=YEARLY;BYYEARDAY=${range(-low - 6, 7)};BYDAY=${d}`),
  fc.tuple(fc.integer({ min: -50, max: 50 }), weekday).map(([n, d]) => `FREQ=YEARLY;BYDAY=${n || 1}${d}`),
  fc.tuple(fc.integer({ min: 5, max: 48 }), weekday).map(([w, d]) => `FREQ=YEARLY;BYWEEKNO=${w};BYDAY=${d}`),
  fc
    .tuple(month, fc.constantFrom(-1, 1, 2))
    .map(([m, n]) => `FREQ=YEARLY;BYMONTH=${m};BYDAY=SA,SU;BYSETPOS=${n}`),
  fc
    .tuple(fc.constantFrom(3, 6, 12, 24), fc.constantFrom(-1, 1, 3), weekday)
    .map(([interval, n, d]) => `FREQ=MONTHLY;INTERVAL=${interval};BYDAY=${n}${d}`),
);

const DAY = 86_400;
const day = (text: string): number => Date.parse(text) / 1000;
/** Wall seconds of the first of an observance. */
const start = fc.oneof(
  fc.integer({ min: day('1967-01-01') / DAY, max: day('2012-01-01') / DAY }),
  fc.constantFrom(day('1601-01-01') / DAY, day('2000-02-29') / DAY),
);

const end: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.integer({ min: 1, max: 40 }).map((count) => `;COUNT=${count}`),
  fc.integer({ min: day('1999-01-01'), max: day('2030-01-01') }).map((until) => `;UNTIL=${formatUtc(until)}`),
);

const offset = fc.oneof(
  fc.integer({ min: -12, max: 14 }).map((hours) => hours * 3600),
  fc.constantFrom(20_700, -12_600, -2670),
);

const observance = fc
  .record({
    kind: fc.constantFrom('STANDARD', 'DAYLIGHT'),
    from: offset,
    to: offset,
    start,
    hour: fc.integer({ min: 0, max: 23 }),
    rules: fc.oneof(
      { weight: 5, arbitrary: fc.tuple(days, end).map(([rule, until]) => [`RRULE:${rule}${until}`]) },
      fc
        .array(fc.integer({ min: day('1995-01-01') / DAY, max: day('2035-01-01') / DAY }), { maxLength: 9 })
        .map((list) => list.map((one) => `RDATE:${formatUtc(one * DAY).slice(0, -1)}`)),
      fc.constant([]),
    ),
  })
  .map((one) => ({ ...one, local: one.start * DAY + one.hour * 3600 }));

/** One VTIMEZONE without a line end behind it; no two observances begin at the same minute of an hour. */
export const randomTimezone: fc.Arbitrary<string> = fc
  .array(observance, { minLength: 1, maxLength: 5 })
  .map((list) => {
    const blocks = list.flatMap(({ kind, from, to, local, rules }, i) => [
      `BEGIN:${kind}`,
      ...rules,
      `DTSTART:${formatUtc(local + i * 420).slice(0, -1)}`,
      `TZOFFSETTO:${formatUtcOffset(to)}`,
      `TZOFFSETFROM:${formatUtcOffset(from)}`,
      `END:${kind}`,
    ]);
    return ['BEGIN:VTIMEZONE', ...blocks, 'TZID:Random', 'END:VTIMEZONE'].join('\r\n');
  });
