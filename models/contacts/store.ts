import type { Bind, Db, Tx } from '../db/database.ts';
import { toETag } from '../objects/etag.ts';
import type { CollectionId, ETag, PrincipalId } from '../types.ts';
import type { MatchReason } from './match.ts';

/** A contact as lists show it. */
export interface ContactRow {
  readonly id: number;
  readonly collection: CollectionId;
  readonly name: string;
  readonly uid: string;
  readonly etag: ETag;
  readonly shownName: string;
  readonly organization: string;
  readonly phone: string;
  readonly email: string;
  readonly hasPhoto: boolean;
  readonly isGroup: boolean;
  readonly sortKey: string;
}

/** What is derived of one card. */
export interface DerivedContact {
  readonly id: number;
  readonly etag: string;
  readonly isGroup: boolean;
  readonly letter: string;
  readonly sortKey: string;
  readonly shownName: string;
  readonly organization: string;
  readonly phone: string;
  readonly email: string;
  readonly hasPhoto: boolean;
  /** Folded texts for searching. */
  readonly texts: string;
  readonly keys: readonly { readonly reason: MatchReason; readonly text: string }[];
}

/** How far the contacts of a book were derived, and by which recipe. */
export interface BookState {
  readonly revision: number;
  readonly recipe: string;
}

/** A card whose row is to be derived. */
export interface CardBody {
  readonly id: number;
  readonly etag: string;
  readonly revision: number;
  readonly body: Uint8Array;
}

const rowsOf = (db: Db): string =>
  db.dialect === 'sqlite' ? 'json_each(?) AS j' : 'jsonb_array_elements(CAST(? AS jsonb)) AS j(value)';

/** How far each book was derived. */
export async function bookStates(
  db: Db,
  books: readonly CollectionId[],
): Promise<ReadonlyMap<CollectionId, BookState>> {
  const rows = await db.all<BookState & { collection_id: CollectionId }>(
    `SELECT collection_id, revision, recipe FROM contact_books WHERE collection_id IN ${db.oneOfNumbers}`,
    [JSON.stringify(books)],
  );
  return new Map(rows.map(({ collection_id, revision, recipe }) => [collection_id, { revision, recipe }]));
}

/** Live books that have moved on since they were derived, or were derived by another recipe. */
export function booksBehind(
  db: Db,
  recipe: string,
  limit: number,
): Promise<readonly { readonly id: CollectionId; readonly owner: PrincipalId; readonly revision: number }[]> {
  return db.all(
    `SELECT c.id, c.owner_id AS owner, c.revision FROM collections c LEFT JOIN contact_books s ON s.collection_id = c.id
     WHERE c.kind = 'addressbook' AND c.deleted_utc IS NULL AND c.revision > 0
       AND (s.recipe IS NULL OR s.recipe <> ? OR s.revision < c.revision) ORDER BY c.id LIMIT ?`,
    [recipe, limit],
  );
}

/** Cards of a book that were written after a revision, in that order. */
export function cardsAfter(
  db: Db,
  book: CollectionId,
  revision: number,
  limit: number,
): Promise<readonly CardBody[]> {
  return db.all<CardBody>(
    'SELECT id, etag, revision, body FROM objects WHERE collection_id = ? AND revision > ? ORDER BY revision LIMIT ?',
    [book, revision, limit],
  );
}

