import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Refusal } from '../../models/errors.ts';
import { renderProblem } from '../../protocols/api/errors.ts';
import { readFlowPath } from '../../protocols/discovery/flow-path.ts';
import { SERVICES } from '../../protocols/discovery/handler.ts';
import { TIMEZONES_PATH } from '../../protocols/timezones/path.ts';
import { renderTimezoneProblem } from '../../protocols/timezones/problems.ts';
import { frontOf, type Next } from './front.ts';
import { readHeaders } from './headers.ts';
import { Deadlines, Turnstile } from './limits.ts';
import { ALLOWED_METHODS } from './methods.ts';
import {
  type EdgeParts,
  type Gates,
  giveUp,
  type MountName,
  type Passage,
  pass,
  rendered,
} from './passage.ts';
import { readTarget } from './path.ts';
import { type Proxies, plainAddress, trustedProxies } from './proxies.ts';
import { EdgeRequest } from './request.ts';
import { prepare, write } from './respond.ts';

const PAGE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);
/** Everything Node parses and no handler wants: never passed on. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT']);
const MAX_URL_CHARS = 8192;

function mountOf(method: string, segments: readonly string[]): MountName {
  const [first, second] = segments;
  if (first === '.well-known' && second !== undefined && SERVICES.has(second)) return 'discovery';
  if (first === 'timezones') return 'timezones';
  if (first === 'api') return 'api';
  // Sends the methods of devices, and must be answered as a page.
  if (first === 'admin' && second === 'probe') return 'web';
  if (first === 'dav' || first === 'principals' || !PAGE_METHODS.has(method)) return 'dav';
  // The DAV address of Nextcloud, which apps that were let in by its login flow go on to.
  if (first === 'remote.php' && second === 'dav') return 'dav';
  if (readFlowPath(segments) !== null) return 'flows';
  return first === 'healthz' && segments.length === 1 ? 'health' : 'web';
}

/** What one server keeps over all its requests. */
interface Edge {
  readonly parts: EdgeParts;
  readonly gates: Gates;
  readonly proxies: Proxies;
  /** Connections on which a request was refused: whatever follows there may be half of something else. */
  readonly closing: WeakSet<Socket>;
}

/** Reads what a request says about itself; throws `Refusal` for what no handler should see. */
function open(edge: Edge, req: IncomingMessage, res: ServerResponse): Passage {
  const { parts, gates, proxies } = edge;
  const { method = '', url = '' } = req;
  if (REFUSED_METHODS.has(method))
    throw new Refusal(405, `${method} is not spoken here.`, { Allow: ALLOWED_METHODS });
  if (url.length > MAX_URL_CHARS)
    throw new Refusal(414, `The address is longer than ${MAX_URL_CHARS} characters.`);
  if (url === '*' && method !== 'OPTIONS')
    throw new Refusal(400, 'Only OPTIONS asks about the whole server.');
  const headers = readHeaders(req.rawHeaders);
  if (headers['host'] === undefined && req.httpVersion === '1.1')
    throw new Refusal(400, 'The Host header is missing.');
  const peer = plainAddress(req.socket.remoteAddress);
  const wire = new EdgeRequest({
    message: req,
    response: res,
    target: readTarget(url, parts.settings.base),
    headers,
    remoteAddress: proxies.clientOf(peer, headers['x-forwarded-for']),
    isSecure: proxies.isSecure(peer, headers['x-forwarded-proto']) ?? 'encrypted' in req.socket,
  });
  const heard = { actor: null, turnedAway: null };
  return { parts, gates, req, res, wire, peer, mount: mountOf(wire.method, wire.segments), heard };
}

/** A request no handler may see: answered, and the connection closed, since what follows on it cannot be trusted. */
async function refuse(edge: Edge, req: IncomingMessage, res: ServerResponse, error: unknown): Promise<void> {
  edge.closing.add(req.socket);
  const { app, settings } = edge.parts;
  const { method = '', url = '' } = req;
  const asked = { method, rawPath: url.slice(0, MAX_URL_CHARS) };
  const isBelow = (path: string): boolean => url.startsWith(`${settings.base}${path}/`);
  const response = isBelow('/api')
    ? renderProblem({ app, base: settings.base }, asked, error)
    : isBelow(TIMEZONES_PATH)
      ? renderTimezoneProblem({ app }, asked, error)
      : rendered(edge.parts, error, method);
  const closing = { ...response, headers: { ...response.headers, Connection: 'close' } };
  await write(res, await prepare(closing, method === 'HEAD'));
}

/** Answers DAV at once; pages go on to what stands behind. */
function first(edge: Edge) {
  return (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    if (edge.closing.has(req.socket)) return;
    let passage: Passage;
    try {
      passage = open(edge, req, res);
    } catch (error) {
      void refuse(edge, req, res, error);
      return;
    }
    if (passage.mount === 'web') next(passage);
    else void pass(passage);
  };
}

function openGates({ settings }: EdgeParts): Gates {
  const { maxRequests, maxRequestsPerUser, maxQueuedPerUser } = settings;
  return {
    all: new Turnstile({ running: maxRequests, queued: maxRequests, status: 503 }),
    perUser: new Turnstile({ running: maxRequestsPerUser, queued: maxQueuedPerUser, status: 429 }),
    deadlines: new Deadlines(settings.deadlineMs, giveUp),
  };
}

function openEdge(parts: EdgeParts): Edge {
  const proxies = trustedProxies(parts.settings.trustProxy);
  return { parts, proxies, gates: openGates(parts), closing: new WeakSet() };
}

/** Makes the HTTP server, not listening yet, with the time and size limits that keep slow and broken clients harmless. */
export function createEdge(parts: EdgeParts): Server {
  const edge = openEdge(parts);
  const { answer, IncomingMessage, ServerResponse } = frontOf(first(edge));
  const server = createServer(
    {
      IncomingMessage,
      ServerResponse,
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      // For the largest uploads. What is slow and small is ended by the deadline of its request long before.
      requestTimeout: 30 * 60_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      noDelay: true,
      // Judged by `open`, which also keeps what follows on the connection from being run.
      requireHostHeader: false,
    },
    answer,
  );
  // Above the limit of readHeaders, which answers 431 where Node would silently forget the rest.
  server.maxHeadersCount = 110;
  server.maxConnections = parts.settings.maxConnections;
  // Handlers that refuse a body answer before the client sends it (RFC 9110 §10.1.1).
  server.on('checkContinue', answer);
  server.on('close', () => edge.gates.deadlines.close());
  server.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}
