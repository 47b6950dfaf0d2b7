import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import { type Component, first, rawValue } from '../ical/component.ts';
import { unescapeText } from '../ical/values.ts';
import { createZones, FLOATING, UTC, type Zone } from '../ical/zones.ts';
import { horizonStart } from '../indexes/service.ts';
import { queryStateOf } from '../indexes/state-store.ts';
import { bodiesAfter } from '../indexes/store.ts';
import type { CollectionId, ETag, UserActor } from '../types.ts';
import { type Calendar, holdsEvents, listCalendars } from './calendars.ts';
import { type BodyRow, beyondIndex, bodiesOf, slotsIn } from './store.ts';

/** What lies in a period, for one who looks at it in a zone: places first, from the index alone; titles for what is shown. */

export type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

/** More than this in one view is no view any more. */
const MAX_SLOTS = 6000;
const MAX_BEYOND = 500;
const BODIES_AT_ONCE = 100;
const DAY_SECONDS = 86_400;

/** A period by the wall clock of a zone; the end is not part of it. */
export interface Period {
  /** Wall seconds. */
  readonly fromLocal: number;
  readonly toLocal: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Calendars that are left out. */
  readonly hidden?: ReadonlySet<CollectionId>;
}

/** The place of an occurrence: known without reading the event. */
export interface Slot {
  readonly object: number;
  readonly calendar: CollectionId;
  /** As the index has it: floating times as if they were UTC. */
  readonly keyUtc: number;
  readonly startUtc: number;
  readonly endUtc: number;
  /** Wall seconds in the zone of the viewer; dates as they are. */
  readonly startLocal: number;
  readonly endLocal: number;
  /** Begins and ends at midnight whatever the zone. */
  readonly isWholeDays: boolean;
}

/** All places of a period, by start. */
export interface Slots {
  readonly calendars: readonly Calendar[];
  readonly slots: readonly Slot[];
  /** True when there are more. */
  readonly isCut: boolean;
}

/** The zone of a viewer; UTC for a name nobody knows. */
export function zoneNamed(timeZone: string): Zone {
  return createZones().iana(timeZone) ?? UTC;
}

interface FoundRow {
  readonly start_utc: number;
  readonly end_utc: number;
  readonly is_floating: number | boolean;
}

/** Made thousands of times for a page: one literal, since to spread another into it takes ten times as long. */
function toSlot(object: number, calendar: CollectionId, row: FoundRow, zone: Zone): Slot {
  const isFloating = Number(row.is_floating) !== 0;
  const { start_utc: start, end_utc: end } = row;
  const startLocal = isFloating ? start : zone.toLocal(start);
  return {
    object,
    calendar,
    keyUtc: start,
    isWholeDays: isFloating && start % DAY_SECONDS === 0 && end % DAY_SECONDS === 0 && end > start,
    startUtc: isFloating ? zone.toUtcSeconds(start) : start,
    endUtc: isFloating ? zone.toUtcSeconds(end) : end,
    startLocal,
    endLocal: isFloating ? end : Math.max(startLocal, zone.toLocal(end)),
  };
}

const touches = ({ startLocal, endLocal }: Slot, { fromLocal, toLocal }: Period): boolean =>
  startLocal < toLocal && (endLocal > fromLocal || (endLocal <= startLocal && startLocal >= fromLocal));

/** Where to look, in UTC seconds. */
interface Range {
  readonly startUtc: number;
  readonly endUtc: number;
}

/** Lists where events lie in a period: the person's own calendars, hidden ones left out. */
export async function listSlots(app: Uses, actor: UserActor, period: Period): Promise<Slots> {
  const calendars = await listCalendars(app, actor);
  // The zones of the runner remember what they have computed.
  const zone = app.rules.zones.iana(period.timeZone) ?? UTC;
  const range = {
    startUtc: zone.toUtcSeconds(period.fromLocal),
    endUtc: zone.toUtcSeconds(period.toLocal),
  };
  const slots: Slot[] = [];
  let isCut = false;
  for (const calendar of calendars) {
    if (!holdsEvents(calendar) || period.hidden?.has(calendar.id) === true) continue;
    const { isBuilt } = await queryStateOf(app.db, calendar.id, 'calendar');
    const found = await (isBuilt ? indexedSlots : readSlots)(app, calendar.id, range, zone);
    slots.push(...found.slots);
    isCut ||= found.isCut;
  }
  const found = slots.filter((slot) => touches(slot, period));
  found.sort((a, b) => a.startLocal - b.startLocal || b.endLocal - a.endLocal || a.object - b.object);
  return { calendars, slots: found.slice(0, MAX_SLOTS), isCut: isCut || found.length > MAX_SLOTS };
}

type Listed = Pick<Slots, 'slots' | 'isCut'>;

/** Places from the index, and from those events that it does not tell enough of. */
async function indexedSlots(app: Uses, calendar: CollectionId, range: Range, zone: Zone): Promise<Listed> {
  const completeFromUtc = horizonStart(app);
  const beyond = await beyondIndex(app.db, calendar, { ...range, completeFromUtc, limit: MAX_BEYOND });
  const rows = await slotsIn(app.db, calendar, { ...range, limit: MAX_SLOTS + 1 });
  const unknown = rows.filter((row) => row.is_floating === 3).map((row) => row.object_id);
  const expanded = new Set([...beyond, ...unknown]);
  const slots: Slot[] = [];
  for (const row of rows)
    if (!expanded.has(row.object_id)) slots.push(toSlot(row.object_id, calendar, row, zone));
  for (const body of await bodiesOf(app.db, [calendar], [...expanded]))
    slots.push(...(await expandedSlots(app, body, range, zone)));
  return { slots, isCut: rows.length > MAX_SLOTS || beyond.length === MAX_BEYOND };
}

