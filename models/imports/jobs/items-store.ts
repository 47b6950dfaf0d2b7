import type { Db, Tx } from '../../db/database.ts';
import type { CollectionId, PrincipalId } from '../../types.ts';
import { REPAIRS, type Repair } from '../transforms/names.ts';
import {
  CHOICES,
  type Choice,
  type Differs,
  type ImportCounts,
  type ImportEntry,
  type ImportId,
  type ImportResult,
  type ImportTally,
  REASONS,
  type Reason,
  VERDICTS,
  type Verdict,
} from './job.ts';

interface ItemRow {
  readonly position: number;
  readonly group_position: number;
  readonly component: string;
  readonly uid: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly tag: string;
  readonly body_start: number;
  readonly body_bytes: number;
  readonly raw_start: number;
  readonly raw_bytes: number;
  readonly verdict: string;
  readonly reason: string;
  readonly reason_text: string;
  readonly repairs: string;
  readonly match_collection_id: number | null;
  readonly match_name: string | null;
  readonly match_title: string;
  readonly differs: string;
  readonly choice: string;
  readonly step: string | null;
  readonly result_collection_id: number | null;
  readonly result_name: string | null;
  readonly former_etag: string | null;
  readonly result_etag: string | null;
  readonly failure: string | null;
}

const COLUMNS = `position, group_position, component, uid, title, file, line, tag, body_start, body_bytes, raw_start, raw_bytes,
  verdict, reason, reason_text, repairs, match_collection_id, match_name, match_title, differs, choice, step,
  result_collection_id, result_name, former_etag, result_etag, failure`;

const toCollection = (id: number): CollectionId => id as CollectionId;
const STEPS = ['writing', 'done', 'same', 'undone', 'kept', 'failed'] as const;
const toVerdict = (text: string): Verdict => VERDICTS.find((known) => known === text) ?? 'unreadable';
const toReason = (text: string): Reason => REASONS.find((known) => known === text) ?? 'other';
const toChoice = (text: string): Choice => CHOICES.find((known) => known === text) ?? 'skip';
const toStep = (text: string | null): ImportResult['step'] => STEPS.find((known) => known === text) ?? null;
const isRepair = (text: string): text is Repair => Object.hasOwn(REPAIRS, text);
const toRepairs = (text: string): readonly Repair[] => text.split(' ').filter(isRepair);

/** Kept as rows of three texts. */
function toDiffers(text: string): readonly Differs[] {
  const rows: unknown = text === '' ? [] : JSON.parse(text);
  if (!Array.isArray(rows)) return [];
  return rows.map((row: unknown) => {
    const [field = '', keep = '', other = ''] = Array.isArray(row) ? row.map(String) : [];
    return { field, keep, other };
  });
}

function toEntry(row: ItemRow): ImportEntry {
  return {
    position: row.position,
    group: row.group_position,
    component: row.component,
    uid: row.uid,
    title: row.title,
    file: row.file,
    line: row.line,
    tag: row.tag,
    bodyStart: row.body_start,
    bodyBytes: row.body_bytes,
    rawStart: row.raw_start,
    rawBytes: row.raw_bytes,
    verdict: toVerdict(row.verdict),
    reason: toReason(row.reason),
    reasonText: row.reason_text,
    repairs: toRepairs(row.repairs),
    match:
      row.match_collection_id === null || row.match_name === null
        ? null
        : { collection: toCollection(row.match_collection_id), name: row.match_name },
    matchTitle: row.match_title,
    differs: toDiffers(row.differs),
    choice: toChoice(row.choice),
    result: {
      step: toStep(row.step),
      collection: row.result_collection_id === null ? null : toCollection(row.result_collection_id),
      name: row.result_name,
      formerEtag: row.former_etag,
      etag: row.result_etag,
      failure: row.failure,
    },
  };
}

const ROWS_PER_INSERT = 20;
const HOLES = `(${Array.from({ length: 22 }, () => '?').join(', ')})`;

