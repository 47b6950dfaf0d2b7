import { escapeText, foldLine } from '../../vcard/lines.ts';
import { stableUid } from '../transforms/calendar.ts';
import { type DateOrder, dateOf } from './dates.ts';
import { isMachineColumn, type Mapping } from './fields.ts';

/** What one row of a table says of a person, gathered column by column. */
interface Gathered {
  readonly one: Map<string, string>;
  readonly many: {
    readonly kind: 'email' | 'phone' | 'web';
    readonly label: string;
    readonly value: string;
  }[];
  readonly addresses: Map<string, Map<string, string>>;
  /** Numbered columns of Google, by what and number. */
  readonly numbered: Map<string, Map<string, string>>;
  readonly notes: string[];
}

const TYPES: Readonly<Record<string, string>> = {
  home: 'HOME',
  work: 'WORK',
  mobile: 'CELL',
  main: 'MAIN',
  'home-fax': 'HOME,FAX',
  'work-fax': 'WORK,FAX',
  fax: 'FAX',
  pager: 'PAGER',
  other: '',
};

/** Labels Google writes, in English and German. */
const LABELS: Readonly<Record<string, string>> = {
  home: 'home',
  privat: 'home',
  work: 'work',
  arbeit: 'work',
  geschäftlich: 'work',
  mobile: 'mobile',
  mobil: 'mobile',
  main: 'main',
  'home fax': 'home-fax',
  'work fax': 'work-fax',
  homefax: 'home-fax',
  workfax: 'work-fax',
  pager: 'pager',
  other: 'other',
  andere: 'other',
};

