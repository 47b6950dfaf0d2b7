import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromJcard, toJcard } from '../../../models/vcard/jcard.ts';
import { parseCardText } from '../../../models/vcard/parse.ts';
import { projectJcard } from '../../../models/vcard/project.ts';

const VERSION = ['version', {}, 'text', '4.0'];
const unfolded = (text: string): string => text.replace(/\r\n[ \t]/g, '');
const card = (line: string): string => `BEGIN:VCARD\r\nVERSION:4.0\r\n${line}\r\nEND:VCARD\r\n`;
const jcardOf = (text: string): unknown => JSON.parse([...toJcard(parseCardText(text))].join(''));
const textOf = (json: unknown): string =>
  unfolded([...fromJcard(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)))].join(''));
const lineOf = (property: unknown): string => textOf(['vcard', [VERSION, property]]).split('\r\n')[2] ?? '';

const dated = (type: string, ...rows: readonly (readonly [string, string])[]) =>
  rows.map(([raw, json]): readonly [string, readonly unknown[]] => [
    type === 'date-and-or-time' ? `BDAY:${raw}` : `X-A;VALUE=${type}:${raw}`,
    [type === 'date-and-or-time' ? 'bday' : 'x-a', {}, type, json],
  ]);

/** Lines and the properties they are, the same in both directions. */
const BOTH_WAYS: Readonly<Record<string, readonly (readonly [string, readonly unknown[]])[]>> = {
  'RFC 7095 §3.3.1 lists and structures': [
    ['CATEGORIES:computers,cameras\\, lenses', ['categories', {}, 'text', 'computers', 'cameras, lenses']],
    [
      'ADR:;;My Street,Left Side,Second Shack;Hometown;PA;18252;U.S.A.',
      [
        'adr',
        {},
        'text',
        ['', '', ['My Street', 'Left Side', 'Second Shack'], 'Hometown', 'PA', '18252', 'U.S.A.'],
      ],
    ],
    [
      "ADR;LABEL=123 Maple Ave^nSuite 901^nVancouver ^'BC^':;;;;;;",
      ['adr', { label: '123 Maple Ave\nSuite 901\nVancouver "BC"' }, 'text', ['', '', '', '', '', '', '']],
    ],
    [
      'N:Stevenson;John;Philip,Paul;Dr.;Jr.,M.D.,A.C.P.',
      ['n', {}, 'text', ['Stevenson', 'John', ['Philip', 'Paul'], 'Dr.', ['Jr.', 'M.D.', 'A.C.P.']]],
    ],
    [
      'ORG:ABC\\, Inc.;North American Division;Marketing',
      ['org', {}, 'text', ['ABC, Inc.', 'North American Division', 'Marketing']],
    ],
    ['GENDER:F;grrrl', ['gender', {}, 'text', ['F', 'grrrl']]],
    ['GENDER:M', ['gender', {}, 'text', 'M']],
    [
      'NOTE:Mythical Manager\\nHyjinx Software\\, Inc.',
      ['note', {}, 'text', 'Mythical Manager\nHyjinx Software, Inc.'],
    ],
  ],
  'RFC 7095 §3.4, §7.1 parameters and groups': [
    [
      'CONTACT.FN:Mr. John Q. Public\\, Esq.',
      ['fn', { group: 'CONTACT' }, 'text', 'Mr. John Q. Public, Esq.'],
    ],
    [
      'TEL;TYPE=work,voice;PREF=1;VALUE=uri:tel:+1',
      ['tel', { type: ['work', 'voice'], pref: '1' }, 'uri', 'tel:+1'],
    ],
    ['item1.X-ABLabel:_$!<HomePage>!$_', ['x-ablabel', { group: 'item1' }, 'unknown', '_$!<HomePage>!$_']],
    [
      'N;SORT-AS=Harten,Rene:van der Harten;Rene,J.;Sir;R.D.O.N.',
      ['n', { 'sort-as': ['Harten', 'Rene'] }, 'text', ['van der Harten', ['Rene', 'J.'], 'Sir', 'R.D.O.N.']],
    ],
  ],
  'RFC 7095 §3.5 values': [
    ['EMAIL;TYPE=home:jane@example.com', ['email', { type: 'home' }, 'text', 'jane@example.com']],
    [
      'SOURCE:ldap://ldap.example.com/cn=babs%20jensen',
      ['source', {}, 'uri', 'ldap://ldap.example.com/cn=babs%20jensen'],
    ],
    // No URI at all: what stands before a separator comes back.
    ['PHOTO:\\\\,x', ['photo', {}, 'uri', '\\,x']],
    ['PHOTO:data:image/gif;base64,R0lGOD,', ['photo', {}, 'uri', 'data:image/gif;base64,R0lGOD,']],
    ['X-NON-SMOKING;VALUE=boolean:TRUE', ['x-non-smoking', {}, 'boolean', true]],
    ['X-KARMA-POINTS;VALUE=integer:42', ['x-karma-points', {}, 'integer', 42]],
    ['X-GRADE;VALUE=float:1.3', ['x-grade', {}, 'float', 1.3]],
    ['TZ;VALUE=utc-offset:-0500', ['tz', {}, 'utc-offset', '-05:00']],
    ['TZ;VALUE=utc-offset:-05', ['tz', {}, 'utc-offset', '-05']],
    ['LANG;PREF=1:fr', ['lang', { pref: '1' }, 'language-tag', 'fr']],
    ['REV:20130214T123000Z', ['rev', {}, 'timestamp', '2013-02-14T12:30:00Z']],
    ['BDAY;VALUE=text:circa 1800', ['bday', {}, 'text', 'circa 1800']],
  ],
  'RFC 7095 §3.5.3 dates': dated(
    'date',
    ['19850412', '1985-04-12'],
    ['1985-04', '1985-04'],
    ['1985', '1985'],
    ['--0412', '--04-12'],
    ['--04', '--04'],
    ['---12', '---12'],
  ),
  'RFC 7095 §3.5.4 times': dated(
    'time',
    ['232050', '23:20:50'],
    ['2320', '23:20'],
    ['23', '23'],
    ['-2050', '-20:50'],
    ['-20', '-20'],
    ['--50', '--50'],
    ['232050Z', '23:20:50Z'],
    ['102200-0800', '10:22:00-08:00'],
    ['102200-08', '10:22:00-08'],
  ),
  'RFC 7095 §3.5.5, §3.5.6 dates with times': [
    ...dated(
      'date-time',
      ['20130214T123000', '2013-02-14T12:30:00'],
      ['20130214T123000Z', '2013-02-14T12:30:00Z'],
      ['--0214T1230', '--02-14T12:30'],
      ['---15T094500+0100', '---15T09:45:00+01:00'],
    ),
    ...dated(
      'date-and-or-time',
      ['20130214T123000', '2013-02-14T12:30:00'],
      ['19961022T14', '1996-10-22T14'],
      ['20130214', '2013-02-14'],
      ['--0203', '--02-03'],
      ['T1022', 'T10:22'],
      ['T--00', 'T--00'],
      ['T102200Z', 'T10:22:00Z'],
    ),
  ],
  'RFC 7095 §5 what nobody knows': [
    [
      'X-COFFEE-DATA:Stenophylla\\;Guinea\\\\\\,Africa',
      ['x-coffee-data', {}, 'unknown', 'Stenophylla\\;Guinea\\\\\\,Africa'],
    ],
    ['X-A;VALUE=x-kind:a,b;c', ['x-a', {}, 'x-kind', 'a,b;c']],
    ['X-A;VALUE=text:a\\,b,c', ['x-a', {}, 'text', 'a,b', 'c']],
    ['X-A;VALUE=text:a,b;c', ['x-a', {}, 'text', [['a', 'b'], 'c']]],
  ],
  'values that are none of their type keep every character': [
    ['BDAY:1985-04-12T', ['bday', {}, 'unknown', '1985-04-12T']],
    ['BDAY:-', ['bday', {}, 'unknown', '-']],
    ['X-A;VALUE=time:--', ['x-a', { value: 'time' }, 'unknown', '--']],
    ['REV:2016-11-19T17:44:22.057Z', ['rev', {}, 'unknown', '2016-11-19T17:44:22.057Z']],
    ['X-A;VALUE=integer:many', ['x-a', { value: 'integer' }, 'unknown', 'many']],
    ['NOTE:', ['note', {}, 'text', '']],
  ],
};

