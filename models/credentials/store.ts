import type { Database, Db, Tx } from '../db/database.ts';
import type { PrincipalId, Scope } from '../types.ts';
import { type CredentialRow, credentialModel } from './table.ts';

/** An app password as its owner sees it; the secret is not kept. Times are epoch seconds. */
export interface AppPassword {
  readonly id: string;
  readonly label: string;
  readonly scope: Scope;
  readonly createdUtc: number;
  /** To the day. */
  readonly lastUsedUtc: number | null;
  readonly expiresUtc: number | null;
}

/** The scope of a password: everything. */
export const FULL_SCOPE: Scope = { calendars: true, contacts: true, readOnly: false };
const NO_SCOPE: Scope = { calendars: false, contacts: false, readOnly: true };

/** Reads a stored scope; one that cannot be read reaches nothing. */
export function parseScope(json: string | null): Scope {
  if (json === null) return FULL_SCOPE;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return NO_SCOPE;
  }
  if (typeof value !== 'object' || value === null) return NO_SCOPE;
  return {
    calendars: 'calendars' in value && value.calendars === true,
    contacts: 'contacts' in value && value.contacts === true,
    readOnly: !('readOnly' in value && value.readOnly === false),
  };
}

/** What signing in reads of one credential. */
export interface KnownCredential {
  readonly id: string;
  readonly hash: string;
  readonly scope: string | null;
  readonly last_used_utc: number | null;
  readonly expires_utc: number | null;
}

const KNOWN = 'id, hash, scope, last_used_utc, expires_utc';

/** Reads the password of a person. */
export async function passwordOf(db: Db, principal: PrincipalId): Promise<KnownCredential | null> {
  const sql = `SELECT ${KNOWN} FROM credentials WHERE principal_id = ? AND kind = 'password'`;
  return (await db.get<KnownCredential>(sql, [principal])) ?? null;
}

/** Finds an app password of a person by the hash of its secret. */
export async function appPasswordOf(
  db: Db,
  principal: PrincipalId,
  hash: string,
): Promise<KnownCredential | null> {
  const sql = `SELECT ${KNOWN} FROM credentials WHERE principal_id = ? AND kind = 'app-password' AND hash = ?`;
  return (await db.get<KnownCredential>(sql, [principal, hash])) ?? null;
}

/** Puts a password in the place of the old one. */
export async function replacePassword(
  tx: Tx,
  password: { id: string; principal: PrincipalId; hash: string; createdUtc: number },
): Promise<void> {
  const { id, principal, hash, createdUtc } = password;
  await tx.run(`DELETE FROM credentials WHERE principal_id = ? AND kind = 'password'`, [principal]);
  await tx.run(
    `INSERT INTO credentials (id, principal_id, kind, hash, created_utc) VALUES (?, ?, 'password', ?, ?)`,
    [id, principal, hash, createdUtc],
  );
}

/** Writes a stronger hash of the same password. */
export async function strengthenPassword(tx: Tx, id: string, old: string, hash: string): Promise<void> {
  await tx.run('UPDATE credentials SET hash = ? WHERE id = ? AND hash = ?', [hash, id, old]);
}

/** Notes that a credential was used. */
export async function touch(tx: Tx, id: string, nowUtc: number): Promise<void> {
  await tx.run('UPDATE credentials SET last_used_utc = ? WHERE id = ?', [nowUtc, id]);
}

/** Adds an app password. */
export async function insertCredential(db: Database, tx: Tx, row: CredentialRow): Promise<void> {
  await credentialModel(db.sequelize).create(row, { transaction: tx.transaction ?? null });
}

/** Lists the app passwords of a person, newest first. */
export async function appPasswords(db: Database, principal: PrincipalId): Promise<readonly AppPassword[]> {
  const rows = await credentialModel(db.sequelize).findAll({
    where: { principal_id: principal, kind: 'app-password' },
    order: [
      ['created_utc', 'DESC'],
      ['id', 'ASC'],
    ],
  });
  return rows.map((model) => {
    const row = model.get();
    return {
      id: row.id,
      label: row.label ?? '',
      scope: parseScope(row.scope),
      createdUtc: Number(row.created_utc),
      lastUsedUtc: row.last_used_utc === null ? null : Number(row.last_used_utc),
      expiresUtc: row.expires_utc === null ? null : Number(row.expires_utc),
    };
  });
}

