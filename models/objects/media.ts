import type { App } from '../app.ts';
import { Precondition } from '../errors.ts';
import { fromJcal, JCAL_TYPE } from '../ical/jcal.ts';
import { joined } from '../json.ts';
import type { ObjectCollection } from '../types.ts';
import { fromJcard, JCARD_TYPE } from '../vcard/jcard.ts';

/** The media types bodies come in: text is stored as it is, JSON as the text it says. */

/** What iCalendar text is called (RFC 5545 §8.1). */
export const CALENDAR_TEXT_TYPES: readonly string[] = ['text/calendar'];
/** What vCard text is called: today, and by RFC 2426 and before. */
export const CARD_TEXT_TYPES: readonly string[] = ['text/vcard', 'text/directory', 'text/x-vcard'];

interface Media {
  readonly types: ReadonlySet<string>;
  readonly json: string;
  readonly expected: string;
  readonly code: 'supported-calendar-data' | 'supported-address-data';
  /** First line of what belongs into the other kind of collection. */
  readonly other: RegExp;
}

const CALENDAR: Media = {
  types: new Set(CALENDAR_TEXT_TYPES),
  json: JCAL_TYPE,
  expected: 'text/calendar; charset=utf-8',
  code: 'supported-calendar-data',
  other: /^BEGIN:VCARD/i,
};
const CARD: Media = {
  types: new Set(CARD_TEXT_TYPES),
  json: JCARD_TYPE,
  expected: 'text/vcard; charset=utf-8',
  code: 'supported-address-data',
  other: /^BEGIN:VCALENDAR/i,
};
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * Checks the media type of a body and says whether it is JSON; one that is not told is read from its first line. Throws
 * Precondition `supported-calendar-data` or `supported-address-data` (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1).
 */
export function checkContentType(
  collection: ObjectCollection,
  contentType: string | null,
  body: Uint8Array,
): 'text' | 'json' {
  const media = collection.kind === 'calendar' ? CALENDAR : CARD;
  const found = contentType?.trim() ?? '';
  if (found === '') {
    const start = Buffer.from(body.subarray(0, 40))
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trimStart();
    if (media.other.test(start))
      throw new Precondition(media.code, `This collection takes ${media.expected}.`);
    return 'text';
  }
  const [type = '', ...parameters] = found.toLowerCase().split(';');
  const charset = parameters
    .map((p) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(p)?.[1])
    .find((c) => c !== undefined);
  if (charset === undefined || CHARSETS.has(charset)) {
    if (media.types.has(type.trim())) return 'text';
    if (media.json === type.trim()) return 'json';
  }
  throw new Precondition(media.code, `Found the type "${found.slice(0, 100)}"; send ${media.expected}.`);
}

/** JSON says the same with more characters than text: quotes, brackets, escapes. */
const JSON_GROWTH = 1.5;

/**
 * The text of a JSON body. Throws Precondition `valid-calendar-data` or `valid-address-data`, `max-resource-size` where it is
 * too large to be read, `supported-address-data` for another version than 4.0.
 */
export async function textOfJson(
  app: Pick<App, 'limits' | 'rules'>,
  collection: ObjectCollection,
  body: Uint8Array,
): Promise<Uint8Array> {
  const isCalendar = collection.kind === 'calendar';
  const most = JSON_GROWTH * (isCalendar ? app.limits.maxCalendarObjectBytes : app.limits.maxCardBytes);
  if (body.byteLength > most)
    throw new Precondition(
      isCalendar ? 'calendar-max-resource-size' : 'card-max-resource-size',
      `The JSON has ${body.byteLength} bytes; at most ${most} are read.`,
    );
  await app.rules.rest();
  const lines = isCalendar ? fromJcal(body) : fromJcard(body);
  return Buffer.from(await joined(lines, app.rules.rest), 'utf8');
}
