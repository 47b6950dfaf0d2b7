import { requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { FULL_SCOPE, parseScope } from '../credentials/store.ts';
import type { Db } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { toPrincipalId } from '../principals/login.ts';
import { bumpVersion } from '../principals/store.ts';
import type { Actor, DeviceId, PrincipalId, Scope } from '../types.ts';
import { toDeviceId } from './id.ts';
import {
  bucketRows,
  clearRefusal,
  type DeviceRow,
  deviceRow,
  deviceRows,
  deviceRowsOf,
  markProgram,
  namesOf,
  renameRow,
  restoreCredential,
  revokeCredential,
  syncRows,
} from './store.ts';

export { toDeviceId } from './id.ts';

/** `new`: never synced. `quiet`: not lately, as a computer that is off. `silent`: for days. `refused`: not let in. */
export type DeviceState = 'new' | 'in-sync' | 'quiet' | 'silent' | 'refused';

/** A device as people know it. Times are epoch seconds. */
export interface Device {
  readonly id: DeviceId;
  readonly owner: PrincipalId;
  readonly ownerName: string;
  /** As its owner calls it; a program that signs in with the account's password has its own name until then. */
  readonly name: string;
  readonly client: string | null;
  readonly clientVersion: string | null;
  readonly platform: string | null;
  readonly scope: Scope;
  readonly signsInWith: 'app-password' | 'password';
  readonly createdUtc: number;
  readonly expiresUtc: number | null;
  readonly firstUsedUtc: number | null;
  readonly lastUsedUtc: number | null;
  readonly lastSyncUtc: number | null;
  readonly state: DeviceState;
  readonly refusedSinceUtc: number | null;
  readonly refusedLastUtc: number | null;
  /** The last reason it was not let in for, kept after it was let in again. */
  readonly refusal: string | null;
  readonly removedUtc: number | null;
}

const DAY = 86_400;
const IN_SYNC_SECONDS = DAY / 2;
const SILENT_SECONDS = 3 * DAY;
const UNDO_SECONDS = DAY;
/** A removed device that still asks is shown for this long. */
const KNOCKING_SECONDS = 7 * DAY;
const MAX_NAME = 100;

type Uses = Pick<App, 'db' | 'clock'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

function stateOf(row: DeviceRow, now: number): DeviceState {
  if (row.refused_since_utc !== null) return 'refused';
  if (row.last_sync_utc === null) return 'new';
  const idle = now - row.last_sync_utc;
  if (idle <= IN_SYNC_SECONDS) return 'in-sync';
  return idle <= SILENT_SECONDS ? 'quiet' : 'silent';
}

function toDevice(row: DeviceRow, now: number): Device {
  const name = row.name ?? row.client ?? row.program ?? row.id;
  return {
    id: toDeviceId(row.id),
    owner: toPrincipalId(row.principal_id),
    ownerName: row.owner_name,
    name,
    client: row.client,
    clientVersion: row.client_version,
    platform: row.platform,
    scope: row.signs_in_with === 'password' ? FULL_SCOPE : parseScope(row.scope),
    signsInWith: row.signs_in_with,
    createdUtc: row.created_utc ?? row.refused_last_utc ?? 0,
    expiresUtc: row.expires_utc,
    firstUsedUtc: row.first_used_utc,
    lastUsedUtc: row.last_used_utc ?? row.used_day_utc,
    lastSyncUtc: row.last_sync_utc,
    state: stateOf(row, now),
    refusedSinceUtc: row.refused_since_utc,
    refusedLastUtc: row.refused_last_utc,
    refusal: row.refusal,
    removedUtc: row.removed_utc,
  };
}

const RANK: Readonly<Record<DeviceState, number>> = { refused: 0, silent: 1, new: 2, quiet: 3, 'in-sync': 4 };

/** Worst first; among equals the one that synced last, and in the end by name. */
function byTrouble(a: Device, b: Device): number {
  return (
    RANK[a.state] - RANK[b.state] ||
    (b.lastSyncUtc ?? b.createdUtc) - (a.lastSyncUtc ?? a.createdUtc) ||
    a.name.localeCompare(b.name)
  );
}

/** The devices of somebody, newest first: the actor's own, or for administrators anybody's. Removed ones are left out. */
export async function listDevices(app: Uses, actor: Actor, owner?: PrincipalId): Promise<readonly Device[]> {
  const whose = owner ?? (actor.kind === 'user' ? actor.principal : null);
  if (whose === null) throw new Refusal(400, 'Say whose devices to list.');
  requireSelfOrAdmin(actor, whose);
  const now = nowUtc(app);
  return (await deviceRows(app.db, whose))
    .filter((row) => row.removed_utc === null)
    .map((row) => toDevice(row, now))
    .sort((a, b) => b.createdUtc - a.createdUtc || a.name.localeCompare(b.name));
}

/**
 * The devices of everybody who may sign in, worst first, with removed ones that still ask. For administrators; others are
 * shown their own.
 */
export async function deviceBoard(app: Uses, actor: Actor): Promise<readonly Device[]> {
  const isAbove = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin);
  if (isAbove) requireAdmin(actor);
  const owner = isAbove || actor.kind !== 'user' ? null : actor.principal;
  if (owner !== null) requireSelfOrAdmin(actor, owner);
  const now = nowUtc(app);
  const isShown = (row: DeviceRow) =>
    row.owner_disabled_utc === null &&
    (row.removed_utc === null ||
      (row.refused_since_utc !== null && (row.refused_last_utc ?? 0) > now - KNOCKING_SECONDS));
  return (await deviceRows(app.db, owner))
    .filter(isShown)
    .map((row) => toDevice(row, now))
    .sort(byTrouble);
}

