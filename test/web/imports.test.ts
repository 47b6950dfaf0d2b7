import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import yazl from 'yazl';
import { findHome, listCollections } from '../../models/collections/service.ts';
import { listObjects } from '../../models/objects/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type FileToSend, type Seen, type Visitor, visitor } from '../support/web.ts';
import { calendar, crlf } from '../unit/imports/support.ts';

const CORPUS = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');

const card = (uid: string, name: string, ...more: string[]): string =>
  crlf('BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${name}`, ...more, 'END:VCARD');
const vevent = (uid: string, title: string, ...more: string[]): string[] => [
  ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', `SUMMARY:${title}`],
  ...[...more, 'END:VEVENT'],
];
const START = 'DTSTART:20260105T090000Z';

async function zipped(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** The same archive with every entry marked as encrypted. */
function withPassword(zip: Buffer): Buffer {
  const locked = Buffer.from(zip);
  for (const [mark, flags] of [
    [Buffer.from('PK\x03\x04', 'latin1'), 6],
    [Buffer.from('PK\x01\x02', 'latin1'), 8],
  ] as const)
    for (let at = locked.indexOf(mark); at >= 0; at = locked.indexOf(mark, at + 4))
      locked.writeUInt16LE(locked.readUInt16LE(at + flags) | 1, at + flags);
  return locked;
}

describe('importing on the pages', () => {
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await startTestServer({ env: { MAX_IMPORT_BYTES: '20000000' } });
  });
  after(() => server.stop());

  /** Somebody new, signed in. */
  async function somebody(
    on: TestServer = server,
  ): Promise<{ readonly me: Visitor; readonly login: string }> {
    const login = `p${++people}`;
    await on.addUser(login);
    const me = visitor(on);
    await me.signIn(login, on.password);
    return { me, login };
  }

  /** Names, tags and bytes of all that somebody has. */
  async function everything(login: string, on: TestServer = server): Promise<string[]> {
    const { app } = on.running;
    const person = await findUser(app.db, login);
    assert.ok(person);
    const found: string[] = [];
    for (const holds of ['calendar', 'addressbook'] as const) {
      const home = await findHome(app.db, person.id, holds);
      assert.ok(home);
      for (const each of await listCollections(app.db, home.id)) {
        found.push(`${each.kind} ${each.name} ${each.displayName}`);
        for await (const page of listObjects(app.db, each.id, { wantBody: true }))
          for (const { name, etag, body } of page)
            found.push(`${name} ${etag} ${Buffer.from(body ?? []).toString('latin1')}`);
      }
    }
    return found;
  }

  const objects = (all: readonly string[]): number =>
    all.filter((line) => /^\S+\.(vcf|ics) /.test(line)).length;

  /** Looks again until the work is done. */
  async function settled(me: Visitor, seen: Seen): Promise<Seen> {
    let now = seen;
    for (let tries = 0; tries < 300 && /data-state=/.test(now.html); tries++) {
      await new Promise((done) => setTimeout(done, 100));
      now = await me.get(now.path);
    }
    assert.doesNotMatch(now.html, /data-state=/, now.text.slice(0, 300));
    return now;
  }

  async function send(me: Visitor, files: Readonly<Record<string, FileToSend['content']>>): Promise<Seen> {
    await me.get('/import');
    const sent = Object.entries(files).map(
      ([name, content], at) => [`files-${at}`, { name, content }] as const,
    );
    const seen = await me.upload('/import', {}, Object.fromEntries(sent));
    return seen.status === 200 ? settled(me, seen) : seen;
  }

  async function put(login: string, name: string, body: string): Promise<void> {
    const answer = await fetch(`${server.origin}/dav/addressbooks/${login}/contacts/${name}`, {
      method: 'PUT',
      headers: {
        Authorization: `Basic ${btoa(`${login}:${server.password}`)}`,
        'Content-Type': 'text/vcard',
      },
      body,
    });
    assert.equal(answer.status, 201);
  }

  const figures = (seen: Seen): readonly number[] =>
    [...seen.html.matchAll(/class="figure"[^>]*><strong>([\d,]+)/g)].map((match) =>
      Number((match[1] ?? '').replaceAll(',', '')),
    );
  const promised = (seen: Seen): number =>
    Number(/Import ([\d,]+) items?/.exec(seen.text)?.[1]?.replaceAll(',', ''));

  test('a clean file takes two steps: choose it, import it', async () => {
    const { me, login } = await somebody();
    const seen = await send(me, { 'two.vcf': card('a', 'Ann') + card('b', 'Bob') });
    assert.deepEqual(figures(seen), [2, 0, 0, 0]);
    assert.equal(promised(seen), 2);
    const done = await settled(me, await me.post(`${seen.path}/start`));
    assert.match(done.text, /2 items imported/);
    assert.equal(objects(await everything(login)), 2);
  });

  test('look-alikes, choices, a repair, an unreadable item; the button counts; undo leaves no trace', async () => {
    const { me, login } = await somebody();
    await put(login, 'anna.vcf', card('anna', 'Anna Schmidt', 'EMAIL:anna@example.org'));
    await put(login, 'same.vcf', card('same', 'Same', 'EMAIL:same@example.org'));
    const start = await everything(login);
    const vcf =
      card('x', 'Anna Schmidt', 'EMAIL:anna@example.org', 'TEL:+49 151 2345678') +
      card('same', 'Same', 'EMAIL:same@example.org') +
      card('n', 'New', 'EMAIL:new@example.org');
    const ics = calendar(
      ...vevent('q', 'Quarterly', START, 'DTEND:20260104T090000Z'),
      ...vevent('r', 'No start'),
      ...vevent('ok', 'Fine', START),
    );
    const seen = await send(me, { 'all.vcf': vcf, 'Work.ics': ics });
    assert.deepEqual(figures(seen), [2, 1, 1, 2]);
    assert.equal(promised(seen), 4);
    assert.match(seen.text, /adds phone: \+49 151 2345678/);
    assert.match(seen.text, /It ends before it starts/);
    const look = /name="(choice-\d+)" value="merge"/.exec(seen.html)?.[1] ?? '';
    const skipped = await me.post(`${seen.path}/choices`, { [look]: 'skip' });
    assert.equal(promised(skipped), 3);
    const all = await me.post(`${seen.path}/choices`, { all: 'look:merge' });
    assert.equal(promised(all), 4);
    const left = await me.get(`${seen.path}/left-out`);
    assert.match(left.headers.get('content-disposition') ?? '', /^attachment/);
    assert.match(left.html, /SUMMARY:No start/);
    assert.deepEqual(await everything(login), start, 'nothing is saved by looking');

    const done = await settled(me, await me.post(`${seen.path}/start`, { [look]: 'merge' }));
    assert.match(done.text, /4 items imported/);
    const now = await everything(login);
    assert.ok(now.some((line) => line.startsWith('anna.vcf') && line.includes('2345678')));
    assert.equal(objects(now), objects(start) + 3);
    assert.match((await me.get(`${seen.path}/left-out`)).html, /SUMMARY:No start/);

    const again = await send(me, { 'all.vcf': vcf, 'Work.ics': ics });
    assert.match(again.text, /You imported this file/);
    assert.deepEqual(figures(again), [0, 0, 5, 1]);
    assert.match(again.text, /Everything in this file is here already/);
    assert.ok(Number.isNaN(promised(again)));

    const back = await settled(me, await me.post(`${seen.path}/undo`));
    assert.match(back.text, /Everything is as it was before/);
    assert.deepEqual(await everything(login), start);
  });

  test('an archive: one group for each calendar and folder; targets are kept', async () => {
    const { me, login } = await somebody();
    const zip = await zipped({
      'Takeout/Calendar/Choir.ics': calendar(
        'X-WR-CALNAME:Choir',
        ...vevent('c1', 'Song', START),
        ...vevent('c2', 'Concert', START),
      ),
      'Family.calendar/Events/1.ics': calendar(...vevent('f1', 'Ball', START)),
      'Family.calendar/Events/2.ics': calendar(...vevent('f2', 'Cinema', START)),
      'Takeout/Contacts/All/All.vcf': card('v1', 'Vera') + card('v2', 'Vito'),
      'Takeout/Mail/x.mbox': 'From me',
      'Takeout/archive_browser.html': '<p>no</p>',
      'Takeout/Fit/steps.csv': 'day,steps\n1,2\n',
    });
    const seen = await send(me, { 'takeout.zip': zip });
    assert.deepEqual(figures(seen), [6, 0, 0, 0]);
    for (const group of ['Choir 2 events', 'Family 2 events', 'All 2 contacts'])
      assert.ok(seen.text.includes(group), group);
    const choir = /name="name-(\d+)" value="Choir"/.exec(seen.html)?.[1] ?? '';
    const moved = await settled(
      me,
      await me.post(`${seen.path}/targets`, { [`target-${choir}`]: 'new', [`name-${choir}`]: 'Choir' }),
    );
    assert.match(moved.html, /<option value="new" selected/);
    await settled(me, await me.post(`${seen.path}/start`));
    const now = await everything(login);
    const at = now.indexOf('calendar choir Choir');
    assert.ok(at >= 0 && now.slice(at + 1, at + 3).every((line) => /^c[12]\.ics/.test(line)));
  });

  test('a table shows its columns and is read again with others', async () => {
    const { me } = await somebody();
    const csv = 'First Name,Last Name,E-mail Address,Shoe size\nMara,Klein,m@example.org,39\n';
    const seen = await send(me, { 'outlook.csv': csv });
    assert.match(seen.text, /Columns of outlook.csv/);
    assert.match(seen.text, /m@example.org/);
    const again = await settled(
      me,
      await me.post(`${seen.path}/columns`, { table: 0, 'column-0': 'last', 'column-1': 'first' }),
    );
    assert.match(again.text, /Klein Mara/);
  });

  test('what cannot be imported says why and what to do', async () => {
    const { me } = await somebody();
    const locked = withPassword(await zipped({ 'a.vcf': card('a', 'Ann') }));
    for (const [file, said] of [
      [{ 'a.vcf': '' }, /The file has no contacts and no events in it/],
      [
        { 'photo.jpg': Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]) },
        /This is no file with contacts or events/,
      ],
      [{ 'money.csv': 'Date,Amount\n1,2\n' }, /This is no file with contacts or events/],
      [{ 'locked.zip': locked }, /protected by a password/],
      [{ 'broken.zip': Buffer.from('PK\x03\x04 and no more', 'latin1') }, /damaged|left out/],
    ] as const) {
      const seen = await send(me, file);
      assert.match(seen.text, said);
      assert.ok(Number.isNaN(promised(seen)));
      const gone = await me.post(`${seen.path}/cancel`);
      assert.match(gone.text, /cancelled. Nothing was saved/);
    }
    const none = await me.upload('/import', {}, {});
    assert.equal(none.status, 422);
    assert.match(none.text, /No file was chosen/);
  });

  test('too large is told how much, and nothing of it stays', async () => {
    const { me } = await somebody();
    await me.get('/import');
    const big = Buffer.alloc(20_000_100, 'x');
    const seen = await me.upload('/import', {}, { files: { name: 'big.vcf', content: big } });
    assert.equal(seen.status, 413);
    assert.match(seen.text, /at most 20 MB/);
    assert.match((await me.get('/import')).text, /Nothing was imported yet/);
  });

  test('an upload whose connection breaks leaves nothing behind', async () => {
    const { me } = await somebody();
    await me.get('/import');
    const token = await me.formToken();
    const part = (name: string, more: string): string =>
      `--xyz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `POST /import HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${me.cookies()}\r\nSec-Fetch-Site: same-origin\r\n` +
        'Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: 900000\r\n\r\n' +
        `${part('form-token', '')}${token}\r\n${part('files', '; filename="a.vcf"')}BEGIN:VCARD\r\n`,
    );
    const folder = join(server.dataDir, 'uploads');
    const count = (): number => (existsSync(folder) ? readdirSync(folder).length : 0);
    const before = count();
    for (let tries = 0; tries < 100 && count() === before; tries++)
      await new Promise((done) => setTimeout(done, 20));
    assert.equal(count(), before + 1, 'the file is being written');
    socket.destroy();
    for (let tries = 0; tries < 100 && count() > before; tries++)
      await new Promise((done) => setTimeout(done, 20));
    assert.equal(count(), before);
    assert.match((await me.get('/import')).text, /Nothing was imported yet/);
  });

  test('a form of another site, or without its token, is not read', async () => {
    const { me } = await somebody();
    const files = { files: { name: 'a.vcf', content: card('a', 'Ann') } };
    assert.equal((await me.upload('/import', { 'form-token': 'wrong' }, files)).status, 419);
    const foreign = await me.upload('/import', {}, files, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    assert.equal(foreign.status, 419);
    assert.equal((await me.get('/import')).text.includes('a.vcf'), false);
  });

  test('an import is its owner’s alone', async () => {
    const { me } = await somebody();
    const seen = await send(me, { 'a.vcf': card('a', 'Ann') });
    const { me: other } = await somebody();
    await other.get('/import');
    assert.equal((await other.get(seen.path)).status, 404);
    for (const verb of ['start', 'choices', 'cancel', 'undo', 'stop', 'keep', 'targets', 'columns'])
      assert.equal((await other.post(`${seen.path}/${verb}`, { all: 'new:skip' })).status, 404, verb);
    assert.equal((await other.get(`${seen.path}/left-out`)).status, 404);
  });

  test('hostile names, titles and cells are text', async () => {
    const { me } = await somebody();
    const evil = '<script>alert(1)</script>"\'&';
    const seen = await send(me, {
      [`${'../'.repeat(3)}<b>x</b>.vcf`]:
        card('a', evil, 'EMAIL:e@example.org') + card('a', `${evil}2`, 'TEL:+4915112345678'),
      'e.ics': calendar(`X-WR-CALNAME:${evil}`, ...vevent('h', evil), ...vevent('h2', evil, START)),
      't.csv': `First Name,Last Name,${evil.replaceAll('"', '')}\n<i>A</i>,B,${evil.replaceAll('"', '')}\n`,
    });
    for (const page of [seen, await me.get(`${seen.path}?show=new`), await me.get('/import')]) {
      assert.equal(page.status, 200);
      assert.doesNotMatch(page.html, /<script>alert|<b>x|<i>A/);
      const ids = [...page.html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
      assert.deepEqual(ids, [...new Set(ids)]);
    }
  });

  test('the real files: what the review promises is what is stored, and undo takes all of it', async (t) => {
    if (!existsSync(CORPUS)) return t.skip('the corpus of real files is not here');
    const { me, login } = await somebody();
    const start = await everything(login);
    const files: Record<string, Buffer> = {};
    for (const entry of readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })) {
      const path = join(CORPUS, entry);
      if (/\.(ics|vcf)$/i.test(entry) && statSync(path).isFile()) files[entry] = readFileSync(path);
    }
    const seen = await send(me, { 'corpus.zip': await zipped(files) });
    const [fresh = 0, look = 0, , wrong = 0] = figures(seen);
    assert.ok(fresh > 500 && wrong > 50, `${fresh} new, ${wrong} unreadable`);
    assert.ok(promised(seen) <= fresh + look + wrong);
    const done = await settled(me, await me.post(`${seen.path}/start`));
    const [created = 0, updated = 0] = figures(done).length > 0 ? figures(done) : numbersOf(done);
    const refused = Number(/([\d,]+) items? (?:was|were) refused/.exec(done.text)?.[1] ?? 0);
    const same = promised(seen) - created - updated - refused;
    assert.equal(objects(await everything(login)), created);
    assert.ok(same >= 0 && same <= look, `${same} of ${look} look-alikes had nothing to add`);
    assert.ok(refused <= 5, `${refused} refused`);
    const back = await settled(me, await me.post(`${seen.path}/undo`));
    assert.match(back.text, /Everything is as it was before/);
    assert.deepEqual(await everything(login), start);
  });

  test('an import can be stopped and go on', async () => {
    const { me, login } = await somebody();
    const many = Array.from({ length: 3000 }, (_, at) =>
      card(`m${at}`, `Person ${at}`, `EMAIL:m${at}@example.net`),
    );
    const seen = await send(me, { 'many.vcf': many.join('') });
    assert.equal(promised(seen), 3000);
    const begun = await me.post(`${seen.path}/start`);
    assert.match(begun.text, /Importing many.vcf|3,000 items imported/);
    await me.post(`${seen.path}/stop`);
    const stopped = await settled(me, await me.get(seen.path));
    if (/Import stopped/.test(stopped.text)) await me.post(`${seen.path}/start`);
    await settled(me, await me.get(seen.path));
    assert.equal(objects(await everything(login)), 3000);
  });
});

const numbersOf = (seen: Seen): readonly number[] =>
  [...seen.html.matchAll(/<p class="figure"><strong>([\d,]+)/g)].map((match) =>
    Number((match[1] ?? '').replaceAll(',', '')),
  );
