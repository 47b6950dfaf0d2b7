import type { XmlElement } from './element.ts';
import { parseXml, type XmlLimits } from './parse.ts';

/** Reads a request body; see `parseXml`. */
export type ReadXml = typeof parseXml;

const MAX_KEPT = 512;
/** Bodies with lists of hrefs are longer, and not sent twice. */
const MAX_KEPT_BYTES = 1_024;

/**
 * A reader that knows the bodies it read lately: a client repeats its own, and those of one maker are the same (RFC 6578
 * polls until something changes). The elements are read-only, and what is read depends on nothing but the key.
 */
export function rememberingReader(): ReadXml {
  const known = new Map<string, XmlElement>();
  return (bytes, contentType, limits) => {
    if (bytes.length > MAX_KEPT_BYTES) return parseXml(bytes, contentType, limits);
    const key = keyOf(bytes, contentType, limits);
    const found = known.get(key);
    const root = found ?? parseXml(bytes, contentType, limits);
    // Again at the end of the line: the first of it is the one that was not asked for longest.
    if (found !== undefined) known.delete(key);
    known.set(key, root);
    const oldest = known.size > MAX_KEPT ? known.keys().next() : undefined;
    if (oldest?.done === false) known.delete(oldest.value);
    return root;
  };
}

/** Every byte, the type that may name an encoding, and the bounds. */
function keyOf(bytes: Uint8Array, contentType: string | null, limits: XmlLimits): string {
  const exact = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return `${contentType ?? ''}\n${Object.values(limits).join(' ')}\n${exact}`;
}
