/** The columns of `collections`, as bound SQL reads them. */

/** A row of `collections`. Times are epoch seconds. */
export interface CollectionRow {
  readonly id: number;
  readonly owner_id: string;
  readonly home_id: number;
  readonly kind: string;
  readonly holds: string;
  readonly name: string;
  readonly display_name: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly sort_order: string | null;
  /** `VEVENT,VTODO`; null: the default set. */
  readonly components: string | null;
  readonly timezone: string | null;
  readonly timezone_id: string | null;
  /** Of an inbox. */
  readonly availability: string | null;
  readonly is_transparent: number;
  readonly is_default: number;
  readonly revision: number;
  readonly floor: number;
  readonly incarnation: string;
  readonly created_utc: number;
  readonly modified_utc: number;
}

/** Columns of a `CollectionRow`, for `SELECT`. */
export const COLLECTION_COLUMNS = `id, owner_id, home_id, kind, holds, name, display_name, description, color, sort_order,
  components, timezone, timezone_id, availability, is_transparent, is_default, revision, floor, incarnation, created_utc, modified_utc`;
