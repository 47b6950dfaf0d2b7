import { Refusal } from '../../models/errors.ts';

/** How many may run and how many may wait, for one key. */
export interface TurnstileLimits {
  readonly running: number;
  readonly queued: number;
  /** Answer to whoever finds the queue full. */
  readonly status: 429 | 503;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets a bounded number of requests through per key, in order of arrival; keys without requests cost nothing. */
export class Turnstile {
  readonly #lanes = new Map<string, Lane>();
  readonly #limits: TurnstileLimits;

  constructor(limits: TurnstileLimits) {
    this.#limits = limits;
  }

  /** Takes a place; null when it was free at once, a promise of one when there is a queue. Throws `Refusal` when the queue is full. */
  enter(key: string): Promise<void> | null {
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, { running: 1, waiting: [] });
      return null;
    }
    if (lane.running < this.#limits.running) {
      lane.running += 1;
      return null;
    }
    if (lane.waiting.length >= this.#limits.queued)
      throw new Refusal(this.#limits.status, 'Too many requests at once. Try again in a moment.', {
        'Retry-After': '2',
      });
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  /** Gives a place back, to the first in the queue where there is one. */
  leave(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    const next = lane.waiting.shift();
    if (next !== undefined) next();
    else if (lane.running > 1) lane.running -= 1;
    else this.#lanes.delete(key);
  }
}

/** Watches over work that must not take too long, with one timer for all of it. */
export class Deadlines<T extends object> {
  readonly #running = new Map<T, number>();
  readonly #timer: NodeJS.Timeout;

  /** `onLate` is called once for what has run longer than `limitMs`, to within a quarter of it. */
  constructor(limitMs: number, onLate: (item: T) => void) {
    const sweep = () => {
      const latest = performance.now() - limitMs;
      for (const [item, startedMs] of this.#running) {
        // In order of their start: the others are younger.
        if (startedMs > latest) return;
        this.#running.delete(item);
        onLate(item);
      }
    };
    this.#timer = setInterval(sweep, Math.min(1000, limitMs / 4));
    this.#timer.unref();
  }

  begin(item: T): void {
    this.#running.set(item, performance.now());
  }

  /** Gives what still runs its whole time again. */
  renew(item: T): void {
    if (this.#running.delete(item)) this.begin(item);
  }

  end(item: T): void {
    this.#running.delete(item);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
