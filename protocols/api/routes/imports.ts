import Type, { type Static } from 'typebox';
import { Refusal } from '../../../models/errors.ts';
import {
  CHOICES,
  chooseImport,
  getImport,
  IMPORT_STATES,
  type ImportEntry,
  type ImportJob,
  type ImportTally,
  keepImport,
  leftOutFile,
  listImportItems,
  listImports,
  openUpload,
  REASONS,
  removeImport,
  setImportMapping,
  setImportTargets,
  startImport,
  stopImport,
  undoImport,
  VERDICTS,
} from '../../../models/imports/jobs/service.ts';
import type { WireRequest, WireResponse } from '../../wire.ts';
import { type ApiCall, type Operation, operation } from '../operation.ts';
import { TextOrNull, TimeOrNull, time, timeOrNull } from '../shapes.ts';

const Id = Type.String({ pattern: '^[0-9a-f]{32}$' });
const JustId = Type.Object({ id: Id });
const VerdictShape = Type.Enum(VERDICTS);
const ChoiceShape = Type.Enum(CHOICES);
const Count = Type.Integer({ minimum: 0 });
/** Numbers of items, groups and tables: 32 bits in the database. */
const Position = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });

const Tally = Type.Object({ created: Count, updated: Count, failed: Count, undone: Count, kept: Count });
const Summary = Type.Object({
  id: Id,
  state: Type.Enum(IMPORT_STATES),
  file: Type.String(),
  sizeBytes: Count,
  created: Type.String({ format: 'date-time' }),
  finished: TimeOrNull,
  resumed: TimeOrNull,
  undoUntil: TimeOrNull,
  progress: Type.Object({ done: Count, total: Count, file: TextOrNull }),
  result: Tally,
});
const Counts = Type.Object({
  ...{ new: Count, look: Count, here: Count, unreadable: Count, repaired: Count },
  chosen: Count,
  chosenBytes: Count,
});
const Target = Type.Union([
  Type.Object({ kind: Type.Literal('stored'), collection: Type.Integer() }),
  Type.Object({ kind: Type.Literal('new'), name: Type.String({ minLength: 1, maxLength: 100 }) }),
  Type.Object({ kind: Type.Literal('none') }),
]);
const Whole = Type.Object({
  ...Summary.properties,
  counts: Counts,
  groups: Type.Array(
    Type.Object({
      group: Count,
      name: Type.String(),
      file: Type.String(),
      component: Type.String(),
      items: Count,
      target: Target,
    }),
  ),
  tables: Type.Array(
    Type.Object({
      table: Count,
      file: Type.String(),
      kind: Type.String(),
      header: Type.Array(Type.String()),
      sample: Type.Array(Type.Array(Type.String())),
      mapping: Type.Array(Type.String()),
    }),
  ),
  sameAs: Type.Union([Id, Type.Null()]),
  availableBytes: Count,
});
const Item = Type.Object({
  position: Count,
  component: Type.String(),
  uid: Type.String(),
  title: Type.String(),
  file: Type.String(),
  line: Type.Integer(),
  verdict: VerdictShape,
  reason: Type.Enum(REASONS),
  reasonText: Type.String(),
  repairs: Type.Array(Type.String()),
  match: Type.Union([Type.Object({ collection: Type.Integer(), name: Type.String() }), Type.Null()]),
  matchTitle: Type.String(),
  differs: Type.Array(Type.Object({ field: Type.String(), keep: Type.String(), other: Type.String() })),
  choice: ChoiceShape,
  outcome: TextOrNull,
  failure: TextOrNull,
});

const shownJob = (
  job: ImportJob,
  tally: ImportTally,
  undoUntilUtc: number | null,
): Static<typeof Summary> => ({
  id: job.id,
  state: job.state,
  file: job.fileName,
  sizeBytes: job.sizeBytes,
  created: time(job.createdUtc),
  finished: timeOrNull(job.finishedUtc),
  resumed: timeOrNull(job.resumedUtc),
  undoUntil: timeOrNull(undoUntilUtc),
  progress: { done: job.done, total: job.total, file: job.atFile },
  result: { ...tally },
});

const shownItem = (item: ImportEntry): Static<typeof Item> => ({
  position: item.position,
  component: item.component,
  uid: item.uid,
  title: item.title,
  file: item.file,
  line: item.line,
  verdict: item.verdict,
  reason: item.reason,
  reasonText: item.reasonText,
  repairs: [...item.repairs],
  match: item.match,
  matchTitle: item.matchTitle,
  differs: item.differs.map((row) => ({ ...row })),
  choice: item.choice,
  outcome: item.result.step,
  failure: item.result.failure,
});

