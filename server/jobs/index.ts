import { purgeExpired } from '../../models/credentials/service.ts';
import type { Job } from './runner.ts';

const HOUR = 3600;

/** Every job there is. */
export const JOBS: readonly Job[] = [
  { name: 'expired-sign-ins', everySeconds: 6 * HOUR, run: (app) => purgeExpired(app) },
];
