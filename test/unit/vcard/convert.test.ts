import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { objectionTo4 } from '../../../models/vcard/check4.ts';
import { type CardVersion, convertCard, isSameLine } from '../../../models/vcard/convert.ts';
import { readCardLines } from '../../../models/vcard/lines.ts';
import { corpusCards } from './corpus.ts';

const card = (version: string, ...lines: string[]): Buffer =>
  Buffer.from(
    ['BEGIN:VCARD', `VERSION:${version}`, 'UID:u1', 'FN:Ann', ...lines, 'END:VCARD', ''].join('\r\n'),
  );

/** The lines behind FN, unfolded. */
function linesOf(body: Uint8Array): readonly string[] {
  const text = Buffer.from(body).toString('utf8').replace(/\r\n /g, '');
  return text.split('\r\n').slice(4, -2);
}

const to4 = (...lines: string[]): readonly string[] => linesOf(convertCard(card('3.0', ...lines), '4.0'));
const to3 = (...lines: string[]): readonly string[] => linesOf(convertCard(card('4.0', ...lines), '3.0'));

/** Pairs that stand for each other, both ways, without a memory. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['X-ADDRESSBOOKSERVER-KIND:group', 'KIND:group'],
  ['X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1', 'MEMBER:urn:uuid:1'],
  ['TEL;TYPE=CELL,pref:1', 'TEL;TYPE=CELL;PREF=1:1'],
  ['EMAIL;TYPE=pref:a@b.c', 'EMAIL;PREF=1:a@b.c'],
  ['EMAIL;X-PREF=2:a@b.c', 'EMAIL;PREF=2:a@b.c'],
  ['BDAY:1996-04-15', 'BDAY:19960415'],
  ['BDAY:1953-10-15T23:10:00Z', 'BDAY:19531015T231000Z'],
  ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15', 'BDAY:--0415'],
  ['X-ANNIVERSARY:2014-08-12', 'ANNIVERSARY:20140812'],
  ['REV:2016-11-19T17:44:22Z', 'REV:20161119T174422Z'],
  ['X-GENDER:F;woman', 'GENDER:F;woman'],
  ['X-RELATED;TYPE=spouse;VALUE=text:Bob', 'RELATED;TYPE=spouse;VALUE=text:Bob'],
  ['X-LANG;X-PREF=2:fr', 'LANG;PREF=2:fr'],
  ['PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ', 'PHOTO:data:image/jpeg;base64,/9j/4AAQ'],
  [
    'PHOTO;ENCODING=b;TYPE=PNG;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&9&9&abc==:iVBORw0KGgo=',
    'PHOTO;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&9&9&abc==:data:image/png;base64,iVBORw0KGgo=',
  ],
  ['PHOTO;VALUE=uri;TYPE=GIF:http://a.b/c.gif', 'PHOTO;MEDIATYPE=image/gif:http://a.b/c.gif'],
  ['LOGO;VALUE=uri:http://a.b/c', 'LOGO:http://a.b/c'],
  ['SOUND;ENCODING=b;TYPE=BASIC:AAAA', 'SOUND:data:audio/basic;base64,AAAA'],
  ['KEY;ENCODING=b;TYPE=PGP:AAAA', 'KEY:data:application/pgp-keys;base64,AAAA'],
  ['GEO:37.386013;-122.082932', 'GEO:geo:37.386013,-122.082932'],
  ['TZ:-05:00', 'TZ;VALUE=utc-offset:-0500'],
  ['TZ;VALUE=text:Europe/Rome', 'TZ:Europe/Rome'],
  ['LABEL;TYPE=home:Main St\\nTown', 'X-LABEL;TYPE=home:Main St\\nTown'],
  ['SORT-STRING:Harten', 'X-SORT-STRING:Harten'],
  ['AGENT:BEGIN:VCARD\\nFN:Susan\\nEND:VCARD\\n', 'X-AGENT:BEGIN:VCARD\\nFN:Susan\\nEND:VCARD\\n'],
  ['item1.X-ABLabel:_$!<Home>!$_', 'item1.X-ABLabel:_$!<Home>!$_'],
  ['item1.TEL;X-ALTID=1;X-PID=1.1:5', 'item1.TEL;ALTID=1;PID=1.1:5'],
  ['IMPP;X-SERVICE-TYPE=AIM;TYPE=HOME:aim:ann', 'IMPP;X-SERVICE-TYPE=AIM;TYPE=HOME:aim:ann'],
  [
    'X-SOCIALPROFILE;TYPE=twitter;X-USER=ann:http://twitter.com/ann',
    'X-SOCIALPROFILE;TYPE=twitter;X-USER=ann:http://twitter.com/ann',
  ],
  ['ADR;X-LABEL="Main St^nTown":;;Main St;Town;;;', 'ADR;LABEL=Main St^nTown:;;Main St;Town;;;'],
];

describe('3.0 and 4.0 say the same', () => {
  for (const [three, four] of PAIRS) {
    test(`${three.slice(0, 50)} <> ${four.slice(0, 50)}`, () => {
      assert.ok(sameLine(to4(three)[0], four), to4(three)[0]);
      assert.ok(sameLine(to3(four)[0], three), to3(four)[0]);
    });
  }
});

function sameLine(a: string | undefined, b: string): boolean {
  const [x] = readCardLines(a ?? '');
  const [y] = readCardLines(b);
  return x !== undefined && y !== undefined && isSameLine(x, y);
}

/** Lines of which one version cannot say everything: they come back whole, and an edit on the way wins. */
const HARD: readonly (readonly [CardVersion, string])[] = [
  ['3.0', 'ANNIVERSARY:2014-08-12'],
  ['3.0', 'RELATED;TYPE=parent;VALUE=uri:x@y.z'],
  ['3.0', 'N:Doe;John'],
  ['3.0', 'ADR;TYPE=dom,home:;;123 Main Street;Any Town;CA;91921-1234'],
  ['3.0', 'BDAY;VALUE=date:19960415'],
  ['3.0', 'BDAY:circa 1800'],
  ['3.0', 'FN;CHARSET=UTF-8:Ämi'],
  ['3.0', 'X-TEST;A=B:Value'],
  ['3.0', 'X-MAILER:other'],
  ['3.0', 'X-GENDER:male'],
  ['3.0', 'FOO;BAR=1:baz'],
  ['3.0', 'URL;TYPE=pref:http\\://www.ibm.com'],
  ['3.0', 'TEL;HOME;VOICE:1'],
  ['3.0', 'NOTE;ENCODING=QUOTED-PRINTABLE:a=C3=A4'],
  ['3.0', 'PHOTO;ENCODING=b;TYPE=png:data:image/png;base64,iVBORw0KGgo='],
  ['3.0', 'KIND:group'],
  ['4.0', 'TEL;VALUE=uri;TYPE="work,cell":tel:+1-418-656-9254;ext=102'],
  ['4.0', 'BDAY;VALUE=DATE:--0131'],
  ['4.0', 'BDAY:1996-04'],
  ['4.0', 'BDAY;VALUE=text;LANGUAGE=en:around Easter'],
  ['4.0', 'N;SORT-AS="Harten,Rene":van der Harten;Rene;J.;Sir;R.D.O.N.'],
  ['4.0', 'PHOTO;VALUE=URI:data:image/jpeg;base64,/9j/4AAQ'],
  ['4.0', 'PHOTO;PREF=1;ALTID=2:http://a.b/c.jpg'],
  ['4.0', 'GEO;TYPE=work:geo:46.772673\\,-71.282945'],
  ['4.0', 'REV;VALUE=timestamp:2016-11-19T17:44:22.057Z'],
  ['4.0', 'SOCIALPROFILE;SERVICE-TYPE=Mastodon:https://a.b/@c'],
  ['4.0', 'X-LABEL:mine'],
  ['4.0', 'X-ANNIVERSARY:mine'],
  ['4.0', 'CREATED:20240101T000000Z'],
  ['4.0', 'CLIENTPIDMAP:1;urn:uuid:3df403f4-5924-4bb7-b077-3c711d9eb34b'],
  ['4.0', 'XML:<html xmlns="http://www.w3.org/1999/xhtml"></html>'],
  ['4.0', 'EXPERTISE;INDEX=2;LEVEL=expert:computer science'],
  ['4.0', 'KEY:OPENPGP4FPR:ABABABABABABABABABABABABABABABABABABABAB'],
];

