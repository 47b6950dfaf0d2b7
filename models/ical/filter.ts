import { type TextMatch, textMatches } from './collation.ts';
import { type Component, first, OBJECT_COMPONENTS, type Property, paramValues } from './component.ts';
import { alarmHits } from './filter-alarms.ts';
import { type Range, rangeHits, type Search } from './filter-hits.ts';
import { overlaps } from './filter-time.ts';
import type { ParsedCalendar } from './parse.ts';
import type { RuleRunner } from './runner.ts';
import { momentOf, type Reading } from './series.ts';
import { type Period, periodSpan } from './spans.ts';
import { parseDateTime, SECONDS_PER_DAY, splitText, unescapeText } from './values.ts';
import type { Zone } from './zones.ts';

/** Filters of calendar-query (RFC 4791 §7.7, §9.7) over one object. */

/** Either end may be open, never both (RFC 4791 §9.9). UTC epoch seconds. */
export interface TimeRange {
  readonly startUtc: number | null;
  readonly endUtc: number | null;
}

/** `CALDAV:comp-filter` (RFC 4791 §9.7.1); names are upper-case. */
export interface CompFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | null;
  readonly propFilters: readonly PropFilter[];
  readonly compFilters: readonly CompFilter[];
  /** How the parts combine: `allof` unless the query says otherwise. */
  readonly test: 'allof' | 'anyof';
}

/** `CALDAV:prop-filter` (RFC 4791 §9.7.2). */
export interface PropFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | null;
  readonly textMatch?: TextMatch | null;
  readonly paramFilters: readonly ParamFilter[];
  readonly test: 'allof' | 'anyof';
}

/** `CALDAV:param-filter` (RFC 4791 §9.7.3). */
export interface ParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch | null;
}

/** Components that pass the time range of each comp-filter, found before the filter is judged. */
type Hits = ReadonlyMap<CompFilter, ReadonlySet<Component>>;

/**
 * Says whether an object passes a filter whose outermost name is VCALENDAR. Floating times are read in the zone
 * `floating`. A recurring component passes a time range when one of its own instances does, so that a master is
 * not found by where its overrides were moved to.
 */
export async function matches(
  parsed: ParsedCalendar,
  filter: CompFilter,
  runner: RuleRunner,
  floating: Zone,
): Promise<boolean> {
  await runner.rest();
  if (filter.name !== parsed.root.name) return filter.isNotDefined;
  if (filter.isNotDefined) return false;
  const reading: Reading = { zones: parsed.zones, floating };
  const hits = await findHits(parsed, filter, { runner, reading });
  return judgeComponent(parsed.root, filter, hits, reading);
}

async function findHits(parsed: ParsedCalendar, filter: CompFilter, search: Search): Promise<Hits> {
  const hits = new Map<CompFilter, ReadonlySet<Component>>();
  for (const inner of filter.compFilters) {
    if (inner.isNotDefined) continue;
    const range = rangeOf(inner.timeRange);
    if (range !== null) hits.set(inner, await rangeHits(parsed, inner.name, range, search));
    for (const nested of inner.compFilters) {
      const nestedRange = nested.isNotDefined ? null : rangeOf(nested.timeRange);
      if (nestedRange !== null) hits.set(nested, await alarmHits(parsed, inner.name, nestedRange, search));
    }
  }
  return hits;
}

function rangeOf(range: TimeRange | null | undefined): Range | null {
  if (range === null || range === undefined) return null;
  return {
    startUtc: range.startUtc ?? Number.NEGATIVE_INFINITY,
    endUtc: range.endUtc ?? Number.POSITIVE_INFINITY,
  };
}

function judgeComponent(component: Component, filter: CompFilter, hits: Hits, reading: Reading): boolean {
  const conditions: (() => boolean)[] = [];
  if (filter.timeRange !== null && filter.timeRange !== undefined) {
    conditions.push(() => hits.get(filter)?.has(component) ?? false);
  }
  for (const inner of filter.propFilters) conditions.push(() => judgeProperties(component, inner, reading));
  for (const inner of filter.compFilters)
    conditions.push(() => judgeChildren(component, inner, hits, reading));
  return combine(conditions, filter.test);
}

