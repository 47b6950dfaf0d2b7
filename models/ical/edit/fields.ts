import { all, type Component, first, rawValue } from '../component.ts';
import type { Reading } from '../series.ts';
import { escapeText, formatUtc, unescapeText } from '../values.ts';
import { readReminder, setReminder } from './alarms.ts';
import { isSameRepeat, type Repeat, type RepeatReading, readRepeat } from './repeat.ts';
import {
  cutPart,
  type Draft,
  headOf,
  insertText,
  rawLine,
  replaceLine,
  replaceValue,
  storedLine,
} from './splice.ts';
import {
  isSameTime,
  plainReading,
  readTime,
  readTimes,
  setTime,
  setTimes,
  type Times,
  type TimeValue,
} from './times.ts';

/** The fields of an event or task that a form shows, and how each is written into its component. */

/** What a form shows of one component. */
export interface ItemFields {
  readonly summary: string;
  readonly location: string;
  readonly description: string;
  /** Of an event; null for a task. */
  readonly times: Times | null;
  /** Of a task. */
  readonly start: TimeValue | null;
  readonly due: TimeValue | null;
  readonly repeat: RepeatReading;
  /** Minutes before. */
  readonly reminder: number | null;
  readonly isDone: boolean;
  /** 0 to 100; 0 when the task does not say. */
  readonly percent: number;
  /** 0 none, 1 highest, 9 lowest. */
  readonly priority: number;
}

/** What is to be different; absent fields stay as they are, null takes away. */
export interface ItemChange {
  readonly summary?: string;
  readonly location?: string;
  readonly description?: string;
  readonly times?: Times;
  readonly start?: TimeValue | null;
  readonly due?: TimeValue | null;
  readonly repeat?: Repeat | null;
  readonly reminder?: number | null;
  readonly isDone?: boolean;
  readonly percent?: number;
  readonly priority?: number;
}

const text = (component: Component, name: string): string => unescapeText(rawValue(component, name) ?? '');

function whole(component: Component, name: string, most: number): number {
  const value = Number(rawValue(component, name)?.trim() ?? '0');
  return Number.isInteger(value) && value >= 0 && value <= most ? value : 0;
}

/** Reads what a form shows. */
export function readItem(component: Component, reading: Reading): ItemFields {
  const isTask = component.name === 'VTODO';
  const start = readTime(first(component, 'DTSTART'));
  const due = readTime(first(component, 'DUE'));
  const status = rawValue(component, 'STATUS')?.trim().toUpperCase();
  return {
    summary: text(component, 'SUMMARY'),
    location: text(component, 'LOCATION'),
    description: text(component, 'DESCRIPTION'),
    times: isTask ? null : readTimes(component, reading),
    start: isTask ? start : null,
    due: isTask ? due : null,
    repeat: readRepeat(component, start ?? due, reading),
    reminder: readReminder(component),
    isDone: isTask && (status === 'COMPLETED' || first(component, 'COMPLETED') !== undefined),
    percent: isTask ? whole(component, 'PERCENT-COMPLETE', 100) : 0,
    priority: whole(component, 'PRIORITY', 9),
  };
}

/** Other forms of a text that would go on saying the old one: HTML of a note, a place on the map. */
const FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  SUMMARY: [],
  LOCATION: ['X-APPLE-STRUCTURED-LOCATION', 'GEO'],
  DESCRIPTION: ['X-ALT-DESC'],
};

