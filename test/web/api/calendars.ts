import { dig, list, pick } from '../../support/api.ts';
import type { Step, World } from './steps.ts';

const item = (world: World) => ({ id: world.get('family'), name: world.get('event') });

/** Calendars, events and tasks. */
export const CALENDAR_STEPS: readonly Step[] = [
  {
    id: 'listCalendars',
    after(world, { json }) {
      world.keep('family', dig(pick(list(json, 'items'), 'name', 'Family'), 'id'));
      const tasks = list(json, 'items').find((each) => dig(each, 'holdsTasks') === true);
      world.keep('tasks', dig(tasks, 'id'));
    },
  },
  { id: 'getCalendar', input: (world) => ({ id: world.get('family') }) },
  {
    id: 'createCalendar',
    input: () => ({ name: 'Garden', color: '#336699', kind: 'both' }),
    after: (world, { json }) => world.keep('garden', dig(json, 'id')),
  },
  { id: 'patchCalendar', input: (world) => ({ id: world.get('garden'), name: 'Garden and house' }) },
  {
    id: 'createEvent',
    input: (world) => ({
      id: world.get('family'),
      summary: 'Plant trees',
      location: 'Orchard',
      timeZone: 'Europe/Berlin',
      start: '2026-11-28T09:30',
      end: '2026-11-28T11:00',
      repeat: { every: 'week', interval: 2, count: 5 },
      reminder: 30,
    }),
    after(world, { json }) {
      world.keep('event', dig(json, 'name'));
      world.keep('event-etag', dig(json, 'etag'));
    },
  },
  {
    id: 'createTask',
    input: (world) => ({ id: world.get('tasks'), summary: 'Buy seeds', due: '2026-12-01', priority: 1 }),
  },
  { id: 'listTasks', input: () => ({ timeZone: 'Europe/Berlin', limit: 2 }) },
  {
    id: 'listEvents',
    input: () => ({ from: '2026-11-01', to: '2026-12-31', timeZone: 'Europe/Berlin', limit: 3 }),
    after(world, { json }) {
      if (dig(json, 'next') === null) throw new Error('a page of three should not be the last one');
      world.keep('events-next', dig(json, 'next'));
    },
  },
  {
    id: 'listEvents',
    input: (world) => ({
      from: '2026-11-01',
      to: '2026-12-31',
      timeZone: 'Europe/Berlin',
      cursor: world.get('events-next'),
    }),
    others: null,
  },
  { id: 'getCalendarItem', input: item },
  { id: 'downloadCalendarItem', input: item },
  {
    id: 'changeCalendarItem',
    input: (world) => ({ ...item(world), etag: world.get('event-etag'), summary: 'Plant apple trees' }),
    async after(world) {
      const versions = await world.call('listVersions', {
        collection: world.get('family'),
        name: world.get('event'),
      });
      world.keep('event-version', dig(versions, 'items', 0, 'id'));
    },
  },
  { id: 'undoCalendarChange', input: (world) => ({ version: world.get('event-version') }), others: 404 },
  {
    id: 'moveCalendarItem',
    input: (world) => ({ ...item(world), to: world.get('garden') }),
    after: (world, { json }) => world.keep('event', dig(json, 'name')),
  },
  {
    id: 'deleteCalendarItem',
    input: (world) => ({ id: world.get('garden'), name: world.get('event'), scope: 'all' }),
  },
  { id: 'exportCalendar', input: (world) => ({ id: world.get('family') }) },
  { id: 'deleteCalendar', input: (world) => ({ id: world.get('garden') }) },
  { id: 'bringBackCalendar', input: (world) => ({ id: world.get('garden') }) },
];
