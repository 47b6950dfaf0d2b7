import type { App } from '../../app.ts';
import {
  areNamesCompatible,
  type MatchKey,
  type MatchReason,
  matchKeys,
  shownNameOf,
} from '../../contacts/match.ts';
import { type ContactRow, contactsByIds, holdersOf } from '../../contacts/store.ts';
import { turn } from '../../db/patience.ts';
import { etagOf } from '../../objects/etag.ts';
import type { CollectionId } from '../../types.ts';
import { openCard } from '../../vcard/edit-source.ts';
import { ageOf, type Planned, plainName, shortTag } from '../plan.ts';
import { findStored, readStored, type StoredItem } from '../store.ts';
import { tagsImported } from './items-store.ts';
import type { Choice, ImportEntry, ImportGroup, ImportJob, Reason } from './job.ts';
import { compareEvents, mergeCard, titleOfBody } from './likeness.ts';
import { tellingRepairs } from './reasons.ts';

/** What judging items needs; `planned` remembers those before in the same import. */
export interface MatchContext {
  readonly app: App;
  readonly job: ImportJob;
  readonly books: readonly CollectionId[];
  readonly groupAt: (position: number) => ImportGroup | undefined;
  readonly planned: Planned;
}

/** An item with its bytes; null for what could not be read. */
export interface Found {
  readonly entry: ImportEntry;
  readonly body: Uint8Array | null;
}

/** What was looked up for a batch at once. */
interface Lookup {
  readonly stored: ReadonlyMap<CollectionId, ReadonlyMap<string, StoredItem>>;
  readonly imported: ReadonlySet<string>;
  readonly alike: ReadonlyMap<number, Alike>;
}

interface Alike {
  readonly contact: ContactRow;
  readonly reason: MatchReason;
  readonly isCompatible: boolean;
}

/** Different names behind a key of more cards than this are no likeness at all. */
const MAX_STRANGERS = 4;
/** Items after which others get their turn: reading phone numbers costs. */
const BREATH = 20;
const RANK: Readonly<Record<MatchReason, number>> = { email: 0, phone: 1, birthday: 2 };

/** Says of a batch of items, in their order, how they stand to what is here, and what is best done. */
export async function judgeBatch(
  context: MatchContext,
  batch: readonly Found[],
): Promise<readonly ImportEntry[]> {
  const lookup: Lookup = {
    stored: await storedIn(context, batch),
    imported: await tagsImported(
      context.app.db,
      context.job.owner,
      context.job.id,
      batch.map(({ entry }) => entry.tag).filter((tag) => tag !== ''),
    ),
    alike: await alikeIn(context, batch),
  };
  const judged: ImportEntry[] = [];
  for (const [at, { entry, body }] of batch.entries()) {
    if (at % BREATH === 0) await turn();
    judged.push(body === null ? entry : await judge(context, lookup, entry, body));
  }
  return judged;
}

async function storedIn(context: MatchContext, batch: readonly Found[]): Promise<Lookup['stored']> {
  const wanted = new Map<CollectionId, ImportEntry[]>();
  for (const { entry, body } of batch) {
    const target = context.groupAt(entry.group)?.target;
    if (body === null || target?.kind !== 'stored') continue;
    const list = wanted.get(target.collection) ?? [];
    list.push(entry);
    wanted.set(target.collection, list);
  }
  const stored = new Map<CollectionId, Map<string, StoredItem>>();
  for (const [collection, entries] of wanted) {
    const uids = entries.map((entry) => entry.uid);
    const found = await findStored(context.app.db, collection, uids, entries.map(plainName));
    stored.set(collection, new Map(found.map((item) => [item.uid, item])));
  }
  return stored;
}

/** Contacts that share an address, a number, or name and birthday with a card of the batch; the best one for each. */
async function alikeIn(context: MatchContext, batch: readonly Found[]): Promise<ReadonlyMap<number, Alike>> {
  const { app, job, books } = context;
  const country = app.homeCountry();
  const cards: { readonly entry: ImportEntry; readonly name: string; readonly keys: readonly MatchKey[] }[] =
    [];
  for (const [at, { entry, body }] of batch.entries()) {
    if (at % BREATH === 0) await turn();
    if (body === null || entry.component !== 'VCARD') continue;
    const card = { properties: openCard(body).lines };
    cards.push({ entry, name: shownNameOf(card), keys: matchKeys(card, country) });
  }
  const holders = new Map<string, number[]>();
  for (const reason of ['email', 'phone', 'birthday'] as const) {
    const texts = cards.flatMap(({ keys }) =>
      keys.filter((key) => key.reason === reason).map((key) => key.text),
    );
    if (texts.length === 0) continue;
    for (const row of await holdersOf(app.db, job.owner, reason, [...new Set(texts)])) {
      const key = `${reason} ${row.value}`;
      const list = holders.get(key) ?? [];
      list.push(row.object_id);
      holders.set(key, list);
    }
  }
  const ids = [...new Set([...holders.values()].flat())];
  const contacts = new Map((await contactsByIds(app.db, job.owner, books, ids)).map((row) => [row.id, row]));
  const best = new Map<number, Alike>();
  for (const { entry, name, keys } of cards)
    for (const { reason, text } of keys) {
      const ofKey = holders.get(`${reason} ${text}`) ?? [];
      for (const id of ofKey) {
        const contact = contacts.get(id);
        if (contact === undefined || contact.isGroup) continue;
        const isCompatible = reason === 'birthday' || areNamesCompatible(name, contact.shownName);
        if (!isCompatible && ofKey.length > MAX_STRANGERS) continue;
        const known = best.get(entry.position);
        const alike = { contact, reason, isCompatible };
        if (known === undefined || rankOf(alike) < rankOf(known)) best.set(entry.position, alike);
      }
    }
  return best;
}

