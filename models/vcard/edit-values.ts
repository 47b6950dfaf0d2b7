import { decodedValue, type EditableCard, typesOf } from './edit-source.ts';
import { type CardProperty, decodeCaret, paramValue, splitValue, unescapeText } from './lines.ts';
import { extendedDate, monthAndDay } from './values.ts';

/** What a card holds in the form in which people see and change it. */
export interface CardValues {
  readonly name: CardName;
  /** FN: the name the card is shown under. */
  readonly shownName: string;
  readonly nickname: string;
  readonly organization: string;
  readonly department: string;
  readonly title: string;
  readonly phones: readonly LabelledValue[];
  readonly emails: readonly LabelledValue[];
  readonly links: readonly LabelledValue[];
  readonly addresses: readonly LabelledAddress[];
  /** `YYYY-MM-DD`, `--MM-DD` without a year, or as written where it is no date; empty: none. */
  readonly birthday: string;
  readonly anniversary: string;
  readonly note: string;
}

/** The components of N (RFC 6350 §6.2.2). */
export interface CardName {
  readonly prefix: string;
  readonly given: string;
  readonly additional: string;
  readonly family: string;
  readonly suffix: string;
}

interface Labelled {
  /** Place of its line in the card; null for a new one. */
  readonly at: number | null;
  /** One of `LABELS`, `x:` with a text of the person's own, or empty. */
  readonly label: string;
}

/** A number, address or link with what it is for. */
export interface LabelledValue extends Labelled {
  readonly value: string;
}

/** A postal address; the other two components of ADR are kept unseen. */
export interface LabelledAddress extends Labelled {
  readonly street: string;
  readonly city: string;
  readonly region: string;
  readonly postcode: string;
  readonly country: string;
}

/** The labels with words of their own in every language. */
export const LABELS = [
  ...(['home', 'work', 'mobile', 'main', 'fax', 'home-fax', 'work-fax', 'pager', 'homepage'] as const),
  'other',
] as const;

/** A property of the card that has no field of its own. */
export interface OtherField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
}

const find = (card: EditableCard, name: string): CardProperty | undefined =>
  card.lines.find((line) => line.name === name);

/** The text of a value without escapes. */
export function textOf(line: CardProperty | undefined): string {
  return line === undefined ? '' : unescapeText(decodedValue(line)).trim();
}

/** Components of a structured value as texts. */
export function componentsOf(line: CardProperty | undefined): readonly string[] {
  return line === undefined
    ? []
    : splitValue(decodedValue(line), ';').map((part) => unescapeText(part).trim());
}

/** Apple's names for labels, as `_$!<Home>!$_`. */
const APPLE_LABELS: Readonly<Record<string, string>> = {
  HOME: 'home',
  WORK: 'work',
  MOBILE: 'mobile',
  MAIN: 'main',
  HOMEFAX: 'home-fax',
  WORKFAX: 'work-fax',
  PAGER: 'pager',
  HOMEPAGE: 'homepage',
  OTHER: 'other',
};

/** The X-ABLabel line that belongs to the group of a line. */
export function labelLineOf(card: EditableCard, line: CardProperty): CardProperty | undefined {
  const group = line.group?.toLowerCase();
  if (group === undefined) return undefined;
  return card.lines.find((each) => each.name === 'X-ABLABEL' && each.group?.toLowerCase() === group);
}

/** What a line is for: from the label of its group, else from its types. */
export function labelOf(card: EditableCard, line: CardProperty): string {
  const own = textOf(labelLineOf(card, line));
  if (own !== '') {
    const inner = /^_\$!<(.*)>!\$_$/.exec(own)?.[1];
    return (inner === undefined ? undefined : APPLE_LABELS[inner.toUpperCase()]) ?? `x:${inner ?? own}`;
  }
  const types = typesOf(line);
  const has = (type: string): boolean => types.includes(type);
  if (has('FAX')) return has('HOME') ? 'home-fax' : has('WORK') ? 'work-fax' : 'fax';
  if (has('CELL') || has('MOBILE') || has('IPHONE')) return 'mobile';
  for (const label of ['home', 'work', 'main', 'pager', 'other']) if (has(label.toUpperCase())) return label;
  const special = types.find((type) => type.startsWith('X-') && type.length > 2);
  return special === undefined ? '' : `x:${special.slice(2).toLowerCase()}`;
}

