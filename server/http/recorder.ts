import type { App } from '../../models/app.ts';
import { networkOf } from '../../models/credentials/service.ts';
import {
  BUCKET_SECONDS,
  type Outcome,
  type RefusalReason,
  type RequestNote,
  recordNotes,
  type StrangeNote,
} from '../../models/requests/record.ts';
import type { DeviceId, PrincipalId, UserActor } from '../../models/types.ts';

/** What the edge knows about an answer that has gone out. */
export interface Answered {
  readonly method: string;
  /** Decoded segments of the path below the base path. */
  readonly segments: readonly string[];
  readonly userAgent: string;
  readonly remoteAddress: string;
  readonly status: number;
  readonly note: 'changed' | 'unchanged' | undefined;
  readonly ms: number;
}

/** A sign-in that was refused, as far as anything is known of it. */
export interface TurnedAway {
  readonly reason: RefusalReason;
  readonly login: string;
  readonly principal: PrincipalId | null;
  readonly device: DeviceId | null;
}

/** Notes what devices do, at next to no cost for the request; writes at most once a minute unless something turns. */
export interface Recorder {
  /** A request of somebody who was let in. */
  answered(actor: UserActor, answer: Answered): void;
  /** A request of somebody who was not. */
  turnedAway(who: TurnedAway, answer: Answered): void;
  /** Writes what is pending. */
  flush(): Promise<void>;
  /** Writes what is pending and stops. */
  stop(): Promise<void>;
}

const FLUSH_MS = 60_000;
/** First use, first sync, refusal and recovery are written this soon; what comes in between goes along. */
const URGENT_MS = 200;
const MAX_PENDING_REQUESTS = 40;
const MAX_DEVICES = 50_000;
const MAX_STRANGERS = 500;

const WRITES: ReadonlySet<string> = new Set([
  'PUT',
  'POST',
  'DELETE',
  'MOVE',
  'COPY',
  'MKCOL',
  'MKCALENDAR',
  'PROPPATCH',
]);
/** Answers to writes that say "not this", where the device goes on with what is there. */
const ORDINARY: ReadonlySet<number> = new Set([404, 405, 412, 423]);

/** What an answer means to the device. */
export function outcomeOf({ method, status, note, segments }: Answered): Outcome {
  if (status >= 400) {
    if (status === 401 || status === 429 || status >= 500) return 'refused';
    return WRITES.has(method) && !ORDINARY.has(status) ? 'refused' : 'checked';
  }
  if (WRITES.has(method)) return 'sent';
  return note === 'changed' || (method === 'GET' && status === 200 && segments.length > 4)
    ? 'received'
    : 'checked';
}

/** The path without the name of an item; at most 200 characters. */
export function pathOf(segments: readonly string[]): string {
  const shown = segments.slice(0, 4).map(encodeURIComponent).join('/');
  const path = segments.length > 4 ? `/${shown}/…` : `/${shown}/`;
  return path === '//' ? '/' : path.slice(0, 200);
}

interface Bucket {
  startUtc: number;
  checked: number;
  changed: number;
  refused: number;
}

interface Pending {
  readonly device: DeviceId;
  readonly principal: PrincipalId;
  readonly signsInWith: 'app-password' | 'password';
  userAgent: string;
  usedUtc: number | null;
  syncUtc: number | null;
  refusal: { readonly atUtc: number; readonly reason: RefusalReason } | null;
  isOut: boolean;
  readonly buckets: Bucket[];
  readonly requests: (Mutable<RequestNote> & { readonly where: readonly string[] })[];
  /** By segments as they came, so that the hot path joins no text. */
  readonly collections: Map<string, number>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const isSamePlace = (a: readonly string[], b: readonly string[]) =>
  a[3] === b[3] && a[1] === b[1] && a.length > 4 === b.length > 4;

const HOLDS: ReadonlyMap<string, string> = new Map([
  ['calendars', 'calendar'],
  ['addressbooks', 'addressbook'],
]);

/** How a device fares: let in, in and has synced, or refused. */
type Standing = 'in' | 'synced' | 'out';

class DeviceRecorder implements Recorder {
  readonly #app: Pick<App, 'db' | 'clock' | 'log' | 'hints'>;
  readonly #timer: NodeJS.Timeout;
  #pending = new Map<DeviceId, Pending>();
  #strangers = new Map<string, Mutable<StrangeNote>>();
  /** How each device fared last, since the start of this process. */
  readonly #known = new Map<DeviceId, Standing>();
  #urgent: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(app: Pick<App, 'db' | 'clock' | 'log' | 'hints'>) {
    this.#app = app;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  answered(actor: UserActor, answer: Answered): void {
    const { device } = actor;
    if (device === null) return;
    const nowUtc = Math.floor(this.#app.clock.nowMs() / 1000);
    const signsInWith = actor.via === 'app-password' ? 'app-password' : 'password';
    const pending = this.#of(device, actor.principal, signsInWith);
    const outcome = outcomeOf(answer);
    pending.usedUtc = nowUtc;
    pending.isOut = false;
    pending.userAgent = answer.userAgent;
    const hasSynced = this.#noteSync(pending, answer, nowUtc);
    this.#count(pending, nowUtc, outcome);
    this.#list(pending, nowUtc, outcome, answer, outcome === 'refused' ? 'status' : null);
    const before = this.#known.get(device);
    const now = hasSynced || before === 'synced' ? 'synced' : 'in';
    if (before === now) return;
    this.#remember(device, now);
    // Two devices that share a program may be let in and refused in turn: only a password of one device recovers at once.
    if (before !== 'out' || signsInWith === 'app-password') this.#hurry();
  }

