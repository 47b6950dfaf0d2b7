import { plain } from './match.ts';

/**
 * Keys whose order byte by byte is the order of the languages of the pages: English and German both sort by the root of CLDR.
 * Databases then page through names in that order with an index. Accents and case do not count; what Node's collation finds
 * equal has the same place.
 */

const FIRST_PLACE = 0x100;
const LAST_IN_TABLE = 0x6ff;
const MAX_KEY_LENGTH = 100;

/** Letters that stand for two. */
const PAIRS: Readonly<Record<string, string>> = { ß: 'SS', Æ: 'AE', æ: 'AE', Œ: 'OE', œ: 'OE' };

function buildPlaces(): ReadonlyMap<string, string> {
  const { compare } = new Intl.Collator('en', { sensitivity: 'base' });
  const signs: string[] = [];
  for (let code = 0x20; code <= LAST_IN_TABLE; code++) signs.push(String.fromCharCode(code));
  signs.sort(compare);
  const places = new Map<string, string>();
  let place = FIRST_PLACE;
  for (const [at, sign] of signs.entries()) {
    if (at > 0 && compare(signs[at - 1] ?? '', sign) !== 0) place += 1;
    places.set(sign, String.fromCharCode(place));
  }
  return places;
}

/** Characters up to Arabic by their place; all others stand behind them in the order of their code points. */
const PLACES = buildPlaces();

/** "Dr. Anna Schmidt" stands under A. */
const TITLES = /^(?:(?:dr|prof|mr|mrs|ms|herr|frau|dipl|ing)\.?\s+)+(?=\S)/i;

const bare = (name: string): string =>
  plain(
    name
      .trim()
      .replace(TITLES, '')
      .replace(/[ßÆæŒœ]/g, (sign) => PAIRS[sign] ?? sign),
  ).trim();

/** The key of a name; empty names come first. */
export function sortKey(name: string): string {
  let key = '';
  for (const sign of bare(name).slice(0, MAX_KEY_LENGTH)) key += PLACES.get(sign) ?? sign;
  return key.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Plain letters by their place: ł stands where L does. */
const PLAIN = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => [PLACES.get(letter), letter]));

/** The letter a name is found under: upper case without accents, `#` for what begins with no letter. */
export function letterOf(name: string): string {
  const [first = ''] = bare(name);
  return PLAIN.get(PLACES.get(first)) ?? (/^\p{L}$/u.test(first) ? first : '#');
}
