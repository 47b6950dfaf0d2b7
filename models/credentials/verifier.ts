import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { foldLogin } from '../principals/login.ts';
import { type SignInRow, signInRow } from '../principals/store.ts';
import type { Scope, UserActor } from '../types.ts';
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

/** Turns a name and a password into an actor. */
export interface Verifier {
  /**
   * The actor, or null for wrong credentials. Throws `Refusal` 429 after too many wrong passwords, 503 when too many
   * passwords wait to be looked at. What was right lately is never refused and costs one keyed read.
   */
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
interface Verdict {
  readonly scope: Scope;
  readonly via: 'password' | 'app-password';
  readonly untilMs: number;
}

const MAX_VERDICTS = 10_000;
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

class CredentialVerifier implements Verifier {
  readonly #app: Uses;
  readonly #settings: VerifierSettings;
  readonly #key: Buffer;
  readonly #pool: Pool;
  readonly #brake = new GuessBrake();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #underWay = new Map<string, Promise<Verdict | null>>();

  constructor(app: Uses, settings: VerifierSettings) {
    this.#app = app;
    this.#settings = settings;
    this.#key = app.random.bytes(32);
    this.#pool = new Pool(settings);
  }

  forget(): void {
    this.#verdicts.clear();
  }

  async verify(login: string, password: string, remoteAddress: string): Promise<UserActor | null> {
    if (login.length > 1024 || password.length > MAX_PASSWORD_LENGTH) return null;
    const folded = foldLogin(login);
    const row = await signInRow(this.#app.db, folded);
    const key = createHmac('sha256', this.#key)
      .update(`${folded}\0${row?.version ?? 0}\0${password}`)
      .digest('base64url');
    const known = this.#recall(key);
    const verdict = known ?? (await this.#judgeOnce(key, { folded, row, password, remoteAddress }));
    if (verdict === null || row === null || row.isDisabled) return null;
    return {
      kind: 'user',
      principal: row.id,
      login: row.login,
      displayName: row.displayName,
      isAdmin: row.isAdmin,
      scope: verdict.scope,
      via: verdict.via,
      device: null,
    };
  }

  #recall(key: string): Verdict | null {
    const verdict = this.#verdicts.get(key);
    if (verdict === undefined) return null;
    if (verdict.untilMs > this.#app.clock.nowMs()) return verdict;
    this.#verdicts.delete(key);
    return null;
  }

  /** Everybody who asks the same at the same time waits for the one answer. */
  #judgeOnce(key: string, claim: Claim): Promise<Verdict | null> {
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const judged = this.#judge(claim)
      .then((verdict) => {
        if (verdict !== null) this.#remember(key, verdict);
        return verdict;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, judged);
    return judged;
  }

  #remember(key: string, verdict: Verdict): void {
    if (this.#verdicts.size >= MAX_VERDICTS) {
      const oldest = this.#verdicts.keys().next();
      if (oldest.done !== true) this.#verdicts.delete(oldest.value);
    }
    this.#verdicts.set(key, verdict);
  }

  async #judge({ folded, row, password, remoteAddress }: Claim): Promise<Verdict | null> {
    const person = row === null || row.isDisabled ? null : row;
    const byAppPassword = person === null ? null : await this.#judgeAppPassword(person, password);
    if (byAppPassword !== null) return byAppPassword;
    const giveBack = await this.#brake.take(folded, remoteAddress);
    const credential = person === null ? null : await passwordOf(this.#app.db, person.id);
    const hashed = credential?.hash ?? DUMMY_HASH;
    const isRight = await this.#pool.run(() => verifyPassword(hashed, password));
    if (!isRight || credential === null) return null;
    await giveBack();
    this.#afterwards(() => this.#strengthen(credential, password));
    return this.#verdict('password', FULL_SCOPE, credential);
  }

  async #judgeAppPassword(person: SignInRow, password: string): Promise<Verdict | null> {
    const hash = appPasswordHash(password);
    if (hash === null) return null;
    const credential = await appPasswordOf(this.#app.db, person.id, hash);
    if (credential === null) return null;
    const nowMs = this.#app.clock.nowMs();
    if (credential.expires_utc !== null && credential.expires_utc * 1000 <= nowMs) return null;
    return this.#verdict('app-password', parseScope(credential.scope), credential);
  }

  #verdict(via: Verdict['via'], scope: Scope, credential: KnownCredential): Verdict {
    const nowMs = this.#app.clock.nowMs();
    const nowUtc = Math.floor(nowMs / 1000);
    if (Math.floor((credential.last_used_utc ?? 0) / DAY_SECONDS) !== Math.floor(nowUtc / DAY_SECONDS))
      this.#afterwards(() => this.#app.db.write((tx) => touch(tx, credential.id, nowUtc)));
    const untilMs = nowMs + this.#settings.cacheSeconds * 1000;
    const expiresMs = credential.expires_utc === null ? untilMs : credential.expires_utc * 1000;
    return { via, scope, untilMs: Math.min(untilMs, expiresMs) };
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

interface Claim {
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
