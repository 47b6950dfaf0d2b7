import { walkRule } from './rule-walk.ts';
import { isPlain, type Rule } from './rules.ts';
import type { Moment } from './series.ts';
import { localSeconds, SECONDS_PER_DAY } from './values.ts';

/** One rule over one window: what to run, and what becomes of the wall times that come out. */

/** A rule to run; `from` and `to` are wall seconds in the zone of `start`, both inclusive. */
export interface RuleJob {
  readonly rule: Rule;
  readonly start: Moment;
  readonly from: number;
  readonly to: number;
  /** True for RRULE: DTSTART is an instance already and counts (RFC 5545 §3.3.10); false for EXRULE. */
  readonly isAfterStart: boolean;
  readonly maxInstances: number;
}

/** The instances of a rule inside the window, ascending; both lists have the same length. */
export interface RuleRun {
  readonly locals: readonly number[];
  readonly utcs: readonly number[];
  /** False when instances, steps or time ran out before the end of the window. */
  readonly isComplete: boolean;
  /** False when only the window ended the rule: more may follow behind it. */
  readonly isFinished: boolean;
  /** UTC seconds of the last instance seen, null when there was none. */
  readonly lastUtc: number | null;
}

/** Periods and candidates the plain rules of an object may look at: 300 years of days, 40 ms at the very worst. */
export const MAX_STEPS = 120_000;
/** The hour that comes twice: an UNTIL in UTC may lie in its second coming. */
const OVERLAP_SECONDS = 7200;

/** Says the last wall second UNTIL lets pass; a DATE lets its whole day pass. */
function untilLocal(rule: Rule, start: Moment): number {
  if (rule.until === null) return Number.POSITIVE_INFINITY;
  const wall = localSeconds(rule.until);
  if (rule.until.isDate) return wall + SECONDS_PER_DAY - 1;
  return rule.until.isUtc && !start.isDate ? start.zone.toLocal(wall) : wall;
}

/** Makes a collector's end: where the walk of a job stops for good. */
function lastLocal(job: RuleJob): number {
  const until = untilLocal(job.rule, job.start);
  return Math.min(job.to, job.rule.until?.isUtc === true ? until + OVERLAP_SECONDS : until);
}

/** Where the walk of a job has to begin: COUNT counts from DTSTART. */
function firstLocal(job: RuleJob): number {
  const start = job.start.local + (job.isAfterStart ? 1 : 0);
  return job.rule.count === null ? Math.max(start, job.from) : start;
}

/**
 * Takes wall times in order, drops those a zone skips, which do not count (RFC 5545 §3.3.10), and stops at COUNT and UNTIL.
 */
class Collector {
  readonly #job: RuleJob;
  readonly #untilUtc: number;
  readonly #checksGaps: boolean;
  readonly #locals: number[] = [];
  readonly #utcs: number[] = [];
  #left: number;
  #lastUtc: number | null = null;
  #isFull: boolean = false;
  #isFinished: boolean;

  constructor(job: RuleJob) {
    const { rule, start } = job;
    this.#job = job;
    const isUtcBound = rule.until?.isUtc === true && !start.isDate;
    this.#untilUtc = isUtcBound && rule.until !== null ? localSeconds(rule.until) : Number.POSITIVE_INFINITY;
    this.#checksGaps = !start.isFloating && start.zone.kind !== 'utc';
    this.#left = rule.count === null ? Number.POSITIVE_INFINITY : rule.count - (job.isAfterStart ? 1 : 0);
    this.#isFinished = this.#left <= 0;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Says whether a wall time is there in the zone of the series. */
  readonly exists = (local: number): boolean => {
    const { zone } = this.#job.start;
    return !this.#checksGaps || zone.toLocal(zone.toUtcSeconds(local)) === local;
  };

  readonly visit = (local: number): boolean => {
    const { zone } = this.#job.start;
    const utc = zone.toUtcSeconds(local);
    if (this.#checksGaps && zone.toLocal(utc) !== local) return true;
    if (utc > this.#untilUtc) return this.#finish();
    this.#lastUtc = utc;
    if (local >= this.#job.from) {
      this.#isFull = this.#locals.length >= this.#job.maxInstances;
      if (this.#isFull) return false;
      this.#locals.push(local);
      this.#utcs.push(utc);
    }
    this.#left -= 1;
    return this.#left > 0 || this.#finish();
  };

  #finish(): false {
    this.#isFinished = true;
    return false;
  }

  /** `reachedEnd`: every wall time of the walk has been visited, or the collector wanted no more. */
  result(reachedEnd: boolean): RuleRun {
    const isFinished = this.#isFinished || (reachedEnd && lastLocal(this.#job) < this.#job.to);
    return {
      locals: this.#locals,
      utcs: this.#utcs,
      isComplete: !this.#isFull && (reachedEnd || this.#isFinished),
      isFinished,
      lastUtc: this.#lastUtc,
    };
  }
}

/** Says whether a job can be done on the spot, in microseconds. */
export function isQuick(job: RuleJob): boolean {
  return isPlain(job.rule);
}

/** Runs a job whose rule is plain, in so many steps. */
export function runPlain(job: RuleJob, maxSteps: number): RuleRun {
  const collector = new Collector(job);
  if (collector.isFinished) return collector.result(true);
  const walk = {
    rule: job.rule,
    start: job.start.local,
    from: firstLocal(job),
    to: lastLocal(job),
    maxSteps,
    exists: collector.exists,
  };
  return collector.result(walkRule(walk, collector.visit) === 'done');
}

/** What a job asks of the library. */
export interface LibraryRequest {
  readonly rule: Rule;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly maxInstances: number;
}

/** Skipped hours do not count, so a few more wall times than COUNT may be needed. */
const SPARE_INSTANCES = 400;

/** Turns a job into what the library is asked. */
export function libraryRequest(job: RuleJob): LibraryRequest {
  const counted = job.rule.count === null ? job.maxInstances + 1 : job.rule.count;
  return {
    rule: job.rule,
    start: job.start.local,
    from: firstLocal(job),
    to: lastLocal(job),
    maxInstances: counted + SPARE_INSTANCES,
  };
}

/** Makes a run of what the library found. */
export function acceptLibrary(job: RuleJob, locals: readonly number[], isComplete: boolean): RuleRun {
  const collector = new Collector(job);
  const isStopped = !collector.isFinished && locals.some((local) => !collector.visit(local));
  return collector.result(isComplete || isStopped);
}

/** The run of a rule that could not be run in its time. */
export const FAILED_RUN: RuleRun = {
  locals: [],
  utcs: [],
  isComplete: false,
  isFinished: false,
  lastUtc: null,
};
