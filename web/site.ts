import type { App } from '../models/app.ts';
import type { UserActor } from '../models/types.ts';
import type { WireRequest, WireResponse } from '../protocols/wire.ts';
import type { Session } from './session.ts';
import type { Words } from './words.ts';

/** A file the browser loads: its bytes, its type, and an address that changes with its content. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly etag: string;
}

/** Stylesheet, icons and whatever else pages refer to, by the last segment of their address. */
export type Assets = ReadonlyMap<string, Asset>;

/** What the pages of one server have in common. */
export interface Site {
  readonly app: App;
  /** Path prefix from `BASE_URL`, without trailing slash. */
  readonly base: string;
  readonly origin: string | null;
  readonly assets: Assets;
  /** In words for people: where everything is kept. */
  readonly place: string;
  readonly words: Words;
  /** The person behind a name and password; null when they are wrong. Throws `Refusal` 429 and 503. */
  person(login: string, password: string, remoteAddress: string): Promise<UserActor | null>;
}

/** One request for a page. */
export interface PageRequest {
  readonly site: Site;
  readonly request: WireRequest;
  readonly session: Session | null;
  /** Fields of the form that was sent; empty for GET. */
  readonly form: URLSearchParams;
  /** The form token for this visitor, and the cookie that goes with it when it is new. */
  readonly formToken: string;
  /** Headers the answer must carry, such as a new cookie. */
  readonly headers: Record<string, string | readonly string[]>;
}

/** A row of the route table of the pages. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below the base path. */
  readonly path: string;
  readonly who: 'anyone' | 'signed-in';
  run(page: PageRequest): Promise<WireResponse>;
}

/** What a page needs beside its data. */
export interface PageContext {
  readonly words: Words;
  readonly base: string;
  readonly person: Pick<UserActor, 'displayName' | 'login' | 'isAdmin'> | null;
  readonly formToken: string;
  /** Address of an asset by its plain name. */
  asset(name: string): string;
}
