import { Refusal } from '../../models/errors.ts';
import type { WireRequest } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import type { ReadXml } from '../xml/known.ts';
import type { QName } from '../xml/names.ts';
import { parseXml, XML_BODY_BYTES, XML_LIMITS } from '../xml/parse.ts';

/** Reads the XML body of a request; null when it is empty. Throws `Refusal` 400, 413 or 415. */
export async function readXmlBody(req: WireRequest, readXml: ReadXml = parseXml): Promise<XmlElement | null> {
  const bytes = await req.readBody(XML_BODY_BYTES);
  if (bytes.length === 0) return null;
  return readXml(bytes, req.headers['content-type'] ?? null, XML_LIMITS);
}

/** Checks the root element of a body; throws `Refusal` 400 when it is another one. */
export function expectRoot(root: XmlElement, name: QName): void {
  if (root.name !== name) throw new Refusal(400, `The body must be ${name}.`);
}
