import { isHttps } from './session.ts';
import type { PageRequest } from './site.ts';

type Asked = Pick<PageRequest, 'site' | 'request'> & {
  readonly server: Pick<PageRequest['server'], 'address'>;
};

/**
 * The address of the server as people type it, without trailing slash: from `BASE_URL`, else from the settings page, else
 * from what the browser says. It is shown as text only; links and redirects never use it.
 */
export function addressOf(page: Asked): string {
  const { site, request, server } = page;
  const told = site.origin ?? server.address;
  if (told !== null) return told + site.base;
  const host = request.headers['host'] ?? '';
  const shown = /^[A-Za-z0-9.:_[\]-]{1,253}$/.test(host) ? host : 'localhost';
  return `${isHttps(site, request) ? 'https' : 'http'}://${shown}${site.base}`;
}

const LOCAL = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** Whether phones can use the address: over https, not from elsewhere, or not safely. */
export function httpsState(page: Asked): 'ok' | 'local' | 'missing' {
  const address = addressOf(page);
  if (address.startsWith('https:')) return 'ok';
  return LOCAL.test(address) ? 'local' : 'missing';
}
