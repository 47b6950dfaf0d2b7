import type { Bind, Db, Tx } from '../db/database.ts';
import { turn } from '../db/patience.ts';
import type { CollectionId } from '../types.ts';
import { SEARCHED_FIELDS } from '../vcard/fields.ts';
import type { FieldProbe } from '../vcard/filter.ts';

/**
 * Searching of cards. SQLite: a full-text index of trigrams over the fields people search in, which follows the revisions of
 * the books; its row ids hold the book in their upper half, so that one book is one range. PostgreSQL has its own (pg_trgm).
 */

const FIELDS = [...SEARCHED_FIELDS].map((field) => `'${field}'`).join(', ');

const IN_VALUE = 'instr(f.value, ?) > 0';

/** One condition in SQL: never narrower than the probe, not always as narrow. */
function condition(
  db: Db,
  { text, matchType }: FieldProbe,
): { readonly sql: string; readonly binds: readonly Bind[] } {
  if (matchType === 'equals') return { sql: 'f.value = ?', binds: [text] };
  if (matchType === 'starts-with' && text !== '')
    // No value holds the last character there is.
    return { sql: 'f.value >= ? AND f.value < ?', binds: [text, `${text}\u{10ffff}`] };
  // SQLite refuses long patterns; PostgreSQL has its index for patterns.
  if (db.dialect === 'sqlite') return { sql: IN_VALUE, binds: [text] };
  return { sql: `f.value LIKE ? ESCAPE '\\'`, binds: [`%${text.replace(/[\\%_]/g, '\\$&')}%`] };
}

/** Values that SQLite looks through in one statement: it holds the event loop meanwhile. */
const VALUES_AT_ONCE = 20_000;

/**
 * Finds the cards of a book with a field that meets a probe, and stops at `most` of them; on SQLite in pieces between which
 * others come in.
 */
export async function cardsWith(
  db: Db,
  book: CollectionId,
  probe: FieldProbe,
  most: number = Number.POSITIVE_INFINITY,
): Promise<readonly number[]> {
  const { sql, binds } = condition(db, probe);
  const all = `SELECT f.object_id FROM cardfields f WHERE f.collection_id = ? AND f.field = ? AND ${sql}`;
  const found: number[] = [];
  const ask = async (more: string, values: readonly Bind[]): Promise<void> => {
    const limit = most === Number.POSITIVE_INFINITY ? [] : [most - found.length];
    const statement = `${all}${more}${limit.length === 0 ? '' : ' LIMIT ?'}`;
    const rows = await db.all<{ object_id: number }>(statement, [
      book,
      probe.field,
      ...binds,
      ...values,
      ...limit,
    ]);
    for (const row of rows) found.push(row.object_id);
  };
  // Everything sorts at or after the empty text.
  let from = '';
  while (db.dialect === 'sqlite' && sql === IN_VALUE && found.length < most) {
    const until = await lastOfPiece(db, book, probe.field, from);
    if (until === null) break;
    await ask(' AND f.value >= ? AND f.value <= ?', [from, until]);
    from = until;
    await turn();
  }
  if (found.length < most) await (from === '' ? ask('', []) : ask(' AND f.value >= ?', [from]));
  return found;
}

/** The value that ends the piece of a field's values after another; null when it reaches to the end. */
async function lastOfPiece(db: Db, book: CollectionId, field: string, after: string): Promise<string | null> {
  const row = await db.get<{ value: string }>(
    `SELECT f.value FROM cardfields f WHERE f.collection_id = ? AND f.field = ? AND f.value > ?
     ORDER BY f.value LIMIT 1 OFFSET ${VALUES_AT_ONCE}`,
    [book, field, after],
  );
  return row?.value ?? null;
}

/** Fields of some cards, found by the cards: never by the field or its value, whatever the planner thinks of these. */
const AMONG = {
  sqlite: () =>
    `SELECT f.object_id FROM json_each(?) AS j CROSS JOIN cardfields f
     WHERE f.object_id = j.value AND +f.collection_id = ? AND +f.field = ?`,
  postgres: ({ oneOfNumbers }: Db) =>
    `WITH f AS MATERIALIZED (SELECT * FROM cardfields WHERE object_id IN ${oneOfNumbers})
     SELECT f.object_id FROM f WHERE f.collection_id = ? AND f.field = ?`,
} as const;

/** Those of some cards that meet a probe. */
export async function cardsAmong(
  db: Db,
  book: CollectionId,
  ids: readonly number[],
  probe: FieldProbe,
): Promise<readonly number[]> {
  const { sql, binds } = condition(db, probe);
  const rows = await db.all<{ object_id: number }>(`${AMONG[db.dialect](db)} AND ${sql}`, [
    JSON.stringify(ids),
    ...[book, probe.field],
    ...binds,
  ]);
  return rows.map((row) => row.object_id);
}

