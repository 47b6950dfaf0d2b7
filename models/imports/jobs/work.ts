import type { App } from '../../app.ts';
import type { Tx } from '../../db/database.ts';
import { getPrincipal } from '../../principals/service.ts';
import type { PrincipalId, UserActor } from '../../types.ts';
import type { ImportJob } from './job.ts';
import { type JobPatch, jobById, patchJob } from './store.ts';

/** Thrown inside the work on a job that must end here: the server stops, the job went to another process or is gone, or somebody said stop. */
export class Interrupted extends Error {
  readonly why: 'server' | 'lost' | 'stop';
  constructor(why: Interrupted['why']) {
    super(`The work was interrupted: ${why}.`);
    this.name = 'Interrupted';
    this.why = why;
  }
}

/** What working on a job needs. */
export interface Work {
  readonly app: App;
  readonly dataDir: string;
  readonly job: ImportJob;
  /** The person whose import it is. */
  readonly actor: UserActor;
  /** True when the job was begun by somebody who is gone. */
  readonly isTakenOver: boolean;
  /** Throws `Interrupted` when the work must end. */
  check(): void;
}

/** The person an import is for, as who acts; null when they are gone or shut out. */
export async function actorFor(app: Pick<App, 'db'>, owner: PrincipalId): Promise<UserActor | null> {
  const person = await getPrincipal(app.db, owner);
  if (person === null) return null;
  return {
    kind: 'user',
    principal: person.id,
    login: person.login,
    displayName: person.displayName,
    isAdmin: person.isAdmin,
    scope: { calendars: true, contacts: true, readOnly: false },
    via: 'session',
    device: null,
  };
}

/** Writes down a step of the work with its progress, and tells open pages. Throws `Interrupted` when the work must end afterwards. */
export async function step(
  work: Work,
  patch: JobPatch,
  also: (tx: Tx) => Promise<void> = async () => {},
): Promise<void> {
  const { app, job } = work;
  work.check();
  const isThere = await app.db.write(async (tx) => {
    if (!(await patchJob(tx, app, job.id, patch))) return false;
    await also(tx);
    return true;
  });
  if (!isThere) throw new Interrupted('lost');
  app.hints.tell(job.owner, 'import');
  const now = await jobById(app.db, job.owner, job.id);
  if (now === null) throw new Interrupted('lost');
  if (now.wish === 'stop') throw new Interrupted('stop');
  work.check();
}
