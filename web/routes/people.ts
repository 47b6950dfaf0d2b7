import { Refusal } from '../../models/errors.ts';
import type { PlannedPerson } from '../../models/principals/csv.ts';
import { planPeople } from '../../models/principals/csv.ts';
import {
  countPeopleByState,
  getPerson,
  listPeople,
  type PeopleState,
} from '../../models/principals/people.ts';
import { toPrincipalId } from '../../models/principals/service.ts';
import { ADD_PERSON, IMPORT_PEOPLE } from '../../protocols/api/routes/people.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { emailProblem, loginProblem, nameProblem, textOf } from '../fields.ts';
import { leaveOnce, readOnce } from '../once.ts';
import { PeoplePage, peopleHref } from '../pages/people.tsx';
import { PeopleAddedPage, PeopleImportPage, PeopleReviewPage } from '../pages/people-import.tsx';
import { type AddPersonData, AddPersonPage, PersonInvitePage } from '../pages/person-add.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import { ACCOUNT_ROUTES } from './account.ts';
import { INVITE_ROUTES } from './invite.ts';
import { PERSON_ROUTES } from './person.ts';
import { SETTINGS_ROUTES } from './settings.ts';

const STATES: readonly PeopleState[] = ['present', 'active', 'invited', 'disabled', 'silent', 'removed'];

async function people(page: PageRequest): Promise<WireResponse> {
  const { query } = page.request;
  const { app } = page.site;
  const actor = actorOf(page);
  const search = (query.get('search') ?? '').trim().slice(0, 200);
  const state = STATES.find((known) => known === query.get('state')) ?? 'present';
  const cursor = query.get('cursor');
  const found = await listPeople(app, actor, { search, state, ...(cursor === null ? {} : { cursor }) });
  const data = {
    items: found.items,
    counts: await countPeopleByState(app, actor),
    search,
    state,
    previous: cursor === null ? null : peopleHref(search, state),
    next: found.next === null ? null : peopleHref(search, state, found.next),
  };
  return html(page, 200, PeoplePage({ ctx: contextOf(page), data }));
}

function showAdd(page: PageRequest, status: number, data: Partial<AddPersonData>): WireResponse {
  const whole = { values: { name: '', login: '', email: '' }, wrong: {}, refused: null, ...data };
  return html(page, status, AddPersonPage({ ctx: contextOf(page), data: whole }));
}

/** Keeps a new link for the page that shows it. */
export function leaveInvite(page: PageRequest, id: string, invite: { link: string; expires: string }): void {
  leaveOnce(page, 'invite', { id, ...invite });
}

async function add(page: PageRequest): Promise<WireResponse> {
  const values = { name: textOf(page, 'name'), login: textOf(page, 'login'), email: textOf(page, 'email') };
  const found = {
    name: nameProblem(page.words, values.name),
    login: loginProblem(page.words, values.login),
    email: emailProblem(page.words, values.email),
  };
  const wrong = Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined));
  if (Object.keys(wrong).length > 0) return showAdd(page, 422, { values, wrong });
  try {
    const { id, invite } = await perform(page, ADD_PERSON, {
      name: values.name,
      ...(values.login === '' ? {} : { login: values.login }),
      email: values.email === '' ? null : values.email,
    });
    leaveInvite(page, id, invite);
    return redirect(page, `/admin/people/${encodeURIComponent(id)}/invite`);
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 409)) throw error;
    const isTaken = error.status === 409;
    const login = page.words.t('people.login.taken', { login: values.login });
    return showAdd(page, 422, { values, ...(isTaken ? { wrong: { login } } : { refused: error.message }) });
  }
}

async function invite(page: PageRequest): Promise<WireResponse> {
  const id = toPrincipalId(page.params['id'] ?? '');
  const person = await getPerson(page.site.app, actorOf(page), id);
  const left = readOnce(page, 'invite');
  const isHis = left !== null && left['id'] === person.id;
  const data = {
    id: person.id,
    name: person.displayName,
    login: person.login,
    server: page.server.name,
    link: isHis ? (left['link'] ?? null) : null,
    expiresUtc: isHis ? Math.floor(Date.parse(left['expires'] ?? '') / 1000) : null,
  };
  return html(page, 200, PersonInvitePage({ ctx: contextOf(page), data }));
}

function importForm(page: PageRequest, refused: string | null): WireResponse {
  const status = refused === null ? 200 : 422;
  return html(page, status, PeopleImportPage({ ctx: contextOf(page), refused }));
}

async function review(page: PageRequest): Promise<WireResponse> {
  const file = page.files.get('file');
  if (file === undefined) return importForm(page, page.words.t('people.import.empty'));
  const csv = Buffer.from(file.bytes).toString('utf8').replaceAll('\0', '');
  try {
    const rows: readonly PlannedPerson[] = await planPeople(page.site.app, actorOf(page), csv);
    return html(page, 200, PeopleReviewPage({ ctx: contextOf(page), data: { rows, csv } }));
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 413)) throw error;
    return importForm(page, error.message);
  }
}

/** A cell that no spreadsheet takes for a formula, quoted. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

async function runImport(page: PageRequest): Promise<WireResponse> {
  const csv = page.form.getAll('csv').join('');
  const { added } = await perform(page, IMPORT_PEOPLE, { csv });
  const lines = added.map(({ name, login, link, expires }) =>
    [name, login, link, expires].map(cell).join(','),
  );
  const list = `${['name,login,link,expires', ...lines].join('\r\n')}\r\n`;
  return html(page, 200, PeopleAddedPage({ ctx: contextOf(page), data: { added, list } }));
}

/** The list the page before showed, as a file; links are not kept, so the page brings it along. */
async function download(page: PageRequest): Promise<WireResponse> {
  return {
    status: 200,
    headers: {
      ...page.headers,
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': 'attachment; filename="invites.csv"',
      'Cache-Control': 'no-store',
    },
    body: page.form.getAll('list').join(''),
  };
}

const who = 'administrator';

/** Pages of this part. */
export const PEOPLE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/admin/people', who, does: ['listPeople', 'countPeople'], run: people },
  {
    method: 'GET',
    path: '/admin/people/add',
    who,
    run: async (page) => {
      const name = (page.request.query.get('name') ?? '').slice(0, 200);
      return showAdd(page, 200, { values: { name, login: '', email: '' } });
    },
  },
  { method: 'POST', path: '/admin/people/add', who, does: ['addPerson'], run: add },
  { method: 'GET', path: '/admin/people/import', who, run: async (page) => importForm(page, null) },
  { method: 'POST', path: '/admin/people/import/check', who, does: ['checkPeople'], run: review },
  { method: 'POST', path: '/admin/people/import', who, does: ['importPeople'], run: runImport },
  { method: 'POST', path: '/admin/people/import/list', who, does: ['importPeople'], run: download },
  { method: 'GET', path: '/admin/people/:id/invite', who, run: invite },
  ...PERSON_ROUTES,
  ...SETTINGS_ROUTES,
  ...ACCOUNT_ROUTES,
  ...INVITE_ROUTES,
];
