import type { Db } from '../db/database.ts';
import type { CollectionId } from '../types.ts';

/** What a collection already holds under a UID or a name. */
export interface StoredItem {
  readonly uid: string;
  readonly name: string;
  readonly etag: string;
}

/** Objects of a collection that have one of the UIDs or one of the names. */
export async function findStored(
  db: Db,
  collection: CollectionId,
  uids: readonly string[],
  names: readonly string[],
): Promise<readonly StoredItem[]> {
  const byUid = await db.all<StoredItem>(
    `SELECT uid, name, etag FROM objects WHERE collection_id = ? AND uid IN ${db.oneOf}`,
    [collection, JSON.stringify(uids)],
  );
  const byName = await db.all<StoredItem>(
    `SELECT uid, name, etag FROM objects WHERE collection_id = ? AND name IN ${db.oneOf}`,
    [collection, JSON.stringify(names)],
  );
  return [...byUid, ...byName];
}

/** The stored bytes of one object, or null. */
export async function readStored(db: Db, collection: CollectionId, name: string): Promise<Uint8Array | null> {
  const row = await db.get<{ body: Uint8Array }>(
    'SELECT body FROM objects WHERE collection_id = ? AND name = ?',
    [collection, name],
  );
  return row?.body ?? null;
}