/** Places from the events themselves: right, and slower, while the index is made anew. */
async function readSlots(app: Uses, calendar: CollectionId, range: Range, zone: Zone): Promise<Listed> {
  // An event that is changed meanwhile comes once more, under its new revision.
  const byEvent = new Map<number, readonly Slot[]>();
  let [after, count] = [0, 0];
  while (count <= MAX_SLOTS) {
    const bodies = await bodiesAfter(app.db, calendar, after, BODIES_AT_ONCE);
    const last = bodies.at(-1);
    if (last === undefined) return { slots: [...byEvent.values()].flat(), isCut: false };
    for (const { id, component, body } of bodies) {
      if (component !== 'VEVENT') continue;
      const slots = await expandedSlots(app, { id, collection: calendar, body }, range, zone);
      byEvent.set(id, slots);
      count += slots.length;
    }
    after = last.revision;
    await turn();
  }
  return { slots: [...byEvent.values()].flat(), isCut: true };
}

async function expandedSlots(
  app: Uses,
  body: Pick<BodyRow, 'id' | 'collection' | 'body'>,
  { startUtc, endUtc }: Range,
  zone: Zone,
): Promise<readonly Slot[]> {
  const window = { startUtc: startUtc - DAY_SECONDS, endUtc: endUtc + DAY_SECONDS };
  try {
    const options = { maxInstances: MAX_SLOTS, floating: FLOATING };
    const { occurrences } = await app.rules.expand(body.body, window, options);
    return occurrences.map((one) => {
      const row = { start_utc: one.startUtc, end_utc: one.endUtc, is_floating: one.isFloating };
      return toSlot(body.id, body.collection, row, zone);
    });
  } catch (error) {
    app.log.warn('calendar.object-failed', { object: body.id, error: String(error) });
    return [];
  }
}

/** An occurrence as lists show it. */
export interface Entry extends Slot {
  /** Name of the object in its calendar. */
  readonly name: string;
  readonly etag: ETag;
  /** Which date of a series; null for a single event. */
  readonly at: string | null;
  readonly title: string;
  readonly location: string;
  readonly isAllDay: boolean;
  readonly isCancelled: boolean;
  readonly isTentative: boolean;
}

const text = (component: Component, name: string): string => unescapeText(rawValue(component, name) ?? '');

function entryOf(
  slot: Slot,
  body: BodyRow,
  { component, at, isAllDay }: { component: Component; at: string | null; isAllDay: boolean },
): Entry {
  const status = rawValue(component, 'STATUS')?.trim().toUpperCase();
  // One literal, as for places.
  const { object, calendar, keyUtc, startUtc, endUtc, startLocal, endLocal, isWholeDays } = slot;
  return {
    object,
    calendar,
    keyUtc,
    startUtc,
    endUtc,
    startLocal,
    endLocal,
    isWholeDays,
    name: body.name,
    etag: body.etag,
    at,
    title: text(component, 'SUMMARY').trim(),
    location: text(component, 'LOCATION').trim(),
    isAllDay,
    isCancelled: status === 'CANCELLED',
    isTentative: status === 'TENTATIVE',
  };
}

const RECURRING: ReadonlySet<string> = new Set(['RRULE', 'RDATE', 'RECURRENCE-ID', 'EXDATE']);

/** Reads the events of some places; one that cannot be read is left out. */
async function entriesOf(app: Uses, body: BodyRow, slots: readonly Slot[]): Promise<readonly Entry[]> {
  const parsed = app.rules.parse(body.body);
  const events = parsed.root.components.filter((child) => child.name === 'VEVENT');
  const [only] = events;
  if (only === undefined) return [];
  if (events.length === 1 && !only.properties.some((property) => RECURRING.has(property.name))) {
    const isAllDay = first(only, 'DTSTART')?.value.trim().length === 8;
    return slots.map((slot) => entryOf(slot, body, { component: only, at: null, isAllDay }));
  }
  const window = {
    startUtc: Math.min(...slots.map((slot) => slot.keyUtc)),
    endUtc: Math.max(...slots.map((slot) => slot.keyUtc)) + 1,
  };
  const options = { maxInstances: MAX_SLOTS, floating: FLOATING };
  const { occurrences } = await app.rules.expand(parsed, window, options);
  const byStart = new Map(occurrences.map((one) => [one.startUtc, one]));
  return slots.flatMap((slot) => {
    const one = byStart.get(slot.keyUtc);
    if (one === undefined) return [];
    const { component, recurrenceId: at, isAllDay } = one;
    return [entryOf(slot, body, { component, at, isAllDay })];
  });
}

/** Reads titles and the like for the places that are shown, in their order. */
export async function describeSlots(
  app: Uses,
  { calendars }: Pick<Slots, 'calendars'>,
  slots: readonly Slot[],
): Promise<readonly Entry[]> {
  const groups = new Map<number, Slot[]>();
  for (const slot of slots) groups.set(slot.object, [...(groups.get(slot.object) ?? []), slot]);
  const ids = calendars.map(({ id }) => id);
  const entries = new Map<Slot, Entry>();
  for (const body of await bodiesOf(app.db, ids, [...groups.keys()])) {
    const wanted = groups.get(body.id) ?? [];
    try {
      const read = await entriesOf(app, body, wanted);
      for (const entry of read) {
        const slot = wanted.find((one) => one.keyUtc === entry.keyUtc && one.endUtc === entry.endUtc);
        if (slot !== undefined) entries.set(slot, entry);
      }
    } catch (error) {
      app.log.warn('calendar.object-failed', { object: body.id, error: String(error) });
    }
  }
  return slots.flatMap((slot) => entries.get(slot) ?? []);
}
