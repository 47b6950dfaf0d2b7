import type { Difference, FieldValue } from '../../models/versions/difference.ts';
import { EN, type WordKey } from '../locales/en.ts';
import type { PageContext } from '../site.ts';

/** Fields of events, tasks and contacts and their values in words, for everything that shows what differs. */

type Ctx = Pick<PageContext, 'words' | 'timeZone'>;

const isWord = (key: string): key is WordKey => Object.hasOwn(EN, key);

/** The words for a key made of a field's own text; null where there are none. */
function wordFor({ words }: Ctx, key: string): string | null {
  return isWord(key) ? words.t(key) : null;
}

/** Seconds of the wall clock of a value's day or time, as if it were UTC. */
const wallSeconds = (when: string): number =>
  Date.parse(`${when.length === 10 ? `${when}T00:00:00` : when}Z`) / 1000;

function whenText({ words, timeZone }: Ctx, when: string, zone: string | null): string {
  const utc = wallSeconds(when);
  if (!Number.isFinite(utc)) return when;
  if (when.length === 10) return words.when(utc, 'UTC', { dateStyle: 'full' });
  const shown = { dateStyle: 'medium', timeStyle: 'short' } as const;
  if (zone === 'UTC') return words.when(utc, timeZone, shown);
  const text = words.when(utc, 'UTC', shown);
  return zone === null || zone === timeZone ? text : words.t('field.zoned', { when: text, zone });
}

const EVERY = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** A common rule as a sentence; null for what has no words. */
function ruleText(ctx: Ctx, rule: string): string | null {
  const { words } = ctx;
  const parts = new Map(rule.split(';').map((part) => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']));
  const frequency = parts.get('FREQ');
  const every = Object.entries(EVERY).find(([name]) => name === frequency)?.[1];
  if (every === undefined) return null;
  let text = words.n(`repeat.${every}`, Number(parts.get('INTERVAL') ?? '1'));
  const days = (parts.get('BYDAY') ?? '').split(',').map((day) => WEEKDAYS.indexOf(day));
  // The third of January 2021 is a Sunday.
  const dayName = (day: number) => words.when(Date.UTC(2021, 0, 3 + day) / 1000, 'UTC', { weekday: 'long' });
  if (every === 'week' && days.every((day) => day >= 0))
    text = words.t('repeat.on', { every: text, days: words.list(days.map(dayName)) });
  const count = Number(parts.get('COUNT') ?? '0');
  if (count > 0) return words.n('repeat.times', count, { rule: text });
  const until = /^(\d{4})(\d\d)(\d\d)/.exec(parts.get('UNTIL') ?? '');
  if (until === null) return text;
  const date = words.when(wallSeconds(until.slice(1).join('-')), 'UTC', { dateStyle: 'long' });
  return words.t('repeat.until', { rule: text, date });
}

function reminderText({ words }: Ctx, trigger: string): string | null {
  const match = /^-?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?$/.exec(trigger);
  if (match === null || (!trigger.startsWith('-') && /[1-9]/.test(trigger))) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0] = match.slice(1).map((part) => Number(part ?? '0'));
  const all = ((weeks * 7 + days) * 24 + hours) * 60 + minutes;
  if (all === 0) return words.t('reminder.0');
  if (all % 1440 === 0) return words.n('reminder.days', all / 1440);
  return all % 60 === 0 ? words.n('reminder.hours', all / 60) : words.n('reminder.minutes', all);
}

const FILES: ReadonlySet<string> = new Set(['photo', 'logo', 'attach', 'sound', 'key']);
const NAMED: ReadonlySet<string> = new Set(['status', 'transp', 'class']);

function bareText(ctx: Ctx, field: string, value: FieldValue): string {
  const { text, when, zone, label } = value;
  if (when !== null) return whenText(ctx, when, zone);
  if (FILES.has(field) && text === '')
    return ctx.words.t('field.picture', { size: ctx.words.size(Number(label ?? '0')) });
  if (field === 'rrule') return ruleText(ctx, text) ?? ctx.words.t('repeat.custom');
  if (field === 'valarm') return reminderText(ctx, text) ?? text;
  return (NAMED.has(field) ? wordFor(ctx, `field.value.${text.toLowerCase()}`) : null) ?? text;
}

/** A value in words, with what it is for. */
export function valueText(ctx: Ctx, field: string, value: FieldValue): string {
  const text = bareText(ctx, field, value);
  if (value.label === null || FILES.has(field)) return text;
  const label = value.label
    .split(' ')
    .map((word) => wordFor(ctx, `field.label.${word}`) ?? word)
    .join(', ');
  return ctx.words.t('field.labelled', { text, label });
}

/** What a field is called; of one date of a series, with that date. */
export function fieldText(ctx: Ctx, { field, of }: Pick<Difference, 'field' | 'of'>): string {
  const name = wordFor(ctx, `field.${field}`) ?? ctx.words.t('field.other', { name: field });
  if (of === null) return name;
  return ctx.words.t('field.of', { field: name, date: valueText(ctx, 'recurrence-id', of) });
}

const MOST_NAMED = 4;

/** The fields that differ in one line: "Title, Start and 2 more"; null when none does. */
export function fieldsText(ctx: Ctx, found: readonly Difference[]): string | null {
  const names = [...new Set(found.map((each) => fieldText(ctx, each)))];
  if (names.length === 0) return null;
  if (names.length <= MOST_NAMED) return ctx.words.list(names);
  const more = names.length - MOST_NAMED;
  return ctx.words.n('field.some', more, { fields: names.slice(0, MOST_NAMED).join(', ') });
}