async function whole(call: Pick<ApiCall, 'app' | 'actor'>, id: string): Promise<Static<typeof Whole>> {
  const view = await getImport(call.app, call.actor, id);
  return {
    ...shownJob(view.job, view.tally, view.undoUntilUtc),
    counts: { ...view.counts },
    groups: view.groups.map(({ position, name, file, component, items, target }) => ({
      ...{ group: position, name, file, component, items },
      target: { ...target },
    })),
    tables: view.tables.map(({ position, file, info }) => ({
      ...{ table: position, file, kind: info.kind },
      header: [...info.header],
      sample: info.sample.map((row) => [...row]),
      mapping: [...info.mapping],
    })),
    sameAs: view.earlier?.id ?? null,
    availableBytes: view.availableBytes,
  };
}

async function uploaded(
  call: ApiCall,
  input: { readonly name?: string; readonly timeZone?: string },
  request: WireRequest,
): Promise<WireResponse> {
  const upload = await openUpload(call.app, call.actor, call.dataDir, input.timeZone ?? null);
  try {
    await upload.add(input.name ?? 'file', request.openBody(call.app.limits.maxImportBytes));
    const id = await upload.finish();
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return { status: 201, headers, body: JSON.stringify({ id }) };
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** A file to import. */
export const CREATE_IMPORT = operation({
  id: 'createImport',
  method: 'POST',
  path: '/imports',
  who: 'signed-in',
  tag: 'imports',
  summary:
    'Upload a .vcf, .ics, .csv or .zip file, the body itself; it is read at once and nothing is saved yet.',
  status: 201,
  input: Type.Object({
    name: Type.Optional(
      Type.String({ maxLength: 200, description: 'Name of the file; its ending says what it is' }),
    ),
    timeZone: Type.Optional(Type.String({ maxLength: 64 })),
  }),
  output: Type.Object({ id: Id }),
  run: () => Promise.reject(new Refusal(415, 'Send the file itself as the body.')),
  raw: { consumes: 'application/octet-stream', answer: uploaded },
});

/** One's imports. */
export const LIST_IMPORTS = operation({
  id: 'listImports',
  method: 'GET',
  path: '/imports',
  who: 'signed-in',
  tag: 'imports',
  summary: 'List your imports, newest first.',
  input: Type.Object({
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(Summary), next: TextOrNull }),
  async run({ app, actor }, input) {
    const { items, next } = await listImports(app, actor, input);
    return { items: items.map((job) => shownJob(job, job.tally, job.undoUntilUtc)), next };
  },
});

/** One import. */
export const GET_IMPORT = operation({
  id: 'getImport',
  method: 'GET',
  path: '/imports/{id}',
  who: 'signed-in',
  tag: 'imports',
  summary: 'Read an import: where it stands, what was found, where it goes.',
  input: JustId,
  output: Whole,
  run: (call, { id }) => whole(call, id),
});

/** What is in an import. */
export const LIST_IMPORT_ITEMS = operation({
  id: 'listImportItems',
  method: 'GET',
  path: '/imports/{id}/items',
  who: 'signed-in',
  tag: 'imports',
  summary: 'List the items of an import in the order of its files.',
  input: Type.Object({
    id: Id,
    verdict: Type.Optional(Type.Array(VerdictShape)),
    outcome: Type.Optional(Type.Array(Type.Enum(['done', 'same', 'failed', 'undone', 'kept']))),
    cursor: Type.Optional(Type.Integer({ minimum: -1, maximum: 2 ** 31 - 1 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({ items: Type.Array(Item), next: TextOrNull }),
  async run({ app, actor }, { id, verdict, outcome, cursor = -1, limit = 50 }) {
    const found = await listImportItems(app, actor, id, {
      ...(verdict === undefined ? {} : { verdicts: verdict }),
      ...(outcome === undefined ? {} : { steps: outcome }),
      after: cursor,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(shownItem),
      next: found.length > limit && last !== undefined ? String(last.position) : null,
    };
  },
});

/** What is to be done with items. */
export const CHOOSE_IMPORT_ITEMS = operation({
  id: 'chooseImportItems',
  method: 'PATCH',
  path: '/imports/{id}/items',
  who: 'signed-in',
  tag: 'imports',
  summary: 'Choose what is done with items of an import, one by one or for all of one kind.',
  input: Type.Object({
    id: Id,
    items: Type.Optional(
      Type.Array(Type.Object({ position: Position, choice: ChoiceShape }), { maxItems: 1000 }),
    ),
    all: Type.Optional(Type.Object({ verdict: VerdictShape, choice: ChoiceShape })),
  }),
  output: Counts,
  async run({ app, actor }, { id, items, all }) {
    const chosen = { ...(items === undefined ? {} : { items }), ...(all === undefined ? {} : { all }) };
    return { ...(await chooseImport(app, actor, id, chosen)) };
  },
});

/** Where the calendars and books of an import go. */
export const SET_IMPORT_TARGETS = operation({
  id: 'setImportTargets',
  method: 'PUT',
  path: '/imports/{id}/targets',
  who: 'signed-in',
  tag: 'imports',
  summary: 'Say where the calendars and address books of an import go; its items are compared again.',
  input: Type.Object({
    id: Id,
    targets: Type.Array(Type.Object({ group: Position, target: Target }), { maxItems: 100 }),
  }),
  output: null,
  run: ({ app, actor }, { id, targets }) => setImportTargets(app, actor, id, targets),
});

/** Where the columns of a table go. */
export const SET_IMPORT_MAPPING = operation({
  id: 'setImportMapping',
  method: 'PUT',
  path: '/imports/{id}/tables/{table}',
  who: 'signed-in',
  tag: 'imports',
  summary:
    'Say where the columns of a table go; it is read again, and the next one with this header likewise.',
  input: Type.Object({
    id: Id,
    table: Position,
    mapping: Type.Array(Type.String({ maxLength: 60 }), { maxItems: 400 }),
  }),
  output: null,
  run: ({ app, actor }, { id, table, mapping }) => setImportMapping(app, actor, id, table, mapping),
});

const verb = (id: string, path: string, summary: string, run: (call: ApiCall, id: string) => Promise<void>) =>
  operation({
    ...{ id, path, summary },
    method: 'POST',
    who: 'signed-in',
    tag: 'imports',
    input: JustId,
    output: null,
    run: (call, input) => run(call, input.id),
  });

/** Carries an import out. */
export const START_IMPORT = verb(
  'startImport',
  '/imports/{id}/start',
  'Import what was chosen, or go on with an import that was stopped.',
  ({ app, actor }, id) => startImport(app, actor, id),
);

/** Stops an import in the middle. */
export const STOP_IMPORT = verb(
  'stopImport',
  '/imports/{id}/stop',
  'Stop an import; what is done can be kept or undone, or the rest be done later.',
  ({ app, actor }, id) => stopImport(app, actor, id),
);

/** Keeps what a stopped import did. */
export const KEEP_IMPORT = verb(
  'keepImport',
  '/imports/{id}/keep',
  'Keep what a stopped import has done and leave out the rest.',
  ({ app, actor }, id) => keepImport(app, actor, id),
);

/** Takes an import back. */
export const UNDO_IMPORT = verb(
  'undoImport',
  '/imports/{id}/undo',
  'Take an import back within 30 days; what was changed since stays.',
  ({ app, actor }, id) => undoImport(app, actor, id),
);

/** Cancels an import. */
export const REMOVE_IMPORT = operation({
  id: 'removeImport',
  method: 'DELETE',
  path: '/imports/{id}',
  who: 'signed-in',
  tag: 'imports',
  summary: 'Cancel an import that has saved nothing.',
  input: JustId,
  output: null,
  run: ({ app, actor, dataDir }, { id }) => removeImport(app, actor, dataDir, id),
});

async function leftOut(
  { app, actor, dataDir }: ApiCall,
  { id }: { readonly id: string },
): Promise<WireResponse> {
  const { name, body } = await leftOutFile(app, actor, dataDir, id);
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="import-left-out.txt"; filename*=UTF-8''${encodeURIComponent(name)}`,
      'Cache-Control': 'no-store',
    },
    body,
  };
}

/** What an import leaves out, as a file. */
export const DOWNLOAD_LEFT_OUT = operation({
  id: 'downloadLeftOut',
  method: 'GET',
  path: '/imports/{id}/left-out',
  who: 'signed-in',
  tag: 'imports',
  summary: 'Download the items an import leaves out, as they stand in the files.',
  input: JustId,
  output: Type.Object({ file: Type.String() }),
  async run(call, { id }) {
    const { body } = await leftOutFile(call.app, call.actor, call.dataDir, id);
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { file: Buffer.concat(pieces).toString('utf8') };
  },
  raw: { produces: 'text/plain', answer: leftOut },
});

/** Operations of this part of the API. */
export const IMPORT_OPERATIONS: readonly Operation[] = [
  CREATE_IMPORT,
  LIST_IMPORTS,
  GET_IMPORT,
  LIST_IMPORT_ITEMS,
  CHOOSE_IMPORT_ITEMS,
  SET_IMPORT_TARGETS,
  SET_IMPORT_MAPPING,
  START_IMPORT,
  STOP_IMPORT,
  KEEP_IMPORT,
  UNDO_IMPORT,
  REMOVE_IMPORT,
  DOWNLOAD_LEFT_OUT,
];
