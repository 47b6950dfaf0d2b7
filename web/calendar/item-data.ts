import { deviceNames } from '../../models/devices/service.ts';
import { type Calendar, holdsEvents, holdsTasks } from '../../models/events/calendars.ts';
import type { Item } from '../../models/events/item.ts';
import { zoneNamed } from '../../models/events/period.ts';
import { lastDevice } from '../../models/events/undo.ts';
import type { TimeValue } from '../../models/ical/edit/times.ts';
import { nearestColor } from '../colors.ts';
import type { EventData } from '../pages/event.tsx';
import { actorOf } from '../session.ts';
import type { PageRequest } from '../site.ts';
import type { Words } from '../words.ts';
import { CLOCK, startOfDay, wallWords } from './days.ts';
import { itemRepeat, reminderWords, restWords, spanWords, whenWords } from './item-words.ts';

/** What the page of an event or task shows, every text ready. */

async function changedBy(page: PageRequest, item: Item): Promise<string> {
  const { t, ago } = page.words;
  const now = Math.floor(page.site.app.clock.nowMs() / 1000);
  const time = ago(item.object.modifiedUtc, now);
  const place = { collection: item.calendar.id, name: item.object.name };
  const version = await lastDevice(page.site.app, actorOf(page), place);
  if (version === null) return time;
  if (version.device === null) return t('event.changed-by.page', { time });
  const name = (await deviceNames(page.site.app.db, [version.device])).get(version.device);
  return name === undefined ? time : t('event.changed-by.device', { time, device: name });
}

function changedDates(words: Words, item: Item, path: string): EventData['changed'] {
  const date = (local: number, isAllDay: boolean) =>
    wallWords(words, local, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      ...(isAllDay ? {} : CLOCK),
    });
  return item.changed.map((one) => {
    const from = date(one.fromLocal, one.isAllDay);
    const to = date(one.toLocal, one.isAllDay);
    const isNamed = one.title !== '' && one.title !== item.series.summary;
    const key = one.isMoved ? 'event.changed.moved' : isNamed ? 'event.changed.named' : 'event.changed.other';
    return {
      path: `${path}?at=${one.at}`,
      text: words.t(key, { from, to, title: one.title }),
      isShown: one.at === item.at,
    };
  });
}

function dueText(words: Words, item: Item, due: TimeValue | null): string | null {
  if (due === null) return null;
  if (due.isDate) return spanWords(words, { startLocal: due.local, endLocal: due.local + 1, isAllDay: true });
  const span = { startLocal: due.local, endLocal: due.local, isAllDay: false };
  const zone = item.ownZone;
  return zone === null
    ? spanWords(words, span)
    : words.t('when.in-zone', { when: spanWords(words, span), zone: zone.replaceAll('_', ' ') });
}

function priorityText(words: Words, priority: number): string | null {
  if (priority === 0) return null;
  if (priority === 5) return words.t('task.priority.medium');
  return words.t(priority < 5 ? 'task.priority.high' : 'task.priority.low');
}

/** Everything of the page. */
export async function eventData(
  page: PageRequest,
  item: Item,
  calendars: readonly Calendar[],
): Promise<EventData> {
  const { words, timeZone } = page;
  const { fields, calendar, object } = item;
  const isTask = item.component === 'VTODO';
  const path = `/calendar/event/${calendar.id}/${encodeURIComponent(object.name)}`;
  const now = zoneNamed(timeZone).toLocal(Math.floor(page.site.app.clock.nowMs() / 1000));
  const hasDue = isTask && fields.due !== null;
  return {
    isTask,
    title: fields.summary.trim() === '' ? words.t('calendar.untitled') : fields.summary.trim(),
    path,
    at: item.at,
    etag: object.etag,
    calendar: {
      id: String(calendar.id),
      name: calendar.displayName,
      color: nearestColor(calendar.color),
    },
    when: hasDue ? [] : whenWords(words, item, timeZone),
    repeat: itemRepeat(words, item),
    due: isTask ? dueText(words, item, fields.due) : null,
    isDone: fields.isDone,
    isLate: isTask && !fields.isDone && fields.due !== null && startOfDay(fields.due.local) < startOfDay(now),
    progress:
      isTask && fields.percent > 0 ? words.t('task.percent.value', { percent: fields.percent }) : null,
    priority: isTask ? priorityText(words, fields.priority) : null,
    location: fields.location,
    description: fields.description,
    url: item.rest.url,
    categories: item.rest.categories,
    status: item.rest.status,
    reminders: reminderTexts(words, item),
    people: item.people,
    rest: restWords(words, { ...item, rest: { ...item.rest, people: 0, otherAlarms: 0 } }),
    changed: changedDates(words, item, path),
    changedBy: await changedBy(page, item),
    isRecurring: item.isRecurring,
    hasMaster: item.hasMaster,
    targets: calendars
      .filter((other) => other.id !== calendar.id && (isTask ? holdsTasks(other) : holdsEvents(other)))
      .map(({ id, displayName }) => ({ value: String(id), label: displayName })),
    history: `/history/${calendar.id}/${encodeURIComponent(object.name)}`,
  };
}

function reminderTexts(words: Words, { alarms }: Item): readonly string[] {
  const texts = alarms.minutes.map((minutes) => reminderWords(words, minutes));
  return alarms.others === 0 ? texts : [...texts, words.n('reminder.others', alarms.others)];
}
