import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TextMatch } from '../../models/ical/collation.ts';
import { blanksIn, withBlanks } from '../../models/vcard/blanks.ts';
import { objectionTo4 } from '../../models/vcard/check4.ts';
import { type CardVersion, convertCard, isSameLine } from '../../models/vcard/convert.ts';
import { cardFields } from '../../models/vcard/fields.ts';
import { type CardFilter, indexable, matchesCard } from '../../models/vcard/filter.ts';
import { type CardProperty, foldLine, readCardLines, writeLine } from '../../models/vcard/lines.ts';
import { parseCardText } from '../../models/vcard/parse.ts';

const NAMES = [
  ...[
    'N',
    'NICKNAME',
    'PHOTO',
    'BDAY',
    'ADR',
    'LABEL',
    'TEL',
    'EMAIL',
    'MAILER',
    'TZ',
    'GEO',
    'TITLE',
    'ROLE',
    'LOGO',
  ],
  ...[
    'AGENT',
    'ORG',
    'CATEGORIES',
    'NOTE',
    'PRODID',
    'REV',
    'SORT-STRING',
    'SOUND',
    'URL',
    'CLASS',
    'KEY',
    'IMPP',
    'KIND',
  ],
  ...[
    'MEMBER',
    'RELATED',
    'ANNIVERSARY',
    'GENDER',
    'LANG',
    'XML',
    'X-ABLabel',
    'X-ABDATE',
    'X-GENDER',
    'X-ANNIVERSARY',
  ],
  ...[
    'X-ADDRESSBOOKSERVER-KIND',
    'X-ADDRESSBOOKSERVER-MEMBER',
    'X-LABEL',
    'X-N',
    'FOO',
    'CREATED',
    'x-custom',
    'FBURL',
  ],
];
const PARAMS = [
  'TYPE',
  'PREF',
  'VALUE',
  'ENCODING',
  'ALTID',
  'PID',
  'LANGUAGE',
  'CHARSET',
  'MEDIATYPE',
  'SORT-AS',
  'LABEL',
  'X-LABEL',
  'X-PREF',
  'FOO',
  'X-BAR',
  'X-APPLE-OMIT-YEAR',
];
const WORDS = [
  'home',
  'WORK',
  'pref',
  'Pref',
  'b',
  'BASE64',
  'QUOTED-PRINTABLE',
  'uri',
  'text',
  'date',
  '1',
  '2',
  'JPEG',
  'image/jpeg',
  'UTF-8',
  '1604',
  'a;b',
  'x:y',
  'p,q',
  'ä',
  '^n',
  '%41',
];
const VALUES = [
  ...[
    '1996-04-15',
    '19960415',
    '--0415',
    '--04-15',
    '1996-04',
    '1953-10-15T23:10:00Z',
    '19531015T231000-0600',
    '20161119T174422.057Z',
  ],
  ...[
    'data:image/jpeg;base64,/9j/AA',
    '/9j/4AAQ',
    'iVBORw0KGgo=',
    'http://a.b/c',
    'http\\://a.b',
    'tel:+1-2;ext=3',
    '37.38;-122.08',
  ],
  ...[
    'geo:37.38,-122.08',
    '-05:00',
    '-0500',
    'Europe/Rome',
    'M',
    'F;x',
    'group',
    'urn:uuid:1',
    'a;b;c',
    ';;;;',
    'a\\,b\\;c\\nd\\\\',
    '=C3=A4=3B',
    '',
    ':',
  ],
];

