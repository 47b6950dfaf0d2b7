import pg from 'pg';
import type { Sequelize } from 'sequelize';
import type { Log } from '../app.ts';
import type { Bind, Db, Tx } from './database.ts';
import { isSerializationFailure, notNow, translated } from './driver-errors.ts';
import type { MigratableDatabase } from './migrate.ts';
import { type Jitter, makeJitter, pause, within } from './patience.ts';
import { POSTGRES_ONE_OF, POSTGRES_ONE_OF_NUMBERS, PostgresTx, queryPrepared } from './postgres-tx.ts';
import { POSTGRES_TYPES, PreparedTexts } from './postgres-values.ts';
import { makeSequelize } from './sequelize.ts';

const TIMEOUTS = {
  statement_timeout: 10_000,
  lock_timeout: 5000,
  idle_in_transaction_session_timeout: 10_000,
} as const;
const CONNECT_MS = 5000;
/** Connections for reads and for writes are kept apart: a write that reads outside itself must not wait for a write. */
const MAX_READERS = 8;
const MAX_WRITERS = 8;
const MAX_TRIES = 5;
const WRITE_DEADLINE_MS = 10_000;

const BEGIN_WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** A PostgreSQL database, for several processes at a time. */
export class PostgresDatabase implements MigratableDatabase {
  readonly dialect = 'postgres';
  readonly oneOf = POSTGRES_ONE_OF;
  readonly oneOfNumbers = POSTGRES_ONE_OF_NUMBERS;
  readonly transaction = undefined;
  readonly #url: string;
  readonly #readers: pg.Pool;
  readonly #writers: pg.Pool;
  readonly #texts = new PreparedTexts();
  readonly #jitter: Jitter = makeJitter();
  readonly #log: Log;
  #sequelize: Sequelize | undefined;
  #isClosed: boolean = false;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
    this.#readers = this.#pool(MAX_READERS);
    this.#writers = this.#pool(MAX_WRITERS);
  }

  get sequelize(): Sequelize {
    this.#sequelize ??= makeSequelize(this.#url, {
      dialect: 'postgres',
      dialectModule: pg,
      pool: { max: 2 },
      dialectOptions: { ...TIMEOUTS, options: '-c default_transaction_read_only=on' },
    });
    return this.#sequelize;
  }

  async all<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<readonly Row[]> {
    return (await this.#query(sql, binds)).rows as Row[];
  }

  async get<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<Row | undefined> {
    return (await this.#query(sql, binds)).rows[0] as Row | undefined;
  }

  read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#inTransaction(this.#readers, BEGIN_READ, work, WRITE_DEADLINE_MS);
  }

  /** Runs `work` again, up to five times, when the database rolled it back for the sake of another transaction. */
  write<T>(work: (tx: Tx) => Promise<T>, deadlineMs = WRITE_DEADLINE_MS): Promise<T> {
    return this.#inTransaction(this.#writers, BEGIN_WRITE, (tx) => work(tx.asTx()), deadlineMs);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#sequelize?.close();
    await this.#readers.end();
    await this.#writers.end();
  }

  #pool(max: number): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.#url,
      max,
      types: POSTGRES_TYPES,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      application_name: 'daybook',
      ...TIMEOUTS,
    });
    // Without a listener the loss of a connection would end the process. The next query finds out by itself.
    pool.on('error', (error) => this.#log.warn('database.connection-lost', { message: error.message }));
    pool.on('connect', (client) => void client.on('error', () => {}));
    return pool;
  }

  async #query(sql: string, binds: readonly Bind[]): Promise<pg.QueryResult> {
    try {
      return await queryPrepared(this.#readers, this.#texts, sql, binds);
    } catch (error) {
      throw translated(error);
    }
  }

  async #inTransaction<T>(
    pool: pg.Pool,
    begin: string,
    work: (tx: PostgresTx) => Promise<T>,
    deadlineMs: number,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(pool, begin, work, deadlineMs);
      } catch (error) {
        if (!isSerializationFailure(error)) throw translated(error);
        if (tries >= MAX_TRIES) throw notNow('Too many writes met each other. Try again in a moment.', error);
      }
      await pause(2 ** tries * 4 * (0.5 + this.#jitter()));
    }
  }

  /** Throws what the driver threw when that was a serialization failure, else what `work` threw. */
  async #once<T>(
    pool: pg.Pool,
    begin: string,
    work: (tx: PostgresTx) => Promise<T>,
    deadlineMs: number,
  ): Promise<T> {
    const client = await pool.connect();
    const tx = new PostgresTx(client, this.#texts, () => this.sequelize);
    let isBroken = false;
    try {
      await client.query(begin);
      const value = await within(
        deadlineMs,
        () => work(tx),
        () => {
          isBroken = true;
        },
      );
      tx.end();
      await commit(client);
      return value;
    } catch (error) {
      tx.end();
      isBroken ||= await isLost(client);
      throw isSerializationFailure(tx.driverError) ? tx.driverError : error;
    } finally {
      client.release(isBroken);
    }
  }
}

/** Throws when the transaction was not stored: PostgreSQL answers the COMMIT of one that has failed with a rollback. */
async function commit(client: pg.PoolClient): Promise<void> {
  const done = await client.query('COMMIT');
  if (done.command === 'ROLLBACK')
    throw new Error(
      'A statement of the transaction had failed and its error was not passed on; nothing was stored.',
    );
}

/** Rolls back; true when the connection cannot be used any more. */
async function isLost(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return false;
  } catch {
    return true;
  }
}
