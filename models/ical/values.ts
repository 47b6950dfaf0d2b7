/**
 * Values of iCalendar properties (RFC 5545 §3.3). Readers answer null for what is not a value of the type and never
 * throw. A wall time is a number too: `local` seconds are the seconds since 1970 that the same clock reading has in UTC.
 */

/** A DATE or DATE-TIME as written; hours, minutes and seconds are 0 for a DATE. */
export interface DateTime {
  readonly isDate: boolean;
  readonly isUtc: boolean;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** A DURATION: nominal days (weeks included) and exact seconds, both negative for a negative one (RFC 5545 §3.3.6). */
export interface Duration {
  readonly days: number;
  readonly seconds: number;
}

/** A PERIOD: a start with either an end or a duration (RFC 5545 §3.3.9). */
export type Period =
  | { readonly start: DateTime; readonly end: DateTime }
  | { readonly start: DateTime; readonly duration: Duration };

export const SECONDS_PER_DAY = 86_400;

const ZERO = 48;

/** Reads `count` digits at `at`, or -1. */
function digits(text: string, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** Says how many days a month has in the proleptic Gregorian calendar; `month` is 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Reads a DATE (`19970714`). */
export function parseDate(text: string): DateTime | null {
  if (text.length !== 8) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 2);
  const day = digits(text, 6, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return { isDate: true, isUtc: false, year, month, day, hour: 0, minute: 0, second: 0 };
}

/** Reads a DATE or a DATE-TIME, whichever it is; a leap second is read as the second before. */
export function parseDateTime(text: string): DateTime | null {
  if (text.length === 8) return parseDate(text);
  const isUtc = text.length === 16;
  if ((!isUtc && text.length !== 15) || text[8] !== 'T' || (isUtc && text[15] !== 'Z')) return null;
  const date = parseDate(text.slice(0, 8));
  const hour = digits(text, 9, 2);
  const minute = digits(text, 11, 2);
  const second = digits(text, 13, 2);
  if (date === null || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return null;
  const { year, month, day } = date;
  return { isDate: false, isUtc, year, month, day, hour, minute, second: Math.min(second, 59) };
}

/** Reads a comma-separated list of DATEs or DATE-TIMEs, as RDATE and EXDATE have; null when one of them is wrong. */
export function parseDateTimes(text: string): readonly DateTime[] | null {
  const list: DateTime[] = [];
  for (const part of text.split(',')) {
    const value = parseDateTime(part);
    if (value === null) return null;
    list.push(value);
  }
  return list;
}

/** Counts days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Turns a day number since 1970-01-01 back into year, month and day. */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Says the weekday of a day number since 1970-01-01; 0 is Sunday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** Turns a date or time as written into wall seconds. */
export function localSeconds(value: DateTime): number {
  const days = daysFromCivil(value.year, value.month, value.day);
  return days * SECONDS_PER_DAY + value.hour * 3600 + value.minute * 60 + value.second;
}

/** Turns wall seconds into a date or time; a DATE drops the time of day. */
export function fromLocalSeconds(local: number, form: { isDate: boolean; isUtc: boolean }): DateTime {
  const days = Math.floor(local / SECONDS_PER_DAY);
  const rest = form.isDate ? 0 : local - days * SECONDS_PER_DAY;
  const { year, month, day } = civilFromDays(days);
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor((rest % 3600) / 60);
  return { isDate: form.isDate, isUtc: form.isUtc, year, month, day, hour, minute, second: rest % 60 };
}

const pad = (number: number, width: number): string => String(number).padStart(width, '0');

/** Writes a DATE or DATE-TIME in its basic form; padding by a leading digit is ten times as fast as by text. */
export function formatDateTime(value: DateTime): string {
  const date = String(100_000_000 + value.year * 10_000 + value.month * 100 + value.day).slice(1);
  if (value.isDate) return date;
  const time = String(1_000_000 + value.hour * 10_000 + value.minute * 100 + value.second).slice(1);
  return `${date}T${time}${value.isUtc ? 'Z' : ''}`;
}

/** Writes UTC epoch seconds as `19970714T133000Z`. */
export function formatUtc(utcSeconds: number): string {
  return formatDateTime(fromLocalSeconds(utcSeconds, { isDate: false, isUtc: true }));
}

/** Reads a DURATION (`-P15DT5H0M20S`, `P7W`). Units out of order or twice are refused, missing ones between are not. */
export function parseDuration(text: string): Duration | null {
  const match =
    /^([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(T?)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?$/.exec(text);
  if (match === null) return null;
  const [, sign, weeks, days, time, hours, minutes, seconds] = match;
  const hasTime = hours !== undefined || minutes !== undefined || seconds !== undefined;
  if (hasTime !== (time === 'T') || (!hasTime && weeks === undefined && days === undefined)) return null;
  const factor = sign === '-' ? -1 : 1;
  const exact = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return { days: factor * (Number(weeks ?? 0) * 7 + Number(days ?? 0)) || 0, seconds: factor * exact || 0 };
}

/** Reads a PERIOD (`19970101T180000Z/PT5H30M`); a negative duration is none. */
export function parsePeriod(text: string): Period | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const start = parseDateTime(text.slice(0, slash));
  if (start === null) return null;
  const rest = text.slice(slash + 1);
  const end = parseDateTime(rest);
  if (end !== null) return { start, end };
  const duration = parseDuration(rest);
  return duration === null || duration.days < 0 || duration.seconds < 0 ? null : { start, duration };
}

/** Reads a UTC-OFFSET (`+0100`, `-053730`) in seconds; `-0000` is read as 0. */
export function parseUtcOffset(text: string): number | null {
  const sign = text[0] === '-' ? -1 : text[0] === '+' ? 1 : 0;
  if (sign === 0 || (text.length !== 5 && text.length !== 7)) return null;
  const hours = digits(text, 1, 2);
  const minutes = digits(text, 3, 2);
  const seconds = text.length === 7 ? digits(text, 5, 2) : 0;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return null;
  return sign * (hours * 3600 + minutes * 60 + seconds) || 0;
}

/** Writes seconds as a UTC-OFFSET; seconds of the minute only where there are any. */
export function formatUtcOffset(offset: number): string {
  const size = Math.abs(offset);
  const seconds = size % 60 === 0 ? '' : pad(size % 60, 2);
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 3600), 2)}${pad(Math.floor(size / 60) % 60, 2)}${seconds}`;
}

/** Undoes the escapes of a TEXT value: `\n`, `\N`, `\,`, `\;`, `\\` (RFC 5545 §3.3.11). */
export function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' || char === 'N' ? '\n' : char));
}

/** Applies the escapes of a TEXT value. */
export function escapeText(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');
}

/** Splits a list of TEXT values at the commas that are not escaped, and undoes the escapes. */
export function splitText(value: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '\\') i++;
    else if (value[i] === ',') {
      parts.push(unescapeText(value.slice(start, i)));
      start = i + 1;
    }
  }
  parts.push(unescapeText(value.slice(start)));
  return parts;
}

/** Adds a duration to wall seconds without a zone: days and seconds alike. */
export function addDuration(local: number, duration: Duration): number {
  return local + duration.days * SECONDS_PER_DAY + duration.seconds;
}
