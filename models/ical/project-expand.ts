import { Precondition } from '../errors.ts';
import { type Component, first, hasInstances, type Property, param } from './component.ts';
import type { Occurrence } from './expand.ts';
import type { ParsedCalendar } from './parse.ts';
import type { ProjectOptions, Window } from './project.ts';
import type { RuleRunner } from './runner.ts';
import { withValue } from './serialize.ts';
import { momentOf, type Reading } from './series.ts';
import { formatDateTime, formatUtc, fromLocalSeconds, parseDateTimes, parseDuration } from './values.ts';

/** `CALDAV:expand`: every instance in the window as a component of its own, in UTC (RFC 4791 §9.6.5). */

/**
 * Writes an object with its instances in the window instead of its rules: no VTIMEZONE, times with a zone in UTC, a
 * RECURRENCE-ID wherever something recurs. Throws Precondition `max-instances`.
 */
export async function expandText(
  parsed: ParsedCalendar,
  window: Window,
  runner: RuleRunner,
  options: ProjectOptions,
): Promise<string> {
  // Its parts recur, not itself: they are not instances, and stand with the zones they name (RFC 7953 §3.1).
  if (parsed.component === 'VAVAILABILITY') return parsed.text;
  const expansion = await runner.expand(parsed, window, options);
  if (expansion.isTruncated) {
    const message = `The window holds more than ${options.maxInstances} instances; ask for a shorter one.`;
    throw new Precondition('max-instances', message);
  }
  const reading: Reading = { zones: parsed.zones, floating: options.floating };
  const templates = new Map<Component, Template>();
  const written: string[] = [];
  for (const occurrence of expansion.occurrences) {
    const known = templates.get(occurrence.component);
    const template = known ?? templateOf(parsed.text, occurrence.component, reading);
    templates.set(occurrence.component, template);
    if (template.isTimed) written.push(fill(template, occurrence, reading));
    // A VFREEBUSY and a to-do without dates have no instances: they stand once.
    else if (known === undefined) written.push(template.pieces.join(''));
  }
  const { root, text } = parsed;
  const firstChild = root.components[0]?.start ?? root.end;
  const head = text.slice(root.start, firstChild);
  const tail = root.properties.filter((property) => property.start > firstChild);
  const rest = tail.map((property) => text.slice(property.start, property.end)).join('');
  const end = root.components.length === 0 ? '' : 'END:VCALENDAR\r\n';
  return `${head}${rest}${written.join('')}${end}`;
}

/** Stands for the lines of an instance's start (with its RECURRENCE-ID) and end. */
const START = Symbol('start');
const END = Symbol('end');

interface Template {
  readonly pieces: readonly (string | typeof START | typeof END)[];
  readonly startName: string;
  readonly endName: string;
  readonly isTimed: boolean;
}

const DROPPED: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'EXRULE', 'EXDATE', 'RECURRENCE-ID']);

/** Cuts a component into what all its instances share and the places of their times. */
function templateOf(text: string, component: Component, reading: Reading): Template {
  const hasStart = first(component, 'DTSTART') !== undefined;
  const startName = hasStart ? 'DTSTART' : 'DUE';
  const isTimed = hasInstances(component) && first(component, startName) !== undefined;
  const endName = component.name === 'VTODO' ? 'DUE' : 'DTEND';
  const pieces: (string | typeof START | typeof END)[] = [`BEGIN:${component.name}\r\n`];
  const parts = [...component.properties, ...component.components].sort((a, b) => a.start - b.start);
  for (const part of parts) {
    if ('components' in part) pieces.push(text.slice(part.start, part.end));
    else if (isTimed && part.name === startName) pieces.push(START);
    else if (isTimed && (part.name === endName || isNominal(part))) pieces.push(END);
    else if (!DROPPED.has(part.name)) pieces.push(inUtc(text, part, reading));
  }
  pieces.push(`END:${component.name}\r\n`);
  return { pieces, startName, endName, isTimed };
}

/** A duration in days says something else in UTC than in a zone with daylight saving: its end is written instead. */
function isNominal(property: Property): boolean {
  return property.name === 'DURATION' && (parseDuration(property.value.trim())?.days ?? 0) !== 0;
}

function inUtc(text: string, property: Property, reading: Reading): string {
  const tzid = param(property, 'TZID');
  const values = tzid === undefined ? null : parseDateTimes(property.value);
  if (values === null || values.some((value) => value.isDate))
    return text.slice(property.start, property.end);
  const moments = values.map((value) => momentOf(value, tzid, reading));
  if (moments.some((moment) => moment.isFloating)) return text.slice(property.start, property.end);
  const edit = withValue(text, property, moments.map((moment) => formatUtc(moment.utc)).join(','));
  return edit.text.replace(/;TZID=(?:"[^"]*"|[^;:]*)/i, '');
}

function fill(template: Template, occurrence: Occurrence, reading: Reading): string {
  let text = '';
  for (const piece of template.pieces) {
    if (piece === START) {
      text += timeLine(template.startName, occurrence.startUtc, occurrence, reading);
      text += recurrenceLine(occurrence);
    } else if (piece === END) {
      text += timeLine(template.endName, occurrence.endUtc, occurrence, reading);
    } else {
      text += piece;
    }
  }
  return text;
}

function timeLine(name: string, utc: number, occurrence: Occurrence, reading: Reading): string {
  if (!occurrence.isFloating) return `${name}:${formatUtc(utc)}\r\n`;
  const local = reading.floating.toLocal(utc);
  const value = formatDateTime(fromLocalSeconds(local, { isDate: occurrence.isAllDay, isUtc: false }));
  return `${name}${occurrence.isAllDay ? ';VALUE=DATE' : ''}:${value}\r\n`;
}

function recurrenceLine(occurrence: Occurrence): string {
  const id = occurrence.recurrenceId;
  if (id === null) return '';
  return `RECURRENCE-ID${id.length === 8 ? ';VALUE=DATE' : ''}:${id}\r\n`;
}
