import { all, type Component, rawValue } from '../component.ts';
import { parseRule, type Rule, WEEKDAYS } from '../rules.ts';
import type { Reading } from '../series.ts';
import {
  formatDateTime,
  formatUtc,
  fromLocalSeconds,
  localSeconds,
  SECONDS_PER_DAY,
  weekday,
} from '../values.ts';
import { type TimeValue, zoneOf } from './times.ts';

/** The few common recurrence rules that a form shows, and their RRULEs. */

/** Where a series ends: on a day (`20261231` as wall seconds of its midnight), after so many times, or never. */
export type RepeatEnd =
  | { readonly kind: 'never' }
  | { readonly kind: 'until'; readonly day: number }
  | { readonly kind: 'count'; readonly count: number };

/** A common rule. Weekdays are 0 for Sunday. */
export interface Repeat {
  readonly every: 'day' | 'week' | 'month' | 'year';
  readonly interval: number;
  /** Days of the week, for `week`; empty: the day of the start. */
  readonly weekdays: readonly number[];
  /** For `month`: on the date of the start, on its weekday counted from the first, or on the last such weekday. */
  readonly monthlyBy: 'date' | 'weekday' | 'last';
  readonly end: RepeatEnd;
}

const EVERY = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const;
const FREQUENCY = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY', year: 'YEARLY' } as const;

const dayOf = (local: number): number => Math.floor(local / SECONDS_PER_DAY);

/** The weekday of a wall time; 0 is Sunday. */
export function weekdayOf(local: number): number {
  return weekday(dayOf(local));
}

function dateOf(local: number): { readonly year: number; readonly month: number; readonly day: number } {
  return fromLocalSeconds(local, { isDate: true, isUtc: false });
}

/** Which one of its weekday in the month a day is, from 1. */
export function nthOf(local: number): number {
  return Math.ceil(dateOf(local).day / 7);
}

/** What a component says about recurring: nothing, a common rule, or more than a form shows. */
export type RepeatReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'common'; readonly repeat: Repeat }
  | { readonly kind: 'custom'; readonly rules: readonly string[] };

/** Reads the rules of a component whose start is given. */
export function readRepeat(component: Component, start: TimeValue | null, reading: Reading): RepeatReading {
  const rules = [...all(component, 'RRULE'), ...all(component, 'EXRULE')];
  if (rules.length === 0) return { kind: 'none' };
  const text = rawValue(component, 'RRULE');
  const rule = rules.length === 1 && text !== undefined ? parseRule(text) : null;
  const repeat = rule === null || start === null ? null : commonRule(rule, start, reading);
  if (repeat !== null) return { kind: 'common', repeat };
  return { kind: 'custom', rules: rules.map((property) => property.value) };
}

function commonRule(rule: Rule, start: TimeValue, reading: Reading): Repeat | null {
  const { frequency } = rule;
  if (frequency === 'HOURLY' || frequency === 'MINUTELY' || frequency === 'SECONDLY') return null;
  const rest = [rule.byWeekNo, rule.byYearDay, rule.byHour, rule.byMinute, rule.bySecond];
  if (rest.some((list) => list.length > 0) || rule.rscale !== null || rule.skip !== null) return null;
  const base = {
    every: EVERY[frequency],
    interval: rule.interval,
    weekdays: [] as readonly number[],
    monthlyBy: 'date' as const,
    end: endOf(rule, start, reading),
  };
  const isBare =
    rule.byMonth.length + rule.byMonthDay.length + rule.byDay.length + rule.bySetPos.length === 0;
  if (isBare) return base;
  if (frequency === 'WEEKLY') return weekly(rule, base);
  if (frequency === 'MONTHLY') return monthly(rule, start, base);
  return frequency === 'YEARLY' && isYearly(rule, start) ? base : null;
}

function weekly(rule: Rule, base: Repeat): Repeat | null {
  const others = rule.byMonth.length + rule.byMonthDay.length + rule.bySetPos.length;
  if (others > 0 || rule.byDay.some((entry) => entry.ordinal !== 0)) return null;
  return { ...base, weekdays: [...new Set(rule.byDay.map((entry) => entry.day))].sort((a, b) => a - b) };
}

function monthly(rule: Rule, start: TimeValue, base: Repeat): Repeat | null {
  if (rule.byMonth.length > 0) return null;
  const [monthDay] = rule.byMonthDay;
  const [day] = rule.byDay;
  if (rule.byMonthDay.length === 1 && rule.byDay.length + rule.bySetPos.length === 0)
    return monthDay === dateOf(start.local).day ? base : null;
  if (day === undefined || rule.byDay.length > 1 || rule.byMonthDay.length > 0) return null;
  const position = rule.bySetPos.length === 0 ? day.ordinal : day.ordinal === 0 ? rule.bySetPos[0] : 0;
  if (rule.bySetPos.length > 1 || day.day !== weekdayOf(start.local)) return null;
  if (position === -1) return { ...base, monthlyBy: 'last' };
  return position === nthOf(start.local) ? { ...base, monthlyBy: 'weekday' } : null;
}

