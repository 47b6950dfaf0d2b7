import type { App } from '../../models/app.ts';
import { pruneJournals, purgeDeletedCollections } from '../../models/collections/service.ts';
import { purgeExpired } from '../../models/credentials/service.ts';
import { extendHorizon } from '../../models/indexes/service.ts';
import { purgeRemovedUsers } from '../../models/principals/service.ts';
import type { Job } from './runner.ts';

const HOUR = 3600;

/** Epoch seconds before which what lies in the trash goes for good. */
function trashEndUtc(app: App): number {
  return Math.floor(app.clock.nowMs() / 1000) - app.limits.trashDays * 24 * HOUR;
}

/** Every job there is. */
export const JOBS: readonly Job[] = [
  { name: 'expired-sign-ins', everySeconds: 6 * HOUR, run: (app) => purgeExpired(app) },
  {
    name: 'deleted-collections',
    everySeconds: 6 * HOUR,
    run: (app) => purgeDeletedCollections(app, trashEndUtc(app)),
  },
  { name: 'removed-users', everySeconds: 24 * HOUR, run: (app) => purgeRemovedUsers(app, trashEndUtc(app)) },
  { name: 'horizon', everySeconds: 24 * HOUR, run: (app) => extendHorizon(app) },
  { name: 'journals', everySeconds: 24 * HOUR, run: (app) => pruneJournals(app) },
];
