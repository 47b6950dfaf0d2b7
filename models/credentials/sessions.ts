import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { Refusal } from '../errors.ts';
import { toPrincipalId } from '../principals/login.ts';
import { byId } from '../principals/store.ts';
import type { Actor, PrincipalId, UserActor } from '../types.ts';
import { networkOf } from './brake.ts';
import { secretHash } from './hash.ts';
import {
  deleteExpired,
  deleteOtherSessions,
  deleteSession,
  deleteSessionsOf,
  FULL_SCOPE,
  insertSession,
  renameSession,
  type SessionRow,
  sessionOf,
  sessionsOf,
  touchSession,
} from './store.ts';

/** A session of the pages. */
export interface OpenSession {
  /** Names it in lists; says nothing about its token. */
  readonly id: string;
  readonly actor: UserActor;
  /** When the password was given last, epoch seconds. */
  readonly provedUtc: number;
  readonly isLasting: boolean;
}

/** A session as the account lists it. Times are epoch seconds. */
export interface ListedSession {
  readonly id: string;
  readonly createdUtc: number;
  readonly lastUsedUtc: number;
  readonly isLasting: boolean;
  readonly userAgent: string | null;
  /** The part of the address a household has. */
  readonly network: string | null;
}

/** From where and how long somebody signs in. */
export interface SessionOptions {
  readonly userAgent?: string | null;
  readonly remoteAddress?: string | null;
  /** The person says that the device is theirs. */
  readonly isLasting?: boolean;
}

const IDLE_SECONDS = 30 * 60;
const SESSION_SECONDS = 12 * 3600;
const LASTING_IDLE_SECONDS = 30 * 86_400;
/** No browser keeps a cookie for longer. */
const LASTING_SECONDS = 400 * 86_400;
/** A session's last use is written at most this often. */
const TOUCH_SECONDS = 60;
/** Whoever follows an old link is told that it is over, for this long. */
const KEEP_INVITES_SECONDS = 30 * 86_400;

type Uses = Pick<App, 'db' | 'clock' | 'random'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);
const newToken = (app: Pick<App, 'random'>): string => app.random.bytes(32).toString('base64url');
const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/**
 * Begins a session on the web pages; the token is 256 random bits, of which only the SHA-256 is kept. It ends after half an
 * hour without use and after 12 hours; on the person's own device after 30 days without use, an administrator's after 12
 * hours all the same.
 */
export async function createSession(
  app: Uses,
  principal: PrincipalId,
  options: SessionOptions = {},
): Promise<{ readonly token: string; readonly expiresUtc: number }> {
  const isAdmin = (await byId(app.db, principal))?.isAdmin === true;
  const isLasting = options.isLasting === true;
  const token = newToken(app);
  const now = nowUtc(app);
  const seconds = isLasting && !isAdmin ? LASTING_SECONDS : SESSION_SECONDS;
  const session = {
    idHash: secretHash(token),
    principal,
    nowUtc: now,
    expiresUtc: now + seconds,
    idleSeconds: isLasting ? Math.min(LASTING_IDLE_SECONDS, seconds) : IDLE_SECONDS,
    isLasting,
    userAgent: options.userAgent?.slice(0, 256) ?? null,
    network: options.remoteAddress == null ? null : networkOf(options.remoteAddress),
  };
  await app.db.write((tx) => insertSession(tx, session));
  return { token, expiresUtc: session.expiresUtc };
}

function isOver(row: SessionRow, now: number): boolean {
  if (row.expires_utc <= now || row.last_used_utc + row.idle_seconds <= now) return true;
  // Somebody may have become an administrator since.
  return row.is_admin !== 0 && row.created_utc + SESSION_SECONDS <= now;
}

/** The session behind a token; null when it is unknown or over, or its person may not sign in. */
export async function openSession(app: Uses, token: string): Promise<OpenSession | null> {
  if (!isToken(token)) return null;
  const row = await sessionOf(app.db, secretHash(token));
  const now = nowUtc(app);
  if (row === null || isOver(row, now)) return null;
  if (row.last_used_utc + TOUCH_SECONDS <= now)
    await app.db.write((tx) => touchSession(tx, row.id_hash, now));
  const actor: UserActor = {
    kind: 'user',
    principal: toPrincipalId(row.principal_id),
    login: row.login,
    displayName: row.display_name,
    isAdmin: row.is_admin !== 0,
    scope: FULL_SCOPE,
    via: 'session',
    device: null,
  };
  return { id: row.id_hash, actor, provedUtc: row.proved_utc, isLasting: row.is_lasting !== 0 };
}

/** The actor of a session; null when it is unknown, over, idle for too long, or its person may not sign in. */
export async function findSession(app: Uses, token: string): Promise<UserActor | null> {
  return (await openSession(app, token))?.actor ?? null;
}

/** Notes that the password was given again, and gives the session a new token; null when it is gone. */
export async function renewSession(app: Uses, token: string): Promise<string | null> {
  const fresh = newToken(app);
  const isDone = await app.db.write((tx) =>
    renameSession(tx, secretHash(token), secretHash(fresh), nowUtc(app)),
  );
  return isDone ? fresh : null;
}

/** Ends a session; an unknown one is no error. */
export async function endSession(app: Uses, token: string): Promise<void> {
  await app.db.write((tx) => deleteSession(tx, secretHash(token)));
}

/** Lists somebody's sessions, last used first. For the person and administrators. */
export async function listSessions(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  principal: PrincipalId,
): Promise<readonly ListedSession[]> {
  requireSelfOrAdmin(actor, principal);
  const rows = await sessionsOf(app.db, principal, nowUtc(app));
  return rows.map((row) => ({
    id: row.id_hash,
    createdUtc: row.created_utc,
    lastUsedUtc: row.last_used_utc,
    isLasting: row.is_lasting !== 0,
    userAgent: row.user_agent,
    network: row.network,
  }));
}

/** Ends one session of somebody by its id. For the person and administrators. Throws `Refusal` 404. */
export async function revokeSession(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  principal: PrincipalId,
  id: string,
): Promise<void> {
  const found = (await listSessions(app, actor, principal)).find((session) => session.id === id);
  if (found === undefined) throw new Refusal(404, 'There is no such session; it may have ended by itself.');
  await app.db.write((tx) => deleteSession(tx, found.id));
  await audit(app, actor, { action: 'session.end', about: { person: principal } });
}

/** Ends every session of somebody, but the one of `keptId` where it is given. For the person and administrators. */
export async function revokeSessions(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  principal: PrincipalId,
  keptId: string | null = null,
): Promise<void> {
  requireSelfOrAdmin(actor, principal);
  await app.db.write(async (tx) => {
    if (keptId === null) await deleteSessionsOf(tx, principal);
    else await deleteOtherSessions(tx, principal, keptId);
  });
  await audit(app, actor, { action: 'session.end-all', about: { person: principal } });
}

/** Removes sessions and old invitations that are over; gives how many. For the purge job. */
export async function purgeExpired(app: Uses): Promise<number> {
  const now = nowUtc(app);
  return app.db.write((tx) => deleteExpired(tx, now, now - KEEP_INVITES_SECONDS));
}
