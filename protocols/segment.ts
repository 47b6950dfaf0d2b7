/** What a path segment may hold, wherever an address is read: the request line, `Destination`, hrefs of bodies. */

const MAX_SEGMENT_BYTES = 255;
/** Below this length no text of UTF-16 units can exceed the limit in UTF-8. */
const SURELY_SHORT = Math.floor(MAX_SEGMENT_BYTES / 3);
const NEVER_IN_NAMES = /[\u0000-\u001f\u007f-\u009f/\\]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Why a decoded path segment can never be a name, to be said behind a colon; null when it can. */
export function faultOf(name: string): string | null {
  if (name === '') return 'two slashes stand side by side';
  if (name === '.' || name === '..') return '"." and ".." are not names';
  if (NEVER_IN_NAMES.test(name)) return 'a name holds a slash, a backslash or a control character';
  if (LONE_SURROGATE.test(name)) return 'a name holds half a character';
  if (name.length > SURELY_SHORT && Buffer.byteLength(name) > MAX_SEGMENT_BYTES)
    return `a name is longer than ${MAX_SEGMENT_BYTES} bytes`;
  return null;
}
