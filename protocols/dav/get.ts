import { authorize } from '../../models/access/service.ts';
import { Refusal } from '../../models/errors.ts';
import { getObject } from '../../models/objects/service.ts';
import type { ETag, Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { Found } from './found.ts';
import { dateOf, httpDate, namesCurrent } from './headers.ts';
import { contentTypeOf } from './properties.ts';
import { expectResource } from './propfind.ts';
import type { Method } from './rows.ts';

/** GET (RFC 9110 §9.3.1): the bytes of an object as they were put. */
export const GET: Method = { name: 'GET', answer: (v, req, found) => get(v, req, found, true) };

/** HEAD (RFC 9110 §9.3.2). */
export const HEAD: Method = { name: 'HEAD', answer: (v, req, found) => get(v, req, found, false) };

async function get(v: Viewer, req: WireRequest, found: Found, wantsBody: boolean): Promise<WireResponse> {
  const resource = expectResource(found);
  authorize(v.actor, 'read', resource);
  if (resource.kind !== 'object') return page(resource);
  if (req.hasTrailingSlash) throw new Refusal(404, 'There is nothing at this address.');
  const status = judge(req, resource.etag, resource.modifiedUtc);
  if (status !== null) return { status, headers: validators(resource), body: null };
  if (!wantsBody) {
    const headers = { ...contentHeaders(resource), 'Content-Length': String(resource.sizeBytes) };
    return { status: 200, headers, body: null };
  }
  const stored = await getObject(v.app.db, resource.collection, resource.name);
  if (stored === null) throw new Refusal(404, 'There is nothing at this address.');
  return { status: 200, headers: contentHeaders(stored.object), body: stored.body };
}

/** What an answer with the content of an object says about it; a browser saves it instead of showing it. */
export function contentHeaders(object: ResourceOf<'object'>): Readonly<Record<string, string>> {
  return {
    ...validators(object),
    'Content-Type': contentTypeOf(object.component),
    'Content-Disposition': 'attachment',
  };
}

function validators(object: ResourceOf<'object'>): Readonly<Record<string, string>> {
  return { ETag: `"${object.etag}"`, 'Last-Modified': httpDate(object.modifiedUtc) };
}

/** Judges the conditions of a read in the order of RFC 9110 §13.2.2; null when the content is to be sent. Throws `Refusal` 412. */
function judge(req: WireRequest, etag: ETag, modifiedUtc: number): 304 | null {
  const match = req.headers['if-match'];
  const noneMatch = req.headers['if-none-match'];
  const unmodified = dateOf(req.headers['if-unmodified-since']);
  const modified = dateOf(req.headers['if-modified-since']);
  const isOther = match !== undefined && !namesCurrent(match, etag);
  const isNewer = match === undefined && unmodified !== null && modifiedUtc > unmodified;
  if (isOther || isNewer) throw new Refusal(412, 'The object has changed.');
  if (noneMatch !== undefined) return namesCurrent(noneMatch, etag) ? 304 : null;
  return modified !== null && modifiedUtc <= modified ? 304 : null;
}

const WHAT: Readonly<Partial<Record<Resource['kind'], string>>> = {
  calendar: 'This is a calendar.',
  addressbook: 'This is an address book.',
  principal: 'This is the account of a person.',
};

/** A line for people who open an address of the DAV tree in a browser. */
function page(resource: Resource): WireResponse {
  const text = `${WHAT[resource.kind] ?? 'This is a folder for programs.'} Add its address to a program that speaks CalDAV or CardDAV.\n`;
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text };
}
