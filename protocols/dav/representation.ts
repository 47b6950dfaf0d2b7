import { Precondition } from '../../models/errors.ts';
import { JCAL_TYPE } from '../../models/ical/jcal.ts';
import { type CalendarForm, isStoredForm, representCalendar } from '../../models/ical/represent.ts';
import { CALENDAR_TEXT_TYPES, CARD_TEXT_TYPES } from '../../models/objects/media.ts';
import type { ResourceOf } from '../../models/types.ts';
import { JCARD_TYPE } from '../../models/vcard/jcard.ts';
import { projectJcard } from '../../models/vcard/project.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import { namesOnly, negotiate } from './accept.ts';
import { representationTag } from './headers.ts';
import { contentTypeOf } from './properties.ts';

/** The representations of an object that are not its stored bytes (RFC 9110 §3.2): chosen by `Accept` and `CalDAV-Timezones`. */

/** Reads `CalDAV-Timezones` (RFC 7809 §7.1); null where it is absent or says neither. */
export function readTimezones(req: WireRequest): boolean | null {
  const value = req.headers['caldav-timezones']?.trim().toUpperCase();
  return value === 'T' ? true : value === 'F' ? false : null;
}

const CARD_FORMAT = /\/(?:x-)?vcard\b/;

/** The form a request asks for an object in; null: as it is stored, also where it wants nothing that there is. */
export function askedForm(req: WireRequest, object: ResourceOf<'object'>): CalendarForm | null {
  const { accept } = req.headers;
  if (object.holds === 'calendar') {
    const isJson = negotiate(accept, CALENDAR_TEXT_TYPES, JCAL_TYPE) === 'other';
    const form = { isJson, timezones: readTimezones(req) };
    return isStoredForm(form) ? null : form;
  }
  return negotiate(accept, CARD_TEXT_TYPES, JCARD_TYPE) === 'other'
    ? { isJson: true, timezones: null }
    : null;
}

/** Throws `supported-address-data-conversion` where a request wants a card in other formats of cards only (RFC 6352 §5.1.1.1). */
export function checkConvertible({ headers: { accept } }: WireRequest, object: ResourceOf<'object'>): void {
  if (accept === undefined || object.holds !== 'addressbook') return;
  const chosen = negotiate(accept, CARD_TEXT_TYPES, JCARD_TYPE);
  if (chosen === 'neither' && namesOnly(accept, CARD_FORMAT))
    throw new Precondition(
      'supported-address-data-conversion',
      `Cards are sent as text/vcard or ${JCARD_TYPE}.`,
    );
}

/** Content of an object as an answer holds it. */
export type Shown = Uint8Array | string;

/** What a format that an object cannot be shown in is refused by. */
type Conversion = 'supported-calendar-data' | 'supported-address-data-conversion';

/** Makes JSON of an object. Throws `code` for stored bytes that cannot be read: their text is no answer in its place. */
export async function asJson(code: Conversion, show: () => Promise<Shown>): Promise<Shown> {
  try {
    return await show();
  } catch (error) {
    const isUnreadable =
      error instanceof Precondition &&
      (error.code === 'valid-calendar-data' || error.code === 'valid-address-data');
    throw isUnreadable ? new Precondition(code, error.message) : error;
  }
}

/** An object as it is sent. */
export interface Representation {
  /** Without quotes; the stored tag where the bytes are the stored ones. */
  readonly tag: string;
  readonly contentType: string;
  readonly body: Shown;
}

/** Makes a representation of a stored object. Throws `supported-calendar-data` or `supported-address-data-conversion`. */
export async function represent(
  v: Viewer,
  object: ResourceOf<'object'>,
  stored: Uint8Array,
  form: CalendarForm,
): Promise<Representation> {
  const { rules } = v.app;
  const show = (): Promise<Shown> => representCalendar(stored, form, rules);
  let body: Shown;
  if (object.holds === 'addressbook')
    body = await asJson('supported-address-data-conversion', () => projectJcard(stored, null, rules.rest));
  else body = form.isJson ? await asJson('supported-calendar-data', show) : await show();
  const tag = body === stored ? object.etag : representationTag(object.etag, body);
  return { tag, contentType: form.isJson ? jsonTypeOf(object) : contentTypeOf(object.component), body };
}

/** JSON is UTF-8 always and says so nowhere; the component is told as for text (RFC 7265 §7.1). */
function jsonTypeOf(object: ResourceOf<'object'>): string {
  return object.holds === 'addressbook'
    ? JCARD_TYPE
    : `${JCAL_TYPE}; component=${object.component.toLowerCase()}`;
}
