import type { App } from '../app.ts';
import type { ObjectCollection, PrincipalId } from '../types.ts';
import { photoTypeOfLines } from '../vcard/edit-photo.ts';
import { type EditableCard, openCard } from '../vcard/edit-source.ts';
import { type CardValues, readValues, textOf } from '../vcard/edit-values.ts';
import type { HomeCountry } from './country.ts';
import { isGroupCard, matchKeys, phoneKey, plain, shownNameOf } from './match.ts';
import { letterOf, sortKey } from './sort.ts';
import {
  bookStates,
  booksBehind,
  type CardBody,
  cardsAfter,
  type DerivedContact,
  forgetMoved,
  markDerived,
  storeDerived,
} from './store.ts';

/**
 * The list of contacts is derived from the cards and follows them by the revisions of their books: whoever asks for the
 * list first brings it up to date. It can be thrown away at any time.
 */

type Uses = Pick<App, 'db' | 'limits' | 'log' | 'homeCountry'>;

/** Goes up when rows are derived in another way; then all are derived anew. */
const RECIPE = 1;
const BATCH = 500;
const BOOKS_AT_ONCE = 100;
const MAX_TEXT_LENGTH = 4000;

/** Brings the derived list of these books up to date: nothing to do for a book that has not changed. */
export async function refreshContacts(
  app: Uses,
  owner: PrincipalId,
  books: readonly Pick<ObjectCollection, 'id' | 'revision'>[],
): Promise<void> {
  const states = await bookStates(
    app.db,
    books.map((book) => book.id),
  );
  const recipe = recipeOf(app);
  const due = books.filter((book) => {
    const state = states.get(book.id);
    return state?.recipe !== recipe || state.revision < book.revision;
  });
  if (due.length === 0) return;
  const country = app.homeCountry();
  for (const book of due) {
    const state = states.get(book.id);
    let after = state?.recipe === recipe ? state.revision : 0;
    for (;;) {
      const cards = await cardsAfter(app.db, book.id, after, BATCH);
      const last = cards.at(-1);
      if (last === undefined) break;
      const derived = cards.flatMap((card) => derivedOrNone(app, card, country));
      await app.db.write((tx) => storeDerived(tx, owner, derived));
      after = last.revision;
    }
    const revision = Math.max(after, book.revision);
    await app.db.write(async (tx) => {
      await forgetMoved(tx, book.id);
      await markDerived(tx, book.id, { revision, recipe });
    });
  }
}

/**
 * Brings every book up to date that has changed, so that nobody waits for it after a large import; gives how many books. For
 * a frequent job: it costs one statement when nothing has changed.
 */
export async function refreshAllContacts(app: Uses): Promise<number> {
  const behind = await booksBehind(app.db, recipeOf(app), BOOKS_AT_ONCE);
  for (const { owner, ...book } of behind) await refreshContacts(app, owner, [book]);
  return behind.length;
}

/** Rows of another recipe or country are stale whatever their revision. */
export function recipeOf(app: Pick<App, 'limits'>): string {
  return `${RECIPE}/${app.limits.defaultCountry || Intl.DateTimeFormat().resolvedOptions().timeZone}`;
}

function derivedOrNone(app: Pick<App, 'log'>, card: CardBody, country: HomeCountry): DerivedContact[] {
  try {
    return [derive(card, country)];
  } catch (error) {
    app.log.warn('contacts.failed', { object: card.id, error: String(error) });
    return [];
  }
}

function derive({ id, etag, body }: CardBody, country: HomeCountry): DerivedContact {
  const card = openCard(body);
  const values = readValues(card);
  const matchable = { properties: card.lines };
  const shown =
    (shownNameOf(matchable) || values.organization || values.emails[0]?.value) ??
    values.phones[0]?.value ??
    '';
  const shownName = safe(shown).slice(0, 300);
  return {
    id,
    etag,
    isGroup: isGroupCard(matchable),
    letter: letterOf(shownName),
    sortKey: sortKey(shownName),
    shownName,
    organization: safe(values.organization).slice(0, 200),
    phone: safe(values.phones[0]?.value ?? '').slice(0, 60),
    email: safe(values.emails[0]?.value ?? '').slice(0, 254),
    hasPhoto: photoTypeOfLines(card.lines) !== null,
    texts: searchTexts(card, values, country),
    keys: matchKeys(matchable, country).map((key) => ({ ...key, text: safe(key.text).slice(0, 400) })),
  };
}

/** Databases take no NUL, and JSON no half of a pair. */
const safe = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '');

const digitsOf = (text: string): string => text.replace(/\D/g, '');

function searchTexts(card: EditableCard, values: CardValues, country: HomeCountry): string {
  const notes = card.lines.filter((line) => line.name === 'NOTE').map(textOf);
  const { name } = values;
  const texts = [
    values.shownName,
    [name.prefix, name.given, name.additional, name.family, name.suffix].join(' '),
    values.nickname,
    `${values.organization} ${values.department} ${values.title}`,
    ...values.emails.map((row) => row.value),
    ...values.phones.flatMap((row) => [digitsOf(row.value), digitsOf(phoneKey(row.value, country) ?? '')]),
    ...notes,
  ];
  return safe(foldedForSearch(texts.join('\n').slice(0, MAX_TEXT_LENGTH)));
}

/** Text as searching compares it. */
export function foldedForSearch(text: string): string {
  return plain(text);
}

/** The words of a search, folded; what looks like a phone number is one word of its digits. */
export function searchWords(query: string): readonly string[] {
  const text = query.trim().slice(0, 200);
  if (/^[\d\s()+/.-]+$/.test(text) && /\d/.test(text)) return [digitsOf(text).replace(/^0+(?=\d)/, '')];
  return foldedForSearch(text)
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 8)
    .map((word) => word.replace(/\0/g, ''));
}
