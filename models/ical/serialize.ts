import type { Component, Property } from './component.ts';
import { foldLine } from './lines.ts';

/** Splices of a text by the places its lines have: everything that is not touched stays as it was sent. */

/** Replaces the characters from `start` to `end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Takes a line or a component out. */
export function cut(part: Property | Component): Edit {
  return { start: part.start, end: part.end, text: '' };
}

/** Applies edits that do not overlap, in any order. */
export function editText(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const parts: string[] = [];
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** Gives a property another value; its name and parameters stay as they were written. */
export function withValue(text: string, property: Property, value: string): Edit {
  const raw = text
    .slice(property.start, property.end)
    .replace(/\r?\n[ \t]/g, '')
    .replace(/\r?\n$/, '');
  const head = raw.slice(0, raw.length - property.value.length);
  return { start: property.start, end: property.end, text: foldLine(head + value) };
}
