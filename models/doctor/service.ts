import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { copySqlite } from '../db/copy.ts';
import { Precondition, Refusal } from '../errors.ts';
import { type Component, param } from '../ical/component.ts';
import type { ParsedCalendar } from '../ical/parse.ts';
import { FLOATING } from '../ical/zones.ts';
import { reindexCollection } from '../indexes/rebuild.ts';
import { horizonStart, indexCalendar, indexCard, type ObjectIndex } from '../indexes/service.ts';
import { isBuilt } from '../indexes/state-store.ts';
import { etagOf } from '../objects/etag.ts';
import type { Actor, CollectionId } from '../types.ts';
import { objectionTo4 } from '../vcard/check4.ts';
import { convertText } from '../vcard/convert.ts';
import { type ParsedCard, parseCard } from '../vcard/parse.ts';
import {
  type CollectionFacts,
  collectionFacts,
  databaseDamage,
  fieldFacts,
  type ObjectFacts,
  objectFacts,
  occurrenceFacts,
} from './store.ts';

/** Something that is not as it should be. */
export interface Finding {
  /** `damage`: stored data is wrong. `index`: what is computed from it is wrong, and `reindex` mends it. `note`: worth knowing. */
  readonly kind: 'damage' | 'index' | 'note';
  /** Path of the collection or object below `/dav/`, or `database`. */
  readonly where: string;
  readonly what: string;
}

/** How far an examination is. */
export interface Examined {
  readonly collections: number;
  readonly objects: number;
}

type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

const BATCH = 100;
const DAY_SECONDS = 86_400;
/** Notes must not hide what is wrong. */
const MAX_NOTES = 200;
/** Larger cards are not shown to the vCard 4.0 library, whose time is not linear. */
const MAX_CHECKED_CARD = 64 * 1024;
const STORED_LIMITS = { maxCardBytes: Number.MAX_SAFE_INTEGER };

/** Looks at everything that is stored, in small reads while the server may run; yields what is wrong, and up to 200 notes. For administrators. */
export async function* examine(
  app: Uses,
  actor: Actor,
  onProgress: (examined: Examined) => void = () => {},
): AsyncGenerator<Finding> {
  requireAdmin(actor);
  for (const what of await databaseDamage(app.db)) yield { kind: 'damage', where: 'database', what };
  let collections = 0;
  let objects = 0;
  let notes = 0;
  for await (const facts of allCollections(app)) {
    collections += 1;
    yield* judgeCollection(facts);
    const isIndexed = isBuilt({ recipe: facts.index_recipe, after: facts.index_after }, facts.holds);
    if (!isIndexed && facts.object_count > 0) yield indexNote(facts);
    for await (const batch of allObjects(app, facts.id)) {
      objects += batch.length;
      onProgress({ collections, objects });
      for await (const finding of judgeObjects(app, pathOf(facts), batch, isIndexed)) {
        if (finding.kind === 'note') notes += 1;
        if (finding.kind !== 'note' || notes <= MAX_NOTES) yield finding;
      }
    }
  }
  onProgress({ collections, objects });
}

/** Computes every index anew from the stored objects; gives how many objects. For administrators. */
export async function reindexAll(
  app: Uses,
  actor: Actor,
  onProgress: (examined: Examined) => void = () => {},
): Promise<Examined> {
  requireAdmin(actor);
  let collections = 0;
  let objects = 0;
  for await (const { id, holds } of allCollections(app)) {
    collections += 1;
    objects += await reindexCollection(app, id as CollectionId, holds);
    onProgress({ collections, objects });
  }
  return { collections, objects };
}

/**
 * Writes a copy of the SQLite file of `sqlite:/path` as it is at one moment, also while the server runs; `target` must not exist.
 * Throws `Refusal` 409 for PostgreSQL, which has its own tools. For administrators.
 */
export function backUp(actor: Actor, databaseUrl: string, target: string): void {
  requireAdmin(actor);
  if (!databaseUrl.startsWith('sqlite:'))
    throw new Refusal(409, 'The data is in PostgreSQL. Use pg_dump, or a base backup, to copy it.');
  copySqlite(databaseUrl.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), target);
}

