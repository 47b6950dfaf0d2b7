/** Which test holds which section of the RFCs; rendered into `docs/compliance.md`. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A file below `test/` and a text in it that says what it holds: a title, as a rule. */
type Holder = readonly [file: string, title: string];

/** A section, what it is about, and what holds it; a section that nothing holds says why in `note`. */
export interface Section {
  readonly rfc: number;
  readonly section: string;
  readonly about: string;
  readonly holders: readonly Holder[];
  readonly note?: string;
}

const ROOT = resolve(import.meta.dirname, '..');

const row =
  (rfc: number) =>
  (section: string, about: string, ...holders: readonly Holder[]): Section => ({
    rfc,
    section,
    about,
    holders,
  });
const cal = row(4791);
const card = row(6352);
const ical = row(5545);
const skip = row(7529);

const CAL_EXAMPLES = 'wire/examples/rfc4791.http';
const CAL_RULES = 'wire/rfc4791-rules.http';
const CAL_OBJECTS = 'wire/rfc4791-objects.http';
const CAL_QUERY = 'wire/rfc4791-query.http';
const CARD_EXAMPLES = 'wire/examples/rfc6352.http';
const CARD_QUERY = 'wire/rfc6352-query.http';
const CARD_OBJECTS = 'wire/rfc6352-objects.http';
const RULES = 'unit/ical/rfc5545-rules.test.ts';
const FILTER = 'unit/ical/filter.test.ts';
const PROJECT = 'unit/ical/project.test.ts';
const VALIDATE = 'unit/ical/validate.test.ts';
const VALUES = 'unit/ical/values.test.ts';
const EXPAND = 'unit/ical/expand.test.ts';

const RFC4791: readonly Section[] = [
  cal('4.1', 'calendar object resources', [VALIDATE, 'what is no calendar object resource (RFC 4791 §4.1)']),
  cal('4.2', 'calendar collections', ['wire/rfc4791-mkcalendar.http', '### inside a calendar']),
  cal('5.1.1', 'OPTIONS', [CAL_EXAMPLES, '### §5.1.1']),
  cal(
    '5.2',
    'properties of calendars',
    [CAL_EXAMPLES, '### §5.2 '],
    ['unit/dav/proppatch.test.ts', 'columns are written'],
  ),
  cal(
    '5.2.5 to 5.2.9',
    'limits',
    [VALIDATE, "describe('limits'"],
    ['wire/hostile-rules.test.ts', 'max-instances'],
    ['wire/hostile-bodies.test.ts', 'max-resource-size'],
  ),
  cal('5.2.10', 'zones of calendars', [CAL_RULES, '### §5.2.10 two zones']),
  cal(
    '5.3.1',
    'MKCALENDAR',
    [CAL_EXAMPLES, '### §5.3.1.2'],
    ['unit/dav/mkcol.test.ts', 'MKCALENDAR with everything'],
  ),
  cal(
    '5.3.2',
    'new and changed objects',
    [CAL_EXAMPLES, '### §5.3.2 a new object'],
    [CAL_OBJECTS, '### an event is created'],
  ),
  cal(
    '5.3.2.1',
    'preconditions',
    [CAL_OBJECTS, '### another name cannot take its UID'],
    [CAL_EXAMPLES, '### §5.3.2.1'],
  ),
  cal('5.3.3', 'what is of no standard', [CAL_RULES, '### §5.3.3']),
  cal('5.3.4', 'entity tags', [CAL_OBJECTS, '### an update with a stale tag is refused']),
  cal('6.1.1', 'read-free-busy', ['wire/rfc3744-properties.http', '### rights on a calendar']),
  cal('6.2.1', 'calendar-home-set', [CAL_EXAMPLES, '### §6.2.1']),
  cal('7.1', 'expand-property', ['wire/rfc3744-principals.http', '### properties of what properties name']),
  cal(
    '7.3',
    'days and floating times',
    [CAL_RULES, '### §7.3 '],
    [EXPAND, 'floating times are read in the zone'],
  ),
  cal(
    '7.4',
    'time ranges',
    [FILTER, "describe('time ranges'"],
    ['property/calendar-index.test.ts', 'filter'],
  ),
  cal(
    '7.5',
    'collations',
    ['unit/ical/collation.test.ts', "describe('collations'"],
    [CAL_QUERY, '### a collation nobody knows'],
  ),
  cal('7.6', 'parts of objects', [CAL_EXAMPLES, '### §7.8.1'], [PROJECT, "describe('parts'"]),
  cal('7.7', 'filters of what is of no standard', [CAL_EXAMPLES, '### §7.8.10'], [CAL_RULES, '### §7.7']),
  cal(
    '7.8',
    'calendar-query',
    [CAL_QUERY, '### a query without a filter'],
    [CAL_RULES, '### §7.8 a filter cannot nest'],
  ),
  cal('7.8.1 to 7.8.10', 'its examples', [CAL_EXAMPLES, '### §7.8.1 '], [CAL_EXAMPLES, '### §7.8.10 ']),
  cal(
    '7.9',
    'calendar-multiget',
    [CAL_EXAMPLES, '### §7.9.1'],
    ['wire/rfc4791-multiget.http', '### hrefs as paths'],
  ),
  cal(
    '7.10',
    'free-busy-query',
    [CAL_EXAMPLES, '### §7.10.1'],
    ['wire/rfc4791-free-busy.http', '### busy times of a calendar'],
    ['unit/ical/freebusy.test.ts', 'transparent and cancelled'],
  ),
  cal(
    '8.2, 8.4',
    'synchronization, finding calendars',
    [CAL_EXAMPLES, '### §8.2.1.3'],
    [CAL_EXAMPLES, '### §8.4 '],
  ),
  cal(
    '9.6.1 to 9.6.4',
    'comp, allcomp, allprop, prop',
    [CAL_RULES, '### §9.6.2'],
    [PROJECT, 'allprop and allcomp'],
  ),
  cal('9.6.5', 'expand', [CAL_EXAMPLES, '### §7.8.3'], [PROJECT, "describe('expand'"]),
  cal('9.6.6', 'limit-recurrence-set', [CAL_EXAMPLES, '### §7.8.2'], [PROJECT, 'limit-recurrence-set']),
  cal('9.6.7', 'limit-freebusy-set', [CAL_EXAMPLES, '### §7.8.4'], [PROJECT, 'limit-freebusy-set']),
  cal(
    '9.7',
    'filters',
    ['unit/caldav/filter-xml.test.ts', 'is refused'],
    [FILTER, "describe('components and properties'"],
  ),
  cal('9.8', 'timezone of a request', [CAL_RULES, '### §7.3, §9.8'], [CAL_QUERY, '### a zone that is none']),
  cal(
    '9.9',
    'time-range',
    [FILTER, 'of a to-do follow the table of RFC 4791 §9.9'],
    ['unit/ical/occurrences.test.ts', 'answer time ranges as the filter does'],
  ),
  cal('appendix B', 'the calendar of the examples', [CAL_EXAMPLES, '### appendix B: all of it']),
];

