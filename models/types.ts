/** The nouns of the server: resources, who acts on them, and the branded values that keep them apart. */

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Last segment of a principal's href: 1 to 64 characters of `[a-z0-9._~-]`, never reused for somebody else. */
export type PrincipalId = Brand<string, 'PrincipalId'>;
/** Row id of a collection or a home; the scope of a journal. */
export type CollectionId = Brand<number, 'CollectionId'>;
/** A number that only `advance` of the journal makes: permission to write in that scope. */
export type Revision = Brand<number, 'Revision'>;
/** Opaque part of a strong entity tag, without quotes: 22 characters of base64url(sha256(bytes)). */
export type ETag = Brand<string, 'ETag'>;
/** An absolute URI of at most 96 bytes, opaque to clients (RFC 6578 §3.2). */
export type SyncToken = Brand<string, 'SyncToken'>;

/** An app password, or a program that signs in with the account's own password: what people call a device. */
export type DeviceId = Brand<string, 'DeviceId'>;

/** What a collection holds: calendar object resources or vCards. */
export type Holds = 'calendar' | 'addressbook';

export interface CollectionBase {
  readonly id: CollectionId;
  readonly owner: PrincipalId;
  /** Row id of the home that holds it; a home holds itself. */
  readonly home: CollectionId;
  /** Last path segment, decoded and byte-exact; a home's is its owner's id. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string | null;
  /** `#RRGGBB` or `#RRGGBBAA` as the client sent it. */
  readonly color: string | null;
  readonly order: string | null;
  /** VCALENDAR text with one VTIMEZONE, as the client sent it (RFC 4791 §5.2.2). */
  readonly timezone: string | null;
  readonly timezoneId: string | null;
  /** Of an inbox: when its owner can be asked at all, as iCalendar text (RFC 7953 §7.2.4). */
  readonly availability: string | null;
  readonly isTransparent: boolean;
  /** The owner's default calendar, task list or address book: cannot be deleted. */
  readonly isDefault: boolean;
  readonly revision: number;
  readonly floor: number;
  readonly incarnation: string;
  readonly createdUtc: number;
  readonly modifiedUtc: number;
}

export interface PrincipalBase {
  readonly id: PrincipalId;
  /** What the person types to sign in, as registered. */
  readonly login: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly isAdmin: boolean;
}

export interface ObjectBase {
  readonly collection: CollectionId;
  readonly owner: PrincipalId;
  readonly collectionName: string;
  readonly holds: Holds;
  readonly name: string;
  readonly uid: string;
  readonly etag: ETag;
  /** `VEVENT`, `VTODO`, `VJOURNAL`, `VFREEBUSY`, or `VCARD`. */
  readonly component: string;
  readonly sizeBytes: number;
  readonly createdUtc: number;
  readonly modifiedUtc: number;
}

export type Resource =
  | { readonly kind: 'root' }
  | { readonly kind: 'principals' }
  | ({ readonly kind: 'principal' } & PrincipalBase)
  | (CollectionBase & { readonly kind: 'home'; readonly holds: Holds })
  | (CollectionBase & { readonly kind: 'calendar'; readonly components: readonly string[] })
  | (CollectionBase & { readonly kind: 'addressbook' })
  | (CollectionBase & { readonly kind: 'inbox' })
  | (CollectionBase & { readonly kind: 'outbox' })
  | ({ readonly kind: 'object' } & ObjectBase);

export type Kind = Resource['kind'];
export type ResourceOf<K extends Kind> = K extends Kind ? Extract<Resource, { kind: K }> : never;
/** Anything that stands as a row of `collections`. */
export type Collection = ResourceOf<'home' | 'calendar' | 'addressbook' | 'inbox' | 'outbox'>;
/** A collection that keeps objects a client puts there. */
export type ObjectCollection = ResourceOf<'calendar' | 'addressbook'>;

/** What a credential may do; an app password can be narrower than its person. */
export interface Scope {
  readonly calendars: boolean;
  readonly contacts: boolean;
  readonly readOnly: boolean;
}

export interface UserActor {
  readonly kind: 'user';
  readonly principal: PrincipalId;
  readonly login: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  readonly scope: Scope;
  /** How the person proved who they are. */
  readonly via: 'password' | 'app-password' | 'session' | 'api-token';
  /** The device that speaks; null for pages, scripts and where nobody told. */
  readonly device: DeviceId | null;
}

export type Actor = UserActor | { readonly kind: 'system' } | { readonly kind: 'anonymous' };

/** RFC 3744 §3 privileges this server tells apart. */
export type Privilege = 'read' | 'write-content' | 'write-properties' | 'bind' | 'unbind';
