import Type, { type Static } from 'typebox';
import { createInvite, revokeSessions } from '../../../models/credentials/service.ts';
import { Refusal } from '../../../models/errors.ts';
import { exportPerson } from '../../../models/exports/service.ts';
import { addPeople, planPeople } from '../../../models/principals/csv.ts';
import {
  countPeopleByState,
  freeLogin,
  getPerson,
  listHoldings,
  listPeople,
  type Person,
} from '../../../models/principals/people.ts';
import {
  bringBackUser,
  createUser,
  patchUser,
  removeUser,
  setDisabled,
  toPrincipalId,
} from '../../../models/principals/service.ts';
import type { WireResponse } from '../../wire.ts';
import { type ApiCall, type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, TimeOrNull, time, timeOrNull } from '../shapes.ts';
import { ACCOUNT_OPERATIONS } from './account.ts';
import { SETTINGS_OPERATIONS } from './settings.ts';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Name = Type.String({ maxLength: 255 });
const Email = Type.Union([Type.String({ maxLength: 254 }), Type.Null()]);
const Csv = Type.String({
  maxLength: 1024 * 1024,
  description: 'Rows of name, login and email below a line with these names; only name is needed.',
});
const Password = Type.String({ maxLength: 4096, description: 'Of the account that asks, once more.' });
const JustId = Type.Object({ id: Id });
const State = Type.Union([
  Type.Literal('active'),
  Type.Literal('invited'),
  Type.Literal('disabled'),
  Type.Literal('removed'),
]);

const PersonShape = Type.Object({
  id: Id,
  login: Type.String(),
  name: Type.String(),
  email: TextOrNull,
  isAdministrator: Type.Boolean(),
  state: State,
  created: Time,
  removed: TimeOrNull,
  inviteExpires: TimeOrNull,
  usedBytes: Type.Integer(),
  allowedBytes: Type.Integer(),
  quotaBytes: Type.Union([Type.Integer(), Type.Null()]),
  devices: Type.Integer(),
  lastSync: TimeOrNull,
  worstDevice: TextOrNull,
});

/** A person in the shape of the API. */
export type ShownPerson = Static<typeof PersonShape>;

function shown(person: Person): ShownPerson {
  const { id, login, email, state, usedBytes, allowedBytes, quotaBytes, devices, worstDevice } = person;
  return {
    ...{ id, login, email, state, usedBytes, allowedBytes, quotaBytes, devices, worstDevice },
    name: person.displayName,
    isAdministrator: person.isAdmin,
    created: time(person.createdUtc),
    removed: timeOrNull(person.removedUtc),
    inviteExpires: timeOrNull(person.inviteExpiresUtc),
    lastSync: timeOrNull(person.lastSyncUtc),
  };
}

const InviteShape = Type.Object({
  link: Type.String({ description: 'Where the person chooses a password; works once. Shown only here.' }),
  expires: Time,
});

const linkOf = (call: Pick<ApiCall, 'address'>, token: string) => `${call.address}/invite/${token}`;

const LIST_PEOPLE = operation({
  id: 'listPeople',
  method: 'GET',
  path: '/people',
  who: 'administrator',
  tag: 'people',
  summary: 'List people by login, with their devices and storage.',
  input: Type.Object({
    search: Type.Optional(Type.String({ maxLength: 200 })),
    state: Type.Optional(Type.Union([Type.Literal('present'), Type.Literal('silent'), ...State.anyOf])),
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(PersonShape), next: TextOrNull }),
  async run({ app, actor }, input) {
    const { items, next } = await listPeople(app, actor, input);
    return { items: items.map(shown), next };
  },
});

const COUNT_PEOPLE = operation({
  id: 'countPeople',
  method: 'GET',
  path: '/people-counts',
  who: 'administrator',
  tag: 'people',
  summary: 'Count people by where they stand.',
  input: Type.Object({}),
  output: Type.Object({
    present: Type.Integer(),
    invited: Type.Integer(),
    disabled: Type.Integer(),
    removed: Type.Integer(),
  }),
  run: ({ app, actor }) => countPeopleByState(app, actor),
});

