import { SaxesParser, type SaxesTagNS } from 'saxes';
import { Refusal } from '../../models/errors.ts';
import type { XmlElement } from './element.ts';
import { qname, XML_NAMESPACE } from './names.ts';

/** Bounds of one request body; a body beyond any of them is refused with 400. */
export interface XmlLimits {
  readonly maxDepth: number;
  readonly maxElements: number;
  /** Per element. */
  readonly maxAttributes: number;
  /** Distinct ones in the whole body. */
  readonly maxNamespaces: number;
  /** Of a tag, an attribute or a namespace, in UTF-16 units. */
  readonly maxNameLength: number;
}

/** For PROPFIND, PROPPATCH, MKCOL and MKCALENDAR. */
export const XML_LIMITS: XmlLimits = {
  maxDepth: 32,
  maxElements: 20_000,
  maxAttributes: 32,
  maxNamespaces: 64,
  maxNameLength: 1_024,
};

/** For REPORT: some clients list every href of a collection in one body. */
export const REPORT_LIMITS: XmlLimits = { ...XML_LIMITS, maxElements: 200_000 };

/** Largest bodies, in bytes: of a REPORT, and of every other XML request. */
export const REPORT_BODY_BYTES = 16 * 1024 * 1024;
export const XML_BODY_BYTES = 256 * 1024;

const refuse = (why: string): Refusal => new Refusal(400, `The XML body cannot be read: ${why}.`);

/** An element while it is read. */
interface Open extends XmlElement {
  readonly children: (XmlElement | string)[];
  text: string;
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const LANG = qname(XML_NAMESPACE, 'lang');

/** Collects the tree and holds the limits while the scanner runs. */
class TreeBuilder {
  readonly #limits: XmlLimits;
  readonly #open: Open[] = [];
  readonly #namespaces = new Set<string>();
  #elements = 0;
  #attributes = 0;
  root: Open | null = null;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
  }

  startTag(): void {
    this.#attributes = 0;
    this.#elements += 1;
    if (this.#elements > this.#limits.maxElements)
      throw refuse(`it has more than ${this.#limits.maxElements} elements`);
    if (this.#open.length >= this.#limits.maxDepth)
      throw refuse(`it is nested deeper than ${this.#limits.maxDepth}`);
  }

  attribute(name: string): void {
    this.#attributes += 1;
    if (this.#attributes > this.#limits.maxAttributes)
      throw refuse(`an element has more than ${this.#limits.maxAttributes} attributes`);
    this.#checkName(name);
  }

  open(tag: SaxesTagNS): void {
    this.#checkName(tag.local);
    this.#checkNamespace(tag.uri);
    const attributes = this.#attributesOf(tag);
    const parent = this.#open.at(-1);
    const element: Open = {
      name: qname(tag.uri, tag.local),
      attributes,
      children: [],
      text: '',
      lang: attributes.get(LANG) ?? parent?.lang ?? null,
    };
    if (parent === undefined) this.root = element;
    else parent.children.push(element);
    this.#open.push(element);
  }

  text(value: string): void {
    const top = this.#open.at(-1);
    if (top === undefined) return;
    top.text += value;
    top.children.push(value);
  }

  close(): void {
    this.#open.pop();
  }

  #attributesOf(tag: SaxesTagNS): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.uri === XMLNS) {
        this.#checkNamespace(attribute.value);
        continue;
      }
      this.#checkNamespace(attribute.uri);
      found.set(
        attribute.uri === '' ? attribute.local : qname(attribute.uri, attribute.local),
        attribute.value,
      );
    }
    return found;
  }

  #checkName(name: string): void {
    if (name.length > this.#limits.maxNameLength) throw refuse('a name is too long');
  }

  #checkNamespace(uri: string): void {
    if (this.#namespaces.has(uri)) return;
    this.#checkName(uri);
    this.#namespaces.add(uri);
    if (this.#namespaces.size > this.#limits.maxNamespaces)
      throw refuse(`it has more than ${this.#limits.maxNamespaces} namespaces`);
  }
}

/**
 * Reads a request body into a small tree; throws `Refusal` 400 for anything that is not well-formed XML 1.0 with
 * namespaces in UTF-8 or (with a byte order mark) UTF-16, for any DOCTYPE, and beyond the limits.
 */
export function parseXml(bytes: Uint8Array, contentType: string | null, limits: XmlLimits): XmlElement {
  const source = decode(bytes, contentType);
  const builder = new TreeBuilder(limits);
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  });
  parser.on('error', (error) => {
    throw refuse(saying(error.message));
  });
  parser.on('doctype', () => {
    throw refuse('a DOCTYPE is not allowed');
  });
  parser.on('opentagstart', () => builder.startTag());
  parser.on('attribute', (attribute) => builder.attribute(attribute.name));
  parser.on('opentag', (tag) => builder.open(tag));
  parser.on('text', (value) => builder.text(value));
  parser.on('cdata', (value) => builder.text(value));
  parser.on('closetag', () => builder.close());
  if (/<!DOCTYPE/i.test(source.slice(0, PROLOG_CHARS))) throw refuse('a DOCTYPE is not allowed');
  parser.write(source).close();
  if (builder.root === null) throw refuse('it has no root element');
  return builder.root;
}

/** Where a DOCTYPE is looked for before the scanner starts; one further down is found by the scanner. */
const PROLOG_CHARS = 1_024;
const MAX_SAID = 120;

/** What the scanner says, without what it quotes from the body. */
function saying(message: string): string {
  return message.replace(/\s+/g, ' ').slice(0, MAX_SAID).replace(/\.$/, '');
}

const UTF8_NAMES: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);
const UTF16_NAMES: ReadonlySet<string> = new Set(['utf-16', 'utf-16le', 'utf-16be']);

/** Turns the bytes into text; the byte order mark decides, and neither header nor declaration may contradict it. */
function decode(bytes: Uint8Array, contentType: string | null): string {
  const mark = byteOrderMark(bytes);
  const source = decodeAs(bytes, mark ?? 'utf-8');
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(source.slice(0, 256))?.[1];
  const header = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
  const allowed = mark === null || mark === 'utf-8' ? UTF8_NAMES : UTF16_NAMES;
  for (const name of [declared, header]) {
    if (name !== undefined && !allowed.has(name.toLowerCase()) && !isPlain(name, source))
      throw refuse('its encoding is not supported; send UTF-8');
  }
  return source;
}

/** A single-byte encoding that was named, but of which nothing beyond ASCII was used. */
function isPlain(name: string, source: string): boolean {
  return /^(iso-8859-\d+|windows-125\d)$/i.test(name) && !/[^\u0000-\u007f]/.test(source);
}

function byteOrderMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

function decodeAs(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16le' | 'utf-16be'): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw refuse(`it is not valid ${encoding.toUpperCase()}`);
  }
}
