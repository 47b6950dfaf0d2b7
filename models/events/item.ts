import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { all, type Component, first, param } from '../ical/component.ts';
import { readAlarms } from '../ical/edit/alarms.ts';
import { type ItemFields, readItem } from '../ical/edit/fields.ts';
import { type Participant, type Rest, readPeople, readRest } from '../ical/edit/rest.ts';
import { isRecurring, type OpenSeries, openSeries } from '../ical/edit/series.ts';
import { readTime, type TimeValue } from '../ical/edit/times.ts';
import type { Occurrence } from '../ical/runner.ts';
import { FLOATING } from '../ical/zones.ts';
import { getObject } from '../objects/service.ts';
import type { CollectionId, ResourceOf, UserActor } from '../types.ts';
import { type Calendar, findCalendar } from './calendars.ts';
import { zoneNamed } from './period.ts';

/** One event or task with everything a page says about it. */

export type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

/** Where an event or task stands. */
export interface ItemPlace {
  readonly collection: CollectionId;
  readonly name: string;
}

/** When one occurrence is, in the zone of the viewer and as it is written. */
export interface When {
  readonly startUtc: number;
  readonly endUtc: number;
  /** Wall seconds in the zone of the viewer; dates as they are. */
  readonly startLocal: number;
  readonly endLocal: number;
  readonly isAllDay: boolean;
  readonly isFloating: boolean;
}

/** A date of a series that was changed on its own. */
export interface ChangedDate {
  readonly at: string;
  /** Where the series had it, and where it is now; wall seconds in the zone of the viewer. */
  readonly fromLocal: number;
  readonly toLocal: number;
  readonly isAllDay: boolean;
  readonly isMoved: boolean;
  readonly title: string;
}

/** What a page shows of one event or task. */
export interface Item {
  readonly calendar: Calendar;
  readonly object: ResourceOf<'object'>;
  readonly component: 'VEVENT' | 'VTODO';
  /** Fields of the date that is looked at. */
  readonly fields: ItemFields;
  /** Fields of the series; the same where nothing repeats. */
  readonly series: ItemFields;
  readonly isRecurring: boolean;
  /** False: dates of an event whose series is elsewhere. */
  readonly hasMaster: boolean;
  /** The date that is looked at; null for what does not repeat. */
  readonly at: string | null;
  /** Null for a task without dates. */
  readonly when: When | null;
  /** IANA name or whatever the event calls its zone; `UTC`; null for dates and floating times. */
  readonly ownZone: string | null;
  readonly people: readonly Participant[];
  readonly alarms: { readonly minutes: readonly number[]; readonly others: number };
  readonly rest: Rest;
  readonly changed: readonly ChangedDate[];
  /** How many dates were removed from the series. */
  readonly removed: number;
}

const YEAR_SECONDS = 31_622_400;
const MAX_CHANGED = 50;

async function occurrenceAt(app: Uses, open: OpenSeries, at: string | null): Promise<Occurrence | null> {
  const now = Math.floor(app.clock.nowMs() / 1000);
  const options = { maxInstances: 2000, floating: FLOATING };
  const { expand } = app.rules;
  if (at !== null) {
    const moved = open.series.overrides.map((one) => one.start?.utc ?? 0);
    const utc = instantOf(open, at);
    const edges = [utc, ...moved.filter((_, i) => open.series.overrides[i]?.recurrenceId.utc === utc)];
    const window = { startUtc: Math.min(...edges) - 1, endUtc: Math.max(...edges) + 86_400 };
    const { occurrences } = await expand(open.parsed, window, options);
    return occurrences.find((one) => one.recurrenceId === at) ?? null;
  }
  const coming = { startUtc: now, endUtc: now + YEAR_SECONDS };
  const next = await expand(open.parsed, coming, options);
  if (next.occurrences[0] !== undefined) return next.occurrences[0];
  const start = open.series.start?.utc ?? 0;
  const whole = { startUtc: Math.min(start, now - 20 * YEAR_SECONDS), endUtc: now + 20 * YEAR_SECONDS };
  return (await expand(open.parsed, whole, options)).occurrences.at(-1) ?? null;
}

function instantOf(open: OpenSeries, at: string): number {
  const override = open.series.overrides.find((one) => one.recurrenceId.utc === utcText(at));
  return override?.recurrenceId.utc ?? utcText(at);
}

/** UTC seconds of a RECURRENCE-ID as occurrences have it; dates and floating times as if in UTC. */
function utcText(at: string): number {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z?)?$/.exec(at);
  if (match === null) throw new Refusal(404, 'There is no such date in this series.');
  const [, y, mo, d, h = '0', mi = '0', s = '0'] = match;
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)) / 1000;
}

function whenOf(one: Occurrence, timeZone: string): When {
  const zone = zoneNamed(timeZone);
  const { isFloating, isAllDay } = one;
  if (isFloating) {
    const [startLocal, endLocal] = [one.startUtc, one.endUtc];
    const utc = { startUtc: zone.toUtcSeconds(startLocal), endUtc: zone.toUtcSeconds(endLocal) };
    return { ...utc, startLocal, endLocal, isAllDay, isFloating };
  }
  const { startUtc, endUtc } = one;
  return {
    startUtc,
    endUtc,
    startLocal: zone.toLocal(startUtc),
    endLocal: zone.toLocal(endUtc),
    isAllDay,
    isFloating,
  };
}

