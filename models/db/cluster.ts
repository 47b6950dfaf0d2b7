import type { Log } from '../app.ts';
import type { Database, Tx } from './database.ts';
import { errorCode } from './driver-errors.ts';
import { renewEpoch } from './migrate.ts';

const KEY = 'postgres-cluster';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Draws a new epoch when the data lies in another PostgreSQL cluster, or on another timeline of it, than the one this
 * database was last opened in: after a restore or a promotion, writes that clients saw may be missing (RELIABILITY §3.3).
 */
export async function checkCluster(database: Database, log: Log): Promise<void> {
  const cluster = await clusterOf(database);
  if (cluster === null) return;
  const known = await database.get<{ value: string }>('SELECT value FROM server WHERE key = ?', [KEY]);
  if (known?.value === cluster) return;
  const isOther = await database.write((tx) => note(tx, cluster));
  if (isOther) log.warn('database.epoch-renewed', { reason: 'another cluster or timeline' });
}

/** Null where the role may not ask. */
async function clusterOf(database: Database): Promise<string | null> {
  try {
    const row = await database.get<{ cluster: string }>(
      `SELECT concat((SELECT system_identifier FROM pg_control_system()), '/',
       (SELECT timeline_id FROM pg_control_checkpoint())) AS cluster`,
    );
    return row?.cluster ?? null;
  } catch (error) {
    if (errorCode(error) === INSUFFICIENT_PRIVILEGE) return null;
    throw error;
  }
}

/** True when another cluster was known before. */
async function note(tx: Tx, cluster: string): Promise<boolean> {
  // The epoch's row is the lock between two processes that start at once.
  await tx.run(`UPDATE server SET value = value WHERE key = 'epoch'`);
  const known = await tx.get<{ value: string }>('SELECT value FROM server WHERE key = ?', [KEY]);
  if (known?.value === cluster) return false;
  if (known === undefined) {
    await tx.run('INSERT INTO server (key, value) VALUES (?, ?)', [KEY, cluster]);
    return false;
  }
  await tx.run('UPDATE server SET value = ? WHERE key = ?', [cluster, KEY]);
  await renewEpoch(tx);
  return true;
}
