import type { CollectionPatch } from '../../models/collections/service.ts';
import { PRECONDITIONS, Precondition, Refusal } from '../../models/errors.ts';
import type { Kind } from '../../models/types.ts';
import { childrenOf, elements, type XmlElement } from '../xml/element.ts';
import { type QName, qname } from '../xml/names.ts';
import { serialize } from '../xml/serialize.ts';
import { el, empty, join, type Xml } from '../xml/write.ts';
import { statusElement } from './multistatus.ts';
import { type ColumnWrite, PROTECTED } from './property.ts';
import type { Tables } from './rows.ts';

/** One `set` or `remove` of a property, in document order (RFC 4918 §9.2). */
export interface Instruction {
  readonly isRemoval: boolean;
  readonly element: XmlElement;
}

/** Why a property cannot be written. */
export interface RefusedProperty {
  readonly name: QName;
  readonly status: 403 | 409 | 507;
  readonly condition: Xml | null;
}

/** What a PROPPATCH or the body of an MKCOL comes down to; with anything refused, nothing is done. */
export interface UpdatePlan {
  readonly names: readonly QName[];
  readonly patch: CollectionPatch;
  readonly dead: { readonly set: ReadonlyMap<QName, string>; readonly remove: readonly QName[] };
  readonly refused: readonly RefusedProperty[];
}

const MAX_INSTRUCTIONS = 200;

/** The instructions below `propertyupdate`, `mkcol` or `mkcalendar`; throws `Refusal` 400 above 200. */
export function readInstructions(root: XmlElement): readonly Instruction[] {
  const found: Instruction[] = [];
  for (const change of elements(root)) {
    const isRemoval = change.name === '{DAV:}remove';
    if (!isRemoval && change.name !== '{DAV:}set') continue;
    for (const prop of childrenOf(change, '{DAV:}prop'))
      for (const element of elements(prop)) found.push({ isRemoval, element });
  }
  if (found.length > MAX_INSTRUCTIONS)
    throw new Refusal(400, `Change at most ${MAX_INSTRUCTIONS} properties at once.`);
  return found;
}

/** Says whether live properties of a resource have columns; of the others, what clients set is kept as elements. */
export function hasColumns<R extends { readonly kind: Kind }>(
  resource: R,
): resource is Extract<R, { readonly kind: 'calendar' | 'addressbook' | 'inbox' }> {
  return resource.kind === 'calendar' || resource.kind === 'addressbook' || resource.kind === 'inbox';
}

/** Sorts instructions into columns, kept elements and refusals. */
export function planUpdate(tables: Tables, kind: Kind, instructions: readonly Instruction[]): UpdatePlan {
  const names = new Set<QName>();
  const set = new Map<QName, string>();
  const remove = new Set<QName>();
  const refused: RefusedProperty[] = [];
  let patch: CollectionPatch = {};
  for (const { isRemoval, element } of instructions) {
    const { name } = element;
    names.add(name);
    const row = tables.properties.get(name);
    if (row?.write === PROTECTED) {
      refused.push(refusal(name, new Precondition('cannot-modify-protected-property', 'It is protected.')));
      continue;
    }
    const column = row !== undefined && hasColumns({ kind }) && row.on.includes(kind) ? row.write : null;
    set.delete(name);
    remove.delete(name);
    if (isRemoval || (column !== null && !isKept(column, element))) remove.add(name);
    else set.set(name, serialize(element));
    try {
      if (column !== null) patch = { ...patch, ...(isRemoval ? column.unset : column.set(element)) };
    } catch (error) {
      refused.push(refusal(name, error));
    }
  }
  return { names: [...names], patch, dead: { set, remove: [...remove] }, refused };
}

function isKept(column: ColumnWrite, element: XmlElement): boolean {
  return column.keepsElement && (element.attributes.size > 0 || element.lang !== null);
}

function refusal(name: QName, error: unknown): RefusedProperty {
  if (error instanceof Precondition) {
    const row = PRECONDITIONS[error.code];
    const status = row.status === 507 ? 507 : 403;
    return { name, status, condition: empty(qname(row.namespace, row.name)) };
  }
  if (error instanceof Refusal) return { name, status: 409, condition: null };
  throw error;
}

const TIMEZONE: QName = '{urn:ietf:params:xml:ns:caldav}calendar-timezone';

/** Which of the properties of a plan a service can only have meant. */
const BLAMED: ReadonlyMap<string, readonly QName[]> = new Map([
  ['valid-calendar-data', [TIMEZONE, '{urn:ietf:params:xml:ns:caldav}calendar-availability']],
  ['valid-timezone', [TIMEZONE, '{urn:ietf:params:xml:ns:caldav}calendar-timezone-id']],
]);

/** The plan with the properties named that a service refused; throws what is not about properties. */
export function blame(plan: UpdatePlan, error: unknown): UpdatePlan {
  if (!(error instanceof Precondition)) throw error;
  const names =
    error.code === 'quota-not-exceeded'
      ? [...plan.dead.set.keys()]
      : plan.names.filter((name) => BLAMED.get(error.code)?.includes(name) === true);
  if (names.length === 0) throw error;
  return { ...plan, refused: names.map((name) => refusal(name, error)) };
}

function propstat(names: readonly QName[], status: number, condition: Xml | null): Xml {
  const error = condition === null ? [] : [el('{DAV:}error', condition)];
  return el('{DAV:}propstat', el('{DAV:}prop', ...names.map(empty)), statusElement(status), ...error);
}

/** The propstats that tell what became of each property: all 200, or the refused ones and 424 for the rest. */
export function updatePropstats(plan: UpdatePlan): Xml {
  if (plan.refused.length === 0) return propstat(plan.names, 200, null);
  const blamed = new Set(plan.refused.map((refused) => refused.name));
  const others = plan.names.filter((name) => !blamed.has(name));
  const first = plan.refused.map((refused) => propstat([refused.name], refused.status, refused.condition));
  return join(others.length === 0 ? first : [...first, propstat(others, 424, null)]);
}
