import { createServer, type Server } from 'node:http';
import { isIP } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { Refusal } from '../../models/errors.ts';
import { readHeaders } from './headers.ts';
import { Turnstile } from './limits.ts';
import { ALLOWED_METHODS } from './methods.ts';
import { type EdgeParts, type MountName, type Passage, pass, rendered } from './passage.ts';
import { readTarget } from './path.ts';
import { EdgeRequest } from './request.ts';
import { prepare, write } from './respond.ts';

const PAGE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);
/** Everything Node parses and no handler wants: never passed on. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT']);
const MAX_URL_CHARS = 8192;
/** Content-Security-Policy of the pages: nothing inline, nothing from elsewhere. */
const PAGE_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const PAGE_HEADERS = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
  referrerPolicy: { policy: 'no-referrer' },
  // Set by the proxy that holds the certificate, where one does.
  strictTransportSecurity: false,
});

function mountOf(method: string, segments: readonly string[]): MountName {
  const [first, second] = segments;
  if (first === '.well-known' && (second === 'caldav' || second === 'carddav')) return 'discovery';
  if (first === 'dav' || first === 'principals' || !PAGE_METHODS.has(method)) return 'dav';
  return first === 'healthz' && segments.length === 1 ? 'health' : 'web';
}

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}

/** Reads what a request says about itself; throws `Refusal` for what no handler should see. */
function open(parts: EdgeParts, req: Request, res: Response): EdgeRequest {
  if (req.url.length > MAX_URL_CHARS)
    throw new Refusal(414, `The address is longer than ${MAX_URL_CHARS} characters.`, {
      Connection: 'close',
    });
  const headers = readHeaders(req.rawHeaders);
  const isProxied = parts.settings.trustProxy.length > 0;
  const peer = plainAddress(req.socket.remoteAddress);
  const told = isProxied ? plainAddress(req.ip) : peer;
  return new EdgeRequest({
    message: req,
    response: res,
    target: readTarget(req.url, parts.settings.base),
    headers,
    remoteAddress: isIP(told) === 0 ? peer : told,
    isSecure: isProxied ? req.secure : 'encrypted' in req.socket,
  });
}

/** A request no handler may see: answered, and the connection closed, since what follows on it cannot be trusted. */
async function refuse(parts: EdgeParts, req: Request, res: Response, error: unknown): Promise<void> {
  const response = rendered(parts, error, req.method);
  const closing = { ...response, headers: { ...response.headers, Connection: 'close' } };
  await write(res, await prepare(closing, req.method === 'HEAD'));
}

/** The one function in front of everything: DAV and discovery are answered here, pages go on to the next. */
function front(parts: EdgeParts, gates: Passage['gates']) {
  return (req: Request, res: Response, next: NextFunction): void => {
    let passage: Passage;
    try {
      if (REFUSED_METHODS.has(req.method))
        throw new Refusal(405, `${req.method} is not spoken here.`, { Allow: ALLOWED_METHODS });
      const wire = open(parts, req, res);
      const mount = mountOf(wire.method, wire.segments);
      passage = { parts, gates, req, res, wire, mount, peer: plainAddress(req.socket.remoteAddress) };
    } catch (error) {
      void refuse(parts, req, res, error);
      return;
    }
    if (passage.mount !== 'web') {
      void pass(passage);
      return;
    }
    PAGE_HEADERS(req, res, (error: unknown) => {
      if (error === undefined) void pass(passage);
      else next(error);
    });
  };
}

function expressApp(parts: EdgeParts): Express {
  const { settings } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', settings.trustProxy.length === 0 ? false : [...settings.trustProxy]);
  const gates = {
    all: new Turnstile({ running: settings.maxRequests, queued: settings.maxRequests, status: 503 }),
    perUser: new Turnstile({
      running: settings.maxRequestsPerUser,
      queued: settings.maxQueuedPerUser,
      status: 429,
    }),
  };
  app.use(front(parts, gates));
  return app;
}

/** Makes the HTTP server, not listening yet, with the time and size limits that keep slow and broken clients harmless. */
export function createEdge(parts: EdgeParts): Server {
  const app = expressApp(parts);
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      noDelay: true,
    },
    app,
  );
  // One above the limit of readHeaders, which answers 431 where Node would silently forget the rest.
  server.maxHeadersCount = 110;
  server.maxConnections = parts.settings.maxConnections;
  // Handlers that refuse a body answer before the client sends it (RFC 9110 §10.1.1).
  server.on('checkContinue', app);
  server.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}
