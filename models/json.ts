/** JSON from outside: read under bounds, and looked at without trusting its shape. */

/** Why a text was not read. */
export type JsonFault = 'not-json' | 'too-deep';

/** JSON that was read, or why it was not. */
export type JsonRead = { readonly value: unknown } | { readonly fault: JsonFault };

const QUOTE = 34;
const BACKSLASH = 92;

/** Says whether arrays and objects are nested at most so deep; linear, and before anything is built. */
function isWithinDepth(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) return false;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return true;
}

/** Reads UTF-8 JSON (RFC 8259) whose nesting is bounded; a byte order mark is passed over. The caller bounds the size. */
export function readJson(bytes: Uint8Array, maxDepth: number): JsonRead {
  if (!isWithinDepth(bytes, maxDepth)) return { fault: 'too-deep' };
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return { value };
  } catch {
    return { fault: 'not-json' };
  }
}

/** Takes a value as an array; null when it is none. */
export function asArray(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/** Lists the members of an object as they were written; null when it is none. Names such as `__proto__` are names. */
export function asEntries(value: unknown): readonly (readonly [string, unknown])[] | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
}

/** Takes a scalar as text: numbers and booleans as JSON writes them; null for anything else. */
export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || typeof value === 'number' ? plainNumber(value) : null;
}

/** A number without an exponent, which neither iCalendar nor vCard has; a boolean as its word. */
function plainNumber(value: number | boolean): string {
  const written = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(written);
  if (parts === null) return written;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

/** A decimal as a JSON number, where no digit of it would be lost; else null. */
export function exactNumber(text: string): number | null {
  if (!/^[+-]?\d{1,40}(?:\.\d{1,40})?$/.test(text)) return null;
  const number = Number(text);
  return plainDecimal(plainNumber(number)) === plainDecimal(text) ? number : null;
}

/** The one spelling of a decimal: no plus, no zeros that say nothing. */
function plainDecimal(text: string): string {
  const bare = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  const short = bare.includes('.') ? bare.replace(/\.?0+$/, '') : bare;
  return short === '-0' || short === '' ? '0' : short;
}

/** So many pieces are made before others may have their turn. */
const PIECES_IN_A_ROW = 64;

/** Joins pieces as they are made; awaits `rest` now and then, so that a large object holds nobody up. */
export async function joined(pieces: Iterable<string>, rest: () => Promise<void>): Promise<string> {
  const made: string[] = [];
  for (const piece of pieces) {
    made.push(piece);
    if (made.length % PIECES_IN_A_ROW === 0) await rest();
  }
  return made.join('');
}
