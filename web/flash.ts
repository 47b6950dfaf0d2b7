import { createHmac } from 'node:crypto';
import type { WireRequest } from '../protocols/wire.ts';
import { addCookie, cookie, same } from './session.ts';
import type { Flash, PageRequest, Site } from './site.ts';

/** Results stand at the top of the next page: they travel in a cookie that only this server can have written. */

const NAME = 'flash';
const SECONDS = 60;

const seal = (body: string, formToken: string) =>
  createHmac('sha256', formToken).update(body).digest('base64url');

function rawCookie(request: WireRequest): string | null {
  const found = (request.headers['cookie'] ?? '')
    .split(';')
    .find((part) => part.trim().startsWith(`${NAME}=`));
  return found === undefined ? null : found.trim().slice(NAME.length + 1);
}

/** What the page before this one did; null when it did nothing worth a word. */
export function readFlash(request: WireRequest, formToken: string): Flash | null {
  const [body = '', mac = ''] = (rawCookie(request) ?? '').split('.');
  if (body === '' || !same(mac, seal(body, formToken))) return null;
  const value: Flash = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  return value;
}

/** Takes the cookie away again, once a page has shown it. */
export function clearFlash(page: Pick<PageRequest, 'site' | 'request' | 'headers' | 'flash'>): void {
  if (page.flash !== null) addCookie(page, cookie(page.site, page.request, NAME, '', 0));
}

/** Leaves a sentence for the next page of this visitor. */
export function leaveFlash(
  page: Pick<PageRequest, 'request' | 'headers' | 'formToken'> & { readonly site: Site },
  flash: Flash,
): void {
  const body = Buffer.from(JSON.stringify(flash), 'utf8').toString('base64url');
  addCookie(page, cookie(page.site, page.request, NAME, `${body}.${seal(body, page.formToken)}`, SECONDS));
}
