import { Refusal } from '../errors.ts';
import type { PrincipalId } from '../types.ts';

const MAX_LOGIN_CHARACTERS = 128;
const MAX_SLUG = 40;
/** Path segments that would not name a principal, or name something else below `principals/`. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['.', '..', 'users']);

/** Brings a login into the form that is compared: NFKC and lower case (RFC 8265 §3.3). */
export function foldLogin(login: string): string {
  if (/^[!-~]*$/.test(login)) return login.toLowerCase();
  return login.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}

/** Gives the folded form of a login that somebody is to have. Throws `Refusal` 400 when nobody can have it. */
export function checkedLogin(login: string): string {
  const folded = foldLogin(login);
  const length = [...folded].length;
  if (length < 1 || length > MAX_LOGIN_CHARACTERS)
    throw new Refusal(
      400,
      `A user name has 1 to ${MAX_LOGIN_CHARACTERS} characters; this one has ${length}.`,
    );
  // A colon ends the name in HTTP Basic, a slash would end it in a path.
  if (/[:/\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/u.test(folded) || /\p{Surrogate}/u.test(folded))
    throw new Refusal(400, 'A user name has no colon, slash, backslash or control character.');
  return folded;
}

/** What a text is searched by: lower case, without accents. */
export function searchable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .trim();
}

const LETTERS: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  æ: 'ae',
  đ: 'd',
};

/** Logins to try for somebody of this name, best first: the first name, then first and last, then numbered. */
export function* loginsFor(name: string): Generator<string> {
  const plain = name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüßøłæđ]/g, (letter) => LETTERS[letter] ?? letter);
  const ascii = plain.normalize('NFKD').replace(/\p{M}+/gu, '');
  const words = ascii.split(/[^a-z0-9]+/).filter((word) => word !== '');
  const first = (words[0] ?? 'user').slice(0, 30);
  const last = words.length > 1 ? (words.at(-1) ?? '').slice(0, 30) : '';
  const stem = last === '' ? first : `${first}.${last}`;
  if (first.length > 1) yield first;
  yield stem;
  for (let number = 2; ; number += 1) yield `${stem}${number}`;
}

/** Brands an id that comes from the database or has the form of one. */
export function toPrincipalId(id: string): PrincipalId {
  return id as PrincipalId;
}

/** The id a folded login stands for by itself, or null when its characters do not fit into every client's path. */
export function plainId(folded: string): PrincipalId | null {
  return /^[a-z0-9._~-]{1,64}$/.test(folded) && !RESERVED_IDS.has(folded) ? toPrincipalId(folded) : null;
}

/** An id for a login that cannot be one itself, or whose id was somebody else's before. */
export function suffixedId(folded: string, suffix: string): PrincipalId {
  const ascii = folded.normalize('NFKD').replace(/\p{M}+/gu, '');
  const slug = ascii
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, MAX_SLUG);
  return toPrincipalId(`${slug === '' ? 'user' : slug}-${suffix}`);
}
