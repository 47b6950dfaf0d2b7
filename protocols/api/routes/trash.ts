import Type from 'typebox';
import {
  listDeletedCollections,
  purgeDeletedCollection,
  restoreCollection,
} from '../../../models/collections/service.ts';
import { toDeviceId } from '../../../models/devices/service.ts';
import { Refusal } from '../../../models/errors.ts';
import { titleOf } from '../../../models/versions/difference.ts';
import {
  planAccountMoment,
  planMoment,
  restoreAccountMoment,
  restoreMoment,
} from '../../../models/versions/moment.ts';
import { type Deletions, toCollectionId } from '../../../models/versions/service.ts';
import {
  emptyTrash,
  listBursts,
  listDeleted,
  restoreMany,
  undoRestoreMany,
} from '../../../models/versions/trash.ts';
import { type ApiCall, type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, time } from '../shapes.ts';
import {
  JustId,
  OutcomeShape,
  outcome,
  Page,
  RowId,
  shown,
  utcOf,
  VERSION_OPERATIONS,
  VersionShape,
} from './trash-versions.ts';

const Which = {
  collection: Type.Optional(RowId),
  /** Id of a device; `none`: by no device, on the pages. */
  device: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  since: Type.Optional(Time),
  until: Type.Optional(Time),
  holds: Type.Optional(Type.Union([Type.Literal('calendar'), Type.Literal('addressbook')])),
};

interface Asked {
  readonly collection?: number;
  readonly device?: string;
  readonly since?: string;
  readonly until?: string;
  readonly holds?: 'calendar' | 'addressbook';
}

function deletionsOf({ app, actor }: ApiCall, asked: Asked): Deletions {
  const { collection, device, since, until, holds } = asked;
  return {
    owner: actor.principal,
    fromUtc: since === undefined ? 0 : utcOf(since),
    untilUtc: until === undefined ? Math.floor(app.clock.nowMs() / 1000) + 1 : utcOf(until),
    ...(collection === undefined ? {} : { collection: toCollectionId(collection) }),
    ...(device === undefined ? {} : { device: device === 'none' ? null : toDeviceId(device) }),
    ...(holds === undefined ? {} : { holds }),
  };
}

/** What was deleted, one by one. */
export const LIST_TRASH = operation({
  id: 'listTrash',
  method: 'GET',
  path: '/trash',
  who: 'signed-in',
  tag: 'trash',
  summary: 'List deleted events, tasks and contacts, newest first.',
  input: Type.Object({ ...Which, ...Page }),
  output: Type.Object({
    items: Type.Array(Type.Object({ title: Type.String(), version: VersionShape })),
    next: TextOrNull,
  }),
  async run(call, { cursor, limit = 50, ...asked }) {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
      throw new Refusal(400, 'The cursor is not one of this list; begin without it.');
    const page = { before: cursor === undefined ? 0 : Number(cursor), limit };
    const found = await listDeleted(call.app, call.actor, deletionsOf(call, asked), page);
    const last = found.length < limit ? undefined : found.at(-1);
    const items = found.map(({ version, body }) => ({
      title: titleOf(version.component, body),
      version: shown(version),
    }));
    return { items, next: last === undefined ? null : String(last.version.id) };
  },
});

/** What was deleted together. */
export const LIST_BURSTS = operation({
  id: 'listBursts',
  method: 'GET',
  path: '/trash/bursts',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Count what was deleted, by device, calendar or address book, and burst; newest first.',
  input: Type.Object({ holds: Which.holds }),
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        collection: RowId,
        device: TextOrNull,
        by: TextOrNull,
        since: Time,
        until: Time,
        count: Type.Integer(),
      }),
    ),
    next: Type.Null(),
  }),
  async run({ app, actor }, { holds }) {
    const bursts = await listBursts(app, actor, actor.principal, holds);
    const items = bursts.map(({ collection, device, by, fromUtc, untilUtc, count }) => ({
      ...{ collection, device, by, count },
      since: time(fromUtc),
      until: time(untilUtc),
    }));
    return { items, next: null };
  },
});

/** Brings back many. */
export const RESTORE_TRASH = operation({
  id: 'restoreTrash',
  method: 'POST',
  path: '/trash/restore',
  who: 'signed-in',
  tag: 'trash',
  summary:
    'Bring back everything that was deleted: all of it, or by one device, in one collection, in a time.',
  input: Type.Object(Which),
  output: OutcomeShape,
  run: async (call, asked) => outcome(await restoreMany(call.app, call.actor, deletionsOf(call, asked))),
});

/** Takes that back. */
export const UNDO_RESTORE_TRASH = operation({
  id: 'undoRestoreTrash',
  method: 'POST',
  path: '/trash/undo-restore',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Delete again what a restore brought back and nobody changed since, by the time it answered.',
  input: Type.Object({ restored: Time }),
  output: Type.Object({ count: Type.Integer() }),
  run: async ({ app, actor }, { restored }) => ({
    count: await undoRestoreMany(app, actor, actor.principal, utcOf(restored)),
  }),
});

/** Removes for good. */
export const EMPTY_TRASH = operation({
  id: 'emptyTrash',
  method: 'POST',
  path: '/trash/empty',
  who: 'signed-in',
  tag: 'trash',
  summary:
    'Remove deleted events, tasks and contacts for good: all of them, or some as `restoreTrash` names them.',
  input: Type.Object(Which),
  output: Type.Object({ count: Type.Integer() }),
  run: async (call, asked) => ({
    count: await emptyTrash(call.app, call.actor, deletionsOf(call, asked)),
  }),
});

