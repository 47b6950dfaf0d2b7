import { Refusal } from '../models/errors.ts';
import { isTimeZone, NO_PREFERENCES, preferencesOf } from '../models/principals/preferences.ts';
import { serverSettings } from '../models/server/service.ts';
import { openNotices } from '../models/versions/trash.ts';
import type { Handler, WireRequest, WireResponse } from '../protocols/wire.ts';
import { readFlash } from './flash.ts';
import { isMultipart, readMultipart } from './multipart.ts';
import { hasNotices } from './parts/notices.tsx';
import { answerProbe, isProbe } from './probe.ts';
import { errorPage, redirect } from './render.ts';
import { ROUTES } from './routes/index.ts';
import { formTokenOf, isOwnForm, readSession } from './session.ts';
import type { PageRequest, Route, Site } from './site.ts';
import { languageOf } from './words.ts';

const MAX_FORM_BYTES = 256 * 1024;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_MULTIPART_BYTES = 10 * 1024 * 1024;
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
  const typed = { 'Content-Type': found.type, Vary: 'Accept-Encoding', ...headers };
  if (found.gzip === null || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
    return { status: 200, headers: typed, body: found.body };
  // Assets hold no secrets, so their length may be seen.
  return { status: 200, headers: { ...typed, 'Content-Encoding': 'gzip' }, body: found.gzip };
}

interface Form {
  readonly form: URLSearchParams;
  readonly files: PageRequest['files'];
}

const NO_FORM: Form = { form: new URLSearchParams(), files: new Map() };

async function readForm(request: WireRequest, route: Route | undefined): Promise<Form> {
  if (request.method !== 'POST' || route === undefined || route.isUpload === true) return NO_FORM;
  if (isMultipart(request)) {
    const { fields, files } = await readMultipart(request, MAX_MULTIPART_BYTES, MAX_FILE_BYTES);
    return { form: fields, files };
  }
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return NO_FORM;
  const body = Buffer.from(await request.readBody(MAX_FORM_BYTES)).toString('utf8');
  return { form: new URLSearchParams(body), files: NO_FORM.files };
}

/** A zone the browser told in a cookie; it is judged before anything is written in it. */
function browserZone(request: WireRequest): string | null {
  const match = /(?:^|;\s*)zone=([A-Za-z0-9_+~-]{1,64})/.exec(request.headers['cookie'] ?? '');
  const name = match?.[1]?.replaceAll('~', '/');
  return name !== undefined && isTimeZone(name) ? name : null;
}

async function open(site: Site, request: WireRequest, found: Found): Promise<PageRequest> {
  const headers: PageRequest['headers'] = {};
  const session = await readSession(site, request);
  const preferences =
    session === null ? NO_PREFERENCES : await preferencesOf(site.app.db, session.actor.principal);
  const server = await serverSettings(site.app.db);
  const formToken = formTokenOf(site, request, session, headers);
  return {
    site,
    request,
    session,
    preferences,
    server,
    headers,
    formToken,
    words:
      site.languages[
        preferences.language ?? languageOf(request.headers['accept-language'], server.defaultLanguage)
      ],
    timeZone: preferences.timeZone ?? browserZone(request) ?? site.timeZone,
    flash: readFlash(request, formToken),
    ...(session !== null && hasNotices(request.rawPath)
      ? { notices: await openNotices(site.app, session.actor) }
      : {}),
    params: found.params,
    ...NO_FORM,
  };
}

async function run(page: PageRequest, route: Route): Promise<WireResponse> {
  if (route.who !== 'anyone' && page.session === null) {
    const isForm = route.method === 'POST';
    return redirect(
      page,
      isForm ? '/sign-in' : `/sign-in?next=${encodeURIComponent(pathAndQuery(page.request))}`,
    );
  }
  if (route.who === 'administrator' && page.session?.actor.isAdmin !== true) return errorPage(page, 403);
  if (route.method === 'POST' && route.isUpload !== true && !isOwnForm(page)) return errorPage(page, 419);
  return route.run(page);
}

function pathAndQuery({ rawPath, query }: WireRequest): string {
  return query.size === 0 ? rawPath : `${rawPath}?${query}`;
}

function failed(page: PageRequest, error: unknown): WireResponse {
  if (!(error instanceof Refusal)) return errorPage(page, 500, error);
  const answer = errorPage(page, error.status);
  return { ...answer, headers: { ...error.headers, ...answer.headers } };
}

interface Found {
  readonly route: Route | undefined;
  /** True when the path is known, whatever the method. */
  readonly isKnown: boolean;
  readonly params: Readonly<Record<string, string>>;
}

const PATTERNS = ROUTES.map((route) => ({ route, parts: route.path.split('/').slice(1) }));

/** What `:name` segments stand for; null when the path is another one. A fixed segment wins over a named one by order. */
function matched(parts: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return params;
}

function find(request: WireRequest): Found {
  const segments = request.segments.length === 0 ? [''] : request.segments;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  let isKnown = false;
  for (const { route, parts } of PATTERNS) {
    const params = matched(parts, segments);
    if (params === null) continue;
    isKnown = true;
    if (route.method === method) return { route, isKnown, params };
  }
  return { route: undefined, isKnown, params: {} };
}

async function answer(site: Site, request: WireRequest): Promise<WireResponse> {
  const found = find(request);
  const { route, isKnown } = found;
  const page = await open(site, request, found);
  try {
    if (route === undefined) return errorPage(page, isKnown ? 405 : 404);
    return await run({ ...page, ...(await readForm(request, route)) }, route);
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
    if (isProbe(request)) return answerProbe(site, request);
    return answer(site, request);
  };
}
