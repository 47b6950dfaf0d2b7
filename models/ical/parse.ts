import type { Limits } from '../app.ts';
import { Precondition } from '../errors.ts';
import { type Component, first, mainComponents, type Property } from './component.ts';
import { badLine, type ContentLine, decodeText, excerpt, readLines } from './lines.ts';
import { unescapeText } from './values.ts';
import { createZones, type ObjectZones, type Zones, zonesOf } from './zones.ts';

/** A calendar object that has been read; `validateObject` says whether it may be stored. */
export interface ParsedCalendar {
  readonly root: Component;
  /** The text all offsets of the tree point into. */
  readonly text: string;
  /** UID of the first main component; empty when it has none. */
  readonly uid: string;
  /** Name of the first main component, such as `VEVENT`; empty when there is none. */
  readonly component: string;
  /** Resolves the TZIDs of this object. */
  readonly zones: ObjectZones;
}

/** Deeper nesting has no meaning in iCalendar and is only sent to hurt: VCALENDAR, VEVENT, VALARM make three. */
export const MAX_DEPTH = 16;

/**
 * Reads one calendar object. Give the `zones` of the process so that their tables are made once; without it they are
 * made anew. Throws Precondition `valid-calendar-data` or `calendar-max-resource-size`.
 */
export function parseCalendar(
  bytes: Uint8Array,
  limits: Pick<Limits, 'maxCalendarObjectBytes'>,
  zones: Zones = createZones(),
): ParsedCalendar {
  if (bytes.length > limits.maxCalendarObjectBytes) {
    const message = `The object has ${bytes.length} bytes; at most ${limits.maxCalendarObjectBytes} are kept.`;
    throw new Precondition('calendar-max-resource-size', message);
  }
  const text = decodeText(bytes);
  const roots = parseTree(readLines(text));
  const root = roots[0];
  if (root === undefined)
    throw new Precondition('valid-calendar-data', 'The text is empty; expected BEGIN:VCALENDAR.');
  if (root.name !== 'VCALENDAR')
    throw badLine(root.line, `found BEGIN:${root.name}, expected BEGIN:VCALENDAR.`);
  const second = roots[1];
  if (second !== undefined) {
    throw badLine(
      second.line,
      'a second component begins after END:VCALENDAR; one object has one VCALENDAR.',
    );
  }
  const main = mainComponents(root)[0];
  const uid = main === undefined ? undefined : first(main, 'UID')?.value;
  return {
    root,
    text,
    uid: unescapeText(uid ?? '').trim(),
    component: main?.name ?? '',
    zones: zonesOf(root, zones),
  };
}

/** Reads an object that is stored already, whatever the limit was then. Throws Precondition `valid-calendar-data`. */
export function parseStored(bytes: Uint8Array, zones: Zones): ParsedCalendar {
  return parseCalendar(bytes, { maxCalendarObjectBytes: Number.POSITIVE_INFINITY }, zones);
}

interface Open {
  readonly name: string;
  readonly properties: Property[];
  readonly components: Component[];
  readonly line: number;
  readonly start: number;
  end: number;
}

/**
 * Arranges content lines into components; a file may hold several at the top. Throws Precondition
 * `valid-calendar-data` for lines outside a component, ends that match no beginning, and too deep nesting.
 */
export function parseTree(lines: Iterable<ContentLine>): Component[] {
  const roots: Component[] = [];
  const stack: Open[] = [];
  let top: Open | undefined;
  for (const line of lines) {
    if (line.name === 'BEGIN') {
      top = begin(line, stack, top?.components ?? roots);
    } else if (top === undefined) {
      throw badLine(line.line, `found ${excerpt(line.name)} outside a component, expected BEGIN:VCALENDAR.`);
    } else if (line.name === 'END') {
      close(line, top);
      stack.pop();
      top = stack[stack.length - 1];
    } else {
      top.properties.push(line);
    }
  }
  if (top !== undefined)
    throw badLine(top.line, `BEGIN:${top.name} is never closed, expected END:${top.name}.`);
  return roots;
}

function begin(line: ContentLine, stack: Open[], siblings: Component[]): Open {
  const name = line.value.trim().toUpperCase();
  if (!/^[A-Z0-9_.-]{1,100}$/.test(name)) {
    throw badLine(line.line, `found ${excerpt(`BEGIN:${line.value}`)}, expected the name of a component.`);
  }
  if (stack.length >= MAX_DEPTH) throw badLine(line.line, `components are nested deeper than ${MAX_DEPTH}.`);
  const open: Open = {
    name,
    properties: [],
    components: [],
    line: line.line,
    start: line.start,
    end: line.end,
  };
  siblings.push(open);
  stack.push(open);
  return open;
}

function close(line: ContentLine, open: Open): void {
  const name = line.value.trim().toUpperCase();
  if (name !== open.name) {
    throw badLine(
      line.line,
      `found ${excerpt(`END:${name}`)}, expected END:${open.name} (begun in line ${open.line}).`,
    );
  }
  open.end = line.end;
}
