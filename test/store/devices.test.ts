import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { audit, findBrokenDay, pruneAudit } from '../../models/audit/service.ts';
import { createAppPassword } from '../../models/credentials/service.ts';
import { programDeviceId } from '../../models/devices/id.ts';
import {
  deviceBoard,
  deviceNames,
  deviceSyncs,
  getDevice,
  hasDevice,
  listDevices,
  removeDevice,
  renameDevice,
  timelinesOf,
  toDeviceId,
  undoRemoveDevice,
} from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import { checkServer, overviewOf } from '../../models/overview/service.ts';
import { createUser } from '../../models/principals/service.ts';
import { type DeviceNote, type RequestNote, recordNotes } from '../../models/requests/record.ts';
import {
  deviceRequests,
  listActivity,
  meantBy,
  pruneDevices,
  strangeSignIns,
} from '../../models/requests/service.ts';
import { verdictOf } from '../../models/requests/verdict.ts';
import type { DeviceId, PrincipalId } from '../../models/types.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { userActor } from '../support/people.ts';
import { type Open, onEachDatabase } from './suite.ts';

const DAY = 86_400;
const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;
const nowOf = (app: TestApp) => Math.floor(app.clock.nowMs() / 1000);

interface Stage {
  readonly app: TestApp;
  readonly ann: ReturnType<typeof userActor>;
  readonly bob: ReturnType<typeof userActor>;
  readonly phone: DeviceId;
}

async function stage(open: Open, t: { after(work: () => Promise<void>): void }): Promise<Stage> {
  const { db, close } = await open();
  t.after(close);
  const app = testApp(db);
  t.after(() => app.rules.close());
  const person = async (login: string) =>
    userActor(await createUser(app, SYSTEM_ACTOR, { login, displayName: `${login} Example` }));
  const [ann, bob] = [await person('ann'), await person('bob')];
  const { id } = await createAppPassword(app, ann, { label: 'Phone' });
  return { app, ann, bob, phone: toDeviceId(id) };
}

const request = (atUtc: number, more: Partial<RequestNote> = {}): RequestNote => ({
  atUtc,
  outcome: 'checked',
  method: 'REPORT',
  path: '/dav/calendars/ann/calendar/',
  status: 207,
  ms: 3,
  reason: null,
  times: 1,
  ...more,
});

function noteOf(
  device: DeviceId,
  principal: PrincipalId,
  atUtc: number,
  more: Partial<DeviceNote> = {},
): DeviceNote {
  return {
    device,
    principal,
    signsInWith: 'app-password',
    userAgent: 'DAVx5/4.5.20-ose (at.bitfire.davdroid)',
    usedUtc: atUtc,
    syncUtc: atUtc,
    refusal: null,
    isOut: false,
    buckets: [{ startUtc: atUtc - (atUtc % 1800), checked: 1, changed: 0, refused: 0 }],
    requests: [request(atUtc)],
    collections: new Map([['calendar/calendar', atUtc]]),
    ...more,
  };
}

const awayNote = (device: DeviceId, principal: PrincipalId, atUtc: number): DeviceNote =>
  noteOf(device, principal, atUtc, {
    usedUtc: null,
    syncUtc: null,
    refusal: { atUtc, reason: 'removed-password' },
    isOut: true,
    requests: [request(atUtc, { outcome: 'refused', status: 401, reason: 'removed-password' })],
  });

