import { createRequire } from 'node:module';
import type { Bind } from './database.ts';
import { plainRows, type Rows, StandInRows, type Statement } from './sqlite-rows.ts';

interface Handle {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

interface Driver {
  readonly isStandIn: boolean;
  readonly DatabaseSync: new (path: string, options: { readonly readOnly?: boolean }) => Handle;
}

/** How a connection is used; a reader refuses every statement that would write. */
export interface ConnectionOptions {
  readonly isReader: boolean;
  /** How long a statement waits inside SQLite, with the event loop, for another process. */
  readonly busyTimeoutMs: number;
  readonly cacheKibibytes: number;
}

/** More texts than the code has; a leak of composed texts must not become a leak of statements. */
const MAX_STATEMENTS = 400;

/** Loads `node:sqlite` where Node brings it (22.13 and newer), else the package that stands in for it. */
function loadDriver(): Driver {
  const built = withoutExperimentalWarning(() => process.getBuiltinModule('node:sqlite'));
  const driver: unknown = built ?? createRequire(import.meta.url)('@photostructure/sqlite');
  const { DatabaseSync } = driver as Pick<Driver, 'DatabaseSync'>;
  return { DatabaseSync, isStandIn: built === undefined };
}

/** Node calls its SQLite module experimental on standard error; the operator can do nothing about it. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emit;
  }
}

/** One open handle with its prepared statements; calls are synchronous and take microseconds. */
export class Connection {
  readonly #handle: Handle;
  readonly #isStandIn: boolean;
  readonly #statements = new Map<string, Statement>();
  readonly #rows = new Map<string, Rows>();

  constructor(path: string, options: ConnectionOptions) {
    const { DatabaseSync, isStandIn } = loadDriver();
    this.#isStandIn = isStandIn;
    this.#handle = new DatabaseSync(path, {});
    // While it opens, it may meet another process that makes the same file.
    this.#handle.exec('PRAGMA busy_timeout = 5000');
    if (!options.isReader) this.#handle.exec('PRAGMA journal_mode = WAL');
    this.#handle.exec(
      `PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
       PRAGMA cache_size = -${options.cacheKibibytes}; PRAGMA journal_size_limit = 67108864;`,
    );
    if (options.isReader) this.#handle.exec('PRAGMA query_only = ON');
    this.#handle.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
  }

  /** Runs a text that may hold several statements and gives no rows. */
  exec(sql: string): void {
    this.#handle.exec(sql);
  }

  all(sql: string, binds: readonly Bind[] = []): unknown[] {
    return this.#rowsOf(sql).all(binds);
  }

  get(sql: string, binds: readonly Bind[] = []): unknown {
    return this.#rowsOf(sql).get(binds);
  }

  /** Gives the count of rows the statement changed. */
  run(sql: string, binds: readonly Bind[] = []): number {
    return Number(this.prepare(sql).run(...binds).changes);
  }

  /** The kept statement of a text. */
  prepare(sql: string): Statement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#handle.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #rowsOf(sql: string): Rows {
    const kept = this.#rows.get(sql);
    if (kept !== undefined) return kept;
    if (this.#rows.size >= MAX_STATEMENTS) this.#rows.clear();
    const made = this.#isStandIn
      ? new StandInRows((text) => this.#handle.prepare(text), sql)
      : plainRows(this.#handle.prepare(sql));
    this.#rows.set(sql, made);
    return made;
  }

  /** NOTE: the stand-in of Node 20 lets go of the file only when its statements were collected as garbage. */
  close(): void {
    this.#statements.clear();
    this.#rows.clear();
    this.#handle.close();
  }
}

/** What a callback of `sqlite3` finds as `this`. */
class StatementResult {
  readonly lastID: number;
  readonly changes: number;
  constructor(lastID: number, changes: number) {
    this.lastID = lastID;
    this.changes = changes;
  }
}
// Sequelize asks for the class by this name.
Object.defineProperty(StatementResult, 'name', { value: 'Statement' });

type Callback = (this: StatementResult, error: unknown, rows?: unknown[]) => void;
type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

const PRIMARY_NAMES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  19: 'SQLITE_CONSTRAINT',
};
const EXTENDED_NAMES: Readonly<Record<number, string>> = {
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
};

/** The extended result code of an error that SQLite raised, else null. */
export function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/** Gives an error the `code` that `sqlite3` would have given it. */
function named(error: unknown): unknown {
  const code = resultCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const name = EXTENDED_NAMES[code] ?? PRIMARY_NAMES[code & 0xff] ?? 'SQLITE_ERROR';
  return Object.assign(new Error(`${name}: ${error.message}`, { cause: error }), {
    code: name,
    errcode: code,
  });
}

function bindable(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === 'boolean' ? Number(value) : value;
}

function bindsOf(parameters: Parameters | undefined): readonly unknown[] {
  if (parameters === undefined) return [];
  if (Array.isArray(parameters)) return parameters.map(bindable);
  const names = Object.entries(parameters).map(([name, value]) => [name, bindable(value)] as const);
  return names.length === 0 ? [] : [Object.fromEntries(names)];
}

/** A connection in the asynchronous shape of npm `sqlite3`, which is the one Sequelize speaks. */
export class CallbackConnection {
  readonly #connection: Connection;
  readonly #closes: boolean;

  /** With `closes` false the connection belongs to somebody else and `close` leaves it open. */
  constructor(connection: Connection, closes: boolean) {
    this.#connection = connection;
    this.#closes = closes;
  }

  run(sql: string, parameters?: Parameters, callback?: Callback): this {
    return this.#call(callback, () => {
      const done = this.#connection.prepare(sql).run(...bindsOf(parameters));
      return { result: new StatementResult(Number(done.lastInsertRowid), Number(done.changes)), rows: [] };
    });
  }

  /** Sequelize asks for the columns of a table without parameters. */
  all(sql: string, parameters: Parameters | Callback, callback?: Callback): this {
    const binds = typeof parameters === 'function' ? [] : bindsOf(parameters);
    const then = typeof parameters === 'function' ? parameters : callback;
    return this.#call(then, () => ({
      result: new StatementResult(0, 0),
      rows: this.#connection.prepare(sql).all(...binds),
    }));
  }

  serialize(work: () => void): void {
    work();
  }

  close(callback?: (error: unknown) => void): void {
    if (this.#closes) this.#connection.close();
    if (callback !== undefined) queueMicrotask(() => callback(null));
  }

  #call(callback: Callback | undefined, work: () => { result: StatementResult; rows: unknown[] }): this {
    const answer = this.#attempt(work);
    if (callback !== undefined) queueMicrotask(() => callback.call(answer.result, answer.error, answer.rows));
    return this;
  }

  #attempt(work: () => { result: StatementResult; rows: unknown[] }) {
    try {
      return { ...work(), error: null };
    } catch (error) {
      return { result: new StatementResult(0, 0), rows: [], error: named(error) };
    }
  }
}

/** A module with the shape of npm `sqlite3`, for Sequelize's `dialectModule`; what it opens can read only. */
export function sqlite3Module(open: () => Connection): object {
  // NOTE: Sequelize calls it with `new` and hands the connection on; a returned object stands for the instance.
  function Database(_path: string, _mode: number, callback: (error: unknown) => void): CallbackConnection {
    const connection = new CallbackConnection(open(), true);
    queueMicrotask(() => callback(null));
    return connection;
  }
  return { OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4, Database };
}