function setText(draft: Draft, component: Component, name: string, value: string): void {
  const property = first(component, name);
  if (text(component, name) === value && (property !== undefined || value === '')) return;
  for (const follower of FOLLOWERS[name] ?? [])
    for (const stale of all(component, follower)) cutPart(draft, stale);
  if (property === undefined) {
    insertText(draft, component, storedLine(draft, `${name}:${escapeText(value)}`));
    return;
  }
  if (value === '') {
    cutPart(draft, property);
    return;
  }
  // The alternative text that a parameter points to is of the old value.
  const head = headOf(draft, property).replace(/;ALTREP=("[^"]*"|[^;:,]*)/i, '');
  replaceLine(draft, property, head + escapeText(value));
}

/** Sets a property with a plain value; null takes it away. */
export function setPlain(draft: Draft, component: Component, name: string, value: string | null): void {
  const property = first(component, name);
  if (property === undefined) {
    if (value !== null) insertText(draft, component, storedLine(draft, `${name}:${value}`));
  } else if (value === null) cutPart(draft, property);
  else if (rawLine(draft, property) !== `${name}:${value}`) replaceValue(draft, property, value);
}

function setTaskState(draft: Draft, component: Component, change: ItemChange, nowUtc: number): void {
  const { isDone, percent } = change;
  const was = readItem(component, plainReading(draft));
  const done =
    isDone ?? (percent === undefined ? was.isDone : percent === 100 || (was.isDone && percent === 0));
  if (done !== was.isDone) {
    setPlain(draft, component, 'STATUS', done ? 'COMPLETED' : 'NEEDS-ACTION');
    setPlain(draft, component, 'COMPLETED', done ? formatUtc(nowUtc) : null);
    setPlain(draft, component, 'PERCENT-COMPLETE', done ? '100' : reopened(percent));
  } else if (percent !== undefined && percent !== was.percent && !done) {
    setPlain(draft, component, 'PERCENT-COMPLETE', String(percent));
    setPlain(draft, component, 'STATUS', percent === 0 ? 'NEEDS-ACTION' : 'IN-PROCESS');
  }
}

const reopened = (percent: number | undefined): string | null =>
  percent === undefined || percent === 0 || percent === 100 ? null : String(percent);

/** What an edit needs to know beside the change. */
export interface Stamp {
  readonly nowUtc: number;
}

/** Writes all fields of a change but the rule into one component, and its stamps. The fields must be of its kind. */
export function setFields(
  draft: Draft,
  component: Component,
  change: ItemChange,
  reading: Reading,
  { nowUtc }: Stamp,
): void {
  if (change.summary !== undefined) setText(draft, component, 'SUMMARY', change.summary);
  if (change.location !== undefined) setText(draft, component, 'LOCATION', change.location);
  if (change.description !== undefined) setText(draft, component, 'DESCRIPTION', change.description);
  if (change.times !== undefined) setTimes(draft, component, change.times, reading);
  if (change.start !== undefined) setTime(draft, component, 'DTSTART', change.start);
  if (change.due !== undefined) setDue(draft, component, change.due);
  if (change.isDone !== undefined || change.percent !== undefined)
    setTaskState(draft, component, change, nowUtc);
  if (change.priority !== undefined && change.priority !== whole(component, 'PRIORITY', 9))
    setPlain(draft, component, 'PRIORITY', change.priority === 0 ? null : String(change.priority));
  if (change.reminder !== undefined)
    setReminder(draft, component, change.reminder, change.summary ?? text(component, 'SUMMARY'));
  setStamps(draft, component, nowUtc);
}

/** DUE and DURATION exclude each other (RFC 5545 §3.6.2). */
function setDue(draft: Draft, component: Component, due: TimeValue | null): void {
  const duration = first(component, 'DURATION');
  if (duration !== undefined && due !== null) cutPart(draft, duration);
  setTime(draft, component, 'DUE', due);
}

/** Says that a component was changed now: DTSTAMP, LAST-MODIFIED and the next SEQUENCE. */
export function setStamps(draft: Draft, component: Component, nowUtc: number): void {
  const now = formatUtc(nowUtc);
  setPlain(draft, component, 'DTSTAMP', now);
  setPlain(draft, component, 'LAST-MODIFIED', now);
  setPlain(draft, component, 'SEQUENCE', String(whole(component, 'SEQUENCE', 2_147_483_646) + 1));
}

const isSameOrNone = (a: TimeValue | null, b: TimeValue | null): boolean =>
  a === null || b === null ? a === b : isSameTime(a, b);

/** What of a change differs from what stands; null when nothing does. */
export function effective(now: ItemFields, change: ItemChange): ItemChange | null {
  const kept: { -readonly [K in keyof ItemChange]: ItemChange[K] } = { ...change };
  for (const name of [
    'summary',
    'location',
    'description',
    'reminder',
    'isDone',
    'percent',
    'priority',
  ] as const)
    if (kept[name] === now[name]) delete kept[name];
  const { times, start, due, repeat } = change;
  if (
    times !== undefined &&
    now.times !== null &&
    isSameTime(times.start, now.times.start) &&
    isSameTime(times.end, now.times.end)
  )
    delete kept.times;
  if (start !== undefined && isSameOrNone(start, now.start)) delete kept.start;
  if (due !== undefined && isSameOrNone(due, now.due)) delete kept.due;
  if (repeat === null && now.repeat.kind === 'none') delete kept.repeat;
  const anchor = now.times?.start ?? now.start ?? now.due;
  if (repeat != null && now.repeat.kind === 'common' && anchor !== null)
    if (isSameRepeat(repeat, now.repeat.repeat, anchor)) delete kept.repeat;
  return Object.keys(kept).length === 0 ? null : kept;
}
