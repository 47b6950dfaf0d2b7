import type { Static } from 'typebox';
import { Refusal } from '../../../models/errors.ts';
import type { Calendar } from '../../../models/events/calendars.ts';
import { holdsEvents, holdsTasks } from '../../../models/events/calendars.ts';
import type { Written } from '../../../models/events/change.ts';
import type { RepeatInput } from '../../../models/events/input.ts';
import type { Item } from '../../../models/events/item.ts';
import type { Entry } from '../../../models/events/period.ts';
import type { TaskEntry } from '../../../models/events/tasks.ts';
import type { Repeat } from '../../../models/ical/edit/repeat.ts';
import type { Scope } from '../../../models/ical/edit/series.ts';
import type { TimeValue } from '../../../models/ical/edit/times.ts';
import type { CollectionId } from '../../../models/types.ts';
import { collectionHref } from '../../dav/hrefs.ts';
import type { CALENDAR, ENTRY, ITEM, TASK, WRITTEN } from './calendar-schemas.ts';

/** Turns what services give into what operations answer, and back. */

/** The id of a calendar as a path names it. */
export function calendarId(id: number): CollectionId {
  return id as CollectionId;
}

/** RFC 3339 in UTC. */
export function utcText(utc: number): string {
  return new Date(utc * 1000).toISOString().replace('.000Z', 'Z');
}

/** Wall seconds as a date or as a time without a zone. */
export function wallText(local: number, isDate: boolean): string {
  return new Date(local * 1000).toISOString().slice(0, isDate ? 10 : 16);
}

const timeText = (time: TimeValue | null): string | null =>
  time === null ? null : wallText(time.local, time.isDate);

/** A calendar as the API shows it. */
export function calendarShape(
  calendar: Calendar,
  items: number,
  call: { readonly address: string },
): Static<typeof CALENDAR> {
  return {
    id: calendar.id,
    name: calendar.displayName,
    color: calendar.color,
    holdsEvents: holdsEvents(calendar),
    holdsTasks: holdsTasks(calendar),
    isDefault: calendar.isDefault,
    items,
    address: call.address + collectionHref('', calendar),
  };
}

/** An occurrence as the API shows it. */
export function entryShape(entry: Entry): Static<typeof ENTRY> {
  const { isAllDay } = entry;
  return {
    calendar: entry.calendar,
    name: entry.name,
    etag: entry.etag,
    at: entry.at,
    title: entry.title,
    location: entry.location,
    start: isAllDay ? wallText(entry.startLocal, true) : utcText(entry.startUtc),
    end: isAllDay ? wallText(entry.endLocal, true) : utcText(entry.endUtc),
    isAllDay,
    isCancelled: entry.isCancelled,
  };
}

function repeatShape(repeat: Repeat): RepeatInput {
  const { every, interval, weekdays, monthlyBy, end } = repeat;
  return {
    every,
    interval,
    ...(every === 'week' ? { weekdays: [...weekdays] } : {}),
    ...(every === 'month' ? { monthlyBy } : {}),
    ...(end.kind === 'until' ? { until: wallText(end.day, true) } : {}),
    ...(end.kind === 'count' ? { count: end.count } : {}),
  };
}

/** An event or task as the API shows it. */
export function itemShape(item: Item): Static<typeof ITEM> {
  const { fields, object, series } = item;
  const repeat = series.repeat.kind === 'common' ? repeatShape(series.repeat.repeat) : null;
  return {
    calendar: item.calendar.id,
    name: object.name,
    etag: object.etag,
    uid: object.uid,
    kind: item.component === 'VTODO' ? 'task' : 'event',
    summary: fields.summary,
    location: fields.location,
    description: fields.description,
    at: item.at,
    start: timeText(fields.times?.start ?? fields.start),
    end: timeText(fields.times?.end ?? null),
    due: timeText(fields.due),
    isAllDay: (fields.times?.start ?? fields.due ?? fields.start)?.isDate === true,
    timeZone: item.ownZone,
    isRecurring: item.isRecurring,
    repeat,
    customRules: series.repeat.kind === 'custom' ? [...series.repeat.rules] : [],
    reminder: fields.reminder,
    isDone: fields.isDone,
    percent: fields.percent,
    priority: fields.priority,
    people: item.people.map((person) => ({ ...person })),
    attachments: item.rest.attachments,
    modified: utcText(object.modifiedUtc),
  };
}

/** A task as lists show it. */
export function taskShape(task: TaskEntry): Static<typeof TASK> {
  const due = task.dueLocal === null ? null : wallText(task.dueLocal, task.isDueDate);
  const { calendar, name, etag, title, isDone, priority, percent, isRecurring } = task;
  return { calendar, name, etag, title, isDone, due, priority, percent, isRecurring };
}

/** Where something was written. */
export function writtenShape(written: Written): Static<typeof WRITTEN> {
  const { collection, name, etag, other } = written;
  return {
    calendar: collection,
    name,
    etag,
    other: other === null ? null : { calendar: other.collection, name: other.name },
  };
}

/** Which dates an input means. Throws `Refusal` 400 for a scope that names no date. */
export function scopeOf(input: {
  readonly scope?: 'one' | 'following' | 'all';
  readonly at?: string;
}): Scope {
  const { scope = 'all', at } = input;
  if (scope === 'all') return { kind: 'all' };
  if (at === undefined) throw new Refusal(400, `The scope "${scope}" needs the date in "at".`);
  return { kind: scope, at };
}
