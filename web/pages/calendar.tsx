import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Tabs, Tag } from '../parts/page.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** How the calendar is looked at. */
export type ViewName = 'month' | 'week' | 'agenda' | 'tasks';

/** One event on one day. */
export interface Chip {
  readonly key: string;
  readonly href: string;
  readonly title: string;
  readonly time: string | null;
  readonly until: string | null;
  readonly location: string;
  readonly color: string;
  readonly calendar: string;
  readonly isContinued: boolean;
  readonly goesOn: boolean;
  readonly isCancelled: boolean;
}

/** One day of a view. */
export interface Day {
  readonly key: string;
  readonly number: string;
  readonly label: string;
  readonly short: string;
  readonly href: string;
  readonly isToday: boolean;
  readonly isOutside: boolean;
  readonly isChosen: boolean;
  readonly chips: readonly Chip[];
  readonly dots: readonly string[];
  readonly total: number;
}

/** One task of the list. */
export interface TaskLine {
  readonly key: string;
  readonly path: string;
  readonly etag: string;
  readonly title: string;
  readonly isDone: boolean;
  readonly due: string | null;
  readonly isLate: boolean;
  readonly priority: 'high' | 'medium' | 'low' | null;
  readonly list: string;
  readonly color: string;
  readonly isRecurring: boolean;
}

/** What the page of the calendar shows. */
export interface CalendarData {
  readonly view: ViewName;
  readonly title: string;
  readonly events: number;
  readonly calendars: number;
  readonly hasTasks: boolean;
  readonly day: string;
  readonly today: string;
  /** The day after the last one that is shown. */
  readonly end: string;
  readonly isPicked: boolean;
  readonly firstDay: number;
  readonly timeZone: string;
  readonly paths: Readonly<Record<'previous' | 'today' | 'next' | ViewName, string>>;
  readonly filters: readonly {
    readonly id: string;
    readonly name: string;
    readonly color: string;
    readonly isShown: boolean;
  }[];
  /** Calendars that are hidden in the other views. */
  readonly hiddenElsewhere: readonly string[];
  readonly days: readonly Day[];
  readonly tasks: readonly TaskLine[];
  readonly isCut: boolean;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: CalendarData;
}

const CHIPS = 3;

function ChipLink({ ctx, chip }: { readonly ctx: PageContext; readonly chip: Chip }): JSX.Element {
  const { t } = ctx.words;
  const classes = ['chip', `c-${chip.color}`, chip.isCancelled ? 'struck' : '', chip.goesOn ? 'goes-on' : ''];
  return (
    <a class={classes.filter((one) => one !== '').join(' ')} href={ctx.base + chip.href} title={chip.title}>
      {chip.time === null ? null : <span class="chip-time">{chip.time} </span>}
      {chip.isContinued ? <span class="unseen">{`${t('calendar.continues')}: `}</span> : null}
      {chip.isContinued ? <span aria-hidden="true">… </span> : null}
      {chip.title}
      <span class="unseen">{`, ${chip.calendar}`}</span>
      {chip.isCancelled ? <span class="unseen">{`, ${t('event.cancelled')}`}</span> : null}
    </a>
  );
}

function DayCell({ ctx, day }: { readonly ctx: PageContext; readonly day: Day }): JSX.Element {
  const more = day.total - Math.min(CHIPS, day.chips.length);
  const classes = `${day.isOutside ? 'outside' : ''} ${day.isChosen ? 'chosen' : ''}`.trim();
  return (
    <td class={classes === '' ? undefined : classes}>
      <a
        class="day-number"
        href={ctx.base + day.href}
        aria-label={day.total === 0 ? day.label : `${day.label}, ${ctx.words.n('count.events', day.total)}`}
        aria-current={day.isToday ? 'date' : undefined}
        data-day={day.key}
      >
        {day.number}
      </a>
      <span class="dots" aria-hidden="true">
        {day.dots.map((color) => (
          <span key={color} class={`dot c-${color}`} />
        ))}
      </span>
      {day.chips.length === 0 ? null : (
        <ul class="chips">
          {day.chips.slice(0, CHIPS).map((chip) => (
            <li key={chip.key}>
              <ChipLink ctx={ctx} chip={chip} />
            </li>
          ))}
        </ul>
      )}
      {more <= 0 ? null : (
        <a class="more" href={ctx.base + day.href}>
          {ctx.words.n('calendar.more', more)}
          <span class="unseen">{`, ${day.label}`}</span>
        </a>
      )}
    </td>
  );
}

