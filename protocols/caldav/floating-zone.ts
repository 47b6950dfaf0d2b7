import { Precondition } from '../../models/errors.ts';
import { children, rawValue } from '../../models/ical/component.ts';
import { resolveZone } from '../../models/ical/zones.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import { child, type XmlElement } from '../xml/element.ts';

const TIMEZONE = '{urn:ietf:params:xml:ns:caldav}timezone';
const TIMEZONE_ID = '{urn:ietf:params:xml:ns:caldav}timezone-id';

/**
 * Name of the zone that times without a zone are read in: what the query says (RFC 4791 §9.8, RFC 7809 §3.1.1), else the
 * calendar's own, else UTC, as null. Throws `valid-calendar-data` when the query's `CALDAV:timezone` is none.
 */
export function floatingZone(
  v: Viewer,
  calendar: Pick<ResourceOf<'calendar'>, 'timezoneId'>,
  root: XmlElement | null,
): string | null {
  const timezone = root === null ? undefined : child(root, TIMEZONE);
  if (timezone !== undefined) return readTimezone(v, timezone.text);
  const named = root === null ? undefined : child(root, TIMEZONE_ID)?.text.trim();
  return named || calendar.timezoneId;
}

function readTimezone(v: Viewer, text: string): string {
  const { root } = v.app.rules.parse(Buffer.from(text));
  const [zone, ...more] = children(root, 'VTIMEZONE');
  const tzid = zone === undefined ? undefined : rawValue(zone, 'TZID');
  if (tzid === undefined || more.length > 0)
    throw new Precondition(
      'valid-calendar-data',
      'The timezone of a query is a VCALENDAR with one VTIMEZONE.',
    );
  return resolveZone(tzid, root).id;
}
