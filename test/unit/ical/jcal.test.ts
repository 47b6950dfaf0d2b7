import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Component } from '../../../models/ical/component.ts';
import { fromJcal, toJcal } from '../../../models/ical/jcal.ts';
import { decodeText, readLines } from '../../../models/ical/lines.ts';
import { parseTree } from '../../../models/ical/parse.ts';
import { corpus } from './support.ts';

const unfolded = (text: string): string => text.replace(/\r\n[ \t]/g, '');
const wrapped = (line: string): string => `BEGIN:VEVENT\r\n${line}\r\nEND:VEVENT\r\n`;

function jcalOf(text: string): unknown {
  const [root] = parseTree(readLines(text));
  assert.ok(root !== undefined);
  return JSON.parse([...toJcal(root)].join(''));
}

const textOf = (json: unknown): string =>
  unfolded([...fromJcal(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)))].join(''));
const lineOf = (property: unknown): string => textOf(['vevent', [property], []]).split('\r\n')[1] ?? '';

/** Lines and the properties they are, the same in both directions. */
const BOTH_WAYS: Readonly<Record<string, readonly (readonly [string, readonly unknown[]])[]>> = {
  'RFC 7265 §3.4 parameters': [
    ['DTSTART;X-SLACK=30.3;VALUE=DATE:20110512', ['dtstart', { 'x-slack': '30.3' }, 'date', '2011-05-12']],
    [
      'ATTENDEE;MEMBER="mailto:projectA@example.com","mailto:projectB@example.com":mailto:janedoe@example.com',
      [
        'attendee',
        { member: ['mailto:projectA@example.com', 'mailto:projectB@example.com'] },
        'cal-address',
        'mailto:janedoe@example.com',
      ],
    ],
    ["SUMMARY;X-A=Ann ^^ ^'A^'^nB:x", ['summary', { 'x-a': 'Ann ^ "A"\nB' }, 'text', 'x']],
    ['SUMMARY;__PROTO__=a:x', ['summary', JSON.parse('{"__proto__":"a"}'), 'text', 'x']],
  ],
  'RFC 7265 §3.4.1 lists and structures': [
    ['CATEGORIES:computers,cameras\\, lenses', ['categories', {}, 'text', 'computers', 'cameras, lenses']],
    ['REQUEST-STATUS:2.0;Success', ['request-status', {}, 'text', ['2.0', 'Success']]],
    [
      'REQUEST-STATUS:3.7;Invalid\\; user;ATTENDEE:x\\,y',
      ['request-status', {}, 'text', ['3.7', 'Invalid; user', 'ATTENDEE:x,y']],
    ],
    ['GEO:37.386013;-122.082932', ['geo', {}, 'float', [37.386013, -122.082932]]],
  ],
  'RFC 7265 §3.6 values': [
    ['ATTACH;ENCODING=BASE64;VALUE=BINARY:SGVsbG8gV29ybGQh', ['attach', {}, 'binary', 'SGVsbG8gV29ybGQh']],
    ['X-NON-SMOKING;VALUE=BOOLEAN:TRUE', ['x-non-smoking', {}, 'boolean', true]],
    ['ATTENDEE:mailto:kewisch@example.com', ['attendee', {}, 'cal-address', 'mailto:kewisch@example.com']],
    ['DTSTART;VALUE=DATE:20110517', ['dtstart', {}, 'date', '2011-05-17']],
    ['DTSTART:20121017T120000', ['dtstart', {}, 'date-time', '2012-10-17T12:00:00']],
    ['DTSTAMP:20121017T120060Z', ['dtstamp', {}, 'date-time', '2012-10-17T12:00:60Z']],
    [
      'DTEND;TZID=Europe/Berlin:20111017T130000',
      ['dtend', { tzid: 'Europe/Berlin' }, 'date-time', '2011-10-17T13:00:00'],
    ],
    [
      'EXDATE:20110101T000000Z,20110102T000000Z',
      ['exdate', {}, 'date-time', '2011-01-01T00:00:00Z', '2011-01-02T00:00:00Z'],
    ],
    ['DURATION:P1D', ['duration', {}, 'duration', 'P1D']],
    ['TRIGGER;VALUE=DATE-TIME:20110101T000000Z', ['trigger', {}, 'date-time', '2011-01-01T00:00:00Z']],
    ['X-GRADE;VALUE=FLOAT:1.3', ['x-grade', {}, 'float', 1.3]],
    ['X-GRADE;VALUE=FLOAT:0.00000015', ['x-grade', {}, 'float', 0.00000015]],
    ['PERCENT-COMPLETE:42', ['percent-complete', {}, 'integer', 42]],
    [
      'FREEBUSY;FBTYPE=FREE:19970308T160000Z/P1D,19970308T160000Z/19970308T170000Z',
      [
        'freebusy',
        { fbtype: 'FREE' },
        'period',
        ['1997-03-08T16:00:00Z', 'P1D'],
        ['1997-03-08T16:00:00Z', '1997-03-08T17:00:00Z'],
      ],
    ],
    [
      'RRULE:FREQ=YEARLY;COUNT=5;BYDAY=-1SU,2MO;BYMONTH=10',
      ['rrule', {}, 'recur', { freq: 'YEARLY', count: 5, byday: ['-1SU', '2MO'], bymonth: 10 }],
    ],
    [
      'RRULE:FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1;UNTIL=20121017;WKST=SU',
      [
        'rrule',
        {},
        'recur',
        { freq: 'MONTHLY', interval: 2, bymonthday: [1, 15, -1], until: '2012-10-17', wkst: 'SU' },
      ],
    ],
    [
      'RRULE:FREQ=YEARLY;RSCALE=HEBREW;BYMONTH=5L;SKIP=FORWARD',
      ['rrule', {}, 'recur', { freq: 'YEARLY', rscale: 'HEBREW', bymonth: '5L', skip: 'FORWARD' }],
    ],
    ['COMMENT:hello\\, world\\nand \\\\ more', ['comment', {}, 'text', 'hello, world\nand \\ more']],
    ['X-TIME-LOCAL;VALUE=TIME:123000', ['x-time-local', {}, 'time', '12:30:00']],
    ['X-TIME-UTC;VALUE=TIME:123000Z', ['x-time-utc', {}, 'time', '12:30:00Z']],
    ['TZURL:http://example.org/tz,a;b', ['tzurl', {}, 'uri', 'http://example.org/tz,a;b']],
    ['TZOFFSETFROM:-0500', ['tzoffsetfrom', {}, 'utc-offset', '-05:00']],
    ['TZOFFSETTO:+124530', ['tzoffsetto', {}, 'utc-offset', '+12:45:30']],
  ],
  'RFC 7265 §5 what nobody knows': [
    ['X-COMPLAINT-DEADLINE:20110512T120000Z', ['x-complaint-deadline', {}, 'unknown', '20110512T120000Z']],
    [
      'X-COFFEE-DATA:Stenophylla\\;Guinea\\\\\\,Africa',
      ['x-coffee-data', {}, 'unknown', 'Stenophylla\\;Guinea\\\\\\,Africa'],
    ],
    ['X-A;VALUE=X-KIND:a,b;c', ['x-a', {}, 'x-kind', 'a,b;c']],
    ['X-A;VALUE=TEXT:a\\,b,c', ['x-a', {}, 'text', 'a,b', 'c']],
    ['X-A;VALUE=TEXT:a\\;b;c', ['x-a', {}, 'text', ['a;b', 'c']]],
    [
      'IMAGE;DISPLAY=BADGE;VALUE=URI:http://example.com/a',
      ['image', { display: 'BADGE' }, 'uri', 'http://example.com/a'],
    ],
  ],
  'values that are none of their type keep every character': [
    ['GEO:here', ['geo', {}, 'unknown', 'here']],
    ['DTSTAMP:19970901T1300Z', ['dtstamp', {}, 'unknown', '19970901T1300Z']],
    ['RDATE;VALUE=PERIOD:19970101', ['rdate', { value: 'PERIOD' }, 'unknown', '19970101']],
    ['RRULE:FREQ=DAILY;FREQ=DAILY', ['rrule', {}, 'unknown', 'FREQ=DAILY;FREQ=DAILY']],
    ['X-A;VALUE=UNKNOWN:a\\,b', ['x-a', { value: 'UNKNOWN' }, 'unknown', 'a\\,b']],
    ['X-A;VALUE=INTEGER:9007199254740993', ['x-a', { value: 'INTEGER' }, 'unknown', '9007199254740993']],
    [
      'X-A;VALUE=FLOAT:0.12345678901234567891',
      ['x-a', { value: 'FLOAT' }, 'unknown', '0.12345678901234567891'],
    ],
    ['DTSTART:', ['dtstart', {}, 'date-time', '']],
  ],
};

