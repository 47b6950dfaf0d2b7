import { createHash } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { Refusal } from '../errors.ts';
import { judgePassword, MAX_PASSWORD_BYTES, MIN_PASSWORD, type PasswordVerdict } from './strength.ts';

/** 64 MiB, three passes, one lane; 16 bytes of salt and 32 of tag are the library's own (RFC 9106 §4). */
const COST = { memoryCost: 65_536, timeCost: 3, parallelism: 1, outputLen: 32 };

/** A password nobody has, hashed at the same cost: unknown people take as long to refuse as known ones. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=65536,t=3,p=1$q3aUGPuQkVhLaHf/0x2rGg$uMlbc1OYVL+sxUsAyDisUo7rEcrv0m/9NiV/Q2+/Nj4';

const REFUSALS: Readonly<Record<Exclude<PasswordVerdict, 'fine'>, string>> = {
  short: `A password has at least ${MIN_PASSWORD} characters.`,
  long: `A password has at most ${MAX_PASSWORD_BYTES} bytes.`,
  guessable: 'This password is among the first things somebody would try; choose another.',
};

/** Throws `Refusal` 400 when a new password is too short, too long, common or made of what others know of the person. */
export function checkNewPassword(password: string, ...about: readonly string[]): void {
  const verdict = judgePassword(password, about);
  if (verdict !== 'fine') throw new Refusal(400, REFUSALS[verdict]);
}

/** Hashes a password with Argon2id into a PHC string, off the event loop. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), COST);
}

/** Compares a password with a PHC string; a hash that cannot be read matches nothing. Costs about 170 ms of another thread. */
export async function verifyPassword(hashed: string, password: string): Promise<boolean> {
  const normal = password.normalize('NFC');
  if (Buffer.byteLength(normal) > MAX_PASSWORD_BYTES) return false;
  try {
    return await verify(hashed, normal);
  } catch {
    return false;
  }
}

/** Whether a stored hash was made at a lower cost than is used now. */
export function isOutdated(hashed: string): boolean {
  const { memoryCost, timeCost } = parseOptions(hashed);
  return memoryCost < COST.memoryCost || timeCost < COST.timeCost;
}

/** What is stored of a secret that is random enough to need no slow hash. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Writes 20 random bytes as an app password: five groups of four letters and digits, 100 bits. */
export function writeAppPassword(bytes: Uint8Array): string {
  const letters = Array.from(bytes.subarray(0, 20), (byte) => ALPHABET[byte & 31]).join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** The stored form of what may be an app password, typed with or without dashes, spaces and capitals; null when it is none. */
export function appPasswordHash(typed: string): string | null {
  if (typed.length > 64) return null;
  const letters = typed.replace(/[\s-]/g, '').toLowerCase();
  return /^[a-z2-7]{20}$/.test(letters) ? secretHash(letters) : null;
}
