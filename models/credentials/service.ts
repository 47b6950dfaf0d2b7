import { requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App, Limits } from '../app.ts';
import { revokeCredential } from '../devices/store.ts';
import { Refusal } from '../errors.ts';
import { type NewUser, prepareUser, storeUser } from '../principals/create.ts';
import { foldLogin, toPrincipalId } from '../principals/login.ts';
import { bumpVersion, byId, countAdmins } from '../principals/store.ts';
import type { Actor, PrincipalBase, PrincipalId, Scope, UserActor } from '../types.ts';
import { checkNewPassword, hashPassword, secretHash, writeAppPassword } from './hash.ts';
import {
  type AppPassword,
  appPasswords,
  claimSetupInvitation,
  deleteExpired,
  deleteSession,
  deleteSessionsOf,
  FULL_SCOPE,
  insertCredential,
  insertSession,
  isSetupInvitationOpen,
  ownerOfAppPassword,
  replacePassword,
  replaceSetupInvitation,
  sessionOf,
  touchSession,
} from './store.ts';
import { openVerifier, type Verifier, type VerifierSettings } from './verifier.ts';

export type { AppPassword } from './store.ts';
export type { Verifier, VerifierSettings } from './verifier.ts';

const SESSION_IDLE_SECONDS = 30 * 60;
const SESSION_SECONDS = 12 * 3600;
/** A session's last use is written at most this often. */
const SESSION_TOUCH_SECONDS = 60;
const SETUP_SECONDS = 30 * 60;
const MAX_APP_PASSWORDS = 100;
const MAX_LABEL = 100;

type Uses = Pick<App, 'db' | 'clock' | 'random'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Makes the verifier of a process; keep one, its memory is what makes sign-in cheap. */
export function makeVerifier(
  app: Uses & Pick<App, 'log'>,
  _limits: Limits,
  settings: Partial<VerifierSettings> = {},
): Verifier {
  return openVerifier(app, settings);
}

/**
 * Sets somebody's password, ends their sessions and everything that was verified with the old one.
 * Throws `Refusal` 400 for a password that is too short, 404 when there is no such person.
 */
export async function setPassword(app: Uses, actor: Actor, id: PrincipalId, password: string): Promise<void> {
  requireSelfOrAdmin(actor, id);
  const person = await byId(app.db, id);
  if (person === null) throw new Refusal(404, 'There is no such user.');
  checkNewPassword(password, foldLogin(person.login));
  const hash = await hashPassword(password);
  const row = { id: app.random.uuid(), principal: id, hash, createdUtc: nowUtc(app) };
  await app.db.write(async (tx) => {
    await bumpVersion(tx, id);
    await replacePassword(tx, row);
    await deleteSessionsOf(tx, id);
  });
}

/** What a new app password is to be good for. */
export interface NewAppPassword {
  /** For whom: the actor, unless an administrator makes it for somebody. */
  readonly principal?: PrincipalId;
  readonly label: string;
  readonly scope?: Scope;
  /** Epoch seconds; null or absent: it does not end. */
  readonly expiresUtc?: number | null;
}

function principalOf(actor: Actor, given: PrincipalId | undefined): PrincipalId {
  if (given !== undefined) {
    requireSelfOrAdmin(actor, given);
    return given;
  }
  if (actor.kind !== 'user') throw new Refusal(400, 'Say for whom the app password is.');
  requireSelfOrAdmin(actor, actor.principal);
  return actor.principal;
}

/** Makes an app password. The secret, 100 random bits, is shown once; only its SHA-256 is kept. */
export async function createAppPassword(
  app: Uses,
  actor: Actor,
  input: NewAppPassword,
): Promise<{ readonly id: string; readonly secret: string }> {
  const principal = principalOf(actor, input.principal);
  const label = input.label.trim();
  if (label === '' || label.length > MAX_LABEL)
    throw new Refusal(400, `A name for the app password has 1 to ${MAX_LABEL} characters.`);
  if ((await appPasswords(app.db, principal)).length >= MAX_APP_PASSWORDS)
    throw new Refusal(409, `There are ${MAX_APP_PASSWORDS} app passwords already. Remove one first.`);
  if ((await byId(app.db, principal)) === null) throw new Refusal(404, 'There is no such user.');
  const id = app.random.uuid();
  const secret = writeAppPassword(app.random.bytes(20));
  const row = {
    id,
    principal_id: principal,
    kind: 'app-password',
    hash: secretHash(secret.replaceAll('-', '')),
    label,
    scope: JSON.stringify(input.scope ?? FULL_SCOPE),
    created_utc: nowUtc(app),
    last_used_utc: null,
    expires_utc: input.expiresUtc ?? null,
  };
  await app.db.write((tx) => insertCredential(app.db, tx, row));
  return { id, secret };
}

