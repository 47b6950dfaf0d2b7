/** Calendar objects and filters drawn at random: every way of telling a time, a rule and an exception that RFC 5545 has. */
import fc from 'fast-check';
import type { CompFilter, ParamFilter, PropFilter, TimeRange } from '../../models/ical/filter.ts';
import { escapeText } from '../../models/ical/values.ts';
import {
  calendarText,
  DATE_FORM,
  FLOATING_FORM,
  type Form,
  stamp,
  UTC_FORM,
  zoned,
} from './calendar-text.ts';
import { byParts, type Frequency } from './random-rules.ts';

const crlf = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;
const DAY = 86_400;
const utc = (text: string): number => Date.parse(text) / 1000;

/** Middle of the horizon of a server whose clock stands at `testClock()`, its edges, and times far outside. */
const NEAR = [
  '2025-02-27',
  '2025-03-09',
  '2025-10-26',
  '2026-03-01',
  '2026-03-29',
  '2026-10-25',
  '2028-02-27',
];
const FAR = ['1970-01-01', '2012-02-29', '2024-02-28', '2031-11-02', '2099-12-30'];

/** Wall times on quarters of an hour near a few days, most of them near a change of the clock, so that edges meet. */
export const wallTime: fc.Arbitrary<number> = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NEAR) }, fc.constantFrom(...FAR)),
    fc.integer({ min: -2, max: 6 }),
    fc.oneof(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 0, max: 16 })),
  )
  .map(([day, offset, quarter]) => utc(day) + offset * DAY + quarter * 900);

const OWN_ZONE = crlf(
  'BEGIN:VTIMEZONE',
  'TZID:Customized Time Zone',
  'BEGIN:STANDARD',
  'DTSTART:16011028T030000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010325T020000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
);

const form: fc.Arbitrary<Form> = fc.constantFrom(
  UTC_FORM,
  FLOATING_FORM,
  DATE_FORM,
  zoned('America/New_York'),
  zoned('Europe/Berlin'),
  zoned('Australia/Lord_Howe'),
  zoned('Customized Time Zone'),
  zoned('Romance Standard Time'),
  zoned('Nobody knows it'),
);

const maybe = <T>(value: fc.Arbitrary<T>, freq = 3): fc.Arbitrary<T | null> =>
  fc.option(value, { freq, nil: null });

/** A recurrence rule; most of them yield few enough instances to be kept. */
export const recurrenceRule: fc.Arbitrary<string> = fc
  .constantFrom<Frequency>(
    'DAILY',
    'WEEKLY',
    'WEEKLY',
    'MONTHLY',
    'MONTHLY',
    'YEARLY',
    'YEARLY',
    'HOURLY',
    'MINUTELY',
  )
  .chain((frequency) =>
    fc.record({
      frequency: fc.constant(frequency),
      parts: frequency === 'HOURLY' || frequency === 'MINUTELY' ? fc.constant([]) : byParts(frequency),
      interval: fc.constantFrom(1, 1, 1, 2, 3, 5),
      end: fc.oneof(
        fc.constant('never' as const),
        fc.integer({ min: 1, max: 40 }),
        fc.tuple(fc.constantFrom('DATE', 'UTC', 'LOCAL'), fc.integer({ min: -20, max: 900 })),
      ),
      start: wallTime,
    }),
  )
  .map(({ frequency, parts, interval, end, start }) => {
    const isRapid = frequency === 'HOURLY' || frequency === 'MINUTELY';
    const text = [`FREQ=${frequency}`, ...(interval === 1 ? [] : [`INTERVAL=${interval}`]), ...parts];
    if (typeof end === 'number' || (end === 'never' && isRapid))
      text.push(`COUNT=${end === 'never' ? 30 : end}`);
    else if (end !== 'never') text.push(`UNTIL=${untilOf(end[0], start + (isRapid ? 1 : end[1]) * DAY)}`);
    return text.join(';');
  });

function untilOf(kind: string, local: number): string {
  if (kind === 'DATE') return stamp(local).slice(0, 8);
  return kind === 'UTC' ? `${stamp(local)}Z` : stamp(local);
}

