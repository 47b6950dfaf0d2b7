import type { Calendar } from '../../models/events/calendars.ts';
import { holdsEvents, holdsTasks } from '../../models/events/calendars.ts';
import {
  describeSlots,
  type Entry,
  listSlots,
  type Slot,
  type Slots,
  zoneNamed,
} from '../../models/events/period.ts';
import { listTasks, type TaskEntry } from '../../models/events/tasks.ts';
import { SECONDS_PER_DAY } from '../../models/ical/values.ts';
import type { CollectionId } from '../../models/types.ts';
import { nearestColor } from '../colors.ts';
import type { CalendarData, Chip, Day, TaskLine, ViewName } from '../pages/calendar.tsx';
import { actorOf } from '../session.ts';
import type { PageRequest } from '../site.ts';
import {
  byDay,
  CLOCK,
  dayKey,
  daysOf,
  entryPath,
  firstDayOf,
  readDay,
  sameDayIn,
  startOfDay,
  startOfMonth,
  startOfWeek,
  wallWords,
} from './days.ts';

/** Gathers what the page of the calendar shows. */

const CHIPS_PER_DAY = 3;
const AGENDA_DAYS = 28;
const AGENDA_ENTRIES = 200;

interface Asked {
  readonly view: ViewName;
  readonly day: number;
  readonly isPicked: boolean;
  readonly today: number;
  readonly firstDay: number;
  readonly hidden: ReadonlySet<CollectionId>;
}

/** Views of events list calendars, the view of tasks lists of tasks. */
function isListed(view: ViewName, calendar: Calendar): boolean {
  return view === 'tasks' ? holdsTasks(calendar) : holdsEvents(calendar);
}

function ask(page: PageRequest, calendars: readonly Calendar[]): Asked {
  const { query } = page.request;
  const wanted = query.get('view');
  const view: ViewName = wanted === 'week' || wanted === 'agenda' || wanted === 'tasks' ? wanted : 'month';
  const now = Math.floor(page.site.app.clock.nowMs() / 1000);
  const today = startOfDay(zoneNamed(page.timeZone).toLocal(now));
  const day = readDay(query.get('date'));
  const shown = new Set(query.getAll('show'));
  const hide = new Set((query.get('hide') ?? '').split(','));
  const isHidden = (calendar: Calendar) =>
    query.has('filter') && isListed(view, calendar)
      ? !shown.has(String(calendar.id))
      : hide.has(String(calendar.id));
  return {
    view,
    day: day ?? today,
    isPicked: day !== null && query.has('pick'),
    today,
    firstDay: firstDayOf(page.preferences.weekStart, page.request.headers['accept-language']),
    hidden: new Set(calendars.filter(isHidden).map(({ id }) => id)),
  };
}

function pathTo(asked: Asked, change: { view?: ViewName; day?: number | null; pick?: boolean }): string {
  const query = new URLSearchParams();
  query.set('view', change.view ?? asked.view);
  const day = change.day === undefined ? asked.day : change.day;
  if (day !== null) query.set('date', dayKey(day));
  if (asked.hidden.size > 0) query.set('hide', [...asked.hidden].join(','));
  if (change.pick === true) query.set('pick', '1');
  return `/calendar?${query}${change.pick === true ? '#day' : ''}`;
}

/** First day and the day after the last one of what a view shows. */
function spanOf({ view, day, firstDay }: Asked): { readonly from: number; readonly to: number } {
  if (view === 'week') {
    const from = startOfWeek(day, firstDay);
    return { from, to: from + 7 * SECONDS_PER_DAY };
  }
  if (view !== 'month') return { from: day, to: day + AGENDA_DAYS * SECONDS_PER_DAY };
  const from = startOfWeek(startOfMonth(day), firstDay);
  const to = startOfWeek(startOfMonth(day, 1) - SECONDS_PER_DAY, firstDay) + 7 * SECONDS_PER_DAY;
  return { from, to };
}

type Colors = ReadonlyMap<CollectionId, { readonly color: string; readonly name: string }>;

function colorsOf(calendars: readonly Calendar[]): Colors {
  return new Map(
    calendars.map(({ id, color, displayName }) => [id, { color: nearestColor(color), name: displayName }]),
  );
}

