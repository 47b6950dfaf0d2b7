import { authorize } from '../../models/access/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { CalendarForm } from '../../models/ical/represent.ts';
import { getObject } from '../../models/objects/service.ts';
import type { Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { Found } from './found.ts';
import { dateOf, httpDate, namesSelected } from './headers.ts';
import { contentTypeOf } from './properties.ts';
import { expectResource } from './propfind.ts';
import { askedForm, checkConvertible, type Representation, represent } from './representation.ts';
import type { Method } from './rows.ts';

/** GET (RFC 9110 §9.3.1): the bytes of an object as they were put, or another form of it where one is asked for. */
export const GET: Method = { name: 'GET', answer: (v, req, found) => get(v, req, found, true) };

/** HEAD (RFC 9110 §9.3.2). */
export const HEAD: Method = { name: 'HEAD', answer: (v, req, found) => get(v, req, found, false) };

async function get(v: Viewer, req: WireRequest, found: Found, wantsBody: boolean): Promise<WireResponse> {
  const resource = expectResource(found);
  authorize(v.actor, 'read', resource);
  if (resource.kind !== 'object') return page(resource);
  if (req.hasTrailingSlash) throw new Refusal(404, 'There is nothing at this address.');
  checkConvertible(req, resource);
  const form = askedForm(req, resource);
  if (form !== null) return converted(v, req, resource, form, wantsBody);
  const status = judge(req, resource.etag, resource.modifiedUtc);
  if (status !== null) return { status, headers: validators(resource, resource.etag), body: null };
  if (!wantsBody) {
    const headers = { ...contentHeaders(resource), 'Content-Length': String(resource.sizeBytes) };
    return { status: 200, headers, body: null };
  }
  const stored = await getObject(v.app.db, resource.collection, resource.name);
  if (stored === null) throw new Refusal(404, 'There is nothing at this address.');
  return { status: 200, headers: contentHeaders(stored.object), body: stored.body };
}

/** An object in another form than it is stored in: made before its conditions are judged, as its tag is made from it. */
async function converted(
  v: Viewer,
  req: WireRequest,
  resource: ResourceOf<'object'>,
  form: CalendarForm,
  wantsBody: boolean,
): Promise<WireResponse> {
  const stored = await getObject(v.app.db, resource.collection, resource.name);
  if (stored === null) throw new Refusal(404, 'There is nothing at this address.');
  const shown = await represent(v, stored.object, stored.body, form);
  const status = judge(req, shown.tag, stored.object.modifiedUtc);
  const { body } = shown;
  if (status !== null) return { status, headers: validators(stored.object, shown.tag), body: null };
  const headers = contentHeaders(stored.object, shown);
  if (wantsBody) return { status: 200, headers, body };
  return {
    status: 200,
    headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
    body: null,
  };
}

/** What an answer with the content of an object says about it; a browser saves it instead of showing it. */
export function contentHeaders(
  object: ResourceOf<'object'>,
  shown: Pick<Representation, 'tag' | 'contentType'> | null = null,
): Readonly<Record<string, string>> {
  return {
    ...validators(object, shown?.tag ?? object.etag),
    'Content-Type': shown?.contentType ?? contentTypeOf(object.component),
    'Content-Disposition': 'attachment',
  };
}

function validators(object: ResourceOf<'object'>, tag: string): Readonly<Record<string, string>> {
  return { ETag: `"${tag}"`, 'Last-Modified': httpDate(object.modifiedUtc) };
}

/** Judges the conditions of a read in the order of RFC 9110 §13.2.2; null when the content is to be sent. Throws `Refusal` 412. */
function judge(req: WireRequest, tag: string, modifiedUtc: number): 304 | null {
  const match = req.headers['if-match'];
  const noneMatch = req.headers['if-none-match'];
  const unmodified = dateOf(req.headers['if-unmodified-since']);
  const modified = dateOf(req.headers['if-modified-since']);
  const isOther = match !== undefined && !namesSelected(match, tag);
  const isNewer = match === undefined && unmodified !== null && modifiedUtc > unmodified;
  if (isOther || isNewer) throw new Refusal(412, 'The object has changed.');
  if (noneMatch !== undefined) return namesSelected(noneMatch, tag) ? 304 : null;
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
