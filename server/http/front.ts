import { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import helmet from 'helmet';
import { type Passage, pass } from './passage.ts';

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

/** Hands a request for a page on. */
export type Next = (page: Passage) => void;
/** Sees every request first and answers it, or hands it on. */
export type First = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** What `createServer` of `node:http` is given. */
export interface Front {
  readonly answer: (req: IncomingMessage, res: ServerResponse) => void;
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}

/**
 * Puts Express in front: `first` is mounted before everything, the pages behind it. Express gives each request and response
 * its own prototype, and an object whose prototype changed is slow for the rest of its life (measured: 100 µs a request);
 * so they are born with that prototype, and the change is none.
 */
export function frontOf(first: First): Front {
  class EdgeMessage extends IncomingMessage {}
  class EdgeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  Object.setPrototypeOf(EdgeMessage.prototype, app.request);
  Object.setPrototypeOf(EdgeResponse.prototype, app.response);
  Object.assign(app, { request: EdgeMessage.prototype, response: EdgeResponse.prototype });
  const pages = new WeakMap<IncomingMessage, Passage>();
  app.use((req: IncomingMessage, res: ServerResponse, next: () => void) =>
    first(req, res, (page) => {
      pages.set(req, page);
      next();
    }),
  );
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
      referrerPolicy: { policy: 'no-referrer' },
      // Set by the proxy that holds the certificate, where one does.
      strictTransportSecurity: false,
    }),
  );
  app.use((req: IncomingMessage, _res: ServerResponse, next: () => void) => {
    const page = pages.get(req);
    if (page === undefined) next();
    else void pass(page);
  });
  return { answer: app, IncomingMessage: EdgeMessage, ServerResponse: EdgeResponse };
}
