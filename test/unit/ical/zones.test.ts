import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Component } from '../../../models/ical/component.ts';
import { readLines } from '../../../models/ical/lines.ts';
import { ownZone } from '../../../models/ical/own-zones.ts';
import { parseTree } from '../../../models/ical/parse.ts';
import {
  createZones,
  FLOATING,
  resolveZone,
  toUtcSeconds,
  vtimezoneFor,
  zonesOf,
} from '../../../models/ical/zones.ts';
import { calendar, crlf, millis } from './support.ts';

const zones = createZones();
const wall = (text: string): number => Date.parse(`${text}Z`) / 1000;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);

const tree = (text: string): Component => {
  const [root] = parseTree(readLines(text));
  assert.ok(root);
  return root;
};

const timezone = (id: string, ...observances: readonly string[]): string =>
  crlf('BEGIN:VTIMEZONE', `TZID:${id}`) + observances.join('') + crlf('END:VTIMEZONE');

const observance = (name: string, from: string, to: string, ...lines: readonly string[]): string =>
  crlf(`BEGIN:${name}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${to}`, ...lines, `END:${name}`);

const CENTRAL = [
  observance(
    'DAYLIGHT',
    '+0100',
    '+0200',
    'DTSTART:19810329T020000',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  ),
  observance(
    'STANDARD',
    '+0200',
    '+0100',
    'DTSTART:19961027T030000',
    'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  ),
];

describe('wall time and UTC', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Europe/Berlin', '2026-01-15T12:00:00', '2026-01-15T11:00:00'],
    ['Europe/Berlin', '2026-07-15T12:00:00', '2026-07-15T10:00:00'],
    // Skipped: read with the offset before the gap.
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    // Twice: the first.
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
    ['America/New_York', '2007-03-11T02:30:00', '2007-03-11T07:30:00'],
    ['America/New_York', '2007-11-04T01:30:00', '2007-11-04T05:30:00'],
    ['America/New_York', '1974-01-06T03:00:00', '1974-01-06T07:00:00'],
    ['Asia/Kolkata', '2026-01-01T00:00:00', '2025-12-31T18:30:00'],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00', '2025-12-31T13:00:00'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00'],
    ['Africa/Casablanca', '2026-02-20T12:00:00', '2026-02-20T12:00:00'],
    ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00'],
    ['Europe/Berlin', '1945-06-01T00:00:00', '1945-05-31T21:00:00'],
    ['America/New_York', '2150-07-01T00:00:00', '2150-07-01T04:00:00'],
    ['Etc/GMT+5', '2026-01-01T00:00:00', '2026-01-01T05:00:00'],
    ['UTC', '2026-01-01T00:00:00', '2026-01-01T00:00:00'],
  ];
  for (const [id, local, utc] of cases) {
    test(`${local} in ${id}`, () => {
      const zone = zones.iana(id);
      assert.ok(zone);
      assert.equal(iso(toUtcSeconds(zone, wall(local))), utc);
    });
  }

  test('UTC to wall time and back, every three hours of two years', () => {
    for (const id of [
      'Europe/Berlin',
      'America/St_Johns',
      'Africa/Cairo',
      'Pacific/Chatham',
      'Asia/Tehran',
    ]) {
      const zone = zones.iana(id);
      assert.ok(zone);
      for (let utc = wall('2025-01-01T00:00:00'); utc < wall('2027-01-01T00:00:00'); utc += 10_800) {
        const back = zone.toUtcSeconds(zone.toLocal(utc));
        assert.ok(back === utc || zone.offsetAt(back) > zone.offsetAt(utc), `${id} ${iso(utc)}`);
      }
    }
  });

  test('a warm conversion costs less than two microseconds', () => {
    const zone = zones.iana('Europe/Berlin');
    assert.ok(zone);
    const start = wall('2025-01-01T00:00:00');
    const convert = () => {
      for (let i = 0; i < 200_000; i++) zone.toUtcSeconds(start + ((i * 7919) % 94_608_000));
    };
    convert();
    const micros = (millis(convert) * 1000) / 200_000;
    console.log(`local to UTC: ${micros.toFixed(3)} µs`);
    assert.ok(micros < 2);
  });
});