const word = fc.oneof(fc.constantFrom(...WORDS), fc.stringMatching(/^[ -!#-~ä語]{0,12}$/));
const param = fc.record({
  name: fc.constantFrom(...PARAMS),
  values: fc.array(word, { minLength: 1, maxLength: 3 }),
});
const value = fc.oneof(fc.constantFrom(...VALUES), fc.stringMatching(/^[ -~äé語]{0,40}$/));
const line = fc
  .record({
    group: fc.option(fc.constantFrom('item1', 'ITEM2', 'g')),
    name: fc.constantFrom(...NAMES),
    params: fc.array(param, { maxLength: 3 }),
    value,
  })
  .map(({ group, name, params, value: v }) => writeLine(group, name, params, v));
const lines = fc.array(line, { maxLength: 12 });
const version = fc.constantFrom<CardVersion>('3.0', '4.0');

function card(v: CardVersion, all: readonly string[]): Buffer {
  const text = all.map(foldLine).join('');
  return Buffer.from(`BEGIN:VCARD\r\nVERSION:${v}\r\nUID:u1\r\nFN:Ann\r\n${text}END:VCARD\r\n`);
}

function assertSame(one: Uint8Array, other: Uint8Array): void {
  const [before, after] = [one, other].map((b) => readCardLines(Buffer.from(b).toString()));
  assert.equal(after?.length, before?.length);
  for (const [i, line] of (before ?? []).entries()) {
    const again = after?.[i];
    const shown = (l: CardProperty | undefined): string =>
      `${l?.name} ${JSON.stringify(l?.params)} ${l?.value}`.slice(0, 600);
    assert.ok(again && isSameLine(line, again), `${shown(line)} became ${shown(again)}`);
  }
}

/** `DAYBOOK_CASES` draws more. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 500);

describe('properties of cards', () => {
  test('fold and unfold give the line again', () => {
    fc.assert(
      fc.property(line, (one) => {
        const folded = foldLine(one);
        for (const physical of folded.split('\r\n')) assert.ok(Buffer.byteLength(physical) <= 75);
        assert.equal(folded.replace(/\r\n /g, ''), `${one}\r\n`);
      }),
    );
  });

  test('reading and writing a line gives the line again', () => {
    fc.assert(
      fc.property(line, (one) => {
        const [read] = readCardLines(one);
        assert.ok(read);
        const [again] = readCardLines(writeLine(read.group, read.writtenName, read.params, read.value));
        assert.ok(again && isSameLine(read, again));
      }),
    );
  });

  /**
   * Lost is nothing when the card that comes back has the same lines in the same order, each with the same group, name,
   * parameters and value; the case of names and of TYPE, VALUE and ENCODING words, and the order of parameters are free. A
   * 4.0 card that the 4.0 library rejects comes back mended: then the same must hold of its two 3.0 forms.
   */
  test('there and back loses nothing, whatever the card', (context) => {
    const counts = { '3.0': 0, '4.0': 0, mended: 0 };
    fc.assert(
      fc.property(version, lines, (from, all) => {
        const other = from === '3.0' ? '4.0' : '3.0';
        const body = card(from, all);
        const there = convertCard(body, other);
        const back = convertCard(there, from);
        const isMended = from === '4.0' && objectionTo4(body.toString()) !== null;
        counts[isMended ? 'mended' : from] += 1;
        if (isMended) assertSame(there, convertCard(back, other));
        else assertSame(body, back);
        if (from === '3.0') assert.equal(objectionTo4(Buffer.from(there).toString()), null);
      }),
      { numRuns: CASES },
    );
    context.diagnostic(`cards there and back: ${JSON.stringify(counts)}`);
  });

  test('there and back loses nothing however long a line is', () => {
    const long = fc
      .tuple(line, fc.integer({ min: 900, max: 40_000 }))
      .map(([one, n]) => one + 'ä b='.repeat(n / 4));
    fc.assert(
      fc.property(version, fc.array(long, { minLength: 1, maxLength: 2 }), (from, all) => {
        const there = convertCard(card(from, all), from === '3.0' ? '4.0' : '3.0');
        assertSame(there, convertCard(convertCard(there, from), from === '3.0' ? '4.0' : '3.0'));
        if (from === '3.0') assertSame(card(from, all), convertCard(there, from));
      }),
      { numRuns: 60 },
    );
  });

  test('blanks come back where they stood', () => {
    const text = fc.stringMatching(/^[ab \t]{0,60}$/);
    fc.assert(
      fc.property(text, (one) => {
        const bare = one.replace(/\s/g, '');
        assert.equal(one === bare ? one : withBlanks(bare, blanksIn(one)), one);
      }),
    );
    assert.equal(withBlanks('ab', '3s'), null);
    assert.equal(withBlanks('ab', '0s*999999999'), null);
    assert.equal(withBlanks('ab', '1s*3'), null);
  });

  test('order, groups and count of lines stay', () => {
    fc.assert(
      fc.property(version, lines, (from, all) => {
        const there = convertCard(card(from, all), from === '3.0' ? '4.0' : '3.0');
        const groups = (b: Uint8Array): (string | null)[] =>
          readCardLines(Buffer.from(b).toString()).map((l) => l.group);
        assert.deepEqual(groups(there), groups(card(from, all)));
      }),
    );
  });

  test('the index never misses what the filter accepts', () => {
    const text = fc.oneof(
      fc.constantFrom('a', 'B', 'ä', 'group', '語', 'e\u0301', ';', 'b;c'),
      fc.string({ maxLength: 3 }),
    );
    const match: fc.Arbitrary<TextMatch> = fc.record({
      text,
      collation: fc.constantFrom('i;ascii-casemap', 'i;octet', 'i;unicode-casemap'),
      negate: fc.boolean(),
      matchType: fc.constantFrom('equals', 'contains', 'starts-with', 'ends-with'),
    });
    const test4 = fc.constantFrom('anyof' as const, 'allof' as const);
    const prop = fc.record({
      name: fc.constantFrom('N', 'FN', 'NICKNAME', 'EMAIL', 'CATEGORIES', 'ORG', 'NOTE', 'KIND'),
      isNotDefined: fc.boolean(),
      test: test4,
      textMatches: fc.array(match, { maxLength: 3 }),
      paramFilters: fc.constant([]),
    });
    const filter: fc.Arbitrary<CardFilter> = fc.record({
      test: test4,
      propFilters: fc.array(prop, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(lines, filter, (all, one) => {
        const parsed = parseCardText(card('3.0', all).toString());
        const index = indexable(one);
        if (index === null || !matchesCard(parsed, one)) return;
        const rows = cardFields(parsed);
        const hits = index.probes.map((p) =>
          rows.some((row) => row.field === p.field && meets(row.value, p.text, p.matchType)),
        );
        assert.ok(index.test === 'anyof' ? hits.some(Boolean) : hits.every(Boolean));
      }),
      { numRuns: 3000 },
    );
  });
});

function meets(whole: string, text: string, type: TextMatch['matchType']): boolean {
  if (type === 'equals') return whole === text;
  if (type === 'starts-with') return whole.startsWith(text);
  return type === 'ends-with' ? whole.endsWith(text) : whole.includes(text);
}
