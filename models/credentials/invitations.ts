import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { Refusal } from '../errors.ts';
import { type NewUser, prepareUser, storeUser } from '../principals/create.ts';
import { foldLogin, toPrincipalId } from '../principals/login.ts';
import { bumpVersion, byId, countAdmins } from '../principals/store.ts';
import type { Actor, PrincipalBase, PrincipalId } from '../types.ts';
import { checkNewPassword, hashPassword, secretHash } from './hash.ts';
import {
  claimInvite,
  claimSetupInvitation,
  deleteInvitesOf,
  deleteSessionsOf,
  type InviteRow,
  inviteOf,
  isSetupInvitationOpen,
  replaceInvite,
  replacePassword,
  replaceSetupInvitation,
} from './store.ts';

const SETUP_SECONDS = 30 * 60;
const INVITE_SECONDS = 7 * 86_400;

type Uses = Pick<App, 'db' | 'clock' | 'random'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** Makes the one-time token with which the first administrator is made, good for 30 minutes; null when there is one. Earlier tokens end. */
export async function createSetupInvitation(app: Uses): Promise<string | null> {
  if ((await countAdmins(app.db, null)) > 0) return null;
  const token = app.random.bytes(32).toString('base64url');
  const now = nowUtc(app);
  const invitation = { tokenHash: secretHash(token), nowUtc: now, expiresUtc: now + SETUP_SECONDS };
  await app.db.write((tx) => replaceSetupInvitation(tx, invitation));
  return token;
}

/** Whether there is somebody who can administer the server, so that no set-up link works any more. */
export async function isSetUp(app: Pick<App, 'db'>): Promise<boolean> {
  return (await countAdmins(app.db, null)) > 0;
}

/** Whether the token of a set-up link can still be used: not when an administrator came to be in another way. */
export async function isSetupOpen(app: Uses, token: string): Promise<boolean> {
  if (await isSetUp(app)) return false;
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
  const made = await app.db.write(async (tx) => {
    if ((await countAdmins(tx, null)) > 0) throw closed;
    if (!(await claimSetupInvitation(tx, secretHash(token), nowUtc(app)))) throw closed;
    return storeUser(app, tx, prepared);
  });
  const about = { person: made.id, login: made.login, name: made.displayName };
  await audit(app, { kind: 'anonymous' }, { action: 'server.set-up', about });
  return made;
}

/** A link that was made; the token is shown once. */
export interface Invite {
  readonly token: string;
  /** Epoch seconds. */
  readonly expiresUtc: number;
}

/**
 * Makes the link by which somebody chooses their password, good for 7 days and once; earlier links of the person end. For
 * administrators. Throws `Refusal` 404, 409 for somebody who is disabled.
 */
export async function createInvite(app: Uses, actor: Actor, principal: PrincipalId): Promise<Invite> {
  requireAdmin(actor);
  const person = await byId(app.db, principal);
  if (person === null) throw new Refusal(404, 'There is no such user.');
  if (person.disabledUtc !== null)
    throw new Refusal(409, `${person.displayName} is disabled. Enable the account before inviting.`);
  const token = app.random.bytes(32).toString('base64url');
  const now = nowUtc(app);
  const expiresUtc = now + INVITE_SECONDS;
  await app.db.write((tx) =>
    replaceInvite(tx, { tokenHash: secretHash(token), principal, nowUtc: now, expiresUtc }),
  );
  const about = { person: principal, login: person.login, name: person.displayName };
  await audit(app, actor, { action: 'invite.create', about });
  return { token, expiresUtc };
}

/** What an invite link stands for. */
export type InviteState =
  | {
      readonly kind: 'open';
      readonly principal: PrincipalId;
      readonly displayName: string;
      readonly login: string;
      readonly expiresUtc: number;
    }
  | { readonly kind: 'unknown' | 'over' | 'used' };

function stateOf(row: InviteRow | null, now: number): InviteState {
  if (row === null) return { kind: 'unknown' };
  if (row.used_utc !== null) return { kind: 'used' };
  if (row.expires_utc <= now) return { kind: 'over' };
  return {
    kind: 'open',
    principal: toPrincipalId(row.principal_id),
    displayName: row.display_name,
    login: row.login,
    expiresUtc: row.expires_utc,
  };
}

/** Looks at an invite link without using it. */
export async function readInvite(app: Uses, token: string): Promise<InviteState> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return { kind: 'unknown' };
  return stateOf(await inviteOf(app.db, secretHash(token)), nowUtc(app));
}

/**
 * Sets the password the invited person chose and uses the link up in one step; sessions of the account end. Throws `Refusal`
 * 403 when the link is not good any more, 400 for a password nobody should have.
 */
export async function useInvite(app: Uses, token: string, password: string): Promise<PrincipalId> {
  const closed = new Refusal(403, 'This link is over or was used. Ask for a new one.');
  const invite = await readInvite(app, token);
  if (invite.kind !== 'open') throw closed;
  checkNewPassword(password, foldLogin(invite.login), invite.displayName);
  const { principal } = invite;
  const hash = await hashPassword(password);
  const row = { id: app.random.uuid(), principal, hash, createdUtc: nowUtc(app) };
  await app.db.write(async (tx) => {
    if (!(await claimInvite(tx, secretHash(token), nowUtc(app)))) throw closed;
    await bumpVersion(tx, principal);
    await replacePassword(tx, row);
    await deleteSessionsOf(tx, principal);
    await deleteInvitesOf(tx, principal);
  });
  const about = { person: principal, login: invite.login, name: invite.displayName };
  await audit(app, { kind: 'anonymous' }, { action: 'invite.use', about });
  return principal;
}
