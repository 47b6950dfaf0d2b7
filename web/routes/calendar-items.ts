import { Precondition, Refusal } from '../../models/errors.ts';
import { type Calendar, holdsEvents, holdsTasks, listCalendars } from '../../models/events/calendars.ts';
import { FieldRefusal } from '../../models/events/input.ts';
import { getItem, type Item } from '../../models/events/item.ts';
import { zoneNamed } from '../../models/events/period.ts';
import { versionOf } from '../../models/events/undo.ts';
import type { CollectionId } from '../../models/types.ts';
import {
  CHANGE_ITEM,
  CREATE_EVENT,
  CREATE_TASK,
  DELETE_ITEM,
  DOWNLOAD_ITEM,
  MOVE_ITEM,
  UNDO_CHANGE,
} from '../../protocols/api/routes/calendar.ts';
import { calendarId } from '../../protocols/api/routes/calendar-shapes.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { readDay, startOfDay } from '../calendar/days.ts';
import {
  changedGroups,
  type FormValues,
  GROUP_NAMES,
  GROUPS,
  inputOf,
  newValues,
  readValues,
  valuesOf,
  wrongOf,
} from '../calendar/form.ts';
import { formData, mergedClashes } from '../calendar/form-data.ts';
import { eventData } from '../calendar/item-data.ts';
import { EventPage } from '../pages/event.tsx';
import { type EventFormData, EventFormPage, type FormScope } from '../pages/event-form.tsx';
import { callOf, contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { Flash, PageRequest } from '../site.ts';

/** Pages of single events and tasks. */

interface Place {
  readonly collection: CollectionId;
  readonly name: string;
}

function placeOf(page: PageRequest): Place {
  const id = Number(page.params['collection'] ?? '');
  if (!Number.isSafeInteger(id)) throw new Refusal(404, 'There is no such calendar.');
  return { collection: calendarId(id), name: page.params['name'] ?? '' };
}

const pathOf = ({ collection, name }: Place): string =>
  `/calendar/event/${collection}/${encodeURIComponent(name)}`;

/** The path of what an operation has written. */
const writtenPath = (written: { readonly calendar: number; readonly name: string }): string =>
  `/calendar/event/${written.calendar}/${encodeURIComponent(written.name)}`;

function readItem(page: PageRequest, at: string | null): Promise<Item> {
  return getItem(page.site.app, actorOf(page), placeOf(page), { at, timeZone: page.timeZone });
}

const given = (text: string | null): string | null => (text === null || text === '' ? null : text);

const titleOf = (page: PageRequest, title: string): string =>
  title.trim() === '' ? page.words.t('calendar.untitled') : title.trim();

/** `GET /calendar/event/:collection/:name`: one event or task. */
export async function itemPage(page: PageRequest): Promise<WireResponse> {
  const item = await readItem(page, given(page.request.query.get('at')));
  const calendars = await listCalendars(page.site.app, actorOf(page));
  const data = await eventData(page, item, calendars);
  return html(page, 200, EventPage({ ctx: contextOf(page), data }));
}

function scopeOf(text: string | null, item: Item): FormScope | null {
  if (!item.isRecurring) return null;
  if (!item.hasMaster) return 'one';
  return text === 'following' || text === 'all' ? text : 'one';
}

function shownValues(page: PageRequest, item: Item, scope: FormScope | null): FormValues {
  return valuesOf(item, scope === 'all', page.timeZone);
}

async function form(
  page: PageRequest,
  status: number,
  data: Parameters<typeof formData>[1],
): Promise<WireResponse> {
  return html(page, status, EventFormPage({ ctx: contextOf(page), data: formData(page, data) }));
}

/** `GET …/edit`: the form of an event or task, for one date, later ones or all. */
export async function changePage(page: PageRequest): Promise<WireResponse> {
  const { query } = page.request;
  const item = await readItem(page, given(query.get('at')));
  const scope = scopeOf(query.get('scope'), item);
  const values = shownValues(page, item, scope);
  return form(page, 200, { item, scope, values, was: values, wrong: {}, refused: null, clashes: null });
}

/** Where the person stood when the form was made: sent along, so that only what they changed is changed. */
function readWas(text: string | null, fallback: FormValues): FormValues {
  if (text === null) return fallback;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fallback;
  }
  if (typeof value !== 'object' || value === null) return fallback;
  const texts = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const known = texts.filter(([name]) => Object.hasOwn(fallback, name));
  return { ...fallback, ...Object.fromEntries(known) };
}

/** Answers of a form that has shown both sides of a conflict: what is kept of the other side. */
function withChoices(typed: FormValues, stored: FormValues, sent: URLSearchParams): FormValues {
  const chosen: Record<string, string> = { ...typed };
  for (const group of GROUP_NAMES)
    if (sent.get(`keep-${group}`) === 'theirs') for (const name of GROUPS[group]) chosen[name] = stored[name];
  return { ...typed, ...chosen };
}

