import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { runLibrary } from '../../../models/ical/rule-library.ts';
import { walkRule } from '../../../models/ical/rule-walk.ts';
import { isPlain, parseRule, type Rule } from '../../../models/ical/rules.ts';
import { localSeconds, parseDateTime } from '../../../models/ical/values.ts';

const wall = (text: string): number => {
  const value = parseDateTime(text);
  assert.ok(value, `${text} is a date`);
  return localSeconds(value);
};
const show = (local: number): string => new Date(local * 1000).toISOString().slice(0, 16);
const rule = (text: string): Rule => {
  const read = parseRule(text);
  assert.ok(read, `${text} is a rule`);
  return read;
};

function walk(text: string, start: string, count: number): readonly string[] {
  const found: string[] = [];
  const from = wall(start);
  const end = walkRule(
    { rule: rule(text), start: from, from, to: wall('21000101'), maxSteps: 10_000 },
    (local) => {
      found.push(show(local));
      return found.length < count;
    },
  );
  assert.equal(end, 'done');
  return found;
}

describe('reading rules', () => {
  test('reads every part', () => {
    const read = rule('FREQ=MONTHLY;INTERVAL=2;COUNT=5;BYDAY=1MO,-1FR;BYSETPOS=-1;WKST=SU;BYHOUR=9,8');
    assert.equal(read.interval, 2);
    assert.equal(read.count, 5);
    assert.deepEqual(read.byDay, [
      { ordinal: 1, day: 1 },
      { ordinal: -1, day: 5 },
    ]);
    assert.deepEqual([read.bySetPos, read.byHour, read.weekStart], [[-1], [8, 9], 0]);
  });

  test('reads UNTIL as DATE, UTC and local', () => {
    assert.equal(rule('FREQ=DAILY;UNTIL=20250101').until?.isDate, true);
    assert.equal(rule('FREQ=DAILY;UNTIL=20250101T000000Z').until?.isUtc, true);
    assert.equal(rule('FREQ=DAILY;UNTIL=20250101T000000').until?.isUtc, false);
  });

  const WRONG = [
    '',
    'FREQ=FORTNIGHTLY',
    'INTERVAL=2',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=DAILY;COUNT=x',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=DAILY;BYDAY=XX',
    'FREQ=MONTHLY;BYDAY=0MO',
    'FREQ=MONTHLY;BYMONTHDAY=32',
    'FREQ=YEARLY;BYMONTH=0',
    'FREQ=DAILY;BYHOUR=24',
    '__proto__=1;constructor=2',
  ];
  for (const text of WRONG) test(`finds no rule in "${text}"`, () => assert.equal(parseRule(text), null));
});

