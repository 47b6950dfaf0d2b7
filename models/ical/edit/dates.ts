import { Refusal } from '../../errors.ts';
import { all, type Component, first, param } from '../component.ts';
import type { ParsedCalendar } from '../parse.ts';
import { parseRule, type Rule, WEEKDAYS } from '../rules.ts';
import type { RuleRunner } from '../runner.ts';
import type { Moment } from '../series.ts';
import { localSeconds, parseDateTime, parsePeriod, SECONDS_PER_DAY } from '../values.ts';
import { FLOATING } from '../zones.ts';
import {
  movedRepeat,
  nthOf,
  type Repeat,
  type RepeatReading,
  ruleText,
  untilText,
  weekdayOf,
  withParts,
} from './repeat.ts';
import { cutPart, type Draft, rawLine, replaceLine, replaceValue } from './splice.ts';
import { atLocal, isSameTime, plainReading, type TimeValue, timeLine, zoneOf } from './times.ts';

/** The dates of a series: which it has, and how they move when the series does. */

/** More dates than anybody edits by hand in. */
const MAX_DATES = 20_000;

/** What of a master makes its dates. */
const RULES: ReadonlySet<string> = new Set(['RRULE']);
/** The same with dates that were added by hand. */
const RULES_AND_DATES: ReadonlySet<string> = new Set(['RRULE', 'RDATE']);

/**
 * UTC seconds of the instances of a series between two moments, excluded and overridden ones included: from its rules, and
 * from RDATEs where `withDates` says so. Throws `Refusal` 409 when there are too many to count.
 */
export async function instancesOf(
  runner: Pick<RuleRunner, 'expand' | 'parse'>,
  parsed: ParsedCalendar,
  master: Component,
  range: { readonly startUtc: number; readonly endUtc: number; readonly withDates: boolean },
): Promise<readonly number[]> {
  const { text, root } = parsed;
  const slice = (part: { readonly start: number; readonly end: number }) => text.slice(part.start, part.end);
  const names = range.withDates ? RULES_AND_DATES : RULES;
  const anchor = first(master, 'DTSTART') ?? first(master, 'DUE');
  if (anchor === undefined) return [];
  const lines = [
    'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n',
    ...root.components.filter((child) => child.name === 'VTIMEZONE').map(slice),
    'BEGIN:VEVENT\r\nUID:dates\r\n',
    slice(anchor).replace(/^[A-Za-z]+/, 'DTSTART'),
    ...master.properties.filter((property) => names.has(property.name)).map(slice),
    'END:VEVENT\r\nEND:VCALENDAR\r\n',
  ];
  const only = runner.parse(Buffer.from(lines.join(''), 'utf8'));
  const { startUtc, endUtc } = range;
  const expansion = await runner.expand(
    only,
    { startUtc, endUtc },
    { maxInstances: MAX_DATES, floating: FLOATING },
  );
  if (expansion.isTruncated) throw new Refusal(409, 'This series has too many dates to be changed here.');
  const utcs = expansion.occurrences.map((occurrence) => occurrence.startUtc);
  return utcs.filter((utc) => utc >= startUtc && utc < endUtc);
}

/** Removes the dates of EXDATE or RDATE that `keeps` does not let stay; the test gets wall seconds in the zone of the series. */
export function filterDates(
  draft: Draft,
  master: Component,
  name: 'EXDATE' | 'RDATE',
  start: Moment,
  keeps: (local: number) => boolean,
): void {
  for (const property of all(master, name)) {
    const texts = property.value.split(',');
    const kept = texts.filter((one) => {
      const local = dateLocal(draft, one.trim(), param(property, 'TZID'), start);
      return local === null || keeps(local);
    });
    if (kept.length === texts.length) continue;
    if (kept.length === 0) cutPart(draft, property);
    else replaceValue(draft, property, kept.join(','));
  }
}

/** Wall seconds in the zone of the series of one value of EXDATE or RDATE; a day of a timed series takes its time of day. */
export function dateLocal(
  draft: Pick<Draft, 'parsed'>,
  text: string,
  tzid: string | undefined,
  start: Moment,
): number | null {
  const value = text.includes('/') ? (parsePeriod(text)?.start ?? null) : parseDateTime(text);
  if (value === null) return null;
  const reading = plainReading(draft);
  const local = localSeconds(value);
  if (start.isDate) return Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  if (value.isDate) return local + timeOfDay(start.local);
  if (!value.isUtc && tzid === undefined) return local;
  const zone = zoneOf({ isDate: false, isUtc: value.isUtc, tzid: tzid ?? null, local }, reading);
  return zone.kind === 'floating' ? local : start.zone.toLocal(zone.toUtcSeconds(local));
}