function weeksOf(days: readonly Day[]): readonly (readonly Day[])[] {
  const weeks: Day[][] = [];
  for (let at = 0; at < days.length; at += 7) weeks.push(days.slice(at, at + 7));
  return weeks;
}

function Weekdays({ ctx, days }: { readonly ctx: PageContext; readonly days: readonly Day[] }): JSX.Element {
  const name = (key: string, weekday: 'long' | 'short') =>
    ctx.words.when(Date.parse(`${key}T00:00:00Z`) / 1000, 'UTC', { weekday });
  return (
    <thead>
      <tr>
        {days.slice(0, 7).map((day) => (
          <th key={day.key} scope="col">
            <abbr title={name(day.key, 'long')}>{name(day.key, 'short')}</abbr>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Month({ ctx, data }: Props): JSX.Element {
  return (
    <table class="month">
      <caption class="unseen">{data.title}</caption>
      <Weekdays ctx={ctx} days={data.days} />
      <tbody>
        {weeksOf(data.days).map((week) => (
          <tr key={week[0]?.key}>
            {week.map((day) => (
              <DayCell key={day.key} ctx={ctx} day={day} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The events of one day as lines. */
export function DayList({ ctx, day }: { readonly ctx: PageContext; readonly day: Day }): JSX.Element {
  const { t } = ctx.words;
  if (day.chips.length === 0) return <p class="muted">{t('calendar.day.none')}</p>;
  return (
    <ul class="entries">
      {day.chips.map((chip) => (
        <li key={chip.key} data-href={ctx.base + chip.href}>
          <span class="entry-time muted">{lineTime(ctx, chip)}</span>
          <span class={`bar c-${chip.color}`} aria-hidden="true" />
          <span class="entry-what">
            <a class={chip.isCancelled ? 'struck' : undefined} href={ctx.base + chip.href}>
              {chip.title}
            </a>
            <span class="muted small">
              {[chip.isContinued ? t('calendar.continues') : '', chip.location, chip.calendar]
                .filter((part) => part !== '')
                .join(' · ')}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function lineTime(ctx: PageContext, chip: Chip): string {
  const { t } = ctx.words;
  if (chip.time !== null && chip.until !== null)
    return t('calendar.times', { from: chip.time, to: chip.until });
  if (chip.until !== null) return t('calendar.until', { time: chip.until });
  return chip.time ?? t('calendar.all-day');
}

function DaySheet({ ctx, day, id }: { ctx: PageContext; day: Day; id: string }): JSX.Element {
  return (
    <section class="day-sheet" aria-labelledby={id}>
      <h2 id={id} class={day.isToday ? 'is-today' : undefined}>
        <time datetime={day.key}>{day.label}</time>
        {day.isToday ? <Tag kind="ok">{ctx.words.t('calendar.today')}</Tag> : null}
      </h2>
      <DayList ctx={ctx} day={day} />
    </section>
  );
}

function Agenda({ ctx, data }: Props): JSX.Element {
  const days = data.days.filter((day) => day.total > 0);
  if (days.length === 0) return <Empty text={ctx.words.t('calendar.agenda.none')} />;
  return (
    <div class="sheet agenda">
      {days.map((day) => (
        <DaySheet key={day.key} ctx={ctx} day={day} id={`d-${day.key}`} />
      ))}
    </div>
  );
}

function Week({ ctx, data }: Props): JSX.Element {
  return (
    <div class="week">
      {data.days.map((day) => (
        <section
          key={day.key}
          class={day.isToday ? 'week-day today' : 'week-day'}
          aria-labelledby={`d-${day.key}`}
        >
          <h2 id={`d-${day.key}`}>
            <a
              href={ctx.base + day.href}
              title={day.label}
              aria-current={day.isToday ? 'date' : undefined}
              data-day={day.key}
            >
              {day.short}
            </a>
          </h2>
          <ul class="chips">
            {day.chips.map((chip) => (
              <li key={chip.key}>
                <ChipLink ctx={ctx} chip={chip} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function TaskRow({ ctx, task }: { readonly ctx: PageContext; readonly task: TaskLine }): JSX.Element {
  const { t } = ctx.words;
  return (
    <li data-href={ctx.base + task.path}>
      <PostForm
        ctx={ctx}
        action={`${task.path}/complete`}
        hidden={{ etag: task.etag, done: task.isDone ? 'no' : 'yes' }}
      >
        <button
          class="tick"
          type="submit"
          aria-pressed={task.isDone}
          aria-label={t(task.isDone ? 'task.reopen' : 'task.complete', { title: task.title })}
        >
          {task.isDone ? <Icon ctx={ctx} name="check" /> : null}
        </button>
      </PostForm>
      <span class={`bar c-${task.color}`} aria-hidden="true" />
      <span class="entry-what">
        <a class={task.isDone ? 'struck' : undefined} href={ctx.base + task.path}>
          {task.title}
        </a>
        <span class="muted small">
          {[task.due === null ? '' : t('task.due', { date: task.due }), task.list]
            .filter((part) => part !== '')
            .join(' · ')}
        </span>
      </span>
      {task.isLate ? <Tag kind="warn">{t('task.late')}</Tag> : null}
      {task.priority === 'high' ? <Tag kind="info">{t('task.priority.high')}</Tag> : null}
    </li>
  );
}

function Tasks({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (!data.hasTasks)
    return (
      <Empty text={t('task.no-lists')}>
        <ButtonLink ctx={ctx} href="/calendars/new?kind=tasks" kind="primary">
          {t('calendar.new-list')}
        </ButtonLink>
      </Empty>
    );
  if (data.tasks.length === 0)
    return (
      <Empty text={t('task.none')}>
        <ButtonLink ctx={ctx} href="/calendar/new?kind=task">
          {t('task.new')}
        </ButtonLink>
      </Empty>
    );
  return (
    <div class="sheet">
      <ul class="entries tasks">
        {data.tasks.map((task) => (
          <TaskRow key={task.key} ctx={ctx} task={task} />
        ))}
      </ul>
    </div>
  );
}

function Filters({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <form method="get" action={`${ctx.base}/calendar`} class="filters" data-submit>
      <input type="hidden" name="view" value={data.view} />
      <input type="hidden" name="date" value={data.day} />
      <input type="hidden" name="filter" value="1" />
      <input type="hidden" name="hide" value={data.hiddenElsewhere.join(',')} />
      <fieldset>
        <legend class="unseen">{t('calendar.filter')}</legend>
        {data.filters.map((filter) => (
          <span key={filter.id} class={`filter c-${filter.color}`}>
            <input
              type="checkbox"
              id={`show-${filter.id}`}
              name="show"
              value={filter.id}
              checked={filter.isShown}
              data-submit
            />
            <label for={`show-${filter.id}`}>
              <span class="dot" aria-hidden="true" />
              {filter.name}
            </label>
            <a class="quiet-link" href={`${ctx.base}/calendars/${filter.id}`}>
              <Icon ctx={ctx} name="settings" />
              <span class="unseen">{t('calendar.settings.of', { name: filter.name })}</span>
            </a>
          </span>
        ))}
      </fieldset>
      <noscript>
        <Button ctx={ctx}>{t('calendar.filter.show')}</Button>
      </noscript>
    </form>
  );
}

function Steps({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const step = (name: 'previous' | 'next', key: string, icon: string) => (
    <a
      class="button icon-only"
      href={ctx.base + data.paths[name]}
      data-key={key}
      aria-label={t(`calendar.${name}`)}
      id={`calendar-${name}`}
    >
      <Icon ctx={ctx} name={icon} />
    </a>
  );
  return (
    <>
      {data.view === 'tasks' ? null : (
        <>
          {step('previous', 'PageUp', 'chevron-left')}
          <ButtonLink ctx={ctx} href={data.paths.today} shortcut="t">
            {t('calendar.today')}
          </ButtonLink>
          {step('next', 'PageDown', 'chevron-right')}
        </>
      )}
      <ButtonLink
        ctx={ctx}
        href={data.view === 'tasks' ? '/calendar/new?kind=task' : `/calendar/new?date=${data.day}`}
        kind="primary"
        icon="plus"
        shortcut="n"
      >
        {t(data.view === 'tasks' ? 'task.new' : 'event.new')}
      </ButtonLink>
    </>
  );
}

function View({ ctx, data }: Props): JSX.Element {
  if (data.view === 'tasks') return <Tasks ctx={ctx} data={data} />;
  if (data.view === 'agenda') return <Agenda ctx={ctx} data={data} />;
  const chosen = data.days.find((day) => day.isChosen);
  return (
    <>
      <div
        id="calendar-grid"
        class="grid"
        data-view={data.view}
        data-date={data.day}
        data-base={ctx.base}
        data-today={data.today}
        data-from={data.days[0]?.key}
        data-to={data.end}
        data-first={data.firstDay}
        data-zone={data.timeZone}
        data-hidden={data.filters
          .filter((filter) => !filter.isShown)
          .map((filter) => filter.id)
          .join(',')}
        data-sheet={ctx.asset('calendar-grid.css')}
        data-more={ctx.words.t('calendar.more#other')}
        data-untitled={ctx.words.t('calendar.untitled')}
        data-all-day={ctx.words.t('calendar.all-day')}
      >
        {data.view === 'week' ? <Week ctx={ctx} data={data} /> : <Month ctx={ctx} data={data} />}
      </div>
      {data.view === 'week' || chosen === undefined ? null : (
        <div id="day" class={data.isPicked ? 'sheet day-list picked' : 'sheet day-list'}>
          <DaySheet ctx={ctx} day={chosen} id="day-title" />
        </div>
      )}
    </>
  );
}

/** The calendar: month, week, agenda and tasks. */
export function CalendarPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const lead = t('calendar.lead', {
    events: n('count.events', data.events),
    calendars: n('count.calendars', data.filters.filter((filter) => filter.isShown).length),
  });
  const tab = (view: ViewName, key: string) => ({
    href: data.paths[view],
    label: t(`calendar.view.${view}`),
    isCurrent: data.view === view,
    shortcut: key,
  });
  return (
    <Shell
      ctx={ctx}
      title={data.title}
      nav="calendar"
      lead={data.view === 'tasks' ? undefined : lead}
      actions={<Steps ctx={ctx} data={data} />}
      scripts={data.view === 'month' || data.view === 'week' ? ['calendar-grid.js'] : []}
    >
      <div class="calendar-bar">
        <Tabs
          ctx={ctx}
          label={t('calendar.views')}
          tabs={[tab('month', 'm'), tab('week', 'w'), tab('agenda', 'l'), tab('tasks', 'a')]}
        />
        <Filters ctx={ctx} data={data} />
        <a class="new-calendar" href={`${ctx.base}/calendars/new`}>
          <Icon ctx={ctx} name="plus" />
          {t('calendar.new')}
        </a>
      </div>
      {data.isCut ? <Notice ctx={ctx} kind="note" fact={t('calendar.cut')} /> : null}
      {data.calendars === 0 ? (
        <Empty text={t('calendar.none')}>
          <ButtonLink ctx={ctx} href="/calendars/new">
            {t('calendar.new')}
          </ButtonLink>
        </Empty>
      ) : (
        <View ctx={ctx} data={data} />
      )}
      {data.calendars > 0 && data.events === 0 && data.view === 'month' ? (
        <p class="muted">{t('calendar.no-events')}</p>
      ) : null}
    </Shell>
  );
}
