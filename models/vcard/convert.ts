import { Precondition } from '../errors.ts';
import { blanksIn, withBlanks } from './blanks.ts';
import { boundedJudge, objectionToLine, objectionToLines } from './check4.ts';
import { lineTo3, lineTo4, type PlainLine } from './convert-lines.ts';
import {
  type CardParam,
  type CardProperty,
  decodeCardText,
  foldLine,
  paramValue,
  paramValues,
  readCardLines,
  writeLine,
} from './lines.ts';
import { type ParsedCard, parseCardText } from './parse.ts';

/** Versions a card can be asked for. */
export type CardVersion = '3.0' | '4.0';

/** Parameters that remember a line of the other version where the two forms cannot say the same. */
const MEMORY: Readonly<Record<CardVersion, string>> = { '3.0': 'X-DAYBOOK-V3', '4.0': 'X-DAYBOOK-V4' };
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
 * Every 4.0 is one that the 4.0 library accepts. Throws `valid-address-data` when the bytes are no card, or none it would accept.
 */
export function convertCard(body: Uint8Array, to: CardVersion): Uint8Array {
  const text = decodeCardText(body);
  if (text === null) throw new Precondition('valid-address-data', 'The stored card is not UTF-8 text.');
  const parsed = parseCardText(text);
  if (parsed.version === to || (parsed.version !== '3.0' && parsed.version !== '4.0')) return body;
  return Buffer.from(convertText(parsed, to), 'utf8');
}

/** The text of `convertCard` for a card already read; throws like it. */
export function convertText(parsed: ParsedCard, to: CardVersion): string {
  return cardText(convertLines(parsed, to), to);
}

/** The text of a card of these lines; VERSION leads in 4.0 (RFC 6350 §6.7.9). */
export function cardText(lines: readonly string[], version: CardVersion): string {
  const at = version === '4.0' ? lines.findIndex((line) => /^VERSION[:;]/i.test(line)) : 0;
  const ordered = at > 0 ? [lines[at], ...lines.slice(0, at), ...lines.slice(at + 1)] : lines;
  return `BEGIN:VCARD\r\n${ordered.join('')}END:VCARD\r\n`;
}

/** The folded lines between BEGIN and END in another version, one for each property of the card. Throws like `convertCard`. */
export function convertLines(parsed: ParsedCard, to: CardVersion): string[] {
  const seen: Seen = new Map();
  const lines = parsed.properties.map((property) =>
    property.name === 'VERSION' ? `VERSION:${to}\r\n` : convertLine(property, parsed.text, to, seen),
  );
  if (to === '4.0' && objectionToLines(lines) !== null) mend(parsed, lines);
  return lines;
}

function convertLine(property: CardProperty, text: string, to: CardVersion, seen: Seen): string {
  const remembered = paramValue(property, MEMORY[to]);
  const line = remembered === undefined ? property : forget(property, MEMORY[to]);
  const result =
    (remembered === undefined ? null : recall(line, remembered, to)) ?? translate(line, to, seen);
  return result === property ? sourceLine(property, text) : written(result);
}

function written(line: PlainLine): string {
  return foldLine(writeLine(line.group, line.writtenName, line.params, line.value));
}

/**
 * Lines that the 4.0 library does not take lose their parameters to the memory, else also their name, as lines do of which 4.0
 * has one. Throws `valid-address-data` when that does not help: the card lacks what every card has.
 */
function mend(parsed: ParsedCard, lines: string[]): void {
  const seen: Seen = new Map();
  const judge = boundedJudge();
  for (const [at, property] of parsed.properties.entries()) {
    const line = lines[at] ?? '';
    const [shown] = readCardLines(line);
    if (shown === undefined || shown.name === 'VERSION') continue;
    const isExtra = isSurplus(shown, seen);
    if (!isExtra && judge(line) === null) continue;
    const bare = withoutParams(lineTo4(property));
    const hasRoom = !isExtra && (bare.name === shown.name || !isSurplus(bare, seen));
    const first = written(remembering(property, bare));
    const isEnough = hasRoom && objectionToLine(first) === null;
    lines[at] = isEnough ? first : written(remembering(property, withoutParams(aside(property))));
  }
  const objection = objectionToLines(lines);
  if (objection === null) return;
  throw new Precondition('valid-address-data', `The card cannot be said in vCard 4.0: ${objection}`);
}

