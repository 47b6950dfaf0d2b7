/** Recurrence sets drawn at random, within what python-recurring-ical-events reads: one RRULE, dates, exceptions, overrides. */
import fc from 'fast-check';
import { createZones, UTC, type Zone } from '../../models/ical/zones.ts';
import {
  calendarText,
  DATE_FORM,
  FLOATING_FORM,
  type Form,
  stamp,
  UTC_FORM,
  zoned,
} from '../support/calendar-text.ts';

const HOUR = 3600;
const DAY = 86_400;

/** What an edition of the other library can read. */
export interface Abilities {
  /** RANGE=THISANDFUTURE, RDATE;VALUE=PERIOD, several RRULEs, an all-day event without an end. */
  readonly isModern: boolean;
}

/** One object and a span that is asked of it; UTC seconds. */
export interface SetCase {
  readonly text: string;
  /** What each RECURRENCE-ID names, in the order of the overrides. */
  readonly originals: readonly number[];
  readonly excluded: readonly number[];
  readonly startUtc: number;
  readonly endUtc: number;
}

const IANA = createZones();
/** In which wall times of a form are read. */
const zoneOf = ({ tzid }: Form): Zone => (tzid === null ? null : IANA.iana(tzid)) ?? UTC;

/**
 * Zones whose clocks change between one and three at night. Series lie by day, so that no instance is skipped, doubled or
 * lasts over a change: times that are, and what decides there, have tables of their own.
 */
const KATHMANDU = zoned('Asia/Kathmandu');
const ZONES = [
  KATHMANDU,
  ...['America/New_York', 'Europe/Berlin', 'Europe/Dublin', 'Australia/Lord_Howe'].map(zoned),
];
const FORMS: readonly Form[] = [...ZONES, ...ZONES, UTC_FORM, FLOATING_FORM, DATE_FORM, DATE_FORM];

const form = fc.constantFrom(...FORMS);
const day = fc
  .tuple(
    fc.constantFrom('2024-02-20', '2025-03-01', '2025-10-20', '2026-03-20', '2026-10-28'),
    fc.integer({ min: 0, max: 20 }),
  )
  .map(([from, offset]) => Date.parse(from) / 1000 + offset * DAY);
const timeOfDay = fc.integer({ min: 20, max: 80 }).map((quarter) => quarter * 900);

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** A rule that DTSTART is the first instance of, as RFC 5545 §3.8.5.3 asks; else what it yields is undefined. */
function ruleAt(local: number, at: Form): fc.Arbitrary<string> {
  const date = new Date(local * 1000);
  const weekday = WEEKDAYS[date.getUTCDay()] ?? 'SU';
  const ordinal = Math.ceil(date.getUTCDate() / 7);
  const parts = fc.oneof(
    fc.constantFrom('DAILY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY').map((name) => `FREQ=${name}`),
    fc
      .constantFrom(...WEEKDAYS)
      .map((other) => `FREQ=WEEKLY;BYDAY=${[...new Set([weekday, other])].join(',')}`),
    fc.integer({ min: 1, max: 31 }).map((other) => {
      const days = [...new Set([date.getUTCDate(), other])];
      return `FREQ=MONTHLY;BYMONTHDAY=${days.join(',')}`;
    }),
    fc.constant(`FREQ=MONTHLY;BYDAY=${ordinal}${weekday}`),
    fc.constant(`FREQ=YEARLY;BYMONTH=${date.getUTCMonth() + 1};BYDAY=${ordinal}${weekday}`),
    ...(at === UTC_FORM || at === FLOATING_FORM ? [fc.constant('FREQ=HOURLY')] : []),
  );
  const end = fc.oneof(
    fc.constant(''),
    fc.integer({ min: 1, max: 30 }).map((count) => `;COUNT=${count}`),
    // Half a day from every instance: the very moment of UNTIL is compared where rules are.
    fc.integer({ min: 0, max: 400 }).map((days) => `;UNTIL=${untilAt(local + days * DAY + DAY / 2, at)}`),
  );
  const interval = fc.constantFrom('', '', ';INTERVAL=2', ';INTERVAL=3');
  return fc.tuple(parts, interval, end).map((all) => all.join(''));
}

