import type { Limits } from '../app.ts';
import { Precondition } from '../errors.ts';
import { type CardProperty, decodeCardText, readCardLines } from './lines.ts';

/** A card as read: its lines in order, and the text they lie in. */
export interface ParsedCard {
  /** Value of VERSION, trimmed; empty when there is none. */
  readonly version: string;
  /** Value of UID, trimmed; empty when there is none. */
  readonly uid: string;
  /** All lines between BEGIN and END, VERSION among them. */
  readonly properties: readonly CardProperty[];
  /** What the offsets of the properties point into. */
  readonly text: string;
}

/** The part of the limits that cards obey. */
export type CardLimits = Pick<Limits, 'maxCardBytes'>;

const MAX_NAME_LENGTH = 255;

/**
 * Reads the one vCard of a body.
 * Throws `valid-address-data` when it is not UTF-8, not exactly one card or has a line that is no content line,
 * and `card-max-resource-size` above the limit (RFC 6352 §5.1, §6.3.2.1).
 */
export function parseCard(bytes: Uint8Array, limits: CardLimits): ParsedCard {
  if (bytes.byteLength > limits.maxCardBytes) {
    throw new Precondition(
      'card-max-resource-size',
      `The card has ${bytes.byteLength} bytes; ${limits.maxCardBytes} are allowed.`,
    );
  }
  const text = decodeCardText(bytes);
  if (text === null) throw invalid('The card is not UTF-8 text; send it as UTF-8.');
  return parseCardText(text);
}

/** Reads the one vCard of a text; throws like `parseCard`. */
export function parseCardText(text: string): ParsedCard {
  const lines = readCardLines(text, isOldStyle(text) ? '2.1' : 'modern');
  const first = lines[0];
  const last = lines[lines.length - 1];
  if (first === undefined || !isMark(first, 'BEGIN'))
    throw invalid('The body does not begin with BEGIN:VCARD.');
  if (last === undefined || !isMark(last, 'END')) throw invalid('The body does not end with END:VCARD.');
  const properties = lines.slice(1, -1);
  let version = '';
  let uid = '';
  for (const property of properties) {
    checkLine(property);
    if (property.name === 'VERSION' && version === '') version = property.value.trim();
    else if (property.name === 'UID' && uid === '') uid = property.value.trim();
  }
  return { version, uid, properties, text };
}

function isOldStyle(text: string): boolean {
  return /^VERSION:[ \t]*2\.1/im.test(text);
}

function isMark(property: CardProperty, name: 'BEGIN' | 'END'): boolean {
  return property.name === name && property.value.trim().toUpperCase() === 'VCARD';
}

function checkLine(property: CardProperty): void {
  const { name, line } = property;
  if (name === '') throw invalid(`Line ${line} has no property name before a colon.`);
  if (name === 'BEGIN' || name === 'END')
    throw invalid(`Line ${line}: one body holds one card; found another ${name}.`);
  if (name.length > MAX_NAME_LENGTH)
    throw invalid(`Line ${line}: the property name is longer than ${MAX_NAME_LENGTH} characters.`);
  if (!/^[A-Z0-9_-]+$/.test(name))
    throw invalid(`Line ${line}: "${name.slice(0, 40)}" is not a property name.`);
}

function invalid(message: string): Precondition {
  return new Precondition('valid-address-data', message);
}
