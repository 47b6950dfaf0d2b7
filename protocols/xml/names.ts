import { CALDAV, CARDDAV, DAV } from '../../models/errors.ts';

/** An expanded XML name: `{namespace}local`; elements without a namespace are `{}local`. */
export type QName = `{${string}}${string}`;

export const CALENDARSERVER = 'http://calendarserver.org/ns/';
export const APPLE_ICAL = 'http://apple.com/ns/ical/';
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/** The prefixes every answer declares once, on its root element. */
export const PREFIXES: ReadonlyMap<string, string> = new Map([
  [DAV, 'D'],
  [CALDAV, 'C'],
  [CARDDAV, 'CR'],
  [CALENDARSERVER, 'CS'],
  [APPLE_ICAL, 'IC'],
]);

/** Joins a namespace and a local name. */
export function qname(namespace: string, local: string): QName {
  return `{${namespace}}${local}`;
}

/** Splits an expanded name into namespace and local name. */
export function splitQName(name: QName): { readonly namespace: string; readonly local: string } {
  const end = name.lastIndexOf('}');
  return { namespace: name.slice(1, end), local: name.slice(end + 1) };
}
