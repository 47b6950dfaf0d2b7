import { Precondition } from '../errors.ts';
import { type Component, param, rawValue } from './component.ts';
import { type ParsedCalendar, parseStored } from './parse.ts';
import type { RuleRunner } from './runner.ts';
import { cut, type Edit, editText } from './serialize.ts';

/**
 * Time zones by reference (RFC 7809 §3.1): the VTIMEZONEs of standard zones, which are those an IANA name calls, are left out
 * or added. What an object defines itself under other names always stays: nobody else could say what it means.
 */

/** More zones than any calendar names are not written: each costs some milliseconds to make. */
const MAX_ADDED = 20;

/**
 * The stored bytes with or without the VTIMEZONEs of standard zones; the bytes themselves where that is what they are, and
 * where they cannot be read.
 */
export async function projectTimezones(
  body: Uint8Array,
  isWanted: boolean,
  runner: RuleRunner,
): Promise<Uint8Array> {
  await runner.rest();
  const parsed = readable(body, runner);
  if (parsed === null) return body;
  const edits = await (isWanted ? missingZones(parsed, runner) : standardZones(parsed.root, runner));
  return edits.length === 0 ? body : Buffer.from(editText(parsed.text, edits), 'utf8');
}

function readable(body: Uint8Array, { zones }: RuleRunner): ParsedCalendar | null {
  try {
    return parseStored(body, zones);
  } catch (error) {
    if (error instanceof Precondition) return null;
    throw error;
  }
}

const isTimezone = (component: Component): boolean => component.name === 'VTIMEZONE';
const tzidOf = (timezone: Component): string => rawValue(timezone, 'TZID')?.trim() ?? '';

async function standardZones(root: Component, { zones, rest }: RuleRunner): Promise<readonly Edit[]> {
  const edits: Edit[] = [];
  for (const timezone of root.components.filter(isTimezone)) {
    await rest();
    if (zones.iana(tzidOf(timezone)) !== null) edits.push(cut(timezone));
  }
  return edits;
}

async function missingZones({ root, text }: ParsedCalendar, runner: RuleRunner): Promise<readonly Edit[]> {
  const [head] = root.components;
  if (head === undefined) return [];
  const missing = new Set<string>();
  for (const component of root.components) if (!isTimezone(component)) collectTzids(component, missing);
  for (const timezone of root.components.filter(isTimezone)) missing.delete(tzidOf(timezone));
  let added = '';
  for (const tzid of [...missing].slice(0, MAX_ADDED)) {
    await runner.rest();
    added += runner.zones.vtimezone(tzid) ?? '';
  }
  if (added === '') return [];
  const isBare = text[text.indexOf('\n') - 1] !== '\r';
  const written = isBare ? added.replaceAll('\r\n', '\n') : added;
  return [{ start: head.start, end: head.start, text: written }];
}

function collectTzids(component: Component, found: Set<string>): void {
  for (const property of component.properties) {
    const tzid = param(property, 'TZID')?.trim();
    if (tzid !== undefined) found.add(tzid);
  }
  for (const child of component.components) collectTzids(child, found);
}
