import { listCollections } from '../../models/collections/service.ts';
import { queryCards } from '../../models/objects/query.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { CardFilter } from '../../models/vcard/filter.ts';
import { contentViewOf } from '../dav/content.ts';
import { hrefOf } from '../dav/hrefs.ts';
import { answerPages, type MemberView, memberEntries, readReportProps } from '../dav/members.ts';
import { answerMultiget, readHrefs } from '../dav/multiget.ts';
import type { Entry } from '../dav/multistatus.ts';
import type { PropRequest } from '../dav/propstat.ts';
import { type Report, type ReportContext, report } from '../dav/rows.ts';
import { bookOf, within } from '../dav/scope.ts';
import type { WireResponse } from '../wire.ts';
import { readCardFilter, readCardLimit } from './filter-xml.ts';

interface AddressbookQuery {
  readonly filter: CardFilter;
  readonly limit: number | null;
  readonly request: PropRequest;
}

const ADDRESSBOOK_QUERY = report({
  name: '{urn:ietf:params:xml:ns:carddav}addressbook-query',
  on: ['addressbook', 'home', 'object'],
  holds: 'addressbook',
  parse: (root, c): AddressbookQuery => ({
    filter: readCardFilter(root),
    limit: readCardLimit(root),
    request: readReportProps(root, c.req),
  }),
  // With any Depth: nothing else than the cards can be meant.
  async run(asked, query, c): Promise<WireResponse> {
    const books = asked.kind === 'home' ? await booksIn(c, asked) : [await bookOf(c.v, asked)];
    return answerPages(c, matchPages(c, asked, books, query));
  },
});

type Asked = ResourceOf<'addressbook' | 'home' | 'object'>;
type Book = ResourceOf<'addressbook'>;

async function booksIn({ v }: ReportContext, home: ResourceOf<'home'>): Promise<readonly Book[]> {
  return (await listCollections(v.app.db, home.id)).filter((one) => one.kind === 'addressbook');
}

/** One more than the limit is asked for, so that the answer can say that there is more (RFC 6352 §8.6.2). */
async function* matchPages(
  c: ReportContext,
  asked: Asked,
  books: readonly Book[],
  { filter, limit, request }: AddressbookQuery,
): AsyncGenerator<readonly Entry[]> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (const book of books) {
    const view: MemberView = { collection: book, request, content: contentViewOf(c, book, request) };
    const wanted = limit === null || asked.kind === 'object' ? null : left + 1;
    const found = queryCards(c.v.app, book, filter, { wantBody: view.content !== null }, wanted);
    for await (const page of within(asked, found)) {
      yield await memberEntries(c.v, c.tables, view, page.length > left ? page.slice(0, left) : page);
      left -= page.length;
      if (left >= 0) continue;
      const href = hrefOf(c.v.base, asked);
      yield [{ href, status: 507, condition: 'number-of-matches-within-limits' }];
      return;
    }
  }
}

const ADDRESSBOOK_MULTIGET = report({
  name: '{urn:ietf:params:xml:ns:carddav}addressbook-multiget',
  on: ['addressbook', 'object'],
  holds: 'addressbook',
  parse: (root, c) => ({ hrefs: readHrefs(root), request: readReportProps(root, c.req) }),
  async run(asked, { hrefs, request }, c): Promise<WireResponse> {
    const book = await bookOf(c.v, asked);
    const only = asked.kind === 'object' ? asked.name : null;
    return answerMultiget(book, { hrefs, request, content: contentViewOf(c, book, request), only }, c);
  },
});

/** The reports of CardDAV (RFC 6352 §8). */
export const CARDDAV_REPORTS: readonly Report[] = [ADDRESSBOOK_QUERY, ADDRESSBOOK_MULTIGET];
