import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { etagOf } from '../objects/etag.ts';
import { deleteObject, getObject, putObject } from '../objects/service.ts';
import type { UserActor } from '../types.ts';
import { stamped } from '../vcard/edit.ts';
import { type Choice, type Compared, compareCards, mergeCards, type ValueKey } from '../vcard/edit-merge.ts';
import { headOf, lineFor, openCard, type Splice } from '../vcard/edit-source.ts';
import {
  insertMerge,
  type MergePart,
  markUndone,
  mergesOf,
  partsOf,
  purgeMergesBefore,
} from './decisions-store.ts';
import { refreshContacts } from './derive.ts';
import { type Candidate, findDuplicates } from './duplicates.ts';
import { emailKey, phoneKey, plain } from './match.ts';
import {
  type CardPlace,
  type Contact,
  getBook,
  getContact,
  listBooks,
  type Uses,
  unchanged,
} from './service.ts';
import { groupBodies } from './store.ts';

const DAY_SECONDS = 86_400;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** When two values of a property are the same however they are written. */
export function valueKeyOf(app: Pick<App, 'homeCountry'>): ValueKey {
  const country = app.homeCountry();
  return (property, text) => {
    if (property === 'EMAIL') return emailKey(text) ?? text.toLowerCase();
    if (property === 'TEL') return phoneKey(text, country) ?? text.replace(/\s+/g, '');
    if (property === 'PHOTO' || property === 'URL') return text.replace(/\s+/g, '');
    return plain(text).replace(/\s+/g, ' ').trim();
  };
}

/** Two cards of a candidate side by side. */
export interface Comparison {
  readonly keep: Contact;
  readonly other: Contact;
  readonly fields: readonly Compared[];
}

/** Reads both cards; the one that says more is the one to keep. Throws `Refusal` 404. */
export async function compareContacts(
  app: Uses,
  actor: UserActor,
  left: CardPlace,
  right: CardPlace,
): Promise<Comparison> {
  const [a, b] = [await getContact(app, actor, left), await getContact(app, actor, right)];
  const says = (contact: Contact): number => openCard(contact.body).lines.length + (contact.hasPhoto ? 5 : 0);
  const [keep, other] = says(b) > says(a) ? [b, a] : [a, b];
  return { keep, other, fields: compareCards(keep.body, other.body, valueKeyOf(app)) };
}

/** Which cards become one, and which value stays where only one can. */
export interface MergeInput {
  readonly keep: CardPlace;
  readonly other: CardPlace;
  /** By the fields of `Compared`; `keep` where nothing is said. */
  readonly choices: Readonly<Record<string, Choice>>;
  /** Tags of the cards as they were seen; absent: whatever they are now. */
  readonly seen?: { readonly keep: string; readonly other: string };
}

/** A merge that was done; `batch` undoes it. */
export interface MergeDone extends CardPlace {
  readonly batch: string;
  readonly shownName: string;
}

/**
 * Makes one card of two, within one account: the kept one gets everything the other has, the other one is deleted, groups
 * name the kept one instead. What was there before is noted first, for undoing within the days of the trash.
 * Throws `Refusal` 404, 409 for one card given twice, 412 when a card was changed since it was seen.
 */
export function mergeContacts(app: Uses, actor: UserActor, input: MergeInput): Promise<MergeDone> {
  return mergeInto(app, actor, input, app.random.uuid());
}

async function mergeInto(app: Uses, actor: UserActor, input: MergeInput, batch: string): Promise<MergeDone> {
  const { keep: keepPlace, other: otherPlace, choices, seen } = input;
  if (keepPlace.collection === otherPlace.collection && keepPlace.name === otherPlace.name)
    throw new Refusal(409, 'These are one and the same contact.');
  const keep = await getContact(app, actor, keepPlace);
  const other = await getContact(app, actor, otherPlace);
  if (seen !== undefined && (seen.keep !== keep.etag || seen.other !== other.etag))
    throw new Refusal(
      412,
      'One of the contacts was changed elsewhere since it was shown. Look at both again.',
    );
  const now = nowUtc(app);
  const { body } = mergeCards(keep.body, other.body, { choices, nowUtc: now, keyOf: valueKeyOf(app) });
  if (body.byteLength > app.limits.maxCardBytes)
    throw new Refusal(413, 'The merged contact would be too large. Take a picture out of one of them first.');
  const groups = await groupsToChange(app, actor, keep, other, now);
  const parts: MergePart[] = [
    { ...keepPlace, role: 'kept', etagAfter: etagOf(body), body: keep.body },
    { ...otherPlace, role: 'other', etagAfter: null, body: other.body },
    ...groups.map(({ part }) => part),
  ];
  await app.db.write((tx) => insertMerge(tx, actor.principal, batch, now, parts));
  await putObject(app, actor, {
    collection: keep.book,
    name: keep.name,
    body,
    contentType: null,
    condition: unchanged(keep.etag),
  });
  for (const { part, after, etag } of groups)
    await putObject(app, actor, {
      collection: await getBook(app, actor, part.collection),
      name: part.name,
      body: after,
      contentType: null,
      condition: unchanged(etag),
    });
  await deleteObject(app, actor, other.book, other.name, unchanged(other.etag));
  return { ...keepPlace, batch, shownName: keep.values.shownName };
}

interface GroupChange {
  readonly part: MergePart;
  readonly after: Uint8Array;
  readonly etag: Contact['etag'];
}

