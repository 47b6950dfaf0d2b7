import type { App } from '../app.ts';
import { limitsNow } from '../server/service.ts';
import { oldestOf, ownersBeyond, purgeBeyond, purgeExpired, purgeVersions } from './store.ts';

const BATCH = 500;
const DAY_SECONDS = 86_400;

type Uses = Pick<App, 'db' | 'clock' | 'limits'>;

/** Repeats a small write until it finds less than a whole batch; gives how many bodies went. */
async function inBatches(work: () => Promise<number>): Promise<number> {
  let count = 0;
  for (;;) {
    const some = await work();
    count += some;
    if (some < BATCH) return count;
  }
}

/** Former bodies of one person take a bounded number of bytes; the oldest go first. */
async function pruneLarge(app: Uses): Promise<number> {
  let count = 0;
  const most = app.limits.maxVersionBytesPerUser;
  for (const { owner, bytes } of await ownersBeyond(app.db, most)) {
    let over = bytes - most;
    while (over > 0) {
      const oldest = await oldestOf(app.db, owner, BATCH);
      const gone: number[] = [];
      for (const one of oldest) {
        if (over <= 0) break;
        gone.push(one.id);
        over -= one.bytes;
      }
      if (gone.length === 0) break;
      count += await app.db.write((tx) => purgeVersions(tx, gone));
    }
  }
  return count;
}

/** Removes former bodies whose time is over, that are too many of one object, or too large for one person; gives the count. */
export async function pruneVersions(app: Uses): Promise<number> {
  const now = Math.floor(app.clock.nowMs() / 1000);
  const { versionDays, trashDays, versionsPerObject } = await limitsNow(app);
  const expiry = {
    deletedBeforeUtc: now - trashDays * DAY_SECONDS,
    othersBeforeUtc: now - versionDays * DAY_SECONDS,
  };
  const expired = await inBatches(() => app.db.write((tx) => purgeExpired(tx, expiry, BATCH)));
  const beyond = await inBatches(() => app.db.write((tx) => purgeBeyond(tx, versionsPerObject, BATCH)));
  return expired + beyond + (await pruneLarge(app));
}
