import type { App } from '../../models/app.ts';
import { Refusal } from '../../models/errors.ts';
import type { Actor } from '../../models/types.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../../protocols/wire.ts';

/** A request for a handler, without a socket. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An answer whose body has been read to its end. */
export interface Told {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly bytes: Uint8Array;
}

/** Makes the request the edge would make of it. */
export function wireRequest(ask: Ask): WireRequest {
  const [rawPath = '/', rawQuery = ''] = ask.path.split('?');
  const bytes = typeof ask.body === 'string' ? Buffer.from(ask.body) : (ask.body ?? new Uint8Array(0));
  const headers: Record<string, string> = { host: 'dav.example' };
  for (const [name, value] of Object.entries(ask.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: ask.method,
    segments: rawPath
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent),
    hasTrailingSlash: rawPath.endsWith('/'),
    rawPath,
    query: new URLSearchParams(rawQuery),
    headers,
    remoteAddress: '127.0.0.1',
    isSecure: false,
    signal: new AbortController().signal,
    readBody: async (maxBytes) => {
      if (bytes.length > maxBytes) throw new Refusal(413, `The body is larger than ${maxBytes} bytes.`);
      return bytes;
    },
    openBody: async function* (maxBytes) {
      yield await this.readBody(maxBytes);
    },
  };
}

async function collect(body: WireResponse['body']): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Asks a handler as the actor would and reads the whole answer. */
export async function tell(handler: Handler, viewer: Viewer, ask: Ask): Promise<Told> {
  const answer = await handler(viewer, wireRequest(ask));
  const bytes = await collect(answer.body);
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return { status: answer.status, headers, bytes, body: bytes.toString('utf8') };
}

/** Who looks, for tests: an actor and an app, at the root of the server. */
export function viewerOf(app: App, actor: Actor, base = ''): Viewer {
  return { app, actor, base, origin: null };
}
