import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAppPassword, listAppPasswords, makeVerifier } from '../../models/credentials/service.ts';
import { toDeviceId } from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import {
  allowAppRequest,
  collectAppRequest,
  createSetupCode,
  listAppRequests,
  openSetupCode,
  progressOfCode,
  pruneOnboarding,
  readAppRequest,
  readSetupCode,
  refuseAppRequest,
  setupProgress,
  startAppRequest,
  useSetupCode,
} from '../../models/onboarding/service.ts';
import { createUser, setDisabled } from '../../models/principals/service.ts';
import { testApp } from '../support/app.ts';
import { userActor } from '../support/people.ts';
import { type Open, onEachDatabase } from './suite.ts';

const SYSTEM = { kind: 'system' } as const;
const HERE = '192.0.2.7';
const PHONE = { userAgent: 'DAVx5/4.5.20-ose (at.bitfire.davdroid)', remoteAddress: HERE };
const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;

async function stage(t: { after(close: () => Promise<void>): void }, open: Open) {
  const opened = await open();
  t.after(() => opened.close());
  const app = testApp(opened.db);
  const make = (login: string) =>
    createUser(app, SYSTEM, { login, displayName: `${login} Klein`, email: `${login}@example.org` });
  const [ann, bob] = [await make('ann'), await make('bob')];
  return {
    app,
    ann,
    actor: userActor(ann),
    stranger: userActor(bob),
    verifier: makeVerifier(app, app.limits),
  };
}

