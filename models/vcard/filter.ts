import { type TextMatch, textMatches } from '../ical/collation.ts';
import { INDEXED_FIELDS, indexText, textsOf } from './fields.ts';
import { type CardProperty, decodeCaret } from './lines.ts';
import type { ParsedCard } from './parse.ts';

/** CARDDAV:param-filter (RFC 6352 §10.5.2). */
export interface CardParamFilter {
  /** Upper case. */
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch: TextMatch | null;
}

/** CARDDAV:prop-filter (RFC 6352 §10.5.1). */
export interface CardPropFilter {
  /** Upper case, without group. */
  readonly name: string;
  /** Set when the filter names `group.NAME`; compared without case. */
  readonly group?: string | null;
  readonly isNotDefined: boolean;
  readonly test: 'anyof' | 'allof';
  readonly textMatches: readonly TextMatch[];
  readonly paramFilters: readonly CardParamFilter[];
}

/** CARDDAV:filter (RFC 6352 §10.5). */
export interface CardFilter {
  readonly test: 'anyof' | 'allof';
  readonly propFilters: readonly CardPropFilter[];
}

/** Whether a card passes; a filter without conditions takes every card. */
export function matchesCard(parsed: Pick<ParsedCard, 'properties'>, filter: CardFilter): boolean {
  if (filter.propFilters.length === 0) return true;
  const passes = (one: CardPropFilter): boolean => matchesProp(parsed.properties, one);
  return filter.test === 'anyof' ? filter.propFilters.some(passes) : filter.propFilters.every(passes);
}

function matchesProp(properties: readonly CardProperty[], filter: CardPropFilter): boolean {
  const group = filter.group?.toLowerCase() ?? null;
  const found = properties.filter(
    (p) => p.name === filter.name && (group === null || p.group?.toLowerCase() === group),
  );
  if (filter.isNotDefined) return found.length === 0;
  return found.some((property) => matchesInstance(property, filter));
}

function matchesInstance(property: CardProperty, filter: CardPropFilter): boolean {
  if (filter.textMatches.length === 0 && filter.paramFilters.length === 0) return true;
  const texts = filter.textMatches.length === 0 ? [] : textsOf(property);
  const byText = (match: TextMatch): boolean => matchesTexts(texts, match);
  const byParam = (one: CardParamFilter): boolean => matchesParam(property, one);
  if (filter.test === 'anyof') return filter.textMatches.some(byText) || filter.paramFilters.some(byParam);
  return filter.textMatches.every(byText) && filter.paramFilters.every(byParam);
}

function matchesTexts(texts: readonly string[], match: TextMatch): boolean {
  const plain = match.negate ? { ...match, negate: false } : match;
  return texts.some((text) => textMatches(text, plain)) !== match.negate;
}

function matchesParam(property: CardProperty, filter: CardParamFilter): boolean {
  const params = property.params.filter((p) => p.name === filter.name);
  if (filter.isNotDefined) return params.length === 0;
  if (filter.textMatch === null) return params.length > 0;
  const texts = params.flatMap((p) => p.values.map(decodeCaret));
  return params.length > 0 && matchesTexts(texts, filter.textMatch);
}

/** A condition on one row of the card index: necessary for its part of a filter, not always sufficient. */
export interface FieldProbe {
  readonly field: string;
  /** As `indexText` makes it. */
  readonly text: string;
  readonly matchType: TextMatch['matchType'];
}

/** Index conditions of a whole filter: a matching card meets one (`anyof`) or all (`allof`) of them. */
export interface IndexedFilter {
  readonly test: 'anyof' | 'allof';
  readonly probes: readonly FieldProbe[];
}

/** What the index can say about a filter, or null when every card must be looked at. */
export function indexable(filter: CardFilter): IndexedFilter | null {
  const parts = filter.propFilters.map(probesOf);
  if (filter.test === 'allof' || filter.propFilters.length === 1) {
    const usable = parts.filter((part) => part !== null);
    const all = usable.filter((part) => part.test === 'allof').flatMap((part) => part.probes);
    if (all.length > 0) return { test: 'allof', probes: all };
    return usable[0] ?? null;
  }
  const probes: FieldProbe[] = [];
  for (const part of parts) {
    if (part === null) return null;
    probes.push(...(part.test === 'allof' ? part.probes.slice(0, 1) : part.probes));
  }
  return probes.length === 0 ? null : { test: 'anyof', probes };
}

function probesOf(filter: CardPropFilter): IndexedFilter | null {
  if (filter.isNotDefined || !INDEXED_FIELDS.has(filter.name)) return null;
  const probes = filter.textMatches.filter(isIndexable).map((match) => probe(filter.name, match));
  if (filter.test === 'allof') return probes.length === 0 ? null : { test: 'allof', probes };
  const isWhole = filter.paramFilters.length === 0 && probes.length === filter.textMatches.length;
  if (!isWhole || probes.length === 0) return null;
  return { test: probes.length === 1 ? 'allof' : 'anyof', probes };
}

/** Databases bound the length of patterns; longer texts than this are nobody's. */
const MAX_PROBE_LENGTH = 1000;

/**
 * Whether the index finds what a match finds: folding for `i;unicode-casemap` goes code point by code point and takes the letter
 * case of the other collations away, so a text that is found in a value is found among the folded ones, too. Half a surrogate
 * pair, which the filter finds inside a whole one, has no form in a database.
 */
function isIndexable(match: TextMatch): boolean {
  return !match.negate && match.text.length <= MAX_PROBE_LENGTH && !/\p{Surrogate}/u.test(match.text);
}

function probe(field: string, match: TextMatch): FieldProbe {
  return { field, text: indexText(match.text), matchType: match.matchType };
}