for (const [title, rows] of Object.entries(BOTH_WAYS))
  describe(title, () => {
    for (const [line, property] of rows)
      test(line, () => {
        assert.deepEqual(jcardOf(card(line)), ['vcard', [VERSION, property]]);
        assert.equal(lineOf(property), line);
      });
  });

/** A reduced time stays reduced, so the anniversary has its seconds in the text here, as it has in the JSON of the RFC. */
test('RFC 7095 appendix B.1', () => {
  const text = `BEGIN:VCARD
VERSION:4.0
FN:Simon Perreault
N:Perreault;Simon;;;ing. jr,M.Sc.
BDAY:--0203
ANNIVERSARY:20090808T143000-0500
GENDER:M
LANG;PREF=1:fr
LANG;PREF=2:en
ORG;TYPE=work:Viagenie
ADR;TYPE=work:;Suite D2-630;2875 Laurier;Quebec;QC;G1V 2M2;Canada
TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102
TEL;VALUE=uri;TYPE="work,cell,voice,video,text":tel:+1-418-262-6501
EMAIL;TYPE=work:simon.perreault@viagenie.ca
GEO;TYPE=work:geo:46.772673,-71.282945
KEY;TYPE=work;VALUE=uri:http://www.viagenie.ca/simon.perreault/simon.asc
TZ;VALUE=utc-offset:-0500
URL;TYPE=home:http://nomis80.org
END:VCARD
`.replaceAll('\n', '\r\n');
  const json = [
    'vcard',
    [
      VERSION,
      ['fn', {}, 'text', 'Simon Perreault'],
      ['n', {}, 'text', ['Perreault', 'Simon', '', '', ['ing. jr', 'M.Sc.']]],
      ['bday', {}, 'date-and-or-time', '--02-03'],
      ['anniversary', {}, 'date-and-or-time', '2009-08-08T14:30:00-05:00'],
      ['gender', {}, 'text', 'M'],
      ['lang', { pref: '1' }, 'language-tag', 'fr'],
      ['lang', { pref: '2' }, 'language-tag', 'en'],
      ['org', { type: 'work' }, 'text', 'Viagenie'],
      [
        'adr',
        { type: 'work' },
        'text',
        ['', 'Suite D2-630', '2875 Laurier', 'Quebec', 'QC', 'G1V 2M2', 'Canada'],
      ],
      ['tel', { type: ['work', 'voice'], pref: '1' }, 'uri', 'tel:+1-418-656-9254;ext=102'],
      ['tel', { type: ['work', 'cell', 'voice', 'video', 'text'] }, 'uri', 'tel:+1-418-262-6501'],
      ['email', { type: 'work' }, 'text', 'simon.perreault@viagenie.ca'],
      ['geo', { type: 'work' }, 'uri', 'geo:46.772673,-71.282945'],
      ['key', { type: 'work' }, 'uri', 'http://www.viagenie.ca/simon.perreault/simon.asc'],
      ['tz', {}, 'utc-offset', '-05:00'],
      ['url', { type: 'home' }, 'uri', 'http://nomis80.org'],
    ],
  ];
  assert.deepEqual(jcardOf(text), json);
  assert.deepEqual(jcardOf(textOf(json)), json);
});

