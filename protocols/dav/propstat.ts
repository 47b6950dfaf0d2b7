import { Refusal } from '../../models/errors.ts';
import type { Kind, Resource } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import { child, elements, type XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import { attribute, empty, stored, tags, type Xml } from '../xml/write.ts';
import { type Dead, loadDead, loadNeeds, NO_DEAD } from './load.ts';
import { STATUS_LINES } from './multistatus.ts';
import type { Loaded, Need, Property } from './property.ts';
import type { Tables } from './rows.ts';

/** A property a client names, with the element it named it by. */
export interface AskedProperty {
  readonly name: QName;
  readonly element: XmlElement | null;
}

/** Which properties an answer shows (RFC 4918 §9.1). */
export type PropRequest = (
  | { readonly kind: 'prop'; readonly asked: readonly AskedProperty[] }
  /** `asked` holds the names of `DAV:include`. */
  | { readonly kind: 'allprop'; readonly asked: readonly AskedProperty[] }
  | { readonly kind: 'propname' }
) & {
  /** Leave out what is not there instead of listing it under 404. */
  readonly isMinimal: boolean;
};

const MAX_NAMES = 200;
const ALLPROP: PropRequest = { kind: 'allprop', asked: [], isMinimal: false };

/** The properties a `DAV:prop` or `DAV:include` names; throws `Refusal` 400 above 200 names. */
export function readAsked(prop: XmlElement): readonly AskedProperty[] {
  const names = new Map<QName, XmlElement>();
  const listed = elements(prop);
  if (listed.length > MAX_NAMES) throw new Refusal(400, `Ask for at most ${MAX_NAMES} properties at once.`);
  for (const element of listed) names.set(element.name, element);
  return [...names].map(([name, element]) => ({ name, element }));
}

/** Reads what a PROPFIND or REPORT body asks for; null when it holds none of `prop`, `allprop` and `propname`. */
export function readPropRequest(root: XmlElement | null, isMinimal: boolean): PropRequest | null {
  if (root === null) return { ...ALLPROP, isMinimal };
  const prop = child(root, '{DAV:}prop');
  const allprop = child(root, '{DAV:}allprop');
  const propname = child(root, '{DAV:}propname');
  const given = [prop, allprop, propname].filter((element) => element !== undefined);
  if (given.length > 1) throw new Refusal(400, 'Ask with one of prop, allprop and propname.');
  if (prop !== undefined) return { kind: 'prop', asked: readAsked(prop), isMinimal };
  if (propname !== undefined) return { kind: 'propname', isMinimal };
  if (allprop === undefined) return null;
  const include = child(root, '{DAV:}include');
  return { kind: 'allprop', asked: include === undefined ? [] : readAsked(include), isMinimal };
}

/** One property of a compiled request, for resources of one kind. */
interface Column {
  readonly name: QName;
  readonly element: XmlElement | null;
  readonly row: Property | null;
  readonly open: string;
  readonly close: string;
  readonly isEmpty: string;
  /** A stored element stands before the live value: always, or where it says the same as the column. */
  readonly storedFirst: 'never' | 'always' | 'when-equal';
}

const SELF_STANDING: ReadonlySet<Kind> = new Set(['principal', 'home', 'inbox', 'outbox']);

/** What a request means by a property on resources that have it; the columns of all kinds are made from it. */
function columnOf(asked: AskedProperty, tables: Tables): Column {
  const row = tables.properties.get(asked.name) ?? null;
  const { open, close } = tags(asked.name);
  return {
    name: asked.name,
    element: asked.element,
    row,
    open: open + attributesOf(row, asked.element),
    close,
    isEmpty: empty(asked.name),
    storedFirst: 'never',
  };
}

/** The column on resources of one kind, which may lack the property. */
function columnOn(kind: Kind, column: Column): Column {
  const row = column.row?.on.includes(kind) === true ? column.row : null;
  return { ...column, row, storedFirst: storedFirst(row, kind) };
}

function attributesOf(row: Property | null, asked: XmlElement | null): string {
  const attributes = Object.entries(row?.attributes?.(asked) ?? {});
  return attributes.map(([name, value]) => ` ${name}="${attribute(value)}"`).join('');
}

function storedFirst(row: Property | null, kind: Kind): Column['storedFirst'] {
  if (row === null) return 'always';
  if (row.write === 'protected') return 'never';
  if (SELF_STANDING.has(kind)) return 'always';
  return row.write.keepsElement === true ? 'when-equal' : 'never';
}

/** Columns a request means for resources of one kind; dead properties of allprop come on top. */
function columnsFor(
  request: PropRequest,
  named: readonly Column[],
  kind: Kind,
  tables: Tables,
): readonly Column[] {
  if (request.kind === 'prop') return named.map((column) => columnOn(kind, column));
  const names = new Map<QName, AskedProperty>();
  for (const row of tables.properties.values()) {
    const isMeant = request.kind === 'propname' || row.allprop;
    if (isMeant && row.on.includes(kind)) names.set(row.name, { name: row.name, element: null });
  }
  if (request.kind === 'allprop') for (const asked of request.asked) names.set(asked.name, asked);
  return [...names.values()].map((asked) => columnOn(kind, columnOf(asked, tables)));
}

const OK = `</D:prop><D:status>${STATUS_LINES[200]}</D:status></D:propstat>`;
const NOT_FOUND = `</D:prop><D:status>${STATUS_LINES[404]}</D:status></D:propstat>`;

/**
 * Prepares the propstats of a page of resources: loads what the asked properties need once for the page, then renders
 * synchronously. The 200 propstat stands first and is always there (clients read the first status they find).
 * `given` holds what the caller has loaded already, such as the content of objects.
 */
export async function propstats(
  v: Viewer,
  page: readonly Resource[],
  request: PropRequest,
  tables: Tables,
  given: Partial<Loaded> = {},
): Promise<(resource: Resource) => Xml> {
  const named = request.kind === 'prop' ? request.asked.map((asked) => columnOf(asked, tables)) : [];
  const columns = new Map<Kind, readonly Column[]>();
  const needs = new Set<Need>();
  for (const kind of new Set(page.map((resource) => resource.kind))) {
    const listed = columnsFor(request, named, kind, tables);
    columns.set(kind, listed);
    for (const column of listed) for (const need of column.row?.needs ?? []) needs.add(need);
  }
  const x = { ...v, ...(await loadNeeds(v, page, needs, tables, given)) };
  const withDead = page.filter((resource) => mayHaveDead(request, columns.get(resource.kind) ?? []));
  const deadOf = await loadDead(v, withDead);
  return (resource) => {
    const listed = columns.get(resource.kind) ?? [];
    const own = withDead.length === 0 ? NO_DEAD : deadOf(resource);
    return request.kind === 'propname'
      ? renderNames(resource, listed, own, x)
      : render(resource, listed, own, x, request);
  };
}

function mayHaveDead(request: PropRequest, columns: readonly Column[]): boolean {
  return request.kind !== 'prop' || columns.some((column) => column.storedFirst !== 'never');
}

type Eyes = Viewer & Loaded;

function render(
  resource: Resource,
  columns: readonly Column[],
  dead: Dead,
  x: Eyes,
  request: PropRequest,
): Xml {
  let found = '';
  let missing = '';
  for (const column of columns) {
    const value = contentOf(resource, column, dead, x);
    if (value === undefined) missing += column.isEmpty;
    else found += value;
  }
  if (request.kind === 'allprop' && dead.size > 0) {
    const shown = new Set(columns.map((column) => column.name));
    for (const [name, xml] of dead) if (!shown.has(name)) found += xml;
  }
  const ok = `<D:propstat><D:prop>${found}${OK}`;
  if (missing === '' || request.isMinimal) return stored(ok);
  return stored(`${ok}<D:propstat><D:prop>${missing}${NOT_FOUND}`);
}

function contentOf(resource: Resource, column: Column, dead: Dead, x: Eyes): string | undefined {
  const kept = column.storedFirst === 'never' ? undefined : dead.get(column.name);
  if (kept !== undefined && column.storedFirst === 'always') return kept;
  const value = column.row?.read(resource, x, column.element);
  if (value === undefined) return undefined;
  // The column may have been changed elsewhere since; the stored element stands only while it says the same.
  if (kept?.endsWith(`>${value}</${column.close}>`) === true) return kept;
  return value === '' ? column.isEmpty : `<${column.open}>${value}</${column.close}>`;
}

function renderNames(resource: Resource, columns: readonly Column[], dead: Dead, x: Eyes): Xml {
  const names = columns
    .filter((column) => column.row?.read(resource, x, null) !== undefined)
    .map((column) => column.name);
  const all = new Set<QName>([...names, ...dead.keys()]);
  return stored(`<D:propstat><D:prop>${[...all].map((name) => empty(name)).join('')}${OK}`);
}
