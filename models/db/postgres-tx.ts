import type pg from 'pg';
import type { Sequelize, Transaction } from 'sequelize';
import type { Bind, Db, Tx } from './database.ts';
import { translated } from './driver-errors.ts';
import { type PreparedTexts, postgresBinds } from './postgres-values.ts';
import { type Lent, lend } from './sequelize.ts';

export const POSTGRES_ONE_OF = '(SELECT json_array_elements_text(CAST(? AS json)))';
export const POSTGRES_ONE_OF_NUMBERS = '(SELECT CAST(json_array_elements_text(CAST(? AS json)) AS BIGINT))';

/** A client or a pool. */
export interface Queryable {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>;
}

/** Runs one prepared statement. */
export function queryPrepared(
  on: Queryable,
  texts: PreparedTexts,
  sql: string,
  binds: readonly Bind[],
): Promise<pg.QueryResult> {
  return on.query({ ...texts.of(sql), values: postgresBinds(binds) });
}

/** One transaction on one client; it ends with the function that was given it. */
export class PostgresTx implements Db {
  readonly dialect = 'postgres';
  readonly oneOf = POSTGRES_ONE_OF;
  readonly oneOfNumbers = POSTGRES_ONE_OF_NUMBERS;
  readonly #client: pg.PoolClient;
  readonly #texts: PreparedTexts;
  readonly #sequelize: () => Sequelize;
  #lent: Lent | undefined;
  #hasEnded: boolean = false;
  /** What the database said last; a transaction it has given up is retried whatever the work made of the error. */
  driverError: unknown = null;

  constructor(client: pg.PoolClient, texts: PreparedTexts, sequelize: () => Sequelize) {
    this.#client = client;
    this.#texts = texts;
    this.#sequelize = sequelize;
  }

  get transaction(): Transaction | undefined {
    this.#check();
    this.#lent ??= lend(this.#sequelize(), this.#client);
    return this.#lent.transaction;
  }

  async all<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<readonly Row[]> {
    return (await this.#query(sql, binds)).rows as Row[];
  }

  async get<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<Row | undefined> {
    return (await this.#query(sql, binds)).rows[0] as Row | undefined;
  }

  async run(sql: string, binds: readonly Bind[] = []): Promise<number> {
    return (await this.#query(sql, binds)).rowCount ?? 0;
  }

  /** From here on every use throws. */
  end(): void {
    this.#hasEnded = true;
    this.#lent?.finish();
  }

  /** The same object with the brand that services ask for. */
  asTx(): Tx {
    return this as unknown as Tx;
  }

  async #query(sql: string, binds: readonly Bind[]): Promise<pg.QueryResult> {
    this.#check();
    try {
      return await queryPrepared(this.#client, this.#texts, sql, binds);
    } catch (error) {
      this.driverError = error;
      throw translated(error);
    }
  }

  #check(): void {
    if (this.#hasEnded)
      throw new Error(
        'This transaction has ended. Await every statement inside the function given to write() or read().',
      );
  }
}
