import Type from 'typebox';
import {
  deleteCollection,
  findHome,
  makeCollection,
  patchCollection,
  restoreOwnCollection,
} from '../../../models/collections/service.ts';
import { Refusal } from '../../../models/errors.ts';
import { countCalendars, findCalendar } from '../../../models/events/calendars.ts';
import { changeItemAt, createItem, moveItem, removeItemAt } from '../../../models/events/change.ts';
import { exportCalendar } from '../../../models/events/export.ts';
import { getItem, openItem } from '../../../models/events/item.ts';
import { describeSlots, listSlots } from '../../../models/events/period.ts';
import { listTasks } from '../../../models/events/tasks.ts';
import { undoChange } from '../../../models/events/undo.ts';
import { localSeconds, parseDate } from '../../../models/ical/values.ts';
import { isTimeZone } from '../../../models/principals/preferences.ts';
import type { ApiCall, Operation } from '../operation.ts';
import { operation } from '../operation.ts';
import {
  CALENDAR,
  ENTRY,
  EVENT_TIMES,
  ITEM,
  ITEM_FIELDS,
  ITEM_PATH,
  SCOPE,
  TASK,
  TASK_FIELDS,
  WRITTEN,
} from './calendar-schemas.ts';
import {
  calendarId,
  calendarShape,
  entryShape,
  itemShape,
  scopeOf,
  taskShape,
  writtenShape,
} from './calendar-shapes.ts';

const TAG = 'calendars';
const ID = Type.Object({ id: Type.Integer() });
const COLOR = Type.Union([Type.String({ pattern: '^#[0-9A-Fa-f]{6}$' }), Type.Null()]);
const NAME = Type.String({ minLength: 1, maxLength: 200 });
const COMPONENTS = { events: ['VEVENT'], tasks: ['VTODO'], both: ['VEVENT', 'VTODO'] } as const;
const MAX_DAYS = 400;
const DAY_SECONDS = 86_400;

async function shaped(call: ApiCall, id: number) {
  const counted = await countCalendars(call.app, call.actor);
  const found = counted.find(({ calendar }) => calendar.id === id);
  if (found === undefined) throw new Refusal(404, 'There is no such calendar.');
  return calendarShape(found.calendar, found.items, call);
}

export const LIST_CALENDARS = operation({
  id: 'listCalendars',
  method: 'GET',
  path: '/calendars',
  who: 'signed-in',
  tag: TAG,
  summary: 'List your calendars and task lists.',
  input: Type.Object({}),
  output: Type.Object({ items: Type.Array(CALENDAR), next: Type.Null() }),
  run: async (call) => ({
    items: (await countCalendars(call.app, call.actor)).map(({ calendar, items }) =>
      calendarShape(calendar, items, call),
    ),
    next: null,
  }),
});

export const GET_CALENDAR = operation({
  id: 'getCalendar',
  method: 'GET',
  path: '/calendars/{id}',
  who: 'signed-in',
  tag: TAG,
  summary: 'Show one of your calendars.',
  input: ID,
  output: CALENDAR,
  run: (call, { id }) => shaped(call, id),
});

export const CREATE_CALENDAR = operation({
  id: 'createCalendar',
  method: 'POST',
  path: '/calendars',
  who: 'signed-in',
  tag: TAG,
  summary: 'Make a calendar or a task list.',
  input: Type.Object({
    name: NAME,
    color: Type.Optional(COLOR),
    kind: Type.Optional(Type.Union([Type.Literal('events'), Type.Literal('tasks'), Type.Literal('both')])),
  }),
  output: CALENDAR,
  status: 201,
  run: async (call, { name, color, kind = 'events' }) => {
    const home = await findHome(call.app.db, call.actor.principal, 'calendar');
    if (home === null) throw new Refusal(409, 'This account has no place for calendars.');
    const made = await makeCollection(call.app, call.actor, home, {
      name: call.app.random.uuid(),
      kind: 'calendar',
      components: COMPONENTS[kind],
      displayName: name,
      ...(color === undefined ? {} : { color }),
    });
    return shaped(call, made.id);
  },
});

