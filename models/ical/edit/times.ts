import { type Component, first, type Property, param } from '../component.ts';
import { type Length, lengthOf, type Moment, type Reading, readMoment } from '../series.ts';
import { formatDateTime, fromLocalSeconds, localSeconds, parseDateTime, SECONDS_PER_DAY } from '../values.ts';
import { FLOATING, UTC, type Zone } from '../zones.ts';
import { cutPart, type Draft, insertText, replaceLine, replaceValue, storedLine } from './splice.ts';

/** Dates and times as forms hold them, and the lines that say them. */

/** A DATE or DATE-TIME by its wall clock and the form it is written in. */
export interface TimeValue {
  readonly isDate: boolean;
  /** Wall seconds; a whole day for a DATE. */
  readonly local: number;
  /** TZID as written; null for a DATE, for UTC and for floating times. */
  readonly tzid: string | null;
  readonly isUtc: boolean;
}

/** How the times of an object are read while it is edited: floating ones as they stand. */
export function plainReading(draft: Pick<Draft, 'parsed'>): Reading {
  return { zones: draft.parsed.zones, floating: FLOATING };
}

/** Reads the time a property holds; null when there is none. */
export function readTime(property: Property | undefined): TimeValue | null {
  const value = property === undefined ? null : parseDateTime(property.value.trim());
  if (property === undefined || value === null) return null;
  const tzid = value.isDate || value.isUtc ? null : (param(property, 'TZID') ?? null);
  return { isDate: value.isDate, local: localSeconds(value), tzid, isUtc: value.isUtc };
}

/** The zone a time is meant in. */
export function zoneOf(time: TimeValue, reading: Reading): Zone {
  if (time.isUtc) return UTC;
  return time.isDate || time.tzid === null ? reading.floating : reading.zones.find(time.tzid);
}

/** UTC epoch seconds of a time. */
export function utcOf(time: TimeValue, reading: Reading): number {
  return zoneOf(time, reading).toUtcSeconds(time.local);
}

/** True when both are written alike: dates, UTC, floating or the same zone. */
export function isSameForm(a: TimeValue, b: TimeValue): boolean {
  return a.isDate === b.isDate && a.isUtc === b.isUtc && a.tzid === b.tzid;
}

/** True when both say the same in the same form. */
export function isSameTime(a: TimeValue, b: TimeValue): boolean {
  return isSameForm(a, b) && a.local === b.local;
}

/** The same form at another wall time; a DATE drops the time of day. */
export function atLocal(form: TimeValue, local: number): TimeValue {
  return { ...form, local: form.isDate ? Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY : local };
}

/** The value of a time as it is written. */
export function timeText(time: TimeValue): string {
  return formatDateTime(fromLocalSeconds(time.local, time));
}

/** The parameters of a form, with their leading semicolon. */
export function formParams(time: TimeValue): string {
  if (time.isDate) return ';VALUE=DATE';
  if (time.tzid === null) return '';
  return /[:;,]/.test(time.tzid) ? `;TZID="${time.tzid}"` : `;TZID=${time.tzid}`;
}

/** The logical line of a property with times, all in the form of the first. */
export function timeLine(name: string, times: readonly TimeValue[]): string {
  const [form] = times;
  return `${name}${form === undefined ? '' : formParams(form)}:${times.map(timeText).join(',')}`;
}

/** Writes a time into a component: in place where it stands, else as a new line; null takes it away. */
export function setTime(draft: Draft, component: Component, name: string, time: TimeValue | null): void {
  const property = first(component, name);
  if (property === undefined) {
    if (time !== null) insertText(draft, component, storedLine(draft, timeLine(name, [time])));
    return;
  }
  if (time === null) {
    cutPart(draft, property);
    return;
  }
  const old = readTime(property);
  if (old !== null && isSameTime(old, time)) return;
  if (old !== null && isSameForm(old, time)) replaceValue(draft, property, timeText(time));
  else replaceLine(draft, property, timeLine(name, [time]));
}

/** Start and end of an event; the end of an all-day event is the day after its last. */
export interface Times {
  readonly start: TimeValue;
  readonly end: TimeValue;
}

/** Adds a length to a start: nominal days on the wall clock, exact seconds on the clock of the world. */
export function addLength(start: TimeValue, length: Length, reading: Reading): TimeValue {
  if (length.kind === 'nominal') {
    const { days, seconds } = length.duration;
    const later = atLocal(start, start.local + days * SECONDS_PER_DAY);
    return seconds === 0 ? later : addLength(later, { kind: 'exact', seconds }, reading);
  }
  const zone = zoneOf(start, reading);
  return atLocal(start, zone.toLocal(utcOf(start, reading) + length.seconds));
}

/** Reads start and end of an event, the end in the form of the start; null without a start that can be read. */
export function readTimes(component: Component, reading: Reading): Times | null {
  const start = readTime(first(component, 'DTSTART'));
  const moment = readMoment(first(component, 'DTSTART'), reading);
  if (start === null || moment === null) return null;
  const end = readTime(first(component, 'DTEND'));
  if (end !== null && isSameForm(start, end) && !start.isDate) return { start, end };
  return { start, end: addLength(start, lengthOf(component, moment, reading), reading) };
}

/** Writes start and end of an event. DURATION stays where the length does; an end in a zone of its own keeps that zone. */
export function setTimes(draft: Draft, component: Component, next: Times, reading: Reading): void {
  const before = readTimes(component, reading);
  setTime(draft, component, 'DTSTART', next.start);
  const endProperty = first(component, 'DTEND');
  const duration = first(component, 'DURATION');
  const isAsLong = before !== null && spanOf(before, reading) === spanOf(next, reading);
  if (endProperty === undefined && isAsLong && before.start.isDate === next.start.isDate) return;
  if (duration !== undefined) cutPart(draft, duration);
  const ownEnd = readTime(endProperty);
  const keepsZone =
    before !== null && ownEnd !== null && isSameForm(before.start, next.start) && !ownEnd.isDate;
  const end =
    keepsZone && ownEnd !== null
      ? atLocal(ownEnd, zoneOf(ownEnd, reading).toLocal(utcOf(next.end, reading)))
      : next.end;
  setTime(draft, component, 'DTEND', end);
}

/** How long an event lasts: seconds, whole days for dates. */
export function spanOf(times: Times, reading: Reading): number {
  if (times.start.isDate) return times.end.local - times.start.local;
  return utcOf(times.end, reading) - utcOf(times.start, reading);
}

/** The wall time of an instance in the zone of its series, from the text of its RECURRENCE-ID; null when that is none. */
export function instanceLocal(at: string, start: Moment): number | null {
  const value = parseDateTime(at);
  if (value === null) return null;
  const local = localSeconds(value);
  if (value.isUtc) return start.zone.toLocal(local);
  if (value.isDate && !start.isDate)
    return local + (((start.local % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY);
  return start.isDate ? Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY : local;
}
