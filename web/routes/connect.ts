import { findHome, listCollections } from '../../models/collections/service.ts';
import { type Device, getDevice, listDevices, toDeviceId } from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import { progressOfCode, SETUP_SECONDS } from '../../models/onboarding/service.ts';
import { CREATE_APP_PASSWORD, CREATE_SETUP_CODE } from '../../protocols/api/routes/connect.ts';
import { collectionHref } from '../../protocols/dav/hrefs.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf, httpsState } from '../address.ts';
import { CONNECT_TABS, type ConnectData, ConnectPage, type ConnectTab } from '../pages/connect.tsx';
import type { Setup } from '../pages/connect-phone.tsx';
import type { HandData, ListedAddress } from '../pages/connect-values.tsx';
import { platformOf } from '../platform.ts';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf, addCookie, cookie, readCookie } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import { APPROVE_ROUTES } from './approve.ts';
import { CODE_ROUTES, firstName, labelOf } from './code.ts';

/** The page remembers its code, and the program it made a password for, in this browser only. */
const REMEMBER_SECONDS = 3600;
const codeCookie = (kind: string) => `code-${kind}`;
const madeCookie = (tab: string) => `made-${tab}`;

const tabNamed = (text: string | null): ConnectTab | undefined => CONNECT_TABS.find((tab) => tab === text);

/** The tab asked for, else the one that fits the device that asks. */
function tabOf(page: PageRequest): ConnectTab {
  const asked = tabNamed(page.request.query.get('for'));
  if (asked !== undefined) return asked;
  const platform = platformOf(page.request);
  return platform === 'mac' || platform === 'android' ? platform : 'iphone';
}

function remember(page: PageRequest, name: string, value: string): void {
  addCookie(page, cookie(page.site, page.request, name, value, REMEMBER_SECONDS));
}

async function makeCode(
  page: PageRequest,
  kind: 'iphone' | 'mac' | 'android',
  device?: string,
): Promise<string> {
  const input = { kind, ...(device === undefined ? {} : { device }) };
  const { code } = await perform(page, CREATE_SETUP_CODE, input);
  if (kind !== 'mac') remember(page, codeCookie(kind), code);
  return code;
}

/** The code this browser showed last while it tells something, else a new one. */
async function setupOf(page: PageRequest, kind: 'iphone' | 'android'): Promise<Setup> {
  const { app } = page.site;
  const actor = actorOf(page);
  const known = readCookie(page.request, codeCookie(kind));
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const before = known === null ? null : await progressOfCode(app, actor, known);
  // One that nobody opened says nothing; a page that stood open all the time is told that its code is over.
  const isStale = before === null || (before.usedUtc === null && before.expiresUtc + SETUP_SECONDS <= nowUtc);
  const code = known === null || isStale ? await makeCode(page, kind) : known;
  const progress = isStale ? await progressOfCode(app, actor, code) : before;
  if (progress === null) throw new Refusal(404, 'The code is gone.');
  const platform = platformOf(page.request);
  const isHere = kind === 'android' ? platform === kind : platform === 'iphone' || platform === 'ipad';
  return { code, progress, isHere, link: `${addressOf(page)}/c/${code}` };
}

async function phoneSetup(
  page: PageRequest,
  tab: ConnectTab,
): Promise<Pick<ConnectData, 'setup' | 'refused'>> {
  const isAsked = httpsState(page) === 'ok' || page.request.query.has('anyway');
  const hasCode = readCookie(page.request, codeCookie(tab)) !== null;
  if ((tab !== 'iphone' && tab !== 'android') || !(isAsked || hasCode)) return { setup: null, refused: null };
  try {
    return { setup: await setupOf(page, tab), refused: null };
  } catch (error) {
    if (error instanceof Refusal && error.status === 409) return { setup: null, refused: error.message };
    throw error;
  }
}

async function addressesOf(page: PageRequest): Promise<readonly ListedAddress[]> {
  const { db } = page.site.app;
  const found: ListedAddress[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(db, actorOf(page).principal, holds);
    for (const collection of home === null ? [] : await listCollections(db, home.id)) {
      if (collection.kind !== 'calendar' && collection.kind !== 'addressbook') continue;
      const name = collection.displayName === '' ? collection.name : collection.displayName;
      found.push({ name, address: addressOf(page) + collectionHref('', collection) });
    }
  }
  return found;
}

