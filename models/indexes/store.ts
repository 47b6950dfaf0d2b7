import type { Bind, Db, Tx } from '../db/database.ts';
import {
  FLOATING_SLACK_SECONDS,
  type Floating,
  type ObjectTimes,
  type OccurrenceRow,
} from '../ical/occurrences.ts';
import type { CollectionId } from '../types.ts';
import type { CardField } from '../vcard/fields.ts';

/** Occurrences up to this long are found by where they begin; the few longer ones have an index of their own. */
const LONG_SECONDS = 691_200;

/** A table of rows from one JSON array of arrays, `j.value` each. */
function jsonRows(db: Db): string {
  return db.dialect === 'sqlite' ? 'json_each(?) AS j' : 'jsonb_array_elements(CAST(? AS jsonb)) AS j(value)';
}

const OCCURRENCE_COLUMNS =
  'INSERT INTO occurrences (collection_id, object_id, start_utc, end_utc, component, busy, is_floating)';

/** The column `is_floating`. */
const FLOATING_CODES: Readonly<Record<Floating, number>> = { no: 0, days: 1, times: 2, perhaps: 3 };

/** Adds the occurrences of an object. */
export async function insertOccurrences(
  tx: Tx,
  collection: CollectionId,
  object: number,
  rows: readonly OccurrenceRow[],
): Promise<void> {
  const [only] = rows;
  if (only === undefined) return;
  if (rows.length === 1) {
    const { startUtc, endUtc, component, busy, floating } = only;
    const binds: Bind[] = [collection, object, startUtc, endUtc, component, busy, FLOATING_CODES[floating]];
    await tx.run(`${OCCURRENCE_COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?)`, binds);
    return;
  }
  const list = rows.map((row) => [
    row.startUtc,
    row.endUtc,
    row.component,
    row.busy,
    FLOATING_CODES[row.floating],
  ]);
  await tx.run(
    `${OCCURRENCE_COLUMNS}
     SELECT ?, ?, CAST(j.value ->> 0 AS BIGINT), CAST(j.value ->> 1 AS BIGINT), j.value ->> 2, j.value ->> 3,
       CAST(j.value ->> 4 AS INTEGER) FROM ${jsonRows(tx)}`,
    [collection, object, JSON.stringify(list)],
  );
}

/** Adds the searchable fields of a card. */
export async function insertCardFields(
  tx: Tx,
  collection: CollectionId,
  object: number,
  fields: readonly CardField[],
): Promise<void> {
  if (fields.length === 0) return;
  const list = fields.map(({ field, value }) => [field, value]);
  await tx.run(
    `INSERT INTO cardfields (collection_id, object_id, field, value)
     SELECT ?, ?, j.value ->> 0, j.value ->> 1 FROM ${jsonRows(tx)}`,
    [collection, object, JSON.stringify(list)],
  );
}

/** Removes what the indexes hold of an object. */
export async function clearIndex(tx: Tx, object: number, isCard: boolean): Promise<void> {
  await tx.run(`DELETE FROM ${isCard ? 'cardfields' : 'occurrences'} WHERE object_id = ?`, [object]);
}

/** Takes the rows of an object along into another collection. */
export async function rehomeIndex(tx: Tx, object: number, to: CollectionId, isCard: boolean): Promise<void> {
  const table = isCard ? 'cardfields' : 'occurrences';
  await tx.run(`UPDATE ${table} SET collection_id = ? WHERE object_id = ?`, [to, object]);
}

/** Gives a copy of an object the same rows. */
export async function copyIndex(
  tx: Tx,
  object: number,
  to: { readonly collection: CollectionId; readonly object: number },
  isCard: boolean,
): Promise<void> {
  const table = isCard ? 'cardfields' : 'occurrences';
  const columns = isCard ? 'field, value' : 'start_utc, end_utc, component, busy, is_floating';
  await tx.run(
    `INSERT INTO ${table} (collection_id, object_id, ${columns})
     SELECT ?, ?, ${columns} FROM ${table} WHERE object_id = ?`,
    [to.collection, to.object, object],
  );
}