/** Groups that name the other card: they are to name the kept one. */
async function groupsToChange(
  app: Uses,
  actor: UserActor,
  keep: Contact,
  other: Contact,
  now: number,
): Promise<readonly GroupChange[]> {
  if (keep.uid === other.uid) return [];
  const books = await listBooks(app, actor);
  await refreshContacts(app, actor.principal, books);
  const groups = await groupBodies(
    app.db,
    actor.principal,
    books.map((book) => book.id),
  );
  const changes: GroupChange[] = [];
  for (const { collection, name, etag, body } of groups) {
    const after = repointed(body, other.uid, keep.uid, now);
    if (after === null) continue;
    const part: MergePart = { role: 'group', collection, name, etagAfter: etagOf(after), body };
    changes.push({ part, after, etag });
  }
  return changes;
}

const memberId = (value: string): string => value.trim().replace(/^urn:uuid:/i, '');

/** A group whose member `from` is `to`; null when it does not name `from`. */
export function repointed(body: Uint8Array, from: string, to: string, now: number): Buffer | null {
  const card = openCard(body);
  const members = card.lines.filter((line) => /^(X-ADDRESSBOOKSERVER-)?MEMBER$/.test(line.name));
  const isThere = members.some((line) => memberId(line.value) === memberId(to));
  const splices: Splice[] = [];
  for (const line of members) {
    if (memberId(line.value) !== memberId(from)) continue;
    const value = /^urn:uuid:/i.test(line.value) ? `urn:uuid:${memberId(to)}` : to;
    const isDoubled = isThere || splices.length > 0;
    splices.push({
      start: line.start,
      end: line.end,
      text: isDoubled ? '' : lineFor(card, headOf(card, line), value),
    });
  }
  return splices.length === 0 ? null : stamped({ card, splices, added: [] }, now);
}

/** Merges several contacts into the first, one after the other; one batch undoes them all. Throws like `mergeContacts`. */
export async function mergeAll(
  app: Uses,
  actor: UserActor,
  keep: CardPlace,
  others: readonly CardPlace[],
): Promise<MergeDone> {
  const batch = app.random.uuid();
  let shownName = '';
  for (const other of others)
    ({ shownName } = await mergeInto(app, actor, { keep, other, choices: {} }, batch));
  return { ...keep, batch, shownName };
}

/** Merges every certain candidate, each into the card that says more; gives the batch that undoes them all, and how many. */
export async function mergeCertain(
  app: Uses,
  actor: UserActor,
): Promise<{ readonly batch: string; readonly count: number }> {
  const batch = app.random.uuid();
  let count = 0;
  // A card that was merged away may stand in the next candidate too: then the rest is looked for again.
  for (let round = 0; round < 50; round++) {
    const certain = (await findDuplicates(app, actor)).filter((each) => each.strength === 'certain');
    if (certain.length === 0) break;
    count += await mergeRound(app, actor, certain, batch);
  }
  return { batch, count };
}

async function mergeRound(
  app: Uses,
  actor: UserActor,
  certain: readonly Candidate[],
  batch: string,
): Promise<number> {
  const touched = new Set<number>();
  let count = 0;
  for (const { left, right } of certain) {
    if (touched.has(left.id) || touched.has(right.id)) continue;
    touched.add(left.id).add(right.id);
    const { keep, other } = await compareContacts(app, actor, left, right);
    await mergeInto(app, actor, { keep, other, choices: {} }, batch);
    count += 1;
  }
  return count;
}

/**
 * Takes back a merge, or all of a batch, newest first: every card is again what it was, byte for byte. Gives how many.
 * Throws `Refusal` 404 when it is not known or too long ago, 409 when a card was changed since.
 */
export async function undoMerge(app: Uses, actor: UserActor, batch: string): Promise<number> {
  const oldest = nowUtc(app) - app.limits.trashDays * DAY_SECONDS;
  const merges = (await mergesOf(app.db, actor.principal, batch)).filter(
    (merge) => merge.mergedUtc >= oldest,
  );
  if (merges.length === 0) throw new Refusal(404, 'This merge is not known any more.');
  let count = 0;
  for (const merge of merges) {
    if (merge.isUndone) continue;
    await undoOne(app, actor, merge.id);
    count += 1;
  }
  return count;
}

async function undoOne(app: Uses, actor: UserActor, merge: number): Promise<void> {
  const parts = await partsOf(app.db, merge);
  const due: MergePart[] = [];
  for (const part of parts) {
    const now = await getObject(app.db, part.collection, part.name);
    const etag = now?.object.etag ?? null;
    // What is as it was before needs nothing: the merge was cut short, or this is the second try.
    if (etag === etagOf(part.body)) continue;
    if (etag !== part.etagAfter)
      throw new Refusal(
        409,
        `"${part.name.slice(0, 80)}" was changed after the merge. Its earlier states are in its history.`,
      );
    due.push(part);
  }
  for (const part of due) {
    const collection = await getBook(app, actor, part.collection);
    const { name, body, etagAfter } = part;
    const condition = (current: string | null): boolean => current === etagAfter;
    await putObject(app, actor, { collection, name, body, contentType: null, condition });
  }
  await app.db.write((tx) => markUndone(tx, merge, nowUtc(app)));
}

/** Forgets merges that cannot be undone any more; gives how many. For a daily job. */
export function purgeMerges(app: Pick<App, 'db' | 'clock' | 'limits'>): Promise<number> {
  return app.db.write((tx) => purgeMergesBefore(tx, nowUtc(app) - app.limits.trashDays * DAY_SECONDS));
}
