import { splitValue } from './lines.ts';

/** A base64 body with its media type, as a 4.0 `data:` URI holds it. */
export interface Media {
  readonly mediaType: string;
  readonly base64: string;
}

const DATE = /^(\d{4})-?(\d\d)-?(\d\d)$/;
const DATE_TIME =
  /^(\d{4})-?(\d\d)-?(\d\d)[Tt](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d{1,9})?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;
const NO_YEAR = /^--(\d\d)-?(\d\d)$/;
const PARTIAL = /^(?:\d{4}|\d{4}-\d\d|--\d\d|---\d\d|T[\d+Z-]{2,16})$/;

/** A date or date-time in the basic form of 4.0 (RFC 6350 §4.3), or null when it is none. */
export function basicDate(value: string): string | null {
  const date = DATE.exec(value);
  if (date !== null) return `${date[1]}${date[2]}${date[3]}`;
  const noYear = NO_YEAR.exec(value);
  if (noYear !== null) return `--${noYear[1]}${noYear[2]}`;
  const time = DATE_TIME.exec(value);
  if (time !== null) {
    const zone = (time[7] ?? '').replace(':', '').toUpperCase();
    return `${time[1]}${time[2]}${time[3]}T${time[4]}${time[5]}${time[6] ?? '00'}${zone}`;
  }
  return PARTIAL.test(value) ? value : null;
}

/** A date or date-time in the extended form that 3.0 clients write (RFC 2426 §3.1.5), or null when it has none. */
export function extendedDate(value: string): string | null {
  const date = DATE.exec(value);
  if (date !== null) return `${date[1]}-${date[2]}-${date[3]}`;
  const time = DATE_TIME.exec(value);
  if (time === null) return null;
  const zone = (time[7] ?? '').replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2').toUpperCase();
  return `${time[1]}-${time[2]}-${time[3]}T${time[4]}:${time[5]}:${time[6] ?? '00'}${zone}`;
}

/** Month and day of `--MMDD` or `--MM-DD`, or null. */
export function monthAndDay(value: string): { month: string; day: string } | null {
  const found = NO_YEAR.exec(value);
  return found === null ? null : { month: found[1] ?? '', day: found[2] ?? '' };
}

/** The parts of a base64 `data:` URI, or null; escaped separators of careless writers are read too. */
export function readDataUri(value: string): Media | null {
  if (!/^data:/i.test(value)) return null;
  const comma = value.indexOf(',');
  if (comma < 0 || comma > 120) return null;
  const head = /^data:([\w.+/-]*)\\?;base64\\?$/i.exec(value.slice(0, comma));
  if (head === null) return null;
  return { mediaType: (head[1] ?? '').toLowerCase(), base64: value.slice(comma + 1) };
}

const SUBTYPES = new Map([
  ['JPG', 'jpeg'],
  ['TIF', 'tiff'],
  ['SVG', 'svg+xml'],
]);
const KEY_TYPES = new Map([
  ['PGP', 'application/pgp-keys'],
  ['X509', 'application/pkix-cert'],
]);
const NOT_MEDIA: ReadonlySet<string> = new Set(['HOME', 'WORK', 'PREF', 'INTERNET', 'OTHER']);

/** The word of a 3.0 TYPE parameter that names a format, or undefined. */
export function mediaWord(types: readonly string[]): string | undefined {
  return types.find((type) => !NOT_MEDIA.has(type.toUpperCase()) && !/^x-/i.test(type));
}

/** Media type of an inline value from the word in TYPE, else from the first bytes. */
export function mediaTypeOf(property: string, word: string | undefined, base64: string): string {
  if (word === undefined) return sniff(base64);
  if (word.includes('/')) return word.toLowerCase();
  const upper = word.toUpperCase();
  if (property === 'KEY') return KEY_TYPES.get(upper) ?? `application/${upper.toLowerCase()}`;
  const family = property === 'SOUND' ? 'audio' : 'image';
  return `${family}/${SUBTYPES.get(upper) ?? upper.toLowerCase()}`;
}

/** The word for TYPE of a media type: the inverse of `mediaTypeOf`; undefined when there is none to say. */
export function wordOfMediaType(mediaType: string): string | undefined {
  for (const [word, type] of KEY_TYPES) if (type === mediaType) return word;
  const slash = mediaType.indexOf('/');
  if (slash < 0 || mediaType === 'application/octet-stream') return undefined;
  if (mediaType === 'image/svg+xml') return 'SVG';
  return mediaType.slice(slash + 1).toUpperCase();
}

function sniff(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  if (base64.startsWith('iVBORw0KGgo')) return 'image/png';
  if (base64.startsWith('R0lGOD')) return 'image/gif';
  return base64.startsWith('UklGR') ? 'image/webp' : 'application/octet-stream';
}

/** `lat;lon` of 3.0 as a `geo:` URI, or null. */
export function geoUri(value: string): string | null {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*;\s*(-?\d+(?:\.\d+)?)\s*$/.exec(value);
  return found === null ? null : `geo:${found[1]},${found[2]}`;
}

/** A `geo:` URI as `lat;lon` of 3.0, or null. */
export function geoPair(value: string): string | null {
  const found = /^geo:(-?\d+(?:\.\d+)?)\\?,(-?\d+(?:\.\d+)?)$/i.exec(value);
  return found === null ? null : `${found[1]};${found[2]}`;
}

/** A structured value with at least `count` components. */
export function padComponents(value: string, count: number): string {
  const missing = count - splitValue(value, ';').length;
  return missing > 0 ? value + ';'.repeat(missing) : value;
}
