import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSetupInvitation } from '../../../models/credentials/service.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

/** A browser with cookies, which knows the form token of the page it has seen last. */
class Visitor {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  token = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  async ask(
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { Cookie: cookie }), ...init.headers };
    const response = await fetch(this.#origin + path, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const text = await response.text();
    this.token = /name="form-token" value="([^"]+)"/.exec(text)?.[1] ?? this.token;
    return { status: response.status, text, headers: response.headers };
  }

  send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const body = new URLSearchParams({ 'form-token': this.token, ...fields });
    return this.ask(path, { method: 'POST', body, headers: { 'Sec-Fetch-Site': 'same-origin', ...headers } });
  }
}

for (const base of ['', '/day'])
  describe(`pages at "${base}/"`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ base });
    });
    after(() => server.stop());
    const credentials = () => ({ login: server.user, password: server.password });

    test('the first administrator is made by a link that works once', async () => {
      const token = (await createSetupInvitation(server.running.app)) ?? '';
      const visitor = new Visitor(server.origin);
      const page = await visitor.ask(`${base}/setup?token=${token}`);
      assert.equal(page.status, 200);
      assert.match(page.text, /Make the first administrator/);
      const fields = {
        token,
        name: 'Mara Klein',
        login: 'mara',
        email: '',
        password: 'correct horse battery',
      };
      const refused = await visitor.send(`${base}/setup`, { ...fields, login: 'a:b', password: 'short' });
      assert.equal(refused.status, 422);
      assert.match(refused.text, /This has 5 characters/);
      const taken = await visitor.send(`${base}/setup`, { ...fields, login: server.user });
      assert.equal(taken.status, 422);
      assert.match(taken.text, /already/);
      const made = await visitor.send(`${base}/setup`, fields);
      assert.equal(made.status, 303);
      assert.equal(made.headers.get('location'), `${base}/connect`);
      const home = await visitor.ask(`${base}/connect?for=other`);
      assert.equal(home.status, 200);
      assert.match(home.text, /Mara Klein/);
      assert.match(home.text, new RegExp(`${server.origin}${base}`));
      const again = await visitor.ask(`${base}/setup?token=${token}`);
      assert.equal(again.status, 410);
      assert.equal((await visitor.ask(`${base}/setup?token=x`)).status, 404);
      assert.equal(await createSetupInvitation(server.running.app), null);
    });

    test('sign-in leads to the page that was asked for, sign-out ends it', async () => {
      const visitor = new Visitor(server.origin);
      const away = await visitor.ask(`${base}/`);
      assert.equal(away.status, 303);
      assert.equal(away.headers.get('location'), `${base}/sign-in?next=%2F`);
      await visitor.ask(`${base}/sign-in?next=%2F`);
      const wrong = await visitor.send(`${base}/sign-in`, {
        ...credentials(),
        password: 'not this one',
        next: '/',
      });
      assert.equal(wrong.status, 401);
      assert.match(wrong.text, /is not right/);
      assert.doesNotMatch(wrong.text, /not this one/);
      const right = await visitor.send(`${base}/sign-in`, { ...credentials(), next: '/' });
      assert.equal(right.status, 303);
      assert.equal(right.headers.get('location'), `${base}/`);
      const cookie = right.headers.getSetCookie().find((line) => line.startsWith('sid='));
      assert.match(cookie ?? '', new RegExp(`; Path=${base === '' ? '/' : base}; HttpOnly; SameSite=Lax$`));
      const home = await visitor.ask(`${base}/account`);
      assert.equal(home.status, 200);
      assert.match(home.text, /Your account/);
      assert.equal(home.headers.get('cache-control'), 'no-store');
      assert.match(home.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
      assert.equal((await visitor.send(`${base}/sign-out`, {})).status, 303);
      assert.equal((await visitor.ask(`${base}/`)).status, 303);
    });

    test('sign-in sends nobody elsewhere', async () => {
      for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/a?b\r\nc']) {
        const visitor = new Visitor(server.origin);
        await visitor.ask(`${base}/sign-in`);
        const right = await visitor.send(`${base}/sign-in`, { ...credentials(), next });
        assert.equal(right.headers.get('location'), `${base}/`, next);
      }
    });

    test('forms from elsewhere, or without their token, change nothing', async () => {
      const visitor = new Visitor(server.origin);
      await visitor.ask(`${base}/sign-in`);
      const { token } = visitor;
      const attempts: readonly (readonly [Record<string, string>, Record<string, string>])[] = [
        [{ 'form-token': 'x' }, {}],
        [{ 'form-token': token }, { 'Sec-Fetch-Site': 'cross-site' }],
        [{ 'form-token': token }, { 'Sec-Fetch-Site': 'same-site' }],
        [{ 'form-token': token }, { 'Sec-Fetch-Site': 'none' }],
      ];
      for (const [fields, headers] of attempts) {
        const refused = await visitor.send(`${base}/sign-in`, { ...credentials(), ...fields }, headers);
        assert.equal(refused.status, 419, JSON.stringify([fields, headers]));
      }
      const stranger = new Visitor(server.origin);
      assert.equal(
        (await stranger.send(`${base}/sign-in`, { ...credentials(), 'form-token': token })).status,
        419,
      );
    });

    test('a session opens no DAV address, and Basic opens no page', async () => {
      const visitor = new Visitor(server.origin);
      await visitor.ask(`${base}/sign-in`);
      await visitor.send(`${base}/sign-in`, credentials());
      assert.equal((await visitor.ask(`${base}/account`)).status, 200);
      assert.equal((await visitor.ask(`${base}/dav/`, { method: 'PROPFIND' })).status, 401);
      const basic = Buffer.from(`${server.user}:${server.password}`).toString('base64');
      const page = await fetch(`${server.origin}${base}/`, {
        redirect: 'manual',
        headers: { Authorization: `Basic ${basic}` },
      });
      assert.equal(page.status, 303);
    });

    test('unknown pages and methods are told as pages; assets are kept for long', async () => {
      const visitor = new Visitor(server.origin);
      const missing = await visitor.ask(`${base}/nope`);
      assert.equal(missing.status, 404);
      assert.match(missing.text, /There is no such page/);
      assert.equal((await visitor.ask(`${base}/setup`, { method: 'HEAD' })).text, '');
      const page = await visitor.ask(`${base}/sign-in`);
      const style = /href="([^"]*style\.css[^"]*)"/.exec(page.text)?.[1] ?? '';
      const css = await visitor.ask(style);
      assert.equal(css.headers.get('content-type'), 'text/css; charset=utf-8');
      assert.match(css.headers.get('cache-control') ?? '', /immutable/);
      const known = { 'If-None-Match': css.headers.get('etag') ?? '' };
      assert.equal((await visitor.ask(style, { headers: known })).status, 304);
      assert.equal((await visitor.ask(`${base}/assets/..%2fhandler.ts`)).status, 400);
    });
  });

test('over https the session cookie is pinned to the host', async () => {
  const server = await startTestServer({
    env: { BASE_URL: 'https://dav.example.org', TRUST_PROXY: 'loopback' },
  });
  try {
    const visitor = new Visitor(server.origin);
    await visitor.ask('/sign-in');
    const right = await visitor.send('/sign-in', { login: server.user, password: server.password });
    assert.equal(right.status, 303);
    const cookie = right.headers.getSetCookie().find((line) => line.includes('sid='));
    assert.match(cookie ?? '', /^__Host-sid=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    const home = await visitor.ask('/connect?for=other');
    assert.match(home.text, /https:\/\/dav\.example\.org/);
    assert.doesNotMatch(home.text, /Phones need https/);
  } finally {
    await server.stop();
  }
});
