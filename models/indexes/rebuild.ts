import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import type { CollectionId, Holds } from '../types.ts';
import { recipeOf } from './recipe.ts';
import { computeIndexes, writeIndexes } from './service.ts';
import {
  type CollectionBehind,
  collectionsBehind,
  hasAfter,
  isBuilt,
  lockState,
  noteBegun,
  noteState,
} from './state-store.ts';
import { bodiesAfter } from './store.ts';
import { catchUpTexts } from './texts.ts';

/**
 * What index rows mean may change with a release. Collections whose rows were made by another recipe are answered by the
 * filter alone until all their rows were made anew, which happens here in pieces: each is one short write, and a server
 * that is stopped goes on where it was.
 */

type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

const BATCH = 100;
const COLLECTIONS_AT_ONCE = 100;
/** Objects of one run of the job: other jobs wait for it. */
const OBJECTS_PER_RUN = 3000;

/** Makes rows anew that are not of today's recipe, and brings the text index up to date; gives how many objects. A job. */
export async function refreshIndexes(app: Uses, most: number = OBJECTS_PER_RUN): Promise<number> {
  let left = most;
  for (const behind of await collectionsBehind(app.db, COLLECTIONS_AT_ONCE)) {
    if (left <= 0) break;
    left -= await build(app, behind, left);
  }
  if (left > 0) left -= await catchUpTexts(app, left);
  return most - left;
}

/** Builds all index rows of a collection anew; gives how many objects. */
export async function reindexCollection(app: Uses, id: CollectionId, holds: Holds): Promise<number> {
  await app.db.write((tx) => noteBegun(tx, id, holds));
  const behind = { id, holds, recipe: recipeOf(holds), after: 0 };
  return build(app, behind, Number.MAX_SAFE_INTEGER);
}

/** Goes on with a collection until it is done or `most` objects were; gives how many were. */
async function build(app: Uses, collection: CollectionBehind, most: number): Promise<number> {
  let state: CollectionBehind | null = collection;
  let count = 0;
  while (state !== null && !isBuilt(state, state.holds) && count < most) {
    const step = await piece(app, state);
    count += step.count;
    state = step.next;
    await turn();
  }
  return count;
}

interface Step {
  readonly count: number;
  /** Null: the collection is gone. */
  readonly next: CollectionBehind | null;
}

/** One write: the rows of some objects and how far it came, unless somebody else came further meanwhile. */
async function piece(app: Uses, behind: CollectionBehind): Promise<Step> {
  const { id, holds } = behind;
  const after = behind.recipe === recipeOf(holds) ? (behind.after ?? 0) : 0;
  const bodies = await bodiesAfter(app.db, id, after, BATCH);
  const computed = await computeIndexes(app, bodies);
  return app.db.write(async (tx): Promise<Step> => {
    const now = await lockState(tx, id);
    if (now === null) return { count: 0, next: null };
    if (now.recipe !== behind.recipe || now.after !== behind.after)
      return { count: 0, next: { ...behind, ...now } };
    if (now.recipe !== recipeOf(holds)) await noteBegun(tx, id, holds);
    const count = await writeIndexes(tx, computed);
    const reached = bodies.at(-1)?.revision ?? after;
    const isDone = !(await hasAfter(tx, id, reached));
    const state = { recipe: recipeOf(holds), after: isDone ? null : reached };
    await noteState(tx, id, state);
    return { count, next: { ...behind, ...state } };
  });
}
