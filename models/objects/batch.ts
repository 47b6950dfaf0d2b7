import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { checkName } from '../collections/patch.ts';
import type { Tx } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import { advance } from '../journal/service.ts';
import type { Actor, ObjectCollection, Revision } from '../types.ts';
import { type PreparedObject, prepareObject } from './prepare.ts';
import { byUid, currentAndUsed, lockCollection } from './store.ts';
import { checkBytes, checkCount, type PutResult, storePrepared, uidConflict } from './write.ts';

/** One object of a batch. */
export interface ImportItem {
  readonly name: string;
  readonly body: Uint8Array;
}

/** What became of it: stored, or why not. */
export type ImportResult = PutResult | { readonly error: Precondition | Refusal };

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules'>;

const ITEMS_PER_WRITE = 200;

/**
 * Stores many objects, up to 200 in one write; each is judged for itself and a refused one does not hold up the others.
 * The results are in the order of the items. Throws only what concerns all: rights, `Refusal` 404 for a collection that is gone.
 */
export async function importObjects(
  app: Uses,
  actor: Actor,
  collection: ObjectCollection,
  items: readonly ImportItem[],
): Promise<readonly ImportResult[]> {
  authorize(actor, 'bind', collection);
  authorize(actor, 'write-content', collection);
  const results: ImportResult[] = [];
  for (let at = 0; at < items.length; at += ITEMS_PER_WRITE) {
    const some = items.slice(at, at + ITEMS_PER_WRITE);
    const prepared: (PreparedObject | Precondition | Refusal)[] = [];
    for (const item of some) prepared.push(await attempt(() => prepareItem(app, collection, item)));
    const written = await app.db.write((tx) => writeBatch(tx, app, { actor, collection }, some, prepared));
    results.push(...written.results);
    if (written.revision !== null) app.hints.publish(collection.id, written.revision);
  }
  return results;
}

async function prepareItem(
  app: Uses,
  collection: ObjectCollection,
  item: ImportItem,
): Promise<PreparedObject> {
  checkName(item.name);
  return prepareObject(app, collection, item.body);
}

async function attempt<T>(work: () => Promise<T>): Promise<T | Precondition | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Precondition || error instanceof Refusal) return error;
    throw error;
  }
}

interface Written {
  readonly results: readonly ImportResult[];
  /** The last revision; null when nothing changed. */
  readonly revision: Revision | null;
}

async function writeBatch(
  tx: Tx,
  app: Uses,
  { actor, collection }: Pick<Writing, 'actor' | 'collection'>,
  items: readonly ImportItem[],
  prepared: readonly (PreparedObject | Precondition | Refusal)[],
): Promise<Written> {
  const locked = await lockCollection(tx, collection.id);
  if (locked === null) throw new Refusal(404, 'This collection does not exist any more.');
  let { objectCount } = locked;
  let revision: Revision | null = null;
  const results: ImportResult[] = [];
  for (const [index, item] of items.entries()) {
    const one = prepared[index];
    if (one === undefined) continue;
    if (one instanceof Error) {
      results.push({ error: one });
      continue;
    }
    const result = await attempt(() =>
      writeItem(tx, app, { actor, collection, item, prepared: one, objectCount }),
    );
    if (result instanceof Error) results.push({ error: result });
    else {
      results.push(result);
      if (result.isCreated) objectCount += 1;
      revision = result.revision ?? revision;
    }
  }
  return { results, revision };
}

interface Writing {
  readonly actor: Actor;
  readonly collection: ObjectCollection;
  readonly item: ImportItem;
  readonly prepared: PreparedObject;
  readonly objectCount: number;
}

/** All that can refuse the item is looked at before anything is written: the batch has no savepoint to go back to. */
async function writeItem(
  tx: Tx,
  app: Uses,
  { actor, collection, item, prepared, objectCount }: Writing,
): Promise<PutResult & { readonly revision: Revision | null }> {
  const { current, ...usage } = await currentAndUsed(tx, collection.id, item.name);
  const { etag, uid } = prepared;
  if (current?.etag === etag) return { etag, isCreated: false, isAltered: false, revision: null };
  const other = await byUid(tx, collection.id, uid);
  const isTaken = other !== null && other.name !== item.name;
  if (isTaken || (current !== null && current.uid !== uid)) throw await uidConflict(tx, collection, uid);
  checkCount(app, current, objectCount);
  checkBytes(app, prepared.body.byteLength, current, usage);
  const change = { name: item.name, op: current === null ? 'create' : 'update' } as const;
  const { revision } = await advance(tx, app, collection.id, change);
  await storePrepared(tx, app, { collection, name: item.name, prepared, current, actor, at: revision });
  return { etag, isCreated: current === null, isAltered: false, revision };
}
