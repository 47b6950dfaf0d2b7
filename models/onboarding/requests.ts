import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { networkOf } from '../credentials/brake.ts';
import { secretHash } from '../credentials/hash.ts';
import { prepareIssue, requireRoom, storeIssue } from '../credentials/issue.ts';
import { FULL_SCOPE, parseScope } from '../credentials/store.ts';
import { programOf } from '../devices/clients.ts';
import { toDeviceId } from '../devices/id.ts';
import { Refusal } from '../errors.ts';
import { toPrincipalId } from '../principals/login.ts';
import type { Actor, DeviceId, PrincipalId, Scope, UserActor } from '../types.ts';
import {
  answerRequest,
  claimSetupCode,
  collectRequest,
  countWaiting,
  insertRequest,
  nameDevice,
  type RequestRow,
  requestByLogin,
  requestByPoll,
  requestsOf,
  setupByHash,
} from './store.ts';

/** For how long an app waits for an answer, and then for the password. */
const REQUEST_SECONDS = 10 * 60;
/** Anybody may ask, so only so many may wait. */
const MAX_WAITING_HERE = 30;
const MAX_WAITING = 2000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const CODE = /^[A-Za-z0-9_-]{24}$/;
const MAX_CLIENT = 60;

type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints'>;
const nowUtc = (app: Pick<App, 'clock'>): number => Math.floor(app.clock.nowMs() / 1000);

/** What an app gets that asks to be let in. */
export interface StartedRequest {
  readonly pollToken: string;
  readonly loginToken: string;
}

/** The app as people know it: `DAVx5`, else the beginning of what it calls itself. */
function clientName(userAgent: string): string {
  const { client } = programOf(userAgent);
  const plain = client ?? /^[\w .()-]+/.exec(userAgent)?.[0]?.trim() ?? '';
  return plain.slice(0, MAX_CLIENT);
}

/**
 * Notes that an app asks to be let in. With the code of a set-up nobody needs to sign in to answer; a later request with
 * the same code takes the place of an earlier one. Throws `Refusal` 409 for a code that is used or over, 429.
 */
export async function startAppRequest(
  app: Uses,
  asked: { readonly userAgent: string; readonly remoteAddress: string; readonly code?: string },
): Promise<StartedRequest> {
  const now = nowUtc(app);
  const setup =
    asked.code === undefined || !CODE.test(asked.code)
      ? null
      : await setupByHash(app.db, secretHash(asked.code));
  if (asked.code !== undefined && (setup === null || setup.used_utc !== null || setup.expires_utc <= now))
    throw new Refusal(409, 'This code was used or is over. Make a new one under Connect.');
  const network = networkOf(asked.remoteAddress);
  const waiting = await countWaiting(app.db, network, now);
  if (setup === null && (waiting.here >= MAX_WAITING_HERE || waiting.all >= MAX_WAITING))
    throw new Refusal(429, 'Too many apps wait to be let in. Try again in ten minutes.', {
      'Retry-After': '600',
    });
  const [pollToken, loginToken] = [app.random.bytes(32), app.random.bytes(32)].map((b) =>
    b.toString('base64url'),
  );
  if (pollToken === undefined || loginToken === undefined) throw new Error('There are two tokens.');
  const row = {
    id: app.random.uuid(),
    pollHash: secretHash(pollToken),
    loginHash: secretHash(loginToken),
    principal: setup === null ? null : toPrincipalId(setup.principal_id),
    setupCode: setup?.id ?? null,
    client: clientName(asked.userAgent),
    network,
    createdUtc: now,
    expiresUtc: now + REQUEST_SECONDS,
  };
  await app.db.write((tx) => insertRequest(tx, row));
  return { pollToken, loginToken };
}

/** An app that asks to be let in. Times are epoch seconds. */
export interface AppRequest {
  readonly id: string;
  /** `DAVx5`; empty when it did not say. */
  readonly client: string;
  readonly state: 'waiting' | 'allowed' | 'refused' | 'over';
  /** Who may answer without signing in, because the app brought a code of theirs; after the answer, who gave it. */
  readonly person: {
    readonly principal: PrincipalId;
    readonly login: string;
    readonly displayName: string;
  } | null;
  readonly hasCode: boolean;
  readonly label: string | null;
  readonly scope: Scope | null;
  readonly createdUtc: number;
  readonly expiresUtc: number;
  readonly answeredUtc: number | null;
  readonly device: DeviceId | null;
}

function toRequest(row: RequestRow, now: number): AppRequest {
  const { principal_id: principal, login, display_name: displayName } = row;
  const state = row.verdict ?? (row.expires_utc <= now ? 'over' : 'waiting');
  return {
    id: row.id,
    client: row.client,
    state,
    person:
      principal === null || login === null || displayName === null
        ? null
        : { principal: toPrincipalId(principal), login, displayName },
    hasCode: row.setup_code_id !== null,
    label: row.label,
    scope: row.scope === null ? null : parseScope(row.scope),
    createdUtc: row.created_utc,
    expiresUtc: row.expires_utc,
    answeredUtc: row.answered_utc,
    device: row.device_id === null ? null : toDeviceId(row.device_id),
  };
}

