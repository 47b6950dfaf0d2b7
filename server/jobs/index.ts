import type { App } from '../../models/app.ts';
import { pruneAudit } from '../../models/audit/service.ts';
import { pruneJournals, purgeDeletedCollections } from '../../models/collections/service.ts';
import { refreshAllContacts } from '../../models/contacts/derive.ts';
import { purgeMerges } from '../../models/contacts/merge.ts';
import { purgeExpired } from '../../models/credentials/service.ts';
import { refreshIndexes } from '../../models/indexes/rebuild.ts';
import { extendHorizon } from '../../models/indexes/service.ts';
import { sweepTexts } from '../../models/indexes/texts.ts';
import { pruneOnboarding } from '../../models/onboarding/service.ts';
import { purgeRemovedUsers } from '../../models/principals/service.ts';
import { pruneDevices } from '../../models/requests/service.ts';
import { limitsNow } from '../../models/server/service.ts';
import { pruneVersions } from '../../models/versions/prune.ts';
import type { Job } from './runner.ts';

const HOUR = 3600;

/** Epoch seconds before which what lies in the trash goes for good. */
async function trashEndUtc(app: App): Promise<number> {
  const { trashDays } = await limitsNow(app);
  return Math.floor(app.clock.nowMs() / 1000) - trashDays * 24 * HOUR;
}

/** Every job there is. */
export const JOBS: readonly Job[] = [
  { name: 'expired-sign-ins', everySeconds: 6 * HOUR, run: (app) => purgeExpired(app) },
  {
    name: 'deleted-collections',
    everySeconds: 6 * HOUR,
    run: async (app) => purgeDeletedCollections(app, await trashEndUtc(app)),
  },
  {
    name: 'removed-users',
    everySeconds: 24 * HOUR,
    run: async (app) => purgeRemovedUsers(app, await trashEndUtc(app)),
  },
  { name: 'versions', everySeconds: 6 * HOUR, run: (app) => pruneVersions(app) },
  { name: 'devices', everySeconds: 6 * HOUR, run: (app) => pruneDevices(app) },
  { name: 'onboarding', everySeconds: HOUR / 4, run: (app) => pruneOnboarding(app) },
  { name: 'audit', everySeconds: 24 * HOUR, run: (app) => pruneAudit(app) },
  { name: 'contacts', everySeconds: 60, run: (app) => refreshAllContacts(app) },
  { name: 'merges', everySeconds: 24 * HOUR, run: (app) => purgeMerges(app) },
  { name: 'indexes', everySeconds: 20, run: (app) => refreshIndexes(app) },
  { name: 'texts', everySeconds: 24 * HOUR, run: (app) => sweepTexts(app) },
  { name: 'horizon', everySeconds: 24 * HOUR, run: (app) => extendHorizon(app) },
  { name: 'journals', everySeconds: 24 * HOUR, run: (app) => pruneJournals(app) },
];
