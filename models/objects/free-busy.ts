import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import { Precondition, Refusal } from '../errors.ts';
import { type Availability, availabilityOf, unavailableTime, without } from '../ical/availability.ts';
import { zoneOfCalendar } from '../ical/calendar-zone.ts';
import { type BusyPeriod, busyPeriods, mergeBusy } from '../ical/freebusy.ts';
import type { ExpandOptions } from '../ical/runner.ts';
import { FLOATING, type Zone } from '../ical/zones.ts';
import { queryStateOf } from '../indexes/state-store.ts';
import { bodiesBeyond, busyRows, candidatesIn } from '../indexes/store.ts';
import type { ResourceOf } from '../types.ts';
import { reachOf } from './query.ts';
import { listObjects } from './service.ts';
import { byIds } from './store.ts';

type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

/** What a free-busy query is about. */
export interface BusyQuestion {
  /** Transparent ones count as asked. */
  readonly calendars: readonly ResourceOf<'calendar'>[];
  /** UTC epoch seconds. */
  readonly window: Window;
  /** An iCalendar text with the availability of the person, beside what the calendars hold; null: none. */
  readonly availability: string | null;
}

type Window = { readonly startUtc: number; readonly endUtc: number };

/** The busy time of some calendars in a window, merged (RFC 4791 §7.10), laid over availability (RFC 7953 §4). */
export async function freeBusy(app: Uses, question: BusyQuestion): Promise<readonly BusyPeriod[]> {
  const { calendars, window, availability } = question;
  const periods: BusyPeriod[] = [];
  const layers: Availability[] = [];
  for (const calendar of calendars) {
    periods.push(...(await busyOf(app, calendar, window)));
    layers.push(...(await availabilityIn(app, calendar, window)));
  }
  if (availability !== null) {
    const parsed = app.rules.parse(Buffer.from(availability));
    layers.push(...(await availabilityOf(parsed, window, app.rules, optionsFor(app, FLOATING))));
  }
  return mergeBusy([...without(unavailableTime(layers), periods), ...periods], window);
}

const optionsFor = (app: Pick<Uses, 'limits'>, floating: Zone): ExpandOptions => ({
  maxInstances: app.limits.maxInstances,
  floating,
});

/** What the objects of a calendar say about availability; most calendars have none. */
async function availabilityIn(
  app: Uses,
  calendar: ResourceOf<'calendar'>,
  window: Window,
): Promise<readonly Availability[]> {
  const options = optionsFor(app, zoneOfCalendar(calendar, app.rules.zones));
  const layersOf = (body: Uint8Array): Promise<readonly Availability[]> =>
    availabilityOf(app.rules.parse(body), window, app.rules, options);
  if (!(await isBuilt(app, calendar))) return ofAll(app, calendar, 'VAVAILABILITY', layersOf);
  const found = await candidatesIn(app.db, calendar.id, 'VAVAILABILITY', reachOf(app, window));
  const layers: Availability[] = [];
  for (const body of await bodiesOf(app, calendar, new Set(found.map(({ id }) => id))))
    layers.push(...(await layersOf(body)));
  return layers;
}

async function busyOf(
  app: Uses,
  calendar: ResourceOf<'calendar'>,
  window: Window,
): Promise<readonly BusyPeriod[]> {
  const reach = reachOf(app, window);
  const floating = zoneOfCalendar(calendar, app.rules.zones);
  const options = optionsFor(app, floating);
  const periodsOf = (body: Uint8Array): Promise<readonly BusyPeriod[]> =>
    busyPeriods(body, window, app.rules, options);
  if (!(await isBuilt(app, calendar))) return ofAll(app, calendar, null, periodsOf);
  const toUtc = (wallSeconds: number): number => floating.toUtcSeconds(wallSeconds);
  const rows = await busyRows(app.db, calendar.id, reach);
  const periods: BusyPeriod[] = [];
  const unsure = new Set<number>();
  for (const { object_id, start_utc, end_utc, busy, is_floating } of rows) {
    if (is_floating === 0) periods.push({ startUtc: start_utc, endUtc: end_utc, busy });
    else if (is_floating === 1) periods.push({ startUtc: toUtc(start_utc), endUtc: toUtc(end_utc), busy });
    else unsure.add(object_id);
  }
  const bodies = [
    ...(await bodiesBeyond(app.db, calendar.id, reach)),
    ...(await bodiesOf(app, calendar, unsure)),
  ];
  for (const body of bodies) periods.push(...(await periodsOf(body)));
  return periods;
}

async function isBuilt(app: Uses, calendar: ResourceOf<'calendar'>): Promise<boolean> {
  return (await queryStateOf(app.db, calendar.id, 'calendar')).isBuilt;
}

/** The same from all objects themselves; one that cannot be read says nothing, one that is too much to say is refused. */
async function ofAll<T>(
  app: Uses,
  calendar: ResourceOf<'calendar'>,
  component: string | null,
  read: (body: Uint8Array) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of listObjects(app.db, calendar.id, { wantBody: true, component })) {
    for (const { body, uid } of page) {
      try {
        if (body !== null) all.push(...(await read(body)));
      } catch (error) {
        const isTooMuch = error instanceof Precondition && error.code === 'max-instances';
        if (error instanceof Refusal || isTooMuch) throw error;
        app.log.warn('query.object-failed', { uid, error: String(error) });
      }
    }
    await turn();
  }
  return all;
}

/** Bytes of the objects whose rows do not tell how long they last. */
async function bodiesOf(
  app: Pick<Uses, 'db'>,
  calendar: ResourceOf<'calendar'>,
  ids: ReadonlySet<number>,
): Promise<readonly Uint8Array[]> {
  if (ids.size === 0) return [];
  const found = await byIds(app.db, calendar.id, [...ids], true);
  return found.flatMap(({ body }) => (body === null ? [] : [body]));
}
