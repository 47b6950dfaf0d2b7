import { availabilityPeriod } from './availability.ts';
import { type Component, first, hasInstances } from './component.ts';
import { overlaps, type RangeTest, rangeTest } from './filter-time.ts';
import type { RuleJob, RuleRun } from './rule-job.ts';
import {
  endOf,
  type Length,
  longest,
  type Moment,
  type Override,
  type Reading,
  readMoment,
  type Series,
} from './series.ts';
import { type BusyKind, busyOf, freeBusyPeriods, type Span, undatedTodo } from './spans.ts';
import { formatDateTime, formatUtc, fromLocalSeconds, SECONDS_PER_DAY } from './values.ts';

/**
 * The set layer around the rules: RRULE, RDATE, EXRULE, EXDATE, overrides and THISANDFUTURE become occurrences in a
 * window (RFC 5545 §3.8.4.4, §3.8.5). The rules themselves have been run by then; nothing here can take long.
 */

/** One instance of a component. UTC epoch seconds. */
export interface Occurrence {
  readonly startUtc: number;
  readonly endUtc: number;
  /** Read in the floating zone: a DATE, a time without a zone, or with one nobody knows. */
  readonly isFloating: boolean;
  readonly isAllDay: boolean;
  /** Begins and ends at midnight, in whatever zone it is read. */
  readonly isWholeDays: boolean;
  readonly busy: BusyKind;
  /** Where the instance was before it was moved: DATE, floating or UTC form as the series has; null when nothing recurs. */
  readonly recurrenceId: string | null;
  /** The component that describes it: the master, or the override that replaces or shifts it. */
  readonly component: Component;
}

export interface Expansion {
  /** By start. */
  readonly occurrences: readonly Occurrence[];
  /** Not later than any occurrence inside or outside the window; null when there is none. */
  readonly firstStart: number | null;
  /** Not earlier than any end; null when there is no occurrence, no end, or no telling from this window. */
  readonly lastEnd: number | null;
  readonly isEndless: boolean;
  /** True when instances, steps or time ran out: occurrences may be missing. */
  readonly isTruncated: boolean;
}

/** From `startUtc` to `endUtc`, which it does not hold; infinities are open ends. */
export interface ExpandWindow {
  readonly startUtc: number;
  readonly endUtc: number;
}

/** Says which rules of a series have to be run for a window, RRULEs first, then EXRULEs. */
export function ruleJobs(series: Series, window: ExpandWindow, maxInstances: number): readonly RuleJob[] {
  const { start } = series;
  if (start === null || series.rules.length + series.exRules.length === 0) return [];
  const reach = reachOf(series);
  const from = start.zone.toLocal(clamp(window.startUtc)) - reach.before;
  const to = start.zone.toLocal(clamp(window.endUtc)) + reach.after;
  const job = { start, from, to, maxInstances };
  return [
    ...series.rules.map((rule) => ({ ...job, rule, isAfterStart: true })),
    ...series.exRules.map((rule) => ({ ...job, rule, isAfterStart: false })),
  ];
}

/** The year 9999 is far enough for any walk; dates beyond 2200 are refused when they are stored. */
const FAR_UTC = 253_402_300_799;

function clamp(utc: number): number {
  return Math.max(-FAR_UTC, Math.min(FAR_UTC, utc));
}

/** How far outside a window instances can begin that still touch it; two days cover every zone and every odd offset. */
function reachOf(series: Series): { before: number; after: number } {
  let before = longest(series.length);
  let after = 0;
  for (const date of series.dates) if (date.length !== null) before = Math.max(before, longest(date.length));
  for (const override of series.overrides) {
    if (!override.isRanged || override.start === null) continue;
    const shift = override.start.local - override.recurrenceId.local;
    before = Math.max(before, longest(override.length) + Math.max(0, shift));
    after = Math.max(after, -shift);
  }
  return { before: before + 2 * SECONDS_PER_DAY, after: after + 2 * SECONDS_PER_DAY };
}

/** Where a component puts its instances. */
interface Source {
  readonly component: Component;
  readonly busy: BusyKind;
  readonly test: RangeTest;
  readonly length: Length;
  readonly form: Moment;
  /** Wall seconds from the original start to this one's (THISANDFUTURE); null: instances stay where they are. */
  readonly shift: number | null;
}

function sourceOf(component: Component, form: Moment, length: Length, shift: number | null): Source {
  return { component, busy: busyOf(component), test: rangeTest(component), length, form, shift };
}

/** Collects what falls into the window, and bounds over all that was seen. */
class Gatherer {
  readonly #window: ExpandWindow;
  readonly #max: number;
  readonly occurrences: Occurrence[] = [];
  firstStart: number | null = null;
  lastEnd: number | null = null;
  isTruncated = false;

