import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { secretHash } from '../credentials/hash.ts';
import { prepareIssue, renewIssue, requireRoom, storeIssue } from '../credentials/issue.ts';
import type { Tx } from '../db/database.ts';
import { getDevice, toDeviceId } from '../devices/service.ts';
import { Refusal } from '../errors.ts';
import { toPrincipalId } from '../principals/login.ts';
import type { Actor, DeviceId, PrincipalId, UserActor } from '../types.ts';
import { openSecret, sealSecret } from './seal.ts';
import {
  claimSetupCode,
  deleteOver,
  insertSetupCode,
  noteStep,
  type SetupRow,
  setupByHash,
  setupById,
  trimSetupCodes,
  unseal,
} from './store.ts';

export {
  type AppRequest,
  allowAppRequest,
  collectAppRequest,
  listAppRequests,
  readAppRequest,
  refuseAppRequest,
  startAppRequest,
} from './requests.ts';

/** What is set up with a code: an iPhone or iPad, a Mac, an Android phone. */
export const SETUP_KINDS = ['iphone', 'mac', 'android'] as const;
/** One of `SETUP_KINDS`. */
export type SetupKind = (typeof SETUP_KINDS)[number];

/** For how long a code can be used, and what it made can be fetched. */
export const SETUP_SECONDS = 10 * 60;
/** Codes of one person that nobody has used yet. */
const MAX_OPEN = 20;
const KEEP_SECONDS = 86_400;
const CODE = /^[A-Za-z0-9_-]{24}$/;

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** How far the set-up of one device is. Times are epoch seconds, null for what has not happened. */
export interface SetupProgress {
  readonly id: string;
  readonly kind: SetupKind;
  readonly createdUtc: number;
  /** When the code, or after its use the download, ends. */
  readonly expiresUtc: number;
  readonly openedUtc: number | null;
  readonly usedUtc: number | null;
  readonly signedInUtc: number | null;
  readonly fetchedUtc: number | null;
  readonly device: DeviceId | null;
  readonly deviceName: string | null;
}

/** A code that was made; it is shown once. */
export interface NewSetupCode {
  readonly id: string;
  readonly code: string;
  readonly expiresUtc: number;
}

const kindOf = (text: string): SetupKind => SETUP_KINDS.find((kind) => kind === text) ?? 'iphone';

/**
 * Makes a code that sets up one device of the actor, good for 10 minutes and once. With `device` it renews the password of
 * that app password, so that a new profile takes the place of the old one. Throws `Refusal` 404, 409.
 */
export async function createSetupCode(
  app: Uses,
  actor: UserActor,
  input: { readonly kind: SetupKind; readonly device?: DeviceId },
): Promise<NewSetupCode> {
  requireSelfOrAdmin(actor, actor.principal);
  if (input.device !== undefined) {
    const device = await getDevice(app, actor, input.device);
    if (device.owner !== actor.principal) throw new Refusal(404, 'There is no such device.');
    if (device.signsInWith !== 'app-password')
      throw new Refusal(409, `${device.name} signs in with the password of the account. Connect it anew.`);
  } else await requireRoom(app.db, actor.principal);
  const code = app.random.bytes(18).toString('base64url');
  const createdUtc = nowUtc(app);
  const row = {
    id: app.random.uuid(),
    codeHash: secretHash(code),
    principal: actor.principal,
    kind: input.kind,
    device: input.device ?? null,
    createdUtc,
    expiresUtc: createdUtc + SETUP_SECONDS,
  };
  await app.db.write(async (tx) => {
    await insertSetupCode(tx, row);
    await trimSetupCodes(tx, actor.principal, MAX_OPEN);
  });
  return { id: row.id, code, expiresUtc: row.expiresUtc };
}

/** Who a code is for. */
export interface SetupOwner {
  readonly principal: PrincipalId;
  readonly login: string;
  readonly displayName: string;
}

/** What the holder of a code may know. `mine`: the holder used it, and what it made can be fetched again. */
export type SetupState =
  | { readonly state: 'unknown' | 'over' | 'used' }
  | ({ readonly state: 'open'; readonly kind: SetupKind; readonly expiresUtc: number } & SetupOwner)
  | ({
      readonly state: 'mine';
      readonly kind: SetupKind;
      readonly expiresUtc: number;
      readonly device: DeviceId;
      readonly secret: string;
    } & SetupOwner);

const ownerOf = (row: SetupRow): SetupOwner => ({
  principal: toPrincipalId(row.principal_id),
  login: row.login,
  displayName: row.display_name,
});

function stateOf(row: SetupRow | null, grant: string | null, now: number): SetupState {
  if (row === null) return { state: 'unknown' };
  const common = { kind: kindOf(row.kind), expiresUtc: row.expires_utc, ...ownerOf(row) };
  if (row.used_utc === null) return row.expires_utc <= now ? { state: 'over' } : { state: 'open', ...common };
  const isMine = grant !== null && row.grant_hash === secretHash(grant) && row.expires_utc > now;
  const secret = isMine && row.sealed !== null ? openSecret(row.sealed, grant) : null;
  if (secret === null || row.device_id === null) return { state: 'used' };
  return { state: 'mine', device: toDeviceId(row.device_id), secret, ...common };
}

/** Looks at a code without using it; `grant` is what using it gave. */
export async function readSetupCode(
  app: Pick<App, 'db' | 'clock'>,
  code: string,
  grant: string | null = null,
): Promise<SetupState> {
  if (!CODE.test(code)) return { state: 'unknown' };
  return stateOf(await setupByHash(app.db, secretHash(code)), grant, nowUtc(app));
}