/** Lists somebody's app passwords, newest first; the actor's own unless `principal` is given. */
export async function listAppPasswords(
  app: Uses,
  actor: Actor,
  principal?: PrincipalId,
): Promise<readonly AppPassword[]> {
  return appPasswords(app.db, principalOf(actor, principal));
}

/** Takes an app password back, at once and everywhere. Throws `Refusal` 404 when the actor has none of that id. */
export async function revokeAppPassword(app: Uses, actor: Actor, id: string): Promise<void> {
  const found = await ownerOfAppPassword(app.db, id);
  const missing = new Refusal(404, 'There is no such app password.');
  if (found === null) throw missing;
  const isOwn = actor.kind === 'user' && actor.principal === found && actor.via !== 'app-password';
  const isAbove = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin);
  if (!isOwn && !isAbove) throw missing;
  if (!isOwn) requireAdmin(actor);
  await app.db.write(async (tx) => {
    if (await revokeCredential(tx, id, nowUtc(app))) await bumpVersion(tx, toPrincipalId(found));
  });
}

/** Begins a session on the web pages; the token is 256 random bits, of which only the SHA-256 is kept. */
export async function createSession(
  app: Uses,
  principal: PrincipalId,
  userAgent: string | null = null,
): Promise<{ readonly token: string; readonly expiresUtc: number }> {
  const token = app.random.bytes(32).toString('base64url');
  const now = nowUtc(app);
  const expiresUtc = now + SESSION_SECONDS;
  const session = {
    idHash: secretHash(token),
    principal,
    nowUtc: now,
    expiresUtc,
    userAgent: userAgent?.slice(0, 256) ?? null,
  };
  await app.db.write((tx) => insertSession(tx, session));
  return { token, expiresUtc };
}

/** The actor of a session; null when it is unknown, over, idle for half an hour, or its person may not sign in. */
export async function findSession(app: Uses, token: string): Promise<UserActor | null> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
  const idHash = secretHash(token);
  const row = await sessionOf(app.db, idHash);
  const now = nowUtc(app);
  if (row === null || row.expires_utc <= now || row.last_used_utc + SESSION_IDLE_SECONDS <= now) return null;
  if (row.last_used_utc + SESSION_TOUCH_SECONDS <= now)
    await app.db.write((tx) => touchSession(tx, idHash, now));
  return {
    kind: 'user',
    principal: toPrincipalId(row.principal_id),
    login: row.login,
    displayName: row.display_name,
    isAdmin: row.is_admin !== 0,
    scope: FULL_SCOPE,
    via: 'session',
    device: null,
  };
}

/** Ends a session; an unknown one is no error. */
export async function endSession(app: Uses, token: string): Promise<void> {
  await app.db.write((tx) => deleteSession(tx, secretHash(token)));
}

/** Removes sessions and invitations that are over; gives how many. For the purge job. */
export async function purgeExpired(app: Uses): Promise<number> {
  const now = nowUtc(app);
  return app.db.write((tx) => deleteExpired(tx, now, now - SESSION_IDLE_SECONDS));
}

/** Makes the one-time token with which the first administrator is made, good for 30 minutes; null when there is one. Earlier tokens end. */
export async function createSetupInvitation(app: Uses): Promise<string | null> {
  if ((await countAdmins(app.db, null)) > 0) return null;
  const token = app.random.bytes(32).toString('base64url');
  const now = nowUtc(app);
  const invitation = { tokenHash: secretHash(token), nowUtc: now, expiresUtc: now + SETUP_SECONDS };
  await app.db.write((tx) => replaceSetupInvitation(tx, invitation));
  return token;
}

/** Whether the token of a set-up link can still be used: not when an administrator came to be in another way. */
export async function isSetupOpen(app: Uses, token: string): Promise<boolean> {
  if ((await countAdmins(app.db, null)) > 0) return false;
  return isSetupInvitationOpen(app.db, secretHash(token), nowUtc(app));
}

/** Makes the first administrator and uses the token up in one step. Throws `Refusal` 403 when the token is not good any more. */
export async function useSetupInvitation(
  app: Uses,
  token: string,
  user: Omit<NewUser, 'isAdmin'> & { readonly password: string },
): Promise<PrincipalBase> {
  const closed = new Refusal(403, 'This set-up link is over or was used. Restart the server for a new one.');
  if (!(await isSetupOpen(app, token))) throw closed;
  const prepared = await prepareUser(app, { ...user, isAdmin: true });
  return app.db.write(async (tx) => {
    if ((await countAdmins(tx, null)) > 0) throw closed;
    if (!(await claimSetupInvitation(tx, secretHash(token), nowUtc(app)))) throw closed;
    return storeUser(app, tx, prepared);
  });
}
