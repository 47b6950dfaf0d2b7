import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { findHome, getCollection, listCollections } from '../collections/service.ts';
import { toCollectionId } from '../collections/store.ts';
import { Refusal } from '../errors.ts';
import { type Condition, getObject, moveObject, type PutResult, putObject } from '../objects/service.ts';
import type { CollectionId, ETag, ResourceOf, UserActor } from '../types.ts';
import { editCard, newCard } from '../vcard/edit.ts';
import { type Photo, photoTypeOf, readPhoto } from '../vcard/edit-photo.ts';
import { openCard } from '../vcard/edit-source.ts';
import { type CardValues, type OtherField, otherFields, readValues } from '../vcard/edit-values.ts';
import { refreshContacts, searchWords } from './derive.ts';
import { isGroupCard } from './match.ts';
import { letterOf, sortKey } from './sort.ts';
import { type ContactRow, type ListPlace, lettersOf, pageOf } from './store.ts';

export type { ContactRow } from './store.ts';

/** What the services of contacts use. */
export type Uses = Pick<
  App,
  'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules' | 'log' | 'homeCountry'
>;
/** Brands the row id of an address book. */
export function toBookId(id: number): CollectionId {
  return toCollectionId(id);
}

/** An address book. */
export type Book = ResourceOf<'addressbook'>;

/** Where a card stands. */
export interface CardPlace {
  readonly collection: CollectionId;
  readonly name: string;
}

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);
const gone = (): Refusal => new Refusal(404, 'This contact is not here any more.');

/** The actor's own address books, the default one first. */
export async function listBooks(app: Pick<App, 'db'>, actor: UserActor): Promise<readonly Book[]> {
  const home = await findHome(app.db, actor.principal, 'addressbook');
  if (home === null) return [];
  authorize(actor, 'read', home);
  return (await listCollections(app.db, home.id)).filter((each) => each.kind === 'addressbook');
}

/** An address book that the actor may read. Throws `Refusal` 404. */
export async function getBook(app: Pick<App, 'db'>, actor: UserActor, id: CollectionId): Promise<Book> {
  const found = await getCollection(app.db, id);
  if (found?.kind !== 'addressbook') throw new Refusal(404, 'There is no such address book.');
  authorize(actor, 'read', found);
  return found;
}

/** Which contacts to list. */
export interface ListQuery {
  /** Words that must all occur in names, organisations, addresses, numbers or notes; empty: every contact. */
  readonly query?: string;
  readonly book?: CollectionId;
  /** Begins with the names under this letter. */
  readonly letter?: string;
  /** `next` or `previous` of a page before. */
  readonly cursor?: string;
  readonly limit?: number;
}

/** A page of contacts in the order of names. */
export interface ContactPage {
  readonly items: readonly ContactRow[];
  readonly next: string | null;
  readonly previous: string | null;
  /** Letters of all that were found, in order. */
  readonly letters: readonly { readonly letter: string; readonly count: number }[];
  readonly total: number;
}

const PAGE = 200;

interface Cursor extends ListPlace {
  readonly isBackwards: boolean;
}

const cursorOf = (place: ListPlace | undefined, isBackwards: boolean): string | null =>
  place === undefined
    ? null
    : Buffer.from(JSON.stringify([isBackwards ? 1 : 0, place.id, place.sortKey])).toString('base64url');

function readCursor(text: string): Cursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [way, id, key]: unknown[] = Array.isArray(value) ? value : [];
    if (
      typeof way === 'number' &&
      typeof key === 'string' &&
      typeof id === 'number' &&
      Number.isSafeInteger(id)
    )
      return { isBackwards: way === 1, id, sortKey: key };
  } catch {
    // Falls through to the refusal: what cannot be read is no cursor.
  }
  throw new Refusal(400, 'This is no cursor of a list of contacts; begin again without one.');
}

/** Lists contacts of one or all books of the actor. Throws `Refusal` 404 for a book that is not there, 400 for a bad cursor. */
export async function listContacts(app: Uses, actor: UserActor, query: ListQuery): Promise<ContactPage> {
  const books =
    query.book === undefined ? await listBooks(app, actor) : [await getBook(app, actor, query.book)];
  await refreshContacts(app, actor.principal, books);
  const words = searchWords(query.query ?? '');
  const wanted = { owner: actor.principal, books: books.map((book) => book.id), words };
  const limit = Math.min(query.limit ?? PAGE, PAGE);
  const start = startOf(query);
  const isBackwards = start?.isBackwards ?? false;
  const rows = await pageOf(app.db, wanted, { place: start, isBackwards, limit: limit + 1 });
  const letters = await lettersOf(app.db, wanted);
  const hasMore = rows.length > limit;
  const items = isBackwards ? rows.slice(hasMore ? 1 : 0) : rows.slice(0, limit);
  const isAtStart = isBackwards ? !hasMore : start === null;
  const isAtEnd = isBackwards ? false : !hasMore;
  return {
    items,
    next: isAtEnd ? null : cursorOf(items.at(-1), false),
    previous: isAtStart ? null : cursorOf(items[0] ?? start ?? undefined, true),
    letters,
    total: letters.reduce((sum, row) => sum + row.count, 0),
  };
}

/** Before the first name under a letter; `#` is the beginning. */
function startOf({ cursor, letter }: ListQuery): Cursor | null {
  if (cursor !== undefined && cursor !== '') return readCursor(cursor);
  if (letter === undefined || letter === '' || letter === '#') return null;
  return { isBackwards: false, id: -1, sortKey: sortKey(letterOf(letter)) };
}

/** A card as its page shows it. */
export interface Contact extends CardPlace {
  readonly book: Book;
  readonly uid: string;
  readonly etag: ETag;
  readonly values: CardValues;
  readonly others: readonly OtherField[];
  readonly hasPhoto: boolean;
  readonly isGroup: boolean;
  readonly modifiedUtc: number;
  readonly body: Uint8Array;
}

