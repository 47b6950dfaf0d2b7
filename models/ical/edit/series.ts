import { Refusal } from '../../errors.ts';
import { type Component, first, mainComponents, param } from '../component.ts';
import type { ParsedCalendar } from '../parse.ts';
import type { RuleRunner } from '../runner.ts';
import {
  lengthOf,
  type Moment,
  type Override,
  type Reading,
  readMoment,
  readSeries,
  type Series,
} from '../series.ts';
import { vtimezoneFor } from '../zones.ts';
import { type Draft, headOf, insertAt, openDraft, storedLine, storedLines } from './splice.ts';
import {
  addLength,
  atLocal,
  instanceLocal,
  isSameForm,
  plainReading,
  readTime,
  type TimeValue,
  timeText,
  utcOf,
  zoneOf,
} from './times.ts';

/** A series while it is edited: its master, its overrides, and copies of components with other dates. */

/** What edits need from outside. */
export interface Editing {
  readonly runner: Pick<RuleRunner, 'expand' | 'parse'>;
  readonly nowUtc: number;
  newUid(): string;
}

/** Which dates of a series an edit is about; `at` is the RECURRENCE-ID of an occurrence. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'one'; readonly at: string }
  | { readonly kind: 'following'; readonly at: string };

/** What an edit gives: the object, null when nothing is left of it, and a second one when the series was split. */
export interface Edited {
  readonly body: Uint8Array | null;
  readonly other: { readonly uid: string; readonly body: Uint8Array } | null;
}

/** An object that is open for edits. */
export interface OpenSeries {
  readonly draft: Draft;
  readonly parsed: ParsedCalendar;
  readonly reading: Reading;
  readonly series: Series;
}

/** Opens an object. Throws `Refusal` 409 for what pages cannot edit. */
export function openSeries(editing: Pick<Editing, 'runner'>, bytes: Uint8Array): OpenSeries {
  const parsed = editing.runner.parse(bytes);
  const draft = openDraft(bytes, parsed);
  const reading = plainReading(draft);
  const [series, ...others] = readSeries(parsed.root, reading);
  if (
    series === undefined ||
    others.length > 0 ||
    (parsed.component !== 'VEVENT' && parsed.component !== 'VTODO')
  )
    throw new Refusal(409, 'Only events and tasks can be changed here.');
  return { draft, parsed, reading, series };
}

/** True when a series has more than one date or was changed on some. */
export function isRecurring(series: Series): boolean {
  const { master } = series;
  if (series.overrides.length > 0 || master === null) return true;
  return first(master, 'RRULE') !== undefined || first(master, 'RDATE') !== undefined;
}

/** An instance of a series by its RECURRENCE-ID. */
export interface Instance {
  readonly local: number;
  readonly utc: number;
  readonly override: Override | null;
}

/** Finds an instance by the text of its RECURRENCE-ID. Throws `Refusal` 404 when it cannot be one. */
export function instanceAt(open: OpenSeries, at: string): Instance {
  const { series } = open;
  const form: Moment | undefined = series.start ?? series.overrides[0]?.recurrenceId;
  const local = form === undefined ? null : instanceLocal(at, form);
  if (form === undefined || local === null) throw new Refusal(404, 'There is no such date in this series.');
  const utc = form.zone.toUtcSeconds(local);
  const override = series.overrides.find((one) => one.recurrenceId.utc === utc) ?? null;
  return { local, utc, override };
}

/** What becomes of a property in a copy: another logical line, nothing (null), or the bytes as they are (undefined). */
type Rewrite = (property: Component['properties'][number]) => string | null | undefined;

/** Copies a component with some lines changed; `more` are added behind the properties. */
export function copyComponent(
  draft: Draft,
  component: Component,
  rewrite: Rewrite,
  more: readonly string[] = [],
): string {
  const { text } = draft.parsed;
  const parts = [storedLine(draft, `BEGIN:${component.name}`)];
  for (const property of component.properties) {
    const line = rewrite(property);
    if (line === undefined) parts.push(text.slice(property.start, property.end));
    else if (line !== null) parts.push(storedLine(draft, line));
  }
  parts.push(storedLines(draft, more));
  for (const child of component.components) parts.push(text.slice(child.start, child.end));
  parts.push(storedLine(draft, `END:${component.name}`));
  return parts.join('');
}

