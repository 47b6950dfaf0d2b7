import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { valueKeyOf } from '../../../models/contacts/merge.ts';
import { DEFAULT_LIMITS } from '../../../models/limits.ts';
import { compareCards, mergeCards } from '../../../models/vcard/edit-merge.ts';
import { openCard } from '../../../models/vcard/edit-source.ts';
import { labelOf, textOf } from '../../../models/vcard/edit-values.ts';
import { parseCard } from '../../../models/vcard/parse.ts';
import { validateCard } from '../../../models/vcard/validate.ts';
import { corpusCards } from './corpus.ts';

const keyOf = valueKeyOf({ homeCountry: () => 'DE' });
const NOW = 1_790_000_000;
const card = (...lines: readonly string[]) =>
  Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n'));
const merge = (keep: Uint8Array, other: Uint8Array, choices = {}) =>
  mergeCards(keep, other, { choices, nowUtc: NOW, keyOf });

const KEEP = card(
  'VERSION:3.0',
  'UID:a',
  'N:Schmidt;Anna;;;',
  'FN:Anna Schmidt',
  'ORG:One',
  'item1.TEL:0151 1234567',
  'item1.X-ABLabel:Boot',
  'NOTE:first',
  'CATEGORIES:a,b',
);
const OTHER = card(
  'VERSION:3.0',
  'UID:b',
  'N:Schmidt;Anna;;Dr.;',
  'FN:Dr. Anna Schmidt',
  'ORG:Two',
  'TEL;TYPE=CELL:+49 151 1234567',
  'item1.TEL:+49 30 7654321',
  'item1.X-ABLabel:Chor',
  'NOTE:second',
  'CATEGORIES:b,c',
  'X-ODD;Q=1:z',
  'BDAY:1980-01-02',
  'REV:2020-01-01T00:00:00Z',
);

describe('merge', () => {
  test('lists get both, choices decide, labels and unknown fields come along', () => {
    const { body, dropped } = merge(KEEP, OTHER, { org: 'other' });
    const text = body.toString();
    for (const line of [
      'UID:a',
      'FN:Anna Schmidt',
      'N:Schmidt;Anna;;;',
      'ORG:Two',
      'item1.TEL:0151 1234567',
      'item2.TEL:+49 30 7654321',
      'item2.X-ABLabel:Chor',
      'NOTE:first\\n\\nsecond',
      'CATEGORIES:a,b,c',
      'X-ODD;Q=1:z',
      'BDAY:1980-01-02',
    ])
      assert.ok(text.includes(`${line}\r\n`), line);
    assert.doesNotMatch(text, /TYPE=CELL|UID:b|2020/);
    assert.deepEqual(dropped, [
      { field: 'name', value: 'Dr. Anna Schmidt' },
      { field: 'name', value: 'Schmidt, Anna, Dr.' },
      { field: 'org', value: 'One' },
    ]);
    validateCard(parseCard(body, { maxCardBytes: 1 << 20 }), { maxCardBytes: 1 << 20 });
  });

  test('the fields side by side say what differs', () => {
    const rows = new Map(compareCards(KEEP, OTHER, keyOf).map((row) => [row.field, row.outcome]));
    assert.equal(rows.get('name'), 'choose');
    assert.equal(rows.get('org'), 'choose');
    assert.equal(rows.get('tel'), 'both');
    assert.equal(rows.get('bday'), 'both');
    assert.equal(rows.has('uid'), false);
  });

  test('a card with itself is itself, byte for byte', () => {
    for (const { body } of [{ body: KEEP }, { body: OTHER }, ...corpusCards()])
      assert.equal(merge(body, body).body.equals(body), true);
  });

  test('a 4.0 card comes along in the words of 3.0, and the other way round', () => {
    const four = card(
      'VERSION:4.0',
      'UID:c',
      'FN:Anna Schmidt',
      'KIND:individual',
      'ANNIVERSARY:20100612',
      'TEL;VALUE=uri;PREF=1:tel:+49-30-99',
    );
    assert.match(merge(KEEP, four).body.toString(), /X-ANNIVERSARY:2010-?06-?12/);
    assert.match(merge(four, KEEP).body.toString(), /^BEGIN:VCARD\r\nVERSION:4\.0\r\n/);
  });
});

/** Everything a card says, by property and comparable value, without what is its own. */
function said(body: Uint8Array): ReadonlyMap<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of openCard(body).lines) {
    if (/^(VERSION|UID|REV|PRODID|X-ABLABEL|X-ABADR)$/.test(line.name)) continue;
    const values =
      line.name === 'CATEGORIES' ? textOf(line).split(',') : [textOf(line).replace(/^tel:/i, '')];
    const set = found.get(line.name) ?? new Set();
    for (const value of values) if (value.trim() !== '') set.add(keyOf(line.name, value));
    found.set(line.name, set);
  }
  return found;
}

test('property: every value of both is in the merged card, or was given up by choice', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9 äß]{1,12}$/);
  const list = (name: string) =>
    fc.array(
      word.map((text) => `${name}:${text}`),
      { maxLength: 3 },
    );
  const lines = fc
    .tuple(
      list('TEL'),
      list('EMAIL'),
      list('X-UNKNOWN'),
      list('item1.URL'),
      list('NOTE'),
      list('CATEGORIES'),
      list('NICKNAME'),
      fc.array(
        word.map((t) => `ORG:${t}`),
        { maxLength: 1 },
      ),
    )
    .map((all) => all.flat());
  fc.assert(
    fc.property(lines, lines, word, fc.constantFrom('keep', 'other'), (a, b, name, org) => {
      const keep = card('VERSION:3.0', 'UID:a', `FN:${name}`, ...a);
      const other = card('VERSION:3.0', 'UID:b', `FN:${name}`, ...b);
      const { body, dropped } = merge(keep, other, { org });
      const merged = said(body);
      const gone = new Set(
        dropped.map(({ field, value }) => `${field} ${keyOf(field.toUpperCase(), value)}`),
      );
      for (const from of [keep, other])
        for (const [property, values] of said(from))
          for (const value of values) {
            const kept = merged.get(property) ?? new Set();
            const isThere =
              kept.has(value) || (property === 'NOTE' && [...kept].some((text) => text.includes(value)));
            assert.ok(
              isThere || gone.has(`${property.toLowerCase()} ${value}`),
              `${property} ${value}\n${body}`,
            );
          }
    }),
  );
});

test('property: labels stay with their numbers', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.stringMatching(/^[a-z]{1,6}$/)), {
        minLength: 1,
        maxLength: 4,
      }),
      (rows) => {
        const groups = new Map(rows);
        const lines = [...groups].flatMap(([n, label]) => [
          `item${n}.TEL:+49 30 555000${n}`,
          `item${n}.X-ABLabel:${label}`,
        ]);
        const merged = openCard(
          merge(
            card('VERSION:3.0', 'UID:a', 'FN:A', 'item1.URL:x', 'item2.URL:y', 'item2.X-ABLabel:mine'),
            card('VERSION:3.0', 'UID:b', 'FN:A', ...lines),
          ).body,
        );
        for (const [n, label] of groups) {
          const line = merged.lines.find((each) => each.value === `+49 30 555000${n}`);
          assert.ok(line);
          assert.equal(labelOf(merged, line), `x:${label}`);
        }
      },
    ),
  );
});
