import { isSubDaily, type Rule, type Skip } from './rules.ts';
import { civilFromDays, daysFromCivil, daysInMonth, SECONDS_PER_DAY, weekday } from './values.ts';

/**
 * The exact walk through plain rules in wall seconds: integers only, well under a microsecond a step. A property test
 * holds it equal to `rrule-temporal` where that follows RFC 5545: in YEARLY rules its version 2.2 drops one part of
 * BYYEARDAY with BYDAY, BYWEEKNO with BYMONTHDAY, and an ordinal weekday with BYMONTHDAY or with a plain weekday.
 */

/** What a walk covers, in wall seconds of the series. */
export interface Walk {
  readonly rule: Rule;
  /** DTSTART: the phase of the rule and the source of every part that is not given. */
  readonly start: number;
  /** Instances from here on are visited, never earlier than `start`; a rule with COUNT has to be walked from the start. */
  readonly from: number;
  /** Instances up to here, inclusive. */
  readonly to: number;
  /** Periods and candidates to look at before giving up. */
  readonly maxSteps: number;
  /**
   * Says whether a wall time is there in the zone of the series; absent: all are. Times that are not there do not count, so
   * that BYSETPOS must not count them either; the visitor drops the others itself (RFC 5545 §3.3.10).
   */
  readonly exists?: (local: number) => boolean;
}

/** How a walk ended: at its end or the visitor's wish, or because the steps were used up. */
export type WalkEnd = 'done' | 'out-of-steps';

/** The visitor gets each instance in ascending order and answers whether to go on. */
export type Visit = (local: number) => boolean;

/** Visits the instances of a plain rule in its window; COUNT, UNTIL and, without BYSETPOS, skipped hours are the visitor's. */
export function walkRule(walk: Walk, visit: Visit): WalkEnd {
  return isSubDaily(walk.rule) ? walkSteps(walk, visit) : walkDays(walk, visit);
}

/**
 * SECONDLY, MINUTELY and HOURLY: periods are a fixed step of the wall clock. Parts above the frequency limit which
 * periods count, and are jumped over in one step; parts below it name the seconds within a period, the same in each.
 */
function walkSteps(walk: Walk, visit: Visit): WalkEnd {
  const { rule, start } = walk;
  const unit = rule.frequency === 'HOURLY' ? 3600 : rule.frequency === 'MINUTELY' ? 60 : 1;
  const step = rule.interval * unit;
  const origin = Math.floor(start / unit) * unit;
  const offsets = offsetsOf(rule, start - origin, unit);
  const localsOf = (at: number): readonly number[] =>
    pick(
      walk,
      offsets.map((offset) => at + offset),
    );
  const onGrid = (local: number): number => origin + Math.max(0, Math.ceil((local - origin) / step)) * step;
  let steps = 0;
  for (let at = onGrid(walk.from - unit + 1); at <= walk.to; ) {
    if (++steps > walk.maxSteps) return 'out-of-steps';
    const next = nextPassing(rule, at, unit);
    if (next === at) {
      for (const local of localsOf(at)) {
        if (local < start || local < walk.from) continue;
        if (local > walk.to || !visit(local)) return 'done';
      }
    }
    at = next === at ? at + step : onGrid(next);
  }
  return 'done';
}

/** The seconds within a period at which instances begin: what BYMINUTE and BYSECOND name below the frequency. */
function offsetsOf(rule: Rule, startOffset: number, unit: number): readonly number[] {
  const minutes = unit === 3600 && rule.byMinute.length > 0 ? rule.byMinute : [Math.floor(startOffset / 60)];
  const seconds = unit > 1 && rule.bySecond.length > 0 ? rule.bySecond : [startOffset % 60];
  return minutes.flatMap((minute) => seconds.map((second) => minute * 60 + second));
}

/** The first moment from `at` on that may pass: `at` itself, or the beginning of an hour, minute, second or day. */
function nextPassing(rule: Rule, at: number, unit: number): number {
  const day = Math.floor(at / SECONDS_PER_DAY);
  const midnight = day * SECONDS_PER_DAY;
  if (!passesDay(rule, day)) return midnight + SECONDS_PER_DAY;
  const hour = Math.floor((at - midnight) / 3600);
  const nextHour = nextIn(rule.byHour, hour);
  if (nextHour !== hour) return midnight + nextHour * 3600;
  if (unit === 3600) return at;
  const hourStart = midnight + hour * 3600;
  const minute = Math.floor((at - hourStart) / 60);
  const nextMinute = nextIn(rule.byMinute, minute, 60);
  if (nextMinute !== minute) return hourStart + nextMinute * 60;
  if (unit === 60) return at;
  const minuteStart = hourStart + minute * 60;
  return minuteStart + nextIn(rule.bySecond, at - minuteStart, 60);
}

