import Type, { type Static } from 'typebox';
import {
  createApiToken,
  listApiTokens,
  listSessions,
  revokeApiToken,
  revokeSession,
  revokeSessions,
  setPassword,
} from '../../../models/credentials/service.ts';
import { Refusal } from '../../../models/errors.ts';
import { exportPerson } from '../../../models/exports/service.ts';
import { isTimeZone, preferencesOf, setPreferences } from '../../../models/principals/preferences.ts';
import { getUser, patchUser } from '../../../models/principals/service.ts';
import type { WireResponse } from '../../wire.ts';
import { type ApiCall, type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, TimeOrNull, time, timeOrNull } from '../shapes.ts';

const Chosen = {
  language: Type.Union([Type.Literal('en'), Type.Literal('de'), Type.Null()]),
  theme: Type.Union([Type.Literal('light'), Type.Literal('dark'), Type.Null()]),
  timeZone: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  weekStart: Type.Union([Type.Literal(1), Type.Literal(6), Type.Literal(7), Type.Null()]),
  hasShortcuts: Type.Boolean(),
};

const GET_ACCOUNT = operation({
  id: 'getAccount',
  method: 'GET',
  path: '/account',
  who: 'signed-in',
  tag: 'account',
  summary: 'Read your own account and what you chose for the pages.',
  input: Type.Object({}),
  output: Type.Object({
    id: Type.String(),
    login: Type.String(),
    name: Type.String(),
    email: TextOrNull,
    isAdministrator: Type.Boolean(),
    ...Chosen,
  }),
  async run({ app, actor }) {
    const user = await getUser(app, actor, actor.principal);
    if (user === null) throw new Refusal(404, 'There is no such account.');
    const { id, login, email } = user;
    const chosen = await preferencesOf(app.db, actor.principal);
    return { id, login, email, name: user.displayName, isAdministrator: user.isAdmin, ...chosen };
  },
});

/** Changes the account. */
export const CHANGE_ACCOUNT = operation({
  id: 'changeAccount',
  method: 'PATCH',
  path: '/account',
  who: 'signed-in',
  tag: 'account',
  summary:
    'Change your name, e-mail address, language, theme, time zone, first day of the week or shortcuts.',
  input: Type.Object({
    name: Type.Optional(Type.String({ maxLength: 255 })),
    email: Type.Optional(Type.Union([Type.String({ maxLength: 254 }), Type.Null()])),
    language: Type.Optional(Chosen.language),
    theme: Type.Optional(Chosen.theme),
    timeZone: Type.Optional(Chosen.timeZone),
    weekStart: Type.Optional(Chosen.weekStart),
    hasShortcuts: Type.Optional(Chosen.hasShortcuts),
  }),
  output: null,
  async run({ app, actor }, { name, email, ...chosen }) {
    const { timeZone } = chosen;
    if (timeZone !== undefined && timeZone !== null && !isTimeZone(timeZone))
      throw new Refusal(400, `"${timeZone}" is not a time zone. Write it like Europe/Berlin.`);
    const patch = {
      ...(name === undefined ? {} : { displayName: name }),
      ...(email === undefined ? {} : { email }),
    };
    if (Object.keys(patch).length > 0) await patchUser(app, actor, actor.principal, patch);
    if (Object.keys(chosen).length === 0) return;
    const before = await preferencesOf(app.db, actor.principal);
    await setPreferences(app, actor, { ...before, ...chosen });
  },
});

/** Changes the password. */
export const CHANGE_PASSWORD = operation({
  id: 'changePassword',
  method: 'POST',
  path: '/account/password',
  who: 'signed-in',
  tag: 'account',
  summary: 'Change your password; every session ends, devices with passwords of their own keep syncing.',
  input: Type.Object({
    oldPassword: Type.String({ maxLength: 4096 }),
    newPassword: Type.String({ maxLength: 4096 }),
  }),
  output: null,
  async run(call, { oldPassword, newPassword }) {
    if (!(await call.proves(oldPassword))) throw new Refusal(403, 'The present password is not right.');
    await setPassword(call.app, call.actor, call.actor.principal, newPassword);
  },
});

const LIST_SESSIONS = operation({
  id: 'listSessions',
  method: 'GET',
  path: '/account/sessions',
  who: 'signed-in',
  tag: 'account',
  summary: 'List the browsers in which you are signed in, last used first.',
  input: Type.Object({}),
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        id: Type.String(),
        created: Time,
        lastUsed: Time,
        isOwnDevice: Type.Boolean(),
        userAgent: TextOrNull,
        network: TextOrNull,
      }),
    ),
    next: TextOrNull,
  }),
  async run({ app, actor }) {
    const sessions = await listSessions(app, actor, actor.principal);
    const items = sessions.map(({ id, createdUtc, lastUsedUtc, isLasting, userAgent, network }) => ({
      ...{ id, userAgent, network },
      created: time(createdUtc),
      lastUsed: time(lastUsedUtc),
      isOwnDevice: isLasting,
    }));
    return { items, next: null };
  },
});

