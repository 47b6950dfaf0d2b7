import { Precondition, type PreconditionCode } from '../../models/errors.ts';
import type { TextMatch } from '../../models/ical/collation.ts';
import { type Collation, findCollation } from '../../models/ical/collation.ts';
import { child, childrenOf, type XmlElement } from '../xml/element.ts';
import { qname } from '../xml/names.ts';

/** What differs between the filters of CalDAV and CardDAV. */
export interface FilterDialect {
  /** Of the filter elements. */
  readonly namespace: string;
  /** Collation of a text match that names none. */
  readonly collation: Collation;
  readonly unknownCollation: PreconditionCode;
  /** Named when a filter cannot be read. */
  readonly invalid: PreconditionCode;
  /** Named when a filter can be read but asks for more than the server does. */
  readonly unsupported: PreconditionCode;
}

/** Most filter elements of one query. */
export const MAX_FILTERS = 64;

/** Counts filters while they are read; throws the dialect's `unsupported` above `MAX_FILTERS`. */
export class FilterBudget {
  readonly dialect: FilterDialect;
  #left = MAX_FILTERS;

  constructor(dialect: FilterDialect) {
    this.dialect = dialect;
  }

  take(): void {
    this.#left -= 1;
    if (this.#left < 0)
      throw new Precondition(this.dialect.unsupported, `A query may hold at most ${MAX_FILTERS} filters.`);
  }
}

const MATCH_TYPES: readonly TextMatch['matchType'][] = ['equals', 'contains', 'starts-with', 'ends-with'];

/** Reads a `text-match` element (RFC 4791 §9.7.5, RFC 6352 §10.5.4). */
export function readTextMatch(element: XmlElement, dialect: FilterDialect): TextMatch {
  const name = element.attributes.get('collation') ?? null;
  const collation = findCollation(name, dialect.collation);
  if (collation === null)
    throw new Precondition(dialect.unknownCollation, 'The collation of a text match is not known here.');
  const type = element.attributes.get('match-type') ?? 'contains';
  const matchType = MATCH_TYPES.find((known) => known === type);
  if (matchType === undefined)
    throw new Precondition(
      dialect.invalid,
      'match-type is one of equals, contains, starts-with and ends-with.',
    );
  return {
    text: element.text,
    collation,
    negate: readYesNo(element, 'negate-condition', dialect),
    matchType,
  };
}

function readYesNo(element: XmlElement, attribute: string, dialect: FilterDialect): boolean {
  const value = element.attributes.get(attribute) ?? 'no';
  if (value !== 'yes' && value !== 'no')
    throw new Precondition(dialect.invalid, `${attribute} is yes or no.`);
  return value === 'yes';
}

/** Reads the `test` attribute. */
export function readTest(
  element: XmlElement,
  fallback: 'anyof' | 'allof',
  dialect: FilterDialect,
): 'anyof' | 'allof' {
  const value = element.attributes.get('test') ?? fallback;
  if (value !== 'anyof' && value !== 'allof')
    throw new Precondition(dialect.invalid, 'test is anyof or allof.');
  return value;
}

/** Reads the `name` attribute every filter must have; names compare without case. */
export function readFilterName(element: XmlElement, dialect: FilterDialect): string {
  const name = element.attributes.get('name')?.trim() ?? '';
  if (name === '') throw new Precondition(dialect.invalid, 'A filter lacks its name.');
  return name.toUpperCase();
}

/** What is asked of one parameter of a property; the name is in upper case. */
export interface ParamTest {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch: TextMatch | null;
}

/** Reads a `param-filter` element (RFC 4791 §9.7.3, RFC 6352 §10.5.2). */
export function readParamFilter(element: XmlElement, budget: FilterBudget): ParamTest {
  budget.take();
  const { dialect } = budget;
  const matches = childrenOf(element, qname(dialect.namespace, 'text-match'));
  const [match] = matches;
  const found: ParamTest = {
    name: readFilterName(element, dialect),
    isNotDefined: child(element, qname(dialect.namespace, 'is-not-defined')) !== undefined,
    textMatch: match === undefined ? null : readTextMatch(match, dialect),
  };
  if (matches.length > 1 || (found.isNotDefined && match !== undefined))
    throw new Precondition(dialect.invalid, 'A param-filter has one text match or is-not-defined.');
  return found;
}
