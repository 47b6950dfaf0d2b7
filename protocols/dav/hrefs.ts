import { canSee, holdsOf } from '../../models/access/service.ts';
import { findCollection, findHome } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import { headObject } from '../../models/objects/service.ts';
import { findUser, getPrincipal } from '../../models/principals/service.ts';
import type {
  Collection,
  Holds,
  ObjectCollection,
  PrincipalBase,
  PrincipalId,
  Resource,
} from '../../models/types.ts';
import { faultOf } from '../segment.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import type { Found } from './found.ts';

/** First segment of everything that is spoken here. */
export const DAV_ROOT = 'dav';

const TREES: Readonly<Record<Holds, string>> = { calendar: 'calendars', addressbook: 'addressbooks' };
const HOLDS: ReadonlyMap<string, Holds> = new Map([
  ['calendars', 'calendar'],
  ['addressbooks', 'addressbook'],
]);

/** Everything but the characters RFC 3986 §3.3 allows in a path segment: what URL parsers of clients leave alone. */
const NEEDS_ENCODING = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/;

/** Percent-encodes one path segment, always the same way: clients compare hrefs as text. */
export function encodeName(name: string): string {
  if (!NEEDS_ENCODING.test(name)) return name;
  return encodeURIComponent(name).replace(/%(24|26|2B|2C|3B|3D|3A|40)/g, decodeURIComponent);
}

/** Href of somebody's principal resource. */
export function principalHref(base: string, id: PrincipalId): string {
  return `${base}/dav/principals/${id}/`;
}

/** Href of the collection that lists principals. */
export function principalsHref(base: string): string {
  return `${base}/dav/principals/`;
}

/** Href of the home of that kind. */
export function homeHref(base: string, owner: PrincipalId, holds: Holds): string {
  return `${base}/dav/${TREES[holds]}/${owner}/`;
}

/** Href of a home or of a collection in it, with its trailing slash. */
export function collectionHref(base: string, collection: Collection): string {
  const home = homeHref(base, collection.owner, holdsOf(collection));
  return collection.kind === 'home' ? home : `${home}${encodeName(collection.name)}/`;
}

/** Where members are added by POST (RFC 5995 §3.2.1): the collection itself. */
export function addMemberHref(base: string, collection: ObjectCollection): string {
  return collectionHref(base, collection);
}

/** The href of a resource: an absolute path, percent-encoded, with a trailing slash on everything but objects. */
export function hrefOf(base: string, resource: Resource): string {
  switch (resource.kind) {
    case 'root':
      return `${base}/dav/`;
    case 'principals':
      return principalsHref(base);
    case 'principal':
      return principalHref(base, resource.id);
    case 'object':
      return `${homeHref(base, resource.owner, resource.holds)}${encodeName(resource.collectionName)}/${encodeName(resource.name)}`;
    default:
      return collectionHref(base, resource);
  }
}

/** The href an answer bears for the resource that was asked for: its own, or the alias the client used. */
export function requestedHref(base: string, req: WireRequest, resource: Resource): string {
  const isAlias =
    resource.kind === 'root' ||
    ((resource.kind === 'principal' || resource.kind === 'principals') && req.segments[0] !== DAV_ROOT);
  if (!isAlias) return hrefOf(base, resource);
  return `${base}/${req.segments.map((segment) => `${encodeName(segment)}/`).join('')}`;
}

const nowhere = (creating: 403 | 404 | 409): Found => ({ kind: 'nowhere', creating });
const found = (resource: Resource, parent: Collection | null = null): Found => ({
  kind: 'resource',
  resource,
  parent,
});

/** Reads a path segment as a principal's id; null when no principal can be called that. */
function principalIdOf(segment: string): PrincipalId | null {
  return /^[a-z0-9._~-]{1,64}$/.test(segment) ? (segment as PrincipalId) : null;
}

/** Finds what the path segments below the base path name, for the eyes of this actor. */
export async function resolvePath(v: Viewer, segments: readonly string[]): Promise<Found> {
  const [first, second, owner, ...rest] = segments;
  if (first === undefined) return found({ kind: 'root' });
  if (first === 'principals') return resolvePrincipal(v, segments.slice(1));
  // Where apps look that take this server for a Nextcloud; what they find there bears its own address.
  if (first === 'remote.php' && second === DAV_ROOT) return resolvePath(v, segments.slice(1));
  if (first !== DAV_ROOT) return nowhere(404);
  if (second === undefined) return found({ kind: 'root' });
  if (second === 'principals') return resolvePrincipal(v, segments.slice(2));
  const holds = HOLDS.get(second);
  if (holds === undefined) return nowhere(403);
  // People type the folder above the homes; it answers as the root does.
  if (owner === undefined) return found({ kind: 'root' });
  const id = principalIdOf(owner);
  return id === null ? nowhere(404) : resolveInHome(v, holds, id, rest);
}

async function resolvePrincipal(v: Viewer, path: readonly string[]): Promise<Found> {
  const [first, login, ...rest] = path;
  if (first === undefined || (first === 'users' && login === undefined)) return found({ kind: 'principals' });
  if (first === 'users' && login !== undefined)
    return rest.length > 0 ? nowhere(403) : foundPrincipal(v, await findUser(v.app.db, login));
  if (login !== undefined) return nowhere(403);
  const id = principalIdOf(first);
  return id === null ? nowhere(404) : foundPrincipal(v, await getPrincipal(v.app.db, id));
}

