/**
 * jCal and jCard lose nothing: what a text says, the JSON says, and the text made of that says it again. Random lines of
 * properties known and unknown, of types that fit and that do not. More cases with `DAYBOOK_CASES`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeParam } from '../../models/ical/component.ts';
import { fromJcal, toJcal } from '../../models/ical/jcal.ts';
import { foldLine, readLines } from '../../models/ical/lines.ts';
import { parseTree } from '../../models/ical/parse.ts';
import { fromJcard, toJcard } from '../../models/vcard/jcard.ts';
import type { CardProperty } from '../../models/vcard/lines.ts';
import { parseCardText } from '../../models/vcard/parse.ts';
import { testSeed } from '../support/seed.ts';

const seed = testSeed();
const numRuns = Number(process.env['DAYBOOK_CASES'] ?? 1000);

const PLAIN = fc.string({ unit: fc.constantFrom(...'aB1 ,;:\\n"^=\'-+/.TZé😀\t'), maxLength: 12 });
const VALUES = fc.oneof(
  PLAIN,
  fc.constantFrom(
    ...[
      '20260302',
      '20260302T120000',
      '20260302T120000Z',
      '2026-03-02',
      '--0302',
      '---02',
      '2026',
      'T10',
      '1022',
    ],
    ...[
      'PT1H',
      '-P1W',
      '+0100',
      '-05',
      '+010000',
      'TRUE',
      'false',
      '1',
      '-2.50',
      '+3',
      '1e5',
      '0.00000012',
      '1;2;3',
    ],
    ...[
      '20260302T120000Z/PT1H',
      '20260302T120000Z/20260303T120000Z',
      'FREQ=DAILY;COUNT=2',
      'FREQ=YEARLY;BYDAY=-1SU,MO',
    ],
    ...[
      'COUNT=1',
      'a,b;c',
      'a\\,b,c\\;d',
      'a;b\\nc',
      'x,,y',
      ';;',
      ',',
      '',
      'mailto:a@example.com',
      '9007199254740993',
    ],
  ),
);
const PARAM_TEXT = fc.string({ unit: fc.constantFrom(..."aB1 ,;:^n'=-é"), minLength: 1, maxLength: 8 });
const quoted = (value: string): string => (/[,;:]/.test(value) ? `"${value}"` : value);
const params = (names: readonly string[], types: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.uniqueArray(
        fc.tuple(fc.constantFrom(...names), fc.array(PARAM_TEXT, { minLength: 1, maxLength: 3 })),
        {
          maxLength: 2,
          selector: ([name]) => name,
        },
      ),
      fc.option(fc.constantFrom(...types), { freq: 1 }),
    )
    .map(([listed, type]) => {
      const written = listed.map(([name, values]) => `;${name}=${values.map(quoted).join(',')}`).join('');
      return type === null ? written : `${written};VALUE=${type}`;
    });

const ICAL_NAMES = (
  'DTSTART DTEND EXDATE RDATE SUMMARY CATEGORIES GEO REQUEST-STATUS FREEBUSY RRULE TZOFFSETTO ATTENDEE ATTACH SEQUENCE ' +
  'DURATION TRIGGER URL X-A IMAGE COMMENT'
).split(' ');
const ICAL_TYPES =
  'DATE DATE-TIME TIME TEXT URI BINARY BOOLEAN INTEGER FLOAT PERIOD RECUR UTC-OFFSET DURATION X-KIND UNKNOWN'.split(
    ' ',
  );
const CARD_NAMES =
  'N ADR ORG NICKNAME CATEGORIES BDAY REV TEL PHOTO NOTE GENDER TZ LANG X-ABLabel X-A CLIENTPIDMAP GEO'.split(
    ' ',
  );
const CARD_TYPES =
  'text uri date time date-time date-and-or-time timestamp boolean integer float utc-offset language-tag x-kind unknown'.split(
    ' ',
  );

const lines = (
  names: readonly string[],
  of: fc.Arbitrary<string>,
  groups: readonly string[],
): fc.Arbitrary<readonly string[]> =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...groups), fc.constantFrom(...names), of, VALUES)
      .map(([group, name, head, value]) => `${group}${name}${head}:${value}`),
    { maxLength: 6 },
  );

/**
 * What no spelling changes of a line: its name, its parameters, and the letters and digits of its value in any order, for
 * rules begin with their frequency; zeros aside, which numbers drop.
 */
