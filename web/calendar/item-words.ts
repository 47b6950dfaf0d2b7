import type { Item, When } from '../../models/events/item.ts';
import { zoneNamed } from '../../models/events/period.ts';
import { nthOf, type Repeat, weekdayOf } from '../../models/ical/edit/repeat.ts';
import { SECONDS_PER_DAY } from '../../models/ical/values.ts';
import type { WordKey } from '../locales/en.ts';
import type { Words } from '../words.ts';
import { CLOCK, startOfDay, wallWords } from './days.ts';

/** Events and tasks in words. */

const DATE: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };

/** A span of wall times. */
export function spanWords(words: Words, when: Pick<When, 'startLocal' | 'endLocal' | 'isAllDay'>): string {
  const { startLocal, endLocal, isAllDay } = when;
  const date = (local: number) => wallWords(words, local, DATE);
  const time = (local: number) => wallWords(words, local, CLOCK);
  const lastDay = Math.max(startOfDay(startLocal), startOfDay(endLocal - 1));
  const isOneDay = lastDay === startOfDay(startLocal);
  if (isAllDay)
    return isOneDay
      ? words.t('when.day', { date: date(startLocal) })
      : words.t('when.days', { from: date(startLocal), to: date(lastDay) });
  if (endLocal <= startLocal)
    return words.t('when.moment', { date: date(startLocal), time: time(startLocal) });
  const values = { date: date(startLocal), from: time(startLocal), to: time(endLocal), end: date(endLocal) };
  return words.t(isOneDay ? 'when.times' : 'when.long', values);
}

/** When an event is for the viewer, and by its own clock where that differs. */
export function whenWords(words: Words, item: Item, timeZone: string): readonly string[] {
  const { when, ownZone, fields } = item;
  if (when === null) return [];
  const lines = [spanWords(words, when)];
  const { times } = fields;
  if (times === null || ownZone === null || when.isFloating) return lines;
  const offset = (zone: string) => zoneNamed(zone).offsetAt(when.startUtc);
  const isKnown = ownZone === 'UTC' || times.start.tzid === ownZone;
  if (!isKnown || when.startLocal === times.start.local || offset(timeZone) === offset(ownZone)) return lines;
  const own = { startLocal: times.start.local, endLocal: times.end.local, isAllDay: false };
  return [...lines, words.t('when.own', { zone: ownZone, when: spanWords(words, own) })];
}

/** A name of a weekday; 0 is Sunday. */
export function weekdayName(words: Words, day: number, weekday: 'long' | 'short' = 'long'): string {
  // The third of January 2021 is a Sunday.
  return words.when(Date.UTC(2021, 0, 3 + day) / 1000, 'UTC', { weekday });
}

const NTH: readonly WordKey[] = [
  'repeat.nth.1',
  'repeat.nth.2',
  'repeat.nth.3',
  'repeat.nth.4',
  'repeat.nth.5',
];

/** A common rule as a sentence without an end: "Every 2 weeks on Tuesday and Thursday". */
export function repeatWords(words: Words, repeat: Repeat, startLocal: number): string {
  const rule = ruleWords(words, repeat, startLocal);
  switch (repeat.end.kind) {
    case 'never':
      return rule;
    case 'count':
      return words.n('repeat.times', repeat.end.count, { rule });
    case 'until':
      return words.t('repeat.until', { rule, date: wallWords(words, repeat.end.day, { dateStyle: 'long' }) });
  }
}

function ruleWords(words: Words, repeat: Repeat, startLocal: number): string {
  const every = words.n(`repeat.${repeat.every}`, repeat.interval);
  const weekday = weekdayName(words, weekdayOf(startLocal));
  if (repeat.every === 'week') {
    const first = repeat.weekdays.length === 0 ? [weekdayOf(startLocal)] : repeat.weekdays;
    const days = [...first].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
    return words.t('repeat.on', { every, days: words.list(days.map((day) => weekdayName(words, day))) });
  }
  if (repeat.every === 'month') {
    if (repeat.monthlyBy === 'date')
      return words.t('repeat.on-date', { every, day: new Date(startLocal * 1000).getUTCDate() });
    const nth =
      repeat.monthlyBy === 'last' ? 'repeat.nth.last' : (NTH[nthOf(startLocal) - 1] ?? 'repeat.nth.5');
    return words.t('repeat.on-nth', { every, nth: words.t(nth), weekday });
  }
  if (repeat.every === 'year')
    return words.t('repeat.on-day', {
      every,
      date: wallWords(words, startLocal, { day: 'numeric', month: 'long' }),
    });
  return every;
}

/** How an item repeats; null when it does not. */
export function itemRepeat(words: Words, item: Item): string | null {
  const { repeat, times, start, due } = item.series;
  const anchor = times?.start ?? start ?? due;
  if (repeat.kind === 'none') return item.isRecurring ? words.t('repeat.some') : null;
  if (repeat.kind === 'custom' || anchor === null) return words.t('repeat.custom');
  return repeatWords(words, repeat.repeat, anchor.local);
}

/** A reminder: "30 minutes before". */
export function reminderWords(words: Words, minutes: number): string {
  if (minutes === 0) return words.t('reminder.0');
  if (minutes % 10_080 === 0) return words.n('reminder.weeks', minutes / 10_080);
  if (minutes % 1440 === 0) return words.n('reminder.days', minutes / 1440);
  if (minutes % 60 === 0) return words.n('reminder.hours', minutes / 60);
  return words.n('reminder.minutes', minutes);
}

/** What the form does not show and keeps, as parts of a list. */
export function restWords(words: Words, item: Item): readonly string[] {
  const { rest, series, removed } = item;
  const parts: string[] = [];
  if (rest.attachments > 0) parts.push(words.n('rest.attachments', rest.attachments));
  if (rest.people > 0) parts.push(words.n('rest.people', rest.people));
  if (rest.otherAlarms > 0) parts.push(words.n('rest.alarms', rest.otherAlarms));
  if (rest.extraDates > 0) parts.push(words.n('rest.dates', rest.extraDates));
  if (removed > 0) parts.push(words.n('rest.removed', removed));
  if (series.repeat.kind === 'custom') parts.push(words.t('rest.rule'));
  return parts;
}

/** The day before the end of whole days, which people call their last. */
export function lastDay(endLocal: number): number {
  return endLocal - SECONDS_PER_DAY;
}
