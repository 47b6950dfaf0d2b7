import { Precondition } from '../errors.ts';
import { lineTo3, lineTo4, type PlainLine } from './convert-lines.ts';
import {
  type CardParam,
  type CardProperty,
  decodeCardText,
  foldLine,
  paramValue,
  readCardLines,
  writeLine,
} from './lines.ts';
import { type ParsedCard, parseCardText } from './parse.ts';

/** Versions a card can be asked for. */
export type CardVersion = '3.0' | '4.0';

/** Parameters that remember a line of the other version where the two forms cannot say the same. */
const MEMORY: Readonly<Record<CardVersion, string>> = { '3.0': 'X-DAYBOOK-V3', '4.0': 'X-DAYBOOK-V4' };
const MAX_MEMORY_LENGTH = 1024;
/** RFC 6350 gives these at most once, unless ALTID ties them together. */
const SINGLE: ReadonlySet<string> = new Set([
  ...[
    'N',
    'BDAY',
    'ANNIVERSARY',
    'GENDER',
    'KIND',
    'PRODID',
    'REV',
    'UID',
    'BIRTHPLACE',
    'DEATHPLACE',
    'DEATHDATE',
  ],
]);

/**
 * A card in the version asked for (RFC 2426, RFC 6350); the input itself when it has that version or is neither of the two.
 * Going there and back gives every property, group, parameter and value again, in order. What one version cannot say is
 * kept under an `X-` name or in the parameter `X-DAYBOOK-V3` or `X-DAYBOOK-V4`, which counts only while its line is unedited.
 * Throws `valid-address-data` when the bytes are no card.
 */
export function convertCard(body: Uint8Array, to: CardVersion): Uint8Array {
  const text = decodeCardText(body);
  if (text === null) throw new Precondition('valid-address-data', 'The stored card is not UTF-8 text.');
  const parsed = parseCardText(text);
  if (parsed.version === to || (parsed.version !== '3.0' && parsed.version !== '4.0')) return body;
  return Buffer.from(convertText(parsed, to), 'utf8');
}

/** The text of `convertCard` for a card already read. */
export function convertText(parsed: ParsedCard, to: CardVersion): string {
  const seen = new Set<string>();
  let written = 'BEGIN:VCARD\r\n';
  for (const property of parsed.properties) {
    written +=
      property.name === 'VERSION' ? `VERSION:${to}\r\n` : convertLine(property, parsed.text, to, seen);
  }
  return `${written}END:VCARD\r\n`;
}

function convertLine(property: CardProperty, text: string, to: CardVersion, seen: Set<string>): string {
  const remembered = paramValue(property, MEMORY[to]);
  const line = remembered === undefined ? property : forget(property, MEMORY[to]);
  const result =
    (remembered === undefined ? null : recall(line, remembered, to)) ?? translate(line, to, seen);
  if (result === property) return sourceLine(property, text);
  return foldLine(writeLine(result.group, result.writtenName, result.params, result.value));
}

/** The new form of a line, with a memory of the old one where the way back would lose something. */
function translate(line: PlainLine, to: CardVersion, seen: Set<string>): PlainLine {
  const direct = to === '4.0' ? lineTo4(line) : lineTo3(line);
  const isExtra = isSurplus(to === '4.0' ? direct : line, seen);
  const result = isExtra && to === '4.0' ? aside(line) : direct;
  const back = to === '4.0' ? lineTo3(result) : lineTo4(result);
  if (!isExtra && (back === line || isSameLine(back, line))) return result;
  const memory = remember(line, back, result);
  if (memory === null) return result;
  const name = MEMORY[to === '4.0' ? '3.0' : '4.0'];
  return { ...result, params: [...result.params, { name, values: [memory] }] };
}

function isSurplus(line: PlainLine, seen: Set<string>): boolean {
  if (!SINGLE.has(line.name) || line.params.some((p) => p.name === 'ALTID')) return false;
  if (seen.has(line.name)) return true;
  seen.add(line.name);
  return false;
}

/** A second BDAY or N of a 3.0 card is kept as an X- property. */
function aside(line: PlainLine): PlainLine {
  const name = line.name.startsWith('X-') ? `${line.name}-2` : `X-${line.name}`;
  return lineTo4({ ...line, name, writtenName: name });
}

/**
 * The old line as a parameter value of safe characters: `h` and its head where conversion gives the value back, `s` and
 * the head where the value is the same in both forms, `v` and the whole line. Null where it would be too long.
 */
function remember(line: PlainLine, back: PlainLine, result: PlainLine): string | null {
  const whole = writeLine(line.group, line.writtenName, line.params, line.value);
  const head = whole.slice(0, whole.length - line.value.length);
  let memory = `h${head}`;
  if (back.value !== line.value) memory = line.value === result.value ? `s${head}` : `v${whole}`;
  const encoded = memory.length > MAX_MEMORY_LENGTH ? '' : encodeURIComponent(memory);
  return encoded === '' || encoded.length > MAX_MEMORY_LENGTH ? null : encoded;
}

/** The remembered line, when it still says what the present line says; null after an edit. */
function recall(line: PlainLine, memory: string, to: CardVersion): PlainLine | null {
  const text = decodeMemory(memory);
  if (text === null) return null;
  const [old] = readCardLines(text.slice(1));
  if (old === undefined || old.name === '') return null;
  const back = text.startsWith('h') ? (to === '3.0' ? lineTo3(line) : lineTo4(line)).value : line.value;
  const candidate = { ...old, value: text.startsWith('v') ? old.value : back };
  const forward = to === '3.0' ? lineTo4(candidate) : lineTo3(candidate);
  if (isSameLine(forward, line)) return candidate;
  return to === '3.0' && isSameLine(aside(candidate), line) ? candidate : null;
}

function decodeMemory(memory: string): string | null {
  try {
    const text = decodeURIComponent(memory);
    return /[\r\n]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function forget(line: CardProperty, name: string): PlainLine {
  return { ...line, params: line.params.filter((p) => p.name !== name) };
}

function sourceLine(property: CardProperty, text: string): string {
  const source = text.slice(property.start, property.end);
  if (source.endsWith('\r\n') && !/[^\r]\n/.test(source)) return source;
  return foldLine(source.replace(/\r?\n[ \t]/g, '').replace(/[\r\n]+$/, ''));
}

/** Whether two lines say the same: case of names and the order of parameters and TYPE words aside. */
export function isSameLine(a: PlainLine, b: PlainLine): boolean {
  return (
    a.group === b.group &&
    a.name === b.name &&
    a.value === b.value &&
    (a.params === b.params || plainParams(a.params) === plainParams(b.params))
  );
}

const CASELESS: ReadonlySet<string> = new Set(['TYPE', 'VALUE', 'ENCODING']);

function plainParams(params: readonly CardParam[]): string {
  const flat: string[] = [];
  for (const { name, values } of params) {
    for (const value of name === 'TYPE' ? values.flatMap((v) => v.split(',')) : values) {
      const plain = CASELESS.has(name) ? value.toLowerCase() : value;
      flat.push(`${name}=${name === 'ENCODING' && plain === 'base64' ? 'b' : plain}`);
    }
  }
  return flat.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join('\n');
}
