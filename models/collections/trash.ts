import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { advance, prune } from '../journal/service.ts';
import type { Actor, Collection, CollectionId, PrincipalId, UserActor } from '../types.ts';
import {
  collectionById,
  type DeletedCollection,
  deletedBefore,
  deletedById,
  deletedOf,
  isNameTaken,
  liveIdsAfter,
  markRestored,
  newIncarnation,
  purgeCollection,
  purgeObjects,
  toCollectionId,
} from './store.ts';

export type { DeletedCollection } from './store.ts';

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits'>;

const PURGE_BATCH = 500;

/** Lists somebody's deleted collections, newest first. */
export async function listDeletedCollections(
  app: Pick<App, 'db'>,
  actor: Actor,
  owner: PrincipalId,
): Promise<readonly DeletedCollection[]> {
  requireSelfOrAdmin(actor, owner);
  return deletedOf(app.db, owner);
}

/**
 * Takes a collection out of the trash, under its name or the first free one after it; devices sync it as a new one.
 * Throws `Refusal` 404 when it is not in the trash or was purged.
 */
export async function restoreCollection(app: Uses, actor: Actor, id: CollectionId): Promise<Collection> {
  const missing = new Refusal(404, 'There is no such collection in the trash.');
  const deleted = await deletedById(app.db, id);
  if (deleted === null) throw missing;
  requireSelfOrAdmin(actor, deleted.owner);
  const revision = await app.db.write(async (tx) => {
    let name = deleted.name;
    for (let i = 2; await isNameTaken(tx, deleted.home, name); i++)
      name = `${deleted.name.slice(0, 60)}-${i}`;
    const locked = await advance(tx, app, deleted.home, { name, op: 'create' });
    if (!(await markRestored(tx, id, name, newIncarnation(app)))) throw missing;
    return locked.revision;
  });
  app.hints.publish(deleted.home, revision);
  const restored = await collectionById(app.db, id);
  if (restored === null) throw missing;
  return restored;
}

/**
 * The same for the one who keeps it and nobody else, administrators too: what somebody else has deleted is as if it were
 * not there. Throws `Refusal` 404, also when it is of another kind.
 */
export async function restoreOwnCollection(
  app: Uses,
  actor: UserActor,
  id: CollectionId,
  kind: Collection['kind'],
): Promise<Collection> {
  const deleted = await deletedById(app.db, id);
  if (deleted === null || deleted.owner !== actor.principal || deleted.kind !== kind)
    throw new Refusal(404, 'There is no such collection in the trash.');
  return restoreCollection(app, actor, id);
}

/** Removes one collection of the trash for good, in small writes. Throws `Refusal` 404 when it is not there. */
export async function purgeDeletedCollection(app: Uses, actor: Actor, id: CollectionId): Promise<void> {
  const deleted = await deletedById(app.db, id);
  if (deleted === null) throw new Refusal(404, 'There is no such collection in the trash.');
  requireSelfOrAdmin(actor, deleted.owner);
  const later = Math.floor(app.clock.nowMs() / 1000) + 1;
  while ((await app.db.write((tx) => purgeObjects(tx, id, PURGE_BATCH))) === PURGE_BATCH);
  await app.db.write((tx) => purgeCollection(tx, id, later));
}

/** Removes for good what was deleted before that time (epoch seconds), in small writes; gives the count of collections. */
export async function purgeDeletedCollections(app: Pick<App, 'db'>, olderThanUtc: number): Promise<number> {
  let purged = 0;
  for (;;) {
    const ids = await deletedBefore(app.db, olderThanUtc, 100);
    if (ids.length === 0) return purged;
    for (const id of ids) {
      while ((await app.db.write((tx) => purgeObjects(tx, id, PURGE_BATCH))) === PURGE_BATCH);
      purged += await app.db.write((tx) => purgeCollection(tx, id, olderThanUtc));
    }
  }
}

/** Forgets changes that are older than the limits keep, in every live collection and home; gives the count of changes. */
export async function pruneJournals(app: Pick<App, 'db' | 'clock' | 'limits'>): Promise<number> {
  const olderThanUtc = Math.floor(app.clock.nowMs() / 1000) - app.limits.journalDays * 86_400;
  let pruned = 0;
  let after = toCollectionId(0);
  for (;;) {
    const ids = await liveIdsAfter(app.db, after, 200);
    for (const id of ids)
      pruned += await app.db.write((tx) => prune(tx, id, olderThanUtc, app.limits.journalRows));
    const last = ids.at(-1);
    if (last === undefined) return pruned;
    after = last;
  }
}
