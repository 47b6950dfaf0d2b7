import { TIMEZONES_PATH } from '../timezones/path.ts';
import type { Handler, Viewer, WireResponse } from '../wire.ts';

/** Where each service is that has a well-known address (RFC 6764 §5, RFC 7808 §4.2.1.3). */
export const SERVICES: ReadonlyMap<string, string> = new Map([
  ['caldav', '/dav/'],
  ['carddav', '/dav/'],
  ['timezone', TIMEZONES_PATH],
]);

/** Sends a client from its well-known address to the service, on the same origin and for every method. */
function redirect(v: Viewer, path: string): WireResponse {
  return {
    status: 301,
    headers: {
      Location: `${v.base}${path}`,
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'max-age=3600',
    },
    body: `This service is at ${v.base}${path}\n`,
  };
}

function nothing(): WireResponse {
  return {
    status: 404,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'There is nothing at this address.\n',
  };
}

/** Answers the well-known addresses, with or without credentials. */
export const discoveryHandler: Handler = async (v, req) => {
  const [first, service, ...rest] = req.segments;
  const path = first === '.well-known' && rest.length === 0 ? SERVICES.get(service ?? '') : undefined;
  return path === undefined ? nothing() : redirect(v, path);
};