for (const [title, rows] of Object.entries(BOTH_WAYS))
  describe(title, () => {
    for (const [line, property] of rows)
      test(line, () => {
        assert.deepEqual(jcalOf(wrapped(line)), ['vevent', [property], []]);
        assert.equal(lineOf(property), line);
      });
  });

describe('what is spelt otherwise comes to the same', () => {
  const rows: readonly (readonly [string, readonly unknown[], string])[] = [
    ['dtstart:20110512', ['dtstart', {}, 'date', '2011-05-12'], 'DTSTART;VALUE=DATE:20110512'],
    ['SUMMARY:a, b; c\\N\\x', ['summary', {}, 'text', 'a, b; c\n\\x'], 'SUMMARY:a\\, b\\; c\\n\\\\x'],
    ['SEQUENCE:+007', ['sequence', {}, 'integer', 7], 'SEQUENCE:7'],
    ['GEO:1.50;-0.0', ['geo', {}, 'float', [1.5, 0]], 'GEO:1.5;0'],
    [
      'ATTACH;VALUE=binary;encoding=base64:YQ==',
      ['attach', {}, 'binary', 'YQ=='],
      'ATTACH;ENCODING=BASE64;VALUE=BINARY:YQ==',
    ],
    [
      'RRULE:COUNT=2;FREQ=DAILY;',
      ['rrule', {}, 'recur', { count: 2, freq: 'DAILY' }],
      'RRULE:FREQ=DAILY;COUNT=2',
    ],
  ];
  for (const [line, property, again] of rows)
    test(line, () => {
      assert.deepEqual(jcalOf(wrapped(line)), ['vevent', [property], []]);
      assert.equal(lineOf(property), again);
    });
  test('parameters that are numbers, a "value" that is the type', () => {
    assert.equal(
      lineOf(['summary', { 'x-a': 1, 'x-b': [true, 'c'] }, 'text', 'x']),
      'SUMMARY;X-A=1;X-B=true,c:x',
    );
    assert.equal(lineOf(['DTSTART', { value: 'DATE' }, 'DATE', '2011-05-12']), 'DTSTART;VALUE=DATE:20110512');
  });
});

