import type { QName } from './names.ts';

/** An element of a request body: a small read-only tree. */
export interface XmlElement {
  readonly name: QName;
  /** Attribute values by name; attributes with a namespace (also `xml:lang`) are keyed `{ns}local`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
  /** Own character data, joined. */
  readonly text: string;
  /** The `xml:lang` in force. */
  readonly lang: string | null;
}

/** Child elements in document order. */
export function elements(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter((child): child is XmlElement => typeof child !== 'string');
}

/** The first child of that name. */
export function child(parent: XmlElement, name: QName): XmlElement | undefined {
  return elements(parent).find((element) => element.name === name);
}

/** All children of that name. */
export function childrenOf(parent: XmlElement, name: QName): readonly XmlElement[] {
  return elements(parent).filter((element) => element.name === name);
}
