/** Recurrence rules drawn at random: every part of RFC 5545 §3.3.10 where it is allowed. */
import fc from 'fast-check';

export type Frequency = 'SECONDLY' | 'MINUTELY' | 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

const list = <T>(value: fc.Arbitrary<T>, max = 3): fc.Arbitrary<readonly T[]> =>
  fc.uniqueArray(value, { minLength: 1, maxLength: max });
const signed = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most, max: most }).filter((number) => number !== 0);
const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');

/** Draws a value one time in `freq` + 1. */
function seldom<T>(value: fc.Arbitrary<readonly T[]>, freq: number): fc.Arbitrary<readonly T[]> {
  return fc.oneof({ weight: freq, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: value });
}

/** Weekdays, with ordinals where the frequency has them. */
function byDay(frequency: Frequency): fc.Arbitrary<string> {
  if (frequency !== 'MONTHLY' && frequency !== 'YEARLY') return weekday;
  const ordinal = signed(frequency === 'MONTHLY' ? 5 : 53);
  return fc.oneof(
    weekday,
    fc.tuple(ordinal, weekday).map(([number, name]) => `${number}${name}`),
  );
}

const never = fc.constant<readonly number[]>([]);
const isBelowDay = (frequency: Frequency): boolean =>
  frequency === 'SECONDLY' || frequency === 'MINUTELY' || frequency === 'HOURLY';

/** The BY parts and WKST of a rule of that frequency, as `NAME=value`. */
export function byParts(frequency: Frequency): fc.Arbitrary<readonly string[]> {
  const isYearly = frequency === 'YEARLY';
  const hasYearDays = isYearly || isBelowDay(frequency);
  const parts = fc.record({
    BYMONTH: seldom(list(fc.integer({ min: 1, max: 12 })), 4),
    BYWEEKNO: isYearly ? seldom(list(signed(53)), 4) : never,
    BYYEARDAY: hasYearDays ? seldom(list(signed(366)), 5) : never,
    BYMONTHDAY: frequency === 'WEEKLY' ? never : seldom(list(signed(31)), 3),
    BYDAY: seldom(list(byDay(frequency), 4), 1),
    BYHOUR: seldom(list(fc.integer({ min: 0, max: 23 })), 4),
    BYMINUTE: seldom(list(fc.constantFrom(0, 15, 30, 45, 59)), 6),
    BYSECOND: seldom(list(fc.constantFrom(0, 20, 59)), 10),
  });
  const position = seldom(list(fc.oneof(signed(5), signed(366)), 2), 4);
  const start = seldom(list(weekday, 1), 4);
  return fc.tuple(parts, position, start).map(([found, positions, wkst]) => {
    // A week number with an ordinal of a weekday means nothing.
    const plain = found.BYWEEKNO.length > 0 ? found.BYDAY.map((name) => name.slice(-2)) : found.BYDAY;
    const all: Readonly<Record<string, readonly (string | number)[]>> = {
      ...found,
      BYDAY: [...new Set(plain)],
    };
    const told = Object.entries(all).flatMap(([name, value]) =>
      value.length === 0 ? [] : [`${name}=${value.join(',')}`],
    );
    // A position in nothing is refused by some engines.
    if (told.length > 0 && positions.length > 0) told.push(`BYSETPOS=${positions.join(',')}`);
    return wkst.length === 0 ? told : [...told, `WKST=${wkst.join('')}`];
  });
}
