import { findHome, listCollections } from '../../models/collections/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { zoneNamed } from '../../models/events/period.ts';
import { titleOf } from '../../models/versions/difference.ts';
import { oldestMoment } from '../../models/versions/moment.ts';
import { collectionNames, versionBody } from '../../models/versions/service.ts';
import {
  EMPTY_TRASH,
  GO_BACK,
  PLAN_MOMENT,
  PURGE_COLLECTION,
  RESTORE_COLLECTION,
  RESTORE_TRASH,
  UNDO_RESTORE_TRASH,
} from '../../protocols/api/routes/trash.ts';
import {
  DISMISS_NOTICE,
  PURGE_VERSION,
  REOPEN_NOTICE,
  RESTORE_VERSION,
  RETURN_NOTICE,
  UNDO_RESTORE_VERSION,
} from '../../protocols/api/routes/trash-versions.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { ConflictsPage } from '../pages/conflicts.tsx';
import { type MomentData, MomentPage } from '../pages/moment.tsx';
import { BulkPage, TrashPage } from '../pages/trash.tsx';
import { momentText, titleText } from '../parts/trash.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { Flash, PageRequest, Route } from '../site.ts';
import { HISTORY_ROUTES } from './history.ts';
import { bulkData, conflictsData, trashData, whichOf } from './trash-data.ts';

/** Pages that bring things back. */

const iso = (utc: number): string => new Date(utc * 1000).toISOString();

/** A path of this server and nothing else. */
function backOf(page: PageRequest): string {
  const back = page.form.get('back') ?? '';
  return /^\/(?![/\\])[\w/~.%?=&#+@!,'()*:-]*$/.test(back) ? back : '/trash';
}

function idOf(page: PageRequest, field: string): number {
  const text = page.form.get(field) ?? '';
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Refusal(404, 'There is no such item.');
  return Number(text);
}

/** The sentence of a refusal that somebody may well meet; others are thrown on. */
function refusedText(page: PageRequest, error: unknown, title: string): string {
  const { t } = page.words;
  if (error instanceof Precondition) return error.message;
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 412) return t('trash.did.changed', { title });
  if (error.status === 404 || error.status === 409) return t('trash.did.gone');
  throw error;
}

async function titleHere(page: PageRequest, version: number) {
  const found = await versionBody(page.site.app, actorOf(page), version);
  const { component } = found.version;
  return { ...found, title: titleText(page, component, titleOf(component, found.body)) };
}

async function restoreOne(page: PageRequest): Promise<WireResponse> {
  const id = idOf(page, 'version');
  const back = backOf(page);
  const { version, title } = await titleHere(page, id);
  const { t } = page.words;
  try {
    const done = await perform(page, RESTORE_VERSION, { id });
    if (!done.isBack && done.former === null)
      return redirect(page, back, { text: t('trash.did.same', { title }) });
    const places = await collectionNames(page.site.app.db, actorOf(page), [version.collection]);
    const place = places.get(version.collection) ?? '';
    const fields = {
      ...{ title, back, etag: done.etag, name: done.name },
      collection: String(done.collection),
      former: done.former === null ? '' : String(done.former),
    };
    const text = done.isBack ? t('trash.did.back', { title, place }) : t('trash.did.set', { title });
    return redirect(page, back, { text, undo: { action: '/trash/undo', fields } });
  } catch (error) {
    return redirect(page, back, { text: refusedText(page, error, title) });
  }
}

async function undoOne(page: PageRequest): Promise<WireResponse> {
  const title = (page.form.get('title') ?? '').slice(0, 500);
  const former = page.form.get('former') ?? '';
  try {
    await perform(page, UNDO_RESTORE_VERSION, {
      collection: idOf(page, 'collection'),
      name: page.form.get('name') ?? '',
      etag: (page.form.get('etag') ?? '').slice(0, 64),
      former: former === '' ? null : idOf(page, 'former'),
    });
    return redirect(page, backOf(page), { text: page.words.t('trash.did.undo', { title }) });
  } catch (error) {
    return redirect(page, backOf(page), { text: refusedText(page, error, title) });
  }
}

interface Outcome {
  readonly done: number;
  readonly refused: readonly string[];
  readonly restored: string;
}