/** Ends one session. */
export const END_SESSION = operation({
  id: 'endSession',
  method: 'DELETE',
  path: '/account/sessions/{id}',
  who: 'signed-in',
  tag: 'account',
  summary: 'Sign out in one browser.',
  input: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  output: null,
  run: ({ app, actor }, { id }) => revokeSession(app, actor, actor.principal, id),
});

/** Ends every session. */
export const END_SESSIONS = operation({
  id: 'endSessions',
  method: 'DELETE',
  path: '/account/sessions',
  who: 'signed-in',
  tag: 'account',
  summary: 'Sign out in every browser.',
  input: Type.Object({}),
  output: null,
  run: ({ app, actor }) => revokeSessions(app, actor, actor.principal),
});

const TokenShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  isReadOnly: Type.Boolean(),
  created: Time,
  lastUsed: TimeOrNull,
  expires: TimeOrNull,
});

const LIST_TOKENS = operation({
  id: 'listTokens',
  method: 'GET',
  path: '/account/tokens',
  who: 'signed-in',
  tag: 'account',
  summary: 'List your tokens for scripts, newest first; the secrets are not kept.',
  input: Type.Object({}),
  output: Type.Object({ items: Type.Array(TokenShape), next: TextOrNull }),
  async run({ app, actor }) {
    const tokens = await listApiTokens(app, actor, actor.principal);
    const items = tokens.map(
      (token): Static<typeof TokenShape> => ({
        id: token.id,
        name: token.label,
        isReadOnly: token.isReadOnly,
        created: time(token.createdUtc),
        lastUsed: timeOrNull(token.lastUsedUtc),
        expires: timeOrNull(token.expiresUtc),
      }),
    );
    return { items, next: null };
  },
});

/** Makes a token. */
export const CREATE_TOKEN = operation({
  id: 'createToken',
  method: 'POST',
  path: '/account/tokens',
  who: 'signed-in',
  tag: 'account',
  summary: 'Make a token for a script that speaks to this API as you; it is shown once.',
  input: Type.Object({
    name: Type.String({ maxLength: 100 }),
    isReadOnly: Type.Boolean(),
    expires: Type.Optional(TimeOrNull),
  }),
  output: Type.Object({ id: Type.String(), token: Type.String() }),
  status: 201,
  async run({ app, actor }, { name, isReadOnly, expires }) {
    const ms = expires == null ? null : Date.parse(expires);
    if (ms !== null && !(ms > app.clock.nowMs()))
      throw new Refusal(400, 'The end of a token is a time to come, like 2030-01-31T00:00:00Z.');
    const expiresUtc = ms === null ? null : Math.floor(ms / 1000);
    return createApiToken(app, actor, { label: name, isReadOnly, expiresUtc });
  },
});

/** Takes a token back. */
export const REVOKE_TOKEN = operation({
  id: 'revokeToken',
  method: 'DELETE',
  path: '/account/tokens/{id}',
  who: 'signed-in',
  tag: 'account',
  summary: 'Take a token back; the script that has it is refused at once.',
  input: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  output: null,
  async run({ app, actor }, { id }) {
    await revokeApiToken(app, actor, actor.principal, id);
  },
});

async function exported({ app, actor }: ApiCall): Promise<WireResponse> {
  const body = await exportPerson(app, actor, { id: actor.principal, login: actor.login });
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': 'attachment; filename="daybook.zip"',
      'Cache-Control': 'no-store',
    },
    body,
  };
}

/** Everything the person keeps. */
export const EXPORT_ACCOUNT = operation({
  id: 'exportAccount',
  method: 'GET',
  path: '/account/export',
  who: 'signed-in',
  tag: 'account',
  summary: 'Download everything you keep as a zip of .ics and .vcf files with a readme.',
  input: Type.Object({}),
  output: null,
  run: async () => {},
  raw: { produces: 'application/zip', answer: exported },
});

/** Operations of the account page. */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  GET_ACCOUNT,
  CHANGE_ACCOUNT,
  CHANGE_PASSWORD,
  LIST_SESSIONS,
  END_SESSION,
  END_SESSIONS,
  LIST_TOKENS,
  CREATE_TOKEN,
  REVOKE_TOKEN,
  EXPORT_ACCOUNT,
];
