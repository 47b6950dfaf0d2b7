import type { Db, Tx } from '../db/database.ts';
import type { PrincipalId } from '../types.ts';

/** A row of `setup_codes`. Times are epoch seconds. */
export interface SetupRow {
  readonly id: string;
  readonly principal_id: string;
  readonly kind: string;
  readonly renews: number;
  readonly device_id: string | null;
  readonly created_utc: number;
  readonly expires_utc: number;
  readonly opened_utc: number | null;
  readonly used_utc: number | null;
  readonly signed_in_utc: number | null;
  readonly fetched_utc: number | null;
  readonly grant_hash: string | null;
  readonly sealed: string | null;
  readonly login: string;
  readonly display_name: string;
}

const SETUP = `SELECT s.id, s.principal_id, s.kind, s.renews, s.device_id, s.created_utc, s.expires_utc, s.opened_utc,
    s.used_utc, s.signed_in_utc, s.fetched_utc, s.grant_hash, s.sealed, p.login, p.display_name
  FROM setup_codes s JOIN principals p ON p.id = s.principal_id
  WHERE p.removed_utc IS NULL AND p.disabled_utc IS NULL`;

/** Writes a new code. */
export async function insertSetupCode(
  tx: Tx,
  row: {
    readonly id: string;
    readonly codeHash: string;
    readonly principal: PrincipalId;
    readonly kind: string;
    readonly device: string | null;
    readonly createdUtc: number;
    readonly expiresUtc: number;
  },
): Promise<void> {
  await tx.run(
    `INSERT INTO setup_codes (id, code_hash, principal_id, kind, renews, device_id, created_utc, expires_utc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.id,
      row.codeHash,
      row.principal,
      row.kind,
      row.device === null ? 0 : 1,
      row.device,
      row.createdUtc,
      row.expiresUtc,
    ],
  );
}

/** Forgets the codes of somebody that nobody used, but for the newest ones. */
export async function trimSetupCodes(tx: Tx, principal: PrincipalId, keep: number): Promise<void> {
  await tx.run(
    `DELETE FROM setup_codes WHERE principal_id = ? AND used_utc IS NULL AND id NOT IN (
       SELECT id FROM setup_codes WHERE principal_id = ? AND used_utc IS NULL ORDER BY created_utc DESC, id LIMIT ?)`,
    [principal, principal, keep],
  );
}

/** The code with this hash, of somebody who may sign in. */
export async function setupByHash(db: Db, codeHash: string): Promise<SetupRow | null> {
  return (await db.get<SetupRow>(`${SETUP} AND s.code_hash = ?`, [codeHash])) ?? null;
}

/** The code of that id. */
export async function setupById(db: Db, id: string): Promise<SetupRow | null> {
  return (await db.get<SetupRow>(`${SETUP} AND s.id = ?`, [id])) ?? null;
}

/** Notes when a step was first seen; gives whether it is new. */
export async function noteStep(
  tx: Tx,
  id: string,
  step: 'opened' | 'signed_in' | 'fetched',
  atUtc: number,
): Promise<boolean> {
  const column = { opened: 'opened_utc', signed_in: 'signed_in_utc', fetched: 'fetched_utc' }[step];
  return (
    (await tx.run(`UPDATE setup_codes SET ${column} = ? WHERE id = ? AND ${column} IS NULL`, [atUtc, id])) > 0
  );
}

/** Uses a code up, once; gives whether it was still there to be used. */
export async function claimSetupCode(
  tx: Tx,
  id: string,
  use: {
    readonly atUtc: number;
    readonly device: string | null;
    readonly grantHash: string | null;
    readonly sealed: string | null;
    /** How long the grant is good for. */
    readonly untilUtc: number;
  },
): Promise<boolean> {
  const { atUtc, device, grantHash, sealed, untilUtc } = use;
  const sql = `UPDATE setup_codes SET used_utc = ?, device_id = coalesce(?, device_id), grant_hash = ?, sealed = ?,
      opened_utc = coalesce(opened_utc, ?), expires_utc = ?
    WHERE id = ? AND used_utc IS NULL AND expires_utc > ?`;
  return (await tx.run(sql, [atUtc, device, grantHash, sealed, atUtc, untilUtc, id, atUtc])) > 0;
}

/** Notes which device came of a code. */
export async function nameDevice(tx: Tx, id: string, device: string): Promise<void> {
  await tx.run('UPDATE setup_codes SET device_id = ? WHERE id = ?', [device, id]);
}

/** A row of `app_requests`. */
export interface RequestRow {
  readonly id: string;
  readonly principal_id: string | null;
  readonly setup_code_id: string | null;
  readonly client: string;
  readonly created_utc: number;
  readonly expires_utc: number;
  readonly verdict: 'allowed' | 'refused' | null;
  readonly answered_utc: number | null;
  readonly label: string | null;
  readonly scope: string | null;
  readonly collected_utc: number | null;
  readonly device_id: string | null;
  readonly login: string | null;
  readonly display_name: string | null;
}

const REQUEST = `SELECT r.id, r.principal_id, r.setup_code_id, r.client, r.created_utc, r.expires_utc, r.verdict,
    r.answered_utc, r.label, r.scope, r.collected_utc, r.device_id, p.login, p.display_name
  FROM app_requests r LEFT JOIN principals p ON p.id = r.principal_id AND p.removed_utc IS NULL AND p.disabled_utc IS NULL`;

/** Writes what an app asks for; what it asked before with the same code ends. */
export async function insertRequest(
  tx: Tx,
  row: {
    readonly id: string;
    readonly pollHash: string;
    readonly loginHash: string;
    readonly principal: PrincipalId | null;
    readonly setupCode: string | null;
    readonly client: string;
    readonly network: string;
    readonly createdUtc: number;
    readonly expiresUtc: number;
  },
): Promise<void> {
  if (row.setupCode !== null)
    await tx.run('DELETE FROM app_requests WHERE setup_code_id = ? AND verdict IS NULL', [row.setupCode]);
  await tx.run(
    `INSERT INTO app_requests
       (id, poll_hash, login_hash, principal_id, setup_code_id, client, network, created_utc, expires_utc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.id,
      row.pollHash,
      row.loginHash,
      row.principal,
      row.setupCode,
      row.client,
      row.network,
      row.createdUtc,
      row.expiresUtc,
    ],
  );
}

