import { type Component, children, first, param } from './component.ts';
import type { Occurrence } from './expand.ts';
import { MAX_HIT_INSTANCES, type Range, type Search } from './filter-hits.ts';
import type { ParsedCalendar } from './parse.ts';
import { type Reading, readMoment } from './series.ts';
import { type Duration, parseDuration, SECONDS_PER_DAY } from './values.ts';
import { UTC, type Zone } from './zones.ts';

/** When alarms go off (RFC 5545 §3.6.6, §3.8.6; RFC 4791 §9.9). */

/** At a moment of its own, or so long from the start or the end of each instance. */
type Trigger =
  | { readonly kind: 'absolute'; readonly utc: number }
  | { readonly kind: 'relative'; readonly duration: Duration; readonly isFromEnd: boolean };

interface Alarm {
  readonly component: Component;
  readonly trigger: Trigger;
  /** From one repetition to the next; null: it goes off once. */
  readonly pause: Duration | null;
  /** Times it goes off after the first. */
  readonly repeat: number;
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
  const relative = new Map<Component, readonly Alarm[]>();
  for (const parent of children(parsed.root, name)) {
    const alarms = children(parent, 'VALARM').flatMap((one) => readAlarm(one, search.reading));
    for (const alarm of alarms) {
      const { trigger } = alarm;
      if (trigger.kind === 'absolute' && goesOff(alarm, trigger.utc, UTC, range)) hits.add(alarm.component);
    }
    const others = alarms.filter(({ trigger }) => trigger.kind === 'relative');
    if (others.length > 0 && isAnchored(parent)) relative.set(parent, others);
  }
  if (relative.size === 0) return hits;
  const window = widen(range, [...relative.values()].flat());
  const options = { maxInstances: MAX_HIT_INSTANCES, floating: search.reading.floating };
  const { occurrences } = await search.runner.expand(parsed, window, options);
  for (const occurrence of occurrences) {
    for (const alarm of relative.get(occurrence.component) ?? []) {
      if (!hits.has(alarm.component) && goesOffWith(alarm, occurrence, range, search.reading))
        hits.add(alarm.component);
    }
  }
  return hits;
}

/** A relative alarm needs a time to relate to; in a to-do without DTSTART that is DUE (RFC 4791 §7.8.5). */
function isAnchored(component: Component): boolean {
  return first(component, 'DTSTART') !== undefined || first(component, 'DUE') !== undefined;
}

function goesOffWith(alarm: Alarm, occurrence: Occurrence, range: Range, reading: Reading): boolean {
  const { trigger } = alarm;
  if (trigger.kind !== 'relative') return false;
  const zone = zoneOf(occurrence.component, trigger.isFromEnd, reading);
  const base = trigger.isFromEnd ? occurrence.endUtc : occurrence.startUtc;
  return goesOff(alarm, later(base, trigger.duration, 1, zone), zone, range);
}

/** The zone whose days a relative trigger counts: that of the time it relates to. */
function zoneOf(component: Component, isFromEnd: boolean, reading: Reading): Zone {
  const end = isFromEnd ? (first(component, 'DTEND') ?? first(component, 'DUE')) : undefined;
  const property = end ?? first(component, 'DTSTART') ?? first(component, 'DUE');
  return readMoment(property, reading)?.zone ?? reading.floating;
}

/** Adds a duration some times: days are nominal, the rest is exact (RFC 5545 §3.3.6). */
function later(utc: number, { days, seconds }: Duration, times: number, zone: Zone): number {
  const atDay = days === 0 ? utc : zone.toUtcSeconds(zone.toLocal(utc) + times * days * SECONDS_PER_DAY);
  return atDay + times * seconds;
}

/** `start <= trigger AND end > trigger`, for the first time or any repetition. */
function goesOff({ pause, repeat }: Alarm, utc: number, zone: Zone, range: Range): boolean {
  for (let times = 0; times <= repeat; times++) {
    const at = times === 0 || pause === null ? utc : later(utc, pause, times, zone);
    if (range.startUtc <= at && range.endUtc > at) return true;
  }
  return false;
}

/** What the longest day of a zone has beyond 24 hours, for each end of a nominal duration. */
const CLOCK_CHANGE = 2 * 3600;

/** Instances whose alarms can go off in the range begin or end within the farthest of them. */
function widen(range: Range, alarms: readonly Alarm[]): Range {
  let reach = 1;
  for (const { trigger, pause, repeat } of alarms) {
    const once = trigger.kind === 'relative' ? size(trigger.duration) : 0;
    reach = Math.max(reach, once + (pause === null ? 0 : repeat * size(pause)) + 2 * CLOCK_CHANGE);
  }
  return { startUtc: range.startUtc - reach, endUtc: range.endUtc + reach };
}

function size({ days, seconds }: Duration): number {
  return Math.abs(days * SECONDS_PER_DAY + seconds);
}

function readAlarm(component: Component, reading: Reading): readonly Alarm[] {
  const trigger = readTrigger(component, reading);
  if (trigger === null) return [];
  const pause = parseDuration(first(component, 'DURATION')?.value.trim() ?? '');
  const count = Number(first(component, 'REPEAT')?.value.trim() ?? '0') || 0;
  const isRepeated = pause !== null && pause.days >= 0 && pause.seconds >= 0 && count > 0;
  const repeat = isRepeated ? Math.min(MAX_REPEATS, Math.floor(count)) : 0;
  return [{ component, trigger, pause: isRepeated ? pause : null, repeat }];
}

function readTrigger(alarm: Component, reading: Reading): Trigger | null {
  const property = first(alarm, 'TRIGGER');
  if (property === undefined) return null;
  const duration = parseDuration(property.value.trim());
  if (duration !== null) {
    const isFromEnd = param(property, 'RELATED')?.toUpperCase() === 'END';
    return { kind: 'relative', duration, isFromEnd };
  }
  const moment = readMoment(property, reading);
  return moment === null ? null : { kind: 'absolute', utc: moment.utc };
}
