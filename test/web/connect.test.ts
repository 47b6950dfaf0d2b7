import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { listDevices } from '../../models/devices/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { changeServerSettings } from '../../models/server/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Visitor, visitor } from '../support/web.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1';
const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36';
const DATAACCESSD = 'iOS/26.3.1 (23D8133) dataaccessd/1.0';
const DAVX5 = 'DAVx5/4.5.20-ose (at.bitfire.davdroid)';
const SYNC = `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`;
const FIND = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><displayname/><current-user-principal/></prop></propfind>`;

const on = (server: TestServer, agent: string): Visitor =>
  visitor(server, { headers: { 'User-Agent': agent } });

interface Dav {
  readonly method: string;
  readonly path: string;
  readonly login: string;
  readonly password: string;
  readonly agent: string;
  readonly body: string;
  readonly depth?: string;
}

async function dav(server: TestServer, asked: Dav): Promise<{ status: number; text: string }> {
  const response = await fetch(server.origin + asked.path, {
    method: asked.method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${asked.login}:${asked.password}`).toString('base64')}`,
      'User-Agent': asked.agent,
      'Content-Type': 'application/xml',
      Depth: asked.depth ?? '0',
    },
    body: asked.body,
  });
  return { status: response.status, text: await response.text() };
}

/** Asks again until the page says it; what devices did is written a moment later. */
async function until(read: () => Promise<string>, is: (text: string) => boolean): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const text = await read();
    if (is(text)) return text;
    await new Promise((done) => setTimeout(done, 50));
  }
  return read();
}

const codeIn = (html: string): string => {
  const code = /href="[^"]*\/c\/([A-Za-z0-9_-]{24})"/.exec(html)?.[1];
  assert.ok(code !== undefined, 'the page has a code');
  return code;
};

/** A value of the profile, by its key. */
const inProfile = (text: string, key: string): string =>
  new RegExp(`<key>${key}</key><(?:string|integer)>([^<]*)<`).exec(text)?.[1] ?? '';
const passwordIn = (html: string): string => /((?:[a-z2-7]{4}-){4}[a-z2-7]{4})/.exec(html)?.[1] ?? '';
const stepsDone = (html: string): number => html.match(/<li class="done">/g)?.length ?? 0;

for (const base of ['', '/day/book']) {
  describe(`connecting below "${base}/"`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ base });
    });
    after(() => server.stop());

    const devices = async () => {
      const { app } = server.running;
      const ann = await findUser(app.db, 'ann');
      assert.ok(ann !== null);
      return listDevices(app, SYSTEM_ACTOR, ann.id);
    };

    test('code, profile, first request: three steps, on the page as they happen', async () => {
      const desk = visitor(server);
      await desk.signIn('ann', server.password);
      const refusal = await desk.get('/connect?for=iphone');
      assert.match(refusal.text, /iPhones accept nothing without https/);
      assert.ok(!refusal.html.includes('class="qr"'));
      const shown = await desk.get('/connect?for=iphone&anyway=1');
      const code = codeIn(shown.html);
      assert.ok(!shown.html.includes(server.password));
      assert.equal(codeIn((await desk.get('/connect?for=iphone')).html), code, 'the same when asked again');
      assert.equal(stepsDone(shown.html), 0);

      const phone = on(server, IPHONE);
      const page = await phone.get(`/c/${code}`);
      assert.equal(page.status, 200);
      assert.match(page.text, /ann’s calendars and contacts/);
      assert.match(page.text, /Download profile/);
      assert.equal(passwordIn(page.html), '');
      assert.equal(stepsDone((await desk.get('/connect?for=iphone')).html), 1);
      assert.ok(
        (await devices()).every(({ signsInWith }) => signsInWith === 'password'),
        'looking makes none',
      );

      const profile = await phone.post(`/c/${code}`, { as: 'profile' });
      assert.deepEqual([profile.firstStatus, profile.status, profile.path], [303, 200, `/c/${code}/profile`]);
      assert.equal(profile.headers.get('content-type'), 'application/x-apple-aspen-config');
      assert.equal(profile.headers.get('cache-control'), 'no-store');
      assert.equal(inProfile(profile.html, 'CalDAVHostName'), '127.0.0.1');
      assert.equal(inProfile(profile.html, 'CardDAVPort'), String(server.port));
      const again = await phone.post(`/c/${code}`, { as: 'profile' });
      assert.equal(again.html, profile.html, 'pressed twice gives the same');

      const seen = on(server, IPHONE);
      assert.equal((await seen.get(`/c/${code}`)).status, 410);
      assert.match((await seen.get(`/c/${code}/profile`)).text, /This code is used/);
      const used = await desk.get('/connect?for=iphone');
      assert.match(used.text, /The code is used/);
      assert.match(used.text, /ann’s iPhone/);

      const login = inProfile(profile.html, 'CalDAVUsername');
      const password = inProfile(profile.html, 'CalDAVPassword');
      const path = inProfile(profile.html, 'CalDAVPrincipalURL');
      const first = { login, password, agent: DATAACCESSD };
      const found = await dav(server, { ...first, method: 'PROPFIND', path, body: FIND });
      assert.equal(found.status, 207);
      const signedIn = await until(
        async () => (await desk.get('/connect?for=iphone')).html,
        (html) => stepsDone(html) >= 2,
      );
      assert.equal(stepsDone(signedIn), 2);
      // A moment later, when what it did is written, that is still all: it has not asked for what a calendar holds.
      await new Promise((done) => setTimeout(done, 500));
      assert.equal(stepsDone((await desk.get('/connect?for=iphone')).html), 2);
      const calendar = `${base}/dav/calendars/ann/calendar/`;
      const fetched = await dav(server, {
        ...first,
        method: 'REPORT',
        path: calendar,
        body: SYNC,
        depth: '1',
      });
      assert.equal(fetched.status, 207);
      const done = await until(
        async () => (await desk.get('/connect?for=iphone')).html,
        (html) => stepsDone(html) === 3,
      );
      assert.match(done, /ann’s iPhone is connected/);
      const fresh = await desk.post('/connect/code', { for: 'iphone' });
      assert.notEqual(codeIn(fresh.html), code);
    });

    test('DAVx5 is let in by its login flow, as it asks itself', async () => {
      const started = await fetch(`${server.origin}${base}/index.php/login/v2`, {
        method: 'POST',
        headers: { 'User-Agent': DAVX5 },
      });
      assert.equal(started.status, 200);
      assert.match(started.headers.get('content-type') ?? '', /^application\/json/);
      const asked = JSON.parse(await started.text());
      assert.deepEqual(new Set(Object.keys(asked)), new Set(['login', 'poll']));
      assert.deepEqual(new Set(Object.keys(asked.poll)), new Set(['endpoint', 'token']));
      const root = server.origin + base;
      assert.ok(
        asked.login.startsWith(`${root}/login/approve/`) && asked.poll.endpoint.startsWith(`${root}/`),
      );
      const poll = () =>
        fetch(asked.poll.endpoint, {
          method: 'POST',
          body: new URLSearchParams({ token: asked.poll.token }),
        });
      assert.equal((await poll()).status, 404);
      const path: string = asked.login.slice(root.length);

      const phone = visitor(server, { headers: { 'User-Agent': ANDROID, 'Sec-CH-UA-Model': '"Pixel 8"' } });
      const first = await phone.get(path);
      assert.match(first.path, /^\/sign-in\?next=/);
      const request = await phone.post('/sign-in', { login: 'ann', password: server.password, next: path });
      assert.match(request.text, /DAVx5 on Pixel 8 asks to read and change ann’s calendars and contacts\./);
      assert.match(request.text, /signed in as ann/);
      assert.equal((await poll()).status, 404);
      const allowed = await phone.post(path, { answer: 'allow', what: 'both' });
      assert.match(allowed.text, /Go back to DAVx5/);
      const given = await poll();
      assert.equal(given.status, 200);
      const { server: address, loginName, appPassword } = JSON.parse(await given.text());
      assert.deepEqual([address, loginName], [root, 'ann']);
      assert.equal((await poll()).status, 404, 'once');

      // DAVx5 resolves `remote.php/dav` against the address with a slash, then goes by what it finds there.
      const entry = new URL('remote.php/dav', `${address}/`).pathname;
      const account = { login: loginName, password: appPassword, agent: DAVX5 };
      const found = await dav(server, { ...account, method: 'PROPFIND', path: entry, body: FIND });
      assert.equal(found.status, 207);
      assert.match(found.text, new RegExp(`<D:href>${base}/remote\\.php/dav/</D:href>`));
      assert.match(found.text, new RegExp(`<D:href>${base}/dav/principals/ann/</D:href>`));
      const home = `${base}/remote.php/dav/calendars/ann/`;
      const listed = await dav(server, {
        ...account,
        method: 'PROPFIND',
        path: home,
        body: FIND,
        depth: '1',
      });
      const hrefs = [...listed.text.matchAll(/<D:response><D:href>([^<]*)</g)].map((match) => match[1] ?? '');
      assert.ok(hrefs.length > 1 && hrefs.every((href) => href.startsWith(`${base}/dav/calendars/ann/`)));
      assert.ok((await devices()).some(({ name }) => name === 'ann’s Pixel 8'));
    });

    test('with a code DAVx5 is let in without anybody signing in', async () => {
      const desk = visitor(server);
      await desk.signIn('ann', server.password);
      const code = codeIn((await desk.get('/connect?for=android&anyway=1')).html);
      const phone = on(server, ANDROID);
      const page = await phone.get(`/c/${code}`);
      const host = `127.0.0.1:${server.port}${base}`;
      const intent = `intent://${host}/c/${code}/index.php/login/v2#Intent;scheme=caldav;package=at.bitfire.davdroid;i.loginFlow=1;`;
      assert.ok(page.html.includes(`href="${intent}`), page.html);
      assert.ok(page.html.includes(`href="caldav://${host}/"`));
      assert.ok(!page.html.includes('ann@') && passwordIn(page.html) === '');
      assert.match((await phone.get(`/c/${code}?app=missing`)).text, /DAVx5 is not installed yet/);

      const start = () =>
        fetch(`${server.origin}${base}/c/${code}/index.php/login/v2`, {
          method: 'POST',
          headers: { 'User-Agent': DAVX5 },
        });
      const asked = JSON.parse(await (await start()).text());
      const path = asked.login.slice(server.origin.length + base.length);
      const request = await phone.get(path);
      assert.equal(request.path, path, 'no sign-in');
      await phone.post(path, { answer: 'allow', what: 'contacts', readonly: 'yes' });
      assert.equal((await start()).status, 409, 'the code is used up');
      const given = await fetch(asked.poll.endpoint, {
        method: 'POST',
        body: new URLSearchParams({ token: asked.poll.token }),
      });
      const { loginName: login, appPassword: password } = JSON.parse(await given.text());
      const [device] = (await devices()).filter(({ name }) => name === 'ann’s Android phone');
      assert.deepEqual(device?.scope, { calendars: false, contacts: true, readOnly: true });
      const book = `${base}/dav/addressbooks/ann/contacts/`;
      const account = { login, password, agent: DAVX5, method: 'REPORT', body: SYNC, depth: '1' };
      assert.equal((await dav(server, { ...account, path: book })).status, 207);
      await until(
        async () => (await desk.get('/connect?for=android')).html,
        (html) => /is connected/.test(html),
      );
      assert.match((await desk.get('/connect?for=android')).text, /ann’s Android phone is connected/);
    });
  });
}

