import type { App } from '../../models/app.ts';

/** A row of the job table. */
export interface Job {
  readonly name: string;
  readonly everySeconds: number;
  /** Does what is due and gives the count of things done; must be safe to run again at any time. */
  run(app: App): Promise<number>;
}

/** The running jobs of a process. */
export interface Jobs {
  /** No further run begins; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** First runs come after this time, so that a start is not slowed down. */
const FIRST_RUN_MS = 60_000;

async function runOne(app: App, job: Job): Promise<void> {
  const startedMs = performance.now();
  try {
    const count = await job.run(app);
    const ms = Math.round(performance.now() - startedMs);
    if (count > 0) app.log.info('job.done', { job: job.name, count, ms });
  } catch (error) {
    // A job that fails is tried again at its next time; it must not end the server.
    app.log.error('job.failed', { job: job.name, error });
  }
}

/** Runs each job at its interval, one at a time over all jobs; timers do not keep the process alive. */
export function startJobs(app: App, jobs: readonly Job[]): Jobs {
  let tail: Promise<void> = Promise.resolve();
  let isStopped = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const plan = (job: Job, ms: number) => {
    const timer = setTimeout(() => {
      tail = tail.then(async () => {
        if (isStopped) return;
        await runOne(app, job);
        if (!isStopped) plan(job, job.everySeconds * 1000);
      });
    }, ms);
    timer.unref();
    timers.set(job.name, timer);
  };
  for (const job of jobs) plan(job, Math.min(FIRST_RUN_MS, job.everySeconds * 1000));
  return {
    async stop() {
      isStopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await tail;
    },
  };
}
