import { Precondition } from '../errors.ts';
import { asArray, asEntries, asText, readJson } from '../json.ts';
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
const NAME = /^[A-Za-z0-9_./-]{1,255}$/;
/** More have no meaning and are only sent to hurt. */
const MAX_PARAMS = 100;

function bad(message: string): Precondition {
  return new Precondition('valid-calendar-data', `jCal: ${message}`);
}

/** Writes jCal text as iCalendar, a line at a time, folded, with CRLF line ends. Throws Precondition `valid-calendar-data`; the caller bounds the size. */
export function* fromJcal(bytes: Uint8Array): Generator<string, void, undefined> {
  const read = readJson(bytes, MAX_JSON_DEPTH);
  if ('fault' in read)
    throw bad(read.fault === 'too-deep' ? 'it is nested too deeply.' : 'it is no JSON in UTF-8.');
  yield* linesOf(read.value, 1);
}

function* linesOf(json: unknown, depth: number): Generator<string, void, undefined> {
  const [name, properties, components, ...more] = asArray(json) ?? [];
  const [listed, inner] = [asArray(properties), asArray(components)];
  if (typeof name !== 'string' || !NAME.test(name) || listed === null || inner === null || more.length > 0)
    throw bad('a component is an array of its name, its properties and its components.');
  if (depth > MAX_DEPTH) throw bad(`components are nested deeper than ${MAX_DEPTH}.`);
  yield `BEGIN:${name.toUpperCase()}\r\n`;
  for (const property of listed) yield foldLine(lineOf(property));
  for (const component of inner) yield* linesOf(component, depth + 1);
  yield `END:${name.toUpperCase()}\r\n`;
}

function lineOf(json: unknown): string {
  const [written, params, type, ...values] = asArray(json) ?? [];
  const entries = asEntries(params);
  if (typeof written !== 'string' || !NAME.test(written) || entries === null || typeof type !== 'string')
    throw bad('a property is an array of its name, its parameters, its type and its values.');
  const name = written.toUpperCase();
  if (name === 'BEGIN' || name === 'END') throw bad(`${name} is no property.`);
  if (entries.length > MAX_PARAMS)
    throw bad(`found a ${excerpt(written)} with more than ${MAX_PARAMS} parameters.`);
  const form = formOf(name);
  const kind = type.toLowerCase();
  const raw = valuesToRaw(kind, form, values);
  if (!NAME.test(type) || raw === null)
    throw bad(`found a ${excerpt(written)} whose value is not ${excerpt(type)}.`);
  let head = name;
  for (const [param, value] of entries) head += paramText(name, param, value, kind);
  if (kind === 'binary' && !entries.some(([param]) => /^encoding$/i.test(param))) head += ';ENCODING=BASE64';
  if (kind !== 'unknown' && kind !== form.type) head += `;VALUE=${kind.toUpperCase()}`;
  return `${head}:${raw}`;
}

function paramText(property: string, name: string, json: unknown, type: string): string {
  const values = (asArray(json) ?? [json]).map(asText);
  const told = values.filter((value) => value !== null);
  if (!NAME.test(name) || values.length === 0 || told.length < values.length)
    throw bad(`found a ${excerpt(property)} whose parameter ${excerpt(name)} is no text.`);
  if (/^value$/i.test(name) && type !== 'unknown') {
    if (told.length === 1 && told[0]?.toLowerCase() === type) return '';
    throw bad(`found a ${excerpt(property)} whose parameter "value" is not its type.`);
  }
  return `;${name.toUpperCase()}=${told.map(quoted).join(',')}`;
}

/** A parameter value as a line holds it (RFC 5545 §3.2, RFC 6868 §3). */
function quoted(value: string): string {
  const encoded = encodeCaret(value.replace(/\r\n?/g, '\n'));
  return /[,;:]/.test(encoded) ? `"${encoded}"` : encoded;
}
