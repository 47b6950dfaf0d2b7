import { createHash } from 'node:crypto';
import type { App } from '../app.ts';
import { etagOf } from '../objects/etag.ts';
import type { CollectionId, ETag } from '../types.ts';
import type { NormalRecord, Refused } from './record.ts';
import { findStored, readStored, type StoredItem } from './store.ts';
import { type Target, type Targets, targetFor } from './targets.ts';
import type { Repair } from './transforms/names.ts';

/** One line of an import's plan, and of its report afterwards. */
export interface PlanItem {
  readonly action: 'create' | 'update' | 'skip' | 'refuse';
  readonly file: string;
  readonly line: number;
  /** Why this action; empty for a plain `create`. */
  readonly reason: string;
  readonly repairs: readonly Repair[];
  /** Empty when the item could not be read. */
  readonly component: string;
  readonly uid: string;
  readonly title: string;
  readonly target: Target;
  /** Last segment of the href the item gets or has. */
  readonly name: string;
  /** What will be stored; null unless `create` or `update`. */
  readonly body: Uint8Array | null;
}

const NOWHERE: Target = { kind: 'none', reason: '' };

/** What this run has planned already, by collection and UID: two files may bring the same item. */
export type Planned = Map<string, { readonly etag: ETag; readonly age: string; readonly name: string }>;

/** Plans one batch of items in their order. With `isOverwriting`, what differs replaces the stored copy even when it is not newer. */
export async function planBatch(
  app: Pick<App, 'db'>,
  targets: Targets,
  batch: readonly (NormalRecord | Refused)[],
  planned: Planned,
  isOverwriting: boolean,
): Promise<readonly PlanItem[]> {
  const stored = await lookUp(app, targets, batch);
  const items: PlanItem[] = [];
  for (const record of batch) {
    if (record.kind === 'refused') items.push(refuseItem(record));
    else
      items.push(
        await planOne(app, targetFor(targets, record.component), record, stored, planned, isOverwriting),
      );
  }
  return items;
}

type Stored = ReadonlyMap<
  CollectionId,
  { readonly byUid: Map<string, StoredItem>; readonly byName: Map<string, StoredItem> }
>;

async function lookUp(
  app: Pick<App, 'db'>,
  targets: Targets,
  batch: readonly (NormalRecord | Refused)[],
): Promise<Stored> {
  const wanted = new Map<CollectionId, NormalRecord[]>();
  for (const record of batch) {
    const target = record.kind === 'normal' ? targetFor(targets, record.component) : NOWHERE;
    if (record.kind !== 'normal' || target.kind !== 'stored') continue;
    const list = wanted.get(target.collection.id) ?? [];
    list.push(record);
    wanted.set(target.collection.id, list);
  }
  const stored = new Map<CollectionId, { byUid: Map<string, StoredItem>; byName: Map<string, StoredItem> }>();
  for (const [id, records] of wanted) {
    const uids = records.map((record) => record.uid);
    const found = await findStored(
      app.db,
      id,
      uids,
      records.map((record) => plainName(record)),
    );
    stored.set(id, {
      byUid: new Map(found.map((f) => [f.uid, f])),
      byName: new Map(found.map((f) => [f.name, f])),
    });
  }
  return stored;
}

async function planOne(
  app: Pick<App, 'db'>,
  target: Target,
  record: NormalRecord,
  stored: Stored,
  planned: Planned,
  isOverwriting: boolean,
): Promise<PlanItem> {
  const at = {
    file: record.file,
    line: record.line,
    repairs: record.repairs,
    component: record.component,
    uid: record.uid,
    title: record.title,
    target,
  };
  if (target.kind === 'none') return { ...at, action: 'refuse', reason: target.reason, name: '', body: null };
  const place = target.kind === 'stored' ? stored.get(target.collection.id) : undefined;
  const key = plannedKey(target, record.uid);
  const etag = etagOf(record.body);
  const age = ageOf(record.body);
  const earlier = planned.get(key);
  const here = place?.byUid.get(record.uid);
  const known = earlier ?? here;
  if (known === undefined) {
    const name = freeName(record, place?.byName);
    planned.set(key, { etag, age: ownCopy(age), name: ownCopy(name) });
    return { ...at, action: 'create', reason: '', name, body: record.body };
  }
  const { name } = known;
  if (known.etag === etag) return { ...at, action: 'skip', reason: 'already here', name, body: null };
  const storedAge = earlier?.age ?? (await storedAgeOf(app, target, name));
  if (!isOverwriting && age <= storedAge) {
    const reason =
      age < storedAge ? 'a newer copy is already here' : 'another copy that is as new is already here';
    return { ...at, action: 'skip', reason, name, body: null };
  }
  planned.set(key, { etag, age: ownCopy(age), name: ownCopy(name) });
  return {
    ...at,
    action: 'update',
    reason: isOverwriting ? 'replaces the copy here' : 'newer than the copy here',
    name,
    body: record.body,
  };
}

async function storedAgeOf(app: Pick<App, 'db'>, target: Target, name: string): Promise<string> {
  const body = target.kind === 'stored' ? await readStored(app.db, target.collection.id, name) : null;
  return body === null ? '' : ageOf(body);
}

function refuseItem(record: Refused): PlanItem {
  const { file, line, reason } = record;
  return {
    action: 'refuse',
    file,
    line,
    reason,
    repairs: [],
    component: '',
    uid: '',
    title: '',
    target: NOWHERE,
    name: '',
    body: null,
  };
}

function plannedKey(target: Target, uid: string): string {
  const place = target.kind === 'stored' ? String(target.collection.id) : target.kind;
  return createHash('sha1').update(`${place}\n${uid}`).digest().toString('latin1').slice(0, 12);
}

/** When an item was last changed as it says itself: digits that sort, empty when it does not say. */
export function ageOf(body: Uint8Array): string {
  const whole = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = whole.toString('latin1').replace(/^BEGIN:VTIMEZONE[\s\S]*?^END:VTIMEZONE/gim, '');
  for (const name of ['LAST-MODIFIED', 'REV', 'DTSTAMP']) {
    let newest = '';
    for (const found of text.matchAll(new RegExp(`^${name}(?:;[^:\\r\\n]*)?:([^\\r\\n]*)`, 'gim'))) {
      const digits = (found[1] ?? '')
        .replace(/\.\d+/, '')
        .replace(/[^0-9]/g, '')
        .slice(0, 14);
      if (digits > newest) newest = digits;
    }
    if (newest !== '') return newest;
  }
  return '';
}

/** A string of its own: one cut out of a body would keep the whole body in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

function suffixOf(record: NormalRecord): string {
  return record.component === 'VCARD' ? '.vcf' : '.ics';
}

/** `<uid>.ics` where the UID is plain enough for a name, else a hash of it. */
function plainName(record: NormalRecord): string {
  const isPlain = /^[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,99}$/.test(record.uid);
  return isPlain ? `${record.uid}${suffixOf(record)}` : hashName(record);
}

function hashName(record: NormalRecord): string {
  return `${createHash('sha256').update(record.uid).digest('hex').slice(0, 32)}${suffixOf(record)}`;
}

function freeName(record: NormalRecord, byName: ReadonlyMap<string, StoredItem> | undefined): string {
  const name = plainName(record);
  return byName?.has(name) === true ? hashName(record) : name;
}
