import type { Limits } from '../app.ts';
import { Precondition, type PreconditionCode } from '../errors.ts';
import {
  all,
  type Component,
  children,
  first,
  mainComponents,
  type Property,
  param,
  rawValue,
} from './component.ts';
import { badLine, excerpt } from './lines.ts';
import { isObservance, MAX_OBSERVANCES } from './own-zones.ts';
import type { ParsedCalendar } from './parse.ts';
import { foreignScale, judgeRule, RSCALES } from './rule-text.ts';
import { type DateTime, localSeconds, parseDateTime, parseDuration, parsePeriod } from './values.ts';
import type { ObjectZones } from './zones.ts';

/**
 * Says whether an object that could be read may be stored. Strict where a wrong value would be misread by us or by
 * another client; what clients commonly leave out (PRODID, VERSION, DTSTAMP, VALUE=DATE) is let pass.
 */

type ValidateLimits = Pick<Limits, 'maxAttendees' | 'maxAlarms' | 'maxDates' | 'maxOverrides'>;

/** Years whose dates are kept; advertised as `min-date-time` and `max-date-time` (RFC 4791 §5.2.6, §5.2.7). */
export const MIN_YEAR = 1900;
export const MAX_YEAR = 2200;

/** Several rules in one component are legal but obsolete; more than a few only cost. */
const MAX_RULES = 10;
/** An index entry of PostgreSQL holds 2.7 KB. */
const MAX_UID_LENGTH = 1024;

/** Components that may stand directly in VCALENDAR only. */
const TOP_LEVEL: ReadonlySet<string> = new Set([
  'VCALENDAR',
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VTIMEZONE',
  'VAVAILABILITY',
]);

const RECURRING: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'EXRULE', 'EXDATE', 'RECURRENCE-ID']);

/** Properties that decide when something is: twice, they would contradict each other. */
const ONCE: ReadonlySet<string> = new Set([
  'UID',
  'DTSTAMP',
  'DTSTART',
  'DTEND',
  'DUE',
  'DURATION',
  'RECURRENCE-ID',
  'SEQUENCE',
]);

/**
 * Checks one calendar object: RFC 4791 §4.1, the values of all dates, durations and rules, and the limits on counts.
 * Throws Precondition `valid-calendar-data`, `valid-calendar-object-resource`, `max-instances`,
 * `max-attendees-per-instance`, `min-date-time` or `max-date-time`, with a message that names the line.
 */
export function validateObject(parsed: ParsedCalendar, limits: ValidateLimits): void {
  const { root } = parsed;
  checkVersion(root);
  const mains = mainComponents(root);
  checkResource(root, mains);
  checkOverrides(mains, limits);
  for (const timezone of root.components) {
    if (timezone.name === 'VTIMEZONE') checkTimezone(timezone, parsed.zones);
  }
  let dates = 0;
  for (const main of mains) dates += checkMain(main, parsed.zones, limits);
  if (dates > limits.maxDates) {
    const message = `The object has ${dates} dates in RDATE and EXDATE; at most ${limits.maxDates} are kept.`;
    throw new Precondition('max-instances', message);
  }
}

function checkVersion(root: Component): void {
  const version = first(root, 'VERSION');
  if (version === undefined || /(?:^|;)2\.0$/.test(version.value.trim())) return;
  throw badLine(version.line, `found VERSION:${excerpt(version.value)}, expected VERSION:2.0.`);
}

function refuse(code: PreconditionCode, line: number, message: string): Precondition {
  return new Precondition(code, `Line ${line}: ${message}`);
}