/** Adds a person with calendar, task list and address book, and gives the link by which they choose a password. */
export const ADD_PERSON = operation({
  id: 'addPerson',
  method: 'POST',
  path: '/people',
  who: 'administrator',
  tag: 'people',
  summary: 'Add a person with a calendar, a task list and an address book, and make their invite link.',
  input: Type.Object({
    name: Name,
    login: Type.Optional(Type.String({ maxLength: 128, description: 'Made from the name when absent.' })),
    email: Type.Optional(Email),
    isAdministrator: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ id: Id, login: Type.String(), invite: InviteShape }),
  status: 201,
  async run(call, { name, login, email, isAdministrator }) {
    const { app, actor } = call;
    if (name.trim() === '') throw new Refusal(400, 'A person has a name.');
    const person = await createUser(app, actor, {
      login: login?.trim() || (await freeLogin(app, name)),
      displayName: name,
      email: email ?? null,
      isAdmin: isAdministrator ?? false,
    });
    const { token, expiresUtc } = await createInvite(app, actor, person.id);
    return {
      id: person.id,
      login: person.login,
      invite: { link: linkOf(call, token), expires: time(expiresUtc) },
    };
  },
});

const HoldingShape = Type.Object({
  id: Type.Integer(),
  kind: Type.Union([Type.Literal('calendar'), Type.Literal('tasks'), Type.Literal('addressbook')]),
  name: Type.String(),
  displayName: Type.String(),
  color: TextOrNull,
  items: Type.Integer(),
  bytes: Type.Integer(),
});

const GET_PERSON = operation({
  id: 'getPerson',
  method: 'GET',
  path: '/people/{id}',
  who: 'administrator',
  tag: 'people',
  summary: 'Read one person, removed ones too, with the figures of their calendars and address books.',
  input: JustId,
  output: Type.Object({ person: PersonShape, holdings: Type.Array(HoldingShape) }),
  async run({ app, actor }, input) {
    const id = toPrincipalId(input.id);
    const person = shown(await getPerson(app, actor, id));
    return { person, holdings: [...(await listHoldings(app, actor, id))] };
  },
});

/** Changes a person. */
export const CHANGE_PERSON = operation({
  id: 'changePerson',
  method: 'PATCH',
  path: '/people/{id}',
  who: 'administrator',
  tag: 'people',
  summary: 'Change name, e-mail address, role or room of a person; a change of role ends their sessions.',
  input: Type.Object({
    id: Id,
    name: Type.Optional(Name),
    email: Type.Optional(Email),
    isAdministrator: Type.Optional(Type.Boolean()),
    quotaBytes: Type.Optional(Type.Union([Type.Integer({ minimum: 1024 }), Type.Null()])),
  }),
  output: null,
  async run({ app, actor }, { id, name, email, isAdministrator, quotaBytes }) {
    await patchUser(app, actor, toPrincipalId(id), {
      ...(name === undefined ? {} : { displayName: name }),
      ...(email === undefined ? {} : { email }),
      ...(isAdministrator === undefined ? {} : { isAdmin: isAdministrator }),
      ...(quotaBytes === undefined ? {} : { quotaBytes }),
    });
  },
});

const toggle = (id: 'disablePerson' | 'enablePerson', path: string, summary: string, isDisabled: boolean) =>
  operation({
    id,
    method: 'POST',
    path,
    who: 'administrator',
    tag: 'people',
    summary,
    input: JustId,
    output: null,
    run: ({ app, actor }, input) => setDisabled(app, actor, toPrincipalId(input.id), isDisabled),
  });

/** Shuts a person out. */
export const DISABLE_PERSON = toggle(
  'disablePerson',
  '/people/{id}/disable',
  'Shut a person and their devices out at once; everything is kept.',
  true,
);

/** Lets a person in again. */
export const ENABLE_PERSON = toggle(
  'enablePerson',
  '/people/{id}/enable',
  'Let a person and their devices in again, with the same passwords.',
  false,
);

/** Makes a new invite link. */
export const INVITE_PERSON = operation({
  id: 'invitePerson',
  method: 'POST',
  path: '/people/{id}/invite',
  who: 'administrator',
  tag: 'people',
  summary: 'Make a link by which a person chooses a (new) password, good for 7 days; earlier links end.',
  input: JustId,
  output: InviteShape,
  status: 201,
  async run(call, input) {
    const { token, expiresUtc } = await createInvite(call.app, call.actor, toPrincipalId(input.id));
    return { link: linkOf(call, token), expires: time(expiresUtc) };
  },
});

/** Ends every session of a person. */
export const SIGN_OUT_PERSON = operation({
  id: 'signOutPerson',
  method: 'POST',
  path: '/people/{id}/sign-out',
  who: 'administrator',
  tag: 'people',
  summary: 'Sign a person out of the pages in every browser; devices keep syncing.',
  input: JustId,
  output: null,
  run: ({ app, actor }, input) => revokeSessions(app, actor, toPrincipalId(input.id)),
});

