import { canSee, requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { markAllDeleted } from '../collections/store.ts';
import { deleteInvitesOf, deleteSessionsOf } from '../credentials/store.ts';
import type { Db, Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { limitsNow } from '../server/service.ts';
import type { Actor, PrincipalBase, PrincipalId } from '../types.ts';
import { checkedDisplayName, checkedEmail, type NewUser, prepareUser, storeUser } from './create.ts';
import { foldLogin, searchable } from './login.ts';
import {
  allUsers,
  bumpVersion,
  byId,
  byLogin,
  countAdmins,
  forgetCredentials,
  forgetRemoved,
  isLoginTaken,
  loginsByEmail,
  personById,
  reviveAll,
  signInRow,
  type UserRow,
  updatePrincipal,
} from './store.ts';
import type { PrincipalRow } from './table.ts';

export type { NewUser } from './create.ts';
export { toPrincipalId } from './login.ts';
export type { UserRow } from './store.ts';

type Uses = Pick<App, 'db' | 'clock' | 'random'>;

/**
 * Makes a user with homes and default collections. For administrators. Throws `Refusal` 400 for a name or password
 * nobody can have, 409 when the name is taken.
 */
export async function createUser(app: Uses, actor: Actor, user: NewUser): Promise<PrincipalBase> {
  requireAdmin(actor);
  const prepared = await prepareUser(app, user);
  const made = await app.db.write((tx) => storeUser(app, tx, prepared));
  await audit(app, actor, { action: 'person.create', about: aboutPerson(made) });
  return made;
}

const aboutPerson = (person: Pick<PrincipalBase, 'id' | 'login' | 'displayName'>) => ({
  person: person.id,
  login: person.login,
  name: person.displayName,
});

/** The login somebody means who types a login or an e-mail address that is one person's alone. */
export async function loginMeant(db: Db, typed: string): Promise<string> {
  if (!typed.includes('@') || typed.length > 254) return typed;
  if ((await signInRow(db, foldLogin(typed))) !== null) return typed;
  const [login, another] = await loginsByEmail(db, typed.trim());
  return login !== undefined && another === undefined ? login : typed;
}

/** Lists all users by login. For administrators. */
export async function listUsers(app: Pick<App, 'db'>, actor: Actor): Promise<readonly UserRow[]> {
  requireAdmin(actor);
  return allUsers(app.db);
}

/** Finds a user by login, whatever its letter case; null when there is none or it is disabled. */
export function findUser(db: Db, login: string): Promise<PrincipalBase | null> {
  return byLogin(db, foldLogin(login));
}

/** Reads a principal by its id; null when there is none or it was removed. */
export async function getPrincipal(db: Db, id: PrincipalId): Promise<PrincipalBase | null> {
  const row = await byId(db, id);
  if (row === null || row.disabledUtc !== null) return null;
  return {
    id: row.id,
    login: row.login,
    displayName: row.displayName,
    email: row.email,
    isAdmin: row.isAdmin,
  };
}

/** Reads a user as the administration shows it, disabled ones too. For the person and administrators. */
export async function getUser(app: Pick<App, 'db'>, actor: Actor, id: PrincipalId): Promise<UserRow | null> {
  requireSelfOrAdmin(actor, id);
  return byId(app.db, id);
}

/** The user as which somebody is known by name or id on the command line, disabled ones too. */
export async function findAnyUser(
  app: Pick<App, 'db'>,
  actor: Actor,
  login: string,
): Promise<UserRow | null> {
  const folded = foldLogin(login);
  return (await listUsers(app, actor)).find((row) => foldLogin(row.login) === folded) ?? null;
}

async function expectAnotherAdmin(tx: Tx, id: PrincipalId): Promise<void> {
  const person = await byId(tx, id);
  const isNeeded = person?.isAdmin === true && person.disabledUtc === null;
  if (isNeeded && (await countAdmins(tx, id)) === 0)
    throw new Refusal(409, 'This is the only administrator; make another one first.');
}

const missing = (): Refusal => new Refusal(404, 'There is no such user.');

/** Shuts somebody out, or lets them in again; at once, on every connection. Throws `Refusal` 404, 409 for the last administrator. */
export async function setDisabled(
  app: Uses,
  actor: Actor,
  id: PrincipalId,
  isDisabled: boolean,
): Promise<void> {
  requireAdmin(actor);
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const person = await app.db.write(async (tx) => {
    if (isDisabled) await expectAnotherAdmin(tx, id);
    if (!(await updatePrincipal(app.db, tx, id, { disabled_utc: isDisabled ? nowUtc : null })))
      throw missing();
    await bumpVersion(tx, id);
    if (isDisabled) {
      await deleteSessionsOf(tx, id);
      await deleteInvitesOf(tx, id);
    }
    return byId(tx, id);
  });
  const action = isDisabled ? 'person.disable' : 'person.enable';
  await audit(app, actor, { action, about: person === null ? { person: id } : aboutPerson(person) });
}

/**
 * Removes somebody: nobody signs in as them from now on, and what they kept goes to the trash, from where `bringBackUser`
 * takes everything. The id is never given to anybody else. Throws `Refusal` 404, 409 for the last administrator.
 */
export async function removeUser(app: Uses, actor: Actor, id: PrincipalId): Promise<void> {
  requireAdmin(actor);
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const person = await app.db.write(async (tx) => {
    await expectAnotherAdmin(tx, id);
    const found = await byId(tx, id);
    if (found === null || !(await updatePrincipal(app.db, tx, id, { removed_utc: nowUtc }))) throw missing();
    await bumpVersion(tx, id);
    await deleteSessionsOf(tx, id);
    await deleteInvitesOf(tx, id);
    await markAllDeleted(tx, id, nowUtc);
    return found;
  });
  await audit(app, actor, { action: 'person.remove', about: aboutPerson(person) });
}

/**
 * Takes a removed person out of the trash: the same passwords work again, devices go on where they stopped. For
 * administrators. Throws `Refusal` 404 when the person is gone for good, 409 when somebody else has the user name now.
 */
export async function bringBackUser(
  app: Uses & Pick<App, 'limits'>,
  actor: Actor,
  id: PrincipalId,
): Promise<PrincipalBase> {
  requireAdmin(actor);
  const { trashDays } = await limitsNow(app);
  const endUtc = Math.floor(app.clock.nowMs() / 1000) - trashDays * 86_400;
  const person = await app.db.write(async (tx) => {
    const row = await personById(tx, id);
    if (row === null || row.removed_utc === null || row.removed_utc < endUtc)
      throw new Refusal(404, 'This person is not in the trash any more.');
    if (await isLoginTaken(tx, row.login_folded))
      throw new Refusal(
        409,
        `Somebody else has the user name "${row.login.slice(0, 80)}" now. Remove or rename them first.`,
      );
    if (!(await reviveAll(tx, id, row.removed_utc))) throw missing();
    await bumpVersion(tx, id);
    return byId(tx, id);
  });
  if (person === null) throw missing();
  await audit(app, actor, { action: 'person.bring-back', about: aboutPerson(person) });
  return person;
}

/** What can be changed about a user. */
export interface UserPatch {
  readonly displayName?: string;
  readonly email?: string | null;
  /** For administrators only. */
  readonly isAdmin?: boolean;
  /** Bytes the person may keep, null: as everybody. For administrators only. */
  readonly quotaBytes?: number | null;
}

function checkedQuota(bytes: number | null): number | null {
  if (bytes === null || (Number.isSafeInteger(bytes) && bytes >= 1024)) return bytes;
  throw new Refusal(400, 'The room for one person is a whole number of bytes, at least 1024.');
}

function columnsOfPatch(patch: UserPatch): Partial<PrincipalRow> {
  return {
    ...(patch.displayName === undefined ? {} : { display_name: checkedDisplayName(patch.displayName) }),
    ...(patch.email === undefined ? {} : { email: checkedEmail(patch.email) }),
    ...(patch.isAdmin === undefined ? {} : { is_admin: patch.isAdmin ? 1 : 0 }),
    ...(patch.quotaBytes === undefined ? {} : { quota_bytes: checkedQuota(patch.quotaBytes) }),
  };
}

/**
 * Changes a user. For the person and administrators. A change of role ends the person's sessions. Throws `Refusal` 400, 404,
 * 409 for the last administrator.
 */
export async function patchUser(app: Uses, actor: Actor, id: PrincipalId, patch: UserPatch): Promise<void> {
  requireSelfOrAdmin(actor, id);
  if (patch.isAdmin !== undefined || patch.quotaBytes !== undefined) requireAdmin(actor);
  const columns = columnsOfPatch(patch);
  if (Object.keys(columns).length === 0) return;
  const changed = await app.db.write(async (tx) => {
    const before = await byId(tx, id);
    if (before === null) throw missing();
    if (patch.isAdmin === false) await expectAnotherAdmin(tx, id);
    const after = {
      ...before,
      displayName: columns.display_name ?? before.displayName,
      email: columns.email === undefined ? before.email : columns.email,
    };
    const search_text = searchable(`${after.displayName} ${after.login} ${after.email ?? ''}`);
    await updatePrincipal(app.db, tx, id, { ...columns, search_text });
    const isNewRole = patch.isAdmin !== undefined && patch.isAdmin !== before.isAdmin;
    if (isNewRole) {
      await bumpVersion(tx, id);
      await deleteSessionsOf(tx, id);
    }
    return { after, isNewRole };
  });
  const about = aboutPerson(changed.after);
  const fields = Object.keys(patch).join(', ');
  await audit(app, actor, { action: 'person.change', about: { ...about, fields } });
  if (!changed.isNewRole) return;
  const action = patch.isAdmin === true ? 'person.make-administrator' : 'person.make-ordinary';
  await audit(app, actor, { action, about });
}

/** Which principals a search is for; texts are compared without case. */
export interface PrincipalQuery {
  readonly displayName?: string;
  readonly email?: string;
  /** Whether all given texts must be found, or one is enough. */
  readonly test: 'allof' | 'anyof';
  readonly matchType: 'equals' | 'contains' | 'starts-with' | 'ends-with';
}

/** Searches the principals the actor may see, which is the actor alone (RFC 3744 §9.4). */
export async function searchPrincipals(
  db: Db,
  actor: Actor,
  query: PrincipalQuery,
): Promise<readonly PrincipalBase[]> {
  if (actor.kind !== 'user') return [];
  const own = await getPrincipal(db, actor.principal);
  if (own === null || !canSee(actor, { ...own, kind: 'principal' })) return [];
  const tests: boolean[] = [];
  if (query.displayName !== undefined)
    tests.push(isLike(own.displayName, query.displayName, query.matchType));
  if (query.email !== undefined) tests.push(isLike(own.email ?? '', query.email, query.matchType));
  const found = query.test === 'allof' ? tests.every(Boolean) : tests.some(Boolean);
  return found ? [own] : [];
}

function isLike(value: string, text: string, type: PrincipalQuery['matchType']): boolean {
  const [a, b] = [foldLogin(value), foldLogin(text)];
  switch (type) {
    case 'equals':
      return a === b;
    case 'contains':
      return a.includes(b);
    case 'starts-with':
      return a.startsWith(b);
    case 'ends-with':
      return a.endsWith(b);
  }
}

/** Takes names, addresses and credentials off people who were removed before that time (epoch seconds); for the purge job. */
export function purgeRemovedUsers(app: Pick<App, 'db'>, olderThanUtc: number): Promise<number> {
  return app.db.write(async (tx) => {
    await forgetCredentials(tx, olderThanUtc);
    return forgetRemoved(tx, olderThanUtc);
  });
}
