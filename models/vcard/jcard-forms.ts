/** What jCard must know of properties: their default types, which have lists and which are structured (RFC 7095 §3.3). */

/** How the value of a property is built. */
export interface CardForm {
  /** Lower-case type where no VALUE says another; null: nobody here knows the property. */
  readonly type: string | null;
  /** `list`: values with commas between; `parts`: parts with semicolons; `lists`: parts that are lists. */
  readonly shape: 'single' | 'list' | 'parts' | 'lists';
}

/** Default types of RFC 6350 §6, 6474, 6715, 8605 and 9554. */
const DEFAULT_TYPES: Readonly<Record<string, string>> = {
  text:
    'KIND XML FN N NICKNAME GENDER ADR TEL EMAIL TZ TITLE ROLE ORG CATEGORIES NOTE PRODID CLIENTPIDMAP VERSION BIRTHPLACE ' +
    'DEATHPLACE EXPERTISE HOBBY INTEREST GRAMGENDER PRONOUNS',
  uri:
    'SOURCE PHOTO IMPP GEO LOGO MEMBER RELATED SOUND UID URL KEY FBURL CALADRURI CALURI ORG-DIRECTORY CONTACT-URI ' +
    'SOCIALPROFILE',
  'date-and-or-time': 'BDAY ANNIVERSARY DEATHDATE',
  timestamp: 'REV CREATED',
  'language-tag': 'LANG LANGUAGE',
};

const SHAPES: ReadonlyMap<string, CardForm['shape']> = new Map([
  ['NICKNAME', 'list'],
  ['CATEGORIES', 'list'],
  ['N', 'lists'],
  ['ADR', 'lists'],
  ['ORG', 'parts'],
  ['GENDER', 'parts'],
  ['CLIENTPIDMAP', 'parts'],
]);

const FORMS: ReadonlyMap<string, CardForm> = new Map(
  Object.entries(DEFAULT_TYPES).flatMap(([type, names]) =>
    names.split(' ').map((name): [string, CardForm] => [name, { type, shape: SHAPES.get(name) ?? 'single' }]),
  ),
);

const UNKNOWN: CardForm = { type: null, shape: 'single' };

/** How the value of a property of that upper-case name is built. */
export function cardFormOf(name: string): CardForm {
  return FORMS.get(name) ?? UNKNOWN;
}

/** Names whose letter case some clients insist on; jCard has lower-case names only. */
const WRITTEN: ReadonlyMap<string, string> = new Map(
  ['X-ABLabel', 'X-ABRelatedNames', 'X-ABAdr', 'X-ABShowAs'].map((name) => [name.toUpperCase(), name]),
);

/** A property name as it is written into a card. */
export function writtenName(upper: string): string {
  return WRITTEN.get(upper) ?? upper;
}
