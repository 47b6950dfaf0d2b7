import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { refreshIndexes } from '../../models/indexes/rebuild.ts';
import { queryCards } from '../../models/objects/query.ts';
import { deleteObject, importObjects, listObjects } from '../../models/objects/service.ts';
import type { CardFilter, CardPropFilter } from '../../models/vcard/filter.ts';
import { matchesCard } from '../../models/vcard/filter.ts';
import { parseCard } from '../../models/vcard/parse.ts';
import { openStage, put, type Stage, vcf } from '../support/objects.ts';
import { hasPostgres } from '../support/postgres.ts';
import { testSeed } from '../support/seed.ts';

/** Searches of cards: whatever index there is, the answer is that of the filter over all cards. */

const CASES = Number(process.env['DAYBOOK_CASES'] ?? 120);
const SEED = testSeed();

/** Texts whose parts meet: case, marks, quotes and wildcards of every language a search passes through. */
const PARTS = [
  ...[
    'a',
    'B',
    'Ada',
    'quen',
    'del',
    'ß',
    'SS',
    'é',
    'e\u0301',
    'ﬁ',
    'fi',
    'İ',
    'Å',
    '\u212b',
    '漢字',
    '🜁🜂🜃',
    ' ',
  ],
  ...[
    '"',
    "'",
    '%',
    '_',
    '*',
    '^',
    'AND',
    'OR',
    'NOT',
    '(',
    ')',
    ':',
    '-',
    '\\',
    '\u{10ffff}',
    '\ufffd',
    '""',
  ],
];
const text = fc
  .array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const FIELDS = ['FN', 'N', 'EMAIL', 'TEL', 'ORG', 'NICKNAME', 'NOTE', 'UID', 'KIND'];

const escaped = (value: string): string => value.replace(/[\\;,]/g, '\\$&');

const card = fc
  .record({
    fn: text,
    lines: fc.array(
      fc
        .tuple(fc.constantFrom('EMAIL', 'TEL', 'ORG', 'NICKNAME', 'NOTE', 'item1.EMAIL'), text, fc.boolean())
        .map(([name, value, isHome]) => `${name}${isHome ? ';TYPE=HOME' : ''}:${escaped(value)}`),
      { maxLength: 4 },
    ),
  })
  .map(({ fn, lines }) => ({ fn: escaped(fn), lines }));

/** A piece of something that stands in a card, at times cut through the middle of a character. */
const pieceOf = (values: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...values), fc.nat(12), fc.integer({ min: 1, max: 9 }))
    .map(([value, from, length]) => value.slice(from % value.length).slice(0, length));

const textMatchIn = (values: readonly string[]) =>
  fc.record({
    text: fc.oneof(
      { weight: 8, arbitrary: pieceOf(values) },
      { weight: 2, arbitrary: text },
      fc.constantFrom('', '\ud83d', '\udf01', 'a\0', 'x'.repeat(70_000)),
    ),
    collation: fc.constantFrom('i;unicode-casemap', 'i;unicode-casemap', 'i;ascii-casemap', 'i;octet'),
    negate: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    matchType: fc.constantFrom('contains', 'contains', 'contains', 'equals', 'starts-with', 'ends-with'),
  });

const propFilterIn = (values: readonly string[]): fc.Arbitrary<CardPropFilter> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        name: fc.constantFrom(...FIELDS),
        isNotDefined: fc.constant(false),
        test: fc.constantFrom('anyof', 'allof'),
        textMatches: fc.array(textMatchIn(values), { minLength: 1, maxLength: 3 }),
        paramFilters: fc.constantFrom([], [], [], [{ name: 'TYPE', isNotDefined: false, textMatch: null }]),
      }),
    },
    fc.constantFrom(...FIELDS).map((name) => ({
      ...{ name, isNotDefined: true, textMatches: [], paramFilters: [] },
      test: 'anyof' as const,
    })),
  );

const filterIn = (values: readonly string[]): fc.Arbitrary<CardFilter> =>
  fc.record({
    test: fc.constantFrom('anyof', 'allof'),
    propFilters: fc.array(propFilterIn(values), { minLength: 1, maxLength: 4 }),
  });

async function agree(stage: Stage, asked: CardFilter): Promise<void> {
  const fast: string[] = [];
  for await (const page of queryCards(stage.app, stage.book, asked, { wantBody: false }))
    fast.push(...page.map((object) => object.name));
  const plain: string[] = [];
  for await (const page of listObjects(stage.app.db, stage.book.id, { wantBody: true }))
    for (const { name, body } of page)
      if (matchesCard(parseCard(body ?? new Uint8Array(0), stage.app.limits), asked)) plain.push(name);
  assert.deepEqual(fast.sort(), plain.sort(), JSON.stringify(asked).slice(0, 600));
}

/** The search for a name, as people type it. */
const named = (value: string): CardFilter => ({
  test: 'anyof',
  propFilters: [
    {
      ...{ name: 'FN', isNotDefined: false, test: 'anyof', paramFilters: [] },
      textMatches: [{ text: value, collation: 'i;unicode-casemap', negate: false, matchType: 'contains' }],
    },
  ],
});

const drawnValue = (line: string): string => line.slice(line.indexOf(':') + 1);

const items = (cards: readonly { fn: string; lines: readonly string[] }[]) =>
  cards.map(({ fn, lines }, at) => ({ name: `c${at}`, body: vcf(`c${at}`, fn, ...lines) }));

const DIALECTS = (await hasPostgres()) ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const);

for (const dialect of DIALECTS) {
  describe(`searches of cards on ${dialect}`, () => {
    test('find what the filter finds, with cards in the text index, beside it and gone from it', async (t) => {
      const stage = await openStage(t, dialect);
      const [cards] = fc.sample(fc.array(card, { minLength: 60, maxLength: 60 }), { seed: SEED, numRuns: 1 });
      const all = items(cards ?? []);
      for (const result of await importObjects(stage.app, stage.actor, stage.book, all.slice(0, 45)))
        assert.ok(!('error' in result), 'error' in result ? result.error.message : '');
      while ((await refreshIndexes(stage.app)) > 0);
      for (const [at, { body, name }] of all.slice(45).entries()) {
        const changed = Buffer.from(body.toString().replace(`UID:${name}`, `UID:c${at}`));
        if (at % 3 === 0) await put(stage, stage.book, name, body);
        else if (at % 3 === 1) await put(stage, stage.book, `c${at}`, changed);
        else await deleteObject(stage.app, stage.actor, stage.book, `c${at}`, null);
      }
      const values = (cards ?? []).flatMap(({ fn, lines }) => [fn, ...lines.map(drawnValue)]);
      const check = fc.asyncProperty(filterIn(values), (asked) => agree(stage, asked));
      for (const { fn } of cards ?? []) await agree(stage, named(fn));
      await fc.assert(check, { seed: SEED, numRuns: CASES });
      while ((await refreshIndexes(stage.app)) > 0);
      await fc.assert(check, { seed: SEED + 1, numRuns: Math.ceil(CASES / 3) });
    });
  });
}
