import { authorize, holdsOf } from '../../models/access/service.ts';
import { listCollections } from '../../models/collections/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { batchesOf, changesSince } from '../../models/journal/service.ts';
import { listObjects, type StoredObject } from '../../models/objects/service.ts';
import { getPrincipal } from '../../models/principals/service.ts';
import type { ObjectCollection, Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import { expectRoot, readXmlBody } from './body.ts';
import type { Found } from './found.ts';
import { readDepth, readPreferences } from './headers.ts';
import { collectionHref, encodeName, hrefOf, requestedHref } from './hrefs.ts';
import { isCollection } from './load.ts';
import { type Entry, gather, multistatus } from './multistatus.ts';
import type { Loaded } from './property.ts';
import { type PropRequest, propstats, readPropRequest } from './propstat.ts';
import { quickResponses } from './quick.ts';
import type { Method, Tables } from './rows.ts';

/** The resource a path names; throws `Refusal` 404 when there is none. */
export function expectResource(found: Found): Resource {
  if (found.kind !== 'resource') throw new Refusal(404, 'There is nothing at this address.');
  return found.resource;
}

/** Depth as it is answered: infinity is refused, none on a collection means 1 (RFC 4918 §9.1). */
function depthOf(req: WireRequest, resource: Resource): 0 | 1 {
  const depth = readDepth(req);
  if (resource.kind === 'object' || depth === '0') return 0;
  if (depth === 'infinity')
    throw new Precondition('propfind-finite-depth', 'Ask with Depth 0 or 1; infinity is not answered.');
  return 1;
}

/** PROPFIND (RFC 4918 §9.1). */
export const PROPFIND: Method = {
  name: 'PROPFIND',
  async answer(v, req, found, tables) {
    const resource = expectResource(found);
    authorize(v.actor, 'read', resource);
    const depth = depthOf(req, resource);
    const preferences = readPreferences(req);
    const root = await readXmlBody(req, tables.readXml);
    if (root !== null) expectRoot(root, '{DAV:}propfind');
    const request = readPropRequest(root, preferences.isMinimal);
    if (request === null) throw new Refusal(400, 'Ask with one of prop, allprop and propname.');
    const applied = preferences.applied(
      'return=minimal',
      ...(depth === 1 ? (['depth-noroot'] as const) : []),
    );
    const headers: Record<string, string> = applied === null ? {} : { 'Preference-Applied': applied };
    const hasRoot = depth === 0 || !preferences.withoutRoot;
    const listing = new Listing(v, req, request, tables);
    return multistatus(await listing.entries(resource, depth, hasRoot), { headers });
  },
};

/** What one PROPFIND lists. */
class Listing {
  readonly #v: Viewer;
  readonly #req: WireRequest;
  readonly #request: PropRequest;
  readonly #tables: Tables;

  constructor(v: Viewer, req: WireRequest, request: PropRequest, tables: Tables) {
    this.#v = v;
    this.#req = req;
    this.#request = request;
    this.#tables = tables;
  }

  /** All entries as one array where they are few, as a stream of pages where they are many. */
  async entries(
    resource: Resource,
    depth: 0 | 1,
    hasRoot: boolean,
  ): Promise<readonly Entry[] | AsyncIterable<readonly Entry[]>> {
    const children = depth === 1 ? await childrenOf(this.#v, resource) : [];
    const page = hasRoot ? [resource, ...children] : children;
    const first = await this.#page(page, hasRoot ? resource : null, homeGiven(resource, children));
    if (depth === 0 || (resource.kind !== 'calendar' && resource.kind !== 'addressbook')) return first;
    return gather(first, this.#members(resource), false);
  }

  async #page(
    page: readonly Resource[],
    requested: Resource | null,
    given: Partial<Loaded>,
  ): Promise<readonly Entry[]> {
    const render = await propstats(this.#v, page, this.#request, this.#tables, given);
    return page.map((resource) => ({
      href:
        resource === requested
          ? requestedHref(this.#v.base, this.#req, resource)
          : hrefOf(this.#v.base, resource),
      propstats: render(resource),
    }));
  }

  async *#members(collection: ObjectCollection): AsyncGenerator<readonly Entry[]> {
    const prefix = collectionHref(this.#v.base, collection);
    const quick = quickResponses(this.#v.base, collection, this.#request);
    if (quick !== null) {
      const page = await changesSince(this.#v.app.db, collection.id, null, null);
      for await (const batch of batchesOf(page)) yield [quick(batch)];
      return;
    }
    for await (const stored of listObjects(this.#v.app.db, collection.id, { wantBody: false })) {
      const page = stored.map((object) => asResource(collection, object));
      const render = await propstats(this.#v, page, this.#request, this.#tables);
      yield page.map((object) => ({ href: prefix + encodeName(object.name), propstats: render(object) }));
    }
  }
}

/** A listed object as a resource of its collection. */
export function asResource(collection: ObjectCollection, stored: StoredObject): ResourceOf<'object'> {
  return {
    kind: 'object',
    collection: collection.id,
    owner: collection.owner,
    collectionName: collection.name,
    holds: holdsOf(collection),
    name: stored.name,
    uid: stored.uid,
    etag: stored.etag,
    component: stored.component,
    sizeBytes: stored.sizeBytes,
    createdUtc: stored.createdUtc,
    modifiedUtc: stored.modifiedUtc,
  };
}

/** The members of what holds other things than objects; of a calendar or address book none, those come in pages. */
async function childrenOf(v: Viewer, resource: Resource): Promise<readonly Resource[]> {
  if (resource.kind === 'root') return [{ kind: 'principals' }];
  if (resource.kind === 'home') return listCollections(v.app.db, resource.id);
  if (resource.kind !== 'principals' || v.actor.kind !== 'user') return [];
  const row = await getPrincipal(v.app.db, v.actor.principal);
  return row === null ? [] : [{ ...row, kind: 'principal' }];
}

/** The collections of a home that is listed need not be read again for its ctag. */
function homeGiven(resource: Resource, children: readonly Resource[]): Partial<Loaded> {
  if (resource.kind !== 'home' || children.length === 0) return {};
  return { collectionsOf: new Map([[resource.id, children.filter(isCollection)]]) };
}
