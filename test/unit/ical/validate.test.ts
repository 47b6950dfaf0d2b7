import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeRule } from '../../../models/ical/rule-text.ts';
import { validateObject } from '../../../models/ical/validate.ts';
import { calendar, corpus, crlf, event, LIMITS, millis, read, refusal } from './support.ts';

const START = 'DTSTART:20260101T090000Z';
const judge = (text: string) => refusal(() => validateObject(read(text), LIMITS));
const times = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i));

const todo = (...lines: readonly string[]): string => calendar('BEGIN:VTODO', 'UID:1', ...lines, 'END:VTODO');

describe('what is accepted', () => {
  const cases: Readonly<Record<string, string>> = {
    'a common event': event(START, 'DTEND:20260101T100000Z', 'SUMMARY:x'),
    'no VERSION and no PRODID': crlf(
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:1',
      START,
      'END:VEVENT',
      'END:VCALENDAR',
    ),
    'a date without VALUE=DATE': event('DTSTART:20260101', 'DTEND:20260102'),
    'an end at the start': event(START, 'DTEND:20260101T090000Z'),
    'a zone nobody knows': event('DTSTART;TZID=Nowhere:20260101T090000', 'DTEND;TZID=UTC:20250101T090000'),
    'an end in another zone': event(
      'DTSTART;TZID=Asia/Tokyo:20260101T090000',
      'DTEND;TZID=Europe/Berlin:20260101T020000',
    ),
    'DURATION:PT0S beside DTEND, as Thunderbird leaves it': event(
      START,
      'DTEND:20260101T100000Z',
      'DURATION:PT0S',
    ),
    'a task without dates': todo('SUMMARY:x'),
    'a task due before it starts': todo('DTSTART:20260105', 'DUE:20260101T090000Z'),
    'a task with a rule and only a due date': todo('DUE:20260101', 'RRULE:FREQ=WEEKLY'),
    'an empty number': todo('PRIORITY:'),
    'an override alone': event(START, 'RECURRENCE-ID:20260101T080000Z'),
    'a date of COMPLETED': todo('COMPLETED:20260101'),
    'a rule to the year 9999': event(START, 'RRULE:FREQ=DAILY;UNTIL=99991231T235959Z'),
    'the first and last years': event('DTSTART:19000101', 'RDATE:22001231'),
    'a list of periods': event(
      START,
      'RDATE;VALUE=PERIOD:20260102T090000Z/PT1H,20260103T090000Z/20260103T100000Z',
    ),
    'members every object inherits': event(START, 'CONSTRUCTOR:x', '__proto__;toString=1:y'),
    'an IANA zone with 5 000 observances': calendar(
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      ...times(5000, () => 'BEGIN:STANDARD\r\nEND:STANDARD'),
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:1',
      START,
      'END:VEVENT',
    ),
  };
  for (const [name, text] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(judge(text), { code: 'accepted', message: '' }));
  }
});

describe('what is no calendar data', () => {
  const cases: Readonly<Record<string, string>> = {
    'an event without a start': event('SUMMARY:x'),
    'two starts': event(START, START),
    'two UIDs in one component': event(START, 'UID:2'),
    'vCalendar 1.0': crlf(
      'BEGIN:VCALENDAR',
      'VERSION:1.0',
      'BEGIN:VEVENT',
      'UID:1',
      START,
      'END:VEVENT',
      'END:VCALENDAR',
    ),
    'a day that is not': event('DTSTART:20260230T090000Z'),
    'an hour that is not': event('DTSTART:20260101T250000Z'),
    'a start that is no date': event('DTSTART:tomorrow'),
    'an empty start': event('DTSTART:'),
    'an offset in a time': event('DTSTART:20260101T090000+0100'),
    'a time that says it is a date': event('DTSTART;VALUE=DATE:20260101T090000Z'),
    'a date that says it is a time': event('DTSTART;VALUE=DATE-TIME:20260101'),
    'a wrong DTSTAMP': calendar('BEGIN:VEVENT', 'UID:1', START, 'DTSTAMP:x', 'END:VEVENT'),
    'an end before the start': event(START, 'DTEND:20260101T080000Z'),
    'an end before the start over zones': event(
      'DTSTART;TZID=Europe/Berlin:20260101T020000',
      'DTEND;TZID=Asia/Tokyo:20260101T090000',
    ),
    'a date to a time': event('DTSTART;VALUE=DATE:20260101', 'DTEND:20260102T000000Z'),
    'an end and a duration': event(START, 'DTEND:20260101T100000Z', 'DURATION:PT1H'),
    'a due date and a duration': todo(START, 'DUE:20260102T000000Z', 'DURATION:PT1H'),
    'a wrong duration': event(START, 'DURATION:1 hour'),
    'a negative duration': event(START, 'DURATION:-PT1H'),
    'a wrong RDATE': event(START, 'RDATE:20260101T090000Z,x'),
    'a wrong period': event(START, 'RDATE;VALUE=PERIOD:20260102T090000Z/'),
    'a wrong EXDATE': event(START, 'EXDATE:x'),
    'a wrong RECURRENCE-ID': event(START, 'RECURRENCE-ID:x'),
    'a wrong SEQUENCE': event(START, 'SEQUENCE:first'),
    'a wrong rule': event(START, 'RRULE:FREQ=SOMETIMES'),
    'an alarm without a trigger': event(START, 'BEGIN:VALARM', 'ACTION:DISPLAY', 'END:VALARM'),
    'an alarm without an action': event(START, 'BEGIN:VALARM', 'TRIGGER:-PT5M', 'END:VALARM'),
    'an event in an event': event(START, 'BEGIN:VEVENT', 'END:VEVENT'),
    'a zone without a name': calendar(
      'BEGIN:VTIMEZONE',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:1',
      START,
      'END:VEVENT',
    ),
    'eleven rules': event(START, ...times(11, () => 'RRULE:FREQ=DAILY')),
    '51 alarms': event(
      START,
      ...times(51, () => 'BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM'),
    ),
    'a zone of its own with a rule by the second': calendar(
      ...[
        'BEGIN:VTIMEZONE',
        'TZID:Mine',
        'BEGIN:STANDARD',
        'RRULE:FREQ=SECONDLY',
        'END:STANDARD',
        'END:VTIMEZONE',
      ],
      ...['BEGIN:VEVENT', 'UID:1', START, 'END:VEVENT'],
    ),
    'a zone of its own with 5 000 observances': calendar(
      ...[
        'BEGIN:VTIMEZONE',
        'TZID:Mine',
        ...times(5000, () => 'BEGIN:STANDARD\r\nEND:STANDARD'),
        'END:VTIMEZONE',
      ],
      ...['BEGIN:VEVENT', 'UID:1', START, 'END:VEVENT'],
    ),
  };
  for (const [name, text] of Object.entries(cases)) {
    test(name, () => {
      const found = judge(text);
      assert.equal(found.code, 'valid-calendar-data');
      assert.match(found.message, /^Line \d+: /);
    });
  }
});

