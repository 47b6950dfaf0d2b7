import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import yazl from 'yazl';
import { zipSources } from '../../../models/imports/read/zip.ts';
import type { RawRecord, Refused, SourceFile } from '../../../models/imports/record.ts';
import { calendar, crlf, memoryFile, rawRecords } from './support.ts';

const vevent = (uid: string, ...more: string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  ...more,
  'END:VEVENT',
];
const zone = (id: string): string[] => ['BEGIN:VTIMEZONE', `TZID:${id}`, 'END:VTIMEZONE'];
const bytesOf = (found: RawRecord | Refused | undefined): string =>
  found !== undefined && found.kind !== 'refused' ? found.bytes : '';
const reasonOf = (found: RawRecord | Refused | undefined): string =>
  found?.kind === 'refused' ? found.reason : '';

async function read(content: string | Uint8Array, chunkBytes?: number): Promise<(RawRecord | Refused)[]> {
  return rawRecords(memoryFile('f', content, chunkBytes));
}

describe('calendars are taken apart by UID', () => {
  test('a calendar with one item is kept byte for byte, wherever chunks are cut', async () => {
    const text = calendar(
      'X-WR-CALNAME:Mine',
      ...zone('Z'),
      ...vevent('a', 'RRULE:x'),
      ...vevent('a', 'RECURRENCE-ID:y'),
    );
    for (const size of [1, 2, 3, 7, 100, 10_000]) {
      const found = await read(text, size);
      assert.equal(found.length, 1);
      assert.equal(bytesOf(found[0]), text);
    }
  });

  test('several items get calendars of their own, with the zones they use', async () => {
    const text = calendar(
      ...vevent('a', 'DTSTART;TZID=Late:1'),
      ...zone('Z'),
      ...vevent('b', 'DTSTART;TZID="Z":2'),
      ...vevent('a', 'RECURRENCE-ID:1'),
      ...zone('Late'),
    );
    const found = await read(text, 50);
    assert.deepEqual(
      found.map((r) => r.line),
      [11, 4],
    );
    assert.equal(bytesOf(found[0]), calendar(...zone('Z'), ...vevent('b', 'DTSTART;TZID="Z":2')));
    assert.equal(
      bytesOf(found[1]),
      calendar(...zone('Late'), ...vevent('a', 'DTSTART;TZID=Late:1'), ...vevent('a', 'RECURRENCE-ID:1')),
    );
  });

  test('parts of one item in two calendars come together', async () => {
    const found = await read(
      calendar(...vevent('a', 'RRULE:x')) + calendar(...vevent('a', 'RECURRENCE-ID:y')),
    );
    assert.equal(found.length, 1);
    assert.match(bytesOf(found[0]), /RRULE:x[\s\S]*RECURRENCE-ID:y/);
  });

  test('a UID inside an alarm is not the UID of the event; a folded one is', async () => {
    const alarm = ['BEGIN:VALARM', 'UID:alarm', 'END:VALARM'];
    const text = calendar(
      'BEGIN:VEVENT',
      ...alarm,
      'UID:lo',
      ' ng',
      'END:VEVENT',
      ...vevent('long', 'X:2'),
      ...vevent('b'),
    );
    const found = await read(text);
    assert.equal(found.length, 2);
    assert.match(bytesOf(found[0]), /VALARM[\s\S]*X:2/);
  });

  test('an event and a task of one UID are two items', async () => {
    const found = await read(calendar(...vevent('a'), 'BEGIN:VTODO', 'UID:a', 'END:VTODO'));
    assert.equal(found.length, 2);
  });

  test('missing ends and wrappers are supplied and named', async () => {
    const open = await read(
      crlf('BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', 'BEGIN:VEVENT', 'UID:b', 'END:VEVENT'),
    );
    assert.equal(open.length, 2);
    const bare = await read(crlf(...vevent('a')));
    assert.deepEqual(
      bare.map((r) => r.kind !== 'refused' && r.repairs),
      [['missing-wrapper']],
    );
    const cut = await read(crlf('BEGIN:VCARD', 'FN:x'));
    assert.deepEqual(
      cut.map((r) => r.kind !== 'refused' && r.repairs),
      [['missing-end']],
    );
  });

  test('empty calendars, zones alone and other things are refused with line and reason', async () => {
    assert.match(reasonOf((await read(calendar()))[0]), /no event/);
    assert.match(reasonOf((await read(crlf(...zone('Z'))))[0]), /no event/);
    assert.match(reasonOf((await read(''))[0]), /no event/);
    assert.match(
      reasonOf((await read('<html>\n'))[0]),
      /neither iCalendar nor vCard; it begins with "<html>"/,
    );
    const mixed = await read(
      `${crlf('BEGIN:VCARD', 'END:VCARD')}junk\r\nmore\r\n${crlf('BEGIN:VCARD', 'END:VCARD')}`,
    );
    const [junk] = mixed.filter((r) => r.kind === 'refused');
    assert.equal(junk?.line, 3);
    assert.match(reasonOf(junk), /^2 line\(s\) outside any item/);
  });
});