/** The columns of an object row that say how far its occurrences reach. */
export function timeColumns(times: ObjectTimes | null): readonly Bind[] {
  if (times === null) return [null, null, 0, null, 0];
  const { firstStart, lastEnd, isEndless, expandedUntil, needsFilter } = times;
  return [firstStart, lastEnd, isEndless ? 1 : 0, expandedUntil, needsFilter ? 1 : 0];
}

/** Writes these columns anew when the object still has the bytes they were computed from; gives whether it has. */
export async function updateTimes(
  tx: Tx,
  object: number,
  etag: string,
  times: ObjectTimes | null,
): Promise<boolean> {
  const sql = `UPDATE objects SET first_start = ?, last_end = ?, is_endless = ?, expanded_until = ?, needs_filter = ?
    WHERE id = ? AND etag = ?`;
  return (await tx.run(sql, [...timeColumns(times), object, etag])) > 0;
}

/** An object that an index is computed from. */
export interface IndexedBody {
  readonly id: number;
  readonly collection_id: number;
  readonly component: string;
  readonly etag: string;
  readonly revision: number;
  readonly body: Uint8Array;
}

const INDEXED_BODY = 'SELECT id, collection_id, component, etag, revision, body FROM objects';

/** Objects of a collection that were written after a revision, in that order, for indexing anew. */
export function bodiesAfter(
  db: Db,
  collection: CollectionId,
  revision: number,
  limit: number,
): Promise<readonly IndexedBody[]> {
  return db.all<IndexedBody>(
    `${INDEXED_BODY} WHERE collection_id = ? AND revision > ? ORDER BY revision LIMIT ?`,
    [collection, revision, limit],
  );
}

/** Objects in order of id whose occurrences end before that time. */
export function shortOfHorizon(
  db: Db,
  untilUtc: number,
  after: number,
  limit: number,
): Promise<readonly IndexedBody[]> {
  return db.all<IndexedBody>(`${INDEXED_BODY} WHERE expanded_until < ? AND id > ? ORDER BY id LIMIT ?`, [
    untilUtc,
    after,
    limit,
  ]);
}

/** A time range with both ends; open ones are far away. */
export interface Reach {
  readonly startUtc: number;
  readonly endUtc: number;
  /** Rows of endless objects are complete from here on. */
  readonly completeFromUtc: number;
}

/** An object that may pass a time range; `certain`: it does, whatever zone floating times are read in. */
export interface Candidate {
  readonly id: number;
  readonly isCertain: boolean;
}

/** Occurrences that touch a range: twice as SQL, for short and for long ones, with the same binds after the collection. */
const TOUCHING = `start_utc < ? AND (
  (is_floating = 0 AND start_utc < ? AND (end_utc > ? OR (end_utc <= start_utc AND start_utc >= ?)))
  OR (is_floating <> 0 AND (end_utc > ? OR (end_utc <= start_utc AND start_utc >= ?))))`;
const IS_LONG = `end_utc - start_utc > ${LONG_SECONDS}`;

function touchingBinds(reach: Reach): readonly number[] {
  const { startUtc: s, endUtc: e } = reach;
  const early = s - FLOATING_SLACK_SECONDS;
  return [e + FLOATING_SLACK_SECONDS, e, s, s, early, early];
}

/** Where short occurrences that touch the range begin at the earliest. */
function earliest(reach: Reach): number {
  return reach.startUtc - FLOATING_SLACK_SECONDS - LONG_SECONDS;
}

/** Up to where occurrences have to reach for the range to be known; far away when it begins before they do. */
function neededUntil(reach: Reach): number {
  return reach.startUtc - FLOATING_SLACK_SECONDS < reach.completeFromUtc
    ? Number.MAX_SAFE_INTEGER
    : reach.endUtc + FLOATING_SLACK_SECONDS;
}

const BEYOND = `SELECT id AS object_id, 0 AS certain FROM objects
  WHERE collection_id = ? AND expanded_until IS NOT NULL AND expanded_until < ? AND component = ? AND first_start < ?`;