/** What waits behind the token of a page. Throws `Refusal` 404. */
export async function readAppRequest(
  app: Pick<App, 'db' | 'clock'>,
  loginToken: string,
): Promise<AppRequest> {
  const row = TOKEN.test(loginToken) ? await requestByLogin(app.db, secretHash(loginToken)) : null;
  if (row === null) throw new Refusal(404, 'No app asks at this address. Start again in the app.');
  return toRequest(row, nowUtc(app));
}

/** The requests of somebody, newest first. */
export async function listAppRequests(
  app: Pick<App, 'db' | 'clock'>,
  actor: UserActor,
  page: {
    readonly before: { readonly createdUtc: number; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<readonly AppRequest[]> {
  requireSelfOrAdmin(actor, actor.principal);
  const rows = await requestsOf(app.db, actor.principal, page.before, page.limit);
  return rows.map((row) => toRequest(row, nowUtc(app)));
}

const late = () => new Refusal(409, 'This request was answered or is over. Start again in the app.');

/** Who answers: the one whose code the app brought, else somebody who is signed in. Throws `Refusal` 403, 409. */
function answererOf(request: AppRequest, actor: Actor): PrincipalId {
  if (request.state !== 'waiting') throw late();
  // Who has this token got it with a code of that person.
  if (request.person !== null) return request.person.principal;
  if (actor.kind !== 'user') throw new Refusal(403, 'Sign in to answer.');
  requireSelfOrAdmin(actor, actor.principal);
  return actor.principal;
}

/**
 * Lets an app in: when it asks next it gets an app password with this name and these rights. Throws `Refusal` 400 for rights
 * to nothing, 403 without a session where one is needed, 404, 409 with too many devices or when it is too late.
 */
export async function allowAppRequest(
  app: Uses,
  actor: Actor,
  loginToken: string,
  given: { readonly label: string; readonly scope?: Scope },
): Promise<AppRequest> {
  const request = await readAppRequest(app, loginToken);
  const principal = answererOf(request, actor);
  const scope = given.scope ?? FULL_SCOPE;
  if (!scope.calendars && !scope.contacts)
    throw new Refusal(400, 'Choose calendars, contacts or both; without any there is nothing to allow.');
  await requireRoom(app.db, principal);
  const atUtc = nowUtc(app);
  const label = given.label.trim().slice(0, 100);
  const answer = { verdict: 'allowed', principal, atUtc, label, scope: JSON.stringify(scope) } as const;
  await app.db.write(async (tx) => {
    if (!(await answerRequest(tx, request.id, answer))) throw late();
    const row = await requestByLogin(tx, secretHash(loginToken));
    if (row?.setup_code_id == null) return;
    const use = { atUtc, device: null, grantHash: null, sealed: null, untilUtc: atUtc + REQUEST_SECONDS };
    if (!(await claimSetupCode(tx, row.setup_code_id, use))) throw late();
  });
  app.hints.tell(principal, 'connect');
  return readAppRequest(app, loginToken);
}

/** Turns an app away. Throws `Refusal` 403, 404, 409 like `allowAppRequest`. */
export async function refuseAppRequest(app: Uses, actor: Actor, loginToken: string): Promise<void> {
  const request = await readAppRequest(app, loginToken);
  const principal = answererOf(request, actor);
  const answer = { verdict: 'refused', principal, atUtc: nowUtc(app), label: null, scope: null } as const;
  if (!(await app.db.write((tx) => answerRequest(tx, request.id, answer)))) throw late();
  app.hints.tell(principal, 'connect');
}

/** What an app is let in with. */
export interface Collected {
  readonly login: string;
  readonly secret: string;
}

/** Gives the app what it was allowed, once; null while nobody has answered, and after everything else. */
export async function collectAppRequest(app: Uses, pollToken: string): Promise<Collected | null> {
  const row = TOKEN.test(pollToken) ? await requestByPoll(app.db, secretHash(pollToken)) : null;
  if (row?.verdict !== 'allowed' || row.principal_id === null || row.login === null) return null;
  const principal = toPrincipalId(row.principal_id);
  const label = row.label === null || row.label === '' ? row.client : row.label;
  const issue = prepareIssue(app, { principal, label, scope: parseScope(row.scope) });
  const isFirst = await app.db.write(async (tx) => {
    if (!(await collectRequest(tx, row.id, nowUtc(app), issue.row.id))) return false;
    await storeIssue(app, tx, issue);
    if (row.setup_code_id !== null) await nameDevice(tx, row.setup_code_id, issue.row.id);
    return true;
  });
  if (!isFirst) return null;
  const about = { device: label, owner: row.display_name ?? '', app: row.client };
  await audit(app, { kind: 'system' }, { action: 'device.connect', about });
  for (const topic of ['connect', 'device'] as const) app.hints.tell(principal, topic);
  return { login: row.login, secret: issue.secret };
}
