import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { WireResponse } from '../protocols/wire.ts';
import type { WordKey } from './locales/en.ts';
import { ErrorPage } from './pages/error.tsx';
import type { PageContext, PageRequest } from './site.ts';

/** What the components of a page need, from the request for it. */
export function contextOf(page: Pick<PageRequest, 'site' | 'session' | 'formToken'>): PageContext {
  const { site, session, formToken } = page;
  return {
    words: site.words,
    base: site.base,
    person: session?.actor ?? null,
    formToken,
    asset: (name) => `${site.base}/assets/${name}?v=${site.assets.get(name)?.etag ?? ''}`,
  };
}

/** A page as an answer; pages are never kept by caches. */
export function html(page: Pick<PageRequest, 'headers'>, status: number, content: JSX.Element): WireResponse {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      ...page.headers,
    },
    body: `<!doctype html>${renderToString(content)}`,
  };
}

/** On to another page after a form (303), with a path below the base path. */
export function redirect(page: PageRequest, path: string): WireResponse {
  return {
    status: 303,
    headers: { ...page.headers, Location: page.site.base + path, 'Cache-Control': 'no-store' },
    body: null,
  };
}

/** What happened, as a page; `name` is the middle of the keys of its texts. */
export function errorPage(
  page: PageRequest,
  status: number,
  name: '403' | 'form' | '404' | '405' | '429' | '500' | '503',
  values: Readonly<Record<string, string>> = {},
): WireResponse {
  const key = <const P extends 'title' | 'text'>(part: P): WordKey => `error.${name}.${part}`;
  const { t } = page.site.words;
  const data = { title: t(key('title'), values), text: t(key('text'), values) };
  return html(page, status, ErrorPage({ ctx: contextOf(page), data }));
}
