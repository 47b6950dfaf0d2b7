import { createRequire } from 'node:module';
import type { Options, Sequelize, Transaction } from 'sequelize';

interface SequelizeModule {
  readonly Sequelize: new (...given: readonly [Options] | readonly [string, Options]) => Sequelize;
  readonly Transaction: new (sequelize: Sequelize, options: object) => Transaction;
}

/** Loaded when first asked for: it takes 160 ms and 26 MB, and a server that only syncs never asks. */
function load(): SequelizeModule {
  const loaded: unknown = createRequire(import.meta.url)('sequelize');
  return loaded as SequelizeModule;
}

/** Makes a Sequelize whose own connections only read; writes go through `write` and its `tx.transaction`. */
export function makeSequelize(url: string | null, options: Options): Sequelize {
  const { Sequelize } = load();
  const quiet = { logging: false, ...options };
  return url === null ? new Sequelize(quiet) : new Sequelize(url, quiet);
}

/** A transaction of ours as Sequelize sees it. */
export interface Lent {
  readonly transaction: Transaction;
  /** After this Sequelize refuses every query that is given the transaction. */
  finish(): void;
}

/** Lends a connection that is inside one of our transactions to Sequelize; it can neither commit nor roll back. */
export function lend(sequelize: Sequelize, connection: object): Lent {
  const { Transaction } = load();
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('This transaction ends with the function given to write() or read().'));
  const transaction = Object.assign(new Transaction(sequelize, {}), {
    connection,
    commit: refuse,
    rollback: refuse,
  });
  return { transaction, finish: () => void Object.assign(transaction, { finished: 'commit' }) };
}
