import type { Handler, Viewer, WireResponse } from '../wire.ts';

const SERVICES: ReadonlySet<string> = new Set(['caldav', 'carddav']);

/** Sends a client from its well-known address to the root, on the same origin and for every method (RFC 6764 §5). */
function redirect(v: Viewer): WireResponse {
  return {
    status: 301,
    headers: {
      Location: `${v.base}/dav/`,
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'max-age=3600',
    },
    body: `This service is at ${v.base}/dav/\n`,
  };
}

function nothing(): WireResponse {
  return {
    status: 404,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'There is nothing at this address.\n',
  };
}

/** Answers `/.well-known/caldav` and `/.well-known/carddav`, with or without credentials. */
export const discoveryHandler: Handler = async (v, req) => {
  const [first, service, ...rest] = req.segments;
  const isKnown = first === '.well-known' && service !== undefined && SERVICES.has(service);
  return isKnown && rest.length === 0 ? redirect(v) : nothing();
};