function changedDates(open: OpenSeries, occurrences: readonly Occurrence[], timeZone: string): ChangedDate[] {
  const zone = zoneNamed(timeZone);
  return open.series.overrides.slice(0, MAX_CHANGED).flatMap((override) => {
    const { recurrenceId: from, start: to, component } = override;
    const at = occurrences.find((one) => one.component === component)?.recurrenceId;
    if (to === null || at == null) return [];
    const local = (moment: typeof from) => (moment.isFloating ? moment.local : zone.toLocal(moment.utc));
    return [
      {
        at,
        fromLocal: local(from),
        toLocal: local(to),
        isAllDay: to.isDate,
        isMoved: from.utc !== to.utc,
        title: readItem(component, open.reading).summary,
      },
    ];
  });
}

async function overridesOf(app: Uses, open: OpenSeries): Promise<readonly Occurrence[]> {
  const moments = open.series.overrides.slice(0, MAX_CHANGED).map((one) => one.start?.utc ?? 0);
  if (moments.length === 0) return [];
  const window = { startUtc: Math.min(...moments) - 1, endUtc: Math.max(...moments) + 86_400 };
  return (await app.rules.expand(open.parsed, window, { maxInstances: 5000, floating: FLOATING }))
    .occurrences;
}

const removedDates = (master: Component | null): number =>
  master === null
    ? 0
    : all(master, 'EXDATE').reduce(
        (sum, { value }) => sum + (value.trim() === '' ? 0 : value.split(',').length),
        0,
      );

function ownZoneOf(component: Component): string | null {
  const property = first(component, 'DTSTART') ?? first(component, 'DUE');
  const time: TimeValue | null = readTime(property);
  if (property === undefined || time === null || time.isDate) return null;
  return time.isUtc ? 'UTC' : (param(property, 'TZID') ?? null);
}

/** Reads an object and checks that pages can show it. Throws `Refusal` 404. */
export async function openItem(
  app: Uses,
  actor: UserActor,
  place: ItemPlace,
): Promise<{
  readonly calendar: Calendar;
  readonly object: ResourceOf<'object'>;
  readonly body: Uint8Array;
}> {
  const calendar = await findCalendar(app, actor, place.collection);
  const found = await getObject(app.db, calendar.id, place.name);
  if (found === null || !['VEVENT', 'VTODO'].includes(found.object.component))
    throw new Refusal(404, 'This is not here any more.');
  return { calendar, object: found.object, body: found.body };
}

/**
 * Reads an event or task for a viewer in a zone; `at` names one date of a series, without it the next one is shown. Throws
 * `Refusal` 404 for what is not there or not the person's.
 */
export async function getItem(
  app: Uses,
  actor: UserActor,
  place: ItemPlace,
  options: { readonly at: string | null; readonly timeZone: string },
): Promise<Item> {
  const { calendar, object, body } = await openItem(app, actor, place);
  return itemOf(app, { calendar, object, body }, options);
}

/** The same from bytes at hand, as a conflict or an undo has them. */
export async function itemOf(
  app: Uses,
  { calendar, object, body }: { calendar: Calendar; object: ResourceOf<'object'>; body: Uint8Array },
  { at, timeZone }: { readonly at: string | null; readonly timeZone: string },
): Promise<Item> {
  const open = openSeries({ runner: app.rules }, body);
  const { master } = open.series;
  const recurs = isRecurring(open.series);
  const isDated = open.series.start !== null || open.series.overrides.length > 0;
  const occurrence = isDated ? await occurrenceAt(app, open, recurs ? at : null) : null;
  if (at !== null && recurs && occurrence === null)
    throw new Refusal(404, 'There is no such date in this series.');
  const shown = occurrence?.component ?? master ?? open.series.overrides[0]?.component;
  if (shown === undefined) throw new Refusal(404, 'This is not here any more.');
  return {
    calendar,
    object,
    component: object.component === 'VTODO' ? 'VTODO' : 'VEVENT',
    fields: dated(readItem(shown, open.reading), open, occurrence),
    series: readItem(master ?? shown, open.reading),
    isRecurring: recurs,
    hasMaster: master !== null,
    at: recurs ? (occurrence?.recurrenceId ?? null) : null,
    when: occurrence === null ? null : whenOf(occurrence, timeZone),
    ownZone: ownZoneOf(shown),
    people: readPeople(shown),
    alarms: readAlarms(shown),
    rest: readRest(shown),
    changed: changedDates(open, await overridesOf(app, open), timeZone),
    removed: removedDates(master),
  };
}

/** The fields of a date that its master describes hold the times of the master: brings them to the date. */
function dated(fields: ItemFields, open: OpenSeries, occurrence: Occurrence | null): ItemFields {
  if (occurrence === null || occurrence.component !== open.series.master) return fields;
  const { start } = open.series;
  if (start === null) return fields;
  const zone = start.zone;
  const local = start.isFloating ? occurrence.startUtc : zone.toLocal(occurrence.startUtc);
  const delta = local - start.local;
  const moved = (time: TimeValue | null): TimeValue | null =>
    time === null ? null : { ...time, local: time.local + delta };
  const times =
    fields.times === null
      ? null
      : {
          start: { ...fields.times.start, local },
          end: { ...fields.times.end, local: fields.times.end.local + delta },
        };
  return { ...fields, times, start: moved(fields.start), due: moved(fields.due) };
}
