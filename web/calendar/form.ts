import { FieldRefusal, type ItemInput, type RepeatInput } from '../../models/events/input.ts';
import type { Item } from '../../models/events/item.ts';
import type { ItemFields } from '../../models/ical/edit/fields.ts';
import type { Repeat } from '../../models/ical/edit/repeat.ts';
import type { TimeValue } from '../../models/ical/edit/times.ts';
import { SECONDS_PER_DAY } from '../../models/ical/values.ts';
import type { WordKey } from '../locales/en.ts';
import type { Words } from '../words.ts';
import { dayKey } from './days.ts';

/** The form of an event or task: its fields as texts, from what is stored and to what is asked for. */

export const FIELD_NAMES = [
  'summary',
  'allDay',
  'startDate',
  'startTime',
  'endDate',
  'endTime',
  'zone',
  'dueDate',
  'dueTime',
  'location',
  'description',
  'reminder',
  'repeat',
  'interval',
  'weekdays',
  'monthlyBy',
  'ends',
  'until',
  'count',
  'done',
  'percent',
  'priority',
] as const;

/** One field of the form. */
export type FieldName = (typeof FIELD_NAMES)[number];
/** All fields as texts. */
export type FormValues = Readonly<Record<FieldName, string>>;

/** Fields that are judged and compared together, by the word people have for them. */
export const GROUPS = {
  summary: ['summary'],
  times: ['allDay', 'startDate', 'startTime', 'endDate', 'endTime', 'zone'],
  due: ['dueDate', 'dueTime'],
  location: ['location'],
  description: ['description'],
  reminder: ['reminder'],
  repeat: ['repeat', 'interval', 'weekdays', 'monthlyBy', 'ends', 'until', 'count'],
  done: ['done'],
  percent: ['percent'],
  priority: ['priority'],
} as const satisfies Readonly<Record<string, readonly FieldName[]>>;

/** A group of fields. */
export type GroupName = keyof typeof GROUPS;

export const GROUP_NAMES: readonly GroupName[] = [
  'summary',
  'times',
  'due',
  'location',
  'description',
  'reminder',
  'repeat',
  'done',
  'percent',
  'priority',
];

const NOTHING: FormValues = {
  summary: '',
  allDay: '',
  startDate: '',
  startTime: '',
  endDate: '',
  endTime: '',
  zone: '',
  dueDate: '',
  dueTime: '',
  location: '',
  description: '',
  reminder: '',
  repeat: 'none',
  interval: '1',
  weekdays: '',
  monthlyBy: 'date',
  ends: 'never',
  until: '',
  count: '10',
  done: '',
  percent: '0',
  priority: '0',
};

const clock = (local: number): string => new Date(local * 1000).toISOString().slice(11, 16);

/** A new event on a day, an hour long, or a new task. */
export function newValues(day: number, hour: number, timeZone: string): FormValues {
  const start = day + Math.min(23, hour) * 3600;
  return {
    ...NOTHING,
    startDate: dayKey(start),
    startTime: clock(start),
    endDate: dayKey(start + 3600),
    endTime: clock(start + 3600),
    zone: timeZone,
  };
}

const zoneText = (time: TimeValue | null): string => (time?.isUtc === true ? 'UTC' : (time?.tzid ?? ''));

/** What a form shows of an item: of its series, or of the date that is looked at. */
export function valuesOf(item: Item, isSeries: boolean, timeZone: string): FormValues {
  const fields = isSeries ? item.series : item.fields;
  return {
    ...NOTHING,
    ...(item.component === 'VEVENT' ? eventTimes(fields, timeZone) : taskTimes(fields, timeZone)),
    ...repeatValues(item.series),
    summary: fields.summary,
    location: fields.location,
    description: fields.description,
    reminder: fields.reminder === null ? '' : String(fields.reminder),
    done: fields.isDone ? 'yes' : '',
    percent: String(fields.percent),
    priority: String(fields.priority),
  };
}

