import { createHash } from 'node:crypto';
import type { ETag } from '../types.ts';

/** Brands the text of an entity tag that was stored. */
export function toETag(text: string): ETag {
  return text as ETag;
}

/** The tag of these bytes: the same bytes have the same tag, on every server and after every restore. */
export function etagOf(body: Uint8Array): ETag {
  return toETag(createHash('sha256').update(body).digest('base64url').slice(0, 22));
}
