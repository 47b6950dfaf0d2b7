import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { editCard, knownDate, newCard } from '../../../models/vcard/edit.ts';
import { readPhoto } from '../../../models/vcard/edit-photo.ts';
import { openCard } from '../../../models/vcard/edit-source.ts';
import { type CardValues, otherFields, readValues } from '../../../models/vcard/edit-values.ts';
import { parseCard } from '../../../models/vcard/parse.ts';
import { validateCard } from '../../../models/vcard/validate.ts';
import { corpusCards } from './corpus.ts';

const NOW = 1_790_000_000;
const LIMITS = { maxCardBytes: 1 << 20 };
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

const card = (...lines: readonly string[]) =>
  Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n'));
const edited = (
  body: Uint8Array,
  change: (values: CardValues) => CardValues,
  photo?: Parameters<typeof editCard>[2]['photo'],
) =>
  editCard(
    body,
    change(readValues(openCard(body))),
    photo === undefined ? { nowUtc: NOW } : { nowUtc: NOW, photo },
  );
const lines = (body: Uint8Array) => Buffer.from(body).toString('utf8').split('\r\n');
const without = (body: Uint8Array, ...names: readonly string[]) =>
  lines(body).filter((line) => !names.some((name) => line.startsWith(name)));

const APPLE = card(
  'VERSION:3.0',
  'PRODID:-//Apple Inc.//iOS 26.0//EN',
  'N:Schmidt;Anna;Maria,Luise;Dr.;',
  'FN:Dr. Anna Schmidt',
  'ORG:Kölner Wasser\\, Gas;Netz;Plan',
  'item1.EMAIL;type=INTERNET;type=pref:anna@example.org',
  'item1.X-ABLabel:Chor',
  'TEL;type=CELL;type=VOICE;type=pref;X-FOO="a;b":+49 151 234',
  'item2.ADR;type=HOME:;;Am Markt 1;Köln;;50667;Germany',
  'item2.X-ABADR:de',
  'BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29',
  'item3.X-ABDATE;type=pref:2010-06-12',
  'item3.X-ABLabel:_$!<Anniversary>!$_',
  'X-WEIRD;P=1:keep\\;me',
  'NOTE:One\\nTwo',
  'REV:2020-01-01T00:00:00Z',
  'UID:apple-1',
);

