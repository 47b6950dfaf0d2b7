import { isSetUp, isSetupOpen, useSetupInvitation } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import { freeLogin } from '../../models/principals/people.ts';
import { changeServerSettings, checkedAddress } from '../../models/server/service.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf, httpsState } from '../address.ts';
import { emailProblem, loginProblem, nameProblem, passwordProblem, textOf } from '../fields.ts';
import { HttpsPage, type SetupData, SetupLinkPage, SetupPage } from '../pages/setup.tsx';
import { contextOf, html, redirect } from '../render.ts';
import { beginSession } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

type Values = SetupData['values'];
type Wrong = SetupData['wrong'];

/** The address as typed, in the form in which it is kept; null where it is what the page says by itself. */
function chosenAddress(page: PageRequest, typed: string): string | null {
  if (page.site.origin !== null || typed === '' || typed === addressOf(page)) return null;
  const { base } = page.site;
  return checkedAddress(base !== '' && typed.endsWith(base) ? typed.slice(0, -base.length) : typed);
}

function addressProblem(page: PageRequest, typed: string): string | undefined {
  try {
    chosenAddress(page, typed);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return page.words.t('setup.address.bad');
    throw error;
  }
}

function problems(page: PageRequest, values: Values, password: string): Wrong {
  const { words } = page;
  const found: Record<keyof Wrong, string | undefined> = {
    name: nameProblem(words, values.name),
    login: loginProblem(words, values.login),
    email: emailProblem(words, values.email),
    address: addressProblem(page, values.address),
    password: passwordProblem(words, password, [values.login, values.name, values.email]),
  };
  if (found.password === undefined && Object.values(found).some((text) => text !== undefined))
    found.password = words.t('password.again');
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined));
}

function show(page: PageRequest, status: number, token: string, data: Partial<SetupData>): WireResponse {
  const address = addressOf(page);
  const whole = {
    token,
    values: { name: '', login: '', email: '', address },
    refused: null,
    wrong: {},
    place: page.site.place,
    address,
    isAddressFixed: page.site.origin !== null,
    https: httpsState(page),
    ...data,
  };
  return html(page, status, SetupPage({ ctx: contextOf(page), data: whole }));
}

/** The page for a link that cannot be used; null while it can. */
async function closed(page: PageRequest, token: string): Promise<WireResponse | null> {
  const isWhole = /^[A-Za-z0-9_-]{43}$/.test(token);
  if (isWhole && (await isSetupOpen(page.site.app, token))) return null;
  const ctx = contextOf(page);
  if (!isWhole) return html(page, 404, SetupLinkPage({ ctx, state: 'unknown' }));
  const isDone = await isSetUp(page.site.app);
  return html(page, 410, SetupLinkPage({ ctx, state: isDone ? 'done' : 'over' }));
}

async function submit(page: PageRequest): Promise<WireResponse> {
  const token = page.form.get('token') ?? '';
  const over = await closed(page, token);
  if (over !== null) return over;
  const text = (name: string) => textOf(page, name);
  const values = { name: text('name'), login: text('login'), email: text('email'), address: text('address') };
  const password = page.form.get('password') ?? '';
  const wrong = problems(page, values, password);
  if (Object.keys(wrong).length > 0) return show(page, 422, token, { values, wrong });
  const { app } = page.site;
  try {
    const { id } = await useSetupInvitation(app, token, {
      login: values.login === '' ? await freeLogin(app, values.name) : values.login,
      displayName: values.name,
      password,
      email: values.email === '' ? null : values.email,
    });
    const address = chosenAddress(page, values.address);
    if (address !== null) await changeServerSettings(app, { kind: 'system' }, { address });
    await beginSession(page, id);
    return redirect(page, '/connect');
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 409)) throw error;
    return show(page, 422, token, { values, refused: error.message });
  }
}

/** The first administrator, by the link that is printed at the start. */
export const SETUP_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/setup',
    who: 'anyone',
    async run(page) {
      const token = page.request.query.get('token') ?? '';
      return (await closed(page, token)) ?? show(page, 200, token, {});
    },
  },
  { method: 'POST', path: '/setup', who: 'anyone', run: submit },
  {
    method: 'GET',
    path: '/setup/https',
    who: 'anyone',
    async run(page) {
      const { hostname } = new URL(addressOf(page));
      const isName = /[a-z]/i.test(hostname) && hostname !== 'localhost' && !hostname.includes(':');
      const host = isName ? hostname : 'dav.example.org';
      return html(page, 200, HttpsPage({ ctx: contextOf(page), host }));
    },
  },
];