const CollectionShape = Type.Object({
  id: RowId,
  kind: Type.String(),
  displayName: Type.String(),
  deleted: Time,
  objectCount: Type.Integer(),
});

/** Deleted calendars and address books. */
export const LIST_DELETED_COLLECTIONS = operation({
  id: 'listDeletedCollections',
  method: 'GET',
  path: '/trash/collections',
  who: 'signed-in',
  tag: 'trash',
  summary: 'List deleted calendars and address books, newest first.',
  input: Type.Object({}),
  output: Type.Object({ items: Type.Array(CollectionShape), next: Type.Null() }),
  async run({ app, actor }) {
    const found = await listDeletedCollections(app, actor, actor.principal);
    const items = found.map(({ collection, deletedUtc, objectCount }) => ({
      id: collection.id,
      kind: collection.kind,
      displayName: collection.displayName === '' ? collection.name : collection.displayName,
      deleted: time(deletedUtc),
      objectCount,
    }));
    return { items, next: null };
  },
});

/** Throws `Refusal` 404 for a collection that is not in the trash of the one who asks: contents are for nobody else. */
async function requireOwnDeleted({ app, actor }: ApiCall, id: number): Promise<string> {
  const own = await listDeletedCollections(app, actor, actor.principal);
  const found = own.find(({ collection }) => collection.id === id)?.collection;
  if (found === undefined) throw new Refusal(404, 'There is no such calendar or address book in the trash.');
  return found.displayName === '' ? found.name : found.displayName;
}

/** Brings a calendar or address book back. */
export const RESTORE_COLLECTION = operation({
  id: 'restoreCollection',
  method: 'POST',
  path: '/trash/collections/{id}/restore',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Bring back a deleted calendar or address book with everything in it.',
  input: JustId,
  output: Type.Object({ id: RowId, kind: Type.String(), displayName: Type.String() }),
  async run(call, { id }) {
    await requireOwnDeleted(call, id);
    const restored = await restoreCollection(call.app, call.actor, toCollectionId(id));
    const { kind, displayName, name } = restored;
    return { id, kind, displayName: displayName === '' ? name : displayName };
  },
});

/** Removes a calendar or address book for good. */
export const PURGE_COLLECTION = operation({
  id: 'purgeCollection',
  method: 'DELETE',
  path: '/trash/collections/{id}',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Remove a deleted calendar or address book and everything in it for good.',
  input: JustId,
  output: Type.Object({ displayName: Type.String() }),
  async run(call, { id }) {
    const displayName = await requireOwnDeleted(call, id);
    await purgeDeletedCollection(call.app, call.actor, toCollectionId(id));
    return { displayName };
  },
});

const Plan = {
  collection: RowId,
  displayName: Type.String(),
  back: Type.Integer(),
  changed: Type.Integer(),
  gone: Type.Integer(),
};
const MomentInput = Type.Object({ moment: Time, collection: Type.Optional(RowId) });

/** What going back would do. */
export const PLAN_MOMENT = operation({
  id: 'planMoment',
  method: 'GET',
  path: '/moment',
  who: 'signed-in',
  tag: 'trash',
  summary:
    'Count what going back to a moment would bring back, change and put into the trash; changes nothing.',
  input: MomentInput,
  output: Type.Object({ items: Type.Array(Type.Object(Plan)) }),
  async run({ app, actor }, { moment, collection }) {
    if (collection !== undefined)
      return { items: [await planMoment(app, actor, toCollectionId(collection), utcOf(moment))] };
    return { items: [...(await planAccountMoment(app, actor, actor.principal, utcOf(moment)))] };
  },
});

/** Goes back. */
export const GO_BACK = operation({
  id: 'goBack',
  method: 'POST',
  path: '/moment',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Make one calendar or address book, or all of them, hold what they held at a moment.',
  input: MomentInput,
  output: Type.Object({
    items: Type.Array(Type.Object({ ...Plan, refused: Type.Array(Type.String()) })),
    /** Going back to this moment takes it back. */
    undo: Time,
  }),
  async run({ app, actor }, { moment, collection }) {
    const atUtc = utcOf(moment);
    const done =
      collection === undefined
        ? await restoreAccountMoment(app, actor, actor.principal, atUtc)
        : [await restoreMoment(app, actor, toCollectionId(collection), atUtc)];
    const undoUtc = done[0]?.undoUtc ?? Math.floor(app.clock.nowMs() / 1000);
    const items = done.map(({ undoUtc: _undo, refused, ...plan }) => ({ ...plan, refused: [...refused] }));
    return { items, undo: time(undoUtc) };
  },
});

/** Operations of this part of the API. */
export const TRASH_OPERATIONS: readonly Operation[] = [
  ...VERSION_OPERATIONS,
  LIST_TRASH,
  LIST_BURSTS,
  RESTORE_TRASH,
  UNDO_RESTORE_TRASH,
  EMPTY_TRASH,
  LIST_DELETED_COLLECTIONS,
  RESTORE_COLLECTION,
  PURGE_COLLECTION,
  PLAN_MOMENT,
  GO_BACK,
];
