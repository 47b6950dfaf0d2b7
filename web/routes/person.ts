import { listSessions } from '../../models/credentials/service.ts';
import { listDevices } from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import { getPerson, listHoldings, type Person } from '../../models/principals/people.ts';
import { toPrincipalId } from '../../models/principals/service.ts';
import { limitsNow } from '../../models/server/service.ts';
import {
  BRING_BACK_PERSON,
  CHANGE_PERSON,
  DISABLE_PERSON,
  ENABLE_PERSON,
  EXPORT_PERSON,
  INVITE_PERSON,
  REMOVE_PERSON,
  SIGN_OUT_PERSON,
} from '../../protocols/api/routes/people.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { emailProblem, nameProblem, textOf } from '../fields.ts';
import { leaveOnce } from '../once.ts';
import { PERSON_TABS, type PersonData, PersonPage } from '../pages/person.tsx';
import { type ConfirmData, ExportPersonPage, RemovePersonPage, RolePage } from '../pages/person-confirm.tsx';
import { callOf, contextOf, html, perform, redirect } from '../render.ts';
import { actorOf, beginSession, requireProof } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

const GB = 1e9;
const personOf = (page: PageRequest): Promise<Person> =>
  getPerson(page.site.app, actorOf(page), toPrincipalId(page.params['id'] ?? ''));
const pathOf = (person: Pick<Person, 'id'>, end = '') =>
  `/admin/people/${encodeURIComponent(person.id)}${end}`;

async function show(page: PageRequest, status = 200, more: Partial<PersonData> = {}): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const person = await personOf(page);
  const asked = page.request.query.get('tab');
  const isHere = person.state !== 'removed';
  const data: PersonData = {
    person,
    tab: PERSON_TABS.find((tab) => tab === asked) ?? 'devices',
    devices: isHere ? await listDevices(app, actor, person.id) : [],
    holdings: await listHoldings(app, actor, person.id),
    sessions: (await listSessions(app, actor, person.id)).length,
    trashDays: (await limitsNow(app)).trashDays,
    isSelf: actor.principal === person.id,
    wrong: {},
    refused: null,
    values: {
      name: person.displayName,
      email: person.email ?? '',
      quota: person.quotaBytes === null ? '' : String(person.quotaBytes / GB),
    },
    ...more,
  };
  return html(page, status, PersonPage({ ctx: contextOf(page), data }));
}

/** Does something to a person; what is refused for a reason stands on the person's page. */
async function act(
  page: PageRequest,
  work: (person: Person) => Promise<WireResponse>,
): Promise<WireResponse> {
  const person = await personOf(page);
  try {
    return await work(person);
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 409)) throw error;
    return show(page, error.status, { tab: 'access', refused: error.message });
  }
}

const said = (page: PageRequest, key: 'disabled' | 'enabled' | 'signed-out' | 'back', person: Person) =>
  page.words.t(`person.done.${key}`, { name: person.displayName });

const disable = (page: PageRequest) =>
  act(page, async (person) => {
    await perform(page, DISABLE_PERSON, { id: person.id });
    const undo = { action: pathOf(person, '/enable'), fields: {} };
    return redirect(page, pathOf(person, '?tab=access'), { text: said(page, 'disabled', person), undo });
  });

const enable = (page: PageRequest) =>
  act(page, async (person) => {
    await perform(page, ENABLE_PERSON, { id: person.id });
    return redirect(page, pathOf(person, '?tab=access'), { text: said(page, 'enabled', person) });
  });

const signOut = (page: PageRequest) =>
  act(page, async (person) => {
    await perform(page, SIGN_OUT_PERSON, { id: person.id });
    const isSelf = person.id === actorOf(page).principal;
    return redirect(page, isSelf ? '/sign-in?out' : pathOf(person, '?tab=access'), {
      text: said(page, 'signed-out', person),
    });
  });

const bringBack = (page: PageRequest) =>
  act(page, async (person) => {
    await perform(page, BRING_BACK_PERSON, { id: person.id });
    return redirect(page, pathOf(person), { text: said(page, 'back', person) });
  });

const invite = (page: PageRequest) =>
  act(page, async (person) => {
    const made = await perform(page, INVITE_PERSON, { id: person.id });
    leaveOnce(page, 'invite', { id: person.id, ...made });
    return redirect(page, pathOf(person, '/invite'));
  });

const names = (page: PageRequest) =>
  act(page, async (person) => {
    const values = { name: textOf(page, 'name'), email: textOf(page, 'email'), quota: '' };
    const name = nameProblem(page.words, values.name);
    const email = emailProblem(page.words, values.email);
    if (name !== undefined || email !== undefined) {
      const wrong = { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) };
      return show(page, 422, { tab: 'access', values, wrong });
    }
    const change = { name: values.name, email: values.email === '' ? null : values.email };
    await perform(page, CHANGE_PERSON, { id: person.id, ...change });
    return redirect(page, pathOf(person, '?tab=access'), {
      text: page.words.t('person.done.changed', { name: values.name }),
    });
  });

/** Gigabytes as typed, with a comma or a point; null for an empty field, undefined for what is no number. */
function readQuota(typed: string): number | null | undefined {
  if (typed === '') return null;
  const value = /^\d{1,7}([.,]\d{1,6})?$/.test(typed) ? Number(typed.replace(',', '.')) * GB : Number.NaN;
  return value >= 1024 ? Math.round(value) : undefined;
}

