import { type Component, rawValue } from './component.ts';
import {
  daysFromCivil,
  daysInMonth,
  localSeconds,
  parseDateTime,
  parseDateTimes,
  parseUtcOffset,
  SECONDS_PER_DAY,
  weekday,
} from './values.ts';
import { fixedZone, tableZone, type YearTable, yearStart, type Zone } from './zone-tables.ts';

/** Zones that an object defines itself in a VTIMEZONE (RFC 5545 §3.6.5), for names that nobody else knows. */

/** More observances than any real zone has; a list of them could cost as much as a recurrence. */
export const MAX_OBSERVANCES = 100;

/** Rules of one observance; real ones have one. */
const MAX_RULES = 10;

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** One STANDARD or DAYLIGHT block: at its onsets, wall times in `from`, the offset becomes `to`. */
interface Observance {
  readonly from: number;
  readonly to: number;
  /** Wall seconds of DTSTART and every RDATE, ascending. */
  readonly dates: readonly number[];
  readonly rules: readonly YearlyRule[];
}

interface YearlyRule {
  readonly firstYear: number;
  /** Years from one onset to the next. */
  readonly interval: number;
  readonly lastYear: number;
  /** No onset after this moment. */
  readonly untilUtc: number;
  /** Wall seconds of the onset in a year, or null where there is none. */
  readonly onset: (year: number) => number | null;
}

/**
 * Makes a zone of a VTIMEZONE; null when it is not usable: no observance can be read, there are more than 100, or a
 * rule is other than yearly.
 */
export function ownZone(timezone: Component): Zone | null {
  const blocks = timezone.components.filter(isObservance);
  if (blocks.length === 0 || blocks.length > MAX_OBSERVANCES) return null;
  const observances: Observance[] = [];
  for (const block of blocks) {
    const observance = readObservance(block);
    if (observance === null) return null;
    observances.push(observance);
  }
  const id = (rawValue(timezone, 'TZID') ?? '').trim();
  const only = observances[0];
  if (only !== undefined && observances.length === 1 && only.from === only.to)
    return fixedZone(id, 'own', only.to);
  return tableZone(id, 'own', (year) => yearTable(observances, year));
}

/** Says whether a child of VTIMEZONE is STANDARD or DAYLIGHT. */
export function isObservance(component: Component): boolean {
  return component.name === 'STANDARD' || component.name === 'DAYLIGHT';
}

function readObservance(block: Component): Observance | null {
  const start = parseDateTime((rawValue(block, 'DTSTART') ?? '').trim());
  const from = parseUtcOffset((rawValue(block, 'TZOFFSETFROM') ?? '').trim());
  const to = parseUtcOffset((rawValue(block, 'TZOFFSETTO') ?? '').trim());
  if (start === null || from === null || to === null) return null;
  const startLocal = localSeconds(start);
  const dates = [startLocal];
  const rules: YearlyRule[] = [];
  for (const { name, value } of block.properties) {
    if (name === 'RDATE') {
      const list = parseDateTimes(value.trim());
      if (list === null || dates.length + list.length > 1000) return null;
      dates.push(...list.map((date) => localSeconds(date) + (date.isUtc ? from : 0)));
    } else if (name === 'RRULE') {
      const rule = readRule(value.trim().toUpperCase(), startLocal, from);
      if (rule === null || rules.length === MAX_RULES) return null;
      rules.push(rule);
    }
  }
  return { from, to, dates: dates.sort((a, b) => a - b), rules };
}

