import { Precondition } from '../errors.ts';
import { asArray } from '../json.ts';
import { JsonReader } from '../json-property.ts';
import { encodeCaret, foldLine } from '../vcard/lines.ts';
import { type Component, decodeParam, type Property } from './component.ts';
import { formOf } from './jcal-forms.ts';
import { valuesToJson, valuesToRaw } from './jcal-values.ts';
import { excerpt } from './lines.ts';
import { MAX_DEPTH } from './parse.ts';

/**
 * jCal (RFC 7265): a calendar object as JSON and back. Nothing is lost: what is no value of its type, such as a GEO without
 * numbers, goes as type `unknown` with its characters as they are, and its VALUE as the parameter `value`.
 */

/** The media type of jCal. */
export const JCAL_TYPE = 'application/calendar+json';

/** Writes a component and all in it as jCal text, a property at a time. */
export function* toJcal(component: Component): Generator<string, void, undefined> {
  yield `[${JSON.stringify(component.name.toLowerCase())},[`;
  let comma = '';
  for (const property of component.properties) {
    yield comma + JSON.stringify(propertyToJson(property));
    comma = ',';
  }
  yield '],[';
  comma = '';
  for (const child of component.components) {
    yield comma;
    yield* toJcal(child);
    comma = ',';
  }
  yield ']]';
}

function propertyToJson(property: Property): readonly unknown[] {
  const { value: raw, name } = property;
  const form = formOf(name);
  const told = property.params.get('VALUE');
  const type = told === undefined ? form.type : (told[0] ?? '').toLowerCase();
  if (told?.length === 1 || told === undefined) {
    const values = type === null || type === 'unknown' ? null : valuesToJson(type, form, raw);
    if (type !== null && values !== null)
      return [name.toLowerCase(), paramsToJson(property, type), type, ...values];
    // Many clients leave VALUE=DATE out; everybody reads such a date as what it is.
    const dates = told === undefined && type === 'date-time' ? valuesToJson('date', form, raw) : null;
    if (dates !== null) return [name.toLowerCase(), paramsToJson(property, 'date'), 'date', ...dates];
  }
  return [name.toLowerCase(), paramsToJson(property, null), 'unknown', raw];
}

/** Parameters by lower-case name (RFC 7265 §3.5); what the type says is left out. */
function paramsToJson({ params }: Property, type: string | null): Readonly<Record<string, unknown>> {
  if (params.size === 0) return {};
  const entries: [string, unknown][] = [];
  for (const [name, values] of params) {
    const isSaid =
      (name === 'VALUE' && type !== null) ||
      (name === 'ENCODING' && type === 'binary' && values[0]?.toUpperCase() === 'BASE64');
    const decoded = values.map(decodeParam);
    if (!isSaid) entries.push([name.toLowerCase(), decoded.length === 1 ? decoded[0] : decoded]);
  }
  return Object.fromEntries(entries);
}

/** Two arrays for each component, then those of a property, a value and its parts. */
const MAX_JSON_DEPTH = 2 * MAX_DEPTH + 5;
const JSON_TEXT = new JsonReader({
  name: /^[A-Za-z0-9_./-]{1,255}$/,
  maxDepth: MAX_JSON_DEPTH,
  bad: (message) => new Precondition('valid-calendar-data', `jCal: ${message}`),
});

/** Writes jCal text as iCalendar, a line at a time, folded, with CRLF line ends. Throws Precondition `valid-calendar-data`; the caller bounds the size. */
export function* fromJcal(bytes: Uint8Array): Generator<string, void, undefined> {
  yield* linesOf(JSON_TEXT.text(bytes), 1);
}

function* linesOf(json: unknown, depth: number): Generator<string, void, undefined> {
  const [name, properties, components, ...more] = asArray(json) ?? [];
  const [listed, inner] = [asArray(properties), asArray(components)];
  if (
    typeof name !== 'string' ||
    !JSON_TEXT.isName(name) ||
    listed === null ||
    inner === null ||
    more.length > 0
  )
    throw JSON_TEXT.bad('a component is an array of its name, its properties and its components.');
  if (depth > MAX_DEPTH) throw JSON_TEXT.bad(`components are nested deeper than ${MAX_DEPTH}.`);
  yield `BEGIN:${name.toUpperCase()}\r\n`;
  for (const property of listed) yield foldLine(lineOf(property));
  for (const component of inner) yield* linesOf(component, depth + 1);
  yield `END:${name.toUpperCase()}\r\n`;
}

function lineOf(json: unknown): string {
  const { name, params, type, values } = JSON_TEXT.property(json);
  const form = formOf(name);
  const raw = valuesToRaw(type, form, values);
  if (raw === null) throw JSON_TEXT.bad(`found a ${excerpt(name)} whose value is not ${excerpt(type)}.`);
  let head = name;
  for (const [param, value] of params) head += paramText(name, param, value, type);
  if (type === 'binary' && !params.some(([param]) => /^encoding$/i.test(param))) head += ';ENCODING=BASE64';
  if (type !== 'unknown' && type !== form.type) head += `;VALUE=${type.toUpperCase()}`;
  return `${head}:${raw}`;
}

function paramText(property: string, name: string, json: unknown, type: string): string {
  const told = JSON_TEXT.param(property, name, json);
  if (!/^value$/i.test(name) || type === 'unknown')
    return `;${name.toUpperCase()}=${told.map(quoted).join(',')}`;
  JSON_TEXT.checkSaidType(property, told, type);
  return '';
}

/** A parameter value as a line holds it (RFC 5545 §3.2, RFC 6868 §3). */
function quoted(value: string): string {
  const encoded = encodeCaret(value);
  return /[,;:]/.test(encoded) ? `"${encoded}"` : encoded;
}
