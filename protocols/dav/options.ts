import { privilegesOn } from '../../models/access/service.ts';
import type { Collection, Holds, Kind, Privilege, Resource } from '../../models/types.ts';
import type { Viewer, WireResponse } from '../wire.ts';
import type { Found } from './found.ts';
import type { Method } from './rows.ts';

/** What is announced, and nothing that is not there; the first token is 1, one client throws it away (RFC 4918 §10.1). */
export const DAV_CLASSES =
  '1, 3, access-control, calendar-access, calendar-availability, calendar-no-timezone, addressbook, extended-mkcol';

type Rights = readonly Privilege[];

/** One method of an `Allow` list: on which kinds, and by which privilege. */
interface AllowRow {
  readonly method: string;
  readonly on: readonly Kind[] | 'all';
  readonly by: Privilege | null;
  /** Where homes are meant: what those hold. */
  readonly holds?: Holds;
}

const WITH_OBJECTS: readonly Kind[] = ['calendar', 'addressbook'];
const REMOVABLE: readonly Kind[] = ['calendar', 'addressbook', 'object'];

/** Clients that find no privilege set derive their rights from the `Allow` of a collection, so it names what members take. */
const ALLOW: readonly AllowRow[] = [
  { method: 'OPTIONS', on: 'all', by: null },
  { method: 'GET', on: 'all', by: 'read' },
  { method: 'HEAD', on: 'all', by: 'read' },
  { method: 'PUT', on: REMOVABLE, by: 'write-content' },
  { method: 'POST', on: WITH_OBJECTS, by: 'bind' },
  { method: 'DELETE', on: REMOVABLE, by: 'unbind' },
  { method: 'PROPFIND', on: 'all', by: 'read' },
  { method: 'PROPPATCH', on: ['principal', 'home', 'inbox', 'outbox', ...REMOVABLE], by: 'write-properties' },
  { method: 'REPORT', on: 'all', by: 'read' },
  { method: 'MKCOL', on: ['home'], by: 'bind' },
  { method: 'MKCALENDAR', on: ['home'], by: 'bind', holds: 'calendar' },
  { method: 'MOVE', on: REMOVABLE, by: 'unbind' },
  { method: 'COPY', on: REMOVABLE, by: 'read' },
];

function allows(row: AllowRow, resource: Resource, rights: Rights): boolean {
  if (row.on !== 'all' && !row.on.includes(resource.kind)) return false;
  if (row.holds !== undefined && resource.kind === 'home' && resource.holds !== row.holds) return false;
  return row.by === null || rights.includes(row.by);
}

/** The methods a resource answers for this actor, as the value of `Allow`. */
export function allowOn(v: Viewer, resource: Resource): string {
  const rights = privilegesOn(v.actor, resource);
  return ALLOW.filter((row) => allows(row, resource, rights))
    .map((row) => row.method)
    .join(', ');
}

/** Every method of the server, as the value of `Allow` where no resource is looked at. */
export const ALLOW_ANYWHERE = ALLOW.map((row) => row.method).join(', ');

/** What `Allow` says about a path: of the resource there, or of what may be made there. */
export function allowAt(v: Viewer, found: Found): string {
  if (found.kind === 'resource') return allowOn(v, found.resource);
  if (found.kind === 'nowhere') return ALLOW_ANYWHERE;
  return allowIn(v, found.parent);
}

/** The methods that make something where nothing stands yet. */
function allowIn(v: Viewer, parent: Collection): string {
  if (!privilegesOn(v.actor, parent).includes('bind')) return 'OPTIONS';
  if (parent.kind === 'home')
    return parent.holds === 'calendar' ? 'OPTIONS, MKCOL, MKCALENDAR' : 'OPTIONS, MKCOL';
  return parent.kind === 'calendar' || parent.kind === 'addressbook' ? 'OPTIONS, PUT' : 'OPTIONS';
}

/** OPTIONS without looking at the resource: for requests without credentials, such as the preflight of a browser. */
export function plainOptions(): WireResponse {
  return { status: 200, headers: { Allow: ALLOW_ANYWHERE, 'Content-Length': '0' }, body: null };
}

/** OPTIONS (RFC 4918 §10.1): 200 also where nothing stands yet. */
export const OPTIONS: Method = {
  name: 'OPTIONS',
  answer: async (v, _req, found) => ({
    status: found.kind === 'nowhere' && found.creating !== 409 ? 404 : 200,
    headers: { Allow: allowAt(v, found), 'Content-Length': '0' },
    body: null,
  }),
};
