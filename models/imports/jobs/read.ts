import { refreshContacts } from '../../contacts/derive.ts';
import { listBooks } from '../../contacts/service.ts';
import { createZones } from '../../ical/zones.ts';
import { etagOf } from '../../objects/etag.ts';
import { headerHash, isField, type Mapping } from '../csv/fields.ts';
import { parseTable, type TableInfo } from '../csv/table.ts';
import { type NormalContext, normaliseRecord } from '../normalise.ts';
import { Planned } from '../plan.ts';
import { type NormalRecord, type RawRecord, type Refused, refused } from '../record.ts';
import { findTargets } from '../targets.ts';
import { folderName, Groups, stemOf } from './groups.ts';
import { insertItems, itemsOf, updateJudged } from './items-store.ts';
import { type ImportEntry, NO_RESULT } from './job.ts';
import { judgeBatch, type MatchContext } from './match.ts';
import { reasonOf, tellingRepairs } from './reasons.ts';
import { calendarNameOf, type FoundFile, foundFiles, recordsOf, totalBytesOf } from './sources.ts';
import { Spool, uploadPath } from './spool.ts';
import {
  clearReading,
  filesOf,
  groupsOf,
  savedMapping,
  saveGroup,
  saveTable,
  spoolBytesOf,
  tablesOf,
} from './store.ts';
import { step, type Work } from './work.ts';

const BATCH = 200;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Of what cannot be read, this much is kept for downloading. */
const MAX_RAW = 1024 * 1024;

interface Pending {
  readonly raw: RawRecord | null;
  readonly record: NormalRecord | Refused;
  readonly group: number;
}

/** Items of one import on their way into the table. */
class Intake {
  readonly #work: Work;
  readonly #context: MatchContext;
  readonly #spool: Spool;
  readonly #groups: Groups;
  #pending: Pending[] = [];
  #bytes = 0;
  #position = 0;

  constructor(work: Work, context: MatchContext, spool: Spool, groups: Groups) {
    this.#work = work;
    this.#context = context;
    this.#spool = spool;
    this.#groups = groups;
  }

  get isFull(): boolean {
    return this.#pending.length >= BATCH || this.#bytes >= BATCH_BYTES;
  }

  add(pending: Pending): void {
    this.#pending.push(pending);
    this.#bytes += pending.record.kind === 'normal' ? pending.record.body.byteLength : 0;
    this.#bytes += pending.raw?.bytes.length ?? 0;
  }

