import { PREFIXES, type QName, splitQName } from './names.ts';

declare const brand: unique symbol;

/** Well-formed XML content under the fixed prefixes of `PREFIXES`. */
export type Xml = string & { readonly [brand]: 'Xml' };

const markup = (s: string): Xml => s as Xml;

const NEEDS_ESCAPE = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const EVERY_IMPOSSIBLE = new RegExp(IMPOSSIBLE, 'g');
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Escapes character data; CR survives as a reference, characters XML cannot carry are dropped. */
export function text(value: string): Xml {
  if (!NEEDS_ESCAPE.test(value)) return markup(value);
  const possible = IMPOSSIBLE.test(value) ? value.replaceAll(EVERY_IMPOSSIBLE, '') : value;
  // Plain searches: an iCalendar text has a CR in every line, and a function called for each costs twice as much.
  return markup(
    possible
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('\r', '&#13;'),
  );
}

/** Escapes an attribute value for double quotes. */
export function attribute(value: string): string {
  return value.replace(
    /[&<>"\r\n\t\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
    (c) => ESCAPES[c] ?? '',
  );
}

/** What stands in the start tag and in the end tag of a name, with a declaration of its own where its namespace has no fixed prefix. */
export function tags(name: QName): { readonly open: string; readonly close: string } {
  const { namespace, local } = splitQName(name);
  const prefix = PREFIXES.get(namespace);
  if (prefix !== undefined) return { open: `${prefix}:${local}`, close: `${prefix}:${local}` };
  if (namespace === '') return { open: `${local} xmlns=""`, close: local };
  return { open: `X:${local} xmlns:X="${attribute(namespace)}"`, close: `X:${local}` };
}

/** Joins pieces of content. */
export function join(pieces: readonly Xml[]): Xml {
  return markup(pieces.join(''));
}

/** An element with content; without children it is empty. */
export function el(name: QName, ...children: readonly Xml[]): Xml {
  const { open, close } = tags(name);
  const content = children.join('');
  return markup(content === '' ? `<${open}/>` : `<${open}>${content}</${close}>`);
}

/** An element without content. */
export function empty(name: QName): Xml {
  return markup(`<${tags(name).open}/>`);
}

/** An element with attributes (names without namespace) and content. */
export function elWith(
  name: QName,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Xml[]
): Xml {
  const { open, close } = tags(name);
  const listed = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${attribute(value)}"`)
    .join('');
  const content = children.join('');
  return markup(content === '' ? `<${open}${listed}/>` : `<${open}${listed}>${content}</${close}>`);
}

/** `<D:href>` around a path that is already percent-encoded. */
export function href(path: string): Xml {
  return markup(`<D:href>${text(path)}</D:href>`);
}

/** Content that was serialised by `serialize` of parse.ts and stored. */
export function stored(xml: string): Xml {
  return markup(xml);
}

/** A whole document with the fixed prefixes declared on its root. */
export function document(root: QName, ...children: readonly Xml[]): string {
  const { close } = tags(root);
  return `${openDocument(root)}${children.join('')}</${close}>`;
}

/** XML declaration and start tag of a streamed document. */
export function openDocument(root: QName): string {
  const { open } = tags(root);
  const declared = [...PREFIXES].map(([namespace, prefix]) => ` xmlns:${prefix}="${namespace}"`).join('');
  return `<?xml version="1.0" encoding="utf-8"?>\n<${open}${declared}>`;
}

/** End tag of a streamed document. */
export function closeDocument(root: QName): string {
  return `</${tags(root).close}>`;
}
