import { Precondition } from '../errors.ts';
import { availabilityOf } from './availability.ts';
import type { ExpandWindow, Expansion, Occurrence } from './expand.ts';
import { isExactSpan } from './filter-time.ts';
import { dependsOnZone } from './mixed-times.ts';
import type { ParsedCalendar } from './parse.ts';
import { parseRule } from './rules.ts';
import type { RuleRunner } from './runner.ts';
import { BEGINNING_UTC, type BusyKind, END_UTC } from './spans.ts';
import { FLOATING } from './zones.ts';

/** What the indexes keep of an object: rows for time ranges, and bounds for what the rows do not reach. */

/** Goes up when the same object would get other rows or bounds than before; all are then computed anew. */
export const OCCURRENCE_RECIPE = 1;

/** One row of `occurrences`; UTC epoch seconds. */
export interface OccurrenceRow {
  readonly startUtc: number;
  readonly endUtc: number;
  readonly component: string;
  readonly busy: BusyKind;
  readonly floating: Floating;
}

/**
 * How a row depends on the zone it is read in: not at all; both ends are midnights there; or the end cannot be told from the
 * row, because a span over a change of the clock lasts so many hours or ends at that time of day (RFC 5545 §3.8.5.3); or not
 even whether it is there.
 */
export type Floating = 'no' | 'days' | 'times' | 'perhaps';

/** The columns of an object row that time ranges are judged by. */
export interface ObjectTimes {
  readonly rows: readonly OccurrenceRow[];
  /** Not later than any occurrence; null when the object has none. */
  readonly firstStart: number | null;
  /** Not earlier than any end; null with `isEndless`, or when there is no occurrence. */
  readonly lastEnd: number | null;
  /** Rows do not reach to the end of the object: it has none, or there are too many rows. */
  readonly isEndless: boolean;
  /** The rows are complete from the start of the window up to here; null: they are all the object has. */
  readonly expandedUntil: number | null;
  /** Rows are candidates only: floating times, or a row of the tables in RFC 4791 §9.9 that spans do not express. */
  readonly needsFilter: boolean;
}

/** Rows of one object; more than these and the rest is left to the filter. */
const MAX_ROWS = 1500;
/** RELIABILITY T19: more instances than these in the window of the index, and the object is refused. */
const MAX_INSTANCES = 10_000;
const MAX_RAPID_INSTANCES = 3000;

/**
 * How far a floating time can be from the UTC it is kept as, when it is read in any zone that a VTIMEZONE can define, and how
 * much the clock can change meanwhile.
 */
export const FLOATING_SLACK_SECONDS = 26 * 3600;

/** No object may hold dates after 2200, so nothing bounded reaches further. */
const ALL: ExpandWindow = { startUtc: BEGINNING_UTC, endUtc: 7_289_654_400 };

/**
 * Computes what the indexes keep of an object. A bounded object is taken whole, an endless one in the window; floating
 * times are read as UTC, so that rows do not depend on a calendar's zone. Throws Precondition `max-instances` for what
 * yields too many instances in the window or takes too long.
 */
export async function occurrencesFor(
  parsed: ParsedCalendar,
  window: ExpandWindow,
  runner: RuleRunner,
): Promise<ObjectTimes> {
  await checkAvailable(parsed, window, runner);
  const rules = rulesOf(parsed);
  const isMixed = dependsOnZone(parsed);
  if (rules.isBounded) {
    const whole = await runner.expand(parsed, ALL, { maxInstances: MAX_ROWS, floating: FLOATING });
    if (!whole.isTruncated) return isMixed ? anywhere(parsed) : complete(whole);
  }
  const maxInstances = rules.isRapid ? MAX_RAPID_INSTANCES : MAX_INSTANCES;
  const reach = { startUtc: window.startUtc - FLOATING_SLACK_SECONDS, endUtc: window.endUtc };
  const expansion = await runner.expand(parsed, reach, { maxInstances, floating: FLOATING });
  if (expansion.isTruncated) {
    const found = `more than ${maxInstances} instances between ${day(window.startUtc)} and ${day(window.endUtc)}`;
    const message = `The recurrence rule makes ${found}, or takes too long to compute; use fewer instances.`;
    throw new Precondition('max-instances', message);
  }
  return isMixed ? anywhere(parsed) : partial(expansion, window);
}

