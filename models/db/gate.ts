import type { Sequelize } from 'sequelize';
import type { Log } from '../app.ts';
import type { Tx } from './database.ts';
import { isBusy, notNow, translated } from './driver-errors.ts';
import { type Jitter, pause, turn, within } from './patience.ts';
import { SqliteWrite } from './sqlite-tx.ts';
import type { Connection } from './sqlite3.ts';

/** Writes that share one COMMIT, and how long the first of them may wait for the last. */
const MAX_GROUP = 64;
const MAX_GROUP_MS = 20;
/** How long the lock of another process is waited for. */
const BUSY_DEADLINE_MS = 5000;
const WRITE_DEADLINE_MS = 10_000;

interface Waiting {
  readonly deadlineMs: number;
  /** Does the work; gives what answers its caller after the commit. */
  readonly work: (tx: Tx) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

interface Committed {
  readonly answer: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One write at a time on the kept writer connection, in the order they came, committed in groups: each in its savepoint,
 * one COMMIT and one fsync for all, then every caller is answered. What throws rolls back its savepoint alone.
 */
export class WriteGate {
  readonly #connection: Connection;
  readonly #sequelize: () => Sequelize;
  readonly #jitter: Jitter;
  readonly #log: Log;
  #queue: Waiting[] = [];
  #running: Promise<void> | null = null;
  #isClosed: boolean = false;

  constructor(connection: Connection, sequelize: () => Sequelize, jitter: Jitter, log: Log) {
    this.#connection = connection;
    this.#sequelize = sequelize;
    this.#jitter = jitter;
    this.#log = log;
  }

  /** Resolves after the durable commit; rejects with what `work` threw. Called inside a write it waits in vain, for 10 s. */
  write<T>(work: (tx: Tx) => Promise<T>, deadlineMs = WRITE_DEADLINE_MS): Promise<T> {
    if (this.#isClosed) return Promise.reject(notNow('The server is stopping.'));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        deadlineMs,
        work: async (tx) => {
          const value = await work(tx);
          return () => resolve(value);
        },
        reject,
      });
      this.#running ??= this.#drain();
    });
  }

  /** Lets the waiting writes finish; later ones are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await turn();
      await this.#commitGroup();
    }
    this.#running = null;
  }

  async #commitGroup(): Promise<void> {
    const done: Committed[] = [];
    try {
      await this.#begin();
    } catch (error) {
      for (const waiting of this.#queue.splice(0)) waiting.reject(translated(error));
      return;
    }
    const until = performance.now() + MAX_GROUP_MS;
    try {
      for (let count = 0; count < MAX_GROUP && performance.now() < until; count++) {
        const waiting = this.#queue.shift();
        if (waiting === undefined) break;
        const answer = await this.#inSavepoint(waiting);
        if (answer !== null) done.push({ answer, reject: waiting.reject });
      }
      this.#connection.run(done.length > 0 ? 'COMMIT' : 'ROLLBACK');
    } catch (error) {
      this.#abandon(error, done);
      return;
    }
    for (const each of done) each.answer();
  }

  /** Waits for the lock of another process without holding the event loop. */
  async #begin(): Promise<void> {
    const until = performance.now() + BUSY_DEADLINE_MS;
    for (let wait = 4; ; wait = Math.min(wait * 2, 250)) {
      try {
        this.#connection.run('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error;
      }
      await pause(wait * (0.5 + this.#jitter()));
    }
  }

  /** Gives null when the work was refused and rolled back; throws when the whole group is lost. */
  async #inSavepoint(waiting: Waiting): Promise<(() => void) | null> {
    const tx = new SqliteWrite(this.#connection, this.#sequelize);
    try {
      this.#connection.run('SAVEPOINT one');
      const late = (): void => {
        tx.end();
        this.#log.error('write.deadline', { milliseconds: waiting.deadlineMs });
      };
      const answer = await within(waiting.deadlineMs, () => waiting.work(tx.asTx()), late);
      tx.end();
      this.#connection.run('RELEASE one');
      return answer;
    } catch (error) {
      tx.end();
      waiting.reject(translated(error));
      // Some failures (a full disk) have rolled back everything: then this throws, as there is no savepoint.
      this.#connection.run('ROLLBACK TO one');
      this.#connection.run('RELEASE one');
      return null;
    }
  }

  /** Nothing of the group was stored. */
  #abandon(error: unknown, done: readonly Committed[]): void {
    this.#log.error('write.commit-failed', { writes: done.length, message: String(error) });
    try {
      this.#connection.run('ROLLBACK');
    } catch {
      // SQLite has rolled back already.
    }
    const reason = translated(error);
    const known =
      reason === error ? notNow('The write could not be stored. Try again in a moment.', error) : reason;
    for (const each of done) each.reject(known);
  }
}
