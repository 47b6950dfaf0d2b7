import type { App } from '../app.ts';
import { type Component, mainComponents, type Property, param, paramValues } from '../ical/component.ts';
import { decodeText, readLines } from '../ical/lines.ts';
import { parseDateTime, splitText, unescapeText } from '../ical/values.ts';
import { openCard, typesOf } from '../vcard/edit-source.ts';
import { componentsOf, textOf } from '../vcard/edit-values.ts';
import { type CardProperty, decodeCardText, readCardLines, splitValue } from '../vcard/lines.ts';
import { extendedDate } from '../vcard/values.ts';

/** What differs between two bodies of one object, field by field, as data that pages put into words. */

/** A value as a person may read it. */
export interface FieldValue {
  /** Decoded text; empty where the value is no text, such as a picture. */
  readonly text: string;
  /** What it is for, in lower case: `home`, `cell`, `accepted`. */
  readonly label: string | null;
  /** A day or wall time, `2026-11-24` or `2026-11-24T09:00:00`, instead of a text. */
  readonly when: string | null;
  /** `UTC`, the TZID of `when`, or null where it is floating or a day. */
  readonly zone: string | null;
}

/** One field that differs. */
export interface Difference {
  /** `VEVENT`, `VCARD` …, or the component inside it. */
  readonly component: string;
  /** Which date of a series the component is about; null: all of it. */
  readonly of: FieldValue | null;
  /** Name of the property in lower case: `summary`, `dtstart`, `tel`; `valarm` for reminders, `component` for a whole one. */
  readonly field: string;
  /** What is there no more. */
  readonly before: readonly FieldValue[];
  /** What has come. */
  readonly after: readonly FieldValue[];
}

const MAX_TEXT = 500;

const plain = (text: string, label: string | null = null): FieldValue => ({
  text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
  label,
  when: null,
  zone: null,
});

/** What every program writes anew and no person means. */
const TECHNICAL: ReadonlySet<string> = new Set([
  'BEGIN',
  'END',
  'UID',
  'VERSION',
  'PRODID',
  'CALSCALE',
  'METHOD',
  'DTSTAMP',
  'CREATED',
  'LAST-MODIFIED',
  'SEQUENCE',
  'REV',
  'RECURRENCE-ID',
  'X-ABLABEL',
  'X-ABSHOWAS',
]);

const isTechnical = (name: string): boolean =>
  TECHNICAL.has(name) || /^X-(MOZ|LIC|EVOLUTION|MICROSOFT|APPLE-TRAVEL|RADICALE|DAYBOOK)-/.test(name);

type Fields = ReadonlyMap<string, readonly FieldValue[]>;

interface Part {
  readonly component: string;
  readonly of: FieldValue | null;
  readonly fields: Fields;
}

/** Compares two bodies of the same kind; what differs in nothing a person means is left out. Throws for what is no such body. */
export function differences(
  app: Pick<App, 'rules'>,
  component: string,
  before: Uint8Array,
  after: Uint8Array,
): readonly Difference[] {
  const parts = component === 'VCARD' ? cardParts : (body: Uint8Array) => calendarParts(app, body);
  const was = parts(before);
  const is = parts(after);
  const found: Difference[] = [];
  for (const [key, part] of was) found.push(...compare(part, part.fields, is.get(key)?.fields ?? null));
  for (const [key, part] of is) if (!was.has(key)) found.push(...compare(part, null, part.fields));
  return found;
}

const keyOf = ({ text, label, when, zone }: FieldValue): string => JSON.stringify([text, label, when, zone]);

function compare(part: Part, was: Fields | null, is: Fields | null): readonly Difference[] {
  const { component, of } = part;
  if (was === null || is === null) {
    const title = part.fields.get('summary') ?? [plain('')];
    return [
      {
        component,
        of,
        field: 'component',
        before: is === null ? title : [],
        after: is === null ? [] : title,
      },
    ];
  }
  const found: Difference[] = [];
  for (const field of new Set([...was.keys(), ...is.keys()])) {
    const before = minus(was.get(field) ?? [], is.get(field) ?? []);
    const after = minus(is.get(field) ?? [], was.get(field) ?? []);
    if (before.length + after.length > 0) found.push({ component, of, field, before, after });
  }
  return found;
}

