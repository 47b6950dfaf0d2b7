import { isUtf8 } from 'node:buffer';
import { Precondition } from '../errors.ts';
import { NO_PARAMS, type Property } from './component.ts';

/**
 * Content lines (RFC 5545 §3.1), read without losing a character: every line knows its place in the source, so that
 * whoever must change one line can splice it and leave all others as they were sent.
 */

/** A content line and a property are one thing; the tree only arranges them. */
export type ContentLine = Property;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const BYTE_ORDER_MARK = 0xfeff;

/** Characters that XML cannot carry: an object with one could be stored but never listed (XML 1.0 §2.2). */
const UNSPEAKABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Makes the refusal of a line; `line` is 1-based. Throws nothing itself. */
export function badLine(line: number, message: string): Precondition {
  return new Precondition('valid-calendar-data', `Line ${line}: ${message}`);
}

/** Shows a piece of somebody's text in a message: short, without control characters. */
export function excerpt(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return `"${short.replace(/[\x00-\x1f\x7f]/g, '?')}"`;
}

/**
 * Decodes UTF-8, also where a fold splits a character (RFC 5545 §3.1). A byte order mark stays in the text.
 * Throws Precondition `valid-calendar-data` for what is not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return utf8(bytes);
  const joined = joinSplitCharacters(bytes);
  if (isUtf8(joined)) return utf8(joined);
  throw new Precondition('valid-calendar-data', 'The text is not UTF-8; send it as UTF-8.');
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Removes the folds that are followed by a continuation byte: no other character can begin with one. */
function joinSplitCharacters(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const skipped = foldBeforeContinuation(bytes, i);
    i += skipped;
    kept[length++] = bytes[i] ?? 0;
  }
  return kept.subarray(0, length);
}

function foldBeforeContinuation(bytes: Uint8Array, at: number): number {
  const lf = bytes[at] === CR ? at + 1 : at;
  if (bytes[lf] !== LF || (bytes[lf + 1] !== SPACE && bytes[lf + 1] !== TAB)) return 0;
  return ((bytes[lf + 2] ?? 0) & 0xc0) === 0x80 ? lf + 2 - at : 0;
}

/**
 * Reads content lines in order. Line ends may be CRLF or LF; blank lines are passed over. Throws Precondition
 * `valid-calendar-data` naming the line for anything else that is not a content line. Linear in the length of the text.
 */
export function* readLines(text: string): Generator<ContentLine, void, undefined> {
  refuseUnspeakable(text);
  let start = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  let number = 1;
  while (start < text.length) {
    const lf = text.indexOf('\n', start);
    const next = lf < 0 ? text.length : lf + 1;
    const after = text.charCodeAt(next);
    if (after !== SPACE && after !== TAB) {
      const raw = text.slice(start, contentEnd(text, next));
      if (raw !== '') yield parseLine(raw, number, start, next);
      start = next;
      number++;
      continue;
    }
    const unfolded = unfold(text, start, next);
    yield parseLine(unfolded.raw, number, start, unfolded.end);
    start = unfolded.end;
    number += unfolded.count;
  }
}

/** Joins a line that goes on after `next`, the offset behind its first line end. */
function unfold(text: string, start: number, next: number): { raw: string; end: number; count: number } {
  const parts = [text.slice(start, contentEnd(text, next))];
  let at = next;
  for (let char = text.charCodeAt(at); char === SPACE || char === TAB; char = text.charCodeAt(at)) {
    const lf = text.indexOf('\n', at);
    const end = lf < 0 ? text.length : lf + 1;
    parts.push(text.slice(at + 1, contentEnd(text, end)));
    at = end;
  }
  return { raw: parts.join(''), end: at, count: parts.length };
}

/** Steps back over the LF or CRLF before `next`. */
function contentEnd(text: string, next: number): number {
  if (text.charCodeAt(next - 1) !== LF) return next;
  return text.charCodeAt(next - 2) === CR ? next - 2 : next - 1;
}

function refuseUnspeakable(text: string): void {
  const at = text.search(UNSPEAKABLE);
  const bare = at < 0 ? text.search(/\r(?!\n)/) : at;
  if (bare < 0) return;
  const code = text.charCodeAt(bare).toString(16).toUpperCase().padStart(4, '0');
  throw badLine(lineAt(text, bare), `the control character U+${code} is not allowed.`);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let lf = text.indexOf('\n'); lf >= 0 && lf < offset; lf = text.indexOf('\n', lf + 1)) line++;
  return line;
}

