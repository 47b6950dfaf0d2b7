/** Path of the time zone service below the base path: its context path (RFC 7808 §4.1). */
export const TIMEZONES_PATH = '/timezones';