const RFC6352: readonly Section[] = [
  card('5.1', 'address object resources', ['unit/vcard/parse.test.ts', "describe('what a card must be'"]),
  card(
    '5.1.1',
    'conversion',
    ['unit/vcard/convert.test.ts', '3.0 and 4.0 say the same'],
    ['wire/rfc6352-multiget.http', '### 4.0 where it is asked for'],
  ),
  card('6.1', 'OPTIONS', [CARD_EXAMPLES, '### §6.1.1']),
  card('6.2', 'properties of address books', [CARD_EXAMPLES, '### §6.2 '], [CARD_EXAMPLES, '### §6.2.1']),
  card('6.3.1', 'extended MKCOL', [CARD_EXAMPLES, '### §6.3.1.1']),
  card(
    '6.3.2',
    'new and changed cards',
    [CARD_EXAMPLES, '### §6.3.2 a new card'],
    [CARD_OBJECTS, '### a card is created'],
  ),
  card(
    '6.3.2.1',
    'preconditions',
    [CARD_EXAMPLES, '### §6.3.2.1'],
    [CARD_OBJECTS, '### data that is no card is refused'],
  ),
  card('6.3.2.2', 'what is of no standard', [
    'unit/vcard/convert.test.ts',
    'nothing is lost over a round trip',
  ]),
  card('6.3.2.3', 'entity tags', [CARD_EXAMPLES, '### §6.3.2 but not with a former one']),
  card('7.1.1', 'addressbook-home-set', [CARD_EXAMPLES, '### §7.1.1']),
  {
    ...card('7.1.2', 'principal-address'),
    note: 'not served; kept as a dead property where a client sets it',
  },
  card('8.3', 'collations', [CARD_EXAMPLES, '### §6.2 '], [CARD_QUERY, '### a collation nobody knows']),
  card('8.4', 'parts of cards', [CARD_EXAMPLES, '### §8.6.3'], [CARD_QUERY, '### part of the cards']),
  card('8.6', 'addressbook-query', [CARD_EXAMPLES, '### §8.6.4'], [CARD_QUERY, '### any of two conditions']),
  card(
    '8.6.1, 8.6.2',
    'truncated results',
    [CARD_EXAMPLES, '### §8.6.5'],
    [CARD_QUERY, '### no more than the limit'],
  ),
  card(
    '8.7',
    'addressbook-multiget',
    [CARD_EXAMPLES, '### §8.7.1'],
    [CARD_EXAMPLES, '### §8.7.2 addressbook-multiget'],
  ),
  card('9.4', "finding others' address books", [CARD_EXAMPLES, '### §9.4']),
  card(
    '10.4',
    'address-data',
    [CARD_EXAMPLES, '### §10.4.2'],
    ['unit/vcard/project.test.ts', 'address-data (RFC 6352 §10.4)'],
  ),
  card(
    '10.5',
    'filters',
    [CARD_EXAMPLES, '### §10.4.2, §10.5.1'],
    ['unit/vcard/filter.test.ts', 'addressbook-query filters (RFC 6352 §10.5)'],
  ),
];

