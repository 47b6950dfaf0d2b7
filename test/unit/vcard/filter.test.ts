import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TextMatch } from '../../../models/ical/collation.ts';
import { cardFields } from '../../../models/vcard/fields.ts';
import { type CardPropFilter, indexable, matchesCard } from '../../../models/vcard/filter.ts';
import { parseCardText } from '../../../models/vcard/parse.ts';

const ANN = parseCardText(
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'UID:u1',
    'FN:Ann Müller',
    'N:Müller;Ann;;;',
    'NICKNAME:Annie,Nan',
    'item1.EMAIL;TYPE=home,pref:ann@example.org',
    'EMAIL;TYPE=work:ann@work.example',
    'NOTE:likes tea\\, and\\nbooks',
    'END:VCARD',
    '',
  ].join('\r\n'),
);

const match = (text: string, more: Partial<TextMatch> = {}): TextMatch => ({
  text,
  collation: 'i;unicode-casemap',
  negate: false,
  matchType: 'contains',
  ...more,
});
const prop = (name: string, more: Partial<CardPropFilter> = {}): CardPropFilter => ({
  name,
  isNotDefined: false,
  test: 'anyof',
  textMatches: [],
  paramFilters: [],
  ...more,
});
const passes = (...propFilters: CardPropFilter[]): boolean =>
  matchesCard(ANN, { test: 'allof', propFilters });

describe('addressbook-query filters (RFC 6352 §10.5)', () => {
  test('no filter takes every card; any and all', () => {
    assert.ok(passes());
    const no = prop('TEL');
    assert.ok(!passes(prop('FN'), no));
    assert.ok(matchesCard(ANN, { test: 'anyof', propFilters: [no, prop('FN')] }));
  });

  test('defined and not defined', () => {
    assert.ok(passes(prop('EMAIL'), prop('TEL', { isNotDefined: true })));
    assert.ok(!passes(prop('EMAIL', { isNotDefined: true })));
  });

  test('a group narrows the property', () => {
    const work = { textMatches: [match('work')] };
    assert.ok(passes(prop('EMAIL', work)));
    assert.ok(!passes(prop('EMAIL', { ...work, group: 'ITEM1' })));
  });

  test('text is compared unescaped and without case', () => {
    assert.ok(passes(prop('FN', { textMatches: [match('MÜLLER')] })));
    assert.ok(passes(prop('NOTE', { textMatches: [match('tea, and\nbooks')] })));
    assert.ok(!passes(prop('FN', { textMatches: [match('MÜLLER', { collation: 'i;octet' })] })));
  });

  test('parts of names and lists count for equals', () => {
    assert.ok(passes(prop('N', { textMatches: [match('ann', { matchType: 'equals' })] })));
    assert.ok(passes(prop('NICKNAME', { textMatches: [match('nan', { matchType: 'equals' })] })));
    assert.ok(passes(prop('EMAIL', { textMatches: [match('.example', { matchType: 'ends-with' })] })));
    assert.ok(!passes(prop('EMAIL', { textMatches: [match('example', { matchType: 'starts-with' })] })));
  });

  test('negation is about one property', () => {
    assert.ok(passes(prop('EMAIL', { textMatches: [match('work', { negate: true })] })));
    assert.ok(!passes(prop('FN', { textMatches: [match('ann', { negate: true })] })));
    assert.ok(!passes(prop('TEL', { textMatches: [match('1', { negate: true })] })));
  });

  test('parameters: with text, defined, not defined; all of one property together', () => {
    const home = { name: 'TYPE', isNotDefined: false, textMatch: match('HOME', { matchType: 'equals' }) };
    assert.ok(passes(prop('EMAIL', { paramFilters: [home] })));
    assert.ok(passes(prop('FN', { paramFilters: [{ name: 'TYPE', isNotDefined: true, textMatch: null }] })));
    assert.ok(
      !passes(prop('EMAIL', { paramFilters: [{ name: 'TYPE', isNotDefined: true, textMatch: null }] })),
    );
    const both = { test: 'allof', textMatches: [match('work')], paramFilters: [home] } as const;
    assert.ok(!passes(prop('EMAIL', both)));
    assert.ok(passes(prop('EMAIL', { ...both, test: 'anyof' })));
  });
});

describe('what the card index can answer', () => {
  test('rows are folded and told once', () => {
    const rows = cardFields(ANN).map((row) => `${row.field}=${row.value}`);
    assert.ok(rows.includes('FN=ANN MU\u0308LLER'));
    assert.ok(rows.includes('NICKNAME=NAN'));
    assert.ok(!rows.some((row) => row.startsWith('NOTE')));
    assert.equal(new Set(rows).size, rows.length);
  });

  test('texts of indexed fields are probes, the rest is looked at', () => {
    const fn = prop('FN', { textMatches: [match('mü')] });
    const note = prop('NOTE', { textMatches: [match('tea')] });
    assert.deepEqual(indexable({ test: 'anyof', propFilters: [fn] }), {
      test: 'allof',
      probes: [{ field: 'FN', text: 'MU\u0308', matchType: 'contains' }],
    });
    assert.equal(indexable({ test: 'anyof', propFilters: [fn, note] }), null);
    assert.equal(indexable({ test: 'allof', propFilters: [fn, note] })?.probes.length, 1);
    assert.equal(indexable({ test: 'anyof', propFilters: [] }), null);
    assert.equal(indexable({ test: 'anyof', propFilters: [prop('FN', { isNotDefined: true })] }), null);
    assert.equal(
      indexable({
        test: 'anyof',
        propFilters: [prop('FN', { textMatches: [match('x', { negate: true })] })],
      }),
      null,
    );
    assert.equal(
      indexable({
        test: 'anyof',
        propFilters: [prop('FN', { textMatches: [match('ü', { collation: 'i;octet' })] })],
      })?.probes[0]?.text,
      'U\u0308',
    );
    const long = prop('FN', { textMatches: [match('a'.repeat(1001))] });
    assert.equal(indexable({ test: 'anyof', propFilters: [long] }), null);
  });
});
