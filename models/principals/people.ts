import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { type DeviceState, type DeviceSummary, deviceSummaries } from '../devices/service.ts';
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
  readonly devices: number;
  readonly lastSyncUtc: number | null;
  /** The worst state among the person's devices, null without any. */
  readonly worstDevice: DeviceState | null;
}

/** What the list can be narrowed to: `present` is everybody who is not removed, `silent` has a device that does not sync. */
export type PeopleState = 'present' | 'silent' | PersonState;

/** What to list. */
export interface PeopleQuery {
  readonly search?: string;
  readonly state?: PeopleState;
  readonly cursor?: string;
  /** 1 to 200; 50 unless told otherwise. */
  readonly limit?: number;
}

/** A part of a long list, and where the next one begins. */
export interface PeoplePage {
  readonly items: readonly Person[];
  readonly next: string | null;
}

type Uses = Pick<App, 'db' | 'limits' | 'clock'>;

function stateOf(row: PersonRow): PersonState {
  if (row.removed_utc !== null) return 'removed';
  if (row.disabled_utc !== null) return 'disabled';
  return row.has_password === 0 ? 'invited' : 'active';
}

function toPerson(row: PersonRow, allowedBytes: number, summary: DeviceSummary | undefined): Person {
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
    devices: summary?.devices ?? 0,
    lastSyncUtc: summary?.lastSyncUtc ?? null,
    worstDevice: summary?.worst ?? null,
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

/** People of whom a device was refused or has been silent for days. */
async function silentIds(app: Uses, actor: Actor): Promise<readonly string[]> {
  const all = await deviceSummaries(app, actor, null);
  return [...all].flatMap(([id, { worst }]) => (worst === 'silent' || worst === 'refused' ? [id] : []));
}

/** Lists people by login, a page at a time. For administrators. Throws `Refusal` 400 for a cursor of something else. */
export async function listPeople(app: Uses, actor: Actor, query: PeopleQuery): Promise<PeoplePage> {
  requireAdmin(actor);
  const limit = Math.max(1, Math.min(200, query.limit ?? 50));
  const { maxBytesPerUser } = await limitsNow(app);
  const { state = 'present' } = query;
  const rows = await peopleWhere(app.db, {
    state: state === 'silent' ? 'present' : state,
    search: searchable((query.search ?? '').slice(0, 200)),
    ids: state === 'silent' ? await silentIds(app, actor) : null,
    after: readCursor(query.cursor),
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const ids = shown.map((row) => toPrincipalId(row.id));
  const summaries = await deviceSummaries(app, actor, ids);
  return {
    items: shown.map((row) => toPerson(row, maxBytesPerUser, summaries.get(toPrincipalId(row.id)))),
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
  const summary = (await deviceSummaries(app, actor, [id])).get(id);
  return toPerson(row, (await limitsNow(app)).maxBytesPerUser, summary);
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
