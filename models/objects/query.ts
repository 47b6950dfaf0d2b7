import type { App } from '../app.ts';
import { turn } from '../db/patience.ts';
import { zoneOfCalendar } from '../ical/calendar-zone.ts';
import { OBJECT_COMPONENTS } from '../ical/component.ts';
import { type CompFilter, matches, timeRangeOnly } from '../ical/filter.ts';
import type { Zone } from '../ical/zones.ts';
import { cardCandidates } from '../indexes/search.ts';
import { horizonStart } from '../indexes/service.ts';
import { queryStateOf } from '../indexes/state-store.ts';
import { candidatesIn, dayRows, type Reach } from '../indexes/store.ts';
import type { CollectionId, ResourceOf } from '../types.ts';
import { type CardFilter, indexable, matchesCard } from '../vcard/filter.ts';
import { parseCard } from '../vcard/parse.ts';
import { listObjects } from './service.ts';
import { byIds, type StoredObject } from './store.ts';

type Uses = Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>;

/** What a query gives of the objects it finds. */
export interface QueryWant {
  readonly wantBody: boolean;
  /** The zone floating times are read in; absent: the calendar's own. */
  readonly floating?: Zone;
}

const IDS_PER_STATEMENT = 500;
const BODIES_PER_STATEMENT = 100;
/** Components whose spans are the whole truth about time ranges but for the zone of floating times. */
const SPANNED: ReadonlySet<string> = new Set(['VEVENT', 'VJOURNAL']);
/** Far outside the years that objects may have. */
const NEVER_UTC = 1e12;

/** What every object that passes a filter must be: of one component, in one time range. */
interface Bounds {
  readonly component: string | null;
  readonly range: { readonly startUtc: number | null; readonly endUtc: number | null } | null;
  /** Nothing else is asked. */
  readonly isWhole: boolean;
}

const UNBOUNDED: Bounds = { component: null, range: null, isWhole: false };

function boundsOf(filter: CompFilter): Bounds {
  const alone = timeRangeOnly(filter);
  if (alone !== null) {
    const hasRange = alone.startUtc !== null || alone.endUtc !== null;
    return { component: alone.component, range: hasRange ? alone : null, isWhole: true };
  }
  const parts = filter.propFilters.length + filter.compFilters.length;
  if (filter.isNotDefined || (filter.test === 'anyof' && parts > 1)) return UNBOUNDED;
  const inner = filter.compFilters.find((c) => !c.isNotDefined && OBJECT_COMPONENTS.has(c.name));
  if (inner === undefined) return UNBOUNDED;
  const isNeeded = inner.test === 'allof' || inner.propFilters.length + inner.compFilters.length === 0;
  return { component: inner.name, range: (isNeeded ? inner.timeRange : null) ?? null, isWhole: false };
}

/**
 * Finds the objects of a calendar that pass a filter (RFC 4791 §7.8), a page at a time, in no order. The index answers alone
 * where it knows the whole truth; everywhere else the filter itself judges the candidates, or all objects as long as the
 * index is being built.
 */
export async function* queryCalendar(
  app: Uses,
  calendar: ResourceOf<'calendar'>,
  filter: CompFilter,
  want: QueryWant,
): AsyncGenerator<readonly StoredObject[]> {
  const bounds = boundsOf(filter);
  const { component, range, isWhole } = bounds;
  const floating = want.floating ?? zoneOfCalendar(calendar, app.rules.zones);
  const passes = (body: Uint8Array): Promise<boolean> =>
    matches(app.rules.parse(body), filter, app.rules, floating);
  if (component === null || range === null) {
    if (isWhole) yield* listObjects(app.db, calendar.id, { wantBody: want.wantBody, component });
    else yield* filtered(app, calendar.id, component, passes, want.wantBody);
    return;
  }
  if (!(await queryStateOf(app.db, calendar.id, 'calendar')).isBuilt) {
    yield* filtered(app, calendar.id, component, passes, want.wantBody);
    return;
  }
  const { sure, unsure } = await parted(app, calendar.id, component, { range, isWhole }, floating);
  yield* certain(app, { calendar: calendar.id, component, ids: sure }, passes, want.wantBody);
  yield* judged(app, calendar.id, unsure, passes, want.wantBody);
}

/** Candidates that pass for sure, and those the filter must judge. Days are read in the zone without looking at the object. */
async function parted(
  app: Uses,
  calendar: CollectionId,
  component: string,
  { range, isWhole }: Pick<Bounds, 'isWhole'> & { readonly range: NonNullable<Bounds['range']> },
  zone: Zone,
): Promise<{ readonly sure: readonly number[]; readonly unsure: readonly number[] }> {
  const reach = reachOf(app, range);
  const found = await candidatesIn(app.db, calendar, component, reach);
  const sure = new Set<number>();
  const unsure = new Set<number>();
  for (const { id, isCertain } of found) (isWhole && isCertain ? sure : unsure).add(id);
  if (isWhole && unsure.size > 0) {
    for (const { object_id, start_utc, end_utc } of await dayRows(app.db, [...unsure], reach)) {
      const touches =
        zone.toUtcSeconds(start_utc) < reach.endUtc && zone.toUtcSeconds(end_utc) > reach.startUtc;
      if (touches && unsure.delete(object_id)) sure.add(object_id);
    }
  }
  return { sure: [...sure], unsure: [...unsure] };
}

