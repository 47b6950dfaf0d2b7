import { notNow } from './driver-errors.ts';

/** Numbers between 0 and 1 for spreading retries; not for secrets. Two processes draw different ones. */
export type Jitter = () => number;

/** Makes a small generator (xorshift) from the process id and the monotonic clock. */
export function makeJitter(): Jitter {
  let state = (process.pid ^ Number(process.hrtime.bigint() & 0x7fffffffn)) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Waits without holding the event loop. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Lets the requests of this turn of the event loop come in. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Runs `work` for at most `milliseconds`; throws `Refusal` 503 when it takes longer, as when it waits for a write of its own.
 * `onTimeout` runs before the refusal.
 */
export async function within<T>(
  milliseconds: number,
  work: () => Promise<T>,
  onTimeout: () => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onTimeout();
      reject(notNow('The transaction took too long and was rolled back. Try again in a moment.'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
