import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { type Frequency, GREGORIAN, type Rule, WEEKDAYS } from './rules.ts';

/**
 * The rules `walkRule` leaves to `rrule-temporal`. They run in wall time too, as if in UTC: zones are put on afterwards,
 * so that an own VTIMEZONE and an IANA zone are treated alike. Only the worker and tests load this file.
 */

/** A piece of work for the library, in wall seconds; COUNT and UNTIL are the caller's. */
export interface LibraryJob {
  readonly rule: Rule;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly maxInstances: number;
  /** Milliseconds after which it gives up between two pieces of the window. */
  readonly budgetMs: number;
}

export interface LibraryRun {
  /** Ascending instances from `from` on. */
  readonly locals: readonly number[];
  /** False when steps or time ran out before the end of the window. */
  readonly isComplete: boolean;
}

/** Periods and candidates the library may look at in one piece of the window. */
const MAX_STEPS = 10_000;

/** The first piece of the window that is asked for, in seconds; pieces grow while they bring little. */
const PIECE: Readonly<Record<Frequency, number>> = {
  SECONDLY: 3600,
  MINUTELY: 86_400,
  HOURLY: 30 * 86_400,
  DAILY: 200 * 86_400,
  WEEKLY: 400 * 86_400,
  MONTHLY: 1000 * 86_400,
  YEARLY: 3000 * 86_400,
};
const FEW = 50;
const MANY = 1000;

/** Runs a rule over its window, piece by piece, until instances, steps or time are used up. Never throws. */
export function runLibrary(job: LibraryJob): LibraryRun {
  const deadline = performance.now() + job.budgetMs;
  const locals: number[] = [];
  try {
    const rule = toLibrary(job.rule, job.start);
    let piece = PIECE[job.rule.frequency];
    for (let at = Math.max(job.from, job.start); at <= job.to; ) {
      const end = Math.min(at + piece, job.to);
      const found = rule.between(new Date(at * 1000), new Date(end * 1000), true);
      for (const date of found) locals.push(Math.floor(date.epochMilliseconds / 1000));
      if (locals.length >= job.maxInstances)
        return { locals: locals.slice(0, job.maxInstances), isComplete: true };
      if (performance.now() > deadline) return { locals, isComplete: end >= job.to };
      at = end + 1;
      if (found.length < FEW) piece *= 2;
      else if (found.length > MANY) piece = Math.max(60, piece / 2);
    }
    return { locals, isComplete: true };
  } catch {
    return { locals, isComplete: false };
  }
}

function toLibrary(rule: Rule, start: number): RRuleTemporal {
  return new RRuleTemporal({
    freq: rule.frequency,
    interval: rule.interval,
    dtstart: Temporal.Instant.fromEpochMilliseconds(start * 1000).toZonedDateTimeISO('UTC'),
    wkst: WEEKDAYS[rule.weekStart] ?? 'MO',
    maxIterations: MAX_STEPS,
    maxCandidateEvaluations: MAX_STEPS * 10,
    cache: false,
    ...(rule.byMonth.length > 0 && { byMonth: [...rule.byMonth] }),
    ...(rule.byWeekNo.length > 0 && { byWeekNo: [...rule.byWeekNo] }),
    ...(rule.byYearDay.length > 0 && { byYearDay: [...rule.byYearDay] }),
    ...(rule.byMonthDay.length > 0 && { byMonthDay: [...rule.byMonthDay] }),
    ...(rule.byDay.length > 0 && { byDay: rule.byDay.map(dayToken) }),
    ...(rule.byHour.length > 0 && { byHour: [...rule.byHour] }),
    ...(rule.byMinute.length > 0 && { byMinute: [...rule.byMinute] }),
    ...(rule.bySecond.length > 0 && { bySecond: [...rule.bySecond] }),
    ...(rule.bySetPos.length > 0 && { bySetPos: [...rule.bySetPos] }),
    ...(rule.rscale !== null && { rscale: rule.rscale }),
    ...(rule.skip !== null && { rscale: rule.rscale ?? GREGORIAN, skip: rule.skip }),
  });
}

function dayToken(entry: { readonly ordinal: number; readonly day: number }): string {
  return `${entry.ordinal === 0 ? '' : entry.ordinal}${WEEKDAYS[entry.day] ?? ''}`;
}
