import { Precondition, Refusal } from '../../models/errors.ts';
import { CARD_TEXT_TYPES } from '../../models/objects/media.ts';
import type { CardVersion } from '../../models/vcard/convert.ts';
import { JCARD_TYPE } from '../../models/vcard/jcard.ts';
import type { CardRequest, WantedProperty } from '../../models/vcard/project.ts';
import { child, childrenOf, type XmlElement } from '../xml/element.ts';

/** The element that carries cards in reports. */
export const ADDRESS_DATA = '{urn:ietf:params:xml:ns:carddav}address-data';

const PROP = '{urn:ietf:params:xml:ns:carddav}prop';
const ALLPROP = '{urn:ietf:params:xml:ns:carddav}allprop';

/** The formats of cards. */
export const ADDRESS_TYPES: readonly { readonly type: string; readonly version: CardVersion }[] = [
  { type: 'text/vcard', version: '3.0' },
  { type: 'text/vcard', version: '4.0' },
  { type: JCARD_TYPE, version: '4.0' },
];

function typeOf(element: XmlElement): string | undefined {
  return element.attributes.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** Says whether a `CARDDAV:address-data` element asks for jCard. */
export function asksForJcard(element: XmlElement): boolean {
  return typeOf(element) === JCARD_TYPE;
}

/**
 * Reads what a `CARDDAV:address-data` element asks for (RFC 6352 §10.4). Without a version that is 3.0: several clients
 * cannot read 4.0, and those that can ask for it. The version counts whatever the type attribute is called, because one
 * client misspells it. jCard has version 4.0 only. Throws `supported-address-data` for other formats.
 */
export function readAddressData(element: XmlElement): CardRequest {
  const type = typeOf(element);
  const isJcard = asksForJcard(element);
  const version = element.attributes.get('version')?.trim() ?? (isJcard ? '4.0' : '3.0');
  const isServed = isJcard ? version === '4.0' : type === undefined || CARD_TEXT_TYPES.includes(type);
  if ((version !== '3.0' && version !== '4.0') || !isServed)
    throw new Precondition(
      'supported-address-data',
      `Cards are served as text/vcard 3.0 or 4.0, or as ${JCARD_TYPE} 4.0.`,
    );
  const props = childrenOf(element, PROP);
  if (props.length === 0 || child(element, ALLPROP) !== undefined) return { version, props: null };
  return { version, props: props.map(readProp) };
}

function readProp(element: XmlElement): WantedProperty {
  const name = element.attributes.get('name')?.trim() ?? '';
  if (name === '') throw new Refusal(400, 'A prop of address-data lacks its name.');
  const novalue = element.attributes.get('novalue') ?? 'no';
  if (novalue !== 'yes' && novalue !== 'no') throw new Refusal(400, 'novalue is yes or no.');
  return { name, isWithoutValue: novalue === 'yes' };
}