const EXAMPLES: readonly (readonly [string, string, unknown])[] = [
  [
    'RFC 7265 appendix B.1',
    `BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Example Inc.//Example Calendar//EN
VERSION:2.0
BEGIN:VEVENT
DTSTAMP:20080205T191224Z
DTSTART;VALUE=DATE:20081006
SUMMARY:Planning meeting
UID:4088E990AD89CB3DBB484909
END:VEVENT
END:VCALENDAR
`,
    [
      'vcalendar',
      [
        ['calscale', {}, 'text', 'GREGORIAN'],
        ['prodid', {}, 'text', '-//Example Inc.//Example Calendar//EN'],
        ['version', {}, 'text', '2.0'],
      ],
      [
        [
          'vevent',
          [
            ['dtstamp', {}, 'date-time', '2008-02-05T19:12:24Z'],
            ['dtstart', {}, 'date', '2008-10-06'],
            ['summary', {}, 'text', 'Planning meeting'],
            ['uid', {}, 'text', '4088E990AD89CB3DBB484909'],
          ],
          [],
        ],
      ],
    ],
  ],
  [
    'RFC 7265 appendix B.2',
    `BEGIN:VCALENDAR
PRODID:-//Example Corp.//Example Client//EN
VERSION:2.0
BEGIN:VTIMEZONE
LAST-MODIFIED:20040110T032845Z
TZID:US/Eastern
BEGIN:DAYLIGHT
DTSTART:20000404T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20001026T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060102T120000
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=5
RDATE;TZID=US/Eastern;VALUE=PERIOD:20060102T150000/PT2H
SUMMARY:Event #2
DESCRIPTION:We are having a meeting all this week at 12 pm for one hour\\, with an additional meeting on the first day 2 hours long.\\nPlease bring your own lunch for the 12 pm meetings.
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060104T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060104T120000
SUMMARY:Event #2 bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
END:VCALENDAR
`,
    [
      'vcalendar',
      [
        ['prodid', {}, 'text', '-//Example Corp.//Example Client//EN'],
        ['version', {}, 'text', '2.0'],
      ],
      [
        [
          'vtimezone',
          [
            ['last-modified', {}, 'date-time', '2004-01-10T03:28:45Z'],
            ['tzid', {}, 'text', 'US/Eastern'],
          ],
          [
            [
              'daylight',
              [
                ['dtstart', {}, 'date-time', '2000-04-04T02:00:00'],
                ['rrule', {}, 'recur', { freq: 'YEARLY', byday: '1SU', bymonth: 4 }],
                ['tzname', {}, 'text', 'EDT'],
                ['tzoffsetfrom', {}, 'utc-offset', '-05:00'],
                ['tzoffsetto', {}, 'utc-offset', '-04:00'],
              ],
              [],
            ],
            [
              'standard',
              [
                ['dtstart', {}, 'date-time', '2000-10-26T02:00:00'],
                ['rrule', {}, 'recur', { freq: 'YEARLY', byday: '-1SU', bymonth: 10 }],
                ['tzname', {}, 'text', 'EST'],
                ['tzoffsetfrom', {}, 'utc-offset', '-04:00'],
                ['tzoffsetto', {}, 'utc-offset', '-05:00'],
              ],
              [],
            ],
          ],
        ],
        [
          'vevent',
          [
            ['dtstamp', {}, 'date-time', '2006-02-06T00:11:21Z'],
            ['dtstart', { tzid: 'US/Eastern' }, 'date-time', '2006-01-02T12:00:00'],
            ['duration', {}, 'duration', 'PT1H'],
            ['rrule', {}, 'recur', { freq: 'DAILY', count: 5 }],
            ['rdate', { tzid: 'US/Eastern' }, 'period', ['2006-01-02T15:00:00', 'PT2H']],
            ['summary', {}, 'text', 'Event #2'],
            [
              'description',
              {},
              'text',
              'We are having a meeting all this week at 12 pm for one hour, with an additional meeting on the first day 2 hours long.\nPlease bring your own lunch for the 12 pm meetings.',
            ],
            ['uid', {}, 'text', '00959BC664CA650E933C892C@example.com'],
          ],
          [],
        ],
        [
          'vevent',
          [
            ['dtstamp', {}, 'date-time', '2006-02-06T00:11:21Z'],
            ['dtstart', { tzid: 'US/Eastern' }, 'date-time', '2006-01-04T14:00:00'],
            ['duration', {}, 'duration', 'PT1H'],
            ['recurrence-id', { tzid: 'US/Eastern' }, 'date-time', '2006-01-04T12:00:00'],
            ['summary', {}, 'text', 'Event #2 bis'],
            ['uid', {}, 'text', '00959BC664CA650E933C892C@example.com'],
          ],
          [],
        ],
      ],
    ],
  ],
];

