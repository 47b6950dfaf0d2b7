import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { App, Clock, Hints, Log, Random } from '../models/app.ts';
import { openDatabase } from '../models/db/open.ts';
import { openRuleRunner } from '../models/ical/runner.ts';
import type { CollectionId } from '../models/types.ts';
import type { Config } from './config.ts';

const SYSTEM_CLOCK: Clock = { nowMs: () => Date.now() };
const SYSTEM_RANDOM: Random = { bytes: (count) => randomBytes(count), uuid: () => randomUUID() };

/** Tells listeners of this process about commits; a listener that throws does not disturb the others. */
export function openHints(log: Log): Hints {
  const listeners = new Set<(scope: CollectionId, revision: number) => void>();
  return {
    publish(scope, revision) {
      for (const listener of listeners) {
        try {
          listener(scope, revision);
        } catch (error) {
          log.error('hint.failed', { error });
        }
      }
    },
    subscribe(listener) {
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

/** Opens the database (running its migrations) and wires everything a service uses. The data folder is made when missing. */
export async function openApp(config: Config, log: Log, surroundings: Surroundings = {}): Promise<OpenApp> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const db = await openDatabase({ url: config.databaseUrl, log });
  const rules = openRuleRunner(config.limits);
  const app: App = {
    db,
    log,
    rules,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    hints: openHints(log),
    limits: config.limits,
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
