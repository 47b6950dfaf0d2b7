import { listCollections } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import { fold } from '../../models/ical/collation.ts';
import { getPrincipal, searchPrincipals } from '../../models/principals/service.ts';
import type { Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireResponse } from '../wire.ts';
import { child, childrenOf, elements, type XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import { parseXml, REPORT_LIMITS } from '../xml/parse.ts';
import { document, el, elWith, empty, text } from '../xml/write.ts';
import { hrefOf, principalHref } from './hrefs.ts';
import { preferenceHeaders, readReportProps } from './members.ts';
import { multistatus } from './multistatus.ts';
import { type PropRequest, propstats } from './propstat.ts';
import { type ReportContext, report } from './rows.ts';

/** Answers with the properties of some resources. */
async function list(
  resources: readonly Resource[],
  request: PropRequest,
  { v, req, tables }: ReportContext,
): Promise<WireResponse> {
  const render = await propstats(v, resources, request, tables);
  const entries = resources.map((one) => ({ href: hrefOf(v.base, one), propstats: render(one) }));
  return multistatus(entries, { headers: preferenceHeaders(req) });
}

/** The principals this actor may know of. */
async function visiblePrincipals(v: Viewer): Promise<readonly ResourceOf<'principal'>[]> {
  const query = { displayName: '', test: 'anyof', matchType: 'contains' } as const;
  const rows = await searchPrincipals(v.app.db, v.actor, query);
  return rows.map((row) => ({ ...row, kind: 'principal' }));
}

/** The texts in values of properties of a resource, without markup, folded; by name. */
async function valuesOf(
  resource: Resource,
  names: readonly QName[],
  { v, tables }: ReportContext,
): Promise<ReadonlyMap<QName, readonly string[]>> {
  const asked = names.map((name) => ({ name, element: null }));
  const render = await propstats(v, [resource], { kind: 'prop', asked, isMinimal: true }, tables);
  const xml = document('{DAV:}response', render(resource));
  const root = parseXml(Buffer.from(xml), null, { ...REPORT_LIMITS, maxNamespaces: 1_000 });
  const props = elements(root).flatMap((propstat) => elements(propstat).flatMap(elements));
  return new Map(
    props.map((prop) => [prop.name, textsIn(prop).map((one) => fold(one, 'i;unicode-casemap'))]),
  );
}

/** A value may hold several texts, such as the addresses of a person: each is one to compare with. */
function textsIn(element: XmlElement): readonly string[] {
  const inside = elements(element).flatMap(textsIn);
  return element.text === '' && inside.length > 0 ? inside : [element.text, ...inside];
}

type MatchType = 'equals' | 'contains' | 'starts-with' | 'ends-with';
const MATCHES: ReadonlyMap<string, (value: string, sought: string) => boolean> = new Map([
  ['equals', (value: string, sought: string) => value.trim() === sought],
  ['contains', (value: string, sought: string) => value.includes(sought)],
  ['starts-with', (value: string, sought: string) => value.trim().startsWith(sought)],
  ['ends-with', (value: string, sought: string) => value.trim().endsWith(sought)],
] satisfies readonly [MatchType, (value: string, sought: string) => boolean][]);

interface Sought {
  readonly names: readonly QName[];
  readonly text: string;
  readonly matches: (value: string, sought: string) => boolean;
}

interface PrincipalSearch {
  readonly sought: readonly Sought[];
  readonly test: 'anyof' | 'allof';
  readonly request: PropRequest;
}

const MAX_SEARCHES = 64;

function readSearch(root: XmlElement, c: ReportContext): PrincipalSearch {
  const searches = childrenOf(root, '{DAV:}property-search');
  if (searches.length === 0 || searches.length > MAX_SEARCHES)
    throw new Refusal(400, `A search has one to ${MAX_SEARCHES} property-search elements.`);
  return {
    sought: searches.map(readSought),
    test: root.attributes.get('test') === 'anyof' ? 'anyof' : 'allof',
    request: readReportProps(root, c.req),
  };
}

function readSought(element: XmlElement): Sought {
  const prop = child(element, '{DAV:}prop');
  const match = child(element, '{DAV:}match');
  if (prop === undefined || match === undefined)
    throw new Refusal(400, 'A property-search has a prop and a match.');
  const type = match.attributes.get('match-type') ?? element.attributes.get('match-type') ?? 'contains';
  const matches = MATCHES.get(type);
  if (matches === undefined)
    throw new Refusal(400, 'match-type is one of equals, contains, starts-with and ends-with.');
  const names = elements(prop).map((one) => one.name);
  return { names, text: fold(match.text.trim(), 'i;unicode-casemap'), matches };
}

const WHERE_PRINCIPALS_ARE = ['root', 'principals', 'principal', 'home'] as const;

/** principal-property-search (RFC 3744 §9.4) among the principals the actor may know of. */
export const PRINCIPAL_PROPERTY_SEARCH = report({
  name: '{DAV:}principal-property-search',
  on: WHERE_PRINCIPALS_ARE,
  parse: readSearch,
  async run(_resource, { sought, test, request }, c): Promise<WireResponse> {
    const names = [...new Set(sought.flatMap((one) => one.names))];
    const found: Resource[] = [];
    for (const principal of await visiblePrincipals(c.v)) {
      const values = await valuesOf(principal, names, c);
      const passes = (one: Sought): boolean =>
        one.names.some((name) => values.get(name)?.some((value) => one.matches(value, one.text)) === true);
      if (test === 'anyof' ? sought.some(passes) : sought.every(passes)) found.push(principal);
    }
    return list(found, request, c);
  },
});

/** What can be searched for, in the words of a person. */
const SEARCHABLE: readonly (readonly [QName, string])[] = [
  ['{DAV:}displayname', 'Full name'],
  ['{http://calendarserver.org/ns/}email-address-set', 'Email address'],
  ['{urn:ietf:params:xml:ns:caldav}calendar-user-address-set', 'Calendar address'],
  ['{urn:ietf:params:xml:ns:caldav}calendar-home-set', 'Address of the calendars'],
];

/** principal-search-property-set (RFC 3744 §9.5). */
export const PRINCIPAL_SEARCH_PROPERTY_SET = report({
  name: '{DAV:}principal-search-property-set',
  on: WHERE_PRINCIPALS_ARE,
  parse: () => null,
  async run(_resource, _query, { tables }): Promise<WireResponse> {
    const rows = SEARCHABLE.filter(([name]) => tables.properties.has(name)).map(([name, description]) =>
      el(
        '{DAV:}principal-search-property',
        el('{DAV:}prop', empty(name)),
        elWith('{DAV:}description', { 'xml:lang': 'en' }, text(description)),
      ),
    );
    return {
      status: 200,
      headers: { 'Content-Type': 'application/xml; charset=utf-8' },
      body: document('{DAV:}principal-search-property-set', ...rows),
    };
  },
});

interface PrincipalMatch {
  /** The property that names the principal; null: the principals themselves are asked for. */
  readonly property: QName | null;
  readonly request: PropRequest;
}

/** principal-match (RFC 3744 §9.3): what belongs to the current user. */
export const PRINCIPAL_MATCH = report({
  name: '{DAV:}principal-match',
  on: WHERE_PRINCIPALS_ARE,
  parse(root, c): PrincipalMatch {
    const named = child(root, '{DAV:}principal-property');
    const [property] = named === undefined ? [] : elements(named);
    if (property === undefined && child(root, '{DAV:}self') === undefined)
      throw new Refusal(400, 'A principal-match names a principal-property or self.');
    return { property: property?.name ?? null, request: readReportProps(root, c.req) };
  },
  async run(resource, { property, request }, c): Promise<WireResponse> {
    if (property === null)
      return list(resource.kind === 'home' ? [] : await visiblePrincipals(c.v), request, c);
    const members = resource.kind === 'home' ? await listCollections(c.v.app.db, resource.id) : [];
    const found: Resource[] = [];
    for (const member of members) {
      const values = await valuesOf(member, [property], c);
      if (namesActor(c.v, values.get(property) ?? [])) found.push(member);
    }
    return list(found, request, c);
  },
});

function namesActor(v: Viewer, values: readonly string[]): boolean {
  if (v.actor.kind !== 'user') return false;
  const own = fold(principalHref(v.base, v.actor.principal), 'i;unicode-casemap');
  return values.some((value) => value.trim() === own);
}

/** acl-principal-prop-set (RFC 3744 §9.2): the one principal in every access list is the owner. */
export const ACL_PRINCIPAL_PROP_SET = report({
  name: '{DAV:}acl-principal-prop-set',
  on: ['home', 'calendar', 'addressbook', 'inbox', 'outbox', 'object'],
  parse: (root, c) => readReportProps(root, c.req),
  async run(resource, request, c): Promise<WireResponse> {
    const owner = await getPrincipal(c.v.app.db, resource.owner);
    return list(owner === null ? [] : [{ ...owner, kind: 'principal' }], request, c);
  },
});
