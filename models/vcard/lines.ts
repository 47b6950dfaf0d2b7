import { isUtf8 } from 'node:buffer';

/** One `NAME=value,value` of a content line. */
export interface CardParam {
  /** Upper case; a bare 2.1 word has the name it stands for: TYPE, ENCODING or VALUE. */
  readonly name: string;
  /** As written but without quotes; RFC 6868 sequences stay (`decodeCaret` reads them). */
  readonly values: readonly string[];
}

/** One content line of a card, unfolded; nothing of what was written is lost. */
export interface CardProperty {
  /** `item1` of `item1.TEL`, as written. */
  readonly group: string | null;
  /** Upper case, without group; empty when the line is no content line. */
  readonly name: string;
  /** The name as written, for names whose case clients care about (`X-ABLabel`). */
  readonly writtenName: string;
  readonly params: readonly CardParam[];
  /** Raw value: unfolded, still escaped or encoded. */
  readonly value: string;
  /** 1-based number of the first physical line. */
  readonly line: number;
  /** Offsets of the line in the text read, `end` behind its last line break. */
  readonly start: number;
  readonly end: number;
}

/** Grammar to read by: 2.1 has soft line breaks of quoted-printable and unfolded base64. */
export type CardStyle = '2.1' | 'modern';

const BARE_ENCODINGS: ReadonlySet<string> = new Set(['QUOTED-PRINTABLE', 'BASE64', 'B', '8BIT', '7BIT']);
const BARE_VALUES: ReadonlySet<string> = new Set(['INLINE', 'CONTENT-ID', 'CID', 'URL', 'URI']);
const NO_PARAMS: readonly CardParam[] = [];