/** The devices of one person in figures. */
export interface DeviceSummary {
  readonly devices: number;
  readonly lastSyncUtc: number | null;
  /** The worst state among them. */
  readonly worst: DeviceState;
}

/** Sums the devices of some people up, or of everybody (null); people without any are left out. For administrators. */
export async function deviceSummaries(
  app: Uses,
  actor: Actor,
  owners: readonly PrincipalId[] | null,
): Promise<ReadonlyMap<PrincipalId, DeviceSummary>> {
  requireAdmin(actor);
  const rows = owners === null ? await deviceRows(app.db, null) : await deviceRowsOf(app.db, owners);
  const now = nowUtc(app);
  const found = new Map<PrincipalId, DeviceSummary>();
  for (const row of rows) {
    if (row.removed_utc !== null) continue;
    const owner = toPrincipalId(row.principal_id);
    const [before, state] = [found.get(owner), stateOf(row, now)];
    const lastSyncUtc = Math.max(before?.lastSyncUtc ?? 0, row.last_sync_utc ?? 0);
    found.set(owner, {
      devices: (before?.devices ?? 0) + 1,
      lastSyncUtc: lastSyncUtc === 0 ? null : lastSyncUtc,
      worst: before !== undefined && RANK[before.worst] < RANK[state] ? before.worst : state,
    });
  }
  return found;
}

async function ownRow(app: Uses, actor: Actor, id: DeviceId): Promise<DeviceRow> {
  const row = await deviceRow(app.db, id);
  const isOwn =
    actor.kind === 'user' && row?.principal_id === actor.principal && actor.via !== 'app-password';
  const isAbove = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin);
  if (row === null || (!isOwn && !isAbove)) throw new Refusal(404, 'There is no such device.');
  requireSelfOrAdmin(actor, row.principal_id);
  return row;
}

/** One device, a removed one too as long as it is remembered. Throws `Refusal` 404. */
export async function getDevice(app: Uses, actor: Actor, id: DeviceId): Promise<Device> {
  return toDevice(await ownRow(app, actor, id), nowUtc(app));
}

/** True when somebody has a device that is not removed. */
export async function hasDevice(app: Pick<App, 'db'>, owner: PrincipalId): Promise<boolean> {
  return (await deviceRows(app.db, owner)).some((row) => row.removed_utc === null);
}

