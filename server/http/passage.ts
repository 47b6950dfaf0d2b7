import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants } from 'node:zlib';
import compression from 'compression';
import type { App } from '../../models/app.ts';
import { RefusedSignIn } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { Actor, UserActor } from '../../models/types.ts';
import { renderProblem } from '../../protocols/api/errors.ts';
import { renderedAtEdge } from '../../protocols/dav/handler.ts';
import { renderTimezoneProblem } from '../../protocols/timezones/problems.ts';
import type { Handler, WireResponse } from '../../protocols/wire.ts';
import { isWelcome, preflight, withOrigin } from './cors.ts';
import type { Deadlines, Turnstile } from './limits.ts';
import { type Login, readBasic } from './login.ts';
import type { Recorder, TurnedAway } from './recorder.ts';
import type { EdgeRequest } from './request.ts';
import { plain, prepare, type ReadyResponse, sizeOf, write } from './respond.ts';

/** What the edge needs to know about its surroundings. */
export interface EdgeSettings {
  /** Path prefix from `BASE_URL`, without trailing slash. */
  readonly base: string;
  readonly origin: string | null;
  /** Addresses or networks whose `X-Forwarded-*` is believed. */
  readonly trustProxy: readonly string[];
  /** Accept passwords over connections anybody on the way can read. */
  readonly allowInsecure: boolean;
  readonly compress: boolean;
  /** Other origins whose scripts may speak to the DAV addresses. */
  readonly corsOrigins: readonly string[];
  readonly maxConnections: number;
  readonly maxRequests: number;
  readonly maxRequestsPerUser: number;
  readonly maxQueuedPerUser: number;
  readonly deadlineMs: number;
}

/** Who answers what; handlers never see Express. */
export interface Mounts {
  readonly dav: Handler;
  readonly discovery: Handler;
  /** Time zone data, for anybody. */
  readonly timezones: Handler;
  /** Apps that ask to be let in; null like `web`. */
  readonly flows: Handler | null;
  /** Pages for people; null answers 404 in plain text. */
  readonly web: Handler | null;
  /** The JSON API; null like `web`. */
  readonly api: Handler | null;
}

export interface EdgeParts {
  readonly app: App;
  readonly settings: EdgeSettings;
  readonly mounts: Mounts;
  readonly login: Login;
  /** Told of every DAV request somebody signed in for, or tried to. */
  readonly recorder?: Recorder;
}

export type MountName = keyof Mounts | 'health';

/** What all requests of a server share. */
export interface Gates {
  readonly all: Turnstile;
  readonly perUser: Turnstile;
  readonly deadlines: Deadlines<Passage>;
}

/** One request on its way through the edge. */
export interface Passage {
  readonly parts: EdgeParts;
  readonly gates: Gates;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly wire: EdgeRequest;
  /** Address of the other end of the connection: a proxy or the client. */
  readonly peer: string;
  readonly mount: MountName;
  readonly heard: Heard;
}

/** Who spoke, once that is known. */
export interface Heard {
  actor: UserActor | null;
  turnedAway: TurnedAway | null;
}

const ANONYMOUS: Actor = { kind: 'anonymous' };

/** The actor of a DAV request; throws `Refusal` 401 for wrong credentials, 403 where a password would travel in clear. */
async function davActor(passage: Passage): Promise<Actor> {
  const { parts, wire, heard } = passage;
  const authorization = wire.headers['authorization'];
  // The handler asks for credentials; a browser sends OPTIONS without them before it may send them.
  if (authorization === undefined) return ANONYMOUS;
  if (!isPrivate(passage)) heard.turnedAway = inClear(authorization);
  requirePrivate(passage);
  try {
    const actor = await parts.login.actorOf(
      authorization,
      wire.remoteAddress,
      wire.headers['user-agent'] ?? '',
    );
    if (actor.kind === 'user') heard.actor = actor;
    return actor;
  } catch (error) {
    if (error instanceof RefusedSignIn) heard.turnedAway = error.facts;
    throw error;
  }
}

/** What is known of a password that came over plain http: the name, nothing that was proved. */
function inClear(authorization: string): TurnedAway | null {
  const login = readBasic(authorization)?.login;
  return login === undefined ? null : { reason: 'not-https', login, principal: null, device: null };
}

const isPrivate = ({ parts, wire, peer }: Passage) =>
  wire.isSecure || isLoopback(peer) || parts.settings.allowInsecure;

