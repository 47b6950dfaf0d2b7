import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { Refusal } from '../errors.ts';
import { toPrincipalId } from '../principals/login.ts';
import type { Actor, PrincipalId, UserActor } from '../types.ts';
import { secretHash } from './hash.ts';
import {
  type ApiTokenRow,
  apiTokenOf,
  apiTokensOf,
  deleteApiToken,
  FULL_SCOPE,
  insertApiToken,
  touchApiToken,
} from './store.ts';

/** A token of a script as its owner sees it; the secret is not kept. Times are epoch seconds. */
export interface ApiToken {
  readonly id: string;
  readonly label: string;
  readonly isReadOnly: boolean;
  readonly createdUtc: number;
  readonly lastUsedUtc: number | null;
  readonly expiresUtc: number | null;
}

/** What a new token is to be good for. */
export interface NewApiToken {
  readonly label: string;
  readonly isReadOnly: boolean;
  /** Epoch seconds; null or absent: it does not end. */
  readonly expiresUtc?: number | null;
}

/** Tells people and scanners of leaked secrets what they found. */
const PREFIX = 'daybook_';
const MAX_TOKENS = 50;
const MAX_LABEL = 100;
const TOUCH_SECONDS = 60;

type Uses = Pick<App, 'db' | 'clock' | 'random'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

function toApiToken(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    label: row.label,
    isReadOnly: row.is_read_only !== 0,
    createdUtc: row.created_utc,
    lastUsedUtc: row.last_used_utc,
    expiresUtc: row.expires_utc,
  };
}

/**
 * Makes a token for scripts that speak to the JSON API as the actor. The secret, 256 random bits, is shown once; only its
 * SHA-256 is kept. Throws `Refusal` 400 for its name, 403 for a token that asks for another, 409 when there are too many.
 */
export async function createApiToken(
  app: Uses,
  actor: UserActor,
  input: NewApiToken,
): Promise<{ readonly id: string; readonly token: string }> {
  requireSelfOrAdmin(actor, actor.principal);
  if (actor.via === 'api-token')
    throw new Refusal(403, 'A token makes no other tokens. Sign in to make one.');
  const label = input.label.normalize('NFC').trim();
  if (label === '' || label.length > MAX_LABEL)
    throw new Refusal(400, `A name for the token has 1 to ${MAX_LABEL} characters.`);
  if ((await apiTokensOf(app.db, actor.principal)).length >= MAX_TOKENS)
    throw new Refusal(409, `There are ${MAX_TOKENS} tokens already. Remove one first.`);
  const id = app.random.uuid();
  const token = PREFIX + app.random.bytes(32).toString('base64url');
  const row = {
    id,
    principal: actor.principal,
    hash: secretHash(token),
    label,
    isReadOnly: input.isReadOnly,
    nowUtc: nowUtc(app),
    expiresUtc: input.expiresUtc ?? null,
  };
  await app.db.write((tx) => insertApiToken(tx, row));
  const access = input.isReadOnly ? 'read' : 'all';
  await audit(app, actor, { action: 'token.create', about: { token: id, name: label, access } });
  return { id, token };
}

/** The person a token speaks for; null when it is unknown or over, or its person may not sign in. */
export async function verifyApiToken(
  app: Pick<App, 'db' | 'clock'>,
  token: string,
): Promise<UserActor | null> {
  if (!/^daybook_[A-Za-z0-9_-]{43}$/.test(token)) return null;
  const row = await apiTokenOf(app.db, secretHash(token));
  const now = nowUtc(app);
  if (row === null || (row.expires_utc !== null && row.expires_utc <= now)) return null;
  if ((row.last_used_utc ?? 0) + TOUCH_SECONDS <= now)
    await app.db.write((tx) => touchApiToken(tx, row.id, now));
  return {
    kind: 'user',
    principal: toPrincipalId(row.principal_id),
    login: row.login,
    displayName: row.display_name,
    isAdmin: row.is_admin !== 0,
    scope: { ...FULL_SCOPE, readOnly: row.is_read_only !== 0 },
    via: 'api-token',
    device: null,
  };
}

/** Lists somebody's tokens, newest first. For the person and administrators. */
export async function listApiTokens(
  app: Pick<App, 'db'>,
  actor: Actor,
  principal: PrincipalId,
): Promise<readonly ApiToken[]> {
  requireSelfOrAdmin(actor, principal);
  return (await apiTokensOf(app.db, principal)).map(toApiToken);
}

/** Takes a token back, at once; gives its name. For the person and administrators. Throws `Refusal` 404. */
export async function revokeApiToken(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  principal: PrincipalId,
  id: string,
): Promise<string> {
  requireSelfOrAdmin(actor, principal);
  const label = await app.db.write((tx) => deleteApiToken(tx, principal, id));
  if (label === null) throw new Refusal(404, 'There is no such token.');
  await audit(app, actor, { action: 'token.revoke', about: { token: id, name: label, person: principal } });
  return label;
}
