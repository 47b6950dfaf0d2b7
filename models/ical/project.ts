/** A window with both ends, UTC epoch seconds. */
export interface Window {
  readonly startUtc: number;
  readonly endUtc: number;
}

/** `CALDAV:comp` of a request: which properties and components to keep (RFC 4791 §9.6.1); names are upper-case. */
export interface CompRequest {
  readonly name: string;
  /** `CALDAV:allprop`. */
  readonly allProps: boolean;
  readonly props: readonly PropRequest[];
  /** `CALDAV:allcomp`. */
  readonly allComps: boolean;
  readonly comps: readonly CompRequest[];
}

export interface PropRequest {
  readonly name: string;
  /** Only the name is wanted, not the value (RFC 4791 §9.6.4). */
  readonly noValue: boolean;
}

/** What a `CALDAV:calendar-data` element asks for (RFC 4791 §9.6); all null: the bytes as they are. */
export interface CalendarDataRequest {
  readonly comp: CompRequest | null;
  readonly expand: Window | null;
  readonly limitRecurrenceSet: Window | null;
  readonly limitFreebusySet: Window | null;
}