/** A row as a vCard 3.0, without anything that depends on the day; null when nothing in it is worth keeping. */
export function cardOfRow(
  header: readonly string[],
  mapping: Mapping,
  row: readonly string[],
  order: DateOrder,
): string | null {
  const gathered = gather(header, mapping, row);
  const lines: string[] = [];
  addName(gathered, lines);
  addLists(gathered, lines);
  addNumbered(gathered, lines, order);
  addAddresses(gathered, lines);
  addRest(gathered, lines, order);
  if (!lines.some((line) => !/^(N|NOTE|CATEGORIES)[;:]/.test(line))) return null;
  const body = lines.map(foldLine).join('\r\n');
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${stableUid(lines.join('\n'))}\r\n${body}\r\nEND:VCARD\r\n`;
}

function gather(header: readonly string[], mapping: Mapping, row: readonly string[]): Gathered {
  const found: Gathered = { one: new Map(), many: [], addresses: new Map(), numbered: new Map(), notes: [] };
  for (const [at, raw] of row.entries()) {
    const value = raw.replace(/\r\n?/g, '\n').trim();
    const field = mapping[at] ?? 'note';
    if (value === '' || field === '') continue;
    const [kind = '', label = '', part = '', piece = ''] = field.split('.');
    if (kind === 'google') inner(found.numbered, `${label} ${part}`).set(piece, value);
    else if (kind === 'address') addPart(inner(found.addresses, label), part, value);
    else if (kind === 'email' || kind === 'phone') found.many.push({ kind, label, value });
    else if (kind === 'web') found.many.push({ kind, label: '', value });
    else if (kind === 'note') addNote(found, header[at] ?? '', value);
    else if (!found.one.has(kind)) found.one.set(kind, value);
    else addNote(found, header[at] ?? '', value);
  }
  return found;
}

function inner(of: Map<string, Map<string, string>>, key: string): Map<string, string> {
  const known = of.get(key) ?? new Map<string, string>();
  of.set(key, known);
  return known;
}

function addPart(address: Map<string, string>, part: string, value: string): void {
  const before = address.get(part);
  address.set(part, before === undefined ? value : `${before}\n${value}`);
}

const PLAIN_NOTE = /^(notes?|notizen|bemerkungen)$/i;
const NO_VALUE =
  /^(0|0\/0\/00|00\.00\.0000|false|falsch|normal|unspecified|keine angabe|nicht angegeben|smtp|ex)$/i;

/** Nothing is lost: a column without a place of its own goes into the note under its name. */
function addNote({ notes }: Gathered, header: string, value: string): void {
  if (PLAIN_NOTE.test(header.trim())) notes.unshift(value);
  else if (!(isMachineColumn(header) && NO_VALUE.test(value))) notes.push(`${header.trim()}: ${value}`);
}

const text = (value: string): string => escapeText(value);

function addName({ one, numbered }: Gathered, lines: string[]): void {
  const of = (field: string): string => one.get(field) ?? '';
  const parts = ['last', 'first', 'middle', 'prefix', 'suffix'].map(of);
  const [last = '', first = '', middle = '', prefix = '', suffix = ''] = parts;
  const joined = [prefix, first, middle, last, suffix].filter((part) => part !== '').join(' ');
  const org = of('org') || (numbered.get('organization 1')?.get('name') ?? '');
  const mail = numbered.get('email 1')?.get('value') ?? '';
  const shown = of('name') || joined || org || mail;
  if (parts.some((part) => part !== '')) lines.push(`N:${parts.map(text).join(';')}`);
  else if (of('name') !== '') lines.push(`N:${splitName(of('name')).map(text).join(';')}`);
  else lines.push('N:;;;;');
  if (shown !== '') lines.push(`FN:${text(shown)}`);
  if (of('nickname') !== '') lines.push(`NICKNAME:${text(of('nickname'))}`);
}

/** A whole name as last and first: the last word is the family's, as the programs do that write such tables. */
function splitName(name: string): readonly string[] {
  const comma = name.indexOf(',');
  if (comma > 0) return [name.slice(0, comma).trim(), name.slice(comma + 1).trim(), '', '', ''];
  const words = name.split(/\s+/);
  return words.length < 2
    ? ['', name, '', '', '']
    : [words.at(-1) ?? '', words.slice(0, -1).join(' '), '', '', ''];
}

function withTypes(name: string, label: string): string {
  const type = TYPES[label] ?? '';
  const mail = name === 'EMAIL' ? ';TYPE=INTERNET' : '';
  return `${name}${mail}${
    type === ''
      ? ''
      : type
          .split(',')
          .map((each) => `;TYPE=${each}`)
          .join('')
  }`;
}

const NAMES = { email: 'EMAIL', phone: 'TEL', web: 'URL' } as const;

function addLists({ many }: Gathered, lines: string[]): void {
  for (const { kind, label, value } of many) {
    // An address book of an office keeps names of its directory where others keep addresses.
    const isDirectory = kind === 'email' && /^\/o=/i.test(value);
    if (!isDirectory) lines.push(`${withTypes(NAMES[kind], label)}:${text(value)}`);
  }
}

function labelled(name: string, label: string, value: string, at: number): readonly string[] {
  const plain = label.replace(/^\*\s*/, '').trim();
  const known = LABELS[plain.toLowerCase()];
  if (plain === '' || known !== undefined) return [`${withTypes(name, known ?? '')}:${value}`];
  return [`item${at}.${withTypes(name, '')}:${value}`, `item${at}.X-ABLabel:${text(plain)}`];
}

/** Google joins several values of one label in one cell. */
const values = (cell: string): readonly string[] =>
  cell
    .split(' ::: ')
    .map((value) => value.trim())
    .filter((value) => value !== '');

function addNumbered(gathered: Gathered, lines: string[], order: DateOrder): void {
  let items = 0;
  for (const [key, cells] of gathered.numbered) {
    const [what = ''] = key.split(' ');
    const label = cells.get('label') ?? cells.get('type') ?? '';
    const value = cells.get('value') ?? '';
    if (what === 'email' || what === 'phone' || what === 'website') {
      const name = what === 'email' ? 'EMAIL' : what === 'phone' ? 'TEL' : 'URL';
      for (const each of values(value)) lines.push(...labelled(name, label, text(each), ++items));
    } else if (what === 'address') lines.push(...labelled('ADR', label, googleAddress(cells), ++items));
    else if (what === 'organization') addOrganization(gathered, key, cells, lines);
    else if (what === 'event') addEvent(gathered, label, value, lines, order);
    else if (what === 'im')
      for (const each of values(value))
        lines.push(
          `IMPP;X-SERVICE-TYPE=${(cells.get('service') ?? 'IM').replace(/[^\w-]/g, '') || 'IM'}:x-im:${text(each)}`,
        );
    else if (value !== '') gathered.notes.push(`${label.replace(/^\*\s*/, '') || what}: ${value}`);
  }
}

function googleAddress(cells: ReadonlyMap<string, string>): string {
  const of = (part: string): string => cells.get(part) ?? '';
  const hasParts = ['street', 'city', 'region', 'postal-code', 'country', 'po-box'].some(
    (part) => of(part) !== '',
  );
  const street = hasParts ? of('street') : of('formatted');
  const parts = [
    of('po-box'),
    of('extended-address'),
    street,
    of('city'),
    of('region'),
    of('postal-code'),
    of('country'),
  ];
  return parts.map(text).join(';');
}

function addOrganization(
  gathered: Gathered,
  key: string,
  cells: ReadonlyMap<string, string>,
  lines: string[],
): void {
  const [, number] = key.split(' ');
  const of = (part: string): string => cells.get(part) ?? '';
  if (number === '1') {
    for (const [field, part] of [
      ['org', 'name'],
      ['title', 'title'],
      ['department', 'department'],
    ] as const)
      if (of(part) !== '' && !gathered.one.has(field)) gathered.one.set(field, of(part));
    if (of('job-description') !== '') lines.push(`ROLE:${text(of('job-description'))}`);
    return;
  }
  const all = ['name', 'department', 'title'].map(of).filter((part) => part !== '');
  if (all.length > 0) gathered.notes.push(all.join(', '));
}

function addEvent(gathered: Gathered, label: string, value: string, lines: string[], order: DateOrder): void {
  const date = dateOf(value, order);
  if (/anniversary|jahrestag/i.test(label) && date !== null) lines.push(`X-ANNIVERSARY:${date}`);
  else if (value !== '') gathered.notes.push(`${label.replace(/^\*\s*/, '')}: ${value}`);
}

function addAddresses({ addresses }: Gathered, lines: string[]): void {
  for (const [label, parts] of addresses) {
    const of = (part: string): string => text(parts.get(part) ?? '');
    const value = [of('box'), '', of('street'), of('city'), of('region'), of('postcode'), of('country')].join(
      ';',
    );
    lines.push(`${withTypes('ADR', label)}:${value}`);
  }
}

function addRest(gathered: Gathered, lines: string[], order: DateOrder): void {
  const { one, notes } = gathered;
  const of = (field: string): string => one.get(field) ?? '';
  if (of('org') !== '' || of('department') !== '')
    lines.push(`ORG:${text(of('org'))}${of('department') === '' ? '' : `;${text(of('department'))}`}`);
  if (of('title') !== '') lines.push(`TITLE:${text(of('title'))}`);
  for (const [field, name] of [
    ['birthday', 'BDAY'],
    ['anniversary', 'X-ANNIVERSARY'],
  ] as const) {
    const date = dateOf(of(field), order);
    if (date !== null) lines.push(`${name}:${date}`);
    else if (of(field) !== '' && !NO_VALUE.test(of(field))) notes.push(`${field}: ${of(field)}`);
  }
  const categories = of('categories')
    .split(/ ::: |[;,]/)
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('* '))
    .map(text);
  if (categories.length > 0) lines.push(`CATEGORIES:${categories.join(',')}`);
  if (notes.length > 0) lines.push(`NOTE:${text(notes.join('\n'))}`);
}