function combine(conditions: readonly (() => boolean)[], test: 'allof' | 'anyof'): boolean {
  if (conditions.length === 0) return true;
  return test === 'anyof' ? conditions.some((holds) => holds()) : conditions.every((holds) => holds());
}

function judgeChildren(parent: Component, filter: CompFilter, hits: Hits, reading: Reading): boolean {
  const named = parent.components.filter((child) => child.name === filter.name);
  if (filter.isNotDefined) return named.length === 0;
  return named.some((child) => judgeComponent(child, filter, hits, reading));
}

function judgeProperties(component: Component, filter: PropFilter, reading: Reading): boolean {
  if (filter.isNotDefined) return first(component, filter.name) === undefined;
  return component.properties.some(
    (property) => property.name === filter.name && judgeProperty(property, filter, reading),
  );
}

function judgeProperty(property: Property, filter: PropFilter, reading: Reading): boolean {
  const conditions: (() => boolean)[] = [];
  const { timeRange, textMatch } = filter;
  const range = rangeOf(timeRange);
  if (range !== null) conditions.push(() => isInRange(property, range, reading));
  if (textMatch !== null && textMatch !== undefined) {
    conditions.push(() => anyMatches(textsOf(property), textMatch));
  }
  for (const inner of filter.paramFilters) conditions.push(() => judgeParam(property, inner));
  return combine(conditions, filter.test);
}

/** Says whether one of the dates, times or periods of a property lies in the range (RFC 4791 §9.9). */
function isInRange(property: Property, range: Range, reading: Reading): boolean {
  const tzid = paramValues(property, 'TZID')[0];
  return property.value.split(',').some((text) => {
    const span = spanOf(text.trim(), tzid, reading);
    return span !== null && overlaps(span.startUtc, span.endUtc, range.startUtc, range.endUtc);
  });
}

/** A DATE is its whole day, a DATE-TIME the moment: `start <= value AND end > value`. */
function spanOf(text: string, tzid: string | undefined, reading: Reading): Period | null {
  if (text.includes('/')) return periodSpan(text, tzid, reading);
  const value = parseDateTime(text);
  if (value === null) return null;
  const { utc, local, zone, isDate } = momentOf(value, tzid, reading);
  return { startUtc: utc, endUtc: isDate ? zone.toUtcSeconds(local + SECONDS_PER_DAY) : utc };
}

const LISTS: ReadonlySet<string> = new Set(['CATEGORIES', 'RESOURCES']);

/** The texts a property can be found by: its value as a whole, and the members of a list. */
function textsOf(property: Property): readonly string[] {
  const whole = unescapeText(property.value);
  if (!LISTS.has(property.name) || !property.value.includes(',')) return [whole];
  return [whole, ...splitText(property.value)];
}

/** With `negate`, none of the texts may match. */
function anyMatches(texts: readonly string[], match: TextMatch): boolean {
  const plain: TextMatch = { ...match, negate: false };
  return texts.some((text) => textMatches(text, plain)) !== match.negate;
}

function judgeParam(property: Property, filter: ParamFilter): boolean {
  const values = paramValues(property, filter.name);
  if (filter.isNotDefined) return values.length === 0;
  if (values.length === 0) return false;
  const { textMatch } = filter;
  return textMatch === null || textMatch === undefined || anyMatches(values, textMatch);
}

/** What an index can answer alone: a component, and perhaps a time range. */
export interface IndexQuery {
  readonly component: string;
  readonly startUtc: number | null;
  readonly endUtc: number | null;
}

/** Reads a filter that asks for a component and at most a time range; null when it asks for more. */
export function timeRangeOnly(filter: CompFilter): IndexQuery | null {
  const [inner, ...others] = filter.compFilters;
  if (filter.name !== 'VCALENDAR' || filter.isNotDefined || inner === undefined || others.length > 0)
    return null;
  if (hasConditions(filter) || inner.isNotDefined || !OBJECT_COMPONENTS.has(inner.name)) return null;
  if (inner.propFilters.length + inner.compFilters.length > 0) return null;
  const { startUtc, endUtc } = inner.timeRange ?? { startUtc: null, endUtc: null };
  return { component: inner.name, startUtc, endUtc };
}

function hasConditions(filter: CompFilter): boolean {
  return filter.propFilters.length > 0 || (filter.timeRange !== null && filter.timeRange !== undefined);
}
