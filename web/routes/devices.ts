import { deviceBoard, deviceSyncs, getDevice, toDeviceId } from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import { checkServer, listStrangeSignIns } from '../../models/overview/service.ts';
import { listUsers } from '../../models/principals/service.ts';
import { type Activity, deviceRequests, listActivity } from '../../models/requests/service.ts';
import { verdictOf } from '../../models/requests/verdict.ts';
import { REMOVE_DEVICE, RENAME_DEVICE, UNDO_REMOVE_DEVICE } from '../../protocols/api/routes/devices.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf } from '../address.ts';
import { type ActivityFilters, ActivityPage, activityText, activityWho } from '../pages/activity.tsx';
import { type Examined, HealthPage } from '../pages/health.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

/** A path of this server and nothing else. */
function backOf(page: PageRequest): string {
  const back = page.form.get('back') ?? '';
  return /^\/(?![/\\])[\w/~.%?=&#-]*$/.test(back) ? back : '/connect';
}

async function rename(page: PageRequest): Promise<WireResponse> {
  const id = page.form.get('id') ?? '';
  const name = page.form.get(`name-${id}`) ?? page.form.get('name') ?? '';
  const { t } = page.words;
  try {
    await perform(page, RENAME_DEVICE, { id, name });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error;
    return redirect(page, backOf(page), { text: t('devices.name.wrong') });
  }
  return redirect(page, backOf(page), { text: t('devices.renamed', { device: name.trim() }) });
}

const nameOf = async (page: PageRequest, id: string) =>
  (await getDevice(page.site.app, actorOf(page), toDeviceId(id))).name;

async function remove(page: PageRequest): Promise<WireResponse> {
  const id = page.form.get('id') ?? '';
  const device = await nameOf(page, id);
  await perform(page, REMOVE_DEVICE, { id });
  const back = backOf(page);
  return redirect(page, back, {
    text: page.words.t('devices.removed', { device }),
    undo: { action: '/devices/undo', fields: { id, back } },
  });
}

async function undo(page: PageRequest): Promise<WireResponse> {
  const id = page.form.get('id') ?? '';
  const { t } = page.words;
  const device = await nameOf(page, id);
  try {
    await perform(page, UNDO_REMOVE_DEVICE, { id });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    return redirect(page, backOf(page), { text: t('devices.old') });
  }
  return redirect(page, backOf(page), { text: t('devices.restored', { device }) });
}

const KINDS = ['sync', 'changes', 'log'] as const;
const RESULTS = ['ok', 'refused'] as const;
const SPANS: Readonly<Record<string, number>> = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 };

function filtersOf({ request }: PageRequest): ActivityFilters {
  const of = (name: string) => (request.query.get(name) ?? '').slice(0, 100);
  return {
    person: of('person'),
    device: of('device'),
    kind: KINDS.find((kind) => kind === of('kind')) ?? '',
    result: RESULTS.find((result) => result === of('outcome')) ?? '',
    time: of('time') in SPANS ? of('time') : '',
    search: of('q').trim(),
    isLive: of('live') === 'on',
  };
}

function queryOf(page: PageRequest, filters: ActivityFilters) {
  const { person, device, search, time } = filters;
  const kind = KINDS.find((each) => each === filters.kind);
  const result = RESULTS.find((each) => each === filters.result);
  const span = SPANS[time];
  const nowUtc = Math.floor(page.site.app.clock.nowMs() / 1000);
  return {
    ...(person === '' ? {} : { person }),
    ...(device === '' ? {} : { device }),
    ...(kind === undefined ? {} : { kind }),
    ...(result === undefined ? {} : { result }),
    ...(span === undefined ? {} : { sinceUtc: nowUtc - span }),
    ...(search === '' ? {} : { text: search }),
  };
}