function gist(line: {
  readonly name: string;
  readonly value: string;
  readonly params: Iterable<readonly [string, readonly string[]]>;
}): unknown {
  const letters = line.value.toLowerCase().replace(/[^\p{L}\p{Nd}\p{So}]|0/gu, '');
  const params = new Map<string, string>();
  for (const [name, values] of line.params)
    if (name !== 'VALUE' && name !== 'ENCODING') {
      const listed = name === 'TYPE' || name === 'SORT-AS' ? values.join(',').split(',') : values;
      params.set(name, [...(params.get(name)?.split('|') ?? []), ...listed.map(decodeParam)].join('|'));
    }
  return { name: line.name, params: [...params], letters: [...letters].sort() };
}

const textOf = (from: (bytes: Uint8Array) => Iterable<string>, json: string): string =>
  [...from(Buffer.from(json))].join('');

/** A rule is an object: its members have no order. */
const said = (json: string): unknown => JSON.parse(json);

describe('jCal and jCard', () => {
  test('a calendar object comes back as it was', () => {
    const jcal = (text: string): string => {
      const [root] = parseTree(readLines(text));
      assert.ok(root !== undefined);
      return [...toJcal(root)].join('');
    };
    const heads = params(['TZID', 'CN', 'X-P', 'ENCODING', '__PROTO__'], ICAL_TYPES);
    fc.assert(
      fc.property(lines(ICAL_NAMES, heads, ['']), (written) => {
        const json = jcal(['BEGIN:VEVENT', ...written, 'END:VEVENT'].map(foldLine).join(''));
        const text = textOf(fromJcal, json);
        assert.deepEqual(said(jcal(text)), said(json));
        assert.equal(textOf(fromJcal, jcal(text)), text);
        const again = [...readLines(text)].slice(1, -1);
        assert.deepEqual(again.map(gist), [...readLines(written.map(foldLine).join(''))].map(gist));
      }),
      { seed, numRuns },
    );
  });

  test('a card comes back as it was', () => {
    const heads = params(['TYPE', 'PREF', 'SORT-AS', 'X-P', 'LABEL', '__PROTO__'], CARD_TYPES);
    fc.assert(
      fc.property(lines(CARD_NAMES, heads, ['', 'item1.', 'G.']), (written) => {
        const all = ['BEGIN:VCARD', 'VERSION:4.0', ...written, 'END:VCARD'];
        const card = parseCardText(all.map(foldLine).join(''));
        const json = [...toJcard(card)].join('');
        const text = textOf(fromJcard, json);
        const again = [...toJcard(parseCardText(text))].join('');
        assert.equal(again, json);
        const plain = (line: CardProperty): unknown => [
          line.group,
          gist({ ...line, params: line.params.map((param) => [param.name, param.values]) }),
        ];
        assert.deepEqual(parseCardText(text).properties.map(plain), card.properties.map(plain));
        assert.equal(textOf(fromJcard, again), text);
      }),
      { seed, numRuns },
    );
  });

  test('any JSON at all is read or refused by name', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const property = fc.tuple(
      fc.constantFrom('dtstart', 'rrule', 'geo', 'categories', 'x-a', 'n', 'bday', 'fn'),
      fc.oneof(fc.constant({}), fc.dictionary(PARAM_TEXT, value, { maxKeys: 2 })),
      fc.constantFrom('text', 'date', 'recur', 'float', 'unknown', 'period', 'date-and-or-time'),
      value,
    );
    fc.assert(
      fc.property(fc.oneof(value, fc.array(property, { maxLength: 3 })), (inside) => {
        const bytes = (...whole: readonly unknown[]): Buffer => Buffer.from(JSON.stringify(whole));
        const readings = [
          () => parseTree(readLines([...fromJcal(bytes('vevent', inside, []))].join(''))),
          () => parseCardText([...fromJcard(bytes('vcard', inside))].join('')),
        ];
        for (const read of readings)
          try {
            read();
          } catch (error) {
            assert.equal(error instanceof Error && error.name, 'Precondition', String(error));
          }
      }),
      { seed, numRuns },
    );
  });
});