const limits = (page: PageRequest) =>
  act(page, async (person) => {
    const typed = textOf(page, 'quota');
    const quotaBytes = readQuota(typed);
    if (quotaBytes === undefined) {
      const values = { name: person.displayName, email: person.email ?? '', quota: typed };
      return show(page, 422, { tab: 'limits', values, wrong: { quota: page.words.t('person.quota.bad') } });
    }
    await perform(page, CHANGE_PERSON, { id: person.id, quotaBytes });
    const text = page.words.t('person.done.limits', { name: person.displayName });
    return redirect(page, pathOf(person, '?tab=limits'), { text });
  });

async function confirmData(page: PageRequest, more: Partial<ConfirmData> = {}): Promise<ConfirmData> {
  const { app } = page.site;
  const person = await personOf(page);
  return {
    person,
    holdings: await listHoldings(app, actorOf(page), person.id),
    trashDays: (await limitsNow(app)).trashDays,
    wrong: undefined,
    refused: null,
    ...more,
  };
}

type Confirm = (props: {
  ctx: ReturnType<typeof contextOf>;
  data: ConfirmData;
}) => ReturnType<typeof RolePage>;

async function confirmPage(
  page: PageRequest,
  Page: Confirm,
  status = 200,
  more: Partial<ConfirmData> = {},
): Promise<WireResponse> {
  return html(page, status, Page({ ctx: contextOf(page), data: await confirmData(page, more) }));
}

/** Does what needs the password; a wrong one or another refusal is said on the page that asked. */
async function withPassword(
  page: PageRequest,
  Page: Confirm,
  work: (password: string) => Promise<WireResponse>,
): Promise<WireResponse> {
  try {
    return await work(page.form.get('password') ?? '');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { t } = page.words;
    if (error.status === 403) return confirmPage(page, Page, 422, { wrong: t('password.wrong') });
    if (error.status === 429) {
      const seconds = error.headers['Retry-After'] ?? '30';
      return confirmPage(page, Page, 429, { wrong: t('sign-in.slow.next', { seconds }) });
    }
    if (error.status !== 409) throw error;
    return confirmPage(page, Page, 409, { refused: error.message });
  }
}

const remove = (page: PageRequest) =>
  withPassword(page, RemovePersonPage, async (password) => {
    const person = await personOf(page);
    await perform(page, REMOVE_PERSON, { id: person.id, password });
    const text = page.words.t('person.done.removed', { name: person.displayName });
    const undo = { action: pathOf(person, '/bring-back'), fields: {} };
    return redirect(page, '/admin/people', { text, undo });
  });

const exportData = (page: PageRequest) =>
  withPassword(page, ExportPersonPage, async (password) => {
    const id = page.params['id'] ?? '';
    const { raw } = EXPORT_PERSON;
    if (raw === undefined) throw new Refusal(404, 'There is nothing to download.');
    const answer = await raw.answer(callOf(page), { id, password }, page.request);
    return { ...answer, headers: { ...page.headers, ...answer.headers } };
  });

async function changeRole(page: PageRequest): Promise<WireResponse> {
  const person = await personOf(page);
  const proof = requireProof(page, pathOf(person, '/role'));
  if (proof !== null) return proof;
  const isAdministrator = page.form.get('role') === 'administrator';
  try {
    await perform(page, CHANGE_PERSON, { id: person.id, isAdministrator });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    return confirmPage(page, RolePage, 409, { refused: error.message });
  }
  const isSelf = actorOf(page).principal === person.id;
  if (isSelf) {
    await beginSession(page, person.id, page.session?.isLasting);
    return redirect(page, '/');
  }
  const key = isAdministrator ? 'person.done.role.given' : 'person.done.role.taken';
  return redirect(page, pathOf(person, '?tab=access'), {
    text: page.words.t(key, { name: person.displayName }),
  });
}

const who = 'administrator';
const P = '/admin/people/:id';

/** One person: pages and what can be done. */
export const PERSON_ROUTES: readonly Route[] = [
  { method: 'GET', path: P, who, does: ['getPerson'], run: (page) => show(page) },
  { method: 'POST', path: `${P}/invite`, who, does: ['invitePerson'], run: invite },
  { method: 'POST', path: `${P}/sign-out`, who, does: ['signOutPerson'], run: signOut },
  { method: 'POST', path: `${P}/disable`, who, does: ['disablePerson'], run: disable },
  { method: 'POST', path: `${P}/enable`, who, does: ['enablePerson'], run: enable },
  { method: 'POST', path: `${P}/names`, who, does: ['changePerson'], run: names },
  { method: 'POST', path: `${P}/limits`, who, does: ['changePerson'], run: limits },
  {
    method: 'GET',
    path: `${P}/role`,
    who,
    run: async (page) => requireProof(page) ?? confirmPage(page, RolePage),
  },
  { method: 'POST', path: `${P}/role`, who, does: ['changePerson'], run: changeRole },
  { method: 'GET', path: `${P}/export`, who, run: (page) => confirmPage(page, ExportPersonPage) },
  { method: 'POST', path: `${P}/export`, who, does: ['exportPerson'], run: exportData },
  { method: 'GET', path: `${P}/remove`, who, run: (page) => confirmPage(page, RemovePersonPage) },
  { method: 'POST', path: `${P}/remove`, who, does: ['removePerson'], run: remove },
  { method: 'POST', path: `${P}/bring-back`, who, does: ['bringBackPerson'], run: bringBack },
];
