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

/** Goes up with every change of `i;unicode-casemap` in `fold`: what indexes keep folded is then folded anew. */
export const FOLD_RECIPE = 1;

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
 * Maps each code point to its simple title case, then decomposes it for compatibility, again and again (RFC 5051 §2, steps 2 and
 * 3). Code points stand for themselves alone: marks are not sorted over their borders, what comes of a decomposition is not
 * mapped to title case any more (the ligature fi becomes `fi`, not `FI`), and mappings that grow (sharp s to SS) are no simple ones.
 */
function foldUnicode(text: string): string {
  const known = new Map<string, string>();
  return text.replace(/[a-z]+|[^\0-\x7f]/gu, (part) => {
    if (part.charCodeAt(0) < 128) return part.toUpperCase();
    let folded = known.get(part);
    if (folded === undefined) {
      folded = titleCase(part).normalize('NFKD');
      known.set(part, folded);
    }
    return folded;
  });
}

/** Letters whose simple title case is not what `toUpperCase` gives: the digraphs, and Greek letters whose full upper case grows. */
const TITLES: ReadonlyMap<string, string> = new Map([
  ...[...'\u01c4\u01c5\u01c6'].map((letter) => [letter, '\u01c5'] as const),
  ...[...'\u01c7\u01c8\u01c9'].map((letter) => [letter, '\u01c8'] as const),
  ...[...'\u01ca\u01cb\u01cc'].map((letter) => [letter, '\u01cb'] as const),
  ...[...'\u01f1\u01f2\u01f3'].map((letter) => [letter, '\u01f2'] as const),
  ...(['\u1fb3\u1fbc', '\u1fc3\u1fcc', '\u1ff3\u1ffc'] as const).map(
    ([small, title]) => [small ?? '', title ?? ''] as const,
  ),
]);

/** The simple title case of one code point; itself where it has none. */
function titleCase(char: string): string {
  const title = TITLES.get(char);
  if (title !== undefined) return title;
  const code = char.codePointAt(0) ?? 0;
  // Georgian has capitals, but no title case.
  if (code >= 0x10d0 && code <= 0x10ff) return char;
  // Small Greek letters with iota subscript lie eight before their title case.
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCharCode(code | 8);
  const upper = char.toUpperCase();
  return upper.length === char.length || [...upper].length === 1 ? upper : char;
}
