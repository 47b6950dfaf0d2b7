import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { limitsNow } from '../server/service.ts';
import type { Actor, PrincipalId } from '../types.ts';
import { foldLogin, loginsFor, searchable, toPrincipalId } from './login.ts';
import {
  collectionFigures,
  countPeople,
  type PeopleCounts,
  type PersonRow,
  peopleWhere,
  personById,
  takenLogins,
} from './store.ts';

export type { PeopleCounts } from './store.ts';

/** Where a person stands: `invited` has not chosen a password yet. */
export type PersonState = 'active' | 'invited' | 'disabled' | 'removed';

/** A person as the administration lists them. Times are epoch seconds. */
export interface Person {
  readonly id: PrincipalId;
  readonly login: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly isAdmin: boolean;
  readonly state: PersonState;
  readonly createdUtc: number;
  readonly removedUtc: number | null;
  /** The end of the newest link that was not used. */
  readonly inviteExpiresUtc: number | null;
  readonly usedBytes: number;
  readonly allowedBytes: number;
  /** Set for this person alone. */
  readonly quotaBytes: number | null;
}

/** What to list. */
export interface PeopleQuery {
  readonly search?: string;
  /** `present`: everybody who is not removed. */
  readonly state?: 'present' | PersonState;
  /** Only these people. */
  readonly ids?: readonly PrincipalId[];
  readonly cursor?: string;
  /** 1 to 200; 50 unless told otherwise. */
  readonly limit?: number;
}

/** A part of a long list, and where the next one begins. */
export interface PeoplePage {
  readonly items: readonly Person[];
  readonly next: string | null;
}

type Uses = Pick<App, 'db' | 'limits'>;

function stateOf(row: PersonRow): PersonState {
  if (row.removed_utc !== null) return 'removed';
  if (row.disabled_utc !== null) return 'disabled';
  return row.has_password === 0 ? 'invited' : 'active';
}

function toPerson(row: PersonRow, allowedBytes: number): Person {
  return {
    id: toPrincipalId(row.id),
    login: row.login,
    displayName: row.display_name,
    email: row.email,
    isAdmin: row.is_admin !== 0,
    state: stateOf(row),
    createdUtc: row.created_utc,
    removedUtc: row.removed_utc,
    inviteExpiresUtc: row.invite_expires_utc,
    usedBytes: row.used_bytes,
    allowedBytes: row.quota_bytes ?? allowedBytes,
    quotaBytes: row.quota_bytes,
  };
}

const writeCursor = (row: PersonRow): string =>
  Buffer.from(JSON.stringify([row.login_folded, row.id])).toString('base64url');

function readCursor(text: string | undefined): readonly [string, string] | null {
  if (text === undefined || text === '') return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value.length === 2) return [String(value[0]), String(value[1])];
  } catch {}
  throw new Refusal(400, 'This is not a cursor of the list; begin without one.');
}

/** Lists people by login, a page at a time. For administrators. Throws `Refusal` 400 for a cursor of something else. */
export async function listPeople(app: Uses, actor: Actor, query: PeopleQuery): Promise<PeoplePage> {
  requireAdmin(actor);
  const limit = Math.max(1, Math.min(200, query.limit ?? 50));
  const { maxBytesPerUser } = await limitsNow(app);
  const rows = await peopleWhere(app.db, {
    state: query.state ?? 'present',
    search: searchable((query.search ?? '').slice(0, 200)),
    ids: query.ids ?? null,
    after: readCursor(query.cursor),
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => toPerson(row, maxBytesPerUser)),
    next: rows.length > limit && last !== undefined ? writeCursor(last) : null,
  };
}

/** Counts people by where they stand. For administrators. */
export async function countPeopleByState(app: Pick<App, 'db'>, actor: Actor): Promise<PeopleCounts> {
  requireAdmin(actor);
  return countPeople(app.db);
}

/** Reads one person, removed ones too. For administrators. Throws `Refusal` 404. */
export async function getPerson(app: Uses, actor: Actor, id: PrincipalId): Promise<Person> {
  requireAdmin(actor);
  const row = await personById(app.db, id);
  if (row === null) throw new Refusal(404, 'There is no such person.');
  return toPerson(row, (await limitsNow(app)).maxBytesPerUser);
}

/** A calendar, task list or address book of somebody with its figures. */
export interface Holding {
  readonly id: number;
  readonly kind: 'calendar' | 'tasks' | 'addressbook';
  readonly name: string;
  readonly displayName: string;
  readonly color: string | null;
  readonly items: number;
  readonly bytes: number;
}

/** Lists what somebody keeps. For administrators: names and figures, no contents. */
export async function listHoldings(
  app: Pick<App, 'db'>,
  actor: Actor,
  owner: PrincipalId,
): Promise<readonly Holding[]> {
  requireAdmin(actor);
  return (await collectionFigures(app.db, owner)).map((row) => {
    const components = row.components?.split(',') ?? ['VEVENT'];
    const isTasks = components.includes('VTODO') && !components.includes('VEVENT');
    return {
      id: row.id,
      kind: row.kind === 'addressbook' ? 'addressbook' : isTasks ? 'tasks' : 'calendar',
      name: row.name,
      displayName: row.display_name === '' ? row.name : row.display_name,
      color: row.color,
      items: Number(row.object_count),
      bytes: Number(row.bytes_used),
    };
  });
}

/** A login for somebody of this name that nobody has; not held for anybody. */
export async function freeLogin(app: Pick<App, 'db'>, name: string): Promise<string> {
  for (const login of loginsFor(name))
    if ((await takenLogins(app.db, [foldLogin(login)])).size === 0) return login;
  return 'user';
}