describe('edit', () => {
  test('reads what a phone wrote', () => {
    const values = readValues(openCard(APPLE));
    assert.deepEqual(values.name, {
      prefix: 'Dr.',
      given: 'Anna',
      additional: 'Maria,Luise',
      family: 'Schmidt',
      suffix: '',
    });
    assert.equal(values.organization, 'Kölner Wasser, Gas');
    assert.deepEqual(values.emails, [{ at: 5, label: 'x:Chor', value: 'anna@example.org' }]);
    assert.equal(values.phones[0]?.label, 'mobile');
    assert.equal(values.birthday, '--02-29');
    assert.equal(values.anniversary, '2010-06-12');
    assert.deepEqual(otherFields(openCard(APPLE)), [{ name: 'X-WEIRD', label: '', value: 'keep;me' }]);
  });

  test('equal values give the same bytes', () => {
    assert.equal(edited(APPLE, (v) => v).equals(APPLE), true);
  });

  test('one changed value changes one line, REV and PRODID', () => {
    const after = edited(APPLE, (v) => ({
      ...v,
      phones: v.phones.map((row) => ({ ...row, value: '+49 30 1' })),
    }));
    assert.deepEqual(without(after, 'TEL', 'REV', 'PRODID'), without(APPLE, 'TEL', 'REV', 'PRODID'));
    assert.ok(lines(after).includes('TEL;type=CELL;type=VOICE;type=pref;X-FOO="a;b":+49 30 1'));
    assert.ok(lines(after).includes('PRODID:-//Daybook//EN'));
    assert.ok(lines(after).includes('REV:2026-09-21T14:13:20Z'));
  });

  test('one component of a name leaves lists in the others alone, and FN that somebody wrote', () => {
    const after = edited(APPLE, (v) => ({ ...v, name: { ...v.name, family: 'Meier' } }));
    assert.ok(lines(after).includes('N:Meier;Anna;Maria,Luise;Dr.;'));
    assert.ok(lines(after).includes('FN:Dr. Anna Schmidt'));
    const plain = card('VERSION:3.0', 'N:Schmidt;Anna;;;', 'FN:Anna Schmidt', 'UID:1');
    assert.ok(
      lines(edited(plain, (v) => ({ ...v, name: { ...v.name, family: 'Meier' } }))).includes('FN:Anna Meier'),
    );
  });

  test('another label keeps what else the types say, and takes its own line away', () => {
    const after = edited(APPLE, (v) => ({
      ...v,
      phones: v.phones.map((row) => ({ ...row, label: 'work' })),
      emails: v.emails.map((row) => ({ ...row, label: 'home' })),
    }));
    assert.ok(lines(after).includes('TEL;TYPE=WORK,VOICE,PREF;X-FOO="a;b":+49 151 234'));
    assert.ok(lines(after).includes('item1.EMAIL;TYPE=HOME,INTERNET,PREF:anna@example.org'));
    assert.ok(!lines(after).includes('item1.X-ABLabel:Chor'));
    const own = edited(APPLE, (v) => ({
      ...v,
      phones: v.phones.map((row) => ({ ...row, label: 'x:Boot' })),
    }));
    assert.ok(lines(own).includes('item4.TEL;TYPE=VOICE,PREF;X-FOO="a;b":+49 151 234'));
    assert.ok(lines(own).includes('item4.X-ABLabel:Boot'));
  });

  test('what is taken away goes with its label; what is new comes before END', () => {
    const after = edited(APPLE, (v) => ({
      ...v,
      emails: [{ at: null, label: 'x:Büro', value: 'b@example.org' }],
      addresses: [],
      links: [{ at: null, label: '', value: 'https://example.org/a,b;c' }],
    }));
    const text = after.toString();
    for (const gone of ['item1.', 'item2.', 'Chor']) assert.doesNotMatch(text, new RegExp(gone));
    assert.match(text, /item4\.EMAIL;TYPE=INTERNET:b@example\.org\r\nitem4\.X-ABLabel:Büro\r\n/);
    assert.match(text, /URL:https:\/\/example\.org\/a,b;c\r\nEND:VCARD\r\n$/);
  });

  test('dates are written as the version of the card says', () => {
    const three = edited(APPLE, (v) => ({ ...v, birthday: '1980-2-9', anniversary: '' }));
    assert.ok(lines(three).includes('BDAY:1980-02-09'));
    assert.doesNotMatch(three.toString(), /item3/);
    const four = card('VERSION:4.0', 'FN:A', 'UID:1', 'BDAY:19800101');
    const text = edited(four, (v) => ({ ...v, birthday: '--02-29', anniversary: '2011-01-02' })).toString();
    assert.match(text, /BDAY:--0229\r\n/);
    assert.match(text, /ANNIVERSARY:20110102\r\n/);
    assert.throws(() => edited(four, (v) => ({ ...v, birthday: '1981-02-29' })), /no date/);
    assert.deepEqual(
      [knownDate('02-29'), knownDate('0099-01-01'), knownDate('13-01')],
      ['--02-29', '0099-01-01', null],
    );
  });

  test('text cannot break out of its line', () => {
    const evil = 'a\r\nTEL:1\u0000;b,c\\\ud800';
    const after = edited(APPLE, (v) => ({
      ...v,
      title: evil,
      note: evil,
      phones: [{ at: null, label: 'x:\r\nX:1', value: evil }],
    }));
    const values = readValues(openCard(after));
    assert.equal(values.title, 'a TEL:1;b,c\\\ufffd');
    assert.equal(values.note, 'a\nTEL:1;b,c\\\ufffd');
    assert.equal(values.phones.length, 1);
    validateCard(parseCard(after, LIMITS), LIMITS);
  });

  test('the picture in the form of each version, folded, and gone again', () => {
    for (const [version, form] of [
      ['3.0', /PHOTO;ENCODING=b;TYPE=PNG:iVBOR/],
      ['4.0', /PHOTO:data:image\/png;base64,iVBOR/],
      ['2.1', /PHOTO;ENCODING=BASE64;TYPE=PNG:\r\n iVBOR/],
    ] as const) {
      const body = card(`VERSION:${version}`, 'FN:A', 'N:A;;;;', 'UID:1');
      const after = edited(body, (v) => v, { type: 'image/png', bytes: PNG });
      assert.match(after.toString(), form);
      assert.ok(lines(after).every((line) => Buffer.byteLength(line) <= 75));
      assert.deepEqual(Buffer.from(readPhoto(openCard(after))?.bytes ?? []), PNG);
      assert.equal(readPhoto(openCard(edited(after, (v) => v, null))), null);
    }
  });

  test('what is no picture is none, whatever it is called', () => {
    const svg = Buffer.from('<svg onload="alert(1)"/>').toString('base64');
    assert.equal(readPhoto(openCard(card('VERSION:3.0', `PHOTO;ENCODING=b;TYPE=JPEG:${svg}`))), null);
    assert.equal(readPhoto(openCard(card('VERSION:4.0', 'PHOTO:https://example.org/a.jpg'))), null);
  });

  test('2.1 keeps its quoted-printable where nobody touches it, and gets it where it is needed', () => {
    const old = card(
      'VERSION:2.1',
      'N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg',
      'FN:x',
      'TEL;HOME:1',
    );
    assert.equal(readValues(openCard(old)).name.family, 'Müller');
    const after = edited(old, (v) => ({
      ...v,
      title: 'Größe',
      phones: v.phones.map((r) => ({ ...r, value: '2' })),
    }));
    assert.ok(lines(after).includes('N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg'));
    assert.ok(lines(after).includes('TITLE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=B6=C3=9Fe'));
    assert.equal(readValues(openCard(after)).title, 'Größe');
    assert.equal(readValues(openCard(after)).phones[0]?.value, '2');
  });

  test('line ends, folds inside a character and a byte order mark stay', () => {
    const [head, tail] = [
      Buffer.from('\ufeffBEGIN:VCARD\nVERSION:3.0\nNOTE:a'),
      Buffer.from('FN:A\nUID:1\nTITLE:x\nEND:VCARD\n'),
    ];
    const split = Buffer.concat([
      head,
      Buffer.from([0xc3]),
      Buffer.from('\n '),
      Buffer.from([0xb6]),
      Buffer.from('b\n'),
      tail,
    ]);
    assert.equal(readValues(openCard(split)).note, 'aöb');
    const after = edited(split, (v) => ({ ...v, title: 'y' }));
    assert.equal(
      after.toString('latin1'),
      split
        .toString('latin1')
        .replace('TITLE:x', 'TITLE:y')
        .replace('END:', 'REV:2026-09-21T14:13:20Z\nEND:'),
    );
  });

  test('a new card is a good card', () => {
    const values: CardValues = {
      ...readValues(openCard(card('VERSION:3.0'))),
      name: { prefix: '', given: 'Jide', additional: '', family: 'Okafor, Jr; x', suffix: '' },
    };
    const body = newCard('urn:uuid:1', values, { nowUtc: NOW });
    validateCard(parseCard(body, LIMITS), LIMITS);
    assert.ok(lines(body).includes('N:Okafor\\, Jr\\; x;Jide;;;'));
    assert.equal(readValues(openCard(body)).shownName, 'Jide Okafor  Jr; x');
  });
});