/**
 * Parses one unfolded line, given its place in the source. Throws Precondition `valid-calendar-data`.
 */
export function parseLine(raw: string, line: number, start: number, end: number): ContentLine {
  const nameEnd = endOfName(raw);
  const separator = raw.charCodeAt(nameEnd);
  if (nameEnd === 0 || (separator !== COLON && separator !== SEMICOLON)) {
    throw badLine(line, `found ${excerpt(raw)}, expected NAME:value.`);
  }
  const name = raw.slice(0, nameEnd).toUpperCase();
  if (separator === COLON) {
    return { name, params: NO_PARAMS, value: raw.slice(nameEnd + 1), line, start, end };
  }
  const params = new Map<string, string[]>();
  const colon = readParams(raw, nameEnd, line, params);
  return { name, params, value: raw.slice(colon + 1), line, start, end };
}

/** Says whether the text begins as a content line does: a name, then a colon or semicolon. */
export function isContentLine(raw: string): boolean {
  const nameEnd = endOfName(raw);
  const separator = raw.charCodeAt(nameEnd);
  return nameEnd > 0 && (separator === COLON || separator === SEMICOLON);
}

/** Finds where the name ends: letters, digits and hyphen, and the `_`, `.` and `/` that extensions use. */
function endOfName(raw: string): number {
  let at = 0;
  for (; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    const isName =
      (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || (code >= 45 && code <= 57) || code === 95;
    if (!isName) break;
  }
  return at;
}

/** Reads parameters from the semicolon at `at` up to the colon before the value, whose offset it returns. */
function readParams(raw: string, at: number, line: number, params: Map<string, string[]>): number {
  let offset = at;
  while (raw.charCodeAt(offset) === SEMICOLON) {
    const nameStart = offset + 1;
    let nameEnd = nameStart;
    while (nameEnd < raw.length && !isParamNameEnd(raw.charCodeAt(nameEnd))) nameEnd++;
    const name = raw.slice(nameStart, nameEnd).toUpperCase();
    if (name === '' || raw.charCodeAt(nameEnd) !== EQUALS) {
      throw badLine(line, `found parameter ${excerpt(name)} without a value, expected ;NAME=value.`);
    }
    const values = params.get(name) ?? [];
    params.set(name, values);
    offset = readParamValues(raw, nameEnd + 1, line, values);
  }
  return offset;
}

function isParamNameEnd(code: number): boolean {
  return code === EQUALS || code === SEMICOLON || code === COLON || code === QUOTE || code === COMMA;
}

/** Reads a comma-separated list of values; returns the offset of the semicolon or colon behind it. */
function readParamValues(raw: string, at: number, line: number, values: string[]): number {
  let offset = at;
  for (;;) {
    const end = endOfParamValue(raw, offset, line);
    values.push(unquote(raw.slice(offset, end)));
    if (raw.charCodeAt(end) !== COMMA) return end;
    offset = end + 1;
  }
}

/** Finds the separator behind a value; inside quotes separators count as text. */
function endOfParamValue(raw: string, at: number, line: number): number {
  let offset = at;
  while (offset < raw.length) {
    const code = raw.charCodeAt(offset);
    if (code === COLON || code === SEMICOLON || code === COMMA) return offset;
    if (code === QUOTE) {
      offset = raw.indexOf('"', offset + 1);
      if (offset < 0) throw badLine(line, 'a quote in the parameters is not closed.');
    }
    offset++;
  }
  throw badLine(line, `found ${excerpt(raw)} without a colon, expected NAME;PARAMETER=value:value.`);
}

/** Takes the quotes away; some clients quote only a part of the value. */
function unquote(value: string): string {
  return value.includes('"') ? value.replaceAll('"', '') : value;
}

/**
 * Folds a logical line at 75 octets, never inside a character, and ends it with CRLF (RFC 5545 §3.1).
 */
export function foldLine(raw: string): string {
  if (raw.length <= 75 && Buffer.byteLength(raw) <= 75) return `${raw}\r\n`;
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const char of raw) {
    const size = Buffer.byteLength(char);
    if (octets + size > 75) {
      parts.push(part);
      part = '';
      octets = 1;
    }
    part += char;
    octets += size;
  }
  parts.push(part);
  return `${parts.join('\r\n ')}\r\n`;
}