/** A time range, open at its ends perhaps, as the index is asked about it. */
export function reachOf(app: Pick<App, 'clock' | 'limits'>, range: NonNullable<Bounds['range']>): Reach {
  return {
    startUtc: range.startUtc ?? -NEVER_UTC,
    endUtc: range.endUtc ?? NEVER_UTC,
    completeFromUtc: horizonStart(app),
  };
}

type Passes = (body: Uint8Array) => Promise<boolean> | boolean;

/** Objects whose spans pass for sure; of components with tables of their own, only where the row says that spans are enough. */
async function* certain(
  app: Uses,
  { calendar, component, ids }: { calendar: CollectionId; component: string; ids: readonly number[] },
  passes: Passes,
  wantBody: boolean,
): AsyncGenerator<readonly StoredObject[]> {
  const size = wantBody ? BODIES_PER_STATEMENT : IDS_PER_STATEMENT;
  const unsure: number[] = [];
  for (let at = 0; at < ids.length; at += size) {
    const objects = await byIds(app.db, calendar, ids.slice(at, at + size), wantBody);
    if (SPANNED.has(component)) {
      yield objects;
      continue;
    }
    for (const object of objects) if (object.needsFilter) unsure.push(object.id);
    yield objects.filter((object) => !object.needsFilter);
  }
  yield* judged(app, calendar, unsure, passes, wantBody);
}

/** Candidates by row id that the filter itself lets pass. */
async function* judged(
  app: Uses,
  collection: CollectionId,
  ids: readonly number[],
  passes: Passes,
  wantBody: boolean,
): AsyncGenerator<readonly StoredObject[]> {
  for (let at = 0; at < ids.length; at += BODIES_PER_STATEMENT) {
    const objects = await byIds(app.db, collection, ids.slice(at, at + BODIES_PER_STATEMENT), true);
    yield await passing(app, objects, passes, wantBody);
    await turn();
  }
}

/** All objects of a component that the filter lets pass. */
async function* filtered(
  app: Uses,
  collection: CollectionId,
  component: string | null,
  passes: Passes,
  wantBody: boolean,
): AsyncGenerator<readonly StoredObject[]> {
  for await (const page of listObjects(app.db, collection, { wantBody: true, component })) {
    yield await passing(app, page, passes, wantBody);
    await turn();
  }
}

/** An object that cannot be read or judged any more is logged and left out; the others are answered. */
async function passing(
  app: Uses,
  objects: readonly StoredObject[],
  passes: Passes,
  wantBody: boolean,
): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  for (const object of objects) {
    if (object.body === null) continue;
    try {
      if (await passes(object.body)) found.push(wantBody ? object : { ...object, body: null });
    } catch (error) {
      app.log.warn('query.object-failed', { uid: object.uid, error: String(error) });
    }
  }
  return found;
}

/** Cards are read whatever the limit on new ones is now. */
const STORED_CARDS = { maxCardBytes: Number.MAX_SAFE_INTEGER };

/**
 * Finds the cards of an address book that pass a filter (RFC 6352 §8.6), a page at a time, at most `limit` of them: the index
 * gives candidates where it can, the filter judges.
 */
export async function* queryCards(
  app: Pick<App, 'db' | 'clock' | 'limits' | 'rules' | 'log'>,
  book: ResourceOf<'addressbook'>,
  filter: CardFilter,
  want: Pick<QueryWant, 'wantBody'>,
  limit: number | null = null,
): AsyncGenerator<readonly StoredObject[]> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for await (const page of cardPages(app, book, filter, want.wantBody)) {
    if (left <= 0) return;
    yield page.length > left ? page.slice(0, left) : page;
    left -= page.length;
  }
}

async function* cardPages(
  app: Uses,
  book: ResourceOf<'addressbook'>,
  filter: CardFilter,
  wantBody: boolean,
): AsyncGenerator<readonly StoredObject[]> {
  if (filter.propFilters.length === 0) {
    yield* listObjects(app.db, book.id, { wantBody });
    return;
  }
  const passes = (body: Uint8Array): boolean => matchesCard(parseCard(body, STORED_CARDS), filter);
  const index = indexable(filter);
  const state = await queryStateOf(app.db, book.id, 'addressbook');
  if (index === null || index.probes.length > MAX_PROBES || !state.isBuilt) {
    yield* filtered(app, book.id, null, passes, wantBody);
    return;
  }
  for await (const ids of cardCandidates(app, book.id, index, state.searchedRevision))
    yield* judged(app, book.id, ids, passes, wantBody);
}

/** More conditions than anybody writes, each of them a statement. */
const MAX_PROBES = 50;
