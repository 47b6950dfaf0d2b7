import {
  daysInMonth,
  formatDateTime,
  formatUtc,
  formatUtcOffset,
  fromLocalSeconds,
  SECONDS_PER_DAY,
  weekday,
} from './values.ts';
import { yearStart, type Zone } from './zone-tables.ts';

/** Writes VTIMEZONEs (RFC 5545 §3.6.5) from zones: the past since 1970 as it was, the future as a yearly rule. */

const FIRST_YEAR = 1970;
/** A rule that holds up to here is written without an end; ICU repeats the current rule for all later years. */
const LAST_YEAR = 2037;
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
}

/** Onsets of consecutive years that one rule can say: a weekday on or after a day of the month, or its last one. */
interface Run {
  readonly onsets: Onset[];
  /** The days of the month from `low` to `high` that the weekday may be the first on or after. */
  low: number;
  high: number;
  isLast: boolean;
}

/** Writes the VTIMEZONE of a zone with CRLF line ends. */
export function writeTimezone(id: string, zone: Zone): string {
  const onsets = listOnsets(zone);
  const lines = ['BEGIN:VTIMEZONE', `TZID:${id}`];
  const start = yearStart(FIRST_YEAR);
  const base = zone.offsetAt(start);
  lines.push(...block('STANDARD', zoneName(id, start, base), base, base, start + base, []));
  const listed = new Map<string, Onset[]>();
  for (const run of findRuns(onsets)) {
    const first = run.onsets[0];
    if (first === undefined) continue;
    if (run.onsets.length >= SHORTEST_RULE) {
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

function listOnsets(zone: Zone): Onset[] {
  const onsets: Onset[] = [];
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    for (const { utc, from, to } of zone.changesIn(year)) {
      const local = utc + from;
      const { year: wallYear, month, day } = fromLocalSeconds(local, { isDate: false, isUtc: false });
      const days = Math.floor(local / SECONDS_PER_DAY);
      const timeOfDay = local - days * SECONDS_PER_DAY;
      onsets.push({ utc, from, to, local, year: wallYear, month, day, weekday: weekday(days), timeOfDay });
    }
  }
  return onsets;
}

/** Splits onsets into runs; a run that comes to the last year is open. */
function findRuns(onsets: readonly Onset[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  for (const onset of onsets) {
    const key = [onset.from, onset.to, onset.month, onset.weekday, onset.timeOfDay].join(' ');
    const run = open.get(key);
    if (run !== undefined && extend(run, onset)) continue;
    const made: Run = {
      onsets: [onset],
      low: Math.max(onset.day - 6, 1),
      high: onset.day,
      isLast: isLast(onset),
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
  const previous = run.onsets[run.onsets.length - 1];
  if (previous === undefined || onset.year !== previous.year + 1) return false;
  const low = Math.max(run.low, onset.day - 6);
  const high = Math.min(run.high, onset.day);
  const last = run.isLast && isLast(onset);
  if (low > high && !last) return false;
  run.low = low;
  run.high = high;
  run.isLast = last;
  run.onsets.push(onset);
  return true;
}

function ruleOf(run: Run): string {
  const [first, last] = [run.onsets[0], run.onsets[run.onsets.length - 1]];
  if (first === undefined || last === undefined) return '';
  const until = last.year >= LAST_YEAR ? '' : `;UNTIL=${formatUtc(last.utc)}`;
  return `FREQ=YEARLY;BYMONTH=${first.month};${dayRule(run, WEEKDAYS[first.weekday] ?? '')}${until}`;
}

/** Prefers the forms every client reads: `-1SU`, `2SU`; else the seven days the weekday may fall on. */
function dayRule(run: Run, day: string): string {
  if (run.isLast) return `BYDAY=-1${day}`;
  for (let nth = 1; nth <= 4; nth++) {
    const onOrAfter = nth * 7 - 6;
    if (onOrAfter >= run.low && onOrAfter <= run.high) return `BYDAY=${nth}${day}`;
  }
  const days = Array.from({ length: 7 }, (_, i) => run.low + i);
  return `BYMONTHDAY=${days.join(',')};BYDAY=${day}`;
}