function withoutParams(line: PlainLine): PlainLine {
  return { ...line, params: [] };
}

function remembering(line: PlainLine, result: PlainLine): PlainLine {
  const memory = remember(line, lineTo3(result).value, result);
  return { ...result, params: [...result.params, { name: MEMORY['3.0'], values: [memory] }] };
}

/** The new form of a line, with a memory of the old one where the way back would lose something. */
function translate(line: PlainLine, to: CardVersion, seen: Seen): PlainLine {
  const direct = to === '4.0' ? lineTo4(line) : lineTo3(line);
  const isExtra = isSurplus(to === '4.0' ? direct : line, seen);
  const result = isExtra && to === '4.0' ? aside(line) : direct;
  const back = to === '4.0' ? lineTo3(result) : lineTo4(result);
  if (!isExtra && (back === line || isSameLine(back, line))) return result;
  const memory = remember(line, back.value, result);
  const name = MEMORY[to === '4.0' ? '3.0' : '4.0'];
  return { ...result, params: [...result.params, { name, values: [memory] }] };
}

/** The ALTID of the first line of each name that may stand once. */
type Seen = Map<string, string | null>;

function isSurplus(line: PlainLine, seen: Seen): boolean {
  if (!SINGLE.has(line.name)) return false;
  const altId = line.params.some((p) => p.name === 'ALTID') ? paramValues(line, 'ALTID').join() : null;
  const first = seen.get(line.name);
  if (first === undefined) seen.set(line.name, altId);
  return first !== undefined && (altId === null || altId !== first);
}

/** A line that 4.0 has no room for, such as a second BDAY or N, under a name of its own. */
function aside(line: PlainLine): PlainLine {
  const named = (name: string): PlainLine => lineTo4({ ...line, name, writtenName: name });
  const first = named(line.name.startsWith('X-') ? `${line.name}-2` : `X-${line.name}`);
  return first.name.startsWith('X-') ? first : named(`X-${line.name}-2`);
}

/**
 * The old line as a parameter value of safe characters: `h` and its head where conversion gives the value `back` again, `s` and
 * the head where the value is the same in both forms, `b` with the blanks where it differs in these alone, as base64 does, and
 * `v` with the whole line.
 */
function remember(line: PlainLine, back: string, result: PlainLine): string {
  const whole = writeLine(line.group, line.writtenName, line.params, line.value);
  const head = whole.slice(0, whole.length - line.value.length);
  if (line.value === result.value) return encodeURIComponent(`${back === line.value ? 'h' : 's'}${head}`);
  if (back === line.value) return encodeURIComponent(`h${head}`);
  const isBlank = /\s/.test(line.value) && line.value.replace(/\s+/g, '') === back;
  return encodeURIComponent(isBlank ? `b${blanksIn(line.value)}:${head}` : `v${whole}`);
}

/** The remembered line, when it still says what the present line says; null after an edit. */
function recall(line: PlainLine, memory: string, to: CardVersion): PlainLine | null {
  const text = decodeMemory(memory);
  if (text === null) return null;
  const kind = text.charAt(0);
  const from = kind === 'b' ? text.indexOf(':') + 1 : 1;
  const [old] = readCardLines(text.slice(from));
  if (old === undefined || old.name === '') return null;
  const back = (to === '3.0' ? lineTo3(line) : lineTo4(line)).value;
  const values: Readonly<Record<string, string | null>> = {
    h: back,
    s: line.value,
    b: withBlanks(back, text.slice(1, from - 1)),
    v: old.value,
  };
  const value = values[kind] ?? null;
  if (value === null) return null;
  const candidate = { ...old, value };
  return formsOf(candidate, to).some((form) => isSameLine(form, line)) ? candidate : null;
}

/** What conversion away from a version may have made of a line. */
function formsOf(line: PlainLine, from: CardVersion): readonly PlainLine[] {
  if (from === '4.0') return [lineTo3(line)];
  const forms = [lineTo4(line), aside(line)];
  return [...forms, ...forms.map(withoutParams)];
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

/** A line as it stands in the text, its breaks made CRLF. */
export function sourceLine(property: CardProperty, text: string): string {
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
