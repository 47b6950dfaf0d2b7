import type { XmlElement } from './element.ts';
import { PREFIXES, type QName, splitQName, XML_NAMESPACE } from './names.ts';
import { attribute, stored, text, type Xml } from './write.ts';

/** Prefixes in force, by namespace. */
type Scope = ReadonlyMap<string, string>;

/**
 * Writes an element so that it can be stored and later stand inside any answer: fixed prefixes are taken as declared,
 * all others are declared where they first occur, and the language in force is written down (RFC 4918 §4.3).
 */
export function serialize(element: XmlElement): Xml {
  const lang = `{${XML_NAMESPACE}}lang`;
  const own = element.attributes.has(lang) || element.lang === null;
  const root = own
    ? element
    : { ...element, attributes: new Map([...element.attributes, [lang, element.lang]]) };
  return stored(write(root, PREFIXES));
}

function write(element: XmlElement, outer: Scope): string {
  const scope = new Map(outer);
  const declared: string[] = [];
  const prefixed = (name: string, isAttribute: boolean): string => {
    if (!isExpanded(name)) return name;
    const { namespace, local } = splitQName(name);
    if (namespace === XML_NAMESPACE) return `xml:${local}`;
    if (namespace === '' && !isAttribute) return local;
    const known = scope.get(namespace);
    if (known !== undefined) return `${known}:${local}`;
    const prefix = `x${scope.size}`;
    scope.set(namespace, prefix);
    declared.push(` xmlns:${prefix}="${attribute(namespace)}"`);
    return `${prefix}:${local}`;
  };
  const tag = prefixed(element.name, false);
  const listed = [...element.attributes].map(
    ([name, value]) => ` ${prefixed(name, true)}="${attribute(value)}"`,
  );
  const head = `${tag}${declared.join('')}${listed.join('')}`;
  if (element.children.length === 0) return `<${head}/>`;
  const inner = element.children.map((child) =>
    typeof child === 'string' ? text(child) : write(child, scope),
  );
  return `<${head}>${inner.join('')}</${tag}>`;
}

function isExpanded(name: string): name is QName {
  return name.startsWith('{');
}
