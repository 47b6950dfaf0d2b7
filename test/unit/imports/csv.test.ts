import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createZones } from '../../../models/ical/zones.ts';
import { dateOf, orderOf, timeOf } from '../../../models/imports/csv/dates.ts';
import { decoded, delimiterOf, encodingOf } from '../../../models/imports/csv/decode.ts';
import { headerHash, recognise } from '../../../models/imports/csv/fields.ts';
import { inspectTable, parseTable, readTable } from '../../../models/imports/csv/table.ts';
import { normaliseRecord } from '../../../models/imports/normalise.ts';
import { DEFAULT_LIMITS } from '../../../models/limits.ts';
import { memoryFile } from './support.ts';

/** Bodies of the items of a table, unfolded, as the store would get them; a refused row is its reason. */
async function bodies(content: string | Uint8Array): Promise<string[]> {
  const file = memoryFile('t.csv', content);
  const info = await inspectTable(file);
  assert.ok(info, 'the header is known');
  const context = { limits: DEFAULT_LIMITS, zones: createZones() };
  const found: string[] = [];
  for await (const raw of readTable(file, info))
    for (const one of raw.kind === 'refused' ? [raw] : normaliseRecord(raw, context))
      found.push(
        one.kind === 'refused'
          ? `refused ${one.line}: ${one.reason}`
          : Buffer.from(one.body).toString('utf8').replace(/\r\n /g, ''),
      );
  return found;
}

const lines = (body: string | undefined): string[] =>
  (body ?? '').split('\r\n').filter((line) => !/^(BEGIN|END|VERSION|UID|PRODID|DTSTAMP|$)/.test(line));

const GOOGLE_NOW =
  'First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Relation 1 - Label,Relation 1 - Value,Website 1 - Label,Website 1 - Value,Event 1 - Label,Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value';
const GOOGLE_OLD =
  'Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Additional Name Yomi,Family Name Yomi,Name Prefix,Name Suffix,Initials,Nickname,Short Name,Maiden Name,Birthday,Gender,Location,Billing Information,Directory Server,Mileage,Occupation,Hobby,Sensitivity,Priority,Subject,Notes,Language,Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Yomi Name,Organization 1 - Title,Organization 1 - Department,Website 1 - Type,Website 1 - Value';

