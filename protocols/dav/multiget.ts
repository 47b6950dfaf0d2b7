import { Precondition } from '../../models/errors.ts';
import { multigetObjects, type StoredObject } from '../../models/objects/service.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { WireResponse } from '../wire.ts';
import { childrenOf, type XmlElement } from '../xml/element.ts';
import { collectionHref, memberName } from './hrefs.ts';
import { answerPages, type ContentView, type MemberView, memberEntries } from './members.ts';
import type { Entry } from './multistatus.ts';
import type { PropRequest } from './propstat.ts';
import type { ReportContext } from './rows.ts';

/** Most hrefs of one multiget; every one of them is answered. */
const MAX_HREFS = 50_000;
/** Objects fetched at once: with content they may be a megabyte each. */
const PAGE = 500;
const PAGE_WITH_CONTENT = 100;

/** A multiget of CalDAV or CardDAV (RFC 4791 §7.9, RFC 6352 §8.7). */
export interface Multiget {
  readonly hrefs: readonly string[];
  readonly request: PropRequest;
  readonly content: ContentView | null;
  /** Name of the one member that was asked; null: the collection was. */
  readonly only: string | null;
}

/** The hrefs of a multiget, as sent; throws `number-of-matches-within-limits` above 50,000. */
export function readHrefs(root: XmlElement): readonly string[] {
  const hrefs = childrenOf(root, '{DAV:}href').map((element) => element.text.trim());
  if (hrefs.length > MAX_HREFS)
    throw new Precondition(
      'number-of-matches-within-limits',
      `Ask for at most ${MAX_HREFS} objects at once.`,
    );
  return hrefs;
}

/** Answers a multiget: what is not there, or not in this collection, as a 404 with the href as it was sent. */
export async function answerMultiget(
  collection: ResourceOf<'calendar' | 'addressbook' | 'inbox'>,
  query: Multiget,
  c: ReportContext,
): Promise<WireResponse> {
  const asked = new Map<string, string>();
  const foreign = new Set<string>();
  const prefix = collectionHref(c.v.base, collection);
  for (const href of query.hrefs) {
    const name = plainName(href, prefix) ?? memberName(c.v, c.req, collection, href);
    const isOutside = name === null || (query.only !== null && name !== query.only);
    if (isOutside || collection.kind === 'inbox') foreign.add(href);
    else if (!asked.has(name)) asked.set(name, href);
  }
  const isBounded = query.content?.isBounded ?? false;
  if (collection.kind === 'inbox') return answerPages(c, missingPage([...foreign]));
  const { request, content } = query;
  const pages = entryPages(c, { collection, request, content }, asked, [...foreign]);
  return { ...(await answerPages(c, pages, { isBounded })), note: 'changed' };
}

/** The name in an href that is written as this server writes it and has nothing to decode: nearly all are. */
function plainName(href: string, prefix: string): string | null {
  const name = href.startsWith(prefix) ? href.slice(prefix.length) : '';
  return name.length <= MAX_PLAIN && PLAIN_NAME.test(name) ? name : null;
}

const MAX_PLAIN = 255;
const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._~@-]*$/;

const missing = (href: string): Entry => ({ href, status: 404 });

async function* missingPage(hrefs: readonly string[]): AsyncGenerator<readonly Entry[]> {
  yield hrefs.map(missing);
}

async function* entryPages(
  c: ReportContext,
  view: MemberView,
  asked: ReadonlyMap<string, string>,
  foreign: readonly string[],
): AsyncGenerator<readonly Entry[]> {
  for await (const { found, absent } of fetchMembers(c, view, [...asked.keys()])) {
    const entries = [...(await memberEntries(c.v, c.tables, view, found))];
    for (const name of absent) entries.push(missing(asked.get(name) ?? name));
    yield entries;
  }
  if (foreign.length > 0) yield foreign.map(missing);
}

/** Members by name, a page at a time: what is there, and the names of what is not. */
export async function* fetchMembers(
  c: ReportContext,
  view: MemberView,
  names: readonly string[],
): AsyncGenerator<{ readonly found: readonly StoredObject[]; readonly absent: readonly string[] }> {
  const wantsBody = view.content !== null;
  const size = wantsBody ? PAGE_WITH_CONTENT : PAGE;
  for (let at = 0; at < names.length; at += size) {
    const found: StoredObject[] = [];
    const absent: string[] = [];
    const some = names.slice(at, at + size);
    for await (const batch of multigetObjects(c.v.app.db, view.collection.id, some, wantsBody))
      for (const row of batch) {
        if (row.found === null) absent.push(row.name);
        else found.push(row.found);
      }
    yield { found, absent };
  }
}