function untilAt(local: number, at: Form): string {
  if (at.isDate) return stamp(local).slice(0, 8);
  return at === FLOATING_FORM ? stamp(local) : `${stamp(local)}Z`;
}

/** Seconds that an instance lasts; null: it says nothing. */
const length = fc.constantFrom(0, 900, HOUR, 3 * HOUR, DAY, 3 * DAY, null);

function endLine(name: string, at: Form, local: number, seconds: number | null, isModern: boolean): string[] {
  const end = name === 'VTODO' ? 'DUE' : 'DTEND';
  const { isDate } = at;
  if (seconds === null && name === 'VEVENT' && (isModern || !isDate)) return [];
  const least = isDate ? DAY : name === 'VTODO' ? 900 : 0;
  const most = at.tzid !== null ? 3 * HOUR : 3 * DAY;
  const lasts = Math.max(least, Math.min(most, seconds ?? HOUR));
  const told = isDate ? Math.ceil(lasts / DAY) * DAY : lasts;
  if (name === 'VEVENT' && told === 900) return ['DURATION:PT15M'];
  if (name === 'VEVENT' && isDate && told > DAY) return [`DURATION:P${told / DAY}D`];
  return [`${end}${at.tell(local + told)}`];
}

/** The same moment, told as the series tells it, in UTC, or in a zone whose clock never changes. */
function sameMoment(at: Form): fc.Arbitrary<(local: number) => string> {
  if (at.isDate || at === FLOATING_FORM) return fc.constant(at.tell);
  return fc
    .constantFrom(at, at, at, UTC_FORM, KATHMANDU)
    .map((as) => (local: number) => as.tell(zoneOf(as).toLocal(zoneOf(at).toUtcSeconds(local))));
}

/** Another way to tell times: the form of the series, UTC or some zone for a series with a zone. */
function otherForm(at: Form): fc.Arbitrary<Form> {
  if (at.isDate || at === FLOATING_FORM) return fc.constant(at);
  return fc.constantFrom(at, at, at, UTC_FORM, ...ZONES);
}

/** The same for dates of the series: in UTC it may last for days, and so over a change of the clock of another zone. */
const dateForm = (at: Form): fc.Arbitrary<Form> =>
  at === UTC_FORM ? fc.constantFrom(at, at, KATHMANDU) : otherForm(at);

const step = fc.oneof(
  fc.integer({ min: -2, max: 14 }),
  fc.integer({ min: -1, max: 8 }).map((weeks) => weeks * 7),
);

/** An extra or excluded date. */
interface Extra {
  readonly line: string;
  readonly excludedUtc: number | null;
}

/**
 * So far off an instance are dates of other forms, and some of its own: the third edition of the other library holds two times
 * for the same one where clocks of two zones show the same.
 */
const OFF = 50 * 60;
const offOf = (as: Form): number => (2 + [UTC_FORM, ...ZONES].indexOf(as)) * 5 * 60;

function extraAt(local: number, at: Form, { isModern, isRanged }: Drawing): fc.Arbitrary<Extra> {
  return fc
    .record({
      isOut: fc.boolean(),
      as: isRanged ? fc.constant(at) : dateForm(at),
      same: sameMoment(at),
      step,
      isOff,
      isPeriod: fc.boolean(),
    })
    .map(({ isOut, as, same, step: days, isOff: off, isPeriod }) => {
      const day = local + days * DAY;
      const { isDate } = at;
      if (isOut) {
        const when = off && !isDate ? day + OFF : day;
        return { line: `EXDATE${same(when)}`, excludedUtc: zoneOf(at).toUtcSeconds(when) };
      }
      const when = isDate ? day : as !== at ? day + offOf(as) : day + (off ? OFF : 0);
      const isPlain = !isModern || !isPeriod || isDate;
      const line = isPlain ? `RDATE${as.tell(when)}` : `RDATE;VALUE=PERIOD${as.tell(when)}/PT2H`;
      return { line, excludedUtc: null };
    });
}

