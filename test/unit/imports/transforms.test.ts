import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Repair } from '../../../models/imports/transforms/names.ts';
import { convertRule } from '../../../models/imports/transforms/rule1.ts';
import { calendar, crlf, event, imported } from './support.ts';

interface Row {
  readonly repair: Repair | null;
  readonly what: string;
  readonly given: string | Uint8Array;
  /** What the stored bytes must have, or must not have. */
  readonly has?: RegExp;
  readonly not?: RegExp;
}

const cardOf = (...lines: string[]): string => crlf('BEGIN:VCARD', ...lines, 'END:VCARD');
const CARD = ['VERSION:3.0', 'UID:u', 'FN:Ann'];

const ROWS: readonly Row[] = [
  { repair: null, what: 'an event with nothing wrong', given: event(['SUMMARY:x']) },
  { repair: null, what: 'a card with nothing wrong', given: cardOf(...CARD) },
  {
    repair: 'line-ends',
    what: 'LF',
    given: event(['SUMMARY:x']).replaceAll('\r\n', '\n'),
    has: /SUMMARY:x\r\n/,
  },
  { repair: 'line-ends', what: 'CR CR LF', given: cardOf(...CARD).replaceAll('\r\n', '\r\r\n'), not: /\r\r/ },
  { repair: 'byte-order-mark', what: 'a mark', given: `\ufeff${event([])}`, not: /\ufeff/ },
  {
    repair: 'charset',
    what: 'windows-1252',
    given: Buffer.from(event(['SUMMARY:B\xfcro \x96 x']), 'latin1'),
    has: /SUMMARY:Büro – x/,
  },
  {
    repair: 'charset',
    what: 'a named charset',
    given: Buffer.concat([
      Buffer.from(cardOf(...CARD).replace('END:VCARD\r\n', 'NOTE;CHARSET=Shift_JIS:')),
      Buffer.from([0x8e, 0x52, 0x93, 0x63]),
      Buffer.from('\r\nEND:VCARD\r\n'),
    ]),
    has: /山田/,
  },
  { repair: 'control-characters', what: 'a bell', given: event(['SUMMARY:a\x07b']), has: /SUMMARY:ab/ },
  {
    repair: 'blank-lines',
    what: 'in an event',
    given: event(['SUMMARY:x', '', 'LOCATION:y']),
    not: /\r\n\r\n/,
  },
  { repair: 'blank-lines', what: 'in a card', given: cardOf(...CARD, '', 'NOTE:x'), not: /\r\n\r\n/ },
  {
    repair: 'wrong-folding',
    what: 'an unindented rest',
    given: event(['ATTENDEE;CN=A:mailto:ann@exam', 'ple.org']),
    has: /ann@example\.org/,
  },
  {
    repair: 'wrong-folding',
    what: 'a cut character',
    given: Buffer.concat([
      Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\xc3', 'latin1'),
      Buffer.from('\r\n \xa4\r\nEND:VCARD\r\n', 'latin1'),
    ]),
    has: /FN:Aä/,
  },
  {
    repair: 'wrong-folding',
    what: 'in a card',
    given: cardOf(...CARD, 'URL:http://a', 'bc/d'),
    has: /http:\/\/abc\/d/,
  },
  {
    repair: 'unescaped-line-break',
    what: 'in a description',
    given: event(['DESCRIPTION:one', 'two words', '12:30 lunch', 'https://x.y/']),
    has: /one\\ntwo words\\n12:30 lunch\\nhttps:/,
  },
  {
    repair: 'unescaped-line-break',
    what: 'a note in a description',
    given: event(['DESCRIPTION:one', 'Note: two']),
    has: /one\\nNote: two/,
  },
  {
    repair: 'bad-parameters',
    what: 'an open quote',
    given: event(['LOCATION;ALTREP="x:Room 1']),
    has: /LOCATION:Room 1/,
  },
  {
    repair: 'missing-end',
    what: 'of an alarm',
    given: event(['BEGIN:VALARM', 'ACTION:AUDIO', 'TRIGGER:-PT5M']),
    has: /END:VALARM\r\nEND:VEVENT/,
  },
  { repair: 'stray-end', what: 'of an alarm', given: event(['END:VALARM']), not: /VALARM/ },
  {
    repair: 'missing-wrapper',
    what: 'a bare event',
    given: crlf(
      'BEGIN:VEVENT',
      'UID:a',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260101T000000Z',
      'END:VEVENT',
    ),
    has: /^BEGIN:VCALENDAR/,
  },
  {
    repair: 'calendar-version',
    what: 'none',
    given: event([]).replace('VERSION:2.0\r\n', ''),
    has: /VERSION:2\.0/,
  },
  { repair: 'missing-prodid', what: 'none', given: event([]).replace(/PRODID.*\r\n/, ''), has: /PRODID:/ },
  {
    repair: 'drop-method',
    what: 'PUBLISH',
    given: event([]).replace('VERSION', 'METHOD:PUBLISH\r\nVERSION'),
    not: /METHOD/,
  },
  {
    repair: 'missing-uid',
    what: 'an event',
    given: event([], ['UID']),
    has: /UID:[0-9a-f]{8}-[0-9a-f]{4}-8/,
  },
  { repair: 'missing-uid', what: 'a card', given: cardOf('VERSION:3.0', 'FN:Ann'), has: /UID:[0-9a-f]{8}-/ },
  { repair: 'missing-dtstamp', what: 'none', given: event([], ['DTSTAMP']), has: /DTSTAMP:20260102T100000Z/ },
  {
    repair: 'missing-value-type',
    what: 'a date',
    given: event(['DTSTART:20260102'], ['DTSTART']),
    has: /DTSTART;VALUE=DATE:20260102/,
  },
  {
    repair: 'date-syntax',
    what: 'extended form',
    given: event(['DTSTART:2026-01-02T10:00:00Z'], ['DTSTART']),
    has: /DTSTART:20260102T100000Z/,
  },
  {
    repair: 'date-syntax',
    what: 'midnight of a date',
    given: event(['DTSTART;VALUE=DATE:20260102T000000'], ['DTSTART']),
    has: /VALUE=DATE:20260102\r/,
  },
  {
    repair: 'date-syntax',
    what: 'a time said to be a date',
    given: event(['DTSTART;VALUE=DATE:20260102T100000'], ['DTSTART']),
    has: /DTSTART:20260102T100000\r/,
  },
  { repair: 'end-before-start', what: 'DTEND', given: event(['DTEND:20260101T100000Z']), not: /DTEND/ },
  {
    repair: 'end-before-start',
    what: 'a negative duration',
    given: event(['DURATION:-PT1H']),
    not: /DURATION/,
  },
  {
    repair: 'end-type',
    what: 'a date after a time',
    given: event(['DTEND;VALUE=DATE:20260103']),
    not: /DTEND/,
  },
  {
    repair: 'end-and-duration',
    what: 'both',
    given: event(['DTEND:20260102T110000Z', 'DURATION:PT1H']),
    not: /DURATION/,
  },
  {
    repair: 'rule-syntax',
    what: 'escaped',
    given: event(['RRULE:FREQ=DAILY\\;COUNT=2']),
    has: /FREQ=DAILY;COUNT=2/,
  },
  {
    repair: 'empty-property',
    what: 'URL and ATTENDEE',
    given: event(['URL:', 'ATTENDEE;CN=x:', 'SUMMARY:']),
    not: /URL|ATTENDEE/,
    has: /SUMMARY:\r/,
  },
  { repair: 'repeated-property', what: 'DTSTART', given: event(['DTSTART:20270101T000000Z']), not: /2027/ },
  { repair: 'repeated-property', what: 'UID of a card', given: cardOf(...CARD, 'UID:v'), not: /UID:v/ },
  {
    repair: 'duplicate-component',
    what: 'a copy',
    given: calendar(
      ...Array.from({ length: 2 }, (_, i) => [
        'BEGIN:VEVENT',
        'UID:a',
        'DTSTAMP:20260101T000000Z',
        'DTSTART:20260101T000000Z',
        `SEQUENCE:${1 - i}`,
        'END:VEVENT',
      ]).flat(),
    ),
    has: /SEQUENCE:1/,
    not: /SEQUENCE:0/,
  },
  {
    repair: 'incomplete-alarm',
    what: 'no trigger',
    given: event(['BEGIN:VALARM', 'ACTION:AUDIO', 'END:VALARM']),
    not: /VALARM/,
  },
  {
    repair: 'incomplete-alarm',
    what: 'no action',
    given: event(['BEGIN:VALARM', 'TRIGGER:-PT5M', 'END:VALARM']),
    has: /ACTION:DISPLAY/,
  },
  {
    repair: 'windows-zone',
    what: 'kept',
    given: event(['DTSTART;TZID=W. Europe Standard Time:20260101T000000'], ['DTSTART']),
    has: /TZID=W\. Europe/,
  },
  {
    repair: 'vcard-2.1',
    what: 'an old card',
    given: cardOf('VERSION:2.1', 'UID:u', 'FN;QUOTED-PRINTABLE:=C3=84nn'),
    has: /VERSION:3\.0[\s\S]*FN:Änn/,
  },
  { repair: 'card-version', what: 'none', given: cardOf('UID:u', 'FN:Ann'), has: /VERSION:3\.0/ },
  {
    repair: 'card-version',
    what: 'with a blank',
    given: cardOf('VERSION: 4.0', 'UID:u', 'FN:Ann'),
    has: /VERSION:4\.0/,
  },
  {
    repair: 'missing-name',
    what: 'from N',
    given: cardOf('VERSION:3.0', 'UID:u', 'N:Doe;John;Q,R;Dr.;'),
    has: /FN:Dr\. John Q R Doe/,
  },
  {
    repair: 'missing-name',
    what: 'from EMAIL',
    given: cardOf('VERSION:3.0', 'UID:u', 'N:;;;;', 'EMAIL:a@b.c'),
    has: /FN:a@b\.c/,
  },
  {
    repair: 'missing-name',
    what: 'from ORG, an empty FN replaced',
    given: cardOf('VERSION:3.0', 'UID:u', 'FN:', 'ORG:A\\, Inc.;B'),
    has: /FN:A\\, Inc\.\\, B/,
    not: /FN:\r/,
  },
  { repair: 'missing-name', what: 'from nothing', given: cardOf('VERSION:3.0', 'UID:u'), has: /FN:Unnamed/ },
  {
    repair: 'property-name',
    what: 'a blank in it',
    given: cardOf(...CARD, 'X MY FIELD:1'),
    has: /X-MY-FIELD:1/,
  },
];