function labelled(card: EditableCard, name: string): LabelledValue[] {
  return card.lines.flatMap((line, at) => {
    if (line.name !== name) return [];
    const value = name === 'TEL' ? textOf(line).replace(/^tel:/i, '') : textOf(line);
    return value === '' ? [] : [{ at, label: labelOf(card, line), value }];
  });
}

function addressesOf(card: EditableCard): LabelledAddress[] {
  return card.lines.flatMap((line, at) => {
    if (line.name !== 'ADR') return [];
    const [, , street = '', city = '', region = '', postcode = '', country = ''] = componentsOf(line);
    return [{ at, label: labelOf(card, line), street, city, region, postcode, country }];
  });
}

/** A date as people write it: with its year, or `--MM-DD`; what is none stays as it is. */
function dateOf(line: CardProperty | undefined): string {
  const written = textOf(line);
  if (line === undefined || written === '') return '';
  const day = extendedDate(written)?.slice(0, 10);
  if (day !== undefined && paramValue(line, 'X-APPLE-OMIT-YEAR') === day.slice(0, 4))
    return `--${day.slice(5)}`;
  const short = monthAndDay(written);
  return day ?? (short === null ? written : `--${short.month}-${short.day}`);
}

/** The line that says when somebody married: of 4.0, its 3.0 form, or Apple's labelled date. */
export function anniversaryLine(card: EditableCard): CardProperty | undefined {
  const isApple = (line: CardProperty): boolean =>
    line.name === 'X-ABDATE' && /^(_\$!<)?anniversary/i.test(textOf(labelLineOf(card, line)));
  return find(card, 'ANNIVERSARY') ?? find(card, 'X-ANNIVERSARY') ?? card.lines.find(isApple);
}

/** Reads what the form shows. */
export function readValues(card: EditableCard): CardValues {
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = componentsOf(find(card, 'N'));
  const [organization = '', department = ''] = componentsOf(find(card, 'ORG'));
  return {
    name: { prefix, given, additional, family, suffix },
    shownName: textOf(find(card, 'FN')),
    nickname: textOf(find(card, 'NICKNAME')),
    organization,
    department,
    title: textOf(find(card, 'TITLE')),
    phones: labelled(card, 'TEL'),
    emails: labelled(card, 'EMAIL'),
    links: labelled(card, 'URL'),
    addresses: addressesOf(card),
    birthday: dateOf(find(card, 'BDAY')),
    anniversary: dateOf(anniversaryLine(card)),
    note: textOf(find(card, 'NOTE')),
  };
}

/** The parts of a name in the order of speaking. */
export function composedName(name: CardName): string {
  return [name.prefix, name.given, name.additional, name.family, name.suffix]
    .map((part) => part.replace(/,/g, ' ').trim())
    .filter((part) => part !== '')
    .join(' ');
}

const SHOWN: ReadonlySet<string> = new Set([
  ...['FN', 'N', 'NICKNAME', 'ORG', 'TITLE', 'TEL', 'EMAIL', 'URL', 'ADR', 'BDAY', 'PHOTO', 'VERSION', 'UID'],
  ...[
    'REV',
    'PRODID',
    'X-ABLABEL',
    'X-ABADR',
    'X-ABUID',
    'X-IMAGEHASH',
    'X-IMAGETYPE',
    'X-SHARED-PHOTO-DISPLAY-PREF',
  ],
]);

/** Everything else the card says, for reading: binary values are left out. */
export function otherFields(card: EditableCard): readonly OtherField[] {
  const note = find(card, 'NOTE');
  const anniversary = anniversaryLine(card);
  return card.lines
    .filter((line) => !SHOWN.has(line.name) && line !== note && line !== anniversary && line.name !== '')
    .filter(
      (line) => !/^(B|BASE64)$/i.test(paramValue(line, 'ENCODING') ?? '') && !/^data:/i.test(line.value),
    )
    .map((line) => {
      const label = labelOf(card, line);
      const parts = componentsOf(line).filter((part) => part !== '');
      const service = decodeCaret(
        paramValue(line, 'X-SERVICE-TYPE') ?? paramValue(line, 'SERVICE-TYPE') ?? '',
      );
      return {
        name: line.name,
        label: label === '' && service !== '' ? `x:${service}` : label,
        value: parts.join(', '),
      };
    })
    .filter((field) => field.value !== '');
}
