import type { Repair } from './transforms/names.ts';

/** A file to import; opened twice, once to survey and once to read. */
export interface SourceFile {
  /** Shown in reports: the path given, or `archive.zip!inner/path.ics`. */
  readonly name: string;
  /** Null when unknown. */
  readonly sizeBytes: number | null;
  /** Set for what cannot be opened at all; nothing is read then. */
  readonly refusal?: string;
  open(): AsyncIterable<Uint8Array>;
}

/** One item as found in a file: a card, or all components of one UID in a VCALENDAR of their own. */
export interface RawRecord {
  readonly kind: 'calendar' | 'card';
  readonly file: string;
  /** 1-based line where it begins. */
  readonly line: number;
  /** Lines where its components begin, when they were taken out of a larger calendar. */
  readonly partLines?: readonly number[];
  /** Its bytes, one character each (latin1). */
  readonly bytes: string;
  /** What reading already had to mend. */
  readonly repairs: readonly Repair[];
}

/** Something that cannot be imported, with the place and the reason. */
export interface Refused {
  readonly kind: 'refused';
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** An item ready to be stored. */
export interface NormalRecord {
  readonly kind: 'normal';
  readonly file: string;
  readonly line: number;
  /** `VEVENT`, `VTODO`, `VJOURNAL`, `VFREEBUSY`, or `VCARD`. */
  readonly component: string;
  readonly uid: string;
  /** For people: SUMMARY or FN, at most 80 characters. */
  readonly title: string;
  readonly body: Uint8Array;
  readonly repairs: readonly Repair[];
}

/** Makes a refusal. */
export function refused(file: string, line: number, reason: string): Refused {
  return { kind: 'refused', file, line, reason };
}
