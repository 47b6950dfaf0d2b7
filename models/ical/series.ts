import { all, type Component, first, mainComponents, type Property, param } from './component.ts';
import { parseRule, type Rule } from './rules.ts';
import {
  addDuration,
  type DateTime,
  type Duration,
  localSeconds,
  type Period,
  parseDateTime,
  parseDuration,
  parsePeriod,
  SECONDS_PER_DAY,
} from './values.ts';
import { FLOATING, type ObjectZones, UTC, type Zone } from './zones.ts';

/** A recurring (or single) component and all that belongs to it, read into numbers: what `expand.ts` works on. */

/** A DATE or DATE-TIME with its zone found. */
export interface Moment {
  /** Wall seconds in `zone`. */
  readonly local: number;
  readonly utc: number;
  readonly zone: Zone;
  readonly isDate: boolean;
  /** Without a zone of its own: a DATE, a floating DATE-TIME, or a TZID nobody knows. */
  readonly isFloating: boolean;
}

/** How long each instance lasts: DTEND gives exact seconds, DURATION and all-day events nominal days (RFC 5545 §3.8.5.3). */
export type Length =
  | { readonly kind: 'exact'; readonly seconds: number }
  | { readonly kind: 'nominal'; readonly duration: Duration };

/** An explicit date of the set. */
export interface ExtraDate {
  readonly moment: Moment;
  /** Length of its own, from a PERIOD. */
  readonly length: Length | null;
}

/** A component with a RECURRENCE-ID. */
export interface Override {
  readonly component: Component;
  readonly recurrenceId: Moment;
  readonly start: Moment | null;
  readonly length: Length;
  /** RANGE=THISANDFUTURE. */
  readonly isRanged: boolean;
}

export interface Series {
  /** Null: overrides of an event whose master is elsewhere (an invitation to some instances). */
  readonly master: Component | null;
  readonly start: Moment | null;
  readonly length: Length;
  readonly rules: readonly Rule[];
  readonly exRules: readonly Rule[];
  readonly dates: readonly ExtraDate[];
  /** UTC seconds of excluded instances. */
  readonly excluded: ReadonlySet<number>;
  /** Days since 1970 excluded as a whole: EXDATE;VALUE=DATE in a series of times. */
  readonly excludedDays: ReadonlySet<number>;
  readonly overrides: readonly Override[];
}

/** What reading times needs besides the text. */
export interface Reading {
  readonly zones: ObjectZones;
  /** The zone floating times are read in. */
  readonly floating: Zone;
}

const NO_LENGTH: Length = { kind: 'exact', seconds: 0 };
const ONE_DAY: Length = { kind: 'nominal', duration: { days: 1, seconds: 0 } };
const EMPTY: ReadonlySet<number> = new Set();

/** Reads one date or time of a property; null when it is none. */
export function momentOf(value: DateTime, tzid: string | undefined, reading: Reading): Moment {
  const local = localSeconds(value);
  if (value.isUtc) return { local, utc: local, zone: UTC, isDate: false, isFloating: false };
  const zone = value.isDate || tzid === undefined ? FLOATING : reading.zones.find(tzid);
  const isFloating = zone.kind === 'floating';
  const effective = isFloating ? reading.floating : zone;
  return { local, utc: effective.toUtcSeconds(local), zone: effective, isDate: value.isDate, isFloating };
}

/** Reads the DATE or DATE-TIME a property holds; null when there is none or it is malformed. */
export function readMoment(property: Property | undefined, reading: Reading): Moment | null {
  if (property === undefined) return null;
  const value = parseDateTime(property.value.trim());
  return value === null ? null : momentOf(value, param(property, 'TZID'), reading);
}

/** Computes the end of an instance that begins at `local` (`utc`) in `zone`. */
export function endOf(utc: number, local: number, zone: Zone, length: Length): number {
  if (length.kind === 'exact') return utc + length.seconds;
  const { days, seconds } = length.duration;
  const atDay = days === 0 ? utc : zone.toUtcSeconds(local + days * SECONDS_PER_DAY);
  return Math.max(utc, atDay + seconds);
}

/** Says the longest an instance can last, daylight saving included. */
export function longest(length: Length): number {
  if (length.kind === 'exact') return length.seconds;
  const { days, seconds } = length.duration;
  return Math.max(0, days * SECONDS_PER_DAY + seconds) + (days === 0 ? 0 : 2 * 3600);
}

