import type { CollectionId, PrincipalId } from '../../types.ts';
import type { Repair } from '../transforms/names.ts';

declare const brand: unique symbol;

/** Names an import: 32 hex digits nobody can guess. */
export type ImportId = string & { readonly [brand]: 'ImportId' };

/**
 * `uploaded` waits to be read, `matching` to be compared again after another target was chosen, `review` for the person;
 * `stopped` was ended in the middle and may go on, be kept or undone; `undoing` leads to `undone`.
 */
export const IMPORT_STATES = [
  ...(['uploaded', 'reading', 'matching', 'review', 'applying', 'stopped', 'done'] as const),
  ...(['undoing', 'undone', 'failed'] as const),
] as const;
/** One of `IMPORT_STATES`. */
export type ImportState = (typeof IMPORT_STATES)[number];

/** States in which a worker has something to do. */
export const WORKING: ReadonlySet<ImportState> = new Set([
  'uploaded',
  'reading',
  'matching',
  'applying',
  'undoing',
]);

/** An import as a job. */
export interface ImportJob {
  readonly id: ImportId;
  readonly owner: PrincipalId;
  readonly state: ImportState;
  readonly wish: 'stop' | null;
  /** Of the first file, as the browser told it. */
  readonly fileName: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** IANA zone of the person, for times in tables that name none. */
  readonly timeZone: string | null;
  readonly createdUtc: number;
  readonly finishedUtc: number | null;
  /** When another process took it over in the middle of its work. */
  readonly resumedUtc: number | null;
  /** Bytes while reading, items while applying or undoing. */
  readonly done: number;
  readonly total: number;
  readonly atFile: string | null;
  /** Items that undoing left as they are, because they were changed since. */
  readonly kept: number;
}

/**
 * `new`; `look`: like something that is here; `here`: nothing in it that is not here; `unreadable`; `repaired`: cannot be
 * stored as written, but after a repair that leaves something out.
 */
export const VERDICTS = ['new', 'look', 'here', 'unreadable', 'repaired'] as const;
/** One of `VERDICTS`. */
export type Verdict = (typeof VERDICTS)[number];

/** What is to be done with an item; `merge` replaces where it is no contact; `leave` leaves out what cannot be read. */
export const CHOICES = ['import', 'merge', 'both', 'skip', 'leave'] as const;
/** One of `CHOICES`. */
export type Choice = (typeof CHOICES)[number];

/** Which choices somebody has for a verdict. */
export const CHOICES_OF: Readonly<Record<Verdict, readonly Choice[]>> = {
  new: ['import', 'skip'],
  look: ['merge', 'both', 'skip'],
  here: ['skip'],
  unreadable: ['leave'],
  repaired: ['import', 'leave'],
};

/** Why an item has its verdict; each has words in every language. */
export const REASONS = [
  ...(['', 'same-id', 'same-id-older', 'email', 'phone', 'birthday', 'twice-differs'] as const),
  ...(['equal', 'nothing-new', 'imported-before', 'twice', 'repaired', 'no-target'] as const),
  ...(['password', 'nested-archive', 'bad-archive', 'other-file', 'empty-file', 'empty-calendar'] as const),
  ...([
    'outside',
    'no-start',
    'no-name',
    'component',
    'too-large',
    'bad-rule',
    'bad-date',
    'cut',
    'other',
  ] as const),
] as const;
/** One of `REASONS`. */
export type Reason = (typeof REASONS)[number];

/** One field that differs; `keep` is here, `other` in the file. */
export interface Differs {
  /** Lower case: a property of a card, or `title`, `start`, `end`, `place`, `repeat`, `notes`, `details` of an event. */
  readonly field: string;
  readonly keep: string;
  readonly other: string;
}

/** One item of an import. */
export interface ImportEntry {
  readonly position: number;
  readonly group: number;
  readonly component: string;
  readonly uid: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** ETag of its bytes; empty when there are none. */
  readonly tag: string;
  readonly bodyStart: number;
  readonly bodyBytes: number;
  readonly rawStart: number;
  readonly rawBytes: number;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** What was found, in English, for reasons that have no words of their own. */
  readonly reasonText: string;
  readonly repairs: readonly Repair[];
  /** The item it looks like; null when it is one of the same import. */
  readonly match: { readonly collection: CollectionId; readonly name: string } | null;
  readonly matchTitle: string;
  readonly differs: readonly Differs[];
  readonly choice: Choice;
  readonly result: ImportResult;
}

/** What became of an item. */
export interface ImportResult {
  /** `writing`: announced and perhaps done; `same`: it stood there already; null: not begun, or nothing to do. */
  readonly step: 'writing' | 'done' | 'same' | 'undone' | 'kept' | 'failed' | null;
  readonly collection: CollectionId | null;
  readonly name: string | null;
  /** Null: it was made new. */
  readonly formerEtag: string | null;
  readonly etag: string | null;
  readonly failure: string | null;
}

/** Nothing yet. */
export const NO_RESULT: ImportResult = {
  step: null,
  collection: null,
  name: null,
  formerEtag: null,
  etag: null,
  failure: null,
};

/** A calendar or address book as found in the files, and where its items go. */
export interface ImportGroup {
  readonly position: number;
  readonly name: string;
  readonly file: string;
  /** `VEVENT`, `VTODO`, `VJOURNAL`, `VFREEBUSY` or `VCARD`. */
  readonly component: string;
  readonly target: GroupTarget;
  /** The collection that was made for it. */
  readonly made: CollectionId | null;
  readonly items: number;
}

/** Where the items of a group go. */
export type GroupTarget =
  | { readonly kind: 'stored'; readonly collection: CollectionId }
  | { readonly kind: 'new'; readonly name: string }
  | { readonly kind: 'none' };

/** How many items stand where, and what they weigh. */
export interface ImportCounts {
  readonly new: number;
  readonly look: number;
  readonly here: number;
  readonly unreadable: number;
  readonly repaired: number;
  /** Items the import will write as chosen, and their bytes. */
  readonly chosen: number;
  readonly chosenBytes: number;
}

/** What applying has done so far. */
export interface ImportTally {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly undone: number;
  readonly kept: number;
}
