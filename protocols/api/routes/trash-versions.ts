import Type from 'typebox';
import { Refusal } from '../../../models/errors.ts';
import { toETag } from '../../../models/objects/etag.ts';
import { differences } from '../../../models/versions/difference.ts';
import {
  listConflicts,
  listVersions,
  restoreVersion,
  toCollectionId,
  undoRestoreVersion,
  type Version,
  versionBody,
} from '../../../models/versions/service.ts';
import {
  dismissNotice,
  openNotices,
  purgeVersion,
  reopenNotice,
  type restoreMany,
  returnMassChange,
} from '../../../models/versions/trash.ts';
import { type Operation, operation } from '../operation.ts';
import { TextOrNull, Time, TimeOrNull, time } from '../shapes.ts';

/** Epoch seconds of a time of JSON. */
export const utcOf = (text: string): number => Math.floor(Date.parse(text) / 1000);

/** A row id. */
export const RowId = Type.Integer({ minimum: 1 });
/** Only a row id. */
export const JustId = Type.Object({ id: RowId });
const Name = Type.String({ minLength: 1, maxLength: 255 });
/** What pages of lists take. */
export const Page = {
  cursor: Type.Optional(Type.String({ maxLength: 16 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
};
const How = Type.Union([
  Type.Literal('update'),
  Type.Literal('delete'),
  Type.Literal('move'),
  Type.Literal('refused'),
]);
/** A former version. */
export const VersionShape = Type.Object({
  id: RowId,
  collection: RowId,
  name: Type.String(),
  uid: Type.String(),
  component: Type.String(),
  etag: Type.String(),
  sizeBytes: Type.Integer(),
  since: Time,
  ended: Time,
  how: How,
  by: TextOrNull,
  device: TextOrNull,
  restored: TimeOrNull,
});

/** A former version as JSON has it. */
export function shown(version: Version) {
  const { id, collection, name, uid, component, etag, sizeBytes, how, by, device } = version;
  return {
    ...{ id, collection, name, uid, component, etag, sizeBytes, how, by, device },
    since: time(version.sinceUtc),
    ended: time(version.endedUtc),
    restored: version.restoredUtc === null ? null : time(version.restoredUtc),
  };
}

/** What became of many. */
export const OutcomeShape = Type.Object({
  done: Type.Integer(),
  refused: Type.Array(Type.String()),
  /** Names this restore for `undoRestoreTrash`. */
  restored: Time,
});

/** The same as JSON has it. */
export function outcome({ done, refused, restoredUtc }: Awaited<ReturnType<typeof restoreMany>>) {
  return { done, refused: [...refused], restored: time(restoredUtc) };
}

/** The former bodies of one event, task or contact. */
export const LIST_VERSIONS = operation({
  id: 'listVersions',
  method: 'GET',
  path: '/collections/{collection}/versions',
  who: 'signed-in',
  tag: 'trash',
  summary: 'List the former versions of one event, task or contact, newest first.',
  input: Type.Object({ collection: RowId, name: Name }),
  output: Type.Object({ items: Type.Array(VersionShape), next: Type.Null() }),
  async run({ app, actor }, { collection, name }) {
    const items = await listVersions(app, actor, toCollectionId(collection), name);
    return { items: items.map(shown), next: null };
  },
});

/** One former body, as text. */
export const GET_VERSION = operation({
  id: 'getVersion',
  method: 'GET',
  path: '/versions/{id}',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Get a former version with its text.',
  input: JustId,
  output: Type.Object({ version: VersionShape, body: Type.String() }),
  async run({ app, actor }, { id }) {
    const { version, body } = await versionBody(app, actor, id);
    return { version: shown(version), body: Buffer.from(body).toString('utf8') };
  },
});

const Value = Type.Object({ text: Type.String(), label: TextOrNull, when: TextOrNull, zone: TextOrNull });
const DifferenceShape = Type.Object({
  component: Type.String(),
  of: Type.Union([Value, Type.Null()]),
  field: Type.String(),
  before: Type.Array(Value),
  after: Type.Array(Value),
});

/** What differs between two former bodies. */
export const COMPARE_VERSIONS = operation({
  id: 'compareVersions',
  method: 'GET',
  path: '/versions/{id}/differences',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Say field by field what differs between two versions of one event, task or contact.',
  input: Type.Object({ id: RowId, with: RowId }),
  output: Type.Object({ items: Type.Array(DifferenceShape) }),
  async run({ app, actor }, input) {
    const before = await versionBody(app, actor, input.id);
    const after = await versionBody(app, actor, input.with);
    if ((before.version.component === 'VCARD') !== (after.version.component === 'VCARD'))
      throw new Refusal(400, 'These are versions of things of two kinds; compare versions of one.');
    const found = differences(app, before.version.component, before.body, after.body);
    const copy = (values: (typeof found)[number]['before']) => values.map((value) => ({ ...value }));
    return { items: found.map((each) => ({ ...each, before: copy(each.before), after: copy(each.after) })) };
  },
});

const RestoredShape = Type.Object({
  collection: RowId,
  name: Type.String(),
  etag: Type.String(),
  /** Id of the version that it replaced; null when nothing stood there. */
  former: Type.Union([RowId, Type.Null()]),
  isBack: Type.Boolean(),
});

/** Makes a former body current again. */
export const RESTORE_VERSION = operation({
  id: 'restoreVersion',
  method: 'POST',
  path: '/versions/{id}/restore',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Make a former version current again, or bring back what was deleted.',
  input: JustId,
  output: RestoredShape,
  run: ({ app, actor }, { id }) => restoreVersion(app, actor, id),
});

/** Takes that back. */
export const UNDO_RESTORE_VERSION = operation({
  id: 'undoRestoreVersion',
  method: 'POST',
  path: '/collections/{collection}/versions/undo-restore',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Take the restoring of one version back, with what restoring it answered.',
  input: Type.Object({
    collection: RowId,
    name: Name,
    etag: Type.String({ maxLength: 64 }),
    former: Type.Union([RowId, Type.Null()]),
  }),
  output: null,
  run: ({ app, actor }, { collection, name, etag, former }) =>
    undoRestoreVersion(app, actor, {
      collection: toCollectionId(collection),
      name,
      etag: toETag(etag),
      former,
    }),
});

/** Removes a former body for good. */
export const PURGE_VERSION = operation({
  id: 'purgeVersion',
  method: 'DELETE',
  path: '/versions/{id}',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Remove a former version, or something deleted with all its versions, for good.',
  input: JustId,
  output: null,
  run: ({ app, actor }, { id }) => purgeVersion(app, actor, id),
});

/** Conflicts that were settled by keeping both sides. */
export const LIST_CONFLICTS = operation({
  id: 'listConflicts',
  method: 'GET',
  path: '/conflicts',
  who: 'signed-in',
  tag: 'trash',
  summary: 'List versions that devices sent over newer ones and that were kept aside, newest first.',
  input: Type.Object(Page),
  output: Type.Object({ items: Type.Array(VersionShape), next: TextOrNull }),
  async run({ app, actor }, page) {
    const { items, next } = await listConflicts(app, actor, actor.principal, page);
    return { items: items.map(shown), next };
  },
});

/** Mass changes the person should know of. */
export const LIST_NOTICES = operation({
  id: 'listNotices',
  method: 'GET',
  path: '/notices',
  who: 'signed-in',
  tag: 'trash',
  summary: 'List notices that one device removed much of a calendar or address book.',
  input: Type.Object({}),
  output: Type.Object({
    items: Type.Array(
      Type.Object({
        id: RowId,
        collection: RowId,
        collectionName: Type.String(),
        device: Type.String(),
        deviceName: TextOrNull,
        since: Time,
        until: Time,
        count: Type.Integer(),
      }),
    ),
    next: Type.Null(),
  }),
  async run({ app, actor }) {
    const items = (await openNotices(app, actor)).map(
      ({ id, collection, collectionName, device, deviceName, sinceUtc, untilUtc, count }) => ({
        ...{ id, collection, collectionName, device, deviceName, count },
        since: time(sinceUtc),
        until: time(untilUtc),
      }),
    );
    return { items, next: null };
  },
});

/** Brings everything of a notice back. */
export const RETURN_NOTICE = operation({
  id: 'returnNotice',
  method: 'POST',
  path: '/notices/{id}/return',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Bring back everything a notice is about.',
  input: JustId,
  output: OutcomeShape,
  run: async ({ app, actor }, { id }) => outcome(await returnMassChange(app, actor, id)),
});

/** Closes a notice. */
export const DISMISS_NOTICE = operation({
  id: 'dismissNotice',
  method: 'POST',
  path: '/notices/{id}/dismiss',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Close a notice: what was removed was meant to be.',
  input: JustId,
  output: null,
  run: ({ app, actor }, { id }) => dismissNotice(app, actor, id),
});

/** Opens a notice again. */
export const REOPEN_NOTICE = operation({
  id: 'reopenNotice',
  method: 'POST',
  path: '/notices/{id}/reopen',
  who: 'signed-in',
  tag: 'trash',
  summary: 'Open a notice again that was closed.',
  input: JustId,
  output: null,
  run: ({ app, actor }, { id }) => reopenNotice(app, actor, id),
});

/** Operations on former versions and notices. */
export const VERSION_OPERATIONS: readonly Operation[] = [
  LIST_VERSIONS,
  GET_VERSION,
  COMPARE_VERSIONS,
  RESTORE_VERSION,
  UNDO_RESTORE_VERSION,
  PURGE_VERSION,
  LIST_CONFLICTS,
  LIST_NOTICES,
  RETURN_NOTICE,
  DISMISS_NOTICE,
  REOPEN_NOTICE,
];
