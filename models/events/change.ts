import type { App } from '../app.ts';
import { Precondition, Refusal } from '../errors.ts';
import { changeItem, removeItem } from '../ical/edit/change.ts';
import { newItem } from '../ical/edit/create.ts';
import { readItem } from '../ical/edit/fields.ts';
import { type Editing, openSeries, type Scope } from '../ical/edit/series.ts';
import { type Condition, deleteObject, headObject, moveObject, putObject } from '../objects/service.ts';
import type { CollectionId, ETag, UserActor } from '../types.ts';
import { type Calendar, findCalendar, holdsEvents, holdsTasks } from './calendars.ts';
import { changeOf, FieldRefusal, type ItemInput, type Standing } from './input.ts';
import { type ItemPlace, openItem } from './item.ts';

/** Makes, changes, moves and removes events and tasks; every write goes through `putObject` and its conditions. */

export type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules' | 'log'>;

/** Where something stands after it was written. */
export interface Written extends ItemPlace {
  readonly etag: ETag;
  /** The new series that begins where an old one ends; null otherwise. */
  readonly other: ItemPlace | null;
}

const CONTENT_TYPE = 'text/calendar';

function editingOf(app: Uses): Editing {
  return {
    runner: app.rules,
    nowUtc: Math.floor(app.clock.nowMs() / 1000),
    newUid: () => app.random.uuid(),
  };
}

/** Passes while the object still has the tag that was shown; without a tag it passes always. */
const unchanged =
  (etag: string | null): Condition =>
  (current) =>
    etag === null ? current !== null : current === etag;

function checkTakes(calendar: Calendar, component: 'VEVENT' | 'VTODO'): void {
  const takes = component === 'VEVENT' ? holdsEvents(calendar) : holdsTasks(calendar);
  if (takes) return;
  const what = component === 'VEVENT' ? 'events' : 'tasks';
  throw new Precondition(
    'supported-calendar-component',
    `"${calendar.displayName}" does not take ${what}; choose another one.`,
    [calendar],
  );
}

/** Makes an event or a task in a calendar. Throws `FieldRefusal`, Precondition for a calendar that does not take it. */
export async function createItem(
  app: Uses,
  actor: UserActor,
  collection: CollectionId,
  component: 'VEVENT' | 'VTODO',
  input: ItemInput,
): Promise<Written> {
  const calendar = await findCalendar(app, actor, collection);
  checkTakes(calendar, component);
  const fields = changeOf(input, { component, start: null, end: null });
  if (component === 'VEVENT' && fields.times === undefined)
    throw new FieldRefusal('start', 'needed', 'An event needs a start.');
  const uid = app.random.uuid();
  const body = newItem({ component, uid, nowUtc: Math.floor(app.clock.nowMs() / 1000), fields });
  const name = `${uid}.ics`;
  const { etag } = await putObject(app, actor, {
    collection: calendar,
    name,
    body,
    contentType: CONTENT_TYPE,
    condition: (current) => current === null,
  });
  return { collection: calendar.id, name, etag, other: null };
}

/** What is changed, and for which dates. */
export interface ChangeRequest extends ItemPlace {
  /** The tag the person saw; null changes whatever stands there. */
  readonly etag: string | null;
  readonly scope: Scope;
}

function checkEtag(etag: string | null, current: ETag): void {
  if (etag === null || etag === current) return;
  throw new Refusal(412, 'It was changed elsewhere in the meantime. Read it again and compare both sides.');
}

/** The times an event or a date of it has now, for fields that are not sent. */
function standingOf(editing: Editing, body: Uint8Array, component: 'VEVENT' | 'VTODO'): Standing {
  const { series, reading } = openSeries(editing, body);
  const shown = series.master ?? series.overrides[0]?.component;
  const fields = shown === undefined ? null : readItem(shown, reading);
  const start = fields?.times?.start ?? fields?.start ?? null;
  return { component, start, end: fields?.times?.end ?? fields?.due ?? null };
}

/**
 * Changes an event or task for one date, this and later ones, or all. What is not named stays to the byte. Throws `Refusal`
 * 412 when it has another tag by now, 404 and 409 for dates and series that cannot be changed so, `FieldRefusal`.
 */
export async function changeItemAt(
  app: Uses,
  actor: UserActor,
  request: ChangeRequest,
  input: ItemInput,
): Promise<Written> {
  const { calendar, object, body } = await openItem(app, actor, request);
  checkEtag(request.etag, object.etag);
  const editing = editingOf(app);
  const component = object.component === 'VTODO' ? 'VTODO' : 'VEVENT';
  const change = changeOf(input, standingOf(editing, body, component));
  const edited = await changeItem(editing, body, request.scope, change);
  if (edited.body === null) throw new Refusal(409, 'Nothing would be left of this; delete it instead.');
  const other = edited.other === null ? null : { collection: calendar.id, name: `${edited.other.uid}.ics` };
  if (edited.other !== null && other !== null)
    await putObject(app, actor, {
      collection: calendar,
      name: other.name,
      body: edited.other.body,
      contentType: CONTENT_TYPE,
      condition: (current) => current === null,
    });
  try {
    const { etag } = await putObject(app, actor, {
      collection: calendar,
      name: object.name,
      body: edited.body,
      contentType: CONTENT_TYPE,
      condition: unchanged(object.etag),
    });
    return { collection: calendar.id, name: object.name, etag, other };
  } catch (error) {
    // The series stays whole: its second part was written first and is taken back.
    if (other !== null) await deleteObject(app, actor, calendar, other.name, null);
    throw error;
  }
}

/** Removes an event or task for one date, this and later ones, or all. Throws like `changeItemAt`; true when all of it is gone. */
export async function removeItemAt(app: Uses, actor: UserActor, request: ChangeRequest): Promise<boolean> {
  const { calendar, object, body } = await openItem(app, actor, request);
  checkEtag(request.etag, object.etag);
  const { body: left } = await removeItem(editingOf(app), body, request.scope);
  if (left === null) {
    await deleteObject(app, actor, calendar, object.name, unchanged(object.etag));
    return true;
  }
  await putObject(app, actor, {
    collection: calendar,
    name: object.name,
    body: left,
    contentType: CONTENT_TYPE,
    condition: unchanged(object.etag),
  });
  return false;
}

/** Moves an event or task with all its dates into another calendar of the person, bytes as they are. */
export async function moveItem(
  app: Uses,
  actor: UserActor,
  place: ItemPlace & { readonly etag: string | null },
  to: CollectionId,
): Promise<Written> {
  const { calendar, object } = await openItem(app, actor, place);
  const target = await findCalendar(app, actor, to);
  if (target.id === calendar.id) throw new Refusal(409, `It is in "${calendar.displayName}" already.`);
  checkTakes(target, object.component === 'VTODO' ? 'VTODO' : 'VEVENT');
  const options = { overwrite: false, sourceCondition: unchanged(place.etag), targetCondition: null };
  const from = { collection: calendar, name: object.name };
  const isTaken = (await headObject(app.db, target.id, object.name)) !== null;
  const name = isTaken ? `${app.random.uuid()}.ics` : object.name;
  const { etag } = await moveObject(app, actor, from, { collection: target, name }, options);
  return { collection: target.id, name, etag, other: null };
}