/** Gives a device another name. Throws `Refusal` 400 for a name of no or too many characters, 404. */
export async function renameDevice(app: Uses, actor: Actor, id: DeviceId, name: string): Promise<void> {
  const row = await ownRow(app, actor, id);
  const plain = name.trim();
  if (plain === '' || plain.length > MAX_NAME || /\p{Cc}/u.test(plain))
    throw new Refusal(400, `The name of a device has 1 to ${MAX_NAME} characters.`);
  const before = toDevice(row, nowUtc(app)).name;
  await app.db.write((tx) => renameRow(tx, row, plain));
  await audit(app, actor, {
    action: 'device.rename',
    about: { device: plain, before, owner: row.owner_name },
  });
}

/**
 * Shuts a device out from its next request on: its app password is taken back, and a program that signs in with the
 * account's password is refused by its name. Throws `Refusal` 404.
 */
export async function removeDevice(app: Uses, actor: Actor, id: DeviceId): Promise<void> {
  const row = await ownRow(app, actor, id);
  if (row.removed_utc !== null) return;
  const now = nowUtc(app);
  await app.db.write(async (tx) => {
    if (row.signs_in_with === 'app-password') await revokeCredential(tx, id, now);
    else await markProgram(tx, id, now);
    await bumpVersion(tx, toPrincipalId(row.principal_id));
  });
  await audit(app, actor, {
    action: 'device.remove',
    about: { device: toDevice(row, now).name, owner: row.owner_name },
  });
}

/** Lets a device in again with the same password, within a day of its removal. Throws `Refusal` 404, 409 when that is over. */
export async function undoRemoveDevice(app: Uses, actor: Actor, id: DeviceId): Promise<void> {
  const row = await ownRow(app, actor, id);
  if (row.removed_utc === null) return;
  const now = nowUtc(app);
  if (row.removed_utc < now - UNDO_SECONDS)
    throw new Refusal(409, 'This device was removed more than a day ago. Connect it anew.');
  await app.db.write(async (tx) => {
    if (row.signs_in_with === 'app-password') await restoreCredential(tx, id, now - UNDO_SECONDS);
    else await markProgram(tx, id, null);
    await clearRefusal(tx, id);
    await bumpVersion(tx, toPrincipalId(row.principal_id));
  });
  await audit(app, actor, {
    action: 'device.restore',
    about: { device: toDevice(row, now).name, owner: row.owner_name },
  });
}

/** Names of devices by id, of removed ones too; unknown ids are missing. */
export async function deviceNames(db: Db, ids: readonly DeviceId[]): Promise<ReadonlyMap<DeviceId, string>> {
  if (ids.length === 0) return new Map();
  const names = new Map<DeviceId, string>();
  for (const { id, name, client } of await namesOf(db, [...new Set(ids)])) {
    const shown = name ?? client;
    if (shown !== null) names.set(toDeviceId(id), shown);
  }
  return names;
}

/** When a device last synced a collection. */
export interface CollectionSync {
  readonly collection: string;
  readonly holds: string;
  readonly atUtc: number;
}

/** When a device last synced each collection, newest first. Throws `Refusal` 404. */
export async function deviceSyncs(app: Uses, actor: Actor, id: DeviceId): Promise<readonly CollectionSync[]> {
  await ownRow(app, actor, id);
  return (await syncRows(app.db, id)).map((row) => ({
    collection: row.display_name === '' ? row.name : row.display_name,
    holds: row.holds,
    atUtc: row.at_utc,
  }));
}

/** What a device did in one stretch of `BUCKET_SECONDS`. */
export interface Stretch {
  readonly startUtc: number;
  readonly checked: number;
  readonly changed: number;
  readonly refused: number;
}

/** What devices did since a time, oldest first; the caller got the devices from a list it may see. */
export async function timelinesOf(
  app: Pick<App, 'db'>,
  devices: readonly Device[],
  sinceUtc: number,
): Promise<ReadonlyMap<DeviceId, readonly Stretch[]>> {
  const lines = new Map<DeviceId, Stretch[]>(devices.map((device) => [device.id, []]));
  for (const row of await bucketRows(app.db, [...lines.keys()], sinceUtc)) {
    const { start_utc: startUtc, checked, changed, refused } = row;
    lines.get(toDeviceId(row.device_id))?.push({ startUtc, checked, changed, refused });
  }
  return lines;
}
