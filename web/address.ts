import { isHttps } from './session.ts';
import type { PageRequest } from './site.ts';

/**
 * The address of the server as people type it, without trailing slash: from `BASE_URL`, else from what the browser
 * says. It is shown as text only; links and redirects never use it.
 */
export function addressOf(page: Pick<PageRequest, 'site' | 'request'>): string {
  const { site, request } = page;
  if (site.origin !== null) return site.origin + site.base;
  const host = request.headers['host'] ?? '';
  const shown = /^[A-Za-z0-9.:_[\]-]{1,253}$/.test(host) ? host : 'localhost';
  return `${isHttps(site, request) ? 'https' : 'http'}://${shown}${site.base}`;
}

const LOCAL = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** Whether phones can use the address: over https, not from elsewhere, or not safely. */
export function httpsState(page: Pick<PageRequest, 'site' | 'request'>): 'ok' | 'local' | 'missing' {
  if (isHttps(page.site, page.request)) return 'ok';
  return LOCAL.test(addressOf(page)) ? 'local' : 'missing';
}
