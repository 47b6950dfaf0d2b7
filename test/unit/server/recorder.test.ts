import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSTEM_ACTOR } from '../../../models/access/service.ts';
import { createAppPassword } from '../../../models/credentials/service.ts';
import { getDevice, toDeviceId } from '../../../models/devices/service.ts';
import { createUser } from '../../../models/principals/service.ts';
import { deviceRequests } from '../../../models/requests/service.ts';
import { type Answered, openRecorder, outcomeOf, pathOf } from '../../../server/http/recorder.ts';
import { testApp } from '../../support/app.ts';
import { openTestDb } from '../../support/db.ts';
import { userActor } from '../../support/people.ts';

const SEGMENTS = ['dav', 'calendars', 'ann', 'calendar'];
const answer = (more: Partial<Answered> = {}): Answered => ({
  method: 'REPORT',
  segments: SEGMENTS,
  userAgent: 'iOS/26.3.1 (23D8133) dataaccessd/1.0',
  remoteAddress: '192.0.2.7',
  status: 207,
  note: 'unchanged',
  ms: 1.4,
  ...more,
});

test('an answer means what it means to the device', () => {
  const item = [...SEGMENTS, 'a.ics'];
  const table: readonly (readonly [Partial<Answered>, string])[] = [
    [{}, 'checked'],
    [{ note: 'changed' }, 'received'],
    [{ method: 'PROPFIND', note: undefined }, 'checked'],
    [{ method: 'GET', status: 200, segments: item, note: undefined }, 'received'],
    [{ method: 'GET', status: 304, segments: item, note: undefined }, 'checked'],
    [{ method: 'PUT', status: 201, segments: item }, 'sent'],
    [{ method: 'PUT', status: 204, segments: item }, 'sent'],
    [{ method: 'DELETE', status: 204, segments: item }, 'sent'],
    [{ method: 'PUT', status: 412, segments: item }, 'checked'],
    [{ method: 'DELETE', status: 404, segments: item }, 'checked'],
    [{ method: 'PUT', status: 403, segments: item }, 'refused'],
    [{ method: 'PUT', status: 507, segments: item }, 'refused'],
    [{ method: 'REPORT', status: 403 }, 'checked'],
    [{ status: 503 }, 'refused'],
    [{ status: 401 }, 'refused'],
  ];
  for (const [more, outcome] of table) assert.equal(outcomeOf(answer(more)), outcome, JSON.stringify(more));
});

test('a path never names an item', () => {
  assert.equal(pathOf([...SEGMENTS, 'Dentist with Ann.ics']), '/dav/calendars/ann/calendar/…');
  assert.equal(pathOf(['dav', 'calendars', 'ann', 'a/b c']), '/dav/calendars/ann/a%2Fb%20c/');
  assert.equal(pathOf([]), '/');
  assert.ok(pathOf(['dav', 'x'.repeat(5000)]).length <= 200);
});

async function stage(t: { after(work: () => Promise<void>): void }) {
  const { db, close } = await openTestDb('sqlite');
  t.after(close);
  const app = testApp(db);
  t.after(() => app.rules.close());
  const ann = userActor(await createUser(app, SYSTEM_ACTOR, { login: 'ann' }));
  const { id } = await createAppPassword(app, ann, { label: 'Phone' });
  const device = toDeviceId(id);
  return { app, ann, device, actor: { ...ann, via: 'app-password' as const, device } };
}

test('requests of a minute are one write, and alike ones one line', async (t) => {
  const { app, ann, device, actor } = await stage(t);
  const recorder = openRecorder(app);
  let writes = 0;
  const { write } = app.db;
  t.mock.method(app.db, 'write', (work: Parameters<typeof write>[0]) => {
    writes += 1;
    return write.call(app.db, work);
  });
  for (let i = 0; i < 500; i++) recorder.answered(actor, answer());
  recorder.answered(actor, answer({ method: 'PUT', status: 201, segments: [...SEGMENTS, 'a.ics'] }));
  await recorder.stop();
  assert.equal(writes, 1);
  assert.equal((await getDevice(app, ann, device)).state, 'in-sync');
  const rows = await deviceRequests(app, ann, device);
  assert.deepEqual(
    rows.map((row) => [row.what, row.request?.times]),
    [
      ['sent', 1],
      ['checked', 500],
    ],
  );
});

test('first use and refusal are written at once, what comes between waits', async (t) => {
  const { app, ann, device, actor } = await stage(t);
  const recorder = openRecorder(app);
  t.after(() => recorder.stop());
  const soon = () => new Promise((done) => setTimeout(done, 400));
  const used = async () => (await getDevice(app, ann, device)).lastUsedUtc;
  recorder.answered(actor, answer());
  await soon();
  const first = await used();
  assert.ok(first !== null);
  app.clock.advance(5000);
  recorder.answered(actor, answer());
  await soon();
  assert.equal(await used(), first, 'not yet');
  const facts = { reason: 'removed-password', login: 'ann', principal: ann.principal, device } as const;
  recorder.turnedAway(facts, answer({ status: 401 }));
  await soon();
  assert.equal((await getDevice(app, ann, device)).state, 'refused');
});

test('the way to a home is use and no sync; the first sync after it is written at once', async (t) => {
  const { app, ann, device, actor } = await stage(t);
  const recorder = openRecorder(app);
  t.after(() => recorder.stop());
  const soon = () => new Promise((done) => setTimeout(done, 400));
  for (const segments of [[], ['dav'], ['dav', 'principals', 'ann']])
    recorder.answered(actor, answer({ method: 'PROPFIND', segments }));
  recorder.answered(actor, answer({ method: 'OPTIONS', status: 200 }));
  recorder.answered(actor, answer({ method: 'PROPFIND', status: 404 }));
  await soon();
  const used = await getDevice(app, ann, device);
  assert.notEqual(used.firstUsedUtc, null);
  assert.equal(used.lastSyncUtc, null);
  recorder.answered(actor, answer());
  await soon();
  assert.notEqual((await getDevice(app, ann, device)).lastSyncUtc, null);
});

test('noting a request costs next to nothing', async (t) => {
  const { app, actor } = await stage(t);
  const recorder = openRecorder(app);
  const one = answer();
  for (let i = 0; i < 20_000; i++) recorder.answered(actor, one);
  const began = performance.now();
  for (let i = 0; i < 200_000; i++) recorder.answered(actor, one);
  const micros = ((performance.now() - began) / 200_000) * 1000;
  t.diagnostic(`${micros.toFixed(2)} µs`);
  assert.ok(micros < 5, `${micros} µs`);
  await recorder.stop();
});