/** Row ids of the text index: the book above, the card below. */
const LOW_HALF = 4_294_967_295;

/** Cards of a book, in order of id after `after`, whose texts hold what `match` says in the language of FTS5. */
export async function textHits(
  db: Db,
  book: CollectionId,
  match: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await db.all<{ id: number }>(
    `SELECT rowid & ${LOW_HALF} AS id FROM cardsearch WHERE cardsearch MATCH ?
       AND rowid > (? << 32) + CAST(? AS INTEGER) AND rowid <= (? << 32) + ${LOW_HALF} ORDER BY rowid LIMIT ?`,
    [match, book, after, book, limit],
  );
  return rows.map((row) => row.id);
}

/** A card by id and revision. */
export interface RevisedCard {
  readonly id: number;
  readonly revision: number;
}

/** Cards of a book that were written after a revision, in that order. */
export function cardsSince(
  db: Db,
  book: CollectionId,
  revision: number,
  limit: number,
): Promise<readonly RevisedCard[]> {
  const sql =
    'SELECT id, revision FROM objects WHERE collection_id = ? AND revision > ? ORDER BY revision LIMIT ?';
  return db.all<RevisedCard>(sql, [book, revision, limit]);
}

/** Makes the text index where SQLite was built with it; gives whether there is one. */
export async function ensureTextIndex(tx: Tx): Promise<boolean> {
  if (tx.dialect !== 'sqlite') return false;
  const row = await tx.get<{ has: number }>(`SELECT sqlite_compileoption_used('ENABLE_FTS5') AS has`);
  if (row?.has !== 1) return false;
  await tx.run(`CREATE VIRTUAL TABLE IF NOT EXISTS cardsearch USING fts5
    (text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1')`);
  return true;
}

/** Writes the texts of cards of a book into the index, up to the revision of the last. */
export async function addTexts(tx: Tx, book: CollectionId, cards: readonly RevisedCard[]): Promise<void> {
  await tx.run(
    `INSERT OR REPLACE INTO cardsearch (rowid, text)
     SELECT (? << 32) + j.value, group_concat(f.value, char(10)) FROM json_each(?) AS j
     CROSS JOIN cardfields f ON f.object_id = j.value WHERE f.field IN (${FIELDS}) GROUP BY j.value`,
    [book, JSON.stringify(cards.map((card) => card.id))],
  );
}

/** Notes up to which revision the texts of a book are in the index. */
export async function noteSearched(tx: Tx, book: CollectionId, revision: number): Promise<void> {
  await tx.run('UPDATE collections SET searched_revision = ? WHERE id = ?', [revision, book]);
}

/** A book some of whose cards are not in the text index yet. */
export interface BookBehind {
  readonly id: CollectionId;
  readonly recipe: string | null;
  readonly after: number | null;
  readonly revision: number;
  readonly searched: number;
}

const BOOK = `SELECT id, index_recipe AS recipe, index_after AS after, revision, searched_revision AS searched
  FROM collections WHERE holds = 'addressbook' AND kind <> 'home' AND deleted_utc IS NULL`;

/** Live books that have moved on since their texts were read. */
export function booksBehind(db: Db, limit: number): Promise<readonly BookBehind[]> {
  return db.all<BookBehind>(`${BOOK} AND searched_revision < revision ORDER BY id LIMIT ?`, [limit]);
}

/** One of these books, as it is now. */
export async function bookBehind(db: Db, book: CollectionId): Promise<BookBehind | null> {
  return (await db.get<BookBehind>(`${BOOK} AND id = ?`, [book])) ?? null;
}

/** Row ids of the text index after one, as text: they may be larger than a number is exact. */
export async function textRows(tx: Tx, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tx.all<{ row: string }>(
    'SELECT CAST(id AS TEXT) AS row FROM cardsearch_docsize WHERE id > CAST(? AS INTEGER) ORDER BY id LIMIT ?',
    [after, limit],
  );
  return rows.map(({ row }) => row);
}

/** Takes rows out of the text index, from the first to the last, whose cards are gone or moved away; gives how many. */
export function dropOrphans(tx: Tx, first: string, last: string): Promise<number> {
  return tx.run(
    `DELETE FROM cardsearch WHERE rowid IN (
       SELECT d.id FROM cardsearch_docsize d
       LEFT JOIN objects o ON o.id = (d.id & ${LOW_HALF}) AND o.collection_id = (d.id >> 32)
       WHERE d.id BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) AND o.id IS NULL)`,
    [first, last],
  );
}
