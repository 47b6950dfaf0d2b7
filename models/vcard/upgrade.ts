import { Precondition } from '../errors.ts';
import { decodeQuotedPrintable } from './charset.ts';
import {
  type CardParam,
  type CardProperty,
  escapeText,
  foldLine,
  paramValue,
  paramValues,
  readCardLines,
  writeLine,
} from './lines.ts';

const STRUCTURED: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG']);
const LISTS: ReadonlySet<string> = new Set(['CATEGORIES', 'NICKNAME']);
const VERBATIM: ReadonlySet<string> = new Set([
  'URL',
  'UID',
  'REV',
  'BDAY',
  'GEO',
  'TZ',
  'KEY',
  'PHOTO',
  'LOGO',
  'SOUND',
]);
const DROPPED_ENCODINGS: ReadonlySet<string> = new Set(['7BIT', '8BIT', 'QUOTED-PRINTABLE']);

/** An AGENT of an AGENT doubles its escapes with each level. */
const MAX_DEPTH = 4;

/**
 * A vCard 2.1 text as 3.0: encodings and charsets resolved, bare words as TYPE, an AGENT card as text. For import only.
 * Throws `valid-address-data` for cards nested too deeply.
 */
export function upgradeText(text: string): string {
  const lines = readCardLines(text, '2.1');
  return upgradeLines(lines, 1, 1).text;
}

/** Upgrades from the line after BEGIN up to its END, nested cards included. */
function upgradeLines(
  lines: readonly CardProperty[],
  from: number,
  depth: number,
): { text: string; next: number } {
  if (depth > MAX_DEPTH) {
    throw new Precondition('valid-address-data', `Cards are nested more than ${MAX_DEPTH} deep.`);
  }
  let text = 'BEGIN:VCARD\r\nVERSION:3.0\r\n';
  for (let i = from; i < lines.length; i++) {
    const line = lines[i];
    if (line === undefined || line.name === 'VERSION' || line.name === '') continue;
    if (line.name === 'END') return { text: `${text}END:VCARD\r\n`, next: i };
    const isAgent = line.name === 'AGENT' && lines[i + 1]?.name === 'BEGIN';
    if (!isAgent && line.name !== 'BEGIN') {
      text += upgradeLine(line);
      continue;
    }
    const nested = upgradeLines(lines, isAgent ? i + 2 : i + 1, depth + 1);
    if (isAgent) text += foldLine(writeLine(line.group, 'AGENT', [], escapeText(nested.text)));
    i = nested.next;
  }
  return { text: `${text}END:VCARD\r\n`, next: lines.length };
}

function upgradeLine(line: CardProperty): string {
  return foldLine(writeLine(line.group, line.writtenName, upgradeParams(line), upgradeValue(line)));
}

function upgradeParams(line: CardProperty): CardParam[] {
  const params: CardParam[] = [];
  const types = paramValues(line, 'TYPE');
  let isTyped = false;
  for (const param of line.params) {
    const first = param.values[0]?.toUpperCase() ?? '';
    if (param.name === 'CHARSET' || (param.name === 'ENCODING' && DROPPED_ENCODINGS.has(first))) continue;
    if (param.name === 'TYPE') {
      if (!isTyped) params.push({ name: 'TYPE', values: types });
      isTyped = true;
    } else if (param.name === 'ENCODING' && (first === 'BASE64' || first === 'B'))
      params.push({ name: 'ENCODING', values: ['b'] });
    else if (param.name === 'VALUE' && first === 'URL') params.push({ name: 'VALUE', values: ['uri'] });
    else if (param.name === 'VALUE' && first === 'INLINE') continue;
    else params.push(param);
  }
  return params;
}

function upgradeValue(line: CardProperty): string {
  const encoding = paramValue(line, 'ENCODING')?.toUpperCase() ?? '';
  if (encoding === 'BASE64' || encoding === 'B') return line.value.replace(/\s+/g, '');
  const isQuoted = encoding === 'QUOTED-PRINTABLE';
  const value = isQuoted
    ? decodeQuotedPrintable(line.value, paramValue(line, 'CHARSET') ?? null)
    : line.value;
  if (VERBATIM.has(line.name)) return escapeBreaks(value).trim();
  if (line.name.startsWith('X-')) return escapeBreaks(value);
  return escapeLoose(value, STRUCTURED.has(line.name) ? ';' : LISTS.has(line.name) ? ',' : '');
}

/** Escapes what 2.1 leaves bare, but keeps escapes that many 2.1 writers already made, and the separator of the property. */
function escapeLoose(value: string, separator: string): string {
  return escapeBreaks(
    value.replace(/\\[\\;,nN:]|[\\;,]/g, (sign) => {
      if (sign === '\\:') return ':';
      return sign.length === 2 || sign === separator ? sign : `\\${sign}`;
    }),
  );
}

function escapeBreaks(value: string): string {
  return value.replace(/\r\n|\r|\n/g, '\\n');
}
