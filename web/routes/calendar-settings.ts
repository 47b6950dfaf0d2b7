import { Precondition, Refusal } from '../../models/errors.ts';
import {
  BRING_BACK_CALENDAR,
  CREATE_CALENDAR,
  DELETE_CALENDAR,
  EXPORT_CALENDAR,
  GET_CALENDAR,
  PATCH_CALENDAR,
} from '../../protocols/api/routes/calendar.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { COLOR_NAMES, COLOR_VALUES, nearestColor } from '../colors.ts';
import { type CalendarSettingsData, CalendarSettingsPage } from '../pages/calendar-settings.tsx';
import { callOf, contextOf, html, perform, redirect } from '../render.ts';
import type { PageRequest } from '../site.ts';

/** Pages for the settings of one calendar or task list. */

type Kind = CalendarSettingsData['kind'];

function idOf(page: PageRequest): number {
  const id = Number(page.params['collection'] ?? '');
  if (!Number.isSafeInteger(id)) throw new Refusal(404, 'There is no such calendar.');
  return id;
}

const kindOf = (text: string | null): Kind => (text === 'tasks' || text === 'both' ? text : 'events');

/** `#RRGGBB` of a choice; undefined leaves the colour that a client set. */
function colorOf(choice: string | null): string | undefined {
  const name = COLOR_NAMES.find((one) => one === choice);
  return name === undefined ? undefined : COLOR_VALUES[name];
}

function shown(page: PageRequest, data: Partial<CalendarSettingsData>): CalendarSettingsData {
  return {
    id: null,
    name: '',
    color: null,
    nearest: nearestColor(data.color ?? null),
    kind: 'events',
    items: 0,
    isDefault: false,
    address: '',
    wrong: undefined,
    refused: null,
    trashDays: page.site.app.limits.trashDays,
    ...data,
  };
}

function show(page: PageRequest, status: number, data: Partial<CalendarSettingsData>): WireResponse {
  return html(page, status, CalendarSettingsPage({ ctx: contextOf(page), data: shown(page, data) }));
}

async function settings(page: PageRequest): Promise<Partial<CalendarSettingsData>> {
  const calendar = await perform(page, GET_CALENDAR, { id: idOf(page) });
  const { holdsEvents, holdsTasks } = calendar;
  return {
    id: String(calendar.id),
    name: calendar.name,
    color: calendar.color,
    kind: holdsEvents && holdsTasks ? 'both' : holdsTasks ? 'tasks' : 'events',
    items: calendar.items,
    isDefault: calendar.isDefault,
    address: calendar.address,
  };
}

/** `GET /calendars/:collection`. */
export async function settingsPage(page: PageRequest): Promise<WireResponse> {
  return show(page, 200, await settings(page));
}

function nameOf(page: PageRequest): { readonly name: string; readonly wrong: string | undefined } {
  const name = (page.form.get('name') ?? '').trim();
  const { t } = page.words;
  if (name === '') return { name, wrong: t('field.needed') };
  return { name, wrong: name.length > 200 ? t('name.long') : undefined };
}

/** `POST /calendars/:collection`: name and colour. */
export async function saveCalendar(page: PageRequest): Promise<WireResponse> {
  const { name, wrong } = nameOf(page);
  if (wrong !== undefined) return show(page, 400, { ...(await settings(page)), name, wrong });
  const color = colorOf(page.form.get('color'));
  await perform(page, PATCH_CALENDAR, { id: idOf(page), name, ...(color === undefined ? {} : { color }) });
  return redirect(page, '/calendar', { text: page.words.t('calendar.saved', { name }) });
}

/** `GET /calendars/new`. */
export async function newCalendarPage(page: PageRequest): Promise<WireResponse> {
  return show(page, 200, { kind: kindOf(page.request.query.get('kind')) });
}

/** `POST /calendars/new`. */
export async function makeCalendar(page: PageRequest): Promise<WireResponse> {
  const { name, wrong } = nameOf(page);
  const kind = kindOf(page.form.get('kind'));
  const color = colorOf(page.form.get('color'));
  if (wrong !== undefined) return show(page, 400, { name, kind, color: color ?? null, wrong });
  try {
    await perform(page, CREATE_CALENDAR, { name, kind, ...(color === undefined ? {} : { color }) });
  } catch (error) {
    if (!(error instanceof Precondition)) throw error;
    return show(page, 409, { name, kind, color: color ?? null, refused: error.message });
  }
  const path = kind === 'tasks' ? '/calendar?view=tasks' : '/calendar';
  return redirect(page, path, { text: page.words.t('calendar.made', { name }) });
}

/** `POST …/delete`: into the trash, with the way back. */
export async function removeCalendar(page: PageRequest): Promise<WireResponse> {
  const id = idOf(page);
  const { name } = await perform(page, GET_CALENDAR, { id });
  try {
    await perform(page, DELETE_CALENDAR, { id });
  } catch (error) {
    if (!(error instanceof Precondition)) throw error;
    return show(page, 409, { ...(await settings(page)), refused: error.message });
  }
  return redirect(page, '/calendar', {
    text: page.words.t('calendar.removed', { name }),
    undo: { action: `/calendars/${id}/bring-back`, fields: {} },
  });
}

/** `POST …/bring-back`: out of the trash. */
export async function bringBackCalendar(page: PageRequest): Promise<WireResponse> {
  const { name } = await perform(page, BRING_BACK_CALENDAR, { id: idOf(page) });
  return redirect(page, '/calendar', { text: page.words.t('calendar.back', { name }) });
}

/** `GET …/export`: one iCalendar file. */
export async function exportFile(page: PageRequest): Promise<WireResponse> {
  const { raw } = EXPORT_CALENDAR;
  if (raw === undefined) throw new Refusal(404, 'There is nothing to export.');
  return raw.answer(callOf(page), { id: idOf(page) }, page.request);
}
