import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { App, Clock, Hints, Log, Random, Topic } from '../models/app.ts';
import { openHomeCountry } from '../models/contacts/country.ts';
import type { Database } from '../models/db/database.ts';
import { openDatabase } from '../models/db/open.ts';
import { resultCode } from '../models/db/sqlite3.ts';
import { Refusal } from '../models/errors.ts';
import { openRuleRunner } from '../models/ical/runner.ts';
import type { CollectionId, PrincipalId } from '../models/types.ts';
import { BadConfiguration, type Config } from './config.ts';

const SYSTEM_CLOCK: Clock = { nowMs: () => Date.now() };
const SYSTEM_RANDOM: Random = { bytes: (count) => randomBytes(count), uuid: () => randomUUID() };

/** Tells listeners of this process about commits; a listener that throws does not disturb the others. */
export function openHints(log: Log): Hints {
  const commits = openHub<[CollectionId, number]>(log);
  const news = openHub<[PrincipalId, Topic]>(log);
  return { publish: commits.send, subscribe: commits.join, tell: news.send, listen: news.join };
}

function openHub<Message extends unknown[]>(log: Log) {
  const listeners = new Set<(...message: Message) => void>();
  return {
    send(...message: Message): void {
      for (const listener of listeners) {
        try {
          listener(...message);
        } catch (error) {
          log.error('hint.failed', { error });
        }
      }
    },
    join(listener: (...message: Message) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** An `App` with what must be closed behind it. */
export interface OpenApp {
  readonly app: App;
  close(): Promise<void>;
}

/** What a test may put in place of the system's own. */
export type Surroundings = Partial<Pick<App, 'clock' | 'random'>>;

/** Where things are kept, in words for people; a password in the address of a database stays out. */
export function placeOf(databaseUrl: string): string {
  if (databaseUrl.startsWith('sqlite:')) return databaseUrl.slice('sqlite:'.length);
  const { host, pathname } = new URL(databaseUrl);
  return `PostgreSQL, ${decodeURIComponent(pathname.slice(1))} on ${host}`;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** One folder after the other: with `recursive`, Node tries for ever where the system makes no folders, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

async function prepareFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    throw new BadConfiguration([
      `DATA_DIR="${path}" cannot be made (${messageOf(error)}). Expected: a folder this account may write to.`,
    ]);
  }
}

/** Says which database it is that cannot be opened. */
async function openData(url: string, log: Log): Promise<Database> {
  try {
    if (url.startsWith('sqlite:')) await makeFolder(dirname(resolve(placeOf(url))));
    return await openDatabase({ url, log });
  } catch (error) {
    const fileCode = error instanceof Error && 'syscall' in error && 'code' in error ? error.code : null;
    if (resultCode(error) !== null || (url.startsWith('sqlite:') && fileCode !== null))
      throw new BadConfiguration([
        `The database ${placeOf(url)} cannot be opened (${messageOf(error)}). ` +
          'Expected: a file of Daybook that this account may write to; see DATA_DIR and DATABASE_URL.',
      ]);
    if (!(error instanceof Refusal) || error.status !== 503) throw error;
    const cause = error.cause === undefined ? '' : ` (${messageOf(error.cause)})`;
    throw new Refusal(
      503,
      `The database (${placeOf(url)}) does not answer${cause}. See that it runs and that DATABASE_URL is right.`,
    );
  }
}

/** Opens the database (running its migrations) and wires everything a service uses. The data folder is made when missing. */
export async function openApp(config: Config, log: Log, surroundings: Surroundings = {}): Promise<OpenApp> {
  await prepareFolder(config.dataDir);
  const db = await openData(config.databaseUrl, log);
  const rules = openRuleRunner(config.limits);
  const app: App = {
    db,
    log,
    rules,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    hints: openHints(log),
    limits: config.limits,
    homeCountry: openHomeCountry(
      config.limits.defaultCountry,
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    ),
    ...surroundings,
  };
  return {
    app,
    async close() {
      await rules.close();
      await db.close();
    },
  };
}
