import { Refusal } from '../../models/errors.ts';
import {
  openSetupCode,
  readSetupCode,
  type SetupKind,
  type SetupState,
  useSetupCode,
} from '../../models/onboarding/service.ts';
import { PROFILE_TYPE, renderProfile } from '../../protocols/discovery/profile.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf } from '../address.ts';
import { type CodeData, CodePage, CodeStatePage, type CodeVariant } from '../pages/code.tsx';
import { ASK_MODEL, modelOf, platformOf } from '../platform.ts';
import { contextOf, html, redirect } from '../render.ts';
import { addCookie, cookie, readCookie } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import type { Words } from '../words.ts';

/** What using a code gave this browser. */
const GRANT = 'setup';
const GRANT_SECONDS = 600;

/** How somebody is called among friends: the first word of the name. */
export function firstName({
  displayName,
  login,
}: {
  readonly displayName: string;
  readonly login: string;
}): string {
  const [first = ''] = displayName.trim().split(/\s+/);
  return first === '' ? login : first;
}

/** What a device is called until somebody says otherwise: "Mara's iPhone". */
export function labelOf(words: Words, name: string, what: string): string {
  return words.t('connect.label', { name: name.slice(0, 50), what }).slice(0, 100);
}

/** An iPad asks for pages as a Mac does, so a code for an iPhone or iPad on a "Mac" is on an iPad. */
function variantOf(page: PageRequest, kind: SetupKind): CodeVariant {
  const platform = platformOf(page.request);
  if (platform === 'mac') return kind === 'iphone' ? 'apple' : 'mac';
  if (platform === 'iphone' || platform === 'ipad') return 'apple';
  return platform === 'android' ? 'android' : 'other';
}

function whatOf(page: PageRequest, kind: SetupKind): string {
  const platform = platformOf(page.request);
  const { t } = page.words;
  if (platform === 'android') return modelOf(page.request) ?? t('connect.what.android');
  if (platform === 'mac') return t(kind === 'iphone' ? 'connect.what.ipad' : 'connect.what.mac');
  if (platform === 'ipad' || platform === 'iphone') return t(`connect.what.${platform}`);
  return t('connect.what.other');
}

/**
 * Addresses that open DAVx5. Its login flow takes the code along: the activity of that flow is not open to browsers, the one
 * for `davx5` (https) and `caldav` (http) addresses is, and both read the same extra.
 */
function davx5Links(page: PageRequest, code: string): Pick<CodeData, 'intent' | 'davx5'> {
  const address = addressOf(page);
  const scheme = address.startsWith('https:') ? 'davx5' : 'caldav';
  const bare = address.replace(/^https?:\/\//, '');
  const missing = encodeURIComponent(`${address}/c/${code}?app=missing`);
  const parts = [
    `scheme=${scheme}`,
    'package=at.bitfire.davdroid',
    'i.loginFlow=1',
    `S.browser_fallback_url=${missing}`,
  ];
  return {
    intent: `intent://${bare}/c/${code}/index.php/login/v2#Intent;${parts.join(';')};end`,
    davx5: `${scheme}://${bare}/`,
  };
}

type Living = Extract<SetupState, { state: 'open' | 'mine' }>;

const codeOf = (page: PageRequest) => page.params['code'] ?? '';
const grantOf = (page: PageRequest) => readCookie(page.request, GRANT);

function closed(page: PageRequest, state: 'unknown' | 'over' | 'used'): WireResponse {
  return html(page, state === 'unknown' ? 404 : 410, CodeStatePage({ ctx: contextOf(page), state }));
}

function show(page: PageRequest, status: number, living: Living, refused: string | null): WireResponse {
  const code = codeOf(page);
  const data: CodeData = {
    code,
    refused,
    kind: living.kind,
    variant: variantOf(page, living.kind),
    name: firstName(living),
    serverName: page.server.name,
    expiresUtc: living.expiresUtc,
    address: `${addressOf(page)}/`,
    login: living.login,
    password: living.state === 'mine' ? living.secret : null,
    profileHasPassword: page.server.profileHasPassword,
    isSigned: page.site.signing !== null,
    ...davx5Links(page, code),
    isMissing: page.request.query.get('app') === 'missing',
  };
  Object.assign(page.headers, ASK_MODEL);
  return html(page, status, CodePage({ ctx: contextOf(page), data }));
}

async function look(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const found = await readSetupCode(app, codeOf(page), grantOf(page));
  if (found.state !== 'open' && found.state !== 'mine') return closed(page, found.state);
  if (found.state === 'open') await openSetupCode(app, codeOf(page));
  return show(page, 200, found, null);
}

async function use(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const code = codeOf(page);
  const isProfile = page.form.get('as') === 'profile' && page.server.profileHasPassword;
  const next = isProfile ? `/c/${code}/profile` : `/c/${code}`;
  const found = await readSetupCode(app, code, grantOf(page));
  // Pressed again on the same device.
  if (found.state === 'mine') return redirect(page, next);
  if (found.state !== 'open') return closed(page, found.state);
  try {
    const label = labelOf(page.words, firstName(found), whatOf(page, found.kind));
    const { grant } = await useSetupCode(app, code, label);
    addCookie(page, cookie(page.site, page.request, GRANT, grant, GRANT_SECONDS));
    return redirect(page, next);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    const after = await readSetupCode(app, code, null);
    if (after.state === 'open') return show(page, 409, after, error.message);
    return closed(page, after.state === 'mine' ? 'used' : after.state);
  }
}

async function profile(page: PageRequest): Promise<WireResponse> {
  const { site, server, words } = page;
  const found = await readSetupCode(site.app, codeOf(page), grantOf(page));
  if (found.state === 'open') return redirect(page, `/c/${codeOf(page)}`);
  if (found.state !== 'mine') return closed(page, found.state);
  const { displayName } = found;
  const text = renderProfile({
    device: found.device,
    serverName: server.name,
    personName: displayName,
    description: words.t('code.profile.about', { name: displayName, server: server.name }),
    login: found.login,
    principal: found.principal,
    password: server.profileHasPassword ? found.secret : null,
    address: addressOf(page),
  });
  const signedUtc = Math.floor(site.app.clock.nowMs() / 1000);
  const body =
    site.signing === null
      ? text
      : (await import('../../protocols/discovery/sign.ts')).signProfile(text, site.signing, signedUtc);
  const headers = {
    ...page.headers,
    'Content-Type': PROFILE_TYPE,
    'Content-Disposition': 'attachment; filename="daybook.mobileconfig"',
    'Cache-Control': 'no-store',
  };
  return { status: 200, headers, body };
}

/** The set-up page on the device: whoever has the code needs no sign-in. */
export const CODE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/c/:code', who: 'anyone', run: look },
  { method: 'POST', path: '/c/:code', who: 'anyone', run: use },
  { method: 'GET', path: '/c/:code/profile', who: 'anyone', run: profile },
];
