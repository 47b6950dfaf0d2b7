import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { projectCard } from '../../../models/vcard/project.ts';
import { upgradeText } from '../../../models/vcard/upgrade.ts';

const lines = (...all: string[]): string => ['BEGIN:VCARD', ...all, 'END:VCARD', ''].join('\r\n');

const wanted = (...names: string[]) => names.map((name) => ({ name, isWithoutValue: false }));

describe('address-data (RFC 6352 §10.4)', () => {
  const body = Buffer.from(
    lines('VERSION:3.0', 'UID:u', 'FN:Ann', 'item1.EMAIL:a@b', 'EMAIL:c@d', 'BDAY:1996-04-15'),
  );

  test('without values: the line, its group and parameters stay (RFC 6352 §10.4.2)', () => {
    const lines = [
      'FN:Ann',
      'item1.TEL;TYPE=home:1',
      'item2.TEL:2',
      'TEL:3',
      'PHOTO;ENCODING=b;TYPE=JPEG: /9j/ AA',
    ];
    const text = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\n${lines.join('\r\n')}\r\nEND:VCARD\r\n`;
    const shown = (
      version: '3.0' | '4.0',
      props: readonly (readonly [string, boolean])[],
    ): readonly string[] =>
      projectCard(Buffer.from(text), {
        version,
        props: props.map(([name, isWithoutValue]) => ({ name, isWithoutValue })),
      })
        .toString()
        .split('\r\n')
        .slice(2, -2);
    assert.deepEqual(
      shown('3.0', [
        ['tel', true],
        ['item2.tel', false],
        ['VERSION', true],
      ]),
      [...['item1.TEL;TYPE=home:', 'item2.TEL:2', 'TEL:']],
    );
    assert.deepEqual(shown('3.0', [['ITEM1.TEL', true]]), ['item1.TEL;TYPE=home:']);
    assert.deepEqual(
      shown('3.0', [
        ['FN', true],
        ['FN', false],
        ['FN', true],
      ]),
      ['FN:Ann'],
    );
    assert.deepEqual(shown('4.0', [['PHOTO', true]]), ['PHOTO:']);
  });

  test('nothing asked for: the stored bytes themselves', () => {
    assert.equal(projectCard(body, { version: null, props: null }), body);
    assert.equal(projectCard(body, { version: '3.0', props: null }), body);
  });

  test('some properties, VERSION always', () => {
    const some = projectCard(body, { version: null, props: wanted('email', 'FN', '__proto__') });
    assert.equal(some.toString(), lines('VERSION:3.0', 'FN:Ann', 'item1.EMAIL:a@b', 'EMAIL:c@d'));
    const grouped = projectCard(body, { version: null, props: wanted('ITEM1.EMAIL') });
    assert.equal(grouped.toString(), lines('VERSION:3.0', 'item1.EMAIL:a@b'));
  });

  test('converted and narrowed', () => {
    const four = projectCard(body, { version: '4.0', props: wanted('BDAY') });
    assert.equal(four.toString(), lines('VERSION:4.0', 'BDAY:19960415'));
  });
});

describe('2.1 becomes 3.0', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['TEL;WORK;VOICE:1', 'TEL;TYPE=WORK,VOICE:1'],
    ['N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg', 'N:Müller;Jörg'],
    ['NOTE;QUOTED-PRINTABLE:one=0D=0Atwo, three', 'NOTE:one\\ntwo\\, three'],
    ['FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=B1=B1=E7=94=B0', 'FN:山田'],
    ['N:Doe;John;Richter,James;;', 'N:Doe;John;Richter\\,James;;'],
    ['PHOTO;JPEG;BASE64:/9j/', 'PHOTO;TYPE=JPEG;ENCODING=b:/9j/'],
    ['PHOTO;VALUE=URL:http://a.b/c.jpg', 'PHOTO;VALUE=uri:http://a.b/c.jpg'],
    ['TITLE:Boss; of all', 'TITLE:Boss\\; of all'],
    ['X-ANDROID-CUSTOM:vnd.x/nick;Al;1;', 'X-ANDROID-CUSTOM:vnd.x/nick;Al;1;'],
    ['NOTE;ENCODING=QUOTED-PRINTABLE:bad =ZZ end=', 'NOTE:bad =ZZ end='],
  ];
  for (const [old, modern] of rows) {
    test(old, () => assert.equal(upgradeText(lines('VERSION:2.1', old)), lines('VERSION:3.0', modern)));
  }

  test('an AGENT card becomes text', () => {
    const nested = lines(
      'VERSION:2.1',
      'FN:A',
      'AGENT:',
      'BEGIN:VCARD',
      'VERSION:2.1',
      'FN:B',
      'END:VCARD',
      'TEL:1',
    );
    const expected = lines(
      'VERSION:3.0',
      'FN:A',
      'AGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:B\\nEND:VCARD\\n',
      'TEL:1',
    );
    assert.equal(upgradeText(nested), expected);
  });
});
