import { deleteCollection, getCollection, objectCountsOf } from '../../collections/service.ts';
import { Refusal } from '../../errors.ts';
import { deleteObject, getObject, putObject } from '../../objects/service.ts';
import type { CollectionId, ETag, ObjectCollection } from '../../types.ts';
import { formerOf, itemsOf, setResult, tallyOf } from './items-store.ts';
import type { ImportEntry } from './job.ts';
import { groupsOf } from './store.ts';
import { step, type Work } from './work.ts';

const BATCH = 200;
/** After every position a row can have. */
const LAST = 2 ** 31 - 1;
/** Deletions that wait for one commit together. */
const AT_ONCE = 50;

/**
 * Takes an import back, the last item first: what it made goes to the trash, what it replaced is put back byte for byte, the
 * collections it made go. What somebody changed since stays and is counted.
 */
export async function undoImport(work: Work): Promise<void> {
  const { app, job } = work;
  const { created, updated, undone, kept: keptBefore } = await tallyOf(app.db, job.id);
  await step(work, { done: undone, total: created + updated + undone });
  const collections = new Collections(work);
  let count = undone;
  for (;;) {
    const entries = await itemsOf(app.db, job.id, {
      steps: ['done', 'writing'],
      after: LAST,
      limit: BATCH,
      isBackwards: true,
    });
    if (entries.length === 0) break;
    for (let at = 0; at < entries.length; at += AT_ONCE)
      await undoSome(work, collections, entries.slice(at, at + AT_ONCE));
    count += entries.length;
    await step(work, { done: count });
  }
  await removeMade(work);
  const { kept } = await tallyOf(app.db, job.id);
  await step(work, { kept: kept - keptBefore });
}

class Collections {
  readonly #work: Work;
  readonly #open = new Map<CollectionId, ObjectCollection | null>();

  constructor(work: Work) {
    this.#work = work;
  }

  async at(id: CollectionId): Promise<ObjectCollection | null> {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const found = await getCollection(this.#work.app.db, id);
    const place = found?.kind === 'calendar' || found?.kind === 'addressbook' ? found : null;
    this.#open.set(id, place);
    return place;
  }
}

/** New items together; changes one after the other, for an item may have been changed twice. */
async function undoSome(
  work: Work,
  collections: Collections,
  entries: readonly ImportEntry[],
): Promise<void> {
  let fresh: ImportEntry[] = [];
  const flush = async (): Promise<void> => {
    const some = fresh;
    fresh = [];
    await Promise.all(some.map((entry) => undoOne(work, collections, entry)));
  };
  for (const entry of entries) {
    if (entry.result.formerEtag === null) {
      fresh.push(entry);
      continue;
    }
    await flush();
    await undoOne(work, collections, entry);
  }
  await flush();
}

async function undoOne(work: Work, collections: Collections, entry: ImportEntry): Promise<void> {
  const { app, job } = work;
  const { result } = entry;
  const outcome = await takeBack(work, collections, entry);
  await app.db.write((tx) => setResult(tx, job.id, entry.position, { ...result, step: outcome }));
}

async function takeBack(
  { app, actor, job }: Work,
  collections: Collections,
  { position, result }: ImportEntry,
): Promise<'undone' | 'kept'> {
  const { collection: id, name, etag, formerEtag } = result;
  if (id === null || name === null) return 'undone';
  const collection = await collections.at(id);
  const now = collection === null ? null : await getObject(app.db, id, name);
  // As it was before: announced and never written, or undone by an earlier try.
  if (collection === null || (now?.object.etag ?? null) === formerEtag) return 'undone';
  if (now === null || now.object.etag !== etag) return 'kept';
  const condition = (current: ETag | null): boolean => current === etag;
  try {
    if (formerEtag === null) await deleteObject(app, actor, collection, name, condition);
    else {
      const body = await formerOf(app.db, job.id, position);
      if (body === null) return 'kept';
      await putObject(app, actor, { collection, name, body, contentType: null, condition });
    }
    return 'undone';
  } catch (error) {
    if (error instanceof Refusal && (error.status === 412 || error.status === 404)) return 'kept';
    throw error;
  }
}

/** Removes the collections the import made, unless something else is in them by now. */
async function removeMade({ app, actor, job }: Work): Promise<void> {
  const made = new Set((await groupsOf(app.db, job.id)).flatMap((group) => group.made ?? []));
  for (const id of made) {
    const collection = await getCollection(app.db, id);
    if (collection === null) continue;
    const counts = await objectCountsOf(app.db, [id]);
    if ((counts.get(id) ?? 0) === 0) await deleteCollection(app, actor, collection);
  }
}
