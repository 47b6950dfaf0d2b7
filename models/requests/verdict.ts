import type { Device } from '../devices/service.ts';
import type { Activity } from './service.ts';

/** Why a device does not sync, or that it does; each has one fix. */
export type VerdictKey =
  | 'removed'
  | 'removed-program'
  | 'expired'
  | 'wrong-password'
  | 'disabled'
  | 'slowed'
  | 'never'
  | 'no-sync'
  | 'silent'
  | 'server-failed'
  | 'read-only'
  | 'item-too-large'
  | 'item-refused'
  | 'full'
  | 'quiet'
  | 'good';

/** What the last requests of a device say about it. */
export interface Verdict {
  readonly key: VerdictKey;
  readonly isGood: boolean;
  /** Since when it is so, epoch seconds; null where nothing happened. */
  readonly sinceUtc: number | null;
  /** Of the request that shows it. */
  readonly evidence: Activity | null;
}

const REFUSED: Readonly<Record<string, VerdictKey>> = {
  'removed-password': 'removed',
  'removed-device': 'removed-program',
  'expired-password': 'expired',
  'wrong-password': 'wrong-password',
  disabled: 'disabled',
  slowed: 'slowed',
};

function ofRefusedItem(device: Device, evidence: Activity): VerdictKey {
  const status = evidence.request?.status ?? 0;
  if (status >= 500 && status !== 507) return 'server-failed';
  if (status === 507) return 'full';
  if (device.scope.readOnly) return 'read-only';
  return status === 413 ? 'item-too-large' : 'item-refused';
}

/** Judges a device by its last requests, newest first. */
export function verdictOf(device: Device, requests: readonly Activity[]): Verdict {
  const newest = requests[0] ?? null;
  const bad = (key: VerdictKey, sinceUtc: number | null, evidence: Activity | null): Verdict => ({
    key,
    isGood: false,
    sinceUtc,
    evidence,
  });
  const refusedKey = REFUSED[device.refusal ?? ''];
  if (device.removedUtc !== null && device.refusedSinceUtc === null)
    return bad(device.signsInWith === 'password' ? 'removed-program' : 'removed', device.removedUtc, newest);
  if (device.refusedSinceUtc !== null && refusedKey !== undefined) {
    const evidence = requests.find((row) => row.request?.reason === device.refusal) ?? null;
    const isRemoval = refusedKey === 'removed' || refusedKey === 'removed-program';
    return bad(refusedKey, isRemoval ? device.removedUtc : device.refusedSinceUtc, evidence);
  }
  if (device.lastUsedUtc === null) return bad('never', device.createdUtc, null);
  const refused = requests.slice(0, 10).find((row) => row.isRefused && row.request?.reason === 'status');
  if (refused !== undefined) return bad(ofRefusedItem(device, refused), refused.atUtc, refused);
  if (device.lastSyncUtc === null) return bad('no-sync', device.firstUsedUtc, newest);
  if (device.state === 'silent') return bad('silent', device.lastSyncUtc, newest);
  const key = device.state === 'quiet' ? 'quiet' : 'good';
  return { key, isGood: true, sinceUtc: device.lastSyncUtc, evidence: newest };
}
