import { isSetupOpen, useSetupInvitation } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf, httpsState } from '../address.ts';
import { type SetupData, SetupLinkPage, SetupPage } from '../pages/setup.tsx';
import { judgePassword } from '../../models/credentials/strength.ts';
import { contextOf, html, redirect } from '../render.ts';
import { beginSession } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

type Input = SetupData['values'] & { readonly password: string };

function readInput(form: URLSearchParams): Input {
  const field = (name: string) => (form.get(name) ?? '').trim();
  return {
    name: field('name'),
    login: field('login'),
    email: field('email'),
    password: form.get('password') ?? '',
  };
}

function problems(page: PageRequest, input: Input): SetupData['wrong'] {
  const { t } = page.words;
  const wrong: Partial<Record<'name' | 'login' | 'email' | 'password', string>> = {};
  if (input.name === '') wrong.name = t('field.needed');
  else if (input.name.length > 200) wrong.name = t('name.long');
  if (input.login === '') wrong.login = t('field.needed');
  else if (input.login.length > 128 || /[:/\u0000-\u001f\u007f]/.test(input.login))
    wrong.login = t('login.bad');
  if (input.email !== '' && !/^[^\s@<>]{1,64}@[^\s@<>]{1,190}$/.test(input.email))
    wrong.email = t('email.bad');
  const verdict = judgePassword(input.password, [input.login, input.name, input.email]);
  if (verdict === 'short') wrong.password = t('password.short', { count: [...input.password].length });
  else if (verdict !== 'fine') wrong.password = t(`password.${verdict}`);
  else if (Object.keys(wrong).length > 0) wrong.password = t('password.again');
  return wrong;
}

function show(page: PageRequest, status: number, token: string, data: Partial<SetupData>): WireResponse {
  const whole = {
    token,
    values: { name: '', login: '', email: '' },
    refused: null,
    wrong: {},
    place: page.site.place,
    address: addressOf(page),
    https: httpsState(page),
    ...data,
  };
  return html(page, status, SetupPage({ ctx: contextOf(page), data: whole }));
}

/** The page for a link that cannot be used; null while it can. */
async function closed(page: PageRequest, token: string): Promise<WireResponse | null> {
  const isWhole = /^[A-Za-z0-9_-]{43}$/.test(token);
  if (isWhole && (await isSetupOpen(page.site.app, token))) return null;
  const state = isWhole ? 'over' : 'unknown';
  return html(page, isWhole ? 410 : 404, SetupLinkPage({ ctx: contextOf(page), state }));
}

async function submit(page: PageRequest): Promise<WireResponse> {
  const token = page.form.get('token') ?? '';
  const over = await closed(page, token);
  if (over !== null) return over;
  const { password, ...values } = readInput(page.form);
  const wrong = problems(page, { ...values, password });
  if (Object.keys(wrong).length > 0) return show(page, 422, token, { values, wrong });
  try {
    const { id } = await useSetupInvitation(page.site.app, token, {
      login: values.login,
      displayName: values.name,
      password,
      email: values.email === '' ? null : values.email,
    });
    await beginSession(page, id);
    return redirect(page, '/?new');
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
];
