import Type from 'typebox';
import {
  type Device,
  deviceSyncs,
  getDevice,
  listDevices,
  removeDevice,
  renameDevice,
  timelinesOf,
  toDeviceId,
  undoRemoveDevice,
} from '../../../models/devices/service.ts';
import { checkServer, listStrangeSignIns, overviewOf } from '../../../models/overview/service.ts';
import { toPrincipalId } from '../../../models/principals/login.ts';
import { type Activity, deviceRequests, listActivity } from '../../../models/requests/service.ts';
import { verdictOf } from '../../../models/requests/verdict.ts';
import { type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, TimeOrNull, time, timeOrNull } from '../shapes.ts';

const TIMELINE_SECONDS = 7 * 86_400;

const DeviceShape = Type.Object({
  id: Type.String(),
  owner: Type.String(),
  name: Type.String(),
  client: TextOrNull,
  clientVersion: TextOrNull,
  platform: TextOrNull,
  scope: Type.Object({ calendars: Type.Boolean(), contacts: Type.Boolean(), readOnly: Type.Boolean() }),
  signsInWith: Type.Union([Type.Literal('app-password'), Type.Literal('password')]),
  created: Time,
  expires: TimeOrNull,
  firstUsed: TimeOrNull,
  lastUsed: TimeOrNull,
  lastSync: TimeOrNull,
  state: Type.Union([
    Type.Literal('new'),
    Type.Literal('in-sync'),
    Type.Literal('quiet'),
    Type.Literal('silent'),
    Type.Literal('refused'),
  ]),
  refusedSince: TimeOrNull,
  refusal: TextOrNull,
  removed: TimeOrNull,
});
const Id = Type.String({ minLength: 1, maxLength: 64 });
const JustId = Type.Object({ id: Id });

function shown(device: Device) {
  const { id, owner, name, client, clientVersion, platform, scope, signsInWith, state, refusal } = device;
  return {
    ...{ id, owner, name, client, clientVersion, platform, scope, signsInWith, state, refusal },
    created: time(device.createdUtc),
    expires: timeOrNull(device.expiresUtc),
    firstUsed: timeOrNull(device.firstUsedUtc),
    lastUsed: timeOrNull(device.lastUsedUtc),
    lastSync: timeOrNull(device.lastSyncUtc),
    refusedSince: timeOrNull(device.refusedSinceUtc),
    removed: timeOrNull(device.removedUtc),
  };
}

/** The devices of somebody, newest first. */
export const LIST_DEVICES = operation({
  id: 'listDevices',
  method: 'GET',
  path: '/devices',
  who: 'signed-in',
  tag: 'devices',
  summary: 'List the devices of a person: your own, or for administrators of anybody.',
  input: Type.Object({ person: Type.Optional(Type.String({ maxLength: 64 })) }),
  output: Type.Object({ items: Type.Array(DeviceShape), next: Type.Null() }),
  async run({ app, actor }, { person }) {
    const owner = person === undefined ? undefined : toPrincipalId(person);
    return { items: (await listDevices(app, actor, owner)).map(shown), next: null };
  },
});

/** One device with its last sync of each collection. */
export const GET_DEVICE = operation({
  id: 'getDevice',
  method: 'GET',
  path: '/devices/{id}',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Show one device and when it last synced each collection.',
  input: JustId,
  output: Type.Object({
    device: DeviceShape,
    syncs: Type.Array(Type.Object({ collection: Type.String(), holds: Type.String(), at: Time })),
  }),
  async run({ app, actor }, { id }) {
    const device = await getDevice(app, actor, toDeviceId(id));
    const syncs = await deviceSyncs(app, actor, device.id);
    return {
      device: shown(device),
      syncs: syncs.map(({ collection, holds, atUtc }) => ({ collection, holds, at: time(atUtc) })),
    };
  },
});

/** Gives a device another name. */
export const RENAME_DEVICE = operation({
  id: 'renameDevice',
  method: 'PATCH',
  path: '/devices/{id}',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Give a device another name.',
  input: Type.Object({ id: Id, name: Type.String({ maxLength: 200 }) }),
  output: null,
  run: ({ app, actor }, { id, name }) => renameDevice(app, actor, toDeviceId(id), name),
});

