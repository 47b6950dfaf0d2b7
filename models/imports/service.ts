import type { App } from '../app.ts';
import { createZones } from '../ical/zones.ts';
import { importObjects } from '../objects/service.ts';
import type { Actor, CollectionId, ObjectCollection, PrincipalId } from '../types.ts';
import { normaliseRecord } from './normalise.ts';
import { type PlanItem, Planned, planBatch } from './plan.ts';
import { readRecords } from './read/records.ts';
import { type NormalRecord, type Refused, refused, type SourceFile } from './record.ts';
import { findTargets, makeTarget, type Target } from './targets.ts';

export type { PlanItem } from './plan.ts';
export { isArchiveName, isImportName } from './read/kinds.ts';
export { zipSources } from './read/zip.ts';
export type { SourceFile } from './record.ts';
export { REPAIRS } from './transforms/names.ts';

/** Whose import it is and where it goes. */
export interface ImportTarget {
  readonly owner: PrincipalId;
  /** Null: by kind of item, into the person's default collections. */
  readonly into: ObjectCollection | null;
}

/** How far an import is, for a progress line. */
export interface ImportProgress {
  readonly file: string;
  /** Of this file, in its last pass. */
  readonly bytesRead: number;
  readonly sizeBytes: number | null;
  /** Items so far, of all files. */
  readonly items: number;
}

export interface ImportOptions {
  /** What differs replaces the stored copy even when it is not newer. */
  readonly isOverwriting?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

const BATCH = 200;
const BATCH_BYTES = 8 * 1024 * 1024;

/**
 * Reads files and says for each item what importing it would do; nothing is written. Streams: memory holds one batch and
 * the short keys of what is planned. A file that cannot be read to its end gives a refusal with the place reached.
 */
export async function* planImport(
  app: Pick<App, 'db' | 'limits'>,
  _actor: Actor,
  sources: AsyncIterable<SourceFile>,
  target: ImportTarget,
  options: ImportOptions = {},
): AsyncGenerator<PlanItem> {
  const targets = await findTargets(app, target.owner, target.into);
  const planned = new Planned();
  const isOverwriting = options.isOverwriting ?? false;
  let batch: (NormalRecord | Refused)[] = [];
  let bytes = 0;
  for await (const record of normalRecords(app, sources, options)) {
    batch.push(record);
    bytes += record.kind === 'normal' ? record.body.byteLength : 0;
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue;
    yield* await planBatch(app, targets, batch, planned, isOverwriting);
    batch = [];
    bytes = 0;
  }
  yield* await planBatch(app, targets, batch, planned, isOverwriting);
}

async function* normalRecords(
  app: Pick<App, 'limits'>,
  sources: AsyncIterable<SourceFile>,
  options: ImportOptions,
): AsyncGenerator<NormalRecord | Refused> {
  const context = { limits: app.limits, zones: createZones() };
  let items = 0;
  for await (const source of sources) {
    const onBytes = (bytesRead: number): void => {
      options.onProgress?.({ file: source.name, bytesRead, sizeBytes: source.sizeBytes, items });
    };
    let line = 1;
    try {
      for await (const raw of readRecords(source, onBytes)) {
        line = raw.line;
        items++;
        if (raw.kind === 'refused') yield raw;
        else yield* normaliseRecord(raw, context);
      }
    } catch (error) {
      yield refused(
        source.name,
        line,
        `reading stopped here: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/**
 * Carries a plan out, up to 200 items a write, and gives the same list back as it came to be: an item the store refuses is
 * a `refuse` with its reason. Interrupted, it can be run again: what is already here is skipped.
 */
export async function* applyImport(
  app: App,
  actor: Actor,
  plan: AsyncIterable<PlanItem>,
  target: ImportTarget,
): AsyncGenerator<PlanItem> {
  const made = new Map<string, ObjectCollection>();
  let pending: PlanItem[] = [];
  let writes = 0;
  let bytes = 0;
  for await (const item of plan) {
    pending.push(item);
    if (item.body !== null) writes++;
    bytes += item.body?.byteLength ?? 0;
    if (writes < BATCH && bytes < BATCH_BYTES && pending.length < 5 * BATCH) continue;
    yield* await writePending(app, actor, pending, target, made);
    pending = [];
    writes = 0;
    bytes = 0;
  }
  yield* await writePending(app, actor, pending, target, made);
}

/** Writes a batch, one write per collection; the order of the list stays. */
async function writePending(
  app: App,
  actor: Actor,
  pending: readonly PlanItem[],
  target: ImportTarget,
  made: Map<string, ObjectCollection>,
): Promise<readonly PlanItem[]> {
  const done = [...pending];
  const places = new Map<CollectionId, { collection: ObjectCollection; indexes: number[] }>();
  for (const [index, item] of pending.entries()) {
    if (item.body === null) continue;
    const collection = await collectionOf(app, actor, target.owner, item.target, made);
    if (collection === null) {
      done[index] = failed(item, 'the calendar for it could not be made.');
      continue;
    }
    const place = places.get(collection.id) ?? { collection, indexes: [] };
    place.indexes.push(index);
    places.set(collection.id, place);
    done[index] = { ...item, target: { kind: 'stored', collection } };
  }
  for (const { collection, indexes } of places.values())
    await writePlace(app, actor, collection, indexes, done);
  return done;
}

async function writePlace(
  app: App,
  actor: Actor,
  collection: ObjectCollection,
  indexes: readonly number[],
  done: PlanItem[],
): Promise<void> {
  const items = indexes.flatMap((index) => {
    const item = done[index];
    return item?.body == null ? [] : [{ name: item.name, body: item.body }];
  });
  const results = await importObjects(app, actor, collection, items);
  for (const [place, index] of indexes.entries()) {
    const item = done[index];
    const result = results[place];
    if (item !== undefined && result !== undefined && 'error' in result)
      done[index] = failed(item, result.error.message);
  }
}

async function collectionOf(
  app: App,
  actor: Actor,
  owner: PrincipalId,
  target: Target,
  made: Map<string, ObjectCollection>,
): Promise<ObjectCollection | null> {
  if (target.kind === 'stored') return target.collection;
  if (target.kind === 'none') return null;
  const known = made.get(target.component);
  if (known !== undefined) return known;
  const collection = await makeTarget(app, actor, owner, target);
  if (collection !== null) made.set(target.component, collection);
  return collection;
}

function failed(item: PlanItem, reason: string): PlanItem {
  return { ...item, action: 'refuse', reason, body: null };
}