async function* allCollections(app: Pick<App, 'db'>): AsyncGenerator<CollectionFacts> {
  for (let after = 0; ; ) {
    const page = await collectionFacts(app.db, after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last.id;
  }
}

async function* allObjects(app: Pick<App, 'db'>, collection: number): AsyncGenerator<readonly ObjectFacts[]> {
  for (let after = 0; ; ) {
    const batch = await objectFacts(app.db, collection, after, BATCH);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    after = last.id;
  }
}

function pathOf(facts: CollectionFacts): string {
  return facts.kind === 'home' ? `${facts.owner_id} (home)` : `${facts.owner_id}/${facts.name}`;
}

/** Not an error: a version with another recipe builds every index anew, beside everything else. */
function indexNote(facts: CollectionFacts): Finding {
  const isBegun = facts.index_after !== null;
  const what = isBegun
    ? `its search index is being built, up to revision ${facts.index_after} of ${facts.revision}`
    : 'its search index is from another version and will be built anew';
  return { kind: 'note', where: pathOf(facts), what: `${what}; until then searches take longer` };
}

function* judgeCollection(facts: CollectionFacts): Generator<Finding> {
  const where = pathOf(facts);
  const damage = (what: string): Finding => ({ kind: 'damage', where, what });
  if (facts.object_count !== facts.counted)
    yield damage(`it says it holds ${facts.object_count} items, and there are ${facts.counted}`);
  if (facts.bytes_used !== facts.summed)
    yield damage(`it says it holds ${facts.bytes_used} bytes, and there are ${facts.summed}`);
  if (facts.newest_object > facts.revision)
    yield damage(`an item has revision ${facts.newest_object}, the counter is ${facts.revision}`);
  const expected = Math.max(facts.newest_change, facts.floor);
  if (expected !== facts.revision)
    yield damage(`the journal ends at ${expected}, the counter is ${facts.revision}`);
}

async function* judgeObjects(
  app: Uses,
  collection: string,
  batch: readonly ObjectFacts[],
  isIndexed: boolean,
): AsyncGenerator<Finding> {
  const ids = batch.map((object) => object.id);
  const keys = groupKeys([
    ...(await occurrenceFacts(app.db, ids)).map(
      (row) => [row.object_id, spanKey(row.start_utc, row.end_utc)] as const,
    ),
    ...(await fieldFacts(app.db, ids)).map((row) => [row.object_id, `${row.field}:${row.value}`] as const),
  ]);
  for (const object of batch) {
    const where = `${collection}/${object.name}`;
    if (etagOf(object.body) !== object.etag || object.body.byteLength !== object.size_bytes)
      yield { kind: 'damage', where, what: 'its bytes are not those that were stored' };
    const read = await readAgain(app, object);
    if (typeof read === 'string') yield { kind: 'damage', where, what: `it cannot be read: ${read}` };
    else {
      if (read.uid !== object.uid)
        yield { kind: 'damage', where, what: `its UID is "${read.uid}", kept as "${object.uid}"` };
      for (const what of read.notes) yield { kind: 'note', where, what };
      if (isIndexed && !agrees(app, object, read.index, keys.get(object.id) ?? []))
        yield { kind: 'index', where, what: 'the search index does not match it' };
    }
  }
}

interface ReadAgain {
  readonly uid: string;
  readonly index: ObjectIndex;
  readonly notes: readonly string[];
}

/** What reading an object gives today, or why it cannot be read. */
async function readAgain(app: Uses, object: ObjectFacts): Promise<ReadAgain | string> {
  try {
    if (object.component === 'VCARD') {
      const card = parseCard(object.body, STORED_LIMITS);
      return { uid: card.uid ?? object.uid, index: indexCard(card), notes: cardNotes(card) };
    }
    const calendar = app.rules.parse(object.body);
    return {
      uid: calendar.uid,
      index: await indexCalendar(app, calendar),
      notes: unknownZones(calendar).map(
        (tzid) => `the time zone "${tzid}" is unknown; its times are read as local`,
      ),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What clients that ask for vCard 4.0 may stumble over. */
function cardNotes(card: ParsedCard): readonly string[] {
  const { version, text } = card;
  if ((version !== '3.0' && version !== '4.0') || text.length > MAX_CHECKED_CARD) return [];
  const objection = version === '4.0' ? objectionTo4(text) : obstacleTo4(card);
  return objection === null ? [] : [`as vCard 4.0 it is not in order: ${objection.slice(0, 200)}`];
}

/** Why a 3.0 card cannot be shown as 4.0; null when it can. */
function obstacleTo4(card: ParsedCard): string | null {
  try {
    convertText(card, '4.0');
    return null;
  } catch (error) {
    if (!(error instanceof Precondition)) throw error;
    return error.message;
  }
}

/** Names of time zones nobody knows; such times are read as local ones. */
function unknownZones(calendar: ParsedCalendar): readonly string[] {
  const names = new Set<string>();
  const walk = (component: Component) => {
    for (const property of component.properties) {
      const tzid = param(property, 'TZID');
      if (tzid !== undefined) names.add(tzid);
    }
    for (const inner of component.components) walk(inner);
  };
  walk(calendar.root);
  return [...names].filter((name) => calendar.zones.find(name) === FLOATING);
}

const spanKey = (startUtc: number, endUtc: number) => `${startUtc}/${endUtc}`;

function groupKeys(pairs: readonly (readonly [number, string])[]): ReadonlyMap<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const [id, key] of pairs) {
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [key]);
    else group.push(key);
  }
  return groups;
}

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [a.toSorted(), b.toSorted()];
  return left.length === right.length && left.every((key, i) => key === right[i]);
}

/** Whether the rows that are kept are those that would be made today; of endless objects where both horizons reach. */
function agrees(app: Uses, object: ObjectFacts, index: ObjectIndex, kept: readonly string[]): boolean {
  if (index.kind === 'card')
    return equalSets(
      index.fields.map(({ field, value }) => `${field}:${value}`),
      kept,
    );
  const { rows, isEndless, expandedUntil } = index.times;
  if (isEndless !== (object.is_endless !== 0)) return false;
  const made = rows.map((row) => spanKey(row.startUtc, row.endUtc));
  if (!isEndless) return equalSets(made, kept);
  const fromUtc = horizonStart(app) + DAY_SECONDS;
  const untilUtc = Math.min(
    expandedUntil ?? Number.MAX_SAFE_INTEGER,
    object.expanded_until ?? Number.MAX_SAFE_INTEGER,
  );
  const within = (key: string) => {
    const start = Number(key.slice(0, key.indexOf('/')));
    return start >= fromUtc && start < untilUtc;
  };
  return equalSets(made.filter(within), kept.filter(within));
}
