import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import {
  addTexts,
  type BookBehind,
  bookBehind,
  booksBehind,
  cardsSince,
  dropOrphans,
  ensureTextIndex,
  noteSearched,
  textRows,
} from './card-store.ts';
import { isBuilt } from './state-store.ts';

/**
 * The text index of SQLite follows behind: adding a card to it at once would double what a PUT costs, a hundred together
 * cost a quarter of that each. A search looks through the cards that are not in it yet one by one.
 */

const CARDS_PER_WRITE = 100;
const BOOKS_AT_ONCE = 100;
const ROWS_AT_ONCE = 1000;

const isReady = ({ recipe, after }: BookBehind): boolean => isBuilt({ recipe, after }, 'addressbook');

/** Brings the text index up to date with the books; gives how many cards were added, `most` or a few more. */
export async function catchUpTexts(app: Pick<App, 'db'>, most: number): Promise<number> {
  if (app.db.dialect !== 'sqlite') return 0;
  const books = (await booksBehind(app.db, BOOKS_AT_ONCE)).filter(isReady);
  if (books.length === 0 || !(await app.db.write(ensureTextIndex))) return 0;
  let count = 0;
  for (const { id } of books) {
    let added = 0;
    do {
      added = await app.db.write(async (tx) => {
        const book = await bookBehind(tx, id);
        if (book === null || !isReady(book)) return 0;
        const cards = await cardsSince(tx, id, book.searched, CARDS_PER_WRITE);
        await addTexts(tx, id, cards);
        const isLast = cards.length < CARDS_PER_WRITE;
        await noteSearched(tx, id, isLast ? book.revision : (cards.at(-1)?.revision ?? book.revision));
        return cards.length;
      });
      count += added;
      await turn();
    } while (added === CARDS_PER_WRITE && count < most);
    if (count >= most) break;
  }
  return count;
}

/** Takes what is left of removed and moved cards out of the text index; gives how many. Nothing finds it meanwhile. A job. */
export async function sweepTexts(app: Pick<App, 'db'>): Promise<number> {
  if (app.db.dialect !== 'sqlite' || !(await app.db.write(ensureTextIndex))) return 0;
  let after = '0';
  let count = 0;
  for (;;) {
    const swept = await app.db.write(async (tx) => {
      const rows = await textRows(tx, after, ROWS_AT_ONCE);
      const [first, last] = [rows.at(0), rows.at(-1)];
      if (first === undefined || last === undefined) return null;
      return { last, dropped: await dropOrphans(tx, first, last) };
    });
    if (swept === null) return count;
    after = swept.last;
    count += swept.dropped;
    await turn();
  }
}
