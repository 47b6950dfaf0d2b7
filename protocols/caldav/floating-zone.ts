import { Precondition } from '../../models/errors.ts';
import { zoneOfCalendar, zoneOfName, zoneOfText } from '../../models/ical/calendar-zone.ts';
import type { Zone } from '../../models/ical/zones.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import { child, type XmlElement } from '../xml/element.ts';

const TIMEZONE = '{urn:ietf:params:xml:ns:caldav}timezone';
const TIMEZONE_ID = '{urn:ietf:params:xml:ns:caldav}timezone-id';

/**
 * The zone that times without a zone are read in: what the query says (RFC 4791 §9.8, RFC 7809 §3.1.6), else the calendar's
 * own, else UTC. Throws `valid-calendar-data` when the query's `CALDAV:timezone` is none, `valid-timezone` when nobody
 * knows its `CALDAV:timezone-id`.
 */
export function floatingZone(
  v: Viewer,
  calendar: Pick<ResourceOf<'calendar'>, 'timezone' | 'timezoneId'>,
  root: XmlElement | null,
): Zone {
  const { zones } = v.app.rules;
  const timezone = root === null ? undefined : child(root, TIMEZONE);
  if (timezone !== undefined) return zoneOfText(timezone.text, zones);
  const named = root === null ? undefined : child(root, TIMEZONE_ID)?.text.trim();
  if (named === undefined) return zoneOfCalendar(calendar, zones);
  const zone = zoneOfName(named, zones);
  if (zone === null)
    throw new Precondition('valid-timezone', 'The zone of the query is not known here; send its VTIMEZONE.');
  return zone;
}
