import { fold } from '../ical/collation.ts';
import { type CardProperty, splitValue, unescapeText } from './lines.ts';
import type { ParsedCard } from './parse.ts';

/** One row of the card index. */
export interface CardField {
  /** Upper-case property name, without group. */
  readonly field: string;
  /** Folded for `i;unicode-casemap`. */
  readonly value: string;
}

/** The properties whose text is indexed; everything else is searched in the card itself. */
export const INDEXED_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'FN',
    'N',
    'NICKNAME',
    'EMAIL',
    'TEL',
    'ORG',
    'TITLE',
    'CATEGORIES',
    'IMPP',
    'UID',
    'KIND',
    'X-ADDRESSBOOKSERVER-KIND',
  ],
]);

const STRUCTURED: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG', 'GENDER']);
const LISTS: ReadonlySet<string> = new Set(['NICKNAME', 'CATEGORIES']);

/** The texts of a property that a text match looks at: the whole value, and the parts of a structured one or a list, unescaped. */
export function textsOf(property: CardProperty): readonly string[] {
  const whole = unescapeText(property.value);
  const separator = STRUCTURED.has(property.name) ? ';' : LISTS.has(property.name) ? ',' : null;
  if (separator === null) return [whole];
  const parts = splitValue(property.value, separator);
  if (parts.length === 1) return [whole];
  return [whole, ...parts.filter((part) => part !== '').map(unescapeText)];
}

/** The index rows of a card: the same texts that `matchesCard` compares, so that the index misses nothing. */
export function cardFields(parsed: Pick<ParsedCard, 'properties'>): readonly CardField[] {
  const rows = new Map<string, CardField>();
  for (const property of parsed.properties) {
    if (!INDEXED_FIELDS.has(property.name)) continue;
    for (const text of textsOf(property)) {
      const value = fold(text, 'i;unicode-casemap');
      rows.set(`${property.name}\n${value}`, { field: property.name, value });
    }
  }
  return [...rows.values()];
}