function eventTimes({ times }: ItemFields, timeZone: string): Partial<FormValues> {
  if (times === null) return {};
  const { start, end } = times;
  if (start.isDate) {
    const last = Math.max(start.local, end.local - SECONDS_PER_DAY);
    return {
      allDay: 'yes',
      startDate: dayKey(start.local),
      startTime: '09:00',
      endDate: dayKey(last),
      endTime: '10:00',
      zone: timeZone,
    };
  }
  return {
    startDate: dayKey(start.local),
    startTime: clock(start.local),
    endDate: dayKey(end.local),
    endTime: clock(end.local),
    zone: zoneText(start),
  };
}

function taskTimes({ start, due }: ItemFields, timeZone: string): Partial<FormValues> {
  const time = (value: TimeValue | null) => (value === null || value.isDate ? '' : clock(value.local));
  const known = due ?? start;
  return {
    startDate: start === null ? '' : dayKey(start.local),
    startTime: time(start),
    dueDate: due === null ? '' : dayKey(due.local),
    dueTime: time(due),
    zone: known === null || known.isDate ? timeZone : zoneText(known),
  };
}

function repeatValues({ repeat }: ItemFields): Partial<FormValues> {
  if (repeat.kind === 'none') return {};
  if (repeat.kind === 'custom') return { repeat: 'custom' };
  const { every, interval, weekdays, monthlyBy, end } = repeat.repeat;
  return {
    repeat: every,
    interval: String(interval),
    weekdays: weekdays.join(','),
    monthlyBy,
    ends: end.kind,
    ...(end.kind === 'until' ? { until: dayKey(end.day) } : {}),
    ...(end.kind === 'count' ? { count: String(end.count) } : {}),
  };
}

/** What was typed, with what is not in the form as it was. */
export function readValues(form: URLSearchParams, was: FormValues): FormValues {
  const typed: Partial<Record<FieldName, string>> = {};
  for (const name of FIELD_NAMES) {
    const value = form.get(name);
    if (value !== null) typed[name] = value.replace(/\r\n?/g, '\n');
  }
  if (form.has('form-boxes')) {
    typed.allDay = form.get('allDay') ?? '';
    typed.done = form.get('done') ?? was.done;
    typed.weekdays = form.getAll('weekday').sort().join(',');
  }
  return { ...was, ...typed };
}

/** True when two forms say the same in a group of fields. */
export function isSameGroup(group: GroupName, a: FormValues, b: FormValues): boolean {
  const isSame = (name: FieldName) => a[name].trim() === b[name].trim();
  if (group === 'times' && a.allDay === b.allDay && a.allDay === 'yes')
    return isSame('startDate') && isSame('endDate');
  if (group === 'repeat' && a.repeat === b.repeat) {
    if (a.repeat === 'none' || a.repeat === 'custom') return true;
    if (!isSame('interval') || !isSame('ends')) return false;
    if (a.repeat === 'week' && !isSame('weekdays')) return false;
    if (a.repeat === 'month' && !isSame('monthlyBy')) return false;
    return a.ends === 'never' || (a.ends === 'until' ? isSame('until') : isSame('count'));
  }
  return GROUPS[group].every(isSame);
}

const wall = (date: string, time: string): string => (time === '' ? date : `${date}T${time}`);

function dayAfter(date: string): string {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) ? date : dayKey(ms / 1000 + SECONDS_PER_DAY);
}

function timesInput(values: FormValues): ItemInput {
  const timeZone = values.zone === '' ? null : values.zone;
  if (values.startDate === '') throw new FieldRefusal('start', 'needed', 'An event needs a start.');
  if (values.allDay === 'yes')
    return { start: values.startDate, end: dayAfter(values.endDate || values.startDate) };
  if (values.startTime === '') throw new FieldRefusal('start', 'time', 'Give the time at which it begins.');
  return {
    start: wall(values.startDate, values.startTime),
    end: wall(values.endDate || values.startDate, values.endTime || values.startTime),
    timeZone,
  };
}