/** Writes derived rows; a card that has changed or gone since it was read is left out and comes with its own revision. */
export async function storeDerived(
  tx: Tx,
  owner: PrincipalId,
  contacts: readonly DerivedContact[],
): Promise<void> {
  const ids = JSON.stringify(contacts.map((each) => each.id));
  await tx.run(`DELETE FROM contact_keys WHERE object_id IN ${tx.oneOfNumbers}`, [ids]);
  await tx.run(`DELETE FROM contacts WHERE object_id IN ${tx.oneOfNumbers}`, [ids]);
  const rows = contacts.map((c) => [
    c.id,
    c.etag,
    c.isGroup ? 1 : 0,
    c.letter,
    c.sortKey,
    c.shownName,
    c.organization,
    c.phone,
    c.email,
    c.hasPhoto ? 1 : 0,
    c.texts,
  ]);
  await tx.run(
    `INSERT INTO contacts (object_id, collection_id, owner_id, etag, is_group, letter, sort_key, shown_name, organization,
       phone, email, has_photo, texts)
     SELECT o.id, o.collection_id, ?, o.etag, CAST(j.value ->> 2 AS INTEGER), j.value ->> 3, j.value ->> 4, j.value ->> 5,
       j.value ->> 6, j.value ->> 7, j.value ->> 8, CAST(j.value ->> 9 AS INTEGER), j.value ->> 10
     FROM ${rowsOf(tx)} JOIN objects o ON o.id = CAST(j.value ->> 0 AS BIGINT) AND o.etag = j.value ->> 1`,
    [owner, JSON.stringify(rows)],
  );
  const keys = contacts.flatMap((c) => c.keys.map((key) => [c.id, c.etag, key.reason, key.text]));
  await tx.run(
    `INSERT INTO contact_keys (object_id, owner_id, reason, value)
     SELECT o.id, ?, j.value ->> 2, j.value ->> 3
     FROM ${rowsOf(tx)} JOIN objects o ON o.id = CAST(j.value ->> 0 AS BIGINT) AND o.etag = j.value ->> 1`,
    [owner, JSON.stringify(keys)],
  );
}

/** Notes how far a book is derived; never goes back while the recipe is the same. */
export async function markDerived(tx: Tx, book: CollectionId, state: BookState): Promise<void> {
  await tx.run(
    `INSERT INTO contact_books (collection_id, revision, recipe) VALUES (?, ?, ?)
     ON CONFLICT (collection_id) DO UPDATE SET recipe = excluded.recipe, revision = CASE
       WHEN contact_books.recipe = excluded.recipe AND contact_books.revision > excluded.revision
       THEN contact_books.revision ELSE excluded.revision END`,
    [book, state.revision, state.recipe],
  );
}

/** Forgets rows of cards that were moved out of a book; those of deleted cards go by themselves. */
export async function forgetMoved(tx: Tx, book: CollectionId): Promise<void> {
  await tx.run(
    `DELETE FROM contacts WHERE collection_id = ? AND NOT EXISTS
       (SELECT 1 FROM objects o WHERE o.id = contacts.object_id AND o.collection_id = contacts.collection_id)`,
    [book],
  );
}

interface Row {
  readonly id: number;
  readonly collection_id: CollectionId;
  readonly name: string;
  readonly uid: string;
  readonly etag: string;
  readonly shown_name: string;
  readonly organization: string;
  readonly phone: string;
  readonly email: string;
  readonly has_photo: number;
  readonly is_group: number;
  readonly sort_key: string;
}

const COLUMNS = `k.object_id AS id, k.collection_id, o.name, o.uid, o.etag, k.shown_name, k.organization, k.phone, k.email,
  k.has_photo, k.is_group, k.sort_key`;

const toContact = (row: Row): ContactRow => ({
  id: row.id,
  collection: row.collection_id,
  name: row.name,
  uid: row.uid,
  etag: toETag(row.etag),
  shownName: row.shown_name,
  organization: row.organization,
  phone: row.phone,
  email: row.email,
  hasPhoto: row.has_photo !== 0,
  isGroup: row.is_group !== 0,
  sortKey: row.sort_key,
});

/** Which contacts are meant: of these books, holding all these folded words. */
export interface Wanted {
  readonly owner: PrincipalId;
  readonly books: readonly CollectionId[];
  readonly words: readonly string[];
}

/** A place in the list. */
export interface ListPlace {
  readonly sortKey: string;
  readonly id: number;
}

function conditions(db: Db, wanted: Wanted): { readonly sql: string; readonly binds: readonly Bind[] } {
  const words = wanted.words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  return {
    sql: `k.owner_id = ? AND k.collection_id IN ${db.oneOfNumbers}${words.map(() => ` AND k.texts LIKE ? ESCAPE '\\'`).join('')}`,
    binds: [wanted.owner, JSON.stringify(wanted.books), ...words],
  };
}

