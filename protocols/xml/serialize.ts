import { DOMImplementation, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import type { XmlElement } from './element.ts';
import { PREFIXES, type QName, splitQName, XML_NAMESPACE } from './names.ts';
import { stored, type Xml } from './write.ts';

/**
 * Writes an element so that it can be stored and later stand inside any answer: every prefix is declared where it first
 * occurs, and the language in force is written down (RFC 4918 §4.3).
 */
export function serialize(element: XmlElement): Xml {
  const document = new DOMImplementation().createDocument(null, '');
  const root = toDom(document, element, new Map(PREFIXES));
  if (element.lang !== null) root.setAttributeNS(XML_NAMESPACE, 'xml:lang', element.lang);
  const written = new XMLSerializer().serializeToString(root, { requireWellFormed: true });
  // The library leaves carriage returns of a text bare, and a reader would take them for line feeds.
  return stored(written.replaceAll('\r', '&#13;'));
}

/** `prefixes`: what was chosen so far, by namespace. */
function toDom(document: Document, element: XmlElement, prefixes: Map<string, string>): Element {
  const made = document.createElementNS(...placed(element.name, prefixes));
  for (const [name, value] of element.attributes) {
    if (isExpanded(name)) made.setAttributeNS(...placed(name, prefixes), value);
    else made.setAttribute(name, value);
  }
  for (const child of element.children)
    made.appendChild(
      typeof child === 'string' ? document.createTextNode(child) : toDom(document, child, prefixes),
    );
  return made;
}

/** Namespace and prefixed name, as the DOM wants them. */
function placed(name: QName, prefixes: Map<string, string>): [string | null, string] {
  const { namespace, local } = splitQName(name);
  if (namespace === '') return [null, local];
  if (namespace === XML_NAMESPACE) return [namespace, `xml:${local}`];
  const prefix = prefixes.get(namespace) ?? `x${prefixes.size}`;
  prefixes.set(namespace, prefix);
  return [namespace, `${prefix}:${local}`];
}

function isExpanded(name: string): name is QName {
  return name.startsWith('{');
}
