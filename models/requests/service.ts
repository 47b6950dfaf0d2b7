import { requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { auditRows, type StoredAudit } from '../audit/store.ts';
import { deviceNames, getDevice, toDeviceId } from '../devices/service.ts';
import { Refusal } from '../errors.ts';
import type { Actor, DeviceId } from '../types.ts';
import { BUCKET_SECONDS, KEPT_REQUESTS } from './record.ts';
import {
  deleteOld,
  deleteRequestsBefore,
  type RequestRow,
  requestOwners,
  requestRows,
  strangeRows,
} from './store.ts';

export { BUCKET_SECONDS, KEPT_REQUESTS } from './record.ts';

const DAY = 86_400;
const REQUEST_DAYS = 14;
/** Timelines show a week; the first day is whole in every zone. */
const BUCKET_DAYS = 8;
const STRANGE_DAYS = 14;
const PASSWORD_DAYS = 90;

type Uses = Pick<App, 'db' | 'clock'>;

/** One line of the activity: what a device asked, or what somebody did. Times are epoch seconds. */
export interface Activity {
  /** `r12` for requests, `a7` for the log. */
  readonly id: string;
  readonly source: 'request' | 'log';
  readonly atUtc: number;
  /** `checked`, `received`, `sent`, `refused`; of the log the action, such as `device.remove`. */
  readonly what: string;
  readonly isRefused: boolean;
  readonly person: string | null;
  readonly device: DeviceId | null;
  readonly deviceName: string | null;
  /** Of requests. */
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly ms: number;
    readonly reason: string | null;
    readonly client: string | null;
    readonly times: number;
  } | null;
  /** Of the log: how the person signed in, the plain facts, the network. */
  readonly log: {
    readonly via: string;
    readonly about: Readonly<Record<string, string | number>>;
    readonly network: string | null;
  } | null;
}

/** What of the activity is asked for; what is absent does not filter. */
export interface ActivityQuery {
  readonly person?: string;
  readonly device?: string;
  /** `sync`: requests of devices; `changes`: those that moved something; `log`: what people did. */
  readonly kind?: 'sync' | 'changes' | 'log';
  readonly result?: 'ok' | 'refused';
  readonly sinceUtc?: number;
  readonly untilUtc?: number;
  readonly text?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

/** A part of a list, with where to go on. */
export interface ActivityPage {
  readonly items: readonly Activity[];
  readonly next: string | null;
}

interface Cursor {
  readonly atUtc: number;
  readonly source: Activity['source'];
  readonly id: number;
}

function readCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const [, at = '', letter = '', id = ''] = /^(\d{1,12})([ar])(\d{1,15})$/.exec(text) ?? [];
  if (id === '') throw new Refusal(400, 'The cursor is not one of this list. Begin without one.');
  return { atUtc: Number(at), source: letter === 'a' ? 'log' : 'request', id: Number(id) };
}

/** Where one source goes on: at the same time the log comes first. */
function boundOf(cursor: Cursor | null, source: Activity['source']): { atUtc: number; id: number } | null {
  if (cursor === null) return null;
  if (cursor.source === source) return { atUtc: cursor.atUtc, id: cursor.id };
  return { atUtc: cursor.atUtc, id: source === 'log' ? 0 : Number.MAX_SAFE_INTEGER };
}

const OUTCOMES = {
  ok: ['checked', 'received', 'sent'],
  refused: ['refused'],
  changes: ['received', 'sent'],
} as const;

function outcomesOf({ kind, result }: ActivityQuery): readonly string[] | null {
  if (kind === 'changes') return result === 'refused' ? [] : OUTCOMES.changes;
  return result === undefined ? null : OUTCOMES[result];
}

function factsOf(json: string): Readonly<Record<string, string | number>> {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return {};
  const isFact = (pair: readonly [string, unknown]): pair is readonly [string, string | number] =>
    typeof pair[1] === 'string' || typeof pair[1] === 'number';
  return Object.fromEntries(Object.entries(value).filter(isFact));
}

function ofLog(row: StoredAudit): Activity {
  return {
    id: `a${row.id}`,
    source: 'log',
    atUtc: row.at_utc,
    what: row.action,
    isRefused: row.verdict === 'refused',
    person: row.actor_name === '' ? null : row.actor_name,
    device: row.device_id === null ? null : toDeviceId(row.device_id),
    deviceName: null,
    request: null,
    log: { via: row.via, about: factsOf(row.about), network: row.network },
  };
}

function ofRequest(row: RequestRow): Activity {
  const { method, path, status, ms, reason, client, times } = row;
  return {
    id: `r${row.id}`,
    source: 'request',
    atUtc: row.at_utc,
    what: row.outcome,
    isRefused: row.outcome === 'refused',
    person: null,
    device: toDeviceId(row.device_id),
    deviceName: null,
    request: { method, path, status, ms, reason, client, times },
    log: null,
  };
}

const numberOf = (activity: Activity) => Number(activity.id.slice(1));
const newestFirst = (a: Activity, b: Activity) =>
  b.atUtc - a.atUtc || a.source.localeCompare(b.source) || numberOf(b) - numberOf(a);

