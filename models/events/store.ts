import type { Db } from '../db/database.ts';
import { FLOATING_SLACK_SECONDS } from '../ical/occurrences.ts';
import type { CollectionId, ETag } from '../types.ts';

/** A row of the index of occurrences with the object it belongs to. */
export interface SlotRow {
  readonly object_id: number;
  readonly start_utc: number;
  readonly end_utc: number;
  /** 3: only the object itself tells whether and where the occurrence is. */
  readonly is_floating: number;
}

/** UTC seconds; floating times count as if they were UTC and may lie `FLOATING_SLACK_SECONDS` off. */
export interface SlotRange {
  readonly startUtc: number;
  readonly endUtc: number;
  readonly limit: number;
}

const DAY_SECONDS = 86_400;
/** Occurrences longer than this have an index of their own, on the same expression. */
const LONG_SECONDS = 691_200;

/** Events of a calendar whose occurrences touch a range, by start; a little more than asked for around its ends. */
export function slotsIn(db: Db, calendar: CollectionId, range: SlotRange): Promise<readonly SlotRow[]> {
  const start = range.startUtc - FLOATING_SLACK_SECONDS;
  const end = range.endUtc + FLOATING_SLACK_SECONDS;
  const columns = 'SELECT object_id, start_utc, end_utc, is_floating FROM occurrences';
  return db.all<SlotRow>(
    `SELECT object_id, start_utc, end_utc, is_floating FROM (
       ${columns} WHERE collection_id = ? AND start_utc >= ? AND start_utc < ? AND end_utc >= ? AND component = 'VEVENT'
         AND end_utc - start_utc <= ${LONG_SECONDS}
       UNION ALL
       ${columns} WHERE collection_id = ? AND end_utc - start_utc > ${LONG_SECONDS}
         AND start_utc < ? AND end_utc >= ? AND component = 'VEVENT') AS found
     ORDER BY start_utc, object_id LIMIT ?`,
    [calendar, start - LONG_SECONDS, end, start, calendar, end, start, range.limit],
  );
}

/** An object whose occurrences the index does not hold up to the end of a range. */
export interface ShortRow {
  readonly id: number;
}

/** Events that recur beyond what the index holds of them. */
export async function beyondIndex(
  db: Db,
  calendar: CollectionId,
  range: SlotRange & { readonly completeFromUtc: number },
): Promise<readonly number[]> {
  const isEarly = range.startUtc - FLOATING_SLACK_SECONDS < range.completeFromUtc;
  const needed = isEarly ? Number.MAX_SAFE_INTEGER : range.endUtc + FLOATING_SLACK_SECONDS;
  const rows = await db.all<ShortRow>(
    `SELECT id FROM objects WHERE collection_id = ? AND expanded_until IS NOT NULL AND expanded_until < ?
       AND component = 'VEVENT' AND first_start < ? ORDER BY id LIMIT ?`,
    [calendar, needed, range.endUtc + DAY_SECONDS, range.limit],
  );
  return rows.map((row) => row.id);
}

/** An object with its bytes. */
export interface BodyRow {
  readonly id: number;
  readonly collection: CollectionId;
  readonly name: string;
  readonly etag: ETag;
  readonly body: Uint8Array;
}

interface StoredRow {
  readonly id: number;
  readonly collection_id: number;
  readonly name: string;
  readonly etag: string;
  readonly body: Uint8Array;
}

const toBody = (row: StoredRow): BodyRow => ({
  id: row.id,
  collection: row.collection_id as CollectionId,
  name: row.name,
  etag: row.etag as ETag,
  body: row.body,
});

/** Objects by row id, of these calendars only. */
export async function bodiesOf(
  db: Db,
  calendars: readonly CollectionId[],
  ids: readonly number[],
): Promise<readonly BodyRow[]> {
  if (ids.length === 0) return [];
  const rows = await db.all<StoredRow>(
    `SELECT id, collection_id, name, etag, body FROM objects
     WHERE id IN ${db.oneOfNumbers} AND +collection_id IN ${db.oneOfNumbers}`,
    [JSON.stringify(ids), JSON.stringify(calendars)],
  );
  return rows.map(toBody);
}

/** Tasks of a list, those that begin or are due first before the others; at most `limit`. */
export async function taskBodies(db: Db, calendar: CollectionId, limit: number): Promise<readonly BodyRow[]> {
  const rows = await db.all<StoredRow>(
    `SELECT id, collection_id, name, etag, body FROM objects WHERE collection_id = ? AND component = 'VTODO'
     ORDER BY modified_utc DESC, id LIMIT ?`,
    [calendar, limit],
  );
  return rows.map(toBody);
}
