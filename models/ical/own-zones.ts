import { type Component, rawValue } from './component.ts';
import { walkRule } from './rule-walk.ts';
import { isPlain, parseRule, type Rule } from './rules.ts';
import { localSeconds, parseDateTime, parseDateTimes, parseUtcOffset, SECONDS_PER_DAY } from './values.ts';
import { fixedZone, tableZone, type YearTable, yearStart, type Zone } from './zone-tables.ts';

/** Zones that an object defines itself in a VTIMEZONE (RFC 5545 §3.6.5), for names that nobody else knows. */

/** More observances than any real zone has; a list of them could cost as much as a recurrence. */
export const MAX_OBSERVANCES = 100;

/** What the rules of one zone may cost together; one that looks at every day of a year costs `SLOW_COST`. */
const MAX_COST = 400;
const SLOW_COST = 40;
/** So many onsets of COUNT cost as much as the rule itself. */
const COUNTED_FOR_ONE = 20;
const MAX_INTERVAL = 50;
const MAX_DATES = 1000;
/** Onsets of one rule in three years; real ones have three. */
const MAX_ONSETS = 60;
const SECONDS_PER_YEAR = 366 * SECONDS_PER_DAY;
/** Above what any rule that is let through takes. */
const MAX_STEPS = 100_000;

/** One STANDARD or DAYLIGHT block: at its onsets, wall times in `from`, the offset becomes `to`. */
interface Observance {
  readonly from: number;
  readonly to: number;
  /** Wall seconds of DTSTART and every RDATE, ascending. */
  readonly dates: readonly number[];
  readonly rules: readonly OnsetRule[];
}

/** Tells onsets by a rule. */
interface OnsetRule {
  readonly rule: Rule;
  /** Wall seconds of the first onset there may be, and of the last; infinite where there is no last, or none at all. */
  readonly start: number;
  readonly end: number;
  /** Seconds in which there is at least one period of the rule. */
  readonly stride: number;
}

/** What is left of `MAX_COST` while a zone is read. */
interface Budget {
  left: number;
}

/**
 * Makes a zone of a VTIMEZONE; null when it is not usable: no observance can be read, there are more than 100, or a
 * rule is other than yearly or monthly or changes the offset every few days.
 */
export function ownZone(timezone: Component): Zone | null {
  const blocks = timezone.components.filter(isObservance);
  if (blocks.length === 0 || blocks.length > MAX_OBSERVANCES) return null;
  const observances: Observance[] = [];
  const budget: Budget = { left: MAX_COST };
  for (const block of blocks) {
    const observance = readObservance(block, budget);
    if (observance === null) return null;
    observances.push(observance);
  }
  const id = (rawValue(timezone, 'TZID') ?? '').trim();
  const only = observances[0];
  if (only !== undefined && observances.length === 1 && only.from === only.to)
    return fixedZone(id, 'own', only.to);
  // Blocks may stand in any order. Where two begin at the same moment, the one that is newer altogether is meant.
  observances.sort((a, b) => firstUtc(a) - firstUtc(b));
  return tableZone(id, 'own', (year) => yearTable(observances, year));
}

/** Says whether a child of VTIMEZONE is STANDARD or DAYLIGHT. */
export function isObservance(component: Component): boolean {
  return component.name === 'STANDARD' || component.name === 'DAYLIGHT';
}

function firstUtc({ dates, from }: Observance): number {
  return (dates[0] ?? 0) - from;
}

