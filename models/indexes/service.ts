import type { App } from '../app.ts';
import type { Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { type ObjectTimes, occurrencesFor } from '../ical/occurrences.ts';
import type { ParsedCalendar } from '../ical/parse.ts';
import type { CollectionId } from '../types.ts';
import { type CardField, cardFields } from '../vcard/fields.ts';
import { parseCard } from '../vcard/parse.ts';
import {
  clearIndex,
  type IndexedBody,
  insertCardFields,
  insertOccurrences,
  shortOfHorizon,
  updateTimes,
} from './store.ts';

/** What the indexes keep of an object, computed before the write that stores it. */
export type ObjectIndex =
  | { readonly kind: 'calendar'; readonly times: ObjectTimes }
  | { readonly kind: 'card'; readonly fields: readonly CardField[] };

const DAY_SECONDS = 86_400;
const BATCH = 100;
/** Rows of endless objects reach between this many days less than the horizon and the horizon itself. */
const EXTEND_DAYS = 30;

type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** The time from which on the rows of endless objects are complete. */
export function horizonStart(app: Pick<App, 'clock' | 'limits'>): number {
  return nowUtc(app) - app.limits.horizonBackDays * DAY_SECONDS;
}

/** Computes what the index keeps of a calendar object. Throws Precondition `max-instances`. */
export async function indexCalendar(
  app: Pick<App, 'clock' | 'limits' | 'rules'>,
  parsed: ParsedCalendar,
): Promise<ObjectIndex> {
  const now = nowUtc(app);
  const window = {
    startUtc: now - app.limits.horizonBackDays * DAY_SECONDS,
    endUtc: now + app.limits.horizonAheadDays * DAY_SECONDS,
  };
  return { kind: 'calendar', times: await occurrencesFor(parsed, window, app.rules) };
}

/** Computes what the index keeps of a card. */
export function indexCard(parsed: Parameters<typeof cardFields>[0]): ObjectIndex {
  return { kind: 'card', fields: cardFields(parsed) };
}

/** Writes the index rows of an object; `isNew` says that it has none yet. */
export async function storeIndex(
  tx: Tx,
  collection: CollectionId,
  object: number,
  index: ObjectIndex,
  isNew: boolean,
): Promise<void> {
  if (!isNew) await clearIndex(tx, object, index.kind === 'card');
  if (index.kind === 'card') await insertCardFields(tx, collection, object, index.fields);
  else await insertOccurrences(tx, collection, object, index.times.rows);
}

async function indexOf(app: Uses, body: IndexedBody): Promise<ObjectIndex> {
  if (body.component === 'VCARD') return indexCard(parseCard(body.body, STORED_LIMITS));
  return indexCalendar(app, app.rules.parse(body.body));
}

/** What is stored is read whatever the limits are now. */
const STORED_LIMITS = { maxCardBytes: Number.MAX_SAFE_INTEGER };

/** The indexes of some objects as they are computed today. */
export interface ComputedIndexes {
  readonly done: readonly { readonly object: IndexedBody; readonly index: ObjectIndex }[];
}

/** Computes the indexes of some objects; one that cannot be indexed is logged and left out. Throws `Refusal` when the server is too busy. */
export async function computeIndexes(app: Uses, bodies: readonly IndexedBody[]): Promise<ComputedIndexes> {
  const done: { readonly object: IndexedBody; readonly index: ObjectIndex }[] = [];
  for (const object of bodies) {
    await app.rules.rest();
    try {
      done.push({ object, index: await indexOf(app, object) });
    } catch (error) {
      if (error instanceof Refusal) throw error;
      app.log.warn('index.failed', { object: object.id, error: String(error) });
    }
  }
  return { done };
}

/** Writes computed indexes over the old ones; gives of how many objects. */
export async function writeIndexes(tx: Tx, { done }: ComputedIndexes): Promise<number> {
  let count = 0;
  for (const { object, index } of done) {
    const times = index.kind === 'calendar' ? index.times : null;
    // The object may have been written since: then its index is newer than this one.
    if (!(await updateTimes(tx, object.id, object.etag, times))) continue;
    await storeIndex(tx, object.collection_id as CollectionId, object.id, index, false);
    count += 1;
  }
  return count;
}

/** Moves the horizon of endless objects on; gives how many were indexed anew. For a daily job. */
export async function extendHorizon(app: Uses): Promise<number> {
  const untilUtc = nowUtc(app) + Math.max(0, app.limits.horizonAheadDays - EXTEND_DAYS) * DAY_SECONDS;
  let after = 0;
  let count = 0;
  for (;;) {
    const bodies = await shortOfHorizon(app.db, untilUtc, after, BATCH);
    const last = bodies.at(-1);
    if (last === undefined) return count;
    const computed = await computeIndexes(app, bodies);
    count += await app.db.write((tx) => writeIndexes(tx, computed));
    after = last.id;
  }
}
