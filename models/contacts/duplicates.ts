import type { App } from '../app.ts';
import type { UserActor } from '../types.ts';
import { addDistinct, cachedCount, distinctPairs, removeDistinct, storeCount } from './decisions-store.ts';
import { recipeOf, refreshContacts } from './derive.ts';
import {
  areNamesCompatible,
  type Matchable,
  type MatchKey,
  type MatchReason,
  matchKeys,
  nameWords,
  shownNameOf,
} from './match.ts';
import { type Book, type CardPlace, getContact, listBooks, type Uses } from './service.ts';
import { type ContactRow, contactsByIds, holdersOf, type SharedKey, sharedKeys } from './store.ts';

/**
 * `certain`: same e-mail or phone, and names that can be one person's. `likely`: same name and birthday. `possible`: same
 * e-mail or phone under different names, which families and offices have too.
 */
export type Strength = 'certain' | 'likely' | 'possible';

/** Two cards that may be of one person. */
export interface Candidate {
  readonly left: ContactRow;
  readonly right: ContactRow;
  readonly reasons: readonly MatchReason[];
  readonly strength: Strength;
}

/** How many candidates there are. */
export interface DuplicateCount {
  readonly pairs: number;
  readonly certain: number;
}

const RANK: Readonly<Record<Strength, number>> = { certain: 0, likely: 1, possible: 2 };
/** A key that more cards share belongs to an office or a family; then only equal names are compared. */
const MAX_SHARED = 24;
/** Different names behind a key of more cards than this are no candidates at all. */
const MAX_STRANGERS = 4;
const MAX_CANDIDATES = 5000;

/** Which cards are in one set already, so that three copies of one card are two candidates and not three. */
class Sets {
  readonly #parents = new Map<number, number>();

