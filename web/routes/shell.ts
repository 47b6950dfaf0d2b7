import { Refusal } from '../../models/errors.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { MorePage } from '../pages/more.tsx';
import { contextOf, html } from '../render.ts';
import type { PageRequest, Route } from '../site.ts';

/**
 * News for one open page; 429 ends the tries of the browser, and its page shows a link instead. So does 204 for a page whose
 * session is over: leading it to the sign-in page would be an error on its console.
 */
async function events(page: PageRequest): Promise<WireResponse> {
  const { session, site, request } = page;
  if (session === null) return { status: 204, headers: { 'Cache-Control': 'no-store' }, body: null };
  const body = site.news.open(session, request.signal);
  if (body === null) throw new Refusal(429, 'Too many pages of yours are open. Close some of them.');
  const headers = {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Proxies that collect answers would hold the news back.
    'X-Accel-Buffering': 'no',
  };
  return { status: 200, headers, body };
}

/** What all pages share: the list of the rest on phones, and the stream of news for open pages. */
export const SHELL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/more',
    who: 'signed-in',
    run: async (page) => html(page, 200, MorePage({ ctx: contextOf(page) })),
  },
  { method: 'GET', path: '/events', who: 'anyone', run: events },
];
