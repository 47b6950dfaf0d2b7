import { createHash } from 'node:crypto';
import type { App } from '../../models/app.ts';
import type { Database, Tx } from '../../models/db/database.ts';
import { advance, changesSince, type SyncEntry, type SyncPage } from '../../models/journal/service.ts';
import type { CollectionId, SyncToken } from '../../models/types.ts';

/** What the journal is given beside the database. */
export type On = Pick<App, 'clock' | 'random'>;

/** Makes a person with one calendar, by SQL alone. */
export async function makeScope(db: Database, on: On, owner = 'ann'): Promise<CollectionId> {
  return db.write(async (tx) => {
    await tx.run(
      `INSERT INTO principals (id, kind, login, login_folded, display_name, created_utc) VALUES (?, 'user', ?, ?, ?, 0)
       ON CONFLICT DO NOTHING`,
      [owner, owner, owner, owner],
    );
    const row = await tx.get<{ id: CollectionId }>(
      `INSERT INTO collections (owner_id, kind, holds, name, display_name, incarnation, created_utc, modified_utc)
       VALUES (?, 'calendar', 'calendar', ?, 'Test', ?, 0, 0) RETURNING id`,
      [owner, on.random.uuid(), on.random.bytes(6).toString('base64url')],
    );
    if (row === undefined) throw new Error('no collection');
    return row.id;
  });
}

/** The etag of a body: its SHA-256, shortened. */
export const etagOf = (body: string): string =>
  createHash('sha256').update(body).digest('base64url').slice(0, 22);

/** Stores a body under a name, as the write path does: the revision first. */
export async function put(tx: Tx, on: On, scope: CollectionId, name: string, body: string): Promise<void> {
  const { revision } = await advance(tx, on, scope, { name, op: 'update' });
  const binds = [etagOf(body), Buffer.byteLength(body), revision, Buffer.from(body), scope, name];
  const updated = await tx.run(
    'UPDATE objects SET etag = ?, size_bytes = ?, revision = ?, body = ? WHERE collection_id = ? AND name = ?',
    binds,
  );
  if (updated > 0) return;
  await tx.run(`UPDATE changes SET op = 'create' WHERE scope = ? AND revision = ?`, [scope, revision]);
  await tx.run(
    `INSERT INTO objects (etag, size_bytes, revision, body, collection_id, name, uid, component, created_utc, modified_utc)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'VEVENT', 0, 0)`,
    [...binds, name],
  );
}

/** Stores `n1` to `n<count>` in an empty scope, one revision each, without a round trip for each. */
export async function fill(db: Database, scope: CollectionId, count: number): Promise<void> {
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)';
  await db.write(async (tx) => {
    await tx.run('UPDATE collections SET revision = ? WHERE id = ? AND revision = 0', [count, scope]);
    await tx.run(
      `${numbers} INSERT INTO changes (scope, revision, name, op, nonce, at_utc)
       SELECT c.id, n.i, 'n' || n.i, 'create', 'n' || n.i, 0 FROM n, collections c WHERE c.id = ?`,
      [count, scope],
    );
    await tx.run(
      `${numbers} INSERT INTO objects (collection_id, revision, name, uid, component, etag, size_bytes, created_utc,
       modified_utc, body) SELECT c.id, n.i, 'n' || n.i, 'n' || n.i, 'VEVENT', 'e' || n.i, 1, 0, 0, ?
       FROM n, collections c WHERE c.id = ?`,
      [count, Buffer.from('x'), scope],
    );
  });
}

/** Removes a name; a name that is not there changes nothing. */
export async function remove(tx: Tx, on: On, scope: CollectionId, name: string): Promise<void> {
  const there = await tx.get('SELECT id FROM objects WHERE collection_id = ? AND name = ?', [scope, name]);
  if (there === undefined) return;
  await advance(tx, on, scope, { name, op: 'delete' });
  await tx.run('DELETE FROM objects WHERE collection_id = ? AND name = ?', [scope, name]);
}

/** All names with their etags, as a client should hold them. */
export async function liveNames(db: Database, scope: CollectionId): Promise<ReadonlyMap<string, string>> {
  const rows = await db.all<{ name: string; etag: string }>(
    'SELECT name, etag FROM objects WHERE collection_id = ? ORDER BY name',
    [scope],
  );
  return new Map(rows.map((row) => [row.name, row.etag]));
}

/** Waits for all entries of a page. */
export async function entriesOf(page: SyncPage): Promise<readonly SyncEntry[]> {
  if (Symbol.asyncIterator in page.entries) {
    const all: SyncEntry[] = [];
    for await (const batch of page.entries) all.push(...batch);
    return all;
  }
  return page.entries;
}

/** A client: what it holds and the token it got with it. */
export interface Mirror {
  token: SyncToken | null;
  names: Map<string, string>;
}

/** Fetches one page into a mirror; gives whether more follows. */
export async function syncPage(
  db: Database,
  scope: CollectionId,
  mirror: Mirror,
  limit: number | null,
): Promise<boolean> {
  if (mirror.token === null) mirror.names = new Map();
  const page = await changesSince(db, scope, mirror.token, limit);
  for (const entry of await entriesOf(page)) {
    if (entry.etag === null) mirror.names.delete(entry.name);
    else mirror.names.set(entry.name, entry.etag);
  }
  mirror.token = page.token;
  return page.more;
}