/** A page of the list behind (or, backwards, before) a place, always in the order of names. */
export async function pageOf(
  db: Db,
  wanted: Wanted,
  page: { readonly place: ListPlace | null; readonly isBackwards: boolean; readonly limit: number },
): Promise<readonly ContactRow[]> {
  const { place, isBackwards, limit } = page;
  const { sql, binds } = conditions(db, wanted);
  const [sign, order] = isBackwards ? ['<', 'DESC'] : ['>', 'ASC'];
  const from = place === null ? '' : ` AND (k.sort_key, k.object_id) ${sign} (?, CAST(? AS BIGINT))`;
  const rows = await db.all<Row>(
    `SELECT ${COLUMNS} FROM contacts k JOIN objects o ON o.id = k.object_id WHERE ${sql}${from}
     ORDER BY k.sort_key ${order}, k.object_id ${order} LIMIT ?`,
    [...binds, ...(place === null ? [] : [place.sortKey, place.id]), limit],
  );
  const contacts = rows.map(toContact);
  return isBackwards ? contacts.reverse() : contacts;
}

/** The letters names begin with, in the order of the list, with how many there are of each. */
export function lettersOf(
  db: Db,
  wanted: Wanted,
): Promise<readonly { readonly letter: string; readonly count: number }[]> {
  const { sql, binds } = conditions(db, wanted);
  return db.all(
    `SELECT k.letter, CAST(count(*) AS INTEGER) AS count FROM contacts k WHERE ${sql}
     GROUP BY k.letter ORDER BY min(k.sort_key)`,
    binds,
  );
}

/** Contacts by row id, in any order. */
export async function contactsByIds(
  db: Db,
  owner: PrincipalId,
  books: readonly CollectionId[],
  ids: readonly number[],
): Promise<readonly ContactRow[]> {
  const rows = await db.all<Row>(
    `SELECT ${COLUMNS} FROM contacts k JOIN objects o ON o.id = k.object_id
     WHERE k.object_id IN ${db.oneOfNumbers} AND k.owner_id = ? AND k.collection_id IN ${db.oneOfNumbers}`,
    [JSON.stringify(ids), owner, JSON.stringify(books)],
  );
  return rows.map(toContact);
}

/** Groups of somebody's books with their bodies. */
export async function groupBodies(
  db: Db,
  owner: PrincipalId,
  books: readonly CollectionId[],
): Promise<
  readonly {
    readonly collection: CollectionId;
    readonly name: string;
    readonly etag: ETag;
    readonly body: Uint8Array;
  }[]
> {
  const rows = await db.all<{ collection_id: CollectionId; name: string; etag: string; body: Uint8Array }>(
    `SELECT o.collection_id, o.name, o.etag, o.body FROM contacts k JOIN objects o ON o.id = k.object_id
     WHERE k.owner_id = ? AND k.is_group = 1 AND k.collection_id IN ${db.oneOfNumbers}`,
    [owner, JSON.stringify(books)],
  );
  return rows.map((row) => ({ ...row, collection: row.collection_id, etag: toETag(row.etag) }));
}

/** A key that more than one contact has, and who has it. */
export interface SharedKey {
  readonly reason: MatchReason;
  readonly value: string;
  readonly object_id: number;
}

/** Every key that several contacts of these books share, by key. */
export function sharedKeys(
  db: Db,
  owner: PrincipalId,
  books: readonly CollectionId[],
): Promise<readonly SharedKey[]> {
  return db.all<SharedKey>(
    `SELECT k.reason, k.value, k.object_id FROM contact_keys k
     JOIN (SELECT reason, value FROM contact_keys WHERE owner_id = ? GROUP BY reason, value HAVING count(*) > 1) s
       ON s.reason = k.reason AND s.value = k.value
     JOIN contacts c ON c.object_id = k.object_id AND c.collection_id IN ${db.oneOfNumbers}
     WHERE k.owner_id = ? ORDER BY k.reason, k.value, k.object_id`,
    [owner, JSON.stringify(books), owner],
  );
}

/** Who has one of these keys; `values` are those of one reason. */
export function holdersOf(
  db: Db,
  owner: PrincipalId,
  reason: MatchReason,
  values: readonly string[],
): Promise<readonly SharedKey[]> {
  return db.all<SharedKey>(
    `SELECT reason, value, object_id FROM contact_keys WHERE owner_id = ? AND reason = ? AND value IN ${db.oneOf}`,
    [owner, reason, JSON.stringify(values)],
  );
}
