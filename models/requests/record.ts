import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import type { SignInReason } from '../credentials/verifier.ts';
import type { Tx } from '../db/database.ts';
import { type Program, programOf } from '../devices/clients.ts';
import { collectionIds, namesOf } from '../devices/store.ts';
import { toPrincipalId } from '../principals/login.ts';
import { byId } from '../principals/store.ts';
import type { DeviceId, PrincipalId } from '../types.ts';
import {
  addToBucket,
  boundStrange,
  type DeviceUse,
  insertRequest,
  type KnownDevice,
  knownDevice,
  saveStrange,
  saveSync,
  saveUse,
  thinRequests,
} from './store.ts';

/** Why a request was refused: a sign-in, a password over plain http, or an answer of this status. */
export type RefusalReason = SignInReason | 'not-https' | 'status';

/** `checked`: nothing new. `received` and `sent`: changes went from or to the device. */
export type Outcome = 'checked' | 'received' | 'sent' | 'refused';

/** One request, or several alike that followed each other. */
export interface RequestNote {
  readonly atUtc: number;
  readonly outcome: Outcome;
  readonly method: string;
  /** Never names an item: `/dav/calendars/ann/private/…`. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly reason: RefusalReason | null;
  readonly times: number;
}

/** Counts of one stretch of time. */
export interface BucketNote {
  readonly startUtc: number;
  readonly checked: number;
  readonly changed: number;
  readonly refused: number;
}

/** What a device did since the last note. Times are epoch seconds. */
export interface DeviceNote {
  readonly device: DeviceId;
  readonly principal: PrincipalId;
  readonly signsInWith: 'app-password' | 'password';
  readonly userAgent: string;
  /** The last request that was let in. */
  readonly usedUtc: number | null;
  readonly syncUtc: number | null;
  /** The last sign-in that was refused. */
  readonly refusal: { readonly atUtc: number; readonly reason: RefusalReason } | null;
  /** Whether the last of its sign-ins was refused; both may be in one second. */
  readonly isOut: boolean;
  readonly buckets: readonly BucketNote[];
  readonly requests: readonly RequestNote[];
  /** By holds and name: `calendar/work`. */
  readonly collections: ReadonlyMap<string, number>;
}

/** Sign-ins of one name and program that belong to no device. */
export interface StrangeNote {
  readonly login: string;
  readonly userAgent: string;
  readonly reason: RefusalReason;
  readonly network: string;
  readonly atUtc: number;
  readonly times: number;
}

/** Seconds of one stretch of a timeline. */
export const BUCKET_SECONDS = 1800;
/** Requests that are kept of each device however old they are. */
export const KEPT_REQUESTS = 20;
const KEPT_STRANGE = 200;
/** A program that runs on two devices may be let in and refused in turn: it is refused until it was quiet for this long. */
const FLAPPING_SECONDS = 900;

function refusedSince(note: DeviceNote, known: KnownDevice | null): number | null {
  const { refusal, usedUtc } = note;
  const before = known?.refused_since_utc ?? null;
  const lastUtc = refusal?.atUtc ?? known?.refused_last_utc ?? null;
  if (lastUtc === null) return null;
  const isLetIn = usedUtc !== null && !note.isOut;
  const isOver = note.signsInWith === 'app-password' || (usedUtc ?? 0) - lastUtc > FLAPPING_SECONDS;
  if (isLetIn && isOver) return null;
  return before ?? refusal?.atUtc ?? null;
}

function useOf(note: DeviceNote, program: Program, known: KnownDevice | null): DeviceUse {
  return {
    id: note.device,
    principal: note.principal,
    signsInWith: note.signsInWith,
    program: program.key,
    client: program.client,
    version: program.version,
    platform: program.platform,
    usedUtc: note.usedUtc,
    syncUtc: note.syncUtc,
    refusedSinceUtc: refusedSince(note, known),
    refusedLastUtc: note.refusal?.atUtc ?? null,
    refusal: note.refusal?.reason ?? null,
  };
}

const labelOf = ({ client, version }: Program): string | null =>
  client === null || version === null ? client : `${client} ${version}`;

async function saveDetails(tx: Tx, note: DeviceNote, client: string | null): Promise<void> {
  for (const bucket of note.buckets) await addToBucket(tx, note.device, bucket.startUtc, bucket);
  for (const request of note.requests) {
    const { atUtc, outcome, method, path, status, ms, reason, times } = request;
    await insertRequest(tx, {
      device_id: note.device,
      at_utc: atUtc,
      ...{ outcome, method, path, status, ms, reason, client, times },
    });
  }
  await thinRequests(tx, note.device, KEPT_REQUESTS);
  if (note.collections.size === 0) return;
  const ids = await collectionIds(tx, note.principal);
  for (const [key, atUtc] of note.collections) {
    const id = ids.get(key);
    if (id !== undefined) await saveSync(tx, note.device, id, atUtc);
  }
}

/**
 * `unknown` where the note is about nobody who is known: a program that never signed in, or a person who is gone;
 * `turned-away` where a device is refused from now on.
 */
async function saveNote(tx: Tx, note: DeviceNote): Promise<'saved' | 'unknown' | 'turned-away'> {
  const known = await knownDevice(tx, note.device);
  const isStranger = known === null && note.signsInWith === 'password' && note.usedUtc === null;
  if (isStranger || (known === null && (await byId(tx, note.principal)) === null)) return 'unknown';
  const program = programOf(note.userAgent);
  const use = useOf(note, program, known);
  await saveUse(tx, use);
  await saveDetails(tx, note, labelOf(program));
  const isTurned = use.refusedSinceUtc !== null && (known?.refused_since_utc ?? null) === null;
  return isTurned ? 'turned-away' : 'saved';
}

async function strangeOf(tx: Tx, note: DeviceNote): Promise<StrangeNote | null> {
  const person = await byId(tx, note.principal);
  if (person === null || note.refusal === null) return null;
  const times = note.requests.reduce((sum, request) => sum + request.times, 0);
  const { atUtc, reason } = note.refusal;
  return { login: person.login, userAgent: note.userAgent, reason, network: '', atUtc, times };
}

async function saveStranger(tx: Tx, note: StrangeNote): Promise<void> {
  const program = programOf(note.userAgent);
  await saveStrange(tx, {
    login_folded: note.login.toLowerCase().slice(0, 100),
    login: note.login.slice(0, 100),
    program: program.key,
    client: labelOf(program),
    reason: note.reason,
    network: note.network,
    last_utc: note.atUtc,
    times: note.times,
  });
}

/** Writes what devices did and who was not let in, in one transaction; tells open pages. */
export async function recordNotes(
  app: Pick<App, 'db' | 'clock' | 'hints'>,
  notes: readonly DeviceNote[],
  strangers: readonly StrangeNote[],
): Promise<void> {
  if (notes.length === 0 && strangers.length === 0) return;
  const turned: DeviceNote[] = [];
  await app.db.write(async (tx) => {
    const unknown: (StrangeNote | null)[] = [];
    turned.length = 0;
    for (const note of notes) {
      const saved = await saveNote(tx, note);
      if (saved === 'unknown') unknown.push(await strangeOf(tx, note));
      else if (saved === 'turned-away') turned.push(note);
    }
    const all = [...strangers, ...unknown.filter((note) => note !== null)];
    for (const note of all) await saveStranger(tx, note);
    if (all.length > 0) await boundStrange(tx, KEPT_STRANGE);
  });
  const names = await namesOf(
    app.db,
    turned.map((note) => note.device),
  );
  for (const { device, refusal, principal } of turned) {
    const name = names.find(({ id }) => id === device);
    const about = {
      device: name?.name ?? name?.client ?? '',
      person: principal,
      reason: refusal?.reason ?? '',
    };
    await audit(app, { kind: 'system' }, { action: 'device.refuse', verdict: 'refused', about });
  }
  for (const principal of new Set(notes.map((note) => note.principal)))
    app.hints.tell(toPrincipalId(principal), 'device');
}