/** How many requests wait for an answer: from one network, and from everywhere. */
export async function countWaiting(
  db: Db,
  network: string,
  nowUtc: number,
): Promise<{ readonly here: number; readonly all: number }> {
  const sql = `SELECT count(*) AS everybody, coalesce(sum(CASE WHEN network = ? THEN 1 ELSE 0 END), 0) AS here
    FROM app_requests WHERE expires_utc > ? AND verdict IS NULL`;
  const row = await db.get<{ everybody: number; here: number }>(sql, [network, nowUtc]);
  return { here: Number(row?.here ?? 0), all: Number(row?.everybody ?? 0) };
}

/** The request whose page has a token with this hash. */
export async function requestByLogin(db: Db, loginHash: string): Promise<RequestRow | null> {
  return (await db.get<RequestRow>(`${REQUEST} WHERE r.login_hash = ?`, [loginHash])) ?? null;
}

/** The request that is polled with a token with this hash. */
export async function requestByPoll(db: Db, pollHash: string): Promise<RequestRow | null> {
  return (await db.get<RequestRow>(`${REQUEST} WHERE r.poll_hash = ?`, [pollHash])) ?? null;
}

/** The requests that somebody answered or may answer, newest first, after one that was seen. */
export function requestsOf(
  db: Db,
  principal: PrincipalId,
  before: { readonly createdUtc: number; readonly id: string } | null,
  limit: number,
): Promise<readonly RequestRow[]> {
  const after = before === null ? '' : ' AND (r.created_utc < ? OR (r.created_utc = ? AND r.id < ?))';
  const binds = before === null ? [] : [before.createdUtc, before.createdUtc, before.id];
  return db.all<RequestRow>(
    `${REQUEST} WHERE r.principal_id = ?${after} ORDER BY r.created_utc DESC, r.id DESC LIMIT ?`,
    [principal, ...binds, limit],
  );
}

/** Answers a request, once; gives whether it was still there to be answered. */
export async function answerRequest(
  tx: Tx,
  id: string,
  answer: {
    readonly verdict: 'allowed' | 'refused';
    readonly principal: PrincipalId;
    readonly atUtc: number;
    readonly label: string | null;
    readonly scope: string | null;
  },
): Promise<boolean> {
  const { verdict, principal, atUtc, label, scope } = answer;
  const sql = `UPDATE app_requests SET verdict = ?, principal_id = ?, answered_utc = ?, label = ?, scope = ?
    WHERE id = ? AND verdict IS NULL AND expires_utc > ?`;
  return (await tx.run(sql, [verdict, principal, atUtc, label, scope, id, atUtc])) > 0;
}

/** Hands out what was allowed, once; gives whether it had not been handed out. */
export async function collectRequest(tx: Tx, id: string, atUtc: number, device: string): Promise<boolean> {
  const sql = `UPDATE app_requests SET collected_utc = ?, device_id = ?
    WHERE id = ? AND verdict = 'allowed' AND collected_utc IS NULL AND expires_utc > ?`;
  return (await tx.run(sql, [atUtc, device, id, atUtc])) > 0;
}

/** Forgets the secrets of codes that are over; gives how many. */
export function unseal(tx: Tx, nowUtc: number): Promise<number> {
  return tx.run(
    'UPDATE setup_codes SET sealed = NULL, grant_hash = NULL WHERE expires_utc <= ? AND sealed IS NOT NULL',
    [nowUtc],
  );
}

/** Removes what is over for longer than that; gives how many. */
export async function deleteOver(tx: Tx, beforeUtc: number): Promise<number> {
  const requests = await tx.run('DELETE FROM app_requests WHERE expires_utc < ?', [beforeUtc]);
  return requests + (await tx.run('DELETE FROM setup_codes WHERE expires_utc < ?', [beforeUtc]));
}
