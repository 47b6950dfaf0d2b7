import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TextMatch } from '../../../models/ical/collation.ts';
import {
  type CompFilter,
  matches,
  type ParamFilter,
  type PropFilter,
  timeRangeOnly,
} from '../../../models/ical/filter.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { calendar, event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;
const comp = (name: string, parts: Partial<CompFilter> = {}): CompFilter => ({
  name,
  isNotDefined: false,
  propFilters: [],
  compFilters: [],
  test: 'allof',
  ...parts,
});
const prop = (name: string, parts: Partial<PropFilter> = {}): PropFilter => ({
  name,
  isNotDefined: false,
  paramFilters: [],
  test: 'allof',
  ...parts,
});
const param = (name: string, parts: Partial<ParamFilter> = {}): ParamFilter => ({
  name,
  isNotDefined: false,
  ...parts,
});
const text = (value: string, parts: Partial<TextMatch> = {}): TextMatch => ({
  text: value,
  collation: 'i;ascii-casemap',
  negate: false,
  matchType: 'contains',
  ...parts,
});
const range = (start: string | null, end: string | null) => ({
  startUtc: start === null ? null : utc(start),
  endUtc: end === null ? null : utc(end),
});
const cal = (...compFilters: CompFilter[]): CompFilter => comp('VCALENDAR', { compFilters });

function passes(object: string, filter: CompFilter, zone: string | null = null): Promise<boolean> {
  return matches(runner.parse(Buffer.from(object)), filter, runner, zoned(zone));
}
const inRange = (object: string, name: string, start: string | null, end: string | null): Promise<boolean> =>
  passes(object, cal(comp(name, { timeRange: range(start, end) })));