/** RFC 4791 §4.1: no METHOD, one kind of component, one UID that every component has. */
function checkResource(root: Component, mains: readonly Component[]): void {
  const code = 'valid-calendar-object-resource';
  const method = first(root, 'METHOD');
  if (method !== undefined)
    throw refuse(code, method.line, 'METHOD is for messages; a stored object has none.');
  const main = mains[0];
  if (main === undefined) {
    throw refuse(code, root.line, 'the calendar has no component; expected a VEVENT, VTODO or VJOURNAL.');
  }
  let uid: string | undefined;
  for (const component of mains) {
    if (component.name !== main.name) {
      const message = `found ${component.name} beside ${main.name}; one object has one kind of component.`;
      throw refuse(code, component.line, message);
    }
    const own = rawValue(component, 'UID')?.trim() ?? '';
    if (own === '') throw refuse(code, component.line, `the ${component.name} has no UID.`);
    if (own.length > MAX_UID_LENGTH) {
      const message = `the UID has ${own.length} characters; at most ${MAX_UID_LENGTH} are kept.`;
      throw refuse(code, component.line, message);
    }
    uid ??= own;
    if (own !== uid) {
      const message = `found UID ${excerpt(own)} beside ${excerpt(uid)}; one object has one UID.`;
      throw refuse(code, component.line, message);
    }
  }
}

/** Each instance is told once, and the series itself at most once. */
function checkOverrides(mains: readonly Component[], limits: ValidateLimits): void {
  if (mains.length < 2) return;
  const seen = new Set<string>();
  for (const component of mains) {
    const id = first(component, 'RECURRENCE-ID');
    const key = id === undefined ? '' : `${param(id, 'TZID') ?? ''} ${id.value.trim()}`;
    if (seen.has(key)) {
      const what =
        id === undefined ? 'a second component without RECURRENCE-ID' : `RECURRENCE-ID ${id.value} twice`;
      throw refuse('valid-calendar-object-resource', id?.line ?? component.line, `found ${what}.`);
    }
    seen.add(key);
  }
  if (seen.size - (seen.has('') ? 1 : 0) <= limits.maxOverrides) return;
  const message = `The series has ${seen.size - 1} changed instances; at most ${limits.maxOverrides} are kept.`;
  throw new Precondition('max-instances', message);
}

/** An IANA name means the IANA zone, whatever stands here; any other is computed from these rules and must be cheap. */
function checkTimezone(timezone: Component, zones: ObjectZones): void {
  const tzid = rawValue(timezone, 'TZID')?.trim() ?? '';
  if (tzid === '') throw badLine(timezone.line, 'the VTIMEZONE has no TZID.');
  const observances = timezone.components.filter(isObservance);
  const wild = observances.find((observance) => all(observance, 'RRULE').some(isWildRule));
  if (observances.length <= MAX_OBSERVANCES && wild === undefined) return;
  if (zones.find(tzid).kind === 'iana') return;
  if (wild !== undefined) throw badLine(wild.line, `the rule of a ${wild.name} must be FREQ=YEARLY.`);
  const count = observances.length;
  throw badLine(
    timezone.line,
    `the VTIMEZONE has ${count} observances; at most ${MAX_OBSERVANCES} are read.`,
  );
}

function isWildRule(rule: Property): boolean {
  return !/(?:^|;)FREQ=YEARLY(?:;|$)/i.test(rule.value.trim());
}

/** RFC 5545 §3.6.1, RFC 7953 §3.1. */
const STARTS: ReadonlySet<string> = new Set(['VEVENT', 'AVAILABLE']);

/** Checks one main component, or a part of an availability; returns how many dates its RDATE and EXDATE list. */
function checkMain(component: Component, zones: ObjectZones, limits: ValidateLimits): number {
  const seen = new Set<string>();
  let attendees = 0;
  let rules = 0;
  let dates = 0;
  for (const property of component.properties) {
    const { name } = property;
    if (ONCE.has(name)) {
      if (seen.has(name)) throw badLine(property.line, `${name} appears twice in one ${component.name}.`);
      seen.add(name);
    }
    if (name === 'ATTENDEE') attendees++;
    else if (name === 'RRULE' || name === 'EXRULE') rules++;
    dates += checkProperty(property);
  }
  if (attendees > limits.maxAttendees) {
    const message = `the ${component.name} has ${attendees} attendees; at most ${limits.maxAttendees} are kept.`;
    throw refuse('max-attendees-per-instance', component.line, message);
  }
  if (rules > MAX_RULES)
    throw badLine(component.line, `found ${rules} rules; at most ${MAX_RULES} are kept.`);
  if (STARTS.has(component.name) && !seen.has('DTSTART')) {
    throw badLine(component.line, `the ${component.name} has no DTSTART.`);
  }
  checkEnd(component, seen, zones);
  checkChildren(component, limits);
  return component.name === 'VAVAILABILITY' ? dates + checkAvailability(component, zones, limits) : dates;
}