/** Shuts a device out from its next request on. */
export const REMOVE_DEVICE = operation({
  id: 'removeDevice',
  method: 'DELETE',
  path: '/devices/{id}',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Remove a device: its next request is refused.',
  input: JustId,
  output: null,
  run: ({ app, actor }, { id }) => removeDevice(app, actor, toDeviceId(id)),
});

/** Lets a removed device in again. */
export const UNDO_REMOVE_DEVICE = operation({
  id: 'undoRemoveDevice',
  method: 'POST',
  path: '/devices/{id}/restore',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Let a device in again, with the same password, within a day of its removal.',
  input: JustId,
  output: null,
  run: ({ app, actor }, { id }) => undoRemoveDevice(app, actor, toDeviceId(id)),
});

/** What a device did in the last seven days. */
export const DEVICE_TIMELINE = operation({
  id: 'deviceTimeline',
  method: 'GET',
  path: '/devices/{id}/timeline',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Show what a device did in the last seven days, by half hours.',
  input: JustId,
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        start: Time,
        checked: Type.Integer(),
        changed: Type.Integer(),
        refused: Type.Integer(),
      }),
    ),
    next: Type.Null(),
  }),
  async run({ app, actor }, { id }) {
    const device = await getDevice(app, actor, toDeviceId(id));
    const sinceUtc = Math.floor(app.clock.nowMs() / 1000) - TIMELINE_SECONDS;
    const lines = await timelinesOf(app, [device], sinceUtc);
    const items = (lines.get(device.id) ?? []).map(({ startUtc, ...counts }) => ({
      start: time(startUtc),
      ...counts,
    }));
    return { items, next: null };
  },
});

const ActivityShape = Type.Object({
  id: Type.String(),
  source: Type.Union([Type.Literal('request'), Type.Literal('log')]),
  at: Time,
  what: Type.String(),
  isRefused: Type.Boolean(),
  person: TextOrNull,
  device: TextOrNull,
  deviceName: TextOrNull,
  request: Type.Union([
    Type.Null(),
    Type.Object({
      method: Type.String(),
      path: Type.String(),
      status: Type.Integer(),
      ms: Type.Integer(),
      reason: TextOrNull,
      client: TextOrNull,
      times: Type.Integer(),
    }),
  ]),
  log: Type.Union([
    Type.Null(),
    Type.Object({
      via: Type.String(),
      about: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
      network: TextOrNull,
    }),
  ]),
});

function line(activity: Activity) {
  const { atUtc, request, log, ...rest } = activity;
  return {
    ...rest,
    at: time(atUtc),
    request: request === null ? null : { ...request },
    log: log === null ? null : { ...log, about: { ...log.about } },
  };
}

/** Says why a device does not sync. */
export const DIAGNOSE_DEVICE = operation({
  id: 'diagnoseDevice',
  method: 'GET',
  path: '/devices/{id}/diagnosis',
  who: 'signed-in',
  tag: 'devices',
  summary: 'Judge from its last 20 requests why a device does not sync.',
  input: JustId,
  output: Type.Object({
    verdict: Type.String(),
    isGood: Type.Boolean(),
    since: TimeOrNull,
    requests: Type.Array(ActivityShape),
  }),
  async run({ app, actor }, { id }) {
    const device = await getDevice(app, actor, toDeviceId(id));
    const requests = await deviceRequests(app, actor, device.id);
    const { key, isGood, sinceUtc } = verdictOf(device, requests);
    return { verdict: key, isGood, since: timeOrNull(sinceUtc), requests: requests.map(line) };
  },
});

const ActivityFilter = {
  person: Type.Optional(Type.String({ maxLength: 64 })),
  device: Type.Optional(Type.String({ maxLength: 64 })),
  kind: Type.Optional(Type.Union([Type.Literal('sync'), Type.Literal('changes'), Type.Literal('log')])),
  result: Type.Optional(Type.Union([Type.Literal('ok'), Type.Literal('refused')])),
  since: Type.Optional(Time),
  until: Type.Optional(Time),
  text: Type.Optional(Type.String({ maxLength: 100 })),
};

