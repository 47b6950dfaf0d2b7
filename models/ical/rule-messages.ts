import type { LibraryJob, LibraryRun } from './rule-library.ts';

/** What passes between the runner and its worker: both ends check what they get. */

/** Says whether a message is a job for the library. */
export function isLibraryJob(message: unknown): message is LibraryJob {
  return typeof message === 'object' && message !== null && 'rule' in message && 'budgetMs' in message;
}

/** Says whether a message is the outcome of a job. */
export function isLibraryRun(message: unknown): message is LibraryRun {
  return typeof message === 'object' && message !== null && 'locals' in message && 'isComplete' in message;
}