const RFC5545: readonly Section[] = [
  ical('3.1', 'content lines', ['unit/ical/lines.test.ts', "describe('content lines'"]),
  ical('3.2', 'parameters', ['unit/ical/lines.test.ts', 'name, parameters and value are told apart']),
  ical(
    '3.3',
    'values',
    [VALUES, "describe('dates and times'"],
    [VALUES, "describe('durations, periods, offsets'"],
    [VALUES, "describe('text'"],
  ),
  ical(
    '3.3.10',
    'rules',
    ['unit/ical/rules.test.ts', 'a walk finds what the library finds'],
    ['unit/ical/rfc5545-examples.ts', '§3.3.10 the last work day'],
    [VALIDATE, "describe('rules'"],
  ),
  ical(
    '3.4, 3.6',
    'objects and components',
    ['unit/ical/parse.test.ts', "describe('the tree'"],
    [VALIDATE, 'what is no calendar data'],
  ),
  ical('3.6.2, 3.6.3, 3.6.4', 'to-dos, journals, free and busy times', [
    EXPAND,
    "describe('other components'",
  ]),
  ical('3.6.5', 'time zones', ['unit/ical/zones.test.ts', 'zones']),
  ical('3.6.6, 3.8.6', 'alarms', [FILTER, "describe('alarms'"]),
  ical('3.8.4.4', 'RECURRENCE-ID', [RULES, '(§3.8.4.4)'], [EXPAND, "describe('overrides'"]),
  ical('3.8.5.1', 'EXDATE', [RULES, 'EXDATE (§3.8.5.1)']),
  ical('3.8.5.2', 'RDATE', [RULES, 'RDATE of periods (§3.8.5.2)']),
  ical('3.8.5.3', 'RRULE, all examples', [RULES, 'examples of RFC 5545 §3.8.5.3']),
];

const RFC7529: readonly Section[] = [
  skip('4.1', 'SKIP', ['unit/ical/rfc7529-skip.test.ts', 'days that months do not have']),
  skip(
    '4.3',
    'examples',
    ['unit/ical/rfc7529-skip.test.ts', '(§4.3.4)'],
    ['wire/rfc7529-rscale.http', '### §4.3.1'],
  ),
  skip('10', 'supported-rscale-set, supported-rscale', [
    'wire/rfc7529-rscale.http',
    '### the calendars there are',
  ]),
];

const AVAILABILITY = 'unit/ical/availability.test.ts';
const AVAILABLE = 'wire/rfc7953-availability.http';
const availability = row(7953);
const RFC7953: readonly Section[] = [
  availability('3.1', 'VAVAILABILITY and AVAILABLE', [
    AVAILABILITY,
    'what is available counts inside the period',
  ]),
  availability('3.2', 'BUSYTYPE', [AVAILABILITY, 'the busy type is said by BUSYTYPE']),
  availability(
    '4',
    'combining',
    [AVAILABILITY, 'a higher priority lies over a lower one'],
    [AVAILABLE, '### §4: unavailable'],
  ),
  availability('7', 'calendar-availability, free-busy-query', [AVAILABLE, '### §7.2.4: an availability']),
];

/** In the order of the RFCs' sections. */
export const SECTIONS: readonly Section[] = [...RFC4791, ...RFC6352, ...RFC5545, ...RFC7529, ...RFC7953];

/** What is wrong with the table: files that are missing, titles that are not in them, sections that nothing holds. */
export function wrongSections(sections: readonly Section[] = SECTIONS): readonly string[] {
  return sections.flatMap(({ rfc, section, holders, note }) => {
    const where = `RFC ${rfc} §${section}`;
    if (holders.length === 0) return note === undefined ? [`${where}: nothing holds it`] : [];
    return holders.flatMap(([file, title]) => {
      const path = join(ROOT, file);
      if (!existsSync(path)) return [`${where}: no file ${file}`];
      return readFileSync(path, 'utf8').includes(title) ? [] : [`${where}: “${title}” is not in ${file}`];
    });
  });
}

/** The table as a part of a page. */
export function renderSections(sections: readonly Section[] = SECTIONS): string {
  const rows = sections.map(({ rfc, section, about, holders, note }) => {
    const files = [...new Set(holders.map(([file]) => `\`test/${file}\``))];
    return `| ${rfc} | ${section} | ${about} | ${[...files, ...(note === undefined ? [] : [note])].join(', ')} |`;
  });
  return [
    '',
    '## Sections',
    '',
    'Which test holds which section. Files named `examples` hold every example of an RFC as it is printed there.',
    '',
    '| RFC | Section | About | Held by |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
