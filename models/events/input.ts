import { Refusal } from '../errors.ts';
import type { ItemChange } from '../ical/edit/fields.ts';
import type { Repeat, RepeatEnd } from '../ical/edit/repeat.ts';
import type { TimeValue } from '../ical/edit/times.ts';
import { localSeconds, parseDateTime } from '../ical/values.ts';
import { createZones } from '../ical/zones.ts';

/** What people and scripts send about an event or a task, judged and brought into the form that edits take. */

/** A wall time `2026-11-24T09:30` or a date `2026-11-24`. */
export type LocalText = string;

/** A common rule as it is sent. */
export interface RepeatInput {
  readonly every: 'day' | 'week' | 'month' | 'year';
  readonly interval?: number;
  /** 0 Sunday to 6 Saturday. */
  readonly weekdays?: number[];
  readonly monthlyBy?: 'date' | 'weekday' | 'last';
  /** Last day, `2026-12-31`. */
  readonly until?: string;
  readonly count?: number;
}

/** Fields of an event or a task; absent ones stay as they are. */
export interface ItemInput {
  readonly summary?: string;
  readonly location?: string;
  readonly description?: string;
  /** Dates make an event that lasts whole days; its `end` is the day after the last one. Null only for tasks. */
  readonly start?: LocalText | null;
  readonly end?: LocalText;
  readonly due?: LocalText | null;
  /** IANA name, `UTC`, or null for times that hold wherever one is. */
  readonly timeZone?: string | null;
  readonly repeat?: RepeatInput | null;
  /** Minutes before; null for none. */
  readonly reminder?: number | null;
  readonly isDone?: boolean;
  readonly percent?: number;
  readonly priority?: number;
}

/** Which field of the input is not right. */
export class FieldRefusal extends Refusal {
  readonly field: keyof ItemInput;
  /** What is wrong with it, as the name of a text. */
  readonly problem: 'needed' | 'time' | 'order' | 'zone' | 'long' | 'repeat' | 'until' | 'number';
  constructor(field: FieldRefusal['field'], problem: FieldRefusal['problem'], message: string) {
    super(400, message);
    this.name = 'FieldRefusal';
    this.field = field;
    this.problem = problem;
  }
}

const MAX_TEXT = { summary: 1000, location: 1000, description: 50_000 } as const;

function checkText(field: keyof typeof MAX_TEXT, value: string | undefined): void {
  if (value === undefined) return;
  const most = MAX_TEXT[field];
  if (value.length > most)
    throw new FieldRefusal(field, 'long', `The ${field} has ${value.length} characters; ${most} are kept.`);
}

/** Characters that calendar files cannot carry are taken out of what people paste. */
function clean(value: string): string {
  return value
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|\p{Surrogate}/gu, '');
}

/** Reads a wall time or date. Throws `FieldRefusal`. */
function timeOf(field: 'start' | 'end' | 'due', text: string, zone: string | null): TimeValue {
  const basic = text.trim().replace(/[-:]/g, '');
  const value = parseDateTime(/^\d{8}T\d{4}$/.test(basic) ? `${basic}00` : basic);
  if (value === null || value.isUtc || value.year < 1900 || value.year > 2200)
    throw new FieldRefusal(
      field,
      'time',
      `Found the ${field} "${text.slice(0, 40)}", expected 2026-11-24 or 2026-11-24T09:30.`,
    );
  const isUtc = !value.isDate && zone === 'UTC';
  const tzid = value.isDate || isUtc ? null : zone;
  return { isDate: value.isDate, isUtc, tzid, local: localSeconds(value) };
}

/** Throws `FieldRefusal` for a zone that neither ICU nor the object knows. */
function checkZone(zone: string | null, known: string | null): void {
  if (zone === null || zone === 'UTC' || zone === known) return;
  if (createZones().iana(zone) === null)
    throw new FieldRefusal(
      'timeZone',
      'zone',
      `"${zone.slice(0, 60)}" is no time zone; expected Europe/Berlin.`,
    );
}

function repeatOf(input: RepeatInput): Repeat {
  const { every, interval = 1, weekdays = [], monthlyBy = 'date', until, count } = input;
  const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!isWhole(interval, 999) || weekdays.some((day) => !Number.isInteger(day) || day < 0 || day > 6))
    throw new FieldRefusal('repeat', 'repeat', 'Repeat every 1 to 999, on weekdays from 0 to 6.');
  let end: RepeatEnd = { kind: 'never' };
  if (count !== undefined) {
    if (!isWhole(count, 9999)) throw new FieldRefusal('repeat', 'repeat', 'Repeat 1 to 9999 times.');
    end = { kind: 'count', count };
  } else if (until !== undefined) {
    const day = parseDateTime(until.replaceAll('-', ''));
    if (day === null || !day.isDate)
      throw new FieldRefusal('repeat', 'until', 'The last day is a date such as 2026-12-31.');
    end = { kind: 'until', day: localSeconds(day) };
  }
  return { every, interval, weekdays: [...new Set(weekdays)].sort((a, b) => a - b), monthlyBy, end };
}

