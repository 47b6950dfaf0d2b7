import { listApiTokens, listSessions } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import { getUser } from '../../models/principals/service.ts';
import {
  CHANGE_ACCOUNT,
  CHANGE_PASSWORD,
  CREATE_TOKEN,
  END_SESSION,
  END_SESSIONS,
  EXPORT_ACCOUNT,
  REVOKE_TOKEN,
} from '../../protocols/api/routes/account.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { emailProblem, nameProblem, passwordProblem, textOf } from '../fields.ts';
import { leaveOnce, readOnce } from '../once.ts';
import { type AccountData, AccountPage } from '../pages/account.tsx';
import { callOf, contextOf, html, perform, redirect } from '../render.ts';
import { actorOf, beginSession } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

async function show(page: PageRequest, status = 200, more: Partial<AccountData> = {}): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const user = await getUser(app, actor, actor.principal);
  const tokens = await listApiTokens(app, actor, actor.principal);
  const left = readOnce(page, 'token');
  const fresh = tokens.find((token) => token.id === left?.['id']);
  const data: AccountData = {
    login: actor.login,
    values: { name: actor.displayName, email: user?.email ?? '' },
    preferences: page.preferences,
    usualZone: page.preferences.timeZone === null ? page.timeZone : page.site.timeZone,
    sessions: await listSessions(app, actor, actor.principal),
    here: page.session?.id ?? '',
    tokens,
    newToken: fresh === undefined ? null : { name: fresh.label, token: left?.['token'] ?? '' },
    wrong: {},
    refused: null,
    ...more,
  };
  return html(page, status, AccountPage({ ctx: contextOf(page), data }));
}

/** Does something to the account; what is refused for a reason stands on the page. */
async function act(page: PageRequest, work: () => Promise<WireResponse>): Promise<WireResponse> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || ![400, 404, 409].includes(error.status)) throw error;
    return show(page, error.status, { refused: error.message });
  }
}

const done = (page: PageRequest, key: 'saved' | 'password' | 'session' | 'sessions' | 'pages') =>
  redirect(page, '/account', { text: page.words.t(`account.done.${key}`) });

const saveNames = (page: PageRequest) =>
  act(page, async () => {
    const values = { name: textOf(page, 'name'), email: textOf(page, 'email') };
    const name = nameProblem(page.words, values.name);
    const email = emailProblem(page.words, values.email);
    if (name !== undefined || email !== undefined) {
      const wrong = { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) };
      return show(page, 422, { values, wrong });
    }
    await perform(page, CHANGE_ACCOUNT, {
      name: values.name,
      email: values.email === '' ? null : values.email,
    });
    return done(page, 'saved');
  });

const oneOf = <const T>(value: string, allowed: readonly T[]): T | null =>
  allowed.find((candidate) => String(candidate) === value) ?? null;

const savePages = (page: PageRequest) =>
  act(page, async () => {
    const timeZone = textOf(page, 'timeZone');
    const language = oneOf(textOf(page, 'language'), ['en', 'de'] as const);
    await perform(page, CHANGE_ACCOUNT, {
      language,
      theme: oneOf(textOf(page, 'theme'), ['light', 'dark'] as const),
      timeZone: timeZone === '' ? null : timeZone,
      weekStart: oneOf(textOf(page, 'weekStart'), [1, 6, 7] as const),
      hasShortcuts: page.form.has('hasShortcuts'),
    });
    return done({ ...page, words: page.site.languages[language ?? page.words.language] }, 'pages');
  });

async function savePassword(page: PageRequest): Promise<WireResponse> {
  const actor = actorOf(page);
  const newPassword = page.form.get('new') ?? '';
  const wrong = passwordProblem(page.words, newPassword, [actor.login, actor.displayName]);
  if (wrong !== undefined) return show(page, 422, { wrong: { new: wrong } });
  try {
    await perform(page, CHANGE_PASSWORD, { oldPassword: page.form.get('old') ?? '', newPassword });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 400) return show(page, 422, { wrong: { new: error.message } });
    const seconds = error.headers['Retry-After'] ?? '30';
    if (error.status === 429)
      return show(page, 429, { wrong: { old: page.words.t('sign-in.slow.next', { seconds }) } });
    if (error.status !== 403) throw error;
    return show(page, 422, { wrong: { old: page.words.t('password.wrong') } });
  }
  // Every session ended; whoever knew both passwords goes on in a new one.
  const formToken = await beginSession(page, actor.principal, page.session?.isLasting);
  return done({ ...page, formToken }, 'password');
}

const endSession = (page: PageRequest) =>
  act(page, async () => {
    await perform(page, END_SESSION, { id: textOf(page, 'id') });
    return done(page, 'session');
  });

async function endOthers(page: PageRequest): Promise<WireResponse> {
  await perform(page, END_SESSIONS, {});
  const formToken = await beginSession(page, actorOf(page).principal, page.session?.isLasting);
  return done({ ...page, formToken }, 'sessions');
}

const makeToken = (page: PageRequest) =>
  act(page, async () => {
    const name = textOf(page, 'token-name');
    if (name === '' || name.length > 100)
      return show(page, 422, { wrong: { 'token-name': page.words.t('account.token.name.bad') } });
    const isReadOnly = page.form.get('may') !== 'all';
    const made = await perform(page, CREATE_TOKEN, { name, isReadOnly });
    leaveOnce(page, 'token', made);
    return redirect(page, '/account#tokens');
  });

const revokeToken = (page: PageRequest) =>
  act(page, async () => {
    await perform(page, REVOKE_TOKEN, { id: textOf(page, 'id') });
    return redirect(page, '/account', { text: page.words.t('account.done.token') });
  });

async function exportAll(page: PageRequest): Promise<WireResponse> {
  const { raw } = EXPORT_ACCOUNT;
  if (raw === undefined) throw new Refusal(404, 'There is nothing to download.');
  const answer = await raw.answer(callOf(page), {}, page.request);
  return { ...answer, headers: { ...page.headers, ...answer.headers } };
}

const who = 'signed-in';

/** The account of the person who is signed in. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/account',
    who,
    does: ['getAccount', 'listSessions', 'listTokens'],
    run: (page) => show(page),
  },
  { method: 'POST', path: '/account', who, does: ['changeAccount'], run: saveNames },
  { method: 'POST', path: '/account/pages', who, does: ['changeAccount'], run: savePages },
  { method: 'POST', path: '/account/password', who, does: ['changePassword'], run: savePassword },
  { method: 'POST', path: '/account/sessions/end', who, does: ['endSession'], run: endSession },
  { method: 'POST', path: '/account/sessions/end-others', who, does: ['endSessions'], run: endOthers },
  { method: 'POST', path: '/account/tokens', who, does: ['createToken'], run: makeToken },
  { method: 'POST', path: '/account/tokens/revoke', who, does: ['revokeToken'], run: revokeToken },
  { method: 'GET', path: '/account/export', who, does: ['exportAccount'], run: exportAll },
];
