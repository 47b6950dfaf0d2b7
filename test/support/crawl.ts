import type { Tab } from './browser.ts';

/** Walks the pages as somebody would who follows every link. */

/** One address that was reached. */
export interface Reached {
  /** Below the base path, with its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly from: string;
}

export interface CrawlOptions {
  readonly base: string;
  /** How many addresses of the same form are looked at; numbers, tokens and names count as one form. */
  readonly perForm?: number;
  readonly maxPages?: number;
  /** Looks at a page that is open in the tab; `html` is what the server sent. */
  visit(page: Visited): Promise<void>;
}

/** A page that is open. */
export interface Visited {
  readonly path: string;
  readonly html: string;
  /** No address of this form was looked at before. */
  readonly isFirst: boolean;
}

/** The form of an address: what names a thing becomes `*`, of the query only the names count. */
export function formOf(path: string): string {
  const url = new URL(path, 'http://host');
  const named = /^(\d|[A-Za-z0-9_-]{16,}$|.*[%~.@])/;
  const segments = url.pathname.split('/').map((part) => (named.test(part) ? '*' : part));
  const afterNoun = segments.map((part, at) =>
    /^(people|event|contacts|history)$/.test(segments[at - 1] ?? '') &&
    !/^(add|import|duplicates|new|export)/.test(part)
      ? '*'
      : part,
  );
  return `${afterNoun.join('/')}?${[...new Set(url.searchParams.keys())].sort().join('&')}`;
}

/** Follows all links of the site from `starts`; gives everything that was reached, files too. */
export async function crawl(
  tab: Tab,
  starts: readonly string[],
  { base, visit, perForm = 2, maxPages = 400 }: CrawlOptions,
): Promise<readonly Reached[]> {
  const reached: Reached[] = [];
  const seen = new Set<string>();
  const forms = new Map<string, number>();
  const queue = starts.map((path) => ({ path, from: '' }));
  while (reached.length < maxPages) {
    const next = queue.shift();
    if (next === undefined) break;
    const { path, from } = next;
    const form = formOf(path);
    const count = forms.get(form) ?? 0;
    if (seen.has(path) || count >= perForm) continue;
    seen.add(path);
    forms.set(form, count + 1);
    const origin = new URL(tab.page.url()).origin;
    const head = await tab.context.request.get(origin + base + path);
    const type = head.headers()['content-type'] ?? '';
    reached.push({ path, from, type, status: head.status() });
    if (head.status() !== 200 || !type.startsWith('text/html')) continue;
    await tab.open(path);
    await visit({ path, html: await head.text(), isFirst: count === 0 });
    const links = await tab.page.$$eval('a[href]', (all) => all.map((a) => String(Reflect.get(a, 'href'))));
    for (const link of links) {
      const url = new URL(link);
      if (url.origin !== origin || !url.pathname.startsWith(`${base}/`)) continue;
      queue.push({ path: url.pathname.slice(base.length) + url.search, from: path });
    }
  }
  return reached;
}