describe('cards are taken apart', () => {
  test('many cards, nested ones whole', async () => {
    const agent = ['BEGIN:VCARD', 'AGENT:', 'BEGIN:VCARD', 'FN:in', 'END:VCARD', 'FN:out', 'END:VCARD'];
    const found = await read(
      crlf('BEGIN:VCARD', 'FN:a', 'END:VCARD', '', ...agent, 'begin:vcard', 'FN:b', 'end:vcard'),
      5,
    );
    assert.deepEqual(
      found.map((r) => r.line),
      [1, 5, 12],
    );
    assert.equal(bytesOf(found[1]), crlf(...agent));
  });

  test('a card that does not end is ended by the next', async () => {
    const found = await read(crlf('BEGIN:VCARD', 'FN:a', 'BEGIN:VCARD', 'FN:b', 'END:VCARD'));
    assert.equal(found.length, 2);
  });

  test('UTF-16 and CR line ends are read', async () => {
    const text = crlf('BEGIN:VCARD', 'FN:Änn', 'END:VCARD');
    for (const bytes of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    ]) {
      const [found] = await read(bytes, 11);
      assert.match(Buffer.from(bytesOf(found), 'latin1').toString(), /FN:Änn/);
      assert.ok(found?.kind === 'card' && found.repairs.includes('utf-16'));
    }
    const old = await read(text.replaceAll('\r\n', '\r'));
    assert.equal(old.length, 1);
  });

  test('a card of many megabytes is held only to a bound', async () => {
    const [found] = await read(crlf('BEGIN:VCARD', `NOTE:${'x'.repeat(20_000_000)}`, 'END:VCARD'), 65_536);
    assert.ok(bytesOf(found).length < 9_000_000);
  });
});

describe('zip archives', () => {
  async function zipped(
    add: (zip: yazl.ZipFile) => void,
    limits?: Parameters<typeof zipSources>[2],
  ): Promise<[string, string][]> {
    const folder = mkdtempSync(join(tmpdir(), 'daybook-zip-'));
    try {
      const zip = new yazl.ZipFile();
      add(zip);
      zip.end();
      const chunks: Buffer[] = [];
      for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk as Uint8Array));
      const path = join(folder, 'a.zip');
      writeFileSync(path, Buffer.concat(chunks));
      return await contents(zipSources(path, 'a.zip', limits));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async function contents(sources: AsyncIterable<SourceFile>): Promise<[string, string][]> {
    const found: [string, string][] = [];
    for await (const source of sources) {
      const found1 = await rawRecords(source);
      found.push([source.name, found1.map((r) => (r.kind === 'refused' ? r.reason : r.bytes)).join('|')]);
    }
    return found;
  }

  const card = crlf('BEGIN:VCARD', 'FN:x', 'END:VCARD');

  test('calendars and cards are read, other files passed over', async () => {
    const found = await zipped((zip) => {
      zip.addBuffer(Buffer.from(card), 'Takeout/Contacts/All.vcf');
      zip.addBuffer(Buffer.from('<html>'), 'Takeout/index.html');
      zip.addBuffer(Buffer.from(card), '__MACOSX/._All.vcf');
      zip.addBuffer(Buffer.from(calendar(...vevent('a'))), 'Cal/Büro.ICS', { compress: false });
    });
    assert.deepEqual(
      found.map(([name]) => name),
      ['a.zip!Takeout/Contacts/All.vcf', 'a.zip!Cal/Büro.ICS'],
    );
    assert.equal(found[0]?.[1], card);
  });

  test('a bomb, a nested archive and too many entries are refused', async () => {
    const bomb = await zipped((zip) => zip.addBuffer(Buffer.alloc(40_000_000, 65), 'bomb.ics'));
    assert.match(bomb[0]?.[1] ?? '', /times its size/);
    const nested = await zipped((zip) => zip.addBuffer(Buffer.from('PK'), 'inner.zip'));
    assert.match(nested[0]?.[1] ?? '', /archive inside an archive/);
    const limits = { maxEntries: 1, maxTotalBytes: 1000, maxRatio: 250 };
    const many = await zipped((zip) => {
      zip.addBuffer(Buffer.from(card), 'a.vcf');
      zip.addBuffer(Buffer.from(card), 'b.vcf');
    }, limits);
    assert.match(many[0]?.[1] ?? '', /2 entries/);
    const large = await zipped((zip) => zip.addBuffer(Buffer.alloc(2000, 65), 'a.vcf'), limits);
    assert.match(large[0]?.[1] ?? '', /unpacks to more than 1000/);
  });

  test('a path that climbs out is refused alone', async () => {
    const found = await zipped((zip) => {
      zip.addBuffer(Buffer.from(card), 'xx/up.vcf');
      zip.addBuffer(Buffer.from(card), 'ok.vcf');
    });
    assert.equal(found.length, 2);
    const folder = mkdtempSync(join(tmpdir(), 'daybook-zip-'));
    const zip = new yazl.ZipFile();
    zip.addBuffer(Buffer.from(card), 'xx/up.vcf');
    zip.addBuffer(Buffer.from(card), 'ok.vcf');
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk as Uint8Array));
    const bytes = Buffer.concat(chunks).toString('latin1').replaceAll('xx/up', '../up');
    writeFileSync(join(folder, 'b.zip'), Buffer.from(bytes, 'latin1'));
    const climbing = await contents(zipSources(join(folder, 'b.zip'), 'b.zip'));
    rmSync(folder, { recursive: true });
    assert.match(climbing[0]?.[1] ?? '', /outside the archive/);
    assert.equal(climbing[1]?.[1], card);
  });

  test('what is no archive says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'daybook-zip-'));
    writeFileSync(join(folder, 'c.zip'), 'not a zip');
    const found = await contents(zipSources(join(folder, 'c.zip'), 'c.zip'));
    rmSync(folder, { recursive: true });
    assert.match(found[0]?.[1] ?? '', /no readable zip archive/);
  });
});