async function awaited(page: PageRequest, tab: ConnectTab): Promise<Device | null> {
  const id = readCookie(page.request, madeCookie(tab));
  if (id === null) return null;
  try {
    const device = await getDevice(page.site.app, actorOf(page), toDeviceId(id));
    return device.owner === actorOf(page).principal && device.removedUtc === null ? device : null;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

const labelFor = (page: PageRequest, tab: ConnectTab) =>
  tab === 'mac'
    ? labelOf(page.words, firstName(actorOf(page)), page.words.t('connect.what.mac'))
    : page.words.t(tab === 'thunderbird' ? 'connect.what.thunderbird' : 'connect.what.other');

interface Made {
  readonly password: string | null;
  readonly device: Device | null;
  readonly label?: string;
  readonly refused?: string;
}

async function show(page: PageRequest, status: number, tab: ConnectTab, made: Made): Promise<WireResponse> {
  const actor = actorOf(page);
  const address = `${addressOf(page)}/`;
  const hand: HandData = {
    address,
    login: actor.login,
    password: made.password,
    device: made.device,
    label: made.label ?? labelFor(page, tab),
    addresses: tab === 'other' ? await addressesOf(page) : [],
  };
  const { setup, refused } = await phoneSetup(page, tab);
  const data: ConnectData = {
    tab,
    address,
    hand,
    setup,
    https: httpsState(page),
    isSigned: page.site.signing !== null,
    refused: made.refused ?? refused,
    devices: await listDevices(page.site.app, actor),
  };
  return html(page, status, ConnectPage({ ctx: contextOf(page), data }));
}

async function connect(page: PageRequest): Promise<WireResponse> {
  const tab = tabOf(page);
  return show(page, 200, tab, { password: null, device: await awaited(page, tab) });
}

/** Makes a password and shows it in the answer itself: it is known at this moment only. */
async function makePassword(page: PageRequest): Promise<WireResponse> {
  const tab = tabNamed(page.form.get('for')) ?? 'other';
  const typed = (page.form.get('label') ?? '').trim().slice(0, 100);
  const label = typed === '' ? labelFor(page, tab) : typed;
  try {
    const { device: id, password } = await perform(page, CREATE_APP_PASSWORD, { label });
    remember(page, madeCookie(tab), id);
    const device = await getDevice(page.site.app, actorOf(page), toDeviceId(id));
    return await show(page, 200, tab, { password, device, label });
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 409)) throw error;
    return show(page, 422, tab, { password: null, device: null, label, refused: error.message });
  }
}

/** Which kind of code sets a device up again, by what it was when it came last. */
function kindOfDevice({ client, platform }: Device): 'iphone' | 'mac' | 'android' {
  const text = `${client ?? ''} ${platform ?? ''}`;
  if (/macOS|\bMac\b/.test(text)) return 'mac';
  return /Android|DAVx5|DAVdroid/.test(text) ? 'android' : 'iphone';
}

async function newCode(page: PageRequest): Promise<WireResponse> {
  const id = page.form.get('device');
  const asked = page.form.get('for');
  const kind =
    id === null
      ? asked === 'mac' || asked === 'android'
        ? asked
        : 'iphone'
      : kindOfDevice(await getDevice(page.site.app, actorOf(page), toDeviceId(id)));
  try {
    const code = await makeCode(page, kind, id ?? undefined);
    return redirect(page, kind === 'mac' ? `/c/${code}` : `/connect?for=${kind}`);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    return show(page, 409, kind, { password: null, device: null, refused: error.message });
  }
}

/** Connect, the set-up page on the device, and apps that ask to be let in. */
export const CONNECT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/connect', who: 'signed-in', run: connect },
  { method: 'POST', path: '/connect', who: 'signed-in', does: ['createAppPassword'], run: makePassword },
  { method: 'POST', path: '/connect/code', who: 'signed-in', does: ['createSetupCode'], run: newCode },
  ...CODE_ROUTES,
  ...APPROVE_ROUTES,
];
