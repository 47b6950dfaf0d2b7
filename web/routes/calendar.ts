import { listCalendars } from '../../models/events/calendars.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { calendarData } from '../calendar/view.ts';
import { CalendarPage } from '../pages/calendar.tsx';
import { contextOf, html } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import {
  changePage,
  completeItem,
  createPage,
  downloadItem,
  itemPage,
  moveItemAway,
  newPage,
  removeItemStep,
  saveChange,
  undo,
} from './calendar-items.ts';
import {
  bringBackCalendar,
  exportFile,
  makeCalendar,
  newCalendarPage,
  removeCalendar,
  saveCalendar,
  settingsPage,
} from './calendar-settings.ts';

async function calendar(page: PageRequest): Promise<WireResponse> {
  const calendars = await listCalendars(page.site.app, actorOf(page));
  const data = await calendarData(page, calendars);
  return html(page, 200, CalendarPage({ ctx: contextOf(page), data }));
}

const ITEM = '/calendar/event/:collection/:name';
const CALENDAR = '/calendars/:collection';

/** Pages of the calendar, of events and tasks, and of the settings of calendars. */
export const CALENDAR_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/calendar', who: 'signed-in', does: ['listEvents', 'listTasks'], run: calendar },
  { method: 'GET', path: '/calendar/new', who: 'signed-in', run: newPage },
  {
    method: 'POST',
    path: '/calendar/new',
    who: 'signed-in',
    does: ['createEvent', 'createTask'],
    run: createPage,
  },
  { method: 'POST', path: '/calendar/undo', who: 'signed-in', does: ['undoCalendarChange'], run: undo },
  { method: 'GET', path: ITEM, who: 'signed-in', does: ['getCalendarItem'], run: itemPage },
  { method: 'GET', path: `${ITEM}/edit`, who: 'signed-in', run: changePage },
  { method: 'POST', path: `${ITEM}/edit`, who: 'signed-in', does: ['changeCalendarItem'], run: saveChange },
  {
    method: 'POST',
    path: `${ITEM}/complete`,
    who: 'signed-in',
    does: ['changeCalendarItem'],
    run: completeItem,
  },
  { method: 'POST', path: `${ITEM}/move`, who: 'signed-in', does: ['moveCalendarItem'], run: moveItemAway },
  {
    method: 'POST',
    path: `${ITEM}/delete`,
    who: 'signed-in',
    does: ['deleteCalendarItem'],
    run: removeItemStep,
  },
  {
    method: 'GET',
    path: `${ITEM}/download`,
    who: 'signed-in',
    does: ['downloadCalendarItem'],
    run: downloadItem,
  },
  { method: 'GET', path: '/calendars/new', who: 'signed-in', run: newCalendarPage },
  { method: 'POST', path: '/calendars/new', who: 'signed-in', does: ['createCalendar'], run: makeCalendar },
  { method: 'GET', path: CALENDAR, who: 'signed-in', does: ['getCalendar'], run: settingsPage },
  { method: 'POST', path: CALENDAR, who: 'signed-in', does: ['patchCalendar'], run: saveCalendar },
  { method: 'GET', path: `${CALENDAR}/export`, who: 'signed-in', does: ['exportCalendar'], run: exportFile },
  {
    method: 'POST',
    path: `${CALENDAR}/delete`,
    who: 'signed-in',
    does: ['deleteCalendar'],
    run: removeCalendar,
  },
  {
    method: 'POST',
    path: `${CALENDAR}/bring-back`,
    who: 'signed-in',
    does: ['bringBackCalendar'],
    run: bringBackCalendar,
  },
];