/** `POST …/edit`: saves what was changed; a change from elsewhere in between shows both sides. */
export async function saveChange(page: PageRequest): Promise<WireResponse> {
  const at = given(page.form.get('at'));
  const item = await readItem(page, at);
  const scope = scopeOf(page.form.get('scope'), item);
  const stored = shownValues(page, item, scope);
  const was = readWas(page.form.get('was'), stored);
  const values = withChoices(readValues(page.form, was), stored, page.form);
  const base = { item, scope, values, wrong: {}, refused: null, clashes: null };
  if (given(page.form.get('etag')) !== item.object.etag) {
    const clashes = mergedClashes(page, { mine: values, was, theirs: stored });
    if (clashes.length > 0) return form(page, 409, { ...base, was: stored, clashes });
  }
  try {
    const groups = changedGroups(values, stored);
    const written = await perform(page, CHANGE_ITEM, {
      id: item.calendar.id,
      name: item.object.name,
      etag: item.object.etag,
      scope: scope ?? 'all',
      ...(scope === null || scope === 'all' || item.at === null ? {} : { at: item.at }),
      ...inputOf(values, item.component, groups),
    });
    const path = written.other === null ? pathOf(placeOf(page)) : writtenPath(written.other);
    const text = page.words.t(item.component === 'VTODO' ? 'task.saved' : 'event.saved', {
      title: titleOf(page, values.summary),
    });
    const isSame = written.etag === item.object.etag;
    return redirect(page, withAt(path, scope === 'one' ? item.at : null), {
      text,
      ...(isSame ? {} : await wayBack(page, item.object.etag, written.other)),
    });
  } catch (error) {
    return form(page, statusOf(error), { ...base, was, ...complaint(page, error) });
  }
}

const withAt = (path: string, at: string | null): string => (at === null ? path : `${path}?at=${at}`);

/** The button that takes a change back, where the former version was kept. */
async function wayBack(
  page: PageRequest,
  etag: string,
  added: { readonly calendar: number; readonly name: string } | null = null,
): Promise<Pick<Flash, 'undo'>> {
  const version = await versionOf(page.site.app, actorOf(page), placeOf(page), etag);
  if (version === null) return {};
  const other: Record<string, string> =
    added === null ? {} : { 'added-calendar': String(added.calendar), 'added-name': added.name };
  return { undo: { action: '/calendar/undo', fields: { version: String(version), ...other } } };
}

/** `POST /calendar/undo`: takes the last change or removal back. */
export async function undo(page: PageRequest): Promise<WireResponse> {
  const addedName = given(page.form.get('added-name'));
  const back = await perform(page, UNDO_CHANGE, {
    version: Number(page.form.get('version') ?? '0'),
    ...(addedName === null
      ? {}
      : { added: { calendar: Number(page.form.get('added-calendar') ?? '0'), name: addedName } }),
  });
  return redirect(page, writtenPath(back), { text: page.words.t('event.undone') });
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal && error.status !== 404) return error.status;
  if (error instanceof Precondition) return 409;
  throw error;
}

function complaint(page: PageRequest, error: unknown): Pick<EventFormData, 'wrong' | 'refused'> {
  if (error instanceof FieldRefusal) return { wrong: wrongOf(page.words, error), refused: null };
  if (error instanceof Refusal || error instanceof Precondition) return { wrong: {}, refused: error.message };
  throw error;
}

function takers(calendars: readonly Calendar[], isTask: boolean): readonly Calendar[] {
  return calendars.filter(isTask ? holdsTasks : holdsEvents);
}

interface NewForm {
  readonly isTask: boolean;
  readonly calendars: readonly Calendar[];
  readonly values: FormValues;
}

async function newForm(page: PageRequest, isTask: boolean): Promise<NewForm> {
  const calendars = takers(await listCalendars(page.site.app, actorOf(page)), isTask);
  const now = zoneNamed(page.timeZone).toLocal(Math.floor(page.site.app.clock.nowMs() / 1000));
  const day = readDay(page.request.query.get('date')) ?? startOfDay(now);
  const values = newValues(day, Math.floor((now % 86_400) / 3600) + 1, page.timeZone);
  const plain = { startDate: '', startTime: '', endDate: '', endTime: '' };
  return { isTask, calendars, values: isTask ? { ...values, ...plain } : values };
}

/** `GET /calendar/new`: the form of a new event or task. */
export async function newPage(page: PageRequest): Promise<WireResponse> {
  const made = await newForm(page, page.request.query.get('kind') === 'task');
  return form(page, 200, { ...made, item: null, was: null, wrong: {}, refused: null, clashes: null });
}

