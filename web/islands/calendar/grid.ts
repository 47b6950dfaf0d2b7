import { Calendar, type CalendarOptions, type EventInput } from 'fullcalendar';
import dayGridPlugin from 'fullcalendar/daygrid';
import timeGridPlugin from 'fullcalendar/timegrid';
import 'fullcalendar/skeleton.css';
import { type ApiEntry, fetchEntries } from './entries.ts';

/** Month and week as a grid in which events stand at their time and span their days. */

interface GridData {
  readonly base: string;
  readonly view: string;
  readonly date: string;
  readonly today: string;
  readonly from: string;
  readonly to: string;
  readonly first: number;
  readonly zone: string;
  readonly hidden: readonly string[];
  readonly sheet: string;
  readonly more: string;
  readonly untitled: string;
  readonly allDay: string;
  /** The links of the days as the server wrote them. */
  readonly days: ReadonlyMap<string, HTMLAnchorElement>;
}

/** What the server wrote beside its own table. */
function readGrid(host: HTMLElement): GridData {
  const of = (name: string): string => host.dataset[name] ?? '';
  const links = [...host.querySelectorAll<HTMLAnchorElement>('a[data-day]')];
  return {
    base: of('base'),
    view: of('view'),
    date: of('date'),
    today: of('today'),
    from: of('from'),
    to: of('to'),
    first: Number(of('first')) % 7,
    zone: of('zone'),
    hidden: of('hidden')
      .split(',')
      .filter((id) => id !== ''),
    sheet: of('sheet'),
    more: of('more'),
    untitled: of('untitled'),
    allDay: of('allDay'),
    days: new Map(links.map((link) => [link.dataset['day'] ?? '', link])),
  };
}

/** Colour classes of the calendars, from the list that filters them. */
function colors(): ReadonlyMap<number, string> {
  const filters = [...document.querySelectorAll<HTMLElement>('.filter')];
  return new Map(
    filters.map((filter) => [
      Number(filter.querySelector('input')?.value ?? '0'),
      [...filter.classList].find((name) => name.startsWith('c-')) ?? 'c-slate',
    ]),
  );
}

function toInput(data: GridData, color: ReadonlyMap<number, string>, entry: ApiEntry): EventInput {
  const at = entry.at === null ? '' : `?at=${entry.at}`;
  const classes = ['chip', color.get(entry.calendar) ?? 'c-slate', entry.isCancelled ? 'struck' : ''];
  return {
    title: entry.title === '' ? data.untitled : entry.title,
    start: entry.start,
    end: entry.end,
    allDay: entry.isAllDay,
    url: `${data.base}/calendar/event/${entry.calendar}/${encodeURIComponent(entry.name)}${at}`,
    className: classes.join(' ').trim(),
  };
}

/** The hours a week shows: the day, and whatever lies before or after it. */
function hours(data: GridData, entries: readonly ApiEntry[]): { readonly min: number; readonly max: number } {
  const clock = new Intl.DateTimeFormat('en', { timeZone: data.zone, hour: 'numeric', hourCycle: 'h23' });
  const at = entries
    .filter((entry) => !entry.isAllDay)
    .map(({ start, end }) => [
      Number(clock.format(new Date(start))),
      Number(clock.format(new Date(end))) + 1,
    ]);
  const isOver = at.some(([from = 0, to = 0]) => to <= from);
  return {
    min: Math.min(7, ...at.map(([from = 7]) => from)),
    max: isOver ? 24 : Math.min(24, Math.max(20, ...at.map(([, to = 20]) => to))),
  };
}

const clockText = (hour: number): string => `${String(hour).padStart(2, '0')}:00:00`;

function options(data: GridData, events: EventInput[], shown: { min: number; max: number }): CalendarOptions {
  const open = (key: string): void => {
    const link = data.days.get(key);
    if (link !== undefined) location.assign(link.href);
  };
  const key = (date: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone: data.zone }).format(date);
  return {
    plugins: [dayGridPlugin, timeGridPlugin],
    initialView: data.view === 'week' ? 'timeGridWeek' : 'dayGridMonth',
    initialDate: data.date,
    now: `${data.today}T12:00:00`,
    locale: document.documentElement.lang === 'de' ? 'de' : 'en',
    timeZone: data.zone,
    firstDay: data.first,
    headerToolbar: false,
    height: 'auto',
    fixedWeekCount: false,
    dayMaxEvents: 3,
    eventDisplay: 'block',
    displayEventEnd: false,
    eventTimeFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    slotHeaderFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    slotMinTime: clockText(shown.min),
    slotMaxTime: clockText(shown.max),
    slotEventOverlap: false,
    allDayText: data.allDay,
    moreLinkText: (count: number) => data.more.replace('{count}', String(count)),
    moreLinkClick: ({ date }: { date: Date }) => open(key(date)),
    // Days keep their links, with the names and marks that the server gave them.
    dayCellTopContent: ({ date }) => linkOf(data, key(date)),
    dayHeaderContent: ({ date, text }) => (data.view === 'week' ? linkOf(data, key(date)) : text),
    dayCellDidMount: ({ el }) => speak(el),
    dayHeaderDidMount: ({ el }) => speak(el),
    events,
    viewClass: 'fc-grid',
    dayHeaderClass: 'fc-head',
    dayHeaderInnerClass: 'fc-pad',
    dayCellClass: ({ isOther, isToday }) =>
      `fc-cell${isOther ? ' outside' : ''}${isToday ? ' is-today' : ''}`,
    dayLaneClass: ({ isToday }) => `fc-lane${isToday ? ' is-today' : ''}`,
    slotLaneClass: ({ isMinor }) => (isMinor ? 'fc-slot half' : 'fc-slot'),
    slotHeaderClass: 'fc-hour',
    slotHeaderInnerClass: 'fc-pad',
    allDayHeaderClass: 'fc-hour',
    allDayHeaderInnerClass: 'fc-pad',
    allDayDividerClass: 'fc-rule',
    eventMinHeight: 24,
    rowEventClass: 'fc-bar',
    rowEventInnerClass: 'fc-line',
    eventTimeClass: 'fc-time',
    columnEventClass: 'fc-block',
    columnEventInnerClass: ({ isShort }) => (isShort ? 'fc-line' : ''),
    eventShortHeight: 40,
    moreLinkClass: 'more',
  };
}

/** The grid speaks a date of its own and hides what stands in the cell; the links of the days say more. */
function speak(cell: HTMLElement): void {
  cell.removeAttribute('aria-label');
  for (const part of cell.querySelectorAll('[aria-hidden="true"]:has(a)'))
    part.removeAttribute('aria-hidden');
}

function linkOf(data: GridData, key: string): { readonly domNodes: Node[] } {
  const link = data.days.get(key);
  return { domNodes: link === undefined ? [] : [link.cloneNode(true)] };
}

async function loadSheet(href: string): Promise<void> {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  const isLoaded = new Promise<void>((resolve, reject) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => reject(new Error('The style sheet of the grid did not come.')));
  });
  link.href = href;
  document.head.append(link);
  await isLoaded;
}

/** Puts the grid in the place of the server's table; where something is missing the table stays. */
export async function startGrid(host: HTMLElement): Promise<void> {
  const data = readGrid(host);
  const [entries] = await Promise.all([fetchEntries(data), loadSheet(data.sheet)]);
  if (entries === null) return;
  const color = colors();
  const events = entries.map((entry) => toInput(data, color, entry));
  const place = document.createElement('div');
  const calendar = new Calendar(place, options(data, events, hours(data, entries)));
  host.replaceChildren(place);
  calendar.render();
}
