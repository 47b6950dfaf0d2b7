import { COLLATIONS } from '../../models/ical/collation.ts';
import { JCARD_TYPE } from '../../models/vcard/jcard.ts';
import { homeHref } from '../dav/hrefs.ts';
import { columnText, contentText } from '../dav/properties.ts';
import { PROTECTED, type Property, property } from '../dav/property.ts';
import { type QName, qname } from '../xml/names.ts';
import { el, elWith, href, join, text } from '../xml/write.ts';
import { ADDRESS_TYPES, asksForJcard } from './address-data.ts';

const CARDDAV = 'urn:ietf:params:xml:ns:carddav';
const cr = (local: string): QName => qname(CARDDAV, local);

const MAX_DESCRIPTION_BYTES = 16_384;

/** The live properties of CardDAV (RFC 6352 §6.2, §7.1). */
export const CARDDAV_PROPERTIES: readonly Property[] = [
  property({
    name: cr('addressbook-description'),
    on: ['addressbook'],
    allprop: false,
    read: (b) => (b.description === null ? undefined : text(b.description)),
    write: {
      set: (element) => ({ description: columnText(element, MAX_DESCRIPTION_BYTES) }),
      unset: { description: null },
      keepsElement: true,
    },
  }),
  property({
    name: cr('supported-address-data'),
    on: ['addressbook'],
    allprop: false,
    read: () =>
      join(
        ADDRESS_TYPES.map(({ type, version }) =>
          elWith(cr('address-data-type'), { 'content-type': type, version }),
        ),
      ),
    write: PROTECTED,
  }),
  property({
    name: cr('supported-collation-set'),
    on: ['addressbook'],
    allprop: false,
    read: () => join(COLLATIONS.map((name) => el(cr('supported-collation'), text(name)))),
    write: PROTECTED,
  }),
  // An image is a part of its card.
  ...(['max-resource-size', 'max-image-size'] as const).map((name) =>
    property({
      name: cr(name),
      on: ['addressbook', 'home'],
      allprop: false,
      read: (b, x) =>
        b.kind === 'home' && b.holds !== 'addressbook' ? undefined : text(String(x.app.limits.maxCardBytes)),
      write: PROTECTED,
    }),
  ),
  property({
    name: cr('addressbook-home-set'),
    on: ['principal'],
    allprop: false,
    read: (p, x) => href(homeHref(x.base, p.id, 'addressbook')),
    write: PROTECTED,
  }),
  property({
    name: cr('address-data'),
    on: ['object'],
    allprop: false,
    needs: ['body'],
    // Only reports bring content; PROPFIND has none of it (RFC 6352 §10.4).
    read: (o, x) => (o.holds === 'addressbook' ? contentText(x.body.get(o.name)) : undefined),
    // Absent attributes mean 3.0.
    attributes: (asked) => {
      if (asked !== null && asksForJcard(asked)) return { 'content-type': JCARD_TYPE, version: '4.0' };
      return asked?.attributes.get('version') === '4.0'
        ? { 'content-type': 'text/vcard', version: '4.0' }
        : {};
    },
    write: PROTECTED,
  }),
];