export const PATCH_CALENDAR = operation({
  id: 'patchCalendar',
  method: 'PATCH',
  path: '/calendars/{id}',
  who: 'signed-in',
  tag: TAG,
  summary: 'Rename a calendar or give it another colour.',
  input: Type.Object({ id: Type.Integer(), name: Type.Optional(NAME), color: Type.Optional(COLOR) }),
  output: CALENDAR,
  run: async (call, { id, name, color }) => {
    const calendar = await findCalendar(call.app, call.actor, calendarId(id));
    await patchCollection(call.app, call.actor, calendar, {
      ...(name === undefined ? {} : { displayName: name }),
      ...(color === undefined ? {} : { color }),
    });
    return shaped(call, id);
  },
});

export const DELETE_CALENDAR = operation({
  id: 'deleteCalendar',
  method: 'DELETE',
  path: '/calendars/{id}',
  who: 'signed-in',
  tag: TAG,
  summary: 'Put a calendar with everything in it into the trash.',
  input: ID,
  output: null,
  run: async (call, { id }) => {
    await deleteCollection(call.app, call.actor, await findCalendar(call.app, call.actor, calendarId(id)));
  },
});

export const BRING_BACK_CALENDAR = operation({
  id: 'bringBackCalendar',
  method: 'POST',
  path: '/calendars/{id}/bring-back',
  who: 'signed-in',
  tag: TAG,
  summary: 'Take a calendar out of the trash.',
  input: ID,
  output: CALENDAR,
  run: async (call, { id }) => {
    const restored = await restoreOwnCollection(call.app, call.actor, calendarId(id), 'calendar');
    return shaped(call, restored.id);
  },
});

export const EXPORT_CALENDAR = operation({
  id: 'exportCalendar',
  method: 'GET',
  path: '/calendars/{id}/export',
  who: 'signed-in',
  tag: TAG,
  summary: 'Download a calendar as one iCalendar file.',
  input: ID,
  output: null,
  run: async (call, { id }) => {
    await findCalendar(call.app, call.actor, calendarId(id));
  },
  raw: {
    produces: 'text/calendar',
    async answer(call, { id }) {
      const calendar = await findCalendar(call.app, call.actor, calendarId(id));
      return {
        status: 200,
        headers: fileHeaders(calendar.displayName),
        body: exportCalendar(call.app, call.actor, calendar),
      };
    },
  },
});

function fileHeaders(title: string): Record<string, string> {
  const plain = title.replace(/[^A-Za-z0-9 _-]/g, '').trim() || 'calendar';
  const exact = encodeURIComponent(title.replace(/[\x00-\x1f\x7f/\\]|\p{Surrogate}/gu, '') || 'calendar');
  return {
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': `attachment; filename="${plain}.ics"; filename*=UTF-8''${exact}.ics`,
    'Cache-Control': 'no-store',
  };
}

/** Throws `Refusal` 400 for a zone there is not. */
function requireZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw new Refusal(400, `"${timeZone}" is not a time zone. Write it like Europe/Berlin.`);
}

/** Wall seconds of a day. Throws `Refusal` 400. */
function dayOf(text: string): number {
  const day = parseDate(text.replaceAll('-', ''));
  if (day === null) throw new Refusal(400, `"${text.slice(0, 20)}" is no date; expected 2026-11-24.`);
  return localSeconds(day);
}

