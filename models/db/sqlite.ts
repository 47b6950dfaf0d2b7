import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Sequelize } from 'sequelize';
import type { Log } from '../app.ts';
import type { Bind, Db, Tx } from './database.ts';
import { notNow, translated } from './driver-errors.ts';
import { WriteGate } from './gate.ts';
import type { MigratableDatabase } from './migrate.ts';
import { makeJitter } from './patience.ts';
import { makeSequelize } from './sequelize.ts';
import { SQLITE_ONE_OF, SqliteSnapshot } from './sqlite-tx.ts';
import { Connection, sqlite3Module } from './sqlite3.ts';

/** Snapshots that are open at a time; more wait. */
const MAX_SNAPSHOTS = 32;
const MAX_IDLE_READERS = 8;
const READER = { isReader: true, busyTimeoutMs: 5000, cacheKibibytes: 8000 };
const SNAPSHOT = { isReader: true, busyTimeoutMs: 5000, cacheKibibytes: 2000 };
// The gate waits for other processes itself: inside SQLite the wait would hold every request of this one.
const WRITER = { isReader: false, busyTimeoutMs: 20, cacheKibibytes: 8000 };

/** Makes the file (0600) and its folder (0700) when they are missing. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) return;
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** One SQLite file: a kept writer behind the gate, a reader for single statements, a few for snapshots. */
export class SqliteDatabase implements MigratableDatabase {
  readonly dialect = 'sqlite';
  readonly oneOf = SQLITE_ONE_OF;
  readonly oneOfNumbers = SQLITE_ONE_OF;
  readonly transaction = undefined;
  readonly #path: string;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #gate: WriteGate;
  readonly #idle: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #snapshots = 0;
  #sequelize: Sequelize | undefined;
  #isClosed: boolean = false;

  constructor(path: string, log: Log) {
    makeFile(path);
    this.#path = path;
    this.#writer = new Connection(path, WRITER);
    this.#reader = new Connection(path, READER);
    this.#gate = new WriteGate(this.#writer, () => this.sequelize, makeJitter(), log);
  }

  get sequelize(): Sequelize {
    this.#sequelize ??= makeSequelize(null, {
      dialect: 'sqlite',
      storage: this.#path,
      dialectModule: sqlite3Module(() => new Connection(this.#path, SNAPSHOT)),
    });
    return this.#sequelize;
  }

  async all<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<readonly Row[]> {
    try {
      return this.#reader.all(sql, binds) as Row[];
    } catch (error) {
      throw translated(error);
    }
  }

  async get<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<Row | undefined> {
    try {
      return this.#reader.get(sql, binds) as Row | undefined;
    } catch (error) {
      throw translated(error);
    }
  }

  async read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const connection = await this.#borrow();
    const snapshot = new SqliteSnapshot(connection, () => this.sequelize);
    connection.run('BEGIN');
    try {
      return await work(snapshot);
    } catch (error) {
      throw translated(error);
    } finally {
      snapshot.end();
      this.#giveBack(connection);
    }
  }

  write<T>(work: (tx: Tx) => Promise<T>, deadlineMs?: number): Promise<T> {
    return this.#gate.write(work, deadlineMs);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#gate.close();
    await this.#sequelize?.close();
    for (const connection of this.#idle.splice(0)) connection.close();
    this.#reader.close();
    // Whoever copies the file of a stopped server finds everything in it. Gives a row, also when somebody is still reading.
    this.#writer.get('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#writer.close();
  }

  #borrow(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(notNow('The server is stopping.'));
    if (this.#snapshots >= MAX_SNAPSHOTS) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#snapshots += 1;
    return Promise.resolve(this.#idle.pop() ?? new Connection(this.#path, SNAPSHOT));
  }

  #giveBack(connection: Connection): void {
    connection.run('ROLLBACK');
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(connection);
      return;
    }
    this.#snapshots -= 1;
    if (this.#idle.length < MAX_IDLE_READERS && !this.#isClosed) this.#idle.push(connection);
    else connection.close();
  }
}
