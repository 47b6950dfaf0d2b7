import { privilegesOn } from '../../models/access/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import type { Resource } from '../../models/types.ts';
import type { WireResponse } from '../wire.ts';
import { childrenOf, elements, type XmlElement } from '../xml/element.ts';
import { type QName, qname } from '../xml/names.ts';
import { parseXml, REPORT_LIMITS } from '../xml/parse.ts';
import { serialize } from '../xml/serialize.ts';
import { document, el, join, text } from '../xml/write.ts';
import { readPreferences } from './headers.ts';
import { hrefOf, requestedHref, resolveHref } from './hrefs.ts';
import { preferenceHeaders } from './members.ts';
import { multistatus, statusElement } from './multistatus.ts';
import { EVERYTHING } from './property.ts';
import { propstats } from './propstat.ts';
import { type ReportContext, report } from './rows.ts';

/** A property to show, and what to show of the resources its hrefs name. */
interface Wanted {
  readonly name: QName;
  readonly inside: readonly Wanted[];
}

/** Most hrefs followed for one answer. */
const MAX_FOLLOWED = 1_000;
const MAX_WANTED = 200;

/** expand-property (RFC 3253 §3.8). */
export const EXPAND_PROPERTY = report({
  name: '{DAV:}expand-property',
  on: EVERYTHING,
  parse: (root): readonly Wanted[] => readWanted(root),
  async run(resource, wanted, c): Promise<WireResponse> {
    const found = await new Expansion(c).propstatsOf(resource, wanted);
    const entry = {
      href: requestedHref(c.v.base, c.req, resource),
      propstats: join(found.map(serialize)),
    };
    return multistatus([entry], { headers: preferenceHeaders(c.req) });
  },
});

function readWanted(parent: XmlElement): readonly Wanted[] {
  const listed = childrenOf(parent, '{DAV:}property');
  if (listed.length > MAX_WANTED) throw new Refusal(400, `Ask for at most ${MAX_WANTED} properties at once.`);
  const wanted = new Map<QName, Wanted>();
  for (const element of listed) {
    const local = element.attributes.get('name') ?? '';
    if (!/^[^\s{}<>&"'/:]+$/.test(local)) throw new Refusal(400, 'A property lacks its name.');
    const name = qname(element.attributes.get('namespace') ?? 'DAV:', local);
    wanted.set(name, { name, inside: readWanted(element) });
  }
  return [...wanted.values()];
}

/** Makes the tree of an element of the answer out of its text. */
function parsed(xml: string): XmlElement {
  return parseXml(Buffer.from(xml), null, { ...REPORT_LIMITS, maxNamespaces: 1_000, maxDepth: 64 });
}

/** One answer while it is put together. */
class Expansion {
  readonly #c: ReportContext;
  #followed = 0;

  constructor(c: ReportContext) {
    this.#c = c;
  }

  /** The propstats of a resource, hrefs in nested properties replaced by responses. */
  async propstatsOf(resource: Resource, wanted: readonly Wanted[]): Promise<readonly XmlElement[]> {
    const { v, req, tables } = this.#c;
    const asked = wanted.map(({ name }) => ({ name, element: null }));
    const { isMinimal } = readPreferences(req);
    const render = await propstats(v, [resource], { kind: 'prop', asked, isMinimal }, tables);
    const inside = new Map(wanted.map((one) => [one.name, one.inside]));
    const found = elements(parsed(document('{DAV:}response', render(resource))));
    const expanded: XmlElement[] = [];
    for (const propstat of found) expanded.push(await this.#expandPropstat(propstat, inside));
    return expanded;
  }

  async #expandPropstat(
    propstat: XmlElement,
    inside: ReadonlyMap<QName, readonly Wanted[]>,
  ): Promise<XmlElement> {
    return mapElements(propstat, async (part) => {
      if (part.name !== '{DAV:}prop') return part;
      return mapElements(part, async (prop) => {
        const wanted = inside.get(prop.name) ?? [];
        return wanted.length === 0 ? prop : mapElements(prop, (child) => this.#follow(child, wanted));
      });
    });
  }

  async #follow(element: XmlElement, wanted: readonly Wanted[]): Promise<XmlElement> {
    if (element.name !== '{DAV:}href') return element;
    this.#followed += 1;
    if (this.#followed > MAX_FOLLOWED)
      throw new Precondition(
        'number-of-matches-within-limits',
        `The answer would follow more than ${MAX_FOLLOWED} hrefs.`,
      );
    const { v, req } = this.#c;
    const found = await resolveHref(v, req, element.text);
    const isReadable = found.kind === 'resource' && privilegesOn(v.actor, found.resource).includes('read');
    if (!isReadable) {
      const status = statusElement(found.kind === 'resource' ? 403 : 404);
      return parsed(document('{DAV:}response', el('{DAV:}href', text(element.text.trim())), status));
    }
    const response = parsed(
      document('{DAV:}response', el('{DAV:}href', text(hrefOf(v.base, found.resource)))),
    );
    const inner = await this.propstatsOf(found.resource, wanted);
    return { ...response, children: [...response.children, ...inner] };
  }
}

/** The same element with each of its child elements replaced, one after the other. */
async function mapElements(
  parent: XmlElement,
  map: (child: XmlElement) => Promise<XmlElement>,
): Promise<XmlElement> {
  const children: (XmlElement | string)[] = [];
  for (const child of parent.children) children.push(typeof child === 'string' ? child : await map(child));
  return { ...parent, children };
}
