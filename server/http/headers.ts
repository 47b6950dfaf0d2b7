import { Refusal } from '../../models/errors.ts';

/** Headers that mean something only once; Node keeps the first and forgets the others, which a proxy may judge differently. */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'content-range',
  'destination',
  'depth',
  'overwrite',
  'expect',
  'if',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-schedule-tag-match',
  'origin',
  'range',
  'sec-fetch-site',
  'slug',
]);

const MAX_HEADERS = 100;

/**
 * Headers by lower-case name, without a prototype; repeated list headers are joined.
 * Throws `Refusal` 431 above 100 lines and 400 where a single header is doubled.
 */
export function readHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  if (raw.length > MAX_HEADERS * 2)
    throw new Refusal(431, `The request has more than ${MAX_HEADERS} header lines.`);
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (SINGLE.has(name)) throw new Refusal(400, `The header ${name} was sent more than once.`);
    else headers[name] = name === 'cookie' ? `${before}; ${value}` : `${before}, ${value}`;
  }
  return headers;
}
