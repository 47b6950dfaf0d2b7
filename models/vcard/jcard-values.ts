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
import type { CardForm } from './jcard-forms.ts';
import {
  type Spelling,
  spellDate,
  spellDateAndOrTime,
  spellDateTime,
  spellTime,
  spellTimestamp,
} from './jcard-times.ts';
import { splitValue } from './lines.ts';

/** Values of jCard (RFC 7095 §3.3.1, §3.5): one, a list, or parts that may be lists themselves. */

function times(spell: (text: string, spelling: Spelling) => string | null): ValueCodec {
  return spelling(
    (raw) => spell(raw, { isExtended: true }),
    (text) => spell(text, { isExtended: false }),
  );
}

/** No URI has a backslash: careless writers escape the separators in it. One that stands there all the same is kept. */
const URI: ValueCodec = {
  toJson: (raw) => raw.replace(/\\([,;:])/g, '$1'),
  toRaw: (json) => AS_WRITTEN.toRaw(json)?.replace(/\\(?=[,;:])/g, '\\\\') ?? null,
};

const CODECS: ReadonlyMap<string, ValueCodec> = new Map([
  ['text', TEXT],
  ['uri', URI],
  ['boolean', BOOLEAN],
  ['integer', INTEGER],
  ['float', FLOAT],
  ['utc-offset', UTC_OFFSET],
  ['date', times(spellDate)],
  ['time', times(spellTime)],
  ['date-time', times(spellDateTime)],
  ['date-and-or-time', times(spellDateAndOrTime)],
  ['timestamp', times(spellTimestamp)],
]);

/** Where nobody knows the property, a comma in a value of these types can only separate values. */
const SEPARABLE: ReadonlySet<string> = new Set([
  ...[
    'boolean',
    'integer',
    'float',
    'utc-offset',
    'date',
    'time',
    'date-time',
    'date-and-or-time',
    'timestamp',
  ],
]);

/** The shape of one value: of an unknown property's text it shows in the separators that are not escaped. */
function shapeOf(type: string, form: CardForm, raw: string): CardForm['shape'] {
  if (form.type !== null) return form.shape;
  if (SEPARABLE.has(type)) return 'list';
  if (type !== 'text') return 'single';
  return splitValue(raw, ';').length > 1 ? 'lists' : 'list';
}

/** The values of a line as JSON; null where they are not all of the type. */
export function cardValuesToJson(type: string, form: CardForm, raw: string): readonly unknown[] | null {
  if (raw === '') return [''];
  const codec = CODECS.get(type) ?? AS_WRITTEN;
  const shape = shapeOf(type, form, raw);
  const list = (text: string): readonly unknown[] => splitValue(text, ',').map((one) => codec.toJson(one));
  let values: readonly unknown[];
  if (shape === 'single') values = [codec.toJson(raw)];
  else if (shape === 'list') values = list(raw);
  else {
    const parts = splitValue(raw, ';').map((part) =>
      shape === 'lists' && part !== '' ? alone(list(part)) : codec.toJson(part),
    );
    values = [alone(parts)];
  }
  return values.includes(undefined) ? null : values;
}

const alone = (list: readonly unknown[]): unknown => (list.length === 1 ? list[0] : list);

/** The values of a jCard property as one line holds them; null where one of them is not of the type. */
export function cardValuesToRaw(type: string, form: CardForm, values: readonly unknown[]): string | null {
  const codec = CODECS.get(type) ?? AS_WRITTEN;
  const hasParts =
    form.shape === 'parts' || form.shape === 'lists' || (form.type === null && type === 'text');
  const mayBeMany = form.shape === 'list' || form.type === null;
  if (values.length === 0 || (values.length > 1 && !mayBeMany)) return null;
  const hasLists = form.shape !== 'parts';
  const written = values.map((value) => oneToRaw(codec, hasParts && values.length === 1, hasLists, value));
  return written.includes(null) ? null : written.join(',');
}

function oneToRaw(codec: ValueCodec, hasParts: boolean, hasLists: boolean, value: unknown): string | null {
  if (value === '') return '';
  const parts = hasParts ? asArray(value) : null;
  if (parts === null) return codec.toRaw(value);
  const written = parts.map((part) => {
    const list = (hasLists ? asArray(part) : null) ?? [part];
    const inner = list.map((one) => (one === '' ? '' : codec.toRaw(one)));
    return list.length === 0 || inner.includes(null) ? null : inner.join(',');
  });
  return written.length === 0 || written.includes(null) ? null : written.join(';');
}
