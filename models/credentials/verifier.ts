import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { App } from '../app.ts';
import { programOf } from '../devices/clients.ts';
import { programDeviceId, toDeviceId } from '../devices/id.ts';
import { isRemoved, removedPassword } from '../devices/store.ts';
import { Refusal, type RefusalStatus } from '../errors.ts';
import { foldLogin } from '../principals/login.ts';
import { type SignInRow, signInRow } from '../principals/store.ts';
import type { DeviceId, PrincipalId, Scope, UserActor } from '../types.ts';
import { GuessBrake } from './brake.ts';
import { appPasswordHash, DUMMY_HASH, hashPassword, isOutdated, verifyPassword } from './hash.ts';
import {
  appPasswordOf,
  FULL_SCOPE,
  type KnownCredential,
  parseScope,
  passwordOf,
  strengthenPassword,
  touch,
} from './store.ts';

/** Why somebody was not let in. */
export type SignInReason =
  | 'unknown-name'
  | 'wrong-password'
  | 'removed-password'
  | 'removed-device'
  | 'expired-password'
  | 'disabled'
  | 'slowed';

/** What is known about a sign-in that was refused; the one who tried learns none of it. */
export interface SignInFacts {
  readonly reason: SignInReason;
  readonly login: string;
  readonly principal: PrincipalId | null;
  /** Whose password it is or was; for a wrong password, the program that sent it. */
  readonly device: DeviceId | null;
}

/** A sign-in that was refused: 401, or 429 after too many wrong passwords. */
export class RefusedSignIn extends Refusal {
  readonly facts: SignInFacts;
  constructor(facts: SignInFacts, status: RefusalStatus, message: string, headers: Refusal['headers'] = {}) {
    super(status, message, headers);
    this.facts = facts;
  }
}

/** Turns a name and a password into an actor. */
export interface Verifier {
  /**
   * The actor, with the device that speaks when its `User-Agent` is given. Throws `RefusedSignIn` 401 for wrong credentials
   * and 429 after too many of them, `Refusal` 503 when too many passwords wait to be looked at. What was right lately is
   * never refused and costs one keyed read.
   */
  judge(login: string, password: string, remoteAddress: string, userAgent?: string): Promise<UserActor>;
  /** The same with null for wrong credentials. */
  verify(login: string, password: string, remoteAddress: string): Promise<UserActor | null>;
  /** Forgets everything that was right. */
  forget(): void;
}

/** What may be set otherwise than usual. */
export interface VerifierSettings {
  readonly cacheSeconds: number;
  readonly parallel: number;
  readonly queued: number;
}

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'log'>;

/** A verdict that stands until the person's version changes or the time is over. */
type Verdict = Right | Wrong;

interface Right {
  readonly kind: 'right';
  readonly scope: Scope;
  readonly via: 'password' | 'app-password';
  /** Of an app password. */
  readonly device: DeviceId | null;
  readonly untilMs: number;
}

interface Wrong {
  readonly kind: 'wrong';
  readonly reason: SignInReason;
  readonly device: DeviceId | null;
  /** The password is right, and the account disabled. */
  readonly isProven: boolean;
  readonly untilMs: number;
}

const MAX_VERDICTS = 10_000;
/** The same wrong password again tells a guesser nothing new: it is neither hashed nor counted again for this long. */
const WRONG_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const MAX_PASSWORD_LENGTH = 4096;