/** Throws `Refusal` 403 where a password or token would travel in clear. */
function requirePrivate(passage: Passage): void {
  if (isPrivate(passage)) return;
  throw new Refusal(403, 'Passwords are accepted over https only. Use the https address of this server.');
}

/** Lets the handler work inside the concurrency limits, until the first pieces of its answer are there. */
async function handled(passage: Passage, handler: Handler, actor: Actor): Promise<ReadyResponse> {
  const { parts, wire, gates } = passage;
  const { base, origin } = parts.settings;
  const key = actor.kind === 'user' ? actor.principal : wire.remoteAddress;
  const user = gates.perUser.enter(key);
  if (user !== null) await user;
  try {
    const all = gates.all.enter('');
    if (all !== null) await all;
    try {
      const response = await handler({ app: parts.app, actor, base, origin }, wire);
      return await prepare(response, wire.method === 'HEAD');
    } finally {
      gates.all.leave('');
    }
  } finally {
    gates.perUser.leave(key);
  }
}

/** The answer with what a script of a welcome origin needs to read it. */
async function answerAcross(passage: Passage): Promise<ReadyResponse> {
  const { parts, wire, mount } = passage;
  // Pages and JSON API are for their own origin; scripts of others have the DAV addresses.
  if (mount === 'web' || mount === 'api' || !isWelcome(parts.settings.corsOrigins, wire))
    return answerOf(passage);
  const asked = preflight(wire);
  if (asked !== null) return prepare(withOrigin(wire, asked), false);
  const ready = await answerOf(passage).catch((error: unknown) =>
    prepare(renderedFor(passage, error, whatOf(wire)), false),
  );
  return { ...ready, response: withOrigin(wire, ready.response) };
}

async function answerOf(passage: Passage): Promise<ReadyResponse> {
  const { parts, wire, mount } = passage;
  const isHead = wire.method === 'HEAD';
  if (mount === 'health') return prepare(await health(parts.app), isHead);
  const handler = parts.mounts[mount];
  if (handler === null) return prepare(plain(404, 'There is nothing at this address.'), isHead);
  if (mount === 'api' && wire.headers['authorization'] !== undefined) requirePrivate(passage);
  // A password would travel in the answer.
  if (mount === 'flows') requirePrivate(passage);
  const actor = mount === 'dav' ? await davActor(passage) : ANONYMOUS;
  return handled(passage, handler, actor);
}

async function health(app: App): Promise<WireResponse> {
  await app.db.get('SELECT 1 AS one');
  return plain(200, 'ok');
}

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');

/** On DAV paths, in the JSON API and the time zone service every error has the form its clients read. */
function renderedFor(passage: Passage, error: unknown, what: string): WireResponse {
  const { parts, mount, wire } = passage;
  const { base, origin } = parts.settings;
  if (mount === 'api') return renderProblem({ app: parts.app, base }, wire, error);
  if (mount === 'timezones') return renderTimezoneProblem({ app: parts.app }, wire, error);
  if (mount !== 'dav') return rendered(parts, error, what);
  return renderedAtEdge({ app: parts.app, actor: ANONYMOUS, base, origin }, wire, error);
}

/** Renders what a handler did not: refusals of the edge, and bugs under an id that is also in the log. */
export function rendered(parts: EdgeParts, error: unknown, what: string): WireResponse {
  if (error instanceof Refusal) return plain(error.status, error.message, error.headers);
  const id = parts.app.random.uuid().slice(0, 8);
  parts.app.log.error('request.failed', { id, request: what, error });
  return plain(500, `Something went wrong on the server. Its log has the details under ${id}.`);
}

const MAX_DISCARDED_BYTES = 8 * 1024 * 1024;
const LINGER_MS = 1000;

/** Takes in what the client is still sending, within bounds: closing over unread bytes would destroy the answer on its way. */
function linger(req: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let left = MAX_DISCARDED_BYTES;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, LINGER_MS);
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    });
    req.once('end', done).once('close', done).resume();
  });
}

/** A body nobody read must not be taken for the next request, nor be waited for without end. */
function mustClose(wire: EdgeRequest, ready: ReadyResponse): boolean {
  if (ready.response.headers['Connection'] === 'close') return true;
  if (!wire.hasUnreadBody) return false;
  const declared = wire.headers['content-length'];
  return (
    wire.headers['expect'] !== undefined || declared === undefined || Number(declared) > MAX_DISCARDED_BYTES
  );
}

