import type { Db, Tx } from '../db/database.ts';
import type { CollectionId, Holds } from '../types.ts';
import { recipeOf } from './recipe.ts';

/** How far the index rows of a collection were made. */
export interface IndexState {
  readonly recipe: string | null;
  /** Objects up to this revision are done; null: all are. */
  readonly after: number | null;
}

interface StateRow {
  readonly index_recipe: string | null;
  readonly index_after: number | null;
}

const toState = (row: StateRow): IndexState => ({ recipe: row.index_recipe, after: row.index_after });

/** Whether all rows are what they would be today. */
export function isBuilt(state: IndexState, holds: Holds): boolean {
  return state.recipe === recipeOf(holds) && state.after === null;
}

/** What queries have to know of the indexes of a collection. */
export interface QueryState {
  /** False: the rows may be wrong or missing; only the filter is right. */
  readonly isBuilt: boolean;
  /** Cards up to this revision are in the text index; 0: there is none that can be asked. */
  readonly searchedRevision: number;
}

const HAS_FTS = { sqlite: `sqlite_compileoption_used('ENABLE_FTS5')`, postgres: '0' } as const;

/** Reads what a query may rely on; nothing of a collection that is gone. */
export async function queryStateOf(db: Db, collection: CollectionId, holds: Holds): Promise<QueryState> {
  const row = await db.get<StateRow & { readonly searched_revision: number; readonly has_fts: number }>(
    `SELECT index_recipe, index_after, searched_revision, ${HAS_FTS[db.dialect]} AS has_fts
     FROM collections WHERE id = ?`,
    [collection],
  );
  if (row === undefined) return { isBuilt: false, searchedRevision: 0 };
  const searchedRevision = row.has_fts === 1 ? row.searched_revision : 0;
  return { isBuilt: isBuilt(toState(row), holds), searchedRevision };
}

/** A collection that is not as today's recipe makes it. */
export interface CollectionBehind extends IndexState {
  readonly id: CollectionId;
  readonly holds: Holds;
}

/** Live collections whose rows are to be made anew, in order of id. */
export async function collectionsBehind(db: Db, limit: number): Promise<readonly CollectionBehind[]> {
  const rows = await db.all<StateRow & { readonly id: CollectionId; readonly holds: Holds }>(
    `SELECT id, holds, index_recipe, index_after FROM collections
     WHERE deleted_utc IS NULL AND kind <> 'home' AND (index_recipe IS NULL OR index_after IS NOT NULL
       OR index_recipe <> CASE WHEN holds = 'calendar' THEN ? ELSE ? END) ORDER BY id LIMIT ?`,
    [recipeOf('calendar'), recipeOf('addressbook'), limit],
  );
  return rows.map((row) => ({ id: row.id, holds: row.holds, ...toState(row) }));
}

/** Locks a collection and gives its state; null when it is gone. */
export async function lockState(tx: Tx, collection: CollectionId): Promise<IndexState | null> {
  const row = await tx.get<StateRow>(
    'UPDATE collections SET index_recipe = index_recipe WHERE id = ? RETURNING index_recipe, index_after',
    [collection],
  );
  return row === undefined ? null : toState(row);
}

/** Writes the state of a collection that is locked. */
export async function noteState(tx: Tx, collection: CollectionId, state: IndexState): Promise<void> {
  const sql = 'UPDATE collections SET index_recipe = ?, index_after = ? WHERE id = ?';
  await tx.run(sql, [state.recipe, state.after, collection]);
}

/** Notes that no rows of a collection are to be believed, and begins to make them. */
export async function noteBegun(tx: Tx, collection: CollectionId, holds: Holds): Promise<void> {
  await tx.run(
    'UPDATE collections SET index_recipe = ?, index_after = 0, searched_revision = 0 WHERE id = ?',
    [recipeOf(holds), collection],
  );
}

/**
 * Lets the rows of an object that came out of another collection be made anew where those there may be of another recipe.
 * Both collections must be locked, but the source of a copy; `revision` is that of the object in its new place.
 */
export async function inheritDoubt(
  tx: Tx,
  from: CollectionId,
  to: { readonly collection: CollectionId; readonly revision: number },
  holds: Holds,
): Promise<void> {
  const before = to.revision - 1;
  await tx.run(
    `UPDATE collections SET index_after = CASE WHEN index_after < ? THEN index_after ELSE ? END
     WHERE id = ? AND NOT EXISTS
       (SELECT 1 FROM collections s WHERE s.id = ? AND s.index_recipe = ? AND s.index_after IS NULL)`,
    [before, before, to.collection, from, recipeOf(holds)],
  );
}

/** Whether an object stands at a later revision. */
export async function hasAfter(db: Db, collection: CollectionId, revision: number): Promise<boolean> {
  const sql = 'SELECT 1 AS one FROM objects WHERE collection_id = ? AND revision > ? LIMIT 1';
  return (await db.get(sql, [collection, revision])) !== undefined;
}
