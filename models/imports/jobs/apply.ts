import type { App } from '../../app.ts';
import { findHome, getCollection, listCollections, makeCollection } from '../../collections/service.ts';
import { Precondition, Refusal } from '../../errors.ts';
import { etagOf } from '../../objects/etag.ts';
import { getObject, importObjects, putObject } from '../../objects/service.ts';
import type { CollectionId, ETag, ObjectCollection } from '../../types.ts';
import { ageOf, hashName, plainName } from '../plan.ts';
import { findStored } from '../store.ts';
import { itemsOf, keepFormer, setResult, workOf } from './items-store.ts';
import { type ImportEntry, type ImportGroup, type ImportResult, NO_RESULT } from './job.ts';
import { mergeCard, withOtherUid } from './likeness.ts';
import { Spool } from './spool.ts';
import { groupsOf, saveGroup, spoolBytesOf } from './store.ts';
import { step, type Work } from './work.ts';

const BATCH = 200;
const BATCH_BYTES = 8 * 1024 * 1024;
/** A device may change a contact in the moment between reading and writing it. */
const TRIES = 4;

/** An item with what is to be written and where. */
interface Write {
  readonly entry: ImportEntry;
  readonly collection: ObjectCollection;
  readonly name: string;
  readonly body: Uint8Array;
  readonly etag: ETag;
}

/**
 * Carries out what was chosen, up to 200 items a step. Each item is announced with what it replaces before it is written, so
 * that a server that dies in between goes on without doing anything twice, and undoing finds everything.
 */
export async function applyImport(work: Work): Promise<void> {
  const { app, dataDir, job } = work;
  const { left, done } = await workOf(app.db, job.id);
  await step(work, { done, total: left + done });
  const places = new Places(work, await groupsOf(app.db, job.id));
  const spool = await Spool.open(dataDir, job.id, await spoolBytesOf(app.db, job.id));
  let count = done;
  try {
    // What was announced and not finished comes first.
    for (const which of [{ steps: ['writing'] }, { isUntouched: true }])
      for (let after = -1; ; ) {
        const query = { choices: ['import', 'merge', 'both'] as const, after, limit: BATCH, ...which };
        const entries = fitting(await itemsOf(app.db, job.id, query));
        const last = entries.at(-1);
        if (last === undefined) break;
        await applyBatch(work, places, spool, entries);
        after = last.position;
        count += entries.length;
        await step(work, { done: count });
      }
  } finally {
    await spool.close();
  }
}

/** As many of the items as may be in memory at once, at least one. */
function fitting(entries: readonly ImportEntry[]): readonly ImportEntry[] {
  let bytes = 0;
  const end = entries.findIndex((entry) => {
    bytes += entry.bodyBytes;
    return bytes > BATCH_BYTES;
  });
  return end < 0 ? entries : entries.slice(0, Math.max(1, end));
}

/** The collections items go to, made when the first item comes. */
class Places {
  readonly #work: Work;
  readonly #groups: Map<number, ImportGroup>;
  readonly #open = new Map<CollectionId, ObjectCollection | null>();

  constructor(work: Work, groups: readonly ImportGroup[]) {
    this.#work = work;
    this.#groups = new Map(groups.map((group) => [group.position, group]));
  }