function isYearly(rule: Rule, start: TimeValue): boolean {
  const { month, day } = dateOf(start.local);
  if (rule.byDay.length + rule.bySetPos.length > 0) return false;
  if (rule.byMonth.length > 1 || rule.byMonthDay.length > 1) return false;
  if (rule.byMonth.length === 0 && rule.byMonthDay.length > 0) return false;
  return (rule.byMonth[0] ?? month) === month && (rule.byMonthDay[0] ?? day) === day;
}

function endOf(rule: Rule, start: TimeValue, reading: Reading): RepeatEnd {
  if (rule.count !== null) return { kind: 'count', count: rule.count };
  if (rule.until === null) return { kind: 'never' };
  const wall = localSeconds(rule.until);
  const local = rule.until.isUtc && !start.isDate ? zoneOf(start, reading).toLocal(wall) : wall;
  return { kind: 'until', day: dayOf(local) * SECONDS_PER_DAY };
}

/** True when both rules mean the same for a start. */
export function isSameRepeat(a: Repeat, b: Repeat, start: TimeValue): boolean {
  const days = (repeat: Repeat): string =>
    repeat.every !== 'week'
      ? ''
      : (repeat.weekdays.length === 0 ? [weekdayOf(start.local)] : repeat.weekdays).join();
  const by = (repeat: Repeat): string => (repeat.every === 'month' ? repeat.monthlyBy : '');
  return (
    a.every === b.every &&
    a.interval === b.interval &&
    days(a) === days(b) &&
    by(a) === by(b) &&
    JSON.stringify(a.end) === JSON.stringify(b.end)
  );
}

/** Writes UNTIL for the last wall second that may begin an instance, in the form the start asks for (RFC 5545 §3.3.10). */
export function untilText(local: number, start: TimeValue, reading: Reading): string {
  if (start.isDate) return formatDateTime(fromLocalSeconds(local, { isDate: true, isUtc: false }));
  if (start.isUtc) return formatUtc(local);
  const zone = zoneOf(start, reading);
  if (zone.kind !== 'floating') return formatUtc(zone.toUtcSeconds(local));
  return formatDateTime(fromLocalSeconds(local, { isDate: false, isUtc: false }));
}

/** Writes the value of an RRULE; `weekStart` is kept where the rule had one. */
export function ruleText(
  repeat: Repeat,
  start: TimeValue,
  reading: Reading,
  weekStart: string | null = null,
): string {
  const parts = [`FREQ=${FREQUENCY[repeat.every]}`];
  if (repeat.end.kind === 'until')
    parts.push(`UNTIL=${untilText(repeat.end.day + SECONDS_PER_DAY - 1, start, reading)}`);
  if (repeat.end.kind === 'count') parts.push(`COUNT=${repeat.end.count}`);
  if (repeat.interval > 1) parts.push(`INTERVAL=${repeat.interval}`);
  const own = WEEKDAYS[weekdayOf(start.local)] ?? 'MO';
  if (repeat.every === 'week') {
    const days = repeat.weekdays.map((day) => WEEKDAYS[day] ?? own);
    parts.push(`BYDAY=${days.length === 0 ? own : days.join(',')}`);
  }
  if (repeat.every === 'month') {
    if (repeat.monthlyBy === 'date') parts.push(`BYMONTHDAY=${dateOf(start.local).day}`);
    else parts.push(`BYDAY=${repeat.monthlyBy === 'last' ? -1 : nthOf(start.local)}${own}`);
  }
  if (weekStart !== null) parts.push(`WKST=${weekStart}`);
  return parts.join(';');
}

/** The rule of a series that moves by whole days: its weekdays move along. */
export function movedRepeat(repeat: Repeat, days: number): Repeat {
  const weekdays = repeat.weekdays.map((day) => (((day + days) % 7) + 7) % 7).sort((a, b) => a - b);
  const end: RepeatEnd =
    repeat.end.kind === 'until'
      ? { kind: 'until', day: repeat.end.day + days * SECONDS_PER_DAY }
      : repeat.end;
  return { ...repeat, weekdays, end };
}

/** Gives a rule other parts: a value sets, null takes away; all other parts stay as they are written. */
export function withParts(rule: string, parts: Readonly<Record<string, string | null>>): string {
  const kept = rule.split(';').filter((part) => {
    const name = part
      .slice(0, Math.max(0, part.indexOf('=')))
      .trim()
      .toUpperCase();
    return part !== '' && !Object.hasOwn(parts, name);
  });
  for (const [name, value] of Object.entries(parts)) if (value !== null) kept.push(`${name}=${value}`);
  return kept.join(';');
}
