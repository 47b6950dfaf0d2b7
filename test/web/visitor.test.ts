import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/server.ts';
import { textOf, visitor } from '../support/web.ts';

for (const base of ['', '/day'])
  describe(`a visitor at ${base}/`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ base });
    });
    after(() => server.stop());

    test('signs in, keeps the session, signs out', async () => {
      const ann = visitor(server);
      const asked = await ann.get('/');
      assert.match(asked.path, /^\/sign-in\?next=/);
      assert.match((await ann.signIn(server.user, server.password)).html, /<h1/);
      assert.equal((await ann.get('/more')).firstStatus, 200);
      const out = await ann.post('/sign-out');
      assert.equal(out.firstStatus, 303);
      assert.match(out.path, /^\/sign-in/);
    });

    test('says when it cannot sign in', async () => {
      await assert.rejects(visitor(server).signIn(server.user, 'wrong'), /cannot sign in/);
    });

    test('a form with a wrong token is refused', async () => {
      const ann = visitor(server);
      await ann.signIn(server.user, server.password);
      const refused = await ann.post('/sign-out', { 'form-token': 'wrong' });
      assert.ok(refused.status >= 400);
      assert.equal((await ann.get('/more')).firstStatus, 200);
    });
  });

test('text of a page', () => {
  assert.equal(
    textOf('<head><title>x</title></head><p>a &lt;b&gt;\n c&#39;s &#x2019;</p>'),
    "a <b> c's \u2019",
  );
});