for (const [title, text, json] of EXAMPLES)
  test(title, () => {
    const wire = text.replaceAll('\n', '\r\n');
    assert.deepEqual(jcalOf(wire), json);
    assert.equal(textOf(json), wire);
  });

test('real objects come back as they were', () => {
  const files = corpus(/\.ics$/).filter((_, at) => at % 10 === 0);
  for (const { name, bytes } of files) {
    let roots: readonly Component[] = [];
    try {
      roots = parseTree(readLines(decodeText(bytes)));
    } catch {
      // Not everything that is found in the world is iCalendar.
    }
    for (const root of roots) {
      const json = [...toJcal(root)].join('');
      const text = [...fromJcal(Buffer.from(json))].join('');
      assert.deepEqual(jcalOf(text), JSON.parse(json), name);
    }
  }
});

describe('jCal that is none is refused by name', () => {
  const property = (p: unknown): unknown => ['vcalendar', [p], []];
  const deep = (levels: number): unknown =>
    levels === 0 ? ['vevent', [], []] : ['vevent', [], [deep(levels - 1)]];
  const rows: Readonly<Record<string, unknown>> = {
    'no JSON': '["vcalendar"',
    'a number': '1',
    null: 'null',
    'an object': '{"vcalendar":[]}',
    'no components': ['vcalendar', []],
    'one too many': ['vcalendar', [], [], []],
    'a name that is a line': ['VEVENT\r\nX:y', [], []],
    'components too deep': deep(16),
    'arrays too deep': '['.repeat(100_000),
    'a property that is text': property('x'),
    'no value': property(['summary', {}, 'text']),
    'no type': property(['summary', {}]),
    'a type that is a line': property(['summary', {}, 'text:x', 'y']),
    'parameters in an array': property(['summary', [], 'text', 'x']),
    'BEGIN as a property': property(['begin', {}, 'text', 'VEVENT']),
    'a name that is two lines': property(['a:b\r\nsummary', {}, 'text', 'x']),
    'two values where one stands': property(['summary', {}, 'text', 'a', 'b']),
    'null as a value': property(['summary', {}, 'text', null]),
    'an object as text': property(['summary', {}, 'text', {}]),
    'a date that is none': property(['dtstart', {}, 'date', '20110512x']),
    'a date-time that is a date': property(['dtstart', {}, 'date-time', '2011-05-12']),
    'a date of a number': property(['dtstart', {}, 'date', 20110512]),
    'an integer with a fraction': property(['sequence', {}, 'integer', 1.5]),
    'an integer without end': '["vcalendar",[["sequence",{},"integer",1e999]],[]]',
    'a boolean in words': property(['x-a', {}, 'boolean', 'yes']),
    'a period of three': property(['freebusy', {}, 'period', ['a', 'b', 'c']]),
    'an empty structure': property(['geo', {}, 'float', []]),
    'a rule in words': property(['rrule', {}, 'recur', 'FREQ=DAILY']),
    'a rule with another in it': property(['rrule', {}, 'recur', { freq: 'DAILY;COUNT=1' }]),
    'a rule without parts': property(['rrule', {}, 'recur', {}]),
    'an address that is two lines': property(['url', {}, 'uri', 'a\nb:c']),
    'what nobody knows in two lines': property(['x-a', {}, 'unknown', 'a\rb']),
    'a parameter that is an object': property(['summary', { a: {} }, 'text', 'x']),
    'too many parameters': property([
      'summary',
      Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a${i}`, 'b'])),
      'text',
      'x',
    ]),
    'a parameter without a value': property(['summary', { a: [] }, 'text', 'x']),
    'a parameter whose name is a line': property(['summary', { 'a=b:c\r\nd': 'e' }, 'text', 'x']),
    'a "value" that is not the type': property(['dtstart', { value: 'period' }, 'date', '2011-05-12']),
  };
  for (const [title, json] of Object.entries(rows))
    test(title, () => assert.throws(() => textOf(json), { code: 'valid-calendar-data' }));

  test('bytes that are not UTF-8', () =>
    assert.throws(() => [...fromJcal(Buffer.from([0x22, 0xff, 0x22]))], { code: 'valid-calendar-data' }));

  test('a quote or a break in a parameter stays inside it', () => {
    const line = lineOf(['summary', { cn: '";X=y:z\r\nA:b' }, 'text', 'x']);
    assert.equal(line, `SUMMARY;CN="^';X=y:z^nA:b":x`);
    assert.deepEqual(jcalOf(wrapped(line)), [
      'vevent',
      [['summary', { cn: '";X=y:z\nA:b' }, 'text', 'x']],
      [],
    ]);
  });
});
