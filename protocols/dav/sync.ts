import { Precondition, Refusal } from '../../models/errors.ts';
import { batchesOf, changesSince, type SyncEntry, type SyncPage } from '../../models/journal/service.ts';
import type { ObjectCollection, SyncToken } from '../../models/types.ts';
import type { WireResponse } from '../wire.ts';
import { child, type XmlElement } from '../xml/element.ts';
import { el, text, type Xml } from '../xml/write.ts';
import { contentViewOf } from './content.ts';
import { renderError } from './errors.ts';
import { collectionHref, encodeName } from './hrefs.ts';
import {
  answerPages,
  type MemberView,
  memberEntries,
  preferenceHeaders,
  readReportProps,
} from './members.ts';
import { fetchMembers } from './multiget.ts';
import { type Entry, multistatus } from './multistatus.ts';
import type { PropRequest } from './propstat.ts';
import { isLive, quickResponses } from './quick.ts';
import { hasQuirk } from './quirks.ts';
import { type Depth, type ReportContext, report } from './rows.ts';

interface SyncQuery {
  readonly root: XmlElement;
  /** Null asks for everything. */
  readonly token: SyncToken | null;
  readonly limit: number | null;
  readonly request: PropRequest;
}

/** sync-collection (RFC 6578 §3.2) with any Depth: clients send 0, 1 and none. */
export const SYNC_COLLECTION = report({
  name: '{DAV:}sync-collection',
  on: ['calendar', 'addressbook'],
  parse: (root, c): SyncQuery => {
    checkLevel(root, c.depth);
    return {
      root,
      token: readSyncToken(root),
      limit: readLimit(root),
      request: readReportProps(root, c.req),
    };
  },
  run: answerSync,
});

/** Calendars and address books hold no collections: every level means their members. */
function checkLevel(root: XmlElement, depth: Depth): void {
  const level = child(root, '{DAV:}sync-level')?.text.trim().toLowerCase();
  const isKnown = level === undefined || level === '1' || level === 'infinite' || level === 'infinity';
  if (!isKnown) throw new Refusal(400, 'sync-level is 1 or infinite.');
  if (depth === 'infinity' && level !== '1')
    throw new Precondition('sync-traversal-supported', 'There is nothing below the members to report on.');
}

function readSyncToken(root: XmlElement): SyncToken | null {
  const token = child(root, '{DAV:}sync-token')?.text.trim() ?? '';
  return token === '' ? null : (token as SyncToken);
}

function readLimit(root: XmlElement): number | null {
  const limit = child(root, '{DAV:}limit');
  if (limit === undefined) return null;
  const count = child(limit, '{DAV:}nresults')?.text.trim() ?? '';
  if (!/^\d{1,9}$/.test(count) || Number(count) === 0)
    throw new Refusal(400, 'nresults is a number greater than zero.');
  return Number(count);
}

async function answerSync(
  collection: ObjectCollection,
  query: SyncQuery,
  c: ReportContext,
): Promise<WireResponse> {
  const page = await pageSince(collection, query, c);
  if ('status' in page) return page;
  const tail = (): Xml => el('{DAV:}sync-token', text(page.token));
  if (!page.more && Array.isArray(page.entries) && page.entries.length === 0)
    return { ...multistatus([], { tail, headers: preferenceHeaders(c.req) }), note: 'unchanged' };
  const content = contentViewOf(c, collection, query.request);
  const view: MemberView = { collection, request: query.request, content };
  const isBounded = content?.isBounded ?? false;
  return { ...(await answerPages(c, entryPages(c, view, page), { tail, isBounded })), note: 'changed' };
}

/** The changes, or the answer to a rejected token that this client can recover from. */
async function pageSince(
  collection: ObjectCollection,
  { token, limit, root }: SyncQuery,
  { v, req }: ReportContext,
): Promise<SyncPage | WireResponse> {
  try {
    return await changesSince(v.app.db, collection.id, token, limit);
  } catch (error) {
    const isRejected = error instanceof Precondition && error.code === 'valid-sync-token';
    if (!isRejected || !hasQuirk('rejected-token-is-400', req, root)) throw error;
    return { ...renderError(v, req, error), status: 400 };
  }
}

async function* entryPages(
  c: ReportContext,
  view: MemberView,
  page: SyncPage,
): AsyncGenerator<readonly Entry[]> {
  const href = collectionHref(c.v.base, view.collection);
  const quick = quickResponses(c.v.base, view.collection, view.request);
  for await (const batch of batchesOf(page)) {
    if (quick === null) yield* lookedUp(c, view, batch);
    else yield [quick(batch)];
  }
  if (page.more) yield [{ href, status: 507, condition: 'number-of-matches-within-limits' }];
}

/** Entries whose properties the journal does not know: read from the objects. What went meanwhile is reported as removed. */
async function* lookedUp(
  c: ReportContext,
  view: MemberView,
  batch: readonly SyncEntry[],
): AsyncGenerator<readonly Entry[]> {
  const prefix = collectionHref(c.v.base, view.collection);
  const removed = (name: string): Entry => ({ href: prefix + encodeName(name), status: 404 });
  const live = batch.filter(isLive).map((entry) => entry.name);
  for await (const { found, absent } of fetchMembers(c, view, live))
    yield [...(await memberEntries(c.v, c.tables, view, found)), ...absent.map(removed)];
  const gone = batch.filter((entry) => !isLive(entry));
  if (gone.length > 0) yield gone.map((entry) => removed(entry.name));
}
