import { createHash } from 'node:crypto';
import type { App } from '../app.ts';
import { etagOf } from '../objects/etag.ts';
import type { CollectionId } from '../types.ts';
import { Ledger } from './ledger.ts';
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

const WORD = 2 ** 32;

const NOWHERE: Target = { kind: 'none', reason: '' };

/** A version of an item, short: the first 48 bits of its tag, when it was changed, and whether its name is a hash of its UID. */
interface Version {
  readonly tag: number;
  readonly age: number;
  readonly isHashed: boolean;
}

/** What this run has planned already, by collection and UID: two files may bring the same item. Some fifty bytes an item. */
export class Planned {
  readonly #versions = new Ledger(5);

  get(key: string): Version | null {
    const words = this.#versions.find(key);
    if (words === null) return null;
    const [tagHigh = 0, tagLow = 0, ageHigh = 0, ageLow = 0, isHashed = 0] = words;
    return { tag: tagHigh * WORD + tagLow, age: ageHigh * WORD + ageLow, isHashed: isHashed === 1 };
  }

  set(key: string, { tag, age, isHashed }: Version): void {
    const pair = (value: number) => [Math.floor(value / WORD), value % WORD];
    this.#versions.open(key).set([...pair(tag), ...pair(age), Number(isHashed)]);
  }
}

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
  const key = `${target.kind === 'stored' ? target.collection.id : target.kind}\n${record.uid}`;
  const tag = shortTag(etagOf(record.body));
  const age = ageOf(record.body);
  const earlier = planned.get(key);
  const here = place?.byUid.get(record.uid);
  if (earlier === null && here === undefined) {
    const isHashed = place?.byName.has(plainName(record)) === true;
    planned.set(key, { tag, age, isHashed });
    return { ...at, action: 'create', reason: '', name: nameOf(record, isHashed), body: record.body };
  }
  const name = here?.name ?? nameOf(record, earlier?.isHashed ?? false);
  const knownTag = earlier?.tag ?? shortTag(here?.etag ?? '');
  if (knownTag === tag) return { ...at, action: 'skip', reason: 'already here', name, body: null };
  const storedAge = earlier?.age ?? (await storedAgeOf(app, target, name));
  if (!isOverwriting && age <= storedAge) {
    const reason =
      age < storedAge ? 'a newer copy is already here' : 'another copy that is as new is already here';
    return { ...at, action: 'skip', reason, name, body: null };
  }
  planned.set(key, { tag, age, isHashed: earlier?.isHashed ?? false });
  return {
    ...at,
    action: 'update',
    reason: isOverwriting ? 'replaces the copy here' : 'newer than the copy here',
    name,
    body: record.body,
  };
}

async function storedAgeOf(app: Pick<App, 'db'>, target: Target, name: string): Promise<number> {
  const body = target.kind === 'stored' ? await readStored(app.db, target.collection.id, name) : null;
  return body === null ? 0 : ageOf(body);
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

/** The first 48 bits of a tag; 0 for none. */
export function shortTag(etag: string): number {
  return etag === '' ? 0 : Buffer.from(etag, 'base64url').readUIntBE(0, 6);
}

/** When an item was last changed as it says itself: `YYYYMMDDhhmmss` as a number, 0 when it does not say. */
export function ageOf(body: Uint8Array): number {
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
    if (newest !== '') return Number(newest.padEnd(14, '0'));
  }
  return 0;
}

function suffixOf(record: Pick<NormalRecord, 'component'>): string {
  return record.component === 'VCARD' ? '.vcf' : '.ics';
}

/** `<uid>.ics` where the UID is plain enough for a name, else a hash of it. */
export function plainName(record: Pick<NormalRecord, 'uid' | 'component'>): string {
  const isPlain = /^[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,99}$/.test(record.uid);
  return isPlain ? `${record.uid}${suffixOf(record)}` : hashName(record);
}

/** A name made of a hash of the UID, for where the plain one is taken. */
export function hashName(record: Pick<NormalRecord, 'uid' | 'component'>): string {
  return `${createHash('sha256').update(record.uid).digest('hex').slice(0, 32)}${suffixOf(record)}`;
}

/** The name of a new item: the plain one, or where that is taken the hash. */
function nameOf(record: NormalRecord, isHashed: boolean): string {
  return isHashed ? hashName(record) : plainName(record);
}
