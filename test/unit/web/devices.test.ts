import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { toDeviceId } from '../../../models/devices/id.ts';
import type { Device } from '../../../models/devices/service.ts';
import type { Overview } from '../../../models/overview/service.ts';
import { toPrincipalId } from '../../../models/principals/login.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import type { Activity } from '../../../models/requests/service.ts';
import { type VerdictKey, verdictOf } from '../../../models/requests/verdict.ts';
import { type ActivityData, ActivityPage } from '../../../web/pages/activity.tsx';
import { type HealthData, HealthPage } from '../../../web/pages/health.tsx';
import { OverviewPage } from '../../../web/pages/overview.tsx';
import { DeviceTable } from '../../../web/parts/devices.tsx';
import { weekStartOf } from '../../../web/parts/timeline.tsx';
import type { PageContext } from '../../../web/site.ts';
import { openWords } from '../../../web/words.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e</title>`;
const NOW = Math.floor(Date.UTC(2026, 10, 24, 12) / 1000);
const DAY = 86_400;

const contextIn = (language: 'en' | 'de' | 'qps'): PageContext => ({
  words: openWords(language),
  base: '/day',
  person: { displayName: HOSTILE, login: HOSTILE, isAdmin: true },
  formToken: 'token',
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: NOW,
  path: '/',
  asset: (name) => `/day/assets/${name}`,
});
const ctx = contextIn('en');

const deviceOf = (id: string, more: Partial<Device> = {}): Device => ({
  id: toDeviceId(id),
  owner: toPrincipalId('ann'),
  ownerName: HOSTILE,
  name: HOSTILE,
  client: HOSTILE,
  clientVersion: HOSTILE,
  platform: HOSTILE,
  scope: { calendars: true, contacts: false, readOnly: true },
  signsInWith: 'app-password',
  createdUtc: NOW - 9 * DAY,
  expiresUtc: null,
  firstUsedUtc: NOW - 8 * DAY,
  lastUsedUtc: NOW - 60,
  lastSyncUtc: NOW - 60,
  state: 'in-sync',
  refusedSinceUtc: null,
  refusedLastUtc: null,
  refusal: null,
  removedUtc: null,
  ...more,
});

const refusedDevice = deviceOf('refused', {
  state: 'refused',
  refusal: 'removed-password',
  refusedSinceUtc: NOW - DAY,
  refusedLastUtc: NOW - 60,
  lastSyncUtc: NOW - DAY,
  removedUtc: NOW - DAY,
});
const devices: readonly Device[] = [
  refusedDevice,
  deviceOf('silent', { state: 'silent', lastSyncUtc: NOW - 6 * DAY }),
  deviceOf('new', { state: 'new', lastSyncUtc: null, lastUsedUtc: null, firstUsedUtc: null }),
  deviceOf('quiet', { state: 'quiet', lastSyncUtc: NOW - DAY }),
  deviceOf('good', { signsInWith: 'password' }),
];

const counts = { people: 5, books: 2, contacts: 2184, calendars: 11, events: 18_402 };
const sizes = { contactBytes: 24_000_000, eventBytes: 49_000_000, trashBytes: 1, conflicts: 3 };
const overview: Overview = { ...counts, ...sizes, devices };
const stretch = (startUtc: number, refused = 0) => ({ startUtc, checked: 2, changed: 1, refused });
const stretches = new Map([['refused', [stretch(NOW - 2 * DAY), stretch(NOW - DAY, 3)]]]);
const overviewPage = (more: Partial<Overview>, context = ctx): JSX.Element =>
  OverviewPage({
    ctx: context,
    data: { overview: { ...overview, ...more }, stretches, duplicates: 12, shown: 12 },
  });

const requestItem = (id: string, more: Partial<Activity> = {}): Activity => ({
  id,
  source: 'request',
  atUtc: NOW - 60,
  what: 'refused',
  isRefused: true,
  person: HOSTILE,
  device: toDeviceId('refused'),
  deviceName: HOSTILE,
  request: {
    method: 'PUT',
    path: `/dav/calendars/ann/${encodeURIComponent(HOSTILE)}/…`,
    status: 403,
    ms: 4,
    reason: 'status',
    client: HOSTILE,
    times: 3,
  },
  log: null,
  ...more,
});
const logItem: Activity = {
  ...requestItem('a1'),
  source: 'log',
  what: 'device.rename',
  isRefused: false,
  request: null,
  log: { via: 'session', about: { device: HOSTILE, before: HOSTILE }, network: HOSTILE },
};
const filters = { person: '', device: '', kind: '', result: '', time: '', search: HOSTILE, isLive: true };
const activity: ActivityData = {
  filters,
  people: [{ id: HOSTILE, name: HOSTILE }],
  devices,
  items: [requestItem('r1'), logItem, { ...logItem, id: 'a2', what: HOSTILE }],
  next: '1r1',
  isFirst: true,
};

const health: HealthData = {
  checks: [
    { key: 'database', result: 'good', found: { kind: 'sqlite', ms: 1 } },
    { key: 'disk', result: 'bad', found: { bytes: 12_000_000 } },
    { key: 'log', result: 'bad', found: { day: HOSTILE } },
    { key: 'migrations', result: 'unknown', found: {} },
  ],
  devices,
  examined: {
    device: refusedDevice,
    verdict: verdictOf(refusedDevice, [requestItem('r1')]),
    requests: [requestItem('r1')],
    syncs: [{ collection: HOSTILE, holds: 'calendar', atUtc: NOW }],
  },
  strangers: [
    {
      login: HOSTILE,
      client: HOSTILE,
      reason: 'unknown-name',
      network: HOSTILE,
      firstUtc: NOW,
      lastUtc: NOW,
      times: 2,
      meant: HOSTILE,
    },
  ],
  address: HOSTILE,
};