await onEachDatabase('devices', (open) => {
  test('what use tells of a device stays with it', async (t) => {
    const { app, ann, phone } = await stage(open, t);
    const now = nowOf(app);
    assert.equal((await getDevice(app, ann, phone)).state, 'new');
    await recordNotes(app, [noteOf(phone, ann.principal, now)], []);
    await recordNotes(app, [noteOf(phone, ann.principal, now + 60)], []);
    const device = await getDevice(app, ann, phone);
    assert.deepEqual(
      [device.name, device.client, device.clientVersion, device.platform, device.state],
      ['Phone', 'DAVx5', '4.5.20', 'Android', 'in-sync'],
    );
    assert.deepEqual(
      [device.firstUsedUtc, device.lastUsedUtc, device.lastSyncUtc],
      [now, now + 60, now + 60],
    );
    assert.deepEqual(
      (await deviceSyncs(app, ann, phone)).map((sync) => [sync.holds, sync.atUtc]),
      [['calendar', now + 60]],
    );
    const lines = await timelinesOf(app, [device], now - 7 * DAY);
    assert.deepEqual(lines.get(phone), [
      { startUtc: now - (now % 1800), checked: 2, changed: 0, refused: 0 },
    ]);
    assert.ok(app.hints.told.some(({ person, topic }) => person === ann.principal && topic === 'device'));
    app.clock.advance(13 * 3_600_000);
    assert.equal((await getDevice(app, ann, phone)).state, 'quiet');
    app.clock.advance(3 * DAY * 1000);
    assert.equal((await getDevice(app, ann, phone)).state, 'silent');
  });

  test('a removed device is out, remembered, and comes back with the same password for a day', async (t) => {
    const { app, ann, phone } = await stage(open, t);
    const now = nowOf(app);
    await recordNotes(app, [noteOf(phone, ann.principal, now)], []);
    await removeDevice(app, ann, phone);
    assert.deepEqual(await listDevices(app, ann), []);
    assert.equal(await hasDevice(app, ann.principal), false);
    await recordNotes(app, [awayNote(phone, ann.principal, now + 10)], []);
    const gone = await getDevice(app, ann, phone);
    assert.deepEqual(
      [gone.state, gone.refusal, gone.refusedSinceUtc],
      ['refused', 'removed-password', now + 10],
    );
    assert.equal((await deviceBoard(app, ann))[0]?.id, phone, 'it still asks');
    const verdict = verdictOf(gone, await deviceRequests(app, ann, phone));
    assert.deepEqual([verdict.key, verdict.sinceUtc], ['removed', now]);
    await undoRemoveDevice(app, ann, phone);
    assert.equal((await getDevice(app, ann, phone)).refusedSinceUtc, null);
    assert.equal((await listDevices(app, ann)).length, 1);
    await removeDevice(app, ann, phone);
    app.clock.advance(DAY * 1000 + 1000);
    await assert.rejects(undoRemoveDevice(app, ann, phone), refused(409));
    app.clock.advance(91 * DAY * 1000);
    await pruneDevices(app);
    await assert.rejects(getDevice(app, ann, phone), refused(404));
  });

  test('only their owner and administrators see and change devices', async (t) => {
    const { app, ann, bob, phone } = await stage(open, t);
    for (const work of [
      () => getDevice(app, bob, phone),
      () => renameDevice(app, bob, phone, 'Mine'),
      () => removeDevice(app, bob, phone),
      () => deviceSyncs(app, bob, phone),
      () => deviceRequests(app, bob, phone),
    ])
      await assert.rejects(work(), refused(404));
    await assert.rejects(listDevices(app, bob, ann.principal), refused(403));
    await assert.rejects(overviewOf(app, bob), refused(403));
    await assert.rejects(listActivity(app, bob, {}), refused(403));
    await assert.rejects(removeDevice(app, { ...ann, via: 'app-password' }, phone), refused(404));
    await renameDevice(app, { ...bob, isAdmin: true }, phone, ' Ann’s phone ');
    assert.equal((await deviceNames(app.db, [phone])).get(phone), 'Ann’s phone');
    await assert.rejects(renameDevice(app, ann, phone, ' '), refused(400));
    await assert.rejects(renameDevice(app, ann, phone, 'a\nb'), refused(400));
  });

  test('a wrong password belongs to the program of the person, and a stranger to nobody', async (t) => {
    const { app, ann } = await stage(open, t);
    const now = nowOf(app);
    const id = programDeviceId(ann.principal, 'davx5');
    const wrong = noteOf(id, ann.principal, now, {
      signsInWith: 'password',
      usedUtc: null,
      syncUtc: null,
      refusal: { atUtc: now, reason: 'wrong-password' },
      isOut: true,
      requests: [request(now, { outcome: 'refused', status: 401, reason: 'wrong-password', times: 3 })],
    });
    await recordNotes(app, [wrong], []);
    assert.deepEqual(
      (await strangeSignIns(app, SYSTEM_ACTOR, [])).map((row) => [
        row.login,
        row.client,
        row.reason,
        row.times,
      ]),
      [['ann', 'DAVx5 4.5.20', 'wrong-password', 3]],
    );
    await recordNotes(app, [noteOf(id, ann.principal, now, { signsInWith: 'password' })], []);
    await recordNotes(app, [wrong], []);
    assert.equal((await getDevice(app, ann, id)).state, 'refused');
    // Another copy of the program gets in right after: it is not over yet.
    await recordNotes(app, [noteOf(id, ann.principal, now + 60, { signsInWith: 'password' })], []);
    assert.equal((await getDevice(app, ann, id)).state, 'refused');
    await recordNotes(app, [noteOf(id, ann.principal, now + 1000, { signsInWith: 'password' })], []);
    assert.notEqual((await getDevice(app, ann, id)).state, 'refused');
    const many = Array.from({ length: 300 }, (_, at) => ({
      login: `nobody${at}`,
      userAgent: 'x/1',
      reason: 'unknown-name' as const,
      network: '192.0.2',
      atUtc: now + at,
      times: 1,
    }));
    await recordNotes(app, [], many);
    const row = await app.db.get<{ count: number }>('SELECT count(*) AS count FROM strange_sign_ins');
    assert.ok(Number(row?.count) <= 202);
  });

  test('of each device the newest requests stay, changes and refusals for two weeks', async (t) => {
    const { app, ann, phone } = await stage(open, t);
    const now = nowOf(app);
    for (let i = 0; i < 30; i++)
      await recordNotes(app, [noteOf(phone, ann.principal, now + i, { requests: [request(now + i)] })], []);
    assert.equal((await listActivity(app, SYSTEM_ACTOR, { kind: 'sync', limit: 200 })).items.length, 20);
    const sent = Array.from({ length: 40 }, (_, i) =>
      request(now + 100 + i, { outcome: 'sent', method: 'PUT' }),
    );
    await recordNotes(app, [noteOf(phone, ann.principal, now + 200, { requests: sent })], []);
    assert.equal((await listActivity(app, SYSTEM_ACTOR, { kind: 'changes', limit: 200 })).items.length, 40);
    app.clock.advance(15 * DAY * 1000);
    assert.ok((await pruneDevices(app)) > 0);
    assert.equal((await listActivity(app, SYSTEM_ACTOR, { kind: 'sync', limit: 200 })).items.length, 20);
    const lines = await timelinesOf(app, [await getDevice(app, ann, phone)], 0);
    assert.deepEqual(lines.get(phone), []);
  });

  test('the activity is one list that pages without gaps and keeps to its filters', async (t) => {
    const { app, ann, phone } = await stage(open, t);
    const now = nowOf(app);
    const before = (await listActivity(app, SYSTEM_ACTOR, {})).items.length;
    // Several of both sources at the same second.
    for (let i = 0; i < 7; i++) {
      await audit(app, ann, { action: 'settings.change', about: { name: `n${i}` } });
      const requests = [
        request(now, { outcome: i % 2 === 0 ? 'sent' : 'refused', reason: i % 2 === 0 ? null : 'status' }),
      ];
      await recordNotes(app, [noteOf(phone, ann.principal, now, { requests })], []);
      if (i === 3) app.clock.advance(1000);
    }
    const all = await listActivity(app, SYSTEM_ACTOR, { limit: 200 });
    assert.equal(all.items.length, before + 14);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listActivity>> = await listActivity(app, SYSTEM_ACTOR, {
        limit: 3,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.next;
    } while (cursor !== null);
    assert.deepEqual(
      seen,
      all.items.map((item) => item.id),
    );
    const count = async (query: Parameters<typeof listActivity>[2]) =>
      (await listActivity(app, SYSTEM_ACTOR, query)).items.length;
    assert.equal(await count({ kind: 'log' }), before + 7);
    assert.equal(await count({ kind: 'changes' }), 4);
    assert.equal(await count({ result: 'refused' }), 3);
    assert.equal(await count({ device: phone }), 7);
    assert.equal(await count({ person: 'bob' }), 0);
    assert.equal(await count({ text: 'N3' }), 1);
    assert.equal(await count({ text: '%' }), 0);
    assert.equal(await count({ sinceUtc: now + 10 }), 0);
    await assert.rejects(listActivity(app, SYSTEM_ACTOR, { cursor: 'x' }), refused(400));
  });

  test('the log shows where a line was changed or taken out', async (t) => {
    const { app, ann } = await stage(open, t);
    const today = new Date(app.clock.nowMs()).toISOString().slice(0, 10);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => audit(app, ann, { action: 'device.remove', about: { i } })),
    );
    assert.equal(await findBrokenDay(app, SYSTEM_ACTOR), null);
    const last = await app.db.get<{ id: number }>('SELECT max(id) AS id FROM audit');
    await app.db.write((tx) =>
      tx.run(`UPDATE audit SET about = '{"i":99}' WHERE id = ?`, [(last?.id ?? 0) - 2]),
    );
    assert.equal(await findBrokenDay(app, SYSTEM_ACTOR), today);
    const checks = await checkServer(app, SYSTEM_ACTOR, '/');
    assert.equal(checks.find((check) => check.key === 'log')?.result, 'bad');
    assert.equal(checks.find((check) => check.key === 'migrations')?.result, 'good');
    app.clock.advance(402 * DAY * 1000);
    assert.ok((await pruneAudit(app)) >= 8);
    assert.equal(await findBrokenDay(app, SYSTEM_ACTOR), null);
  });

  test('Overview counts what is there and puts the worst device first', async (t) => {
    const { app, ann, bob, phone } = await stage(open, t);
    const now = nowOf(app);
    const tablet = toDeviceId((await createAppPassword(app, bob, { label: 'Tablet' })).id);
    await recordNotes(app, [noteOf(phone, ann.principal, now), awayNote(tablet, bob.principal, now)], []);
    const overview = await overviewOf(app, SYSTEM_ACTOR);
    assert.equal(overview.people, 2);
    assert.deepEqual(
      overview.devices.map((device) => [device.name, device.state]),
      [
        ['Tablet', 'refused'],
        ['Phone', 'in-sync'],
      ],
    );
    assert.ok(overview.calendars >= 2 && overview.books >= 2);
    assert.equal(overview.contacts, 0);
  });
});

test('a mistyped name finds whom it may have meant', () => {
  const logins = ['mara', 'lea', 'jonas'];
  assert.equal(meantBy('mra', logins), 'mara');
  assert.equal(meantBy('mara@example.org', logins), 'mara');
  assert.equal(meantBy('mara.klein', logins), 'mara');
  assert.equal(meantBy('LEA', logins), 'lea');
  assert.equal(meantBy('leah', logins), 'lea');
  assert.equal(meantBy('zoe', logins), null);
  assert.equal(meantBy('', logins), null);
});