  root(id: number): number {
    let at = id;
    for (let up = this.#parents.get(at); up !== undefined; up = this.#parents.get(at)) at = up;
    return at;
  }

  /** False when they were in one set before. */
  join(a: number, b: number): boolean {
    const [left, right] = [this.root(a), this.root(b)];
    if (left !== right) this.#parents.set(Math.max(left, right), Math.min(left, right));
    return left !== right;
  }
}

interface Edge {
  readonly a: ContactRow;
  readonly b: ContactRow;
  readonly reasons: Set<MatchReason>;
  readonly isCompatible: boolean;
}

function strengthOf({ reasons, isCompatible }: Edge): Strength {
  if (isCompatible && (reasons.has('email') || reasons.has('phone'))) return 'certain';
  return reasons.has('birthday') ? 'likely' : 'possible';
}

/** The key two decisions about the same two cards have. */
export function pairKey(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}

/**
 * All candidates of the actor's books, strongest first, then by name; without pairs that were told apart. Looks at keys that
 * cards share and never at all pairs, so that 20,000 contacts cost no more than reading their keys.
 */
export async function findDuplicates(app: Uses, actor: UserActor): Promise<readonly Candidate[]> {
  const books = await listBooks(app, actor);
  await refreshContacts(app, actor.principal, books);
  const ids = books.map((book) => book.id);
  const shared = await sharedKeys(app.db, actor.principal, ids);
  const rows = await contactsByIds(app.db, actor.principal, ids, [
    ...new Set(shared.map((key) => key.object_id)),
  ]);
  const distinct = await distinctPairs(app.db, actor.principal);
  return candidatesOf(edgesOf(shared, new Map(rows.map((row) => [row.id, row]))), distinct);
}

function edgesOf(shared: readonly SharedKey[], rows: ReadonlyMap<number, ContactRow>): readonly Edge[] {
  const edges = new Map<string, Edge>();
  for (const members of bucketsOf(shared)) {
    const cards = members.keys.flatMap((key) => rows.get(key.object_id) ?? []);
    const isCrowd = cards.length > MAX_SHARED;
    for (const some of isCrowd ? byName(cards) : [cards]) {
      // Of many equal cards each is compared with the next one only.
      for (const [at, a] of some.entries())
        for (const b of isCrowd ? some.slice(at + 1, at + 2) : some.slice(at + 1)) {
          const key = `${Math.min(a.id, b.id)} ${Math.max(a.id, b.id)}`;
          const known = edges.get(key);
          const isCompatible = known?.isCompatible ?? areNamesCompatible(a.shownName, b.shownName);
          if (!isCompatible && cards.length > MAX_STRANGERS) continue;
          const edge = known ?? { a, b, reasons: new Set(), isCompatible };
          edge.reasons.add(members.reason);
          edges.set(key, edge);
        }
    }
  }
  return [...edges.values()];
}

interface Bucket {
  readonly reason: MatchReason;
  readonly keys: readonly SharedKey[];
}

/** Cards that share a key, key by key; the rows come in the order of keys. */
function* bucketsOf(shared: readonly SharedKey[]): Generator<Bucket> {
  let from = 0;
  for (let at = 1; at <= shared.length; at++) {
    const [first, key] = [shared[from], shared[at]];
    if (first === undefined || (key?.value === first.value && key.reason === first.reason)) continue;
    yield { reason: first.reason, keys: shared.slice(from, at) };
    from = at;
  }
}

function byName(cards: readonly ContactRow[]): readonly (readonly ContactRow[])[] {
  const sets = new Map<string, ContactRow[]>();
  for (const card of cards) {
    const name = nameWords(card.shownName)
      .toSorted((x, y) => (x < y ? -1 : 1))
      .join(' ');
    const set = sets.get(name);
    if (set === undefined) sets.set(name, [card]);
    else set.push(card);
  }
  return [...sets.values()];
}

function candidatesOf(edges: readonly Edge[], distinct: ReadonlySet<string>): readonly Candidate[] {
  const sorted = edges
    .filter(({ a, b }) => !distinct.has(pairKey(a.uid, b.uid)))
    .map((edge) => ({ ...edge, strength: strengthOf(edge) }))
    .sort((x, y) => RANK[x.strength] - RANK[y.strength] || order(x.a, y.a) || order(x.b, y.b));
  const sets = new Sets();
  const found: Candidate[] = [];
  for (const { a, b, reasons, strength } of sorted) {
    if (found.length === MAX_CANDIDATES) break;
    if (strength !== 'possible' ? !sets.join(a.id, b.id) : sets.root(a.id) === sets.root(b.id)) continue;
    found.push({ left: a, right: b, reasons: [...reasons], strength });
  }
  return found;
}

const order = (a: ContactRow, b: ContactRow): number =>
  a.sortKey === b.sortKey ? a.id - b.id : a.sortKey < b.sortKey ? -1 : 1;

/** How many candidates there are; kept until a book changes or somebody decides. */
export async function countDuplicates(app: Uses, actor: UserActor): Promise<DuplicateCount> {
  const books = await listBooks(app, actor);
  const stamp = await stampOf(app, actor, books);
  const cached = await cachedCount(app.db, actor.principal, stamp);
  if (cached !== null) return cached;
  const found = await findDuplicates(app, actor);
  const count = { pairs: found.length, certain: found.filter((each) => each.strength === 'certain').length };
  await app.db.write((tx) => storeCount(tx, actor.principal, stamp, count));
  return count;
}

async function stampOf(
  app: Pick<App, 'db' | 'limits'>,
  actor: UserActor,
  books: readonly Book[],
): Promise<string> {
  const { size } = await distinctPairs(app.db, actor.principal);
  const revisions = books.map((book) => `${book.id}:${book.revision}`).join(' ');
  return `${recipeOf(app)} ${size} ${revisions}`;
}

/** Remembers that two cards are of different people; they are no candidates any more. Throws `Refusal` 404. */
export async function tellApart(
  app: Uses,
  actor: UserActor,
  left: CardPlace,
  right: CardPlace,
): Promise<void> {
  const [a, b] = [await getContact(app, actor, left), await getContact(app, actor, right)];
  const decidedUtc = Math.floor(app.clock.nowMs() / 1000);
  await app.db.write((tx) => addDistinct(tx, actor.principal, pairKey(a.uid, b.uid), decidedUtc));
}

/** Takes back `tellApart`. Throws `Refusal` 404. */
export async function forgetApart(
  app: Uses,
  actor: UserActor,
  left: CardPlace,
  right: CardPlace,
): Promise<void> {
  const [a, b] = [await getContact(app, actor, left), await getContact(app, actor, right)];
  await app.db.write((tx) => removeDistinct(tx, actor.principal, pairKey(a.uid, b.uid)));
}

/** A stored contact that looks like a card from elsewhere. */
export interface Lookalike {
  readonly contact: ContactRow;
  readonly reasons: readonly MatchReason[];
  readonly strength: Strength;
}

/**
 * For each card, the stored contacts of the actor that look like it, strongest first and at most five; those with the same
 * UID are left out, because they are the same card. One statement for each kind of key and thousand keys.
 */
export async function findLookalikes(
  app: Uses,
  actor: UserActor,
  cards: readonly (Matchable & { readonly uid?: string })[],
): Promise<readonly (readonly Lookalike[])[]> {
  const books = await listBooks(app, actor);
  await refreshContacts(app, actor.principal, books);
  const country = app.homeCountry();
  const keys = cards.map((card) => matchKeys(card, country));
  const holders = await holdersByKey(app, actor, keys.flat());
  const ids = [...new Set([...holders.values()].flat())];
  const rows = await contactsByIds(
    app.db,
    actor.principal,
    books.map((book) => book.id),
    ids,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return cards.map((card, at) => lookalikesOf(card, keys[at] ?? [], holders, byId));
}

const keyText = (reason: MatchReason, text: string): string => `${reason}\n${text}`;
const KEYS_PER_STATEMENT = 1000;

async function holdersByKey(
  app: Uses,
  actor: UserActor,
  keys: readonly MatchKey[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const holders = new Map<string, number[]>();
  for (const reason of ['email', 'phone', 'birthday'] as const) {
    const texts = [...new Set(keys.filter((key) => key.reason === reason).map((key) => key.text))];
    for (let at = 0; at < texts.length; at += KEYS_PER_STATEMENT) {
      const some = texts.slice(at, at + KEYS_PER_STATEMENT);
      for (const { value, object_id } of await holdersOf(app.db, actor.principal, reason, some)) {
        const list = holders.get(keyText(reason, value)) ?? [];
        list.push(object_id);
        holders.set(keyText(reason, value), list);
      }
    }
  }
  return holders;
}

const MAX_LOOKALIKES = 5;

function lookalikesOf(
  card: Matchable & { readonly uid?: string },
  keys: readonly MatchKey[],
  holders: ReadonlyMap<string, readonly number[]>,
  rows: ReadonlyMap<number, ContactRow>,
): readonly Lookalike[] {
  const reasons = new Map<number, Set<MatchReason>>();
  for (const { reason, text } of keys) {
    const ids = holders.get(keyText(reason, text)) ?? [];
    for (const id of ids.slice(0, MAX_SHARED)) {
      const set = reasons.get(id) ?? new Set();
      reasons.set(id, set.add(reason));
    }
  }
  const name = shownNameOf(card);
  const found: Lookalike[] = [];
  for (const [id, set] of reasons) {
    const contact = rows.get(id);
    if (contact === undefined || contact.uid === card.uid) continue;
    const isCompatible = areNamesCompatible(name, contact.shownName);
    const strength = strengthOf({ a: contact, b: contact, reasons: set, isCompatible });
    found.push({ contact, reasons: [...set], strength });
  }
  return found
    .sort((x, y) => RANK[x.strength] - RANK[y.strength] || order(x.contact, y.contact))
    .slice(0, MAX_LOOKALIKES);
}