const PAGES: readonly (readonly [string, JSX.Element])[] = [
  ['overview', overviewPage({})],
  ['overview, all quiet', overviewPage({ devices: devices.slice(3) })],
  ['overview, waiting', overviewPage({ devices: devices.slice(2, 3) })],
  ['overview, nobody', overviewPage({ people: 1, devices: [] })],
  ['overview, no devices', overviewPage({ devices: [] })],
  ['overview, German', overviewPage({}, contextIn('de'))],
  ['activity', ActivityPage({ ctx, data: activity })],
  ['activity, empty', ActivityPage({ ctx, data: { ...activity, items: [], next: null } })],
  ['health', HealthPage({ ctx, data: health })],
  ['health, absent', HealthPage({ ctx, data: { ...health, examined: 'absent', strangers: [] } })],
  ['health, fresh', HealthPage({ ctx, data: { ...health, examined: null, checks: [] } })],
  ['devices', DeviceTable({ ctx, devices, back: '/connect' })],
];

describe('pages of devices', () => {
  for (const [name, page] of PAGES)
    test(`${name}: what people type is text, ids are unique, nothing is inline`, () => {
      const html = renderToString(page);
      assert.doesNotMatch(html, /<script(?! src| type)|style="|\[object/);
      const text = html.replace(/="[^"]*"/g, '');
      assert.doesNotMatch(text, /undefined|NaN|\{\w+\}/);
      const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
      assert.deepEqual(
        ids.filter((id, at) => ids.indexOf(id) !== at),
        [],
      );
    });

  const titleOf = (page: JSX.Element) => /<h1>(.*?)<\/h1>/.exec(renderToString(page))?.[1];

  test('Overview says the worst truth first', () => {
    assert.equal(titleOf(overviewPage({})), '2 of 4 devices are in sync');
    assert.equal(titleOf(overviewPage({ devices: devices.slice(3) })), 'All 2 devices are in sync');
    assert.equal(titleOf(overviewPage({ devices: [] })), 'No device is connected');
    assert.equal(titleOf(overviewPage({ people: 1, devices: [] })), 'You are the only person here');
    const many = Array.from({ length: 9 }, (_, at) => ({ ...refusedDevice, id: toDeviceId(`r${at}`) }));
    const html = renderToString(overviewPage({ devices: many }));
    assert.equal(html.match(/class="notice warn"/g)?.length, 3);
    assert.match(html, /6 more devices need a look/);
  });

  test('fifty devices in one timeline stay small', () => {
    const many = Array.from({ length: 50 }, (_, at) => deviceOf(`d${at}`, { name: `Device ${at}` }));
    const full = Array.from({ length: 336 }, (_, at) => stretch(NOW - 7 * DAY + at * 1800));
    const data = {
      overview: { ...overview, devices: many },
      stretches: new Map(many.map((device) => [device.id, full])),
      duplicates: 0,
      shown: 12,
    };
    const html = renderToString(OverviewPage({ ctx, data }));
    assert.ok(html.length < 60_000, `${html.length} characters`);
    assert.match(html, /Show 38 more devices/);
  });

  test('the week of a timeline ends with the viewer’s today', () => {
    const start = weekStartOf(NOW, 'Europe/Berlin');
    assert.equal(new Date(start * 1000).toISOString(), '2026-11-17T23:00:00.000Z');
    assert.equal(
      new Date(weekStartOf(NOW, 'Pacific/Auckland') * 1000).toISOString(),
      '2026-11-18T11:00:00.000Z',
    );
  });
});

test('each trouble of a device has its verdict', () => {
  const item = (status: number): Activity => requestItem('r1', { request: { ...fact, status } });
  const fact = { method: 'PUT', path: '/', status: 403, ms: 1, reason: 'status', client: null, times: 1 };
  const fine = deviceOf('d', { scope: { calendars: true, contacts: true, readOnly: false } });
  const away = (refusal: string) => ({ ...fine, refusal, refusedSinceUtc: NOW - 5 });
  const table: readonly (readonly [Device, readonly Activity[], VerdictKey])[] = [
    [fine, [], 'good'],
    [{ ...fine, state: 'quiet' }, [], 'quiet'],
    [{ ...fine, state: 'silent' }, [], 'silent'],
    [{ ...fine, lastUsedUtc: null }, [], 'never'],
    [{ ...fine, lastSyncUtc: null }, [], 'no-sync'],
    [{ ...fine, removedUtc: NOW }, [], 'removed'],
    [{ ...away('removed-password'), removedUtc: NOW }, [], 'removed'],
    [{ ...away('removed-device'), removedUtc: NOW }, [], 'removed-program'],
    [away('expired-password'), [], 'expired'],
    [away('wrong-password'), [], 'wrong-password'],
    [away('disabled'), [], 'disabled'],
    [away('slowed'), [], 'slowed'],
    [fine, [item(503)], 'server-failed'],
    [fine, [item(507)], 'full'],
    [fine, [item(413)], 'item-too-large'],
    [fine, [item(409)], 'item-refused'],
    [{ ...fine, scope: { ...fine.scope, readOnly: true } }, [item(403)], 'read-only'],
  ];
  for (const [device, requests, key] of table) {
    const verdict = verdictOf(device, requests);
    assert.deepEqual([verdict.key, verdict.isGood], [key, key === 'good' || key === 'quiet']);
  }
});