/** Finds whose an app password is, null when there is none of that id. */
export async function ownerOfAppPassword(db: Db, id: string): Promise<string | null> {
  const sql = `SELECT principal_id FROM credentials WHERE id = ? AND kind = 'app-password'`;
  return (await db.get<{ principal_id: string }>(sql, [id]))?.principal_id ?? null;
}

/** Removes everything a person can sign in with. */
export async function deleteAllOf(tx: Tx, principal: PrincipalId): Promise<void> {
  await tx.run('DELETE FROM credentials WHERE principal_id = ?', [principal]);
  await tx.run('DELETE FROM api_tokens WHERE principal_id = ?', [principal]);
  await deleteInvitesOf(tx, principal);
  await deleteSessionsOf(tx, principal);
}

/** Ends every session of a person. */
export async function deleteSessionsOf(tx: Tx, principal: PrincipalId): Promise<void> {
  await tx.run('DELETE FROM sessions WHERE principal_id = ?', [principal]);
}

/** A session with who holds it. Times are epoch seconds. */
export interface SessionRow {
  readonly id_hash: string;
  readonly principal_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly is_admin: number;
  readonly created_utc: number;
  readonly last_used_utc: number;
  readonly expires_utc: number;
  readonly idle_seconds: number;
  readonly is_lasting: number;
  readonly proved_utc: number;
  readonly user_agent: string | null;
  readonly network: string | null;
}

const SESSION = `SELECT s.id_hash, s.principal_id, p.login, p.display_name, p.is_admin, s.created_utc, s.last_used_utc,
    s.expires_utc, s.idle_seconds, s.is_lasting, s.proved_utc, s.user_agent, s.network
  FROM sessions s JOIN principals p ON p.id = s.principal_id`;

/** Reads a session whose person may sign in. */
export async function sessionOf(db: Db, idHash: string): Promise<SessionRow | null> {
  const sql = `${SESSION} WHERE s.id_hash = ? AND p.disabled_utc IS NULL AND p.removed_utc IS NULL`;
  return (await db.get<SessionRow>(sql, [idHash])) ?? null;
}

/** Lists the sessions of a person that are not over, last used first. */
export function sessionsOf(db: Db, principal: PrincipalId, nowUtc: number): Promise<readonly SessionRow[]> {
  const sql = `${SESSION} WHERE s.principal_id = ? AND s.expires_utc > ? AND s.last_used_utc + s.idle_seconds > ?
    ORDER BY s.last_used_utc DESC, s.id_hash`;
  return db.all<SessionRow>(sql, [principal, nowUtc, nowUtc]);
}

/** A session that begins. */
export interface NewSession {
  readonly idHash: string;
  readonly principal: PrincipalId;
  readonly nowUtc: number;
  readonly expiresUtc: number;
  readonly idleSeconds: number;
  readonly isLasting: boolean;
  readonly userAgent: string | null;
  readonly network: string | null;
}

