import type { Repair } from '../transforms/names.ts';
import type { Reason } from './job.ts';

/** What the messages of reading are about; the first that fits. */
const PATTERNS: readonly (readonly [RegExp, Reason])[] = [
  [/protected by a password/, 'password'],
  [/archive inside an archive/, 'nested-archive'],
  [
    /readable zip archive|archive is damaged|points outside the archive|times its size|unpacks to more|entries; at most/,
    'bad-archive',
  ],
  [/neither iCalendar nor vCard|no table of contacts/, 'other-file'],
  [/^the file is empty|no event, task, journal entry or card in this file/, 'empty-file'],
  [/no event, task or journal entry in it|no VCALENDAR here/, 'empty-calendar'],
  [/outside any item/, 'outside'],
  [/has no DTSTART|no date to start/, 'no-start'],
  [/no name, number or address|has no (FN|N)\b/, 'no-name'],
  [/components are not kept|expected the name of a component/, 'component'],
  [/too large|larger than|bytes; |at most \d+ bytes/, 'too-large'],
  [/RRULE|EXRULE/, 'bad-rule'],
  [/expected a date|dates are kept|expected a period/, 'bad-date'],
  [/reading stopped here|lie too far apart/, 'cut'],
];

/** The words for a refusal. */
export function reasonOf(message: string): Reason {
  return PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';
}

/** Repairs that leave out or change something a person may have meant; the others only mend how it is written. */
const TELLING: ReadonlySet<Repair> = new Set([
  ...(['end-before-start', 'end-type', 'end-and-duration', 'bad-parameters', 'repeated-property'] as const),
  ...([
    'incomplete-alarm',
    'missing-end',
    'rule-syntax',
    'date-syntax',
    'repeated-uid',
    'vcalendar-1',
  ] as const),
]);

/** Of these repairs, those a person is told of. */
export function tellingRepairs(repairs: readonly Repair[]): readonly Repair[] {
  return repairs.filter((repair) => TELLING.has(repair));
}
