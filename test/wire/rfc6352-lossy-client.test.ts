/** A client that knows one version of vCard edits a card of the other (RFC 6352 §5.1.1, §6.3.2.3, §10.4.1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectionTo4 } from '../../models/vcard/check4.ts';
import { openTestDav, readMultistatus, type TestDav } from '../support/dav.ts';
import type { Told } from '../support/wire.ts';

const BOOK = '/dav/addressbooks/ann/contacts/';
const ADDRESS_DATA = '{urn:ietf:params:xml:ns:carddav}address-data';
const text = (version: string, ...lines: readonly string[]): string =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n');

const RICH = text(
  '4.0',
  ...[
    'UID:rich',
    'FN:Ann Arbor',
    'N:Arbor;Ann;;;',
    'TEL;TYPE=cell;PREF=2:+1 555 0100',
    'ANNIVERSARY:20100612',
  ],
  ...['GENDER:F', 'RELATED;TYPE=spouse:urn:uuid:b', 'X-CUSTOM:mine', 'NOTE;ALTID=1;LANGUAGE=en:hello'],
  ...['item1.URL:https://example.com/', 'item1.X-ABLabel:Home'],
);
const TEAM = text('4.0', 'UID:team', 'FN:Team', 'KIND:group', 'MEMBER:urn:uuid:a', 'MEMBER:urn:uuid:b');

describe('a client that drops what it does not know', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
  });
  after(() => dav.close());

  const put = (name: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> =>
    dav.ask({
      method: 'PUT',
      path: BOOK + name,
      headers: { 'Content-Type': 'text/vcard', ...headers },
      body,
    });
  const get = (name: string): Promise<Told> => dav.ask({ method: 'GET', path: BOOK + name });

  /** The card as a client that names no version is shown it. */
  async function shown(
    name: string,
    version = '3.0',
  ): Promise<{ readonly card: string; readonly etag: string }> {
    const told = await dav.ask({
      method: 'REPORT',
      path: BOOK,
      headers: { 'Content-Type': 'application/xml', Depth: '1' },
      body: `<CR:addressbook-multiget xmlns:D="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>
        <CR:address-data content-type="text/vcard" version="${version}"/></D:prop><D:href>${BOOK}${name}</D:href></CR:addressbook-multiget>`,
    });
    const found = readMultistatus(told.body).get(BOOK + name)?.found;
    return { card: found?.get(ADDRESS_DATA)?.text ?? '', etag: found?.get('{DAV:}getetag')?.text ?? '' };
  }

  /** What a client that knows RFC 2426 alone makes of a card. */
  const lossy = (card: string): string =>
    `${card
      .replace(/\r?\n[ \t]/g, '')
      .split(/\r?\n/)
      .map((line) => line.replace(/^\w+\./, '').replace(/;X-[\w-]+=(?:"[^"]*"|[^;:]*)/g, ''))
      .filter((line) => line !== '' && !line.startsWith('X-'))
      .join('\r\n')}\r\n`;

  test('its edit counts, the rest stays, and no tag is answered (§6.3.2.3)', async () => {
    assert.equal((await put('rich.vcf', RICH)).status, 201);
    const seen = await shown('rich.vcf');
    const told = await put('rich.vcf', lossy(seen.card).replace('0100', '0199'), { 'If-Match': seen.etag });
    assert.equal(told.status, 204);
    assert.equal(told.headers['etag'], undefined);
    const stored = await get('rich.vcf');
    assert.notEqual(stored.headers['etag'], seen.etag);
    assert.deepEqual(
      stored.body.split('\r\n').toSorted(),
      RICH.replace('0100', '0199').split('\r\n').toSorted(),
    );
    assert.equal(objectionTo4(stored.body), null);
  });

  test('the next edit is judged by the new tag', async () => {
    const seen = await shown('rich.vcf');
    const edit = lossy(seen.card).replace('FN:Ann Arbor', 'FN:Ann B. Arbor');
    assert.equal((await put('rich.vcf', edit, { 'If-Match': '"old"' })).status, 412);
    assert.equal((await put('rich.vcf', edit, { 'If-Match': seen.etag })).status, 204);
    const { body, headers } = await get('rich.vcf');
    assert.match(body, /FN:Ann B\. Arbor\r\n/);
    assert.match(body, /RELATED;TYPE=spouse:urn:uuid:b\r\n/);
    const again = await put('rich.vcf', edit);
    assert.deepEqual([again.status, again.headers['etag']], [204, undefined]);
    assert.equal((await get('rich.vcf')).headers['etag'], headers['etag'], 'the same upload changes nothing');
  });

  test('what it takes away of what it knows is gone', async () => {
    const seen = await shown('rich.vcf');
    const without = lossy(seen.card).replace(/^(?:TEL|URL).*\r\n/gm, '');
    assert.equal((await put('rich.vcf', without, { 'If-Match': seen.etag })).status, 204);
    const { body } = await get('rich.vcf');
    assert.doesNotMatch(body, /TEL|URL|ABLabel/);
    assert.match(body, /X-CUSTOM:mine\r\n/);
  });

  test('the representation that is asked for is the stored one (RFC 7240 §4.2)', async () => {
    const edit = lossy((await shown('rich.vcf')).card).replace('FN:Ann', 'FN:Annie');
    const told = await put('rich.vcf', edit, { Prefer: 'return=representation' });
    assert.equal(told.status, 200);
    assert.match(told.body, /^BEGIN:VCARD\r\nVERSION:4\.0\r\n[\s\S]*FN:Annie[\s\S]*GENDER:F\r\n/);
    assert.equal(told.headers['etag'], (await get('rich.vcf')).headers['etag']);
  });

  test('a group keeps its kind and its members', async () => {
    await put('team.vcf', TEAM);
    const seen = await shown('team.vcf');
    assert.match(seen.card, /X-ADDRESSBOOKSERVER-MEMBER/);
    await put('team.vcf', lossy(seen.card).replace('FN:Team', 'FN:Crew'), { 'If-Match': seen.etag });
    assert.equal((await get('team.vcf')).body, TEAM.replace('FN:Team', 'FN:Crew'));
  });

  test('a client that gives everything back has its bytes stored, and its tag', async () => {
    await put('team.vcf', TEAM);
    const seen = await shown('team.vcf');
    const upload = seen.card
      .replace(/\r?\n/g, '\r\n')
      .replace(/X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:b\r\n/, '');
    const told = await put('team.vcf', upload, { 'If-Match': seen.etag });
    const stored = await get('team.vcf');
    assert.equal(stored.body, upload);
    assert.equal(told.headers['etag'], stored.headers['etag']);
    assert.doesNotMatch((await shown('team.vcf', '4.0')).card, /urn:uuid:b/);
  });

  test('a 3.0 card edited by a client that knows 4.0 alone keeps what only it knew', async () => {
    const old = text(
      '3.0',
      'UID:old',
      'FN:Bob',
      'N:Bob;;;;',
      'SORT-STRING:b',
      'CLASS:PRIVATE',
      'X-ABShowAs:COMPANY',
    );
    await put('old.vcf', old);
    const seen = await shown('old.vcf', '4.0');
    const told = await put('old.vcf', lossy(seen.card).replace('FN:Bob', 'FN:Bobby'));
    assert.deepEqual([told.status, told.headers['etag']], [204, undefined]);
    assert.equal((await get('old.vcf')).body, old.replace('FN:Bob', 'FN:Bobby'));
  });

  test('an upload in the version that is stored is stored as it is', async () => {
    const poor = text('4.0', 'UID:rich', 'FN:Ann');
    const told = await put('rich.vcf', poor);
    assert.equal((await get('rich.vcf')).body, poor);
    assert.notEqual(told.headers['etag'], undefined);
  });
});

