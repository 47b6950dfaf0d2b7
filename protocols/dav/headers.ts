import { createHash } from 'node:crypto';
import { Refusal } from '../../models/errors.ts';
import type { ETag } from '../../models/types.ts';
import type { WireRequest } from '../wire.ts';
import type { Depth } from './rows.ts';

/** Judges a write by the entity tag of what stands there now; null when nothing does. */
export type Judge = (current: ETag | null) => boolean;

/** Reads `Depth`; throws `Refusal` 400 for anything but 0, 1 and infinity (RFC 4918 §10.2). */
export function readDepth(req: WireRequest): Depth {
  const value = req.headers['depth']?.trim().toLowerCase();
  if (value === undefined || value === '') return null;
  if (value === '0' || value === '1' || value === 'infinity') return value;
  throw new Refusal(400, 'Depth is 0, 1 or infinity.');
}

/** Reads `Overwrite`: true unless it says `F` (RFC 4918 §10.6). */
export function readOverwrite(req: WireRequest): boolean {
  return req.headers['overwrite']?.trim().toUpperCase() !== 'F';
}

/** What the client prefers about the answer (RFC 7240, RFC 8144). */
export interface Preferences {
  /** No 404 propstats, no body for a PROPPATCH that worked; also asked for by `Brief: t`. */
  readonly isMinimal: boolean;
  /** The new content in the answer to a write. */
  readonly wantsRepresentation: boolean;
  /** A listing without the collection itself. */
  readonly withoutRoot: boolean;
  /** Value of `Preference-Applied` for what is in force, or null. */
  applied(...names: readonly Preference[]): string | null;
}

export type Preference = 'return=minimal' | 'return=representation' | 'depth-noroot';

/** Reads `Prefer` and `Brief`. */
export function readPreferences(req: WireRequest): Preferences {
  const header = req.headers['prefer'];
  const isBrief = req.headers['brief']?.trim().toLowerCase() === 't';
  if (header === undefined && !isBrief) return NO_PREFERENCES;
  const tokens = new Set(
    (header ?? '').split(',').map((token) => token.replaceAll(/["\s]|;.*$/g, '').toLowerCase()),
  );
  const isMinimal = isBrief || tokens.has('return=minimal') || tokens.has('return-minimal');
  const inForce = new Set<Preference>();
  if (isMinimal) inForce.add('return=minimal');
  const wantsRepresentation = !isMinimal && tokens.has('return=representation');
  if (wantsRepresentation) inForce.add('return=representation');
  const withoutRoot = tokens.has('depth-noroot');
  if (withoutRoot) inForce.add('depth-noroot');
  return {
    isMinimal,
    wantsRepresentation,
    withoutRoot,
    applied: (...names) => names.filter((name) => inForce.has(name)).join(', ') || null,
  };
}

const NO_PREFERENCES: Preferences = {
  isMinimal: false,
  wantsRepresentation: false,
  withoutRoot: false,
  applied: () => null,
};

/** Length of our entity tags; some proxies append their compression to them. */
const ETAG_LENGTH = 22;

/** One listed tag without its dressing: weakness, quotes, quotes with backslashes, and what a compressing proxy appended. */
export function bareETag(listed: string): string {
  const bare = listed
    .trim()
    .replace(/^W\//i, '')
    .replace(/^\\?"|\\?"$/g, '');
  return bare.length > ETAG_LENGTH ? bare.replace(/[-;](gzip|br|zstd|deflate)$/, '') : bare;
}

/** The tags a header lists; `'*'` for the star. */
export function readETags(header: string): '*' | readonly string[] {
  if (header.trim() === '*') return '*';
  return header
    .split(',')
    .map(bareETag)
    .filter((tag) => tag !== '');
}

/** The tag of a representation that is not the stored bytes: that of the state, then a hash of the representation. */
export function representationTag(state: ETag, representation: Uint8Array | string): string {
  const hash = createHash('sha256').update(representation).digest('hex').slice(0, HASH_LENGTH);
  return `${state}-${hash}`;
}

/** The tag of the state a listed tag speaks of: whoever holds its jCal has seen an object as well as whoever holds its text. */
export function stateTag(tag: string): string {
  const isForm = tag.length === ETAG_LENGTH + 1 + HASH_LENGTH && REPRESENTATION.test(tag.slice(ETAG_LENGTH));
  return isForm ? tag.slice(0, ETAG_LENGTH) : tag;
}

const HASH_LENGTH = 12;
const REPRESENTATION = /^-[0-9a-f]+$/;

/** True when the header of a write names the current tag, or that of one of its representations; the star names whatever exists. */
export function namesCurrent(header: string, current: ETag | null): boolean {
  if (current === null) return false;
  const tags = readETags(header);
  return tags === '*' || tags.some((tag) => stateTag(tag) === current);
}

/** True when the header of a read names the tag of the very representation that would be sent (RFC 9110 §8.8.3). */
export function namesSelected(header: string, selected: string): boolean {
  const tags = readETags(header);
  return tags === '*' || tags.includes(selected);
}

/** Reads `If-Match` and `If-None-Match` of a write (RFC 9110 §13.1); null when neither is there. */
export function readMatch(req: WireRequest): Judge | null {
  const match = req.headers['if-match'];
  const noneMatch = req.headers['if-none-match'];
  if (match === undefined && noneMatch === undefined) return null;
  return (current) =>
    (match === undefined || namesCurrent(match, current)) &&
    (noneMatch === undefined || !namesCurrent(noneMatch, current));
}

/** True for a media type that announces XML; no type at all counts as XML. */
export function isXml(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType.trim() === '') return true;
  return /^\s*[^;]*[/+]xml\s*(;|$)/i.test(contentType);
}

/** IMF-fixdate of an epoch second (RFC 9110 §5.6.7). */
export function httpDate(utcSeconds: number): string {
  return new Date(utcSeconds * 1000).toUTCString();
}

const DAY_NAME = /^\s*(mon|tue|wed|thu|fri|sat|sun)/i;

/** Epoch seconds of an HTTP date, which begins with the day of the week (RFC 9110 §5.6.7); null when it is none. */
export function dateOf(header: string | undefined): number | null {
  const ms = header !== undefined && DAY_NAME.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