/** The lines of a component that say when it is, moved so that it begins `local` instead of `from`. */
export function movedTimes(open: OpenSeries, component: Component, from: number, local: number): Rewrite {
  const { draft, reading } = open;
  const anchorName = first(component, 'DTSTART') === undefined ? 'DUE' : 'DTSTART';
  const anchor = readTime(first(component, anchorName));
  return (property) => {
    const time = readTime(property);
    if (anchor === null || time === null) return undefined;
    if (property.name === anchorName)
      return headOf(draft, property) + timeText(atLocal(time, time.local + local - from));
    if (property.name !== 'DTEND' && property.name !== 'DUE') return undefined;
    return headOf(draft, property) + timeText(movedEnd(component, anchor, time, local - from, reading));
  };
}

/** An end keeps its distance to the start as the series means it: wall time for dates, exact seconds otherwise. */
function movedEnd(
  component: Component,
  anchor: TimeValue,
  end: TimeValue,
  delta: number,
  reading: Reading,
): TimeValue {
  const start = readMoment(first(component, 'DTSTART'), reading);
  if (start === null) return atLocal(end, end.local + delta);
  const moved = addLength(
    atLocal(anchor, anchor.local + delta),
    lengthOf(component, start, reading),
    reading,
  );
  if (isSameForm(moved, end)) return moved;
  return atLocal(end, zoneOf(end, reading).toLocal(utcOf(moved, reading)));
}

const NOT_IN_OVERRIDES: ReadonlySet<string> = new Set([
  'RRULE',
  'RDATE',
  'EXRULE',
  'EXDATE',
  'RECURRENCE-ID',
]);

/** The text of an override that says for one date what the series says. */
export function overrideText(open: OpenSeries, instance: Instance): string {
  const { draft, series } = open;
  const { master, start } = series;
  if (master === null || start === null) throw new Refusal(404, 'There is no such date in this series.');
  const ranged = series.overrides
    .filter((one) => one.isRanged && one.start !== null && one.recurrenceId.utc <= instance.utc)
    .sort((a, b) => a.recurrenceId.utc - b.recurrenceId.utc)
    .at(-1);
  const template = ranged?.component ?? master;
  const templateFrom = ranged === undefined ? start.local : ranged.recurrenceId.local;
  const times = movedTimes(open, template, templateFrom, instance.local);
  const anchor = first(master, 'DTSTART') ?? first(master, 'DUE');
  const form = readTime(anchor);
  if (anchor === undefined || form === null) throw new Refusal(404, 'There is no such date in this series.');
  const params = headOf(draft, anchor).slice(anchor.name.length);
  const id = `RECURRENCE-ID${params}${timeText(atLocal(form, instance.local))}`;
  return copyComponent(
    draft,
    template,
    (property) => (NOT_IN_OVERRIDES.has(property.name) ? null : times(property)),
    [id],
  );
}

/** Where a further component of the object goes: behind its last one. */
export function endOfComponents(parsed: ParsedCalendar): number {
  return mainComponents(parsed.root).at(-1)?.end ?? parsed.root.end;
}

/** Zones an object defines, and those it refers to without. */
function knownZones({ root }: ParsedCalendar): Set<string> {
  const known = new Set<string>();
  for (const child of root.components) {
    if (child.name === 'VTIMEZONE') known.add((first(child, 'TZID')?.value ?? '').trim());
    else for (const property of child.properties) known.add(param(property, 'TZID') ?? '');
  }
  return known;
}

/** Adds the VTIMEZONEs of zones that times refer to and the object did not use before. */
export function addZones(draft: Draft, times: readonly (TimeValue | null | undefined)[]): void {
  const { root } = draft.parsed;
  const known = knownZones(draft.parsed);
  const at = mainComponents(root)[0]?.start ?? root.end;
  for (const time of times) {
    const tzid = time?.tzid ?? null;
    if (tzid === null || known.has(tzid)) continue;
    known.add(tzid);
    const text = vtimezoneFor(tzid);
    if (text !== null) insertAt(draft, at, draft.lineEnd === '\n' ? text.replaceAll('\r\n', '\n') : text);
  }
}

/** Puts another UID into a copied component. */
export function withUid(uid: string, rewrite: Rewrite): Rewrite {
  return (property) => (property.name === 'UID' ? `UID:${uid}` : rewrite(property));
}