/** An availability does not recur; what is available in it does (RFC 7953 §3.1). Returns how many dates that lists. */
function checkAvailability(component: Component, zones: ObjectZones, limits: ValidateLimits): number {
  const recurring = component.properties.find(({ name }) => RECURRING.has(name));
  if (recurring !== undefined)
    throw badLine(recurring.line, `${recurring.name} cannot stand in VAVAILABILITY, only in AVAILABLE.`);
  const parts = children(component, 'AVAILABLE');
  if (parts.length > limits.maxOverrides) {
    const message = `The availability has ${parts.length} parts; at most ${limits.maxOverrides} are kept.`;
    throw new Precondition('max-instances', message);
  }
  return parts.reduce((dates, part) => dates + checkMain(part, zones, limits), 0);
}

function checkChildren(component: Component, limits: ValidateLimits): void {
  let alarms = 0;
  for (const child of component.components) {
    if (TOP_LEVEL.has(child.name))
      throw badLine(child.line, `${child.name} cannot stand inside ${component.name}.`);
    if (child.name !== 'VALARM') continue;
    alarms++;
    for (const name of ['ACTION', 'TRIGGER']) {
      if (first(child, name) === undefined) throw badLine(child.line, `the VALARM has no ${name}.`);
    }
  }
  if (alarms > limits.maxAlarms) {
    const message = `the ${component.name} has ${alarms} alarms; at most ${limits.maxAlarms} are kept.`;
    throw badLine(component.line, message);
  }
}

/** Checks the value of one property; returns how many dates it adds to or takes from a series. */
function checkProperty(property: Property): number {
  switch (property.name) {
    case 'DTSTART':
    case 'DTEND':
    case 'DUE':
    case 'RECURRENCE-ID':
      checkYear(readDate(property, property.value.trim()), property);
      return 0;
    case 'DTSTAMP':
    case 'CREATED':
    case 'LAST-MODIFIED':
    case 'COMPLETED':
      readDate(property, property.value.trim());
      return 0;
    case 'RDATE':
    case 'EXDATE':
      return checkDates(property);
    case 'DURATION':
      checkDuration(property);
      return 0;
    case 'RRULE':
    case 'EXRULE':
      checkRule(property);
      return 0;
    case 'SEQUENCE':
    case 'PRIORITY':
    case 'PERCENT-COMPLETE':
      // Some clients leave a number they do not have empty.
      if (/^(?:[+-]?\d{1,10})?$/.test(property.value.trim())) return 0;
      throw badLine(
        property.line,
        `found ${property.name}:${excerpt(property.value)}, expected a whole number.`,
      );
    default:
      return 0;
  }
}

function readDate(property: Property, text: string): DateTime {
  const value = parseDateTime(text);
  if (value === null) {
    const expected = 'expected a date such as 20260131 or a time such as 20260131T090000Z.';
    throw badLine(property.line, `found ${property.name} ${excerpt(text)}, ${expected}`);
  }
  const type = property.params.get('VALUE')?.[0]?.toUpperCase();
  if (type !== undefined && type !== 'PERIOD' && (type === 'DATE') !== value.isDate) {
    throw badLine(
      property.line,
      `found ${property.name} ${excerpt(text)}, which is not of the type VALUE=${type}.`,
    );
  }
  return value;
}

