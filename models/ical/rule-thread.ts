import { Worker } from 'node:worker_threads';
import { Refusal } from '../errors.ts';
import type { LibraryRequest } from './rule-job.ts';
import type { LibraryRun } from './rule-library.ts';
import { isLibraryRun } from './rule-messages.ts';

/** The thread for doubtful rules: started when first needed, ended when a rule hangs, started anew for the next one. */
export interface LibraryThread {
  /** Runs one rule; null when it took longer than its budget. Throws Refusal 503 when too many wait. */
  run(request: LibraryRequest, budgetMs: number): Promise<LibraryRun | null>;
  close(): Promise<void>;
}

interface Task {
  readonly request: LibraryRequest;
  readonly budgetMs: number;
  readonly resolve: (run: LibraryRun | null) => void;
}

/** Rules that may wait for the thread; each can hold it for its whole budget. */
const MAX_WAITING = 64;
/** What a fresh thread may take to load the library, on a slow machine that has other things to do. */
const START_MS = 10_000;
/** Between the moment a rule should have given up by itself and the end of its thread. */
const GRACE_MS = 60;

/** Opens a thread that is not there yet. */
export function openLibraryThread(): LibraryThread {
  return new Thread();
}

/** Starts the thread: in an installed package as JavaScript, in a checkout through the loader that runs the sources. */
function startWorker(): Worker {
  const options = { resourceLimits: { maxOldGenerationSizeMb: 64 } };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./rule-worker.js', import.meta.url), options);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./rule-worker.ts', import.meta.url).href);
  const source = `import(${loader}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(source, { ...options, eval: true });
}

class Thread implements LibraryThread {
  readonly #waiting: Task[] = [];
  #worker: Worker | null = null;
  #isReady: boolean = false;
  #isClosed: boolean = false;
  #current: Task | null = null;
  #timer: NodeJS.Timeout | null = null;

  run(request: LibraryRequest, budgetMs: number): Promise<LibraryRun | null> {
    if (this.#waiting.length >= MAX_WAITING || this.#isClosed) {
      throw new Refusal(503, 'Too many recurrence rules wait to be computed; try again in a few seconds.', {
        'Retry-After': '5',
      });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ request, budgetMs, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.resolve(null);
    await this.#end();
  }

  #next(): void {
    if (this.#current !== null) return;
    const task = this.#waiting.shift();
    if (task === undefined) {
      // An idle thread keeps no process alive.
      this.#worker?.unref();
      return;
    }
    this.#current = task;
    const worker = this.#worker ?? this.#start();
    worker.ref();
    if (this.#isReady) this.#post(worker, task);
    else this.#arm(START_MS);
  }

  #post(worker: Worker, task: Task): void {
    worker.postMessage({ ...task.request, budgetMs: task.budgetMs });
    this.#arm(task.budgetMs + GRACE_MS);
  }

  #arm(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), ms);
  }

  #giveUp(): void {
    void this.#end();
    this.#settle(null);
  }

  #start(): Worker {
    const worker = startWorker();
    this.#worker = worker;
    this.#isReady = false;
    worker.on('message', (message: unknown) => {
      if (this.#worker === worker) this.#receive(worker, message);
    });
    const fail = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#settle(null);
    };
    worker.on('error', fail);
    worker.on('exit', fail);
    return worker;
  }

  #receive(worker: Worker, message: unknown): void {
    if (isLibraryRun(message)) {
      this.#settle(message);
      return;
    }
    this.#isReady = true;
    if (this.#current !== null) this.#post(worker, this.#current);
  }

  #settle(run: LibraryRun | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const task = this.#current;
    this.#current = null;
    task?.resolve(run);
    this.#next();
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#isReady = false;
    if (worker !== null) await worker.terminate();
  }
}
