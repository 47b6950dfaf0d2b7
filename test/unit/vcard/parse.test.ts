import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Precondition } from '../../../models/errors.ts';
import { convertCard } from '../../../models/vcard/convert.ts';
import { matchesCard } from '../../../models/vcard/filter.ts';
import { parseCard } from '../../../models/vcard/parse.ts';
import { upgradeText } from '../../../models/vcard/upgrade.ts';
import { validateCard } from '../../../models/vcard/validate.ts';

const LIMITS = { maxCardBytes: 4 * 1024 * 1024 };

function verdict(body: string | Buffer, limits = LIMITS): string {
  try {
    validateCard(parseCard(Buffer.from(body), limits), limits);
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof Precondition, String(error));
    assert.ok(error.message.length > 20 && error.message.length < 300);
    return error.code;
  }
}

const card = (...lines: string[]): string => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n');
const FULL = ['VERSION:3.0', 'UID:u1', 'FN:Ann', 'N:Ann;;;;'];

describe('what a card must be', () => {
  const rows: readonly (readonly [string, string | Buffer, string])[] = [
    ['a plain 3.0 card', card(...FULL), 'ok'],
    ['a plain 4.0 card', card('VERSION:4.0', 'UID:u1', 'FN:Ann'), 'ok'],
    ['a company with an empty N', card('VERSION:3.0', 'N:;;;;', 'FN:Acme', 'ORG:Acme', 'UID:u1'), 'ok'],
    ['3.0 without N', card('VERSION:3.0', 'UID:u1', 'FN:Ann'), 'ok'],
    ['LF line ends', card(...FULL).replaceAll('\r\n', '\n'), 'ok'],
    ['no line end after END', card(...FULL).trimEnd(), 'ok'],
    ['a byte order mark', `\ufeff${card(...FULL)}`, 'ok'],
    ['VERSION not first', card('N:Ann;;;;', 'FN:Ann', 'UID:u1', 'VERSION:3.0'), 'ok'],
    ['an underscore in a name', card(...FULL, 'X_FOO:1'), 'ok'],
    ['nothing', '', 'valid-address-data'],
    ['words', 'hello', 'valid-address-data'],
    ['a calendar', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n', 'valid-address-data'],
    ['no BEGIN', 'VERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n', 'valid-address-data'],
    ['no END', 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n', 'valid-address-data'],
    ['two cards', card(...FULL) + card(...FULL), 'valid-address-data'],
    ['a card in a card', card(...FULL, 'BEGIN:VCARD', 'END:VCARD'), 'valid-address-data'],
    ['no VERSION', card('UID:u1', 'FN:Ann'), 'valid-address-data'],
    ['VERSION twice', card(...FULL, 'VERSION:3.0'), 'valid-address-data'],
    ['version 2.1', card('VERSION:2.1', 'UID:u1', 'FN:Ann'), 'supported-address-data'],
    ['version 5.0', card('VERSION:5.0', 'UID:u1', 'FN:Ann'), 'supported-address-data'],
    ['no UID', card('VERSION:3.0', 'FN:Ann'), 'valid-address-data'],
    ['an empty UID', card('VERSION:3.0', 'FN:Ann', 'UID:'), 'valid-address-data'],
    ['two UIDs', card(...FULL, 'UID:u2'), 'valid-address-data'],
    ['no FN', card('VERSION:3.0', 'UID:u1', 'N:Ann;;;;'), 'valid-address-data'],
    ['a line without a colon', card(...FULL, 'nonsense'), 'valid-address-data'],
    ['a name with a space', card(...FULL, 'X FOO:1'), 'valid-address-data'],
    ['a very long name', card(...FULL, `X-${'A'.repeat(100_000)}:1`), 'valid-address-data'],
    ['NUL', card(...FULL, 'NOTE:a\0b'), 'valid-address-data'],
    ['a control character', card(...FULL, 'NOTE:a\x1bb'), 'valid-address-data'],
    ['not UTF-8', Buffer.from(card(...FULL, 'NOTE:\xff'), 'latin1'), 'valid-address-data'],
    ['bytes of an image', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70]), 'valid-address-data'],
    [
      'names of JavaScript',
      card(...FULL, '__proto__:x', 'constructor;__proto__=1:y', 'toString.hasOwnProperty:z'),
      'ok',
    ],
  ];
  for (const [what, body, expected] of rows)
    test(`${what}: ${expected}`, () => assert.equal(verdict(body), expected));

  test('a card above the limit is named so', () => {
    assert.equal(verdict(card(...FULL), { maxCardBytes: 20 }), 'card-max-resource-size');
  });

  test('names of JavaScript change nothing of Object', () => {
    verdict(card(...FULL, '__proto__:x'));
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

describe('floods pass in linear time', () => {
  const n = 200_000;
  const floods: readonly (readonly [string, string])[] = [
    ['folded lines', `NOTE:${'a\r\n '.repeat(500_000)}`],
    ['a line of 1 MB', `NOTE:${'x'.repeat(1_000_000)}`],
    ['many properties', 'X-A:1\r\n'.repeat(100_000).trimEnd()],
    ['many parameters', `TEL${';TYPE=home'.repeat(20_000)}:1`],
    ['many parameter values', `TEL;TYPE=${'a,'.repeat(100_000)}:1`],
    ['quotes', `TEL;X=${'"'.repeat(n)}:1`],
    ['open quotes with colons', `TEL;X="${':'.repeat(n)}`],
    ['backslashes', `NOTE:${'\\'.repeat(n)}`],
    ['semicolons', `N:${';'.repeat(n)}`],
    ['semicolons in the head', `TEL${';'.repeat(n)}:1`],
    ['commas', `CATEGORIES:${','.repeat(n)}`],
    ['carets', `ADR;LABEL=${'^'.repeat(n)}:;;`],
    ['equal signs', `TEL;${'='.repeat(n)}:1`],
    ['dots', `${'.'.repeat(n)}:1`],
    ['blanks', `NOTE:${' '.repeat(n)}`],
    ['data URIs', `PHOTO:data:${'image/'.repeat(50_000)};base64,AAAA`],
    ['base64 of blanks', `PHOTO;ENCODING=b:${'A '.repeat(n)}`],
    ['digits as a date', `BDAY:${'1'.repeat(n)}`],
    ['digits as a place', `GEO:${'1'.repeat(n)};${'2.'.repeat(n)}`],
    ['quoted-printable', `NOTE;ENCODING=QUOTED-PRINTABLE:${'=3D'.repeat(n)}`],
    ['memories', `FN;X-DAYBOOK-V3=${'%25'.repeat(n)}:a`],
  ];
  for (const version of ['3.0', '4.0'] as const) {
    for (const [what, line] of floods) {
      test(`${version}: ${what}`, () => {
        const body = Buffer.from(card(`VERSION:${version}`, 'UID:u', 'FN:x', line));
        const began = performance.now();
        try {
          const parsed = parseCard(body, LIMITS);
          validateCard(parsed, LIMITS);
          convertCard(body, version === '3.0' ? '4.0' : '3.0');
          const match = {
            text: 'zz',
            collation: 'i;unicode-casemap',
            negate: false,
            matchType: 'contains',
          } as const;
          const names = ['NOTE', 'N', 'CATEGORIES', 'TEL'];
          const propFilters = names.map(
            (name) =>
              ({ name, isNotDefined: false, test: 'anyof', textMatches: [match], paramFilters: [] }) as const,
          );
          matchesCard(parsed, { test: 'anyof', propFilters });
        } catch (error) {
          assert.ok(error instanceof Precondition, String(error));
        }
        upgradeText(body.toString('utf8').replace(/VERSION:..../, 'VERSION:2.1'));
        assert.ok(performance.now() - began < 2000, `${Math.round(performance.now() - began)} ms`);
      });
    }
  }
});