async function named(app: Uses, items: readonly Activity[]): Promise<readonly Activity[]> {
  const ids = items.flatMap(({ device }) => (device === null ? [] : [device]));
  const names = await deviceNames(app.db, ids);
  const owners = await requestOwners(app.db, ids);
  return items.map((item) =>
    item.device === null
      ? item
      : {
          ...item,
          deviceName: names.get(item.device) ?? null,
          person: item.person ?? owners.get(item.device) ?? null,
        },
  );
}

/** What devices asked and what people did, newest first. For administrators. Throws `Refusal` 400 for a cursor of another list. */
export async function listActivity(app: Uses, actor: Actor, query: ActivityQuery): Promise<ActivityPage> {
  requireAdmin(actor);
  const limit = Math.min(Math.max(query.limit ?? 50, 1), 200);
  const cursor = readCursor(query.cursor);
  const common = {
    device: query.device ?? null,
    sinceUtc: query.sinceUtc ?? null,
    untilUtc: query.untilUtc ?? null,
    text: query.text === undefined || query.text === '' ? null : query.text.toLowerCase().slice(0, 100),
  };
  const { kind, result } = query;
  const log =
    kind === 'sync' || kind === 'changes'
      ? []
      : await auditRows(
          app.db,
          { ...common, actor: query.person ?? null, verdict: result ?? null, before: boundOf(cursor, 'log') },
          limit + 1,
        );
  const before = boundOf(cursor, 'request');
  const filter = { ...common, owner: query.person ?? null, outcomes: outcomesOf(query), before };
  const requests = kind === 'log' ? [] : await requestRows(app.db, filter, limit + 1);
  const all = [...log.map(ofLog), ...requests.map(ofRequest)].sort(newestFirst);
  const items = all.slice(0, limit);
  const last = items.at(-1);
  const next = all.length > limit && last !== undefined ? `${last.atUtc}${last.id}` : null;
  return { items: await named(app, items), next };
}

/** The newest requests of a device, newest first. For its owner and administrators. Throws `Refusal` 404. */
export async function deviceRequests(app: Uses, actor: Actor, id: DeviceId): Promise<readonly Activity[]> {
  const device = await getDevice(app, actor, id);
  requireSelfOrAdmin(actor, device.owner);
  const everything = {
    owner: null,
    outcomes: null,
    sinceUtc: null,
    untilUtc: null,
    text: null,
    before: null,
  };
  const rows = await requestRows(app.db, { ...everything, device: id }, KEPT_REQUESTS);
  return rows.map(ofRequest);
}

/** Sign-ins that belong to no device: a name nobody has, or a program that never got in. */
export interface StrangeSignIn {
  readonly login: string;
  readonly client: string | null;
  readonly reason: string;
  readonly network: string | null;
  readonly firstUtc: number;
  readonly lastUtc: number;
  readonly times: number;
  /** The name of somebody that may have been meant. */
  readonly meant: string | null;
}

/** Sign-ins that belong to no device, newest first, with whom they may have meant. For administrators. */
export async function strangeSignIns(
  app: Uses,
  actor: Actor,
  logins: readonly string[],
): Promise<readonly StrangeSignIn[]> {
  requireAdmin(actor);
  return (await strangeRows(app.db, 50)).map((row) => ({
    login: row.login,
    client: row.client,
    reason: row.reason,
    network: row.network === '' ? null : row.network,
    firstUtc: row.first_utc,
    lastUtc: row.last_utc,
    times: row.times,
    meant: row.reason === 'unknown-name' ? meantBy(row.login, logins) : null,
  }));
}

/** The one login that a mistyped one is closest to: an address for a name, or up to two letters off. */
export function meantBy(typed: string, logins: readonly string[]): string | null {
  const plain = typed.trim().toLowerCase();
  const local = plain.split('@')[0] ?? plain;
  const scored = logins
    .map((login) => {
      const folded = login.toLowerCase();
      const localOf = folded.split('@')[0] ?? folded;
      // `mara.klein` for `mara`: more of a name than is needed.
      const isLonger = /^[^a-z0-9]/.test(local.slice(folded.length)) && local.startsWith(folded);
      const far = Math.min(distance(plain, folded), local === localOf ? 1 : 9, isLonger ? 2 : 9);
      return { login, far };
    })
    .filter(({ far, login }) => far <= Math.min(2, Math.floor(login.length / 2)))
    .sort((a, b) => a.far - b.far);
  return scored[0]?.login ?? null;
}

/** How many letters differ (Levenshtein). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 9;
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row.push(Math.min((above[j] ?? 9) + 1, (row[j - 1] ?? 9) + 1, (above[j - 1] ?? 9) + (isSame ? 0 : 1)));
    }
    above = row;
  }
  return above[b.length] ?? 9;
}

/** Removes what is over of requests, timelines, sign-ins of nobody and passwords that were taken back. For the job. */
export function pruneDevices(app: Uses): Promise<number> {
  const now = Math.floor(app.clock.nowMs() / 1000);
  const bucketsUtc = now - BUCKET_DAYS * DAY - BUCKET_SECONDS;
  return app.db.write(async (tx) => {
    const requests = await deleteRequestsBefore(tx, now - REQUEST_DAYS * DAY, KEPT_REQUESTS);
    return (
      requests +
      (await deleteOld(tx, {
        bucketsUtc,
        strangeUtc: now - STRANGE_DAYS * DAY,
        passwordsUtc: now - PASSWORD_DAYS * DAY,
      }))
    );
  });
}