function checkYear(value: DateTime, property: Property): void {
  if (value.year >= MIN_YEAR && value.year <= MAX_YEAR) return;
  const isEarly = value.year < MIN_YEAR;
  const bound = isEarly ? `not before ${MIN_YEAR}` : `not after ${MAX_YEAR}`;
  const message = `${property.name} is in the year ${value.year}; dates are kept ${bound}.`;
  throw refuse(isEarly ? 'min-date-time' : 'max-date-time', property.line, message);
}

/** RDATE and EXDATE: lists of dates, times or periods. Some clients leave an EXDATE empty. */
function checkDates(property: Property): number {
  const list = property.value.trim();
  if (list === '' && property.name === 'EXDATE') return 0;
  let count = 0;
  for (const part of list.split(',')) {
    count++;
    if (part.includes('/')) {
      const period = parsePeriod(part.trim());
      if (period === null)
        throw badLine(property.line, `found ${excerpt(part)}, expected a period START/END.`);
      checkYear(period.start, property);
    } else {
      const date = readDate(property, part.trim());
      // An EXDATE out of reach excludes nothing; an RDATE would be an instance there.
      if (property.name === 'RDATE') checkYear(date, property);
    }
  }
  return count;
}

function checkDuration(property: Property): void {
  const duration = parseDuration(property.value.trim());
  if (duration === null || duration.days < 0 || duration.seconds < 0) {
    throw badLine(
      property.line,
      `found DURATION:${excerpt(property.value)}, expected a duration such as PT1H30M.`,
    );
  }
}

function checkRule(property: Property): void {
  const scale = foreignScale(property.value);
  if (scale !== null) {
    const message = `${property.name} counts in the calendar ${excerpt(scale)}; known: ${RSCALES.join(', ')}.`;
    throw refuse('supported-rscale', property.line, message);
  }
  const wrong = judgeRule(property.value);
  if (wrong !== null) throw badLine(property.line, `${property.name} ${wrong}`);
}

/** An end is told once, has the type of the start and is not before it; tasks are often due before they start. */
function checkEnd(component: Component, seen: ReadonlySet<string>, zones: ObjectZones): void {
  const name = seen.has('DTEND') ? 'DTEND' : 'DUE';
  const end = first(component, name);
  if (end === undefined) return;
  // Thunderbird leaves DURATION:PT0S beside the DTEND of instances it has moved.
  if (seen.has('DURATION') && !isZero(first(component, 'DURATION'))) {
    throw badLine(end.line, `found both ${name} and DURATION; send one of them.`);
  }
  const start = first(component, 'DTSTART');
  if (start === undefined || name === 'DUE') return;
  const from = parseDateTime(start.value.trim());
  const to = parseDateTime(end.value.trim());
  if (from === null || to === null) return;
  if (from.isDate !== to.isDate)
    throw badLine(end.line, 'DTSTART and DTEND must both be dates or both be times.');
  if (isBefore(to, end, from, start, zones)) {
    throw badLine(end.line, `DTEND ${end.value} is before DTSTART ${start.value}.`);
  }
}

function isZero(duration: Property | undefined): boolean {
  const value = parseDuration(duration?.value.trim() ?? '');
  return value?.days === 0 && value.seconds === 0;
}

/** Compares two moments; without a zone on one side only, they cannot be compared and are let pass. */
function isBefore(
  a: DateTime,
  aProperty: Property,
  b: DateTime,
  bProperty: Property,
  zones: ObjectZones,
): boolean {
  const aZone = a.isUtc ? 'UTC' : param(aProperty, 'TZID');
  const bZone = b.isUtc ? 'UTC' : param(bProperty, 'TZID');
  if (aZone === bZone || a.isDate) return localSeconds(a) < localSeconds(b);
  if (aZone === undefined || bZone === undefined) return false;
  const [first, second] = [zones.find(aZone), zones.find(bZone)];
  if (first.kind === 'floating' || second.kind === 'floating') return false;
  return first.toUtcSeconds(localSeconds(a)) < second.toUtcSeconds(localSeconds(b));
}