  /** Judges what has come, and writes it down: bytes first, then where they lie. */
  async flush(done: number, atFile: string | null): Promise<void> {
    const pieces: Uint8Array[] = [];
    let at = this.#spool.end;
    const place = (bytes: Uint8Array | null) => {
      if (bytes === null) return { start: 0, length: 0 };
      pieces.push(bytes);
      const start = at;
      at += bytes.byteLength;
      return { start, length: bytes.byteLength };
    };
    const found = this.#pending.map(({ raw, record, group }) => {
      const body = record.kind === 'normal' ? record.body : null;
      const isTold = record.kind === 'refused' || tellingRepairs(record.repairs).length > 0;
      const kept = raw !== null && isTold ? Buffer.from(raw.bytes.slice(0, MAX_RAW), 'latin1') : null;
      const [bodyPlace, rawPlace] = [place(body), place(kept)];
      const entry: ImportEntry = {
        ...base(record, this.#position++, group),
        ...{ bodyStart: bodyPlace.start, bodyBytes: bodyPlace.length },
        ...{ rawStart: rawPlace.start, rawBytes: rawPlace.length },
      };
      return { entry, body };
    });
    const entries = await judgeBatch(this.#context, found);
    await this.#spool.add(pieces);
    const groups = this.#groups.takeMoved();
    this.#pending = [];
    this.#bytes = 0;
    await step(this.#work, { done, atFile, spoolBytes: this.#spool.end }, async (tx) => {
      for (const group of groups) await saveGroup(tx, this.#work.job.id, group);
      await insertItems(tx, this.#work.job.id, entries);
    });
  }
}

/** Databases take no NUL, and JSON no half of a pair. */
const safe = (text: string, length: number): string =>
  text.replace(/[\0\p{Surrogate}]/gu, '').slice(0, length);

function base(record: NormalRecord | Refused, position: number, group: number): ImportEntry {
  const isNormal = record.kind === 'normal';
  return {
    ...{ position, group, line: record.line, file: safe(record.file, 500) },
    component: isNormal ? record.component : '',
    uid: isNormal ? record.uid : '',
    title: isNormal ? safe(record.title, 200) : '',
    tag: isNormal ? etagOf(record.body) : '',
    ...{ bodyStart: 0, bodyBytes: 0, rawStart: 0, rawBytes: 0 },
    verdict: 'unreadable',
    reason: isNormal ? '' : reasonOf(record.reason),
    reasonText: isNormal ? '' : safe(record.reason, 300),
    repairs: isNormal ? record.repairs : [],
    match: null,
    matchTitle: '',
    differs: [],
    choice: 'leave',
    result: NO_RESULT,
  };
}

/** What judging needs to know of the person. */
async function contextOf(work: Work, groupAt: MatchContext['groupAt']): Promise<MatchContext> {
  const { app, actor, job } = work;
  const books = await listBooks(app, actor);
  await refreshContacts(app, job.owner, books);
  return { app, job, books: books.map((book) => book.id), groupAt, planned: new Planned() };
}

/** Reads the files of an import from their beginning and judges every item; what an earlier try found is forgotten. Nothing of the person's is touched. */
export async function readImport(work: Work): Promise<void> {
  const { app, dataDir, job } = work;
  const files = await filesOf(app.db, job.id);
  const found = () => foundFiles(files, (position) => uploadPath(dataDir, job.id, position));
  const total = await totalBytesOf(found());
  await step(work, { state: 'reading', done: 0, total, atFile: null, spoolBytes: 0 }, (tx) =>
    clearReading(tx, job.id),
  );
  const groups = new Groups(await findTargets(app, job.owner, null));
  const spool = await Spool.open(dataDir, job.id, 0);
  try {
    const context = await contextOf(work, (position) => groups.all[position]);
    const intake = new Intake(work, context, spool, groups);
    await readFiles(work, found(), intake, groups);
    await intake.flush(total, null);
  } finally {
    await spool.close();
  }
  await step(work, { state: 'review', wish: null, done: 0, total: 0, atFile: null });
}

async function readFiles(
  work: Work,
  files: AsyncIterable<FoundFile>,
  intake: Intake,
  groups: Groups,
): Promise<void> {
  const tables = await Tables.open(work);
  const context = { limits: work.app.limits, zones: createZones() };
  let before = 0;
  for await (const file of files) {
    let read = 0;
    const records = recordsOf(file, tables.of, (bytes) => {
      read = bytes;
    });
    for await (const { raw, place, name } of placed(file, records)) {
      if (raw.kind === 'refused') intake.add({ raw: null, record: raw, group: -1 });
      else take(raw, { place, name }, context, groups, intake);
      if (intake.isFull) await intake.flush(before + read, file.source.name);
    }
    before += file.source.sizeBytes ?? read;
    await tables.save();
  }
}

function take(
  raw: RawRecord,
  { place, name }: { readonly place: string; readonly name: string },
  context: NormalContext,
  groups: Groups,
  intake: Intake,
): void {
  for (const record of normaliseRecord(raw, context)) {
    const group = record.kind === 'normal' ? groups.take(place, name, record.component).position : -1;
    intake.add({ raw, record, group });
  }
}

interface Placed {
  readonly raw: RawRecord | Refused;
  /** What tells its calendar or book apart from others: its file, or its folder where each item has a file of its own. */
  readonly place: string;
  readonly name: string;
}

/** The items of a file with the calendar or book they belong to. A file that breaks gives a refusal with the place reached. */
async function* placed(file: FoundFile, records: AsyncIterable<RawRecord | Refused>): AsyncGenerator<Placed> {
  const { source, folder } = file;
  const own = { place: source.name, name: stemOf(source.name) };
  let first: RawRecord | null = null;
  let count = 0;
  let line = 1;
  let broken: Refused | null = null;
  try {
    if (!file.isTable) own.name = (await calendarNameOf(source)) ?? own.name;
    for await (const raw of records) {
      line = raw.line;
      if (raw.kind === 'refused' || folder === null) {
        yield { raw, ...own };
        continue;
      }
      count += 1;
      if (count === 1) first = raw;
      else {
        if (count === 2 && first !== null) yield { raw: first, ...own };
        yield { raw, ...own };
      }
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    broken = refused(source.name, line, `reading stopped here: ${message}`);
  }
  const inFolder = { place: folder ?? '', name: folderName(folder ?? '') || own.name };
  if (count === 1 && first !== null) yield { raw: first, ...inFolder };
  if (broken !== null) yield { raw: broken, ...own };
}

/** What is known of the tables among the files: found before, corrected by the person, or chosen for an earlier file of the same kind. */
class Tables {
  readonly #work: Work;
  readonly #known: Map<string, { readonly position: number; readonly info: TableInfo }>;
  readonly #fresh: { readonly file: string; readonly info: TableInfo }[] = [];

  private constructor(
    work: Work,
    known: Map<string, { readonly position: number; readonly info: TableInfo }>,
  ) {
    this.#work = work;
    this.#known = known;
  }

  static async open(work: Work): Promise<Tables> {
    const known = new Map<string, { readonly position: number; readonly info: TableInfo }>();
    for (const { file, position, info } of await tablesOf(work.app.db, work.job.id)) {
      const parsed = parseTable(info);
      if (parsed !== null) known.set(file, { position, info: parsed });
    }
    return new Tables(work, known);
  }

  /** The table of a file; `found` is what looking at it gave, null to ask for what is known. */
  readonly of = async (file: string, found: TableInfo | null): Promise<TableInfo | null> => {
    const known = this.#known.get(file);
    if (known !== undefined || found === null) return known?.info ?? null;
    const saved = await savedMapping(this.#work.app.db, this.#work.job.owner, headerHash(found.header));
    const info = saved === null ? found : { ...found, mapping: mappingOf(saved, found) };
    this.#known.set(file, { position: this.#known.size, info });
    this.#fresh.push({ file, info });
    return info;
  };

  async save(): Promise<void> {
    const fresh = this.#fresh.splice(0);
    if (fresh.length === 0) return;
    await this.#work.app.db.write(async (tx) => {
      for (const { file, info } of fresh)
        await saveTable(tx, this.#work.job.id, {
          file,
          position: this.#known.get(file)?.position ?? 0,
          info: JSON.stringify(info),
        });
    });
  }
}

