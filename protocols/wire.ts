import type { App } from '../models/app.ts';
import type { Actor } from '../models/types.ts';

/** One HTTP request as handlers see it; express stays behind the edge. */
export interface WireRequest {
  readonly method: string;
  /** Path segments below the base path, each decoded exactly once; `/dav/a%20b/` is `['dav', 'a b']`. */
  readonly segments: readonly string[];
  readonly hasTrailingSlash: boolean;
  /** Undecoded path below the base path, with its leading slash, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  /** Lower-case names; the edge refuses doubled headers that must be single. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Address of the client, after the trusted proxies. */
  readonly remoteAddress: string;
  /** True when the client's side of the connection is https. */
  readonly isSecure: boolean;
  readonly signal: AbortSignal;
  /** Reads the whole body; throws `Refusal` 413 beyond `maxBytes`, 415 for a content coding, 400 when it is cut short. */
  readBody(maxBytes: number): Promise<Uint8Array>;
  /** The same as a stream, with back-pressure; iterating throws what `readBody` would throw. */
  openBody(maxBytes: number): AsyncIterable<Uint8Array>;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** An iterable is streamed with back-pressure; its first chunk is awaited before the status line. */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array> | null;
  /** Whether a device that asked was told of changes; the edge cannot see it in the status. */
  readonly note?: 'changed' | 'unchanged';
}

/** Who looks, and where the server stands: what rendering needs beside the resource. */
export interface Viewer {
  readonly app: App;
  readonly actor: Actor;
  /** Path prefix of the server from `BASE_URL`, without trailing slash: `` or `/daybook`. */
  readonly base: string;
  /** `https://host[:port]` from `BASE_URL`, or null when it is not set. */
  readonly origin: string | null;
}

export type Handler = (v: Viewer, req: WireRequest) => Promise<WireResponse>;
