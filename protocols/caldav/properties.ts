import { COLLATIONS } from '../../models/ical/collation.ts';
import { OBJECT_COMPONENTS } from '../../models/ical/component.ts';
import { JCAL_TYPE } from '../../models/ical/jcal.ts';
import { RSCALES } from '../../models/ical/rule-text.ts';
import type { ResourceOf } from '../../models/types.ts';
import { homeHref, principalHref } from '../dav/hrefs.ts';
import { columnText, contentText, principalUuid } from '../dav/properties.ts';
import { PROTECTED, type Property, property } from '../dav/property.ts';
import { TIMEZONES_PATH } from '../timezones/path.ts';
import { child, type XmlElement } from '../xml/element.ts';
import { type QName, qname } from '../xml/names.ts';
import { el, elWith, empty, href, join, text, type Xml } from '../xml/write.ts';
import { asksForJcal, CALENDAR_TYPES } from './calendar-data.ts';

const CALDAV = 'urn:ietf:params:xml:ns:caldav';
const CS = 'http://calendarserver.org/ns/';
const IC = 'http://apple.com/ns/ical/';
const c = (local: string): QName => qname(CALDAV, local);

const MAX_DESCRIPTION_BYTES = 16_384;
const MAX_COLOR_BYTES = 64;
const MAX_CALENDAR_TEXT_BYTES = 65_536;
const MAX_ZONE_ID_BYTES = 255;

/** First and last moment an object may lie at (RFC 4791 §5.2.6, §5.2.7). */
const MIN_DATE_TIME = '19000101T000000Z';
const MAX_DATE_TIME = '22001231T235959Z';

function componentSet(components: readonly string[]): Xml {
  return join(components.map((name) => elWith(c('comp'), { name })));
}

/** The sets MKCALENDAR is expected to be asked for. */
const COMPONENT_SETS: readonly (readonly string[])[] = [
  ['VEVENT'],
  ['VTODO'],
  ['VJOURNAL'],
  ['VEVENT', 'VTODO'],
  ['VEVENT', 'VTODO', 'VJOURNAL'],
];

/** Text of an element without the space around it; null when nothing is left. */
function trimmed(element: XmlElement, maxBytes: number): string | null {
  const value = columnText(element, maxBytes).trim();
  return value === '' ? null : value;
}

/** The zone's text as it was sent, line ends and all; null when there is none. The service reads it and its name. */
function timezoneText(element: XmlElement): string | null {
  const value = columnText(element, MAX_CALENDAR_TEXT_BYTES);
  return value.trim() === '' ? null : value;
}

const CALENDAR: readonly Property[] = [
  property({
    name: c('calendar-description'),
    on: ['calendar'],
    allprop: false,
    read: (k) => optional(k.description),
    write: {
      set: (element) => ({ description: columnText(element, MAX_DESCRIPTION_BYTES) }),
      unset: { description: null },
      keepsElement: true,
    },
  }),
  property({
    name: qname(IC, 'calendar-color'),
    on: ['calendar'],
    allprop: false,
    read: (k) => optional(k.color),
    write: {
      set: (element) => ({ color: trimmed(element, MAX_COLOR_BYTES) }),
      unset: { color: null },
      keepsElement: true,
    },
  }),
  property({
    name: qname(IC, 'calendar-order'),
    on: ['calendar'],
    allprop: false,
    read: (k) => optional(k.order),
    write: {
      set: (element) => ({ order: trimmed(element, MAX_COLOR_BYTES) }),
      unset: { order: null },
      keepsElement: true,
    },
  }),
  property({
    name: c('calendar-timezone'),
    on: ['calendar'],
    allprop: false,
    read: (k) => optional(k.timezone),
    write: {
      set: (element) => ({ timezone: timezoneText(element) }),
      unset: { timezone: null },
      keepsElement: false,
    },
  }),
  property({
    name: c('calendar-timezone-id'),
    on: ['calendar'],
    allprop: false,
    read: (k) => optional(k.timezoneId),
    write: {
      set: (element) => ({ timezoneId: trimmed(element, MAX_ZONE_ID_BYTES) }),
      unset: { timezoneId: null },
      keepsElement: false,
    },
  }),
  property({
    name: c('schedule-calendar-transp'),
    on: ['calendar'],
    allprop: false,
    read: (k) => empty(c(k.isTransparent ? 'transparent' : 'opaque')),
    write: {
      set: (element) => ({ isTransparent: child(element, c('transparent')) !== undefined }),
      unset: { isTransparent: false },
      keepsElement: false,
    },
  }),
];

