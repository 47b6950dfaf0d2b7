import type { Database, Db, Tx } from '../db/database.ts';
import type { PrincipalBase, PrincipalId } from '../types.ts';
import { toPrincipalId } from './login.ts';
import { type PrincipalRow, principalModel } from './table.ts';

/** A person as the administration shows them. Times are epoch seconds. */
export interface UserRow extends PrincipalBase {
  readonly createdUtc: number;
  /** Null while the person may sign in. */
  readonly disabledUtc: number | null;
}

/** What signing in needs to know of a person. */
export interface SignInRow extends PrincipalBase {
  readonly version: number;
  readonly isDisabled: boolean;
}

const COLUMNS = 'id, login, display_name, email, is_admin, version, created_utc, disabled_utc';
type Read = Pick<
  PrincipalRow,
  'id' | 'login' | 'display_name' | 'email' | 'is_admin' | 'version' | 'created_utc' | 'disabled_utc'
>;

function toBase(row: Read): PrincipalBase {
  return {
    id: toPrincipalId(row.id),
    login: row.login,
    displayName: row.display_name,
    email: row.email,
    isAdmin: row.is_admin !== 0,
  };
}

function toUser(row: Read): UserRow {
  // Sequelize leaves BIGINT as PostgreSQL sends it.
  const disabledUtc = row.disabled_utc === null ? null : Number(row.disabled_utc);
  return { ...toBase(row), createdUtc: Number(row.created_utc), disabledUtc };
}

const BY_LOGIN = `SELECT ${COLUMNS} FROM principals WHERE login_folded = ? AND removed_utc IS NULL`;
const BY_ID = `SELECT ${COLUMNS} FROM principals WHERE id = ? AND removed_utc IS NULL`;

/** Finds who signs in under a folded login; disabled people too. */
export async function signInRow(db: Db, folded: string): Promise<SignInRow | null> {
  const row = await db.get<Read>(BY_LOGIN, [folded]);
  return row === undefined
    ? null
    : { ...toBase(row), version: row.version, isDisabled: row.disabled_utc !== null };
}

/** Reads a person by folded login; null when there is none or the person is disabled. */
export async function byLogin(db: Db, folded: string): Promise<PrincipalBase | null> {
  const row = await db.get<Read>(BY_LOGIN, [folded]);
  return row === undefined || row.disabled_utc !== null ? null : toBase(row);
}

/** Reads a person by id, disabled ones too. */
export async function byId(db: Db, id: PrincipalId): Promise<UserRow | null> {
  const row = await db.get<Read>(BY_ID, [id]);
  return row === undefined ? null : toUser(row);
}

/** Says whether an id was ever used. */
export async function isIdTaken(db: Db, id: PrincipalId): Promise<boolean> {
  return (await db.get('SELECT 1 AS one FROM principals WHERE id = ?', [id])) !== undefined;
}

/** Says whether a folded login belongs to somebody. */
export async function isLoginTaken(db: Db, folded: string): Promise<boolean> {
  return (await db.get(BY_LOGIN, [folded])) !== undefined;
}

/** Counts administrators who can sign in, without `except`. */
export async function countAdmins(db: Db, except: PrincipalId | null): Promise<number> {
  const row = await db.get<{ count: number }>(
    `SELECT count(*) AS count FROM principals
     WHERE is_admin = 1 AND disabled_utc IS NULL AND removed_utc IS NULL AND id <> ?`,
    [except ?? ''],
  );
  return Number(row?.count ?? 0);
}

/** Lists everybody who is not removed, by login. */
export async function allUsers(db: Database): Promise<readonly UserRow[]> {
  const rows = await principalModel(db.sequelize).findAll({
    where: { removed_utc: null },
    order: [['login_folded', 'ASC']],
  });
  return rows.map((row) => toUser(row.get()));
}

/** Adds a person. */
export async function insertPrincipal(db: Database, tx: Tx, row: PrincipalRow): Promise<void> {
  await principalModel(db.sequelize).create(row, { transaction: tx.transaction ?? null });
}

/** Changes columns of a person; gives whether there is such a person. */
export async function updatePrincipal(
  db: Database,
  tx: Tx,
  id: PrincipalId,
  columns: Partial<PrincipalRow>,
): Promise<boolean> {
  const [count] = await principalModel(db.sequelize).update(columns, {
    where: { id, removed_utc: null },
    transaction: tx.transaction ?? null,
  });
  return count > 0;
}

/** Ends what every credential of the person was good for until now. */
export async function bumpVersion(tx: Tx, id: PrincipalId): Promise<void> {
  await tx.run('UPDATE principals SET version = version + 1 WHERE id = ?', [id]);
}

/** Takes the name and address off people who were removed before that time; their ids stay so that nobody gets them again. */
export function forgetRemoved(tx: Tx, olderThanUtc: number): Promise<number> {
  return tx.run(
    `UPDATE principals SET login = '', login_folded = '', display_name = '', email = NULL
     WHERE removed_utc < ? AND login <> ''`,
    [olderThanUtc],
  );
}