function minus(values: readonly FieldValue[], others: readonly FieldValue[]): readonly FieldValue[] {
  const left = others.map(keyOf);
  return values.filter((value) => {
    const at = left.indexOf(keyOf(value));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function calendarParts(app: Pick<App, 'rules'>, body: Uint8Array): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  for (const component of mainComponents(app.rules.parse(body).root)) {
    const id = component.properties.find((property) => property.name === 'RECURRENCE-ID');
    const of = id === undefined ? null : (timesOf(id)[0] ?? null);
    const key = `${component.name} ${of === null ? '' : keyOf(of)}`;
    parts.set(key, { component: component.name, of, fields: calendarFields(component) });
  }
  return parts;
}

function calendarFields(component: Component): Fields {
  const fields = new Map<string, FieldValue[]>();
  const add = (name: string, values: readonly FieldValue[]): void => {
    const field = name.toLowerCase();
    fields.set(field, [...(fields.get(field) ?? []), ...values]);
  };
  for (const property of component.properties)
    if (!isTechnical(property.name)) add(property.name, calendarValues(property));
  for (const inner of component.components) {
    const trigger = inner.properties.find((property) => property.name === 'TRIGGER');
    if (trigger !== undefined) add(inner.name, calendarValues(trigger));
  }
  return fields;
}

const TIMES: ReadonlySet<string> = new Set([
  'DTSTART',
  'DTEND',
  'DUE',
  'COMPLETED',
  'EXDATE',
  'RDATE',
  'TRIGGER',
]);
const LISTS: ReadonlySet<string> = new Set(['CATEGORIES', 'RESOURCES']);
const PEOPLE: ReadonlySet<string> = new Set(['ATTENDEE', 'ORGANIZER']);
const RAW: ReadonlySet<string> = new Set(['RRULE', 'GEO', 'PERCENT-COMPLETE', 'PRIORITY']);

function calendarValues(property: Property): readonly FieldValue[] {
  const { name, value } = property;
  if (TIMES.has(name)) return timesOf(property);
  if (LISTS.has(name)) return splitText(value).map((text) => plain(text));
  if (RAW.has(name)) return [plain(value)];
  if (PEOPLE.has(name)) {
    const address = value.replace(/^mailto:/i, '');
    const shown = param(property, 'CN') ?? address;
    const text = shown === address ? address : `${shown}, ${address}`;
    return [plain(text, param(property, 'PARTSTAT')?.toLowerCase() ?? null)];
  }
  if (paramValues(property, 'VALUE').some((word) => word.toUpperCase() === 'BINARY'))
    return [plain('', `${value.length}`)];
  return [plain(unescapeText(value))];
}

/** Days and times of a property; what is neither (a duration, a period) stays a text. */
function timesOf(property: Property): readonly FieldValue[] {
  const tzid = param(property, 'TZID') ?? null;
  return property.value.split(',').map((text) => {
    const time = parseDateTime(text.trim());
    if (time === null) return plain(text);
    const day = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`;
    if (time.isDate) return { text: '', label: null, when: day, zone: null };
    const when = `${day}T${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
    return { text: '', label: null, when, zone: time.isUtc ? 'UTC' : tzid };
  });
}

const two = (value: number): string => String(value).padStart(2, '0');

const PICTURES: ReadonlySet<string> = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY']);
const WORDS: ReadonlySet<string> = new Set(['CATEGORIES', 'NICKNAME']);
const STRUCTURED: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG', 'GENDER']);
const DAYS: ReadonlySet<string> = new Set(['BDAY', 'ANNIVERSARY', 'DEATHDATE']);

function cardParts(body: Uint8Array): ReadonlyMap<string, Part> {
  const card = openCard(body);
  const fields = new Map<string, FieldValue[]>();
  for (const line of card.lines) {
    if (line.name === '' || isTechnical(line.name)) continue;
    const field = line.name.toLowerCase();
    fields.set(field, [...(fields.get(field) ?? []), ...cardValues(line)]);
  }
  return new Map([['VCARD', { component: 'VCARD', of: null, fields }]]);
}

function cardValues(line: CardProperty): readonly FieldValue[] {
  const types = typesOf(line).filter((type) => !['INTERNET', 'PREF', 'VOICE'].includes(type));
  const label = types.length === 0 ? null : types.join(' ').toLowerCase();
  // Two pictures differ where their bytes do; what they say apart from that is their size.
  if (PICTURES.has(line.name)) return [plain('', `${line.value.length}`)];
  if (WORDS.has(line.name)) return splitValue(textOf(line), ',').map((text) => plain(text.trim(), label));
  if (STRUCTURED.has(line.name)) return [plain(structuredText(line), label)];
  const day = DAYS.has(line.name) ? extendedDate(line.value.slice(0, 10)) : null;
  if (day !== null && /^\d{4}-\d{2}-\d{2}$/.test(day)) return [{ text: '', label, when: day, zone: null }];
  return [plain(textOf(line), label)];
}

const structuredText = (line: CardProperty): string =>
  componentsOf(line)
    .filter((part) => part !== '')
    .join(', ');

/** What an object is called, from its bytes, for display only: SUMMARY or FN; empty when it has none. */
export function titleOf(component: string, body: Uint8Array): string {
  try {
    return (component === 'VCARD' ? cardTitle(body) : calendarTitle(body)).trim().slice(0, MAX_TEXT);
  } catch {
    // The body is of another time or from elsewhere, and its page must open all the same.
    return '';
  }
}

function cardTitle(body: Uint8Array): string {
  const lines = readCardLines(decodeCardText(body) ?? '');
  const find = (name: string): CardProperty | undefined => lines.find((line) => line.name === name);
  const named = textOf(find('FN'));
  if (named !== '') return named;
  const organisation = find('ORG');
  return organisation === undefined ? textOf(find('EMAIL')) : structuredText(organisation);
}

const TITLED: ReadonlySet<string> = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);

function calendarTitle(body: Uint8Array): string {
  const open: string[] = [];
  for (const { name, value } of readLines(decodeText(body))) {
    if (name === 'BEGIN') open.push(value.toUpperCase());
    else if (name === 'END') open.pop();
    else if (name === 'SUMMARY' && TITLED.has(open.at(-1) ?? '')) return unescapeText(value);
  }
  return '';
}
