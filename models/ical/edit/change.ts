import { Refusal } from '../../errors.ts';
import { all, type Component, first, rawValue } from '../component.ts';
import type { Override } from '../series.ts';
import { FLOATING } from '../zones.ts';
import {
  filterDates,
  fitted,
  instancesOf,
  type Shift,
  shiftDates,
  shiftOf,
  shiftRecurrenceId,
  shiftRules,
} from './dates.ts';
import { effective, type ItemChange, type ItemFields, readItem, setFields, setStamps } from './fields.ts';
import { type Repeat, ruleText } from './repeat.ts';
import {
  addZones,
  type Edited,
  type Editing,
  endOfComponents,
  instanceAt,
  isRecurring,
  type OpenSeries,
  openSeries,
  overrideText,
  type Scope,
} from './series.ts';
import { cutPart, finishDraft, insertAt, insertText, replaceValue, storedLine } from './splice.ts';
import { splitSeries } from './split.ts';
import { atLocal, isSameForm, readTime, spanOf, type Times, type TimeValue, timeLine } from './times.ts';

/** Changes of events and tasks: for one date, for this and later ones, for all. */

/**
 * Changes an object; what the change does not name, and what it names but says already, stays to the byte. Throws `Refusal`
 * 404 for a date the series does not have and 409 for what cannot be changed this way.
 */
export async function changeItem(
  editing: Editing,
  bytes: Uint8Array,
  scope: Scope,
  change: ItemChange,
): Promise<Edited> {
  const open = openSeries(editing, bytes);
  if (scope.kind === 'all' || !isRecurring(open.series))
    return { body: await changeAll(editing, bytes, change), other: null };
  if (scope.kind === 'one') return { body: await changeOne(editing, open, scope.at, change), other: null };
  const instance = instanceAt(open, scope.at);
  const { master, start } = open.series;
  if (master === null || start === null || instance.utc <= start.utc)
    return { body: await changeAll(editing, bytes, change), other: null };
  const { head, tail, uid } = await splitSeries(editing, open, instance);
  const changed = await changeAll(editing, tail, change);
  if (changed === tail) return { body: bytes, other: null };
  return { body: head, other: { uid, body: changed } };
}

function masterOf(open: OpenSeries): Component {
  const { master } = open.series;
  if (master !== null) return master;
  throw new Refusal(409, 'This event is a single date of a series kept elsewhere; change only that date.');
}

async function changeAll(editing: Editing, bytes: Uint8Array, wanted: ItemChange): Promise<Uint8Array> {
  const open = openSeries(editing, bytes);
  const { draft, reading } = open;
  const master = masterOf(open);
  const now = readItem(master, reading);
  const change = effective(now, wanted);
  if (change === null) return bytes;
  const from = now.times?.start ?? now.start ?? now.due;
  const to = anchorAfter(now, change);
  const shift = movementOf(open, from, to);
  setFields(draft, master, change, reading, editing);
  if (change.repeat === null) dropRecurrence(open, master);
  else {
    if (change.repeat !== undefined) setRepeat(open, master, change.repeat, to);
    else if (shift !== null) shiftRules(draft, master, shift, now.repeat);
    if (shift !== null) shiftDates(draft, master, shift);
    for (const override of open.series.overrides)
      followMaster(editing, open, override, { now, change, shift });
  }
  addZones(draft, [change.times?.start, change.times?.end, change.start, change.due]);
  const body = finishDraft(draft);
  return change.repeat == null ? body : pruneStrays(editing, body);
}

function anchorAfter(now: ItemFields, change: ItemChange): TimeValue | null {
  if (now.times !== null) return (change.times ?? now.times).start;
  const start = change.start === undefined ? now.start : change.start;
  return start ?? (change.due === undefined ? now.due : change.due);
}

function movementOf(open: OpenSeries, from: TimeValue | null, to: TimeValue | null): Shift | null {
  if (!isRecurring(open.series) || from === null || open.series.start === null) return null;
  if (to === null) throw new Refusal(409, 'A task that repeats needs a date to start or to be due.');
  return shiftOf(open.series.start, from, to);
}

function dropRecurrence(open: OpenSeries, master: Component): void {
  for (const name of ['RRULE', 'EXRULE', 'RDATE', 'EXDATE'])
    for (const property of all(master, name)) cutPart(open.draft, property);
  for (const { component } of open.series.overrides) cutPart(open.draft, component);
}

function setRepeat(open: OpenSeries, master: Component, repeat: Repeat, start: TimeValue | null): void {
  if (start === null) throw new Refusal(409, 'A task that repeats needs a date to start or to be due.');
  const { draft, reading } = open;
  const [rule, ...others] = all(master, 'RRULE');
  for (const extra of [...others, ...all(master, 'EXRULE')]) cutPart(draft, extra);
  const weekStart = /(?:^|;)WKST=([A-Z]{2})/i.exec(rule?.value ?? '')?.[1]?.toUpperCase() ?? null;
  const text = ruleText(fitted(repeat, start), start, reading, weekStart);
  if (rule === undefined) insertText(draft, master, storedLine(draft, `RRULE:${text}`));
  else replaceValue(draft, rule, text);
}

interface MasterChange {
  readonly now: ItemFields;
  readonly change: ItemChange;
  readonly shift: Shift | null;
}

/** Fields in which an override says either the same as its master or something of its own. */
const FOLLOWED = ['summary', 'location', 'description', 'reminder', 'priority'] as const;