/** Adds a session; the password was given just now. */
export async function insertSession(tx: Tx, session: NewSession): Promise<void> {
  const { idHash, principal, nowUtc, expiresUtc, idleSeconds, isLasting, userAgent, network } = session;
  await tx.run(
    `INSERT INTO sessions (id_hash, principal_id, created_utc, last_used_utc, proved_utc, expires_utc, idle_seconds,
       is_lasting, user_agent, network) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[idHash, principal, nowUtc, nowUtc, nowUtc, expiresUtc, idleSeconds],
      ...[isLasting ? 1 : 0, userAgent, network],
    ],
  );
}

/** Gives a session a new token, with the time at which the password was given; gives whether there is such a session. */
export async function renameSession(
  tx: Tx,
  idHash: string,
  newIdHash: string,
  provedUtc: number,
): Promise<boolean> {
  const sql = 'UPDATE sessions SET id_hash = ?, proved_utc = ? WHERE id_hash = ?';
  return (await tx.run(sql, [newIdHash, provedUtc, idHash])) > 0;
}

/** Notes that a session was used. */
export async function touchSession(tx: Tx, idHash: string, nowUtc: number): Promise<void> {
  await tx.run('UPDATE sessions SET last_used_utc = ? WHERE id_hash = ?', [nowUtc, idHash]);
}

/** Ends one session; gives whether it was there. */
export async function deleteSession(tx: Tx, idHash: string): Promise<boolean> {
  return (await tx.run('DELETE FROM sessions WHERE id_hash = ?', [idHash])) > 0;
}

/** Ends the sessions of a person but one; gives how many. */
export function deleteOtherSessions(tx: Tx, principal: PrincipalId, keptIdHash: string): Promise<number> {
  return tx.run('DELETE FROM sessions WHERE principal_id = ? AND id_hash <> ?', [principal, keptIdHash]);
}

/** Removes sessions that are over, and invitations that were over before `invitesBeforeUtc`; gives how many. */
export async function deleteExpired(tx: Tx, nowUtc: number, invitesBeforeUtc: number): Promise<number> {
  const sessions = await tx.run(
    'DELETE FROM sessions WHERE expires_utc <= ? OR last_used_utc + idle_seconds <= ?',
    [nowUtc, nowUtc],
  );
  return sessions + (await tx.run('DELETE FROM invitations WHERE expires_utc <= ?', [invitesBeforeUtc]));
}

/** An invitation of a person. */
export interface InviteRow {
  readonly principal_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly expires_utc: number;
  readonly used_utc: number | null;
}

/** Puts an invitation of a person in the place of earlier ones. */
export async function replaceInvite(
  tx: Tx,
  invite: { tokenHash: string; principal: PrincipalId; nowUtc: number; expiresUtc: number },
): Promise<void> {
  const { tokenHash, principal, nowUtc, expiresUtc } = invite;
  await deleteInvitesOf(tx, principal);
  await tx.run(
    `INSERT INTO invitations (token_hash, purpose, principal_id, created_utc, expires_utc)
     VALUES (?, 'invite', ?, ?, ?)`,
    [tokenHash, principal, nowUtc, expiresUtc],
  );
}

/** Ends the invitations of a person that were not used. */
export async function deleteInvitesOf(tx: Tx, principal: PrincipalId): Promise<void> {
  await tx.run('DELETE FROM invitations WHERE principal_id = ? AND used_utc IS NULL', [principal]);
}

/** Reads the invitation of somebody who may sign in, used and expired ones too. */
export async function inviteOf(db: Db, tokenHash: string): Promise<InviteRow | null> {
  const sql = `SELECT i.principal_id, p.login, p.display_name, i.expires_utc, i.used_utc
    FROM invitations i JOIN principals p ON p.id = i.principal_id
    WHERE i.token_hash = ? AND i.purpose = 'invite' AND p.disabled_utc IS NULL AND p.removed_utc IS NULL`;
  return (await db.get<InviteRow>(sql, [tokenHash])) ?? null;
}

/** Uses the invitation of a person up; gives whether it was good. */
export async function claimInvite(tx: Tx, tokenHash: string, nowUtc: number): Promise<boolean> {
  const sql = `UPDATE invitations SET used_utc = ?
    WHERE token_hash = ? AND purpose = 'invite' AND used_utc IS NULL AND expires_utc > ?`;
  return (await tx.run(sql, [nowUtc, tokenHash, nowUtc])) > 0;
}

/** A token of a script with whose it is. */
export interface ApiTokenRow {
  readonly id: string;
  readonly principal_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly is_admin: number;
  readonly label: string;
  readonly is_read_only: number;
  readonly created_utc: number;
  readonly last_used_utc: number | null;
  readonly expires_utc: number | null;
}

const API_TOKEN = `SELECT t.id, t.principal_id, p.login, p.display_name, p.is_admin, t.label, t.is_read_only,
    t.created_utc, t.last_used_utc, t.expires_utc
  FROM api_tokens t JOIN principals p ON p.id = t.principal_id`;

/** Reads a token by its hash, of somebody who may sign in. */
export async function apiTokenOf(db: Db, hash: string): Promise<ApiTokenRow | null> {
  const sql = `${API_TOKEN} WHERE t.hash = ? AND p.disabled_utc IS NULL AND p.removed_utc IS NULL`;
  return (await db.get<ApiTokenRow>(sql, [hash])) ?? null;
}

/** Lists the tokens of a person, newest first. */
export function apiTokensOf(db: Db, principal: PrincipalId): Promise<readonly ApiTokenRow[]> {
  const sql = `${API_TOKEN} WHERE t.principal_id = ? ORDER BY t.created_utc DESC, t.id`;
  return db.all<ApiTokenRow>(sql, [principal]);
}

/** Adds a token. */
export async function insertApiToken(
  tx: Tx,
  token: {
    id: string;
    principal: PrincipalId;
    hash: string;
    label: string;
    isReadOnly: boolean;
    nowUtc: number;
    expiresUtc: number | null;
  },
): Promise<void> {
  const { id, principal, hash, label, isReadOnly, nowUtc, expiresUtc } = token;
  await tx.run(
    `INSERT INTO api_tokens (id, principal_id, hash, label, is_read_only, created_utc, expires_utc)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [id, principal, hash, label, isReadOnly ? 1 : 0, nowUtc, expiresUtc],
  );
}

