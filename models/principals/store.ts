import type { Bind, Database, Db, Tx } from '../db/database.ts';
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

/** A person as the list of people shows them. Times are epoch seconds. */
export interface PersonRow {
  readonly id: string;
  readonly login: string;
  readonly login_folded: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly is_admin: number;
  readonly created_utc: number;
  readonly disabled_utc: number | null;
  readonly removed_utc: number | null;
  readonly quota_bytes: number | null;
  readonly used_bytes: number;
  readonly has_password: number;
  /** The end of the newest link that was not used. */
  readonly invite_expires_utc: number | null;
}

/** What somebody kept and has lost by being removed counts while it can come back. */
const PERSON = `SELECT p.id, p.login, p.login_folded, p.display_name, p.email, p.is_admin, p.created_utc,
    p.disabled_utc, p.removed_utc, p.quota_bytes,
    (SELECT CAST(coalesce(sum(c.bytes_used), 0) AS BIGINT) FROM collections c
      WHERE c.owner_id = p.id AND (c.deleted_utc IS NULL OR c.deleted_utc = p.removed_utc)) AS used_bytes,
    CASE WHEN EXISTS (SELECT 1 FROM credentials k WHERE k.principal_id = p.id AND k.kind = 'password')
      THEN 1 ELSE 0 END AS has_password,
    (SELECT max(i.expires_utc) FROM invitations i
      WHERE i.principal_id = p.id AND i.used_utc IS NULL) AS invite_expires_utc
  FROM principals p`;

/** Which people are asked for. */
export interface PeopleWhere {
  readonly state: 'present' | 'active' | 'invited' | 'disabled' | 'removed';
  /** Folded text that must be in name, login or address. */
  readonly search: string;
  /** Only these; null: everybody. */
  readonly ids: readonly string[] | null;
  /** Folded login and id of the last person of the page before. */
  readonly after: readonly [string, string] | null;
  readonly limit: number;
}

const HAS_PASSWORD = `EXISTS (SELECT 1 FROM credentials k WHERE k.principal_id = p.id AND k.kind = 'password')`;
const STATES: Readonly<Record<PeopleWhere['state'], string>> = {
  present: 'p.removed_utc IS NULL',
  active: `p.removed_utc IS NULL AND p.disabled_utc IS NULL AND ${HAS_PASSWORD}`,
  invited: `p.removed_utc IS NULL AND p.disabled_utc IS NULL AND NOT ${HAS_PASSWORD}`,
  disabled: 'p.removed_utc IS NULL AND p.disabled_utc IS NOT NULL',
  removed: `p.removed_utc IS NOT NULL AND p.login <> ''`,
};

/** A page of people in order of login. */
export function peopleWhere(db: Db, where: PeopleWhere): Promise<readonly PersonRow[]> {
  const { state, search, ids, after, limit } = where;
  const conditions = [STATES[state]];
  const binds: Bind[] = [];
  if (search !== '') {
    conditions.push(`p.search_text LIKE ? ESCAPE '!'`);
    binds.push(`%${search.replace(/[!%_]/g, '!$&')}%`);
  }
  if (ids !== null) {
    conditions.push(`p.id IN ${db.oneOf}`);
    binds.push(JSON.stringify(ids));
  }
  if (after !== null) {
    conditions.push('(p.login_folded, p.id) > (?, ?)');
    binds.push(...after);
  }
  const sql = `${PERSON} WHERE ${conditions.join(' AND ')} ORDER BY p.login_folded, p.id LIMIT ?`;
  return db.all<PersonRow>(sql, [...binds, limit]);
}

/** Reads one person, removed ones too. */
export async function personById(db: Db, id: string): Promise<PersonRow | null> {
  return (await db.get<PersonRow>(`${PERSON} WHERE p.id = ? AND p.login <> ''`, [id])) ?? null;
}

/** How many people there are, by what the list can be filtered by. */
export interface PeopleCounts {
  readonly present: number;
  readonly invited: number;
  readonly disabled: number;
  readonly removed: number;
}

