import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import * as values from '../../../models/ical/values.ts';

describe('dates and times', () => {
  test('a date, a wall time, a UTC time', () => {
    assert.equal(values.parseDateTime('20240229')?.isDate, true);
    assert.equal(values.parseDateTime('20240229T235959')?.second, 59);
    assert.equal(values.parseDateTime('20240229T235960Z')?.second, 59);
    assert.equal(values.parseDateTime('20240229T000000Z')?.isUtc, true);
  });

  const wrong = [
    '',
    '2024',
    '20230229',
    '20241301',
    '20240001',
    '20240100',
    '20240431',
    '2024-01-01',
    '20240101T',
    '20240101T1000',
    '20240101T240000',
    '20240101T006000',
    '20240101T000061',
    '20240101T100000z',
    '20240101T100000+0100',
    '20240101t100000',
    ' 20240101',
    '20240101T1000 0',
    '２０２４０１０１',
    '-0240101',
    '20131210Z',
    '20131009T170000T',
  ];
  for (const text of wrong) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(values.parseDateTime(text), null));
  }

  test('a list is read whole or not at all', () => {
    assert.equal(values.parseDateTimes('20240101,20240102T000000Z')?.length, 2);
    assert.equal(values.parseDateTimes('20240101,x'), null);
  });

  test('wall seconds are what UTC would count', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_000_000_000, max: 9_000_000_000 }), (seconds) => {
        const value = values.fromLocalSeconds(seconds, { isDate: false, isUtc: true });
        assert.equal(values.localSeconds(value), seconds);
        const text = values.formatDateTime(value);
        assert.equal(text, new Date(seconds * 1000).toISOString().replace(/[-:]|\.000/g, ''));
        assert.deepEqual(values.parseDateTime(text), value);
      }),
    );
  });

  test('weekdays', () => {
    assert.equal(values.weekday(values.daysFromCivil(2026, 1, 4)), 0);
    assert.equal(values.weekday(values.daysFromCivil(1900, 1, 1)), 1);
  });
});

describe('durations, periods, offsets', () => {
  const durations: readonly (readonly [string, number, number])[] = [
    ['PT0S', 0, 0],
    ['P1D', 1, 0],
    ['+P7W', 49, 0],
    ['-P15DT5H0M20S', -15, -18_020],
    ['PT1H30S', 0, 3630],
    ['-P0DT0H30M0S', 0, -1800],
    ['P1W2D', 9, 0],
  ];
  for (const [text, days, seconds] of durations) {
    test(text, () => assert.deepEqual(values.parseDuration(text), { days, seconds }));
  }
  for (const text of [
    '',
    'P',
    'PT',
    'P1',
    '1H',
    'PT1D',
    'P1H',
    'PT-2H',
    'PT1.5H',
    'PT1M1H',
    'P1Y',
    'pt1h',
    'P99999999999D',
  ]) {
    test(`${text} is no duration`, () => assert.equal(values.parseDuration(text), null));
  }

  test('a period ends or lasts', () => {
    const ends = values.parsePeriod('20240101T000000Z/20240101T010000Z');
    assert.ok(ends !== null && 'end' in ends);
    const lasts = values.parsePeriod('20240101T000000Z/PT1H');
    assert.ok(lasts !== null && 'duration' in lasts && lasts.duration.seconds === 3600);
    for (const text of ['20240101T000000Z', '/PT1H', '20240101T000000Z/', '20240101T000000Z/-PT1H']) {
      assert.equal(values.parsePeriod(text), null);
    }
  });

  test('offsets from UTC', () => {
    assert.equal(values.parseUtcOffset('+0530'), 19_800);
    assert.equal(values.parseUtcOffset('-003628'), -2188);
    assert.equal(values.formatUtcOffset(-2188), '-003628');
    assert.equal(values.formatUtcOffset(19_800), '+0530');
    for (const text of ['0100', '+1', '+01:00', '+9999', '+0160', 'Z'])
      assert.equal(values.parseUtcOffset(text), null);
  });
});

describe('text', () => {
  test('escapes are undone and applied', () => {
    assert.equal(values.unescapeText('a\\nb\\Nc\\,d\\;e\\\\n\\x'), 'a\nb\nc,d;e\\nx');
    assert.equal(values.escapeText('a\nb,c;d\\'), 'a\\nb\\,c\\;d\\\\');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const plain = text.replace(/\r\n?/g, '\n');
        assert.equal(values.unescapeText(values.escapeText(plain)), plain);
      }),
    );
  });

  test('lists split at commas that are not escaped', () => {
    assert.deepEqual(values.splitText('a\\,b,c\\\\,d'), ['a,b', 'c\\', 'd']);
    assert.deepEqual(values.splitText(''), ['']);
  });
});