/** `POST /calendar/new`: makes an event or task. */
export async function createPage(page: PageRequest): Promise<WireResponse> {
  const isTask = page.form.get('kind') === 'task';
  const made = await newForm(page, isTask);
  const values = readValues(page.form, made.values);
  const base = { ...made, values, item: null, was: null, clashes: null };
  const id = Number(page.form.get('calendar') ?? '0');
  if (values.summary.trim() === '') {
    const wrong = { summary: page.words.t('form.wrong.title') };
    return form(page, 400, { ...base, wrong, refused: null, calendar: String(id) });
  }
  try {
    const input = inputOf(values, isTask ? 'VTODO' : 'VEVENT', new Set(GROUP_NAMES));
    const written = isTask
      ? await perform(page, CREATE_TASK, { id, ...input })
      : await perform(page, CREATE_EVENT, { id, ...withoutTask(input) });
    const text = page.words.t(isTask ? 'task.made' : 'event.made', { title: titleOf(page, values.summary) });
    return redirect(page, writtenPath(written), { text });
  } catch (error) {
    return form(page, statusOf(error), { ...base, ...complaint(page, error), calendar: String(id) });
  }
}

type EventInput = Omit<Parameters<typeof CREATE_EVENT.run>[1], 'id'>;

/** The fields an event can have. */
function withoutTask({ start, due: _due, ...input }: ReturnType<typeof inputOf>): EventInput {
  return { ...input, ...(start == null ? {} : { start }) };
}

/** `POST …/complete`: a task is done, or open again. */
export async function completeItem(page: PageRequest): Promise<WireResponse> {
  const at = given(page.form.get('at'));
  const item = await readItem(page, at);
  const isDone = page.form.get('done') !== 'no';
  const isOne = item.isRecurring && item.at !== null;
  const written = await perform(page, CHANGE_ITEM, {
    id: item.calendar.id,
    name: item.object.name,
    isDone,
    scope: isOne ? 'one' : 'all',
    ...(isOne && item.at !== null ? { at: item.at } : {}),
  });
  const title = titleOf(page, item.fields.summary);
  const text = page.words.t(isDone ? 'task.completed' : 'task.reopened', { title });
  const isSame = written.etag === item.object.etag;
  const back = isSame ? {} : await wayBack(page, item.object.etag);
  return redirect(page, '/calendar?view=tasks', { text, ...back });
}

/** `POST …/move`: into another calendar. */
export async function moveItemAway(page: PageRequest): Promise<WireResponse> {
  const { collection, name } = placeOf(page);
  const etag = given(page.form.get('etag'));
  const to = Number(page.form.get('to') ?? '0');
  const written = await perform(page, MOVE_ITEM, {
    id: collection,
    name,
    to,
    ...(etag === null ? {} : { etag }),
  });
  const calendars = await listCalendars(page.site.app, actorOf(page));
  const target = calendars.find(({ id }) => id === to);
  const text = page.words.t('event.moved', { name: target?.displayName ?? '' });
  return redirect(page, writtenPath(written), {
    text,
    undo: { action: `${writtenPath(written)}/move`, fields: { etag: written.etag, to: String(collection) } },
  });
}

/** `POST …/delete`: one date, this and later ones, or all. */
export async function removeItemStep(page: PageRequest): Promise<WireResponse> {
  const item = await readItem(page, given(page.form.get('at')));
  const scope = page.form.get('scope');
  const isSome = item.isRecurring && item.at !== null && (scope === 'one' || scope === 'following');
  const etag = given(page.form.get('etag'));
  const { isGone } = await perform(page, DELETE_ITEM, {
    id: item.calendar.id,
    name: item.object.name,
    ...(etag === null ? {} : { etag }),
    ...(isSome && item.at !== null && (scope === 'one' || scope === 'following')
      ? { scope, at: item.at }
      : { scope: 'all' as const }),
  });
  const { t } = page.words;
  const title = titleOf(page, item.fields.summary);
  const text = t(isGone ? 'event.deleted' : `event.deleted.${scope === 'one' ? 'one' : 'following'}`, {
    title,
  });
  const path = item.component === 'VTODO' ? '/calendar?view=tasks' : '/calendar';
  return redirect(page, path, { text, ...(await wayBack(page, item.object.etag)) });
}

/** `GET …/download`: the event or task as it is stored. */
export async function downloadItem(page: PageRequest): Promise<WireResponse> {
  const { collection, name } = placeOf(page);
  const { raw } = DOWNLOAD_ITEM;
  if (raw === undefined) throw new Refusal(404, 'There is nothing to download.');
  return raw.answer(callOf(page), { id: collection, name }, page.request);
}
