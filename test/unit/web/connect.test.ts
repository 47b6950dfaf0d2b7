import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { type Device, toDeviceId } from '../../../models/devices/service.ts';
import type { SetupProgress } from '../../../models/onboarding/service.ts';
import { toPrincipalId } from '../../../models/principals/login.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { type ApproveData, ApprovePage } from '../../../web/pages/approve.tsx';
import { type CodeData, CodePage, CodeStatePage } from '../../../web/pages/code.tsx';
import { CONNECT_TABS, type ConnectData, ConnectPage } from '../../../web/pages/connect.tsx';
import { Qr } from '../../../web/parts/qr.tsx';
import { modelOf, platformOf } from '../../../web/platform.ts';
import type { PageContext } from '../../../web/site.ts';
import { openWords } from '../../../web/words.ts';
import { assertValidHtml } from '../../support/html.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e</title>`;
const NOW = 10_000;

const ctx: PageContext = {
  words: openWords(),
  base: '/day',
  person: { displayName: HOSTILE, login: HOSTILE, isAdmin: true },
  formToken: 'token',
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: NOW,
  path: '/',
  asset: (name) => `/day/assets/${name}`,
};

const device: Device = {
  id: toDeviceId('7d1f'),
  owner: toPrincipalId('mara'),
  ownerName: HOSTILE,
  name: HOSTILE,
  client: HOSTILE,
  clientVersion: HOSTILE,
  platform: HOSTILE,
  scope: { calendars: true, contacts: true, readOnly: false },
  signsInWith: 'app-password',
  createdUtc: NOW - 200,
  expiresUtc: null,
  firstUsedUtc: null,
  lastUsedUtc: null,
  lastSyncUtc: null,
  state: 'new',
  refusedSinceUtc: null,
  refusedLastUtc: null,
  refusal: null,
  removedUtc: null,
};

const progress: SetupProgress = {
  id: 'a',
  kind: 'iphone',
  createdUtc: NOW,
  expiresUtc: NOW + 600,
  openedUtc: null,
  usedUtc: null,
  signedInUtc: null,
  fetchedUtc: null,
  device: null,
  deviceName: null,
};
const setup = { link: `https://x/${HOSTILE}`, code: 'a'.repeat(24), progress, isHere: false };
const hand = {
  address: HOSTILE,
  login: HOSTILE,
  password: null,
  label: HOSTILE,
  device: null,
  addresses: [],
};
const connect: ConnectData = {
  tab: 'iphone',
  https: 'ok',
  address: HOSTILE,
  setup,
  isSigned: false,
  refused: null,
  hand,
  devices: [],
};

const at = (more: Partial<SetupProgress>, tab: 'iphone' | 'android' = 'iphone'): JSX.Element =>
  ConnectPage({ ctx, data: { ...connect, tab, setup: { ...setup, progress: { ...progress, ...more } } } });
const page = (more: Partial<ConnectData>): JSX.Element => ConnectPage({ ctx, data: { ...connect, ...more } });

const code: CodeData = {
  code: 'a'.repeat(24),
  kind: 'iphone',
  variant: 'apple',
  name: HOSTILE,
  serverName: HOSTILE,
  expiresUtc: NOW + 600,
  address: HOSTILE,
  login: HOSTILE,
  password: null,
  profileHasPassword: true,
  isSigned: false,
  intent: 'intent://x#Intent;scheme=davx5;end',
  davx5: 'davx5://x/',
  isMissing: false,
  refused: null,
};
const onDevice = (more: Partial<CodeData>): JSX.Element => CodePage({ ctx, data: { ...code, ...more } });

const approve: ApproveData = {
  flow: 'a'.repeat(43),
  state: 'waiting',
  app: HOSTILE,
  device: HOSTILE,
  name: HOSTILE,
  login: HOSTILE,
  label: HOSTILE,
  what: 'both',
  isReadOnly: false,
  refused: null,
};
const answer = (more: Partial<ApproveData>): JSX.Element =>
  ApprovePage({ ctx, data: { ...approve, ...more } });

