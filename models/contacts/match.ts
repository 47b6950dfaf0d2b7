import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { fold } from '../ical/collation.ts';
import { type CardProperty, paramValue, splitValue, unescapeText } from '../vcard/lines.ts';
import { basicDate } from '../vcard/values.ts';
import type { HomeCountry } from './country.ts';

/** Why two cards may be of one person. */
export type MatchReason = 'email' | 'phone' | 'birthday';

/** A text that two cards of one person have in common: an address, a number, or a name with a birthday. */
export interface MatchKey {
  readonly reason: MatchReason;
  /** Equal in two cards when they agree in this; never shown. */
  readonly text: string;
}

/** What is read of a card; a `ParsedCard` has it. */
export interface Matchable {
  readonly properties: readonly CardProperty[];
}

/** More keys than any person has are a machine's, and cost without end. */
const MAX_KEYS = 50;
const MIN_DIGITS = 7;

/**
 * The keys of a card. Cards that share an `email` or `phone` key are of one person when their names are compatible
 * (`areNamesCompatible`); a shared `birthday` key means the same name and the same day. A name alone is never a key.
 * `country` reads numbers that have no country code. Groups have none.
 */
export function matchKeys(card: Matchable, country: HomeCountry = null): readonly MatchKey[] {
  if (isGroupCard(card)) return [];
  const keys = new Map<string, MatchKey>();
  const add = (reason: MatchReason, text: string | null): void => {
    if (text !== null && keys.size < MAX_KEYS) keys.set(`${reason}:${text}`, { reason, text });
  };
  for (const property of card.properties) {
    if (property.name === 'EMAIL') add('email', emailKey(unescapeText(property.value)));
    else if (property.name === 'TEL') add('phone', phoneKey(unescapeText(property.value), country));
    else if (property.name === 'BDAY') add('birthday', birthdayKey(card, property));
  }
  return [...keys.values()];
}

/** Whether a card stands for a list of others (RFC 6350 §6.1.4, and Apple's own property). */
export function isGroupCard(card: Matchable): boolean {
  return card.properties.some(
    (p) => /^(X-ADDRESSBOOKSERVER-)?KIND$/.test(p.name) && p.value.trim().toLowerCase() === 'group',
  );
}

/** An address in the form in which two of them are compared; null when it is none. */
export function emailKey(value: string): string | null {
  const address = value
    .trim()
    .replace(/^mailto:/i, '')
    .toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(address) && address.length <= 254 ? address : null;
}

/** A number as `+4915123456` where its country is known, else its digits; null for what is too short to tell people apart. */
export function phoneKey(value: string, country: HomeCountry): string | null {
  const written = value.trim().replace(/^tel:/i, '').slice(0, 80);
  const digits = written.replace(/\D/g, '');
  if (digits.length < MIN_DIGITS) return null;
  const found = parsePhoneNumberFromString(written, country ?? undefined);
  if (found?.isPossible() !== true) return digits;
  return found.ext === undefined ? found.number : `${found.number}x${found.ext}`;
}

function birthdayKey(card: Matchable, birthday: CardProperty): string | null {
  const day = basicDate(birthday.value.trim())?.slice(0, 8) ?? null;
  if (day === null || !/^(\d{8}|--\d{4})$/.test(day)) return null;
  const names = nameWords(shownNameOf(card));
  if (names.length === 0) return null;
  const omitted = paramValue(birthday, 'X-APPLE-OMIT-YEAR');
  const isYearless = omitted !== undefined && omitted === day.slice(0, 4);
  return `${[...names].sort((x, y) => (x < y ? -1 : 1)).join(' ')}|${isYearless ? `--${day.slice(4)}` : day}`;
}

/** The name a card is shown under; empty when it has none. */
export function shownNameOf(card: Matchable): string {
  const text = (name: string): string =>
    unescapeText(card.properties.find((p) => p.name === name)?.value ?? '').trim();
  const shown = text('FN');
  if (shown !== '') return shown;
  const parts = splitValue(card.properties.find((p) => p.name === 'N')?.value ?? '', ';');
  return [3, 1, 2, 0, 4]
    .map((at) => unescapeText(parts[at] ?? '').trim())
    .filter((part) => part !== '')
    .join(' ');
}

/** Words of a name for comparing: without case, accents and punctuation. */
export function nameWords(name: string): readonly string[] {
  return plain(name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, 12);
}

/** Text without case and accents. */
export function plain(text: string): string {
  return fold(text, 'i;unicode-casemap').replace(/\p{M}+/gu, '');
}

/** Titles say nothing about who somebody is. */
const TITLES: ReadonlySet<string> = new Set(['DR', 'PROF', 'MR', 'MRS', 'MS', 'HERR', 'FRAU', 'DIPL', 'ING']);

/**
 * Whether two names can be one person's: every word of the shorter one is a word of the longer or begins one ("J. Okafor"
 * and "Jide Okafor"), with at least one whole word in common. A missing name, or an address in its place, agrees with any.
 */
export function areNamesCompatible(left: string, right: string): boolean {
  if (left.includes('@') || right.includes('@')) return true;
  const words = (name: string): string[] => nameWords(name).filter((word) => !TITLES.has(word));
  const [a, b] = [words(left), words(right)];
  const [short, long] = a.length <= b.length ? [a, [...b]] : [b, [...a]];
  if (short.length === 0) return true;
  let whole = 0;
  for (const word of [...short].sort((x, y) => y.length - x.length)) {
    const same = long.indexOf(word);
    const near = same >= 0 ? same : long.findIndex((other) => isShortFor(word, other));
    if (near < 0) return false;
    long.splice(near, 1);
    if (same >= 0) whole += 1;
  }
  return whole > 0;
}

/** An initial stands for the word it begins. */
function isShortFor(a: string, b: string): boolean {
  return (a.length === 1 && b.startsWith(a)) || (b.length === 1 && a.startsWith(b));
}