describe('plain rules', () => {
  const CASES: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'FREQ=DAILY;INTERVAL=10',
      '20250101T090000',
      ['2025-01-01T09:00', '2025-01-11T09:00', '2025-01-21T09:00'],
    ],
    [
      'FREQ=WEEKLY;BYDAY=MO,FR',
      '20250101T090000',
      ['2025-01-03T09:00', '2025-01-06T09:00', '2025-01-10T09:00'],
    ],
    // RFC 5545 §3.8.5.3: the same rule with two starts of the week.
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO',
      '19970805T090000',
      ['1997-08-05T09:00', '1997-08-10T09:00', '1997-08-19T09:00', '1997-08-24T09:00'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU',
      '19970805T090000',
      ['1997-08-05T09:00', '1997-08-17T09:00', '1997-08-19T09:00', '1997-08-31T09:00'],
    ],
    ['FREQ=MONTHLY', '20250131T090000', ['2025-01-31T09:00', '2025-03-31T09:00', '2025-05-31T09:00']],
    [
      'FREQ=MONTHLY;BYDAY=-1FR',
      '20250101T090000',
      ['2025-01-31T09:00', '2025-02-28T09:00', '2025-03-28T09:00'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      '20250101T090000',
      ['2025-06-13T09:00', '2026-02-13T09:00', '2026-03-13T09:00'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      '20250101T090000',
      ['2025-01-31T09:00', '2025-02-28T09:00', '2025-03-31T09:00'],
    ],
    ['FREQ=YEARLY', '20240229T090000', ['2024-02-29T09:00', '2028-02-29T09:00', '2032-02-29T09:00']],
    [
      'FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
      '20250101T020000',
      ['2025-03-30T02:00', '2026-03-29T02:00', '2027-03-28T02:00'],
    ],
    [
      'FREQ=YEARLY;BYDAY=20MO',
      '19970519T090000',
      ['1997-05-19T09:00', '1998-05-18T09:00', '1999-05-17T09:00'],
    ],
    [
      'FREQ=DAILY;BYHOUR=9,16;BYMINUTE=30',
      '20250101T090000',
      ['2025-01-01T09:30', '2025-01-01T16:30', '2025-01-02T09:30'],
    ],
  ];
  for (const [text, start, expected] of CASES) {
    test(`${text} from ${start}`, () => {
      assert.equal(isPlain(rule(text)), true);
      assert.deepEqual(walk(text, start, expected.length), expected);
    });
  }

  test('leaves the rest to the library', () => {
    for (const text of [
      'FREQ=MONTHLY;BYWEEKNO=20',
      'FREQ=YEARLY;RSCALE=HEBREW',
      'FREQ=WEEKLY;BYYEARDAY=1',
      'FREQ=DAILY;BYWEEKNO=1',
    ]) {
      assert.equal(isPlain(rule(text)), false, text);
    }
  });

  test('stops at its steps when nothing matches', () => {
    const walkArguments = {
      rule: rule('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'),
      start: 0,
      from: 0,
      to: 4e9,
      maxSteps: 1000,
    };
    assert.equal(
      walkRule(walkArguments, () => true),
      'out-of-steps',
    );
  });
});

const days = fc.subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 });
const part = (name: string, values: fc.Arbitrary<readonly (string | number)[]>): fc.Arbitrary<string> =>
  fc
    .option(values, { nil: null })
    .map((list) => (list === null || list.length === 0 ? '' : `;${name}=${list.join(',')}`));
const ints = (min: number, max: number): fc.Arbitrary<readonly number[]> =>
  fc.uniqueArray(
    fc.integer({ min, max }).filter((n) => n !== 0),
    { maxLength: 3 },
  );
const ordinals = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom('1', '2', '3', '4', '5', '-1', '-2', '-5'), fc.constantFrom('MO', 'WE', 'SU'))
    .map((pair) => pair.join('')),
  { minLength: 1, maxLength: 3 },
);
const plainRule = fc
  .tuple(
    fc.constantFrom('SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    fc.integer({ min: 1, max: 5 }),
    part('BYMONTH', ints(1, 12)),
    part('BYMONTHDAY', ints(-31, 31)),
    fc.oneof(part('BYDAY', days), part('BYDAY', ordinals)),
    part('BYSETPOS', ints(-4, 4)),
    part('BYHOUR', ints(0, 23)),
    fc.constantFrom('', ';WKST=SU', ';WKST=MO', ';WKST=TH'),
  )
  .map(([frequency, interval, ...parts]) => `FREQ=${frequency};INTERVAL=${interval}${parts.join('')}`)
  // The library drops BYMONTHDAY beside an ordinal weekday.
  .filter((text) => isPlain(rule(text)) && !/BYMONTHDAY.*BYDAY=-?\d/.test(text));

test('a walk finds what the library finds', { timeout: 120_000 }, () => {
  const start = fc.integer({ min: wall('19950101'), max: wall('20251231') });
  fc.assert(
    fc.property(plainRule, start, fc.integer({ min: 0, max: 2000 }), (text, from, skipDays) => {
      const span = /HOURLY|MINUTELY|SECONDLY/.test(text) ? 40_000 : 3 * 365 * 86_400;
      const window = {
        rule: rule(text),
        start: from,
        from: from + skipDays * 86_400,
        to: from + skipDays * 86_400 + span,
      };
      const found: number[] = [];
      walkRule({ ...window, maxSteps: 1e6 }, (local) => found.push(local) < 300);
      const library = runLibrary({ ...window, maxInstances: 300, budgetMs: 5000 });
      assert.deepEqual(found.map(show), library.locals.map(show));
    }),
    { numRuns: 400 },
  );
});
