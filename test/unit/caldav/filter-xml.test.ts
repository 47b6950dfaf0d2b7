import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Precondition } from '../../../models/errors.ts';
import { readCalendarData } from '../../../protocols/caldav/calendar-data.ts';
import { readFilter } from '../../../protocols/caldav/filter-xml.ts';
import { readUtc } from '../../../protocols/caldav/time-range.ts';
import type { XmlElement } from '../../../protocols/xml/element.ts';
import { parseXml, XML_LIMITS } from '../../../protocols/xml/parse.ts';

const xml = (inner: string): XmlElement =>
  parseXml(
    Buffer.from(`<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}</C:calendar-query>`),
    null,
    XML_LIMITS,
  );
const filter = (inner: string): XmlElement => xml(`<C:filter>${inner}</C:filter>`);
const vcalendar = (inner: string): XmlElement =>
  filter(`<C:comp-filter name="VCALENDAR">${inner}</C:comp-filter>`);
const vevent = (inner: string): XmlElement =>
  vcalendar(`<C:comp-filter name="VEVENT">${inner}</C:comp-filter>`);

describe('the filter of a calendar-query', () => {
  test('is read with its names in upper case and its defaults filled in', () => {
    const read = readFilter(
      filter(`<C:comp-filter name="vcalendar"><C:comp-filter name="vevent">
        <C:time-range start="20260101T000000Z"/>
        <C:prop-filter name="summary"><C:text-match>Tea</C:text-match>
          <C:param-filter name="language"><C:is-not-defined/></C:param-filter></C:prop-filter>
      </C:comp-filter></C:comp-filter>`),
    );
    assert.deepEqual(read.compFilters[0], {
      name: 'VEVENT',
      isNotDefined: false,
      timeRange: { startUtc: Date.UTC(2026, 0, 1) / 1000, endUtc: null },
      propFilters: [
        {
          name: 'SUMMARY',
          isNotDefined: false,
          timeRange: null,
          textMatch: { text: 'Tea', collation: 'i;ascii-casemap', negate: false, matchType: 'contains' },
          paramFilters: [{ name: 'LANGUAGE', isNotDefined: true, textMatch: null }],
          test: 'allof',
        },
      ],
      compFilters: [],
      test: 'allof',
    });
  });

  const refused: readonly (readonly [string, XmlElement, string])[] = [
    ['no filter', xml(''), 'valid-filter'],
    ['an empty filter', filter(''), 'valid-filter'],
    ['another root', filter('<C:comp-filter name="VEVENT"/>'), 'valid-filter'],
    [
      'two roots',
      filter('<C:comp-filter name="VCALENDAR"/><C:comp-filter name="VCALENDAR"/>'),
      'valid-filter',
    ],
    ['no name', vcalendar('<C:comp-filter/>'), 'valid-filter'],
    ['an undefined calendar', vcalendar('<C:is-not-defined/>'), 'valid-filter'],
    ['is-not-defined with more', vevent('<C:is-not-defined/><C:prop-filter name="UID"/>'), 'valid-filter'],
    ['a range without ends', vevent('<C:time-range/>'), 'valid-filter'],
    ['a range of days', vevent('<C:time-range start="20260101"/>'), 'valid-filter'],
    ['a day that is none', vevent('<C:time-range start="20260230T000000Z"/>'), 'valid-filter'],
    [
      'a range backwards',
      vevent('<C:time-range start="20260102T000000Z" end="20260101T000000Z"/>'),
      'valid-filter',
    ],
    ['a range of the calendar', vcalendar('<C:time-range start="20260101T000000Z"/>'), 'supported-filter'],
    [
      'a range of a text',
      vevent('<C:prop-filter name="SUMMARY"><C:time-range start="20260101T000000Z"/></C:prop-filter>'),
      'valid-filter',
    ],
    [
      'a range of an unknown property',
      vevent('<C:prop-filter name="X-WHEN"><C:time-range start="20260101T000000Z"/></C:prop-filter>'),
      'supported-filter',
    ],
    ['an event in an event', vevent('<C:comp-filter name="vevent"/>'), 'valid-filter'],
    ['a calendar in a calendar', vcalendar('<C:comp-filter name="VCALENDAR"/>'), 'valid-filter'],
    ['an alarm of the calendar', vcalendar('<C:comp-filter name="VALARM"/>'), 'valid-filter'],
    [
      'a collation',
      vevent('<C:prop-filter name="SUMMARY"><C:text-match collation="i;x">a</C:text-match></C:prop-filter>'),
      'supported-collation',
    ],
    [
      'a negation',
      vevent(
        '<C:prop-filter name="A"><C:text-match negate-condition="maybe">a</C:text-match></C:prop-filter>',
      ),
      'valid-filter',
    ],
    ['too many filters', vevent('<C:prop-filter name="SUMMARY"/>'.repeat(64)), 'supported-filter'],
  ];
  for (const [name, element, code] of refused)
    test(`is refused: ${name}`, () => {
      assert.throws(
        () => readFilter(element),
        (error) => error instanceof Precondition && error.code === code,
      );
    });
});

describe('calendar-data of a request', () => {
  const data = (attributes: string, inner = ''): XmlElement => {
    const [element] = xml(`<C:calendar-data ${attributes}>${inner}</C:calendar-data>`).children;
    assert.ok(element !== undefined && typeof element !== 'string');
    return element;
  };

  test('asks for the stored bytes when it says nothing', () => {
    assert.equal(readCalendarData(data('')), null);
    assert.equal(readCalendarData(data('content-type="text/calendar" version="2.0"')), null);
  });

  test('asks for parts and windows', () => {
    const window = 'start="20260101T000000Z" end="20260201T000000Z"';
    const read = readCalendarData(
      data(
        '',
        `<C:expand ${window}/><C:comp name="VCALENDAR"><C:allprop/><C:comp name="vevent"><C:prop name="dtstart" novalue="yes"/></C:comp></C:comp>`,
      ),
    );
    assert.deepEqual(read?.expand, { startUtc: 1767225600, endUtc: 1769904000 });
    assert.equal(read.limitRecurrenceSet, null);
    assert.deepEqual(read.comp?.comps[0]?.props, [{ name: 'DTSTART', noValue: true }]);
    assert.equal(read.comp.allProps, true);
  });

  test('is refused for other formats and for contradictions', () => {
    assert.throws(() => readCalendarData(data('content-type="application/calendar+xml"')), {
      code: 'supported-calendar-data',
    });
    assert.throws(() => readCalendarData(data('version="1.0"')), { code: 'supported-calendar-data' });
    const window = 'start="20260101T000000Z" end="20260201T000000Z"';
    assert.throws(
      () => readCalendarData(data('', `<C:expand ${window}/><C:limit-recurrence-set ${window}/>`)),
      { status: 400 },
    );
    assert.throws(() => readCalendarData(data('', '<C:expand start="20260101T000000Z"/>')), { status: 400 });
    assert.throws(() => readCalendarData(data('', '<C:comp name="VEVENT"/>')), { status: 400 });
  });
});

test('UTC times are read to the second, from the year 1 to 9999', () => {
  assert.equal(readUtc('19700101T000001Z'), 1);
  assert.equal(readUtc('00010101T000000Z'), -62135596800);
  assert.equal(readUtc('99991231T235959Z'), 253402300799);
  for (const bad of [
    '',
    '20260101',
    '20260101T000000',
    '2026-01-01T00:00:00Z',
    '20261301T000000Z',
    '20260101T250000Z',
  ])
    assert.equal(readUtc(bad), null, bad);
});
