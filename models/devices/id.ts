import { createHash } from 'node:crypto';
import type { DeviceId, PrincipalId } from '../types.ts';

/** Gives a stored text its name as the id of a device. */
export function toDeviceId(text: string): DeviceId {
  return text as DeviceId;
}

/** The id of a program that signs in with the account's own password: the same for every version of it. */
export function programDeviceId(principal: PrincipalId, programKey: string): DeviceId {
  const hash = createHash('sha256').update(`program\0${principal}\0${programKey}`).digest('base64url');
  return toDeviceId(`p-${hash.slice(0, 22)}`);
}