await onEachDatabase('onboarding', (open) => {
  test('a code makes one app password, and only who used it gets it again', async (t) => {
    const { app, actor, verifier } = await stage(t, open);
    const { code, id } = await createSetupCode(app, actor, { kind: 'iphone' });
    assert.ok(Buffer.from(code, 'base64url').length * 8 >= 128);
    const before = await readSetupCode(app, code);
    assert.equal(before.state, 'open');
    assert.equal((await setupProgress(app, actor, id)).openedUtc, null);
    await openSetupCode(app, code);
    app.clock.advance(5000);
    await openSetupCode(app, code);
    const opened = await setupProgress(app, actor, id);
    assert.equal(opened.openedUtc, opened.createdUtc, 'the first time counts');
    const used = await useSetupCode(app, code, 'Ann’s iPhone');
    assert.match(used.secret, /^([a-z2-7]{4}-){4}[a-z2-7]{4}$/);
    const who = await verifier.verify('ann', used.secret, HERE);
    assert.equal(who?.device, used.device);
    assert.deepEqual(await readSetupCode(app, code), { state: 'used' });
    const mine = await readSetupCode(app, code, used.grant);
    assert.equal(mine.state === 'mine' ? mine.secret : null, used.secret);
    const other = await readSetupCode(app, code, 'x'.repeat(32));
    assert.equal(other.state, 'used');
    await assert.rejects(useSetupCode(app, code, 'again'), refused(409));
    assert.equal((await listAppPasswords(app, actor)).length, 1);
    assert.deepEqual(
      app.hints.told.map(({ topic }) => topic),
      ['connect', 'connect', 'device'],
    );
  });

  test('of many who use a code at once, one gets a password', async (t) => {
    const { app, actor } = await stage(t, open);
    const { code } = await createSetupCode(app, actor, { kind: 'android' });
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, at) => useSetupCode(app, code, `phone ${at}`)),
    );
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const each of tries)
      if (each.status === 'rejected') assert.ok(refused(409)(each.reason), String(each.reason));
    assert.equal((await listAppPasswords(app, actor)).length, 1);
  });

  test('a code is over after ten minutes, what it made ten minutes after its use', async (t) => {
    const { app, actor } = await stage(t, open);
    const { code: late } = await createSetupCode(app, actor, { kind: 'iphone' });
    app.clock.advance(600_000);
    assert.equal((await readSetupCode(app, late)).state, 'over');
    await assert.rejects(useSetupCode(app, late, 'late'), refused(409));
    const { code } = await createSetupCode(app, actor, { kind: 'iphone' });
    app.clock.advance(599_000);
    const { grant } = await useSetupCode(app, code, 'in time');
    app.clock.advance(599_000);
    assert.equal((await readSetupCode(app, code, grant)).state, 'mine');
    app.clock.advance(1000);
    assert.equal((await readSetupCode(app, code, grant)).state, 'used');
    await pruneOnboarding(app);
    const left = await app.db.get<{ sealed: string | null }>(
      'SELECT sealed FROM setup_codes WHERE used_utc IS NOT NULL',
    );
    assert.equal(left?.sealed, null, 'no secret outlives its time');
    app.clock.advance(2 * 86_400_000);
    await pruneOnboarding(app);
    assert.equal((await readSetupCode(app, code)).state, 'unknown');
  });

  test('neither code nor grant nor password can be read in the database', async (t) => {
    const { app, actor } = await stage(t, open);
    const { code } = await createSetupCode(app, actor, { kind: 'iphone' });
    const { grant, secret } = await useSetupCode(app, code, 'phone');
    const { pollToken, loginToken } = await startAppRequest(app, PHONE);
    const rows = JSON.stringify([
      await app.db.all('SELECT * FROM setup_codes'),
      await app.db.all('SELECT * FROM app_requests'),
      await app.db.all('SELECT * FROM credentials'),
    ]);
    for (const hidden of [code, grant, secret, secret.replaceAll('-', ''), pollToken, loginToken])
      assert.ok(!rows.includes(hidden));
  });

  test('a code of somebody who is shut out is unknown, and progress is for its owner', async (t) => {
    const { app, ann, actor, stranger } = await stage(t, open);
    const { code, id } = await createSetupCode(app, actor, { kind: 'iphone' });
    await assert.rejects(setupProgress(app, stranger, id), refused(404));
    assert.equal(await progressOfCode(app, stranger, code), null);
    await setDisabled(app, SYSTEM, ann.id, true);
    assert.equal((await readSetupCode(app, code)).state, 'unknown');
    assert.equal((await readSetupCode(app, 'not a code')).state, 'unknown');
  });

  test('a code for a device gives it a new secret and keeps its name', async (t) => {
    const { app, actor, stranger, verifier } = await stage(t, open);
    const { id, secret: old } = await createAppPassword(app, actor, { label: 'Lea’s iPad' });
    assert.ok(await verifier.verify('ann', old, HERE));
    await assert.rejects(
      createSetupCode(app, stranger, { kind: 'iphone', device: toDeviceId(id) }),
      refused(404),
    );
    const { code } = await createSetupCode(app, actor, { kind: 'iphone', device: toDeviceId(id) });
    const { device, secret } = await useSetupCode(app, code, 'another name');
    assert.equal(device, id);
    assert.equal(await verifier.verify('ann', old, HERE), null);
    assert.ok(await verifier.verify('ann', secret, HERE));
    assert.deepEqual(
      (await listAppPasswords(app, actor)).map(({ label }) => label),
      ['Lea’s iPad'],
    );
  });

  test('an app gets its password once, after somebody allowed it', async (t) => {
    const { app, actor, verifier } = await stage(t, open);
    const { pollToken, loginToken } = await startAppRequest(app, PHONE);
    assert.equal(await collectAppRequest(app, pollToken), null);
    assert.equal(await collectAppRequest(app, loginToken), null, 'the tokens are not the same');
    const asked = await readAppRequest(app, loginToken);
    assert.deepEqual([asked.client, asked.state, asked.person], ['DAVx5', 'waiting', null]);
    await assert.rejects(
      allowAppRequest(app, { kind: 'anonymous' }, loginToken, { label: 'x' }),
      refused(403),
    );
    const nothing = { calendars: false, contacts: false, readOnly: false };
    await assert.rejects(
      allowAppRequest(app, actor, loginToken, { label: 'x', scope: nothing }),
      refused(400),
    );
    const scope = { calendars: true, contacts: false, readOnly: true };
    await allowAppRequest(app, actor, loginToken, { label: 'Ann’s Pixel 8', scope });
    await assert.rejects(refuseAppRequest(app, actor, loginToken), refused(409));
    const many = await Promise.all(Array.from({ length: 6 }, () => collectAppRequest(app, pollToken)));
    const given = many.filter((each) => each !== null);
    assert.equal(given.length, 1);
    const actorOfApp = await verifier.verify('ann', given[0]?.secret ?? '', HERE);
    assert.deepEqual(actorOfApp?.scope, scope);
    assert.equal(await collectAppRequest(app, pollToken), null);
    const listed = await listAppRequests(app, actor, { before: null, limit: 10 });
    assert.deepEqual(
      listed.map(({ state, label, device }) => [state, label, device]),
      [['allowed', 'Ann’s Pixel 8', actorOfApp?.device]],
    );
  });

  test('an app that was turned away, or asked too long ago, gets nothing', async (t) => {
    const { app, actor } = await stage(t, open);
    const first = await startAppRequest(app, PHONE);
    await refuseAppRequest(app, actor, first.loginToken);
    assert.equal(await collectAppRequest(app, first.pollToken), null);
    const second = await startAppRequest(app, PHONE);
    app.clock.advance(600_000);
    assert.equal((await readAppRequest(app, second.loginToken)).state, 'over');
    await assert.rejects(allowAppRequest(app, actor, second.loginToken, { label: 'x' }), refused(409));
    const third = await startAppRequest(app, PHONE);
    await allowAppRequest(app, actor, third.loginToken, { label: 'x' });
    app.clock.advance(600_000);
    assert.equal(await collectAppRequest(app, third.pollToken), null);
    assert.equal((await listAppPasswords(app, actor)).length, 0);
  });

  test('with a code nobody signs in, the newest request counts, and the code is used up', async (t) => {
    const { app, ann, actor } = await stage(t, open);
    const { code, id } = await createSetupCode(app, actor, { kind: 'android' });
    const early = await startAppRequest(app, { ...PHONE, code });
    const { loginToken, pollToken } = await startAppRequest(app, { ...PHONE, code });
    await assert.rejects(readAppRequest(app, early.loginToken), refused(404));
    assert.equal((await readAppRequest(app, loginToken)).person?.principal, ann.id);
    await allowAppRequest(app, { kind: 'anonymous' }, loginToken, { label: 'Ann’s Pixel 8' });
    await assert.rejects(startAppRequest(app, { ...PHONE, code }), refused(409));
    await assert.rejects(useSetupCode(app, code, 'late'), refused(409));
    assert.ok(await collectAppRequest(app, pollToken));
    const progress = await setupProgress(app, actor, id);
    assert.equal(progress.deviceName, 'Ann’s Pixel 8');
    await assert.rejects(startAppRequest(app, { ...PHONE, code: 'a'.repeat(24) }), refused(409));
  });

  test('only so many apps may wait', async (t) => {
    const { app } = await stage(t, open);
    for (let count = 0; count < 30; count++) await startAppRequest(app, PHONE);
    await assert.rejects(startAppRequest(app, PHONE), refused(429));
    await startAppRequest(app, { ...PHONE, remoteAddress: '198.51.100.9' });
    app.clock.advance(600_000);
    await startAppRequest(app, PHONE);
  });
});