describe('repairs', () => {
  for (const row of ROWS) {
    test(`${row.repair ?? 'none'}: ${row.what}`, async () => {
      const found = await imported(row.given);
      assert.equal(found.length, 1);
      const [item] = found;
      assert.ok(item?.kind === 'normal', JSON.stringify(item));
      const text = Buffer.from(item.body)
        .toString('utf8')
        .replace(/\r\n[ \t]/g, '');
      if (row.repair === null) assert.deepEqual(item.repairs, []);
      else assert.ok(item.repairs.includes(row.repair), item.repairs.join());
      if (row.has !== undefined) assert.match(text, row.has);
      if (row.not !== undefined) assert.doesNotMatch(text, row.not);
      const again = await imported(item.body);
      assert.deepEqual(
        again.map((one) => one.kind === 'normal' && one.repairs.filter((r) => r !== 'windows-zone')),
        [[]],
        'what was mended needs no mending',
      );
      assert.deepEqual(
        again.map((one) => one.kind === 'normal' && Buffer.from(one.body).equals(Buffer.from(item.body))),
        [true],
      );
    });
  }

  test('what nothing had to be done to is stored byte for byte', async () => {
    const text = event(
      ['SUMMARY:one', ' two', 'X-ODD;A="b;c":d', 'DTSTART;TZID=W. Europe Standard Time:20260101T000000'],
      ['DTSTART'],
    );
    const [item] = await imported(text);
    assert.ok(item?.kind === 'normal');
    assert.equal(Buffer.from(item.body).toString(), text);
  });

  test('items without UID differ when their content does, not with DTSTAMP', async () => {
    const uidOf = async (...lines: string[]): Promise<string> => {
      const [item] = await imported(event(lines, ['UID', 'DTSTAMP']));
      return item?.kind === 'normal' ? item.uid : '';
    };
    const one = await uidOf('SUMMARY:a', 'DTSTAMP:20200101T000000Z');
    assert.equal(one, await uidOf('SUMMARY:a', 'DTSTAMP:20210101T000000Z'));
    assert.notEqual(one, await uidOf('SUMMARY:b', 'DTSTAMP:20200101T000000Z'));
  });

  test('strangers with one UID become two items', async () => {
    const one = (day: string): string[] => [
      'BEGIN:VEVENT',
      'UID:x',
      'DTSTAMP:20260101T000000Z',
      `DTSTART:202601${day}T000000Z`,
      `SUMMARY:day ${day}`,
      'END:VEVENT',
    ];
    const found = await imported(calendar(...one('01'), ...one('02')));
    assert.equal(found.length, 2);
    const [first, second] = found;
    assert.ok(first?.kind === 'normal' && second?.kind === 'normal');
    assert.equal(first.uid, 'x');
    assert.match(second.uid, /^[0-9a-f-]{36}$/);
    assert.ok(second.repairs.includes('repeated-uid'));
  });

  test('what cannot be mended is refused with the line of the file', async () => {
    const broken = ['BEGIN:VEVENT', 'UID:b', 'DTSTAMP:20260101T000000Z', 'SUMMARY:no start', 'END:VEVENT'];
    const whole = [
      'BEGIN:VEVENT',
      'UID:a',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260101T000000Z',
      'END:VEVENT',
    ];
    const found = await imported(calendar(...whole, ...broken));
    assert.deepEqual(
      found.map((one) => [one.kind, one.line]),
      [
        ['normal', 4],
        ['refused', 9],
      ],
    );
    assert.match(found[1]?.kind === 'refused' ? found[1].reason : '', /no DTSTART/);
  });
});

