import type { Db, Tx } from '../db/database.ts';
import type { DeviceId, PrincipalId } from '../types.ts';

/** Whether a program may not sign in with the account's password any more. */
export async function isRemoved(db: Db, id: DeviceId): Promise<boolean> {
  const sql = 'SELECT 1 AS one FROM devices WHERE id = ? AND removed_utc IS NOT NULL';
  return (await db.get(sql, [id])) !== undefined;
}

/** The id of the app password that was taken back and had this hash; null when there was none. */
export async function removedPassword(db: Db, principal: PrincipalId, hash: string): Promise<string | null> {
  const sql = `SELECT id FROM credentials WHERE principal_id = ? AND kind = 'removed' AND hash = ?`;
  return (await db.get<{ id: string }>(sql, [principal, hash]))?.id ?? null;
}

/** Takes an app password back and remembers it, so that a device that still sends it can be named; gives whether it was there. */
export async function revokeCredential(tx: Tx, id: string, nowUtc: number): Promise<boolean> {
  const sql = `UPDATE credentials SET kind = 'removed', revoked_utc = ? WHERE id = ? AND kind = 'app-password'`;
  return (await tx.run(sql, [nowUtc, id])) > 0;
}
