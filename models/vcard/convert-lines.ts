import { decodeQuotedPrintable } from './charset.ts';
import { type CardParam, type CardProperty, escapeText, paramValue, paramValues } from './lines.ts';
import * as values from './values.ts';

/** The part of a content line that conversion looks at. */
export type PlainLine = Pick<CardProperty, 'group' | 'name' | 'writtenName' | 'params' | 'value'>;

/** Names that differ between the versions: 3.0 on the left, 4.0 on the right. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['X-ADDRESSBOOKSERVER-KIND', 'KIND'],
  ['X-ADDRESSBOOKSERVER-MEMBER', 'MEMBER'],
  ...['ANNIVERSARY', 'GENDER', 'RELATED', 'LANG', 'XML', 'CLIENTPIDMAP'].map((n) => [`X-${n}`, n] as const),
  ...['BIRTHPLACE', 'DEATHPLACE', 'DEATHDATE', 'EXPERTISE', 'HOBBY', 'INTEREST'].map(
    (n) => [`X-${n}`, n] as const,
  ),
  ...['ORG-DIRECTORY', 'CONTACT-URI'].map((n) => [`X-${n}`, n] as const),
  ...['LABEL', 'MAILER', 'AGENT', 'CLASS', 'SORT-STRING', 'NAME', 'PROFILE'].map(
    (n) => [n, `X-${n}`] as const,
  ),
];
const TO_4_NAMES: ReadonlyMap<string, string> = new Map(RENAMED);
const TO_3_NAMES: ReadonlyMap<string, string> = new Map(RENAMED.map(([three, four]) => [four, three]));

/** Registered properties of 4.0 (RFC 6350, 6474, 6715, 8605, 9554, 9555) that keep their name. */
const NAMES_4: ReadonlySet<string> = new Set([
  ...[
    'SOURCE',
    'KIND',
    'XML',
    'FN',
    'N',
    'NICKNAME',
    'PHOTO',
    'BDAY',
    'ANNIVERSARY',
    'GENDER',
    'ADR',
    'TEL',
    'EMAIL',
  ],
  ...[
    'IMPP',
    'LANG',
    'TZ',
    'GEO',
    'TITLE',
    'ROLE',
    'LOGO',
    'ORG',
    'MEMBER',
    'RELATED',
    'CATEGORIES',
    'NOTE',
    'PRODID',
  ],
  ...[
    'REV',
    'SOUND',
    'UID',
    'CLIENTPIDMAP',
    'URL',
    'VERSION',
    'KEY',
    'FBURL',
    'CALADRURI',
    'CALURI',
    'BIRTHPLACE',
  ],
  ...['DEATHPLACE', 'DEATHDATE', 'EXPERTISE', 'HOBBY', 'INTEREST', 'ORG-DIRECTORY', 'CONTACT-URI', 'CREATED'],
  ...['GRAMGENDER', 'LANGUAGE', 'PRONOUNS', 'SOCIALPROFILE', 'JSPROP'],
]);

/** Parameters that 3.0 does not know and carries with `X-` in front. */
const PARAMS_4: ReadonlySet<string> = new Set([
  ...[
    'PREF',
    'ALTID',
    'PID',
    'MEDIATYPE',
    'CALSCALE',
    'SORT-AS',
    'INDEX',
    'LEVEL',
    'PROP-ID',
    'AUTHOR',
    'AUTHOR-NAME',
  ],
  ...['CREATED', 'DERIVED', 'PHONETIC', 'SCRIPT', 'SERVICE-TYPE', 'USERNAME', 'JSPTR', 'JSCOMPS'],
]);
/** Of these the 3.0 form `X-NAME` is taken for the 4.0 parameter; the rest collide with what clients write (`X-SERVICE-TYPE`). */
const RESTORED: ReadonlySet<string> = new Set([
  'PREF',
  'ALTID',
  'PID',
  'MEDIATYPE',
  'CALSCALE',
  'SORT-AS',
  'INDEX',
  'LEVEL',
]);
const ADDRESS_PARAMS: ReadonlySet<string> = new Set(['LABEL', 'GEO', 'TZ', 'CC']);
const MEDIA: ReadonlySet<string> = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY']);
const DATES: ReadonlySet<string> = new Set(['BDAY', 'ANNIVERSARY', 'DEATHDATE']);

/** A 3.0 line as 4.0 says it; the same object when nothing differs. Not every line comes back by `lineTo3` alone. */
export function lineTo4(line: PlainLine): PlainLine {
  const named = rename(line, name4(line));
  const valued = value4(named);
  const params = params4(valued);
  return params === valued.params ? valued : { ...valued, params };
}

/** A 4.0 line as 3.0 says it; the same object when nothing differs. */
export function lineTo3(line: PlainLine): PlainLine {
  const valued = value3(line);
  const params = params3(valued);
  const done = params === valued.params ? valued : { ...valued, params };
  return rename(done, TO_3_NAMES.get(line.name) ?? line.name);
}

function rename(line: PlainLine, name: string): PlainLine {
  return name === line.name ? line : { ...line, name, writtenName: name };
}

