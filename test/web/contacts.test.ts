import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Seen, type Visitor, visitor } from '../support/web.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

let server: TestServer;
let ann: Visitor;

const basic = () => ({ Authorization: `Basic ${btoa(`ann:${server.password}`)}` });
const address = (name: string) => `${server.origin}/dav/addressbooks/ann/contacts/${name}`;

async function davGet(name: string): Promise<{ status: number; body: string; etag: string }> {
  const answer = await fetch(address(name), { headers: basic() });
  return { status: answer.status, body: await answer.text(), etag: answer.headers.get('etag') ?? '' };
}

async function davPut(name: string, ...lines: readonly string[]): Promise<string> {
  const body = ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');
  const headers = { ...basic(), 'Content-Type': 'text/vcard' };
  const answer = await fetch(address(name), { method: 'PUT', headers, body });
  assert.ok(answer.ok, String(answer.status));
  return body;
}

/** The fields of the form on a page, as a browser would send them. */
function formOf(seen: Seen, action: RegExp): Record<string, string> {
  const form = [...seen.html.matchAll(/<form[^>]*action="([^"]*)"[\s\S]*?<\/form>/g)].find(([, to = '']) =>
    action.test(to),
  )?.[0];
  assert.ok(form !== undefined, `a form to ${action}`);
  const fields: Record<string, string> = {};
  const text = (raw: string) =>
    raw.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
    const isOff = /type="(checkbox|radio)"/.test(tag) && !/\schecked/.test(tag);
    const name = of('name');
    if (name !== undefined && of('type') !== 'file' && !isOff) fields[name] = text(of('value') ?? '');
  }
  for (const [, name = '', options = ''] of form.matchAll(
    /<select[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    fields[name] = text(
      /<option[^>]*selected[^>]*value="([^"]*)"|<option[^>]*value="([^"]*)"[^>]*selected/
        .exec(options)
        ?.slice(1)
        .find(Boolean) ?? '',
    );
  for (const [, name = '', value = ''] of form.matchAll(
    /<textarea[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g,
  ))
    fields[name] = text(value);
  return fields;
}

const nameIn = (path: string) => decodeURIComponent(path.split('/')[3] ?? '');

before(async () => {
  server = await startTestServer({ env: { DEFAULT_COUNTRY: 'DE' } });
  ann = visitor(server);
  await ann.signIn('ann', server.password);
});
after(() => server.stop());

describe('contacts on the pages', () => {
  test('what is made here is read there, with its picture', async () => {
    const form = formOf(await ann.get('/contacts/new'), /contacts\/new$/);
    const more = await ann.post('/contacts/new', {
      ...form,
      given: 'Jide',
      'phones-0-value': '1',
      add: 'phones',
    });
    assert.equal(more.status, 200);
    assert.match(more.html, /name="phones-1-value"/, 'one row more, without a script');
    assert.match(more.html, /name="given" [^>]*value="Jide"/);
    const seen = await ann.upload(
      '/contacts/new',
      {
        ...form,
        given: 'Jide',
        family: 'Okafor',
        'phones-0-value': '+49 30 1234567',
        'phones-0-label': 'work',
        birthday: '02-29',
        note: 'One\nTwo',
      },
      { photo: { name: 'a.svg', type: 'image/svg+xml', content: PNG } },
    );
    assert.equal(seen.firstStatus, 303);
    assert.match(seen.text, /Jide Okafor added\./);
    const { body } = await davGet(nameIn(seen.path));
    for (const line of [
      'FN:Jide Okafor',
      'N:Okafor;Jide;;;',
      'TEL;TYPE=WORK:+49 30 1234567',
      'NOTE:One\\nTwo',
      'PHOTO;ENCODING=b;TYPE=PNG:',
    ])
      assert.ok(body.includes(line), line);
    assert.match(body, /BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29/);
    const photo = await ann.get(`${seen.path}/photo`);
    assert.deepEqual(Buffer.from(photo.bytes), PNG);
    assert.equal(
      photo.headers.get('content-type'),
      'image/png',
      'what the bytes are, not what they are called',
    );
    assert.equal(photo.headers.get('cache-control'), 'no-store');
  });

  test('an edit changes its lines and leaves the rest of a client alone', async () => {
    const before = await davPut(
      'phone.vcf',
      'UID:phone',
      'N:Klein;Lea;;;',
      'FN:Lea Klein',
      'item1.TEL;type=pref:1234567',
      'item1.X-ABLabel:Boot',
      'X-ODD;A=b:c',
    );
    const list = await ann.get('/contacts?q=lea');
    const open = /href="([^"]*open=[^"]*phone\.vcf)"/.exec(list.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.match((await ann.get(open)).text, /Boot/);
    const id = /open=(\d+)/.exec(open)?.[1];
    const path = `/contacts/${id}/phone.vcf`;
    const form = formOf(await ann.get(`${path}/edit`), /edit$/);
    assert.equal(form['phones-0-label'], 'x:Boot');
    const saved = await ann.post(`${path}/edit`, { ...form, title: 'Skipper' });
    assert.match(saved.text, /Lea Klein saved\./);
    const { body } = await davGet('phone.vcf');
    const rest = body.split('\r\n').filter((line) => !/^(TITLE|REV)/.test(line));
    assert.deepEqual(rest, before.split('\r\n'));
    assert.ok(body.includes('TITLE:Skipper\r\n'));
    const wrong = await ann.post(`${path}/edit`, {
      ...formOf(await ann.get(`${path}/edit`), /edit$/),
      birthday: 'soon',
    });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /This is not a date/);
    assert.match(wrong.html, /value="soon"/, 'what was typed is still there');
    const svg = await ann.upload(`${path}/edit`, formOf(wrong, /edit$/), {
      photo: { name: 'x.png', content: '<svg/>' },
    });
    assert.equal(svg.status, 422);
  });

  test('a change from elsewhere meanwhile shows both sides', async () => {
    await davPut(
      'both.vcf',
      'UID:both',
      'N:Berg;Pia;;;',
      'FN:Pia Berg',
      'TITLE:Old',
      'TEL:1111111',
      'NOTE:n',
    );
    const list = await ann.get('/contacts?q=pia');
    const id = /value="(\d+)\/both\.vcf"/.exec(list.html)?.[1];
    const path = `/contacts/${id}/both.vcf`;
    const form = formOf(await ann.get(`${path}/edit`), /edit$/);
    await davPut(
      'both.vcf',
      'UID:both',
      'N:Berg;Pia;;;',
      'FN:Pia Berg',
      'TITLE:Theirs',
      'TEL:1111111',
      'TEL;X-KEEP=1:2222222',
      'NOTE:n',
    );
    const conflict = await ann.post(`${path}/edit`, { ...form, title: 'Mine', note: 'mine too' });
    assert.equal(conflict.status, 409);
    for (const text of ['Mine', 'Theirs', '2222222', 'mine too'])
      assert.ok(conflict.text.includes(text), text);
    assert.match((await davGet('both.vcf')).body, /TITLE:Theirs/, 'nothing is written before somebody chose');
    const choice = formOf(conflict, /edit$/);
    assert.equal(choice['use-title'], 'yours');
    assert.equal(choice['use-phones'], 'theirs', 'only the other side changed it');
    const saved = await ann.post(`${path}/edit`, choice);
    assert.equal(saved.firstStatus, 303);
    const { body } = await davGet('both.vcf');
    assert.match(body, /TITLE:Mine\r\n/);
    assert.match(body, /NOTE:mine too\r\n/);
    assert.match(body, /TEL;X-KEEP=1:2222222\r\n/);
  });

  test('deleted and brought back with one press', async () => {
    const before = await davPut('gone.vcf', 'UID:gone', 'FN:Gone Girl');
    const id = /value="(\d+)\/gone\.vcf"/.exec((await ann.get('/contacts?q=gone')).html)?.[1];
    const seen = await ann.post(`/contacts/${id}/gone.vcf/delete`);
    assert.match(seen.text, /Gone Girl deleted\. Undo/);
    assert.equal((await davGet('gone.vcf')).status, 404);
    const back = await ann.post('/contacts/restore', formOf(seen, /contacts\/restore$/));
    assert.match(back.text, /1 contact brought back/);
    assert.equal((await davGet('gone.vcf')).body, before);
  });

  test('several at once: export, move, delete', async () => {
    await davPut('s1.vcf', 'UID:s1', 'FN:Sam One');
    await davPut('s2.vcf', 'UID:s2', 'FN:Sam Two');
    const id = /value="(\d+)\/s1\.vcf"/.exec((await ann.get('/contacts?q=sam')).html)?.[1];
    const card = [`${id}/s1.vcf`, `${id}/s2.vcf`];
    const file = await ann.post('/contacts/selected/export', { card });
    assert.equal(file.headers.get('content-type'), 'text/vcard; charset=utf-8');
    assert.equal(file.html, (await davGet('s1.vcf')).body + (await davGet('s2.vcf')).body);
    const book = await ann.post('/books/new', { displayName: 'Club', description: 'Rowing' });
    const target = /\/books\/(\d+)/.exec(book.path)?.[1];
    const moved = await ann.post('/contacts/selected/move', { card, target });
    assert.match(moved.text, /2 contacts moved to Club/);
    assert.equal((await davGet('s1.vcf')).status, 404);
    const club = await ann.get(`/contacts?book=${target}`);
    assert.match(club.text, /2 contacts/);
    const gone = await ann.post('/contacts/selected/delete', {
      card: card.map((text) => text.replace(id ?? '', target ?? '')),
    });
    assert.match(gone.text, /2 contacts deleted\. Undo/);
    const back = await ann.post('/contacts/restore', formOf(gone, /contacts\/restore$/));
    assert.match(back.text, /2 contacts brought back/);
    assert.match((await ann.post('/contacts/selected/delete', {})).text, /Select contacts first/);
    const deleted = await ann.post(`/books/${target}/delete`);
    assert.match(deleted.text, /Club deleted\. Undo/);
    const restored = await ann.post(`/books/${target}/restore`, formOf(deleted, /restore$/));
    assert.match(restored.text, /The address book is back/);
    assert.match((await ann.get(`/books/${target}/export`)).html, /FN:Sam One[\s\S]*FN:Sam Two/);
  });

  test('duplicates: merged as chosen, undone byte for byte, told apart for good', async () => {
    const a = await davPut(
      'd1.vcf',
      'UID:d1',
      'FN:Wei Chen',
      'N:Chen;Wei;;;',
      'ORG:Labs',
      'TEL:0151 7654321',
      'EMAIL:wei@x.org',
      'X-A:1',
      'NOTE:a',
    );
    const b = await davPut(
      'd2.vcf',
      'UID:d2',
      'FN:Dr. Wei Chen',
      'N:Chen;Wei;;Dr.;',
      'ORG:Web',
      'TEL:+49 151 7654321',
      'EMAIL:w@y.org',
      'X-B:2',
      'NOTE:b',
    );
    const group = await davPut(
      'g.vcf',
      'UID:g',
      'FN:Team',
      'X-ADDRESSBOOKSERVER-KIND:group',
      'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:d1',
      'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:d2',
    );
    const seen = await ann.get('/contacts/duplicates');
    assert.match(seen.text, /1 pair may be one person/);
    assert.match(seen.text, /certain same phone/);
    const form = formOf(seen, /duplicates\/merge$/);
    assert.equal(form['choice-org'], 'keep');
    const merged = await ann.post('/contacts/duplicates/merge', { ...form, 'choice-org': 'other' });
    assert.match(merged.text, /Merged into .*Undo/);
    const kept = nameIn(`/contacts/${form['keep']}`);
    const [keptBody, otherOrg] = kept === 'd1.vcf' ? [a, 'Web'] : [b, 'Labs'];
    const { body } = await davGet(kept);
    for (const line of [`ORG:${otherOrg}`, 'EMAIL:wei@x.org', 'EMAIL:w@y.org', 'X-A:1', 'X-B:2'])
      assert.ok(body.includes(`${line}\r\n`), line);
    assert.equal(body.match(/TEL/g)?.length, 1, 'one number, however it is written');
    assert.equal((await davGet(kept === 'd1.vcf' ? 'd2.vcf' : 'd1.vcf')).status, 404);
    const members = (await davGet('g.vcf')).body.match(/MEMBER:.*/g);
    assert.deepEqual(members, [`MEMBER:urn:uuid:${/UID:(\w+)/.exec(keptBody)?.[1]}`]);
    const undone = await ann.post('/contacts/merges/undo', formOf(merged, /merges\/undo$/));
    assert.match(undone.text, /1 merge undone/);
    assert.deepEqual(
      [(await davGet('d1.vcf')).body, (await davGet('d2.vcf')).body, (await davGet('g.vcf')).body],
      [a, b, group],
    );
    const again = await ann.get('/contacts/duplicates');
    const apart = await ann.post('/contacts/duplicates/distinct', formOf(again, /duplicates\/merge$/));
    assert.match(apart.text, /these are two people/);
    assert.match(apart.text, /No duplicates/);
  });

  test('nobody sees the contacts of somebody else', async () => {
    await server.addUser('eve');
    const eve = visitor(server);
    await eve.signIn('eve', server.password);
    const id = /value="(\d+)\/phone\.vcf"/.exec((await ann.get('/contacts?q=lea')).html)?.[1];
    for (const path of ['', '/edit', '/photo', '/download'])
      assert.equal((await eve.get(`/contacts/${id}/phone.vcf${path}`)).status, 404, path);
    assert.equal((await eve.get(`/books/${id}`)).status, 404);
    assert.equal((await eve.post(`/contacts/${id}/phone.vcf/delete`)).status, 404);
    assert.doesNotMatch((await eve.get('/contacts')).text, /Lea/);
  });
});
