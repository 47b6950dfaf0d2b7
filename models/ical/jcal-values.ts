import { asArray } from '../json.ts';
import {
  AS_WRITTEN,
  BOOLEAN,
  FLOAT,
  INTEGER,
  spelling,
  TEXT,
  UTC_OFFSET,
  type ValueCodec,
} from '../json-values.ts';
import { splitValue } from '../vcard/lines.ts';
import type { ValueForm } from './jcal-forms.ts';
import { RECUR } from './jcal-recur.ts';
import { dateTimeToBasic, dateTimeToExtended } from './jcal-times.ts';

/** Values of jCal (RFC 7265 §3.5, §3.6): a list of values, each maybe of parts, each of one type. */

const isDate = (text: string): boolean => !text.includes('T');

const DATE = spelling(
  (raw) => (isDate(raw) ? dateTimeToExtended(raw) : null),
  (text) => (isDate(text) ? dateTimeToBasic(text) : null),
);
const DATE_TIME = spelling(
  (raw) => (isDate(raw) ? null : dateTimeToExtended(raw)),
  (text) => (isDate(text) ? null : dateTimeToBasic(text)),
);
const TIME = spelling(
  (raw) =>
    /^(\d\d)(\d\d)(\d\d)(Z?)$/
      .exec(raw)
      ?.slice(1, 4)
      .join(':')
      .concat(raw.endsWith('Z') ? 'Z' : '') ?? null,
  (text) => (/^\d\d:\d\d:\d\dZ?$/.test(text) ? text.replaceAll(':', '') : null),
);

/** A PERIOD is an array of its start and its end or duration (RFC 7265 §3.6.9). */
const PERIOD: ValueCodec = {
  toJson(raw) {
    const [start = '', rest, ...more] = raw.trim().split('/');
    if (rest === undefined || more.length > 0) return undefined;
    const from = DATE_TIME.toJson(start);
    const to = /^[+-]?P/.test(rest) ? rest : DATE_TIME.toJson(rest);
    return from === undefined || to === undefined ? undefined : [from, to];
  },
  toRaw(json) {
    const [start, rest, ...more] = asArray(json) ?? [];
    if (typeof rest !== 'string' || more.length > 0) return null;
    const from = DATE_TIME.toRaw(start);
    const to = /^[+-]?P[0-9A-Z]*$/.test(rest) ? rest : DATE_TIME.toRaw(rest);
    return from === null || to === null ? null : `${from}/${to}`;
  },
};

const CODECS: ReadonlyMap<string, ValueCodec> = new Map([
  ['text', TEXT],
  ['boolean', BOOLEAN],
  ['integer', INTEGER],
  ['float', FLOAT],
  ['utc-offset', UTC_OFFSET],
  ['date', DATE],
  ['date-time', DATE_TIME],
  ['time', TIME],
  ['period', PERIOD],
  ['recur', RECUR],
]);

/** Where nobody knows the property, a comma in a value of these types can only separate values. */
const SEPARABLE: ReadonlySet<string> = new Set([
  ...['text', 'boolean', 'integer', 'float', 'utc-offset', 'date', 'date-time', 'time', 'period', 'duration'],
]);

const isList = (type: string, form: ValueForm): boolean =>
  form.isList || (form.type === null && SEPARABLE.has(type));
const isStructured = (type: string, form: ValueForm): boolean =>
  form.isStructured || (form.type === null && type === 'text');

/** The values of a line as JSON; null where they are not all of the type. */
export function valuesToJson(type: string, form: ValueForm, raw: string): readonly unknown[] | null {
  if (raw === '') return [''];
  const codec = CODECS.get(type) ?? AS_WRITTEN;
  const split = (text: string, separator: ',' | ';'): string[] =>
    type === 'text' ? splitValue(text, separator) : text.split(separator);
  const values: unknown[] = [];
  for (const value of isList(type, form) ? split(raw, ',') : [raw]) {
    const parts = (isStructured(type, form) ? split(value, ';') : [value]).map((part) => codec.toJson(part));
    if (parts.includes(undefined)) return null;
    values.push(parts.length === 1 ? parts[0] : parts);
  }
  return values;
}

/** The values of a jCal property as one line holds them; null where one of them is not of the type. */
export function valuesToRaw(type: string, form: ValueForm, values: readonly unknown[]): string | null {
  const codec = CODECS.get(type) ?? AS_WRITTEN;
  const mayBeMany = form.isList || form.type === null;
  if (values.length === 0 || (values.length > 1 && !mayBeMany)) return null;
  const written = values.map((value) => oneToRaw(codec, isStructured(type, form), value));
  return written.includes(null) ? null : written.join(',');
}

function oneToRaw(codec: ValueCodec, hasParts: boolean, value: unknown): string | null {
  if (value === '') return '';
  const parts = hasParts ? asArray(value) : null;
  if (parts === null) return codec.toRaw(value);
  const written = parts.map((part) => codec.toRaw(part));
  return written.length === 0 || written.includes(null) ? null : written.join(';');
}