describe('the states of codes and requests', () => {
  let server: TestServer;
  let nowMs = Date.parse('2026-11-24T09:00:00Z');
  before(async () => {
    server = await startTestServer({ surroundings: { clock: { nowMs: () => nowMs } } });
  });
  after(() => server.stop());

  async function desk(): Promise<Visitor> {
    const someone = visitor(server);
    await someone.signIn('ann', server.password);
    return someone;
  }

  test('unknown and over', async () => {
    const someone = await desk();
    const code = codeIn((await someone.get('/connect?for=iphone&anyway=1')).html);
    assert.equal((await on(server, IPHONE).get('/c/short')).status, 404);
    assert.match((await on(server, IPHONE).get(`/c/${'a'.repeat(24)}`)).text, /This code is unknown/);
    nowMs += 91_000;
    assert.match((await someone.get('/connect?for=iphone')).text, /Nothing yet\? The iPhone may not reach/);
    const phone = on(server, IPHONE);
    await phone.get(`/c/${code}`);
    nowMs += 509_000;
    const late = await phone.post(`/c/${code}`, { as: 'profile' });
    assert.equal(late.status, 410);
    assert.match(late.text, /This code is over/);
    assert.match((await someone.get('/connect?for=iphone')).text, /This code is over/);
    const next = await someone.post('/connect/code', { for: 'iphone' });
    assert.notEqual(codeIn(next.html), code);
  });

  test('a code on the wrong device says so and works all the same', async () => {
    const someone = await desk();
    const code = codeIn((await someone.get('/connect?for=iphone&anyway=1')).html);
    assert.match(
      (await on(server, ANDROID).get(`/c/${code}`)).text,
      /made for an iPhone or iPad.*Open DAVx5/,
    );
    assert.ok(
      !(await on(server, MAC).get(`/c/${code}`)).text.includes('was made for'),
      'an iPad says it is a Mac',
    );
    const other = visitor(server, { headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' } });
    assert.match((await other.get(`/c/${code}`)).text, /another kind of device/);
    const values = await other.post(`/c/${code}`, { as: 'values' });
    assert.match(values.text, /User name ann/);
    const password = passwordIn(values.html);
    const found = await dav(server, {
      method: 'PROPFIND',
      path: '/dav/',
      login: 'ann',
      password,
      agent: 'other',
      body: FIND,
    });
    assert.equal(found.status, 207);
  });

  test('without the password in the profile the page shows it', async () => {
    const { app } = server.running;
    await changeServerSettings(app, SYSTEM_ACTOR, { profileHasPassword: false });
    try {
      const code = codeIn((await (await desk()).get('/connect?for=iphone&anyway=1')).html);
      const phone = on(server, IPHONE);
      await phone.get(`/c/${code}`);
      const used = await phone.post(`/c/${code}`, { as: 'profile' });
      assert.equal(used.path, `/c/${code}`);
      assert.notEqual(passwordIn(used.html), '');
      const profile = await phone.get(`/c/${code}/profile`);
      assert.equal(profile.headers.get('content-type'), 'application/x-apple-aspen-config');
      assert.ok(!profile.html.includes('Password</key>'));
    } finally {
      await changeServerSettings(app, SYSTEM_ACTOR, { profileHasPassword: true });
    }
  });

  test('using a code needs the form of the page', async () => {
    const code = codeIn((await (await desk()).get('/connect?for=iphone&anyway=1')).html);
    const refused = await on(server, IPHONE).post(`/c/${code}`, { 'form-token': 'wrong', as: 'profile' });
    assert.equal(refused.status, 419);
    assert.equal((await on(server, IPHONE).get(`/c/${code}`)).status, 200);
  });

  test('a password for a program is shown once, and its first sync awaited', async () => {
    const someone = await desk();
    const made = await someone.post('/connect?for=thunderbird', { for: 'thunderbird', label: 'Thunderbird' });
    assert.equal(made.status, 200);
    const password = passwordIn(made.html);
    assert.notEqual(password, '');
    const later = await someone.get('/connect?for=thunderbird');
    assert.equal(passwordIn(later.html), '');
    assert.match(later.text, /Waiting for the first sync of Thunderbird/);
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0';
    const account = { login: 'ann', password, agent, method: 'REPORT', body: SYNC, depth: '1' };
    assert.equal((await dav(server, { ...account, path: '/dav/calendars/ann/calendar/' })).status, 207);
    const text = await until(
      async () => (await someone.get('/connect?for=thunderbird')).text,
      (seen) => /Thunderbird is connected/.test(seen),
    );
    assert.match(text, /Thunderbird is connected/);
    const other = await someone.get('/connect?for=other');
    assert.match(other.html, /dav\/<wbr\/?>calendars\/<wbr\/?>ann\/<wbr\/?>calendar\//);
    const named = await someone.post('/connect?for=other', { for: 'other', label: 'School script' });
    assert.match(named.text, /School script/);
  });

  test('a Mac goes to its own page; the tab fits the device that asks', async () => {
    const mac = on(server, MAC);
    await mac.signIn('ann', server.password);
    assert.match((await mac.get('/connect')).html, /for=mac" aria-current="page"/);
    const page = await mac.post('/connect/code', { for: 'mac' });
    assert.match(page.path, /^\/c\/[\w-]{24}$/);
    assert.match(page.text, /Download profile Then three clicks/);
    const android = on(server, ANDROID);
    await android.signIn('ann', server.password);
    assert.match((await android.get('/connect')).html, /for=android" aria-current="page"/);
  });

  test('an app can be turned away; late and unknown requests say so', async () => {
    const someone = await desk();
    const start = async () => {
      const response = await fetch(`${server.origin}/login/v2`, { method: 'POST' });
      const { login, poll } = JSON.parse(await response.text());
      return { path: login.slice(server.origin.length), poll };
    };
    const first = await start();
    assert.match((await someone.get(first.path)).text, /Node\.js asks to read and change/);
    assert.match((await someone.post(first.path, { answer: 'refuse' })).text, /was turned away/);
    const answered = await someone.post(first.path, { answer: 'allow' });
    assert.equal(answered.status, 409);
    const second = await start();
    nowMs += 601_000;
    assert.equal((await someone.get(second.path)).status, 410);
    assert.equal((await someone.get(`/login/approve/${'a'.repeat(43)}`)).status, 404);
    assert.equal((await fetch(`${server.origin}/login/v2`)).status, 405);
    const form = await someone.get(`/c/${'b'.repeat(24)}/profile`);
    assert.equal(form.status, 404);
  });
});

test('a signed profile is served when a certificate is set', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-sign-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -keyout ${file('key.pem')} -out ${file('cert.pem')} -subj /CN=dav.example.org -days 2`.split(
      ' ',
    ),
  );
  if (made.status !== 0) return t.skip('there is no openssl');
  const server = await startTestServer({
    env: { PROFILE_CERT: file('cert.pem'), PROFILE_KEY: file('key.pem') },
  });
  t.after(() => server.stop());
  const desk = visitor(server);
  await desk.signIn('ann', server.password);
  const shown = await desk.get('/connect?for=iphone&anyway=1');
  assert.match(shown.text, /It shows as “Verified”/);
  const phone = on(server, IPHONE);
  await phone.get(`/c/${codeIn(shown.html)}`);
  const profile = await phone.post(`/c/${codeIn(shown.html)}`, { as: 'profile' });
  writeFileSync(file('profile.der'), profile.bytes);
  const verified = spawnSync(
    'openssl',
    `smime -verify -inform DER -in ${file('profile.der')} -CAfile ${file('cert.pem')} -purpose any -binary -out ${file('inside')}`.split(
      ' ',
    ),
  );
  assert.equal(verified.status, 0, verified.stderr.toString());
  assert.match(readFileSync(file('inside'), 'utf8'), /com\.apple\.caldav\.account/);
});
