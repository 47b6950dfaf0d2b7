import type { Sequelize, Transaction } from 'sequelize';
import type { Bind, Db, Tx } from './database.ts';
import { translated } from './driver-errors.ts';
import { turn } from './patience.ts';
import { type Lent, lend } from './sequelize.ts';
import { CallbackConnection, type Connection } from './sqlite3.ts';

export const SQLITE_ONE_OF = '(SELECT value FROM json_each(?))';

/** Statements are synchronous: a transaction that has many lets the rest of the server go on after this time. */
const TURN_MS = 5;

/** Reads on one connection; inside `read` and `write` it ends with the function that was given it. */
export class SqliteSnapshot implements Db {
  readonly dialect = 'sqlite';
  readonly oneOf = SQLITE_ONE_OF;
  readonly oneOfNumbers = SQLITE_ONE_OF;
  readonly #connection: Connection;
  readonly #sequelize: () => Sequelize;
  #lent: Lent | undefined;
  #hasEnded: boolean = false;
  #turnMs = performance.now();

  constructor(connection: Connection, sequelize: () => Sequelize) {
    this.#connection = connection;
    this.#sequelize = sequelize;
  }

  get transaction(): Transaction | undefined {
    this.open();
    this.#lent ??= lend(this.#sequelize(), new CallbackConnection(this.#connection, false));
    return this.#lent.transaction;
  }

  async all<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<readonly Row[]> {
    const connection = await this.ready();
    try {
      return connection.all(sql, binds) as Row[];
    } catch (error) {
      throw translated(error);
    }
  }

  async get<Row extends object>(sql: string, binds: readonly Bind[] = []): Promise<Row | undefined> {
    const connection = await this.ready();
    try {
      return connection.get(sql, binds) as Row | undefined;
    } catch (error) {
      throw translated(error);
    }
  }

  /** From here on every use throws. */
  end(): void {
    this.#hasEnded = true;
    this.#lent?.finish();
  }

  /** The connection, as soon as it is this transaction's turn. */
  protected ready(): Connection | Promise<Connection> {
    return performance.now() - this.#turnMs < TURN_MS ? this.open() : this.#afterTurn();
  }

  async #afterTurn(): Promise<Connection> {
    await turn();
    this.#turnMs = performance.now();
    return this.open();
  }

  /** The connection, as long as the transaction is open. */
  protected open(): Connection {
    if (this.#hasEnded)
      throw new Error(
        'This transaction has ended. Await every statement inside the function given to write() or read().',
      );
    return this.#connection;
  }
}

/** One savepoint on the writer. */
export class SqliteWrite extends SqliteSnapshot {
  async run(sql: string, binds: readonly Bind[] = []): Promise<number> {
    const connection = await this.ready();
    try {
      return connection.run(sql, binds);
    } catch (error) {
      throw translated(error);
    }
  }

  /** The same object with the brand that services ask for. */
  asTx(): Tx {
    return this as unknown as Tx;
  }
}