describe('what is no calendar object resource (RFC 4791 §4.1)', () => {
  const vevent = (...lines: readonly string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];
  const cases: Readonly<Record<string, string>> = {
    METHOD: calendar('METHOD:REQUEST', ...vevent('UID:1', START)),
    'two UIDs': calendar(...vevent('UID:1', START), ...vevent('UID:2', START, 'RECURRENCE-ID:20260101')),
    'two kinds': calendar(...vevent('UID:1', START), 'BEGIN:VTODO', 'UID:1', 'END:VTODO'),
    'no UID': calendar(...vevent(START)),
    'a UID without end': calendar(...vevent(START, `UID:${'u'.repeat(1025)}`)),
    'an empty UID': calendar(...vevent(START, 'UID:')),
    'no component': calendar(),
    'a zone alone': calendar('BEGIN:VTIMEZONE', 'TZID:UTC', 'END:VTIMEZONE'),
    'two masters': calendar(...vevent('UID:1', START), ...vevent('UID:1', START)),
    'one instance twice': calendar(
      ...vevent('UID:1', START),
      ...vevent('UID:1', START, 'RECURRENCE-ID:20260101T090000Z'),
      ...vevent('UID:1', START, 'RECURRENCE-ID:20260101T090000Z'),
    ),
  };
  for (const [name, text] of Object.entries(cases)) {
    test(name, () => assert.equal(judge(text).code, 'valid-calendar-object-resource'));
  }
});

describe('limits', () => {
  const day = (i: number): string =>
    new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10).replaceAll('-', '');
  const override = (i: number) =>
    crlf('BEGIN:VEVENT', 'UID:1', START, `RECURRENCE-ID:${day(i)}`, 'END:VEVENT').trimEnd();
  const cases: readonly (readonly [string, string, string])[] = [
    ['3 000 dates', event(START, `EXDATE:${times(3000, day).join(',')}`), 'accepted'],
    ['3 001 dates', event(START, `EXDATE:${times(3000, day).join(',')}`, `RDATE:${day(1)}`), 'max-instances'],
    ['1 000 overrides', calendar(...times(1000, override)), 'accepted'],
    ['1 001 overrides', calendar(...times(1001, override)), 'max-instances'],
    ['500 attendees', event(START, ...times(500, (i) => `ATTENDEE:mailto:${i}@example.com`)), 'accepted'],
    [
      '501 attendees',
      event(START, ...times(501, (i) => `ATTENDEE:mailto:${i}@example.com`)),
      'max-attendees-per-instance',
    ],
    ['the year 1899', event('DTSTART:18991231'), 'min-date-time'],
    ['the year 2201', event('DTSTART:22010101'), 'max-date-time'],
    ['an RDATE in 9999', event(START, 'RDATE:99990101'), 'max-date-time'],
    ['an EXDATE in 1601', event(START, 'EXDATE:16010101'), 'accepted'],
  ];
  for (const [name, text, code] of cases) test(name, () => assert.equal(judge(text).code, code));
});

