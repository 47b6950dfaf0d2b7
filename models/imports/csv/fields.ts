import { createHash } from 'node:crypto';

/**
 * Where a column goes: `email.work`, `phone.mobile`, `address.home.city`. A place that begins with `google.` is made of several
 * columns of one number, label and value.
 */
export type Field = string;

/** What a table holds. */
export type TableKind = 'contacts' | 'events';

/** Where each column goes, in the order of the header; `note` where it has no place of its own, empty: left out. */
export type Mapping = readonly Field[];

/** Fields to choose from for a column of contacts. */
export const CONTACT_FIELDS: readonly Field[] = [
  ...['name', 'prefix', 'first', 'middle', 'last', 'suffix', 'nickname', 'org', 'department', 'title'],
  ...['email.home', 'email.work', 'email.other', 'phone.mobile', 'phone.home', 'phone.work', 'phone.main'],
  ...['phone.home-fax', 'phone.work-fax', 'phone.pager', 'phone.other'],
  ...['home', 'work', 'other'].flatMap((kind) =>
    ['street', 'city', 'region', 'postcode', 'country', 'box'].map((part) => `address.${kind}.${part}`),
  ),
  ...['birthday', 'anniversary', 'web', 'categories', 'note'],
];

/** Fields to choose from for a column of events. */
export const EVENT_FIELDS: readonly Field[] = [
  ...['summary', 'start.date', 'start.time', 'end.date', 'end.time', 'all-day', 'place', 'description'],
  ...['categories', 'private', 'show-as', 'priority', 'note'],
];

/** Header texts of Outlook and of old and plain tables, English and German; compared without case and punctuation. */
const CONTACT_HEADERS: readonly (readonly [Field, string])[] = [
  ['name', 'name|full name|display name|anzeigename|vollständiger name'],
  ['prefix', 'title|name prefix|anrede|prefix|courtesy title'],
  ['first', 'first name|given name|vorname|firstname'],
  ['middle', 'middle name|additional name|weitere vornamen|weiterer vorname|2 vorname|zweiter vorname'],
  ['last', 'last name|family name|surname|nachname|lastname|familienname'],
  ['suffix', 'suffix|name suffix|namenszusatz'],
  ['nickname', 'nickname|spitzname'],
  ['org', 'company|organization|organisation|organization name|firma|unternehmen'],
  ['department', 'department|organization department|abteilung'],
  ['title', 'job title|organization title|position|berufsbezeichnung'],
  ['email.other', 'e mail address|email address|email|e mail|e mail adresse|primary email|mail'],
  [
    'email.other',
    'e mail 2 address|e mail 2 adresse|e mail 3 address|e mail 3 adresse|secondary email|e mail 2|e mail 3',
  ],
  [
    'phone.mobile',
    'mobile phone|mobile|mobiltelefon|mobiltelefon 2|handy|mobile phone 2|mobile number|car phone|autotelefon',
  ],
  ['phone.home', 'home phone|home phone 2|telefon privat|telefon privat 2|telefon privat 3|telefon (privat)'],
  [
    'phone.work',
    'business phone|business phone 2|telefon geschäftlich|telefon geschäftlich 2|work phone|assistants phone|telefon assistent',
  ],
  ['phone.main', 'primary phone|haupttelefon|company main phone|telefon firma|phone|telefon'],
  ['phone.home-fax', 'home fax|fax privat'],
  ['phone.work-fax', 'business fax|fax geschäftlich|fax|fax number'],
  ['phone.pager', 'pager|pager number'],
  [
    'phone.other',
    'other phone|weiteres telefon|weitere telefonnummer|callback|rückmeldung|radio phone|mobilfunk|tty tdd phone|telefon für hörbehinderte|isdn|other fax|weiteres fax|telex',
  ],
  ...(
    [
      ['home', 'home|privat', 'privat'],
      ['work', 'business|work', 'geschäftlich'],
      ['other', 'other', 'weitere|weiterer|weiteres'],
    ] as const
  ).flatMap(([kind, english, german]) => addressHeaders(kind, english, german)),
  ['birthday', 'birthday|geburtstag'],
  ['anniversary', 'anniversary|jahrestag'],
  ['web', 'web page|webseite|website|web page 2|personal web page|homepage|internetseite|business homepage'],
  ['categories', 'categories|kategorien|labels|group membership'],
  ['note', 'notes|note|notizen|bemerkungen'],
];

function addressHeaders(kind: string, english: string, german: string): (readonly [Field, string])[] {
  const parts: readonly (readonly [string, string, string])[] = [
    ['street', 'street|street 2|street 3|address', 'straße|straße 2|straße 3'],
    ['city', 'city', 'ort'],
    ['region', 'state|region', 'region|bundesland kanton'],
    ['postcode', 'postal code|zip', 'postleitzahl'],
    ['country', 'country region|country', 'land region|land'],
    ['box', 'address po box|po box', 'postfach'],
  ];
  return parts.map(([part, en, de]) => {
    const names: string[] = [];
    for (const word of en.split('|')) for (const place of english.split('|')) names.push(`${place} ${word}`);
    for (const word of de.split('|'))
      for (const place of german.split('|')) {
        const number = / \d$/.exec(word)?.[0] ?? '';
        const plain = word.slice(0, word.length - number.length);
        names.push(kind === 'other' ? `${place} ${plain}${number}` : `${plain} ${place}${number}`);
      }
    return [`address.${kind}.${part}`, names.join('|')];
  });
}