const timeOfDay = (local: number): number => ((local % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY;

/** How a series moves: its wall times by `delta` seconds, into the form of `to`. */
export interface Shift {
  readonly start: Moment;
  readonly from: TimeValue;
  readonly to: TimeValue;
  readonly delta: number;
}

/** Says how a series moves; null when it stays. */
export function shiftOf(start: Moment, from: TimeValue, to: TimeValue): Shift | null {
  return isSameTime(from, to) ? null : { start, from, to, delta: to.local - from.local };
}

/** Moves every EXDATE and RDATE along with its series. */
export function shiftDates(draft: Draft, master: Component, shift: Shift): void {
  for (const name of ['EXDATE', 'RDATE'] as const) {
    for (const property of all(master, name)) {
      const tzid = param(property, 'TZID');
      const texts = property.value.split(',').map((one) => one.trim());
      const isWholeDays = !shift.start.isDate && texts.every((one) => one.length === 8);
      const form: TimeValue =
        isWholeDays && name === 'EXDATE' ? { isDate: true, isUtc: false, tzid: null, local: 0 } : shift.to;
      const moved = texts.flatMap((one) => {
        const local = dateLocal(draft, one, tzid, shift.start);
        return local === null ? [] : [atLocal(form, local + shift.delta)];
      });
      if (moved.length === 0) cutPart(draft, property);
      else replaceLine(draft, property, timeLine(name, moved));
    }
  }
}

/** Moves the RECURRENCE-ID of an override along with its series. */
export function shiftRecurrenceId(draft: Draft, override: Component, oldLocal: number, shift: Shift): void {
  const property = first(override, 'RECURRENCE-ID');
  if (property === undefined) return;
  const line = timeLine('RECURRENCE-ID', [atLocal(shift.to, oldLocal + shift.delta)]);
  const isRanged = param(property, 'RANGE') !== undefined;
  replaceLine(draft, property, isRanged ? line.replace(':', ';RANGE=THISANDFUTURE:') : line);
}

/** Lets the rules of a series follow it. Throws `Refusal` 409 for a custom rule whose days would have to move. */
export function shiftRules(draft: Draft, master: Component, shift: Shift, repeat: RepeatReading): void {
  const { from, to } = shift;
  const days = Math.floor(to.local / SECONDS_PER_DAY) - Math.floor(from.local / SECONDS_PER_DAY);
  const reading = plainReading(draft);
  for (const property of all(master, 'RRULE')) {
    const rule = parseRule(property.value);
    if (rule === null) continue;
    if (days === 0) {
      if (rule.until === null) continue;
      const until = shiftedUntil(rule, shift);
      replaceValue(draft, property, withParts(property.value, { UNTIL: untilText(until, to, reading) }));
      continue;
    }
    if (repeat.kind !== 'common')
      throw new Refusal(
        409,
        'This series follows a custom rule: its time can be changed here, the day only for one date. Change the rule or use your calendar app.',
      );
    const moved = fitted(movedRepeat(repeat.repeat, days), to);
    replaceValue(draft, property, ruleText(moved, to, reading, movedWeekStart(property.value, rule, days)));
  }
}

/** Every second week is counted from the first day of weeks: it moves along, or dates would change places. */
function movedWeekStart(text: string, rule: Rule, days: number): string | null {
  const told = /(?:^|;)WKST=([A-Z]{2})/i.exec(text)?.[1]?.toUpperCase() ?? null;
  if (rule.frequency !== 'WEEKLY' || rule.interval === 1) return told;
  return WEEKDAYS[(((rule.weekStart + days) % 7) + 7) % 7] ?? told;
}

/** Brings the way a month is counted into line with the day a series begins on. */
export function fitted(repeat: Repeat, start: TimeValue): Repeat {
  if (
    repeat.every === 'week' &&
    !repeat.weekdays.includes(weekdayOf(start.local)) &&
    repeat.weekdays.length > 0
  )
    return { ...repeat, weekdays: [...repeat.weekdays, weekdayOf(start.local)].sort((a, b) => a - b) };
  if (repeat.every !== 'month' || repeat.monthlyBy === 'date') return repeat;
  const isLast = new Date((start.local + 7 * SECONDS_PER_DAY) * 1000).getUTCDate() <= 7;
  if (repeat.monthlyBy === 'last' && !isLast) return { ...repeat, monthlyBy: 'weekday' };
  return repeat.monthlyBy === 'weekday' && nthOf(start.local) === 5
    ? { ...repeat, monthlyBy: 'last' }
    : repeat;
}

function shiftedUntil(rule: Rule, { start, delta }: Shift): number {
  if (rule.until === null) return 0;
  const wall = localSeconds(rule.until);
  if (rule.until.isDate) return wall + (start.isDate ? 0 : SECONDS_PER_DAY - 1) + Math.max(0, delta);
  return (rule.until.isUtc ? start.zone.toLocal(wall) : wall) + delta;
}

/** The logical line of a property with only some of its values; null when none is left. */
export function keptLine(
  draft: Draft,
  property: Component['properties'][number],
  start: Moment,
  keeps: (local: number) => boolean,
): string | null {
  const raw = rawLine(draft, property);
  const kept = property.value.split(',').filter((one) => {
    const local = dateLocal(draft, one.trim(), param(property, 'TZID'), start);
    return local !== null && keeps(local);
  });
  return kept.length === 0 ? null : raw.slice(0, raw.length - property.value.length) + kept.join(',');
}