/** The number itself or the next of the list; past its end, where the next greater unit begins. */
function nextIn(list: readonly number[], number: number, end = 24): number {
  return list.length === 0 ? number : (list.find((one) => one >= number) ?? end);
}

/** The periods of a rule, numbered from the one DTSTART lies in. */
interface Periods {
  /** Number of the period that holds a day; may fall between two that INTERVAL visits. */
  at(day: number): number;
  /** The days of a period that pass, ascending. */
  days(period: number): readonly number[];
  /** Steps a period costs before its days: more where every day of a year is looked at. */
  readonly cost: number;
}

const YEAR_COST = 40;

function walkDays(walk: Walk, visit: Visit): WalkEnd {
  const { rule, start } = walk;
  const startDay = Math.floor(start / SECONDS_PER_DAY);
  const periods = periodsOf(rule, startDay);
  const times = timesOf(rule, start - startDay * SECONDS_PER_DAY);
  const last = Math.floor(periods.at(Math.floor(walk.to / SECONDS_PER_DAY)) / rule.interval);
  const first = Math.floor(periods.at(Math.floor(walk.from / SECONDS_PER_DAY)) / rule.interval);
  // SKIP moves a day into the month beside its own.
  const beside = rule.skip === null ? 0 : 1;
  let steps = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (let index = Math.max(0, first - beside); index <= last + beside; index++) {
    const days = periods.days(index * rule.interval);
    steps += periods.cost + days.length * times.length;
    if (steps > walk.maxSteps) return 'out-of-steps';
    for (const local of positions(walk, days, times)) {
      if (local < start || local < walk.from || local <= latest) continue;
      if (local > walk.to || !visit(local)) return 'done';
      latest = local;
    }
  }
  return 'done';
}

/** The seconds of the day at which instances begin, ascending. */
function timesOf(rule: Rule, startTime: number): readonly number[] {
  if (rule.byHour.length + rule.byMinute.length + rule.bySecond.length === 0) return [startTime];
  const hours = rule.byHour.length > 0 ? rule.byHour : [Math.floor(startTime / 3600)];
  const minutes = rule.byMinute.length > 0 ? rule.byMinute : [Math.floor(startTime / 60) % 60];
  const seconds = rule.bySecond.length > 0 ? rule.bySecond : [startTime % 60];
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => hour * 3600 + minute * 60 + second)),
  );
}

/** Joins days and times, then picks what BYSETPOS names. */
function positions(walk: Walk, days: readonly number[], times: readonly number[]): readonly number[] {
  const locals: number[] = [];
  for (const day of days) for (const time of times) locals.push(day * SECONDS_PER_DAY + time);
  return pick(walk, locals);
}

/** BYSETPOS over one period's instances, which are ascending. */
function pick({ rule, exists }: Walk, all: readonly number[]): readonly number[] {
  if (rule.bySetPos.length === 0) return all;
  const locals = exists === undefined ? all : all.filter(exists);
  const picked = new Set<number>();
  for (const position of rule.bySetPos) {
    const local = locals[position > 0 ? position - 1 : locals.length + position];
    if (local !== undefined) picked.add(local);
  }
  return [...picked].sort((a, b) => a - b);
}

function periodsOf(rule: Rule, startDay: number): Periods {
  switch (rule.frequency) {
    case 'WEEKLY':
      return weeks(rule, startDay);
    case 'MONTHLY':
      return months(rule, startDay);
    case 'YEARLY':
      return years(rule, startDay);
    default:
      return daily(rule, startDay);
  }
}

function daily(rule: Rule, startDay: number): Periods {
  return {
    cost: 1,
    at: (day) => day - startDay,
    days: (period) => (passesDay(rule, startDay + period) ? [startDay + period] : []),
  };
}