test('extended dates and escapes of careless writers come to the same, VERSION moves to its place', () => {
  assert.deepEqual(jcardOf(card('GEO:geo:37.38\\,-122.08')), jcardOf(card('GEO:geo:37.38,-122.08')));
  assert.deepEqual(jcardOf(card('BDAY:1985-04-12')), jcardOf(card('BDAY:19850412')));
  const json = ['vcard', [['fn', {}, 'text', 'x'], VERSION]];
  assert.equal(textOf(json), 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:x\r\nEND:VCARD\r\n');
});

test('a card of version 3.0 is shown as 4.0 and comes back as it was', async () => {
  const rest = (): Promise<void> => Promise.resolve();
  const old = Buffer.from(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ann\r\nTEL;TYPE=CELL,PREF:1\r\nAGENT:x\r\nEND:VCARD\r\n',
  );
  const json = await projectJcard(old, null, rest);
  assert.match(json, /^\["vcard",\[\["version",\{\},"text","4.0"\]/);
  const text = [...fromJcard(Buffer.from(json))].join('');
  assert.equal(await projectJcard(Buffer.from(text), null, rest), json);
});

describe('jCard that is none is refused by name', () => {
  const property = (p: unknown): unknown => ['vcard', [VERSION, p]];
  const rows: Readonly<Record<string, unknown>> = {
    'no JSON': 'BEGIN:VCARD',
    'a calendar': ['vcalendar', [], []],
    'too many parts': ['vcard', [], []],
    'arrays too deep': '['.repeat(100_000),
    'END as a property': property(['end', {}, 'text', 'VCARD']),
    'a name with a group': property(['a.fn', {}, 'text', 'x']),
    'two values where one stands': property(['fn', {}, 'text', 'a', 'b']),
    'no value': property(['fn', {}, 'text']),
    'a list in a part without lists': property(['org', {}, 'text', ['a', ['b', 'c']]]),
    'a list too deep': property(['n', {}, 'text', [['a', ['b']]]]),
    'two groups': property(['fn', { group: ['a', 'b'] }, 'text', 'x']),
    'a group with a dot': property(['fn', { group: 'a.b' }, 'text', 'x']),
    'a date that is none': property(['bday', {}, 'date-and-or-time', 'soon']),
    'a time reduced in the middle': property(['x-a', {}, 'time', '23:-:50']),
    'an address that is two lines': property(['url', {}, 'uri', 'a\r\nb:c']),
    'a parameter whose name is a line': property(['fn', { 'a\r\nb': 'c' }, 'text', 'x']),
    'a "value" that is not the type': property(['bday', { value: 'text' }, 'date', '1985-04-12']),
  };
  for (const [title, json] of Object.entries(rows))
    test(title, () => assert.throws(() => textOf(json), { code: 'valid-address-data' }));
  test('other versions', () =>
    assert.throws(() => textOf(['vcard', [['version', {}, 'text', '3.0']]]), {
      code: 'supported-address-data',
    }));
});