/** Adds items, several to a statement. */
export async function insertItems(tx: Tx, id: ImportId, items: readonly ImportEntry[]): Promise<void> {
  for (let at = 0; at < items.length; at += ROWS_PER_INSERT) {
    const some = items.slice(at, at + ROWS_PER_INSERT);
    await tx.run(
      `INSERT INTO import_items (job_id, position, group_position, component, uid, title, file, line, tag, body_start,
        body_bytes, raw_start, raw_bytes, verdict, reason, reason_text, repairs, match_collection_id, match_name,
        match_title, differs, choice) VALUES ${some.map(() => HOLES).join(', ')}`,
      some.flatMap((item) => [
        ...[id, item.position, item.group, item.component, item.uid, item.title, item.file, item.line],
        ...[item.tag, item.bodyStart, item.bodyBytes, item.rawStart, item.rawBytes],
        ...judged(item),
      ]),
    );
  }
}

const judged = (item: ImportEntry) => [
  ...[item.verdict, item.reason, item.reasonText, item.repairs.join(' ')],
  ...[item.match?.collection ?? null, item.match?.name ?? null, item.matchTitle],
  ...[
    item.differs.length === 0 ? '' : JSON.stringify(item.differs.map((d) => [d.field, d.keep, d.other])),
    item.choice,
  ],
];

/** Judges items anew. */
export async function updateJudged(tx: Tx, id: ImportId, items: readonly ImportEntry[]): Promise<void> {
  for (const item of items)
    await tx.run(
      `UPDATE import_items SET verdict = ?, reason = ?, reason_text = ?, repairs = ?, match_collection_id = ?, match_name = ?,
        match_title = ?, differs = ?, choice = ? WHERE job_id = ? AND position = ?`,
      [...judged(item), id, item.position],
    );
}

/** Which items, by verdict or by what became of them; in the order of the files, or from the last one. */
export interface ItemQuery {
  readonly verdicts?: readonly Verdict[];
  readonly choices?: readonly Choice[];
  readonly steps?: readonly string[];
  /** True: only those nothing was done with. */
  readonly isUntouched?: boolean;
  readonly after: number;
  readonly limit: number;
  readonly isBackwards?: boolean;
}

/** A page of items. */
export async function itemsOf(db: Db, id: ImportId, query: ItemQuery): Promise<readonly ImportEntry[]> {
  const { verdicts, choices, steps, isUntouched = false, after, limit, isBackwards = false } = query;
  const where = [`job_id = ?`, isBackwards ? 'position < ?' : 'position > ?'];
  const binds: (string | number)[] = [id, after];
  for (const [column, values] of [
    ['verdict', verdicts],
    ['choice', choices],
    ['step', steps],
  ] as const) {
    if (values === undefined) continue;
    where.push(`${column} IN ${db.oneOf}`);
    binds.push(JSON.stringify(values));
  }
  if (isUntouched) where.push('step IS NULL');
  const rows = await db.all<ItemRow>(
    `SELECT ${COLUMNS} FROM import_items WHERE ${where.join(' AND ')} ORDER BY position ${isBackwards ? 'DESC' : 'ASC'} LIMIT ?`,
    [...binds, limit],
  );
  return rows.map(toEntry);
}

/** One item; null when there is none. */
export async function itemAt(db: Db, id: ImportId, position: number): Promise<ImportEntry | null> {
  const row = await db.get<ItemRow>(`SELECT ${COLUMNS} FROM import_items WHERE job_id = ? AND position = ?`, [
    id,
    position,
  ]);
  return row === undefined ? null : toEntry(row);
}

/** How many items have which verdict, and what is chosen. */
export async function countsOf(db: Db, id: ImportId): Promise<ImportCounts> {
  const rows = await db.all<{ verdict: string; choice: string; n: number; bytes: number }>(
    `SELECT verdict, choice, count(*) AS n, sum(body_bytes) AS bytes FROM import_items WHERE job_id = ? GROUP BY verdict, choice`,
    [id],
  );
  const counts = { new: 0, look: 0, here: 0, unreadable: 0, repaired: 0, chosen: 0, chosenBytes: 0 };
  for (const { verdict, choice, n, bytes } of rows) {
    counts[toVerdict(verdict)] += Number(n);
    if (choice === 'skip' || choice === 'leave') continue;
    counts.chosen += Number(n);
    counts.chosenBytes += Number(bytes);
  }
  return counts;
}

