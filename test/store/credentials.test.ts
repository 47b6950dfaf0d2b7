import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { findHome } from '../../models/collections/service.ts';
import {
  createAppPassword,
  createSession,
  createSetupInvitation,
  endSession,
  findSession,
  isSetupOpen,
  listAppPasswords,
  makeVerifier,
  purgeExpired,
  RefusedSignIn,
  revokeAppPassword,
  setPassword,
  useSetupInvitation,
} from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import { createUser, findUser, setDisabled } from '../../models/principals/service.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { type Dialect, openTestDb } from '../support/db.ts';
import { userActor } from '../support/people.ts';

const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;
const PASSWORD = 'correct horse battery';
const HERE = '192.0.2.7';

async function stage(t: { after(close: () => Promise<void>): void }, dialect: Dialect, password?: string) {
  const opened = await openTestDb(dialect);
  t.after(() => opened.close());
  const app: TestApp = testApp(opened.db);
  const user = { login: 'Ann', email: 'ann@example.org', ...(password === undefined ? {} : { password }) };
  const ann = await createUser(app, SYSTEM_ACTOR, user);
  return { app, ann, actor: userActor(ann), verifier: makeVerifier(app, app.limits) };
}

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`credentials on ${kind}`, () => {
    test('the right password lets in, at once and under any case of the name', async (t) => {
      const { verifier, ann } = await stage(t, kind, PASSWORD);
      const actor = await verifier.verify('ANN', PASSWORD, HERE);
      assert.deepEqual(actor, userActor(ann));
      assert.equal(await verifier.verify('ann', `${PASSWORD}!`, HERE), null);
      assert.equal(await verifier.verify('bob', PASSWORD, HERE), null);
      assert.equal(await verifier.verify('ann', '', HERE), null);
      assert.equal(await verifier.verify('x'.repeat(100_000), PASSWORD, HERE), null);
    });

    test('a password that was changed, or a person who was shut out, is out at the next request', async (t) => {
      const { app, ann, actor, verifier } = await stage(t, kind, PASSWORD);
      assert.ok(await verifier.verify('ann', PASSWORD, HERE));
      const { token } = await createSession(app, ann.id);
      await setPassword(app, actor, ann.id, 'another long password');
      assert.equal(await verifier.verify('ann', PASSWORD, HERE), null);
      assert.equal(await findSession(app, token), null);
      assert.ok(await verifier.verify('ann', 'another long password', HERE));
      await setDisabled(app, SYSTEM_ACTOR, ann.id, true);
      assert.equal(await verifier.verify('ann', 'another long password', HERE), null);
      await setDisabled(app, SYSTEM_ACTOR, ann.id, false);
      assert.ok(await verifier.verify('ann', 'another long password', HERE));
    });

    test('app passwords: shown once, scoped, ending, taken back', async (t) => {
      const { app, actor, verifier, ann } = await stage(t, kind);
      const scope = { calendars: true, contacts: false, readOnly: true };
      const made = await createAppPassword(app, actor, { label: 'Phone', scope });
      assert.match(made.secret, /^([a-z2-7]{4}-){4}[a-z2-7]{4}$/);
      const found = await verifier.verify('ann', made.secret, HERE);
      assert.deepEqual([found?.via, found?.scope], ['app-password', scope]);
      const typed = made.secret.replaceAll('-', ' ').toUpperCase();
      assert.ok(await verifier.verify('ann', typed, HERE));
      const expiresUtc = Math.floor(app.clock.nowMs() / 1000) + 60;
      const short = await createAppPassword(app, actor, { label: 'Short', expiresUtc });
      assert.ok(await verifier.verify('ann', short.secret, HERE));
      app.clock.advance(61_000);
      assert.equal(await verifier.verify('ann', short.secret, HERE), null);
      const bob = await createUser(app, SYSTEM_ACTOR, { login: 'bob' });
      assert.equal(await verifier.verify('bob', made.secret, HERE), null);
      const other = await createAppPassword(app, userActor(bob), { label: 'Bob' });
      await assert.rejects(revokeAppPassword(app, actor, other.id), refused(404));
      await assert.rejects(listAppPasswords(app, actor, bob.id), refused(403));
      const byApp = { ...actor, via: 'app-password' as const };
      await assert.rejects(createAppPassword(app, byApp, { label: 'More' }), refused(403));
      await revokeAppPassword(app, actor, made.id);
      assert.equal(await verifier.verify('ann', made.secret, HERE), null);
      const listed = await listAppPasswords(app, SYSTEM_ACTOR, ann.id);
      assert.deepEqual(
        listed.map((p) => [p.label, p.expiresUtc]),
        [['Short', expiresUtc]],
      );
    });

    test('sessions end when they are idle, old or ended', async (t) => {
      const { app, ann, actor } = await stage(t, kind);
      const first = await createSession(app, ann.id, { userAgent: 'x'.repeat(1000) });
      assert.deepEqual(await findSession(app, first.token), { ...actor, via: 'session' });
      assert.equal(await findSession(app, `${first.token.slice(1)}A`), null);
      app.clock.advance(29 * 60_000);
      assert.ok(await findSession(app, first.token));
      app.clock.advance(29 * 60_000);
      assert.ok(await findSession(app, first.token));
      app.clock.advance(31 * 60_000);
      assert.equal(await findSession(app, first.token), null);
      const second = await createSession(app, ann.id);
      await endSession(app, second.token);
      assert.equal(await findSession(app, second.token), null);
      const third = await createSession(app, ann.id);
      for (let i = 0; i < 36; i++) {
        app.clock.advance(20 * 60_000);
        await findSession(app, third.token);
      }
      assert.equal(await findSession(app, third.token), null);
      assert.equal(await purgeExpired(app), 2);
    });

    test('the set-up link makes one administrator, once', async (t) => {
      const { app } = await stage(t, kind);
      const old = await createSetupInvitation(app);
      const token = await createSetupInvitation(app);
      assert.ok(old !== null && token !== null);
      const user = { login: 'root', displayName: 'Root', password: PASSWORD };
      await assert.rejects(useSetupInvitation(app, old, user), refused(403));
      await assert.rejects(useSetupInvitation(app, token, { ...user, password: 'short' }), refused(400));
      assert.equal(await isSetupOpen(app, token), true);
      const both = await Promise.allSettled([
        useSetupInvitation(app, token, user),
        useSetupInvitation(app, token, { ...user, login: 'eve' }),
      ]);
      assert.deepEqual(both.map((b) => b.status).sort(), ['fulfilled', 'rejected']);
      assert.equal(await createSetupInvitation(app), null);
      const admin = (await findUser(app.db, 'root')) ?? (await findUser(app.db, 'eve'));
      assert.equal(admin?.isAdmin, true);
      assert.ok(admin && (await findHome(app.db, admin.id, 'calendar')));
    });

    test('a set-up link is over when an administrator was made in another way', async (t) => {
      const { app } = await stage(t, kind);
      const token = await createSetupInvitation(app);
      assert.ok(token !== null);
      await createUser(app, SYSTEM_ACTOR, { login: 'boss', password: PASSWORD, isAdmin: true });
      assert.equal(await isSetupOpen(app, token), false);
      await assert.rejects(
        useSetupInvitation(app, token, { login: 'eve', password: PASSWORD }),
        refused(403),
      );
    });

    test('a set-up link is over after half an hour', async (t) => {
      const { app } = await stage(t, kind);
      const token = await createSetupInvitation(app);
      assert.ok(token !== null);
      app.clock.advance(31 * 60_000);
      assert.equal(await isSetupOpen(app, token), false);
      await assert.rejects(useSetupInvitation(app, token, { login: 'r', password: PASSWORD }), refused(403));
    });
  });
}