function chipOf(page: PageRequest, colors: Colors, entry: Entry, day: number): Chip {
  const { first, last } = daysOf(entry);
  const of = colors.get(entry.calendar);
  const time = (local: number) => wallWords(page.words, local, CLOCK);
  const isTimed = !entry.isAllDay && day === first;
  return {
    key: `${entry.object}-${entry.keyUtc}`,
    href: entryPath(entry),
    title: entry.title === '' ? page.words.t('calendar.untitled') : entry.title,
    time: isTimed ? time(entry.startLocal) : null,
    until: !entry.isAllDay && day === last && entry.endLocal > entry.startLocal ? time(entry.endLocal) : null,
    location: entry.location,
    color: of?.color ?? 'slate',
    calendar: of?.name ?? '',
    isContinued: day > first,
    goesOn: day < last,
    isCancelled: entry.isCancelled,
  };
}

interface Shown {
  readonly asked: Asked;
  readonly found: Slots;
  readonly span: { readonly from: number; readonly to: number };
  readonly perDay: number;
}

/** Days of a view with the events that are shown; only those are read. */
async function daysFor(page: PageRequest, { asked, found, span, perDay }: Shown): Promise<readonly Day[]> {
  const places = byDay(found.slots, span.from, span.to);
  const wanted = new Set<Slot>();
  for (const [day, slots] of places) {
    const isWhole = asked.view !== 'month' || day === asked.day;
    for (const slot of isWhole ? slots : slots.slice(0, perDay)) wanted.add(slot);
  }
  const entries = await describeSlots(page.site.app, found, [...wanted]);
  const byKey = new Map(entries.map((entry) => [`${entry.object} ${entry.keyUtc} ${entry.endUtc}`, entry]));
  const colors = colorsOf(found.calendars);
  const month = startOfMonth(asked.day);
  const days: Day[] = [];
  for (let day = span.from; day < span.to; day += SECONDS_PER_DAY) {
    const slots = places.get(day) ?? [];
    const chips = slots.flatMap((slot) => {
      const entry = byKey.get(`${slot.object} ${slot.keyUtc} ${slot.endUtc}`);
      return entry === undefined ? [] : [chipOf(page, colors, entry, day)];
    });
    days.push({
      key: dayKey(day),
      number: String(new Date(day * 1000).getUTCDate()),
      label: wallWords(page.words, day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
      short: wallWords(page.words, day, { weekday: 'short', day: 'numeric', month: 'short' }),
      href: pathTo(asked, { day, pick: true }),
      isToday: day === asked.today,
      isOutside: asked.view === 'month' && startOfMonth(day) !== month,
      isChosen: day === asked.day,
      chips,
      dots: [...new Set(slots.map((slot) => colors.get(slot.calendar)?.color ?? 'slate'))].slice(0, 4),
      total: slots.length,
    });
  }
  return days;
}

function titleOf(page: PageRequest, { view, day }: Asked, span: { readonly from: number }): string {
  const { words } = page;
  if (view === 'tasks') return words.t('calendar.tasks');
  if (view === 'month') return wallWords(words, day, { month: 'long', year: 'numeric' });
  const date = wallWords(words, span.from, { day: 'numeric', month: 'long', year: 'numeric' });
  return words.t(view === 'week' ? 'calendar.week.title' : 'calendar.agenda.title', { date });
}

function stepsOf(asked: Asked): { readonly previous: number; readonly next: number } {
  const { view, day } = asked;
  if (view === 'month') return { previous: sameDayIn(day, -1), next: sameDayIn(day, 1) };
  const step = (view === 'week' ? 7 : AGENDA_DAYS) * SECONDS_PER_DAY;
  return { previous: day - step, next: day + step };
}

function taskLine(page: PageRequest, colors: Colors, today: number, task: TaskEntry): TaskLine {
  const of = colors.get(task.calendar);
  const options: Intl.DateTimeFormatOptions = task.isDueDate
    ? { dateStyle: 'medium' }
    : { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK };
  const { t } = page.words;
  return {
    key: `${task.calendar}/${task.name}`,
    path: `/calendar/event/${task.calendar}/${encodeURIComponent(task.name)}`,
    etag: task.etag,
    title: task.title === '' ? t('calendar.untitled') : task.title,
    isDone: task.isDone,
    due: task.dueLocal === null ? null : wallWords(page.words, task.dueLocal, options),
    isLate: !task.isDone && task.dueLocal !== null && startOfDay(task.dueLocal) < today,
    priority:
      task.priority === 0 ? null : task.priority < 5 ? 'high' : task.priority === 5 ? 'medium' : 'low',
    list: of?.name ?? '',
    color: of?.color ?? 'slate',
    isRecurring: task.isRecurring,
  };
}

/** Everything of the page of the calendar. */
export async function calendarData(page: PageRequest, calendars: readonly Calendar[]): Promise<CalendarData> {
  const actor = actorOf(page);
  const { app } = page.site;
  const asked = ask(page, calendars);
  const span = spanOf(asked);
  const period = { fromLocal: span.from, toLocal: span.to, timeZone: page.timeZone, hidden: asked.hidden };
  const isTasks = asked.view === 'tasks';
  const found = isTasks ? { calendars, slots: [], isCut: false } : await listSlots(app, actor, period);
  const trimmed = asked.view === 'agenda' ? withinAgenda(found, span) : { found, span, nextDay: null };
  const days = isTasks
    ? []
    : await daysFor(page, { asked, found: trimmed.found, span: trimmed.span, perDay: CHIPS_PER_DAY });
  const tasks = isTasks
    ? await listTasks(app, actor, { timeZone: page.timeZone, hidden: asked.hidden })
    : null;
  const steps = stepsOf(asked);
  const colors = colorsOf(calendars);
  const isIn = (slot: Slot) =>
    asked.view !== 'month' ||
    (daysOf(slot).last >= startOfMonth(asked.day) && daysOf(slot).first < startOfMonth(asked.day, 1));
  return {
    view: asked.view,
    title: titleOf(page, asked, span),
    events: found.slots.filter(isIn).length,
    calendars: calendars.length,
    hasTasks: calendars.some(holdsTasks),
    day: dayKey(asked.day),
    today: dayKey(asked.today),
    end: dayKey(span.to),
    isPicked: asked.isPicked,
    firstDay: asked.firstDay,
    timeZone: page.timeZone,
    paths: {
      previous: pathTo(asked, { day: steps.previous }),
      today: pathTo(asked, { day: null }),
      next: pathTo(asked, { day: trimmed.nextDay ?? steps.next }),
      month: pathTo(asked, { view: 'month' }),
      week: pathTo(asked, { view: 'week' }),
      agenda: pathTo(asked, { view: 'agenda' }),
      tasks: pathTo(asked, { view: 'tasks' }),
    },
    hiddenElsewhere: calendars
      .filter((calendar) => !isListed(asked.view, calendar) && asked.hidden.has(calendar.id))
      .map(({ id }) => String(id)),
    filters: calendars
      .filter((calendar) => isListed(asked.view, calendar))
      .map(({ id, displayName, color }) => ({
        id: String(id),
        name: displayName,
        color: nearestColor(color),
        isShown: !asked.hidden.has(id),
      })),
    days,
    tasks: tasks === null ? [] : tasks.tasks.map((task) => taskLine(page, colors, asked.today, task)),
    isCut: found.isCut || tasks?.isCut === true,
  };
}

/** An agenda ends with the day on which it is long enough. */
function withinAgenda(
  found: Slots,
  span: { readonly from: number; readonly to: number },
): Pick<Shown, 'found' | 'span'> & { readonly nextDay: number | null } {
  const last = found.slots[AGENDA_ENTRIES];
  if (last === undefined) return { found, span, nextDay: null };
  const to = Math.max(span.from + SECONDS_PER_DAY, startOfDay(last.startLocal));
  const slots = found.slots.filter((slot) => slot.startLocal < to).slice(0, AGENDA_ENTRIES * 2);
  return { found: { ...found, slots }, span: { from: span.from, to }, nextDay: to };
}