/** Reads a card. Throws `Refusal` 404. */
export async function getContact(app: Pick<App, 'db'>, actor: UserActor, place: CardPlace): Promise<Contact> {
  const book = await getBook(app, actor, place.collection);
  const found = await getObject(app.db, book.id, place.name);
  if (found === null) throw gone();
  const card = openCard(found.body);
  return {
    collection: book.id,
    name: place.name,
    book,
    uid: found.object.uid,
    etag: found.object.etag,
    values: readValues(card),
    others: otherFields(card),
    hasPhoto: readPhoto(card) !== null,
    isGroup: isGroupCard({ properties: card.lines }),
    modifiedUtc: found.object.modifiedUtc,
    body: found.body,
  };
}

/** The picture of a card; null when it has none that is safe to show. Throws `Refusal` 404. */
export async function getContactPhoto(
  app: Pick<App, 'db'>,
  actor: UserActor,
  place: CardPlace,
): Promise<Photo | null> {
  return readPhoto(openCard((await getContact(app, actor, place)).body));
}

/** What a card is to hold; see `editCard`. */
export interface CardInput {
  /** Fields that are left out stay as they are; of a new card they are empty. */
  readonly values: Partial<CardValues>;
  /** Bytes of a picture; null takes it away, absent leaves it. */
  readonly photo?: Uint8Array | null;
}

/** A card that says nothing yet. */
export const NOTHING: CardValues = readValues({
  bytes: Buffer.alloc(0),
  version: '3.0',
  lines: [],
  lineEnd: '\r\n',
  endAt: 0,
});

function photoOf(bytes: Uint8Array | null | undefined): { photo?: Photo | null } {
  if (bytes === undefined) return {};
  if (bytes === null) return { photo: null };
  const type = photoTypeOf(bytes);
  if (type === null)
    throw new Refusal(415, 'This file is no picture that contacts can show. Use JPEG, PNG, GIF or WebP.');
  return { photo: { type, bytes } };
}

function checkSize(app: Pick<App, 'limits'>, body: Uint8Array): void {
  if (body.byteLength <= app.limits.maxCardBytes) return;
  const [found, most] = [body.byteLength, app.limits.maxCardBytes].map((bytes) => Math.ceil(bytes / 1024));
  throw new Refusal(
    413,
    `The contact would have ${found} KB; ${most} KB are allowed. Use a smaller picture.`,
  );
}

/** Makes a contact. Throws what `putObject` throws, `Refusal` 400 for a bad date, 413 and 415 for the picture. */
export async function createContact(
  app: Uses,
  actor: UserActor,
  collection: CollectionId,
  input: CardInput,
): Promise<CardPlace & { readonly etag: ETag }> {
  const book = await getBook(app, actor, collection);
  const id = app.random.uuid();
  const body = newCard(
    `urn:uuid:${id}`,
    { ...NOTHING, ...input.values },
    { nowUtc: nowUtc(app), ...photoOf(input.photo) },
  );
  checkSize(app, body);
  const name = `${id}.vcf`;
  const isNew: Condition = (current) => current === null;
  const { etag } = await putObject(app, actor, {
    collection: book,
    name,
    body,
    contentType: null,
    condition: isNew,
  });
  return { collection, name, etag };
}

/** Condition of a write that replaces what was read. */
export function unchanged(etag: ETag): Condition {
  return (current) => current === etag;
}

/** Changes a contact that still is as it was read. Throws `Refusal` 412 when it is not, and what `createContact` throws. */
export async function updateContact(
  app: Uses,
  actor: UserActor,
  place: CardPlace,
  input: CardInput & { readonly etag: string },
): Promise<PutResult> {
  const contact = await getContact(app, actor, place);
  if (contact.etag !== input.etag)
    throw new Refusal(412, 'This contact was changed elsewhere since it was opened. Read it again first.');
  const body = editCard(
    contact.body,
    { ...contact.values, ...input.values },
    { nowUtc: nowUtc(app), ...photoOf(input.photo) },
  );
  checkSize(app, body);
  const condition = unchanged(contact.etag);
  return putObject(app, actor, {
    collection: contact.book,
    name: place.name,
    body,
    contentType: null,
    condition,
  });
}

/** Moves contacts into another book under their names, or new ones where those are taken; gives where they are now. */
export async function moveContacts(
  app: Uses,
  actor: UserActor,
  places: readonly CardPlace[],
  target: CollectionId,
): Promise<readonly CardPlace[]> {
  const to = await getBook(app, actor, target);
  const options = { overwrite: false, sourceCondition: null, targetCondition: null };
  const moved: CardPlace[] = [];
  for (const place of places) {
    if (place.collection === target) continue;
    const from = await getBook(app, actor, place.collection);
    const isTaken = (await getObject(app.db, target, place.name)) !== null;
    const name = isTaken ? `${app.random.uuid()}.vcf` : place.name;
    await moveObject(app, actor, { collection: from, name: place.name }, { collection: to, name }, options);
    moved.push({ collection: target, name });
  }
  return moved;
}

/** Some cards as a .vcf file holds them. Throws `Refusal` 404 for one that is not there. */
export async function exportContacts(
  app: Pick<App, 'db'>,
  actor: UserActor,
  places: readonly CardPlace[],
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const place of places) parts.push(endedByBreak((await getContact(app, actor, place)).body));
  return Buffer.concat(parts);
}

/** A card that another one may follow in a file. */
export function endedByBreak(body: Uint8Array): Uint8Array {
  return body.at(-1) === 10 ? body : Buffer.concat([body, Buffer.from('\r\n')]);
}
