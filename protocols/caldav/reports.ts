import { authorize } from '../../models/access/service.ts';
import { findHome, listCollections } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { CompFilter } from '../../models/ical/filter.ts';
import { renderFreeBusy } from '../../models/ical/freebusy.ts';
import type { Window } from '../../models/ical/project.ts';
import { type BusyQuestion, freeBusy } from '../../models/objects/free-busy.ts';
import { queryCalendar } from '../../models/objects/query.ts';
import type { StoredObject } from '../../models/objects/service.ts';
import type { ResourceOf } from '../../models/types.ts';
import { contentViewOf } from '../dav/content.ts';
import { answerPages, type MemberView, memberEntries, readReportProps } from '../dav/members.ts';
import { answerMultiget, readHrefs } from '../dav/multiget.ts';
import type { Entry } from '../dav/multistatus.ts';
import type { PropRequest } from '../dav/propstat.ts';
import { type Report, type ReportContext, report } from '../dav/rows.ts';
import { calendarOf, within } from '../dav/scope.ts';
import type { WireResponse } from '../wire.ts';
import { child, type XmlElement } from '../xml/element.ts';
import { readFilter } from './filter-xml.ts';
import { floatingZone } from './floating-zone.ts';
import { readWindow } from './time-range.ts';

interface CalendarQuery {
  readonly root: XmlElement;
  readonly filter: CompFilter;
  readonly request: PropRequest;
}

const CALENDAR_QUERY = report({
  name: '{urn:ietf:params:xml:ns:caldav}calendar-query',
  on: ['calendar', 'inbox', 'object'],
  holds: 'calendar',
  parse: (root, c): CalendarQuery => ({
    root,
    filter: readFilter(root),
    request: readReportProps(root, c.req),
  }),
  // With any Depth: some clients send none, and nothing else than the members can be meant.
  async run(asked, { root, filter, request }, c): Promise<WireResponse> {
    if (asked.kind === 'inbox') return answerPages(c, nothing());
    const calendar = await calendarOf(c.v, asked);
    const content = contentViewOf(c, calendar, request, root);
    const want = { wantBody: content !== null, floating: floatingZone(c.v, calendar, root) };
    const found = within(asked, queryCalendar(c.v.app, calendar, filter, want));
    const pages = matchPages(c, { collection: calendar, request, content }, found);
    return answerPages(c, pages, { isBounded: content?.isBounded ?? false });
  },
});

async function* nothing(): AsyncGenerator<readonly Entry[]> {
  yield [];
}

async function* matchPages(
  c: ReportContext,
  view: MemberView,
  found: AsyncIterable<readonly StoredObject[]>,
): AsyncGenerator<readonly Entry[]> {
  for await (const page of found) yield await memberEntries(c.v, c.tables, view, page);
}

const CALENDAR_MULTIGET = report({
  name: '{urn:ietf:params:xml:ns:caldav}calendar-multiget',
  on: ['calendar', 'inbox', 'object'],
  holds: 'calendar',
  parse: (root, c) => ({ hrefs: readHrefs(root), request: readReportProps(root, c.req) }),
  async run(asked, { hrefs, request }, c): Promise<WireResponse> {
    const collection = asked.kind === 'inbox' ? asked : await calendarOf(c.v, asked);
    const content = collection.kind === 'inbox' ? null : contentViewOf(c, collection, request);
    const only = asked.kind === 'object' ? asked.name : null;
    return answerMultiget(collection, { hrefs, request, content, only }, c);
  },
});

const FREE_BUSY_QUERY = report({
  name: '{urn:ietf:params:xml:ns:caldav}free-busy-query',
  // Of a principal too: some clients ask the person, not the calendars.
  on: ['calendar', 'home', 'principal'],
  holds: 'calendar',
  parse(root): Window {
    const range = child(root, '{urn:ietf:params:xml:ns:caldav}time-range');
    const window = range === undefined ? null : readWindow(range);
    if (window === null)
      throw new Refusal(400, 'A free-busy query has a time-range with a start and a later end.');
    return window;
  },
  async run(resource, window, { v }): Promise<WireResponse> {
    const asked = resource.kind === 'calendar' ? ofCalendar(resource) : await ofPerson(v, resource);
    const periods = await freeBusy(v.app, { ...asked, window });
    const body = renderFreeBusy(periods, {
      window,
      nowUtc: Math.floor(v.app.clock.nowMs() / 1000),
      uid: v.app.random.uuid(),
      productId: PRODUCT_ID,
    });
    return { status: 200, headers: { 'Content-Type': 'text/calendar; charset=utf-8' }, body };
  },
});

const PRODUCT_ID = '-//Daybook//EN';

type Asked = Omit<BusyQuestion, 'window'>;

const ofCalendar = (calendar: ResourceOf<'calendar'>): Asked => ({
  calendars: [calendar],
  availability: null,
});

/** The calendars that say something about a person's time (RFC 6638 §9.1), and the availability told by the inbox (RFC 7953 §7.2.4). */
async function ofPerson(v: ReportContext['v'], owner: ResourceOf<'home' | 'principal'>): Promise<Asked> {
  const home = owner.kind === 'home' ? owner : await findHome(v.app.db, owner.id, 'calendar');
  if (home === null) return { calendars: [], availability: null };
  authorize(v.actor, 'read', home);
  const collections = await listCollections(v.app.db, home.id);
  const inbox = collections.find((one) => one.kind === 'inbox');
  return {
    calendars: collections.filter((one) => one.kind === 'calendar').filter((one) => !one.isTransparent),
    availability: inbox?.availability ?? null,
  };
}

/** The reports of CalDAV (RFC 4791 §7). */
export const CALDAV_REPORTS: readonly Report[] = [CALENDAR_QUERY, CALENDAR_MULTIGET, FREE_BUSY_QUERY];
