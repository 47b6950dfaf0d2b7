import { createHmac } from 'node:crypto';
import { addCookie, cookie, same } from './session.ts';
import type { PageRequest } from './site.ts';

/**
 * What is shown once after a form, such as a new link: it waits in the visitor's own browser for a few minutes, in a cookie
 * that only this server can have written for this session, so that the page after the form can be loaded again.
 */

const SECONDS = 600;
const seal = (body: string, formToken: string) =>
  createHmac('sha256', formToken).update(`once ${body}`).digest('base64url');

/** Leaves a value for the pages of this visitor; `name` is of letters. */
export function leaveOnce(
  page: Pick<PageRequest, 'site' | 'request' | 'headers' | 'formToken'>,
  name: string,
  value: Readonly<Record<string, string>>,
): void {
  const body = Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
  const sealed = `${body}.${seal(body, page.formToken)}`;
  addCookie(page, cookie(page.site, page.request, `once-${name}`, sealed, SECONDS));
}

/** The value that was left, null when there is none or it is another visitor's. */
export function readOnce(
  page: Pick<PageRequest, 'request' | 'formToken'>,
  name: string,
): Readonly<Record<string, string>> | null {
  const start = `once-${name}=`;
  const parts = (page.request.headers['cookie'] ?? '').split(';').map((part) => part.trim());
  const found = parts.find((part) => part.startsWith(start))?.slice(start.length) ?? '';
  const [body = '', mac = ''] = found.split('.');
  if (body === '' || !same(mac, seal(body, page.formToken))) return null;
  const value: Readonly<Record<string, string>> = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  return value;
}
