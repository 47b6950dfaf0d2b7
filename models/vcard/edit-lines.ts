import {
  decodedValue,
  type EditableCard,
  headOf,
  lineFor,
  paramNameOf,
  partsOfHead,
  type Splice,
  typesOf,
  withoutParams,
  withTypes,
} from './edit-source.ts';
import { componentsOf, type LabelledAddress, type LabelledValue, labelLineOf } from './edit-values.ts';
import { type CardProperty, escapeText, paramValue, splitValue, unescapeText } from './lines.ts';

/** An edit on its way: what gives way, what comes before END, and the groups that are taken. */
export interface Editing {
  readonly card: EditableCard;
  readonly splices: Splice[];
  readonly added: string[];
  readonly groups: Set<string>;
}

/** Writes another value behind a line's own head; encodings of the old value go with it. */
export function rewrite(edit: Editing, line: CardProperty, value: string, head?: string): void {
  const plain = withoutParams(head ?? headOf(edit.card, line), ['ENCODING', 'CHARSET']);
  edit.splices.push({ start: line.start, end: line.end, text: lineFor(edit.card, plain, value) });
}

/** Takes a line away, and what only describes it: the other lines of its group when they are all Apple's own. */
export function removeLine(edit: Editing, line: CardProperty): void {
  edit.splices.push({ start: line.start, end: line.end, text: '' });
  const group = line.group?.toLowerCase();
  if (group === undefined) return;
  const others = edit.card.lines.filter((each) => each !== line && each.group?.toLowerCase() === group);
  if (!others.every((each) => /^X-AB(LABEL|ADR)$/.test(each.name))) return;
  for (const other of others) edit.splices.push({ start: other.start, end: other.end, text: '' });
}

/** Types that say where or for what a number is; the rest (PREF, INTERNET, VOICE) stays. */
const PLACES: ReadonlySet<string> = new Set([
  ...['HOME', 'WORK', 'CELL', 'MOBILE', 'IPHONE', 'FAX', 'MAIN', 'PAGER', 'OTHER'],
]);
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  home: ['HOME'],
  work: ['WORK'],
  mobile: ['CELL'],
  main: ['MAIN'],
  fax: ['FAX'],
  'home-fax': ['HOME', 'FAX'],
  'work-fax': ['WORK', 'FAX'],
  pager: ['PAGER'],
  other: ['OTHER'],
};

/** A head that says another label by its types; custom labels are lines of their own. */
function relabelled(card: EditableCard, line: CardProperty, label: string): string {
  const kept = typesOf(line).filter((type) => !PLACES.has(type) && !type.startsWith('X-'));
  const words = [...(TYPES_OF[label] ?? []), ...kept];
  return withTypes(
    headOf(card, line),
    card.version === '4.0' ? words.map((word) => word.toLowerCase()) : words,
  );
}

/** Labels without a type of their own are written as Apple and Android do, in a line of the same group. */
function ownLabel(label: string): string | null {
  if (label === 'homepage') return '_$!<HomePage>!$_';
  return label.startsWith('x:') && label.length > 2 ? escapeText(label.slice(2)) : null;
}

function freeGroup(edit: Editing): string {
  let number = 1;
  while (edit.groups.has(`item${number}`)) number += 1;
  edit.groups.add(`item${number}`);
  return `item${number}`;
}

/** The head of a line under another label; writes, changes or removes the label's own line. */
function headUnder(edit: Editing, line: CardProperty, label: string): string {
  const { card } = edit;
  const own = ownLabel(label);
  const labelLine = labelLineOf(card, line);
  if (own !== null && labelLine !== undefined) {
    rewrite(edit, labelLine, own);
    return relabelled(card, line, label);
  }
  if (own !== null) {
    const group = line.group ?? freeGroup(edit);
    edit.added.push(lineFor(card, `${group}.X-ABLabel`, own));
    const head = relabelled(card, line, label);
    return line.group === null ? `${group}.${head}` : head;
  }
  if (labelLine !== undefined) edit.splices.push({ start: labelLine.start, end: labelLine.end, text: '' });
  return relabelled(card, line, label);
}

