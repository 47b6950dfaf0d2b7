import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { createAppPassword } from '../../models/credentials/service.ts';
import { getDevice, toDeviceId } from '../../models/devices/service.ts';
import { createUser, findUser } from '../../models/principals/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { visitor } from '../support/web.ts';

const SYNC = `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`;
const IOS = 'iOS/26.3.1 (23D8133) dataaccessd/1.0';

for (const base of ['', '/day'])
  describe(`pages of devices at ${base}/`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ base });
      const { app } = server.running;
      const { password } = server;
      await createUser(app, SYSTEM_ACTOR, { login: 'root', displayName: 'Root', password, isAdmin: true });
      await createUser(app, SYSTEM_ACTOR, { login: 'lea', displayName: 'Lea', password });
    });
    after(() => server.stop());

    const sync = async (login: string, password: string): Promise<number> => {
      const response = await fetch(`${server.origin}${base}/dav/calendars/${login}/calendar/`, {
        method: 'REPORT',
        headers: {
          Authorization: `Basic ${btoa(`${login}:${password}`)}`,
          'User-Agent': IOS,
          'Content-Type': 'application/xml',
          Depth: '1',
        },
        body: SYNC,
      });
      await response.arrayBuffer();
      return response.status;
    };
    const connect = async (login: string, label: string) => {
      const { app } = server.running;
      const person = await findUser(app.db, login);
      assert.ok(person);
      const made = await createAppPassword(app, SYSTEM_ACTOR, { label, principal: person.id });
      return { id: toDeviceId(made.id), secret: made.secret };
    };
    const stateIs = async (id: ReturnType<typeof toDeviceId>, state: string): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        if ((await getDevice(server.running.app, SYSTEM_ACTOR, id)).state === state) return;
        await new Promise((done) => setTimeout(done, 30));
      }
      assert.fail(`never ${state}`);
    };

    test('the first page leads others to Connect, and with a device to the calendar', async () => {
      const lea = visitor(server, { follow: false });
      await lea.signIn('lea', server.password);
      assert.match((await lea.get('/')).headers.get('location') ?? '', /\/connect$/);
      await connect('lea', 'Lea’s iPad');
      assert.match((await lea.get('/')).headers.get('location') ?? '', /\/calendar$/);
      for (const path of ['/admin/activity', '/admin/activity.csv', '/admin/health'])
        assert.equal((await lea.get(path)).status, 403);
    });

    test('from Overview it is one step to the reason why a device stopped', async () => {
      const { id, secret } = await connect('lea', 'Lea’s old phone');
      assert.equal(await sync('lea', secret), 207);
      await stateIs(id, 'in-sync');
      const root = visitor(server);
      await root.signIn('root', server.password);
      const removed = await root.post('/devices/remove', { id, back: '/admin/activity' });
      assert.match(removed.text, /Lea’s old phone removed\. It is refused from its next try on\. Undo/);
      assert.equal(await sync('lea', secret), 401);
      await stateIs(id, 'refused');
      const overview = await root.get('/');
      assert.match(overview.text, /Lea’s old phone was removed and still asks/);
      const why = /href="([^"]*\/admin\/health\?device=[^"#]*)[^"]*"/.exec(overview.html)?.[1];
      assert.ok(why);
      const health = await root.get(why.slice(base.length));
      assert.match(health.text, /Lea’s old phone sends the password removed on/);
      assert.match(health.text, /Connect it anew: it gets a new password/);
      const undone = await root.post('/devices/undo', { id, back: '/admin/activity' });
      assert.match(undone.text, /Lea’s old phone is let in again, with the same password/);
      assert.equal(await sync('lea', secret), 207);
    });

    test('a device is renamed by its owner, and by nobody else', async () => {
      const { id } = await connect('lea', 'Nameless');
      const lea = visitor(server, { follow: false });
      await lea.signIn('lea', server.password);
      await lea.get('/more');
      const renamed = await lea.post('/devices/rename', {
        id,
        back: '/account',
        [`name-${id}`]: 'Kitchen <b>',
      });
      assert.deepEqual([renamed.firstStatus, renamed.headers.get('location')], [303, `${base}/account`]);
      assert.equal((await getDevice(server.running.app, SYSTEM_ACTOR, id)).name, 'Kitchen <b>');
      const away = await lea.post('/devices/rename', { id, back: '//evil.example', name: 'X' });
      assert.equal(away.headers.get('location'), `${base}/connect`);
      const ann = visitor(server);
      await ann.signIn('ann', server.password);
      assert.equal((await ann.post('/devices/remove', { id })).status, 404);
    });

    test('Activity filters, searches and exports, and holds no secret', async () => {
      const { id, secret } = await connect('lea', '=HYPERLINK("x")');
      assert.equal(await sync('lea', secret), 207);
      await stateIs(id, 'in-sync');
      assert.equal(await sync('nobody', 'secret words of nobody'), 401);
      const root = visitor(server);
      await root.signIn('root', server.password);
      const one = await root.get(`/admin/activity?device=${id}&kind=sync`);
      assert.match(one.text, /the calendar “calendar”/);
      assert.match((await root.get('/admin/activity?q=zzzz')).text, /Nothing matches these filters/);
      assert.match((await root.get('/admin/activity?kind=log')).text, /Removed the device Lea’s old phone/);
      const csv = await root.get('/admin/activity.csv');
      assert.match(csv.headers.get('content-disposition') ?? '', /attachment/);
      assert.match(csv.html, /"'=HYPERLINK/);
      assert.ok(!csv.html.includes(secret) && !csv.html.includes('secret words'));
      let health = await root.get('/admin/health?device=absent');
      for (let i = 0; i < 50 && !/nobody has this user name/.test(health.text); i++) {
        await new Promise((done) => setTimeout(done, 50));
        health = await root.get('/admin/health?device=absent');
      }
      assert.match(health.text, /nobody iPhone or iPad nobody has this user name/);
      assert.ok(!health.html.includes('secret words'));
    });

    test('the probe answers administrators only, with what has arrived', async () => {
      const root = visitor(server);
      await root.signIn('root', server.password);
      const ask = (cookie: string) =>
        fetch(`${server.origin}${base}/admin/probe/caf%C3%A9%20x`, {
          method: 'MKCALENDAR',
          headers: {
            Cookie: cookie,
            Depth: '1',
            'If-Match': '"p"',
            Authorization: `Basic ${btoa('probe:probe')}`,
          },
          body: 'x'.repeat(1000),
        });
      assert.equal((await ask('')).status, 404);
      const answered: unknown = await (await ask(root.cookies())).json();
      assert.ok(typeof answered === 'object' && answered !== null);
      const of = (key: string): unknown => Reflect.get(answered, key);
      assert.deepEqual(
        [of('method'), of('path'), of('hasAuthorization'), of('bytes')],
        ['MKCALENDAR', '/admin/probe/caf%C3%A9%20x', true, 1000],
      );
    });
  });