function mappingOf(json: string, { kind, header, mapping }: TableInfo): Mapping {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value) || value.length !== header.length) return mapping;
  return mapping.map((field, at) => {
    const chosen: unknown = value[at];
    return typeof chosen === 'string' && isField(kind, chosen) ? chosen : field;
  });
}

/** Judges all items again, after other targets were chosen; choices stay where the verdict does. */
export async function rematchImport(work: Work): Promise<void> {
  const { app, dataDir, job } = work;
  const groups = await groupsOf(app.db, job.id);
  const byPosition = new Map(groups.map((group) => [group.position, group]));
  const context = await contextOf(work, (position) => byPosition.get(position));
  const spool = await Spool.open(dataDir, job.id, await spoolBytesOf(app.db, job.id));
  try {
    let after = -1;
    for (;;) {
      const entries = await itemsOf(app.db, job.id, { after, limit: BATCH });
      const last = entries.at(-1);
      if (last === undefined) break;
      await rejudge(work, context, spool, entries);
      after = last.position;
    }
  } finally {
    await spool.close();
  }
  await step(work, { state: 'review', wish: null, done: 0, total: 0 });
}

async function rejudge(
  work: Work,
  context: MatchContext,
  spool: Spool,
  entries: readonly ImportEntry[],
): Promise<void> {
  const found: { entry: ImportEntry; body: Uint8Array | null }[] = [];
  for (const entry of entries) {
    const body = entry.bodyBytes === 0 ? null : await spool.read(entry.bodyStart, entry.bodyBytes);
    found.push({ entry, body });
  }
  const judged = await judgeBatch(context, found);
  const changed = judged.map((entry, at) => {
    const before = entries[at];
    const isSame = before?.verdict === entry.verdict && before.reason === entry.reason;
    return isSame ? { ...entry, choice: before.choice } : entry;
  });
  await step(work, { done: (entries[0]?.position ?? 0) + entries.length }, (tx) =>
    updateJudged(tx, work.job.id, changed),
  );
}
