/** Cards and addressbook-query filters that are drawn at random, from few words so that they meet. */
import fc from 'fast-check';
import type { CardFilter, CardParamFilter, CardPropFilter } from '../../models/vcard/filter.ts';
import { escapeText, foldLine } from '../../models/vcard/lines.ts';

const WORDS = [
  ...[
    'Ann',
    'ANN',
    'Arbor',
    'Ärzte',
    'A\u0308rzte',
    'Straße',
    'STRASSE',
    'ﬁn',
    'FIN',
    'Ǆ',
    'ǆ',
    'ⅷ',
    'Ⅷ',
    '각',
    '가',
  ],
  ...[
    'ა',
    'Ა',
    'ᾳ',
    'ᾼ',
    'e\u0302\u0323',
    'ệ',
    'a,b',
    'a;b',
    'a\\b',
    'x y',
    '100%',
    '_',
    'İ',
    'ı',
    'K',
    '語',
    'a\nb',
    '',
  ],
];
const word = fc.constantFrom(...WORDS);
const NAMES = [
  ...[
    'FN',
    'N',
    'NICKNAME',
    'EMAIL',
    'TEL',
    'ORG',
    'TITLE',
    'CATEGORIES',
    'IMPP',
    'KIND',
    'ADR',
    'NOTE',
    'URL',
  ],
  ...['X-ADDRESSBOOKSERVER-KIND', 'X-CUSTOM', 'GENDER', 'RELATED'],
];
const SEPARATORS: Readonly<Record<string, string>> = {
  N: ';',
  ADR: ';',
  ORG: ';',
  GENDER: ';',
  CATEGORIES: ',',
  NICKNAME: ',',
};

/** A value with some components, of which some are lists. */
const value = (name: string): fc.Arbitrary<string> => {
  const text = word.map(escapeText);
  const separator = SEPARATORS[name];
  if (separator === undefined) return text;
  const element = fc.array(text, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(','));
  return fc.array(element, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(separator));
};

const param = fc
  .record({
    name: fc.constantFrom('TYPE', 'PREF', 'X-P', 'LANGUAGE'),
    values: fc.array(fc.constantFrom('home', 'WORK', '1', 'ä', '"a;b"', 'x^ny'), {
      minLength: 1,
      maxLength: 2,
    }),
  })
  .map(({ name, values }) => `;${name}=${values.join(',')}`);

const property = fc
  .constantFrom(...NAMES)
  .chain((name) =>
    fc.record({
      group: fc.constantFrom('', '', '', 'item1.', 'ITEM1.', 'g2.'),
      name: fc.constantFrom(name, name, name.toLowerCase()),
      params: fc.array(param, { maxLength: 2 }).map((all) => all.join('')),
      value: value(name),
    }),
  )
  .map((drawn) => foldLine(`${drawn.group}${drawn.name}${drawn.params}:${drawn.value}`));

/** A card whose UID is `@`, to be made unique by the caller. */
export const randomCard: fc.Arbitrary<string> = fc
  .record({
    version: fc.constantFrom('3.0', '4.0'),
    name: value('FN'),
    properties: fc.array(property, { maxLength: 8 }),
  })
  .map(
    (drawn) =>
      `BEGIN:VCARD\r\nVERSION:${drawn.version}\r\nUID:@\r\nFN:${drawn.name}\r\n${drawn.properties.join('')}END:VCARD\r\n`,
  );

const test = fc.constantFrom('anyof' as const, 'allof' as const);

const textMatch = fc.record({
  text: fc.oneof(
    word,
    fc.constantFrom('a', 'AR', 'ss', 'i', 'fi', ';', ',', '%', '\u0301', 'home', 'z'.repeat(70_000)),
  ),
  collation: fc.constantFrom('i;ascii-casemap' as const, 'i;octet' as const, 'i;unicode-casemap' as const),
  negate: fc.constantFrom(false, false, false, true),
  matchType: fc.constantFrom(
    'contains' as const,
    'contains' as const,
    'equals' as const,
    'starts-with' as const,
    'ends-with' as const,
  ),
});

const paramFilter: fc.Arbitrary<CardParamFilter> = fc
  .record({
    name: fc.constantFrom('TYPE', 'PREF', 'X-P', 'X-NONE'),
    isNotDefined: fc.constantFrom(false, false, true),
    match: fc.option(textMatch),
  })
  .map(({ name, isNotDefined, match }) => ({ name, isNotDefined, textMatch: isNotDefined ? null : match }));

const propFilter: fc.Arbitrary<CardPropFilter> = fc
  .record({
    name: fc.constantFrom(...NAMES, 'UID', 'X-NONE'),
    group: fc.constantFrom(null, null, null, null, 'ITEM1', 'G2'),
    isNotDefined: fc.constantFrom(false, false, false, false, true),
    test,
    textMatches: fc.array(textMatch, { maxLength: 3 }),
    paramFilters: fc.array(paramFilter, { maxLength: 2 }),
  })
  .map((drawn) => (drawn.isNotDefined ? { ...drawn, textMatches: [], paramFilters: [] } : drawn));

/** A filter of an addressbook-query. */
export const cardFilter: fc.Arbitrary<CardFilter> = fc.record({
  test,
  propFilters: fc.array(propFilter, { minLength: 1, maxLength: 3 }),
});
