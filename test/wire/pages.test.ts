/** The first pages as a browser meets them: set-up link, sign-in, the page of collections, sign-out. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import request from 'supertest';
import { createSetupInvitation } from '../../models/credentials/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet harbours';
const HOSTILE = '<script>alert(1)</script>"\'&';

/** The hidden form token of a page. */
const formToken = (html: string): string => /name="form-token" value="([^"]+)"/.exec(html)?.[1] ?? '';

for (const base of ['', '/sub/path']) {
  describe(`pages${base === '' ? '' : ` under ${base}`}`, () => {
    let server: TestServer;
    let setupToken: string;
    before(async () => {
      server = await startTestServer({ base });
      setupToken = (await createSetupInvitation(server.running.app)) ?? '';
    });
    after(() => server.stop());

    const browser = () => request.agent(server.origin);
    const sameOrigin = { 'Sec-Fetch-Site': 'same-origin' };

    test('whoever is not signed in is sent to the sign-in page', async () => {
      const answer = await browser().get(`${base}/`);
      assert.ok([302, 303].includes(answer.status));
      assert.equal(answer.headers['location'], `${base}/sign-in?next=%2F`);
    });

    test('the set-up link makes the first administrator once, who is then signed in', async () => {
      const agent = browser();
      const page = await agent.get(`${base}/setup`).query({ token: setupToken });
      assert.equal(page.status, 200);
      const form = {
        token: setupToken,
        'form-token': formToken(page.text),
        name: HOSTILE,
        login: 'boss',
        email: 'boss@example.org',
        password: PASSWORD,
      };
      const short = await agent
        .post(`${base}/setup`)
        .set(sameOrigin)
        .type('form')
        .send({ ...form, password: 'short' });
      assert.ok(short.status >= 400 && short.status < 500);
      assert.match(short.text, /10 characters/);
      assert.match(short.text, /<input id="password"[^>]* autofocus/, 'focus goes to what is to be changed');
      const made = await agent
        .post(`${base}/setup`)
        .set(sameOrigin)
        .type('form')
        .send({ ...form, 'form-token': formToken(short.text) || form['form-token'] });
      assert.equal(made.status, 303, made.text);
      const home = await agent.get(made.headers['location'] ?? '');
      assert.equal(home.status, 200);
      for (const name of ['Connect a device', 'Calendar', 'Contacts'])
        assert.ok(home.text.includes(name), name);
      assert.ok(!home.text.includes('<script>'), 'a name is text');
      const again = await browser().get(`${base}/setup`).query({ token: setupToken });
      assert.ok(again.status >= 400 && again.status < 500, 'the link works once');
      assert.equal(await createSetupInvitation(server.running.app), null);
    });

    test('sign-in answers the same for a wrong name and a wrong password, and lets the right one in', async () => {
      const agent = browser();
      const attempt = async (login: string, password: string) => {
        const page = await agent.get(`${base}/sign-in`);
        return agent
          .post(`${base}/sign-in`)
          .set(sameOrigin)
          .type('form')
          .send({ 'form-token': formToken(page.text), login, password });
      };
      const wrongName = await attempt('nobody', 'x'.repeat(12));
      const wrongPassword = await attempt('ann', 'x'.repeat(12));
      assert.equal(wrongName.status, wrongPassword.status);
      assert.equal(
        wrongName.text.replaceAll('nobody', 'ann').replace(/value="[^"]*"/g, ''),
        wrongPassword.text.replace(/value="[^"]*"/g, ''),
      );
      const right = await attempt('ann', server.password);
      assert.equal(right.status, 303);
      const cookies = String(right.headers['set-cookie']);
      assert.match(cookies, /HttpOnly/);
      assert.match(cookies, /SameSite=Lax/);
      assert.equal((await agent.get(right.headers['location'] ?? '')).status, 303, 'on to the first page');
      const home = await agent.get(`${base}/connect`);
      assert.equal(home.status, 200);
      const left = await agent
        .post(`${base}/sign-out`)
        .set(sameOrigin)
        .type('form')
        .send({ 'form-token': formToken(home.text) });
      assert.equal(left.status, 303);
      assert.ok([302, 303].includes((await agent.get(`${base}/`)).status));
    });

    test('a form from elsewhere, without its token or with the session cookie alone does nothing', async () => {
      const agent = browser();
      const page = await agent.get(`${base}/sign-in`);
      const form = { login: 'ann', password: server.password };
      const noToken = await agent.post(`${base}/sign-in`).set(sameOrigin).type('form').send(form);
      const foreign = await agent
        .post(`${base}/sign-in`)
        .set({ 'Sec-Fetch-Site': 'cross-site' })
        .type('form')
        .send({ ...form, 'form-token': formToken(page.text) });
      const otherOrigin = await agent
        .post(`${base}/sign-in`)
        .set({ Origin: 'https://evil.example' })
        .type('form')
        .send({ ...form, 'form-token': formToken(page.text) });
      for (const answer of [noToken, foreign, otherOrigin]) assert.equal(answer.status, 419);
    });

    test('pages carry the headers that keep them safe', async () => {
      const page = await browser().get(`${base}/sign-in`);
      assert.match(
        page.headers['content-security-policy'] ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.equal(page.headers['x-content-type-options'], 'nosniff');
      assert.equal(page.headers['x-powered-by'], undefined);
      assert.doesNotMatch(page.text, /<script[^>]*>[^<]| style="| on[a-z]+="/);
      const missing = await browser().get(`${base}/no-such-page`).set('Accept', 'text/html');
      assert.ok([303, 404].includes(missing.status));
    });

    test('a session opens no DAV, and Basic opens no page', async () => {
      const basic = { Authorization: `Basic ${Buffer.from(`ann:${server.password}`).toString('base64')}` };
      assert.ok([302, 303].includes((await browser().get(`${base}/`).set(basic)).status));
      const agent = browser();
      const page = await agent.get(`${base}/sign-in`);
      await agent
        .post(`${base}/sign-in`)
        .set(sameOrigin)
        .type('form')
        .send({ 'form-token': formToken(page.text), login: 'ann', password: server.password });
      assert.equal((await agent.get(`${base}/connect`)).status, 200);
      assert.equal((await agent.get(`${base}/dav/calendars/ann/calendar/`)).status, 401);
    });
  });
}