  constructor(window: ExpandWindow, max: number) {
    this.#window = window;
    this.#max = max;
  }

  bound(startUtc: number, endUtc: number): void {
    if (this.firstStart === null || startUtc < this.firstStart) this.firstStart = startUtc;
    if (this.lastEnd === null || endUtc > this.lastEnd) this.lastEnd = endUtc;
  }

  add(test: RangeTest, occurrence: Occurrence): void {
    const { startUtc, endUtc } = occurrence;
    this.bound(startUtc, endUtc);
    if (!test(startUtc, endUtc, this.#window.startUtc, this.#window.endUtc)) return;
    if (this.occurrences.length >= this.#max) this.isTruncated = true;
    else this.occurrences.push(occurrence);
  }
}

/** Puts series together in a window; `runs` holds the outcome of `ruleJobs` for each series. */
export function expandSeries(
  series: readonly Series[],
  runs: readonly (readonly RuleRun[])[],
  window: ExpandWindow,
  options: { readonly maxInstances: number; readonly reading: Reading },
): Expansion {
  const gathered = new Gatherer(window, options.maxInstances);
  let isEndless = false;
  let isOpen = false;
  series.forEach((one, index) => {
    const ran = runs[index] ?? [];
    if (one.master !== null && (one.start === null || !hasInstances(one.master))) {
      gatherSpans(one.master, gathered, options.reading);
    } else {
      gatherSeries(one, ran, gathered);
    }
    for (const run of ran) if (!run.isComplete) gathered.isTruncated = true;
    if (one.rules.some((rule) => rule.count === null && rule.until === null)) isEndless = true;
    if (ran.slice(0, one.rules.length).some((run) => !run.isFinished)) isOpen = true;
  });
  gathered.occurrences.sort((a, b) => a.startUtc - b.startUtc);
  const { occurrences, firstStart, lastEnd, isTruncated } = gathered;
  return { occurrences, firstStart, lastEnd: isEndless || isOpen ? null : lastEnd, isEndless, isTruncated };
}

/** Components whose spans are not instances; to-dos without DTSTART and DUE among them. */
function gatherSpans(component: Component, gathered: Gatherer, reading: Reading): void {
  const add = (span: Span, test: RangeTest): void => gathered.add(test, { ...span, ...SPAN, component });
  if (component.name === 'VTODO') add(undatedTodo(component, reading), rangeTest(component));
  if (component.name === 'VAVAILABILITY')
    add({ ...availabilityPeriod(component, reading), busy: 'free' }, overlaps);
  if (component.name !== 'VFREEBUSY') return;
  const start = readMoment(first(component, 'DTSTART'), reading);
  const end = readMoment(first(component, 'DTEND'), reading);
  if (start !== null && end !== null)
    add({ startUtc: start.utc, endUtc: end.utc, busy: 'free' }, rangeTest(component));
  for (const span of freeBusyPeriods(component, reading)) add(span, overlaps);
}

/** What a span that is no instance is not. */
const SPAN = { isFloating: false, isAllDay: false, isWholeDays: false, recurrenceId: null };

/** The instances of a series before overrides: UTC start, wall start, and a length where one has its own. */
interface Instances {
  readonly utcs: readonly number[];
  readonly locals: readonly number[];
  readonly lengths: ReadonlyMap<number, Length> | null;
}

function gatherSeries(series: Series, runs: readonly RuleRun[], gathered: Gatherer): void {
  const { master, start } = series;
  const isRecurring = series.rules.length + series.dates.length + series.overrides.length > 0;
  // Overrides first: whatever is left out when instances run out, it is not what somebody wrote by hand.
  for (const override of series.overrides) {
    const form = override.start ?? override.recurrenceId;
    const source = sourceOf(override.component, form, override.length, null);
    const id = recurrenceIdOf(start ?? override.recurrenceId, override.recurrenceId);
    gathered.add(source.test, place(source, form.utc, form.local, null, id));
  }
  if (master !== null && start !== null) {
    const source = sourceOf(master, start, series.length, null);
    if (isRecurring) gatherInstances(series, source, runs, gathered);
    else if (!isExcluded(series, series.excluded, start.utc, start.local)) {
      gathered.add(source.test, place(source, start.utc, start.local, null, null));
    }
  }
}

function gatherInstances(series: Series, source: Source, runs: readonly RuleRun[], gathered: Gatherer): void {
  const form = source.form;
  const { utcs, locals, lengths } = instancesOf(series, form, runs.slice(0, series.rules.length));
  const excluded = excludedOf(series, runs.slice(series.rules.length));
  const overridden = new Set(series.overrides.map((override) => override.recurrenceId.utc));
  const ranged = rangedOf(series.overrides);
  utcs.forEach((utc, index) => {
    const local = locals[index] ?? utc;
    if (overridden.has(utc) || isExcluded(series, excluded, utc, local)) return;
    const length = lengths?.get(utc) ?? null;
    const by = ranged.findLast((candidate) => candidate.fromUtc <= utc)?.source ?? source;
    gathered.add(by.test, place(by, utc, local, length, recurrenceIdOf(form, { utc, local })));
  });
  boundRules(series, runs, gathered);
}

/** Widens the bounds by instances that were counted or promised outside the window. */
function boundRules(series: Series, runs: readonly RuleRun[], gathered: Gatherer): void {
  const { start } = series;
  if (start === null) return;
  const reach = reachOf(series);
  gathered.bound(start.utc - (reach.after - 2 * SECONDS_PER_DAY), start.utc);
  for (const run of runs.slice(0, series.rules.length)) {
    if (run.lastUtc !== null) gathered.bound(start.utc, run.lastUtc + reach.before - 2 * SECONDS_PER_DAY);
  }
}

function isExcluded(series: Series, excluded: ReadonlySet<number>, utc: number, local: number): boolean {
  if (excluded.has(utc)) return true;
  return series.excludedDays.size > 0 && series.excludedDays.has(Math.floor(local / SECONDS_PER_DAY));
}

function excludedOf(series: Series, runs: readonly RuleRun[]): ReadonlySet<number> {
  if (runs.length === 0) return series.excluded;
  return new Set([...series.excluded, ...runs.flatMap((run) => run.utcs)]);
}

/** Joins DTSTART, what the rules brought and RDATEs; each moment once, in order. */
function instancesOf(series: Series, start: Moment, runs: readonly RuleRun[]): Instances {
  const [run, ...others] = runs;
  if (others.length === 0 && series.dates.length === 0) {
    const utcs = [start.utc, ...(run?.utcs ?? [])];
    return { utcs, locals: [start.local, ...(run?.locals ?? [])], lengths: null };
  }
  const locals = new Map<number, number>([[start.utc, start.local]]);
  const lengths = new Map<number, Length>();
  for (const one of runs) {
    for (const [index, utc] of one.utcs.entries()) locals.set(utc, one.locals[index] ?? utc);
  }
  for (const { moment, length } of series.dates) {
    locals.set(moment.utc, moment.local);
    if (length !== null) lengths.set(moment.utc, length);
  }
  const sorted = [...locals].sort(([a], [b]) => a - b);
  return { utcs: sorted.map(([utc]) => utc), locals: sorted.map(([, local]) => local), lengths };
}

interface Ranged {
  readonly fromUtc: number;
  readonly source: Source;
}

/** The THISANDFUTURE overrides by where they begin; each holds until the next (RFC 5545 §3.8.4.4). */
function rangedOf(overrides: readonly Override[]): readonly Ranged[] {
  return overrides
    .filter((override) => override.isRanged)
    .map((override) => {
      const form = override.start ?? override.recurrenceId;
      const shift = form.local - override.recurrenceId.local;
      return {
        fromUtc: override.recurrenceId.utc,
        source: sourceOf(override.component, form, override.length, shift),
      };
    })
    .sort((a, b) => a.fromUtc - b.fromUtc);
}

/** Makes the occurrence of an instance: shifted wall times are read in the zone of the component that shifts them. */
function place(
  source: Source,
  utc: number,
  local: number,
  ownLength: Length | null,
  recurrenceId: string | null,
): Occurrence {
  const { form, shift } = source;
  const shifted = local + (shift ?? 0);
  const wall = form.isDate ? Math.floor(shifted / SECONDS_PER_DAY) * SECONDS_PER_DAY : shifted;
  const startUtc = shift === null ? utc : form.zone.toUtcSeconds(wall);
  const length = ownLength ?? source.length;
  return {
    startUtc,
    endUtc: endOf(startUtc, wall, form.zone, length),
    isFloating: form.isFloating,
    isAllDay: form.isDate,
    isWholeDays: form.isDate && length.kind === 'nominal' && length.duration.seconds === 0,
    busy: source.busy,
    recurrenceId,
    component: source.component,
  };
}

/** Writes the RECURRENCE-ID of an instance in the form of its series; times with a zone in UTC. */
function recurrenceIdOf(form: Moment, instance: { readonly utc: number; readonly local: number }): string {
  if (!form.isDate && !form.isFloating) return formatUtc(instance.utc);
  return formatDateTime(fromLocalSeconds(instance.local, { isDate: form.isDate, isUtc: false }));
}
