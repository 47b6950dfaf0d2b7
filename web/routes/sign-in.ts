import { audit } from '../../models/audit/service.ts';
import { Refusal } from '../../models/errors.ts';
import { loginMeant } from '../../models/principals/service.ts';
import type { Actor, UserActor } from '../../models/types.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { type ProofData, ProofPage, type SignInData, SignInPage } from '../pages/sign-in.tsx';
import { contextOf, html, redirect } from '../render.ts';
import { actorOf, beginSession, finishSession, noteProof } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

/** A path of this server and nothing else, so that sign-in cannot be used to send somebody elsewhere. */
function safeNext(text: string | null): string {
  return text !== null && /^\/(?![/\\])[\w/~.%@+-]*(\?[\w=&~.%+:@/-]*)?$/.test(text) ? text : '/';
}

function show(page: PageRequest, status: number, data: SignInData): WireResponse {
  return html(page, status, SignInPage({ ctx: contextOf(page), data }));
}

type Failure =
  | { readonly kind: 'wrong' | 'busy' | 'disabled' }
  | { readonly kind: 'slow'; readonly seconds: number };

/** Who signed in, or the state the page shows instead. */
async function tried(page: PageRequest, login: string, password: string): Promise<UserActor | Failure> {
  try {
    const actor = await page.site.person(login, password, page.request.remoteAddress);
    return actor ?? { kind: 'wrong' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 403) return { kind: 'disabled' };
    if (error.status === 429) return { kind: 'slow', seconds: Number(error.headers['Retry-After'] ?? 30) };
    if (error.status === 503) return { kind: 'busy' };
    throw error;
  }
}

/** Writes a sign-in down; what was typed as a name may be a password, so of a refused one only names that exist are kept. */
function noted(page: PageRequest, actor: Actor, action: string, verdict: 'ok' | 'refused', login: string) {
  const { remoteAddress } = page.request;
  return audit(page.site.app, actor, { action, verdict, remoteAddress, about: { login } });
}

const STATUS: Readonly<Record<SignInData['state']['kind'], number>> = {
  fresh: 200,
  first: 200,
  out: 200,
  wrong: 401,
  disabled: 403,
  slow: 429,
  busy: 503,
};

async function signIn(page: PageRequest): Promise<WireResponse> {
  const typed = (page.form.get('login') ?? '').trim().slice(0, 200);
  const next = safeNext(page.form.get('next'));
  const isLasting = page.form.has('device');
  const login = await loginMeant(page.site.app.db, typed);
  const result = await tried(page, login, page.form.get('password') ?? '');
  if (result.kind !== 'user') {
    if (result.kind !== 'busy') await noted(page, { kind: 'anonymous' }, 'session.refused', 'refused', login);
    return show(page, STATUS[result.kind], { state: result, login: typed, next, isLasting });
  }
  await beginSession(page, result.principal, isLasting);
  await noted(page, { ...result, via: 'session' }, 'session.begin', 'ok', result.login);
  return redirect(page, next);
}

const PROOF_STATUS = { fresh: 200, wrong: 401, slow: 429, busy: 503 } as const;

function askAgain(page: PageRequest, state: ProofData['state'], next: string): WireResponse {
  return html(page, PROOF_STATUS[state.kind], ProofPage({ ctx: contextOf(page), data: { state, next } }));
}

async function proveAgain(page: PageRequest): Promise<WireResponse> {
  const actor = actorOf(page);
  const next = safeNext(page.form.get('next'));
  const result = await tried(page, actor.login, page.form.get('password') ?? '');
  if (result.kind === 'user' && result.principal === actor.principal) {
    await noteProof(page);
    return redirect(page, next);
  }
  const isPause = result.kind === 'slow' || result.kind === 'busy';
  if (!isPause) await noted(page, actor, 'session.proof', 'refused', actor.login);
  return askAgain(page, result.kind === 'slow' ? result : { kind: isPause ? 'busy' : 'wrong' }, next);
}

/** Sign in and out. */
export const SIGN_IN_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/sign-in',
    who: 'anyone',
    async run(page) {
      const { query } = page.request;
      const next = safeNext(query.get('next'));
      if (page.session !== null) return redirect(page, next);
      const kind = query.has('out') ? 'out' : query.has('next') ? 'first' : 'fresh';
      return show(page, 200, { state: { kind }, login: '', next, isLasting: false });
    },
  },
  { method: 'POST', path: '/sign-in', who: 'anyone', run: signIn },
  {
    method: 'GET',
    path: '/sign-in/again',
    who: 'signed-in',
    run: async (page) => askAgain(page, { kind: 'fresh' }, safeNext(page.request.query.get('next'))),
  },
  { method: 'POST', path: '/sign-in/again', who: 'signed-in', run: proveAgain },
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
