import type { App } from '../../app.ts';
import { itemsOf } from './items-store.ts';
import type { ImportEntry, ImportId } from './job.ts';
import { foldersIn, keepLeftOut, readPieces, removeAbandoned, removeFolder } from './spool.ts';
import { filesOf, knownJobs, removeJob, staleJobs } from './store.ts';
import { step, type Work } from './work.ts';

const DAY_SECONDS = 86_400;
/** Reviews nobody came back to. */
const REVIEW_DAYS = 7;
/** How long an import can be undone. */
export const UNDO_DAYS = 30;
const PAGE = 200;

const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Ends an import: the files go, and what was left out stays for downloading as long as the import can be undone. */
export async function finishImport(work: Work, state: 'done' | 'undone'): Promise<void> {
  const { app, dataDir, job } = work;
  const files = await filesOf(app.db, job.id);
  if (state === 'done') await keepLeftOut(dataDir, job.id, leftOutOf(app, dataDir, job.id), files.length);
  else await removeFolder(dataDir, job.id);
  await step(work, { state, wish: null, done: 0, total: 0, finishedUtc: nowUtc(app), atFile: null });
}

/** Items nobody wants or nothing could be done with: left out, skipped though they look like others, refused by the store. */
export async function* leftOutEntries(app: Pick<App, 'db'>, id: ImportId): AsyncGenerator<ImportEntry> {
  for (let after = -1; ; ) {
    const entries = await itemsOf(app.db, id, { after, limit: PAGE });
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const entry of entries) {
      const isLeft = entry.choice === 'leave' || (entry.choice === 'skip' && entry.verdict === 'look');
      if (isLeft || entry.result.step === 'failed') yield entry;
    }
    after = last.position;
  }
}

/** The bytes of what is left out, as they were in the files where that is known. */
export function leftOutOf(app: Pick<App, 'db'>, dataDir: string, id: ImportId): AsyncIterable<Buffer> {
  async function* pieces() {
    for await (const entry of leftOutEntries(app, id)) {
      const raw = { start: entry.rawStart, length: entry.rawBytes };
      const piece = raw.length > 0 ? raw : { start: entry.bodyStart, length: entry.bodyBytes };
      if (piece.length > 0) yield piece;
    }
  }
  return endedByBreaks(readPieces(dataDir, id, pieces()));
}

async function* endedByBreaks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    if (piece.at(-1) !== 10) yield Buffer.from('\r\n');
  }
}

/** Forgets imports that are too old to be undone or reviewed, and folders nobody knows. For a daily job; gives how many. */
export async function purgeImports(app: Pick<App, 'db' | 'clock'>, dataDir: string): Promise<number> {
  const now = nowUtc(app);
  const old = [
    ...(await staleJobs(app.db, ['done', 'undone', 'failed', 'stopped'], now - UNDO_DAYS * DAY_SECONDS)),
    ...(await staleJobs(app.db, ['review'], now - REVIEW_DAYS * DAY_SECONDS)),
  ];
  for (const id of old) {
    await app.db.write((tx) => removeJob(tx, id));
    await removeFolder(dataDir, id);
  }
  const known = await knownJobs(app.db, await foldersIn(dataDir));
  await removeAbandoned(dataDir, known, app.clock.nowMs());
  return old.length;
}
