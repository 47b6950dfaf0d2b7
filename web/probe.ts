import type { WireRequest, WireResponse } from '../protocols/wire.ts';
import { readSession } from './session.ts';
import type { Site } from './site.ts';

/** A path that administrators' browsers send the requests of devices to, to see how they arrive here. */

const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Headers that devices need and proxies like to drop. */
const SHOWN = ['depth', 'if-match', 'if-none-match', 'destination', 'overwrite', 'prefer'] as const;
/** What the browser sends instead of a real password. */
const PROBE_AUTHORIZATION = `Basic ${Buffer.from('probe:probe').toString('base64')}`;

/** True for requests of `/admin/probe`, whatever their method. */
export function isProbe({ segments }: Pick<WireRequest, 'segments'>): boolean {
  return segments[0] === 'admin' && segments[1] === 'probe';
}

async function sizeOf(request: WireRequest): Promise<number> {
  let size = 0;
  for await (const chunk of request.openBody(MAX_BODY_BYTES)) size += chunk.byteLength;
  return size;
}

/** Answers with what has arrived: method, headers that matter, path as it was sent, size of the body. Changes nothing. */
export async function answerProbe(site: Site, request: WireRequest): Promise<WireResponse> {
  const session = await readSession(site, request);
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  if (session?.actor.isAdmin !== true) return { status: 404, headers, body: '{}' };
  const seen = Object.fromEntries(SHOWN.map((name) => [name, request.headers[name] ?? null]));
  const body = JSON.stringify({
    method: request.method,
    path: request.rawPath,
    headers: seen,
    hasAuthorization: request.headers['authorization'] === PROBE_AUTHORIZATION,
    isSecure: request.isSecure,
    bytes: await sizeOf(request),
    nowUtc: Math.floor(site.app.clock.nowMs() / 1000),
  });
  return { status: 200, headers, body: request.method === 'HEAD' ? null : body };
}