const COMPRESSIBLE_FROM_BYTES = 1400;
/** The package is typed for Express and needs nothing of it. */
interface Squeeze {
  run(req: IncomingMessage, res: ServerResponse, next: () => void): void;
}
const SQUEEZE: Squeeze = {
  run: compression({
    level: 1,
    threshold: COMPRESSIBLE_FROM_BYTES,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
  }),
};

const SQUEEZED: ReadonlySet<MountName> = new Set(['dav', 'timezones']);

/** Compression is worth its CPU for large answers only; pages carry form tokens and stay plain. */
function maybeCompress(passage: Passage, ready: ReadyResponse): void {
  const { parts, wire, req, res, mount } = passage;
  if (!parts.settings.compress || !SQUEEZED.has(mount) || ready.kind === 'head') return;
  if (!/gzip|br|deflate/.test(wire.headers['accept-encoding'] ?? '')) return;
  const size = sizeOf(ready);
  if (size === null || size > COMPRESSIBLE_FROM_BYTES) SQUEEZE.run(req, res, () => {});
}

async function send(passage: Passage, ready: ReadyResponse): Promise<void> {
  const { res, req, wire } = passage;
  if (res.destroyed || res.headersSent) return;
  maybeCompress(passage, ready);
  const isClosing = mustClose(wire, ready);
  if (isClosing) res.setHeader('Connection', 'close');
  await write(res, ready, isClosing && wire.hasUnreadBody ? () => linger(req) : null);
}

/** The answer could not be written: a value that cannot be a header, a broken stream, or a client that has gone. */
async function failed(passage: Passage, error: unknown, what: string): Promise<void> {
  const { parts, res } = passage;
  if (!res.headersSent && !res.destroyed) {
    await write(res, await prepare(renderedFor(passage, error, what), false));
    return;
  }
  parts.app.log.warn('answer.broken', { request: what, error });
  res.destroy();
}

/** Answers 503 in the place of a handler that takes too long; whatever it makes later is dropped. */
export function giveUp(passage: Passage): void {
  const { res, wire } = passage;
  if (res.headersSent || res.destroyed) return;
  const late = new Refusal(503, 'The request took too long and was given up.', {
    'Retry-After': '30',
    Connection: 'close',
  });
  wire.abandon();
  const what = whatOf(wire);
  passage.parts.app.log.warn('request.late', { request: what });
  prepare(renderedFor(passage, late, what), wire.method === 'HEAD')
    .then((ready) => write(res, ready))
    .catch(() => res.destroy());
}

const whatOf = (wire: EdgeRequest) => `${wire.method} ${wire.rawPath}`;

/** The answer of whoever it is for, or what stands for an error; never throws. */
async function anyAnswer(passage: Passage): Promise<ReadyResponse> {
  const { wire, gates } = passage;
  gates.deadlines.begin(passage);
  wire.watchBody(() => gates.deadlines.renew(passage));
  try {
    return await answerAcross(passage);
  } catch (error) {
    return await prepare(renderedFor(passage, error, whatOf(wire)), wire.method === 'HEAD');
  } finally {
    gates.deadlines.end(passage);
  }
}

/** Notes what a device got; requests without credentials are the beginning of each conversation and tell nothing. */
function record({ wire, heard }: Passage, recorder: Recorder, response: WireResponse, ms: number): void {
  const { actor, turnedAway } = heard;
  if (actor === null && turnedAway === null) return;
  const answered = {
    method: wire.method,
    segments: wire.segments,
    userAgent: wire.headers['user-agent'] ?? '',
    remoteAddress: wire.remoteAddress,
    status: response.status,
    note: response.note,
    ms,
  };
  if (actor !== null) recorder.answered(actor, answered);
  else if (turnedAway !== null) recorder.turnedAway(turnedAway, answered);
}

/** Answers one request, whatever happens. */
export async function pass(passage: Passage): Promise<void> {
  const { parts, wire } = passage;
  const startedMs = performance.now();
  const ready = await anyAnswer(passage);
  try {
    await send(passage, ready);
  } catch (error) {
    await failed(passage, error, whatOf(wire));
  }
  const tookMs = performance.now() - startedMs;
  if (parts.recorder !== undefined) record(passage, parts.recorder, ready.response, tookMs);
  const ms = Math.round(tookMs);
  parts.app.log.debug('request', { request: whatOf(wire), status: ready.response.status, ms });
}
