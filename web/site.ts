import type { App } from '../models/app.ts';
import type { Preferences } from '../models/principals/preferences.ts';
import type { ServerSettings } from '../models/server/service.ts';
import type { UserActor } from '../models/types.ts';
import type { MassChange } from '../models/versions/trash.ts';
import type { SigningKey } from '../protocols/discovery/sign.ts';
import type { WireRequest, WireResponse } from '../protocols/wire.ts';
import type { WordKey } from './locales/en.ts';
import type { NewsStreams } from './news.ts';
import type { Session } from './session.ts';
import type { Languages, Words } from './words.ts';

/** A file the browser loads: its bytes, its type, and an address that changes with its content. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array;
  /** The same compressed; null where that gains nothing. */
  readonly gzip: Uint8Array | null;
  readonly etag: string;
}

/** Stylesheet, icons and whatever else pages refer to, by the last segment of their address. */
export type Assets = ReadonlyMap<string, Asset>;

/** One setting as an administrator may see it. */
export interface ShownSetting {
  readonly name: string;
  /** Null where it must not be shown, and `isSet` tells the rest. */
  readonly value: string | null;
  readonly isSet: boolean;
  readonly source: 'default' | 'environment' | 'settings-page';
  readonly doc: string;
}

/** What the pages of one server have in common. */
export interface Site {
  readonly app: App;
  /** Path prefix from `BASE_URL`, without trailing slash. */
  readonly base: string;
  readonly origin: string | null;
  readonly assets: Assets;
  /** In words for people: where everything is kept. */
  readonly place: string;
  readonly languages: Languages;
  /** IANA zone of the machine, for visitors whose browser has not told theirs. */
  readonly timeZone: string;
  /** Folder for what pages keep between requests, such as uploads. */
  readonly dataDir: string;
  readonly settings: readonly ShownSetting[];
  /** Signs profiles for Apple devices; null: they stay unsigned. */
  readonly signing: SigningKey | null;
  /** Streams of news for open pages. */
  readonly news: NewsStreams;
  /** The person behind a name and password; null when they are wrong. Throws `Refusal` 429 and 503. */
  person(login: string, password: string, remoteAddress: string): Promise<UserActor | null>;
}

/** A file that came with a form; small ones only, see `Route.upload`. */
export interface SentFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What the page before this one did, and how to take it back. */
export interface Flash {
  readonly text: string;
  readonly undo?: {
    /** A POST route below the base path. */
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
  };
}

/** One request for a page. */
export interface PageRequest {
  readonly site: Site;
  readonly request: WireRequest;
  readonly session: Session | null;
  readonly words: Words;
  readonly preferences: Preferences;
  /** What the settings page says of the server as a whole. */
  readonly server: ServerSettings;
  /** The viewer's zone: chosen in the account, else the browser's, else the machine's. */
  readonly timeZone: string;
  /** What `:name` segments of the route's path stand for, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Fields of the form that was sent; empty for GET. */
  readonly form: URLSearchParams;
  /** Files of the form, by field name; empty unless it was `multipart/form-data`. */
  readonly files: ReadonlyMap<string, SentFile>;
  /** The form token for this visitor, and the cookie that goes with it when it is new. */
  readonly formToken: string;
  readonly flash: Flash | null;
  /** What devices removed in masses, on the pages that say so whatever they are about; absent on all others. */
  readonly notices?: readonly MassChange[];
  /** Headers the answer must carry, such as a new cookie. */
  readonly headers: Record<string, string | readonly string[]>;
}

/** A row of the route table of the pages. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below the base path; a segment `:name` stands for any one segment. */
  readonly path: string;
  readonly who: 'anyone' | 'signed-in' | 'administrator';
  /** Ids of the operations of the JSON API that do the same; needed for every POST that changes something. */
  readonly does?: readonly string[];
  /** True: `run` reads the body itself as a stream and checks the form token with `isOwnUpload`. */
  readonly isUpload?: boolean;
  run(page: PageRequest): Promise<WireResponse>;
}

/** What a page needs beside its data. */
export interface PageContext {
  readonly words: Words;
  readonly base: string;
  readonly person: Pick<UserActor, 'displayName' | 'login' | 'isAdmin'> | null;
  readonly formToken: string;
  readonly flash: Flash | null;
  /** What devices removed in masses, where a page is to say so. */
  readonly notices?: readonly MassChange[];
  readonly preferences: Preferences;
  /** Name and colour of the server; absent: the usual ones. */
  readonly server?: Pick<ServerSettings, 'name' | 'accent'>;
  readonly timeZone: string;
  readonly nowUtc: number;
  /** Path below the base path, for what the page says about itself. */
  readonly path: string;
  /** Address of an asset by its plain name. */
  asset(name: string): string;
}

/** The items of the navigation; a page says which one it belongs to. */
export type NavKey =
  | 'connect'
  | 'calendar'
  | 'contacts'
  | 'import'
  | 'more'
  | 'overview'
  | 'people'
  | 'activity'
  | 'health'
  | 'settings';

/** A text that depends on a key made at run time. */
export type { WordKey };
