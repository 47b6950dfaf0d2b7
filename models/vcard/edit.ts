import { Refusal } from '../errors.ts';
import { type Editing, editAddresses, editLabelled, removeLine, rewrite } from './edit-lines.ts';
import { type Photo, photoLine } from './edit-photo.ts';
import {
  decodedValue,
  type EditableCard,
  headOf,
  lineFor,
  openCard,
  type Splice,
  spliced,
  withoutParams,
} from './edit-source.ts';
import { anniversaryLine, type CardName, type CardValues, composedName, readValues } from './edit-values.ts';
import { type CardProperty, escapeText, splitValue, unescapeText } from './lines.ts';

/** What an edit needs beside the values. */
export interface EditOptions {
  readonly nowUtc: number;
  /** Absent: the picture stays; null: it is taken away. */
  readonly photo?: Photo | null;
}

/** Writes itself into what it changes. */
export const PRODUCT = '-//Daybook//EN';

const find = (card: EditableCard, name: string): CardProperty | undefined =>
  card.lines.find((line) => line.name === name);

/**
 * A card with other values: only lines that say something else are written anew, all others stay byte for byte. Rows of a list
 * are known by their `at`; one that is missing or empty is taken away with its label. Equal values give the same bytes.
 * Throws `Refusal` 400 for a date that is none.
 */
export function editCard(body: Uint8Array, values: CardValues, options: EditOptions): Buffer {
  const card = openCard(body);
  const now = readValues(card);
  const wanted = cleaned(values);
  const edit: Editing = {
    card,
    splices: [],
    added: [],
    groups: new Set(card.lines.map((l) => l.group ?? '')),
  };
  editComponents(edit, 'ORG', [wanted.organization, wanted.department], 0);
  editText(edit, 'TITLE', now.title, wanted.title);
  editLabelled(edit, 'TEL', now.phones, wanted.phones);
  editLabelled(edit, 'EMAIL', now.emails, wanted.emails);
  editAddresses(edit, now.addresses, wanted.addresses);
  editLabelled(edit, 'URL', now.links, wanted.links);
  editDate(edit, find(card, 'BDAY'), 'BDAY', now.birthday, wanted.birthday);
  const day = card.version === '4.0' ? 'ANNIVERSARY' : 'X-ANNIVERSARY';
  editDate(edit, anniversaryLine(card), day, now.anniversary, wanted.anniversary);
  editText(edit, 'NOTE', now.note, wanted.note);
  editPhoto(edit, options.photo);
  editNames(edit, now, wanted);
  if (edit.splices.length === 0 && edit.added.length === 0) return card.bytes;
  return stamped(edit, options.nowUtc);
}

/** Notes the time and the writer of a change, and puts new lines before END. */
export function stamped(
  { card, splices, added }: Pick<Editing, 'card' | 'splices' | 'added'>,
  nowUtc: number,
): Buffer {
  const iso = new Date(nowUtc * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  const rev = card.version === '4.0' ? iso.replace(/[-:]/g, '') : iso;
  const all: Splice[] = [...splices];
  const [rewritten, product] = [find(card, 'REV'), find(card, 'PRODID')];
  let tail = added.join('');
  if (rewritten === undefined) tail += lineFor(card, 'REV', rev);
  else {
    const head = withoutParams(headOf(card, rewritten), ['VALUE']);
    all.push({ start: rewritten.start, end: rewritten.end, text: lineFor(card, head, rev) });
  }
  if (product !== undefined && product.value !== PRODUCT)
    all.push({ start: product.start, end: product.end, text: lineFor(card, headOf(card, product), PRODUCT) });
  return spliced(card, [...all, { start: card.endAt, end: card.endAt, text: tail }]);
}

/** A new card of version 3.0, which every client reads. Throws like `editCard`. */
export function newCard(uid: string, values: CardValues, options: EditOptions): Buffer {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `PRODID:${PRODUCT}`,
    `UID:${uid}`,
    'N:;;;;',
    'FN:',
    'END:VCARD',
    '',
  ];
  return editCard(Buffer.from(lines.join('\r\n')), values, options);
}

/** A name for what has none: what else identifies it. */
function nameFor(values: CardValues): string {
  return (
    [
      composedName(values.name),
      values.nickname,
      values.organization,
      values.emails[0]?.value,
      values.phones[0]?.value,
    ].find((text) => text !== undefined && text !== '') ?? '?'
  );
}

/** FN follows N while it says the same; a name that somebody wrote otherwise stays. */
function editNames(edit: Editing, now: CardValues, wanted: CardValues): void {
  const parts = (name: CardName) => [name.family, name.given, name.additional, name.prefix, name.suffix];
  editComponents(edit, 'N', parts(wanted.name), 5);
  const isNamed = wanted.shownName !== '' && wanted.shownName !== now.shownName;
  const isSame = composedName(now.name) === composedName(wanted.name);
  const isOwn = now.shownName !== '' && now.shownName !== composedName(now.name);
  const shown =
    isNamed || ((isSame || isOwn) && wanted.shownName !== '') ? wanted.shownName : nameFor(wanted);
  const line = find(edit.card, 'FN');
  const isDue = isNamed || !isSame || edit.splices.length + edit.added.length > 0;
  if (line !== undefined && shown !== now.shownName) rewrite(edit, line, escapeText(shown));
  // A card without FN cannot be stored; it gets one with the first change.
  else if (line === undefined && isDue) edit.added.push(lineFor(edit.card, 'FN', escapeText(shown)));
  if (now.nickname !== wanted.nickname) {
    const value = wanted.nickname
      .split(',')
      .map((part) => escapeText(part.trim()))
      .join(',');
    editText(edit, 'NICKNAME', now.nickname, wanted.nickname, value);
  }
}

