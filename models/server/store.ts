import type { Db, Tx } from '../db/database.ts';

const KEY = 'settings';

/** What was chosen on the settings page, as JSON; null when nothing was. */
export async function storedSettings(db: Db): Promise<string | null> {
  const row = await db.get<{ value: string }>('SELECT value FROM server WHERE key = ?', [KEY]);
  return row?.value ?? null;
}

/** Writes what was chosen in the place of what was chosen before. */
export async function storeSettings(tx: Tx, json: string): Promise<void> {
  await tx.run(
    'INSERT INTO server (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    [KEY, json],
  );
}