const SECONDS = [0, 900, 3600, 7200, DAY, 2 * DAY, 10 * DAY];
const DURATIONS = ['PT0S', 'PT1H', 'PT90M', 'P1D', 'P1DT2H', 'P2W', 'PT36H'];
const length = fc.oneof(
  fc.constantFrom(...SECONDS).map((seconds) => ({ seconds })),
  fc.constantFrom(...DURATIONS).map((duration) => ({ duration })),
  fc.constant(null),
);

type Length = { readonly seconds: number } | { readonly duration: string } | null;

/** DTEND, DUE or DURATION of something that begins at `local`. */
function endLines(name: string, at: Form, local: number, of: Length): readonly string[] {
  if (of === null || name === 'VJOURNAL') return [];
  if ('duration' in of) return at.isDate && of.duration.includes('T') ? [] : [`DURATION:${of.duration}`];
  const seconds = at.isDate ? Math.max(DAY, Math.floor(of.seconds / DAY) * DAY) : of.seconds;
  if (name === 'VTODO') return seconds > 0 ? [`DUE${at.tell(local + seconds)}`] : [];
  return [`DTEND${at.tell(local + seconds)}`];
}

const status = fc.constantFrom(
  [],
  [],
  [],
  ['STATUS:CANCELLED'],
  ['STATUS:TENTATIVE'],
  ['TRANSP:TRANSPARENT'],
);

const WORDS = [
  'Team',
  'meeting',
  'Straße',
  'ÄRZTE',
  'çelik',
  'ﬁn',
  'İstanbul',
  'a,b',
  'x;y',
  'back\\slash',
  'two\nlines',
];
const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));

const texts: fc.Arbitrary<readonly string[]> = fc
  .record({
    summary: maybe(words, 2),
    location: maybe(words, 2),
    language: fc.constantFrom('', ';LANGUAGE=en', ';LANGUAGE=de-CH'),
    categories: maybe(fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }), 2),
    attendee: maybe(fc.constantFrom('ACCEPTED', 'DECLINED', 'NEEDS-ACTION'), 2),
  })
  .map(({ summary, location, language, categories, attendee }) => [
    ...(summary === null ? [] : [`SUMMARY${language}:${escapeText(summary)}`]),
    ...(location === null ? [] : [`LOCATION:${escapeText(location)}`]),
    ...(categories === null ? [] : [`CATEGORIES:${categories.map(escapeText).join(',')}`]),
    ...(attendee === null ? [] : [`ATTENDEE;PARTSTAT=${attendee};CN="A, B":mailto:a@example.org`]),
  ]);

const TRIGGERS = ['-PT15M', 'PT0S', '-P1D', 'P1W', '-P2DT3H', 'PT10M'];
const alarm: fc.Arbitrary<readonly string[]> = fc
  .record({
    trigger: fc.oneof(
      fc.constantFrom(...TRIGGERS).map((text) => `:${text}`),
      fc.constantFrom(...TRIGGERS).map((text) => `;RELATED=END:${text}`),
      wallTime.map((local) => `;VALUE=DATE-TIME:${stamp(local)}Z`),
    ),
    repeat: fc.constantFrom([], [], ['REPEAT:2', 'DURATION:PT20M'], ['REPEAT:1', 'DURATION:P1D']),
  })
  .map(({ trigger, repeat }) => [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `TRIGGER${trigger}`,
    ...repeat,
    'END:VALARM',
  ]);

/** The component that tells a series, and what its exceptions are told by. */
interface Master {
  readonly name: string;
  readonly at: Form;
  readonly local: number;
  readonly lines: readonly string[];
}

