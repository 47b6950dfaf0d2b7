import { canSee, requireAdmin, requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { markAllDeleted } from '../collections/store.ts';
import { deleteAllOf, deleteSessionsOf } from '../credentials/store.ts';
import type { Db, Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import type { Actor, PrincipalBase, PrincipalId } from '../types.ts';
import { checkedDisplayName, checkedEmail, type NewUser, prepareUser, storeUser } from './create.ts';
import { foldLogin } from './login.ts';
import {
  allUsers,
  bumpVersion,
  byId,
  byLogin,
  countAdmins,
  forgetRemoved,
  type UserRow,
  updatePrincipal,
} from './store.ts';
import type { PrincipalRow } from './table.ts';

export type { NewUser } from './create.ts';
export type { UserRow } from './store.ts';

type Uses = Pick<App, 'db' | 'clock' | 'random'>;

/**
 * Makes a user with homes and default collections. For administrators. Throws `Refusal` 400 for a name or password
 * nobody can have, 409 when the name is taken.
 */
export async function createUser(app: Uses, actor: Actor, user: NewUser): Promise<PrincipalBase> {
  requireAdmin(actor);
  const prepared = await prepareUser(app, user);
  return app.db.write((tx) => storeUser(app, tx, prepared));
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
  await app.db.write(async (tx) => {
    if (isDisabled) await expectAnotherAdmin(tx, id);
    if (!(await updatePrincipal(app.db, tx, id, { disabled_utc: isDisabled ? nowUtc : null })))
      throw missing();
    await bumpVersion(tx, id);
    if (isDisabled) await deleteSessionsOf(tx, id);
  });
}

/** Removes somebody with all they can sign in with; what they kept goes to the trash. The id is never given to anybody else. */
export async function removeUser(app: Uses, actor: Actor, id: PrincipalId): Promise<void> {
  requireAdmin(actor);
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  await app.db.write(async (tx) => {
    await expectAnotherAdmin(tx, id);
    if (!(await updatePrincipal(app.db, tx, id, { removed_utc: nowUtc }))) throw missing();
    await bumpVersion(tx, id);
    await deleteAllOf(tx, id);
    await markAllDeleted(tx, id, nowUtc);
  });
}

/** What can be changed about a user. */
export interface UserPatch {
  readonly displayName?: string;
  readonly email?: string | null;
  /** For administrators only. */
  readonly isAdmin?: boolean;
}

/** Changes a user. For the person and administrators. Throws `Refusal` 400, 404, 409 for the last administrator. */
export async function patchUser(app: Uses, actor: Actor, id: PrincipalId, patch: UserPatch): Promise<void> {
  requireSelfOrAdmin(actor, id);
  if (patch.isAdmin !== undefined) requireAdmin(actor);
  const columns: Partial<PrincipalRow> = {
    ...(patch.displayName === undefined ? {} : { display_name: checkedDisplayName(patch.displayName) }),
    ...(patch.email === undefined ? {} : { email: checkedEmail(patch.email) }),
    ...(patch.isAdmin === undefined ? {} : { is_admin: patch.isAdmin ? 1 : 0 }),
  };
  if (Object.keys(columns).length === 0) return;
  await app.db.write(async (tx) => {
    if (patch.isAdmin === false) await expectAnotherAdmin(tx, id);
    if (!(await updatePrincipal(app.db, tx, id, columns))) throw missing();
    if (patch.isAdmin !== undefined) await bumpVersion(tx, id);
  });
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

/** Takes names and addresses off people who were removed before that time (epoch seconds); for the purge job. */
export function purgeRemovedUsers(app: Pick<App, 'db'>, olderThanUtc: number): Promise<number> {
  return app.db.write((tx) => forgetRemoved(tx, olderThanUtc));
}