function name4(line: PlainLine): string {
  const found = TO_4_NAMES.get(line.name);
  if (found === 'GENDER') return /^[MFONU]?(?:;|$)/.test(line.value) ? found : line.name;
  if (found !== undefined) return found;
  return NAMES_4.has(line.name) || line.name.startsWith('X-') ? line.name : `X-${line.name}`;
}

function value4(line: PlainLine): PlainLine {
  const plain = withoutTransferEncoding(line);
  const { name, value } = plain;
  if (MEDIA.has(name)) return media4(plain);
  if (DATES.has(name) || name === 'REV') return date4(plain);
  if (name === 'N') return withValue(plain, values.padComponents(value, 5));
  if (name === 'ADR') return withValue(plain, values.padComponents(value, 7));
  if (name === 'GEO') return withValue(plain, values.geoUri(value) ?? value);
  if (name === 'TZ') return zone4(plain);
  if (name === 'URL') return withValue(plain, value.includes('\\:') ? value.replaceAll('\\:', ':') : value);
  return plain;
}

function value3(line: PlainLine): PlainLine {
  const { name, value } = line;
  if (MEDIA.has(name)) return media3(line);
  if (DATES.has(name) || name === 'REV') return date3(line);
  if (name === 'GEO') return withValue(line, values.geoPair(value) ?? value);
  if (name === 'TZ') return zone3(line);
  if (name === 'TEL' && isValue(line, 'uri') && /^tel:/i.test(value)) {
    return { ...line, params: without(line.params, 'VALUE'), value: value.slice(4) };
  }
  return line;
}

/** 3.0 has no quoted-printable, but cards have; 8BIT says nothing. */
function withoutTransferEncoding(line: PlainLine): PlainLine {
  const encoding = valueOfParam(line, 'ENCODING')?.toUpperCase();
  if (encoding === undefined || encoding === 'B' || encoding === 'BASE64') return line;
  if (encoding !== 'QUOTED-PRINTABLE') return { ...line, params: without(line.params, 'ENCODING') };
  const decoded = decodeQuotedPrintable(line.value, valueOfParam(line, 'CHARSET') ?? null);
  const isStructured = line.name === 'N' || line.name === 'ADR' || line.name === 'ORG';
  const text = isStructured ? decoded.split(';').map(escapeText).join(';') : escapeText(decoded);
  return { ...line, params: without(without(line.params, 'ENCODING'), 'CHARSET'), value: text };
}

function media4(line: PlainLine): PlainLine {
  const encoding = valueOfParam(line, 'ENCODING')?.toUpperCase();
  const isInline = encoding === 'B' || encoding === 'BASE64';
  const types = typesOf(line);
  const word = values.mediaWord(types);
  if (!isInline) {
    if (isValue(line, 'uri') || isValue(line, 'url')) return mediaUri4(line, types, word);
    const isUri = /^[a-z][a-z0-9+.-]{1,30}:/i.test(line.value);
    return isUri || line.params.some((p) => p.name === 'VALUE')
      ? line
      : { ...line, params: [{ name: 'VALUE', values: ['text'] }, ...line.params] };
  }
  const params = withTypes(
    without(without(line.params, 'ENCODING'), 'VALUE'),
    types.filter((t) => t !== word),
  );
  const base64 = /\s/.test(line.value) ? line.value.replace(/\s+/g, '') : line.value;
  if (/^data:/i.test(base64)) return { ...line, params, value: base64 };
  return { ...line, params, value: `data:${values.mediaTypeOf(line.name, word, base64)};base64,${base64}` };
}

function mediaUri4(line: PlainLine, types: readonly string[], word: string | undefined): PlainLine {
  const params = withTypes(
    without(line.params, 'VALUE'),
    types.filter((t) => t !== word),
  );
  if (word === undefined) return { ...line, params };
  return {
    ...line,
    params: [...params, { name: 'MEDIATYPE', values: [values.mediaTypeOf(line.name, word, '')] }],
  };
}

function media3(line: PlainLine): PlainLine {
  const media = values.readDataUri(line.value);
  if (media !== null) {
    const word = values.wordOfMediaType(media.mediaType);
    const types = word === undefined ? typesOf(line) : [word, ...typesOf(line)];
    const rest = without(without(line.params, 'VALUE'), 'TYPE');
    return {
      ...line,
      params: [{ name: 'ENCODING', values: ['b'] }, ...typeParam(types), ...rest],
      value: media.base64,
    };
  }
  if (line.params.some((p) => p.name === 'ENCODING') || isValue(line, 'text')) return line;
  const mediaType = valueOfParam(line, 'MEDIATYPE');
  const word = mediaType === undefined ? undefined : values.wordOfMediaType(mediaType);
  const types = word === undefined ? typesOf(line) : [word, ...typesOf(line)];
  const rest = without(
    without(word === undefined ? line.params : without(line.params, 'MEDIATYPE'), 'VALUE'),
    'TYPE',
  );
  return { ...line, params: [{ name: 'VALUE', values: ['uri'] }, ...typeParam(types), ...rest] };
}