const todo = (...lines: readonly string[]): string =>
  calendar('BEGIN:VTODO', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VTODO');

describe('components and properties', () => {
  const meeting = event(
    'DTSTART:20250701T100000Z',
    'SUMMARY:Café\\, later',
    'CATEGORIES:Work,Team A',
    'ATTENDEE;PARTSTAT=ACCEPTED;CN="Ann, Lee":mailto:ann@example.com',
    'ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com',
    '__PROTO__:x',
  );
  const CASES: readonly (readonly [string, CompFilter, boolean])[] = [
    ['the calendar alone', cal(), true],
    ['another outermost name', comp('VCARD'), false],
    ['a component that is there', cal(comp('VEVENT')), true],
    ['a component that is not', cal(comp('VTODO')), false],
    ['is-not-defined of it', cal(comp('VTODO', { isNotDefined: true })), true],
    ['no alarm', cal(comp('VEVENT', { compFilters: [comp('VALARM', { isNotDefined: true })] })), true],
    ['a property', cal(comp('VEVENT', { propFilters: [prop('SUMMARY')] })), true],
    [
      'no such property',
      cal(comp('VEVENT', { propFilters: [prop('LOCATION', { isNotDefined: true })] })),
      true,
    ],
    ['a name like an inherited one', cal(comp('VEVENT', { propFilters: [prop('CONSTRUCTOR')] })), false],
    [
      'text, case apart',
      cal(comp('VEVENT', { propFilters: [prop('SUMMARY', { textMatch: text('LATER') })] })),
      true,
    ],
    [
      'text of octets',
      cal(
        comp('VEVENT', {
          propFilters: [prop('SUMMARY', { textMatch: text('LATER', { collation: 'i;octet' }) })],
        }),
      ),
      false,
    ],
    [
      'unescaped text',
      cal(comp('VEVENT', { propFilters: [prop('SUMMARY', { textMatch: text('é, l') })] })),
      true,
    ],
    [
      'text that is not there, negated',
      cal(comp('VEVENT', { propFilters: [prop('SUMMARY', { textMatch: text('xyz', { negate: true }) })] })),
      true,
    ],
    [
      'a member of a list, as a whole',
      cal(
        comp('VEVENT', {
          propFilters: [prop('CATEGORIES', { textMatch: text('team a', { matchType: 'equals' }) })],
        }),
      ),
      true,
    ],
    [
      'one of several properties',
      cal(
        comp('VEVENT', {
          propFilters: [
            prop('ATTENDEE', {
              textMatch: text('bob'),
              paramFilters: [param('PARTSTAT', { textMatch: text('DECLINED') })],
            }),
          ],
        }),
      ),
      true,
    ],
    [
      'two conditions no single property holds',
      cal(
        comp('VEVENT', {
          propFilters: [
            prop('ATTENDEE', {
              textMatch: text('ann'),
              paramFilters: [param('PARTSTAT', { textMatch: text('DECLINED') })],
            }),
          ],
        }),
      ),
      false,
    ],
    [
      'anyof of the same two',
      cal(
        comp('VEVENT', {
          propFilters: [
            prop('ATTENDEE', {
              test: 'anyof',
              textMatch: text('ann'),
              paramFilters: [param('PARTSTAT', { textMatch: text('NONE') })],
            }),
          ],
        }),
      ),
      true,
    ],
    [
      'a quoted parameter',
      cal(
        comp('VEVENT', {
          propFilters: [
            prop('ATTENDEE', {
              paramFilters: [param('CN', { textMatch: text('ann, lee', { matchType: 'equals' }) })],
            }),
          ],
        }),
      ),
      true,
    ],
    [
      'a parameter that is absent',
      cal(
        comp('VEVENT', {
          propFilters: [prop('ATTENDEE', { paramFilters: [param('CN', { isNotDefined: true })] })],
        }),
      ),
      true,
    ],
    [
      'anyof over properties',
      cal(comp('VEVENT', { test: 'anyof', propFilters: [prop('LOCATION'), prop('SUMMARY')] })),
      true,
    ],
    [
      'a time range on a property',
      cal(
        comp('VEVENT', { propFilters: [prop('DTSTAMP', { timeRange: range('2026-01-01', '2026-01-02') })] }),
      ),
      true,
    ],
    [
      'a time range on a property, outside',
      cal(comp('VEVENT', { propFilters: [prop('DTSTAMP', { timeRange: range('2026-01-02', null) })] })),
      false,
    ],
  ];
  for (const [name, filter, expected] of CASES) {
    test(name, async () => assert.equal(await passes(meeting, filter), expected));
  }
});

describe('time ranges', () => {
  test('of a to-do follow the table of RFC 4791 §9.9', async () => {
    const S = 'DTSTART:20250701T100000Z';
    const DUE = 'DUE:20250701T120000Z';
    const CASES: readonly (readonly [readonly string[], string | null, string | null, boolean])[] = [
      [[S, 'DURATION:PT2H'], '2025-07-01T12:00Z', '2025-07-02', true],
      [[S, 'DURATION:PT2H'], '2025-07-01T12:00:01Z', '2025-07-02', false],
      [[S, DUE], '2025-07-01T12:00Z', '2025-07-02', false],
      [[S, DUE], '2025-07-01T11:59Z', '2025-07-02', true],
      [[S], '2025-07-01T10:00Z', '2025-07-02', true],
      [[S], '2025-07-01T10:00:01Z', '2025-07-02', false],
      [[DUE], '2025-06-01', '2025-07-01T12:00Z', true],
      [[DUE], '2025-06-01', '2025-07-01T11:59Z', false],
      [[DUE], '2025-07-01T12:00Z', '2025-07-02', false],
      [['CREATED:20250101T000000Z', 'COMPLETED:20250201T000000Z'], '2025-01-15', '2025-01-16', true],
      [['CREATED:20250101T000000Z', 'COMPLETED:20250201T000000Z'], '2025-02-02', '2025-03-01', false],
      [['COMPLETED:20250201T000000Z'], '2025-02-01', '2025-03-01', true],
      [['COMPLETED:20250201T000000Z'], '2025-01-01', '2025-01-31', false],
      [['CREATED:20250101T000000Z'], '2030-01-01', '2030-01-02', true],
      [['CREATED:20250101T000000Z'], '2024-01-01', '2025-01-01', false],
      [[], '1999-01-01', '1999-01-02', true],
    ];
    for (const [lines, start, end, expected] of CASES) {
      assert.equal(
        await inRange(todo(...lines), 'VTODO', start, end),
        expected,
        `${lines.join(' ')} in ${start} – ${end}`,
      );
    }
  });

  test('may be open at either end', async () => {
    const once = event('DTSTART:20250701T100000Z', 'DTEND:20250701T110000Z');
    assert.equal(await inRange(once, 'VEVENT', '2025-01-01', null), true);
    assert.equal(await inRange(once, 'VEVENT', '2026-01-01', null), false);
    assert.equal(await inRange(once, 'VEVENT', null, '2025-01-01'), false);
    const endless = event('DTSTART:20250701T100000Z', 'RRULE:FREQ=YEARLY');
    assert.equal(await inRange(endless, 'VEVENT', '2190-01-01', null), true);
    assert.equal(await inRange(endless, 'VEVENT', null, '2025-07-01'), false);
  });

  test('of an all-day event depend on the zone', async () => {
    const day = event('DTSTART;VALUE=DATE:20250701');
    const filter = cal(comp('VEVENT', { timeRange: range('2025-06-30T22:30Z', '2025-06-30T23:00Z') }));
    assert.equal(await passes(day, filter, 'Europe/Berlin'), true);
    assert.equal(await passes(day, filter), false);
  });

  test('find a series by its overrides and not by what they replaced', async () => {
    const moved = calendar(
      ...[
        'BEGIN:VEVENT',
        'UID:1',
        'DTSTART:20250701T100000Z',
        'RRULE:FREQ=DAILY;COUNT=2',
        'SUMMARY:master',
        'END:VEVENT',
      ],
      ...[
        'BEGIN:VEVENT',
        'UID:1',
        'RECURRENCE-ID:20250702T100000Z',
        'DTSTART:20250901T100000Z',
        'SUMMARY:moved',
        'END:VEVENT',
      ],
    );
    assert.equal(await inRange(moved, 'VEVENT', '2025-07-02', '2025-07-03'), false);
    assert.equal(await inRange(moved, 'VEVENT', '2025-09-01', '2025-09-02'), true);
    const named = (summary: string): CompFilter =>
      cal(
        comp('VEVENT', {
          timeRange: range('2025-09-01', '2025-09-02'),
          propFilters: [prop('SUMMARY', { textMatch: text(summary) })],
        }),
      );
    assert.equal(await passes(moved, named('moved')), true);
    assert.equal(await passes(moved, named('master')), false);
  });

  test('of a VFREEBUSY go by its span, else by its periods', async () => {
    const lines = ['BEGIN:VFREEBUSY', 'UID:1', 'DTSTAMP:20260101T000000Z', 'FREEBUSY:20250102T100000Z/PT1H'];
    const span = calendar(...lines, 'DTSTART:20250101T000000Z', 'DTEND:20250103T000000Z', 'END:VFREEBUSY');
    assert.equal(await inRange(span, 'VFREEBUSY', '2025-01-01T05:00Z', '2025-01-01T06:00Z'), true);
    assert.equal(
      await inRange(
        calendar(...lines, 'END:VFREEBUSY'),
        'VFREEBUSY',
        '2025-01-01T05:00Z',
        '2025-01-01T06:00Z',
      ),
      false,
    );
  });
});

describe('alarms', () => {
  const alarmAt = (object: string, start: string, end: string): Promise<boolean> =>
    passes(object, cal(comp('VEVENT', { compFilters: [comp('VALARM', { timeRange: range(start, end) })] })));
  const withAlarm = (...lines: readonly string[]): string =>
    event(
      'DTSTART:20250701T100000Z',
      'DTEND:20250701T120000Z',
      'RRULE:FREQ=WEEKLY',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      ...lines,
      'END:VALARM',
    );
  const CASES: readonly (readonly [string, readonly string[], string, boolean])[] = [
    ['before the start', ['TRIGGER:-PT15M'], '2025-07-08T09:45Z', true],
    ['before the start, missed', ['TRIGGER:-PT15M'], '2025-07-08T09:46Z', false],
    ['after the end', ['TRIGGER;RELATED=END:PT5M'], '2025-07-08T12:05Z', true],
    ['at a moment of its own', ['TRIGGER;VALUE=DATE-TIME:20250101T000000Z'], '2025-01-01T00:00Z', true],
    ['repeated', ['TRIGGER:-PT15M', 'REPEAT:2', 'DURATION:PT5M'], '2025-07-08T09:55Z', true],
    ['not repeated that often', ['TRIGGER:-PT15M', 'REPEAT:2', 'DURATION:PT5M'], '2025-07-08T10:00Z', false],
    ['a week before', ['TRIGGER:-P1W'], '2025-06-24T10:00Z', true],
  ];
  for (const [name, lines, at, expected] of CASES) {
    test(name, async () => {
      const end = new Date(Date.parse(at) + 60_000).toISOString();
      assert.equal(await alarmAt(withAlarm(...lines), at, end), expected);
    });
  }
});

test('an index can answer for a component and a time range, and for nothing else', () => {
  const timeRange = range('2025-01-01', null);
  assert.deepEqual(timeRangeOnly(cal(comp('VEVENT', { timeRange }))), { component: 'VEVENT', ...timeRange });
  assert.deepEqual(timeRangeOnly(cal(comp('VTODO'))), { component: 'VTODO', startUtc: null, endUtc: null });
  assert.equal(timeRangeOnly(cal()), null);
  assert.equal(timeRangeOnly(cal(comp('VTIMEZONE'))), null);
  assert.equal(timeRangeOnly(cal(comp('VEVENT', { propFilters: [prop('UID')] }))), null);
  assert.equal(timeRangeOnly(cal(comp('VEVENT', { isNotDefined: true }))), null);
  assert.equal(timeRangeOnly(cal(comp('VEVENT'), comp('VTODO'))), null);
});