const master: fc.Arbitrary<Master> = fc
  .record({
    name: fc.constantFrom('VEVENT', 'VEVENT', 'VEVENT', 'VTODO', 'VJOURNAL'),
    at: form,
    local: wallTime,
    length,
    rules: fc.uniqueArray(recurrenceRule, { maxLength: 2 }),
    exRule: maybe(recurrenceRule, 12),
    dates: fc.array(
      fc.record({
        at: form,
        step: fc.integer({ min: -5, max: 40 }),
        hour: fc.constantFrom(0, 0, 1, 5),
        hasEnd: fc.constantFrom('', '', '', 'end', 'duration'),
        isOut: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    status,
    texts,
    alarms: fc.array(alarm, { maxLength: 2 }),
  })
  .map((drawn) => {
    const { name, at, local } = drawn;
    const lines = [`DTSTART${at.tell(local)}`, ...endLines(name, at, local, drawn.length)];
    lines.push(...drawn.rules.map((rule) => `RRULE:${rule}`));
    if (drawn.exRule !== null && drawn.rules.length > 0) lines.push(`EXRULE:${drawn.exRule}`);
    for (const { at: as, step, hour, hasEnd, isOut } of drawn.dates) {
      const when = local + step * DAY + hour * 3600;
      if (isOut) lines.push(`EXDATE${as.tell(when)}`);
      else if (hasEnd === '' || as.isDate) lines.push(`RDATE${as.tell(when)}`);
      else lines.push(`RDATE${periodOf(as, when, hasEnd)}`);
    }
    lines.push(...drawn.status, ...drawn.texts, ...drawn.alarms.flat());
    return { name, at, local, lines };
  });

function periodOf(at: Form, local: number, hasEnd: string): string {
  const told = at.tell(local);
  const suffix = told.endsWith('Z') ? 'Z' : '';
  const end = hasEnd === 'duration' ? 'PT3H' : `${stamp(local + 5400)}${suffix}`;
  return `;VALUE=PERIOD${told}/${end}`;
}

const override = fc.record({
  step: fc.integer({ min: -1, max: 12 }),
  hour: fc.constantFrom(0, 0, 0, 1),
  idForm: fc.constantFrom('own', 'own', 'own', 'utc', 'date'),
  isRanged: fc.constantFrom(false, false, false, true),
  at: fc.option(form, { freq: 3, nil: null }),
  move: fc.constantFrom(0, 0, 3600, -7200, DAY, -3 * DAY, 40 * DAY),
  length,
  status,
  texts,
});

const recurring: fc.Arbitrary<string> = fc
  .record({
    master,
    overrides: fc.array(override, { maxLength: 3 }),
    hasMaster: fc.constantFrom(true, true, true, true, false),
  })
  .map(({ master: main, overrides, hasMaster }) => {
    const head = [`UID:@`, 'DTSTAMP:20260101T000000Z'];
    const blocks = hasMaster || overrides.length === 0 ? [[...head, ...main.lines]] : [];
    const seen = new Set<string>();
    for (const one of overrides) {
      const original = main.local + one.step * DAY + one.hour * 3600;
      const idForm = one.idForm === 'utc' ? UTC_FORM : one.idForm === 'date' ? DATE_FORM : main.at;
      const id = `${one.isRanged ? ';RANGE=THISANDFUTURE' : ''}${idForm.tell(original)}`;
      if (seen.has(idForm.tell(original))) continue;
      seen.add(idForm.tell(original));
      const at = one.at ?? main.at;
      const local = original + one.move;
      const ends = endLines(main.name, at, local, one.length);
      blocks.push([
        ...head,
        `RECURRENCE-ID${id}`,
        `DTSTART${at.tell(local)}`,
        ...ends,
        ...one.status,
        ...one.texts,
      ]);
    }
    return wrap(main.name, blocks);
  });

const undated: fc.Arbitrary<string> = fc
  .record({
    due: maybe(fc.tuple(form, wallTime), 2),
    completed: maybe(wallTime, 2),
    created: maybe(wallTime, 2),
    texts,
    alarms: fc.array(alarm, { maxLength: 1 }),
  })
  .map(({ due, completed, created, texts: lines, alarms }) =>
    wrap('VTODO', [
      [
        'UID:@',
        'DTSTAMP:20260101T000000Z',
        ...(due === null ? [] : [`DUE${due[0].tell(due[1])}`]),
        ...(completed === null ? [] : [`COMPLETED:${stamp(completed)}Z`]),
        ...(created === null ? [] : [`CREATED:${stamp(created)}Z`]),
        ...lines,
        ...alarms.flat(),
      ],
    ]),
  );

const freeBusyObject: fc.Arbitrary<string> = fc
  .record({
    span: maybe(fc.tuple(wallTime, fc.constantFrom(3600, DAY, 9 * DAY)), 1),
    periods: fc.array(fc.tuple(wallTime, fc.constantFrom('', ';FBTYPE=FREE', ';FBTYPE=BUSY-TENTATIVE')), {
      maxLength: 3,
    }),
  })
  .map(({ span, periods }) =>
    wrap('VFREEBUSY', [
      [
        'UID:@',
        'DTSTAMP:20260101T000000Z',
        ...(span === null ? [] : [`DTSTART:${stamp(span[0])}Z`, `DTEND:${stamp(span[0] + span[1])}Z`]),
        ...periods.map(
          ([at, type]) =>
            `FREEBUSY${type}:${stamp(at)}Z/PT3H,${stamp(at + 5 * DAY)}Z/${stamp(at + 6 * DAY)}Z`,
        ),
      ],
    ]),
  );

const availabilityObject: fc.Arbitrary<string> = fc
  .record({
    at: form.filter(({ isDate }) => !isDate),
    start: maybe(wallTime, 2),
    lasting: fc.constantFrom(null, 3600, 9 * DAY, 200 * DAY),
    priority: fc.constantFrom([], ['PRIORITY:1'], ['PRIORITY:9']),
    type: fc.constantFrom([], ['BUSYTYPE:BUSY'], ['BUSYTYPE:BUSY-TENTATIVE']),
    parts: fc.array(fc.tuple(form, wallTime, length, maybe(recurrenceRule, 1)), { maxLength: 2 }),
  })
  .map(({ at, start, lasting, priority, type, parts }) => {
    const end = start === null || lasting === null ? [] : [`DTEND${at.tell(start + lasting)}`];
    const available = parts.flatMap(([as, local, of, rule], part) => [
      'BEGIN:AVAILABLE',
      `UID:part-${part}`,
      'DTSTAMP:20260101T000000Z',
      `DTSTART${as.tell(local)}`,
      ...endLines('VEVENT', as, local, of),
      ...(rule === null ? [] : [`RRULE:${rule}`]),
      'END:AVAILABLE',
    ]);
    const head = [
      'UID:@',
      'DTSTAMP:20260101T000000Z',
      ...(start === null ? [] : [`DTSTART${at.tell(start)}`]),
    ];
    return wrap('VAVAILABILITY', [[...head, ...end, ...priority, ...type, ...available]]);
  });

function wrap(name: string, blocks: readonly (readonly string[])[]): string {
  const text = calendarText(name, blocks);
  return text.includes('Customized Time Zone')
    ? text.replace(`BEGIN:${name}`, `${OWN_ZONE}BEGIN:${name}`)
    : text;
}

/** A calendar object of any kind; `@` stands in place of its UID. Not every one may be stored: some have too many instances. */
export const calendarObject: fc.Arbitrary<string> = fc.oneof(
  { weight: 16, arbitrary: recurring },
  { weight: 2, arbitrary: undated },
  { weight: 2, arbitrary: freeBusyObject },
  { weight: 1, arbitrary: availabilityObject },
);

/** A time range, open at one end now and then. */
export const timeRange: fc.Arbitrary<TimeRange> = fc
  .record({
    start: fc.tuple(wallTime, fc.constantFrom(0, 0, -1, 1, 14_400, -7200)).map(([at, by]) => at + by),
    length: fc.constantFrom(1, 900, 3600, DAY, 7 * DAY, 31 * DAY, 400 * DAY),
    open: fc.constantFrom('no', 'no', 'no', 'no', 'start', 'end'),
  })
  .map(({ start, length: lasting, open }) => ({
    startUtc: open === 'start' ? null : start,
    endUtc: open === 'end' ? null : start + lasting,
  }));

const textMatch = fc.record({
  text: fc.oneof(
    fc.constantFrom(...WORDS),
    fc.constantFrom('team', 'STRASSE', 'ärzte', 'a', '', 'e m', 'ACCEPTED'),
  ),
  collation: fc.constantFrom('i;ascii-casemap' as const, 'i;octet' as const, 'i;unicode-casemap' as const),
  negate: fc.constantFrom(false, false, true),
  matchType: fc.constantFrom(
    'contains' as const,
    'contains' as const,
    'equals' as const,
    'starts-with' as const,
    'ends-with' as const,
  ),
});

const paramFilter: fc.Arbitrary<ParamFilter> = fc
  .record({
    name: fc.constantFrom('PARTSTAT', 'LANGUAGE', 'TZID', 'CN', 'VALUE'),
    isNotDefined: fc.constantFrom(false, false, true),
    match: maybe(textMatch, 2),
  })
  .map(({ name, isNotDefined, match }) => ({ name, isNotDefined, textMatch: isNotDefined ? null : match }));

const TIMED = [
  'DTSTART',
  'DTEND',
  'DUE',
  'COMPLETED',
  'CREATED',
  'RDATE',
  'EXDATE',
  'RECURRENCE-ID',
  'FREEBUSY',
];

const propFilter: fc.Arbitrary<PropFilter> = fc.oneof(
  fc
    .record({
      name: fc.constantFrom(
        'SUMMARY',
        'LOCATION',
        'CATEGORIES',
        'ATTENDEE',
        'STATUS',
        'UID',
        'RRULE',
        'X-NONE',
      ),
      isNotDefined: fc.constantFrom(false, false, false, true),
      textMatch: maybe(textMatch, 3),
      paramFilters: fc.array(paramFilter, { maxLength: 2 }),
      test: fc.constantFrom('allof' as const, 'anyof' as const),
    })
    .map((drawn) => (drawn.isNotDefined ? { ...drawn, textMatch: null, paramFilters: [] } : drawn)),
  fc.record({
    name: fc.constantFrom(...TIMED),
    isNotDefined: fc.constant(false),
    timeRange,
    paramFilters: fc.constant([]),
    test: fc.constant('allof' as const),
  }),
);

const inner: fc.Arbitrary<CompFilter> = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('VALARM', 'X-NONE'),
      isNotDefined: fc.boolean(),
      range: maybe(timeRange, 2),
    })
    .map(({ name, isNotDefined, range }) => ({
      name,
      isNotDefined,
      timeRange: isNotDefined || name !== 'VALARM' ? null : range,
      propFilters: [],
      compFilters: [],
      test: 'allof' as const,
    })),
);