describe('vCalendar 1.0', () => {
  test('an event of old becomes one of today', async () => {
    const old = crlf(
      ...[
        'BEGIN:VCALENDAR',
        'VERSION:1.0',
        'PRODID:x',
        'TZ:-05',
        'BEGIN:VEVENT',
        'UID:o1',
        'DTSTART:19960401T033000Z',
      ],
      ...[
        'SUMMARY;ENCODING=QUOTED-PRINTABLE:M=C3=BCller=',
        'straße',
        'CATEGORIES:MEETING;WORK',
        'STATUS:NEEDS ACTION',
      ],
      ...[
        'RRULE:W2 MO TU #10',
        'DALARM:19960401T032500Z;PT5M;2;Wake up',
        'TRANSP:0',
        'ATTENDEE;ROLE=OWNER:Ann <ann@b.c>',
      ],
      ...['DCREATED:19960301T000000Z', 'END:VEVENT', 'END:VCALENDAR'],
    );
    const [item] = await imported(old);
    assert.ok(item?.kind === 'normal', JSON.stringify(item));
    const text = Buffer.from(item.body).toString();
    for (const expected of [
      'VERSION:2.0',
      'SUMMARY:Müllerstraße',
      'CATEGORIES:MEETING,WORK',
      'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;COUNT=10',
      'TRIGGER;VALUE=DATE-TIME:19960401T032500Z',
      'TRANSP:OPAQUE',
      'CREATED:19960301T000000Z',
      'ATTENDEE;CN="Ann":mailto:ann@b.c',
    ]) {
      assert.ok(text.includes(`${expected}\r\n`), `${expected} in ${text}`);
    }
    assert.doesNotMatch(text, /STATUS|^TZ:/m);
  });

  const rules: readonly (readonly [string, string | null])[] = [
    ['D1 #5', 'FREQ=DAILY;COUNT=5'],
    ['D2', 'FREQ=DAILY;INTERVAL=2;COUNT=2'],
    ['W1 MO FR #0', 'FREQ=WEEKLY;BYDAY=MO,FR'],
    ['MP1 1+ MO 2- FR #0', 'FREQ=MONTHLY;BYDAY=1MO,-2FR'],
    ['MD1 1 15 LD #3', 'FREQ=MONTHLY;BYMONTHDAY=1,15,-1;COUNT=3'],
    ['YM1 6 7 19990101T000000Z', 'FREQ=YEARLY;BYMONTH=6,7;UNTIL=19990101T000000Z'],
    ['YD5 100 #2', 'FREQ=YEARLY;INTERVAL=5;BYYEARDAY=100;COUNT=2'],
    ['M5 #2', null],
    ['W1 0900 #2', null],
    ['nonsense', null],
  ];
  for (const [old, modern] of rules) test(`rule ${old}`, () => assert.equal(convertRule(old), modern));
});
