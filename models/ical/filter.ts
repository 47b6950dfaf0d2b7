import type { TextMatch } from './collation.ts';

/** Either end may be open, never both (RFC 4791 §9.9). UTC epoch seconds. */
export interface TimeRange {
  readonly startUtc: number | null;
  readonly endUtc: number | null;
}

/** `CALDAV:comp-filter` (RFC 4791 §9.7.1); names are upper-case. */
export interface CompFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | null;
  readonly propFilters: readonly PropFilter[];
  readonly compFilters: readonly CompFilter[];
  /** How the parts combine: `allof` unless the query says otherwise. */
  readonly test: 'allof' | 'anyof';
}

/** `CALDAV:prop-filter` (RFC 4791 §9.7.2). */
export interface PropFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | null;
  readonly textMatch?: TextMatch | null;
  readonly paramFilters: readonly ParamFilter[];
  readonly test: 'allof' | 'anyof';
}

/** `CALDAV:param-filter` (RFC 4791 §9.7.3). */
export interface ParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch | null;
}