/** Components that stay the same keep their own escapes and lists; those behind the given ones are kept. */
function editComponents(edit: Editing, name: 'N' | 'ORG', wanted: readonly string[], least: number): void {
  const line = find(edit.card, name);
  const written = line === undefined ? [] : splitValue(decodedValue(line), ';');
  const isSame = (text: string, at: number): boolean => unescapeText(written[at] ?? '').trim() === text;
  if (wanted.every(isSame)) return;
  const parts = wanted.map((text, at) => (isSame(text, at) ? (written[at] ?? '') : escapeText(text)));
  const all = [...parts, ...written.slice(wanted.length)];
  while (all.length > least && all.at(-1) === '') all.pop();
  const value = all.join(';');
  if (line === undefined) edit.added.push(lineFor(edit.card, name, value));
  else if (all.every((part) => part === '') && name === 'ORG') removeLine(edit, line);
  else rewrite(edit, line, value);
}

function editText(
  edit: Editing,
  name: string,
  now: string,
  wanted: string,
  value = escapeText(wanted),
): void {
  if (now === wanted) return;
  const line = find(edit.card, name);
  if (line === undefined) edit.added.push(lineFor(edit.card, name, value));
  else if (wanted === '') removeLine(edit, line);
  else rewrite(edit, line, value);
}

/** `--MM-DD` or `YYYY-MM-DD` of a date that exists; null for anything else. */
export function knownDate(text: string): string | null {
  const found = /^(?:(\d{4})-|--)?(\d{1,2})-(\d{1,2})$/.exec(text.trim());
  if (found === null) return null;
  const [, year, month = '', day = ''] = found;
  const date = new Date(Date.UTC(year === undefined ? 2000 : Number(year), Number(month) - 1, Number(day)));
  if (year !== undefined) date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  const short = `${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return year === undefined ? `--${short}` : `${year}-${short}`;
}

function editDate(
  edit: Editing,
  line: CardProperty | undefined,
  name: string,
  now: string,
  wanted: string,
): void {
  if (now === wanted) return;
  const { card } = edit;
  if (wanted === '') {
    if (line !== undefined) removeLine(edit, line);
    return;
  }
  const day = knownDate(wanted);
  if (day === null)
    throw new Refusal(
      400,
      `"${wanted.slice(0, 40)}" is no date; write it like 1980-02-29, or 02-29 without the year.`,
    );
  if (day === now) return;
  const plainHead =
    line === undefined
      ? name
      : withoutParams(headOf(card, line), ['VALUE', 'X-APPLE-OMIT-YEAR', 'CALSCALE', 'ENCODING', 'CHARSET']);
  // Phones write a date without its year like this in 3.0, where the short form is not known.
  const isShort = day.startsWith('--') && card.version !== '4.0';
  const head = isShort ? `${plainHead};X-APPLE-OMIT-YEAR=1604` : plainHead;
  const value = isShort ? `1604-${day.slice(2)}` : card.version === '4.0' ? basic(day) : day;
  const text = lineFor(card, head, value);
  if (line === undefined) edit.added.push(text);
  else edit.splices.push({ start: line.start, end: line.end, text });
}

const basic = (day: string): string =>
  day.startsWith('--') ? `--${day.slice(2).replace('-', '')}` : day.replaceAll('-', '');

function editPhoto(edit: Editing, photo: Photo | null | undefined): void {
  if (photo === undefined) return;
  const lines = edit.card.lines.filter((line) => line.name === 'PHOTO');
  if (lines.length === 0 && photo === null) return;
  for (const line of lines) removeLine(edit, line);
  if (photo !== null) edit.added.push(photoLine(edit.card, photo));
}

/** Text as it may stand in a card: without control characters, on one line unless it is a note. */
function plainText(text: string, isLong = false): string {
  const whole = text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/\r\n?/g, '\n')
    .replace(/[\0-\x08\x0b-\x1f\x7f\ufffe\uffff]/g, '');
  return (isLong ? whole : whole.replace(/\s*\n\s*/g, ' ')).trim();
}

function cleaned(values: CardValues): CardValues {
  const { name } = values;
  const rows = <T extends { readonly label: string }>(
    list: readonly T[],
    fields: readonly (keyof T & string)[],
  ): T[] =>
    list.map((row) => {
      const texts = fields.map((field) => [field, plainText(String(row[field]), field === 'street')]);
      return { ...row, ...Object.fromEntries(texts) };
    });
  return {
    name: {
      prefix: plainText(name.prefix),
      given: plainText(name.given),
      additional: plainText(name.additional),
      family: plainText(name.family),
      suffix: plainText(name.suffix),
    },
    shownName: plainText(values.shownName),
    nickname: plainText(values.nickname),
    organization: plainText(values.organization),
    department: plainText(values.department),
    title: plainText(values.title),
    phones: rows(values.phones, ['value', 'label']),
    emails: rows(values.emails, ['value', 'label']),
    links: rows(values.links, ['value', 'label']),
    addresses: rows(values.addresses, ['street', 'city', 'region', 'postcode', 'country', 'label']),
    birthday: plainText(values.birthday),
    anniversary: plainText(values.anniversary),
    note: plainText(values.note, true),
  };
}
