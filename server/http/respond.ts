import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { WireResponse } from '../../protocols/wire.ts';

/** A plain text answer of the edge itself, in the headers that make it harmless in a browser. */
export function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'no-store',
      ...headers,
    },
    body: `${text}\n`,
  };
}

type Piece = string | Uint8Array;

/** An answer whose first pieces are there, so that an error in making them could still become a status. */
export type ReadyResponse =
  | { readonly kind: 'whole'; readonly response: WireResponse; readonly body: Piece }
  /** The head of an answer whose length nobody knows. */
  | { readonly kind: 'head'; readonly response: WireResponse }
  | {
      readonly kind: 'stream';
      readonly response: WireResponse;
      readonly first: readonly Piece[];
      readonly rest: AsyncIterator<Piece>;
    };

/** Awaits the first pieces of a streamed body; a body of one piece becomes a whole one. Throws what making them threw. */
export async function prepare(response: WireResponse, isHead: boolean): Promise<ReadyResponse> {
  const { body } = response;
  if (body === null) return isHead ? { kind: 'head', response } : { kind: 'whole', response, body: '' };
  if (typeof body === 'string' || body instanceof Uint8Array) return { kind: 'whole', response, body };
  const rest = body[Symbol.asyncIterator]();
  const one = await rest.next();
  if (isHead) {
    await rest.return?.();
    return { kind: 'head', response };
  }
  if (one.done === true) return { kind: 'whole', response, body: '' };
  const two = await rest.next();
  if (two.done === true) return { kind: 'whole', response, body: one.value };
  return { kind: 'stream', response, first: [one.value, two.value], rest };
}

/** Size of a prepared body in bytes, null while it is not known. */
export function sizeOf(ready: ReadyResponse): number | null {
  if (ready.kind === 'stream') return null;
  return ready.kind === 'head' ? 0 : Buffer.byteLength(ready.body);
}

const hasNoBody = (status: number) => status === 204 || status === 304 || status < 200;

function outgoing(response: WireResponse): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const name in response.headers) {
    const value = response.headers[name];
    if (typeof value === 'string') headers[name] = value;
    else if (value !== undefined) headers[name] = [...value];
  }
  return headers;
}

async function* joined(first: readonly Piece[], rest: AsyncIterator<Piece>): AsyncGenerator<Piece> {
  try {
    yield* first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Longest silence of a reader in the middle of an answer, in milliseconds. */
const STALLED_MS = 60_000;

/**
 * Writes a prepared answer; resolves when its last byte was handed to the connection. A whole body leaves in one
 * piece with its head. When a stream breaks, so does the connection: half an answer must never look like a whole one.
 * `beforeEnd` runs when everything is written and the connection is still open.
 */
export async function write(
  res: ServerResponse,
  ready: ReadyResponse,
  beforeEnd: (() => Promise<void>) | null = null,
): Promise<void> {
  const { response } = ready;
  const headers = outgoing(response);
  if (ready.kind === 'whole' && !hasNoBody(response.status))
    headers['Content-Length'] = Buffer.byteLength(ready.body);
  res.writeHead(response.status, headers);
  if (ready.kind === 'head') res.end();
  else if (ready.kind === 'whole' && beforeEnd === null) res.end(ready.body);
  else if (ready.kind === 'whole') {
    res.write(ready.body);
    await beforeEnd?.();
    res.end();
  } else {
    res.setTimeout(STALLED_MS, () => res.destroy());
    await pipeline(joined(ready.first, ready.rest), res);
  }
}
