import { parentPort } from 'node:worker_threads';
import { runLibrary } from './rule-library.ts';
import { isLibraryJob } from './rule-messages.ts';

/** The thread that runs doubtful rules; `runner.ts` starts it, gives it one job at a time and ends it when it hangs. */

parentPort?.on('message', (message: unknown) => {
  if (!isLibraryJob(message)) throw new TypeError('The message is not a rule to run.');
  parentPort?.postMessage(runLibrary(message));
});
parentPort?.postMessage('ready');
