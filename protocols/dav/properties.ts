import { Refusal } from '../../models/errors.ts';
import type { Collection, CollectionBase, Kind } from '../../models/types.ts';
import type { XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import { el, elWith, empty, href, join, text, type Xml } from '../xml/write.ts';
import { httpDate } from './headers.ts';
import { addMemberHref, principalHref, principalsHref } from './hrefs.ts';
import { allowOn } from './options.ts';
import { EVERYTHING, PROTECTED, type Property, property } from './property.ts';
import { serves } from './rows.ts';
import { digestOf, stableUuid } from './uuid.ts';

const OWNED = ['home', 'calendar', 'addressbook', 'inbox', 'outbox', 'object'] as const;
const COLLECTIONS = ['home', 'calendar', 'addressbook', 'inbox', 'outbox'] as const;
const KEEPING = ['calendar', 'addressbook'] as const;

const COLLECTION = empty('{DAV:}collection');
const TYPES: Readonly<Record<Kind, Xml>> = {
  root: COLLECTION,
  principals: COLLECTION,
  principal: join([empty('{DAV:}principal'), COLLECTION]),
  home: COLLECTION,
  calendar: join([COLLECTION, empty('{urn:ietf:params:xml:ns:caldav}calendar')]),
  addressbook: join([COLLECTION, empty('{urn:ietf:params:xml:ns:carddav}addressbook')]),
  inbox: join([COLLECTION, empty('{urn:ietf:params:xml:ns:caldav}schedule-inbox')]),
  outbox: join([COLLECTION, empty('{urn:ietf:params:xml:ns:caldav}schedule-outbox')]),
  object: join([]),
};

const MAX_NAME_BYTES = 1_024;

/** Text of an element that is kept in a column; throws `Refusal` 409 beyond `maxBytes`. */
export function columnText(element: XmlElement, maxBytes: number): string {
  if (Buffer.byteLength(element.text) > maxBytes)
    throw new Refusal(409, `The value of ${element.name} is longer than ${maxBytes} bytes.`);
  return element.text;
}

/** Content of an object as character data. */
export function contentText(content: Uint8Array | string | undefined): Xml | undefined {
  if (content === undefined) return undefined;
  return text(typeof content === 'string' ? content : Buffer.from(content).toString('utf8'));
}

/** What a client sees of an object's type: the component is named, several clients list by it. */
export function contentTypeOf(component: string): string {
  if (component === 'VCARD') return 'text/vcard; charset=utf-8';
  return `text/calendar; charset=utf-8; component=${component.toLowerCase()}`;
}

/** Identity of a collection, also after it was renamed. */
function collectionUuid(collection: CollectionBase): string {
  return stableUuid(`collection ${collection.id} ${collection.incarnation}`);
}

const RFC_4918: readonly Property[] = [
  property({
    name: '{DAV:}resourcetype',
    on: EVERYTHING,
    allprop: true,
    read: (r) => TYPES[r.kind],
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}displayname',
    on: ['principal', ...COLLECTIONS],
    allprop: true,
    read: (r) => text(r.displayName || (r.kind === 'principal' ? r.login : r.name)),
    write: {
      set: (element) => ({ displayName: columnText(element, MAX_NAME_BYTES) }),
      unset: { displayName: null },
      keepsElement: true,
    },
  }),
  property({
    name: '{DAV:}getetag',
    on: ['object'],
    allprop: true,
    read: (o) => text(`"${o.etag}"`),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}getcontenttype',
    on: ['object'],
    allprop: true,
    read: (o) => text(contentTypeOf(o.component)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}getcontentlength',
    on: ['object'],
    allprop: true,
    read: (o) => text(String(o.sizeBytes)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}getlastmodified',
    on: OWNED,
    allprop: true,
    read: (r) => text(httpDate(r.modifiedUtc)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}creationdate',
    on: OWNED,
    allprop: true,
    read: (r) => text(new Date(r.createdUtc * 1000).toISOString().replace(/\.\d+Z$/, 'Z')),
    write: PROTECTED,
  }),
  // Class 2 is not offered; the empty elements tell file managers so.
  property({
    name: '{DAV:}supportedlock',
    on: EVERYTHING,
    allprop: true,
    read: () => join([]),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}lockdiscovery',
    on: EVERYTHING,
    allprop: true,
    read: () => join([]),
    write: PROTECTED,
  }),
];