/** All parts that limit days, for frequencies of a day and less. */
function passesDay(rule: Rule, day: number): boolean {
  if (rule.byDay.length > 0) {
    const name = weekday(day);
    if (!rule.byDay.some((entry) => entry.day === name)) return false;
  }
  if (rule.byMonth.length + rule.byMonthDay.length > 0 && !passesMonth(rule, day)) return false;
  if (rule.byYearDay.length === 0) return true;
  const { year } = civilFromDays(day);
  const first = daysFromCivil(year, 1, 1);
  return isIn(rule.byYearDay, day - first + 1, daysFromCivil(year + 1, 1, 1) - first);
}

/** BYMONTH and BYMONTHDAY as limits. */
function passesMonth(rule: Rule, day: number): boolean {
  const civil = civilFromDays(day);
  if (rule.byMonth.length > 0 && !rule.byMonth.includes(civil.month)) return false;
  if (rule.byMonthDay.length === 0) return true;
  const fromEnd = civil.day - daysInMonth(civil.year, civil.month) - 1;
  return rule.byMonthDay.includes(civil.day) || rule.byMonthDay.includes(fromEnd);
}

function weeks(rule: Rule, startDay: number): Periods {
  const weekStart = startDay - ((weekday(startDay) - rule.weekStart + 7) % 7);
  const weekdays = rule.byDay.length > 0 ? rule.byDay.map((entry) => entry.day) : [weekday(startDay)];
  const offsets = [...new Set(weekdays.map((day) => (day - rule.weekStart + 7) % 7))].sort((a, b) => a - b);
  return {
    cost: 1,
    at: (day) => Math.floor((day - weekStart) / 7),
    days: (period) => {
      const days = offsets.map((offset) => weekStart + period * 7 + offset);
      return rule.byMonth.length === 0 ? days : days.filter((day) => passesMonth(rule, day));
    },
  };
}

/** Months since year 0, so that arithmetic does not care about years. */
function monthIndex(day: number): number {
  const civil = civilFromDays(day);
  return civil.year * 12 + civil.month - 1;
}

function months(rule: Rule, startDay: number): Periods {
  const start = monthIndex(startDay);
  const dayOfMonth = civilFromDays(startDay).day;
  return {
    cost: 1,
    at: (day) => monthIndex(day) - start,
    days: (period) => {
      const year = Math.floor((start + period) / 12);
      const month = start + period - year * 12 + 1;
      if (rule.byMonth.length > 0 && !rule.byMonth.includes(month)) return [];
      return daysOfMonth(rule, year, month, dayOfMonth);
    },
  };
}

const ALL_MONTHS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

function years(rule: Rule, startDay: number): Periods {
  const start = civilFromDays(startDay);
  const hasDays = rule.byMonthDay.length > 0;
  const months = rule.byMonth.length > 0 ? rule.byMonth : hasDays ? ALL_MONTHS : [start.month];
  const isWholeYear = rule.byDay.length > 0 && rule.byMonth.length === 0 && !hasDays;
  const hasOrdinals = rule.byDay.some((entry) => entry.ordinal !== 0);
  const isMasked = rule.byWeekNo.length + rule.byYearDay.length > 0 || (hasOrdinals && hasDays);
  const dayOfWeek = weekday(startDay);
  return {
    cost: isMasked ? YEAR_COST : 1,
    at: (day) => civilFromDays(day).year - start.year,
    days: (period) => {
      const year = start.year + period;
      if (isMasked) return maskedDays(rule, year, dayOfWeek);
      if (!isWholeYear)
        return [...new Set(months.flatMap((month) => daysOfMonth(rule, year, month, start.day)))];
      return weekdaysIn(rule, daysFromCivil(year, 1, 1), daysFromCivil(year + 1, 1, 1));
    },
  };
}

