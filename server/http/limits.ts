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

/** Rejects with `Refusal` 503 when `work` takes longer; `onLate` may abort it. The timer never keeps the process alive. */
export async function withDeadline<T>(work: Promise<T>, ms: number, onLate: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new Refusal(503, 'The request took too long and was given up.', { 'Retry-After': '30' }));
    }, ms);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
