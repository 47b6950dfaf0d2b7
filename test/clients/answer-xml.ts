import { DOMParser, type Element, type Node } from '@xmldom/xmldom';

const DAV = 'DAV:';
const ELEMENT_NODE = 1;

export interface Propstat {
  readonly status: string;
  readonly props: readonly Element[];
}

export interface ResponseElement {
  readonly href: string;
  /** The status directly below the response. */
  readonly status: string | null;
  readonly propstats: readonly Propstat[];
}

function isElement(node: Node): node is Element {
  return node.nodeType === ELEMENT_NODE;
}

/** Child elements, optionally of one name. */
export function children(parent: Element, namespace?: string, local?: string): readonly Element[] {
  return [...parent.childNodes]
    .filter(isElement)
    .filter((e) => local === undefined || (e.namespaceURI === namespace && e.localName === local));
}

/** Parses an answer's body; null when it is not well-formed XML. */
export function parseBody(body: string): Element | null {
  if (!body.trimStart().startsWith('<')) return null;
  try {
    return new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw new Error(message);
      },
    }).parseFromString(body, 'application/xml').documentElement;
  } catch {
    return null;
  }
}

const textOf = (e: Element | undefined): string => e?.textContent ?? '';

/** The responses of a multistatus. */
export function responses(root: Element): readonly ResponseElement[] {
  return children(root, DAV, 'response').map((response) => {
    const status = children(response, DAV, 'status')[0];
    return {
      href: textOf(children(response, DAV, 'href')[0]),
      status: status === undefined ? null : textOf(status),
      propstats: children(response, DAV, 'propstat').map((propstat) => ({
        status: textOf(children(propstat, DAV, 'status')[0]),
        props: children(propstat, DAV, 'prop').flatMap((prop) => children(prop)),
      })),
    };
  });
}

/** Properties of all propstats with status 200. */
export function foundProps(root: Element): readonly Element[] {
  return responses(root).flatMap((r) =>
    r.propstats.filter((p) => p.status === 'HTTP/1.1 200 OK').flatMap((p) => p.props),
  );
}

/** Whether an element of that name stands anywhere below (or is) `root`. */
export function holds(root: Element, namespace: string, local: string): boolean {
  return (
    (root.namespaceURI === namespace && root.localName === local) ||
    root.getElementsByTagNameNS(namespace, local).length > 0
  );
}