const EVENT_HEADERS: readonly (readonly [Field, string])[] = [
  ['summary', 'subject|betreff|title|titel'],
  ['start.date', 'start date|beginnt am|startdatum'],
  ['start.time', 'start time|beginnt um|startzeit'],
  ['end.date', 'end date|endet am|enddatum'],
  ['end.time', 'end time|endet um|endzeit'],
  ['all-day', 'all day event|ganztägiges ereignis'],
  ['place', 'location|ort'],
  ['description', 'description|beschreibung|notes'],
  ['categories', 'categories|kategorien'],
  ['private', 'private|privat'],
  ['show-as', 'show time as|zeitspanne zeigen als|zeigen als'],
  ['priority', 'priority|priorität'],
];

/** Columns that mean nothing outside the program that wrote them, as long as they hold nothing a person wrote. */
const NOTHING =
  /^(e mail (\d )?(type|typ)|e mail (\d )?(display name|angezeigter name)|file as|phonetic .*|yomi .*|.* yomi( name)?|given name yomi|photo|initials|initialen|sensitivity|vertraulichkeit|priority|priorität|private|privat|directory server|verzeichnisserver|gender|geschlecht|language|sprache|mileage|reisekilometer|reminder.*|erinnerung.*|meeting organizer|besprechungsplanung)$/;
/** Of those, what is dropped although it may hold something: types, sort keys and defaults. */
const DROPPED =
  /^(e mail (\d )?(type|typ|display name|angezeigter name)|file as|phonetic .*|yomi .*|.* yomi( name)?|initials|initialen|sensitivity|vertraulichkeit|priority|priorität|private|privat|gender|geschlecht|reminder.*|erinnerung.*)$/;

const GOOGLE = /^(e-mail|phone|address|website|organization|event|relation|custom field|im) (\d+) - (.+)$/i;

/** A header text for comparing. */
export function plainHeader(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function lookUp(headers: readonly (readonly [Field, string])[]): ReadonlyMap<string, Field> {
  const found = new Map<string, Field>();
  for (const [field, texts] of headers)
    for (const text of texts.split('|'))
      if (!found.has(plainHeader(text))) found.set(plainHeader(text), field);
  return found;
}

function googleField(header: string): Field | null {
  const match = GOOGLE.exec(header.trim());
  if (match === null) return null;
  const [, what = '', number = '', part = ''] = match;
  return `google.${what.toLowerCase().replace(/[^a-z]/g, '')}.${number}.${plainHeader(part).replaceAll(' ', '-')}`;
}

/** Says what a table is by its header, and where its columns go; null when it is none that is known. */
export function recognise(
  header: readonly string[],
): { readonly kind: TableKind; readonly mapping: Mapping } | null {
  const plain = header.map(plainHeader);
  const events = lookUp(EVENT_HEADERS);
  const eventFields = plain.map((text) => events.get(text) ?? null);
  if (eventFields.includes('summary') && eventFields.includes('start.date'))
    return { kind: 'events', mapping: plain.map((text, at) => eventFields[at] ?? otherField(text)) };
  const contacts = lookUp(CONTACT_HEADERS);
  const hasJobTitle = plain.some(
    (text) => text === 'job title' || text === 'position' || text === 'organization title',
  );
  const mapping = header.map((text, at) => {
    const key = plain[at] ?? '';
    // Without another column for it, a title is what somebody does.
    if (key === 'title' && !hasJobTitle && !plain.includes('suffix')) return 'title';
    return googleField(text) ?? contacts.get(key) ?? otherField(key);
  });
  const known = mapping.filter((field) => field !== 'note' && field !== '').length;
  const hasName = mapping.some((field) => /^(name|first|last|org|email\.|google\.email)/.test(field));
  return hasName && known >= 2 ? { kind: 'contacts', mapping } : null;
}

const otherField = (plain: string): Field => (DROPPED.test(plain) ? '' : 'note');

/** Whether a column with this header may be left out of a note when nobody has filled it in by hand. */
export function isMachineColumn(header: string): boolean {
  return NOTHING.test(plainHeader(header));
}

/** Whether somebody may put a column there. */
export function isField(kind: TableKind, field: Field): boolean {
  if (field === '' || /^google\.[a-z]+\.\d{1,2}\.[a-z-]+$/.test(field)) return true;
  return (kind === 'contacts' ? CONTACT_FIELDS : EVENT_FIELDS).includes(field);
}

/** The same for two files with the same columns. */
export function headerHash(header: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(header)).digest('hex');
}
