import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { createAppPassword } from '../../models/credentials/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { event, vcf } from '../support/objects.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Seen, type Visitor, visitor } from '../support/web.ts';

const CALENDAR = '/dav/calendars/ann/calendar/';
const BOOK = '/dav/addressbooks/ann/contacts/';
const NINE = '20260302T090000Z';
const TEN = '20260302T100000Z';
const dentist = (place: string) => event('dentist', NINE, TEN, `LOCATION:${place}`);

/** The hidden fields of the form whose button says something. */
function formOf(seen: Seen, action: string, says = ''): Record<string, string> {
  const forms = [...seen.html.matchAll(/<form method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)];
  const found = forms.find(([, at = '', inside = '']) => at.endsWith(action) && inside.includes(says));
  assert.ok(found, `no form ${action} saying "${says}" in: ${seen.text.slice(0, 600)}`);
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of (found[2] ?? '').matchAll(/name="([^"]+)" value="([^"]*)"/g))
    if (name !== 'form-token') fields[name] = value.replaceAll('&amp;', '&');
  return fields;
}

describe('trash and versions', () => {
  let server: TestServer;
  let ann: Visitor;
  let secret = '';

  /** One request as Ann's iPad sends it. */
  async function device(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) {
    const answer = await fetch(server.origin + path, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`ann:${secret}`).toString('base64')}`,
        'User-Agent': 'iOS/26.3.1 (23D8133) dataaccessd/1.0',
        'Content-Type': path.startsWith(BOOK) ? 'text/vcard' : 'text/calendar',
        ...headers,
      },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, etag: answer.headers.get('etag') ?? '', text };
  }
  const put = async (path: string, body: Buffer) => {
    const { status, etag } = await device('PUT', path, body);
    assert.ok(status === 201 || status === 204, String(status));
    return etag;
  };

  before(async () => {
    server = await startTestServer();
    const { app } = server.running;
    const person = await findUser(app.db, 'ann');
    assert.ok(person);
    secret = (await createAppPassword(app, SYSTEM_ACTOR, { label: "Ann's iPad", principal: person.id }))
      .secret;
    ann = visitor(server);
    await ann.signIn('ann', server.password);
  });
  after(() => server.stop());

  test('a contact that a device deleted is back in two steps, and the undo deletes it again', async () => {
    await put(`${BOOK}jane.vcf`, vcf('jane', 'Jane Roe'));
    assert.equal((await device('DELETE', `${BOOK}jane.vcf`)).status, 204);
    const trash = await ann.get('/trash');
    assert.equal(trash.status, 200);
    assert.match(trash.text, /Jane Roe in .* Ann&?'?’?s? ?iPad|Jane Roe .*Ann's iPad/);
    const back = await ann.post('/trash/restore', formOf(trash, '/trash/restore', 'Jane Roe'));
    assert.match(back.text, /Jane Roe is back in/);
    assert.equal((await device('GET', `${BOOK}jane.vcf`)).text, vcf('jane', 'Jane Roe').toString());
    const undone = await ann.post('/trash/undo', formOf(back, '/trash/undo'));
    assert.match(undone.text, /Jane Roe is again as before/);
    assert.equal((await device('GET', `${BOOK}jane.vcf`)).status, 404);
  });

  test('versions name what each change did; one of them is set back, compared and downloaded', async () => {
    await put(`${CALENDAR}dentist.ics`, dentist('Main Street'));
    await put(`${CALENDAR}dentist.ics`, dentist('Harbour'));
    const { id } = await server.running.app.db
      .get<{ id: number }>(`SELECT collection_id AS id FROM objects WHERE name = 'dentist.ics'`)
      .then((row) => row ?? { id: 0 });
    const path = `/history/${id}/dentist.ics`;
    const history = await ann.get(path);
    assert.match(history.text, /Ann's iPad changed Place/);
    assert.match(history.text, /Main Street.*Harbour/);
    const fields = formOf(history, '/trash/restore');
    const compare = await ann.get(`${path}?with=${fields['version']}`);
    assert.match(compare.text, /Place Main Street Harbour/);
    const file = await ann.get(`${path}/${fields['version']}`);
    assert.equal(Buffer.from(file.bytes).toString(), dentist('Main Street').toString());
    assert.match(
      file.headers.get('content-disposition') ?? '',
      /^attachment; filename="version-[\dT]+\.ics"$/,
    );

    const back = await ann.post('/trash/restore', fields);
    assert.match(back.text, /is again as it was/);
    assert.equal((await device('GET', `${CALENDAR}dentist.ics`)).text, dentist('Main Street').toString());
    await ann.post('/trash/undo', formOf(back, '/trash/undo'));
    assert.equal((await device('GET', `${CALENDAR}dentist.ics`)).text, dentist('Harbour').toString());
    assert.equal((await ann.get(`/history/${id}/nothing.ics`)).status, 404);
    assert.equal((await ann.get('/history/999999/dentist.ics')).status, 404);
    assert.equal((await ann.get(`${path}?with=999999`)).status, 404);
  });

  test('what came with an old tag is a conflict that shows both sides, and the other one can be chosen', async () => {
    const etag = await put(`${CALENDAR}choir.ics`, event('choir', NINE, TEN, 'LOCATION:Hall'));
    await put(`${CALENDAR}choir.ics`, event('choir', NINE, TEN, 'LOCATION:Church'));
    const mine = event('choir', NINE, TEN, 'LOCATION:Garden');
    assert.equal((await device('PUT', `${CALENDAR}choir.ics`, mine, { 'If-Match': etag })).status, 412);
    const list = await ann.get('/conflicts');
    assert.match(list.text, /choir.*Ann's iPad/);
    const href = /href="(\/history\/\d+\/choir\.ics\?with=\d+)"/.exec(list.html)?.[1] ?? '';
    const sides = await ann.get(href);
    assert.match(sides.text, /both sides.*Place Garden Church/);
    await ann.post('/trash/restore', formOf(sides, '/trash/restore', 'Use this one instead'));
    assert.equal((await device('GET', `${CALENDAR}choir.ics`)).text, mine.toString());
  });

  test('a device that empties a calendar is told of, and one button brings everything back', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `${CALENDAR}mass-${at}.ics`);
    for (const [at, name] of names.entries()) await put(name, event(`mass-${at}`, NINE, TEN));
    for (const name of names) assert.equal((await device('DELETE', name)).status, 204);
    const trash = await ann.get('/trash');
    assert.match(trash.text, /Ann's iPad removed \d+ items from/);
    assert.match(trash.text, /30 items/);
    for (const path of ['/calendar', '/connect', '/more'])
      assert.match((await ann.get(path)).text, /Ann's iPad removed \d+ items from/, path);
    const bulk = await ann.get(
      /href="(\/trash\/bulk[^"]+)"/.exec(trash.html)?.[1]?.replaceAll('&amp;', '&') ?? '',
    );
    assert.match(bulk.text, /30 items deleted from.*mass-29/);
    const back = await ann.post('/notices/return', formOf(trash, '/notices/return'));
    assert.match(back.text, /30 items are back/);
    assert.doesNotMatch(back.text, /Ann's iPad removed/);
    for (const name of names) assert.equal((await device('GET', name)).status, 200);
    const undone = await ann.post('/trash/undo-many', formOf(back, '/trash/undo-many'));
    assert.match(undone.text, /30 items are in the trash again/);
  });

  test('going back to a moment is shown first, done and taken back', async () => {
    await put(`${CALENDAR}later.ics`, event('later', NINE, TEN));
    const now = Math.floor(Date.now() / 1000);
    const seen = await ann.get('/trash/moment?place=&day=1999-01-01&time=10:00');
    assert.equal(seen.status, 400);
    assert.match(seen.text, /Give a day and a time/);
    const empty = await ann.get('/trash/moment');
    assert.match(empty.text, /Everything is again as it was then/);
    // The form knows minutes only; the step itself takes any second.
    const done = await ann.post('/trash/moment', { place: '', moment: String(now - 3600) });
    assert.match(done.text, /Undo/);
    assert.equal((await device('GET', `${CALENDAR}later.ics`)).status, 404);
    const undone = await ann.post('/trash/moment', formOf(done, '/trash/moment', 'undo'));
    assert.match(undone.text, /Everything is as it was before/);
    assert.equal((await device('GET', `${CALENDAR}later.ics`)).status, 200);
  });

  test('deleted now is gone for good, and so is everything when the trash is emptied', async () => {
    await put(`${BOOK}gone.vcf`, vcf('gone', 'Gone Person'));
    await device('DELETE', `${BOOK}gone.vcf`);
    const trash = await ann.get('/trash?holds=addressbook');
    const seen = await ann.post('/trash/delete', formOf(trash, '/trash/delete', 'Gone Person'));
    assert.match(seen.text, /Gone Person is gone for good/);
    const emptied = await ann.post('/trash/empty', formOf(await ann.get('/trash'), '/trash/empty'));
    assert.match(emptied.text, /gone for good\./);
    assert.match(emptied.text, /Nothing was deleted in the last 30 days/);
  });

  test('pages of one person show nothing to another, and forms of hers do nothing', async () => {
    await server.addUser('bob');
    const bob = visitor(server);
    await bob.signIn('bob', server.password);
    await put(`${BOOK}private.vcf`, vcf('private', 'Private Person'));
    await device('DELETE', `${BOOK}private.vcf`);
    const fields = formOf(await ann.get('/trash'), '/trash/restore', 'Private Person');
    const trash = await bob.get('/trash');
    assert.doesNotMatch(trash.text, /Private Person/);
    for (const action of ['/trash/restore', '/trash/delete'])
      assert.equal((await bob.post(action, { ...fields, back: '/trash' })).status, 404, action);
    assert.match((await ann.get('/trash')).text, /Private Person/);
  });
});
