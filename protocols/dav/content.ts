import { Precondition } from '../../models/errors.ts';
import {
  type CalendarForm,
  isStoredForm,
  representCalendar,
  representPart,
} from '../../models/ical/represent.ts';
import type { ObjectCollection, ResourceOf } from '../../models/types.ts';
import { cardProjector, projectJcard } from '../../models/vcard/project.ts';
import { asksForJcal, CALENDAR_DATA, readCalendarData } from '../caldav/calendar-data.ts';
import { floatingZone } from '../caldav/floating-zone.ts';
import { ADDRESS_DATA, asksForJcard, readAddressData } from '../carddav/address-data.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import { askedElement, type ContentView } from './members.ts';
import type { PropRequest } from './propstat.ts';
import { asJson, readTimezones, type Shown } from './representation.ts';

/** The bytes of a body as text, without copying them first. */
function asText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

const AS_STORED: ContentView = { show: asText, isBounded: false };

/** Who asks, and with which request. */
interface Asking {
  readonly v: Viewer;
  readonly req: WireRequest;
}

/** How an answer about a collection shows content, as the request's `calendar-data` or `address-data` asks; null when it asks for none. */
export function contentViewOf(
  { v, req }: Asking,
  collection: ObjectCollection,
  request: PropRequest,
  query: XmlElement | null = null,
): ContentView | null {
  if (collection.kind === 'calendar') {
    const asked = askedElement(request, CALENDAR_DATA);
    return asked === undefined ? null : calendarView({ v, req }, collection, asked, query);
  }
  const asked = askedElement(request, ADDRESS_DATA);
  return asked === undefined ? null : cardView(v, asked);
}

function calendarView(
  { v, req }: Asking,
  calendar: ResourceOf<'calendar'>,
  asked: XmlElement,
  query: XmlElement | null,
): ContentView {
  const request = readCalendarData(asked);
  const form = { timezones: readTimezones(req), isJson: asksForJcal(asked) };
  const { limits, rules } = v.app;
  if (request === null)
    return isStoredForm(form)
      ? AS_STORED
      : { isBounded: false, show: (body) => shownAs(form, () => representCalendar(body, form, rules)) };
  const options = { floating: floatingZone(v, calendar, query), maxInstances: limits.maxInstances };
  let left = limits.maxAnswerBytes;
  return {
    isBounded: request.expand !== null,
    async show(body) {
      const shown = await shownAs(form, () => representPart(body, request, form, rules, options));
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

function shownAs(form: CalendarForm, show: () => Promise<Shown>): Promise<Shown> {
  return form.isJson ? asJson('supported-calendar-data', show) : show();
}

/** A card that cannot be converted is shown as it is stored: a client that reads half of it is better off than one that gets nothing. */
function cardView(v: Viewer, asked: XmlElement): ContentView {
  const request = readAddressData(asked);
  if (asksForJcard(asked))
    return {
      isBounded: false,
      show: (body) =>
        asJson('supported-address-data-conversion', () =>
          projectJcard(body, request.props, v.app.rules.rest),
        ),
    };
  const project = cardProjector(request);
  return {
    isBounded: false,
    async show(body) {
      try {
        return await project(body);
      } catch (error) {
        if (!(error instanceof Precondition)) throw error;
        v.app.log.warn('card cannot be converted', { reason: error.message });
        return body;
      }
    },
  };
}
