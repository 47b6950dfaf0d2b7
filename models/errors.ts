import type { Resource } from './types.ts';

export const DAV = 'DAV:';
export const CALDAV = 'urn:ietf:params:xml:ns:caldav';
export const CARDDAV = 'urn:ietf:params:xml:ns:carddav';

interface PreconditionRow {
  readonly namespace: string;
  readonly name: string;
  readonly status: 403 | 405 | 409 | 507;
  /** Where the condition is defined. */
  readonly rfc: string;
}

const dav = (name: string, status: PreconditionRow['status'], rfc: string): PreconditionRow => ({
  namespace: DAV,
  name,
  status,
  rfc,
});
const cal = (name: string, status: PreconditionRow['status'], rfc: string): PreconditionRow => ({
  namespace: CALDAV,
  name,
  status,
  rfc,
});
const card = (name: string, status: PreconditionRow['status'], rfc: string): PreconditionRow => ({
  namespace: CARDDAV,
  name,
  status,
  rfc,
});

/** Every rule of the field whose breach is named in a `DAV:error` body (RFC 4918 §16). Keys are unique over the namespaces. */
export const PRECONDITIONS = {
  'valid-sync-token': dav('valid-sync-token', 403, 'RFC 6578 §3.2'),
  'sync-traversal-supported': dav('sync-traversal-supported', 403, 'RFC 6578 §3.3'),
  'number-of-matches-within-limits': dav('number-of-matches-within-limits', 507, 'RFC 6578 §3.6'),
  'supported-report': dav('supported-report', 403, 'RFC 3253 §3.6'),
  'need-privileges': dav('need-privileges', 403, 'RFC 3744 §7.1.1'),
  'cannot-modify-protected-property': dav('cannot-modify-protected-property', 403, 'RFC 4918 §16'),
  'propfind-finite-depth': dav('propfind-finite-depth', 403, 'RFC 4918 §9.1'),
  'resource-must-be-null': dav('resource-must-be-null', 405, 'RFC 4918 §9.3.1'),
  'valid-resourcetype': dav('valid-resourcetype', 403, 'RFC 5689 §3.3'),
  'quota-not-exceeded': dav('quota-not-exceeded', 507, 'RFC 4331 §6'),
  'sufficient-disk-space': dav('sufficient-disk-space', 507, 'RFC 4331 §6'),
  'supported-calendar-data': cal('supported-calendar-data', 403, 'RFC 4791 §5.3.2.1'),
  'valid-calendar-data': cal('valid-calendar-data', 403, 'RFC 4791 §5.3.2.1'),
  'valid-calendar-object-resource': cal('valid-calendar-object-resource', 403, 'RFC 4791 §5.3.2.1'),
  'supported-calendar-component': cal('supported-calendar-component', 403, 'RFC 4791 §5.3.2.1'),
  'calendar-no-uid-conflict': cal('no-uid-conflict', 403, 'RFC 4791 §5.3.2.1'),
  'calendar-collection-location-ok': cal('calendar-collection-location-ok', 403, 'RFC 4791 §5.3.1.1'),
  'initialize-calendar-collection': cal('initialize-calendar-collection', 403, 'RFC 4791 §5.3.1.1'),
  'calendar-max-resource-size': cal('max-resource-size', 403, 'RFC 4791 §5.3.2.1'),
  'min-date-time': cal('min-date-time', 403, 'RFC 4791 §5.3.2.1'),
  'max-date-time': cal('max-date-time', 403, 'RFC 4791 §5.3.2.1'),
  'max-instances': cal('max-instances', 403, 'RFC 4791 §5.3.2.1'),
  'max-attendees-per-instance': cal('max-attendees-per-instance', 403, 'RFC 4791 §5.3.2.1'),
  'valid-filter': cal('valid-filter', 403, 'RFC 4791 §7.8'),
  'supported-filter': cal('supported-filter', 403, 'RFC 4791 §7.8'),
  'supported-collation': cal('supported-collation', 403, 'RFC 4791 §7.8'),
  'valid-timezone': cal('valid-timezone', 403, 'RFC 7809 §3.1.5'),
  'supported-rscale': cal('supported-rscale', 403, 'RFC 7529 §10'),
  'default-calendar-needed': cal('default-calendar-needed', 403, 'RFC 6638 §4.2'),
  'supported-address-data': card('supported-address-data', 403, 'RFC 6352 §6.3.2.1'),
  'supported-address-data-conversion': card('supported-address-data-conversion', 403, 'RFC 6352 §5.1.1.1'),
  'valid-address-data': card('valid-address-data', 403, 'RFC 6352 §6.3.2.1'),
  'card-no-uid-conflict': card('no-uid-conflict', 403, 'RFC 6352 §6.3.2.1'),
  'addressbook-collection-location-ok': card('addressbook-collection-location-ok', 403, 'RFC 6352 §6.3.2.1'),
  'card-max-resource-size': card('max-resource-size', 403, 'RFC 6352 §6.3.2.1'),
  'card-supported-filter': card('supported-filter', 403, 'RFC 6352 §8.6'),
  'card-supported-collation': card('supported-collation', 403, 'RFC 6352 §8.6'),
} as const satisfies Readonly<Record<string, PreconditionRow>>;

export type PreconditionCode = keyof typeof PRECONDITIONS;

/** A part of a request, as an element of the precondition's namespace with its `name` attribute. */
export interface NamedPart {
  readonly element: 'comp-filter' | 'prop-filter';
  readonly name: string;
}

/** A rule of the field was not met; rendered as `<D:error>` with the row's element, `about` as hrefs and `parts` inside it. */
export class Precondition extends Error {
  readonly code: PreconditionCode;
  readonly about: readonly Resource[];
  readonly parts: readonly NamedPart[];
  constructor(
    code: PreconditionCode,
    message: string,
    about: readonly Resource[] = [],
    parts: readonly NamedPart[] = [],
  ) {
    super(message);
    this.name = 'Precondition';
    this.code = code;
    this.about = about;
    this.parts = parts;
  }
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 414 | 415 | 429 | 431 | 502 | 503;

/** A request that cannot be served and for which no precondition has a name; the message says what to do. */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  /** Extra response headers, such as `Allow` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: RefusalStatus, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
  }
}