const utcOf = (text: string | undefined) => (text === undefined ? {} : Math.floor(Date.parse(text) / 1000));
const bounds = ({ since, until }: { since?: string | undefined; until?: string | undefined }) => {
  const [sinceUtc, untilUtc] = [utcOf(since), utcOf(until)];
  return {
    ...(typeof sinceUtc === 'number' ? { sinceUtc } : {}),
    ...(typeof untilUtc === 'number' ? { untilUtc } : {}),
  };
};

/** What devices asked and what people did. */
export const LIST_ACTIVITY = operation({
  id: 'listActivity',
  method: 'GET',
  path: '/activity',
  who: 'administrator',
  tag: 'server',
  summary: 'List what devices asked and what people did, newest first.',
  input: Type.Object({
    ...ActivityFilter,
    cursor: Type.Optional(Type.String({ maxLength: 40 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(ActivityShape), next: TextOrNull }),
  async run({ app, actor }, { since, until, ...rest }) {
    const { items, next } = await listActivity(app, actor, { ...rest, ...bounds({ since, until }) });
    return { items: items.map(line), next };
  },
});

const CountShape = Type.Object({
  people: Type.Integer(),
  books: Type.Integer(),
  contacts: Type.Integer(),
  calendars: Type.Integer(),
  events: Type.Integer(),
  contactBytes: Type.Integer(),
  eventBytes: Type.Integer(),
  trashBytes: Type.Integer(),
  conflicts: Type.Integer(),
  devices: Type.Array(DeviceShape),
});

/** What the server holds and how its devices are. */
export const GET_OVERVIEW = operation({
  id: 'getOverview',
  method: 'GET',
  path: '/overview',
  who: 'administrator',
  tag: 'server',
  summary: 'Show how all devices are, worst first, and what the server holds.',
  input: Type.Object({}),
  output: CountShape,
  async run({ app, actor }) {
    const overview = await overviewOf(app, actor);
    return { ...overview, devices: overview.devices.map(shown) };
  },
});

/** What the server sees of itself. */
export const CHECK_SERVER = operation({
  id: 'checkServer',
  method: 'GET',
  path: '/health/checks',
  who: 'administrator',
  tag: 'server',
  summary: 'Check the database, its schema, the disk and the log.',
  input: Type.Object({}),
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        key: Type.String(),
        result: Type.Union([Type.Literal('good'), Type.Literal('bad'), Type.Literal('unknown')]),
        found: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
      }),
    ),
    next: Type.Null(),
  }),
  async run({ app, actor, dataDir }) {
    const checks = await checkServer(app, actor, dataDir);
    return { items: checks.map((check) => ({ ...check, found: { ...check.found } })), next: null };
  },
});

/** Sign-ins that belong to no device. */
export const LIST_STRANGE_SIGN_INS = operation({
  id: 'listStrangeSignIns',
  method: 'GET',
  path: '/sign-ins/unknown',
  who: 'administrator',
  tag: 'server',
  summary: 'List sign-ins with names nobody has, and wrong passwords of programs that never got in.',
  input: Type.Object({}),
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        login: Type.String(),
        client: TextOrNull,
        reason: Type.String(),
        network: TextOrNull,
        first: Time,
        last: Time,
        times: Type.Integer(),
        meant: TextOrNull,
      }),
    ),
    next: Type.Null(),
  }),
  async run({ app, actor }) {
    const items = (await listStrangeSignIns(app, actor)).map(({ firstUtc, lastUtc, ...rest }) => ({
      ...rest,
      first: time(firstUtc),
      last: time(lastUtc),
    }));
    return { items, next: null };
  },
});

/** Operations of this part of the API. */
export const DEVICE_OPERATIONS: readonly Operation[] = [
  LIST_DEVICES,
  GET_DEVICE,
  RENAME_DEVICE,
  REMOVE_DEVICE,
  UNDO_REMOVE_DEVICE,
  DEVICE_TIMELINE,
  DIAGNOSE_DEVICE,
  LIST_ACTIVITY,
  GET_OVERVIEW,
  CHECK_SERVER,
  LIST_STRANGE_SIGN_INS,
];
