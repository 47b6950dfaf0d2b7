import { type DateTime, parseDateTime } from './values.ts';

/** Recurrence rules as data: reading them and judging, before anything runs, who has to run them (RFC 5545 §3.3.10). */

export type Frequency = 'SECONDLY' | 'MINUTELY' | 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** A weekday, 0 for Sunday, with the ordinal before it; 0 where there is none. */
export interface ByDay {
  readonly ordinal: number;
  readonly day: number;
}

export type Skip = 'FORWARD' | 'BACKWARD';

/** A rule that has been read; lists are sorted only where the walk needs them so, and empty when the part is absent. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: DateTime | null;
  readonly byMonth: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly ByDay[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPos: readonly number[];
  /** 0 for Sunday. */
  readonly weekStart: number;
  /** The calendar months and days are counted in (RFC 7529 §4); null for the Gregorian one. */
  readonly rscale: string | null;
  /** What becomes of a day its month does not have (RFC 7529 §4.1); null: it is left out. */
  readonly skip: Skip | null;
}

const FREQUENCIES: ReadonlyMap<string, Frequency> = new Map(
  (['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const).map((f) => [f, f]),
);

/** Two-letter weekdays by number, Sunday first. */
export const WEEKDAYS: readonly string[] = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** The calendar rules count in, as RSCALE names it. */
export const GREGORIAN = 'GREGORIAN';

/** Reads an RRULE or EXRULE value; null when it is none. Parts that are not known are passed over. */
export function parseRule(value: string): Rule | null {
  const parts = new Map<string, string>();
  for (const part of value.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim().toUpperCase(), part.slice(equals + 1).trim());
  }
  const frequency = FREQUENCIES.get((parts.get('FREQ') ?? '').toUpperCase());
  if (frequency === undefined) return null;
  const interval = positive(parts.get('INTERVAL'), 1);
  const count = parts.has('COUNT') ? positive(parts.get('COUNT'), null) : null;
  const until = parts.has('UNTIL') ? parseDateTime(parts.get('UNTIL') ?? '') : null;
  const weekStart = WEEKDAYS.indexOf((parts.get('WKST') ?? 'MO').toUpperCase());
  const byDay = parseByDay(parts.get('BYDAY'));
  const lists = parseLists(parts);
  if (interval === null || weekStart < 0 || byDay === null || lists === null) return null;
  if ((parts.has('COUNT') && count === null) || (parts.has('UNTIL') && until === null)) return null;
  const rscale = parts.get('RSCALE')?.toUpperCase() ?? null;
  const skip = parts.get('SKIP')?.toUpperCase() ?? null;
  const calendar = {
    rscale: rscale === GREGORIAN ? null : rscale,
    skip: skip === 'FORWARD' || skip === 'BACKWARD' ? skip : null,
  } as const;
  return { frequency, interval, count, until, byDay, weekStart, ...lists, ...calendar };
}

type Lists = Pick<
  Rule,
  'byMonth' | 'byWeekNo' | 'byYearDay' | 'byMonthDay' | 'byHour' | 'byMinute' | 'bySecond' | 'bySetPos'
>;

function parseLists(parts: ReadonlyMap<string, string>): Lists | null {
  const byMonth = numbers(parts.get('BYMONTH'), 1, 13, false);
  const byWeekNo = numbers(parts.get('BYWEEKNO'), 1, 53, true);
  const byYearDay = numbers(parts.get('BYYEARDAY'), 1, 366, true);
  const byMonthDay = numbers(parts.get('BYMONTHDAY'), 1, 31, true);
  const byHour = numbers(parts.get('BYHOUR'), 0, 23, false);
  const byMinute = numbers(parts.get('BYMINUTE'), 0, 59, false);
  const bySecond = numbers(parts.get('BYSECOND'), 0, 60, false);
  const bySetPos = numbers(parts.get('BYSETPOS'), 1, 366, true);
  if (byMonth === null || byWeekNo === null || byYearDay === null || byMonthDay === null) return null;
  if (byHour === null || byMinute === null || bySecond === null || bySetPos === null) return null;
  return { byMonth, byWeekNo, byYearDay, byMonthDay, byHour, byMinute, bySecond, bySetPos };
}

const NONE: readonly number[] = [];

/** Reads a list of numbers, sorted and each once; null when one is not between the bounds. */
function numbers(
  text: string | undefined,
  least: number,
  most: number,
  signed: boolean,
): readonly number[] | null {
  if (text === undefined) return NONE;
  const list = new Set<number>();
  for (const part of text.split(',')) {
    if (!/^[+-]?\d{1,3}$/.test(part)) return null;
    const number = Number(part);
    const size = signed ? Math.abs(number) : number;
    if (size < least || size > most) return null;
    list.add(number);
  }
  return [...list].sort((a, b) => a - b);
}

function positive<T>(text: string | undefined, fallback: T): number | T | null {
  if (text === undefined) return fallback;
  if (!/^\+?\d{1,15}$/.test(text)) return null;
  const number = Number(text);
  return number >= 1 ? number : null;
}

function parseByDay(text: string | undefined): readonly ByDay[] | null {
  const days: ByDay[] = [];
  if (text === undefined) return days;
  for (const part of text.split(',')) {
    const match = /^([+-]?\d{1,3})?([A-Z]{2})$/.exec(part.trim().toUpperCase());
    const day = WEEKDAYS.indexOf(match?.[2] ?? '');
    const ordinal = match?.[1] === undefined ? 0 : Number(match[1]);
    if (match === null || day < 0 || Math.abs(ordinal) > 366 || (match[1] !== undefined && ordinal === 0))
      return null;
    days.push({ ordinal, day });
  }
  return days;
}

/** Says whether a frequency is shorter than a day. */
export function isSubDaily(rule: Rule): boolean {
  return rule.frequency === 'HOURLY' || rule.frequency === 'MINUTELY' || rule.frequency === 'SECONDLY';
}

/** More times of day than this and the rule is left to the library. */
const MAX_TIMES = 1000;

/**
 * Says whether `walkRule` knows the rule: everything in the Gregorian calendar but combinations that RFC 5545 does not
 * allow and products of times that are too large to be meant.
 */
export function isPlain(rule: Rule): boolean {
  if (rule.rscale !== null || rule.byMonth.includes(13) || rule.bySecond.includes(60)) return false;
  if (timesLength(rule.byHour) * timesLength(rule.byMinute) * timesLength(rule.bySecond) > MAX_TIMES)
    return false;
  const hasOrdinals = rule.byDay.some((entry) => entry.ordinal !== 0);
  if (rule.skip !== null && (hasOrdinals || rule.byWeekNo.length + rule.byYearDay.length > 0)) return false;
  switch (rule.frequency) {
    case 'YEARLY':
      return true;
    case 'MONTHLY':
      return rule.byWeekNo.length + rule.byYearDay.length === 0;
    case 'WEEKLY':
      return !hasOrdinals && rule.byWeekNo.length + rule.byYearDay.length + rule.byMonthDay.length === 0;
    case 'DAILY':
      return !hasOrdinals && rule.byWeekNo.length + rule.byYearDay.length === 0;
    default:
      return !hasOrdinals && rule.byWeekNo.length === 0;
  }
}

function timesLength(list: readonly number[]): number {
  return list.length === 0 ? 1 : list.length;
}