/** Bounds how many slow hashes run and wait at a time: each takes 64 MiB. */
class Pool {
  readonly #settings: VerifierSettings;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(settings: VerifierSettings) {
    this.#settings = settings;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#settings.parallel) {
      if (this.#waiting.length >= this.#settings.queued)
        throw new Refusal(503, 'Too many people sign in at once. Try again in a moment.', {
          'Retry-After': '5',
        });
      // The place is handed over: `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** Remembers a bounded number of things; the oldest goes first. */
class Memory<T> {
  readonly #entries = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    if (this.#entries.size >= MAX_VERDICTS && !this.#entries.has(key)) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** A program that signs in with the account's password. */
interface Speaker {
  readonly device: DeviceId;
  readonly isRemoved: boolean;
}

class CredentialVerifier implements Verifier {
  readonly #app: Uses;
  readonly #settings: VerifierSettings;
  readonly #key: Buffer;
  readonly #pool: Pool;
  readonly #brake = new GuessBrake();
  readonly #right = new Memory<Right>();
  /** Apart from the right ones, so that guessing does not push those out. */
  readonly #wrong = new Memory<Wrong>();
  /** What opened an account at any time since the start, whatever changed since. */
  readonly #once = new Memory<true>();
  readonly #speakers = new Memory<Speaker>();
  readonly #underWay = new Map<string, Promise<Verdict>>();

  constructor(app: Uses, settings: VerifierSettings) {
    this.#app = app;
    this.#settings = settings;
    this.#key = app.random.bytes(32);
    this.#pool = new Pool(settings);
  }

  forget(): void {
    this.#right.clear();
    this.#wrong.clear();
    this.#speakers.clear();
  }

  async verify(login: string, password: string, remoteAddress: string): Promise<UserActor | null> {
    try {
      return await this.judge(login, password, remoteAddress);
    } catch (error) {
      if (error instanceof RefusedSignIn && error.status === 401) return null;
      throw error;
    }
  }

  async judge(login: string, password: string, remoteAddress: string, userAgent = ''): Promise<UserActor> {
    const unknown = {
      reason: 'unknown-name',
      login: login.slice(0, 256),
      principal: null,
      device: null,
    } as const;
    if (login.length > 1024 || password.length > MAX_PASSWORD_LENGTH) throw wrong(unknown);
    const folded = foldLogin(login);
    const row = await signInRow(this.#app.db, folded);
    const key = this.#keyOf(folded, row?.version ?? 0, password);
    const claim = { key, folded, row, password, remoteAddress };
    const verdict = this.#recall(key) ?? (await this.#judgeOnce(claim, userAgent));
    if (row === null) throw wrong(unknown);
    const speaker = userAgent === '' ? null : await this.#speakerOf(row, userAgent);
    if (verdict.kind === 'wrong') {
      const reason: SignInReason = row.isDisabled ? 'disabled' : verdict.reason;
      const device = verdict.device ?? speaker?.device ?? null;
      const facts = { reason, login: row.login, principal: row.id, device };
      throw verdict.isProven ? shutOut(facts) : wrong(facts);
    }
    if (verdict.via === 'password' && speaker?.isRemoved === true)
      throw wrong({ reason: 'removed-device', login: row.login, principal: row.id, device: speaker.device });
    return {
      kind: 'user',
      principal: row.id,
      login: row.login,
      displayName: row.displayName,
      isAdmin: row.isAdmin,
      scope: verdict.scope,
      via: verdict.via,
      device: verdict.device ?? speaker?.device ?? null,
    };
  }

  #keyOf(...parts: readonly (string | number)[]): string {
    return createHmac('sha256', this.#key).update(parts.join('\0')).digest('base64url');
  }

  #recall(key: string): Verdict | null {
    const verdict = this.#right.get(key) ?? this.#wrong.get(key);
    return verdict !== undefined && verdict.untilMs > this.#app.clock.nowMs() ? verdict : null;
  }

  /** The program behind a `User-Agent`, remembered until the person's version changes. */
  async #speakerOf({ id, version }: SignInRow, userAgent: string): Promise<Speaker> {
    const key = `${id} ${version} ${userAgent}`;
    const known = this.#speakers.get(key);
    if (known !== undefined) return known;
    const device = programDeviceId(id, programOf(userAgent).key);
    const speaker = { device, isRemoved: await isRemoved(this.#app.db, device) };
    this.#speakers.set(key, speaker);
    return speaker;
  }

  /** Everybody who asks the same at the same time waits for the one answer. */
  #judgeOnce(claim: Claim, userAgent: string): Promise<Verdict> {
    const { key } = claim;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const judged = this.#judge(claim, userAgent)
      .then((verdict) => {
        if (verdict.kind === 'right') this.#right.set(key, verdict);
        else this.#wrong.set(key, verdict);
        return verdict;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, judged);
    return judged;
  }

  async #judge(claim: Claim, userAgent: string): Promise<Verdict> {
    const { row, password } = claim;
    const byAppPassword = row === null ? null : await this.#judgeAppPassword(row, password);
    if (byAppPassword !== null)
      return row?.isDisabled === true ? this.#shutOutVerdict(byAppPassword) : byAppPassword;
    const giveBack = await this.#brakeFor(claim, userAgent);
    const credential = row === null ? null : await passwordOf(this.#app.db, row.id);
    const hashed = credential?.hash ?? DUMMY_HASH;
    const isRight = await this.#pool.run(() => verifyPassword(hashed, password));
    if (!isRight || credential === null) return this.#wrongVerdict('wrong-password', null);
    await giveBack();
    if (row?.isDisabled === true) return { ...this.#wrongVerdict('disabled', null), isProven: true };
    this.#afterwards(() => this.#strengthen(credential, password));
    return this.#verdict('password', FULL_SCOPE, credential);
  }

  /** Takes a try of a guesser. What was right once in this process is no guess, so that others' failures cannot lock it out. */
  async #brakeFor(
    { folded, row, password, remoteAddress }: Claim,
    userAgent: string,
  ): Promise<() => Promise<void>> {
    const once = this.#keyOf(folded, password);
    if (this.#once.get(once) === true) return () => Promise.resolve();
    try {
      const giveBack = await this.#brake.take(folded, remoteAddress);
      return async () => {
        this.#once.set(once, true);
        await giveBack();
      };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const device = row === null || userAgent === '' ? null : (await this.#speakerOf(row, userAgent)).device;
      const facts = {
        reason: 'slowed',
        login: row?.login ?? folded,
        principal: row?.id ?? null,
        device,
      } as const;
      throw new RefusedSignIn(facts, error.status, error.message, error.headers);
    }
  }

  #wrongVerdict(reason: SignInReason, device: DeviceId | null): Wrong {
    return {
      kind: 'wrong',
      reason,
      device,
      isProven: false,
      untilMs: this.#app.clock.nowMs() + WRONG_SECONDS * 1000,
    };
  }

  /** Of a disabled account: whoever has the right password is told, others learn nothing. */
  #shutOutVerdict(verdict: Verdict): Wrong {
    return { ...this.#wrongVerdict('disabled', verdict.device), isProven: verdict.kind === 'right' };
  }

  /** Null when the password is no app password of this person and never was. */
  async #judgeAppPassword(person: SignInRow, password: string): Promise<Verdict | null> {
    const hash = appPasswordHash(password);
    if (hash === null) return null;
    const credential = await appPasswordOf(this.#app.db, person.id, hash);
    if (credential === null) {
      const removed = await removedPassword(this.#app.db, person.id, hash);
      return removed === null ? null : this.#wrongVerdict('removed-password', toDeviceId(removed));
    }
    const nowMs = this.#app.clock.nowMs();
    const device = toDeviceId(credential.id);
    if (credential.expires_utc !== null && credential.expires_utc * 1000 <= nowMs)
      return this.#wrongVerdict('expired-password', device);
    return { ...this.#verdict('app-password', parseScope(credential.scope), credential), device };
  }

  #verdict(via: Right['via'], scope: Scope, credential: KnownCredential): Right {
    const nowMs = this.#app.clock.nowMs();
    const nowUtc = Math.floor(nowMs / 1000);
    if (Math.floor((credential.last_used_utc ?? 0) / DAY_SECONDS) !== Math.floor(nowUtc / DAY_SECONDS))
      this.#afterwards(() => this.#app.db.write((tx) => touch(tx, credential.id, nowUtc)));
    const untilMs = nowMs + this.#settings.cacheSeconds * 1000;
    const expiresMs = credential.expires_utc === null ? untilMs : credential.expires_utc * 1000;
    return { kind: 'right', via, scope, device: null, untilMs: Math.min(untilMs, expiresMs) };
  }

  async #strengthen(credential: KnownCredential, password: string): Promise<void> {
    if (!isOutdated(credential.hash)) return;
    const hash = await this.#pool.run(() => hashPassword(password));
    await this.#app.db.write((tx) => strengthenPassword(tx, credential.id, credential.hash, hash));
  }

  /** Does what nobody waits for; a failure is logged and changes nothing. */
  #afterwards(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#app.log.warn('credential.note-failed', { error: String(error) }));
  }
}

/** Says the same whatever was wrong. */
function wrong(facts: SignInFacts): RefusedSignIn {
  return new RefusedSignIn(facts, 401, 'The user name or the password is not right.');
}

/** Said to whoever has the right password of an account that is disabled. */
function shutOut(facts: SignInFacts): RefusedSignIn {
  const message = 'This account is disabled. Nothing was deleted; ask whoever runs this server.';
  return new RefusedSignIn(facts, 401, message, {
    'WWW-Authenticate': 'Basic realm="This account is disabled", charset="UTF-8"',
  });
}

interface Claim {
  readonly key: string;
  readonly folded: string;
  /** Null when nobody has this name. */
  readonly row: SignInRow | null;
  readonly password: string;
  readonly remoteAddress: string;
}

/** Makes the verifier of a process. Slow hashes run as many at a time as there are cores; 64 more wait. */
export function openVerifier(app: Uses, settings: Partial<VerifierSettings> = {}): Verifier {
  const usual: VerifierSettings = { cacheSeconds: 300, parallel: availableParallelism(), queued: 64 };
  return new CredentialVerifier(app, { ...usual, ...settings });
}