/** Reads a yearly rule with at most one month and one weekday: what VTIMEZONEs have. Null for any other. */
function readRule(text: string, startLocal: number, from: number): YearlyRule | null {
  const parts = new Map(text.split(';').map((part): [string, string] => splitOnce(part)));
  const interval = Number(parts.get('INTERVAL') ?? 1);
  if (parts.get('FREQ') !== 'YEARLY' || !Number.isInteger(interval) || interval < 1 || interval > 50)
    return null;
  for (const name of parts.keys()) if (!KNOWN_PARTS.has(name)) return null;
  const start = new Date(startLocal * 1000);
  const month = Number(parts.get('BYMONTH') ?? start.getUTCMonth() + 1);
  const day = pickDay(parts, month, start.getUTCDate());
  if (day === null || !Number.isInteger(month) || month < 1 || month > 12) return null;
  const timeOfDay = ((startLocal % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY;
  const firstYear = start.getUTCFullYear();
  const onset = (year: number): number | null => {
    const found = (year - firstYear) % interval === 0 ? day(year) : null;
    if (found === null) return null;
    const local = daysFromCivil(year, month, found) * SECONDS_PER_DAY + timeOfDay;
    return local < startLocal ? null : local;
  };
  const until = parts.get('UNTIL');
  const end = until === undefined ? null : parseDateTime(until);
  if (until !== undefined && end === null) return null;
  // A DATE means that whole day; a wall time without Z is what old clients wrote in place of UTC.
  const untilLocal =
    end === null ? Number.POSITIVE_INFINITY : localSeconds(end) + (end.isDate ? SECONDS_PER_DAY : 0);
  const untilUtc = end?.isUtc === true ? untilLocal : untilLocal - from;
  const count = Number(parts.get('COUNT') ?? Number.POSITIVE_INFINITY);
  return { firstYear, interval, lastYear: firstYear + (count - 1) * interval, untilUtc, onset };
}

const KNOWN_PARTS = new Set('FREQ INTERVAL WKST BYMONTH BYDAY BYMONTHDAY UNTIL COUNT'.split(' '));

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

/** Reads which day of the month a rule means: `-1SU`, `SU` with a week of month days, or one month day. */
function pickDay(
  parts: ReadonlyMap<string, string>,
  month: number,
  startDay: number,
): ((year: number) => number | null) | null {
  const byDay = parts.get('BYDAY');
  const monthDays = parts.get('BYMONTHDAY')?.split(',').map(Number);
  if (monthDays?.some((day) => !Number.isInteger(day) || day === 0 || Math.abs(day) > 31)) return null;
  if (byDay === undefined) {
    const day = monthDays === undefined ? startDay : monthDays.length === 1 ? monthDays[0] : undefined;
    if (day === undefined) return null;
    return (year) => dayInMonth(day, year, month);
  }
  const match = /^([+-]?[1-5])?(SU|MO|TU|WE|TH|FR|SA)$/.exec(byDay);
  const wanted = WEEKDAYS.indexOf(match?.[2] ?? '');
  if (match === null || !parts.has('BYMONTH')) return null;
  if (match[1] !== undefined)
    return monthDays === undefined ? nthWeekday(Number(match[1]), wanted, month) : null;
  if (monthDays === undefined) return null;
  return (year) => {
    const days = monthDays.map((day) => dayInMonth(day, year, month));
    return days.find((day) => day !== null && weekday(daysFromCivil(year, month, day)) === wanted) ?? null;
  };
}

function dayInMonth(day: number, year: number, month: number): number | null {
  const length = daysInMonth(year, month);
  const found = day < 0 ? length + 1 + day : day;
  return found >= 1 && found <= length ? found : null;
}

function nthWeekday(nth: number, wanted: number, month: number): (year: number) => number | null {
  return (year) => {
    const length = daysInMonth(year, month);
    if (nth < 0) {
      const back = (weekday(daysFromCivil(year, month, length)) - wanted + 7) % 7;
      return dayInMonth(length - back + (nth + 1) * 7, year, month);
    }
    const ahead = (wanted - weekday(daysFromCivil(year, month, 1)) + 7) % 7;
    const day = 1 + ahead + (nth - 1) * 7;
    return day <= length ? day : null;
  };
}

interface Change {
  readonly utc: number;
  readonly to: number;
}

function yearTable(observances: readonly Observance[], year: number): YearTable {
  const startUtc = yearStart(year);
  const endUtc = yearStart(year + 1);
  const changes: Change[] = [];
  for (const observance of observances) {
    for (const local of onsetsNear(observance, year)) {
      const utc = local - observance.from;
      if (utc >= startUtc && utc < endUtc) changes.push({ utc, to: observance.to });
    }
  }
  const at: number[] = [];
  const offsets: number[] = [];
  const firstOffset = offsetBefore(observances, startUtc, year);
  let offset = firstOffset;
  for (const change of changes.sort((a, b) => a.utc - b.utc)) {
    if (change.to === offset) continue;
    offset = change.to;
    at.push(change.utc);
    offsets.push(offset);
  }
  return { startUtc, endUtc, firstOffset, at, offsets };
}

/** Lists the onsets of a wall year and its neighbours; a UTC year reaches into them by hours. */
function onsetsNear(observance: Observance, year: number): number[] {
  const low = yearStart(year - 1);
  const high = yearStart(year + 2);
  const found = observance.dates.filter((local) => local >= low && local < high);
  for (const rule of observance.rules) {
    for (let y = year - 1; y <= year + 1; y++) {
      const local = onsetOf(rule, y, observance.from);
      if (local !== null && !found.includes(local)) found.push(local);
    }
  }
  return found;
}

function onsetOf(rule: YearlyRule, year: number, from: number): number | null {
  if (year < rule.firstYear || year > rule.lastYear) return null;
  const local = rule.onset(year);
  return local === null || local - from > rule.untilUtc ? null : local;
}

/** Finds the offset in force just before a moment: that of the latest onset, or the earliest onset's `from`. */
function offsetBefore(observances: readonly Observance[], utc: number, year: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  let offset: number | null = null;
  let earliest = Number.POSITIVE_INFINITY;
  let initial = 0;
  for (const observance of observances) {
    const firstUtc = (observance.dates[0] ?? 0) - observance.from;
    if (firstUtc < earliest) {
      earliest = firstUtc;
      initial = observance.from;
    }
    const onset = latestOnset(observance, utc, year);
    if (onset !== null && onset > latest) {
      latest = onset;
      offset = observance.to;
    }
  }
  return offset ?? initial;
}

function latestOnset(observance: Observance, utc: number, year: number): number | null {
  let latest: number | null = null;
  const take = (local: number | null): boolean => {
    const onset = local === null ? null : local - observance.from;
    if (onset === null || onset >= utc) return false;
    if (latest === null || onset > latest) latest = onset;
    return true;
  };
  for (const local of observance.dates) take(local);
  for (const rule of observance.rules) {
    const untilYear = Number.isFinite(rule.untilUtc)
      ? new Date(rule.untilUtc * 1000).getUTCFullYear() + 1
      : year;
    const from = Math.min(year, rule.lastYear, untilYear);
    // 29 February may be missing for eight years in a row.
    for (let y = from; y >= from - 8 - rule.interval; y--) if (take(onsetOf(rule, y, observance.from))) break;
  }
  return latest;
}
