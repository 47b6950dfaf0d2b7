import type { App } from '../../models/app.ts';
import { dueJobs } from '../../models/imports/jobs/store.ts';
import type { ImportWorker } from '../../models/imports/jobs/worker.ts';
import type { Job, Jobs } from './runner.ts';

/** Another process may have left a job behind, or taken one up. */
const LOOK_MS = 15_000;

/** Rows of the job table that need the folder of uploads. */
export function importJobs(dataDir: string): readonly Job[] {
  return [
    {
      name: 'old-imports',
      everySeconds: 24 * 3600,
      run: async (app) => (await import('../../models/imports/jobs/finish.ts')).purgeImports(app, dataDir),
    },
  ];
}

/**
 * Works on imports from the pages: those that wait from before the start, those that come, those another process left. What
 * reads files is loaded with the first of them.
 */
export function startImports(app: App, dataDir: string): Jobs {
  let worker: ImportWorker | null = null;
  let looking: Promise<void> | null = null;
  let isDue = false;
  let isStopped = false;
  const look = async (): Promise<void> => {
    while (isDue && !isStopped) {
      isDue = false;
      if ((await dueJobs(app.db, app)).length === 0) continue;
      const { ImportWorker } = await import('../../models/imports/jobs/worker.ts');
      worker ??= new ImportWorker(app, dataDir);
      await worker.wake();
    }
  };
  const wake = (): void => {
    isDue = true;
    looking ??= look()
      .catch((error: unknown) => app.log.error('import.failed', { error }))
      .finally(() => {
        looking = null;
      });
  };
  const forget = app.hints.listen((_, topic) => {
    if (topic === 'import') wake();
  });
  const timer = setInterval(wake, LOOK_MS);
  timer.unref();
  wake();
  return {
    async stop() {
      isStopped = true;
      forget();
      clearInterval(timer);
      await looking;
      await worker?.stop();
    },
  };
}
