import type { Db, Tx } from '../db/database.ts';
import { toETag } from '../objects/etag.ts';
import type { CollectionId, ETag, PrincipalId } from '../types.ts';

/** Pairs of UIDs that somebody told apart, each as `a\nb` in order. */
export async function distinctPairs(db: Db, owner: PrincipalId): Promise<ReadonlySet<string>> {
  const rows = await db.all<{ uid_a: string; uid_b: string }>(
    'SELECT uid_a, uid_b FROM distinct_contacts WHERE owner_id = ?',
    [owner],
  );
  return new Set(rows.map((row) => `${row.uid_a}\n${row.uid_b}`));
}

/** Remembers a pair as `distinctPairs` gives it. */
export async function addDistinct(
  tx: Tx,
  owner: PrincipalId,
  pair: string,
  decidedUtc: number,
): Promise<void> {
  const [a = '', b = ''] = pair.split('\n');
  await tx.run(
    `INSERT INTO distinct_contacts (owner_id, uid_a, uid_b, decided_utc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [owner, a, b, decidedUtc],
  );
}

/** Forgets a pair. */
export async function removeDistinct(tx: Tx, owner: PrincipalId, pair: string): Promise<void> {
  const [a = '', b = ''] = pair.split('\n');
  await tx.run('DELETE FROM distinct_contacts WHERE owner_id = ? AND uid_a = ? AND uid_b = ?', [owner, a, b]);
}

interface Count {
  readonly pairs: number;
  readonly certain: number;
}

/** The count that was found when everything stood as `stamp` says; null when it has moved since. */
export async function cachedCount(db: Db, owner: PrincipalId, stamp: string): Promise<Count | null> {
  const sql = 'SELECT pairs, certain FROM duplicate_counts WHERE owner_id = ? AND stamp = ?';
  return (await db.get<Count>(sql, [owner, stamp])) ?? null;
}

/** Keeps a count. */
export async function storeCount(tx: Tx, owner: PrincipalId, stamp: string, count: Count): Promise<void> {
  await tx.run(
    `INSERT INTO duplicate_counts (owner_id, stamp, pairs, certain) VALUES (?, ?, ?, ?)
     ON CONFLICT (owner_id) DO UPDATE SET stamp = excluded.stamp, pairs = excluded.pairs, certain = excluded.certain`,
    [owner, stamp, count.pairs, count.certain],
  );
}

/** One card that a merge changed or removed, as it was before. */
export interface MergePart {
  readonly role: 'kept' | 'other' | 'group';
  readonly collection: CollectionId;
  readonly name: string;
  /** Its tag right after the merge; null: it was deleted. */
  readonly etagAfter: ETag | null;
  readonly body: Uint8Array;
}

/** A merge that can be undone. */
export interface MergeRow {
  readonly id: number;
  readonly mergedUtc: number;
  readonly isUndone: boolean;
}

/** Notes a merge before it is done, so that nothing is lost when it is cut short. */
export async function insertMerge(
  tx: Tx,
  owner: PrincipalId,
  batch: string,
  mergedUtc: number,
  parts: readonly MergePart[],
): Promise<number> {
  const row = await tx.get<{ id: number }>(
    'INSERT INTO merges (owner_id, merged_utc, batch) VALUES (?, ?, ?) RETURNING id',
    [owner, mergedUtc, batch],
  );
  if (row === undefined) throw new Error('The merge was not noted.');
  for (const part of parts)
    await tx.run(
      'INSERT INTO merge_parts (merge_id, role, collection_id, name, etag_after, body) VALUES (?, ?, ?, ?, ?, ?)',
      [row.id, part.role, part.collection, part.name, part.etagAfter, part.body],
    );
  return row.id;
}

/** The merges of a batch that are not undone, newest first. */
export async function mergesOf(db: Db, owner: PrincipalId, batch: string): Promise<readonly MergeRow[]> {
  const rows = await db.all<{ id: number; merged_utc: number; undone_utc: number | null }>(
    'SELECT id, merged_utc, undone_utc FROM merges WHERE owner_id = ? AND batch = ? ORDER BY id DESC',
    [owner, batch],
  );
  return rows.map((row) => ({ id: row.id, mergedUtc: row.merged_utc, isUndone: row.undone_utc !== null }));
}

/** What a merge changed. */
export async function partsOf(db: Db, merge: number): Promise<readonly MergePart[]> {
  const rows = await db.all<{
    role: MergePart['role'];
    collection_id: CollectionId;
    name: string;
    etag_after: string | null;
    body: Uint8Array;
  }>('SELECT role, collection_id, name, etag_after, body FROM merge_parts WHERE merge_id = ?', [merge]);
  return rows.map((row) => ({
    role: row.role,
    collection: row.collection_id,
    name: row.name,
    etagAfter: row.etag_after === null ? null : toETag(row.etag_after),
    body: row.body,
  }));
}

/** Notes that a merge was undone. */
export async function markUndone(tx: Tx, merge: number, undoneUtc: number): Promise<void> {
  await tx.run('UPDATE merges SET undone_utc = ? WHERE id = ?', [undoneUtc, merge]);
}

/** Forgets merges of before that time; gives how many. */
export function purgeMergesBefore(tx: Tx, olderThanUtc: number): Promise<number> {
  return tx.run('DELETE FROM merges WHERE merged_utc < ?', [olderThanUtc]);
}
