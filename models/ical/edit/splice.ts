import { isUtf8 } from 'node:buffer';
import type { Component, Property } from '../component.ts';
import { foldLine } from '../lines.ts';
import type { ParsedCalendar } from '../parse.ts';
import { cut, type Edit, editText } from '../serialize.ts';

/** Edits of a calendar object as splices of its bytes: what no edit names stays as it was sent, to the byte. */

/** An object that is being edited; the edits point into `parsed.text` and do not overlap. */
export interface Draft {
  readonly bytes: Uint8Array;
  readonly parsed: ParsedCalendar;
  /** How the object ends its lines: new lines end the same way. */
  readonly lineEnd: '\r\n' | '\n';
  readonly edits: Edit[];
  /** Insertions that come after all others at the same place: components follow the properties. */
  readonly later: Edit[];
}

/** Begins to edit an object. */
export function openDraft(bytes: Uint8Array, parsed: ParsedCalendar): Draft {
  const firstEnd = parsed.text.indexOf('\n');
  const lineEnd = firstEnd > 0 && parsed.text[firstEnd - 1] !== '\r' ? '\n' : '\r\n';
  return { bytes, parsed, lineEnd, edits: [], later: [] };
}

/** A logical line as it is stored: folded, with the line end of the object. */
export function storedLine(draft: Draft, raw: string): string {
  const folded = foldLine(raw);
  return draft.lineEnd === '\n' ? folded.replaceAll('\r\n', '\n') : folded;
}

/** Several logical lines as they are stored. */
export function storedLines(draft: Draft, raws: readonly string[]): string {
  return raws.map((raw) => storedLine(draft, raw)).join('');
}

/** The logical line of a property without its line end. */
export function rawLine(draft: Draft, property: Property): string {
  return draft.parsed.text
    .slice(property.start, property.end)
    .replace(/\r?\n[ \t]/g, '')
    .replace(/\r?\n$/, '');
}

/** Name and parameters of a property up to its colon, the colon included. */
export function headOf(draft: Draft, property: Property): string {
  const raw = rawLine(draft, property);
  return raw.slice(0, raw.length - property.value.length);
}

/** Takes a line or a component out. */
export function cutPart(draft: Draft, part: Property | Component): void {
  draft.edits.push(cut(part));
}

/** Puts another line in the place of a property. */
export function replaceLine(draft: Draft, property: Property, raw: string): void {
  draft.edits.push({ start: property.start, end: property.end, text: storedLine(draft, raw) });
}

/** Gives a property another value; its name and parameters stay as they are written. */
export function replaceValue(draft: Draft, property: Property, value: string): void {
  replaceLine(draft, property, headOf(draft, property) + value);
}

/** Adds text after the last property of a component. */
export function insertText(draft: Draft, component: Component, text: string): void {
  const last = component.properties.at(-1);
  const at = last === undefined ? afterBegin(draft, component) : last.end;
  draft.edits.push({ start: at, end: at, text });
}

/** Adds a component behind the properties of another. */
export function insertComponent(draft: Draft, parent: Component, raws: readonly string[]): void {
  const at = parent.properties.at(-1)?.end ?? afterBegin(draft, parent);
  draft.later.push({ start: at, end: at, text: storedLines(draft, raws) });
}

/** Adds text at a place. */
export function insertAt(draft: Draft, at: number, text: string): void {
  draft.edits.push({ start: at, end: at, text });
}

/** Where the first line behind `BEGIN` starts. */
export function afterBegin(draft: Draft, component: Component): number {
  const { text } = draft.parsed;
  const next = [...component.properties, ...component.components].reduce(
    (least, part) => Math.min(least, part.start),
    Number.POSITIVE_INFINITY,
  );
  if (Number.isFinite(next)) return next;
  return text.indexOf('\n', component.start) + 1;
}

/** The object with its edits, as bytes. */
export function finishDraft(draft: Draft): Uint8Array {
  const { bytes, parsed } = draft;
  const edits = [...draft.edits, ...draft.later];
  if (edits.length === 0) return bytes;
  if (isUtf8(bytes)) return Buffer.from(editText(parsed.text, edits), 'utf8');
  return spliceBytes(bytes, parsed.text, edits);
}

/**
 * Splices bytes in which folds split characters: the text was joined while it was read, so its offsets are brought back to
 * those of the bytes, by the count of line ends before them.
 */
function spliceBytes(bytes: Uint8Array, text: string, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const offsets = byteOffsets(bytes, text);
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(bytes.subarray(at, offsets(edit.start)), Buffer.from(edit.text, 'utf8'));
    at = offsets(edit.end);
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** Finds where a place of the joined text stands in the bytes; places are beginnings of lines. */
function byteOffsets(bytes: Uint8Array, text: string): (offset: number) => number {
  const removed: number[] = [];
  let joined = 0;
  for (let i = 0; i < bytes.length; i++) {
    const skipped = foldBefore(bytes, i);
    if (skipped > 0) removed.push(joined, skipped);
    i += skipped;
    joined += 1;
  }
  return (offset) => {
    const plain = Buffer.byteLength(text.slice(0, offset));
    let shift = 0;
    for (let i = 0; i + 1 < removed.length; i += 2)
      if ((removed[i] ?? 0) < plain) shift += removed[i + 1] ?? 0;
    return plain + shift;
  };
}

/** Length of a fold at `at` that a continuation byte follows; 0 when there is none. */
function foldBefore(bytes: Uint8Array, at: number): number {
  const lf = bytes[at] === 13 ? at + 1 : at;
  if (bytes[lf] !== 10 || (bytes[lf + 1] !== 32 && bytes[lf + 1] !== 9)) return 0;
  return ((bytes[lf + 2] ?? 0) & 0xc0) === 0x80 ? lf + 2 - at : 0;
}