/** The days of one month by BYMONTHDAY, limited by BYDAY; by BYDAY alone; or the day of DTSTART. */
function daysOfMonth(rule: Rule, year: number, month: number, dayOfMonth: number): readonly number[] {
  const firstDay = daysFromCivil(year, month, 1);
  const length = daysInMonth(year, month);
  const hasNumbers = rule.byMonthDay.length > 0;
  if (!hasNumbers && rule.byDay.length > 0) return weekdaysIn(rule, firstDay, firstDay + length);
  const days = new Set<number>();
  for (const number of hasNumbers ? rule.byMonthDay : [dayOfMonth]) {
    const day = dayIn(length, number > 0 ? number : length + 1 + number, rule.skip);
    if (day !== null) days.add(firstDay + day - 1);
  }
  if (rule.byDay.length === 0) return [...days].sort((a, b) => a - b);
  const hasOrdinals = rule.byDay.some((entry) => entry.ordinal !== 0);
  const named = hasOrdinals ? weekdaysIn(rule, firstDay, firstDay + length) : null;
  const passes = (day: number): boolean =>
    named?.includes(day) ?? rule.byDay.some((entry) => entry.day === weekday(day));
  return [...days].filter(passes).sort((a, b) => a - b);
}

/** A day of a month of that length; one it does not have is left out or replaced by the next or the last before (RFC 7529 §4.1). */
function dayIn(length: number, day: number, skip: Skip | null): number | null {
  if (day >= 1 && day <= length) return day;
  if (skip === null) return null;
  if (day > length) return skip === 'FORWARD' ? length + 1 : length;
  return skip === 'FORWARD' ? 1 : 0;
}

/** The days BYDAY names between two days, the second excluded; ordinals count from either end. */
function weekdaysIn(rule: Rule, first: number, end: number): readonly number[] {
  const days = new Set<number>();
  for (const { ordinal, day } of rule.byDay) {
    const earliest = first + ((day - weekday(first) + 7) % 7);
    const latest = end - 1 - ((weekday(end - 1) - day + 7) % 7);
    if (ordinal === 0) for (let at = earliest; at < end; at += 7) days.add(at);
    const at = ordinal > 0 ? earliest + (ordinal - 1) * 7 : latest + (ordinal + 1) * 7;
    if (ordinal !== 0 && at >= first && at < end) days.add(at);
  }
  return [...days].sort((a, b) => a - b);
}

/**
 * The days of a year that pass every part that is given, for rules with week numbers or year days. A week number
 * without a weekday means the weekday of DTSTART. Days of a week that reaches into the next year belong to the calendar
 * year they lie in.
 */
function maskedDays(rule: Rule, year: number, startWeekday: number): readonly number[] {
  const first = daysFromCivil(year, 1, 1);
  const end = daysFromCivil(year + 1, 1, 1);
  const isAnyDay = rule.byDay.length + rule.byMonthDay.length + rule.byYearDay.length > 0;
  const named = rule.byDay.length === 0 ? null : new Set(namedDays(rule, year, first, end));
  const days: number[] = [];
  for (let day = first; day < end; day++) {
    if (named === null ? !isAnyDay && weekday(day) !== startWeekday : !named.has(day)) continue;
    if (rule.byYearDay.length > 0 && !isIn(rule.byYearDay, day - first + 1, end - first)) continue;
    if (!passesMonth(rule, day)) continue;
    if (rule.byWeekNo.length === 0 || passesWeek(rule, day, year)) days.push(day);
  }
  return days;
}

/** BYDAY within a year: ordinals count in the months of BYMONTH where there are any. */
function namedDays(rule: Rule, year: number, first: number, end: number): readonly number[] {
  if (rule.byMonth.length === 0) return weekdaysIn(rule, first, end);
  return rule.byMonth.flatMap((month) => {
    const monthFirst = daysFromCivil(year, month, 1);
    return weekdaysIn(rule, monthFirst, monthFirst + daysInMonth(year, month));
  });
}

/** Says whether a list names the number, from 1 or from the end of `length`. */
function isIn(list: readonly number[], number: number, length: number): boolean {
  return list.includes(number) || list.includes(number - length - 1);
}

function passesWeek(rule: Rule, day: number, year: number): boolean {
  for (const weekYear of [year - 1, year, year + 1]) {
    const first = weekOne(weekYear, rule.weekStart);
    const next = weekOne(weekYear + 1, rule.weekStart);
    if (day < first || day >= next) continue;
    return isIn(rule.byWeekNo, Math.floor((day - first) / 7) + 1, (next - first) / 7);
  }
  return false;
}

/** The first day of week 1: the first week with at least four days in the year (RFC 5545 §3.3.10). */
function weekOne(year: number, weekStart: number): number {
  const fourth = daysFromCivil(year, 1, 4);
  return fourth - ((weekday(fourth) - weekStart + 7) % 7);
}