function readObservance(block: Component, budget: Budget): Observance | null {
  const start = parseDateTime((rawValue(block, 'DTSTART') ?? '').trim());
  const from = parseUtcOffset((rawValue(block, 'TZOFFSETFROM') ?? '').trim());
  const to = parseUtcOffset((rawValue(block, 'TZOFFSETTO') ?? '').trim());
  if (start === null || from === null || to === null) return null;
  const startLocal = localSeconds(start);
  const dates = [startLocal];
  const rules: OnsetRule[] = [];
  for (const { name, value } of block.properties) {
    if (name === 'RDATE') {
      const list = parseDateTimes(value.trim());
      if (list === null || dates.length + list.length > MAX_DATES) return null;
      for (const date of list) dates.push(localSeconds(date) + (date.isUtc ? from : 0));
    } else if (name === 'RRULE') {
      const rule = readRule(value.trim(), startLocal, from, budget);
      if (rule === null) return null;
      rules.push(rule);
    }
  }
  return { from, to, dates: dates.sort((a, b) => a - b), rules };
}

/** Reads a rule of an observance; null for one that no zone has, or that costs more than is left. */
function readRule(text: string, start: number, from: number, budget: Budget): OnsetRule | null {
  const rule = parseRule(text);
  if (rule === null || !isPlain(rule) || rule.interval > MAX_INTERVAL || timesOfDay(rule) > 1) return null;
  if (rule.frequency !== 'YEARLY' && rule.frequency !== 'MONTHLY') return null;
  budget.left -= costOf(rule);
  if (budget.left < 0) return null;
  const years = rule.frequency === 'YEARLY' ? rule.interval : Math.ceil(rule.interval / 12);
  const endless: OnsetRule = { rule, start, end: Number.POSITIVE_INFINITY, stride: years * SECONDS_PER_YEAR };
  const isUsual = hasOneWeekday(rule) && rule.count === null;
  if (!isUsual && onsetsBetween(endless, start, start + 3 * SECONDS_PER_YEAR).length > MAX_ONSETS)
    return null;
  const end = Math.min(untilOf(rule, from), isUsual ? Number.POSITIVE_INFINITY : countedEnd(endless));
  return { ...endless, end: end === Number.POSITIVE_INFINITY ? end : latestOfRule(endless, end) };
}

/** Says whether a rule has the form of nearly all: `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`, one onset in a year. */
function hasOneWeekday(rule: Rule): boolean {
  const isPlainYear =
    rule.frequency === 'YEARLY' && rule.byMonth.length === 1 && rule.byMonthDay.length === 0;
  return isPlainYear && costOf(rule) === 1 && rule.byDay.length === 1 && rule.byDay[0]?.ordinal !== 0;
}

/** A rule with COUNT is walked from its start to its last onset. */
function costOf(rule: Rule): number {
  const isMasked = rule.byWeekNo.length + rule.byYearDay.length + rule.bySetPos.length > 0;
  const hasOrdinals = rule.byDay.some((entry) => entry.ordinal !== 0);
  const isSlow = isMasked || (hasOrdinals && rule.byMonthDay.length > 0);
  return (isSlow ? SLOW_COST : 1) * (1 + (rule.count ?? 0) / COUNTED_FOR_ONE);
}

function timesOfDay(rule: Rule): number {
  return (
    Math.max(1, rule.byHour.length) * Math.max(1, rule.byMinute.length) * Math.max(1, rule.bySecond.length)
  );
}

/** Wall seconds in `from` of the last moment UNTIL allows (RFC 5545 §3.3.10). */
function untilOf({ until }: Rule, from: number): number {
  if (until === null) return Number.POSITIVE_INFINITY;
  // A DATE means that whole day; a wall time without Z is what old clients wrote in place of UTC.
  return localSeconds(until) + (until.isDate ? SECONDS_PER_DAY - 1 : 0) + (until.isUtc ? from : 0);
}

/** Wall seconds of the last onset that COUNT allows; without onsets in 50 periods there are none. */
function countedEnd(endless: OnsetRule): number {
  const { rule, start, stride } = endless;
  const wanted = rule.count ?? 1;
  const horizon = start + 50 * stride + (rule.count === null ? 0 : Math.min(wanted, MAX_DATES) * stride);
  let counted = 0;
  let last = Number.NEGATIVE_INFINITY;
  visitOnsets(endless, start, horizon, (local) => {
    last = local;
    counted++;
    return counted < wanted;
  });
  return rule.count === null && counted > 0 ? Number.POSITIVE_INFINITY : last;
}

