import { createHash, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Verifier } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { Actor } from '../../models/types.ts';
import { Turnstile } from './limits.ts';

/** One realm for everything, so that a client asks once (RFC 7617 §2). */
export const CHALLENGE = 'Basic realm="Daybook", charset="UTF-8"';

const ANONYMOUS: Actor = { kind: 'anonymous' };
const MAX_KNOWN = 10_000;
/** Ten tries at once, one more every thirty seconds. */
const TRIES = { burst: 9, burstSeconds: 270, steadySeconds: 30 };

interface Basic {
  readonly login: string;
  readonly password: string;
}

/** Reads an `Authorization: Basic` value; null for everything malformed. Text that is not UTF-8 is read as Latin-1. */
export function readBasic(value: string): Basic | null {
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(value);
  if (match?.[1] === undefined) return null;
  const bytes = Buffer.from(match[1], 'base64');
  const utf8 = bytes.toString('utf8');
  const text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
  const colon = text.indexOf(':');
  if (colon < 1 || /[\u0000-\u001f\u007f]/.test(text)) return null;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The part of an address that one household or one attacker usually has: /24 of IPv4, /56 of IPv6. */
export function networkOf(address: string): string {
  if (address.includes('.')) return address.split('.').slice(0, 3).join('.');
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = address.includes('::') ? tail.split(':').filter((group) => group !== '') : [];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0'));
  return `${groups.slice(0, 3).join(':')}:${(groups[3] ?? '').slice(0, 2)}`;
}

/** Slows down whoever guesses at passwords; counts failures only. */
export class GuessBrake {
  readonly #steady = new RateLimiterMemory({ points: 1, duration: TRIES.steadySeconds });
  readonly #burst = new RateLimiterMemory({ points: TRIES.burst, duration: TRIES.burstSeconds });

  /** Throws `Refusal` 429 with `Retry-After` when this name has failed too often from this network. */
  async check(login: string, remoteAddress: string): Promise<void> {
    const key = keyOf(login, remoteAddress);
    const [steady, burst] = await Promise.all([this.#steady.get(key), this.#burst.get(key)]);
    if (steady === null || burst === null || steady.consumedPoints < 1) return;
    if (burst.consumedPoints < TRIES.burst) return;
    const seconds = Math.max(1, Math.ceil(steady.msBeforeNext / 1000));
    throw new Refusal(429, `Too many wrong passwords. Try again in ${seconds} seconds.`, {
      'Retry-After': String(seconds),
    });
  }

  /** Counts one failure. */
  async failed(login: string, remoteAddress: string): Promise<void> {
    const key = keyOf(login, remoteAddress);
    const used = await this.#steady.get(key);
    await (used === null || used.consumedPoints < 1 ? this.#steady : this.#burst).penalty(key);
  }
}

/** Fixed length, so that a megabyte of name costs no memory. */
function keyOf(login: string, remoteAddress: string): string {
  return createHash('sha256')
    .update(`${networkOf(remoteAddress)}\n${login.normalize('NFKC').toLowerCase()}`)
    .digest('base64url');
}

/** Turns credentials into actors; lives as long as the server. */
export interface Login {
  /** The actor of a DAV request. Throws `Refusal` 401 for wrong or malformed credentials, 429 and 503 when there is too much of it. */
  actorOf(authorization: string | undefined, remoteAddress: string): Promise<Actor>;
}

/** HTTP Basic over the verifier of stored credentials; each request is judged alone. */
export function basicLogin(verifier: Verifier, brake: GuessBrake): Login {
  const secret = randomBytes(32);
  /** Digests of headers that were right lately: their owners are never slowed down by somebody else's guessing. */
  const known = new Set<string>();
  const checking = new Turnstile({ running: 8, queued: 64, status: 503 });
  const digestOf = (header: string) => createHash('sha256').update(secret).update(header).digest('base64url');

  const remember = (digest: string) => {
    if (known.size >= MAX_KNOWN) known.clear();
    known.add(digest);
  };

  const verify = async (basic: Basic, remoteAddress: string) => {
    const queued = checking.enter(remoteAddress);
    if (queued !== null) await queued;
    try {
      return await verifier.verify(basic.login, basic.password, remoteAddress);
    } finally {
      checking.leave(remoteAddress);
    }
  };

  return {
    async actorOf(authorization, remoteAddress) {
      if (authorization === undefined) return ANONYMOUS;
      const basic = readBasic(authorization);
      if (basic === null) throw unauthorized();
      const digest = digestOf(authorization);
      if (!known.has(digest)) await brake.check(basic.login, remoteAddress);
      const actor = await verify(basic, remoteAddress);
      if (actor !== null) {
        remember(digest);
        return actor;
      }
      known.delete(digest);
      await brake.failed(basic.login, remoteAddress);
      throw unauthorized();
    },
  };
}

/** The one answer to missing, malformed and wrong credentials. */
export function unauthorized(): Refusal {
  return new Refusal(401, 'Sign in with your user name and password.', { 'WWW-Authenticate': CHALLENGE });
}