describe('the verifier', () => {
  test('guessing is slowed down for the network that guesses, not for those who know', async (t) => {
    const { app, actor, verifier } = await stage(t, 'sqlite', PASSWORD);
    const { secret } = await createAppPassword(app, actor, { label: 'Phone' });
    assert.ok(await verifier.verify('ann', PASSWORD, '198.51.100.1'));
    for (let i = 0; i < 10; i++) assert.equal(await verifier.verify('ann', `guess ${i} at it`, HERE), null);
    const seconds = (error: unknown) =>
      refused(429)(error) && error instanceof Refusal && Number(error.headers['Retry-After']) > 0;
    await assert.rejects(verifier.verify('ann', 'one more guess', HERE), seconds);
    await assert.rejects(verifier.verify('ann', 'one more guess', '192.0.2.99'), seconds);
    assert.ok(await verifier.verify('ann', PASSWORD, HERE), 'right lately: never refused');
    assert.ok(await verifier.verify('ann', secret, HERE), 'an app password is not a guess');
    verifier.forget();
    assert.ok(await verifier.verify('ann', PASSWORD, '198.51.100.2'), 'another network is not slowed down');
    assert.equal(await verifier.verify('bob', 'a guess at bob', HERE), null);
  });

  test('a password that was removed is no guess, and the same wrong one counts once', async (t) => {
    const { app, actor, verifier } = await stage(t, 'sqlite', PASSWORD);
    const phone = await createAppPassword(app, actor, { label: 'Phone' });
    assert.ok(await verifier.verify('ann', phone.secret, HERE));
    await revokeAppPassword(app, actor, phone.id);
    const facts = async (password: string) => {
      const error = await verifier
        .judge('ann', password, HERE, 'DAVx5/4.5')
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof RefusedSignIn);
      return [error.status, error.facts.reason];
    };
    for (let i = 0; i < 30; i++) assert.deepEqual(await facts(phone.secret), [401, 'removed-password']);
    for (let i = 0; i < 30; i++)
      assert.deepEqual(await facts('the password of last year'), [401, 'wrong-password']);
    assert.ok(await verifier.verify('ann', PASSWORD, HERE), 'the others of the household');
    for (let i = 0; i < 30; i++) await facts(`guess number ${i}`);
    assert.deepEqual(await facts('yet another guess'), [429, 'slowed']);
    const tablet = await createAppPassword(app, actor, { label: 'Tablet' });
    await revokeAppPassword(app, actor, tablet.id);
    assert.ok(
      await verifier.verify('ann', PASSWORD, HERE),
      'right before, also after every verdict has ended',
    );
  });

  test('many guesses at once do not slip through', async (t) => {
    const { verifier } = await stage(t, 'sqlite', PASSWORD);
    const tries = Array.from({ length: 30 }, (_, i) => verifier.verify('ann', `guess number ${i}`, HERE));
    const done = await Promise.allSettled(tries);
    assert.equal(done.filter((d) => d.status === 'fulfilled').length, 10);
  });

  test('one password asked for by many at once is hashed once', async (t) => {
    const { app } = await stage(t, 'sqlite', PASSWORD);
    const verifier = makeVerifier(app, app.limits, { parallel: 1, queued: 0 });
    const all = await Promise.all(Array.from({ length: 50 }, () => verifier.verify('ann', PASSWORD, HERE)));
    assert.ok(all.every((actor) => actor?.principal === 'ann'));
  });

  test('too many who wait are sent away', async (t) => {
    const { app } = await stage(t, 'sqlite', PASSWORD);
    const verifier = makeVerifier(app, app.limits, { parallel: 1, queued: 1 });
    const done = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => verifier.verify('ann', `guess number ${i}`, HERE)),
    );
    assert.equal(done.filter((d) => d.status === 'rejected' && refused(503)(d.reason)).length, 3);
    assert.ok(await verifier.verify('ann', PASSWORD, HERE));
  });

  test('unknown people cost as much as known ones', async (t) => {
    const { verifier } = await stage(t, 'sqlite', PASSWORD);
    const took = async (login: string, password: string): Promise<number> => {
      const began = performance.now();
      await verifier.verify(login, password, HERE);
      return performance.now() - began;
    };
    await took('ann', 'warm up please');
    const [known, unknown] = [await took('ann', 'not the password'), await took('eve', 'not the password')];
    assert.ok(unknown > known / 3, `${unknown} ms for an unknown name, ${known} ms for a known one`);
  });

  test('a hash that was made at a lower cost is made anew', async (t) => {
    const { app, ann } = await stage(t, 'sqlite', PASSWORD);
    const weak = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1 });
    await app.db.write((tx) =>
      tx.run('UPDATE credentials SET hash = ? WHERE principal_id = ?', [weak, ann.id]),
    );
    const verifier = makeVerifier(app, app.limits);
    assert.ok(await verifier.verify('ann', PASSWORD, HERE));
    const stored = async () =>
      (await app.db.get<{ hash: string }>('SELECT hash FROM credentials WHERE principal_id = ?', [ann.id]))
        ?.hash;
    for (let i = 0; i < 100 && (await stored()) === weak; i++)
      await new Promise((done) => setTimeout(done, 20));
    assert.match((await stored()) ?? '', /m=65536,t=3/);
    verifier.forget();
    assert.ok(await verifier.verify('ann', PASSWORD, HERE));
  });

  test('a verdict that is remembered costs one keyed read', async (t) => {
    const { verifier } = await stage(t, 'sqlite', PASSWORD);
    await verifier.verify('ann', PASSWORD, HERE);
    for (let i = 0; i < 2000; i++) await verifier.verify('ann', PASSWORD, HERE);
    const began = performance.now();
    for (let i = 0; i < 5000; i++) await verifier.verify('ann', PASSWORD, HERE);
    const micros = ((performance.now() - began) / 5000) * 1000;
    t.diagnostic(`${micros.toFixed(1)} µs`);
    assert.ok(micros < 500, `${micros} µs`);
  });
});
