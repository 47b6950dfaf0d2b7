import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { createAppPassword } from '../../models/credentials/service.ts';
import {
  type Device,
  getDevice,
  listDevices,
  removeDevice,
  toDeviceId,
  undoRemoveDevice,
} from '../../models/devices/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { deviceRequests, listActivity, strangeSignIns } from '../../models/requests/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SYNC = `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`;
const IOS = 'iOS/26.3.1 (23D8133) dataaccessd/1.0';
const DAVX5 = 'DAVx5/4.5.20-ose (at.bitfire.davdroid)';

interface Asked {
  readonly password: string;
  readonly login?: string;
  readonly userAgent?: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

/** One request as a device sends it; gives the status. */
async function ask(server: TestServer, asked: Asked): Promise<number> {
  const { login = 'ann', password, userAgent = IOS, method = 'REPORT', body = SYNC } = asked;
  const response = await fetch(`${server.origin}${asked.path ?? '/dav/calendars/ann/calendar/'}`, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
      'User-Agent': userAgent,
      'Content-Type': method === 'PUT' ? 'text/calendar' : 'application/xml',
      Depth: '1',
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Waits for what is written soon after. */
async function until<T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const value = await read();
    if (is(value)) return value;
    await new Promise((done) => setTimeout(done, 30));
  }
  return read();
}

describe('devices', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const annId = async () => {
    const ann = await findUser(server.running.app.db, 'ann');
    assert.ok(ann);
    return ann.id;
  };
  const connect = async (label: string) => {
    const made = await createAppPassword(server.running.app, SYSTEM_ACTOR, {
      label,
      principal: await annId(),
    });
    return { id: toDeviceId(made.id), secret: made.secret };
  };
  const read = (id: Device['id']) => () => getDevice(server.running.app, SYSTEM_ACTOR, id);

  test('a device appears with its first request, is shut out by its removal and let in again by the undo', async () => {
    const { app } = server.running;
    const { id, secret } = await connect("Ann's iPad");
    assert.equal((await read(id)()).state, 'new');
    assert.equal(await ask(server, { password: secret }), 207);
    const used = await until(read(id), (device) => device.state === 'in-sync');
    assert.equal(used.state, 'in-sync');
    assert.deepEqual([used.client, used.platform], ['iPhone or iPad', 'iOS 26.3']);
    await removeDevice(app, SYSTEM_ACTOR, id);
    assert.equal(await ask(server, { password: secret }), 401, 'the very next request');
    const gone = await until(read(id), (device) => device.state === 'refused');
    assert.deepEqual([gone.state, gone.refusal], ['refused', 'removed-password']);
    assert.ok(!(await listDevices(app, SYSTEM_ACTOR, await annId())).some((device) => device.id === id));
    await undoRemoveDevice(app, SYSTEM_ACTOR, id);
    assert.equal(await ask(server, { password: secret }), 207, 'the same password');
    const back = await until(read(id), (device) => device.state === 'in-sync');
    assert.equal(back.state, 'in-sync');
    const requests = await until(
      () => deviceRequests(app, SYSTEM_ACTOR, id),
      (rows) => rows[0]?.request?.status === 207,
    );
    assert.deepEqual(requests.map((row) => [row.what, row.request?.status, row.request?.path]).slice(0, 2), [
      ['checked', 207, '/dav/calendars/ann/calendar/'],
      ['refused', 401, '/dav/calendars/ann/calendar/'],
    ]);
  });

  test('a phone with an old password does not lock the household out', async () => {
    const { id, secret } = await connect('Old phone');
    await removeDevice(server.running.app, SYSTEM_ACTOR, id);
    for (let i = 0; i < 30; i++) assert.equal(await ask(server, { password: secret }), 401);
    for (let i = 0; i < 30; i++)
      assert.equal(await ask(server, { password: 'the password of last year', userAgent: DAVX5 }), 401);
    assert.equal(await ask(server, { password: server.password }), 207);
    const other = await connect('New phone');
    assert.equal(await ask(server, { password: other.secret }), 207);
  });

  test('a program that signs in with the account password is a device, and can be shut out alone', async () => {
    const { app } = server.running;
    assert.equal(await ask(server, { password: server.password, userAgent: 'vdirsyncer/0.19.3' }), 207);
    const find = async () =>
      (await listDevices(app, SYSTEM_ACTOR, await annId())).find((each) => each.client === 'vdirsyncer');
    const device = await until(find, (found) => found !== undefined);
    assert.ok(device);
    assert.deepEqual([device.signsInWith, device.clientVersion], ['password', '0.19.3']);
    assert.equal(await ask(server, { password: 'not the password', userAgent: 'vdirsyncer/0.19.4' }), 401);
    const refused = await until(read(device.id), (found) => found.refusal !== null);
    assert.deepEqual([refused.state, refused.refusal], ['refused', 'wrong-password']);
    await removeDevice(app, SYSTEM_ACTOR, device.id);
    assert.equal(await ask(server, { password: server.password, userAgent: 'vdirsyncer/0.19.3' }), 401);
    assert.equal(await ask(server, { password: server.password, userAgent: IOS }), 207);
    await undoRemoveDevice(app, SYSTEM_ACTOR, device.id);
    assert.equal(await ask(server, { password: server.password, userAgent: 'vdirsyncer/0.19.3' }), 207);
  });

  test('what is sent and received is told from what is only checked, without names of items', async () => {
    const { app } = server.running;
    const { id, secret } = await connect('Writer');
    const event = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:secret-name\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nSUMMARY:Hidden\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    const path = '/dav/calendars/ann/calendar/secret-name.ics';
    assert.equal(await ask(server, { password: secret, method: 'PUT', path, body: event }), 201);
    assert.equal(await ask(server, { password: secret }), 207);
    const rows = await until(
      () => deviceRequests(app, SYSTEM_ACTOR, id),
      (found) => found.length > 1,
    );
    assert.deepEqual(
      rows.map((row) => row.what),
      ['received', 'sent'],
    );
    const { items } = await listActivity(app, SYSTEM_ACTOR, { device: id });
    assert.doesNotMatch(JSON.stringify(items), /secret-name|Hidden/);
    assert.match(JSON.stringify(items), /calendar\/…/);
  });

  test('sign-ins with names nobody has are listed with whom they may have meant', async () => {
    const { app } = server.running;
    assert.equal(await ask(server, { login: 'anne', password: 'whatever it is', userAgent: DAVX5 }), 401);
    const list = () => strangeSignIns(app, SYSTEM_ACTOR, ['ann', 'bob']);
    const found = await until(list, (rows) => rows.some((row) => row.login === 'anne'));
    const row = found.find((each) => each.login === 'anne');
    assert.deepEqual([row?.reason, row?.meant, row?.client], ['unknown-name', 'ann', 'DAVx5 4.5.20']);
  });
});
