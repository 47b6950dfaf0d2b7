import type { App } from '../app.ts';
import { insertCollection, newIncarnation } from '../collections/store.ts';
import { checkNewPassword, hashPassword } from '../credentials/hash.ts';
import { replacePassword } from '../credentials/store.ts';
import type { Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { advance } from '../journal/service.ts';
import type { CollectionId, Holds, PrincipalBase, PrincipalId } from '../types.ts';
import { checkedLogin, plainId, searchable, suffixedId } from './login.ts';
import { insertPrincipal, isIdTaken, isLoginTaken } from './store.ts';

/** Who is to be made. */
export interface NewUser {
  readonly login: string;
  readonly displayName?: string | null;
  readonly email?: string | null;
  readonly isAdmin?: boolean;
  /** Absent: the person cannot sign in until one is set. */
  readonly password?: string | null;
}

/** A new user that was checked and whose password is hashed. */
export interface PreparedUser {
  readonly login: string;
  readonly folded: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly isAdmin: boolean;
  readonly passwordHash: string | null;
}

type Uses = Pick<App, 'db' | 'clock' | 'random'>;

const MAX_DISPLAY_NAME = 255;
const MAX_EMAIL = 254;

/** Gives a display name as it is kept. Throws `Refusal` 400. */
export function checkedDisplayName(name: string): string {
  const trimmed = name.normalize('NFC').trim();
  if (trimmed === '' || trimmed.length > MAX_DISPLAY_NAME || /[\u0000-\u001f\u007f]/.test(trimmed))
    throw new Refusal(400, `A name has 1 to ${MAX_DISPLAY_NAME} characters and no control characters.`);
  return trimmed;
}

/** Gives a mail address as it is kept, null for an empty one. Throws `Refusal` 400. */
export function checkedEmail(email: string | null): string | null {
  const trimmed = email?.trim() ?? '';
  if (trimmed === '') return null;
  if (trimmed.length > MAX_EMAIL || !/^[^\s@<>"(),;:\\[\]]+@[^\s@<>"(),;:\\[\]]+$/.test(trimmed))
    throw new Refusal(400, `"${trimmed.slice(0, 80)}" is not a mail address.`);
  return trimmed;
}

/** Checks a new user and hashes the password, before the write. Throws `Refusal` 400. */
export async function prepareUser(_app: Uses, user: NewUser): Promise<PreparedUser> {
  const folded = checkedLogin(user.login);
  const login = user.login.normalize('NFKC').trim();
  const password = user.password ?? null;
  const displayName = user.displayName?.trim() ? user.displayName : login;
  if (password !== null) checkNewPassword(password, folded, displayName, user.email ?? '');
  return {
    login,
    folded,
    displayName: checkedDisplayName(displayName),
    email: checkedEmail(user.email ?? null),
    isAdmin: user.isAdmin ?? false,
    passwordHash: password === null ? null : await hashPassword(password),
  };
}

/** Stores a prepared user with homes, default collections and password. Throws `Refusal` 409 when the name is taken. */
export async function storeUser(app: Uses, tx: Tx, user: PreparedUser): Promise<PrincipalBase> {
  if (await isLoginTaken(tx, user.folded))
    throw new Refusal(409, `There is a user "${user.login.slice(0, 80)}" already.`);
  const id = await freeId(app, tx, user.folded);
  const createdUtc = Math.floor(app.clock.nowMs() / 1000);
  await insertPrincipal(app.db, tx, {
    id,
    kind: 'user',
    login: user.login,
    login_folded: user.folded,
    display_name: user.displayName,
    email: user.email,
    is_admin: user.isAdmin ? 1 : 0,
    version: 1,
    created_utc: createdUtc,
    disabled_utc: null,
    removed_utc: null,
    search_text: searchable(`${user.displayName} ${user.login} ${user.email ?? ''}`),
    quota_bytes: null,
  });
  await makeHomes(app, tx, id, createdUtc);
  if (user.passwordHash !== null) {
    const row = { id: app.random.uuid(), principal: id, hash: user.passwordHash, createdUtc };
    await replacePassword(tx, row);
  }
  return { id, login: user.login, displayName: user.displayName, email: user.email, isAdmin: user.isAdmin };
}

async function freeId(app: Uses, tx: Tx, folded: string): Promise<PrincipalId> {
  const plain = plainId(folded);
  if (plain !== null && !(await isIdTaken(tx, plain))) return plain;
  for (;;) {
    const suffix = Buffer.from(app.random.bytes(4)).toString('hex');
    const id = suffixedId(folded, suffix);
    if (!(await isIdTaken(tx, id))) return id;
  }
}

interface Default {
  readonly kind: 'calendar' | 'addressbook' | 'inbox' | 'outbox';
  readonly name: string;
  readonly displayName: string;
  readonly components: readonly string[] | null;
}

const plain = { components: null };
/** Events and tasks apart: Apple's programs do not show mixed calendars as task lists. */
const DEFAULTS: Readonly<Record<Holds, readonly Default[]>> = {
  calendar: [
    { kind: 'calendar', name: 'calendar', displayName: 'Calendar', components: ['VEVENT'] },
    { kind: 'calendar', name: 'tasks', displayName: 'Tasks', components: ['VTODO'] },
    { ...plain, kind: 'inbox', name: 'inbox', displayName: 'Inbox' },
    { ...plain, kind: 'outbox', name: 'outbox', displayName: 'Outbox' },
  ],
  addressbook: [{ ...plain, kind: 'addressbook', name: 'contacts', displayName: 'Contacts' }],
};

async function makeHomes(app: Uses, tx: Tx, owner: PrincipalId, nowUtc: number): Promise<void> {
  const insert = async (
    home: CollectionId | null,
    holds: Holds,
    row: Default | null,
  ): Promise<CollectionId> => {
    const made = await insertCollection(tx, {
      owner,
      home,
      holds,
      kind: row?.kind ?? 'home',
      name: row?.name ?? owner,
      displayName: row?.displayName ?? owner,
      components: row?.components ?? null,
      isDefault: row?.kind === 'calendar' || row?.kind === 'addressbook',
      incarnation: newIncarnation(app),
      nowUtc,
    });
    if (made === null) throw new Error(`The home of ${owner} exists already.`);
    return made;
  };
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await insert(null, holds, null);
    for (const row of DEFAULTS[holds]) {
      await advance(tx, app, home, { name: row.name, op: 'create' });
      await insert(home, holds, row);
    }
  }
}
