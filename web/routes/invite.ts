import { type InviteState, readInvite, useInvite } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { passwordProblem } from '../fields.ts';
import { InviteLinkPage, InvitePage } from '../pages/invite.tsx';
import { contextOf, html, redirect } from '../render.ts';
import { beginSession } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

const LINK_STATUS = { unknown: 404, over: 410, used: 410 } as const;

function show(page: PageRequest, invite: InviteState, wrong?: string): WireResponse {
  const ctx = contextOf(page);
  if (invite.kind !== 'open')
    return html(page, LINK_STATUS[invite.kind], InviteLinkPage({ ctx, state: invite.kind }));
  const data = {
    token: page.params['token'] ?? '',
    name: invite.displayName,
    login: invite.login,
    server: page.server.name,
    wrong,
  };
  return html(page, wrong === undefined ? 200 : 422, InvitePage({ ctx, data }));
}

async function accept(page: PageRequest): Promise<WireResponse> {
  const token = page.params['token'] ?? '';
  const password = page.form.get('password') ?? '';
  const invite = await readInvite(page.site.app, token);
  if (invite.kind !== 'open') return show(page, invite);
  const wrong = passwordProblem(page.words, password, [invite.login, invite.displayName]);
  if (wrong !== undefined) return show(page, invite, wrong);
  try {
    await beginSession(page, await useInvite(page.site.app, token, password));
    return redirect(page, '/connect');
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
    return show(page, await readInvite(page.site.app, token));
  }
}

/** The link by which an invited person chooses a password. */
export const INVITE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/invite/:token',
    who: 'anyone',
    run: async (page) => show(page, await readInvite(page.site.app, page.params['token'] ?? '')),
  },
  { method: 'POST', path: '/invite/:token', who: 'anyone', run: accept },
];