/** What an availability leaves free has no rows, but must be as cheap to compute. Throws Precondition `max-instances`. */
async function checkAvailable(
  parsed: ParsedCalendar,
  window: ExpandWindow,
  runner: RuleRunner,
): Promise<void> {
  if (parsed.component !== 'VAVAILABILITY') return;
  await availabilityOf(parsed, window, runner, { maxInstances: MAX_RAPID_INSTANCES, floating: FLOATING });
}

/** One row for all time: whatever is asked, the filter has to look at the object, and busy time at its bytes. */
function anywhere({ component }: ParsedCalendar): ObjectTimes {
  const busy = component === 'VEVENT' ? 'busy' : 'free';
  const row = { startUtc: BEGINNING_UTC, endUtc: END_UTC, component, busy, floating: 'perhaps' } as const;
  return {
    rows: [row],
    firstStart: BEGINNING_UTC,
    lastEnd: null,
    isEndless: true,
    expandedUntil: ALL.endUtc,
    needsFilter: true,
  };
}

function day(utc: number): string {
  return new Date(utc * 1000).toISOString().slice(0, 10);
}

function rulesOf(parsed: ParsedCalendar): { isBounded: boolean; isRapid: boolean } {
  let isBounded = true;
  let isRapid = false;
  for (const component of parsed.root.components) {
    if (component.name === 'VTIMEZONE') continue;
    for (const property of component.properties) {
      if (property.name !== 'RRULE') continue;
      const rule = parseRule(property.value);
      if (rule === null) continue;
      if (rule.count === null && rule.until === null) isBounded = false;
      if (rule.frequency === 'SECONDLY' || rule.frequency === 'MINUTELY') isRapid = true;
    }
  }
  return { isBounded, isRapid };
}

function complete(expansion: Expansion): ObjectTimes {
  const { occurrences, firstStart, lastEnd } = expansion;
  const rows = occurrences.map(rowOf);
  // A to-do without an end in time has a row that never ends; an UNTIL of the year 9999 is no end either.
  const isEndless = rows.length > 0 && (lastEnd === null || lastEnd >= END_UTC);
  return {
    rows,
    firstStart,
    lastEnd: isEndless ? null : lastEnd,
    isEndless,
    expandedUntil: lastEnd === null && isEndless ? ALL.endUtc : null,
    needsFilter: occurrences.some(needsFilter),
  };
}

function partial(expansion: Expansion, window: ExpandWindow): ObjectTimes {
  const { occurrences, firstStart } = expansion;
  const isFloating = occurrences.some((one) => one.isFloating);
  const endUtc = occurrences[MAX_ROWS]?.startUtc ?? window.endUtc;
  return {
    rows: occurrences.slice(0, MAX_ROWS).map(rowOf),
    firstStart,
    lastEnd: null,
    isEndless: true,
    expandedUntil: endUtc - (isFloating ? FLOATING_SLACK_SECONDS : 0),
    needsFilter: occurrences.some(needsFilter),
  };
}

function needsFilter(occurrence: Occurrence): boolean {
  return occurrence.isFloating || !isExactSpan(occurrence.component);
}

/**
 * Rows of components with tables of their own are a second wider on both sides, so that they never miss a touch; busy
 * time is kept to the second.
 */
function rowOf(occurrence: Occurrence): OccurrenceRow {
  const slack = occurrence.busy !== 'free' || isExactSpan(occurrence.component) ? 0 : 1;
  return {
    startUtc: occurrence.startUtc - slack,
    endUtc: occurrence.endUtc + slack,
    component: occurrence.component.name,
    busy: occurrence.busy,
    floating: !occurrence.isFloating ? 'no' : occurrence.isWholeDays ? 'days' : 'times',
  };
}
