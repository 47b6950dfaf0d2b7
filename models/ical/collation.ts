/** Collations of text matches in calendar and address book queries (RFC 4790, RFC 5051). */

export type Collation = 'i;ascii-casemap' | 'i;octet' | 'i;unicode-casemap';

export interface TextMatch {
  readonly text: string;
  readonly collation: Collation;
  /** True: the match succeeds where the text is not found. */
  readonly negate: boolean;
  readonly matchType: 'equals' | 'contains' | 'starts-with' | 'ends-with';
}

/** The collations a query may name, as `supported-collation-set` lists them. */
export const COLLATIONS: readonly Collation[] = ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'];

/** Finds a collation by the name in a query; `default` is `fallback`, an unknown one is null. */
export function findCollation(name: string | null, fallback: Collation): Collation | null {
  if (name === null || name === 'default' || name === '') return fallback;
  return COLLATIONS.find((collation) => collation === name.toLowerCase()) ?? null;
}

/** Brings text into the form in which two strings of that collation are equal or not. */
export function fold(text: string, collation: Collation): string {
  switch (collation) {
    case 'i;octet':
      return text;
    case 'i;ascii-casemap':
      return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    case 'i;unicode-casemap':
      return isAscii(text) ? text.toUpperCase() : foldUnicode(text);
  }
}

/** Says whether a value passes the match; with `negate`, whether it does not contain it. */
export function textMatches(value: string, match: TextMatch): boolean {
  const found = contains(fold(value, match.collation), fold(match.text, match.collation), match.matchType);
  return found !== match.negate;
}

function contains(value: string, text: string, type: TextMatch['matchType']): boolean {
  switch (type) {
    case 'equals':
      return value === text;
    case 'contains':
      return value.includes(text);
    case 'starts-with':
      return value.startsWith(text);
    case 'ends-with':
      return value.endsWith(text);
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/**
 * Maps each code point to its simple upper case, then decomposes for compatibility (RFC 5051 §2). Mappings that grow,
 * such as sharp s to SS, are not simple ones and are left alone.
 */
function foldUnicode(text: string): string {
  let folded = '';
  for (const char of streamSafe(text).normalize('NFKD')) {
    const upper = char.toUpperCase();
    folded += upper.length === char.length ? upper : char;
  }
  return folded.normalize('NFKD');
}

/**
 * Breaks runs of combining marks as the Stream-Safe Text Format does (UAX #15): sorting half a million of them into
 * canonical order takes over a minute.
 */
function streamSafe(text: string): string {
  return text.replace(/\p{M}{30}/gu, '$&\u034f');
}
