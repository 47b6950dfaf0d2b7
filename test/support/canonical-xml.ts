import type { XmlElement } from '../../protocols/xml/element.ts';
import { PREFIXES, splitQName, XML_NAMESPACE } from '../../protocols/xml/names.ts';
import { parseXml, REPORT_LIMITS } from '../../protocols/xml/parse.ts';
import { attribute, text } from '../../protocols/xml/write.ts';

/** Prefixes by namespace: the fixed ones, then `x0`, `x1` … in order of appearance. */
class Prefixes {
  readonly #used = new Map<string, string>();

  of(name: string): string {
    const { namespace, local } = splitQName(name as `{${string}}${string}`);
    if (namespace === '') return local;
    if (namespace === XML_NAMESPACE) return `xml:${local}`;
    let prefix = this.#used.get(namespace);
    if (prefix === undefined) {
      prefix = PREFIXES.get(namespace) ?? `x${this.#used.size}`;
      this.#used.set(namespace, prefix);
    }
    return `${prefix}:${local}`;
  }

  declarations(): string {
    const declared = [...this.#used].map(([namespace, prefix]) => ` xmlns:${prefix}="${namespace}"`);
    return declared.sort(byCode).join('');
  }
}

/** Words for people in an error; they may change without notice. */
const MESSAGE = '{urn:daybook:error}message';

const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

function tag(element: XmlElement, prefixes: Prefixes): string {
  const attributes = [...element.attributes].map(
    ([name, value]) => ` ${name.startsWith('{') ? prefixes.of(name) : name}="${attribute(value)}"`,
  );
  return prefixes.of(element.name) + attributes.sort(byCode).join('');
}

function print(element: XmlElement, prefixes: Prefixes, depth: number): string {
  const indent = '  '.repeat(depth);
  const head = tag(element, prefixes);
  const isMixed = element.children.some((child) => typeof child === 'string' && child.trim() !== '');
  const inner = element.children.filter((child) =>
    typeof child === 'string' ? isMixed : child.name !== MESSAGE,
  );
  if (inner.length === 0) return `${indent}<${head}/>\n`;
  const close = prefixes.of(element.name);
  if (!isMixed)
    return `${indent}<${head}>\n${inner.map((child) => (typeof child === 'string' ? '' : print(child, prefixes, depth + 1))).join('')}${indent}</${close}>\n`;
  const flat = inner.map((child) =>
    typeof child === 'string' ? text(child) : print(child, prefixes, 0).trimEnd(),
  );
  return `${indent}<${head}>${flat.join('')}</${close}>\n`;
}

/**
 * Writes XML in one form for everything that means the same: fixed prefixes, sorted attributes, one element a line; without
 * the messages of errors.
 */
export function canonicalXml(xml: string | Uint8Array): string {
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  const root = parseXml(bytes, null, { ...REPORT_LIMITS, maxElements: 1_000_000 });
  const prefixes = new Prefixes();
  const printed = print(root, prefixes, 0);
  return printed.replace(/^<[^\s>/]+/, (open) => open + prefixes.declarations());
}
