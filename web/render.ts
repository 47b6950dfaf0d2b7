import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { ApiCall, Operation } from '../protocols/api/operation.ts';
import type { WireResponse } from '../protocols/wire.ts';
import { addressOf } from './address.ts';
import { clearFlash, leaveFlash } from './flash.ts';
import type { WordKey } from './locales/en.ts';
import { ErrorPage } from './pages/error.tsx';
import { actorOf } from './session.ts';
import type { Flash, PageContext, PageRequest } from './site.ts';

/** What the components of a page need, from the request for it. */
export function contextOf(
  page: Pick<
    PageRequest,
    | 'site'
    | 'session'
    | 'formToken'
    | 'words'
    | 'flash'
    | 'notices'
    | 'preferences'
    | 'server'
    | 'timeZone'
    | 'request'
  >,
): PageContext {
  const { site, session, formToken } = page;
  return {
    words: page.words,
    base: site.base,
    person: session?.actor ?? null,
    formToken,
    flash: page.flash,
    ...(page.notices === undefined ? {} : { notices: page.notices }),
    preferences: page.preferences,
    server: page.server,
    timeZone: page.timeZone,
    nowUtc: Math.floor(site.app.clock.nowMs() / 1000),
    path: page.request.rawPath,
    asset: (name) => `${site.base}/assets/${name}?v=${site.assets.get(name)?.etag ?? ''}`,
  };
}

/** A page as an answer; pages are never kept by caches. */
export function html(
  page: Pick<PageRequest, 'headers' | 'site' | 'request' | 'flash'>,
  status: number,
  content: JSX.Element,
): WireResponse {
  clearFlash(page);
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      ...page.headers,
    },
    body: `<!doctype html>${renderToString(content)}`,
  };
}

/** On to another page after a form (303), with a path below the base path; `flash` is said at its top. */
export function redirect(page: PageRequest, path: string, flash: Flash | null = null): WireResponse {
  if (flash !== null) leaveFlash(page, flash);
  return {
    status: 303,
    headers: { ...page.headers, Location: page.site.base + path, 'Cache-Control': 'no-store' },
    body: null,
  };
}

/** What an operation of the JSON API is told about who asks and where, for the person who is signed in. */
export function callOf(page: PageRequest): ApiCall {
  const { site, request } = page;
  const actor = actorOf(page);
  return {
    app: site.app,
    actor,
    base: site.base,
    origin: site.origin,
    address: addressOf(page),
    remoteAddress: request.remoteAddress,
    dataDir: site.dataDir,
    settings: site.settings,
    async proves(password) {
      const person = await site.person(actor.login, password, request.remoteAddress);
      return person?.principal === actor.principal;
    },
  };
}

/** Does what an operation of the JSON API does, as the person who is signed in. Throws what the operation throws. */
export function perform<I extends object, O>(
  page: PageRequest,
  operation: Pick<Operation<I, O>, 'run'>,
  input: I,
): Promise<O> {
  return operation.run(callOf(page), input);
}

/** What is answered in words; 419 is a form whose token is not this visitor's (any more). */
const ERROR_NAMES = ['403', '404', '405', '419', '429', '500', '503'] as const;
type ErrorName = (typeof ERROR_NAMES)[number];

/**
 * What happened, as a page with a short id that also stands in the log. A status without texts of its own says that
 * nothing was changed.
 */
export function errorPage(page: PageRequest, status: number, error?: unknown): WireResponse {
  const { t } = page.words;
  const name: ErrorName = ERROR_NAMES.find((known) => known === `${status}`) ?? '405';
  const key = <const P extends 'title' | 'text'>(part: P): WordKey => `error.${name}.${part}`;
  const id = page.site.app.random.uuid().slice(0, 8);
  const fields = { id, status, method: page.request.method, path: page.request.rawPath };
  if (error === undefined) page.site.app.log.info('page.refused', fields);
  else page.site.app.log.error('page.failed', { ...fields, error });
  const isOut = page.session === null;
  const way = { href: isOut ? '/sign-in' : '/', text: t(isOut ? 'error.sign-in' : 'error.home') };
  const data = { title: t(key('title')), text: t(key('text')), id, way };
  return html(page, status, ErrorPage({ ctx: contextOf(page), data }));
}
