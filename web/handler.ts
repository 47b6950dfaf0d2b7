import { Refusal } from '../models/errors.ts';
import type { Handler, WireRequest, WireResponse } from '../protocols/wire.ts';
import { errorPage, redirect } from './render.ts';
import { ROUTES } from './routes/index.ts';
import { formTokenOf, isOwnForm, readSession } from './session.ts';
import type { PageRequest, Route, Site } from './site.ts';

const MAX_FORM_BYTES = 64 * 1024;
const YEAR_SECONDS = 31_536_000;

function asset(site: Site, request: WireRequest): WireResponse | null {
  const [, name = ''] = request.segments;
  const found = site.assets.get(name);
  if (found === undefined || request.segments.length !== 2) return null;
  const etag = `"${found.etag}"`;
  const isPinned = request.query.get('v') === found.etag;
  const headers = {
    ETag: etag,
    'Cache-Control': isPinned ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  };
  if (request.headers['if-none-match'] === etag) return { status: 304, headers, body: null };
  return { status: 200, headers: { 'Content-Type': found.type, ...headers }, body: found.body };
}

async function readForm(request: WireRequest): Promise<URLSearchParams> {
  if (request.method !== 'POST') return new URLSearchParams();
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams();
  return new URLSearchParams(Buffer.from(await request.readBody(MAX_FORM_BYTES)).toString('utf8'));
}

async function open(site: Site, request: WireRequest): Promise<PageRequest> {
  const headers: PageRequest['headers'] = {};
  const session = await readSession(site, request);
  const form = await readForm(request);
  return { site, request, session, form, headers, formToken: formTokenOf(site, request, session, headers) };
}

async function run(page: PageRequest, route: Route): Promise<WireResponse> {
  if (route.who === 'signed-in' && page.session === null) {
    const isForm = route.method === 'POST';
    return redirect(page, isForm ? '/sign-in' : `/sign-in?next=${encodeURIComponent(page.request.rawPath)}`);
  }
  if (route.method === 'POST' && !isOwnForm(page)) return errorPage(page, 403, 'form');
  return route.run(page);
}

function failed(page: PageRequest, error: unknown): WireResponse {
  if (!(error instanceof Refusal)) {
    const id = page.site.app.random.uuid().slice(0, 8);
    page.site.app.log.error('page.failed', { id, path: page.request.rawPath, error });
    return errorPage(page, 500, '500', { id });
  }
  const { status } = error;
  if (status === 403 || status === 404 || status === 429 || status === 503)
    return errorPage(page, status, `${status}`);
  return errorPage(page, status, 'form');
}

async function answer(site: Site, request: WireRequest): Promise<WireResponse> {
  const page = await open(site, request);
  const path = `/${request.segments.join('/')}`;
  const routes = ROUTES.filter((route) => route.path === path);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = routes.find((candidate) => candidate.method === method);
  try {
    if (route !== undefined) return await run(page, route);
    return routes.length === 0 ? errorPage(page, 404, '404') : errorPage(page, 405, '405');
  } catch (error) {
    return failed(page, error);
  }
}

/** The pages for people as a handler of the edge; it signs people in by itself and takes no DAV credentials. */
export function webHandler(site: Site): Handler {
  return async (_viewer, request) => {
    if (request.segments[0] === 'assets' && request.method !== 'POST') {
      const found = asset(site, request);
      if (found !== null) return found;
    }
    return answer(site, request);
  };
}