const isOff = fc.constantFrom(false, false, false, true);

interface Override {
  readonly originalUtc: number;
  readonly lines: readonly string[];
}

interface Main {
  readonly name: string;
  readonly at: Form;
  readonly local: number;
}

function overrideAt(
  { name, at, local }: Main,
  { isModern, isRanged: mayBeRanged }: Drawing,
): fc.Arbitrary<Override> {
  return fc
    .record({
      step,
      same: sameMoment(at),
      isRanged: fc.constantFrom(false, mayBeRanged),
      as: fc.oneof(otherForm(at), fc.constant(at), ...(at.isDate ? [] : [fc.constant(DATE_FORM)])),
      move: fc.constantFrom(0, 0, HOUR, -2 * HOUR, DAY, -3 * DAY, 40 * DAY),
      length,
    })
    .map((drawn) => {
      const original = local + drawn.step * DAY;
      const as = drawn.isRanged ? at : drawn.as;
      const moved = original + drawn.move;
      const lines = [
        drawn.isRanged
          ? `RECURRENCE-ID;RANGE=THISANDFUTURE${at.tell(original)}`
          : `RECURRENCE-ID${drawn.same(original)}`,
        `DTSTART${as.tell(moved)}`,
        ...endLine(name, as, moved, drawn.length, isModern),
      ];
      return { originalUtc: zoneOf(at).toUtcSeconds(original), lines };
    });
}

/**
 * What may be drawn into one object. Where a RANGE is, all its times are told in one form: what a shift that is told in two
 * zones means after the clock of one has changed, the RFC does not say.
 */
interface Drawing extends Abilities {
  readonly isRanged: boolean;
}

/** Draws an object with one series, and a span. */
export function setCase(can: Abilities): fc.Arbitrary<SetCase> {
  return fc
    .record({
      name: fc.constantFrom('VEVENT', 'VEVENT', 'VEVENT', 'VTODO'),
      at: form,
      day,
      timeOfDay,
      length,
      isRanged: fc.constantFrom(false, can.isModern),
    })
    .chain(({ name, at, day: from, timeOfDay: time, length: lasts, isRanged }) => {
      const may = { ...can, isRanged };
      const drawn = { name, at, local: at.isDate ? from : from + time };
      return fc.record({
        drawn: fc.constant({ ...drawn, lasts }),
        rules: fc.array(ruleAt(drawn.local, at), { maxLength: can.isModern ? 2 : 1 }),
        extras: fc.array(extraAt(drawn.local, at, may), { maxLength: 4 }),
        overrides: fc.uniqueArray(overrideAt(drawn, may), {
          maxLength: 3,
          selector: (one) => one.originalUtc,
        }),
        start: fc.oneof(fc.integer({ min: -10, max: 20 }), fc.integer({ min: -10, max: 400 })),
        span: fc.constantFrom(DAY, 7 * DAY, 31 * DAY, 31 * DAY, 400 * DAY, 400 * DAY),
      });
    })
    .map(({ drawn, rules, extras, overrides, start, span }) => {
      const { name, at, local, lasts } = drawn;
      const master = [
        `DTSTART${at.tell(local)}`,
        ...endLine(name, at, local, lasts, can.isModern),
        ...rules.map((rule) => `RRULE:${rule}`),
        ...extras.map((extra) => extra.line),
      ];
      // The component that an instance comes from is told by its SUMMARY: 0 for the series, then the overrides.
      const blocks = [master, ...overrides.map((one) => one.lines)].map((lines, index) => [
        ...['UID:1', 'DTSTAMP:20240101T000000Z', `SUMMARY:${index}`],
        ...lines,
      ]);
      const startUtc = local + start * (DAY / 2);
      return {
        text: calendarText(name, blocks),
        originals: overrides.map((one) => one.originalUtc),
        excluded: extras.flatMap((extra) => extra.excludedUtc ?? []),
        startUtc,
        endUtc: startUtc + span,
      };
    });
}
