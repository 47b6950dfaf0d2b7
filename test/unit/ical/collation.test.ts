import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Collation, findCollation, fold, textMatches } from '../../../models/ical/collation.ts';

const same = (a: string, b: string, collation: Collation) => fold(a, collation) === fold(b, collation);

describe('collations', () => {
  const cases: readonly (readonly [string, string, boolean, boolean, boolean])[] = [
    ['abc', 'abc', true, true, true],
    ['abc', 'ABC', false, true, true],
    ['für', 'FÜR', false, false, true],
    ['ﬁn', 'FIN', false, false, true],
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