/** What is known of an object that is changed: its zone, and for events the times that are not sent. */
export interface Standing {
  readonly component: 'VEVENT' | 'VTODO';
  readonly start: TimeValue | null;
  readonly end: TimeValue | null;
}

function changedTimes(input: ItemInput, standing: Standing): ItemChange['times'] {
  if (input.start === undefined && input.end === undefined && input.timeZone === undefined) return undefined;
  const known = standing.start?.tzid ?? null;
  const zone =
    input.timeZone === undefined ? (standing.start?.isUtc === true ? 'UTC' : known) : input.timeZone;
  checkZone(zone, known);
  const again = (time: TimeValue | null): TimeValue | null =>
    time === null || time.isDate
      ? time
      : { ...time, isUtc: zone === 'UTC', tzid: zone === 'UTC' ? null : zone };
  const start = input.start == null ? again(standing.start) : timeOf('start', input.start, zone);
  if (start === null || input.start === null)
    throw new FieldRefusal('start', 'needed', 'An event needs a start.');
  const length = (standing.end?.local ?? start.local) - (standing.start?.local ?? start.local);
  const least = start.isDate ? 86_400 : 0;
  const end =
    input.end === undefined
      ? { ...start, local: start.local + (standing.start?.isDate === start.isDate ? length : least) }
      : timeOf('end', input.end, zone);
  if (start.isDate !== end.isDate)
    throw new FieldRefusal('end', 'time', 'Start and end are both dates or both times.');
  if (end.local - start.local < least)
    throw new FieldRefusal('end', 'order', 'The event ends before it begins.');
  return { start, end };
}

function taskTimes(input: ItemInput, standing: Standing): Pick<ItemChange, 'start' | 'due'> {
  const known = standing.start?.tzid ?? standing.end?.tzid ?? null;
  const zone = input.timeZone === undefined ? known : input.timeZone;
  checkZone(zone, known);
  const read = (field: 'start' | 'due'): TimeValue | null | undefined => {
    const text = input[field];
    return text == null || text === '' ? (text === undefined ? undefined : null) : timeOf(field, text, zone);
  };
  const [start, due] = [read('start'), read('due')];
  return { ...(start === undefined ? {} : { start }), ...(due === undefined ? {} : { due }) };
}

function checkNumbers({ reminder, percent, priority }: ItemInput): void {
  const bad = (value: number | null | undefined, most: number): boolean =>
    value != null && (!Number.isInteger(value) || value < 0 || value > most);
  if (bad(reminder, 40_320))
    throw new FieldRefusal('reminder', 'number', 'A reminder is at most 40,320 minutes (4 weeks) before.');
  if (bad(percent, 100)) throw new FieldRefusal('percent', 'number', 'Progress is 0 to 100 percent.');
  if (bad(priority, 9))
    throw new FieldRefusal('priority', 'number', 'Priority is 0 (none), 1 (highest) to 9.');
}

/** Brings what was sent into the form that edits take. Throws `FieldRefusal`. */
export function changeOf(input: ItemInput, standing: Standing): ItemChange {
  const { reminder, isDone, percent, priority, repeat } = input;
  for (const field of ['summary', 'location', 'description'] as const) checkText(field, input[field]);
  checkNumbers(input);
  const times = standing.component === 'VEVENT' ? changedTimes(input, standing) : undefined;
  return {
    ...(input.summary === undefined ? {} : { summary: clean(input.summary).replaceAll('\n', ' ').trim() }),
    ...(input.location === undefined ? {} : { location: clean(input.location).trim() }),
    ...(input.description === undefined ? {} : { description: clean(input.description).trimEnd() }),
    ...(times === undefined ? {} : { times }),
    ...(standing.component === 'VTODO' ? taskTimes(input, standing) : {}),
    ...(repeat === undefined ? {} : { repeat: repeat === null ? null : repeatOf(repeat) }),
    ...(reminder === undefined ? {} : { reminder }),
    ...(isDone === undefined ? {} : { isDone }),
    ...(percent === undefined ? {} : { percent }),
    ...(priority === undefined ? {} : { priority }),
  };
}
