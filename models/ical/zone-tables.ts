import { daysFromCivil, SECONDS_PER_DAY } from './values.ts';

/** How zones are kept: per zone and UTC year the moments where the offset changes, made when first asked for. */

/** A time zone. Local seconds are wall seconds: what a UTC clock with the same reading would count since 1970. */
export interface Zone {
  /** IANA id, the TZID of the object's own VTIMEZONE, `UTC`, or `floating`. */
  readonly id: string;
  readonly kind: 'iana' | 'own' | 'utc' | 'floating';
  /** Seconds east of UTC at a moment. */
  offsetAt(utcSeconds: number): number;
  /**
   * Turns wall seconds into UTC. A time that comes twice is its first coming; a time that is skipped is read with the
   * offset before the gap (RFC 5545 §3.3.5). In a floating zone wall time is taken as UTC.
   */
  toUtcSeconds(localSeconds: number): number;
  toLocal(utcSeconds: number): number;
  /** Lists the changes of offset in a UTC year, ascending. */
  changesIn(year: number): readonly OffsetChange[];
}

/** At `utc` the offset turns from `from` to `to`. */
export interface OffsetChange {
  readonly utc: number;
  readonly from: number;
  readonly to: number;
}

/** One UTC year of a zone: `offsets[i]` holds from `at[i]` on, `firstOffset` before. */
export interface YearTable {
  readonly startUtc: number;
  readonly endUtc: number;
  readonly firstOffset: number;
  readonly at: readonly number[];
  readonly offsets: readonly number[];
}

/** Outside these years a zone is read as at their edge; it bounds what hostile dates can make us compute and keep. */
export const FIRST_ZONE_YEAR = 1800;
const LAST_ZONE_YEAR = 2250;
const SECONDS_PER_YEAR = 31_556_952;

/** Counts UTC seconds up to the first of January. */
export function yearStart(year: number): number {
  return daysFromCivil(year, 1, 1) * SECONDS_PER_DAY;
}

function yearOf(utcSeconds: number): number {
  const guess = 1970 + Math.floor(utcSeconds / SECONDS_PER_YEAR);
  if (utcSeconds < yearStart(guess)) return guess - 1;
  return utcSeconds >= yearStart(guess + 1) ? guess + 1 : guess;
}

/** Makes a zone from a function that computes one year of it; each year is computed once. */
export function tableZone(id: string, kind: Zone['kind'], compute: (year: number) => YearTable): Zone {
  const tables = new Map<number, YearTable>();
  let last: YearTable | null = null;
  const tableOf = (wanted: number): YearTable => {
    const year = Math.min(Math.max(wanted, FIRST_ZONE_YEAR), LAST_ZONE_YEAR);
    const table = tables.get(year) ?? compute(year);
    tables.set(year, table);
    return table;
  };
  const offsetAt = (utcSeconds: number): number => {
    let table = last;
    if (table === null || utcSeconds < table.startUtc || utcSeconds >= table.endUtc) {
      table = tableOf(yearOf(utcSeconds));
      last = table;
    }
    let offset = table.firstOffset;
    for (let i = 0; i < table.at.length && utcSeconds >= (table.at[i] ?? 0); i++)
      offset = table.offsets[i] ?? 0;
    return offset;
  };
  return {
    id,
    kind,
    offsetAt,
    toUtcSeconds: (local) => localToUtc(local, offsetAt),
    toLocal: (utc) => utc + offsetAt(utc),
    changesIn: (year) => (year < FIRST_ZONE_YEAR || year > LAST_ZONE_YEAR ? [] : listChanges(tableOf(year))),
  };
}

function listChanges(table: YearTable): OffsetChange[] {
  let from = table.firstOffset;
  return table.at.map((utc, i) => {
    const change = { utc, from, to: table.offsets[i] ?? 0 };
    from = change.to;
    return change;
  });
}

/** Makes a zone whose offset never changes. */
export function fixedZone(id: string, kind: Zone['kind'], offset: number): Zone {
  return {
    id,
    kind,
    offsetAt: () => offset,
    toUtcSeconds: (local) => local - offset,
    toLocal: (utc) => utc + offset,
    changesIn: () => [],
  };
}

/**
 * Tries the offsets of the day before and after: no zone changes twice within two days, and no offset is as long as one.
 */
function localToUtc(local: number, offsetAt: (utc: number) => number): number {
  const before = offsetAt(local - SECONDS_PER_DAY);
  const early = local - before;
  if (offsetAt(early) === before) return early;
  const after = offsetAt(local + SECONDS_PER_DAY);
  const late = local - after;
  return offsetAt(late) === after ? late : early;
}
