import { first, rawValue } from '../ical/component.ts';
import { readItem } from '../ical/edit/fields.ts';
import { openSeries } from '../ical/edit/series.ts';
import { type TimeValue, utcOf } from '../ical/edit/times.ts';
import { unescapeText } from '../ical/values.ts';
import type { CollectionId, ETag, UserActor } from '../types.ts';
import { holdsTasks, listCalendars } from './calendars.ts';
import { type Uses, zoneNamed } from './period.ts';
import { taskBodies } from './store.ts';

/** Task lists as pages show them. */

const MAX_TASKS = 2000;

/** A task in a list. */
export interface TaskEntry {
  readonly calendar: CollectionId;
  readonly name: string;
  readonly etag: ETag;
  readonly title: string;
  readonly isDone: boolean;
  /** Wall seconds in the zone of the viewer, a date where `isDueDate`; null without. */
  readonly dueLocal: number | null;
  readonly isDueDate: boolean;
  /** 0 none, 1 highest. */
  readonly priority: number;
  readonly percent: number;
  readonly isRecurring: boolean;
}

/** Lists the tasks of all the person's lists: open ones by when they are due, then done ones, the last done first. */
export async function listTasks(
  app: Uses,
  actor: UserActor,
  { timeZone, hidden }: { readonly timeZone: string; readonly hidden?: ReadonlySet<CollectionId> },
): Promise<{ readonly tasks: readonly TaskEntry[]; readonly isCut: boolean }> {
  const zone = zoneNamed(timeZone);
  const tasks: TaskEntry[] = [];
  let isCut = false;
  for (const calendar of await listCalendars(app, actor)) {
    if (!holdsTasks(calendar) || hidden?.has(calendar.id) === true) continue;
    const bodies = await taskBodies(app.db, calendar.id, MAX_TASKS);
    if (bodies.length === MAX_TASKS) isCut = true;
    for (const body of bodies) {
      try {
        const open = openSeries({ runner: app.rules }, body.body);
        const component = open.series.master ?? open.series.overrides[0]?.component;
        if (component === undefined) continue;
        const fields = readItem(component, open.reading);
        const local = (time: TimeValue): number =>
          time.isDate || (!time.isUtc && time.tzid === null)
            ? time.local
            : zone.toLocal(utcOf(time, open.reading));
        tasks.push({
          calendar: calendar.id,
          name: body.name,
          etag: body.etag,
          title: unescapeText(rawValue(component, 'SUMMARY') ?? '').trim(),
          isDone: fields.isDone,
          dueLocal: fields.due === null ? null : local(fields.due),
          isDueDate: fields.due?.isDate === true,
          priority: fields.priority,
          percent: fields.percent,
          isRecurring: first(component, 'RRULE') !== undefined,
        });
      } catch (error) {
        app.log.warn('calendar.object-failed', { object: body.id, error: String(error) });
      }
    }
  }
  tasks.sort(byUrgency);
  return { tasks, isCut };
}

function byUrgency(a: TaskEntry, b: TaskEntry): number {
  if (a.isDone !== b.isDone) return a.isDone ? 1 : -1;
  const due = (task: TaskEntry) => task.dueLocal ?? Number.MAX_SAFE_INTEGER;
  const rank = (task: TaskEntry) => (task.priority === 0 ? 10 : task.priority);
  return due(a) - due(b) || rank(a) - rank(b) || (a.title < b.title ? -1 : a.title > b.title ? 1 : 0);
}
