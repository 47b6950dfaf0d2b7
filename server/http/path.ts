import { Refusal } from '../../models/errors.ts';
import { faultOf } from '../../protocols/segment.ts';
import { TIMEZONES_PATH } from '../../protocols/timezones/path.ts';

/** A request target taken apart; see `WireRequest` for the fields. */
export interface Target {
  readonly segments: readonly string[];
  readonly hasTrailingSlash: boolean;
  readonly rawPath: string;
  /** Without its question mark. */
  readonly rawQuery: string;
}

/** Anything but visible ASCII without the percent sign: such a segment needs decoding or is refused. */
const UNUSUAL = /[^!-$&-~]/;
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

function refuse(why: string): Refusal {
  return new Refusal(400, `The address cannot be used: ${why}.`);
}

/** Clients that send raw UTF-8 reach us as Latin-1 text; valid bytes are read as what they meant. */
function decodeRaw(segment: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return [...segment].some((c) => c > '~') ? decoder.decode(Buffer.from(segment, 'latin1')) : segment;
}

function decodeSegment(segment: string): string {
  if (!UNUSUAL.test(segment)) return segment;
  try {
    return decodeURIComponent(decodeRaw(segment));
  } catch {
    throw refuse('a percent escape is wrong or is not UTF-8');
  }
}

/** Decodes one raw path segment exactly once; throws `Refusal` 400 for what can never be a name. */
function readSegment(raw: string): string {
  const segment = decodeSegment(raw);
  const fault = faultOf(segment);
  if (fault !== null) throw refuse(fault);
  return segment;
}

/** Takes the path prefix away; a proxy may have done so already, and `/.well-known` never has one. */
function stripBase(path: string, base: string): string {
  if (base === '') return path;
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

/**
 * Names of time zones have slashes, and the templates of that service have them written as `%2F` (RFC 7808 §4.1): nothing
 * stands behind such a path but names in a list, so that the segments may be told apart here.
 */
function withSlashes(rawPath: string): string {
  return rawPath.startsWith(`${TIMEZONES_PATH}/`) ? rawPath.replace(/%2f/gi, '/') : rawPath;
}

/** Takes a request target apart below the base path; throws `Refusal` 400. `OPTIONS *` is given as `/`. */
export function readTarget(url: string, base: string): Target {
  const target = url === '*' ? '/' : url.replace(ABSOLUTE_FORM, '');
  const hash = target.indexOf('#');
  const clean = hash === -1 ? target : target.slice(0, hash);
  const question = clean.indexOf('?');
  const path = question === -1 ? clean : clean.slice(0, question);
  const rawPath = stripBase(path === '' ? '/' : path, base);
  if (!rawPath.startsWith('/')) throw refuse('it does not start with a slash');
  const hasTrailingSlash = rawPath.endsWith('/');
  const inner = withSlashes(rawPath).slice(1, hasTrailingSlash ? -1 : undefined);
  const segments = rawPath === '/' ? [] : inner.split('/').map(readSegment);
  return { segments, hasTrailingSlash, rawPath, rawQuery: question === -1 ? '' : clean.slice(question + 1) };
}