/** The text of a card, or null when the bytes are not UTF-8; a byte order mark is dropped, folds inside a character are mended. */
export function decodeCardText(bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = isUtf8(buffer) ? buffer : unfoldBytes(buffer);
  if (whole === null) return null;
  const text = whole.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** RFC 2425 folds by octets, so a fold may stand inside a character; null when unfolding does not help. */
function unfoldBytes(buffer: Buffer): Buffer | null {
  const unfolded = Buffer.from(buffer.toString('latin1').replace(/\r?\n[ \t]/g, ''), 'latin1');
  return isUtf8(unfolded) ? unfolded : null;
}

/** All content lines of a text in order; blank lines are left out, a line that is none has an empty name. Linear in the text. */
export function readCardLines(text: string, style: CardStyle = 'modern'): CardProperty[] {
  const found: CardProperty[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const piece = style === '2.1' ? oldLogicalLine(text, at) : logicalLine(text, at);
    if (piece.content !== '') found.push(readLine(piece.content, line, at, piece.end));
    line += piece.lines;
    at = piece.end;
  }
  return found;
}

interface LogicalLine {
  readonly content: string;
  readonly end: number;
  readonly lines: number;
}

/** Where a physical line stops (before its break) and where the next begins. */
function physicalLine(text: string, at: number): { stop: number; next: number } {
  const newline = text.indexOf('\n', at);
  if (newline < 0) {
    const last = text.length;
    return { stop: last > at && text.charCodeAt(last - 1) === 13 ? last - 1 : last, next: last };
  }
  return {
    stop: newline > at && text.charCodeAt(newline - 1) === 13 ? newline - 1 : newline,
    next: newline + 1,
  };
}

function isFold(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 32 || code === 9;
}

function logicalLine(text: string, at: number): LogicalLine {
  let { stop, next } = physicalLine(text, at);
  if (!isFold(text, next)) return { content: text.slice(at, stop), end: next, lines: 1 };
  const pieces = [text.slice(at, stop)];
  while (isFold(text, next)) {
    const from = next + 1;
    ({ stop, next } = physicalLine(text, next));
    pieces.push(text.slice(from, Math.max(from, stop)));
  }
  return { content: pieces.join(''), end: next, lines: pieces.length };
}

/** vCard 2.1: folding keeps the white space, quoted-printable breaks softly, base64 may run on until a blank line. */
function oldLogicalLine(text: string, at: number): LogicalLine {
  let { stop, next } = physicalLine(text, at);
  const first = text.slice(at, stop);
  const colon = first.indexOf(':');
  const head = colon < 0 ? '' : first.slice(0, colon).toUpperCase();
  const pieces = [first];
  if (/[;=]QUOTED-PRINTABLE(?:;|$)/.test(head)) {
    while (pieces[pieces.length - 1]?.endsWith('=') && next < text.length && !isEnd(text, next)) {
      const from = next;
      ({ stop, next } = physicalLine(text, from));
      pieces[pieces.length - 1] = pieces[pieces.length - 1]?.slice(0, -1) ?? '';
      pieces.push(text.slice(from, stop));
    }
    return { content: pieces.join(''), end: next, lines: pieces.length };
  }
  const isBase64 = /[;=](?:BASE64|B)(?:;|$)/.test(head);
  while (next < text.length && (isFold(text, next) || (isBase64 && runsOn(text, next)))) {
    const from = next;
    ({ stop, next } = physicalLine(text, from));
    const piece = text.slice(from, stop).trim();
    pieces.push(isBase64 ? piece : ` ${piece}`);
    if (piece === '') break;
  }
  return { content: pieces.join(''), end: next, lines: pieces.length };
}

function isEnd(text: string, at: number): boolean {
  return text.slice(at, at + 9).toUpperCase() === 'END:VCARD';
}

function runsOn(text: string, at: number): boolean {
  const { stop } = physicalLine(text, at);
  return stop > at && stop - at <= 1000 && /^[A-Za-z0-9+/=]+$/.test(text.slice(at, stop));
}

function readLine(content: string, line: number, start: number, end: number): CardProperty {
  const colon = colonOf(content);
  if (colon <= 0)
    return { group: null, name: '', writtenName: '', params: NO_PARAMS, value: content, line, start, end };
  const head = content.slice(0, colon);
  const semicolon = head.indexOf(';');
  const full = semicolon < 0 ? head : head.slice(0, semicolon);
  const dot = full.indexOf('.');
  const writtenName = dot < 0 ? full : full.slice(dot + 1);
  return {
    group: dot < 0 ? null : full.slice(0, dot),
    name: writtenName.toUpperCase(),
    writtenName,
    params: semicolon < 0 ? NO_PARAMS : readParams(head.slice(semicolon + 1)),
    value: content.slice(colon + 1),
    line,
    start,
    end,
  };
}

/** Place of the colon that ends the head, quotes respected; without a closing quote the first colon counts. */
function colonOf(content: string): number {
  const first = content.indexOf(':');
  const quote = content.indexOf('"');
  if (quote < 0 || first < quote) return first;
  let isQuoted = false;
  for (let i = quote; i < content.length; i++) {
    const code = content.charCodeAt(i);
    if (code === 34) isQuoted = !isQuoted;
    else if (code === 58 && !isQuoted) return i;
  }
  return first;
}

/** Reads the text between the name and the colon, without its first semicolon. */
export function readParams(text: string): readonly CardParam[] {
  const parts = text.includes('"') ? splitQuoted(text, 59) : text.split(';');
  const params: CardParam[] = [];
  for (const part of parts) {
    if (part !== '') params.push(readParam(part));
  }
  return params;
}

function readParam(part: string): CardParam {
  const equals = part.indexOf('=');
  if (equals < 0) return { name: bareName(part.toUpperCase()), values: [part] };
  const written = part.slice(equals + 1);
  const values = written.includes('"') ? splitQuoted(written, 44).map(unquote) : written.split(',');
  return { name: part.slice(0, equals).trim().toUpperCase(), values };
}

function bareName(word: string): string {
  if (BARE_ENCODINGS.has(word)) return 'ENCODING';
  return BARE_VALUES.has(word) ? 'VALUE' : 'TYPE';
}

function splitQuoted(text: string, separator: number): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) isQuoted = !isQuoted;
    else if (code === separator && !isQuoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function unquote(value: string): string {
  return value.includes('"') ? value.replaceAll('"', '') : value;
}

/** A parameter's first value, or undefined. */
export function paramValue(property: Pick<CardProperty, 'params'>, name: string): string | undefined {
  for (const param of property.params) {
    if (param.name === name) return param.values[0];
  }
  return undefined;
}

/** All values of a parameter, repeated parameters joined (`TYPE=a,b;TYPE=c`), a quoted list taken apart (`TYPE="a,b"`). */
export function paramValues(property: Pick<CardProperty, 'params'>, name: string): string[] {
  const found: string[] = [];
  for (const param of property.params) {
    if (param.name !== name) continue;
    for (const value of param.values)
      found.push(...(name === 'TYPE' && value.includes(',') ? value.split(',') : [value]));
  }
  return found;
}

/** RFC 6868 §3.2: `^n`, `^^` and `^'` in a parameter value. */
export function decodeCaret(value: string): string {
  if (!value.includes('^')) return value;
  return value.replace(/\^([n^'])/g, (_all, code: string) =>
    code === 'n' ? '\n' : code === '^' ? '^' : '"',
  );
}

/** The inverse of `decodeCaret`. */
export function encodeCaret(value: string): string {
  return value.replace(/[\n^"]/g, (sign) => (sign === '\n' ? '^n' : sign === '^' ? '^^' : "^'"));
}

/** Text of a value: `\n`, `\,`, `\;` and `\\` resolved (RFC 6350 §3.4). */
export function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\s\S])/g, (_all, sign: string) => (sign === 'n' || sign === 'N' ? '\n' : sign));
}

/** The inverse of `unescapeText`; a structured value's separators are to be added by the caller. */
export function escapeText(text: string): string {
  return text.replace(/\r\n|[\\,;\n]/g, (sign) => (sign === '\n' || sign === '\r\n' ? '\\n' : `\\${sign}`));
}

/** Splits a structured or list value at an unescaped separator; the parts stay escaped. */
export function splitValue(value: string, separator: ';' | ','): string[] {
  if (!value.includes('\\')) return value.split(separator);
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) === 92) i++;
    else if (value[i] === separator) {
      parts.push(value.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(value.slice(from));
  return parts;
}

/** Head and value joined into one unfolded line. */
export function writeLine(
  group: string | null,
  name: string,
  params: readonly CardParam[],
  value: string,
): string {
  let head = group === null ? name : `${group}.${name}`;
  for (const param of params) head += `;${param.name}=${param.values.map(quoteIfNeeded).join(',')}`;
  return `${head}:${value}`;
}

function quoteIfNeeded(value: string): string {
  return /[,;:]/.test(value) ? `"${value}"` : value;
}

/** Folds a line at 75 octets, never inside a character, and ends it with CRLF (RFC 6350 §3.2). */
export function foldLine(line: string): string {
  if (line.length <= 25 || (line.length <= 75 && Buffer.byteLength(line) <= 75)) return `${line}\r\n`;
  if (Buffer.byteLength(line) === line.length) return foldAscii(line);
  const pieces: string[] = [];
  let from = 0;
  let octets = 0;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    const isPair = code >= 0xd800 && code < 0xdc00;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : isPair ? 4 : 3;
    if (octets + size > 75) {
      pieces.push(line.slice(from, i));
      from = i;
      octets = 1;
    }
    octets += size;
    if (isPair) i++;
  }
  pieces.push(line.slice(from));
  return `${pieces.join('\r\n ')}\r\n`;
}

function foldAscii(line: string): string {
  const pieces = [line.slice(0, 75)];
  for (let i = 75; i < line.length; i += 74) pieces.push(line.slice(i, i + 74));
  return `${pieces.join('\r\n ')}\r\n`;
}
