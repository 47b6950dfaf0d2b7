import { requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App, Limits } from '../app.ts';
import { audit } from '../audit/service.ts';
import { revokeCredential } from '../devices/store.ts';
import { Refusal } from '../errors.ts';
import { foldLogin, toPrincipalId } from '../principals/login.ts';
import { bumpVersion, byId } from '../principals/store.ts';
import type { Actor, PrincipalId, Scope } from '../types.ts';
import { checkNewPassword, hashPassword, secretHash, writeAppPassword } from './hash.ts';
import {
  type AppPassword,
  appPasswords,
  deleteInvitesOf,
  deleteOtherSessions,
  deleteSessionsOf,
  FULL_SCOPE,
  insertCredential,
  ownerOfAppPassword,
  replacePassword,
} from './store.ts';
import { openVerifier, type Verifier, type VerifierSettings } from './verifier.ts';

export { networkOf } from './brake.ts';
export {
  createInvite,
  createSetupInvitation,
  type Invite,
  type InviteState,
  isSetUp,
  isSetupOpen,
  readInvite,
  useInvite,
  useSetupInvitation,
} from './invitations.ts';
export {
  createSession,
  endSession,
  findSession,
  type ListedSession,
  listSessions,
  type OpenSession,
  openSession,
  purgeExpired,
  renewSession,
  revokeSession,
  revokeSessions,
  type SessionOptions,
} from './sessions.ts';
export type { AppPassword } from './store.ts';
export {
  type ApiToken,
  createApiToken,
  listApiTokens,
  type NewApiToken,
  revokeApiToken,
  verifyApiToken,
} from './tokens.ts';
export type { Verifier, VerifierSettings } from './verifier.ts';
export { RefusedSignIn } from './verifier.ts';

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
 * Sets somebody's password, ends their sessions (but the one of `keptSession`), their unused links and everything that was
 * verified with the old one; passwords of single devices stay. For the person and administrators. Throws `Refusal` 400 for a
 * password nobody should have, 404 when there is no such person.
 */
export async function setPassword(
  app: Uses,
  actor: Actor,
  id: PrincipalId,
  password: string,
  keptSession: string | null = null,
): Promise<void> {
  requireSelfOrAdmin(actor, id);
  const person = await byId(app.db, id);
  if (person === null) throw new Refusal(404, 'There is no such user.');
  checkNewPassword(password, foldLogin(person.login), person.displayName, person.email ?? '');
  const hash = await hashPassword(password);
  const row = { id: app.random.uuid(), principal: id, hash, createdUtc: nowUtc(app) };
  await app.db.write(async (tx) => {
    await bumpVersion(tx, id);
    await replacePassword(tx, row);
    await deleteInvitesOf(tx, id);
    if (keptSession === null) await deleteSessionsOf(tx, id);
    else await deleteOtherSessions(tx, id, keptSession);
  });
  await audit(app, actor, { action: 'password.change', about: { person: id, login: person.login } });
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
