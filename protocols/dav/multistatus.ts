import { PRECONDITIONS, type PreconditionCode } from '../../models/errors.ts';
import type { WireResponse } from '../wire.ts';
import { qname } from '../xml/names.ts';
import { closeDocument, el, openDocument, text, type Xml } from '../xml/write.ts';

/** One `<D:response>`: with propstats, or with a status of its own (RFC 4918 §14.24); or a run of them. */
export type Entry =
  | { readonly href: string; readonly propstats: Xml }
  | { readonly href: string; readonly status: number; readonly condition?: PreconditionCode }
  /** Any number of response elements that are rendered already. */
  | { readonly responses: Xml };

export const STATUS_LINES: Readonly<Record<number, string>> = {
  200: 'HTTP/1.1 200 OK',
  403: 'HTTP/1.1 403 Forbidden',
  404: 'HTTP/1.1 404 Not Found',
  409: 'HTTP/1.1 409 Conflict',
  412: 'HTTP/1.1 412 Precondition Failed',
  424: 'HTTP/1.1 424 Failed Dependency',
  500: 'HTTP/1.1 500 Internal Server Error',
  507: 'HTTP/1.1 507 Insufficient Storage',
};

/** The status element; clients compare its text, so it is always the standard reason phrase. */
export function statusElement(status: number): Xml {
  return el('{DAV:}status', text(STATUS_LINES[status] ?? `HTTP/1.1 ${status} Status`));
}

/** `<D:error>` naming a precondition. */
export function errorElement(code: PreconditionCode, ...inside: readonly Xml[]): Xml {
  const row = PRECONDITIONS[code];
  return el('{DAV:}error', el(qname(row.namespace, row.name), ...inside));
}

/** Renders one response element. */
export function renderEntry(entry: Entry): string {
  if ('responses' in entry) return entry.responses;
  if ('propstats' in entry)
    return `<D:response><D:href>${text(entry.href)}</D:href>${entry.propstats}</D:response>\n`;
  const error = entry.condition === undefined ? '' : errorElement(entry.condition);
  return `<D:response><D:href>${text(entry.href)}</D:href>${statusElement(entry.status)}${error}</D:response>\n`;
}

/** Up to this many characters of entries an answer is sent in one piece, with its length. */
const IN_ONE_PIECE = 262_144;
/** About what an entry takes beside its propstats. */
const ENTRY_CHARS = 100;

function sizeOf(entry: Entry): number {
  if ('responses' in entry) return entry.responses.length;
  return ENTRY_CHARS + ('propstats' in entry ? entry.propstats.length : 0);
}

/** Takes pages of entries together while they are few, or all of them where `isWhole`; what comes after is streamed. */
export async function gather(
  first: readonly Entry[],
  pages: AsyncGenerator<readonly Entry[]>,
  isWhole: boolean,
): Promise<readonly Entry[] | AsyncIterable<readonly Entry[]>> {
  const gathered: Entry[] = [...first];
  let size = 0;
  while (isWhole || size < IN_ONE_PIECE) {
    const next = await pages.next();
    if (next.done === true) return gathered;
    for (const entry of next.value) {
      gathered.push(entry);
      size += sizeOf(entry);
    }
  }
  return (async function* () {
    yield gathered;
    yield* pages;
  })();
}

const OPEN = openDocument('{DAV:}multistatus');
const CLOSE = closeDocument('{DAV:}multistatus');

/** Size of one chunk of a streamed answer, in UTF-16 units. */
const CHUNK_CHARS = 65_536;

function isPage(item: Entry | readonly Entry[]): item is readonly Entry[] {
  return Array.isArray(item);
}

async function* stream(
  entries: AsyncIterable<Entry | readonly Entry[]>,
  tail: (() => Xml) | undefined,
): AsyncGenerator<string> {
  let chunk = OPEN;
  for await (const page of entries) {
    for (const entry of isPage(page) ? page : [page]) {
      chunk += renderEntry(entry);
      if (chunk.length >= CHUNK_CHARS) {
        yield chunk;
        chunk = '';
      }
    }
  }
  yield `${chunk}${tail?.() ?? ''}${CLOSE}`;
}

/** A 207 answer; an array is sent in one piece, an async iterable (of entries, or cheaper of pages of entries) is streamed. `tail` is rendered last, for the sync-token (RFC 6578 §3.4). */
export function multistatus(
  entries: AsyncIterable<Entry | readonly Entry[]> | readonly Entry[],
  options: { readonly tail?: () => Xml; readonly headers?: Readonly<Record<string, string>> } = {},
): WireResponse {
  const headers = { 'Content-Type': 'application/xml; charset=utf-8', ...options.headers };
  if (Symbol.asyncIterator in entries) return { status: 207, headers, body: stream(entries, options.tail) };
  const body = `${OPEN}${entries.map(renderEntry).join('')}${options.tail?.() ?? ''}${CLOSE}`;
  return { status: 207, headers, body };
}