/** What was done so far. */
export async function tallyOf(db: Db, id: ImportId): Promise<ImportTally> {
  const rows = await db.all<{ step: string; is_update: number; n: number }>(
    `SELECT step, CASE WHEN former_etag IS NULL THEN 0 ELSE 1 END AS is_update, count(*) AS n FROM import_items
     WHERE job_id = ? AND step IS NOT NULL GROUP BY step, CASE WHEN former_etag IS NULL THEN 0 ELSE 1 END`,
    [id],
  );
  const tally = { created: 0, updated: 0, failed: 0, undone: 0, kept: 0 };
  for (const { step, is_update, n } of rows) {
    if (step === 'done') tally[Number(is_update) === 1 ? 'updated' : 'created'] += Number(n);
    else if (step === 'failed' || step === 'undone' || step === 'kept') tally[step] += Number(n);
  }
  return tally;
}

/** Chooses for one item; false when it is not one of these verdicts. */
export async function setChoice(
  tx: Tx,
  id: ImportId,
  position: number,
  choice: Choice,
  verdicts: readonly Verdict[],
): Promise<boolean> {
  const sql = `UPDATE import_items SET choice = ? WHERE job_id = ? AND position = ? AND verdict IN ${tx.oneOf}`;
  return (await tx.run(sql, [choice, id, position, JSON.stringify(verdicts)])) > 0;
}

/** Chooses for all items of a verdict; gives how many. */
export function setAllChoices(tx: Tx, id: ImportId, verdict: Verdict, choice: Choice): Promise<number> {
  return tx.run('UPDATE import_items SET choice = ? WHERE job_id = ? AND verdict = ?', [choice, id, verdict]);
}

/** Leaves out whatever was chosen and not begun. */
export async function skipUntouched(tx: Tx, id: ImportId): Promise<void> {
  await tx.run(
    `UPDATE import_items SET choice = 'skip' WHERE job_id = ? AND step IS NULL AND choice IN ('import', 'merge', 'both')`,
    [id],
  );
}

/** Notes what is about to be written, or was. */
export async function setResult(tx: Tx, id: ImportId, position: number, result: ImportResult): Promise<void> {
  await tx.run(
    `UPDATE import_items SET step = ?, result_collection_id = ?, result_name = ?, former_etag = ?, result_etag = ?, failure = ?
     WHERE job_id = ? AND position = ?`,
    [
      ...[result.step, result.collection, result.name, result.formerEtag, result.etag, result.failure],
      ...[id, position],
    ],
  );
}

/** Keeps what an item is about to replace; what was kept first stays. */
export async function keepFormer(tx: Tx, id: ImportId, position: number, body: Uint8Array): Promise<void> {
  await tx.run(
    `INSERT INTO import_former (job_id, position, body) VALUES (?, ?, ?)
     ON CONFLICT (job_id, position) DO UPDATE SET body = excluded.body`,
    [id, position, body],
  );
}

/** What an item replaced; null when it replaced nothing. */
export async function formerOf(db: Db, id: ImportId, position: number): Promise<Uint8Array | null> {
  const row = await db.get<{ body: Uint8Array }>(
    'SELECT body FROM import_former WHERE job_id = ? AND position = ?',
    [id, position],
  );
  return row?.body ?? null;
}

/** Of these tags, those of items an earlier import of this person wrote, and that were not undone. */
export async function tagsImported(
  db: Db,
  owner: PrincipalId,
  job: ImportId,
  tags: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.all<{ tag: string }>(
    `SELECT DISTINCT i.tag FROM import_items i JOIN import_jobs j ON j.id = i.job_id
     JOIN objects o ON o.collection_id = i.result_collection_id AND o.name = i.result_name
     WHERE i.tag IN ${db.oneOf} AND i.step = 'done' AND j.owner_id = ? AND j.id <> ?`,
    [JSON.stringify(tags), owner, job],
  );
  return new Set(rows.map((row) => row.tag));
}

/** Of the writes of an import, how many items there are to do and how many are done. */
export async function workOf(
  db: Db,
  id: ImportId,
): Promise<{ readonly left: number; readonly done: number }> {
  const row = await db.get<{ n: number; done: number | null }>(
    `SELECT count(*) AS n, sum(CASE WHEN step IN ('done', 'same', 'failed') THEN 1 ELSE 0 END) AS done FROM import_items
     WHERE job_id = ? AND choice IN ('import', 'merge', 'both')`,
    [id],
  );
  const done = Number(row?.done ?? 0);
  return { left: Number(row?.n ?? 0) - done, done };
}