const rankOf = ({ reason, isCompatible }: Alike): number => RANK[reason] + (isCompatible ? 0 : 10);

type Judgement = Pick<ImportEntry, 'verdict' | 'reason' | 'match' | 'matchTitle' | 'differs' | 'choice'>;

const plainly = (verdict: ImportEntry['verdict'], reason: Reason, choice: Choice): Judgement => ({
  ...{ verdict, reason, choice },
  match: null,
  matchTitle: '',
  differs: [],
});

async function judge(
  context: MatchContext,
  lookup: Lookup,
  before: ImportEntry,
  body: Uint8Array,
): Promise<ImportEntry> {
  const entry: ImportEntry = { ...before, tag: etagOf(body), reasonText: '' };
  const target = context.groupAt(entry.group)?.target ?? { kind: 'none' as const };
  if (target.kind === 'none') return { ...entry, ...plainly('unreadable', 'no-target', 'leave') };
  // New collections of one name are one collection.
  const place = target.kind === 'stored' ? String(target.collection) : `new ${target.name}`;
  const key = `${place}\n${entry.component === 'VCARD'}\n${entry.uid}`;
  const earlier = context.planned.get(key);
  const here = target.kind === 'stored' ? lookup.stored.get(target.collection)?.get(entry.uid) : undefined;
  const tag = shortTag(entry.tag);
  if (here?.etag === entry.tag) return { ...entry, ...plainly('here', 'equal', 'skip') };
  if (earlier?.tag === tag) return { ...entry, ...plainly('here', 'twice', 'skip') };
  if (lookup.imported.has(entry.tag)) return { ...entry, ...plainly('here', 'imported-before', 'skip') };
  const age = ageOf(body);
  context.planned.set(key, { tag, age, isHashed: false });
  if (earlier !== null) {
    const isNewer = entry.component === 'VCARD' || age > earlier.age;
    return { ...entry, ...plainly('look', 'twice-differs', isNewer ? 'merge' : 'skip') };
  }
  if (here !== undefined && target.kind === 'stored')
    return {
      ...entry,
      ...(await sameId(context, entry, body, { collection: target.collection, name: here.name })),
    };
  const alike = lookup.alike.get(entry.position);
  if (alike !== undefined) return { ...entry, ...(await likeness(context, body, alike)) };
  if (tellingRepairs(entry.repairs).length > 0)
    return { ...entry, ...plainly('repaired', 'repaired', 'import') };
  return { ...entry, ...plainly('new', '', 'import') };
}

/** The same item in another version. */
async function sameId(
  { app }: MatchContext,
  { component }: ImportEntry,
  body: Uint8Array,
  match: NonNullable<ImportEntry['match']>,
): Promise<Judgement> {
  const stored = await readStored(app.db, match.collection, match.name);
  if (stored === null) return plainly('new', '', 'import');
  const [mine, theirs] = [ageOf(stored), ageOf(body)];
  const isCard = component === 'VCARD';
  const isOlder = isCard ? theirs < mine : theirs <= mine;
  const compared = isCard ? mergeCard(app, stored, body, theirs > mine) : compareEvents(stored, body);
  if (compared.isCovered) return { ...plainly('here', 'nothing-new', 'skip'), match };
  return {
    verdict: 'look',
    reason: isOlder ? 'same-id-older' : 'same-id',
    match,
    matchTitle: titleOfBody(stored, component),
    differs: compared.differs,
    choice: isOlder ? 'skip' : 'merge',
  };
}

/** A card that has something in common with a contact that is here. */
async function likeness({ app }: MatchContext, body: Uint8Array, alike: Alike): Promise<Judgement> {
  const { contact, reason, isCompatible } = alike;
  const match = { collection: contact.collection, name: contact.name };
  const stored = await readStored(app.db, match.collection, match.name);
  if (stored === null) return plainly('new', '', 'import');
  const merging = mergeCard(app, stored, body, false);
  if (merging.isCovered && isCompatible) return { ...plainly('here', 'nothing-new', 'skip'), match };
  return {
    verdict: 'look',
    reason,
    match,
    matchTitle: contact.shownName,
    differs: merging.differs,
    choice: isCompatible ? 'merge' : 'both',
  };
}