/** Throws `Refusal` 403 when the password of the account that asks is not right. */
async function requirePassword(call: ApiCall, password: string): Promise<void> {
  if (!(await call.proves(password))) throw new Refusal(403, 'The password is not right.');
}

/** Removes a person. */
export const REMOVE_PERSON = operation({
  id: 'removePerson',
  method: 'POST',
  path: '/people/{id}/remove',
  who: 'administrator',
  tag: 'people',
  summary: 'Remove a person; everything they keep waits in the trash and can be brought back.',
  input: Type.Object({ id: Id, password: Password }),
  output: null,
  async run(call, { id, password }) {
    await requirePassword(call, password);
    await removeUser(call.app, call.actor, toPrincipalId(id));
  },
});

/** Takes a person out of the trash. */
export const BRING_BACK_PERSON = operation({
  id: 'bringBackPerson',
  method: 'POST',
  path: '/people/{id}/bring-back',
  who: 'administrator',
  tag: 'people',
  summary: 'Take a removed person out of the trash, with passwords, devices, calendars and contacts.',
  input: JustId,
  output: null,
  async run({ app, actor }, input) {
    await bringBackUser(app, actor, toPrincipalId(input.id));
  },
});

async function exported(call: ApiCall, input: { id: string; password: string }): Promise<WireResponse> {
  await requirePassword(call, input.password);
  const person = await getPerson(call.app, call.actor, toPrincipalId(input.id));
  const body = await exportPerson(call.app, call.actor, person);
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename="${person.id}.zip"`,
      'Cache-Control': 'no-store',
    },
    body,
  };
}

/** Everything a person keeps. */
export const EXPORT_PERSON = operation({
  id: 'exportPerson',
  method: 'POST',
  path: '/people/{id}/export',
  who: 'administrator',
  tag: 'people',
  summary: 'Download everything a person keeps as a zip of .ics and .vcf files; this is written down.',
  input: Type.Object({ id: Id, password: Password }),
  output: null,
  run: async () => {},
  raw: { produces: 'application/zip', answer: exported },
});

const RowShape = Type.Object({
  line: Type.Integer(),
  name: Type.String(),
  login: Type.String(),
  email: TextOrNull,
  problem: TextOrNull,
});

/** Judges a list of people. */
export const CHECK_PEOPLE = operation({
  id: 'checkPeople',
  method: 'POST',
  path: '/people-import/check',
  who: 'administrator',
  tag: 'people',
  summary: 'Look at a CSV list of people and name the rows that cannot be added; nothing is saved.',
  input: Type.Object({ csv: Csv }),
  output: Type.Object({ rows: Type.Array(RowShape) }),
  async run({ app, actor }, { csv }) {
    return { rows: [...(await planPeople(app, actor, csv))] };
  },
});

/** Adds a list of people. */
export const IMPORT_PEOPLE = operation({
  id: 'importPeople',
  method: 'POST',
  path: '/people-import',
  who: 'administrator',
  tag: 'people',
  summary: 'Add the people of a CSV list whose rows have no problem, and make their invite links.',
  input: Type.Object({ csv: Csv }),
  output: Type.Object({
    added: Type.Array(
      Type.Object({ id: Id, name: Type.String(), login: Type.String(), link: Type.String(), expires: Time }),
    ),
  }),
  status: 201,
  async run(call, { csv }) {
    const added = await addPeople(call.app, call.actor, csv);
    return {
      added: added.map(({ id, name, login, token, expiresUtc }) => ({
        ...{ id, name, login },
        link: linkOf(call, token),
        expires: time(expiresUtc),
      })),
    };
  },
});

/** Operations of this part of the API. */
export const PEOPLE_OPERATIONS: readonly Operation[] = [
  LIST_PEOPLE,
  COUNT_PEOPLE,
  ADD_PERSON,
  GET_PERSON,
  CHANGE_PERSON,
  DISABLE_PERSON,
  ENABLE_PERSON,
  INVITE_PERSON,
  SIGN_OUT_PERSON,
  REMOVE_PERSON,
  BRING_BACK_PERSON,
  EXPORT_PERSON,
  CHECK_PEOPLE,
  IMPORT_PEOPLE,
  ...SETTINGS_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
];
