import { createHash } from 'node:crypto';
import type { App, Clock, Hints, Log, Random, Topic } from '../../models/app.ts';
import { openHomeCountry } from '../../models/contacts/country.ts';
import type { Database } from '../../models/db/database.ts';
import { openRuleRunner } from '../../models/ical/runner.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import type { CollectionId, PrincipalId } from '../../models/types.ts';

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Sets the time: milliseconds since the epoch, or a date as text. */
  set(time: number | string): void;
  /** Moves the time on. */
  advance(milliseconds: number): void;
}

/** Starts at noon UTC on 2 March 2026 unless told otherwise. */
export function testClock(start: number | string = '2026-03-02T12:00:00Z'): TestClock {
  let now = new Date(start).getTime();
  return {
    nowMs: () => now,
    set: (time) => {
      now = new Date(time).getTime();
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** Random bytes that are the same in every run with the same seed, so that goldens hold literal values. */
export function seededRandom(seed: number | string = 1): Random {
  let block = 0;
  const bytes = (count: number): Buffer => {
    const parts: Buffer[] = [];
    for (let have = 0; have < count; have += 32)
      parts.push(createHash('sha256').update(`${seed}/${++block}`).digest());
    return Buffer.concat(parts).subarray(0, count);
  };
  const uuid = (): string => {
    const hex = bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  return { bytes, uuid };
}

/** A line a test log kept. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that prints nothing and keeps its lines. */
export interface TestLog extends Log {
  readonly lines: readonly LogLine[];
}

/** Makes a log that prints nothing. */
export function silentLog(): TestLog {
  const lines: LogLine[] = [];
  const keep =
    (level: LogLine['level']) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, event, fields });
    };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** Hints that are delivered at once, in order, and remembered. */
export interface TestHints extends Hints {
  readonly published: readonly { readonly scope: CollectionId; readonly revision: number }[];
  readonly told: readonly { readonly person: PrincipalId; readonly topic: Topic }[];
}

/** Makes a hub for one process. */
export function testHints(): TestHints {
  const listeners = new Set<(scope: CollectionId, revision: number) => void>();
  const published: { scope: CollectionId; revision: number }[] = [];
  const told: { person: PrincipalId; topic: Topic }[] = [];
  const ears = new Set<(person: PrincipalId, topic: Topic) => void>();
  return {
    told,
    tell: (person, topic) => {
      told.push({ person, topic });
      for (const ear of ears) ear(person, topic);
    },
    listen: (ear) => {
      ears.add(ear);
      return () => void ears.delete(ear);
    },
    published,
    publish: (scope, revision) => {
      published.push({ scope, revision });
      for (const listener of listeners) listener(scope, revision);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** An `App` whose clock, randomness, log and hints a test holds in its hand. */
export interface TestApp extends App {
  readonly clock: TestClock;
  readonly log: TestLog;
  readonly hints: TestHints;
}

/** Builds an `App` over an open database; the parts in `overrides` replace the test's own. */
export function testApp(db: Database, overrides: Partial<TestApp> = {}): TestApp {
  const limits = { ...DEFAULT_LIMITS, ...overrides.limits };
  return {
    db,
    clock: testClock(),
    random: seededRandom(),
    log: silentLog(),
    hints: testHints(),
    rules: overrides.rules ?? openRuleRunner(limits),
    homeCountry: openHomeCountry(limits.defaultCountry, 'UTC'),
    ...overrides,
    limits,
  };
}
