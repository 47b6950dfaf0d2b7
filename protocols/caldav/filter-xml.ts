import { type NamedPart, Precondition } from '../../models/errors.ts';
import { OBJECT_COMPONENTS } from '../../models/ical/component.ts';
import type { CompFilter, PropFilter, TimeRange } from '../../models/ical/filter.ts';
import {
  FilterBudget,
  type FilterDialect,
  readFilterName,
  readParamFilter,
  readTest,
  readTextMatch,
} from '../dav/filter-parts.ts';
import { child, childrenOf, elements, type XmlElement } from '../xml/element.ts';
import { readUtc } from './time-range.ts';

const DIALECT: FilterDialect = {
  namespace: 'urn:ietf:params:xml:ns:caldav',
  collation: 'i;ascii-casemap',
  unknownCollation: 'supported-collation',
  invalid: 'valid-filter',
  unsupported: 'supported-filter',
};

const FILTER = '{urn:ietf:params:xml:ns:caldav}filter';
const COMP_FILTER = '{urn:ietf:params:xml:ns:caldav}comp-filter';
const PROP_FILTER = '{urn:ietf:params:xml:ns:caldav}prop-filter';
const PARAM_FILTER = '{urn:ietf:params:xml:ns:caldav}param-filter';
const TIME_RANGE = '{urn:ietf:params:xml:ns:caldav}time-range';
const TEXT_MATCH = '{urn:ietf:params:xml:ns:caldav}text-match';
const IS_NOT_DEFINED = '{urn:ietf:params:xml:ns:caldav}is-not-defined';

/** Components a time range is defined for (RFC 4791 §9.9). */
const TIMED_COMPONENTS: ReadonlySet<string> = new Set([...OBJECT_COMPONENTS, 'VALARM']);
const CALENDAR: readonly string[] = ['VCALENDAR'];
/** What the components of iCalendar stand in (RFC 5545 §3.6, RFC 7953 §3.1); any other name may stand anywhere. */
const PARENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['VCALENDAR', []],
  ...[...OBJECT_COMPONENTS, 'VTIMEZONE'].map((name): [string, readonly string[]] => [name, CALENDAR]),
  ['STANDARD', ['VTIMEZONE']],
  ['DAYLIGHT', ['VTIMEZONE']],
  ['VALARM', ['VEVENT', 'VTODO']],
  ['AVAILABLE', ['VAVAILABILITY']],
]);
/** Properties whose value is a date, a date with time, or a period. */
const TIMED_PROPERTIES: ReadonlySet<string> = new Set([
  'DTSTART',
  'DTEND',
  'DUE',
  'DTSTAMP',
  'CREATED',
  'LAST-MODIFIED',
  'COMPLETED',
  'RECURRENCE-ID',
  'RDATE',
  'EXDATE',
  'FREEBUSY',
  'ACKNOWLEDGED',
]);

const invalid = (message: string): Precondition => new Precondition('valid-filter', message);
/** A time range that is not defined for what a filter names: the filter stands in the answer (RFC 4791 §7.8). */
const unsupported = (element: NamedPart['element'], name: string): Precondition =>
  new Precondition('supported-filter', `A time range is not defined for ${name}.`, [], [{ element, name }]);

/** Reads the `CALDAV:filter` of a calendar-query (RFC 4791 §9.7); throws `valid-filter`, `supported-filter` or `supported-collation`. */
export function readFilter(root: XmlElement): CompFilter {
  const filter = child(root, FILTER);
  if (filter === undefined) throw invalid('The query lacks its filter.');
  const parts = elements(filter);
  const [top] = parts;
  if (top === undefined || parts.length > 1 || top.name !== COMP_FILTER)
    throw invalid('A filter holds exactly one comp-filter.');
  const read = readCompFilter(top, null, new FilterBudget(DIALECT));
  if (read.name !== 'VCALENDAR') throw invalid('The outermost comp-filter is named VCALENDAR.');
  if (read.isNotDefined) throw invalid('VCALENDAR is always defined.');
  return read;
}

function readCompFilter(element: XmlElement, parent: string | null, budget: FilterBudget): CompFilter {
  budget.take();
  const name = readFilterName(element, DIALECT);
  if (parent !== null && PARENTS.get(name)?.includes(parent) === false)
    throw invalid(`No ${name} stands in a ${parent}.`);
  const timeRange = readTimeRange(element);
  if (timeRange !== null && !TIMED_COMPONENTS.has(name)) throw unsupported('comp-filter', name);
  const found: CompFilter = {
    name,
    isNotDefined: isNotDefined(element),
    timeRange,
    propFilters: childrenOf(element, PROP_FILTER).map((one) => readPropFilter(one, budget)),
    compFilters: childrenOf(element, COMP_FILTER).map((one) => readCompFilter(one, name, budget)),
    test: readTest(element, 'allof', DIALECT),
  };
  const hasMore = timeRange !== null || found.propFilters.length + found.compFilters.length > 0;
  if (found.isNotDefined && hasMore) throw invalid('is-not-defined stands alone.');
  return found;
}

function readPropFilter(element: XmlElement, budget: FilterBudget): PropFilter {
  budget.take();
  const name = readFilterName(element, DIALECT);
  const timeRange = readTimeRange(element);
  if (timeRange !== null && !TIMED_PROPERTIES.has(name)) throw untimed(name);
  const match = single(element, TEXT_MATCH);
  if (timeRange !== null && match !== null) throw invalid('A prop-filter has a time range or a text match.');
  const found: PropFilter = {
    name,
    isNotDefined: isNotDefined(element),
    timeRange,
    textMatch: match === null ? null : readTextMatch(match, DIALECT),
    paramFilters: childrenOf(element, PARAM_FILTER).map((one) => readParamFilter(one, budget)),
    test: readTest(element, 'allof', DIALECT),
  };
  const hasMore = timeRange !== null || match !== null || found.paramFilters.length > 0;
  if (found.isNotDefined && hasMore) throw invalid('is-not-defined stands alone.');
  return found;
}

/** A filter with a time range of a text is not valid (RFC 4791 §7.8); what an X- property holds is not known here. */
function untimed(name: string): Precondition {
  return name.startsWith('X-') ? unsupported('prop-filter', name) : invalid(`${name} holds no time.`);
}

function isNotDefined(element: XmlElement): boolean {
  return child(element, IS_NOT_DEFINED) !== undefined;
}

function single(element: XmlElement, name: typeof TEXT_MATCH | typeof TIME_RANGE): XmlElement | null {
  const found = childrenOf(element, name);
  if (found.length > 1) throw invalid('A filter holds at most one time range and one text match.');
  return found[0] ?? null;
}

function readTimeRange(element: XmlElement): TimeRange | null {
  const range = single(element, TIME_RANGE);
  return range === null ? null : readOpenRange(range);
}

/** Reads a `CALDAV:time-range` of which one end may be open (RFC 4791 §9.9); throws `valid-filter`. */
function readOpenRange(element: XmlElement): TimeRange {
  const startUtc = readEnd(element, 'start');
  const endUtc = readEnd(element, 'end');
  if (startUtc === null && endUtc === null) throw invalid('A time range has a start or an end.');
  if (startUtc !== null && endUtc !== null && endUtc <= startUtc)
    throw invalid('A time range ends after its start.');
  return { startUtc, endUtc };
}

function readEnd(element: XmlElement, attribute: 'start' | 'end'): number | null {
  const value = element.attributes.get(attribute);
  if (value === undefined) return null;
  const utc = readUtc(value);
  if (utc === null) throw invalid(`The ${attribute} of a time range is a UTC time such as 20260101T000000Z.`);
  return utc;
}
