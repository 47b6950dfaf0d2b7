import { Refusal } from '../../models/errors.ts';
import type { UserActor } from '../../models/types.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { type SignInData, SignInPage } from '../pages/sign-in.tsx';
import { contextOf, html, redirect } from '../render.ts';
import { beginSession, finishSession } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

/** A path of this server and nothing else, so that sign-in cannot be used to send somebody elsewhere. */
function safeNext(text: string | null): string {
  return text !== null && /^\/(?![/\\])[\w/~.-]*$/.test(text) ? text : '/';
}

function show(page: PageRequest, status: number, data: SignInData): WireResponse {
  return html(page, status, SignInPage({ ctx: contextOf(page), data }));
}

/** Who signed in, or the state the page shows instead. */
async function tried(page: PageRequest, login: string): Promise<UserActor | SignInData['state']> {
  const password = page.form.get('password') ?? '';
  try {
    const actor = await page.site.person(login, password, page.request.remoteAddress);
    return actor ?? { kind: 'wrong' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 429) return { kind: 'slow', seconds: Number(error.headers['Retry-After'] ?? 30) };
    if (error.status === 503) return { kind: 'busy' };
    throw error;
  }
}

const STATUS: Readonly<Record<SignInData['state']['kind'], number>> = {
  fresh: 200,
  first: 200,
  out: 200,
  wrong: 401,
  slow: 429,
  busy: 503,
};

async function signIn(page: PageRequest): Promise<WireResponse> {
  const login = (page.form.get('login') ?? '').trim().slice(0, 200);
  const next = safeNext(page.form.get('next'));
  const result = await tried(page, login);
  if (result.kind !== 'user') {
    return show(page, STATUS[result.kind], { state: result, login, next });
  }
  await beginSession(page, result.principal);
  return redirect(page, next);
}

/** Sign in and out. */
export const SIGN_IN_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/sign-in',
    who: 'anyone',
    async run(page) {
      if (page.session !== null) return redirect(page, '/');
      const { query } = page.request;
      const kind = query.has('out') ? 'out' : query.has('next') ? 'first' : 'fresh';
      return show(page, 200, { state: { kind }, login: '', next: safeNext(query.get('next')) });
    },
  },
  { method: 'POST', path: '/sign-in', who: 'anyone', run: signIn },
  {
    method: 'POST',
    path: '/sign-out',
    who: 'signed-in',
    async run(page) {
      await finishSession(page);
      return redirect(page, '/sign-in?out');
    },
  },
];
