import type { Limits } from '../app.ts';
import { turn } from '../db/patience.ts';
import { type ExpandWindow, type Expansion, expandSeries, ruleJobs } from './expand.ts';
import { type ParsedCalendar, parseCalendar } from './parse.ts';
import {
  acceptLibrary,
  FAILED_RUN,
  isQuick,
  libraryRequest,
  MAX_STEPS,
  type RuleJob,
  type RuleRun,
  runPlain,
} from './rule-job.ts';
import { type LibraryThread, openLibraryThread } from './rule-thread.ts';
import { type Reading, readSeries } from './series.ts';
import { createZones, type Zone, type Zones } from './zones.ts';

export type { ExpandWindow, Expansion, Occurrence } from './expand.ts';

export interface ExpandOptions {
  /** Occurrences at most; the rest is left out and the expansion marked as truncated. */
  readonly maxInstances: number;
  /** The zone floating times are read in; `FLOATING` reads them as UTC. */
  readonly floating: Zone;
}

/** Turns objects into occurrences under hard bounds: plain rules at once, all others in a thread that can be ended. */
export interface RuleRunner {
  /**
   * Lists the occurrences of an object that touch the window; bytes are parsed first. Throws what `parseCalendar` throws;
   * Refusal 503 when too many doubtful rules wait already.
   */
  expand(
    source: Uint8Array | ParsedCalendar,
    window: ExpandWindow,
    options: ExpandOptions,
  ): Promise<Expansion>;
  /** Reads an object with the zones of the runner. */
  parse(bytes: Uint8Array): ParsedCalendar;
  /** Every zone there is, by name. */
  readonly zones: Zones;
  /**
   * Lets other requests in when reading objects has held the event loop for long; costs nothing otherwise. Awaited before each
   * object, so that a thousand cheap ones hold nobody up longer than one dear one.
   */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a runner; its thread starts with the first rule that needs it. */
export function openRuleRunner(
  limits: Pick<Limits, 'maxCalendarObjectBytes'>,
  zones: Zones = createZones(),
): RuleRunner {
  const thread = openLibraryThread();
  const rest = openRest();
  const parse = (bytes: Uint8Array): ParsedCalendar => parseCalendar(bytes, limits, zones);
  return {
    parse,
    zones,
    rest,
    async expand(source, window, options) {
      await rest();
      const parsed = source instanceof Uint8Array ? parse(source) : source;
      const reading: Reading = { zones: parsed.zones, floating: options.floating };
      const series = readSeries(parsed.root, reading);
      const runs: (readonly RuleRun[])[] = [];
      for (const one of series) {
        const jobs = ruleJobs(one, window, options.maxInstances);
        runs.push(await runJobs(jobs, thread));
      }
      return expandSeries(series, runs, window, { maxInstances: options.maxInstances, reading });
    },
    close: () => thread.close(),
  };
}

/** So long objects are read in a row, in milliseconds; one that is hard to read takes as long again and more. */
const HELD_MS = 15;

function openRest(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < HELD_MS) return;
    await turn();
    sinceMs = performance.now();
  };
}

/** All doubtful rules of one object together, in milliseconds. */
const OBJECT_BUDGET_MS = 400;

/** Several rules of one object share its steps and its time. */
async function runJobs(jobs: readonly RuleJob[], thread: LibraryThread): Promise<readonly RuleRun[]> {
  const maxSteps = Math.floor(MAX_STEPS / Math.max(1, jobs.length));
  const deadlineMs = performance.now() + OBJECT_BUDGET_MS;
  const runs: RuleRun[] = [];
  for (const job of jobs) {
    if (isQuick(job)) {
      runs.push(runPlain(job, maxSteps));
      continue;
    }
    const budgetMs = deadlineMs - performance.now();
    const ran = budgetMs <= 0 ? null : await thread.run(libraryRequest(job), budgetMs);
    runs.push(ran === null ? FAILED_RUN : acceptLibrary(job, ran.locals, ran.isComplete));
  }
  return runs;
}