const used = { openedUtc: NOW - 300, usedUtc: NOW - 300, device: device.id, deviceName: HOSTILE };
const PAGES: readonly (readonly [string, JSX.Element])[] = [
  ...CONNECT_TABS.map((tab) => [`connect, ${tab}`, page({ tab })] as const),
  ['connect, no https', page({ https: 'missing', setup: null })],
  ['connect, this computer, a code all the same', page({ https: 'local', tab: 'android' })],
  ['connect, refused', page({ refused: HOSTILE, setup: null })],
  ['connect, signed, here', page({ isSigned: true, setup: { ...setup, isHere: true } })],
  ['connect, opened', at({ openedUtc: NOW })],
  ['connect, over', at({ expiresUtc: NOW })],
  ['connect, used', at(used)],
  ['connect, used, android', at(used, 'android')],
  ['connect, signed in', at({ ...used, signedInUtc: NOW - 200 })],
  ['connect, done', at({ ...used, signedInUtc: NOW, fetchedUtc: NOW })],
  ['connect, renew', at({ deviceName: HOSTILE, device: device.id })],
  [
    'connect, made',
    page({
      tab: 'other',
      hand: { ...hand, password: HOSTILE, device, addresses: [{ name: HOSTILE, address: HOSTILE }] },
    }),
  ],
  ['connect, synced', page({ tab: 'mac', hand: { ...hand, device: { ...device, lastSyncUtc: NOW } } })],
  [
    'connect, wrong password',
    page({ tab: 'thunderbird', hand: { ...hand, device: { ...device, state: 'refused' } } }),
  ],
  [
    'connect, devices',
    page({
      devices: [
        { ...device, state: 'refused', refusedSinceUtc: NOW, refusal: 'removed-password' },
        { ...device, id: toDeviceId('8e'), state: 'silent', lastSyncUtc: 5 },
      ],
    }),
  ],
  ['code, iPhone', onDevice({})],
  ['code, iPhone, again', onDevice({ password: HOSTILE, isSigned: true })],
  ['code, iPhone, asks', onDevice({ password: HOSTILE, profileHasPassword: false })],
  ['code, Mac', onDevice({ variant: 'mac', kind: 'mac' })],
  ['code, Android', onDevice({ variant: 'android', kind: 'android' })],
  ['code, Android, missing', onDevice({ variant: 'android', kind: 'android', isMissing: true })],
  ['code, Android, values', onDevice({ variant: 'android', kind: 'android', password: HOSTILE })],
  ['code, other', onDevice({ variant: 'other', refused: HOSTILE })],
  ['code, other, values', onDevice({ variant: 'other', password: HOSTILE })],
  ['code, wrong platform', onDevice({ variant: 'android' })],
  ...(['unknown', 'over', 'used'] as const).map(
    (state) => [`code, ${state}`, CodeStatePage({ ctx, state })] as const,
  ),
  ...(['waiting', 'allowed', 'refused', 'over', 'unknown'] as const).map(
    (state) => [`approve, ${state}`, answer({ state })] as const,
  ),
  ['approve, nobody knows', answer({ app: '', device: null, login: null, label: null })],
  ['approve, failed', answer({ refused: HOSTILE, what: 'contacts', isReadOnly: true })],
];

for (const [name, element] of PAGES)
  test(`${name}: hostile words stay text, ids are unique, the HTML is valid`, () => {
    const html = renderToString(element);
    assert.ok(!html.includes('<script>'), 'no tag out of data');
    assert.ok(!/ (style|on\w+)=/.test(html), 'nothing inline');
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.equal(html.match(/<h1/g)?.length, 1);
    assert.ok((html.match(/class="button primary/g)?.length ?? 0) <= 1, 'one primary button');
    assertValidHtml(`<!doctype html>${html}`, name);
  });

test('the likely cause is told after 90 seconds, for the step that does not come', () => {
  const textAt = (more: Partial<SetupProgress>) => renderToString(at(more));
  assert.doesNotMatch(textAt({ createdUtc: NOW - 89 }), /Nothing yet/);
  assert.match(textAt({ createdUtc: NOW - 90 }), /may not reach this server/);
  assert.match(textAt({ openedUtc: NOW - 90 }), /Press Download profile there/);
  assert.match(textAt({ ...used, openedUtc: NOW - 90, usedUtc: NOW - 90 }), /wait to be installed/);
  assert.match(textAt({ ...used, signedInUtc: NOW - 90 }), /Open Calendar on the iPhone/);
  assert.doesNotMatch(textAt({ ...used, signedInUtc: NOW - 90, fetchedUtc: NOW - 90 }), /Nothing yet/);
});

test('a QR code has its quiet zone of four squares, and squares only', () => {
  const svg = renderToString(
    Qr({ text: 'https://dav.example.org/c/abcdefghijklmnopqrstuvwx', label: HOSTILE }),
  );
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  assert.ok(svg.includes(`<rect width="${size}" height="${size}" fill="#fff"`));
  const runs = [...svg.matchAll(/M(\d+) (\d+)h(\d+)v1H(\d+)z/g)].map((match) => match.slice(1).map(Number));
  assert.ok(runs.length > 50);
  for (const [x = 0, y = 0, width = 0, back = -1] of runs) {
    assert.equal(back, x);
    assert.ok(x >= 4 && y >= 4 && x + width <= size - 4 && y < size - 4);
  }
  assert.ok(!svg.includes('<script>'));
});

test('platforms and models, as browsers tell them', () => {
  const asks = (agent: string, hint?: string) => ({
    headers: { 'user-agent': agent, 'sec-ch-ua-model': hint },
  });
  const chrome =
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36';
  const old = 'Mozilla/5.0 (Linux; Android 9; SM-G960F Build/PPR1) AppleWebKit/537.36 Chrome/80.0 Mobile';
  for (const [agent, platform] of [
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)', 'iphone'],
    ['Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X)', 'ipad'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'mac'],
    [chrome, 'android'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'desktop'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0)', 'desktop'],
    ['curl/8', 'unknown'],
  ] as const)
    assert.equal(platformOf(asks(agent)), platform, agent);
  assert.equal(modelOf(asks(chrome)), null);
  assert.equal(modelOf(asks(chrome, '"Pixel 8"')), 'Pixel 8');
  assert.equal(modelOf(asks(old)), 'SM-G960F');
  assert.equal(modelOf(asks(chrome, '"<b>"')), null);
  assert.equal(modelOf(asks(chrome, `"${'x'.repeat(60)}"`)), null);
  assert.equal(modelOf(asks('Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0')), null);
});