function outcomeFlash(page: PageRequest, { done, refused, restored }: Outcome, back: string): Flash {
  const { words } = page;
  const [reason] = refused;
  const text =
    reason === undefined
      ? words.n('trash.did.many', done)
      : words.n('trash.did.many.refused', refused.length, { done: words.number(done), reason });
  return done === 0 ? { text } : { text, undo: { action: '/trash/undo-many', fields: { restored, back } } };
}

/** The burst that a form means, as the operations take it. */
function burstOf(page: PageRequest) {
  const { collection, device, fromUtc, untilUtc } = whichOf(page, page.form);
  return { collection, device: device ?? 'none', since: iso(fromUtc), until: iso(untilUtc) };
}

async function restore(page: PageRequest): Promise<WireResponse> {
  if (page.form.has('version')) return restoreOne(page);
  const back = backOf(page);
  return redirect(page, back, outcomeFlash(page, await perform(page, RESTORE_TRASH, burstOf(page)), back));
}

async function undoMany(page: PageRequest): Promise<WireResponse> {
  const restored = page.form.get('restored') ?? '';
  if (Number.isNaN(Date.parse(restored))) throw new Refusal(404, 'There is no such step to take back.');
  const { count } = await perform(page, UNDO_RESTORE_TRASH, { restored });
  return redirect(page, backOf(page), { text: page.words.n('trash.did.undo.many', count) });
}

async function deleteNow(page: PageRequest): Promise<WireResponse> {
  const id = idOf(page, 'version');
  const { version, title } = await titleHere(page, id);
  await perform(page, PURGE_VERSION, { id });
  const { t } = page.words;
  const when = momentText(page, version.endedUtc);
  const text = version.how === 'delete' ? t('trash.did.deleted', { title }) : t('history.purged', { when });
  return redirect(page, backOf(page), { text });
}

async function empty(page: PageRequest): Promise<WireResponse> {
  const which = page.form.has('collection') ? burstOf(page) : {};
  const { count } = await perform(page, EMPTY_TRASH, which);
  return redirect(page, backOf(page), { text: page.words.n('trash.did.emptied', count) });
}

async function restoreCollection(page: PageRequest): Promise<WireResponse> {
  const id = idOf(page, 'id');
  const { displayName, kind } = await perform(page, RESTORE_COLLECTION, { id });
  const action = `/${kind === 'calendar' ? 'calendars' : 'books'}/${id}/delete`;
  const text = page.words.t('trash.did.collection', { title: displayName });
  return redirect(page, backOf(page), { text, undo: { action, fields: {} } });
}

async function purgeCollection(page: PageRequest): Promise<WireResponse> {
  const { displayName } = await perform(page, PURGE_COLLECTION, { id: idOf(page, 'id') });
  return redirect(page, backOf(page), { text: page.words.t('trash.did.deleted', { title: displayName }) });
}

async function placesOf(page: PageRequest): Promise<MomentData['places']> {
  const { db } = page.site.app;
  const places: { id: number; name: string }[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(db, actorOf(page).principal, holds);
    for (const { id, kind, displayName, name } of home === null ? [] : await listCollections(db, home.id))
      if (kind === 'calendar' || kind === 'addressbook')
        places.push({ id, name: displayName === '' ? name : displayName });
  }
  return places;
}

/** The moment of a day and a time on the viewer's wall clock, epoch seconds; null when they are none. */
function momentOf(page: PageRequest, day: string, time: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !/^\d\d:\d\d$/.test(time)) return null;
  const local = Date.parse(`${day}T${time}:00Z`) / 1000;
  return Number.isFinite(local) ? zoneNamed(page.timeZone).toUtcSeconds(local) : null;
}

const about = (place: string): { collection?: number } =>
  /^[1-9]\d{0,14}$/.test(place) ? { collection: Number(place) } : {};

async function moment(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const { query } = page.request;
  const [place, day, time] = ['place', 'day', 'time'].map((name) => (query.get(name) ?? '').slice(0, 20));
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const oldestUtc = await oldestMoment(app);
  const isAsked = query.has('day');
  const atUtc = isAsked ? momentOf(page, day ?? '', time ?? '') : null;
  const isWrong = isAsked && (atUtc === null || atUtc < oldestUtc || atUtc > nowUtc);
  const rows =
    atUtc === null || isWrong
      ? null
      : (await perform(page, PLAN_MOMENT, { moment: iso(atUtc), ...about(place ?? '') })).items;
  const data: MomentData = {
    ...{ oldestUtc, isWrong, place: place ?? '', day: day ?? '', time: time ?? '' },
    places: await placesOf(page),
    plan: rows === null || atUtc === null ? null : { momentUtc: atUtc, rows },
  };
  return html(page, isWrong ? 400 : 200, MomentPage({ ctx: contextOf(page), data }));
}