describe('rules', () => {
  const good = [
    'FREQ=DAILY',
    'freq=weekly;byday=mo,tu',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYDAY=-1FR,+2MO;BYSETPOS=-1;WKST=SU;INTERVAL=9999',
    'FREQ=DAILY;COUNT=1000000',
    'FREQ=WEEKLY;UNTIL=20260101;',
    'RSCALE=GREGORIAN;SKIP=OMIT;FREQ=MONTHLY',
    'FREQ=YEARLY;RSCALE=gregorian;SKIP=forward',
    'FREQ=SECONDLY',
    `FREQ=YEARLY;BYYEARDAY=${times(366, (i) => String(i + 1)).join(',')}`,
  ];
  for (const rule of good) test(`${rule.slice(0, 60)} is a rule`, () => assert.equal(judgeRule(rule), null));

  const bad = [
    '',
    'DAILY',
    'BYDAY=MO',
    'FREQ=',
    'FREQ=DAILY;FREQ=WEEKLY',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=DAILY;INTERVAL=10000',
    'FREQ=DAILY;INTERVAL=1.5',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;COUNT=1000001',
    'FREQ=DAILY;COUNT=1e9',
    'FREQ=DAILY;COUNT=1000000000',
    'FREQ=DAILY;UNTIL=soon',
    'FREQ=DAILY;UNTIL=20260230',
    'FREQ=DAILY;COUNT=2;UNTIL=20260101',
    'FREQ=DAILY;BYMONTH=13',
    'FREQ=DAILY;BYMONTHDAY=0',
    'FREQ=DAILY;BYMONTHDAY=32',
    'FREQ=DAILY;BYDAY=XX',
    'FREQ=DAILY;BYHOUR=24',
    'FREQ=DAILY;BYDAY=',
    'FREQ=DAILY;WKST=X',
    'FREQ=DAILY;UNTL=20191023',
    'FREQ=DAILY\\;COUNT=10',
    'FREQ=DAILY;__PROTO__=1',
    'FREQ=YEARLY;SKIP=FORWARD',
    'RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=LATER',
    'RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=5L',
    `FREQ=DAILY;BYSECOND=${times(60, String).join(',')};BYMINUTE=${times(60, String).join(',')};BYHOUR=1,2,3`,
    `FREQ=DAILY;BYMONTHDAY=${'1,'.repeat(500_000)}1`,
  ];
  for (const rule of bad) {
    test(`${rule.slice(0, 60)} is none`, () =>
      assert.match(judgeRule(rule) ?? '', /^(has|is|counts|combines) /));
  }
});

describe('calendars of rules (RFC 7529)', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD', 'supported-rscale'],
    ['FREQ=YEARLY; rscale = chinese', 'supported-rscale'],
    ['RSCALE=;FREQ=YEARLY', 'supported-rscale'],
    ['RSCALE=Gregorian;FREQ=YEARLY', 'accepted'],
    ['FREQ=YEARLY;X-RSCALE=HEBREW', 'accepted'],
  ];
  for (const [rule, code] of cases)
    test(rule, () => assert.equal(judge(event(START, `RRULE:${rule}`)).code, code));
});

describe('cost', () => {
  const floods: Readonly<Record<string, string>> = {
    '20 000 alarms': event(START, times(20_000, () => 'BEGIN:VALARM\r\nEND:VALARM').join('\r\n')),
    '20 000 attendees': event(START, times(20_000, () => 'ATTENDEE:mailto:a@b').join('\r\n')),
    '100 000 properties': event(START, times(100_000, () => 'X:1').join('\r\n')),
    'a megabyte of dates': event(START, `RDATE:${'20260101,'.repeat(110_000)}20260101`),
    'a megabyte of rule': event(START, `RRULE:FREQ=DAILY;${'BYDAY=MO;'.repeat(100_000)}`),
    'a megabyte of duration': event(START, `DURATION:P${'1'.repeat(1_000_000)}`),
    'a megabyte of version': calendar(`VERSION:${';'.repeat(1_000_000)}`),
    '20 000 events': calendar(times(20_000, (i) => `BEGIN:VEVENT\r\nUID:${i}\r\nEND:VEVENT`).join('\r\n')),
  };
  for (const [name, text] of Object.entries(floods)) {
    test(`${name}: an answer within a second`, () => {
      const time = millis(() => judge(text));
      assert.ok(time < 1000, `${time} ms`);
    });
  }

  test('a common event is read and judged in well under 0.3 ms', () => {
    const lines = times(18, (i) => `X-PADDING-${i}:some forty characters of text in a property`);
    const text = event(
      'DTSTART;TZID=Europe/Berlin:20260101T090000',
      'DURATION:PT1H',
      'RRULE:FREQ=WEEKLY;BYDAY=MO',
      ...lines,
    );
    const run = () => {
      for (let i = 0; i < 500; i++) judge(text);
    };
    run();
    const micros = (millis(run) * 1000) / 500;
    console.log(`parse and validate ${text.length} bytes: ${micros.toFixed(1)} µs`);
    assert.ok(micros < 300);
  });

  test('every file of the corpus is judged, and fast', () => {
    for (const { name, bytes } of corpus(/\.ics$/)) {
      const time = millis(() => refusal(() => validateObject(read(bytes.toString('utf8')), LIMITS)));
      assert.ok(time < 500, `${name}: ${time} ms`);
    }
  });
});
