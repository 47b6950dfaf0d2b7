import type { Sequelize, Transaction } from 'sequelize';

/** A value bound to a `?` of a statement. */
export type Bind = string | number | bigint | null | Uint8Array;

/** Reads: of one connection, and inside `read` or `write` of one snapshot. SQL text has `?` for binds on both databases. */
export interface Db {
  readonly dialect: 'sqlite' | 'postgres';
  /** All rows; the caller names the row's shape. BIGINT arrives as number, BLOB and BYTEA as Uint8Array. */
  all<Row extends object>(sql: string, binds?: readonly Bind[]): Promise<readonly Row[]>;
  get<Row extends object>(sql: string, binds?: readonly Bind[]): Promise<Row | undefined>;
  /** SQL for "one of the strings in a JSON array bound to one `?`": `name IN ${db.oneOf}`. */
  readonly oneOf: string;
  /** The same for a JSON array of integers. */
  readonly oneOfNumbers: string;
  /** To be given to Sequelize queries as `{ transaction }`; undefined outside `read` and `write`. */
  readonly transaction: Transaction | undefined;
}

declare const txBrand: unique symbol;

/** One write transaction; on SQLite a savepoint of the group that is committed together. */
export interface Tx extends Db {
  readonly [txBrand]: true;
  /** Runs a statement for its effect; gives the count of rows it changed. */
  run(sql: string, binds?: readonly Bind[]): Promise<number>;
}

/** The only way to the stored data. */
export interface Database extends Db {
  /** Runs `work` in one read snapshot. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Runs `work` in one write transaction; resolves after a durable commit, rejects with what `work` threw after a rollback. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  readonly sequelize: Sequelize;
  close(): Promise<void>;
}
