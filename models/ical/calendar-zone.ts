import { Precondition } from '../errors.ts';
import { type Component, children, rawValue } from './component.ts';
import { readLines } from './lines.ts';
import { parseTree } from './parse.ts';
import { FLOATING, resolveZone, type Zone, type Zones } from './zones.ts';

/** Zones that are told as an iCalendar text of their own: by a calendar, or by a query (RFC 4791 §5.2.2, §9.8). */

/** A VCALENDAR with one VTIMEZONE. */
export interface TimezoneText {
  readonly root: Component;
  /** TZID of the VTIMEZONE, never empty. */
  readonly tzid: string;
}

/** Reads a VCALENDAR with one VTIMEZONE. Throws Precondition `valid-calendar-data` for any other text. */
export function readTimezone(text: string): TimezoneText {
  const [root, ...others] = parseTree(readLines(text));
  const timezones = root === undefined ? [] : children(root, 'VTIMEZONE');
  const [timezone, ...more] = timezones;
  if (root?.name !== 'VCALENDAR' || timezone === undefined || others.length + more.length > 0)
    throw new Precondition('valid-calendar-data', 'A time zone is one VCALENDAR with one VTIMEZONE.');
  const tzid = rawValue(timezone, 'TZID')?.trim() ?? '';
  if (tzid === '') throw new Precondition('valid-calendar-data', 'The VTIMEZONE has no TZID.');
  return { root, tzid };
}

/** Finds the zone that such a text means; `FLOATING` where its rules cannot be used. Throws like `readTimezone`. */
export function zoneOfText(text: string, zones: Zones): Zone {
  const { root, tzid } = readTimezone(text);
  return resolveZone(tzid, root, zones);
}

/** Finds a zone by a name alone: IANA's, or one that others use; null for any other (RFC 7809 §3.1.6). */
export function zoneOfName(tzid: string, zones: Zones): Zone | null {
  return zones.iana(tzid) ?? zones.foreign(tzid);
}

/** Finds the zone in which a calendar reads floating times; `FLOATING`, which reads them as UTC, where it tells none. */
export function zoneOfCalendar(
  calendar: { readonly timezone: string | null; readonly timezoneId: string | null },
  zones: Zones,
): Zone {
  const { timezone, timezoneId } = calendar;
  const named = timezoneId === null ? null : zones.iana(timezoneId);
  if (named !== null) return named;
  if (timezone !== null) return zoneOfText(timezone, zones);
  return (timezoneId === null ? null : zones.foreign(timezoneId)) ?? FLOATING;
}