describe('cards in 4.0 that the 4.0 library would not take (§10.4.1)', () => {
  test('a bad line is mended, a card that is beyond that is shown as stored', async (t) => {
    const dav = await openTestDav();
    t.after(() => dav.close());
    const body = text('3.0', 'UID:bad', 'FN:A', 'TEL;TYPE=a=b:1', 'BDAY:1996-04-15', 'BDAY:1953-10-15');
    await dav.ask({ method: 'PUT', path: `${BOOK}bad.vcf`, headers: { 'Content-Type': 'text/vcard' }, body });
    const report = (): Promise<Told> =>
      dav.ask({
        method: 'REPORT',
        path: BOOK,
        headers: { 'Content-Type': 'application/xml', Depth: '1' },
        body: `<CR:addressbook-multiget xmlns:D="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:prop>
          <CR:address-data version="4.0"/></D:prop><D:href>${BOOK}bad.vcf</D:href></CR:addressbook-multiget>`,
      });
    const mended = await report();
    assert.match(mended.body, /VERSION:4\.0[\s\S]*TEL;X-DAYBOOK-V3=[^:]*:1[\s\S]*BDAY:19960415[\s\S]*X-BDAY/);
    // No request can store a card without FN: older data may hold one.
    const bare = text('3.0', 'UID:bad', 'N:A;;;;');
    await dav.app.db.write((tx) =>
      tx.run('UPDATE objects SET body = ? WHERE uid = ?', [Buffer.from(bare), 'bad']),
    );
    const told = await report();
    assert.equal(told.status, 207);
    assert.match(told.body, /VERSION:3\.0[\s\S]*N:A;;;;/);
  });
});
