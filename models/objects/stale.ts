import { Refusal } from '../errors.ts';

/** What was read before a write is not so any more, and the journal entry would be of the wrong kind: try again. */
export class Stale extends Error {
  constructor() {
    super('The object appeared or went away while it was written.');
    this.name = 'Stale';
  }
}

const ATTEMPTS = 5;

/** Runs a write again while it finds itself stale. Throws `Refusal` 503 when others are always faster. */
export async function retried<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
  }
  throw new Refusal(503, 'This object is being written by others all the time. Try again in a moment.', {
    'Retry-After': '1',
  });
}