/** A whole number of the form, or the refusal of its field. */
function wholeOf(text: string, field: 'repeat' | 'percent' | 'priority' | 'reminder'): number {
  if (/^\d{1,6}$/.test(text.trim())) return Number(text);
  throw new FieldRefusal(field, 'number', `Found "${text.slice(0, 20)}", expected a whole number.`);
}

function repeatInput(values: FormValues): RepeatInput | null | undefined {
  const { repeat } = values;
  if (repeat === 'custom') return undefined;
  if (repeat !== 'day' && repeat !== 'week' && repeat !== 'month' && repeat !== 'year') return null;
  if (values.ends === 'until' && values.until === '')
    throw new FieldRefusal('repeat', 'until', 'Give the last day.');
  const monthlyBy: Repeat['monthlyBy'] =
    values.monthlyBy === 'weekday' || values.monthlyBy === 'last' ? values.monthlyBy : 'date';
  return {
    every: repeat,
    interval: wholeOf(values.interval, 'repeat'),
    ...(repeat === 'week' && values.weekdays !== ''
      ? { weekdays: values.weekdays.split(',').map(Number) }
      : {}),
    ...(repeat === 'month' ? { monthlyBy } : {}),
    ...(values.ends === 'until' ? { until: values.until } : {}),
    ...(values.ends === 'count' ? { count: wholeOf(values.count, 'repeat') } : {}),
  };
}

/** The input for the groups of fields that are to be sent. Throws `FieldRefusal`. */
export function inputOf(
  values: FormValues,
  component: 'VEVENT' | 'VTODO',
  groups: ReadonlySet<GroupName>,
): ItemInput {
  const isEvent = component === 'VEVENT';
  const timeZone = values.zone === '' ? null : values.zone;
  const repeat = groups.has('repeat') ? repeatInput(values) : undefined;
  const date = (day: string, time: string) => (day === '' ? null : wall(day, time));
  const hasTaskTimes = !isEvent && (groups.has('times') || groups.has('due'));
  return {
    ...(groups.has('summary') ? { summary: values.summary } : {}),
    ...(groups.has('location') ? { location: values.location } : {}),
    ...(groups.has('description') ? { description: values.description } : {}),
    ...(isEvent && groups.has('times') ? timesInput(values) : {}),
    ...(hasTaskTimes ? { timeZone } : {}),
    ...(!isEvent && groups.has('times') ? { start: date(values.startDate, values.startTime) } : {}),
    ...(!isEvent && groups.has('due') ? { due: date(values.dueDate, values.dueTime) } : {}),
    ...(groups.has('reminder')
      ? { reminder: values.reminder === '' ? null : wholeOf(values.reminder, 'reminder') }
      : {}),
    ...(repeat === undefined ? {} : { repeat }),
    ...(!isEvent && groups.has('done') ? { isDone: values.done === 'yes' } : {}),
    ...(!isEvent && groups.has('percent') ? { percent: wholeOf(values.percent, 'percent') } : {}),
    ...(!isEvent && groups.has('priority') ? { priority: wholeOf(values.priority, 'priority') } : {}),
  };
}

/** The groups in which two forms differ. */
export function changedGroups(values: FormValues, was: FormValues): ReadonlySet<GroupName> {
  return new Set(GROUP_NAMES.filter((group) => !isSameGroup(group, values, was)));
}

const FIELDS: Readonly<Record<string, FieldName>> = {
  start: 'startDate',
  end: 'endDate',
  due: 'dueDate',
  timeZone: 'zone',
  isDone: 'done',
};

/** Which field is wrong, and what to do about it. */
export function wrongOf(words: Words, error: FieldRefusal): Partial<Record<FieldName, string>> {
  const name = FIELDS[error.field] ?? FIELD_NAMES.find((field) => field === error.field) ?? 'summary';
  const key: WordKey = `form.wrong.${error.problem}`;
  return { [name]: words.t(key) };
}
