import type { WireRequest, WireResponse } from '../../protocols/wire.ts';
import { ALLOWED_METHODS } from './methods.ts';

/** What clients in a page send; those of some name themselves by headers of their own. */
const ASKED_HEADERS = [
  'Accept',
  'Authorization',
  'Brief',
  'CalDAV-Timezones',
  'Content-Type',
  'Depth',
  'Destination',
  'If',
  'If-Match',
  'If-None-Match',
  'If-Unmodified-Since',
  'Overwrite',
  'Prefer',
  'Slug',
  'User-Agent',
  'X-Client',
  'X-Requested-With',
].join(', ');
const SHOWN_HEADERS = 'DAV, ETag, Location, Allow, Preference-Applied, WWW-Authenticate, Retry-After';
const PREFLIGHT_SECONDS = '86400';

/** Whether a script of another origin asks, and that origin is on the list. */
export function isWelcome(origins: readonly string[], request: WireRequest): boolean {
  const origin = request.headers['origin'];
  return origins.length > 0 && origin !== undefined && origins.includes(origin);
}

/** The answer to the question a browser asks before a request of a script; null when this is not that question. */
export function preflight(request: WireRequest): WireResponse | null {
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return null;
  const headers = {
    'Access-Control-Allow-Methods': ALLOWED_METHODS,
    'Access-Control-Allow-Headers': ASKED_HEADERS,
    'Access-Control-Max-Age': PREFLIGHT_SECONDS,
  };
  return { status: 204, headers, body: null };
}

/** Lets a script of the asking origin read the answer. Credentials go in a header, never in cookies. */
export function withOrigin(request: WireRequest, response: WireResponse): WireResponse {
  const vary = response.headers['Vary'];
  const headers = {
    ...response.headers,
    'Access-Control-Allow-Origin': request.headers['origin'] ?? '',
    'Access-Control-Expose-Headers': SHOWN_HEADERS,
    Vary: vary === undefined ? 'Origin' : `${vary}, Origin`,
  };
  return { ...response, headers };
}
