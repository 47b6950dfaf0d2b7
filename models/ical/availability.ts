import { Precondition } from '../errors.ts';
import { type Component, children, first, rawValue } from './component.ts';
import type { ExpandWindow } from './expand.ts';
import type { BusyPeriod } from './freebusy.ts';
import type { ParsedCalendar } from './parse.ts';
import type { ExpandOptions, RuleRunner } from './runner.ts';
import { endOf, type Reading, readMoment } from './series.ts';
import { BEGINNING_UTC, type BusyKind, END_UTC, type Period } from './spans.ts';
import { parseDuration } from './values.ts';

/** Availability (RFC 7953): when somebody can be asked at all. It lies below the time that events take up. */

/** One VAVAILABILITY as far as a window is concerned; UTC epoch seconds. */
export interface Availability {
  /** 1 is the highest, 9 the lowest; 0, none, is lower still (RFC 5545 §3.8.1.9). */
  readonly priority: number;
  /** Outside of it nothing is said. */
  readonly period: Period;
  /** What the time is where nothing is available. */
  readonly busy: Exclude<BusyKind, 'free'>;
  /** Where the instances of AVAILABLE lie in the period. */
  readonly available: readonly Period[];
}

/** Reads the period a VAVAILABILITY speaks of; without DTSTART, DTEND and DURATION it is all time (RFC 7953 §3.1). */
export function availabilityPeriod(component: Component, reading: Reading): Period {
  const start = readMoment(first(component, 'DTSTART'), reading);
  const end = readMoment(first(component, 'DTEND'), reading);
  const startUtc = start?.utc ?? BEGINNING_UTC;
  if (end !== null) return { startUtc, endUtc: end.utc };
  const duration = parseDuration(rawValue(component, 'DURATION')?.trim() ?? '');
  if (start === null || duration === null) return { startUtc, endUtc: END_UTC };
  return { startUtc, endUtc: endOf(start.utc, start.local, start.zone, { kind: 'nominal', duration }) };
}

/** Reads the availability an object tells for a window. Throws Precondition `max-instances` where it has too many instances. */
export async function availabilityOf(
  parsed: ParsedCalendar,
  window: ExpandWindow,
  runner: RuleRunner,
  options: ExpandOptions,
): Promise<readonly Availability[]> {
  const reading = { zones: parsed.zones, floating: options.floating };
  const found: Availability[] = [];
  for (const component of children(parsed.root, 'VAVAILABILITY')) {
    const own = availabilityPeriod(component, reading);
    const period = cut(own, window);
    if (period === null) continue;
    const { occurrences, isTruncated } = await runner.expand(asSeries(parsed, component), period, options);
    if (isTruncated) {
      const message = `The times of AVAILABLE make more than ${options.maxInstances} instances; use fewer.`;
      throw new Precondition('max-instances', message);
    }
    const available = occurrences.flatMap((one) => cut(one, period) ?? []);
    found.push({ priority: priorityOf(component), period, busy: busyTypeOf(component), available });
  }
  return found;
}

/** The AVAILABLE parts recur as events do, overrides and all: as such they are expanded. */
function asSeries(parsed: ParsedCalendar, availability: Component): ParsedCalendar {
  const components = children(availability, 'AVAILABLE').map((part) => ({ ...part, name: 'VEVENT' }));
  return { ...parsed, root: { ...parsed.root, components } };
}

function cut(period: Period, window: Period): Period | null {
  const startUtc = Math.max(period.startUtc, window.startUtc);
  const endUtc = Math.min(period.endUtc, window.endUtc);
  return endUtc > startUtc ? { startUtc, endUtc } : null;
}

function priorityOf(component: Component): number {
  const value = Number(rawValue(component, 'PRIORITY')?.trim() ?? 0);
  return Number.isInteger(value) && value >= 1 && value <= 9 ? value : 0;
}

/** RFC 7953 §3.2; a type nobody knows is unavailable, as none at all is. */
function busyTypeOf(component: Component): Availability['busy'] {
  switch (rawValue(component, 'BUSYTYPE')?.trim().toUpperCase()) {
    case 'BUSY':
      return 'busy';
    case 'BUSY-TENTATIVE':
      return 'tentative';
    default:
      return 'unavailable';
  }
}

/** Of equal priority, the stronger type is painted last. */
const STRENGTH: readonly Availability['busy'][] = ['tentative', 'unavailable', 'busy'];

/**
 * Computes the time that availability leaves busy, before any event (RFC 7953 §4): from the lowest priority to the highest
 * the period of each is marked and what is available in it made free again; those of one priority are marked together.
 */
export function unavailableTime(layers: readonly Availability[]): readonly BusyPeriod[] {
  let painted: readonly BusyPeriod[] = [];
  const rank = ({ priority }: Availability): number => (priority === 0 ? 10 : priority);
  for (const priority of [...new Set(layers.map(rank))].sort((a, b) => b - a)) {
    const group = layers.filter((layer) => rank(layer) === priority);
    group.sort((a, b) => STRENGTH.indexOf(a.busy) - STRENGTH.indexOf(b.busy));
    for (const { period, busy } of group) painted = [...without(painted, [period]), { ...period, busy }];
    painted = without(
      painted,
      group.flatMap(({ available }) => available),
    );
  }
  return painted;
}

/** Cuts holes into periods; holes may overlap and need no order. */
export function without<P extends Period>(periods: readonly P[], holes: readonly Period[]): readonly P[] {
  const sorted = [...holes].sort((a, b) => a.startUtc - b.startUtc);
  return periods.flatMap((period) => {
    const left: P[] = [];
    let { startUtc } = period;
    for (const hole of sorted) {
      if (hole.startUtc >= period.endUtc) break;
      if (hole.startUtc > startUtc) left.push({ ...period, startUtc, endUtc: hole.startUtc });
      startUtc = Math.max(startUtc, hole.endUtc);
    }
    if (startUtc < period.endUtc) left.push({ ...period, startUtc });
    return left;
  });
}
