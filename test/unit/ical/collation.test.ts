import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Collation, findCollation, fold, textMatches } from '../../../models/ical/collation.ts';

const same = (a: string, b: string, collation: Collation) => fold(a, collation) === fold(b, collation);

describe('collations', () => {
  const cases: readonly (readonly [string, string, boolean, boolean, boolean])[] = [
    ['abc', 'abc', true, true, true],
    ['abc', 'ABC', false, true, true],
    ['für', 'FÜR', false, false, true],
    ['ﬁn', 'FIN', false, false, false],
    ['ﬁN', 'fiN', false, false, false],
    ['ΟΔΟΣ', 'οδος', false, false, true],
    ['é', 'e\u0301', false, false, true],
    ['Ｆ', 'f', false, false, true],
    ['e', 'é', false, false, false],
    ['ß', 'SS', false, false, false],
  ];
  for (const [a, b, octet, ascii, unicode] of cases) {
    test(`${a} and ${b}`, () => {
      assert.equal(same(a, b, 'i;octet'), octet);
      assert.equal(same(a, b, 'i;ascii-casemap'), ascii);
      assert.equal(same(a, b, 'i;unicode-casemap'), unicode);
    });
  }

  const codes = (text: string): string =>
    [...fold(text, 'i;unicode-casemap')].map((c) => (c.codePointAt(0) ?? 0).toString(16)).join(' ');
  const titles: readonly (readonly [string, string, string])[] = [
    [
      'the example of RFC 5051: a digraph in each case',
      '\u01c4\u01c5\u01c6',
      '44 7a 30c 44 7a 30c 44 7a 30c',
    ],
    ['the other digraphs', '\u01c7\u01c9\u01ca\u01cc\u01f1\u01f3', '4c 6a 4c 6a 4e 6a 4e 6a 44 7a 44 7a'],
    ['a ligature decomposes to small letters', 'ﬁ', '66 69'],
    ['letters whose full upper case grows', 'ßŉǰΐև', 'df 2bc 6e 6a 30c 3b9 308 301 565 582'],
    [
      'iota subscript',
      '\u1f80\u1f88\u1fb3\u1ff3\u1fb7',
      '391 313 345 391 313 345 391 345 3a9 345 3b1 342 345',
    ],
    ['Georgian has no title case', '\u10d0\u1c90', '10d0 1c90'],
    ['outside the basic plane', '\u{10428}\u{1f600}', '10400 1f600'],
    ['Hangul', '각', '1100 1161 11a8'],
    ['marks stay where they stand', 'e\u0302\u0323 ệ', '45 302 323 20 45 323 302'],
    ['half of a surrogate pair', 'a\ud800b', '41 d800 42'],
  ];
  for (const [what, text, expected] of titles)
    test(`RFC 5051 §2: ${what}`, () => assert.equal(codes(text), expected));

  test('names: unknown ones are told, the default is the caller’s', () => {
    assert.equal(findCollation(null, 'i;octet'), 'i;octet');
    assert.equal(findCollation('default', 'i;ascii-casemap'), 'i;ascii-casemap');
    assert.equal(findCollation('I;Unicode-CaseMap', 'i;octet'), 'i;unicode-casemap');
    assert.equal(findCollation('i;klingon', 'i;octet'), null);
    assert.equal(findCollation('__proto__', 'i;octet'), null);
  });

  test('match types and negation', () => {
    const match = { text: 'Bc', collation: 'i;ascii-casemap', negate: false } as const;
    const found = (value: string) =>
      (['equals', 'contains', 'starts-with', 'ends-with'] as const).map((matchType) =>
        textMatches(value, { ...match, matchType }),
      );
    assert.deepEqual(found('bC'), [true, true, true, true]);
    assert.deepEqual(found('abcd'), [false, true, false, false]);
    assert.deepEqual(found('bcd'), [false, true, true, false]);
    assert.deepEqual(found('abc'), [false, true, false, true]);
    assert.equal(textMatches('abcd', { ...match, matchType: 'contains', negate: true }), false);
  });

  test('folding a megabyte is linear', () => {
    const start = performance.now();
    for (const text of ['a'.repeat(1 << 20), 'ü'.repeat(1 << 19), '\u0301\u0316'.repeat(250_000)])
      fold(text, 'i;unicode-casemap');
    assert.ok(performance.now() - start < 2000);
  });
});
