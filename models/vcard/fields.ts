import { fold } from '../ical/collation.ts';
import { type CardProperty, splitValue, unescapeText } from './lines.ts';
import type { ParsedCard } from './parse.ts';

/** Goes up when the same card would get other rows than before; all are then computed anew. */
export const CARD_FIELD_RECIPE = 1;

/** One row of the card index. */
export interface CardField {
  /** Upper-case property name, without group. */
  readonly field: string;
  /** As `indexText` makes it. */
  readonly value: string;
}

/**
 * A text as the index keeps and looks for it: folded for `i;unicode-casemap`, without characters that databases cannot hold
 * or that bound a range of the index. What holds another text holds it in this form too.
 */
export function indexText(text: string): string {
  return fold(text, 'i;unicode-casemap').replace(/[\0\u{10ffff}]/gu, '\ufffd');
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

/** The indexed properties that people search in by a part of a word. */
export const SEARCHED_FIELDS: ReadonlySet<string> = new Set([
  ...['FN', 'N', 'NICKNAME', 'EMAIL', 'TEL', 'ORG', 'TITLE', 'CATEGORIES', 'IMPP'],
]);

const STRUCTURED: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG', 'GENDER']);
/** Lists, and structured values whose components are lists (RFC 6350 §6.2.2, §6.3.1). */
const LISTS: ReadonlySet<string> = new Set(['NICKNAME', 'CATEGORIES', 'N', 'ADR']);

/**
 * The texts of a property that a text match looks at, unescaped: the whole value, the components of a structured one and the
 * elements of a list.
 */
export function textsOf(property: CardProperty): readonly string[] {
  const { name, value } = property;
  const texts = new Set([unescapeText(value)]);
  const components = STRUCTURED.has(name) ? splitValue(value, ';') : [value];
  for (const component of components) {
    if (component !== '') texts.add(unescapeText(component));
    if (!LISTS.has(name) || !component.includes(',')) continue;
    for (const element of splitValue(component, ',')) if (element !== '') texts.add(unescapeText(element));
  }
  return [...texts];
}

/** The index rows of a card: the same texts that `matchesCard` compares, so that the index misses nothing. */
export function cardFields(parsed: Pick<ParsedCard, 'properties'>): readonly CardField[] {
  const rows = new Map<string, CardField>();
  for (const property of parsed.properties) {
    if (!INDEXED_FIELDS.has(property.name)) continue;
    for (const text of textsOf(property)) {
      const value = indexText(text);
      rows.set(`${property.name}\n${value}`, { field: property.name, value });
    }
  }
  return [...rows.values()];
}
