import type { Calendar } from '../../models/events/calendars.ts';
import type { Item } from '../../models/events/item.ts';
import type { Repeat } from '../../models/ical/edit/repeat.ts';
import { localSeconds, parseDate } from '../../models/ical/values.ts';
import type { Clash, EventFormData, FormScope } from '../pages/event-form.tsx';
import type { Option } from '../parts/form.tsx';
import type { PageRequest } from '../site.ts';
import type { Words } from '../words.ts';
import { wallWords } from './days.ts';
import { type FormValues, GROUP_NAMES, type GroupName, isSameGroup } from './form.ts';
import { reminderWords, repeatWords, restWords, weekdayName } from './item-words.ts';

/** What the form of an event or task shows, put together from what is stored and what was typed. */

interface Common {
  readonly values: FormValues;
  readonly was: FormValues | null;
  readonly wrong: EventFormData['wrong'];
  readonly refused: string | null;
  readonly clashes: readonly Clash[] | null;
}

/** A form for an item that stands, or for a new one. */
export type FormOf = Common &
  (
    | { readonly item: Item; readonly scope: FormScope | null }
    | {
        readonly item: null;
        readonly isTask: boolean;
        readonly calendars: readonly Calendar[];
        readonly calendar?: string;
      }
  );

const REMINDERS = [0, 5, 10, 15, 30, 60, 120, 1440, 2880, 10_080] as const;

function reminderOptions(words: Words, value: string): readonly Option[] {
  const own = Number(value);
  const known: readonly number[] = REMINDERS;
  const isOther = value !== '' && Number.isInteger(own) && !known.includes(own);
  const all = isOther ? [...known, own].sort((a, b) => a - b) : known;
  return [
    { value: '', label: words.t('reminder.none') },
    ...all.map((minutes) => ({ value: String(minutes), label: reminderWords(words, minutes) })),
  ];
}

function weekdayOptions(words: Words, firstDay: number): readonly Option[] {
  return Array.from({ length: 7 }, (_, at) => {
    const day = (firstDay + at) % 7;
    return { value: String(day), label: weekdayName(words, day, 'short') };
  });
}

function scopePaths(path: string, at: string | null): EventFormData['scopePaths'] {
  const to = (scope: FormScope) =>
    `${path}/edit?${new URLSearchParams({ ...(at === null ? {} : { at }), scope })}`;
  return { one: to('one'), following: to('following'), all: to('all') };
}

function common(page: PageRequest, data: Common) {
  const { words } = page;
  const start = page.preferences.weekStart ?? 1;
  return {
    values: data.values,
    was: data.was,
    wrong: data.wrong,
    refused: data.refused,
    clashes: data.clashes,
    zones: Intl.supportedValuesOf('timeZone'),
    reminders: reminderOptions(words, data.values.reminder),
    weekdays: weekdayOptions(words, start),
  };
}

/** Everything of the form. */
export function formData(page: PageRequest, data: FormOf): EventFormData {
  const { t, list } = page.words;
  if (data.item === null) {
    const { isTask, calendars } = data;
    const wanted = page.request.query.get('calendar');
    return {
      ...common(page, data),
      isTask,
      isNew: true,
      title: t(isTask ? 'task.new' : 'event.new'),
      action: '/calendar/new',
      back: isTask ? '/calendar?view=tasks' : '/calendar',
      etag: null,
      at: null,
      scope: null,
      scopePaths: null,
      calendars: calendars.map(({ id, displayName }) => ({ value: String(id), label: displayName })),
      calendar: data.calendar ?? wanted ?? String(calendars[0]?.id ?? ''),
      custom: false,
      rest: null,
    };
  }
  const { item, scope } = data;
  const isTask = item.component === 'VTODO';
  const path = `/calendar/event/${item.calendar.id}/${encodeURIComponent(item.object.name)}`;
  const rest = restWords(page.words, item);
  const hasScopes = item.isRecurring && item.hasMaster;
  return {
    ...common(page, data),
    isTask,
    isNew: false,
    title: t(isTask ? 'task.edit' : 'event.edit.title'),
    action: `${path}/edit`,
    back: item.at === null ? path : `${path}?at=${item.at}`,
    etag: item.object.etag,
    at: item.at,
    scope,
    scopePaths: hasScopes ? scopePaths(path, item.at) : null,
    calendars: [],
    calendar: String(item.calendar.id),
    custom: item.series.repeat.kind === 'custom',
    rest: rest.length === 0 ? null : t('event.rest', { parts: list(rest) }),
  };
}

/** The fields in which two sides differ, each side in words; `was` says who changed what. */
export function mergedClashes(
  page: PageRequest,
  sides: { readonly mine: FormValues; readonly was: FormValues; readonly theirs: FormValues },
): readonly Clash[] {
  const { mine, was, theirs } = sides;
  return GROUP_NAMES.filter((group) => !isSameGroup(group, mine, theirs)).map((group) => ({
    group,
    label: page.words.t(`clash.${group}`),
    mine: groupWords(page.words, group, mine),
    theirs: groupWords(page.words, group, theirs),
    keepsMine: !isSameGroup(group, mine, was),
  }));
}

function dayWords(words: Words, date: string, time: string): string {
  const day = parseDate(date.replaceAll('-', ''));
  if (day === null) return date;
  const text = wallWords(words, localSeconds(day), { dateStyle: 'medium' });
  return time === '' ? text : words.t('when.moment', { date: text, time });
}

function groupWords(words: Words, group: GroupName, values: FormValues): string {
  switch (group) {
    case 'times': {
      const isDay = values.allDay === 'yes';
      const from = dayWords(words, values.startDate, isDay ? '' : values.startTime);
      const to = dayWords(words, values.endDate, isDay ? '' : values.endTime);
      if (values.endDate === '') return from;
      return isDay
        ? words.t('when.days', { from, to })
        : words.t('clash.times.zoned', { from, to, zone: values.zone || words.t('form.zone.none') });
    }
    case 'due':
      return dayWords(words, values.dueDate, values.dueTime);
    case 'reminder':
      return values.reminder === '' ? '' : reminderWords(words, Number(values.reminder));
    case 'repeat':
      return repeatText(words, values);
    case 'done':
      return words.t(values.done === 'yes' ? 'task.done' : 'task.open');
    default:
      return values[group];
  }
}

function repeatText(words: Words, values: FormValues): string {
  const { repeat } = values;
  if (repeat === 'custom') return words.t('repeat.custom');
  if (repeat !== 'day' && repeat !== 'week' && repeat !== 'month' && repeat !== 'year') return '';
  const day = parseDate(values.startDate.replaceAll('-', ''));
  const until = parseDate(values.until.replaceAll('-', ''));
  const end: Repeat['end'] =
    values.ends === 'until' && until !== null
      ? { kind: 'until', day: localSeconds(until) }
      : values.ends === 'count'
        ? { kind: 'count', count: Number(values.count) }
        : { kind: 'never' };
  const monthlyBy = values.monthlyBy === 'weekday' || values.monthlyBy === 'last' ? values.monthlyBy : 'date';
  const weekdays = values.weekdays === '' ? [] : values.weekdays.split(',').map(Number);
  const rule = { every: repeat, interval: Number(values.interval) || 1, weekdays, monthlyBy, end } as const;
  return repeatWords(words, rule, day === null ? 0 : localSeconds(day));
}