const WHO_AND_WHERE: readonly Property[] = [
  property({
    name: '{DAV:}current-user-principal',
    on: EVERYTHING,
    allprop: false,
    read: (_r, x) =>
      x.actor.kind === 'user'
        ? href(principalHref(x.base, x.actor.principal))
        : empty('{DAV:}unauthenticated'),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}principal-collection-set',
    on: EVERYTHING,
    allprop: false,
    read: (_r, x) => href(principalsHref(x.base)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}owner',
    on: OWNED,
    allprop: false,
    read: (r, x) => href(principalHref(x.base, r.owner)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}resource-id',
    on: ['principal', ...COLLECTIONS],
    allprop: false,
    needs: ['homes'],
    read: (r, x) => {
      const collection = r.kind === 'principal' ? x.homes.get(r.id) : r;
      if (collection === undefined) return undefined;
      return href(r.kind === 'principal' ? principalUuid(collection) : collectionUuid(collection));
    },
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}add-member',
    on: KEEPING,
    allprop: false,
    read: (c, x) => href(addMemberHref(x.base, c)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}quota-used-bytes',
    on: ['home', 'calendar', 'addressbook'],
    allprop: false,
    needs: ['quota'],
    read: (_r, x) => text(String(x.quota.usedBytes)),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}quota-available-bytes',
    on: ['home', 'calendar', 'addressbook'],
    allprop: false,
    needs: ['quota'],
    read: (_r, x) => text(String(Math.max(0, x.quota.availableBytes))),
    write: PROTECTED,
  }),
];

/** Identity of a person, made from a home of theirs: ids are short and may be the same on another server. */
export function principalUuid(home: CollectionBase): string {
  return stableUuid(`principal ${home.owner} ${home.incarnation}`);
}

const supported = (outer: QName, inner: QName, name: QName): Xml => el(outer, el(inner, empty(name)));

const TABLES_THEMSELVES: readonly Property[] = [
  property({
    name: '{DAV:}supported-report-set',
    on: EVERYTHING,
    allprop: false,
    needs: ['tables'],
    read: (r, x) =>
      join(
        [...x.tables.reports.values()]
          .filter((report) => serves(report, r))
          .map((report) => supported('{DAV:}supported-report', '{DAV:}report', report.name)),
      ),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}supported-method-set',
    on: EVERYTHING,
    allprop: false,
    read: (r, x) =>
      join(
        allowOn(x, r)
          .split(', ')
          .map((name) => elWith('{DAV:}supported-method', { name })),
      ),
    write: PROTECTED,
  }),
  property({
    name: '{DAV:}supported-live-property-set',
    on: EVERYTHING,
    allprop: false,
    needs: ['tables'],
    read: (r, x) =>
      join(
        [...x.tables.properties.values()]
          .filter((row) => row.on.includes(r.kind))
          .map((row) => supported('{DAV:}supported-live-property', '{DAV:}prop', row.name)),
      ),
    write: PROTECTED,
  }),
];

const SYNC: readonly Property[] = [
  property({
    name: '{DAV:}sync-token',
    on: KEEPING,
    allprop: false,
    needs: ['tokens'],
    read: (c, x) => optional(x.tokens.get(c.id)),
    write: PROTECTED,
  }),
  property({
    name: '{http://calendarserver.org/ns/}getctag',
    on: ['home', 'calendar', 'addressbook', 'inbox'],
    allprop: false,
    needs: ['tokens', 'collectionsOf'],
    read: (c, x) => {
      if (c.kind !== 'home') return optional(x.tokens.get(c.id));
      // A home's own journal is silent about the content of its collections; the tag speaks of both.
      const members: readonly Collection[] = x.collectionsOf.get(c.id) ?? [];
      return text(digestOf([c, ...members].map((each) => x.tokens.get(each.id) ?? '')));
    },
    write: PROTECTED,
  }),
];

function optional(value: string | undefined): Xml | undefined {
  return value === undefined ? undefined : text(value);
}

/** The live properties of WebDAV itself (RFC 4918, 3253, 4331, 5842, 5995, 6578). */
export const DAV_PROPERTIES: readonly Property[] = [
  ...RFC_4918,
  ...WHO_AND_WHERE,
  ...TABLES_THEMSELVES,
  ...SYNC,
];