function foundPrincipal(v: Viewer, row: PrincipalBase | null): Found {
  if (row === null) return nowhere(404);
  const { id, login, displayName, email, isAdmin } = row;
  const resource: Resource = { kind: 'principal', id, login, displayName, email, isAdmin };
  return canSee(v.actor, resource) ? found(resource) : nowhere(404);
}

async function resolveInHome(
  v: Viewer,
  holds: Holds,
  owner: PrincipalId,
  path: readonly string[],
): Promise<Found> {
  const [name, member] = path;
  const collection = name === undefined ? null : await findCollection(v.app.db, owner, holds, name);
  if (name === undefined || collection === null) {
    const home = await findHome(v.app.db, owner, holds);
    if (home === null || !canSee(v.actor, home)) return nowhere(404);
    if (name === undefined) return found(home);
    return member === undefined ? { kind: 'absent', parent: home, name } : nowhere(409);
  }
  if (!canSee(v.actor, collection)) return nowhere(404);
  if (member === undefined) return found(collection);
  if (path.length > 2) return nowhere(409);
  const holdsObjects = collection.kind === 'calendar' || collection.kind === 'addressbook';
  const object = holdsObjects ? await headObject(v.app.db, collection.id, member) : null;
  return object === null ? { kind: 'absent', parent: collection, name: member } : found(object, collection);
}

/** What an href of a request body or of `Destination` points at. */
export type HrefTarget =
  | { readonly kind: 'path'; readonly segments: readonly string[]; readonly hasTrailingSlash: boolean }
  /** Another server. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'garbage' };

/** Decodes one raw path segment exactly once; null for what can never be a name. */
function decodeName(raw: string): string | null {
  try {
    const name = raw.includes('%') ? decodeURIComponent(raw) : raw;
    return faultOf(name) === null ? name : null;
  } catch {
    return null;
  }
}

/**
 * Reads an href: an absolute path, or an absolute URI of this server. Scheme and port may differ from what this process
 * sees, because a proxy in front may speak https on another port.
 */
export function readHref(v: Viewer, req: WireRequest, href: string): HrefTarget {
  const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/.exec(href.trim());
  const [, scheme, authority, path] = parts ?? [];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return { kind: 'elsewhere' };
  if (authority === '' || (scheme !== undefined && authority === undefined)) return { kind: 'garbage' };
  if (authority !== undefined && !isOurHost(v, req, authority)) return { kind: 'elsewhere' };
  if (path === undefined || !path.startsWith('/')) return { kind: 'garbage' };
  return readPath(path, v.base);
}

function readPath(path: string, base: string): HrefTarget {
  const below = path === base || path.startsWith(`${base}/`) ? path.slice(base.length) : null;
  if (below === null) return { kind: 'elsewhere' };
  const hasTrailingSlash = below.endsWith('/');
  const inner = below.slice(1, hasTrailingSlash ? -1 : undefined);
  if (inner === '') return { kind: 'path', segments: [], hasTrailingSlash };
  const segments: string[] = [];
  for (const raw of inner.split('/')) {
    const name = decodeName(raw);
    if (name === null) return { kind: 'garbage' };
    segments.push(name);
  }
  return { kind: 'path', segments, hasTrailingSlash };
}

const hostname = (authority: string): string =>
  authority.replace(/^.*@/, '').replace(/:\d*$/, '').toLowerCase();

function isOurHost(v: Viewer, req: WireRequest, authority: string): boolean {
  const asked = hostname(authority);
  const ours = v.origin === null ? null : hostname(v.origin.replace(/^https?:\/\//i, ''));
  return asked === ours || asked === hostname(req.headers['host'] ?? '');
}

/** Finds what an href of a body points at; what is not ours or not readable is nowhere. */
export async function resolveHref(v: Viewer, req: WireRequest, href: string): Promise<Found> {
  const target = readHref(v, req, href);
  return target.kind === 'path' ? resolvePath(v, target.segments) : nowhere(404);
}

/** The name of the member of `collection` that an href of a report body means; null when it is no member of it. */
export function memberName(v: Viewer, req: WireRequest, collection: Collection, href: string): string | null {
  const target = readHref(v, req, href);
  if (target.kind !== 'path' || target.hasTrailingSlash || target.segments.length !== 5) return null;
  const [root, tree, owner, parent, name] = target.segments;
  const isMember =
    root === DAV_ROOT &&
    tree === TREES[holdsOf(collection)] &&
    owner === collection.owner &&
    parent === collection.name;
  return isMember ? (name ?? null) : null;
}

/** Reads the `Destination` of COPY and MOVE (RFC 4918 §10.3); throws `Refusal` 400 when it is missing or garbled, 502 when it is another server. */
export function readDestination(v: Viewer, req: WireRequest): readonly string[] {
  const header = req.headers['destination'];
  if (header === undefined) throw new Refusal(400, 'The Destination header is missing.');
  const target = readHref(v, req, header);
  if (target.kind === 'elsewhere') throw new Refusal(502, 'The Destination is on another server.');
  if (target.kind === 'garbage') throw new Refusal(400, 'The Destination is not a usable address.');
  return target.segments;
}
