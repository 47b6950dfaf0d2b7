import { convertCard } from './convert.ts';
import { stamped } from './edit.ts';
import { type Editing, removeLine } from './edit-lines.ts';
import { decodedValue, type EditableCard, headOf, lineFor, openCard, withoutParams } from './edit-source.ts';
import { textOf } from './edit-values.ts';
import { type CardProperty, escapeText, splitValue, unescapeText } from './lines.ts';

/** Which of two cards a field is taken from where a card has room for one value only. */
export type Choice = 'keep' | 'other';

/** One field of two cards side by side. */
export interface Compared {
  /** `name`, or the property in lower case. */
  readonly field: string;
  readonly keep: readonly string[];
  readonly other: readonly string[];
  /** `choose`: both have one and they differ; `both`: the merged card gets all of them; `same` otherwise. */
  readonly outcome: 'choose' | 'both' | 'same';
}

/** A merged card, and what was given up by choice. */
export interface Merged {
  readonly body: Buffer;
  readonly dropped: readonly { readonly field: string; readonly value: string }[];
}

/** When two values of a property say the same; the text is unescaped. */
export type ValueKey = (property: string, text: string) => string;

/** What a merge needs beside the cards. */
export interface MergeOptions {
  readonly choices: Readonly<Record<string, Choice>>;
  readonly nowUtc: number;
  readonly keyOf: ValueKey;
}

/** Of these a card has one, or clients show one only. */
const SINGLES: ReadonlySet<string> = new Set([
  ...[
    'ORG',
    'TITLE',
    'ROLE',
    'BDAY',
    'ANNIVERSARY',
    'X-ANNIVERSARY',
    'GENDER',
    'X-GENDER',
    'PHOTO',
    'LOGO',
    'KIND',
  ],
  ...['TZ', 'GEO', 'CLASS', 'MAILER', 'SORT-STRING', 'X-ABSHOWAS', 'X-MAIDENNAME', 'DEATHDATE', 'BIRTHPLACE'],
  ...[
    'X-PHONETIC-FIRST-NAME',
    'X-PHONETIC-LAST-NAME',
    'X-PHONETIC-ORG',
    'X-ADDRESSBOOKSERVER-KIND',
    'DEATHPLACE',
  ],
]);
const NAMES: ReadonlySet<string> = new Set(['N', 'FN']);
/** A card's own identity and history, which is not the other's. */
const OWN: ReadonlySet<string> = new Set(['VERSION', 'UID', 'REV', 'PRODID', 'X-DAYBOOK-V3', 'X-DAYBOOK-V4']);
/** Lines that only describe another one of their group. */
const LABELS: ReadonlySet<string> = new Set(['X-ABLABEL', 'X-ABADR']);

const isData = (line: CardProperty): boolean =>
  !OWN.has(line.name) && !LABELS.has(line.name) && line.name !== '';

function inVersionOf(card: EditableCard, body: Uint8Array): EditableCard {
  const { version } = card;
  return openCard(version === '3.0' || version === '4.0' ? convertCard(body, version) : body);
}

/** The value of a line for showing and comparing; binary values stand for themselves by a hash-like prefix. */
function shownValue(line: CardProperty): string {
  const text = line.name === 'TEL' ? textOf(line).replace(/^tel:/i, '') : textOf(line);
  if (!['N', 'ADR', 'ORG'].includes(line.name)) return text;
  return splitValue(decodedValue(line), ';')
    .map((part) => unescapeText(part).trim())
    .filter((part) => part !== '')
    .join(', ');
}

const named = (card: EditableCard, name: string): CardProperty[] =>
  card.lines.filter((line) => line.name === name && shownValue(line) !== '');

/** The fields of two cards in order of the first, then those only the second has. */
export function compareCards(keep: Uint8Array, other: Uint8Array, keyOf: ValueKey): readonly Compared[] {
  const left = openCard(keep);
  const right = inVersionOf(left, other);
  const all = [...left.lines, ...right.lines].filter((line) => isData(line) && !NAMES.has(line.name));
  const names = new Set(all.map((line) => line.name));
  const rows: Compared[] = [compared('name', named(left, 'FN'), named(right, 'FN'), 'FN', keyOf)];
  const parts = compared('n', named(left, 'N'), named(right, 'N'), 'N', keyOf);
  if (rows[0]?.outcome === 'same' && parts.outcome === 'choose') rows[0] = { ...parts, field: 'name' };
  for (const name of names)
    rows.push(compared(name.toLowerCase(), named(left, name), named(right, name), name, keyOf));
  return rows.filter((row) => row.keep.length + row.other.length > 0);
}

function compared(
  field: string,
  keep: readonly CardProperty[],
  other: readonly CardProperty[],
  name: string,
  keyOf: ValueKey,
): Compared {
  const keys = (lines: readonly CardProperty[]) =>
    new Set(lines.map((line) => keyOf(name, shownValue(line))));
  const [left, right] = [keys(keep), keys(other)];
  const isSame = left.size === right.size && [...left].every((key) => right.has(key));
  const isSingle = SINGLES.has(name) || NAMES.has(name);
  const isBoth = left.size > 0 && right.size > 0;
  const outcome = isSame ? 'same' : isSingle && isBoth ? 'choose' : 'both';
  return { field, keep: keep.map(shownValue), other: other.map(shownValue), outcome };
}

/**
 * One card out of two: `keep` with everything of `other` that it lacks, in the version and under the UID of `keep`. Lists get
 * the values of both; where there is room for one, `choices` decides, `keep` when it says nothing, and the other value is
 * named in `dropped`. Unknown properties, groups and labels come along.
 */