export const LIST_EVENTS = operation({
  id: 'listEvents',
  method: 'GET',
  path: '/events',
  who: 'signed-in',
  tag: TAG,
  summary:
    'List what happens in your calendars from one day up to another, every date of a series on its own.',
  input: Type.Object({
    from: Type.String({ description: 'First day, 2026-11-01.', maxLength: 10 }),
    to: Type.String({ description: 'The day after the last one; at most 400 days later.', maxLength: 10 }),
    timeZone: Type.Optional(
      Type.String({ description: 'Zone in which days begin; UTC unless given.', maxLength: 64 }),
    ),
    hide: Type.Optional(Type.Array(Type.Integer(), { maxItems: 500 })),
    cursor: Type.Optional(Type.String({ maxLength: 40 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(ENTRY), next: Type.Union([Type.String(), Type.Null()]) }),
  run: async (call, { from, to, timeZone = 'UTC', hide = [], cursor, limit = 100 }) => {
    requireZone(timeZone);
    const [fromLocal, toLocal] = [dayOf(from), dayOf(to)];
    if (toLocal <= fromLocal || toLocal - fromLocal > MAX_DAYS * DAY_SECONDS)
      throw new Refusal(400, `Ask for 1 to ${MAX_DAYS} days at a time.`);
    const hidden = new Set(hide.map(calendarId));
    const found = await listSlots(call.app, call.actor, { fromLocal, toLocal, timeZone, hidden });
    const key = (slot: (typeof found.slots)[number]) => `${slot.startLocal}.${slot.object}.${slot.keyUtc}`;
    const at = cursor === undefined ? 0 : found.slots.findIndex((slot) => key(slot) === cursor) + 1;
    if (cursor !== undefined && at === 0)
      throw new Refusal(400, 'The cursor is of another list, or the list has changed. Begin again.');
    const page = found.slots.slice(at, at + limit);
    const last = page.at(-1);
    const entries = await describeSlots(call.app, found, page);
    const hasMore = at + limit < found.slots.length;
    return { items: entries.map(entryShape), next: hasMore && last !== undefined ? key(last) : null };
  },
});

export const GET_ITEM = operation({
  id: 'getCalendarItem',
  method: 'GET',
  path: '/calendars/{id}/items/{name}',
  who: 'signed-in',
  tag: TAG,
  summary: 'Show an event or task; `at` names one date of a series.',
  input: Type.Object({ ...ITEM_PATH, at: Type.Optional(Type.String({ maxLength: 20 })) }),
  output: ITEM,
  run: async (call, { id, name, at = null }) =>
    itemShape(
      await getItem(call.app, call.actor, { collection: calendarId(id), name }, { at, timeZone: 'UTC' }),
    ),
});

export const DOWNLOAD_ITEM = operation({
  id: 'downloadCalendarItem',
  method: 'GET',
  path: '/calendars/{id}/items/{name}/file',
  who: 'signed-in',
  tag: TAG,
  summary: 'Download an event or task as it is stored.',
  input: Type.Object(ITEM_PATH),
  output: null,
  run: async (call, { id, name }) => {
    await openItem(call.app, call.actor, { collection: calendarId(id), name });
  },
  raw: {
    produces: 'text/calendar',
    async answer(call, { id, name }) {
      const { body, object } = await openItem(call.app, call.actor, { collection: calendarId(id), name });
      return { status: 200, headers: fileHeaders(object.name.replace(/\.ics$/i, '')), body };
    },
  },
});

export const CREATE_EVENT = operation({
  id: 'createEvent',
  method: 'POST',
  path: '/calendars/{id}/events',
  who: 'signed-in',
  tag: TAG,
  summary: 'Make an event.',
  input: Type.Object({ id: Type.Integer(), ...ITEM_FIELDS, ...EVENT_TIMES }),
  output: WRITTEN,
  status: 201,
  run: async (call, { id, ...fields }) =>
    writtenShape(await createItem(call.app, call.actor, calendarId(id), 'VEVENT', fields)),
});

export const CREATE_TASK = operation({
  id: 'createTask',
  method: 'POST',
  path: '/calendars/{id}/tasks',
  who: 'signed-in',
  tag: TAG,
  summary: 'Make a task.',
  input: Type.Object({
    id: Type.Integer(),
    ...ITEM_FIELDS,
    ...TASK_FIELDS,
    start: Type.Optional(Type.Union([EVENT_TIMES.start, Type.Null()])),
  }),
  output: WRITTEN,
  status: 201,
  run: async (call, { id, ...fields }) =>
    writtenShape(await createItem(call.app, call.actor, calendarId(id), 'VTODO', fields)),
});

export const CHANGE_ITEM = operation({
  id: 'changeCalendarItem',
  method: 'PATCH',
  path: '/calendars/{id}/items/{name}',
  who: 'signed-in',
  tag: TAG,
  summary:
    'Change an event or task: one date, this and later ones, or all. What is not named stays as it is.',
  input: Type.Object({
    ...ITEM_PATH,
    ...SCOPE,
    ...ITEM_FIELDS,
    ...EVENT_TIMES,
    ...TASK_FIELDS,
    start: Type.Optional(Type.Union([EVENT_TIMES.start, Type.Null()])),
  }),
  output: WRITTEN,
  run: async (call, { id, name, etag = null, scope, at, ...fields }) => {
    const place = { collection: calendarId(id), name, etag };
    const dates = scopeOf({ ...(scope === undefined ? {} : { scope }), ...(at === undefined ? {} : { at }) });
    return writtenShape(await changeItemAt(call.app, call.actor, { ...place, scope: dates }, fields));
  },
});

export const DELETE_ITEM = operation({
  id: 'deleteCalendarItem',
  method: 'DELETE',
  path: '/calendars/{id}/items/{name}',
  who: 'signed-in',
  tag: TAG,
  summary: 'Remove an event or task: one date, this and later ones, or all.',
  input: Type.Object({ ...ITEM_PATH, ...SCOPE }),
  output: Type.Object({ isGone: Type.Boolean({ description: 'False: other dates are left.' }) }),
  run: async (call, { id, name, etag = null, scope, at }) => {
    const place = { collection: calendarId(id), name, etag };
    const dates = scopeOf({ ...(scope === undefined ? {} : { scope }), ...(at === undefined ? {} : { at }) });
    return { isGone: await removeItemAt(call.app, call.actor, { ...place, scope: dates }) };
  },
});

export const MOVE_ITEM = operation({
  id: 'moveCalendarItem',
  method: 'POST',
  path: '/calendars/{id}/items/{name}/move',
  who: 'signed-in',
  tag: TAG,
  summary: 'Move an event or task with all its dates to another of your calendars.',
  input: Type.Object({ ...ITEM_PATH, etag: SCOPE.etag, to: Type.Integer() }),
  output: WRITTEN,
  run: async (call, { id, name, etag = null, to }) => {
    const place = { collection: calendarId(id), name, etag };
    return writtenShape(await moveItem(call.app, call.actor, place, calendarId(to)));
  },
});

export const UNDO_CHANGE = operation({
  id: 'undoCalendarChange',
  method: 'POST',
  path: '/calendars/undo',
  who: 'signed-in',
  tag: TAG,
  summary: 'Take back a change or removal: an earlier version comes back, and what the change added goes.',
  input: Type.Object({
    version: Type.Integer({ description: 'The version that was current before.' }),
    added: Type.Optional(
      Type.Object(
        { calendar: Type.Integer(), name: Type.String({ maxLength: 255 }) },
        {
          description: 'The second series that a split made.',
        },
      ),
    ),
  }),
  output: Type.Object({ calendar: Type.Integer(), name: Type.String(), etag: Type.String() }),
  run: async (call, { version, added }) => {
    const other = added === undefined ? null : { collection: calendarId(added.calendar), name: added.name };
    const { collection, name, etag } = await undoChange(call.app, call.actor, version, other);
    return { calendar: collection, name, etag };
  },
});

export const LIST_TASKS = operation({
  id: 'listTasks',
  method: 'GET',
  path: '/tasks',
  who: 'signed-in',
  tag: TAG,
  summary: 'List the tasks of all your lists, open ones first.',
  input: Type.Object({
    timeZone: Type.Optional(Type.String({ maxLength: 64 })),
    cursor: Type.Optional(Type.String({ maxLength: 300 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(TASK), next: Type.Union([Type.String(), Type.Null()]) }),
  run: async (call, { timeZone = 'UTC', cursor, limit = 100 }) => {
    requireZone(timeZone);
    const { tasks } = await listTasks(call.app, call.actor, { timeZone });
    const key = (task: (typeof tasks)[number]) => `${task.calendar}/${task.name}`;
    const at = cursor === undefined ? 0 : tasks.findIndex((task) => key(task) === cursor) + 1;
    const page = tasks.slice(at, at + limit);
    const last = page.at(-1);
    return {
      items: page.map(taskShape),
      next: at + limit < tasks.length && last !== undefined ? key(last) : null,
    };
  },
});

/** Operations of this part of the API. */
export const CALENDAR_OPERATIONS: readonly Operation[] = [
  LIST_CALENDARS,
  GET_CALENDAR,
  CREATE_CALENDAR,
  PATCH_CALENDAR,
  DELETE_CALENDAR,
  BRING_BACK_CALENDAR,
  EXPORT_CALENDAR,
  LIST_EVENTS,
  GET_ITEM,
  DOWNLOAD_ITEM,
  CREATE_EVENT,
  CREATE_TASK,
  CHANGE_ITEM,
  DELETE_ITEM,
  MOVE_ITEM,
  UNDO_CHANGE,
  LIST_TASKS,
];
