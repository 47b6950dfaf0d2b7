import { Precondition, Refusal } from '../../models/errors.ts';
import type { CardFilter, CardPropFilter } from '../../models/vcard/filter.ts';
import {
  FilterBudget,
  type FilterDialect,
  readFilterName,
  readParamFilter,
  readTest,
  readTextMatch,
} from '../dav/filter-parts.ts';
import { child, childrenOf, type XmlElement } from '../xml/element.ts';

const DIALECT: FilterDialect = {
  namespace: 'urn:ietf:params:xml:ns:carddav',
  collation: 'i;unicode-casemap',
  unknownCollation: 'card-supported-collation',
  invalid: 'card-supported-filter',
  unsupported: 'card-supported-filter',
};

const FILTER = '{urn:ietf:params:xml:ns:carddav}filter';
const PROP_FILTER = '{urn:ietf:params:xml:ns:carddav}prop-filter';
const PARAM_FILTER = '{urn:ietf:params:xml:ns:carddav}param-filter';
const TEXT_MATCH = '{urn:ietf:params:xml:ns:carddav}text-match';
const IS_NOT_DEFINED = '{urn:ietf:params:xml:ns:carddav}is-not-defined';
const LIMIT = '{urn:ietf:params:xml:ns:carddav}limit';
const NRESULTS = '{urn:ietf:params:xml:ns:carddav}nresults';

const invalid = (message: string): Precondition => new Precondition('card-supported-filter', message);

/** Reads the `CARDDAV:filter` of an addressbook-query (RFC 6352 §10.5); throws `supported-filter` or `supported-collation`. */
export function readCardFilter(root: XmlElement): CardFilter {
  const filter = child(root, FILTER);
  if (filter === undefined) throw new Refusal(400, 'The query lacks its filter.');
  const budget = new FilterBudget(DIALECT);
  return {
    test: readTest(filter, 'anyof', DIALECT),
    propFilters: childrenOf(filter, PROP_FILTER).map((one) => readPropFilter(one, budget)),
  };
}

function readPropFilter(element: XmlElement, budget: FilterBudget): CardPropFilter {
  budget.take();
  const full = readFilterName(element, DIALECT);
  const dot = full.lastIndexOf('.');
  const found: CardPropFilter = {
    name: full.slice(dot + 1),
    group: dot < 0 ? null : full.slice(0, dot),
    isNotDefined: child(element, IS_NOT_DEFINED) !== undefined,
    test: readTest(element, 'anyof', DIALECT),
    textMatches: childrenOf(element, TEXT_MATCH).map((one) => {
      budget.take();
      return readTextMatch(one, DIALECT);
    }),
    paramFilters: childrenOf(element, PARAM_FILTER).map((one) => readParamFilter(one, budget)),
  };
  if (found.isNotDefined && found.textMatches.length + found.paramFilters.length > 0)
    throw invalid('is-not-defined stands alone.');
  return found;
}

/** Reads `CARDDAV:limit` (RFC 6352 §10.6); null when there is none, `Refusal` 400 when it is no positive number. */
export function readCardLimit(root: XmlElement): number | null {
  const limit = child(root, LIMIT);
  if (limit === undefined) return null;
  const text = child(limit, NRESULTS)?.text.trim() ?? '';
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new Refusal(400, 'nresults is a number greater than zero.');
  return Number(text);
}
