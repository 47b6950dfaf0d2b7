import type { Db } from '../db/database.ts';
import type { Holds } from '../types.ts';

/** A collection with what it says of itself and what is really there. */
export interface CollectionFacts {
  readonly id: number;
  readonly owner_id: string;
  readonly name: string;
  readonly kind: string;
  readonly holds: Holds;
  readonly index_recipe: string | null;
  readonly index_after: number | null;
  readonly revision: number;
  readonly floor: number;
  readonly object_count: number;
  readonly bytes_used: number;
  readonly counted: number;
  readonly summed: number;
  /** Largest revision of an object; 0 without objects. */
  readonly newest_object: number;
  /** Largest revision in the journal; 0 when it is empty. */
  readonly newest_change: number;
}

/** Damage the database itself can tell of; an empty list is good. */
export async function databaseDamage(db: Db): Promise<readonly string[]> {
  if (db.dialect !== 'sqlite') return [];
  const rows = await db.all<{ integrity_check: string }>('PRAGMA integrity_check');
  const damage = rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  const orphans = await db.all<{ table: string }>('PRAGMA foreign_key_check');
  return [...damage, ...orphans.map((row) => `a row of ${row.table} belongs to nothing`)];
}

const FACTS = `SELECT c.id, c.owner_id, c.name, c.kind, c.holds, c.index_recipe, c.index_after, c.revision, c.floor, c.object_count, c.bytes_used,
    (SELECT count(*) FROM objects o WHERE o.collection_id = c.id) AS counted,
    (SELECT CAST(coalesce(sum(o.size_bytes), 0) AS BIGINT) FROM objects o WHERE o.collection_id = c.id) AS summed,
    (SELECT CAST(coalesce(max(o.revision), 0) AS BIGINT) FROM objects o WHERE o.collection_id = c.id) AS newest_object,
    (SELECT CAST(coalesce(max(j.revision), 0) AS BIGINT) FROM changes j WHERE j.scope = c.id) AS newest_change
  FROM collections c WHERE c.id > ? ORDER BY c.id LIMIT 100`;

/** Collections in order of id after `after`, a hundred at a time; deleted ones too. */
export function collectionFacts(db: Db, after: number): Promise<readonly CollectionFacts[]> {
  return db.all<CollectionFacts>(FACTS, [after]);
}

/** An object with everything that can be checked. */
export interface ObjectFacts {
  readonly id: number;
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly is_endless: number;
  readonly expanded_until: number | null;
  readonly body: Uint8Array;
}

/** Objects of a collection in order of id after `after`. */
export function objectFacts(
  db: Db,
  collection: number,
  after: number,
  limit: number,
): Promise<readonly ObjectFacts[]> {
  return db.all<ObjectFacts>(
    `SELECT id, name, uid, component, etag, size_bytes, is_endless, expanded_until, body
     FROM objects WHERE collection_id = ? AND id > ? ORDER BY id LIMIT ?`,
    [collection, after, limit],
  );
}

/** One indexed occurrence of an object. */
export interface OccurrenceFact {
  readonly object_id: number;
  readonly start_utc: number;
  readonly end_utc: number;
}

/** The indexed occurrences of some objects. */
export function occurrenceFacts(db: Db, objects: readonly number[]): Promise<readonly OccurrenceFact[]> {
  return db.all<OccurrenceFact>(
    `SELECT object_id, start_utc, end_utc FROM occurrences WHERE object_id IN ${db.oneOfNumbers}`,
    [JSON.stringify(objects)],
  );
}

/** One indexed field of a card. */
export interface FieldFact {
  readonly object_id: number;
  readonly field: string;
  readonly value: string;
}

/** The indexed fields of some cards. */
export function fieldFacts(db: Db, objects: readonly number[]): Promise<readonly FieldFact[]> {
  return db.all<FieldFact>(
    `SELECT object_id, field, value FROM cardfields WHERE object_id IN ${db.oneOfNumbers}`,
    [JSON.stringify(objects)],
  );
}