function visitOnsets(
  { rule, start, end }: OnsetRule,
  from: number,
  to: number,
  visit: (local: number) => boolean,
): void {
  const walk = { rule, start, from: Math.max(from, start), to: Math.min(to, end), maxSteps: MAX_STEPS };
  if (walk.from <= walk.to) walkRule(walk, visit);
}

/** Lists the onsets between two wall times, both included. */
function onsetsBetween(rule: OnsetRule, from: number, to: number): number[] {
  const found: number[] = [];
  visitOnsets(rule, from, to, (local) => found.push(local) > 0);
  return found;
}

interface Change {
  readonly utc: number;
  readonly to: number;
}

function yearTable(observances: readonly Observance[], year: number): YearTable {
  const startUtc = yearStart(year);
  const endUtc = yearStart(year + 1);
  const changes: Change[] = [];
  const near = observances.map((observance) => onsetsNear(observance, year));
  for (const [i, observance] of observances.entries()) {
    for (const local of near[i] ?? []) {
      const utc = local - observance.from;
      if (utc >= startUtc && utc < endUtc) changes.push({ utc, to: observance.to });
    }
  }
  const at: number[] = [];
  const offsets: number[] = [];
  const firstOffset = offsetBefore(observances, near, startUtc);
  let offset = firstOffset;
  changes.sort((a, b) => a.utc - b.utc);
  for (const [i, change] of changes.entries()) {
    if (change.to === offset || changes[i + 1]?.utc === change.utc) continue;
    offset = change.to;
    at.push(change.utc);
    offsets.push(offset);
  }
  return { startUtc, endUtc, firstOffset, at, offsets };
}

/** Lists the onsets of a wall year and its neighbours; a UTC year reaches into them by hours. */
function onsetsNear(observance: Observance, year: number): number[] {
  const low = yearStart(year - 1);
  const high = yearStart(year + 2) - 1;
  const found = new Set(observance.dates.filter((local) => local >= low && local <= high));
  for (const rule of observance.rules) for (const local of onsetsBetween(rule, low, high)) found.add(local);
  return [...found];
}

/** Finds the offset in force just before a moment: that of the latest onset, or the earliest onset's `from`. */
function offsetBefore(
  observances: readonly Observance[],
  near: readonly (readonly number[])[],
  utc: number,
): number {
  let latest = Number.NEGATIVE_INFINITY;
  let offset = observances[0]?.from ?? 0;
  for (const [i, observance] of observances.entries()) {
    const onset = latestOnset(observance, near[i] ?? [], utc - 1 + observance.from) - observance.from;
    if (onset === Number.NEGATIVE_INFINITY || onset < latest) continue;
    latest = onset;
    offset = observance.to;
  }
  return offset;
}

/** Finds the latest onset up to a wall time, first among those near it; minus infinity when there is none. */
function latestOnset(observance: Observance, near: readonly number[], to: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const local of near) if (local <= to && local > latest) latest = local;
  if (latest > Number.NEGATIVE_INFINITY) return latest;
  for (const local of observance.dates) if (local <= to) latest = local;
  for (const rule of observance.rules) latest = Math.max(latest, latestOfRule(rule, to));
  return latest;
}

/** Looks back over one period, then over ever more of them: 29 February may be missing for eight years in a row. */
function latestOfRule(rule: OnsetRule, to: number): number {
  if (to >= rule.end) return rule.end;
  for (let span = 2 * rule.stride; ; span *= 4) {
    const last = onsetsBetween(rule, to - span, to).at(-1);
    if (last !== undefined) return last;
    if (to - span <= rule.start) return Number.NEGATIVE_INFINITY;
  }
}