const outer: fc.Arbitrary<CompFilter> = fc
  .record({
    name: fc.constantFrom(
      ...['VEVENT', 'VEVENT', 'VEVENT', 'VTODO', 'VJOURNAL'],
      ...['VFREEBUSY', 'VAVAILABILITY', 'VTIMEZONE'],
    ),
    kind: fc.constantFrom('range', 'range', 'range', 'plain', 'mixed', 'mixed', 'mixed', 'absent'),
    range: timeRange,
    hasRange: fc.boolean(),
    propFilters: fc.array(propFilter, { maxLength: 2 }),
    compFilters: fc.array(inner, { maxLength: 1 }),
    test: fc.constantFrom('allof' as const, 'allof' as const, 'anyof' as const),
  })
  .map(({ kind, range, hasRange, propFilters, compFilters, ...rest }) => {
    const isTimed = rest.name !== 'VTIMEZONE';
    const bare = {
      ...rest,
      isNotDefined: kind === 'absent',
      timeRange: null,
      propFilters: [],
      compFilters: [],
    };
    if (kind === 'absent' || kind === 'plain') return bare;
    if (kind === 'range') return { ...bare, timeRange: isTimed ? range : null };
    return { ...bare, timeRange: hasRange && isTimed ? range : null, propFilters, compFilters };
  });

/** A filter over whole objects, from a lone time range to conditions of every kind. */
export const calendarFilter: fc.Arbitrary<CompFilter> = fc
  .record({
    compFilters: fc.oneof({ weight: 6, arbitrary: fc.tuple(outer) }, fc.array(outer, { maxLength: 2 })),
    test: fc.constantFrom('allof' as const, 'allof' as const, 'anyof' as const),
    prodid: fc.constantFrom(false, false, false, false, true),
  })
  .map(({ compFilters, test, prodid }) => ({
    name: 'VCALENDAR',
    isNotDefined: false,
    timeRange: null,
    propFilters: prodid
      ? [{ name: 'METHOD', isNotDefined: true, paramFilters: [], test: 'allof' as const }]
      : [],
    compFilters,
    test,
  }));
