/** What jCal must know of properties: their default types, which have lists and which are structured (RFC 7265 §3.4). */

/** How the value of a property is built. */
export interface ValueForm {
  /** Lower-case type where no VALUE says another; null: the property has none, or nobody here knows it. */
  readonly type: string | null;
  /** Several values, separated by commas. */
  readonly isList: boolean;
  /** One value of parts, separated by semicolons. */
  readonly isStructured: boolean;
}

/**
 * Default types of RFC 5545 §3.7 and §3.8 and of RFC 2445, 7808, 7953, 7986, 9073, 9074 and 9253. Properties whose VALUE must
 * always be told (IMAGE, CONFERENCE, REFRESH-INTERVAL, STRUCTURED-DATA, LINK) have none and keep it.
 */
const DEFAULT_TYPES: Readonly<Record<string, string>> = {
  text:
    'CALSCALE METHOD PRODID VERSION CATEGORIES CLASS COMMENT DESCRIPTION LOCATION RESOURCES STATUS SUMMARY TRANSP TZID ' +
    'TZNAME CONTACT RELATED-TO UID ACTION REQUEST-STATUS NAME COLOR BUSYTYPE PROXIMITY TZID-ALIAS-OF LOCATION-TYPE ' +
    'PARTICIPANT-TYPE RESOURCE-TYPE REFID',
  integer: 'PERCENT-COMPLETE PRIORITY REPEAT SEQUENCE',
  float: 'GEO',
  'date-time':
    'COMPLETED DTEND DUE DTSTART RECURRENCE-ID EXDATE RDATE CREATED DTSTAMP LAST-MODIFIED ACKNOWLEDGED TZUNTIL',
  duration: 'DURATION TRIGGER',
  period: 'FREEBUSY',
  recur: 'RRULE EXRULE',
  'utc-offset': 'TZOFFSETFROM TZOFFSETTO',
  uri: 'ATTACH URL TZURL SOURCE CONCEPT',
  'cal-address': 'ATTENDEE ORGANIZER CALENDAR-ADDRESS',
};

const LISTS: ReadonlySet<string> = new Set(
  'CATEGORIES RESOURCES EXDATE RDATE FREEBUSY LOCATION-TYPE RESOURCE-TYPE'.split(' '),
);
const STRUCTURED: ReadonlySet<string> = new Set(['GEO', 'REQUEST-STATUS']);

const FORMS: ReadonlyMap<string, ValueForm> = new Map(
  Object.entries(DEFAULT_TYPES).flatMap(([type, names]) =>
    names
      .split(' ')
      .map((name): [string, ValueForm] => [
        name,
        { type, isList: LISTS.has(name), isStructured: STRUCTURED.has(name) },
      ]),
  ),
);

const UNKNOWN: ValueForm = { type: null, isList: false, isStructured: false };

/** How the value of a property of that upper-case name is built. */
export function formOf(name: string): ValueForm {
  return FORMS.get(name) ?? UNKNOWN;
}