describe('tables of contacts', () => {
  test('what Google writes now', async () => {
    const row =
      'Mara,Lu,Klein,,,,Dr.,,Mary,,Clinic,Surgeon,Ward 2,1980-02-03,"Line one\nline two",https://x/y.jpg,Friends ::: * myContacts,* Home,m@example.org ::: mara@example.org,Boat,b@example.org,Mobile,+49 170 1,Work,"Weg 1\n24103 Kiel",Weg 1,Kiel,,SH,24103,Germany,,Spouse,Jo,Profile,https://m.example.org,Anniversary,2001-05-06,Shoe size,39';
    const [body] = await bodies(`${GOOGLE_NOW}\n${row}\n`);
    assert.deepEqual(lines(body), [
      'N:Klein;Mara;Lu;Dr.;',
      'FN:Dr. Mara Lu Klein',
      'NICKNAME:Mary',
      'EMAIL;TYPE=INTERNET;TYPE=HOME:m@example.org',
      'EMAIL;TYPE=INTERNET;TYPE=HOME:mara@example.org',
      'item3.EMAIL;TYPE=INTERNET:b@example.org',
      'item3.X-ABLabel:Boat',
      'TEL;TYPE=CELL:+49 170 1',
      'ADR;TYPE=WORK:;;Weg 1;Kiel;SH;24103;Germany',
      'item6.URL:https://m.example.org',
      'item6.X-ABLabel:Profile',
      'X-ANNIVERSARY:2001-05-06',
      'ORG:Clinic;Ward 2',
      'TITLE:Surgeon',
      'BDAY:1980-02-03',
      'CATEGORIES:Friends',
      'NOTE:Line one\\nline two\\nPhoto: https://x/y.jpg\\nSpouse: Jo\\nShoe size: 39',
    ]);
  });

  test('what Google wrote before', async () => {
    const row =
      'Jo Klein,Jo,,Klein,,,,,,,,,,,--05-06,,,,,,,Chess,,,,,,,* myContacts ::: Family,* Work,jo@example.org,Mobile,0170 2,,Shop,,Owner,,,';
    const [body] = await bodies(`${GOOGLE_OLD}\n${row}\n`);
    assert.deepEqual(lines(body), [
      'N:Klein;Jo;;;',
      'FN:Jo Klein',
      'EMAIL;TYPE=INTERNET;TYPE=WORK:jo@example.org',
      'TEL;TYPE=CELL:0170 2',
      'ORG:Shop',
      'TITLE:Owner',
      'BDAY:--05-06',
      'CATEGORIES:Family',
      'NOTE:Hobby: Chess',
    ]);
  });

  test('Outlook in English', async () => {
    const head =
      '"Title","First Name","Middle Name","Last Name","Suffix","Company","Department","Job Title","Business Street","Business City","Business Postal Code","Business Country/Region","Home Street","Business Fax","Business Phone","Home Phone","Mobile Phone","Anniversary","Birthday","Categories","E-mail Address","E-mail Type","E-mail Display Name","Gender","Notes","Priority","Private","Sensitivity","Spouse","Web Page"';
    const row =
      '"Ms.","Mara","","Klein","","Clinic","","Surgeon","Weg 1","Kiel","24103","Germany","","+49 1","+49 2","","+49 3","0/0/00","2/13/1980","Friends;Work","mara@example.org","SMTP","Mara Klein (mara@example.org)","Unspecified","Hello, ""you""","Normal","False","Normal","Jo","https://m.example.org"';
    const [body] = await bodies(`${head}\r\n${row}\r\n`);
    assert.deepEqual(lines(body), [
      'N:Klein;Mara;;Ms.;',
      'FN:Ms. Mara Klein',
      'TEL;TYPE=WORK;TYPE=FAX:+49 1',
      'TEL;TYPE=WORK:+49 2',
      'TEL;TYPE=CELL:+49 3',
      'EMAIL;TYPE=INTERNET:mara@example.org',
      'URL:https://m.example.org',
      'ADR;TYPE=WORK:;;Weg 1;Kiel;;24103;Germany',
      'ORG:Clinic',
      'TITLE:Surgeon',
      'BDAY:1980-02-13',
      'CATEGORIES:Friends,Work',
      'NOTE:Hello\\, "you"\\nSpouse: Jo',
    ]);
  });

  test('Outlook in German, in an old encoding', async () => {
    const head =
      'Anrede;Vorname;Weitere Vornamen;Nachname;Suffix;Firma;Abteilung;Position;Straße geschäftlich;Ort geschäftlich;Postleitzahl geschäftlich;Land/Region geschäftlich;Straße privat;Weitere Straße;Fax geschäftlich;Telefon geschäftlich;Telefon privat;Mobiltelefon;Geburtstag;E-Mail-Adresse;E-Mail-Typ;E-Mail: Angezeigter Name;Notizen;Partner';
    const row =
      'Frau;Änne;;Groß;;Praxis;;Ärztin;Weg 1;Köln;50667;Deutschland;Gasse 2;Dorf 3;;+49 221 1;;0170 3;13.02.1980;aenne@example.org;SMTP;Änne Groß;Grüße;Jürgen';
    const [body] = await bodies(Buffer.from(`${head}\r\n${row}\r\n`, 'latin1'));
    assert.deepEqual(lines(body), [
      'N:Groß;Änne;;Frau;',
      'FN:Frau Änne Groß',
      'TEL;TYPE=WORK:+49 221 1',
      'TEL;TYPE=CELL:0170 3',
      'EMAIL;TYPE=INTERNET:aenne@example.org',
      'ADR;TYPE=WORK:;;Weg 1;Köln;;50667;Deutschland',
      'ADR;TYPE=HOME:;;Gasse 2;;;;',
      'ADR:;;Dorf 3;;;;',
      'ORG:Praxis',
      'TITLE:Ärztin',
      'BDAY:1980-02-13',
      'NOTE:Grüße\\nPartner: Jürgen',
    ]);
  });

  test('the same row gives the same bytes each time; a row of nothing is refused with its line', async () => {
    const text = 'First Name,Last Name,Phone\nA,B,1234567\n"",,\nNote\nonly,,\n,,7654321\n';
    const first = await bodies(text);
    assert.deepEqual(await bodies(text), first);
    const refusedRows = await bodies('First Name,Last Name,Notes\nA,B,\n,,just a note\n');
    assert.match(refusedRows[1] ?? '', /^refused 3: the row has no name/);
  });

  test('a table of something else is none', async () => {
    assert.equal(await inspectTable(memoryFile('x.csv', 'Date,Amount,IBAN\n1,2,3\n')), null);
    assert.equal(await inspectTable(memoryFile('x.csv', '')), null);
    assert.equal(recognise(['Shoe size', 'Color']), null);
  });

  test('hostile cells stay text', async () => {
    const cell = '"=cmd|\' /C calc\'!A0\r\nEND:VCARD\r\nBEGIN:VCARD\r\nX-EVIL:1"';
    const [body, ...more] = await bodies(`First Name,Last Name,Notes\nA,B,${cell}\n`);
    assert.equal(more.length, 0);
    assert.equal(body?.match(/^BEGIN:VCARD/gm)?.length, 1);
    assert.ok(body?.includes('\\nEND:VCARD\\nBEGIN:VCARD'));
  });
});