/** Notes that a token was used. */
export async function touchApiToken(tx: Tx, id: string, nowUtc: number): Promise<void> {
  await tx.run('UPDATE api_tokens SET last_used_utc = ? WHERE id = ?', [nowUtc, id]);
}

/** Removes a token of a person; gives its label, null when there is none. */
export async function deleteApiToken(tx: Tx, principal: PrincipalId, id: string): Promise<string | null> {
  const sql = 'DELETE FROM api_tokens WHERE id = ? AND principal_id = ? RETURNING label';
  return (await tx.get<{ label: string }>(sql, [id, principal]))?.label ?? null;
}

/** Puts a set-up invitation in the place of earlier ones. */
export async function replaceSetupInvitation(
  tx: Tx,
  invitation: { tokenHash: string; nowUtc: number; expiresUtc: number },
): Promise<void> {
  const { tokenHash, nowUtc, expiresUtc } = invitation;
  await tx.run(`DELETE FROM invitations WHERE purpose = 'setup' AND used_utc IS NULL`);
  await tx.run(
    `INSERT INTO invitations (token_hash, purpose, created_utc, expires_utc) VALUES (?, 'setup', ?, ?)`,
    [tokenHash, nowUtc, expiresUtc],
  );
}

/** Whether a set-up invitation can still be used. */
export async function isSetupInvitationOpen(db: Db, tokenHash: string, nowUtc: number): Promise<boolean> {
  const sql = `SELECT 1 AS one FROM invitations
    WHERE token_hash = ? AND purpose = 'setup' AND used_utc IS NULL AND expires_utc > ?`;
  return (await db.get(sql, [tokenHash, nowUtc])) !== undefined;
}

/** Uses a set-up invitation up; gives whether it was good. */
export async function claimSetupInvitation(tx: Tx, tokenHash: string, nowUtc: number): Promise<boolean> {
  const sql = `UPDATE invitations SET used_utc = ?
    WHERE token_hash = ? AND purpose = 'setup' AND used_utc IS NULL AND expires_utc > ?`;
  return (await tx.run(sql, [nowUtc, tokenHash, nowUtc])) > 0;
}

/** Puts another secret in the place of an app password's; one that was taken back is good again. Gives whether it is there. */
export async function renewAppPassword(
  tx: Tx,
  principal: PrincipalId,
  id: string,
  hash: string,
): Promise<boolean> {
  const sql = `UPDATE credentials SET hash = ?, kind = 'app-password', revoked_utc = NULL
    WHERE id = ? AND principal_id = ? AND kind IN ('app-password', 'removed')`;
  return (await tx.run(sql, [hash, id, principal])) > 0;
}
