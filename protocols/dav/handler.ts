import { Refusal } from '../../models/errors.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../wire.ts';
import { rememberingReader } from '../xml/known.ts';
import { challenge, renderError } from './errors.ts';
import type { Found } from './found.ts';
import { resolvePath } from './hrefs.ts';
import { ALLOW_ANYWHERE, allowAt, DAV_CLASSES, plainOptions } from './options.ts';
import type { Tables } from './rows.ts';

/** On every answer: some clients read `DAV` from PROPFIND, and a stored file opened in a browser must stay inert. */
const COMMON_HEADERS = {
  DAV: DAV_CLASSES,
  Vary: 'Brief, Prefer, Accept, CalDAV-Timezones',
  'Cache-Control': 'private, no-cache',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
};

function withCommon(answer: WireResponse): WireResponse {
  return { ...answer, headers: { ...COMMON_HEADERS, ...answer.headers } };
}

/** The answer to a request that did not reach the handler, with the headers every answer has. */
export function renderedAtEdge(v: Viewer, req: WireRequest, error: unknown): WireResponse {
  return withCommon(renderError(v, req, error));
}

/** Makes the handler of everything that speaks WebDAV: finds the method and the resource, renders what is thrown. */
export function davHandler(rows: Tables): Handler {
  const tables = { ...rows, readXml: rememberingReader() };
  return async (v, req) => {
    if (v.actor.kind === 'anonymous')
      return withCommon(req.method === 'OPTIONS' ? plainOptions() : challenge());
    return withCommon(await answer(tables, v, req));
  };
}

async function answer(tables: Tables, v: Viewer, req: WireRequest): Promise<WireResponse> {
  let found: Found | null = null;
  try {
    const method = tables.methods.get(req.method);
    if (method === undefined)
      throw new Refusal(405, `${req.method} is not served here.`, { Allow: ALLOW_ANYWHERE });
    found = await resolvePath(v, req.segments);
    return await method.answer(v, req, found, tables);
  } catch (error) {
    const refused = renderError(v, req, error);
    if (refused.status !== 405 || found === null || refused.headers['Allow'] !== undefined) return refused;
    return { ...refused, headers: { ...refused.headers, Allow: allowAt(v, found) } };
  }
}
