import { escapeText } from './ical/values.ts';
import { asText, exactNumber } from './json.ts';

/** Values that jCal and jCard write alike (RFC 7265 §3.6, RFC 7095 §3.5), each in both directions. */

/** One value type. */
export interface ValueCodec {
  /** The JSON of a value as it stands in a content line; undefined where the line holds no value of this type. */
  toJson(raw: string): unknown;
  /** The value as a content line holds it; null where the JSON is no value of this type. */
  toRaw(json: unknown): string | null;
}

/** Undoes the escapes the formats define; a backslash before anything else stays, or something would be lost. */
function readEscapes(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\\;,nN])/g, (_, sign: string) => (sign === 'n' || sign === 'N' ? '\n' : sign));
}

/** A value that stands in JSON as it stands in the line. A line break would end the line, so none may be in it. */
function plainText(json: unknown): string | null {
  const text = asText(json);
  return text === null || /[\r\n]/.test(text) ? null : text;
}

/** Makes a type that differs only in how it is spelt; spaces around the value are not kept. */
export function spelling(
  toJson: (raw: string) => string | null,
  toRaw: (text: string) => string | null,
): ValueCodec {
  return {
    toJson: (raw) => toJson(raw.trim()) ?? undefined,
    toRaw: (json) => (typeof json === 'string' ? toRaw(json) : null),
  };
}

/** TEXT: without its escapes (RFC 7265 §3.6.12, RFC 7095 §3.5.1). */
export const TEXT: ValueCodec = {
  toJson: readEscapes,
  toRaw(json) {
    const text = asText(json);
    return text === null ? null : escapeText(text);
  },
};

/** URI, CAL-ADDRESS, BINARY, DURATION, whatever nobody knows: as written. */
export const AS_WRITTEN: ValueCodec = { toJson: (raw) => raw, toRaw: plainText };

export const BOOLEAN: ValueCodec = {
  toJson: (raw) => (/^\s*true\s*$/i.test(raw) ? true : /^\s*false\s*$/i.test(raw) ? false : undefined),
  toRaw: (json) => (typeof json === 'boolean' ? (json ? 'TRUE' : 'FALSE') : null),
};

export const INTEGER: ValueCodec = {
  toJson(raw) {
    const number = exactNumber(raw.trim());
    return number !== null && Number.isSafeInteger(number) && !raw.includes('.') ? number : undefined;
  },
  toRaw: (json) => (Number.isSafeInteger(json) ? asText(json) : null),
};

export const FLOAT: ValueCodec = {
  toJson: (raw) => exactNumber(raw.trim()) ?? undefined,
  toRaw: (json) => (typeof json === 'number' && Number.isFinite(json) ? asText(json) : null),
};

const OFFSET = /^([+-]\d\d)(?::?(\d\d)(?::?(\d\d))?)?$/;

/** UTC-OFFSET: `-0500` as `-05:00` (RFC 7265 §3.6.14, RFC 7095 §3.5.11). */
export const UTC_OFFSET: ValueCodec = spelling(
  (raw) => joinOffset(raw, ':'),
  (text) => joinOffset(text, ''),
);

function joinOffset(text: string, colon: string): string | null {
  const parts = OFFSET.exec(text);
  return parts === null
    ? null
    : parts
        .slice(1)
        .filter((part) => part !== undefined)
        .join(colon);
}
