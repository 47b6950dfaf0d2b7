import type { App } from '../../app.ts';
import { Precondition, Refusal } from '../../errors.ts';
import { applyImport } from './apply.ts';
import { finishImport } from './finish.ts';
import type { ImportId, ImportJob } from './job.ts';
import { readImport, rematchImport } from './read.ts';
import { claimJob, dueJobs, patchJob, releaseLease, renewLease } from './store.ts';
import { undoImport } from './undo.ts';
import { actorFor, Interrupted, type Work } from './work.ts';

/** A worker that is gone is waited for this long before somebody else takes its job. */
const LEASE_SECONDS = 30;
const RENEW_MS = 8000;
const AT_ONCE = 2;

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Works on the imports of everybody, a few at a time; each is one worker's only, told by a lease in its row. */
export class ImportWorker {
  readonly #app: App;
  readonly #dataDir: string;
  readonly #name: string;
  readonly #running = new Map<ImportId, Promise<void>>();
  #isStopping = false;

  constructor(app: App, dataDir: string) {
    this.#app = app;
    this.#dataDir = dataDir;
    this.#name = app.random.uuid();
  }

  /** Takes what is due and what there is room for; resolves when it has been taken, not done. Gives how many. */
  async wake(): Promise<number> {
    if (this.#isStopping || this.#running.size >= AT_ONCE) return 0;
    let taken = 0;
    for (const id of await dueJobs(this.#app.db, this.#app)) {
      if (this.#isStopping || this.#running.size >= AT_ONCE) break;
      if (this.#running.has(id)) continue;
      const claimed = await this.#app.db.write((tx) =>
        claimJob(tx, this.#app, id, this.#name, LEASE_SECONDS),
      );
      if (claimed === null) continue;
      taken += 1;
      const done = this.#run(claimed.job, claimed.isTakenOver).finally(() => {
        this.#running.delete(id);
        void this.wake().catch((error: unknown) => this.#app.log.error('import.failed', { error }));
      });
      this.#running.set(id, done);
    }
    return taken;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while ((await this.wake()) > 0 || this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Interrupts what is under way between two steps, so that it can be resumed; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running.values());
  }

  async #run(job: ImportJob, isTakenOver: boolean): Promise<void> {
    const app = this.#app;
    let isLost = false;
    const renew = async (): Promise<void> => {
      const kept = await app.db.write((tx) => renewLease(tx, app, job.id, this.#name, LEASE_SECONDS));
      isLost = isLost || !kept;
    };
    const timer = setInterval(() => void renew().catch(() => {}), RENEW_MS);
    timer.unref();
    let isOver = false;
    try {
      const actor = await actorFor(app, job.owner);
      if (actor === null) throw new Refusal(403, 'The account is shut.');
      const work: Work = {
        ...{ app, job, actor, isTakenOver },
        dataDir: this.#dataDir,
        check: () => {
          if (this.#isStopping) throw new Interrupted('server');
          if (isLost) throw new Interrupted('lost');
        },
      };
      await this.#work(work);
      isOver = true;
    } catch (error) {
      isOver = await this.#ended(job, error);
    } finally {
      clearInterval(timer);
      await app.db.write((tx) => releaseLease(tx, job.id, this.#name, isOver));
      app.hints.tell(job.owner, 'import');
    }
  }

  async #work(work: Work): Promise<void> {
    const { app, job, isTakenOver } = work;
    if (isTakenOver) {
      app.log.info('import.resumed', { job: job.id, state: job.state });
      await app.db.write((tx) => patchJob(tx, app, job.id, { resumedUtc: nowUtc(app) }));
    }
    if (job.state === 'matching') return rematchImport(work);
    if (job.state === 'applying') {
      await applyImport(work);
      return finishImport(work, 'done');
    }
    if (job.state === 'undoing') {
      await undoImport(work);
      return finishImport(work, 'undone');
    }
    return readImport(work);
  }

  /** What an interruption or a failure leads to; true when the job needs no worker any more. */
  async #ended(job: ImportJob, error: unknown): Promise<boolean> {
    const app = this.#app;
    if (error instanceof Interrupted) {
      if (error.why !== 'stop') return error.why === 'lost';
      const state = job.state === 'applying' ? ('stopped' as const) : ('failed' as const);
      await app.db.write((tx) => patchJob(tx, app, job.id, { state, wish: null, finishedUtc: nowUtc(app) }));
      return true;
    }
    // A database that is busy or full may be better in a moment: the lease runs out and the job goes on.
    if (error instanceof Refusal && error.status === 503) return false;
    if (error instanceof Precondition && error.code === 'sufficient-disk-space') return false;
    app.log.error('import.failed', { job: job.id, state: job.state, error });
    const isHalf = job.state === 'applying' || job.state === 'undoing';
    const state = isHalf ? ('stopped' as const) : ('failed' as const);
    await app.db.write((tx) => patchJob(tx, app, job.id, { state, wish: null, finishedUtc: nowUtc(app) }));
    return true;
  }
}
