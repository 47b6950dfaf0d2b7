import { Refusal } from '../../models/errors.ts';
import {
  type AppRequest,
  allowAppRequest,
  readAppRequest,
  refuseAppRequest,
} from '../../models/onboarding/service.ts';
import type { Actor } from '../../models/types.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { APPROVE_WHAT, type ApproveData, ApprovePage } from '../pages/approve.tsx';
import { ASK_MODEL, modelOf, platformOf } from '../platform.ts';
import { contextOf, html, redirect } from '../render.ts';
import type { PageRequest, Route } from '../site.ts';
import { firstName, labelOf } from './code.ts';

const flowOf = (page: PageRequest) => page.params['flow'] ?? '';

/** The app at this address; null when none asks there. */
async function requestOf(page: PageRequest): Promise<AppRequest | null> {
  try {
    return await readAppRequest(page.site.app, flowOf(page));
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

const STATUS: Readonly<Record<ApproveData['state'], number>> = {
  waiting: 200,
  allowed: 200,
  refused: 200,
  over: 410,
  unknown: 404,
};

function show(
  page: PageRequest,
  status: number,
  request: AppRequest | null,
  chosen: Pick<ApproveData, 'what' | 'isReadOnly' | 'refused'>,
): WireResponse {
  const actor = page.session?.actor ?? null;
  const person = request?.person ?? actor;
  const data: ApproveData = {
    ...chosen,
    flow: flowOf(page),
    state: request?.state ?? 'unknown',
    app: request?.client ?? '',
    device: modelOf(page.request),
    name: person === null ? '' : firstName(person),
    login: request?.hasCode === true ? null : (actor?.login ?? null),
    label: request?.label ?? null,
  };
  Object.assign(page.headers, ASK_MODEL);
  return html(page, status, ApprovePage({ ctx: contextOf(page), data }));
}

/** Sign-in first, unless the app brought a code of somebody, or there is nothing to answer. */
const mustSignIn = (page: PageRequest, request: AppRequest | null) =>
  request?.state === 'waiting' && !request.hasCode && page.session === null;

const toSignIn = (page: PageRequest) =>
  redirect(page, `/sign-in?next=${encodeURIComponent(`/login/approve/${flowOf(page)}`)}`);

async function look(page: PageRequest): Promise<WireResponse> {
  const request = await requestOf(page);
  if (mustSignIn(page, request)) return toSignIn(page);
  const fresh = { what: 'both', isReadOnly: false, refused: null } as const;
  return show(page, STATUS[request?.state ?? 'unknown'], request, fresh);
}

/** What the device is called: by its model where that is known, else by its app. */
function labelFor(page: PageRequest, request: AppRequest): string {
  const { words } = page;
  const person = request.person ?? page.session?.actor ?? null;
  const name = person === null ? '' : firstName(person);
  const isAndroid = platformOf(page.request) === 'android';
  const app = request.client === '' ? words.t('approve.app') : request.client;
  const what = modelOf(page.request) ?? (isAndroid ? words.t('connect.what.android') : app);
  return labelOf(words, name, what);
}

async function answer(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const request = await requestOf(page);
  if (request === null) return look(page);
  if (mustSignIn(page, request)) return toSignIn(page);
  const actor: Actor = page.session?.actor ?? { kind: 'anonymous' };
  const what = APPROVE_WHAT.find((each) => each === page.form.get('what')) ?? 'both';
  const isReadOnly = page.form.has('readonly');
  const scope = { calendars: what !== 'contacts', contacts: what !== 'calendars', readOnly: isReadOnly };
  try {
    if (page.form.get('answer') === 'allow')
      await allowAppRequest(app, actor, flowOf(page), { label: labelFor(page, request), scope });
    else await refuseAppRequest(app, actor, flowOf(page));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    const now = await requestOf(page);
    return show(page, 409, now, { what, isReadOnly, refused: error.message });
  }
  return redirect(page, `/login/approve/${flowOf(page)}`);
}

/** Apps that ask to be let in, by the address that they open. */
export const APPROVE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/login/approve/:flow', who: 'anyone', run: look },
  {
    method: 'POST',
    path: '/login/approve/:flow',
    who: 'anyone',
    does: ['allowApp', 'refuseApp'],
    run: answer,
  },
];
