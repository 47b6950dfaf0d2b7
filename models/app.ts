import type { HomeCountry } from './contacts/country.ts';
import type { Database } from './db/database.ts';
import type { RuleRunner } from './ical/runner.ts';
import type { CollectionId, PrincipalId } from './types.ts';

/** Wall clock; the only source of "now", so that tests can fix it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  nowMs(): number;
}

export interface Random {
  bytes(count: number): Buffer;
  uuid(): string;
}

/** Structured log lines; fields are capped and escaped by the implementation. */
export interface Log {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Tells listeners of this process that a scope moved; may be lost or doubled, never decides anything. */
export interface Hints {
  publish(scope: CollectionId, revision: number): void;
  subscribe(listener: (scope: CollectionId, revision: number) => void): () => void;
  /** Something a page of this person may show has moved; what it is now, the reader asks for itself. */
  tell(person: PrincipalId, topic: Topic): void;
  listen(listener: (person: PrincipalId, topic: Topic) => void): () => void;
}

/** What can move on an open page. */
export type Topic = 'device' | 'connect' | 'import' | 'collection' | 'notice';

/** Bounds of RELIABILITY section 2 that services enforce; all are settings. */
export interface Limits {
  readonly maxCalendarObjectBytes: number;
  readonly maxCardBytes: number;
  readonly maxObjectsPerCollection: number;
  readonly maxCollectionsPerHome: number;
  readonly maxBytesPerUser: number;
  readonly maxInstances: number;
  readonly maxAnswerBytes: number;
  readonly maxAttendees: number;
  readonly maxAlarms: number;
  readonly maxDates: number;
  readonly maxOverrides: number;
  readonly maxDeadPropertyBytes: number;
  readonly maxDeadProperties: number;
  /** How far endless series are indexed, days from now. */
  readonly horizonBackDays: number;
  readonly horizonAheadDays: number;
  readonly journalDays: number;
  readonly journalRows: number;
  readonly trashDays: number;
  /** All files of one import together. */
  readonly maxImportBytes: number;
  /** How long former bodies are kept, and how many of one object. */
  readonly versionDays: number;
  readonly versionsPerObject: number;
  /** Bytes of former bodies of one person, beside what counts as used. */
  readonly maxVersionBytesPerUser: number;
  /** One device that removes this share of a collection, and at least so many items, in so many minutes, is told of. */
  readonly guardShare: number;
  readonly guardMin: number;
  readonly guardMinutes: number;
  /** ISO 3166 letters of the country whose phone numbers are written without a code; empty: that of the machine's zone. */
  readonly defaultCountry: string;
}

/** Everything a service may use, built once in `server/app.ts`; functions take the part they need. */
export interface App {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hints: Hints;
  readonly limits: Limits;
  readonly rules: RuleRunner;
  /** The country of the server, for phone numbers that are written without a country code. */
  readonly homeCountry: () => HomeCountry;
}