async function activity(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const filters = filtersOf(page);
  const cursor = page.request.query.get('cursor');
  const query = { ...queryOf(page, filters), ...(cursor === null ? {} : { cursor }), limit: 50 };
  const { items, next } = await listActivity(app, actor, query);
  const people = (await listUsers(app, actor)).map(({ id, displayName }) => ({ id, name: displayName }));
  const devices = await deviceBoard(app, actor);
  const data = { filters, people, devices, items, next, isFirst: cursor === null };
  return html(page, 200, ActivityPage({ ctx: contextOf(page), data }));
}

/** A field of CSV (RFC 4180); what a spreadsheet would take for a formula is kept as text. */
function field(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const HEADS = [
  'time',
  'result',
  'who',
  'what',
  'kind',
  'method',
  'path',
  'status',
  'ms',
  'client',
  'times',
  'facts',
];
const MAX_PAGES = 500;

function csvLine(page: PageRequest, item: Activity): string {
  const { request, log } = item;
  return [
    new Date(item.atUtc * 1000).toISOString(),
    item.isRefused ? 'refused' : 'ok',
    activityWho(page, item),
    activityText(page, item),
    item.what,
    request?.method ?? '',
    request?.path ?? '',
    request?.status ?? '',
    request?.ms ?? '',
    request?.client ?? '',
    request?.times ?? '',
    log === null ? '' : JSON.stringify(log.about),
  ]
    .map(field)
    .join(',');
}

async function* csv(page: PageRequest): AsyncGenerator<string> {
  const query = queryOf(page, filtersOf(page));
  yield `\ufeff${HEADS.join(',')}\r\n`;
  let cursor: string | null = null;
  for (let count = 0; count < MAX_PAGES; count++) {
    const more: string | null = cursor;
    const part = await listActivity(page.site.app, actorOf(page), {
      ...query,
      ...(more === null ? {} : { cursor: more }),
      limit: 200,
    });
    yield part.items.map((item) => `${csvLine(page, item)}\r\n`).join('');
    cursor = part.next;
    if (cursor === null) return;
  }
}

async function exported(page: PageRequest): Promise<WireResponse> {
  const headers = {
    ...page.headers,
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="activity.csv"',
    'Cache-Control': 'no-store',
  };
  return { status: 200, headers, body: csv(page) };
}

async function examined(page: PageRequest): Promise<Examined | 'absent' | null> {
  const asked = page.request.query.get('device');
  if (asked === null || asked === 'absent') return asked;
  const { app } = page.site;
  const actor = actorOf(page);
  const device = await getDevice(app, actor, toDeviceId(asked));
  const requests = await deviceRequests(app, actor, device.id);
  const syncs = await deviceSyncs(app, actor, device.id);
  return { device, requests, syncs, verdict: verdictOf(device, requests) };
}

async function health(page: PageRequest): Promise<WireResponse> {
  const { app, dataDir } = page.site;
  const actor = actorOf(page);
  const chosen = await examined(page);
  const listed = await deviceBoard(app, actor);
  const isListed =
    chosen === null || chosen === 'absent' || listed.some((device) => device.id === chosen.device.id);
  const data = {
    checks: await checkServer(app, actor, dataDir),
    devices: isListed ? listed : [chosen.device, ...listed],
    examined: chosen,
    strangers: await listStrangeSignIns(app, actor),
    address: addressOf(page),
  };
  return html(page, 200, HealthPage({ ctx: contextOf(page), data }));
}

/** Pages of this part. */
export const DEVICE_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/devices/rename', who: 'signed-in', does: ['renameDevice'], run: rename },
  { method: 'POST', path: '/devices/remove', who: 'signed-in', does: ['removeDevice'], run: remove },
  { method: 'POST', path: '/devices/undo', who: 'signed-in', does: ['undoRemoveDevice'], run: undo },
  { method: 'GET', path: '/admin/activity', who: 'administrator', does: ['listActivity'], run: activity },
  { method: 'GET', path: '/admin/activity.csv', who: 'administrator', does: ['listActivity'], run: exported },
  {
    method: 'GET',
    path: '/admin/health',
    who: 'administrator',
    does: ['checkServer', 'diagnoseDevice', 'listStrangeSignIns'],
    run: health,
  },
];
