import type { Entry, Slot } from '../../models/events/period.ts';
import { SECONDS_PER_DAY } from '../../models/ical/values.ts';
import type { Words } from '../words.ts';

/** Days as the pages of the calendar count them: wall seconds of a midnight, whatever the zone of the viewer. */

/** `2026-11-24` of a wall time. */
export function dayKey(local: number): string {
  return new Date(local * 1000).toISOString().slice(0, 10);
}

/** The midnight before a wall time. */
export function startOfDay(local: number): number {
  return Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY;
}

/** The day of a text `2026-11-24`; null for what is none. */
export function readDay(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms) || dayKey(ms / 1000) !== text) return null;
  const year = Number(text.slice(0, 4));
  return year < 1901 || year > 2199 ? null : ms / 1000;
}

/** Times of the day as the pages of the calendar write them: short, and the same length all day. */
export const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** Writes a wall time; days and times of the pages never depend on a zone twice. */
export function wallWords(words: Words, local: number, options: Intl.DateTimeFormatOptions): string {
  return words.when(local, 'UTC', options);
}

/** ISO weekday: 1 Monday to 7 Sunday. */
export function isoWeekday(local: number): number {
  return ((((Math.floor(local / SECONDS_PER_DAY) + 3) % 7) + 7) % 7) + 1;
}

/** The first day of the week a day lies in. */
export function startOfWeek(local: number, firstDay: number): number {
  const day = startOfDay(local);
  return day - ((isoWeekday(day) - firstDay + 7) % 7) * SECONDS_PER_DAY;
}

/** The first day of the month a day lies in, moved by months. */
export function startOfMonth(local: number, months = 0): number {
  const date = new Date(local * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / 1000;
}

/** The same day of another month, or its last one. */
export function sameDayIn(local: number, months: number): number {
  const first = startOfMonth(local, months);
  const last = startOfMonth(local, months + 1) - SECONDS_PER_DAY;
  return Math.min(first + (new Date(local * 1000).getUTCDate() - 1) * SECONDS_PER_DAY, last);
}

/** Where weeks begin: as chosen, else as usual where the browser's language says it is, else on Monday. */
export function firstDayOf(chosen: number | null, acceptLanguage: string | undefined): number {
  if (chosen !== null) return chosen;
  const tag = (acceptLanguage ?? '').split(/[,;]/)[0]?.trim() ?? '';
  if (!/^[A-Za-z]{2,3}-[A-Za-z]{2}$/.test(tag)) return 1;
  const locale = new Intl.Locale(tag);
  // Newer engines have a method, older ones a property; the types know neither.
  const method: unknown = Reflect.get(locale, 'getWeekInfo');
  const info: unknown =
    typeof method === 'function' ? Reflect.apply(method, locale, []) : Reflect.get(locale, 'weekInfo');
  const day: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, 'firstDay') : 1;
  return day === 6 || day === 7 ? day : 1;
}

/** The first and the last day a place touches. */
export function daysOf(slot: Pick<Slot, 'startLocal' | 'endLocal'>): {
  readonly first: number;
  readonly last: number;
} {
  const first = startOfDay(slot.startLocal);
  return { first, last: Math.max(first, startOfDay(slot.endLocal - 1)) };
}

/** Places by the days they touch, whole days first; only days of the period. */
export function byDay<S extends Slot>(
  slots: readonly S[],
  from: number,
  to: number,
): ReadonlyMap<number, readonly S[]> {
  const days = new Map<number, S[]>();
  for (const slot of slots) {
    const { first, last } = daysOf(slot);
    for (let day = Math.max(first, from); day <= last && day < to; day += SECONDS_PER_DAY)
      days.set(day, [...(days.get(day) ?? []), slot]);
  }
  for (const list of days.values())
    list.sort((a, b) => rank(a) - rank(b) || a.startLocal - b.startLocal || a.object - b.object);
  return days;
}

/** Whole days and what lasts longer than a day come before times of the day. */
function rank(slot: Slot): number {
  const { first, last } = daysOf(slot);
  return slot.isWholeDays || last > first ? 0 : 1;
}

/** The path of the page of an occurrence. */
export function entryPath(entry: Pick<Entry, 'calendar' | 'name' | 'at'>): string {
  const path = `/calendar/event/${entry.calendar}/${encodeURIComponent(entry.name)}`;
  return entry.at === null ? path : `${path}?at=${entry.at}`;
}