async function step(
  app: Pick<App, 'db' | 'hints'>,
  row: SetupRow,
  name: Parameters<typeof noteStep>[2],
  atUtc: number,
): Promise<void> {
  const isNew = await app.db.write((tx) => noteStep(tx, row.id, name, atUtc));
  if (isNew) app.hints.tell(toPrincipalId(row.principal_id), 'connect');
}

/** Notes that the page of a code was opened; tells its owner. */
export async function openSetupCode(app: Pick<App, 'db' | 'clock' | 'hints'>, code: string): Promise<void> {
  const row = CODE.test(code) ? await setupByHash(app.db, secretHash(code)) : null;
  if (row !== null && row.opened_utc === null) await step(app, row, 'opened', nowUtc(app));
}

/** What using a code gives; `grant` opens what it made for as long as it can be fetched. */
export interface UsedSetup extends SetupOwner {
  readonly grant: string;
  readonly secret: string;
  readonly device: DeviceId;
}

const spent = () => new Refusal(409, 'This code was used or is over. Make a new one under Connect.');

/**
 * Uses a code up and makes the app password of the device in one step; of many who try at once, one succeeds. Throws
 * `Refusal` 409 when the code is not good any more, or when there are too many devices.
 */
export async function useSetupCode(app: Uses, code: string, label: string): Promise<UsedSetup> {
  const row = CODE.test(code) ? await setupByHash(app.db, secretHash(code)) : null;
  if (row === null || row.used_utc !== null || row.expires_utc <= nowUtc(app)) throw spent();
  const owner = ownerOf(row);
  const issue = prepareIssue(app, { principal: owner.principal, label });
  const device = row.renews === 1 && row.device_id !== null ? row.device_id : issue.row.id;
  const isNew = device === issue.row.id;
  if (isNew) await requireRoom(app.db, owner.principal);
  const grant = app.random.bytes(24).toString('base64url');
  const atUtc = nowUtc(app);
  const use = {
    atUtc,
    device,
    grantHash: secretHash(grant),
    sealed: sealSecret(issue.secret, grant, app.random.bytes(12)),
    untilUtc: atUtc + SETUP_SECONDS,
  };
  await app.db.write(async (tx: Tx) => {
    if (!(await claimSetupCode(tx, row.id, use))) throw spent();
    await (isNew ? storeIssue(app, tx, issue) : renewIssue(tx, owner.principal, device, issue));
  });
  const about = { device: label, owner: owner.displayName };
  await audit(app, { kind: 'system' }, { action: isNew ? 'device.connect' : 'device.renew', about });
  for (const topic of ['connect', 'device'] as const) app.hints.tell(owner.principal, topic);
  return { ...owner, grant, secret: issue.secret, device: toDeviceId(device) };
}

/** What a device has done since it was set up is noted as steps when somebody looks. */
async function withSteps(
  app: Pick<App, 'db' | 'clock' | 'hints'>,
  row: SetupRow,
  actor: Actor,
): Promise<SetupProgress> {
  const device = row.device_id === null ? null : await deviceOf(app, actor, toDeviceId(row.device_id));
  const since = row.used_utc;
  const isAfter = (utc: number | null): utc is number => since !== null && utc !== null && utc >= since;
  const fetchedUtc = row.fetched_utc ?? (isAfter(device?.lastSyncUtc ?? null) ? device?.lastSyncUtc : null);
  const used = row.renews === 1 ? device?.lastUsedUtc : (device?.firstUsedUtc ?? device?.lastUsedUtc);
  const signedInUtc = row.signed_in_utc ?? (isAfter(used ?? null) ? used : fetchedUtc);
  if (row.signed_in_utc === null && signedInUtc != null) await step(app, row, 'signed_in', signedInUtc);
  if (row.fetched_utc === null && fetchedUtc != null) await step(app, row, 'fetched', fetchedUtc);
  return {
    id: row.id,
    kind: kindOf(row.kind),
    createdUtc: row.created_utc,
    expiresUtc: row.expires_utc,
    openedUtc: row.opened_utc,
    usedUtc: since,
    signedInUtc: signedInUtc ?? null,
    fetchedUtc: fetchedUtc ?? null,
    device: device === null ? null : device.id,
    deviceName: device === null ? null : device.name,
  };
}

async function deviceOf(app: Pick<App, 'db' | 'clock'>, actor: Actor, id: DeviceId) {
  try {
    return await getDevice(app, actor, id);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

/** How far a set-up is, by the id of its code. For its owner. Throws `Refusal` 404. */
export async function setupProgress(
  app: Pick<App, 'db' | 'clock' | 'hints'>,
  actor: UserActor,
  id: string,
): Promise<SetupProgress> {
  const row = await setupById(app.db, id);
  if (row === null || row.principal_id !== actor.principal)
    throw new Refusal(404, 'There is no such set-up.');
  return withSteps(app, row, actor);
}

/** The same by the code itself; null when it is unknown or somebody else's. */
export async function progressOfCode(
  app: Pick<App, 'db' | 'clock' | 'hints'>,
  actor: UserActor,
  code: string,
): Promise<SetupProgress | null> {
  const row = CODE.test(code) ? await setupByHash(app.db, secretHash(code)) : null;
  return row === null || row.principal_id !== actor.principal ? null : withSteps(app, row, actor);
}

/** Forgets secrets that can no longer be fetched, and after a day the codes; for the job. Gives how many rows. */
export function pruneOnboarding(app: Pick<App, 'db' | 'clock'>): Promise<number> {
  const now = nowUtc(app);
  return app.db.write(async (tx) => (await unseal(tx, now)) + (await deleteOver(tx, now - KEEP_SECONDS)));
}
