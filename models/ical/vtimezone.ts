import {
  daysFromCivil,
  daysInMonth,
  formatDateTime,
  formatUtc,
  formatUtcOffset,
  fromLocalSeconds,
  SECONDS_PER_DAY,
  weekday,
} from './values.ts';
import { type OffsetChange, yearStart, type Zone } from './zone-tables.ts';

/** Writes VTIMEZONEs (RFC 5545 §3.6.5) from zones: what was and is known to come as it is, then yearly rules. */

const FIRST_YEAR = 1970;
/** Up to here onsets are looked for in every zone; ICU repeats the current rule for all later years of most. */
const LAST_YEAR = 2037;
/** Zones whose summer depends on Ramadan are known year by year up to 2087; then they have a rule too. */
const LAST_UNSETTLED_YEAR = 2099;
/** In so many years each weekday has come on each day that a rule may mean. */
const SETTLED_YEARS = 12;
/** Fewer onsets in a row are listed as RDATEs. */
const SHORTEST_RULE = 3;

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

interface Onset {
  readonly utc: number;
  readonly from: number;
  readonly to: number;
  /** Wall seconds in the offset `from`. */
  readonly local: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly timeOfDay: number;
  /** Days are counted from the first of this month: of January, of February, and of March for the rest of the year. */
  readonly anchor: number;
  /** 1 on the first day of `anchor`. */
  readonly position: number;
}

/** Onsets of consecutive years that one rule can say: a weekday on or after a certain day, or the last of its month. */
interface Run {
  readonly onsets: Onset[];
  /** The positions from `low` to `high` that the weekday may be the first on or after. */
  low: number;
  high: number;
  isLast: boolean;
  /** Goes on after its last onset that is known. */
  isOpen: boolean;
}

/** What a VTIMEZONE is to cover, and be called (RFC 7808 §3.7, §3.9). */
export interface TimezoneSpan {
  /** Seconds of the moment from which on it holds; absent: the beginning of 1970. */
  readonly startUtc?: number;
  /** Seconds of the moment up to which it holds, as TZUNTIL says; absent: for ever. */
  readonly endUtc?: number;
  /** The zone that `id` is another name of. */
  readonly aliasOf?: string;
}

/** Puts a VTIMEZONE into a calendar of its own, as `calendar-timezone` and time zone services hold it. */
export function timezoneCalendar(component: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//EN\r\n${component}END:VCALENDAR\r\n`;
}

/** Writes the VTIMEZONE of a zone with CRLF line ends. */
export function writeTimezone(id: string, zone: Zone, span: TimezoneSpan = {}): string {
  const lines = ['BEGIN:VTIMEZONE', `TZID:${id}`];
  if (span.aliasOf !== undefined) lines.push(`TZID-ALIAS-OF:${span.aliasOf}`);
  if (span.endUtc !== undefined) lines.push(`TZUNTIL:${formatUtc(span.endUtc)}`);
  const start = span.startUtc ?? yearStart(FIRST_YEAR);
  const from = zone.offsetAt(start - 1);
  const to = zone.offsetAt(start);
  const kind = to > from ? 'DAYLIGHT' : 'STANDARD';
  lines.push(...block(kind, zoneName(id, start, to), from, to, start + from, []));
  const listed = new Map<string, Onset[]>();
  for (const run of runsFrom(zone, start, span.endUtc)) {
    const first = run.onsets[0];
    if (first === undefined) continue;
    if (run.onsets.length >= SHORTEST_RULE && (run.isOpen || isInOneMonth(run))) {
      lines.push(...onsetBlock(id, first, [`RRULE:${ruleOf(run)}`]));
      continue;
    }
    const key = `${first.from} ${first.to}`;
    listed.set(key, [...(listed.get(key) ?? []), ...run.onsets]);
  }
  for (const list of listed.values()) {
    const [first, ...rest] = list.sort((a, b) => a.utc - b.utc);
    if (first === undefined) continue;
    lines.push(
      ...onsetBlock(
        id,
        first,
        rest.map((onset) => `RDATE:${wall(onset.local)}`),
      ),
    );
  }
  lines.push('END:VTIMEZONE', '');
  return lines.join('\r\n');
}

function onsetBlock(id: string, first: Onset, rules: readonly string[]): string[] {
  const kind = first.to > first.from ? 'DAYLIGHT' : 'STANDARD';
  return block(kind, zoneName(id, first.utc, first.to), first.from, first.to, first.local, rules);
}

function block(
  kind: string,
  name: string,
  from: number,
  to: number,
  local: number,
  rules: readonly string[],
): string[] {
  return [
    `BEGIN:${kind}`,
    `TZNAME:${name}`,
    `TZOFFSETFROM:${formatUtcOffset(from)}`,
    `TZOFFSETTO:${formatUtcOffset(to)}`,
    `DTSTART:${wall(local)}`,
    ...rules,
    `END:${kind}`,
  ];
}

function wall(local: number): string {
  return formatDateTime(fromLocalSeconds(local, { isDate: false, isUtc: false }));
}

/** Asks ICU for the usual short name, which depends on the country of the reader; else writes the offset. */
function zoneName(id: string, utc: number, offset: number): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA']) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: id, timeZoneName: 'short' });
    const name = format.formatToParts(utc * 1000).find((part) => part.type === 'timeZoneName')?.value;
    if (name !== undefined && /^[A-Z]{3,5}$/.test(name)) return name;
  }
  return formatUtcOffset(offset);
}

