import { statfs } from 'node:fs/promises';
import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { findBrokenDay } from '../audit/service.ts';
import { stepsOf } from '../db/migrate.ts';
import { type Device, deviceBoard } from '../devices/service.ts';
import { type StrangeSignIn, strangeSignIns } from '../requests/service.ts';
import type { Actor } from '../types.ts';
import { countConflicts } from '../versions/service.ts';
import { countPeople, formerBytes, heldRows, loginsOf, trashedBytes } from './store.ts';

type Uses = Pick<App, 'db' | 'clock'>;

/** What a server holds and how its devices are: counts and sizes, never contents. */
export interface Overview {
  readonly people: number;
  /** Worst first. */
  readonly devices: readonly Device[];
  readonly books: number;
  readonly contacts: number;
  readonly calendars: number;
  readonly events: number;
  readonly contactBytes: number;
  readonly eventBytes: number;
  /** Collections in the trash, and former and deleted items. */
  readonly trashBytes: number;
  /** Conflicts that were settled in the last seven days. */
  readonly conflicts: number;
}

/** What a server holds and how its devices are. For administrators. */
export async function overviewOf(app: Uses, actor: Actor): Promise<Overview> {
  requireAdmin(actor);
  const held = await heldRows(app.db);
  const of = (holds: string) => held.find((row) => row.holds === holds);
  const [books, calendars] = [of('addressbook'), of('calendar')];
  return {
    people: await countPeople(app.db),
    devices: await deviceBoard(app, actor),
    books: books?.collections ?? 0,
    contacts: books?.objects ?? 0,
    calendars: calendars?.collections ?? 0,
    events: calendars?.objects ?? 0,
    contactBytes: books?.bytes ?? 0,
    eventBytes: calendars?.bytes ?? 0,
    trashBytes: (await trashedBytes(app.db)) + (await formerBytes(app.db)),
    conflicts: await countConflicts(app, actor, Math.floor(app.clock.nowMs() / 1000) - WEEK, null),
  };
}

/** Sign-ins that belong to no device, with whom they may have meant. For administrators. */
export async function listStrangeSignIns(app: Uses, actor: Actor): Promise<readonly StrangeSignIn[]> {
  return strangeSignIns(app, actor, await loginsOf(app.db));
}

/** The result of one check of the server. */
export interface Check {
  readonly key: 'database' | 'migrations' | 'disk' | 'log';
  readonly result: 'good' | 'bad' | 'unknown';
  /** What was found: a count, a size, a name. */
  readonly found: Readonly<Record<string, string | number>>;
}

const WEEK = 7 * 86_400;
const LOW_DISK_BYTES = 1_000_000_000;

async function checkDatabase({ db }: Uses): Promise<Check> {
  const startedMs = performance.now();
  try {
    await db.get('SELECT 1 AS one');
  } catch {
    return { key: 'database', result: 'bad', found: { kind: db.dialect } };
  }
  const ms = Math.max(1, Math.round(performance.now() - startedMs));
  return { key: 'database', result: ms > 500 ? 'bad' : 'good', found: { kind: db.dialect, ms } };
}

async function checkMigrations({ db }: Uses): Promise<Check> {
  const { applied, known } = await stepsOf(db);
  const isDone = applied === known;
  return { key: 'migrations', result: isDone ? 'good' : 'bad', found: { applied, known } };
}

async function checkDisk(dataDir: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const bytes = bavail * bsize;
    return { key: 'disk', result: bytes < LOW_DISK_BYTES ? 'bad' : 'good', found: { bytes } };
  } catch {
    return { key: 'disk', result: 'unknown', found: {} };
  }
}

async function checkLog(app: Uses, actor: Actor): Promise<Check> {
  const day = await findBrokenDay(app, actor);
  return day === null
    ? { key: 'log', result: 'good', found: {} }
    : { key: 'log', result: 'bad', found: { day } };
}

/** Looks at what the server can see of itself. For administrators. */
export async function checkServer(app: Uses, actor: Actor, dataDir: string): Promise<readonly Check[]> {
  requireAdmin(actor);
  return [
    await checkDatabase(app),
    await checkMigrations(app),
    await checkDisk(dataDir),
    await checkLog(app, actor),
  ];
}