const SUPPORTED: readonly Property[] = [
  property({
    name: c('calendar-availability'),
    on: ['inbox'],
    allprop: false,
    read: (inbox) => optional(inbox.availability),
    write: {
      set: (element) => ({ availability: columnText(element, MAX_CALENDAR_TEXT_BYTES) }),
      unset: { availability: null },
      keepsElement: false,
    },
  }),
  property({
    name: c('supported-calendar-component-set'),
    on: ['calendar', 'inbox', 'outbox'],
    allprop: false,
    read: (k) => componentSet(k.kind === 'calendar' ? k.components : [...OBJECT_COMPONENTS]),
    write: PROTECTED,
  }),
  property({
    name: c('supported-calendar-component-sets'),
    on: ['home'],
    allprop: false,
    read: (home) => {
      if (home.holds !== 'calendar') return undefined;
      return join(COMPONENT_SETS.map((set) => el(c('supported-calendar-component-set'), componentSet(set))));
    },
    write: PROTECTED,
  }),
  property({
    name: c('timezone-service-set'),
    on: ['home'],
    allprop: false,
    read: (home, x) => (home.holds === 'calendar' ? href(`${x.base}${TIMEZONES_PATH}`) : undefined),
    write: PROTECTED,
  }),
  property({
    name: c('supported-calendar-data'),
    on: ['calendar', 'inbox'],
    allprop: false,
    read: () =>
      join(
        CALENDAR_TYPES.map((type) => elWith(c('calendar-data'), { 'content-type': type, version: '2.0' })),
      ),
    write: PROTECTED,
  }),
  property({
    name: c('supported-rscale-set'),
    on: ['home', 'calendar'],
    allprop: false,
    read: (r) => {
      if (r.kind === 'home' && r.holds !== 'calendar') return undefined;
      return join(RSCALES.map((name) => el(c('supported-rscale'), text(name))));
    },
    write: PROTECTED,
  }),
  property({
    name: c('supported-collation-set'),
    on: ['calendar', 'inbox'],
    allprop: false,
    read: () => join(COLLATIONS.map((name) => el(c('supported-collation'), text(name)))),
    write: PROTECTED,
  }),
  property({
    name: c('calendar-data'),
    on: ['object'],
    allprop: false,
    needs: ['body'],
    // Only reports bring content; PROPFIND has none of it (RFC 4791 §9.6).
    read: (o, x) => (o.holds === 'calendar' ? contentText(x.body.get(o.name)) : undefined),
    attributes: (asked) =>
      asked !== null && asksForJcal(asked) ? { 'content-type': JCAL_TYPE, version: '2.0' } : {},
    write: PROTECTED,
  }),
];

const limit = (
  local: string,
  read: (limits: {
    readonly maxCalendarObjectBytes: number;
    readonly maxInstances: number;
    readonly maxAttendees: number;
  }) => string,
): Property =>
  property({
    name: c(local),
    on: ['calendar'],
    allprop: false,
    read: (_k, x) => text(read(x.app.limits)),
    write: PROTECTED,
  });

const LIMITS: readonly Property[] = [
  limit('max-resource-size', (limits) => String(limits.maxCalendarObjectBytes)),
  limit('min-date-time', () => MIN_DATE_TIME),
  limit('max-date-time', () => MAX_DATE_TIME),
  limit('max-instances', (limits) => String(limits.maxInstances)),
  limit('max-attendees-per-instance', (limits) => String(limits.maxAttendees)),
];

type Principal = ResourceOf<'principal'>;

/** The address people write to: the one on record, or a login that is one. */
function emailOf(principal: Principal): string | null {
  if (principal.email !== null && principal.email !== '') return principal.email;
  return /^[^\s@]+@[^\s@]+$/.test(principal.login) ? principal.login : null;
}

const PRINCIPAL: readonly Property[] = [
  property({
    name: c('calendar-home-set'),
    on: ['principal'],
    allprop: false,
    read: (p, x) => href(homeHref(x.base, p.id, 'calendar')),
    write: PROTECTED,
  }),
  property({
    name: c('calendar-user-address-set'),
    on: ['principal'],
    allprop: false,
    needs: ['homes'],
    read: (p, x) => {
      const email = emailOf(p);
      const home = x.homes.get(p.id);
      const mail = email === null ? [] : [elWith('{DAV:}href', { preferred: '1' }, text(`mailto:${email}`))];
      const uuid = home === undefined ? [] : [href(principalUuid(home))];
      return join([...mail, href(principalHref(x.base, p.id)), ...uuid]);
    },
    write: PROTECTED,
  }),
  property({
    name: c('calendar-user-type'),
    on: ['principal'],
    allprop: false,
    read: () => text('INDIVIDUAL'),
    write: PROTECTED,
  }),
  property({
    name: qname(CS, 'email-address-set'),
    on: ['principal'],
    allprop: false,
    read: (p) => {
      const email = emailOf(p);
      return email === null ? join([]) : el(qname(CS, 'email-address'), text(email));
    },
    write: PROTECTED,
  }),
  property({
    name: qname(CS, 'first-name'),
    on: ['principal'],
    allprop: false,
    read: (p) => text(p.displayName.trim().replace(/\s+\S+$/, '')),
    write: PROTECTED,
  }),
  property({
    name: qname(CS, 'last-name'),
    on: ['principal'],
    allprop: false,
    read: (p) => text(/\s(\S+)$/.exec(p.displayName.trim())?.[1] ?? ''),
    write: PROTECTED,
  }),
  property({
    name: qname(CS, 'record-type'),
    on: ['principal'],
    allprop: false,
    read: () => text('users'),
    write: PROTECTED,
  }),
  ...['calendar-proxy-read-for', 'calendar-proxy-write-for'].map((local) =>
    property({
      name: qname(CS, local),
      on: ['principal'],
      allprop: false,
      read: () => join([]),
      write: PROTECTED,
    }),
  ),
];

function optional(value: string | null): Xml | undefined {
  return value === null ? undefined : text(value);
}

/** The live properties of CalDAV and what Apple's clients add to it (RFC 4791, 6638 §9, 7809). */
export const CALDAV_PROPERTIES: readonly Property[] = [...CALENDAR, ...SUPPORTED, ...LIMITS, ...PRINCIPAL];
