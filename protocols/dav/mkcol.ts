import { authorize, holdsOf } from '../../models/access/service.ts';
import { makeCollection } from '../../models/collections/service.ts';
import { Precondition, type PreconditionCode, Refusal } from '../../models/errors.ts';
import { OBJECT_COMPONENTS } from '../../models/ical/component.ts';
import type { ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import { childrenOf, elements, type XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import { document } from '../xml/write.ts';
import { expectRoot, readXmlBody } from './body.ts';
import type { Found } from './found.ts';
import { isXml } from './headers.ts';
import { readCondition } from './if-header.ts';
import {
  blame,
  type Instruction,
  planUpdate,
  readInstructions,
  type UpdatePlan,
  updatePropstats,
} from './property-update.ts';
import type { Method, Tables } from './rows.ts';

type Made = 'calendar' | 'addressbook';

/** How MKCOL and MKCALENDAR differ. */
interface Making {
  readonly root: QName;
  readonly response: QName;
  /** What is made where the body does not say. */
  readonly kind: Made | null;
}

const BY_MKCOL: Making = { root: '{DAV:}mkcol', response: '{DAV:}mkcol-response', kind: null };
const BY_MKCALENDAR: Making = {
  root: '{urn:ietf:params:xml:ns:caldav}mkcalendar',
  response: '{urn:ietf:params:xml:ns:caldav}mkcalendar-response',
  kind: 'calendar',
};

const RESOURCETYPE: QName = '{DAV:}resourcetype';
const COMPONENT_SET: QName = '{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set';
const KIND_OF_TYPE: ReadonlyMap<QName, Made> = new Map<QName, Made>([
  ['{urn:ietf:params:xml:ns:caldav}calendar', 'calendar'],
  ['{urn:ietf:params:xml:ns:carddav}addressbook', 'addressbook'],
]);
const LOCATION_OK: Readonly<Record<Made, PreconditionCode>> = {
  calendar: 'calendar-collection-location-ok',
  addressbook: 'addressbook-collection-location-ok',
};

/** MKCOL, plain and extended (RFC 4918 §9.3, RFC 5689). */
export const MKCOL: Method = {
  name: 'MKCOL',
  answer: (v, req, found, tables) => make(v, req, found, tables, BY_MKCOL),
};

/** MKCALENDAR (RFC 4791 §5.3.1). */
export const MKCALENDAR: Method = {
  name: 'MKCALENDAR',
  answer: (v, req, found, tables) => make(v, req, found, tables, BY_MKCALENDAR),
};

async function make(
  v: Viewer,
  req: WireRequest,
  found: Found,
  tables: Tables,
  by: Making,
): Promise<WireResponse> {
  if (found.kind === 'resource')
    throw new Precondition('resource-must-be-null', 'Something stands at this address already.');
  const root = await readMakingBody(req, by);
  const instructions = root === null ? [] : readInstructions(root);
  const asked = kindAsked(instructions) ?? by.kind;
  const home = expectHome(found, asked ?? (found.kind === 'absent' ? holdsOf(found.parent) : 'calendar'));
  authorize(v.actor, 'bind', home);
  const kind = asked ?? home.holds;
  if (by.kind !== null && kind !== by.kind)
    throw new Precondition('valid-resourcetype', 'MKCALENDAR makes calendars only.');
  if (kind !== home.holds)
    throw new Precondition(LOCATION_OK[kind], `This is not a place for a collection of this kind.`);
  const condition = await readCondition(v, req, found);
  if (condition?.(null) === false) throw new Refusal(412, 'Nothing stands at this address yet.');
  const planned = planUpdate(tables, kind, instructions.filter(isPlain));
  const components = kind === 'calendar' ? componentsAsked(instructions) : null;
  const plan =
    planned.refused.length === 0
      ? await carryOut(v, home, planned, { name: nameOf(found), kind, components })
      : planned;
  if (plan.refused.length > 0) return refusedProperties(by, plan);
  return { status: 201, headers: { 'Cache-Control': 'no-cache', 'Content-Length': '0' }, body: null };
}

interface ToMake {
  readonly name: string;
  readonly kind: Made;
  readonly components: readonly string[] | null;
}

async function carryOut(
  v: Viewer,
  home: ResourceOf<'home'>,
  plan: UpdatePlan,
  what: ToMake,
): Promise<UpdatePlan> {
  const { name, kind, components } = what;
  const withComponents = components === null ? {} : { components };
  try {
    await makeCollection(v.app, v.actor, home, {
      ...plan.patch,
      ...withComponents,
      name,
      kind,
      deadProperties: plan.dead.set,
    });
    return plan;
  } catch (error) {
    return blame(plan, error);
  }
}

/** Nothing was made; the body says which property stood in the way (RFC 5689 §5.2). */
function refusedProperties(by: Making, plan: UpdatePlan): WireResponse {
  return {
    status: 403,
    headers: { 'Content-Type': 'application/xml; charset=utf-8', 'Cache-Control': 'no-cache' },
    body: document(by.response, updatePropstats(plan)),
  };
}

function nameOf(found: Found): string {
  return found.kind === 'absent' ? found.name : '';
}

async function readMakingBody(req: WireRequest, by: Making): Promise<XmlElement | null> {
  if (!isXml(req.headers['content-type'])) {
    const bytes = await req.readBody(0).catch(() => null);
    if (bytes === null || bytes.length > 0)
      throw new Refusal(415, 'The body of this request can only be XML.');
    return null;
  }
  const root = await readXmlBody(req);
  if (root !== null) expectRoot(root, by.root);
  return root;
}

/** The home the collection is made in; throws what fits where there is none. */
function expectHome(found: Found, kind: Made): ResourceOf<'home'> {
  if (found.kind === 'absent' && found.parent.kind === 'home') return found.parent;
  if (found.kind === 'absent' || (found.kind === 'nowhere' && found.creating === 403))
    throw new Precondition(LOCATION_OK[kind], 'Collections are made directly below a home only.');
  if (found.kind === 'nowhere' && found.creating === 409)
    throw new Refusal(409, 'The collection above this address does not exist.');
  throw new Refusal(404, 'There is nothing at this address.');
}

function isPlain({ element }: Instruction): boolean {
  return element.name !== RESOURCETYPE && element.name !== COMPONENT_SET;
}

/** The kind that `resourcetype` of the body asks for; null when it does not say. */
function kindAsked(instructions: readonly Instruction[]): Made | null {
  let asked: Made | null = null;
  for (const { element } of instructions.filter((i) => i.element.name === RESOURCETYPE)) {
    for (const type of elements(element)) {
      const kind = KIND_OF_TYPE.get(type.name);
      if (kind === undefined && type.name !== '{DAV:}collection')
        throw new Precondition('valid-resourcetype', `Collections of the type ${type.name} cannot be made.`);
      if (kind !== undefined && asked !== null && kind !== asked)
        throw new Precondition('valid-resourcetype', 'A collection is a calendar or an address book.');
      asked = kind ?? asked;
    }
  }
  return asked;
}

/** The component types the body asks for; null when it leaves them to the server. */
function componentsAsked(instructions: readonly Instruction[]): readonly string[] | null {
  const set = instructions.findLast((i) => i.element.name === COMPONENT_SET)?.element;
  if (set === undefined) return null;
  const names = childrenOf(set, '{urn:ietf:params:xml:ns:caldav}comp').map((comp) =>
    (comp.attributes.get('name') ?? '').toUpperCase(),
  );
  const known = [...new Set(names)].filter((name) => OBJECT_COMPONENTS.has(name));
  if (names.length > 0 && known.length === 0)
    throw new Precondition('supported-calendar-component', 'None of these components can be kept here.');
  return known.length === 0 ? null : known;
}