describe('changes of offset', () => {
  const changes = (id: string, year: number): readonly string[] =>
    (zones.iana(id)?.changesIn(year) ?? []).map(({ utc, from, to }) => `${iso(utc)} ${from} ${to}`);

  test('a week of summer time in October', () => {
    assert.deepEqual(changes('Asia/Gaza', 2072).slice(2), [
      '2072-10-22T00:00:00 7200 10800',
      '2072-10-28T23:00:00 10800 7200',
    ]);
    assert.equal(changes('America/Recife', 2000).length, 3);
  });

  test('a change at the first moment of a year is one of that year', () => {
    assert.deepEqual(changes('Antarctica/Casey', 1968), []);
    assert.deepEqual(changes('Antarctica/Casey', 1969), ['1969-01-01T00:00:00 0 28800']);
  });

  test('a day that was left out, and offsets with seconds', () => {
    assert.equal(changes('Pacific/Apia', 2011).at(-1), '2011-12-30T10:00:00 -36000 50400');
    assert.deepEqual(changes('Europe/Berlin', 1893), ['1893-03-31T23:06:32 3208 3600']);
    assert.deepEqual(changes('Africa/Monrovia', 1972), ['1972-01-07T00:44:30 -2670 0']);
  });
});

describe('names of zones', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Europe/Berlin', 'iana Europe/Berlin'],
    ['europe/berlin', 'iana europe/berlin'],
    ['US/Pacific', 'iana US/Pacific'],
    ['/freeassociation.sourceforge.net/Tzfile/Europe/Berlin', 'iana Europe/Berlin'],
    ['/mozilla.org/20070129_1/America/Argentina/Buenos_Aires', 'iana America/Argentina/Buenos_Aires'],
    ['/citadel.org/20210210_1/Europe/Paris', 'iana Europe/Paris'],
    ['/freeassociation.sourceforge.net/UTC', 'utc UTC'],
    ['/softwarestudio.org/Olson_20011030_5/America/New_York', 'iana America/New_York'],
    ['/example.com/Elsewhere', 'floating floating'],
    ['W. Europe Standard Time', 'iana Europe/Berlin'],
    ['Romance Standard Time 1', 'iana Europe/Paris'],
    ['Eastern Daylight Time', 'iana America/New_York'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'iana Europe/Amsterdam'],
    ['(GMT-05:00) Eastern Time (US & Canada)', 'iana America/New_York'],
    ['(GMT+01.00) Brussels / Copenhagen / Madrid / Paris', 'iana Europe/Brussels'],
    ['tzone://Microsoft/Utc', 'utc UTC'],
    ['GMT+0100', 'own GMT+0100'],
    ['UTC', 'utc UTC'],
    ['GMT+0', 'iana GMT+0'],
    ['Etc/UTC', 'utc UTC'],
    ['PST', 'iana America/Los_Angeles'],
    // ICU would say Alaska.
    ['AST', 'floating floating'],
    ['Customized Time Zone', 'floating floating'],
    ['', 'floating floating'],
    ['__proto__', 'floating floating'],
    ['constructor', 'floating floating'],
    ['../../etc/passwd', 'floating floating'],
    ['America/Nowhere', 'floating floating'],
  ];
  for (const [tzid, expected] of cases) {
    test(`${JSON.stringify(tzid)} is ${expected}`, () => {
      const zone = resolveZone(tzid, null, zones);
      assert.equal(`${zone.kind} ${zone.id}`, expected);
    });
  }

  test('an offset as a name', () => {
    assert.equal(resolveZone('GMT-05:30', null, zones).offsetAt(0), -19_800);
    assert.equal(resolveZone('(UTC+13:00)', null, zones).offsetAt(0), 46_800);
  });

  test('unknown names without end cost little', () => {
    const time = millis(() => {
      for (let i = 0; i < 3000; i++) resolveZone(`Europe/X${i}`, null, zones);
    });
    assert.ok(time < 2000, `${time} ms`);
  });
});

