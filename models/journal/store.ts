import type { Db, Tx } from '../db/database.ts';
import type { CollectionId } from '../types.ts';

/** The counter of a scope, as one snapshot shows it. */
export interface Head {
  readonly revision: number;
  readonly floor: number;
  readonly incarnation: string;
  readonly epoch: string;
  /** Nonce of the change that was asked for; null when there is none. */
  readonly nonce: string | null;
}

const NONCE_OF = (revision: string): string =>
  `(SELECT h.nonce FROM changes h WHERE h.scope = c.id AND h.revision = ${revision})`;

const EPOCH = `(SELECT s.value FROM server s WHERE s.key = 'epoch')`;
const LIVE = 'FROM collections c WHERE c.id = ? AND c.deleted_utc IS NULL';

const HEAD_AT = `SELECT c.revision, c.floor, c.incarnation, ${NONCE_OF('?')} AS nonce, ${EPOCH} AS epoch ${LIVE}`;
const HEAD_NOW = `SELECT c.revision, c.floor, c.incarnation, ${NONCE_OF('c.revision')} AS nonce, ${EPOCH} AS epoch
  ${LIVE}`;

/** The head with the nonce of the change numbered `seen`: the whole of a poll that finds nothing new. */
export function headAt(db: Db, scope: CollectionId, seen: number): Promise<Head | undefined> {
  return db.get<Head>(HEAD_AT, [seen, scope]);
}

/** The head with the nonce of its latest change. */
export function headNow(db: Db, scope: CollectionId): Promise<Head | undefined> {
  return db.get<Head>(HEAD_NOW, [scope]);
}

/** The heads of many scopes; those that are missing or deleted are left out. */
export async function headsNow(
  db: Db,
  scopes: readonly CollectionId[],
): Promise<readonly (Head & { readonly id: CollectionId })[]> {
  return db.all(
    `SELECT c.id, c.revision, c.floor, c.incarnation, ${NONCE_OF('c.revision')} AS nonce,
     ${EPOCH} AS epoch FROM collections c WHERE c.id IN ${db.oneOfNumbers} AND c.deleted_utc IS NULL`,
    [JSON.stringify(scopes)],
  );
}

/** A live object in the order of its last change. */
export interface LiveRow {
  readonly name: string;
  readonly etag: string;
  readonly component: string;
  readonly revision: number;
}

/** Live objects with `after < revision <= base`, in order of revision. */
export function liveAfter(
  db: Db,
  scope: CollectionId,
  after: number,
  base: number,
  count: number,
): Promise<readonly LiveRow[]> {
  return db.all<LiveRow>(
    `SELECT name, etag, component, revision FROM objects
     WHERE collection_id = ? AND revision > ? AND revision <= ? ORDER BY revision LIMIT ?`,
    [scope, after, base, count],
  );
}

/** A change, with what its name stands for now: `etag` is null when nothing does. */
export interface ChangeRow {
  readonly revision: number;
  readonly name: string;
  readonly op: string;
  readonly etag: string | null;
  readonly component: string | null;
}

const PAGE = `(SELECT scope, revision, name, op FROM changes WHERE scope = ? AND revision > ?
  ORDER BY revision LIMIT ?)`;

/** Changes after a revision, in order. */
export function changesAfter(
  db: Db,
  scope: CollectionId,
  after: number,
  count: number,
): Promise<readonly ChangeRow[]> {
  return db.all<ChangeRow>(
    `SELECT h.revision, h.name, h.op, o.etag, o.component FROM ${PAGE} h
     LEFT JOIN objects o ON o.collection_id = h.scope AND o.name = h.name ORDER BY h.revision`,
    [scope, after, count],
  );
}

/** The head of a snapshot with the nonce of the change numbered `seen` beside that of the latest one. */
export interface HeadAndChanges {
  readonly head: Head;
  readonly seenNonce: string | null;
  /** In order of revision. */
  readonly changes: readonly ChangeRow[];
}

/** The head and the changes after a revision by one statement, so that no transaction is needed for a small delta. */
export async function headAndChanges(
  db: Db,
  scope: CollectionId,
  position: { readonly seen: number; readonly after: number },
  count: number,
): Promise<HeadAndChanges | undefined> {
  // The head is a row of its own, told by its floor: beside every change it would cost more than the change.
  const rows = await db.all<ChangeRow & { readonly floor: number | null }>(
    `SELECT c.revision, c.incarnation AS name, ${EPOCH} AS op, ${NONCE_OF('c.revision')} AS etag,
     ${NONCE_OF('?')} AS component, c.floor ${LIVE}
     UNION ALL SELECT h.revision, h.name, h.op, o.etag, o.component, NULL FROM ${PAGE} h
     LEFT JOIN objects o ON o.collection_id = h.scope AND o.name = h.name`,
    [position.seen, scope, scope, position.after, count],
  );
  const row = rows.find((each) => each.floor !== null);
  if (row === undefined) return undefined;
  const { revision, name: incarnation, op: epoch, etag: nonce, component: seenNonce } = row;
  const changes = rows.filter((each) => each !== row).sort((a, b) => a.revision - b.revision);
  return { head: { revision, incarnation, epoch, nonce, floor: row.floor ?? 0 }, seenNonce, changes };
}

/** Takes the next revision and with it the lock on the scope; undefined when it is missing or deleted. */
export function takeRevision(
  tx: Tx,
  scope: CollectionId,
): Promise<
  { readonly revision: number; readonly object_count: number; readonly bytes_used: number } | undefined
> {
  return tx.get(
    `UPDATE collections SET revision = revision + 1 WHERE id = ? AND deleted_utc IS NULL
     RETURNING revision, object_count, bytes_used`,
    [scope],
  );
}

/** Appends a change under its revision. */
export function insertChange(
  tx: Tx,
  row: { scope: CollectionId; revision: number; name: string; op: string; nonce: string; atUtc: number },
): Promise<number> {
  return tx.run('INSERT INTO changes (scope, revision, name, op, nonce, at_utc) VALUES (?, ?, ?, ?, ?, ?)', [
    row.scope,
    row.revision,
    row.name,
    row.op,
    row.nonce,
    row.atUtc,
  ]);
}

/** Locks a scope without moving its counter. */
export function lockScope(
  tx: Tx,
  scope: CollectionId,
): Promise<{ readonly revision: number; readonly floor: number } | undefined> {
  return tx.get('UPDATE collections SET floor = floor WHERE id = ? RETURNING revision, floor', [scope]);
}

/** The first change that is not older than a time; undefined when all are. */
export function firstSince(
  tx: Tx,
  scope: CollectionId,
  utc: number,
): Promise<{ readonly revision: number } | undefined> {
  return tx.get('SELECT revision FROM changes WHERE scope = ? AND at_utc >= ? ORDER BY revision LIMIT 1', [
    scope,
    utc,
  ]);
}

/** Removes the changes below the new floor; the one at the floor stays. Gives how many went. */
export async function raiseFloor(tx: Tx, scope: CollectionId, floor: number): Promise<number> {
  await tx.run('UPDATE collections SET floor = ? WHERE id = ?', [floor, scope]);
  return tx.run('DELETE FROM changes WHERE scope = ? AND revision < ?', [scope, floor]);
}
