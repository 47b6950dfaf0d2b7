import { createHash } from 'node:crypto';
import { Refusal } from '../../models/errors.ts';
import type { UserActor } from '../../models/types.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../wire.ts';
import { renderProblem } from './errors.ts';
import { type Reader, readerOf } from './input.ts';
import { openApi } from './openapi.ts';
import type { ApiCall, Operation } from './operation.ts';
import { OPERATIONS } from './routes/index.ts';

/** What the JSON API knows about its surroundings. */
export interface ApiFacts extends Pick<ApiCall, 'dataDir' | 'settings'> {
  /** Of the program. */
  readonly version: string;
  /** The person behind a bearer token; null when it is not valid. */
  bearer(token: string): Promise<UserActor | null>;
  /** The person who is signed in to the pages; throws `Refusal` 403 for a change that another site may have sent. */
  visitor(request: WireRequest): Promise<UserActor | null>;
  /** Address of the server as people type it, without trailing slash. */
  addressOf(request: WireRequest): Promise<string>;
  /** The person behind a name and password; null when they are wrong. Throws `Refusal` 429 and 503. */
  person(login: string, password: string, remoteAddress: string): Promise<UserActor | null>;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const NOT_KEPT = { 'Cache-Control': 'no-store' };
/** Whatever somebody stored: a browser shows it as nothing but what it is, and other sites cannot load it. */
const HARMLESS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
};

interface Pattern {
  readonly operation: Operation;
  readonly parts: readonly string[];
  readonly reader: Reader;
}

interface Match extends Pick<Pattern, 'operation' | 'reader'> {
  readonly params: Readonly<Record<string, string>>;
}

/** What a path answers to. */
interface Found {
  readonly match: Match | null;
  readonly methods: ReadonlySet<string>;
}

function patternsOf(operations: readonly Operation[]): readonly Pattern[] {
  const named = (pattern: Pattern) => pattern.parts.filter((part) => part.startsWith('{')).length;
  return operations
    .map((operation) => ({
      operation,
      parts: operation.path.split('/').slice(1),
      reader: readerOf(operation),
    }))
    .sort((a, b) => named(a) - named(b));
}

function paramsOf(parts: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment;
    else if (part !== segment) return null;
  }
  return params;
}

function find(patterns: readonly Pattern[], request: WireRequest): Found {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const segments = request.segments.slice(2);
  const methods = new Set<string>();
  for (const { operation, parts, reader } of patterns) {
    const params = paramsOf(parts, segments);
    if (params === null) continue;
    methods.add(operation.method);
    if (operation.method === 'GET') methods.add('HEAD');
    if (operation.method === method) return { match: { operation, params, reader }, methods };
  }
  return { match: null, methods };
}

/** What is said where no operation is meant: the methods of the path. Throws `Refusal` 404, and 405 with them. */
function answerNone({ methods }: Found, request: WireRequest): WireResponse {
  if (methods.size === 0)
    throw new Refusal(
      404,
      'The API has nothing at this address. See /api/v1/openapi.json for what there is.',
    );
  const headers = { Allow: [...methods, 'OPTIONS'].join(', ') };
  if (request.method === 'OPTIONS') return { status: 204, headers: { ...headers, ...NOT_KEPT }, body: null };
  throw new Refusal(405, `${request.method} is not spoken here.`, headers);
}

async function actorOf(facts: ApiFacts, request: WireRequest): Promise<UserActor> {
  const missing = new Refusal(
    401,
    'Send a token as "Authorization: Bearer …"; tokens are made in the account.',
  );
  const authorization = request.headers['authorization'];
  const actor =
    authorization === undefined
      ? await facts.visitor(request)
      : await facts.bearer(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
  if (actor === null) throw missing;
  return actor;
}

/** Throws `Refusal` 403 where the operation is not for this actor. */
function admit({ operation }: Match, actor: UserActor, request: WireRequest): void {
  if (operation.who === 'administrator' && !actor.isAdmin)
    throw new Refusal(403, 'Only an administrator may do this.');
  if (actor.scope.readOnly && !SAFE.has(request.method)) throw new Refusal(403, 'This token may only read.');
}

function answered(operation: Operation, output: unknown): WireResponse {
  if (operation.output === null) return { status: 204, headers: NOT_KEPT, body: null };
  const headers = { 'Content-Type': 'application/json', ...NOT_KEPT };
  return { status: operation.status ?? 200, headers, body: JSON.stringify(output) };
}

async function perform(
  facts: ApiFacts,
  v: Viewer,
  request: WireRequest,
  match: Match,
): Promise<WireResponse> {
  const { operation, params } = match;
  const actor = await actorOf(facts, request);
  admit(match, actor, request);
  const input = await match.reader.read(request, params);
  const call: ApiCall = {
    app: v.app,
    actor,
    base: v.base,
    origin: v.origin,
    address: await facts.addressOf(request),
    remoteAddress: request.remoteAddress,
    dataDir: facts.dataDir,
    settings: facts.settings,
    async proves(password) {
      const person = await facts.person(actor.login, password, request.remoteAddress);
      return person?.principal === actor.principal;
    },
  };
  if (operation.raw !== undefined) return operation.raw.answer(call, input, request);
  return answered(operation, await operation.run(call, input));
}

type Description = (request: WireRequest, base: string) => WireResponse;

/** The description does not change while the server runs: it is made when somebody asks first. */
function descriptionOf(facts: ApiFacts, operations: readonly Operation[]): Description {
  let made: { readonly base: string; readonly body: string; readonly etag: string } | null = null;
  return (request, base) => {
    if (made?.base !== base) {
      const body = JSON.stringify(openApi(facts, operations, base));
      made = { base, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
    }
    const headers = { ETag: made.etag, 'Cache-Control': 'no-cache' };
    const known = (request.headers['if-none-match'] ?? '')
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''));
    if (known.includes(made.etag)) return { status: 304, headers, body: null };
    return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body: made.body };
  };
}

/** The JSON API below `/api/v1`: one operation per request, errors as RFC 9457, its description at `openapi.json`. */
export function apiHandler(facts: ApiFacts, operations: readonly Operation[] = OPERATIONS): Handler {
  const patterns = patternsOf(operations);
  const describe = descriptionOf(facts, operations);
  const answer = async (v: Viewer, request: WireRequest): Promise<WireResponse> => {
    const [, version, name, more] = request.segments;
    if (version !== 'v1') throw new Refusal(404, 'The API is at /api/v1.');
    if (name === 'openapi.json' && more === undefined && SAFE.has(request.method))
      return describe(request, v.base);
    const found = find(patterns, request);
    if (found.match === null) return answerNone(found, request);
    return perform(facts, v, request, found.match);
  };
  return async (v, request) => {
    const response = await answer(v, request).catch((error: unknown) => renderProblem(v, request, error));
    return { ...response, headers: { ...HARMLESS, ...response.headers } };
  };
}
