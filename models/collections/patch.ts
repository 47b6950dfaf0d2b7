import type { Limits } from '../app.ts';
import type { Bind } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import { readTimezone } from '../ical/calendar-zone.ts';
import { mainComponents } from '../ical/component.ts';
import { parseCalendar } from '../ical/parse.ts';
import { validateObject } from '../ical/validate.ts';
import { timezoneCalendar } from '../ical/vtimezone.ts';
import { createZones, resolveZone, vtimezoneFor } from '../ical/zones.ts';

/** Columns of a collection that people set; null takes a value away, absent leaves it. */
export interface CollectionPatch {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly color?: string | null;
  readonly order?: string | null;
  /** VCALENDAR text with one VTIMEZONE (RFC 4791 §5.2.2). */
  readonly timezone?: string | null;
  readonly timezoneId?: string | null;
  readonly isTransparent?: boolean | null;
  /** VCALENDAR text with one VAVAILABILITY (RFC 7953 §7.2.4). */
  readonly availability?: string | null;
}

interface TextColumn {
  readonly column: string;
  readonly maxBytes: number;
}

const TEXT_COLUMNS: ReadonlyMap<keyof CollectionPatch, TextColumn> = new Map<
  keyof CollectionPatch,
  TextColumn
>([
  ['displayName', { column: 'display_name', maxBytes: 1024 }],
  ['description', { column: 'description', maxBytes: 16_384 }],
  ['color', { column: 'color', maxBytes: 64 }],
  ['order', { column: 'sort_order', maxBytes: 64 }],
  ['timezone', { column: 'timezone', maxBytes: 65_536 }],
  ['timezoneId', { column: 'timezone_id', maxBytes: 255 }],
  ['availability', { column: 'availability', maxBytes: 65_536 }],
]);

const MAX_NAME_BYTES = 255;

/** Throws `Refusal` 400 for what cannot be the last segment of a path. */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /\p{Surrogate}/u.test(name) || /[/\u0000]/.test(name))
    throw new Refusal(400, 'This is not a name that an address can end with.');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new Refusal(400, `A name has at most ${MAX_NAME_BYTES} bytes.`);
}

/**
 * Turns a patch into columns. Throws Precondition `valid-calendar-data` or `valid-timezone` for a time zone that cannot
 * be read, `Refusal` 400 or 403 for text that cannot be kept. `name` stands in for a display name that is taken away.
 */
export function columnsOf(
  patch: CollectionPatch,
  name: string,
  limits: Limits,
): readonly (readonly [string, Bind])[] {
  const whole = withZones(patch);
  const columns: (readonly [string, Bind])[] = [];
  for (const [field, { column, maxBytes }] of TEXT_COLUMNS) {
    const value = whole[field];
    if (value === undefined || typeof value === 'boolean') continue;
    if (value !== null) checkText(field, value, maxBytes);
    if (field === 'availability' && value !== null) checkAvailability(value, limits);
    columns.push([column, field === 'displayName' ? value || name : value]);
  }
  if (whole.isTransparent !== undefined)
    columns.push(['is_transparent', whole.isTransparent === true ? 1 : 0]);
  return columns;
}

function checkText(field: string, value: string, maxBytes: number): void {
  if (value.includes('\0') || /\p{Surrogate}/u.test(value))
    throw new Refusal(400, `The ${field} has characters that cannot be kept.`);
  if (Buffer.byteLength(value) > maxBytes)
    throw new Refusal(403, `The ${field} has more than ${maxBytes} bytes.`);
}

/** Throws Precondition `valid-calendar-data` for anything but one VAVAILABILITY and its zones. */
function checkAvailability(value: string, limits: Limits): void {
  const parsed = parseCalendar(Buffer.from(value), limits);
  if (mainComponents(parsed.root).length !== 1 || parsed.component !== 'VAVAILABILITY')
    throw new Precondition('valid-calendar-data', 'Availability is one VCALENDAR with one VAVAILABILITY.');
  validateObject(parsed, limits);
}

/**
 * The zone's text and its name follow each other (RFC 7809 §3.1.5): the one that is not told is made from the other, and
 * where both are told they have to mean one zone.
 */
function withZones(patch: CollectionPatch): CollectionPatch {
  const { timezone, timezoneId } = patch;
  if (typeof timezone === 'string') {
    const { root, tzid } = readTimezone(timezone);
    if (typeof timezoneId !== 'string' || timezoneId === tzid) return { ...patch, timezoneId: tzid };
    const zones = createZones();
    if (resolveZone(tzid, root, zones) !== zones.iana(timezoneId))
      throw unknownZone(`"${timezoneId}" is not the name of the time zone that is sent beside it.`);
    return { ...patch, timezone: timezoneText(timezoneId) };
  }
  if (typeof timezoneId === 'string') return { ...patch, timezone: timezoneText(timezoneId) };
  return timezone === undefined && timezoneId === undefined
    ? patch
    : { ...patch, timezone: null, timezoneId: null };
}

function unknownZone(message: string): Precondition {
  return new Precondition('valid-timezone', message);
}

/** Writes what a calendar tells of an IANA zone. Throws Precondition `valid-timezone` for any other name. */
function timezoneText(timezoneId: string): string {
  const component = vtimezoneFor(timezoneId);
  if (component === null)
    throw unknownZone(`"${timezoneId.slice(0, 80)}" is no time zone that is known here; send its VTIMEZONE.`);
  return timezoneCalendar(component);
}
