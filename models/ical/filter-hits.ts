import { availabilityPeriod } from './availability.ts';
import { type Component, children, first } from './component.ts';
import { hasSpan, overlaps, rangeTest } from './filter-time.ts';
import type { ParsedCalendar } from './parse.ts';
import type { RuleRunner } from './runner.ts';
import { endOf, lengthOf, type Reading, readMoment } from './series.ts';
import { freeBusyPeriods, undatedTodo } from './spans.ts';

/** Which components of an object lie in a time range, whether they recur or not. */

/** UTC epoch seconds; infinities are open ends. */
export interface Range {
  readonly startUtc: number;
  readonly endUtc: number;
}

/** What looking for hits needs besides the object. */
export interface Search {
  readonly runner: RuleRunner;
  readonly reading: Reading;
}

const RECURRING: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'RECURRENCE-ID', 'EXDATE', 'EXRULE']);

function recurs(component: Component): boolean {
  return component.properties.some((property) => RECURRING.has(property.name));
}

/** Finds the components of that name with an instance in the range (RFC 4791 §9.9). */
export async function rangeHits(
  parsed: ParsedCalendar,
  name: string,
  range: Range,
  search: Search,
): Promise<ReadonlySet<Component>> {
  const components = children(parsed.root, name);
  if (!components.some(recurs)) {
    return new Set(components.filter((component) => liesIn(component, range, search.reading)));
  }
  return occurrenceHits(parsed, components, range, search);
}

/** The fast way for what does not recur: no expansion is built. */
function liesIn(component: Component, range: Range, reading: Reading): boolean {
  const test = rangeTest(component);
  if (component.name === 'VFREEBUSY' && !hasSpan(component)) {
    const spans = freeBusyPeriods(component, reading);
    return spans.some((span) => overlaps(span.startUtc, span.endUtc, range.startUtc, range.endUtc));
  }
  if (component.name === 'VAVAILABILITY') {
    const { startUtc, endUtc } = availabilityPeriod(component, reading);
    return overlaps(startUtc, endUtc, range.startUtc, range.endUtc);
  }
  const start = readMoment(first(component, 'DTSTART') ?? first(component, 'DUE'), reading);
  if (start === null) {
    if (component.name !== 'VTODO') return false;
    const span = undatedTodo(component, reading);
    return test(span.startUtc, span.endUtc, range.startUtc, range.endUtc);
  }
  const end = endOf(start.utc, start.local, start.zone, lengthOf(component, start, reading));
  return test(start.utc, end, range.startUtc, range.endUtc);
}

const SECONDS_PER_YEAR = 366 * 86_400;
/** Instances of one object a filter looks at. */
export const MAX_HIT_INSTANCES = 10_000;

/** With an open end a year is tried first: it finds nearly everything, and an endless series is not run to its bound. */
async function occurrenceHits(
  parsed: ParsedCalendar,
  components: readonly Component[],
  range: Range,
  search: Search,
): Promise<ReadonlySet<Component>> {
  const options = { maxInstances: MAX_HIT_INSTANCES, floating: search.reading.floating };
  const hits = new Set<Component>();
  const wanted = new Set(components);
  for (const window of windowsOf(components, range, search.reading)) {
    const { occurrences } = await search.runner.expand(parsed, window, options);
    for (const occurrence of occurrences)
      if (wanted.has(occurrence.component)) hits.add(occurrence.component);
    if (hits.size === wanted.size) break;
  }
  return hits;
}

function windowsOf(components: readonly Component[], range: Range, reading: Reading): readonly Range[] {
  if (Number.isFinite(range.endUtc)) return [range];
  const starts = components.map((component) => readMoment(first(component, 'DTSTART'), reading)?.utc ?? 0);
  const soon = Math.max(range.startUtc, Math.min(...starts)) + SECONDS_PER_YEAR;
  return [{ startUtc: range.startUtc, endUtc: soon }, range];
}
