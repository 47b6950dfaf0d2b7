import { Precondition } from '../errors.ts';
import { asArray } from '../json.ts';
import { JsonReader } from '../json-property.ts';
import { cardFormOf, writtenName } from './jcard-forms.ts';
import { cardValuesToJson, cardValuesToRaw } from './jcard-values.ts';
import { type CardParam, type CardProperty, decodeCaret, encodeCaret, foldLine, writeLine } from './lines.ts';
import type { ParsedCard } from './parse.ts';

/**
 * jCard (RFC 7095): a vCard 4.0 as JSON and back. Nothing is lost: what is no value of its type, such as a BDAY that is no
 * date, goes as type `unknown` with its characters as they are, and its VALUE as the parameter `value`.
 */

/** The media type of jCard. */
export const JCARD_TYPE = 'application/vcard+json';

/** Writes a card of version 4.0 as jCard text, a property at a time. */
export function* toJcard(card: ParsedCard): Generator<string, void, undefined> {
  yield '["vcard",[';
  let comma = '';
  for (const property of card.properties) {
    yield comma + JSON.stringify(propertyToJson(property));
    comma = ',';
  }
  yield ']]';
}

function propertyToJson(property: CardProperty): readonly unknown[] {
  const { value: raw, name } = property;
  const form = cardFormOf(name);
  const told = property.params.filter((param) => param.name === 'VALUE').flatMap((param) => param.values);
  const type = told.length === 0 ? form.type : (told[0] ?? '').toLowerCase();
  const isKnown = type !== null && type !== 'unknown' && told.length < 2;
  const values = isKnown ? cardValuesToJson(type, form, raw) : null;
  if (isKnown && values !== null) return [name.toLowerCase(), paramsToJson(property, true), type, ...values];
  return [name.toLowerCase(), paramsToJson(property, false), 'unknown', raw];
}

/** Lists that RFC 6350 lets stand inside one pair of quotes (§5.6, §5.9). */
const QUOTED_LISTS: ReadonlySet<string> = new Set(['TYPE', 'SORT-AS']);

/** Parameters by lower-case name, the group as one of them (RFC 7095 §3.4, §7.1); what the type says is left out. */
function paramsToJson({ group, params }: CardProperty, isTyped: boolean): Readonly<Record<string, unknown>> {
  if (group === null && params.length === 0) return {};
  const found = new Map<string, string[]>();
  for (const { name, values } of params) {
    if (name === 'VALUE' && isTyped) continue;
    const listed = QUOTED_LISTS.has(name) ? values.flatMap((value) => value.split(',')) : values;
    const key = name.toLowerCase();
    const known = found.get(key) ?? [];
    found.set(key, known);
    for (const value of listed) known.push(decodeCaret(value));
  }
  if (group !== null) found.set('group', [group]);
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** The card, its list, a property, its value, the parts of it, lists of these. */
const MAX_JSON_DEPTH = 8;
const JSON_TEXT = new JsonReader({
  name: /^[A-Za-z0-9_-]{1,255}$/,
  maxDepth: MAX_JSON_DEPTH,
  bad: (message) => new Precondition('valid-address-data', `jCard: ${message}`),
});

/** Writes jCard text as a vCard, a line at a time, folded, with CRLF line ends. Throws Precondition `valid-address-data` or `supported-address-data`; the caller bounds the size. */
export function* fromJcard(bytes: Uint8Array): Generator<string, void, undefined> {
  const [name, properties, ...more] = asArray(JSON_TEXT.text(bytes)) ?? [];
  const listed = asArray(properties);
  if (typeof name !== 'string' || name.toLowerCase() !== 'vcard' || listed === null || more.length > 0)
    throw JSON_TEXT.bad('a card is an array of "vcard" and its properties.');
  yield 'BEGIN:VCARD\r\n';
  // VERSION stands first (RFC 6350 §6.7.9), wherever it is in an array.
  for (const property of listed) if (isVersion(property)) yield versionLine(property);
  for (const property of listed) if (!isVersion(property)) yield foldLine(lineOf(property));
  yield 'END:VCARD\r\n';
}

function isVersion(property: unknown): boolean {
  const name = asArray(property)?.[0];
  return typeof name === 'string' && name.toLowerCase() === 'version';
}

/** Other versions have no jCard; a card without one is refused where cards are checked. */
function versionLine(property: unknown): string {
  const line = foldLine(lineOf(property));
  if (/^VERSION[^:]*:4\.0\r\n$/.test(line)) return line;
  throw new Precondition(
    'supported-address-data',
    'jCard is a form of vCard 4.0; send other versions as text.',
  );
}

function lineOf(json: unknown): string {
  const { name, params, type, values } = JSON_TEXT.property(json);
  const form = cardFormOf(name);
  const raw = cardValuesToRaw(type, form, values);
  if (raw === null) throw JSON_TEXT.bad(`found a ${name} whose value is not of its type.`);
  const listed: CardParam[] = [];
  let group: string | null = null;
  for (const [param, value] of params) {
    const told = JSON_TEXT.param(name, param, value);
    if (/^group$/i.test(param)) group = groupOf(name, told);
    else if (/^value$/i.test(param) && type !== 'unknown') JSON_TEXT.checkSaidType(name, told, type);
    else listed.push({ name: param.toUpperCase(), values: told.map(encodeCaret) });
  }
  if (type !== 'unknown' && type !== form.type) listed.push({ name: 'VALUE', values: [type] });
  return writeLine(group, writtenName(name), listed, raw);
}

function groupOf(property: string, told: readonly string[]): string {
  const [group, ...more] = told;
  if (group === undefined || more.length > 0 || !JSON_TEXT.isName(group))
    throw JSON_TEXT.bad(`found a ${property} whose group is not of letters, digits and hyphens.`);
  return group;
}