/** Counts people. */
export async function countPeople(db: Db): Promise<PeopleCounts> {
  const count = (state: PeopleWhere['state']) =>
    `coalesce(sum(CASE WHEN ${STATES[state]} THEN 1 ELSE 0 END), 0)`;
  const row = await db.get<PeopleCounts>(
    `SELECT ${count('present')} AS present, ${count('invited')} AS invited, ${count('disabled')} AS disabled,
       ${count('removed')} AS removed FROM principals p`,
  );
  const of = (key: keyof PeopleCounts) => Number(row?.[key] ?? 0);
  return { present: of('present'), invited: of('invited'), disabled: of('disabled'), removed: of('removed') };
}

/** The logins of the people who may sign in and have this address, at most two. */
export async function loginsByEmail(db: Db, email: string): Promise<readonly string[]> {
  const sql = `SELECT login FROM principals
    WHERE lower(email) = lower(?) AND email IS NOT NULL AND removed_utc IS NULL LIMIT 2`;
  return (await db.all<{ login: string }>(sql, [email])).map((row) => row.login);
}

/** Which of these folded logins belong to somebody. */
export async function takenLogins(db: Db, folded: readonly string[]): Promise<ReadonlySet<string>> {
  const sql = `SELECT login_folded FROM principals WHERE removed_utc IS NULL AND login_folded IN ${db.oneOf}`;
  const rows = await db.all<{ login_folded: string }>(sql, [JSON.stringify(folded)]);
  return new Set(rows.map((row) => row.login_folded));
}

/** Every folded login that belongs to somebody. */
export async function allLogins(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db.all<{ login_folded: string }>(
    'SELECT login_folded FROM principals WHERE removed_utc IS NULL',
  );
  return new Set(rows.map((row) => row.login_folded));
}

/** Takes a removed person out of the trash with what they kept; gives whether they were there. */
export async function reviveAll(tx: Tx, id: PrincipalId, removedUtc: number): Promise<boolean> {
  const sql = 'UPDATE principals SET removed_utc = NULL WHERE id = ? AND removed_utc = ?';
  if ((await tx.run(sql, [id, removedUtc])) === 0) return false;
  await tx.run('UPDATE collections SET deleted_utc = NULL WHERE owner_id = ? AND deleted_utc = ?', [
    id,
    removedUtc,
  ]);
  return true;
}

/** Takes what they can sign in with off people who were removed before that time, and ends their tokens. */
export async function forgetCredentials(tx: Tx, olderThanUtc: number): Promise<void> {
  const removed = `(SELECT id FROM principals WHERE removed_utc < ? AND login <> '')`;
  for (const table of ['credentials', 'api_tokens', 'sessions', 'invitations', 'preferences'] as const)
    await tx.run(`DELETE FROM ${table} WHERE principal_id IN ${removed}`, [olderThanUtc]);
}

/** A calendar or address book with its figures. */
export interface CollectionFigures {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly display_name: string;
  readonly components: string | null;
  readonly color: string | null;
  readonly object_count: number;
  readonly bytes_used: number;
}

/** Lists what somebody keeps, default ones first; what was deleted along with the person too. */
export function collectionFigures(db: Db, owner: string): Promise<readonly CollectionFigures[]> {
  return db.all<CollectionFigures>(
    `SELECT c.id, c.kind, c.name, c.display_name, c.components, c.color, c.object_count, c.bytes_used
     FROM collections c JOIN principals p ON p.id = c.owner_id
     WHERE c.owner_id = ? AND c.kind IN ('calendar', 'addressbook')
       AND (c.deleted_utc IS NULL OR c.deleted_utc = p.removed_utc)
     ORDER BY CASE c.kind WHEN 'calendar' THEN 0 ELSE 1 END, c.is_default DESC, c.id`,
    [owner],
  );
}

/** Takes the name and address off people who were removed before that time; their ids stay so that nobody gets them again. */
export function forgetRemoved(tx: Tx, olderThanUtc: number): Promise<number> {
  return tx.run(
    `UPDATE principals SET login = '', login_folded = '', display_name = '', email = NULL, search_text = ''
     WHERE removed_utc < ? AND login <> ''`,
    [olderThanUtc],
  );
}
