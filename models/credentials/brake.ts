import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../errors.ts';

/** Tries at once, and the seconds after which one more is allowed. */
interface Pace {
  readonly burst: number;
  readonly everySeconds: number;
}

const BY_NETWORK: Pace = { burst: 10, everySeconds: 30 };
/** Many networks may guess at one name together; the wider allowance keeps a single one from locking its owner out. */
const BY_NAME: Pace = { burst: 50, everySeconds: 30 };
const KNOWN_NETWORK_SECONDS = 7 * 86_400;

/** A token bucket made of two counters: one try each interval, and a burst that refills at the same pace. */
class Bucket {
  readonly #steady: RateLimiterMemory;
  readonly #burst: RateLimiterMemory;

  constructor(pace: Pace) {
    this.#steady = new RateLimiterMemory({ points: 1, duration: pace.everySeconds });
    this.#burst = new RateLimiterMemory({
      points: pace.burst - 1,
      duration: (pace.burst - 1) * pace.everySeconds,
    });
  }

  /** Takes one try; gives the function that gives it back, or the seconds to wait. */
  async take(key: string): Promise<(() => Promise<unknown>) | number> {
    for (const limiter of [this.#steady, this.#burst]) {
      try {
        await limiter.consume(key);
        return () => limiter.reward(key);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
      }
    }
    const steady = await this.#steady.get(key);
    return Math.max(1, Math.ceil((steady?.msBeforeNext ?? 1000) / 1000));
  }
}

/** The part of an address that one household or one attacker usually has: /24 of IPv4, /56 of IPv6. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (mapped.includes('.')) return mapped.split('.').slice(0, 3).join('.');
  const [head = '', tail = ''] = mapped.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0'));
  return `${groups.slice(0, 3).join(':')}:${(groups[3] ?? '').slice(0, 2)}`;
}

/** Fixed length, so that a megabyte of name costs no memory. */
function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}

/** Slows down whoever guesses at passwords: counts wrong ones only, by name and network and by name alone. */
export class GuessBrake {
  readonly #byNetwork = new Bucket(BY_NETWORK);
  readonly #byName = new Bucket(BY_NAME);
  /** Networks from which a name signed in lately; the others' guessing does not slow them down. */
  readonly #known = new RateLimiterMemory({ points: 1, duration: KNOWN_NETWORK_SECONDS });

  /**
   * Takes a try before the password is looked at, so that many at once do not slip through; call the result when it
   * was right. Throws `Refusal` 429 with `Retry-After`.
   */
  async take(folded: string, remoteAddress: string): Promise<() => Promise<void>> {
    const key = keyOf(folded, networkOf(remoteAddress));
    const back = [await this.#byNetwork.take(key)];
    if ((await this.#known.get(key)) === null) back.push(await this.#byName.take(keyOf(folded)));
    const waits = back.filter((each) => typeof each === 'number');
    const gives = back.filter((each) => typeof each === 'function');
    if (waits.length > 0) {
      const seconds = Math.max(...waits);
      throw new Refusal(429, `Too many wrong passwords. Try again in ${seconds} seconds.`, {
        'Retry-After': String(seconds),
      });
    }
    return async () => {
      await Promise.all(gives.map((give) => give()));
      await this.#known.set(key, 1, KNOWN_NETWORK_SECONDS);
    };
  }
}