/** Groups the main components of an object into series, by UID and name; more than one only in whole calendars. */
export function readSeries(root: Component, reading: Reading): readonly Series[] {
  const groups = new Map<string, Component[]>();
  for (const component of mainComponents(root)) {
    const key = `${component.name} ${first(component, 'UID')?.value ?? component.start}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [component]);
    else group.push(component);
  }
  return [...groups.values()].flatMap((group) => seriesOf(group, reading));
}

function seriesOf(group: readonly Component[], reading: Reading): readonly Series[] {
  const masters = group.filter((component) => first(component, 'RECURRENCE-ID') === undefined);
  const rest = group.filter((component) => first(component, 'RECURRENCE-ID') !== undefined);
  const [master, ...others] = masters;
  const readings: Series[] = [readOne(master ?? null, rest, reading)];
  for (const other of others) readings.push(readOne(other, [], reading));
  return readings;
}

function readOne(master: Component | null, rest: readonly Component[], reading: Reading): Series {
  const anchor = master === null ? undefined : (first(master, 'DTSTART') ?? first(master, 'DUE'));
  const start = readMoment(anchor, reading);
  const overrides = rest.flatMap((component) => readOverride(component, start, reading));
  const length = master === null ? NO_LENGTH : lengthOf(master, start, reading);
  const bare = { master, start, length, overrides };
  if (master === null || start === null) return { ...bare, ...NOT_RECURRING };
  return { ...bare, ...recurrenceOf(master, start, reading) };
}

const NOT_RECURRING = { rules: [], exRules: [], dates: [], excluded: EMPTY, excludedDays: EMPTY } as const;

type Recurrence = Pick<Series, keyof typeof NOT_RECURRING>;

function recurrenceOf(master: Component, start: Moment, reading: Reading): Recurrence {
  const exDates = all(master, 'EXDATE');
  const { excluded, excludedDays } =
    exDates.length === 0 ? NOT_RECURRING : exclusions(exDates, start, reading);
  return {
    rules: rulesOf(master, 'RRULE'),
    exRules: rulesOf(master, 'EXRULE'),
    dates: all(master, 'RDATE').flatMap((property) => extraDates(property, start, reading)),
    excluded,
    excludedDays,
  };
}

function rulesOf(master: Component, name: string): readonly Rule[] {
  return all(master, name).flatMap((property) => parseRule(property.value) ?? []);
}

/** Brings a date of another form into the form of the series: DATE of a timed series takes its time of day, and so on. */
function alignTo(start: Moment, moment: Moment): Moment {
  if (start.isDate) {
    const local = Math.floor(moment.local / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    return moment.isDate ? moment : { ...start, local, utc: start.zone.toUtcSeconds(local) };
  }
  if (moment.isDate) {
    const timeOfDay = start.local - Math.floor(start.local / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    const local = moment.local + timeOfDay;
    return { ...start, local, utc: start.zone.toUtcSeconds(local) };
  }
  if (!moment.isFloating) return { ...moment, zone: start.zone, local: start.zone.toLocal(moment.utc) };
  return { ...start, local: moment.local, utc: start.zone.toUtcSeconds(moment.local) };
}

function exclusions(
  properties: readonly Property[],
  start: Moment,
  reading: Reading,
): Pick<Series, 'excluded' | 'excludedDays'> {
  const excluded = new Set<number>();
  const excludedDays = new Set<number>();
  for (const property of properties) {
    const tzid = param(property, 'TZID');
    for (const text of property.value.split(',')) {
      const value = parseDateTime(text.trim());
      if (value === null) continue;
      if (value.isDate && !start.isDate) excludedDays.add(Math.floor(localSeconds(value) / SECONDS_PER_DAY));
      else excluded.add(alignTo(start, momentOf(value, tzid, reading)).utc);
    }
  }
  return { excluded, excludedDays };
}

function extraDates(property: Property, start: Moment, reading: Reading): readonly ExtraDate[] {
  const tzid = param(property, 'TZID');
  const dates: ExtraDate[] = [];
  for (const text of property.value.split(',')) {
    const period = text.includes('/') ? parsePeriod(text.trim()) : null;
    const value = period?.start ?? parseDateTime(text.trim());
    if (value === null) continue;
    const moment = momentOf(value, tzid, reading);
    const length = period === null || start.isDate ? null : periodLength(period, moment, tzid, reading);
    dates.push({ moment: alignTo(start, moment), length });
  }
  return dates;
}

function periodLength(period: Period, start: Moment, tzid: string | undefined, reading: Reading): Length {
  if ('duration' in period) return { kind: 'nominal', duration: period.duration };
  return { kind: 'exact', seconds: Math.max(0, momentOf(period.end, tzid, reading).utc - start.utc) };
}

function readOverride(component: Component, start: Moment | null, reading: Reading): readonly Override[] {
  const property = first(component, 'RECURRENCE-ID');
  const recurrenceId = readMoment(property, reading);
  if (property === undefined || recurrenceId === null) return [];
  const own = readMoment(first(component, 'DTSTART') ?? first(component, 'DUE'), reading);
  return [
    {
      component,
      recurrenceId: start === null ? recurrenceId : alignTo(start, recurrenceId),
      start: own,
      length: lengthOf(component, own, reading),
      isRanged: param(property, 'RANGE')?.toUpperCase() === 'THISANDFUTURE',
    },
  ];
}

/** Reads how long a component lasts: DTEND or DUE, DURATION, else a day for an all-day event and nothing otherwise. */
export function lengthOf(component: Component, start: Moment | null, reading: Reading): Length {
  if (start === null || first(component, 'DTSTART') === undefined) return NO_LENGTH;
  const end = readMoment(first(component, component.name === 'VTODO' ? 'DUE' : 'DTEND'), reading);
  if (end !== null) return spanLength(start, end, component.name === 'VEVENT' ? 1 : 0);
  const duration = parseDuration(first(component, 'DURATION')?.value.trim() ?? '');
  if (duration !== null && addDuration(0, duration) >= 0) return { kind: 'nominal', duration };
  return start.isDate && component.name !== 'VTODO' ? ONE_DAY : NO_LENGTH;
}

/** An all-day event that ends on the day it begins is written by clients that mean one day. */
function spanLength(start: Moment, end: Moment, leastDays: number): Length {
  if (!start.isDate || !end.isDate) return { kind: 'exact', seconds: Math.max(0, end.utc - start.utc) };
  const days = Math.max(leastDays, Math.round((end.local - start.local) / SECONDS_PER_DAY));
  return { kind: 'nominal', duration: { days, seconds: 0 } };
}
