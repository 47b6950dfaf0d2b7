import { Precondition } from '../../models/errors.ts';
import { projectCalendar } from '../../models/ical/project.ts';
import type { ObjectCollection, ResourceOf } from '../../models/types.ts';
import { projectCard } from '../../models/vcard/project.ts';
import { CALENDAR_DATA, readCalendarData } from '../caldav/calendar-data.ts';
import { floatingZone } from '../caldav/floating-zone.ts';
import { ADDRESS_DATA, readAddressData } from '../carddav/address-data.ts';
import type { Viewer } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import { askedElement, type ContentView } from './members.ts';
import type { PropRequest } from './propstat.ts';

/** The bytes of a body as text, without copying them first. */
function asText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

const AS_STORED: ContentView = { show: asText, isBounded: false };

/** How an answer about a collection shows content, as the request's `calendar-data` or `address-data` asks; null when it asks for none. */
export function contentViewOf(
  v: Viewer,
  collection: ObjectCollection,
  request: PropRequest,
  query: XmlElement | null = null,
): ContentView | null {
  if (collection.kind === 'calendar') {
    const asked = askedElement(request, CALENDAR_DATA);
    return asked === undefined ? null : calendarView(v, collection, asked, query);
  }
  const asked = askedElement(request, ADDRESS_DATA);
  return asked === undefined ? null : cardView(v, asked);
}

function calendarView(
  v: Viewer,
  calendar: ResourceOf<'calendar'>,
  asked: XmlElement,
  query: XmlElement | null,
): ContentView {
  const request = readCalendarData(asked);
  if (request === null) return AS_STORED;
  const { limits, rules } = v.app;
  const options = { floating: floatingZone(v, calendar, query), maxInstances: limits.maxInstances };
  let left = limits.maxAnswerBytes;
  return {
    isBounded: request.expand !== null,
    async show(body) {
      const shown = await projectCalendar(body, request, rules, options);
      left -= shown.length;
      if (request.expand !== null && left < 0)
        throw new Precondition(
          'number-of-matches-within-limits',
          'The answer is too large; ask for a shorter time.',
        );
      return shown;
    },
  };
}

/** A card that cannot be converted is shown as it is stored: a client that reads half of it is better off than one that gets nothing. */
function cardView(v: Viewer, asked: XmlElement): ContentView {
  const request = readAddressData(asked);
  return {
    isBounded: false,
    show(body) {
      try {
        return projectCard(body, request);
      } catch (error) {
        if (!(error instanceof Precondition)) throw error;
        v.app.log.warn('card cannot be converted', { reason: error.message });
        return body;
      }
    },
  };
}