describe('tables of events', () => {
  test('Outlook in English: times, whole days, free and private', async () => {
    const head =
      '"Subject","Start Date","Start Time","End Date","End Time","All day event","Reminder on/off","Categories","Description","Location","Private","Show time as"';
    const rows = [
      '"Lunch, with Jo","1/31/2026","12:30:00 PM","1/31/2026","1:15:00 PM","False","True","","Bring cake","Cafe","True","3"',
      '"Trip","2/1/2026","12:00:00 AM","2/4/2026","12:00:00 AM","True","False","","","","False","2"',
      '"No date","","","","","False","","","","","",""',
    ];
    const [lunch, trip, none] = await bodies(`${head}\r\n${rows.join('\r\n')}\r\n`);
    assert.deepEqual(lines(lunch), [
      'DTSTART:20260131T123000',
      'DTEND:20260131T131500',
      'SUMMARY:Lunch\\, with Jo',
      'LOCATION:Cafe',
      'DESCRIPTION:Bring cake',
      'CLASS:PRIVATE',
      'TRANSP:TRANSPARENT',
    ]);
    assert.deepEqual(lines(trip), [
      'DTSTART;VALUE=DATE:20260201',
      'DTEND;VALUE=DATE:20260204',
      'SUMMARY:Trip',
    ]);
    assert.match(none ?? '', /no date to start/);
  });

  test('Outlook in German', async () => {
    const text =
      'Betreff;Beginnt am;Beginnt um;Endet am;Endet um;Ganztägiges Ereignis;Ort\r\nProbe;24.11.2026;19:00:00;24.11.2026;21:30:00;Falsch;Saal\r\n';
    const [body] = await bodies(text);
    assert.deepEqual(lines(body), [
      'DTSTART:20261124T190000',
      'DTEND:20261124T213000',
      'SUMMARY:Probe',
      'LOCATION:Saal',
    ]);
  });
});

describe('reading a table', () => {
  const TEXT = 'First Name,Last Name\nÄnne,Groß\n';
  const utf16be = Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16();
  for (const [name, bytes, encoding] of [
    ['UTF-8', Buffer.from(TEXT), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), 'utf-8'],
    ['UTF-16 little endian', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), 'utf-16le'],
    ['UTF-16 big endian', utf16be, 'utf-16be'],
    ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), 'utf-16le'],
    ['windows-1252', Buffer.from(TEXT, 'latin1'), 'windows-1252'],
  ] as const)
    test(`in ${name}`, async () => {
      for (const chunk of [1, 3, 7919]) {
        const file = memoryFile('t.csv', bytes, chunk);
        if (chunk > 3) assert.equal(await encodingOf(file.open()), encoding);
        let text = '';
        for await (const piece of decoded(file.open(), encoding)) text += piece;
        assert.equal(text.replace(/^\ufeff/, ''), TEXT);
      }
      assert.deepEqual(
        (await bodies(bytes)).map((body) => lines(body)[1]),
        ['FN:Änne Groß'],
      );
    });

  test('separators are told by the header', () => {
    assert.deepEqual(delimiterOf('a;b;c\n1,2;3'), { delimiter: ';', skip: 0 });
    assert.deepEqual(delimiterOf('a\tb\n'), { delimiter: '\t', skip: 0 });
    assert.deepEqual(delimiterOf('"a;b;c",d\n'), { delimiter: ',', skip: 0 });
    assert.deepEqual(delimiterOf('sep=;\r\na;b\r\n'), { delimiter: ';', skip: 1 });
  });

  test('a line about the separator is not the header', async () => {
    assert.equal((await bodies('sep=;\r\nVorname;Nachname\r\nA;B\r\n')).length, 1);
  });

  test('dates and times', () => {
    assert.equal(dateOf('2/13/1980', 'month-first'), '1980-02-13');
    assert.equal(dateOf('13/2/1980', 'day-first'), '1980-02-13');
    assert.equal(dateOf('13.2.80', 'month-first'), '1980-02-13');
    assert.equal(dateOf('1980-02-13T00:00:00', 'month-first'), '1980-02-13');
    for (const none of ['0/0/00', '00.00.0000', 'soon', '', '13/13/2000'])
      assert.equal(dateOf(none, 'month-first'), null, none);
    assert.equal(timeOf('12:05 AM'), '000500');
    assert.equal(timeOf('1:05:30 PM'), '130530');
    assert.equal(timeOf('19.30 Uhr'), '193000');
    assert.equal(timeOf('25:00'), null);
    assert.equal(orderOf(['1/2/2000', '13/2/2000']), 'day-first');
    assert.equal(orderOf(['1/2/2000', '2/13/2000']), 'month-first');
  });

  test('what is kept of a table is read back, and nothing that was not written', async () => {
    const info = await inspectTable(memoryFile('t.csv', 'First Name,E-mail Address\nA,a@b.c\n'));
    assert.ok(info);
    assert.deepEqual(parseTable(JSON.stringify(info)), info);
    assert.equal(parseTable('{"kind":"other"}'), null);
    assert.deepEqual(parseTable(JSON.stringify({ ...info, mapping: ['__proto__', 'first'] }))?.mapping, [
      'note',
      'first',
    ]);
    assert.notEqual(headerHash(['a', 'b']), headerHash(['a,b']));
  });
});
