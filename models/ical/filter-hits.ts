import { type Component, children, first, param } from './component.ts';
import { hasSpan, overlaps, rangeTest } from './filter-time.ts';
import type { ParsedCalendar } from './parse.ts';
import type { RuleRunner } from './runner.ts';
import { endOf, lengthOf, type Reading, readMoment } from './series.ts';
import { freeBusyPeriods, undatedTodo } from './spans.ts';
import { addDuration, parseDuration } from './values.ts';

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
const MAX_INSTANCES = 10_000;

/** With an open end a year is tried first: it finds nearly everything, and an endless series is not run to its bound. */
async function occurrenceHits(
  parsed: ParsedCalendar,
  components: readonly Component[],
  range: Range,
  search: Search,
): Promise<ReadonlySet<Component>> {
  const options = { maxInstances: MAX_INSTANCES, floating: search.reading.floating };
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

/** When an alarm goes off: at a moment of its own, or so many seconds from the start or end of each instance. */
type Trigger =
  | { readonly kind: 'absolute'; readonly utc: number }
  | { readonly kind: 'relative'; readonly seconds: number; readonly isFromEnd: boolean };

interface Alarm {
  readonly component: Component;
  readonly trigger: Trigger;
  /** Seconds after the trigger at which it goes off, 0 first. */
  readonly repeats: readonly number[];
}

/** More repetitions than these are not looked at. */
const MAX_REPEATS = 1000;

/** Finds the VALARMs, in components of that name, that go off in the range, a repetition included (RFC 4791 §9.9). */
export async function alarmHits(
  parsed: ParsedCalendar,
  name: string,
  range: Range,
  search: Search,
): Promise<ReadonlySet<Component>> {
  const hits = new Set<Component>();
  const relative = new Map<Component, Alarm[]>();
  for (const parent of children(parsed.root, name)) {
    for (const alarm of children(parent, 'VALARM').flatMap((one) => readAlarm(one, search.reading))) {
      if (alarm.trigger.kind === 'relative') relative.set(parent, [...(relative.get(parent) ?? []), alarm]);
      else if (goesOff(alarm, alarm.trigger.utc, range)) hits.add(alarm.component);
    }
  }
  if (relative.size === 0) return hits;
  const window = widen(range, [...relative.values()].flat());
  const options = { maxInstances: MAX_INSTANCES, floating: search.reading.floating };
  const { occurrences } = await search.runner.expand(parsed, window, options);
  for (const occurrence of occurrences) {
    for (const alarm of relative.get(occurrence.component) ?? []) {
      if (alarm.trigger.kind !== 'relative') continue;
      const base = alarm.trigger.isFromEnd ? occurrence.endUtc : occurrence.startUtc;
      if (goesOff(alarm, base + alarm.trigger.seconds, range)) hits.add(alarm.component);
    }
  }
  return hits;
}

function goesOff(alarm: Alarm, utc: number, range: Range): boolean {
  return alarm.repeats.some((after) => range.startUtc <= utc + after && range.endUtc > utc + after);
}

/** Instances whose alarms can go off in the range begin or end within the farthest of them. */
function widen(range: Range, alarms: readonly Alarm[]): Range {
  let reach = 1;
  for (const { trigger, repeats } of alarms) {
    const seconds = trigger.kind === 'relative' ? Math.abs(trigger.seconds) : 0;
    reach = Math.max(reach, seconds + (repeats[repeats.length - 1] ?? 0) + 1);
  }
  return { startUtc: range.startUtc - reach, endUtc: range.endUtc + reach };
}

function readAlarm(component: Component, reading: Reading): readonly Alarm[] {
  const trigger = readTrigger(component, reading);
  if (trigger === null) return [];
  const pause = parseDuration(first(component, 'DURATION')?.value.trim() ?? '');
  const count = Math.min(MAX_REPEATS, Number(first(component, 'REPEAT')?.value.trim() ?? '0') || 0);
  const repeats = [0];
  if (pause !== null) for (let i = 1; i <= count; i++) repeats.push(i * Math.max(0, addDuration(0, pause)));
  return [{ component, trigger, repeats }];
}

function readTrigger(alarm: Component, reading: Reading): Trigger | null {
  const property = first(alarm, 'TRIGGER');
  if (property === undefined) return null;
  const duration = parseDuration(property.value.trim());
  if (duration !== null) {
    const isFromEnd = param(property, 'RELATED')?.toUpperCase() === 'END';
    return { kind: 'relative', seconds: addDuration(0, duration), isFromEnd };
  }
  const moment = readMoment(property, reading);
  return moment === null ? null : { kind: 'absolute', utc: moment.utc };
}
