/** How calendar objects that tests draw are written: times in every form there is, and the object around its components. */
import assert from 'node:assert/strict';
import { formatUtc, localSeconds, parseDateTime } from '../../models/ical/values.ts';

/** A wall time as a DATE-TIME without a zone. */
export const stamp = (local: number): string => formatUtc(local).slice(0, -1);

/** The wall seconds of a DATE, at midnight, or DATE-TIME; fails for anything else. */
export function secondsAt(text: string): number {
  const value = parseDateTime(text);
  assert.ok(value, `${text} is a time`);
  return localSeconds(value);
}

/** How a time is told. */
export interface Form {
  readonly isDate: boolean;
  /** The zone that is named; null: none is. */
  readonly tzid: string | null;
  /** With the parameters in front, as it stands behind the name of a property. */
  tell(local: number): string;
}

/** Times in a zone by its name. */
export const zoned = (tzid: string): Form => ({
  isDate: false,
  tzid,
  tell: (local) => `;TZID=${tzid.includes(' ') ? `"${tzid}"` : tzid}:${stamp(local)}`,
});
export const UTC_FORM: Form = { isDate: false, tzid: null, tell: (local) => `:${stamp(local)}Z` };
export const FLOATING_FORM: Form = { isDate: false, tzid: null, tell: (local) => `:${stamp(local)}` };
export const DATE_FORM: Form = {
  isDate: true,
  tzid: null,
  tell: (local) => `;VALUE=DATE:${stamp(local).slice(0, 8)}`,
};

/** An object with components of one name, each given by its lines. */
export function calendarText(name: string, blocks: readonly (readonly string[])[]): string {
  const body = blocks.flatMap((lines) => [`BEGIN:${name}`, ...lines, `END:${name}`]);
  const whole = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Daybook//Test//EN',
    ...body,
    'END:VCALENDAR',
    '',
  ];
  return whole.join('\r\n');
}