/** An override follows its master in every field in which it said the same, and keeps what is its own. */
function followMaster(editing: Editing, open: OpenSeries, override: Override, by: MasterChange): void {
  const { draft, reading } = open;
  const { component, recurrenceId } = override;
  const own = readItem(component, reading);
  const kept: { -readonly [K in keyof ItemChange]: ItemChange[K] } = { ...by.change };
  for (const name of FOLLOWED) if (own[name] !== by.now[name]) delete kept[name];
  for (const name of ['repeat', 'isDone', 'percent', 'start', 'due', 'times'] as const) delete kept[name];
  const times = followedTimes(open, override, own, by);
  if (times !== null) kept.times = times;
  if (Object.keys(kept).length > 0) setFields(draft, component, kept, reading, editing);
  if (by.shift !== null) shiftRecurrenceId(draft, component, recurrenceId.local, by.shift);
}

/** Where an override stands after its series moved, when it stood where the series had put it. */
function followedTimes(
  open: OpenSeries,
  { component, recurrenceId }: Override,
  own: ItemFields,
  { now, change, shift }: MasterChange,
): Times | null {
  if (change.times === undefined || now.times === null || own.times === null) return null;
  const form = readTime(first(component, 'DTSTART'));
  const isInPlace =
    form !== null &&
    isSameForm(form, now.times.start) &&
    form.local === recurrenceId.local &&
    spanOf(own.times, open.reading) === spanOf(now.times, open.reading);
  if (!isInPlace) return null;
  const { start, end } = change.times;
  const local = recurrenceId.local + (shift?.delta ?? 0);
  const moved = atLocal(start, local);
  return { start: moved, end: atLocal(end, moved.local + end.local - start.local) };
}

/** Takes out overrides of dates that a new rule does not have. */
async function pruneStrays(editing: Editing, bytes: Uint8Array): Promise<Uint8Array> {
  const open = openSeries(editing, bytes);
  const { overrides, master } = open.series;
  if (overrides.length === 0 || master === null) return bytes;
  const utcs = overrides.map((override) => override.recurrenceId.utc);
  const range = { startUtc: Math.min(...utcs), endUtc: Math.max(...utcs) + 1, withDates: true };
  const dates = new Set(await instancesOf(editing.runner, open.parsed, master, range));
  for (const override of overrides)
    if (!dates.has(override.recurrenceId.utc)) cutPart(open.draft, override.component);
  return finishDraft(open.draft);
}

/** Throws `Refusal` 404 for a date the series does not have. */
async function checkInstance(editing: Editing, open: OpenSeries, utc: number): Promise<void> {
  const range = { startUtc: utc, endUtc: utc + 1, withDates: true };
  const found = await instancesOf(editing.runner, open.parsed, masterOf(open), range);
  if (!found.includes(utc)) throw new Refusal(404, 'There is no such date in this series.');
}

async function changeOne(
  editing: Editing,
  open: OpenSeries,
  at: string,
  wanted: ItemChange,
): Promise<Uint8Array> {
  const { draft, parsed } = open;
  const instance = instanceAt(open, at);
  if (instance.override === null) {
    await checkInstance(editing, open, instance.utc);
    insertAt(draft, endOfComponents(parsed), overrideText(open, instance));
  }
  const bytes = finishDraft(draft);
  const again = openSeries(editing, bytes);
  const override = instanceAt(again, at).override;
  if (override === null) throw new Refusal(409, 'This date cannot be changed on its own.');
  const { repeat: _, ...fields } = wanted;
  const change = effective(readItem(override.component, again.reading), fields);
  if (change === null) return open.draft.bytes;
  setFields(again.draft, override.component, change, again.reading, editing);
  addZones(again.draft, [change.times?.start, change.times?.end, change.start, change.due]);
  return finishDraft(again.draft);
}

/**
 * Removes one date, this and later ones, or the whole object; a null body says that nothing is left. Throws `Refusal` 404
 * for a date the series does not have.
 */
export async function removeItem(editing: Editing, bytes: Uint8Array, scope: Scope): Promise<Edited> {
  if (scope.kind === 'all') return { body: null, other: null };
  const open = openSeries(editing, bytes);
  const { master, start } = open.series;
  if (!isRecurring(open.series)) return { body: null, other: null };
  const instance = instanceAt(open, scope.at);
  if (scope.kind === 'following') {
    if (master === null || start === null || instance.utc <= start.utc) return { body: null, other: null };
    const { head } = await splitSeries(editing, open, instance);
    return { body: head, other: null };
  }
  if (instance.override !== null) cutPart(open.draft, instance.override.component);
  else await checkInstance(editing, open, instance.utc);
  if (master === null) {
    const isLast = open.series.overrides.length <= 1;
    return { body: isLast ? null : finishDraft(open.draft), other: null };
  }
  exclude(open, master, instance.local);
  setStamps(open.draft, master, editing.nowUtc);
  return { body: await unlessEmpty(editing, finishDraft(open.draft)), other: null };
}

function exclude(open: OpenSeries, master: Component, local: number): void {
  const { draft, series } = open;
  const anchor = first(master, 'DTSTART') ?? first(master, 'DUE');
  const form = readTime(anchor);
  if (anchor === undefined || form === null || series.start === null) return;
  // An added date is taken back; where the rule brings it too, only the exclusion helps.
  if (rawValue(master, 'RRULE') === undefined && local !== series.start.local) {
    filterDates(draft, master, 'RDATE', series.start, (one) => one !== local);
    return;
  }
  const line = timeLine('EXDATE', [atLocal(form, local)]);
  insertText(draft, master, storedLine(draft, line));
}

/** Null when no date is left. */
async function unlessEmpty(editing: Editing, bytes: Uint8Array): Promise<Uint8Array | null> {
  const window = { startUtc: -6e10, endUtc: 7_289_654_400 };
  const left = await editing.runner.expand(bytes, window, { maxInstances: 1, floating: FLOATING });
  return left.occurrences.length === 0 && !left.isTruncated ? null : bytes;
}