async function goBack(page: PageRequest): Promise<WireResponse> {
  const { words } = page;
  const momentUtc = idOf(page, 'moment');
  const place = page.form.get('place') ?? '';
  const { items, undo } = await perform(page, GO_BACK, { moment: iso(momentUtc), ...about(place) });
  if (page.form.get('undo') === 'yes')
    return redirect(page, '/trash/moment', { text: words.t('moment.undone') });
  const count = items.reduce((sum, item) => sum + item.back + item.changed + item.gone, 0);
  const refused = items.flatMap((item) => item.refused);
  const [reason] = refused;
  const done = words.n('moment.did', count, { when: momentText(page, momentUtc) });
  const text = reason === undefined ? done : words.n('moment.did.refused', refused.length, { done, reason });
  const fields = { place, moment: String(Math.floor(Date.parse(undo) / 1000)), undo: 'yes' };
  return redirect(page, '/trash/moment', { text, undo: { action: '/trash/moment', fields } });
}

async function returnNotice(page: PageRequest): Promise<WireResponse> {
  const back = backOf(page);
  return redirect(
    page,
    back,
    outcomeFlash(page, await perform(page, RETURN_NOTICE, { id: idOf(page, 'id') }), back),
  );
}

async function dismissNotice(page: PageRequest): Promise<WireResponse> {
  const back = backOf(page);
  const id = idOf(page, 'id');
  await perform(page, DISMISS_NOTICE, { id });
  const text = page.words.t('notices.dismissed', { days: page.site.app.limits.trashDays });
  return redirect(page, back, {
    text,
    undo: { action: '/notices/reopen', fields: { id: String(id), back } },
  });
}

async function reopenNotice(page: PageRequest): Promise<WireResponse> {
  await perform(page, REOPEN_NOTICE, { id: idOf(page, 'id') });
  return redirect(page, backOf(page), { text: page.words.t('notices.reopened') });
}

const get = (path: string, does: readonly string[], run: Route['run']): Route => ({
  method: 'GET',
  path,
  who: 'signed-in',
  does,
  run,
});
const post = (path: string, does: readonly string[], run: Route['run']): Route => ({
  method: 'POST',
  path,
  who: 'signed-in',
  does,
  run,
});

/** Rows of this part of the pages. */
export const TRASH_ROUTES: readonly Route[] = [
  get('/trash', ['listBursts', 'listTrash', 'listDeletedCollections', 'listNotices'], async (page) =>
    html(page, 200, TrashPage({ ctx: contextOf(page), data: await trashData(page) })),
  ),
  get('/trash/bulk', ['listTrash'], async (page) =>
    html(page, 200, BulkPage({ ctx: contextOf(page), data: await bulkData(page) })),
  ),
  get('/conflicts', ['listConflicts'], async (page) =>
    html(page, 200, ConflictsPage({ ctx: contextOf(page), data: await conflictsData(page) })),
  ),
  get('/trash/moment', ['planMoment'], moment),
  post('/trash/moment', ['goBack'], goBack),
  post('/trash/restore', ['restoreVersion', 'restoreTrash'], restore),
  post('/trash/undo', ['undoRestoreVersion'], undoOne),
  post('/trash/undo-many', ['undoRestoreTrash'], undoMany),
  post('/trash/delete', ['purgeVersion'], deleteNow),
  post('/trash/empty', ['emptyTrash'], empty),
  post('/trash/collections/restore', ['restoreCollection'], restoreCollection),
  post('/trash/collections/delete', ['purgeCollection'], purgeCollection),
  post('/notices/return', ['returnNotice'], returnNotice),
  post('/notices/dismiss', ['dismissNotice'], dismissNotice),
  post('/notices/reopen', ['reopenNotice'], reopenNotice),
  ...HISTORY_ROUTES,
];