/** Apple writes a birthday without year as `X-APPLE-OMIT-YEAR=1604:1604-03-02`; 4.0 has `--0302`. */
function date4(line: PlainLine): PlainLine {
  if (isValue(line, 'text')) return line;
  const params = without(line.params, 'VALUE');
  const omitted = valueOfParam(line, 'X-APPLE-OMIT-YEAR');
  const basic = values.basicDate(line.value.trim());
  if (basic === null) return { ...line, params: [...params, { name: 'VALUE', values: ['text'] }] };
  if (omitted !== undefined && basic.length === 8 && basic.startsWith(omitted)) {
    return { ...line, params: without(params, 'X-APPLE-OMIT-YEAR'), value: `--${basic.slice(4)}` };
  }
  return params === line.params ? withValue(line, basic) : { ...line, params, value: basic };
}

function date3(line: PlainLine): PlainLine {
  if (isValue(line, 'text')) return line;
  const params = without(line.params, 'VALUE');
  const day = values.monthAndDay(line.value);
  if (day !== null) {
    const omit = { name: 'X-APPLE-OMIT-YEAR', values: ['1604'] };
    return { ...line, params: [...params, omit], value: `1604-${day.month}-${day.day}` };
  }
  const extended = values.extendedDate(line.value) ?? line.value;
  return params === line.params ? withValue(line, extended) : { ...line, params, value: extended };
}

/** TZ is an offset by default in 3.0 and a text in 4.0. */
function zone4(line: PlainLine): PlainLine {
  const isOffset = /^[+-]\d\d(?::?\d\d)?$/.test(line.value);
  if (isOffset && !isValue(line, 'text')) {
    const params = [{ name: 'VALUE', values: ['utc-offset'] }, ...without(line.params, 'VALUE')];
    return { ...line, params, value: line.value.replace(':', '') };
  }
  return isValue(line, 'text') ? { ...line, params: without(line.params, 'VALUE') } : line;
}

function zone3(line: PlainLine): PlainLine {
  if (isValue(line, 'utc-offset')) {
    const value = line.value.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
    return { ...line, params: without(line.params, 'VALUE'), value };
  }
  if (line.params.some((p) => p.name === 'VALUE')) return line;
  return { ...line, params: [{ name: 'VALUE', values: ['text'] }, ...line.params] };
}

function params4(line: PlainLine): readonly CardParam[] {
  if (line.params.length === 0) return line.params;
  const types = typesOf(line);
  const isPreferred = types.some((t) => t.toUpperCase() === 'PREF');
  const isRepeated = line.params.filter((p) => p.name === 'TYPE').length > 1;
  const kept =
    isPreferred || isRepeated
      ? withTypes(
          line.params,
          types.filter((t) => t.toUpperCase() !== 'PREF'),
        )
      : line.params;
  const named = renameParams(kept, (name) => paramName4(name, line.name));
  if (!isPreferred || named.some((p) => p.name === 'PREF')) return named;
  return [...named, { name: 'PREF', values: ['1'] }];
}

function paramName4(name: string, property: string): string {
  if (name.startsWith('X-')) {
    const bare = name.slice(2);
    if (RESTORED.has(bare) || (property === 'ADR' && ADDRESS_PARAMS.has(bare))) return bare;
    return name;
  }
  if (name === 'TYPE' || name === 'VALUE' || name === 'LANGUAGE' || PARAMS_4.has(name)) return name;
  return ADDRESS_PARAMS.has(name) && property === 'ADR' ? name : `X-${name}`;
}

function params3(line: PlainLine): readonly CardParam[] {
  if (line.params.length === 0) return line.params;
  const isPreferred = valueOfParam(line, 'PREF') === '1';
  const kept = isPreferred
    ? withTypes(without(line.params, 'PREF'), [...typesOf(line), 'pref'])
    : line.params;
  return renameParams(kept, (name) => (PARAMS_4.has(name) || ADDRESS_PARAMS.has(name) ? `X-${name}` : name));
}

function renameParams(params: readonly CardParam[], rule: (name: string) => string): readonly CardParam[] {
  if (params.every((p) => rule(p.name) === p.name)) return params;
  return params.map((p) => ({ name: rule(p.name), values: p.values }));
}

function withValue(line: PlainLine, value: string): PlainLine {
  return value === line.value ? line : { ...line, value };
}

function without(params: readonly CardParam[], name: string): readonly CardParam[] {
  return params.some((p) => p.name === name) ? params.filter((p) => p.name !== name) : params;
}

function withTypes(params: readonly CardParam[], types: readonly string[]): readonly CardParam[] {
  return [...typeParam(types), ...without(params, 'TYPE')];
}

function typeParam(types: readonly string[]): readonly CardParam[] {
  return types.length === 0 ? [] : [{ name: 'TYPE', values: types }];
}

function typesOf(line: PlainLine): string[] {
  return paramValues(line, 'TYPE');
}

function valueOfParam(line: PlainLine, name: string): string | undefined {
  return paramValue(line, name);
}

function isValue(line: PlainLine, kind: string): boolean {
  return valueOfParam(line, 'VALUE')?.toLowerCase() === kind;
}
