import Type from 'typebox';
import { createAppPassword } from '../../../models/credentials/service.ts';
import { toDeviceId } from '../../../models/devices/service.ts';
import {
  type AppRequest,
  allowAppRequest,
  createSetupCode,
  listAppRequests,
  readAppRequest,
  refuseAppRequest,
  type SetupProgress,
  setupProgress,
} from '../../../models/onboarding/service.ts';
import { type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, TimeOrNull, time, timeOrNull } from '../shapes.ts';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Label = Type.String({ minLength: 1, maxLength: 100 });
const Kind = Type.Union([Type.Literal('iphone'), Type.Literal('mac'), Type.Literal('android')]);
const ScopeShape = Type.Object({
  calendars: Type.Boolean(),
  contacts: Type.Boolean(),
  readOnly: Type.Boolean(),
});

const SetupShape = Type.Object({
  id: Id,
  kind: Kind,
  created: Time,
  expires: Time,
  opened: TimeOrNull,
  used: TimeOrNull,
  signedIn: TimeOrNull,
  firstSync: TimeOrNull,
  device: TextOrNull,
});

function shownSetup(progress: SetupProgress) {
  const { id, kind, device } = progress;
  return {
    id,
    kind,
    device,
    created: time(progress.createdUtc),
    expires: time(progress.expiresUtc),
    opened: timeOrNull(progress.openedUtc),
    used: timeOrNull(progress.usedUtc),
    signedIn: timeOrNull(progress.signedInUtc),
    firstSync: timeOrNull(progress.fetchedUtc),
  };
}

/** Makes a code that sets up a device. */
export const CREATE_SETUP_CODE = operation({
  id: 'createSetupCode',
  method: 'POST',
  path: '/setup-codes',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Make a code that sets up one device of yours without a password; it works once, for 10 minutes.',
  input: Type.Object({
    kind: Kind,
    device: Type.Optional(Type.String({ maxLength: 64, description: 'A device to set up again.' })),
  }),
  output: Type.Object({
    id: Id,
    code: Type.String(),
    link: Type.String({ description: 'Open it on the device; the same as in a QR code.' }),
    expires: Time,
  }),
  status: 201,
  async run({ app, actor, address }, { kind, device }) {
    const made = await createSetupCode(app, actor, {
      kind,
      ...(device === undefined ? {} : { device: toDeviceId(device) }),
    });
    return {
      id: made.id,
      code: made.code,
      link: `${address}/c/${made.code}`,
      expires: time(made.expiresUtc),
    };
  },
});

/** How far a set-up is. */
export const GET_SETUP = operation({
  id: 'getSetup',
  method: 'GET',
  path: '/setup-codes/{id}',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Show how far the set-up of a device is: code opened, signed in, first calendar fetched.',
  input: Type.Object({ id: Id }),
  output: SetupShape,
  run: async ({ app, actor }, { id }) => shownSetup(await setupProgress(app, actor, id)),
});

/** Makes a password for a program. */
export const CREATE_APP_PASSWORD = operation({
  id: 'createAppPassword',
  method: 'POST',
  path: '/app-passwords',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Make a password for a program that is set up by hand; it is shown once.',
  input: Type.Object({ label: Label, scope: Type.Optional(ScopeShape) }),
  output: Type.Object({ device: Id, login: Type.String(), password: Type.String(), address: Type.String() }),
  status: 201,
  async run({ app, actor, address }, { label, scope }) {
    const input = { label, ...(scope === undefined ? {} : { scope }) };
    const { id, secret } = await createAppPassword(app, actor, input);
    app.hints.tell(actor.principal, 'device');
    return { device: id, login: actor.login, password: secret, address: `${address}/` };
  },
});

const RequestShape = Type.Object({
  id: Id,
  client: Type.String(),
  state: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('allowed'),
    Type.Literal('refused'),
    Type.Literal('over'),
  ]),
  label: TextOrNull,
  scope: Type.Union([ScopeShape, Type.Null()]),
  created: Time,
  expires: Time,
  answered: TimeOrNull,
  device: TextOrNull,
});

function shownRequest(request: AppRequest) {
  const { id, client, state, label, scope, device } = request;
  return {
    id,
    client,
    state,
    label,
    scope,
    device,
    created: time(request.createdUtc),
    expires: time(request.expiresUtc),
    answered: timeOrNull(request.answeredUtc),
  };
}

/** `<created>.<id>` of the last item of a page. */
function beforeOf(cursor: string | undefined): { createdUtc: number; id: string } | null {
  const [, created, id] = /^(\d{1,12})\.([\w-]{1,64})$/.exec(cursor ?? '') ?? [];
  return created === undefined || id === undefined ? null : { createdUtc: Number(created), id };
}

/** The apps that asked to be let in. */
export const LIST_APP_REQUESTS = operation({
  id: 'listAppRequests',
  method: 'GET',
  path: '/app-requests',
  who: 'signed-in',
  tag: 'devices',
  summary: 'List the apps that asked to be let in to your account lately, newest first.',
  input: Type.Object({
    cursor: Type.Optional(Type.String({ maxLength: 80 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(RequestShape), next: TextOrNull }),
  async run({ app, actor }, { cursor, limit = 50 }) {
    const items = await listAppRequests(app, actor, { before: beforeOf(cursor), limit });
    const last = items.length < limit ? undefined : items.at(-1);
    return {
      items: items.map(shownRequest),
      next: last === undefined ? null : `${last.createdUtc}.${last.id}`,
    };
  },
});

const Flow = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'The last part of the address that the app opens.',
});

/** One app that asks to be let in. */
export const GET_APP_REQUEST = operation({
  id: 'getAppRequest',
  method: 'GET',
  path: '/app-requests/{flow}',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Show which app asks to be let in.',
  input: Type.Object({ flow: Flow }),
  output: RequestShape,
  run: async ({ app }, { flow }) => shownRequest(await readAppRequest(app, flow)),
});

/** Lets an app in. */
export const ALLOW_APP = operation({
  id: 'allowApp',
  method: 'POST',
  path: '/app-requests/{flow}/allow',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Let an app in to your account; it gets a password of its own.',
  input: Type.Object({ flow: Flow, label: Label, scope: Type.Optional(ScopeShape) }),
  output: RequestShape,
  async run({ app, actor }, { flow, label, scope }) {
    const given = { label, ...(scope === undefined ? {} : { scope }) };
    return shownRequest(await allowAppRequest(app, actor, flow, given));
  },
});

/** Turns an app away. */
export const REFUSE_APP = operation({
  id: 'refuseApp',
  method: 'POST',
  path: '/app-requests/{flow}/refuse',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Turn an app away that asks to be let in.',
  input: Type.Object({ flow: Flow }),
  output: null,
  run: ({ app, actor }, { flow }) => refuseAppRequest(app, actor, flow),
});

/** Operations of this part of the API. */
export const CONNECT_OPERATIONS: readonly Operation[] = [
  CREATE_SETUP_CODE,
  GET_SETUP,
  CREATE_APP_PASSWORD,
  LIST_APP_REQUESTS,
  GET_APP_REQUEST,
  ALLOW_APP,
  REFUSE_APP,
];