  /** Notes what a home or a collection was asked for; the way there, such as the principal, is no sync. */
  #noteSync(pending: Pending, { segments, status, method }: Answered, nowUtc: number): boolean {
    const holds = HOLDS.get(segments[1] ?? '');
    if (holds === undefined || segments.length < 3 || status >= 400 || method === 'OPTIONS') return false;
    pending.syncUtc = nowUtc;
    const name = segments[3];
    if (name !== undefined) pending.collections.set(`${holds}/${name}`, nowUtc);
    return true;
  }

  turnedAway(who: TurnedAway, answer: Answered): void {
    const nowUtc = Math.floor(this.#app.clock.nowMs() / 1000);
    if (who.principal === null || who.device === null) {
      this.#stranger(who, answer, nowUtc);
      return;
    }
    const signsInWith = who.device.startsWith('p-') ? 'password' : 'app-password';
    const pending = this.#of(who.device, who.principal, signsInWith);
    pending.userAgent = answer.userAgent;
    pending.refusal = { atUtc: nowUtc, reason: who.reason };
    pending.isOut = true;
    this.#count(pending, nowUtc, 'refused');
    this.#list(pending, nowUtc, 'refused', answer, who.reason);
    if (this.#known.get(who.device) === 'out') return;
    this.#remember(who.device, 'out');
    this.#hurry();
  }

  #of(device: DeviceId, principal: PrincipalId, signsInWith: Pending['signsInWith']): Pending {
    const found = this.#pending.get(device);
    if (found !== undefined) return found;
    const made: Pending = {
      device,
      principal,
      signsInWith,
      userAgent: '',
      usedUtc: null,
      syncUtc: null,
      refusal: null,
      isOut: false,
      buckets: [],
      requests: [],
      collections: new Map(),
    };
    this.#pending.set(device, made);
    return made;
  }

  #count(pending: Pending, nowUtc: number, outcome: Outcome): void {
    const startUtc = nowUtc - (nowUtc % BUCKET_SECONDS);
    let bucket = pending.buckets.at(-1);
    if (bucket?.startUtc !== startUtc) {
      bucket = { startUtc, checked: 0, changed: 0, refused: 0 };
      pending.buckets.push(bucket);
    }
    if (outcome === 'checked') bucket.checked += 1;
    else if (outcome === 'refused') bucket.refused += 1;
    else bucket.changed += 1;
  }

  /** Several alike in a row are one entry with a count. */
  #list(
    pending: Pending,
    nowUtc: number,
    outcome: Outcome,
    answer: Answered,
    reason: RefusalReason | null,
  ): void {
    const { method, status, segments } = answer;
    const last = pending.requests.at(-1);
    if (
      last !== undefined &&
      last.method === method &&
      last.status === status &&
      last.outcome === outcome &&
      last.reason === reason &&
      isSamePlace(last.where, segments)
    ) {
      last.times += 1;
      last.atUtc = nowUtc;
      return;
    }
    if (pending.requests.length >= MAX_PENDING_REQUESTS) pending.requests.shift();
    const ms = Math.round(answer.ms);
    pending.requests.push({
      atUtc: nowUtc,
      outcome,
      method,
      path: '',
      status,
      ms,
      reason,
      times: 1,
      where: segments,
    });
  }

  #stranger({ login, reason }: TurnedAway, answer: Answered, nowUtc: number): void {
    const key = `${login}\0${answer.userAgent}`;
    const found = this.#strangers.get(key);
    if (found !== undefined) {
      found.times += 1;
      found.atUtc = nowUtc;
    } else if (this.#strangers.size < MAX_STRANGERS) {
      const network = networkOf(answer.remoteAddress);
      const { userAgent } = answer;
      this.#strangers.set(key, { login, userAgent, reason, network, atUtc: nowUtc, times: 1 });
      if (this.#strangers.size === 1) this.#hurry();
    }
  }

  #remember(device: DeviceId, how: Standing): void {
    if (this.#known.size >= MAX_DEVICES) this.#known.clear();
    this.#known.set(device, how);
  }

  #hurry(): void {
    this.#urgent ??= setTimeout(() => void this.flush(), URGENT_MS).unref();
  }

  flush(): Promise<void> {
    if (this.#urgent !== null) clearTimeout(this.#urgent);
    this.#urgent = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const notes = [...this.#pending.values()];
    const strangers = [...this.#strangers.values()];
    this.#pending = new Map();
    this.#strangers = new Map();
    const written = notes.map((note) => ({
      ...note,
      requests: note.requests.map((request) => ({ ...request, path: pathOf(request.where) })),
    }));
    try {
      await recordNotes(this.#app, written, strangers);
    } catch (error) {
      // What devices did is shown, never needed: a busy database must not hold up a request.
      this.#app.log.warn('devices.not-recorded', { count: notes.length, error });
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

/** Makes the recorder of a process. */
export function openRecorder(app: Pick<App, 'db' | 'clock' | 'log' | 'hints'>): Recorder {
  return new DeviceRecorder(app);
}
