import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Answers a request for a page. */
export type Pages = (passage: Passage) => void;

/** The pages' way through Express; DAV goes past it, because Express costs more than a poll does. */
export function openPages(): Pages {
  const passages = new WeakMap<IncomingMessage, Passage>();
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
      referrerPolicy: { policy: 'no-referrer' },
      // Set by the proxy that holds the certificate, where one does.
      strictTransportSecurity: false,
    }),
  );
  app.use((req: IncomingMessage, _res: ServerResponse, next: (error?: unknown) => void) => {
    const passage = passages.get(req);
    if (passage === undefined) next();
    else void pass(passage);
  });
  return (passage) => {
    passages.set(passage.req, passage);
    app(passage.req, passage.res);
  };
}
