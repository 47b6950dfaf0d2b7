/** Dates and times spelt as iCalendar does (`19970714T133000Z`) and as jCal does (`1997-07-14T13:30:00Z`); RFC 7265 §3.6.4, §3.6.5. */

const BASIC = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;
const EXTENDED = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(Z?))?$/;

/** The jCal form of a DATE or DATE-TIME, or null; whether there is such a day is not its question. */
export function dateTimeToExtended(basic: string): string | null {
  const [whole, year, month, day, hour, minute, second, utc] = BASIC.exec(basic) ?? [];
  if (whole === undefined) return null;
  return `${year}-${month}-${day}${hour === undefined ? '' : `T${hour}:${minute}:${second}${utc}`}`;
}

/** The iCalendar form of a jCal date or date-time, or null. */
export function dateTimeToBasic(extended: string): string | null {
  const [whole, year, month, day, hour, minute, second, utc] = EXTENDED.exec(extended) ?? [];
  if (whole === undefined) return null;
  return `${year}${month}${day}${hour === undefined ? '' : `T${hour}${minute}${second}${utc}`}`;
}