describe('edit of real cards', () => {
  const cards = corpusCards();
  const changes: readonly (readonly [string, (v: CardValues) => CardValues])[] = [
    ['TITLE', (v) => ({ ...v, title: `${v.title}!` })],
    ['NOTE', (v) => ({ ...v, note: `${v.note}\nmore, and; more` })],
    ['NICKNAME', (v) => ({ ...v, nickname: 'Nick' })],
    ['TEL', (v) => ({ ...v, phones: [...v.phones, { at: null, label: 'home', value: '+1' }] })],
  ];
  test(`${cards.length} cards of many programs: untouched lines stay byte for byte`, () => {
    for (const { file, body } of cards) {
      const before = openCard(body);
      const values = readValues(before);
      assert.equal(
        editCard(body, values, { nowUtc: NOW }).equals(body),
        true,
        `${file}: no change is no change`,
      );
      for (const [name, change] of changes) {
        const after = openCard(editCard(body, change(values), { nowUtc: NOW }));
        const touched = new Set([name, 'FN', 'REV', 'PRODID']);
        const raw = (card: typeof before) =>
          card.lines
            .filter((l) => !touched.has(l.name))
            .map((l) => card.bytes.toString('latin1', l.start, l.end));
        assert.deepEqual(raw(after), raw(before), `${file} ${name}`);
        if (/[^\0-\x7f]/.test(body.toString('latin1')) && before.version === '2.1') continue;
        assert.equal(readValues(after).title, change(values).title.trim(), file);
      }
    }
  });
});

test('property: whatever is typed is read again', () => {
  const word = fc
    .string({ unit: 'grapheme', maxLength: 60 })
    .map((s) => s.replace(/[\p{C}\s]+/gu, ' ').trim());
  fc.assert(
    fc.property(fc.constantFrom('3.0', '4.0'), word, word, word, (version, title, family, note) => {
      const body = card(`VERSION:${version}`, 'FN:A', 'N:A;;;;', 'UID:1', 'X-UNKNOWN;a=b:c');
      const after = edited(body, (v) => ({ ...v, title, note, name: { ...v.name, family } }));
      const values = readValues(openCard(after));
      assert.deepEqual([values.title, values.note, values.name.family], [title, note, family]);
      assert.match(after.toString(), /X-UNKNOWN;a=b:c\r\n/);
      for (const line of lines(after)) assert.ok(Buffer.byteLength(line) <= 75);
    }),
  );
});