export function mergeCards(keep: Uint8Array, other: Uint8Array, options: MergeOptions): Merged {
  const card = openCard(keep);
  const from = inVersionOf(card, other);
  const edit: Editing = { card, splices: [], added: [], groups: new Set(groupsOf(card)) };
  const dropped: { field: string; value: string }[] = [];
  const choose = (field: string, name: string): void => {
    const [mine, theirs] = [named(card, name), named(from, name)];
    if (theirs.length === 0 || isCovered(mine, theirs, name, options.keyOf)) return;
    const takesOther = mine.length === 0 || options.choices[field] === 'other';
    for (const line of takesOther ? mine : theirs) dropped.push({ field, value: shownValue(line) });
    if (takesOther) replaceBy(edit, name, from, theirs);
  };
  choose('name', 'FN');
  choose('name', 'N');
  const names = new Set(from.lines.filter(isData).map((line) => line.name));
  for (const name of names) {
    if (NAMES.has(name)) continue;
    if (SINGLES.has(name)) choose(name.toLowerCase(), name);
    else if (name === 'NOTE') joinNotes(edit, from);
    else if (name === 'CATEGORIES') joinCategories(edit, from);
    else addMissing(edit, from, name, options.keyOf);
  }
  if (edit.splices.length === 0 && edit.added.length === 0) return { body: card.bytes, dropped };
  return { body: stamped(edit, options.nowUtc), dropped };
}

/** Groups as Apple numbers them are one set whatever their case. */
const groupsOf = (card: EditableCard): readonly string[] =>
  card.lines.flatMap((line) => (line.group === null ? [] : [line.group.toLowerCase()]));

function isCovered(
  mine: readonly CardProperty[],
  theirs: readonly CardProperty[],
  name: string,
  keyOf: ValueKey,
): boolean {
  const keys = new Set(mine.map((line) => keyOf(name, shownValue(line))));
  return theirs.every((line) => keys.has(keyOf(name, shownValue(line))));
}

function replaceBy(edit: Editing, name: string, from: EditableCard, lines: readonly CardProperty[]): void {
  for (const line of edit.card.lines) if (line.name === name) removeLine(edit, line);
  for (const line of lines) bringAlong(edit, from, line);
}

function addMissing(edit: Editing, from: EditableCard, name: string, keyOf: ValueKey): void {
  const keys = new Set(named(edit.card, name).map((line) => keyOf(name, shownValue(line))));
  for (const line of named(from, name)) {
    const key = keyOf(name, shownValue(line));
    if (keys.has(key)) continue;
    keys.add(key);
    bringAlong(edit, from, line);
  }
}

/** A line of the other card as it stands there, with its labels, under a group that is free here. */
function bringAlong(edit: Editing, from: EditableCard, line: CardProperty): void {
  const { card } = edit;
  const head = headOf(from, line);
  if (line.group === null) {
    edit.added.push(lineFor(card, head, line.value));
    return;
  }
  const group = line.group.toLowerCase();
  const free = edit.groups.has(group) ? freeGroup(edit) : line.group;
  edit.groups.add(free.toLowerCase());
  const labels = from.lines.filter((each) => LABELS.has(each.name) && each.group?.toLowerCase() === group);
  for (const each of [line, ...labels])
    edit.added.push(lineFor(card, `${free}${headOf(from, each).slice(line.group.length)}`, each.value));
}

function freeGroup(edit: Editing): string {
  let number = 1;
  while (edit.groups.has(`item${number}`)) number += 1;
  return `item${number}`;
}

/** Clients show one note: both texts go into it, unless one holds the other. */
function joinNotes(edit: Editing, from: EditableCard): void {
  const { card } = edit;
  const [first, ...rest] = named(card, 'NOTE');
  const theirs = named(from, 'NOTE');
  if (first === undefined) {
    for (const line of theirs) bringAlong(edit, from, line);
    return;
  }
  const here = [first, ...rest].map(textOf);
  const fresh = theirs.filter((line) => !here.some((text) => text.includes(textOf(line))));
  if (fresh.length === 0) return;
  const all = [textOf(first), ...fresh.map(textOf)].filter(
    (text, at, texts) => at > 0 || !texts.slice(1).some((t) => t.includes(text)),
  );
  const head = withoutParams(headOf(card, first), ['ENCODING', 'CHARSET']);
  const text = lineFor(card, head, escapeText(all.join('\n\n')));
  edit.splices.push({ start: first.start, end: first.end, text });
}

function joinCategories(edit: Editing, from: EditableCard): void {
  const { card } = edit;
  const parts = (lines: readonly CardProperty[]): string[] =>
    lines.flatMap((line) => splitValue(decodedValue(line), ',')).filter((part) => part.trim() !== '');
  const [first, ...rest] = named(card, 'CATEGORIES');
  const here = new Set(parts(first === undefined ? [] : [first, ...rest]).map((part) => part.trim()));
  const fresh = parts(named(from, 'CATEGORIES')).filter((part) => !here.has(part.trim()));
  if (fresh.length === 0) return;
  if (first === undefined) {
    edit.added.push(lineFor(card, 'CATEGORIES', [...new Set(fresh)].join(',')));
    return;
  }
  const head = withoutParams(headOf(card, first), ['ENCODING', 'CHARSET']);
  const text = lineFor(card, head, [decodedValue(first), ...new Set(fresh)].join(','));
  edit.splices.push({ start: first.start, end: first.end, text });
}
