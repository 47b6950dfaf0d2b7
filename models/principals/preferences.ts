import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import type { PrincipalId, UserActor } from '../types.ts';

/** What a person chose for the pages; null where the browser decides. */
export interface Preferences {
  readonly language: 'en' | 'de' | null;
  readonly theme: 'light' | 'dark' | null;
  /** IANA name. */
  readonly timeZone: string | null;
  /** ISO day of the week: 1 Monday, 6 Saturday, 7 Sunday. */
  readonly weekStart: 1 | 6 | 7 | null;
  /** Single-key shortcuts. */
  readonly hasShortcuts: boolean;
}

/** What holds until somebody chooses. */
export const NO_PREFERENCES: Preferences = {
  language: null,
  theme: null,
  timeZone: null,
  weekStart: null,
  hasShortcuts: true,
};

/** True for a zone that times can be written in. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const oneOf = <T>(value: unknown, allowed: readonly T[]): T | null =>
  allowed.find((candidate) => candidate === value) ?? null;

function parse(json: string): Preferences {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return NO_PREFERENCES;
  const of = (key: string): unknown => Reflect.get(value, key);
  const zone = of('timeZone');
  return {
    language: oneOf(of('language'), ['en', 'de'] as const),
    theme: oneOf(of('theme'), ['light', 'dark'] as const),
    timeZone: typeof zone === 'string' && isTimeZone(zone) ? zone : null,
    weekStart: oneOf(of('weekStart'), [1, 6, 7] as const),
    hasShortcuts: of('hasShortcuts') !== false,
  };
}

/** What a person chose. */
export async function preferencesOf(db: Db, principal: PrincipalId): Promise<Preferences> {
  const sql = 'SELECT value FROM preferences WHERE principal_id = ?';
  const row = await db.get<{ value: string }>(sql, [principal]);
  return row === undefined ? NO_PREFERENCES : parse(row.value);
}

/** Keeps what a person chooses; values nobody can choose are kept as not chosen. */
export async function setPreferences(
  app: Pick<App, 'db'>,
  actor: UserActor,
  chosen: Preferences,
): Promise<void> {
  const value = JSON.stringify(parse(JSON.stringify(chosen)));
  await app.db.write((tx) =>
    tx.run(
      `INSERT INTO preferences (principal_id, value) VALUES (?, ?)
       ON CONFLICT (principal_id) DO UPDATE SET value = excluded.value`,
      [actor.principal, value],
    ),
  );
}