/** The runs of all onsets after `start`, and before `end` where there is one. */
function runsFrom(zone: Zone, start: number, end: number | undefined): Run[] {
  const firstYear = fromLocalSeconds(start, WALL).year;
  const isWanted = ({ utc }: Onset): boolean => utc > start && (end === undefined || utc < end);
  const onsetsUpTo = (year: number): Onset[] => listOnsets(zone, firstYear, year).filter(isWanted);
  const endYear = end === undefined ? Number.POSITIVE_INFINITY : fromLocalSeconds(end, WALL).year;
  if (endYear <= LAST_UNSETTLED_YEAR) return findRuns(onsetsUpTo(endYear));
  const lastYear = Math.max(LAST_YEAR, firstYear + SETTLED_YEARS);
  const runs = findRuns(onsetsUpTo(lastYear));
  if (lastYear >= LAST_UNSETTLED_YEAR || isSettled(runs, lastYear)) return openLast(runs, lastYear);
  return openLast(findRuns(onsetsUpTo(LAST_UNSETTLED_YEAR)), LAST_UNSETTLED_YEAR);
}

/** Opens the runs that come to the last year, where they are long enough to be rules. */
function openLast(runs: Run[], lastYear: number): Run[] {
  for (const run of runs) run.isOpen = run.onsets.at(-1)?.year === lastYear;
  return runs;
}

/** Says whether the last years have no other onsets than those of rules that go on. */
function isSettled(runs: readonly Run[], lastYear: number): boolean {
  return runs.every(({ onsets }) => {
    const last = onsets.at(-1)?.year ?? 0;
    return last <= lastYear - SETTLED_YEARS || (last === lastYear && onsets.length >= SETTLED_YEARS);
  });
}

const WALL = { isDate: false, isUtc: false };

function listOnsets(zone: Zone, firstYear: number, lastYear: number): Onset[] {
  const onsets: Onset[] = [];
  for (let year = firstYear; year <= lastYear; year++)
    for (const change of zone.changesIn(year)) onsets.push(onsetOf(change));
  return onsets;
}

function onsetOf({ utc, from, to }: OffsetChange): Onset {
  const local = utc + from;
  const { year, month, day } = fromLocalSeconds(local, WALL);
  const days = Math.floor(local / SECONDS_PER_DAY);
  const timeOfDay = local - days * SECONDS_PER_DAY;
  const anchor = Math.min(month, MARCH);
  const position = days - daysFromCivil(year, anchor, 1) + 1;
  return { utc, from, to, local, year, month, day, weekday: weekday(days), timeOfDay, anchor, position };
}

const MARCH = 3;
/** Days from the first of March to the end of any year. */
const DAYS_FROM_MARCH = 306;

/** Splits onsets into runs. */
function findRuns(onsets: readonly Onset[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  for (const onset of onsets) {
    const { from, to, anchor, weekday, timeOfDay, position } = onset;
    const key = [from, to, anchor, weekday, timeOfDay].join(' ');
    const run = open.get(key);
    if (run !== undefined && extend(run, onset)) continue;
    const made: Run = {
      onsets: [onset],
      low: Math.max(position - 6, 1),
      high: position,
      isLast: isLast(onset),
      isOpen: false,
    };
    open.set(key, made);
    runs.push(made);
  }
  return runs;
}

function isLast(onset: Onset): boolean {
  return onset.day > daysInMonth(onset.year, onset.month) - 7;
}

/** Takes the onset into the run if one rule can still say all of them. */
function extend(run: Run, onset: Onset): boolean {
  const previous = run.onsets.at(-1);
  if (previous === undefined || onset.year !== previous.year + 1) return false;
  const low = Math.max(run.low, onset.position - 6);
  const high = Math.min(run.high, onset.position);
  const last = run.isLast && isLast(onset) && onset.month === previous.month;
  if (low > high && !last) return false;
  run.low = low;
  run.high = high;
  run.isLast = last;
  run.onsets.push(onset);
  return true;
}

/** Rules over two months are not read by every client: where the end of one is known its onsets are listed. */
function isInOneMonth({ onsets }: Run): boolean {
  return onsets.every((onset) => onset.month === onsets[0]?.month);
}

function ruleOf(run: Run): string {
  const [first, last] = [run.onsets[0], run.onsets.at(-1)];
  if (first === undefined || last === undefined) return '';
  const until = run.isOpen ? '' : `;UNTIL=${formatUtc(last.utc)}`;
  return `FREQ=YEARLY;${dayRule(run, first, WEEKDAYS[first.weekday] ?? '')}${until}`;
}

/**
 * Prefers the forms every client reads: `-1SU`, `2SU`; else the seven days the weekday may fall on, which are counted
 * back from the end of the year where they belong to two months: the Friday after the last Thursday of October.
 */
function dayRule(run: Run, { month, anchor }: Onset, day: string): string {
  if (run.isLast) return `BYMONTH=${month};BYDAY=-1${day}`;
  // Any year but one whose February is longer gives the same.
  const before = anchor < MARCH ? 0 : daysFromCivil(2001, month, 1) - daysFromCivil(2001, MARCH, 1);
  const length = daysInMonth(2001, month);
  const low = Math.max(run.low - before, 1);
  const high = anchor < MARCH ? run.high : Math.min(run.high - before, length - 6);
  if (low > high || !isInOneMonth(run)) return daysOfYear(run.low, day);
  for (let nth = 1; nth <= 4; nth++) {
    const onOrAfter = nth * 7 - 6;
    if (onOrAfter >= low && onOrAfter <= high) return `BYMONTH=${month};BYDAY=${nth}${day}`;
  }
  return `BYMONTH=${month};BYMONTHDAY=${sevenFrom(low)};BYDAY=${day}`;
}

function daysOfYear(position: number, day: string): string {
  return `BYYEARDAY=${sevenFrom(position - DAYS_FROM_MARCH - 1)};BYDAY=${day}`;
}

function sevenFrom(first: number): string {
  return Array.from({ length: 7 }, (_, i) => first + i).join(',');
}
