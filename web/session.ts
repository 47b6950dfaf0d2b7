import { createHmac, timingSafeEqual } from 'node:crypto';
import { createSession, endSession, openSession, renewSession } from '../models/credentials/service.ts';
import { Refusal } from '../models/errors.ts';
import type { PrincipalId, UserActor } from '../models/types.ts';
import type { WireRequest, WireResponse } from '../protocols/wire.ts';
import type { PageRequest, Site } from './site.ts';

/** Somebody who is signed in to the pages; never accepted on DAV paths. */
export interface Session {
  readonly token: string;
  /** Names it in the account's list. */
  readonly id: string;
  readonly actor: UserActor;
  /** When the password was given last, epoch seconds. */
  readonly provedUtc: number;
  readonly isLasting: boolean;
}

/** A password given this long ago need not be given again. */
const PROOF_SECONDS = 5 * 60;
/** What browsers keep at most; the server ends a session earlier. */
const LASTING_COOKIE_SECONDS = 400 * 86_400;

const VISIT_COOKIE = 'visit';
const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;

/** True when the browser's side of the connection is https, as far as anybody can know. */
export function isHttps(site: Pick<Site, 'origin'>, request: WireRequest): boolean {
  return site.origin === null ? request.isSecure : site.origin.startsWith('https:');
}

/** The `__Host-` prefix pins a cookie to this host and to https, where both are there. */
function sessionCookie(site: Site, request: WireRequest): string {
  return isHttps(site, request) && site.base === '' ? '__Host-sid' : 'sid';
}

/** The value of one cookie; null when it was not sent or cannot be one of ours. */
export function readCookie(request: WireRequest, name: string): string | null {
  for (const part of (request.headers['cookie'] ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2);
    if (key === name) return TOKEN.test(value) ? value : null;
  }
  return null;
}

/** A `Set-Cookie` line; `maxAge` in seconds, null ends with the browser. */
export function cookie(
  site: Pick<Site, 'origin' | 'base'>,
  request: WireRequest,
  name: string,
  value: string,
  maxAge: number | null,
): string {
  const age = maxAge === null ? '' : `; Max-Age=${maxAge}`;
  const secure = isHttps(site, request) ? '; Secure' : '';
  return `${name}=${value}; Path=${site.base === '' ? '/' : site.base}; HttpOnly; SameSite=Lax${age}${secure}`;
}

/** Adds a `Set-Cookie` line to the answer. */
export function addCookie(page: Pick<PageRequest, 'headers'>, line: string): void {
  const before = page.headers['Set-Cookie'];
  page.headers['Set-Cookie'] = Array.isArray(before) ? [...before, line] : [line];
}

/** The session of a request, when its cookie names a living one. */
export async function readSession(site: Site, request: WireRequest): Promise<Session | null> {
  const token = readCookie(request, sessionCookie(site, request));
  if (token === null) return null;
  const session = await openSession(site.app, token);
  return session === null ? null : { token, ...session };
}

function sessionLine(page: PageRequest, token: string, isLasting: boolean): string {
  const { site, request } = page;
  const maxAge = isLasting ? LASTING_COOKIE_SECONDS : null;
  return cookie(site, request, sessionCookie(site, request), token, maxAge);
}

/**
 * Makes a session for somebody who has just proved who they are; the one before it ends. Its cookie ends with the browser,
 * or is kept where the person says that the device is theirs. Gives the form token of the new session.
 */
export async function beginSession(
  page: PageRequest,
  principal: PrincipalId,
  isLasting = false,
): Promise<string> {
  const { site, request, session } = page;
  if (session !== null) await endSession(site.app, session.token);
  const { token } = await createSession(site.app, principal, {
    userAgent: request.headers['user-agent'] ?? null,
    remoteAddress: request.remoteAddress,
    isLasting,
  });
  addCookie(page, sessionLine(page, token, isLasting));
  return tokenFor(token);
}

/** Notes that the person who is signed in gave the password again; the session gets a new token. */
export async function noteProof(page: PageRequest): Promise<void> {
  const { site, session } = page;
  if (session === null) return;
  const token = await renewSession(site.app, session.token);
  if (token !== null) addCookie(page, sessionLine(page, token, session.isLasting));
}

/**
 * Null when the password was given within the last five minutes; else the way to the page that asks for it, which leads on
 * to `next`: a GET page below the base path, the one that was asked for unless told otherwise.
 */
export function requireProof(page: PageRequest, next: string = page.request.rawPath): WireResponse | null {
  const { site, session } = page;
  const nowUtc = Math.floor(site.app.clock.nowMs() / 1000);
  if (session !== null && session.provedUtc + PROOF_SECONDS > nowUtc) return null;
  const location = `${site.base}/sign-in/again?next=${encodeURIComponent(next)}`;
  return {
    status: 303,
    headers: { ...page.headers, Location: location, 'Cache-Control': 'no-store' },
    body: null,
  };
}

/** Ends the session and takes its cookie away. */
export async function finishSession(page: PageRequest): Promise<void> {
  const { site, request, session } = page;
  if (session !== null) await endSession(site.app, session.token);
  addCookie(page, cookie(site, request, sessionCookie(site, request), '', 0));
}

const tokenFor = (secret: string) => createHmac('sha256', secret).update('form').digest('base64url');

/** The token forms of this visitor carry: bound to the session, or before sign-in to a cookie made for it. */
export function formTokenOf(
  site: Site,
  request: WireRequest,
  session: Session | null,
  headers: PageRequest['headers'],
): string {
  if (session !== null) return tokenFor(session.token);
  const known = readCookie(request, VISIT_COOKIE);
  if (known !== null) return tokenFor(known);
  const fresh = site.app.random.bytes(16).toString('base64url');
  addCookie({ headers }, cookie(site, request, VISIT_COOKIE, fresh, null));
  return tokenFor(fresh);
}

/** Compares in constant time. */
export function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isSameOrigin(site: Site, request: WireRequest): boolean {
  const fetchSite = request.headers['sec-fetch-site'];
  if (fetchSite !== undefined) return fetchSite === 'same-origin';
  const origin = request.headers['origin'];
  // NOTE: over plain http browsers send no Sec-Fetch-Site, and `Origin: null` from pages with `Referrer-Policy:
  // no-referrer`; there the form token and the SameSite cookie stand alone.
  if (origin === 'null') return !isHttps(site, request);
  const scheme = isHttps(site, request) ? 'https' : 'http';
  return origin === (site.origin ?? `${scheme}://${request.headers['host'] ?? ''}`);
}

/** True when a form was sent from one of our own pages by the visitor it was made for. */
export function isOwnForm(page: PageRequest): boolean {
  return isOwnUpload(page, page.form.get('form-token') ?? '');
}

/** The same for a body that the route reads itself, with the form token it found there. */
export function isOwnUpload(
  page: Pick<PageRequest, 'site' | 'request' | 'formToken'>,
  formToken: string,
): boolean {
  return isSameOrigin(page.site, page.request) && same(formToken, page.formToken);
}

/** The person who is signed in, for routes that only they reach. Throws `Refusal` 403 elsewhere. */
export function actorOf(page: Pick<PageRequest, 'session'>): UserActor {
  if (page.session === null) throw new Refusal(403, 'Sign in first.');
  return page.session.actor;
}
