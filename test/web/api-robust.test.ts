import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createApiToken } from '../../models/credentials/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { type Answer, ask, dig, list, nobody, type Who, withPage, withToken } from '../support/api.ts';
import { userActor } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Visitor, visitor } from '../support/web.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

function requireProblem(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text.slice(0, 300));
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(dig(answer.json, 'status'), status);
  for (const member of ['type', 'title', 'detail']) assert.match(String(dig(answer.json, member)), /\S/);
}

const pointers = (answer: Answer) => list(answer.json, 'errors').map((error) => dig(error, 'pointer'));

describe('the JSON API holds', () => {
  let server: TestServer;
  let ann: Who;
  let calendar: unknown;
  const change = (who: Who, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE) =>
    ask(server, who, '/account', { method: 'PATCH', headers, body });

  before(async () => {
    server = await startTestServer({ env: { CORS_ORIGINS: 'https://cal.example' } });
    const { app } = server.running;
    const user = await findUser(app.db, 'ann');
    assert.ok(user);
    ann = withToken((await createApiToken(app, userActor(user), { label: 'x', isReadOnly: false })).token);
    calendar = dig((await ask(server, ann, '/calendars')).json, 'items', 0, 'id');
  });
  after(() => server.stop());

  describe('odd JSON', () => {
    test('depth, size and shapes', async () => {
      requireProblem(await change(ann, '['.repeat(200_000)), 400);
      const deep = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      requireProblem(await change(ann, deep), 422);
      const nested = `{"name":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
      requireProblem(await change(ann, nested), 422);
      requireProblem(await change(ann, `{"name":"${'x'.repeat(13 * 1024 * 1024)}"}`), 413);
      for (const body of ['[]', 'null', '1', '"x"', 'true']) requireProblem(await change(ann, body), 400);
      for (const body of ['NaN', '{"name":NaN}', '{"name":undefined}', "{'name':1}", '{"a":1,}', '{}x'])
        requireProblem(await change(ann, body), 400);
    });

    test('an upload of unknown length is cut at the limit', async () => {
      const answer = await new Promise<number>((resolve, reject) => {
        const sent = request(
          `${server.origin}/api/v1/account`,
          { method: 'PATCH', headers: { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' } },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        sent.on('error', reject);
        ann().then((headers) => {
          for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
          const piece = Buffer.alloc(1024 * 1024, 0x20);
          for (let i = 0; i < 14; i += 1) sent.write(piece);
          sent.end();
        }, reject);
      });
      assert.equal(answer, 413);
    });

    test('names that are special in JavaScript are unknown fields', async () => {
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
        const inBody = await change(ann, `{"${name}":{"isAdmin":true}}`);
        requireProblem(inBody, 422);
        assert.deepEqual(pointers(inBody), [`/${name}`]);
        requireProblem(await ask(server, ann, `/account?${name}=1&${name}=2`), 422);
      }
      const card = '{"collection":1,"card":{"__proto__":{"nickname":"x"},"nope":1}}';
      const inside = await ask(server, ann, '/contacts', { method: 'POST', headers: JSON_TYPE, body: card });
      requireProblem(inside, 422);
      assert.deepEqual(pointers(inside), ['/card/__proto__', '/card/nope']);
      assert.equal(Reflect.get({}, 'isAdmin'), undefined);
    });

    test('the last of doubled keys counts, a byte order mark is nothing', async () => {
      assert.equal((await change(ann, '{"name":"One","name":"Two"}')).status, 204);
      assert.equal((await change(ann, '\ufeff{"weekStart":7}')).status, 204);
      const { json } = await ask(server, ann, '/account');
      assert.deepEqual([dig(json, 'name'), dig(json, 'weekStart')], ['Two', 7]);
    });

    test('what no database keeps is refused by name', async () => {
      for (const text of ['a\\u0000b', '\\ud800', 'x\\udc00y']) {
        const answer = await change(ann, `{"name":"${text}"}`);
        requireProblem(answer, 422);
        assert.deepEqual(pointers(answer), ['/name']);
      }
      for (const id of ['1e30', '9007199254740993', '1.5', '-0.5', '1e999'])
        requireProblem(
          await ask(server, ann, '/calendars', {
            method: 'POST',
            headers: JSON_TYPE,
            body: `{"name":${id}}`,
          }),
          422,
        );
      for (const id of ['7.9', '0x10', '1e3', '%207', '+7', '99999999999999999999', 'NaN', '%E2%88%9E'])
        requireProblem(await ask(server, ann, `/calendars/${id}`), 422);
      for (const id of ['9007199254740991', '-9007199254740991', '2147483648'])
        requireProblem(await ask(server, ann, `/calendars/${id}`), 404);
    });

    test('a field that comes twice is refused', async () => {
      const body = '{"name":"x"}';
      requireProblem(
        await ask(server, ann, '/account?name=y', { method: 'PATCH', headers: JSON_TYPE, body }),
        422,
      );
      const path = `/calendars/${calendar}`;
      const other = { method: 'PATCH', headers: JSON_TYPE, body: '{"id":99,"name":"x"}' };
      requireProblem(await ask(server, ann, path, other), 422);
    });

    test('other types and codings of the body', async () => {
      requireProblem(
        await change(ann, 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }),
        415,
      );
      requireProblem(await change(ann, '{}', { 'Content-Type': 'text/plain' }), 415);
      requireProblem(await change(ann, '{}', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }), 415);
      const latin = await ask(server, ann, '/account', {
        method: 'PATCH',
        headers: JSON_TYPE,
        body: Buffer.from('{"name":"\xe9"}', 'latin1'),
      });
      requireProblem(latin, 400);
      assert.equal(
        (await change(ann, '{"name":"Ann"}', { 'Content-Type': 'Application/JSON ; charset=utf-8' })).status,
        204,
      );
    });

    test('times and dates that are none', async () => {
      for (const moment of [
        'x',
        '2026-13-41T00:00:00Z',
        '2016-12-31T23:59:60Z',
        '0000-01-01T00:00:00Z',
        '9999-12-31T23:59:59.999Z',
        '+99999-01-01T00:00:00Z',
        '2026-11-24T10:00:00',
      ]) {
        const answer = await ask(server, ann, `/moment?moment=${encodeURIComponent(moment)}`);
        assert.ok(answer.status < 500, `${moment}: ${answer.text}`);
      }
      for (const [from, to] of [
        ['0000-00-00', '0001-01-01'],
        ['9999-12-01', '9999-12-31'],
        ['2026-02-30', '2026-03-01'],
        ['2026-11-01', '2020-01-01'],
      ]) {
        const answer = await ask(server, ann, `/events?from=${from}&to=${to}`);
        assert.ok(answer.status < 500, `${from}: ${answer.text}`);
      }
      requireProblem(
        await ask(server, ann, '/events?from=2026-11-01&to=2026-11-02&timeZone=Mars%2FBase'),
        400,
      );
    });
  });

  describe('methods and addresses', () => {
    test('HEAD is GET without a body', async () => {
      const got = await ask(server, ann, '/account');
      const head = await ask(server, ann, '/account', { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
      assert.equal(head.headers.get('content-length'), got.headers.get('content-length'));
      assert.equal((await ask(server, nobody, '/account', { method: 'HEAD' })).status, 401);
      const file = await ask(server, ann, `/calendars/${calendar}/export`, { method: 'HEAD' });
      assert.deepEqual([file.status, file.text], [200, '']);
    });

    test('OPTIONS names the methods; others are refused with them', async () => {
      const answer = await ask(server, nobody, '/account', { method: 'OPTIONS' });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [204, 'GET, HEAD, PATCH, OPTIONS']);
      for (const method of ['PUT', 'DELETE', 'PROPFIND', 'REPORT', 'MKCOL', 'FROBNICATE']) {
        const answer = await send(
          server,
          `${method} /api/v1/account HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        );
        // What Node cannot parse never gets here.
        assert.match(answer, method === 'FROBNICATE' ? /^HTTP\/1\.1 400/ : /^HTTP\/1\.1 405/, method);
      }
    });

    test('scripts of other origins are not welcome, also where those of DAV are', async () => {
      const Origin = 'https://cal.example';
      const asked = { Origin, 'Access-Control-Request-Method': 'PATCH' };
      for (const answer of [
        await ask(server, nobody, '/account', { method: 'OPTIONS', headers: asked }),
        await ask(server, ann, '/account', { headers: { Origin } }),
        await ask(server, nobody, '/openapi.json', { headers: { Origin } }),
      ]) {
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
        assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
      }
    });

    test('what the browser would like to have counts for nothing', async () => {
      for (const Accept of ['text/html', 'application/xml;q=1, */*;q=0', 'nonsense'])
        assert.equal(
          (await ask(server, ann, '/account', { headers: { Accept } })).headers.get('content-type'),
          'application/json',
        );
    });

    test('errors of the edge are problems too', async () => {
      requireProblem(await ask(server, ann, '/calendars/%zz'), 400);
      requireProblem(await ask(server, ann, `/calendars/${'x'.repeat(9000)}`), 414);
      requireProblem(await ask(server, ann, '/calendars/..%2f..'), 400);
      requireProblem(await ask(server, ann, '/nothing'), 404);
      requireProblem(await ask(server, ann, '/../v2/account'), 404);
      const twice =
        'GET /api/v1/account HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n';
      assert.match(await send(server, twice), /^HTTP\/1\.1 400[\s\S]*application\/problem\+json/);
    });
  });

  describe('browsers', () => {
    let page: Visitor;
    before(async () => {
      page = visitor(server);
      await page.signIn('ann', server.password);
      await page.get('/account');
    });

    test('a page of ours reads with its cookie and changes with its token', async () => {
      assert.equal((await ask(server, withPage(server, page), '/account')).status, 200);
      assert.equal((await change(withPage(server, page), '{"theme":"dark"}')).status, 204);
    });

    test('what another site can send changes nothing', async () => {
      const own = await withPage(server, page)();
      const sent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        'no token': { ...own, 'X-CSRF': '' },
        'a token of somebody else': { ...own, 'X-CSRF': await visitor(server).formToken() },
        'another site': { ...own, 'Sec-Fetch-Site': 'cross-site' },
        'another host of the site': { ...own, 'Sec-Fetch-Site': 'same-site' },
        'typed by hand': { ...own, 'Sec-Fetch-Site': 'none' },
      };
      for (const [what, headers] of Object.entries(sent)) {
        const answer = await change(async () => headers, '{"theme":"light"}');
        assert.equal(answer.status, 403, `${what}: ${answer.text}`);
        requireProblem(answer, 403);
      }
      // Without what the browser says of itself, the origin decides.
      const { 'Sec-Fetch-Site': _said, ...plain } = own;
      requireProblem(await change(async () => ({ ...plain, Origin: 'https://evil.example' }), '{}'), 403);
      const { Origin: _origin, ...bare } = plain;
      requireProblem(await change(async () => bare, '{}'), 403);
      const { json } = await ask(server, ann, '/account');
      assert.equal(dig(json, 'theme'), 'dark');
    });

    test('a token in the header counts more than the cookie', async () => {
      const own = await withPage(server, page)();
      requireProblem(
        await ask(server, async () => ({ ...own, Authorization: 'Bearer wrong' }), '/account'),
        401,
      );
      requireProblem(
        await ask(
          server,
          async () => ({ ...own, Authorization: `Basic ${btoa('ann:correct horse battery')}` }),
          '/account',
        ),
        401,
      );
    });

    test('cookies of DAV passwords and passwords of cookies are none', async () => {
      requireProblem(
        await ask(server, async () => ({ Cookie: 'sid=AAAAAAAAAAAAAAAAAAAAAAAA' }), '/account'),
        401,
      );
    });
  });

  describe('many at once', () => {
    test('changes of one thing at once: one wins, the others are told', async () => {
      const made = await ask(server, ann, `/calendars/${calendar}/events`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: '{"summary":"One","start":"2026-11-24","end":"2026-11-25"}',
      });
      const [name, etag] = [dig(made.json, 'name'), dig(made.json, 'etag')];
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          ask(server, ann, `/calendars/${calendar}/items/${name}`, {
            method: 'PATCH',
            headers: JSON_TYPE,
            body: JSON.stringify({ etag, summary: `Try ${at}` }),
          }),
        ),
      );
      assert.deepEqual(
        answers.map(({ status }) => status).sort((a, b) => a - b),
        [200, ...Array.from({ length: 7 }, () => 412)],
      );
    });

    test('wrong tokens are cheap, and shut nobody out', async () => {
      const wrong = withToken(`daybook_${'A'.repeat(43)}`);
      const startedMs = performance.now();
      for (let round = 0; round < 10; round += 1) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server, wrong, '/account')));
        for (const answer of answers) requireProblem(answer, 401);
      }
      const eachMs = (performance.now() - startedMs) / 200;
      assert.ok(eachMs < 50, `${eachMs} ms for a wrong token; a password costs more`);
      assert.equal((await ask(server, ann, '/account')).status, 200);
    });

    test('a wrong password that is asked for once more is slowed as at sign-in', async () => {
      const statuses: number[] = [];
      for (let i = 0; i < 40 && !statuses.includes(429); i += 1) {
        const body = JSON.stringify({ oldPassword: `wrong ${i}`, newPassword: 'correct horse battery 2' });
        statuses.push(
          (await ask(server, ann, '/account/password', { method: 'POST', headers: JSON_TYPE, body })).status,
        );
      }
      assert.equal(statuses[0], 403);
      assert.ok(statuses.includes(429), statuses.join());
      assert.equal((await ask(server, ann, '/account')).status, 200);
    });
  });

  test('the log holds no failure', () => {
    assert.deepEqual(
      server.log.filter((line) => /api\.failed|"level":50/.test(line)),
      [],
    );
  });
});

/** Bytes as they are, on a connection of their own. */
function send(server: TestServer, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let said = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
  });
}
