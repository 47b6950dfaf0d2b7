import { privilegesOn } from '../../models/access/service.ts';
import type { Privilege, Resource } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import type { QName } from '../xml/names.ts';
import { el, empty, href, join, text, type Xml } from '../xml/write.ts';
import { principalHref } from './hrefs.ts';
import { EVERYTHING, PROTECTED, type Property, property } from './property.ts';

/** A privilege of the announced tree (RFC 3744 §3); `by` is the privilege of the server that brings it. */
interface PrivilegeNode {
  readonly name: QName;
  readonly description: string;
  readonly by: Privilege | null;
  readonly inside: readonly PrivilegeNode[];
}

const node = (
  name: QName,
  description: string,
  by: Privilege | null,
  ...inside: readonly PrivilegeNode[]
): PrivilegeNode => ({ name, description, by, inside });

const READ = node(
  '{DAV:}read',
  'Read',
  'read',
  node('{DAV:}read-acl', 'Read the access rights', 'read'),
  node('{DAV:}read-current-user-privilege-set', 'Read own rights', 'read'),
);
const READ_CALENDAR = node(
  '{DAV:}read',
  'Read',
  'read',
  ...READ.inside,
  node('{urn:ietf:params:xml:ns:caldav}read-free-busy', 'Read free and busy times', 'read'),
);
const WRITE = node(
  '{DAV:}write',
  'Write',
  null,
  node('{DAV:}write-properties', 'Change properties', 'write-properties'),
  node('{DAV:}write-content', 'Change content', 'write-content'),
  node('{DAV:}bind', 'Add members', 'bind'),
  node('{DAV:}unbind', 'Remove members', 'unbind'),
);
const ALL: PrivilegeNode = node('{DAV:}all', 'Everything', null, READ, WRITE);
const ALL_CALENDAR: PrivilegeNode = node('{DAV:}all', 'Everything', null, READ_CALENDAR, WRITE);

function treeOf(resource: Resource): PrivilegeNode {
  const isCalendar =
    resource.kind === 'calendar' ||
    ((resource.kind === 'home' || resource.kind === 'object') && resource.holds === 'calendar');
  return isCalendar ? ALL_CALENDAR : ALL;
}

/** A privilege of a tree with the privileges of the server it takes. */
interface Bringing {
  readonly element: Xml;
  readonly takes: readonly Privilege[];
}

/** Every privilege of a tree, aggregates and leaves: clients look for one or the other. An aggregate takes all that is inside. */
function bringings(root: PrivilegeNode): readonly Bringing[] {
  const inside = root.inside.map(bringings);
  const takes = root.by === null ? inside.flatMap(([head]) => head?.takes ?? []) : [root.by];
  return [{ element: privilegeElement(root.name), takes }, ...inside.flat()];
}

const privilegeElement = (name: QName): Xml => el('{DAV:}privilege', empty(name));

const BRINGINGS: ReadonlyMap<PrivilegeNode, readonly Bringing[]> = new Map(
  [ALL, ALL_CALENDAR].map((tree) => [tree, bringings(tree)]),
);

function privilegeSet(v: Viewer, resource: Resource): Xml {
  const rights = privilegesOn(v.actor, resource);
  const brought = BRINGINGS.get(treeOf(resource)) ?? [];
  return join(
    brought.filter(({ takes }) => takes.every((one) => rights.includes(one))).map(({ element }) => element),
  );
}

function supportedPrivilege(privilege: PrivilegeNode): Xml {
  return el(
    '{DAV:}supported-privilege',
    el('{DAV:}privilege', empty(privilege.name)),
    el('{DAV:}description', text(privilege.description)),
    ...privilege.inside.map(supportedPrivilege),
  );
}

/** The one entry of every access control list: the owner, by what the owner is. */
function ownerEntry(v: Viewer, resource: Resource): Xml {
  if (resource.kind === 'root' || resource.kind === 'principals')
    return el(
      '{DAV:}ace',
      el('{DAV:}principal', empty('{DAV:}authenticated')),
      el('{DAV:}grant', privilegeElement('{DAV:}read')),
      empty('{DAV:}protected'),
    );
  const who =
    resource.kind === 'principal' ? empty('{DAV:}self') : el('{DAV:}property', empty('{DAV:}owner'));
  return el(
    '{DAV:}ace',
    el('{DAV:}principal', who),
    el('{DAV:}grant', privilegeSet(v, resource)),
    empty('{DAV:}protected'),
  );
}

const COMMON: readonly Property[] = [
  property({
    name: '{DAV:}current-user-privilege-set',
    on: EVERYTHING,
    allprop: false,
    read: (r, x) => privilegeSet(x, r),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}supported-privilege-set',
    on: EVERYTHING,
    allprop: false,
    read: (r) => supportedPrivilege(treeOf(r)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}acl',
    on: EVERYTHING,
    allprop: false,
    read: (r, x) => ownerEntry(x, r),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}acl-restrictions',
    on: EVERYTHING,
    allprop: false,
    read: () => join([empty('{DAV:}grant-only'), empty('{DAV:}no-invert')]),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}inherited-acl-set',
    on: EVERYTHING,
    allprop: false,
    read: () => join([]),
    write: PROTECTED,
  }),
];

const PRINCIPALS: readonly Property[] = [
  property({
    name: '{DAV:}principal-URL',
    on: ['principal'],
    allprop: false,
    read: (p, x) => href(principalHref(x.base, p.id)),
    write: PROTECTED,
  }),
  ...(['{DAV:}alternate-URI-set', '{DAV:}group-membership', '{DAV:}group-member-set'] as const).map((name) =>
    property({ name, on: ['principal'], allprop: false, read: () => join([]), write: PROTECTED }),
  ),
];

/** The live properties of access control (RFC 3744, RFC 5397 is with the others). */
export const ACL_PROPERTIES: readonly Property[] = [...COMMON, ...PRINCIPALS];
