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

/** Removes every credential and session of a person. */
export async function deleteAllOf(tx: Tx, principal: PrincipalId): Promise<void> {
  await tx.run('DELETE FROM credentials WHERE principal_id = ?', [principal]);
  await deleteSessionsOf(tx, principal);
}

/** Ends every session of a person. */
export async function deleteSessionsOf(tx: Tx, principal: PrincipalId): Promise<void> {
  await tx.run('DELETE FROM sessions WHERE principal_id = ?', [principal]);
}

/** A session with who holds it. Times are epoch seconds. */
export interface SessionRow {
  readonly principal_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly is_admin: number;
  readonly last_used_utc: number;
  readonly expires_utc: number;
}

/** Reads a session whose person may sign in. */
export async function sessionOf(db: Db, idHash: string): Promise<SessionRow | null> {
  const sql = `SELECT s.principal_id, p.login, p.display_name, p.is_admin, s.last_used_utc, s.expires_utc
    FROM sessions s JOIN principals p ON p.id = s.principal_id
    WHERE s.id_hash = ? AND p.disabled_utc IS NULL AND p.removed_utc IS NULL`;
  return (await db.get<SessionRow>(sql, [idHash])) ?? null;
}

/** Adds a session. */
export async function insertSession(
  tx: Tx,
  session: {
    idHash: string;
    principal: PrincipalId;
    nowUtc: number;
    expiresUtc: number;
    userAgent: string | null;
  },
): Promise<void> {
  const { idHash, principal, nowUtc, expiresUtc, userAgent } = session;
  await tx.run(
    `INSERT INTO sessions (id_hash, principal_id, created_utc, last_used_utc, expires_utc, user_agent)
     VALUES (?, ?, ?, ?, ?, ?)`,
    [idHash, principal, nowUtc, nowUtc, expiresUtc, userAgent],
  );
}

/** Notes that a session was used. */
export async function touchSession(tx: Tx, idHash: string, nowUtc: number): Promise<void> {
  await tx.run('UPDATE sessions SET last_used_utc = ? WHERE id_hash = ?', [nowUtc, idHash]);
}

/** Ends one session. */
export async function deleteSession(tx: Tx, idHash: string): Promise<void> {
  await tx.run('DELETE FROM sessions WHERE id_hash = ?', [idHash]);
}

/** Removes sessions and invitations that are over; gives how many. */
export async function deleteExpired(tx: Tx, nowUtc: number, idleBeforeUtc: number): Promise<number> {
  const sessions = await tx.run('DELETE FROM sessions WHERE expires_utc <= ? OR last_used_utc <= ?', [
    nowUtc,
    idleBeforeUtc,
  ]);
  return sessions + (await tx.run('DELETE FROM invitations WHERE expires_utc <= ?', [nowUtc]));
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
