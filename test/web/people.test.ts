import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSetupInvitation, verifyApiToken } from '../../models/credentials/service.ts';
import { toPrincipalId } from '../../models/principals/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Visitor, visitor } from '../support/web.ts';

const PASSWORD = 'correct horse battery';
const ADMIN_PASSWORD = 'seven quiet harbours';

async function davStatus(server: TestServer, login: string, password: string): Promise<number> {
  const answer = await fetch(`${server.origin}${server.base}/dav/`, {
    method: 'PROPFIND',
    headers: { Authorization: `Basic ${btoa(`${login}:${password}`)}`, Depth: '0' },
  });
  await answer.body?.cancel();
  return answer.status;
}

const inviteLink = (html: string, server: TestServer): string => {
  const found = /\/invite\/[A-Za-z0-9_-]{43}/.exec(html)?.[0];
  assert.ok(found, `an invite link at ${server.origin}`);
  return found;
};

for (const base of ['', '/day'])
  describe(`people at "${base}/"`, () => {
    let server: TestServer;
    let mara: Visitor;
    before(async () => {
      server = await startTestServer({ base });
      const token = (await createSetupInvitation(server.running.app)) ?? '';
      mara = visitor(server);
      const form = await mara.get(`/setup?token=${token}`);
      assert.equal(form.status, 200);
      const fields = { token, name: 'Mara Klein', password: 'password123' };
      const weak = await mara.post('/setup', fields);
      assert.equal(weak.status, 422);
      assert.match(weak.text, /first things somebody would try/);
      const made = await mara.post('/setup', { ...fields, password: ADMIN_PASSWORD }, { follow: false });
      assert.equal(made.firstStatus, 303);
      assert.equal(made.headers.get('location'), `${base}/connect`);
      assert.match((await visitor(server).get(`/setup?token=${token}`)).text, /set up already/);
    });
    after(() => server.stop());

    test('the login of the first administrator is made from the name', async () => {
      const account = await mara.get('/account');
      assert.equal(account.status, 200);
      assert.match(account.text, /User name mara/);
    });

    test('a sign-in with the e-mail address, a wrong one, and the page that was asked for', async () => {
      const ann = visitor(server);
      const away = await ann.get('/account?x=1');
      assert.equal(away.path, `/sign-in?next=${encodeURIComponent('/account?x=1')}`);
      const wrong = await ann.post('/sign-in', {
        login: 'ann',
        password: 'not this one',
        next: '/account?x=1',
      });
      assert.equal(wrong.status, 401);
      const unknown = await ann.post('/sign-in', { login: 'nobody', password: 'not this one' });
      assert.equal(unknown.status, 401);
      assert.match(unknown.text, /is not right/);
      const right = await ann.post('/sign-in', {
        login: 'ANN@example.org',
        password: PASSWORD,
        next: '/account?x=1',
      });
      assert.equal(right.path, '/account?x=1');
    });

    test('a cookie lasts where the device is the own one, and every sign-in has a new one', async () => {
      const line = async (fields: Record<string, string>) => {
        const ann = visitor(server);
        const answer = await ann.post(
          '/sign-in',
          { login: 'ann', password: PASSWORD, ...fields },
          { follow: false },
        );
        return answer.headers.getSetCookie().find((cookie) => cookie.startsWith('sid=')) ?? '';
      };
      assert.doesNotMatch(await line({}), /Max-Age/);
      assert.match(await line({ device: 'yes' }), /Max-Age=34560000/);
      assert.notEqual(await line({}), await line({}));
    });

    test('somebody who guesses is slowed down and told for how long', async () => {
      const guesser = visitor(server);
      await server.addUser('guessed');
      let seen = await guesser.post('/sign-in', { login: 'guessed', password: 'wrong number 0' });
      for (let i = 1; i < 14 && seen.status === 401; i += 1)
        seen = await guesser.post('/sign-in', { login: 'guessed', password: `wrong number ${i}` });
      assert.equal(seen.status, 429);
      assert.match(seen.text, /Wait \d+ seconds/);
    });

    test('a person is added in two steps, comes in by the link, once', async () => {
      const added = await mara.post('/admin/people/add', { name: 'Jörg Müller', email: 'joerg@example.org' });
      assert.equal(added.status, 200);
      assert.match(added.path, /^\/admin\/people\/joerg\/invite$/);
      assert.match(added.html, /<svg class="qr"/);
      const path = inviteLink(added.html, server);
      assert.match(added.text, new RegExp(`${server.origin}${base}/invite/`));
      assert.equal(
        inviteLink((await mara.get(added.path)).html, server),
        path,
        'the page can be loaded again',
      );
      const other = visitor(server);
      await other.signIn('ann', PASSWORD);
      assert.equal((await other.get(added.path)).status, 403);
      const joerg = visitor(server);
      assert.match((await joerg.get(path)).text, /Welcome, Jörg Müller/);
      const weak = await joerg.post(path, { password: 'Jörg Müller' });
      assert.equal(weak.status, 422);
      assert.match(weak.text, /first things somebody would try/);
      const done = await joerg.post(path, { password: 'three small boats' }, { follow: false });
      assert.equal(done.status, 303, done.text);
      assert.equal(done.headers.get('location'), `${base}/connect`);
      assert.equal((await joerg.get('/account')).status, 200);
      assert.equal((await visitor(server).get(path)).status, 410);
      assert.equal(await davStatus(server, 'joerg', 'three small boats'), 207);
      const again = await mara.post('/admin/people/add', { name: 'Jörg Müller', login: 'joerg' });
      assert.equal(again.status, 422);
      assert.match(again.text, /has the user name “joerg” already/);
    });

    test('disabling refuses devices at the next request, enabling lets them in', async () => {
      await server.addUser('dora');
      assert.equal(await davStatus(server, 'dora', PASSWORD), 207);
      const dora = visitor(server);
      await dora.signIn('dora', PASSWORD);
      const done = await mara.post('/admin/people/dora/disable');
      assert.match(done.text, /dora is disabled/);
      assert.equal(await davStatus(server, 'dora', PASSWORD), 401);
      assert.match((await dora.get('/account')).path, /^\/sign-in/);
      const out = await visitor(server).post('/sign-in', { login: 'dora', password: PASSWORD });
      assert.equal(out.status, 403);
      assert.match(out.text, /This account is disabled/);
      const wrong = await visitor(server).post('/sign-in', { login: 'dora', password: 'not the password' });
      assert.equal(wrong.status, 401, 'who does not know the password learns nothing');
      await mara.post('/admin/people/dora/enable');
      assert.equal(await davStatus(server, 'dora', PASSWORD), 207);
    });

    test('removing needs the password, shows what goes, and can be undone', async () => {
      await server.addUser('rosa');
      const page = await mara.get('/admin/people/rosa/remove');
      assert.match(page.text, /Calendar: 0 events/);
      const wrong = await mara.post('/admin/people/rosa/remove', { password: 'not mine' });
      assert.equal(wrong.status, 422);
      assert.match(wrong.text, /The password is not right/);
      assert.equal(await davStatus(server, 'rosa', PASSWORD), 207);
      const done = await mara.post('/admin/people/rosa/remove', { password: ADMIN_PASSWORD });
      assert.match(done.text, /rosa was removed\. Undo/);
      assert.equal(await davStatus(server, 'rosa', PASSWORD), 401);
      assert.doesNotMatch((await mara.get('/admin/people?search=rosa')).html, /people\/rosa"/);
      assert.match((await mara.get('/admin/people?state=removed')).html, /people\/rosa"/);
      const back = await mara.post('/admin/people/rosa/bring-back');
      assert.match(back.text, /rosa is back/);
      assert.equal(await davStatus(server, 'rosa', PASSWORD), 207);
      const self = await mara.post('/admin/people/mara/remove', { password: ADMIN_PASSWORD });
      assert.equal(self.status, 409);
      assert.match(self.text, /only administrator/);
    });

    test('a list is looked at before anybody is added', async () => {
      const csv =
        'Name;Login;E-Mail\nEva Braun;eva;eva@example.org\n;x;\nTom;ann;\nEva Two;eva;\nIda;;bad\nÅsa Öberg;;\n';
      const review = await mara.upload(
        '/admin/people/import/check',
        {},
        { file: { name: 'p.csv', content: csv } },
      );
      assert.match(review.text, /2 people can be added/);
      for (const problem of [/no name/, /is taken/, /twice in the list/, /not an email address/])
        assert.match(review.text, problem);
      assert.equal((await mara.get('/admin/people/eva')).status, 404, 'nothing is saved yet');
      const done = await mara.upload('/admin/people/import', { csv }, {});
      assert.match(done.text, /2 people added/);
      const links = done.html.match(/\/invite\/[A-Za-z0-9_-]{43}(?=<)/g) ?? [];
      assert.equal(links.length, 2);
      assert.equal((await visitor(server).get(links[0] ?? '')).status, 200);
      const list = /name="list" value="([^"]*)"/.exec(done.html)?.[1] ?? '';
      const file = await mara.upload('/admin/people/import/list', { list }, {});
      assert.match(file.headers.get('content-type') ?? '', /text\/csv/);
      assert.match(file.html, /Åsa Öberg,asa,/);
      const broken = await mara.upload(
        '/admin/people/import/check',
        {},
        { file: { name: 'p', content: 'a,b\n1,2\n' } },
      );
      assert.equal(broken.status, 422);
      assert.match(broken.text, /names no column/);
    });

    test('people are found, filtered and paged', async () => {
      assert.match((await mara.get('/admin/people?search=JÖRG')).html, /people\/joerg"/);
      const none = await mara.get('/admin/people?search=Zacharias');
      assert.match(none.text, /Nobody fits “Zacharias”.*Add Zacharias/);
      for (const state of ['active', 'invited', 'disabled', 'silent', 'removed'])
        assert.equal((await mara.get(`/admin/people?state=${state}`)).status, 200, state);
      assert.equal((await mara.get('/admin/people?cursor=x')).status, 400);
    });

    test('settings hold at once; what the environment says stays', async () => {
      const saved = await mara.post('/admin/settings', {
        name: 'Family Klein',
        accent: 'blue',
        defaultLanguage: 'de',
        trashDays: '14',
        quota: '1',
      });
      assert.match(saved.text, /The settings were saved/);
      assert.match(saved.html, /data-accent="blue"/);
      const stranger = await visitor(server, { headers: { 'Accept-Language': 'fr' } }).get('/sign-in');
      assert.match(stranger.text, /Family Klein.*Anmelden/);
      assert.match((await mara.get('/admin/people/rosa/remove')).text, /waits 14 days/);
      assert.match((await mara.get('/admin/people/rosa?tab=limits')).text, /of 1 GB/);
      const bad = await mara.post('/admin/settings', { name: '', trashDays: 'many' });
      assert.equal(bad.status, 422);
      assert.match(bad.text, /whole number of days/);
    });

    test('the account: password, preferences, sessions, tokens, download', async () => {
      await server.addUser('otto');
      const otto = visitor(server);
      const elsewhere = visitor(server);
      await otto.signIn('otto', PASSWORD);
      await elsewhere.signIn('otto', PASSWORD);
      const wrong = await otto.post('/account/password', { old: 'not this', new: 'two green bottles' });
      assert.equal(wrong.status, 422);
      const changed = await otto.post('/account/password', { old: PASSWORD, new: 'two green bottles' });
      assert.match(changed.text, /The password was changed/);
      assert.match((await elsewhere.get('/account')).path, /^\/sign-in/);
      assert.equal(await davStatus(server, 'otto', PASSWORD), 401);
      await elsewhere.signIn('otto', 'two green bottles');
      const two = await otto.get('/account');
      const id =
        /action="[^"]*\/account\/sessions\/end"[\s\S]*?name="id" value="([^"]+)"/.exec(two.html)?.[1] ?? '';
      await otto.post('/account/sessions/end', { id });
      assert.match((await elsewhere.get('/account')).path, /^\/sign-in/);
      const german = await otto.post('/account/pages', {
        language: 'de',
        theme: 'dark',
        timeZone: 'Asia/Tokyo',
      });
      assert.match(german.html, /<html lang="de" data-theme="dark"/);
      const made = await otto.post('/account/tokens', { 'token-name': 'Sicherung', may: 'read' });
      const token = /daybook_[A-Za-z0-9_-]{43}/.exec(made.html)?.[0] ?? '';
      const actor = await verifyApiToken(server.running.app, token);
      assert.equal(actor?.principal, toPrincipalId('otto'));
      assert.equal(actor?.scope.readOnly, true);
      const answer = await fetch(`${server.origin}${base}/api/v1/account`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /"login":"otto"/);
      const zip = await otto.get('/account/export');
      assert.equal(zip.headers.get('content-type'), 'application/zip');
      assert.equal(Buffer.from(zip.bytes.subarray(0, 2)).toString(), 'PK');
      assert.match(Buffer.from(zip.bytes).toString('latin1'), /readme\.txt/);
    });

    test('a change of role wants the password again after five minutes and ends sessions', async () => {
      await server.addUser('vera');
      const vera = visitor(server);
      await vera.signIn('vera', PASSWORD);
      assert.equal((await vera.get('/admin/people')).status, 403);
      const done = await mara.post('/admin/people/vera/role', { role: 'administrator' });
      assert.match(done.text, /vera is an administrator now/);
      assert.match((await vera.get('/account')).path, /^\/sign-in/);
      await vera.signIn('vera', PASSWORD);
      assert.equal((await vera.get('/admin/people')).status, 200);
    });

    test('an export of somebody else is asked for with the password', async () => {
      const refused = await mara.post('/admin/people/rosa/export', { password: 'no' });
      assert.equal(refused.status, 422);
      const zip = await mara.post('/admin/people/rosa/export', { password: ADMIN_PASSWORD });
      assert.equal(zip.headers.get('content-type'), 'application/zip');
    });
  });