function addLine(edit: Editing, name: string, label: string, value: string, types: readonly string[]): void {
  const own = ownLabel(label);
  const words = [...types, ...(TYPES_OF[label] ?? [])];
  const cased = edit.card.version === '4.0' ? words.map((word) => word.toLowerCase()) : words;
  const group = own === null ? null : freeGroup(edit);
  const head = withTypes(group === null ? name : `${group}.${name}`, cased);
  edit.added.push(lineFor(edit.card, head, value));
  if (group !== null && own !== null) edit.added.push(lineFor(edit.card, `${group}.X-ABLabel`, own));
}

/** The value of a number, address or link in the form of its line. */
function written(name: string, line: CardProperty | null, text: string): string {
  if (name === 'URL') return text.replace(/\s+/g, '');
  const isUri = line !== null && paramValue(line, 'VALUE')?.toLowerCase() === 'uri';
  if (name === 'TEL' && isUri) return `tel:${text.replace(/[^\w+*#;=().-]+/g, '-')}`;
  return escapeText(text);
}

/** Brings the lines of a property to the rows that are wanted. */
export function editLabelled(
  edit: Editing,
  name: 'TEL' | 'EMAIL' | 'URL',
  now: readonly LabelledValue[],
  wanted: readonly LabelledValue[],
): void {
  for (const row of now) {
    const line = row.at === null ? undefined : edit.card.lines[row.at];
    if (line === undefined) continue;
    const next = wanted.find((each) => each.at === row.at);
    if (next === undefined || next.value === '') removeLine(edit, line);
    else if (next.label !== row.label) {
      const value = next.value === row.value ? decodedValue(line) : written(name, line, next.value);
      rewrite(edit, line, value, headUnder(edit, line, next.label));
    } else if (next.value !== row.value) rewrite(edit, line, written(name, line, next.value));
  }
  for (const row of wanted) {
    if (row.value === '' || now.some((each) => each.at === row.at)) continue;
    const isOld = edit.card.version !== '4.0';
    addLine(
      edit,
      name,
      row.label,
      written(name, null, row.value),
      name === 'EMAIL' && isOld ? ['INTERNET'] : [],
    );
  }
}

const partsOf = (row: LabelledAddress): readonly string[] => [
  row.street,
  row.city,
  row.region,
  row.postcode,
  row.country,
];

/** Brings the ADR lines to the rows that are wanted; post box and extended address stay. */
export function editAddresses(
  edit: Editing,
  now: readonly LabelledAddress[],
  wanted: readonly LabelledAddress[],
): void {
  for (const row of now) {
    const line = row.at === null ? undefined : edit.card.lines[row.at];
    if (line === undefined) continue;
    const next = wanted.find((each) => each.at === row.at);
    const isHidden = componentsOf(line)
      .slice(0, 2)
      .some((part) => part !== '');
    if (next === undefined || (partsOf(next).every((part) => part === '') && !isHidden))
      removeLine(edit, line);
    else editAddress(edit, line, row, next);
  }
  for (const row of wanted) {
    if (partsOf(row).every((part) => part === '') || now.some((each) => each.at === row.at)) continue;
    addLine(edit, 'ADR', row.label, ['', '', ...partsOf(row).map(escapeText)].join(';'), []);
  }
}

function editAddress(edit: Editing, line: CardProperty, row: LabelledAddress, next: LabelledAddress): void {
  const [before, after] = [partsOf(row), partsOf(next)];
  const isSame = before.every((part, at) => part === after[at]);
  if (isSame && row.label === next.label) return;
  const written = splitValue(decodedValue(line), ';');
  const parts = [written[0] ?? '', written[1] ?? ''];
  for (const [at, text] of after.entries()) {
    const raw = written[at + 2] ?? '';
    parts.push(unescapeText(raw).trim() === text ? raw : escapeText(text));
  }
  const value = isSame ? decodedValue(line) : [...parts, ...written.slice(7)].join(';');
  const head = row.label === next.label ? headOf(edit.card, line) : headUnder(edit, line, next.label);
  // The printed label of 4.0 repeats the address; it would say the old one.
  rewrite(edit, line, value, isSame ? head : withoutLabel(head));
}

function withoutLabel(head: string): string {
  const [name = '', ...params] = partsOfHead(head);
  return [name, ...params.filter((part) => paramNameOf(part) !== 'LABEL')].join(';');
}