describe('the object’s own zones', () => {
  const own = (text: string, tzid: string) => resolveZone(tzid, tree(calendar(text.trimEnd())), zones);

  test('an IANA name means the IANA zone, whatever the object says', () => {
    const text = timezone(
      'Europe/Berlin',
      observance('STANDARD', '+0900', '+0900', 'DTSTART:19700101T000000'),
    );
    const zone = own(text, 'Europe/Berlin');
    assert.equal(zone.kind, 'iana');
    assert.equal(zone.offsetAt(wall('2026-01-01T00:00:00')), 3600);
  });

  test('any other name means what the object says', () => {
    const zone = own(timezone('Mine', ...CENTRAL), 'Mine');
    assert.equal(zone.kind, 'own');
    const berlin = zones.iana('Europe/Berlin');
    assert.ok(berlin);
    for (let utc = wall('1997-01-01T00:00:00'); utc < wall('2040-01-01T00:00:00'); utc += 43_200) {
      assert.equal(zone.offsetAt(utc), berlin.offsetAt(utc), iso(utc));
    }
    assert.equal(iso(zone.toUtcSeconds(wall('2026-03-29T02:30:00'))), '2026-03-29T01:30:00');
    assert.equal(iso(zone.toUtcSeconds(wall('2026-10-25T02:30:00'))), '2026-10-25T00:30:00');
  });

  test('a rule that begins in 1601, one with COUNT, UNTIL and INTERVAL', () => {
    const start = 'DTSTART:16010101T020000';
    const rules = [
      observance(
        'DAYLIGHT',
        '+0000',
        '+0100',
        start,
        'RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20000101T000000Z',
      ),
      observance('STANDARD', '+0100', '+0000', start, 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU'),
      observance(
        'DAYLIGHT',
        '+0000',
        '+0200',
        'DTSTART:20000402T020000',
        'RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2',
      ),
    ];
    const zone = own(timezone('Old', ...rules), 'Old');
    const july = (year: number) => zone.offsetAt(wall(`${year}-07-01T00:00:00`));
    assert.deepEqual([1999, 2000, 2001, 2002, 2003, 2004].map(july), [3600, 7200, 0, 7200, 0, 0]);
  });

  test('days of a week of the month, and RDATEs', () => {
    const rule = 'RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU';
    const zone = own(
      timezone(
        'Days',
        observance('DAYLIGHT', '-0500', '-0400', 'DTSTART:20070311T020000', rule),
        observance(
          'STANDARD',
          '-0400',
          '-0500',
          'DTSTART:20071104T020000',
          'RDATE:20081102T020000,20091101T020000',
        ),
      ),
      'Days',
    );
    assert.equal(zone.offsetAt(wall('2008-03-09T06:59:59')), -18_000);
    assert.equal(zone.offsetAt(wall('2008-03-09T07:00:00')), -14_400);
    assert.equal(zone.offsetAt(wall('2008-11-02T06:00:00')), -18_000);
    assert.equal(zone.offsetAt(wall('2010-12-01T00:00:00')), -14_400);
  });

  test('onsets in the order of time, whatever the order of the blocks and the shape of their rules', () => {
    const start = 'DTSTART:20000101T020000';
    const zone = own(
      timezone(
        'Shapes',
        observance(
          'STANDARD',
          '+0200',
          '+0100',
          start,
          'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SA,SU;BYSETPOS=-1',
        ),
        // The Friday after the last Thursday of April, told from the end of the year.
        observance(
          'DAYLIGHT',
          '+0100',
          '+0200',
          start,
          'RRULE:FREQ=YEARLY;BYYEARDAY=-250,-249,-248,-247,-246,-245,-244;BYDAY=FR',
        ),
        observance('STANDARD', '+0500', '+0100', 'DTSTART:19900101T000000'),
      ),
      'Shapes',
    );
    assert.deepEqual(
      zone.changesIn(2024).map(({ utc, to }) => `${iso(utc)} ${to}`),
      ['2024-04-26T01:00:00 7200', '2024-10-27T00:00:00 3600'],
    );
    assert.deepEqual(
      zone.changesIn(2009).map(({ utc }) => iso(utc)),
      ['2009-05-01T01:00:00', '2009-10-31T00:00:00'],
    );
    assert.equal(zone.offsetAt(wall('1980-01-01T00:00:00')), 18_000);
  });

  test('a rule by months, a rule without a day that exists, and the last onset of UNTIL', () => {
    const start = 'DTSTART:20000101T000000';
    const zone = own(
      timezone(
        'Months',
        observance(
          'DAYLIGHT',
          '+0000',
          '+0100',
          start,
          'RRULE:FREQ=MONTHLY;INTERVAL=12;BYDAY=1SU;UNTIL=20030105T000000Z',
        ),
        observance('STANDARD', '+0100', '+0000', 'DTSTART:20000701T010000', 'RRULE:FREQ=YEARLY'),
        observance(
          'STANDARD',
          '+0000',
          '+0500',
          'DTSTART:19990101T000000',
          'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
        ),
      ),
      'Months',
    );
    const february = (year: number) => zone.offsetAt(wall(`${year}-02-01T00:00:00`));
    assert.deepEqual([1999, 2001, 2002, 2003, 2004].map(february), [18_000, 3600, 3600, 3600, 0]);
  });

  test('before its first onset a zone is what the first came from', () => {
    const zone = own(
      timezone('Late', observance('STANDARD', '-0300', '-0400', 'DTSTART:20200101T000000')),
      'Late',
    );
    assert.equal(zone.offsetAt(wall('2019-01-01T00:00:00')), -10_800);
    assert.equal(zone.offsetAt(wall('2021-01-01T00:00:00')), -14_400);
  });

  test('rules other than yearly, and too many observances, are not read', () => {
    const wild = observance('STANDARD', '+0100', '+0200', 'DTSTART:19700101T000000', 'RRULE:FREQ=SECONDLY');
    assert.equal(own(timezone('Wild', wild), 'Wild'), FLOATING);
    const weekly = observance(
      'STANDARD',
      '+0100',
      '+0200',
      'DTSTART:19700101T000000',
      'RRULE:FREQ=YEARLY;BYDAY=SU',
    );
    assert.equal(own(timezone('Weekly', weekly), 'Weekly'), FLOATING);
    const yearly = Array.from({ length: 20_000 }, () => 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1SU').join('\r\n');
    const rules = observance('STANDARD', '+0100', '+0200', 'DTSTART:19700101T000000', yearly);
    assert.equal(own(timezone('Rules', rules), 'Rules'), FLOATING);
    const many = Array.from({ length: 5000 }, () => CENTRAL[0] ?? '');
    assert.equal(own(timezone('Many', ...many), 'Many'), FLOATING);
    assert.equal(own(timezone('Europe/Berlin', ...many), 'Europe/Berlin').kind, 'iana');
  });

  test('the costliest rules that are read cost little', () => {
    const rules = Array.from(
      { length: 5 },
      (_, i) => `RRULE:FREQ=YEARLY;BYWEEKNO=${i + 5};BYDAY=SU;COUNT=20`,
    );
    const slow = observance('STANDARD', '+0100', '+0200', 'DTSTART:16010101T000000', ...rules);
    const one = CENTRAL[0] ?? '';
    let zone = FLOATING;
    const reading = millis(() => {
      zone = own(timezone('Slow', slow), 'Slow');
    });
    assert.equal(zone.kind, 'own');
    const year = millis(() => zone.offsetAt(wall('2030-01-01T00:00:00')));
    assert.ok(reading < 200 && year < 200, `${reading} and ${year} ms`);
    assert.equal(own(timezone('Slower', slow, one), 'Slower'), FLOATING);
  });

  test('a VTIMEZONE that cannot be read falls back to its location or its name', () => {
    const broken = crlf('BEGIN:VTIMEZONE', 'TZID:Broken', 'X-LIC-LOCATION:Europe/Rome', 'END:VTIMEZONE');
    assert.equal(own(broken, 'Broken').id, 'Europe/Rome');
    const windows = crlf('BEGIN:VTIMEZONE', 'TZID:Tokyo Standard Time', 'END:VTIMEZONE');
    assert.equal(own(windows, 'Tokyo Standard Time').id, 'Asia/Tokyo');
  });

  test('each zone of an object is found once', () => {
    const found = zonesOf(tree(calendar(timezone('Mine', ...CENTRAL).trimEnd())), zones);
    assert.equal(found.find('Mine'), found.find('Mine'));
  });
});

/** With `DAYBOOK_CASES` above 1000, every zone. */
const EVERY = Number(process.env['DAYBOOK_CASES'] ?? 0) > 1000 ? 1 : 12;

describe('written time zones', () => {
  test('zones read back as themselves, from 1970 to 2100', () => {
    const ids = Intl.supportedValuesOf('timeZone').filter((_, i) => i % EVERY === 0);
    for (const id of [
      ...ids,
      'Europe/Berlin',
      'America/New_York',
      'America/Santiago',
      'Africa/Casablanca',
      'Asia/Gaza',
    ]) {
      const text = vtimezoneFor(id, zones);
      const zone = zones.iana(id);
      assert.ok(text !== null && zone !== null, id);
      const read = ownZone(tree(text));
      assert.ok(read, id);
      for (let year = 1970; year <= 2100; year += year > 2050 ? 7 : 1) {
        for (const { utc, from, to } of zone.changesIn(year)) {
          assert.deepEqual([read.offsetAt(utc - 1), read.offsetAt(utc)], [from, to], `${id} ${iso(utc)}`);
        }
        assert.equal(read.changesIn(year).length, zone.changesIn(year).length, `${id} ${year}`);
      }
    }
  });

  test('years that are known one by one, and rules over two months', () => {
    for (const [id, pattern] of [
      // The Friday that begins when the last Thursday of October ends may be the first of November.
      [
        'Africa/Cairo',
        /DTSTART:20231027T000000\r\nRRULE:FREQ=YEARLY;BYYEARDAY=-67,-66,-65,-64,-63,-62,-61;BYDAY=FR\r\n/,
      ],
      ['Africa/Casablanca', /RDATE:20870330T030000\r\n/],
      ['Asia/Gaza', /RDATE:20721022T020000\r\n/],
    ] as const)
      assert.match(vtimezoneFor(id, zones) ?? '', pattern, id);
  });

  test('the present rule is the one every client reads', () => {
    const text = vtimezoneFor('Europe/Berlin', zones) ?? '';
    assert.match(
      text,
      /TZNAME:CEST\r\n.*\r\n.*\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n/,
    );
    assert.equal(vtimezoneFor('Europe/Nowhere', zones), null);
  });
});
