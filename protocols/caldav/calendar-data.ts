import { Precondition, Refusal } from '../../models/errors.ts';
import { JCAL_TYPE } from '../../models/ical/jcal.ts';
import type { CalendarDataRequest, CompRequest, PropRequest, Window } from '../../models/ical/project.ts';
import { child, childrenOf, type XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import { readWindow } from './time-range.ts';

/** The element that carries calendar objects in reports. */
export const CALENDAR_DATA = '{urn:ietf:params:xml:ns:caldav}calendar-data';

const COMP = '{urn:ietf:params:xml:ns:caldav}comp';
const PROP = '{urn:ietf:params:xml:ns:caldav}prop';
const ALLPROP = '{urn:ietf:params:xml:ns:caldav}allprop';
const ALLCOMP = '{urn:ietf:params:xml:ns:caldav}allcomp';
const EXPAND = '{urn:ietf:params:xml:ns:caldav}expand';
const LIMIT_RECURRENCE = '{urn:ietf:params:xml:ns:caldav}limit-recurrence-set';
const LIMIT_FREEBUSY = '{urn:ietf:params:xml:ns:caldav}limit-freebusy-set';

/** The formats of calendar objects, the stored one first; all of version 2.0. */
export const CALENDAR_TYPES: readonly string[] = ['text/calendar', JCAL_TYPE];

function typeOf(element: XmlElement): string {
  return element.attributes.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'text/calendar';
}

/** Says whether a `CALDAV:calendar-data` element asks for jCal. */
export function asksForJcal(element: XmlElement): boolean {
  return typeOf(element) === JCAL_TYPE;
}

/**
 * Reads what a `CALDAV:calendar-data` element asks for (RFC 4791 §9.6), its format aside; null when it asks for all that is
 * stored. Throws `supported-calendar-data` for other formats than those of iCalendar 2.0 and `Refusal` 400 for contradictions.
 */
export function readCalendarData(element: XmlElement): CalendarDataRequest | null {
  const version = element.attributes.get('version')?.trim();
  if (!CALENDAR_TYPES.includes(typeOf(element)) || (version ?? '2.0') !== '2.0')
    throw new Precondition(
      'supported-calendar-data',
      `Calendar data is served as ${CALENDAR_TYPES.join(' or ')} 2.0.`,
    );
  const comp = child(element, COMP);
  const request: CalendarDataRequest = {
    comp: comp === undefined ? null : readComp(comp),
    expand: windowOf(element, EXPAND),
    limitRecurrenceSet: windowOf(element, LIMIT_RECURRENCE),
    limitFreebusySet: windowOf(element, LIMIT_FREEBUSY),
  };
  if (request.expand !== null && request.limitRecurrenceSet !== null)
    throw new Refusal(400, 'Ask for expand or for limit-recurrence-set.');
  if (request.comp !== null && request.comp.name !== 'VCALENDAR')
    throw new Refusal(400, 'The outermost comp is named VCALENDAR.');
  return Object.values(request).every((part) => part === null) ? null : request;
}

function windowOf(element: XmlElement, name: QName): Window | null {
  const found = child(element, name);
  if (found === undefined) return null;
  const window = readWindow(found);
  if (window === null)
    throw new Refusal(400, 'A window has a start and a later end, such as 20260101T000000Z.');
  return window;
}

function readComp(element: XmlElement): CompRequest {
  return {
    name: nameOf(element),
    allProps: child(element, ALLPROP) !== undefined,
    props: childrenOf(element, PROP).map(readProp),
    allComps: child(element, ALLCOMP) !== undefined,
    comps: childrenOf(element, COMP).map(readComp),
  };
}

function readProp(element: XmlElement): PropRequest {
  return { name: nameOf(element), noValue: element.attributes.get('novalue') === 'yes' };
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('name')?.trim().toUpperCase() ?? '';
  if (name === '') throw new Refusal(400, 'A comp or prop lacks its name.');
  return name;
}
