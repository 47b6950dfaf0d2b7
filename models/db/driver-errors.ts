import { Precondition, Refusal } from '../errors.ts';
import { resultCode } from './sqlite3.ts';

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** Classes (two characters) and codes of PostgreSQL after which the same request may succeed a little later. */
const POSTGRES_PASSING = /^(08...|57P0[1-5]|57014|53[023]00|53400|55P03|25P0[34]|58...)$/;
const NETWORK_PASSING = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT$)/;
const POOL_PASSING =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|Query read timeout|pool after calling end/;

/** The `code` of an error of `pg` or of the operating system, else ''. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** True when another process holds the lock of the SQLite file. */
export function isBusy(error: unknown): boolean {
  const primary = (resultCode(error) ?? 0) & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}

/** True when PostgreSQL rolled the transaction back so that another could go on (40001, 40P01). */
export function isSerializationFailure(error: unknown): boolean {
  return /^40(001|P01)$/.test(errorCode(error));
}

/** True when a unique index refused the row; `column` narrows it to an index that has this column. */
export function isUniqueViolation(error: unknown, column?: string): boolean {
  if (!(error instanceof Error)) return false;
  const code = resultCode(error);
  const isSqlite = code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY;
  if (!isSqlite && errorCode(error) !== '23505') return false;
  if (column === undefined) return true;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  // `UNIQUE constraint failed: objects.collection_id, objects.uid` and `Key (collection_id, uid)=(…) already exists.`
  const columns = isSqlite
    ? error.message.replace(/^[^:]*: /, '')
    : (/^Key \(([^)]*)\)/.exec(detail)?.[1] ?? '');
  return columns.split(', ').some((each) => each === column || each.endsWith(`.${column}`));
}

function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') return true;
  return ((resultCode(error) ?? 0) & 0xff) === SQLITE_FULL;
}

function isPassing(error: unknown): boolean {
  const primary = (resultCode(error) ?? 0) & 0xff;
  if (isBusy(error) || primary === SQLITE_IOERR || primary === SQLITE_CANTOPEN) return true;
  const code = errorCode(error);
  if (POSTGRES_PASSING.test(code) || isSerializationFailure(error) || NETWORK_PASSING.test(code)) return true;
  return error instanceof Error && code === '' && POOL_PASSING.test(error.message);
}

/** A `Refusal` 503 that tells the client to come back. */
export function notNow(message: string, cause?: unknown): Refusal {
  const refusal = new Refusal(503, message, { 'Retry-After': '5' });
  if (cause !== undefined) refusal.cause = cause;
  return refusal;
}

/** Names what a driver threw: disk full is a precondition, trouble that passes is 503, all else stays what it is. */
export function translated(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof Precondition) return error;
  if (isDiskFull(error)) {
    const full = new Precondition(
      'sufficient-disk-space',
      'The disk of the server is full. Nothing was changed.',
    );
    full.cause = error;
    return full;
  }
  return isPassing(error) ? notNow('The database is not available. Try again in a moment.', error) : error;
}
