import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import type { CollectionId } from '../types.ts';
import { SEARCHED_FIELDS } from '../vcard/fields.ts';
import type { FieldProbe, IndexedFilter } from '../vcard/filter.ts';
import { cardsAmong, cardsSince, cardsWith, textHits } from './card-store.ts';

/** Candidates for a search of cards: all that pass and some more; the filter decides. */

type Uses = Pick<App, 'db'>;

const IDS_PER_PAGE = 500;
const GRAM = 3;
/** A long text is found by some of its trigrams: the others would only make the search dearer. */
const MAX_GRAMS = 64;

/** Ids of the cards of a book that may meet a filter, a page at a time, none twice. `searched`: the revision of its text index. */
export async function* cardCandidates(
  app: Uses,
  book: CollectionId,
  filter: IndexedFilter,
  searched: number,
): AsyncGenerator<readonly number[]> {
  const match = searched > 0 ? matchOf(filter) : null;
  if (match === null) {
    const probing = await cardsMeeting(app, book, filter);
    for (let at = 0; at < probing.length; at += IDS_PER_PAGE) yield probing.slice(at, at + IDS_PER_PAGE);
    return;
  }
  const seen = new Set<number>();
  for await (const ids of hits(app, book, match, searched)) {
    const fresh = ids.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    yield await probed(filter, (probe) => cardsAmong(app.db, book, fresh, probe));
  }
}

/** Cards that the text index names, then those that it does not know yet. */
async function* hits(
  app: Uses,
  book: CollectionId,
  match: string,
  searched: number,
): AsyncGenerator<readonly number[]> {
  let after = 0;
  for (;;) {
    const ids = await textHits(app.db, book, match, { after, limit: IDS_PER_PAGE });
    if (ids.length > 0) yield ids;
    if (ids.length < IDS_PER_PAGE) break;
    after = ids.at(-1) ?? after;
  }
  let revision = searched;
  for (;;) {
    const cards = await cardsSince(app.db, book, revision, IDS_PER_PAGE);
    if (cards.length > 0) yield cards.map((card) => card.id);
    if (cards.length < IDS_PER_PAGE) return;
    revision = cards.at(-1)?.revision ?? revision;
  }
}

/** A condition that no more cards meet narrows the others down. */
const FEW = 1000;

/** Cards whose fields meet the conditions. Where all must hold, those that few cards meet are looked through for the others. */
async function cardsMeeting(
  app: Uses,
  book: CollectionId,
  filter: IndexedFilter,
): Promise<readonly number[]> {
  const { test, probes } = filter;
  for (const [at, probe] of test === 'allof' && probes.length > 1 ? probes.entries() : []) {
    const few = await cardsWith(app.db, book, probe, FEW + 1);
    if (few.length > FEW) continue;
    const others = { test, probes: probes.filter((_, other) => other !== at) };
    return probed(others, (other) => cardsAmong(app.db, book, few, other));
  }
  return probed(filter, (probe) => cardsWith(app.db, book, probe));
}

/** Asks for each condition alone and puts the answers together: one statement never takes long. */
async function probed(
  { test, probes }: IndexedFilter,
  ask: (probe: FieldProbe) => Promise<readonly number[]>,
): Promise<readonly number[]> {
  let found: Set<number> | null = null;
  for (const probe of probes) {
    const ids = new Set(await ask(probe));
    if (found === null) found = ids;
    else if (test === 'anyof') for (const id of ids) found.add(id);
    else for (const id of found) if (!ids.has(id)) found.delete(id);
    await turn();
  }
  return [...(found ?? [])];
}

/** The filter in the language of FTS5; null when the text index cannot narrow it down. */
function matchOf({ test, probes }: IndexedFilter): string | null {
  const most = Math.max(2, Math.floor(MAX_GRAMS / probes.length));
  const parts = probes.map((probe) => (SEARCHED_FIELDS.has(probe.field) ? gramsOf(probe.text, most) : []));
  const usable = parts.filter((grams) => grams.length > 0).map((grams) => grams.join(' AND '));
  if (usable.length === 0) return null;
  if (test === 'allof') return usable.join(' AND ');
  return usable.length < parts.length ? null : usable.map((one) => `(${one})`).join(' OR ');
}

/** Up to `most` different trigrams of a text, quoted; over its whole length when it has more. */
function gramsOf(text: string, most: number): readonly string[] {
  const characters = [...text];
  const count = characters.length - GRAM + 1;
  const grams = new Set<string>();
  const step = Math.max(1, count / most);
  for (let at = 0; at < count; at += step) {
    const from = Math.floor(at);
    grams.add(
      `"${characters
        .slice(from, from + GRAM)
        .join('')
        .replaceAll('"', '""')}"`,
    );
  }
  return [...grams];
}
