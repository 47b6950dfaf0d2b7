import { Refusal } from '../../models/errors.ts';
import type { UserActor } from '../../models/types.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../wire.ts';
import { renderProblem } from './errors.ts';
import { readInput } from './input.ts';
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

interface Match {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly operation: Operation;
  readonly parts: readonly string[];
}

function patternsOf(operations: readonly Operation[]): readonly Pattern[] {
  const named = (pattern: Pattern) => pattern.parts.filter((part) => part.startsWith('{')).length;
  return operations
    .map((operation) => ({ operation, parts: operation.path.split('/').slice(1) }))
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

/** The operation a request names. Throws `Refusal` 404, and 405 where the path has other methods. */
function find(patterns: readonly Pattern[], request: WireRequest): Match {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const segments = request.segments.slice(2);
  const allowed = new Set<string>();
  for (const { operation, parts } of patterns) {
    const params = paramsOf(parts, segments);
    if (params === null) continue;
    if (operation.method === method) return { operation, params };
    allowed.add(operation.method);
  }
  if (allowed.size === 0)
    throw new Refusal(
      404,
      'The API has nothing at this address. See /api/v1/openapi.json for what there is.',
    );
  throw new Refusal(405, `${request.method} is not spoken here.`, { Allow: [...allowed].join(', ') });
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
  const input = await readInput(operation, request, params);
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

/** The JSON API below `/api/v1`: one operation per request, errors as RFC 9457, its description at `openapi.json`. */
export function apiHandler(facts: ApiFacts, operations: readonly Operation[] = OPERATIONS): Handler {
  const patterns = patternsOf(operations);
  return async (v, request) => {
    try {
      const [, version, name, more] = request.segments;
      if (version !== 'v1') throw new Refusal(404, 'The API is at /api/v1.');
      if (name === 'openapi.json' && more === undefined && SAFE.has(request.method)) {
        const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };
        return { status: 200, headers, body: JSON.stringify(openApi(facts, operations, v.base)) };
      }
      return await perform(facts, v, request, find(patterns, request));
    } catch (error) {
      return renderProblem(v, request, error);
    }
  };
}