  /** The collection of an item's group; null when it is gone. */
  async of(entry: ImportEntry): Promise<ObjectCollection | null> {
    const group = this.#groups.get(entry.group);
    if (group === undefined || group.target.kind === 'none') return null;
    if (group.target.kind === 'stored') return this.at(group.target.collection);
    if (group.made !== null) return this.at(group.made);
    const shared = this.#sameName(group, group.target.name);
    const made = shared ?? (await makeFor(this.#work, group, group.target.name));
    const now = { ...group, made: made.id };
    this.#groups.set(group.position, now);
    this.#open.set(made.id, made);
    await this.#work.app.db.write((tx) => saveGroup(tx, this.#work.job.id, now));
    return made;
  }

  /** A collection that is there and the person's own; null when it is gone. */
  async at(id: CollectionId): Promise<ObjectCollection | null> {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const found = await getCollection(this.#work.app.db, id);
    const isOurs =
      found?.owner === this.#work.job.owner && (found.kind === 'calendar' || found.kind === 'addressbook');
    const place = isOurs ? found : null;
    this.#open.set(id, place);
    return place;
  }

  /** Events and tasks of one calendar go to one new calendar when they are given one name. */
  #sameName(group: ImportGroup, name: string): ObjectCollection | null {
    const isCard = group.component === 'VCARD';
    for (const other of this.#groups.values()) {
      if (other.made === null || other.target.kind !== 'new' || other.target.name !== name) continue;
      if ((other.component === 'VCARD') === isCard) return this.#open.get(other.made) ?? null;
    }
    return null;
  }
}

async function makeFor(
  { app, actor, job }: Work,
  group: ImportGroup,
  displayName: string,
): Promise<ObjectCollection> {
  const holds = group.component === 'VCARD' ? 'addressbook' : 'calendar';
  const home = await findHome(app.db, job.owner, holds);
  if (home === null) throw new Refusal(404, 'This account has no home for a new collection.');
  const taken = new Set((await listCollections(app.db, home.id)).map((collection) => collection.name));
  const base =
    displayName
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || holds;
  let name = base;
  for (let at = 2; taken.has(name); at++) name = `${base}-${at}`;
  const made = await makeCollection(app, actor, home, { name, kind: holds, displayName });
  if (made.kind !== 'calendar' && made.kind !== 'addressbook')
    throw new Refusal(409, 'The collection was not made.');
  return made;
}

async function applyBatch(
  work: Work,
  places: Places,
  spool: Spool,
  entries: readonly ImportEntry[],
): Promise<void> {
  const fresh: Write[] = [];
  const changes: { readonly entry: ImportEntry; readonly body: Uint8Array }[] = [];
  const failures: { readonly entry: ImportEntry; readonly why: string }[] = [];
  for (const entry of entries) {
    if (await isDoneAlready(work, entry)) continue;
    const read = await spool.read(entry.bodyStart, entry.bodyBytes);
    if (entry.choice === 'merge') {
      changes.push({ entry, body: read });
      continue;
    }
    const write = await attempt(async () => toWrite(await places.of(entry), entry, read));
    if (write instanceof Error) failures.push({ entry, why: write.message });
    else fresh.push(write);
  }
  await writeNew(work, fresh);
  for (const { entry, body } of changes) {
    const done = await attempt(() => writeMerged(work, places, entry, body));
    if (done instanceof Error) failures.push({ entry, why: done.message });
  }
  if (failures.length === 0) return;
  await work.app.db.write(async (tx) => {
    for (const { entry, why } of failures)
      await setResult(tx, work.job.id, entry.position, {
        ...NO_RESULT,
        step: 'failed',
        failure: why.slice(0, 300),
      });
  });
}

/** What concerns one item only, as a value; anything else is thrown on. */
async function attempt<T>(work: () => Promise<T>): Promise<T | Precondition | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Precondition || (error instanceof Refusal && error.status !== 503)) return error;
    throw error;
  }
}

/** True for an item that was announced before the server died, and written. */
async function isDoneAlready({ app, job }: Work, { position, result }: ImportEntry): Promise<boolean> {
  if (result.step !== 'writing' || result.collection === null || result.name === null) return false;
  const now = await getObject(app.db, result.collection, result.name);
  if (now === null || now.object.etag !== result.etag) return false;
  await app.db.write((tx) => setResult(tx, job.id, position, { ...result, step: 'done' }));
  return true;
}

function toWrite(collection: ObjectCollection | null, entry: ImportEntry, read: Uint8Array): Write {
  if (collection === null)
    throw new Refusal(404, 'The calendar or address book for it is not there any more.');
  const isCopy = entry.choice === 'both' && /^(same-id|same-id-older|twice-differs)$/.test(entry.reason);
  const { body, uid } = isCopy ? withOtherUid(read, entry.uid) : { body: read, uid: entry.uid };
  return {
    entry,
    collection,
    body,
    name: plainName({ uid, component: entry.component }),
    etag: etagOf(body),
  };
}