describe('nothing is lost over a round trip', () => {
  for (const [version, line] of HARD) {
    test(`${version} ${line.slice(0, 60)}`, () => {
      const other = version === '3.0' ? '4.0' : '3.0';
      const there = convertCard(card(version, line), other);
      const back = convertCard(there, version);
      assert.ok(sameLine(linesOf(back)[0], line), `${linesOf(there)[0]} gave ${linesOf(back)[0]}`);
      assert.doesNotMatch(back.toString(), /X-DAYBOOK/);
      assert.equal(
        objectionTo4((version === '4.0' ? back : there).toString()),
        version === '4.0' && /SOCIAL|CREATED/.test(line) ? objectionTo4(back.toString()) : null,
      );
    });
  }

  test('a line edited on the way keeps the edit', () => {
    const there = convertCard(card('3.0', 'BDAY;VALUE=date:19960415'), '4.0').toString();
    assert.match(there, /X-DAYBOOK-V3/);
    const back = convertCard(Buffer.from(there.replace(/:19960415\r/, ':19970101\r')), '3.0');
    assert.deepEqual(linesOf(back), ['BDAY;VALUE=date:19970101']);
    const name = convertCard(card('3.0', 'N:Doe;John'), '4.0').toString();
    const renamed = convertCard(Buffer.from(name.replace('Doe;John;;;', 'Roe;John;;;')), '3.0');
    assert.deepEqual(linesOf(renamed), ['N:Roe;John;;;']);
  });

  test('a second BDAY of a broken 3.0 card waits under another name', () => {
    const there = to4('BDAY:1996-04-15', 'BDAY:1953-10-15');
    assert.equal(there[0], 'BDAY:19960415');
    assert.match(there[1] ?? '', /^X-BDAY;/);
    const body = convertCard(card('3.0', 'BDAY:1996-04-15', 'BDAY:1953-10-15'), '4.0');
    assert.equal(objectionTo4(body.toString()), null);
    assert.deepEqual(linesOf(convertCard(body, '3.0')), ['BDAY:1996-04-15', 'BDAY:1953-10-15']);
  });

  test('the asked-for version is given back as it is', () => {
    const body = card('3.0', 'NOTE:x');
    assert.equal(convertCard(body, '3.0'), body);
    const old = card('2.1');
    assert.equal(convertCard(old, '3.0'), old);
  });

  test('a line that needs no change keeps its folding', () => {
    const note = `NOTE:${'word '.repeat(30)}`.replace(/(.{40})/g, '$1\r\n ');
    assert.ok(convertCard(card('3.0', note), '4.0').toString().includes(note));
  });

  test('original forms come back however long they are', () => {
    const long = 'Straße 5, \u00e4b=3D '.repeat(400);
    for (const line of [
      `PHOTO;ENCODING=b;TYPE=JPEG: /9j/${'A'.repeat(70)}${`  ${'B'.repeat(72)}`.repeat(600)}\t==`,
      `NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:${long}`,
      `N:${long};Ann`,
      `URL:http\\://a.b/${'x'.repeat(5000)}`,
      `X-A;X-B="${'b;'.repeat(1500)}";CHARSET=UTF-8:${long}`,
    ]) {
      const there = convertCard(card('3.0', line), '4.0');
      assert.ok(linesOf(convertCard(there, '3.0'))[0] === line, line.slice(0, 20));
      assert.ok(there.length < 4 * line.length, `${line.slice(0, 20)}: ${there.length} of ${line.length}`);
    }
  });

  /** Lines that the 4.0 library rejects as they would be: what 4.0 gets instead. */
  const REJECTED: readonly (readonly [string, RegExp])[] = [
    ['TEL;TYPE==:1', /^TEL;X-DAYBOOK-V3=[^;:]*:1$/],
    ['TEL;X_A=b;TYPE=a=b:1', /^TEL;X-DAYBOOK-V3=[^;:]*:1$/],
    ['X-A;B=c=d:1', /^X-A;X-DAYBOOK-V3=[^;:]*:1$/],
    ['B_C:1', /^X-B_C;X-DAYBOOK-V3=[^;:]*:1$/],
  ];
  for (const [line, expected] of REJECTED) {
    test(`4.0 takes no ${line}: it waits in a memory`, () => {
      const there = convertCard(card('3.0', line), '4.0');
      assert.equal(objectionTo4(there.toString()), null);
      assert.match(linesOf(there)[0] ?? '', expected);
      assert.deepEqual(linesOf(convertCard(there, '3.0')), [line]);
    });
  }

  test('what people write every day is not touched by the check', () => {
    for (const line of [
      ...[
        'TEL;TYPE=IPHONE,CELL,VOICE:1',
        'TEL;TYPE=x-mobile:1',
        'EMAIL;TYPE=INTERNET,HOME:a@b.c',
        'URL;TYPE=PROFILE:http://a.b',
      ],
      ...[
        'IMPP;X-SERVICE-TYPE=Jabber;TYPE=HOME:xmpp:a@b.c',
        'item1.X-ABADR:de',
        'CATEGORIES:a,b',
        'NICKNAME:x',
      ],
      ...[
        'ORG:Acme\\, Inc.;Dev',
        'BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29',
        'NOTE;LANGUAGE=de:a',
        'URL:www.example.com',
      ],
      ...['TEL;TYPE=HOME,FAX:+1 (555) 0100', 'X-EVOLUTION-FILE-AS:x', 'ADR;TYPE=HOME:;;a;b;;;'],
    ]) {
      const [there] = to4(line);
      assert.ok(there !== undefined && !/X-DAYBOOK/.test(there), `${line} became ${there}`);
    }
  });

  test('a card without FN cannot be said in 4.0', () => {
    const body = Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nN:A;B;;;\r\nEND:VCARD\r\n');
    assert.throws(() => convertCard(body, '4.0'), { code: 'valid-address-data' });
  });

  test('every real card comes back, and vcard4 accepts the 4.0 form', (context) => {
    const counts = { same: 0, mended: 0, withoutFn: 0 };
    for (const { file, body } of corpusCards()) {
      const version = /^VERSION:[ ]?([34]\.0)/m.exec(body.toString())?.[1];
      if (version !== '3.0' && version !== '4.0') continue;
      const other = version === '3.0' ? '4.0' : '3.0';
      if (!/^(?:[\w-]+\.)?FN[;:]/im.test(body.toString())) {
        assert.throws(
          () => convertCard(convertCard(body, '3.0'), '4.0'),
          { code: 'valid-address-data' },
          file,
        );
        counts.withoutFn++;
        continue;
      }
      const there = convertCard(body, other);
      const back = convertCard(there, version);
      assert.equal(objectionTo4((version === '4.0' ? back : there).toString()), null, file);
      const isMended = version === '4.0' && objectionTo4(body.toString()) !== null;
      counts[isMended ? 'mended' : 'same']++;
      assertSame(isMended ? there : body, isMended ? convertCard(back, other) : back, file);
    }
    context.diagnostic(`cards of the corpus there and back: ${JSON.stringify(counts)}`);
  });
});

function assertSame(one: Uint8Array, other: Uint8Array, file: string): void {
  // A 4.0 card begins with its version (RFC 6350 §6.7.9); one of 3.0 may tell it anywhere.
  const [before, after] = [one, other].map((b) => {
    const lines = readCardLines(Buffer.from(b).toString());
    return lines.toSorted((x, y) => Number(y.name === 'VERSION') - Number(x.name === 'VERSION'));
  });
  assert.equal(after?.length, before?.length, file);
  for (const [i, line] of (before ?? []).entries()) {
    const again = after?.[i];
    const plain = line.name === 'VERSION' ? { ...line, value: line.value.trim() } : line;
    assert.ok(
      again !== undefined && isSameLine(again, plain),
      `${file}: ${line.name} ${line.value.slice(0, 80)} became ${again?.name} ${again?.value.slice(0, 80)}`,
    );
  }
}