/** Finds the objects of a component that may touch a range: by their occurrences, and where these do not reach, by their bounds. */
export async function candidatesIn(
  db: Db,
  collection: CollectionId,
  component: string,
  reach: Reach,
): Promise<readonly Candidate[]> {
  const { startUtc, endUtc } = reach;
  const certain = [endUtc - FLOATING_SLACK_SECONDS, startUtc + FLOATING_SLACK_SECONDS];
  const touching = touchingBinds(reach);
  const isCertain =
    'CASE WHEN is_floating = 0 OR (is_floating = 1 AND start_utc < ? AND end_utc > ?) THEN 1 ELSE 0 END';
  const rows = await db.all<{ object_id: number; certain: number }>(
    `SELECT object_id, MAX(certain) AS certain FROM (
       SELECT object_id, ${isCertain} AS certain FROM occurrences
       WHERE collection_id = ? AND start_utc >= ? AND ${TOUCHING} AND component = ?
       UNION ALL
       SELECT object_id, ${isCertain} AS certain FROM occurrences
       WHERE collection_id = ? AND ${IS_LONG} AND ${TOUCHING} AND component = ?
       UNION ALL ${BEYOND}) AS found
     GROUP BY object_id`,
    [
      ...[...certain, collection, earliest(reach), ...touching, component],
      ...[...certain, collection, ...touching, component],
      ...[collection, neededUntil(reach), component, endUtc + FLOATING_SLACK_SECONDS],
    ],
  );
  return rows.map((row) => ({ id: row.object_id, isCertain: row.certain === 1 }));
}

/** An occurrence of whole days; its ends are midnights of the zone it is read in. */
export interface DayRow {
  readonly object_id: number;
  readonly start_utc: number;
  readonly end_utc: number;
}

/** Occurrences of whole days of some objects that may touch a range. */
export function dayRows(db: Db, objects: readonly number[], reach: Reach): Promise<readonly DayRow[]> {
  const { startUtc, endUtc } = reach;
  return db.all<DayRow>(
    `SELECT object_id, start_utc, end_utc FROM occurrences WHERE object_id IN ${db.oneOfNumbers}
       AND is_floating = 1 AND start_utc < ? AND end_utc > ?`,
    [JSON.stringify(objects), endUtc + FLOATING_SLACK_SECONDS, startUtc - FLOATING_SLACK_SECONDS],
  );
}

/** A row of somebody's busy time. */
export interface BusyRow {
  readonly object_id: number;
  readonly start_utc: number;
  readonly end_utc: number;
  readonly busy: 'busy' | 'tentative' | 'unavailable';
  /** 0: not; 1: both ends are midnights of the zone it is read in; 2, 3: the row does not tell its ends there. */
  readonly is_floating: 0 | 1 | 2 | 3;
}

/** Occurrences in a range that take up time; one index, no stored bytes. */
export function busyRows(db: Db, collection: CollectionId, reach: Reach): Promise<readonly BusyRow[]> {
  const touching = touchingBinds(reach);
  const columns = 'SELECT object_id, start_utc, end_utc, busy, is_floating FROM occurrences';
  return db.all<BusyRow>(
    `${columns} WHERE collection_id = ? AND start_utc >= ? AND ${TOUCHING} AND busy <> 'free'
     UNION ALL ${columns} WHERE collection_id = ? AND ${IS_LONG} AND ${TOUCHING} AND busy <> 'free'`,
    [collection, earliest(reach), ...touching, collection, ...touching],
  );
}

/** Bytes of the events whose occurrences do not reach over the range. */
export async function bodiesBeyond(
  db: Db,
  collection: CollectionId,
  reach: Reach,
): Promise<readonly Uint8Array[]> {
  const rows = await db.all<{ body: Uint8Array }>(
    `SELECT body FROM objects WHERE id IN (SELECT object_id FROM (${BEYOND}) AS beyond)`,
    [collection, neededUntil(reach), 'VEVENT', reach.endUtc + FLOATING_SLACK_SECONDS],
  );
  return rows.map((row) => row.body);
}