/** Writes new items, one write for each collection. A name another item has is replaced by a hash. */
async function writeNew(work: Work, writes: readonly Write[]): Promise<void> {
  const { app, actor, job } = work;
  for (const collection of new Set(writes.map((write) => write.collection))) {
    const own = writes.filter((write) => write.collection === collection);
    const taken = new Set(
      (
        await findStored(
          app.db,
          collection.id,
          [],
          own.map((write) => write.name),
        )
      ).map((item) => item.name),
    );
    const named = own.map((write) => {
      const name = taken.has(write.name) ? hashed(write) : write.name;
      taken.add(name);
      return { ...write, name };
    });
    await announce(work, named);
    const results = await importObjects(app, actor, collection, named);
    await app.db.write(async (tx) => {
      for (const [at, { entry, name, etag }] of named.entries()) {
        const result = results[at];
        const failure = result !== undefined && 'error' in result ? result.error.message.slice(0, 300) : null;
        const done: ImportResult = { ...NO_RESULT, step: 'done', collection: collection.id, name, etag };
        // What stood there with the same bytes was not made by this import, and undoing must leave it.
        const isNothing =
          result !== undefined && !('error' in result) && !result.isCreated && entry.result.step === null;
        const failed: ImportResult = { ...NO_RESULT, step: 'failed', failure };
        const found = isNothing ? { ...NO_RESULT, step: 'same' as const, etag } : done;
        await setResult(tx, job.id, entry.position, failure === null ? found : failed);
      }
    });
  }
}

const hashed = ({ entry, etag }: Write): string =>
  hashName({ uid: `${entry.uid}\n${etag}`, component: entry.component });

async function announce({ app, job }: Work, writes: readonly Write[]): Promise<void> {
  await app.db.write(async (tx) => {
    for (const { entry, collection, name, etag } of writes)
      await setResult(tx, job.id, entry.position, {
        ...NO_RESULT,
        step: 'writing',
        collection: collection.id,
        name,
        etag,
      });
  });
}

/** Merges an item into the one that is here, as it is now; where that is gone, the item comes as a new one. */
async function writeMerged(work: Work, places: Places, entry: ImportEntry, read: Uint8Array): Promise<void> {
  const { app, actor, job } = work;
  for (let tries = 0; tries < TRIES; tries++) {
    const at = await standing(work, places, entry);
    if (at === null) {
      await writeNew(work, [toWrite(await places.of(entry), { ...entry, choice: 'import' }, read)]);
      return;
    }
    const { collection, name, body: here, etag: former } = at;
    const body =
      entry.component === 'VCARD' ? mergeCard(app, here, read, isNewer(here, read, entry)).body : read;
    const etag = etagOf(body);
    if (etag === former) {
      const result: ImportResult = { ...NO_RESULT, step: 'same', etag };
      await app.db.write((tx) => setResult(tx, job.id, entry.position, result));
      return;
    }
    const result: ImportResult = {
      ...NO_RESULT,
      step: 'writing',
      collection: collection.id,
      name,
      formerEtag: former,
      etag,
    };
    await app.db.write(async (tx) => {
      await keepFormer(tx, job.id, entry.position, here);
      await setResult(tx, job.id, entry.position, result);
    });
    const condition = (current: ETag | null): boolean => current === former;
    const written = await attempt(() =>
      putObject(app, actor, { collection, name, body, contentType: null, condition }),
    );
    if (written instanceof Refusal && written.status === 412) continue;
    if (written instanceof Error) throw written;
    await app.db.write((tx) => setResult(tx, job.id, entry.position, { ...result, step: 'done' }));
    return;
  }
  throw new Refusal(409, 'It was changed again and again while it was to be written.');
}

const isNewer = (here: Uint8Array, read: Uint8Array, { reason }: ImportEntry): boolean =>
  (reason === 'same-id' || reason === 'twice-differs') && ageOf(read) > ageOf(here);

interface Standing {
  readonly collection: ObjectCollection;
  readonly name: string;
  readonly body: Uint8Array;
  readonly etag: ETag;
}

/** The item that is to be merged into, as it is now. */
async function standing(
  { app }: Pick<Work, 'app'>,
  places: Places,
  entry: ImportEntry,
): Promise<Standing | null> {
  const target = entry.match === null ? await places.of(entry) : await places.at(entry.match.collection);
  if (target === null) return null;
  const name = entry.match?.name ?? (await nameByUid(app, target, entry.uid));
  const found = name === null ? null : await getObject(app.db, target.id, name);
  if (name === null || found === null) return null;
  return { collection: target, name, body: found.body, etag: found.object.etag };
}

async function nameByUid(
  app: Pick<App, 'db'>,
  collection: ObjectCollection,
  uid: string,
): Promise<string | null> {
  return (await findStored(app.db, collection.id, [uid], []))[0]?.name ?? null;
}
