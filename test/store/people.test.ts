import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { findCollection, quotaOf } from '../../models/collections/service.ts';
import {
  createApiToken,
  createInvite,
  createSession,
  findSession,
  listApiTokens,
  listSessions,
  makeVerifier,
  openSession,
  readInvite,
  renewSession,
  revokeApiToken,
  revokeSession,
  setPassword,
  useInvite,
  verifyApiToken,
} from '../../models/credentials/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { putObject } from '../../models/objects/service.ts';
import { addPeople, planPeople } from '../../models/principals/csv.ts';
import { countPeopleByState, freeLogin, listPeople } from '../../models/principals/people.ts';
import {
  bringBackUser,
  createUser,
  loginMeant,
  patchUser,
  purgeRemovedUsers,
  removeUser,
  setDisabled,
} from '../../models/principals/service.ts';
import { changeServerSettings, limitsNow, serverSettings } from '../../models/server/service.ts';
import { testApp } from '../support/app.ts';
import { userActor } from '../support/people.ts';
import { onEachDatabase, withDb } from './suite.ts';

const PASSWORD = 'seven quiet harbours';
const DAY_MS = 86_400_000;
const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;
const cardOf = (uid: string) =>
  Buffer.from(`BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:Ann\r\nN:;Ann;;;\r\nEND:VCARD\r\n`);

await onEachDatabase('people', (open, dialect) => {
  test('the own device stays signed in for 30 days without use, an administrator for 12 hours', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const root = await createUser(app, SYSTEM_ACTOR, { login: 'root', isAdmin: true });
      const short = await createSession(app, ann.id);
      const lasting = await createSession(app, ann.id, { isLasting: true });
      const above = await createSession(app, root.id, { isLasting: true });
      app.clock.advance(31 * 60_000);
      assert.equal(await findSession(app, short.token), null);
      assert.ok(await findSession(app, above.token));
      app.clock.advance(12 * 3_600_000);
      assert.equal(await findSession(app, above.token), null);
      for (let i = 0; i < 3; i += 1) {
        app.clock.advance(29 * DAY_MS);
        assert.ok(await findSession(app, lasting.token), 'it slides');
      }
      await patchUser(app, SYSTEM_ACTOR, ann.id, { isAdmin: true });
      assert.equal(await findSession(app, lasting.token), null, 'another role, another session');
    }));

  test('sessions are listed and ended one by one; proof gives a new token', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const eve = await createUser(app, SYSTEM_ACTOR, { login: 'eve' });
      const one = await createSession(app, ann.id, { userAgent: 'One' });
      const two = await createSession(app, ann.id, { userAgent: 'Two' });
      app.clock.advance(60_000);
      const fresh = await renewSession(app, one.token);
      assert.equal(await findSession(app, one.token), null);
      assert.equal((await openSession(app, fresh ?? ''))?.provedUtc, Math.floor(app.clock.nowMs() / 1000));
      const sessions = await listSessions(app, userActor(ann), ann.id);
      assert.deepEqual(sessions.map((session) => session.userAgent).sort(), ['One', 'Two']);
      await assert.rejects(listSessions(app, userActor(eve), ann.id), refused(403));
      const other = sessions.find((session) => session.userAgent === 'Two');
      await assert.rejects(revokeSession(app, userActor(eve), eve.id, other?.id ?? ''), refused(404));
      await revokeSession(app, userActor(ann), ann.id, other?.id ?? '');
      assert.equal(await findSession(app, two.token), null);
    }));

  test('an invite works once, for seven days, and the newest only', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann', displayName: 'Ann B.' });
      const first = await createInvite(app, SYSTEM_ACTOR, ann.id);
      const second = await createInvite(app, SYSTEM_ACTOR, ann.id);
      assert.equal((await readInvite(app, first.token)).kind, 'unknown');
      assert.equal((await readInvite(app, second.token)).kind, 'open');
      await assert.rejects(useInvite(app, second.token, 'password1234'), refused(400));
      assert.equal(await useInvite(app, second.token, PASSWORD), ann.id);
      assert.equal((await readInvite(app, second.token)).kind, 'used');
      await assert.rejects(useInvite(app, second.token, PASSWORD), refused(403));
      const third = await createInvite(app, SYSTEM_ACTOR, ann.id);
      app.clock.advance(7 * DAY_MS);
      assert.equal((await readInvite(app, third.token)).kind, 'over');
      await assert.rejects(createInvite(app, userActor(ann), ann.id), refused(403));
    }));

  test('a token of a script speaks for its person until it is taken back', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const { id, token } = await createApiToken(app, userActor(ann), { label: 'backup', isReadOnly: true });
      const actor = await verifyApiToken(app, token);
      assert.ok(actor);
      assert.equal(actor.scope.readOnly, true);
      assert.equal(await verifyApiToken(app, `${token.slice(0, -1)}_`), null);
      await assert.rejects(createApiToken(app, actor, { label: 'more', isReadOnly: false }), refused(403));
      assert.ok((await listApiTokens(app, userActor(ann), ann.id))[0]?.lastUsedUtc);
      await setDisabled(app, SYSTEM_ACTOR, ann.id, true);
      assert.equal(await verifyApiToken(app, token), null);
      await setDisabled(app, SYSTEM_ACTOR, ann.id, false);
      await revokeApiToken(app, userActor(ann), ann.id, id);
      assert.equal(await verifyApiToken(app, token), null);
      const nowUtc = Math.floor(app.clock.nowMs() / 1000);
      const short = await createApiToken(app, userActor(ann), {
        label: 'short',
        isReadOnly: false,
        expiresUtc: nowUtc + 10,
      });
      app.clock.advance(10_000);
      assert.equal(await verifyApiToken(app, short.token), null);
    }));

  test('who was removed comes back with passwords and data, until the trash is emptied', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann', password: PASSWORD });
      const book = await findCollection(app.db, ann.id, 'addressbook', 'contacts');
      await removeUser(app, SYSTEM_ACTOR, ann.id);
      const verifier = makeVerifier(app, app.limits);
      assert.equal(await verifier.verify('ann', PASSWORD, '127.0.0.1'), null);
      const { items } = await listPeople(app, SYSTEM_ACTOR, { state: 'removed' });
      assert.deepEqual(
        items.map((person) => person.id),
        ['ann'],
      );
      const other = await createUser(app, SYSTEM_ACTOR, { login: 'Ann' });
      await assert.rejects(bringBackUser(app, SYSTEM_ACTOR, ann.id), refused(409));
      await removeUser(app, SYSTEM_ACTOR, other.id);
      await bringBackUser(app, SYSTEM_ACTOR, ann.id);
      assert.equal((await verifier.verify('ann', PASSWORD, '127.0.0.1'))?.principal, ann.id);
      assert.deepEqual(await findCollection(app.db, ann.id, 'addressbook', 'contacts'), book);
      await removeUser(app, SYSTEM_ACTOR, ann.id);
      app.clock.advance(31 * DAY_MS);
      await assert.rejects(bringBackUser(app, SYSTEM_ACTOR, ann.id), refused(404));
      await purgeRemovedUsers(app, Math.floor(app.clock.nowMs() / 1000) - 30 * 86_400);
      const left = await app.db.get<{ n: number }>(
        'SELECT count(*) AS n FROM credentials WHERE principal_id = ?',
        ['ann'],
      );
      assert.equal(Number(left?.n), 0);
      assert.equal((await listPeople(app, SYSTEM_ACTOR, { state: 'removed' })).items.length, 0);
    }));

  test('an address names a person only when it is theirs alone', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      await createUser(app, SYSTEM_ACTOR, { login: 'ann', email: 'Ann@Example.org' });
      assert.equal(await loginMeant(app.db, 'ann@example.ORG'), 'ann');
      assert.equal(await loginMeant(app.db, 'nobody@example.org'), 'nobody@example.org');
      await createUser(app, SYSTEM_ACTOR, { login: 'bob', email: 'ann@example.org' });
      assert.equal(await loginMeant(app.db, 'ann@example.org'), 'ann@example.org');
      await createUser(app, SYSTEM_ACTOR, { login: 'ann@example.org' });
      assert.equal(await loginMeant(app.db, 'ann@example.org'), 'ann@example.org');
      assert.equal(await freeLogin(app, 'Ann Öberg'), 'ann.oeberg');
      assert.equal(await freeLogin(app, '王小明'), 'user');
    }));

  test('a person cannot keep more than the room that is theirs', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const book = await findCollection(app.db, ann.id, 'addressbook', 'contacts');
      assert.ok(book?.kind === 'addressbook');
      const put = (uid: string, body = cardOf(uid)) =>
        putObject(app, userActor(ann), {
          ...{ collection: book, name: `${uid}.vcf`, body, contentType: 'text/vcard', condition: null },
        });
      await patchUser(app, SYSTEM_ACTOR, ann.id, { quotaBytes: 1024 });
      await assert.rejects(patchUser(app, userActor(ann), ann.id, { quotaBytes: null }), refused(403));
      const isFull = (error: unknown) => error instanceof Precondition && error.code === 'quota-not-exceeded';
      const large = Buffer.from(
        cardOf('b')
          .toString()
          .replace('FN:Ann', `FN:Ann\r\nNOTE:${'x'.repeat(1100)}`),
      );
      await put('a');
      await assert.rejects(put('b', large), isFull);
      assert.equal((await quotaOf(app, ann.id)).availableBytes, 1024 - cardOf('a').length);
      await patchUser(app, SYSTEM_ACTOR, ann.id, { quotaBytes: null });
      await changeServerSettings(app, SYSTEM_ACTOR, { quotaBytes: 1024 });
      await assert.rejects(put('b', large), isFull);
      await changeServerSettings(app, SYSTEM_ACTOR, { quotaBytes: null });
      await put('b', large);
    }));

  test('settings hold at once, in every process', () =>
    withDb(open, async ({ db, reopen }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      await assert.rejects(changeServerSettings(app, userActor(ann), { name: 'Mine' }), refused(403));
      await assert.rejects(
        changeServerSettings(app, SYSTEM_ACTOR, { address: 'https://a.example/x' }),
        refused(400),
      );
      await changeServerSettings(app, SYSTEM_ACTOR, {
        name: ' Home ',
        address: 'dav.example.org',
        trashDays: 7,
      });
      const there = await serverSettings(await reopen());
      assert.deepEqual(
        [there.name, there.address, there.accent],
        ['Home', 'https://dav.example.org', 'green'],
      );
      assert.equal((await limitsNow(app)).trashDays, 7);
    }));

  test('a list of people: problems by row, logins made, everybody else added', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const csv = '\ufeffName,Login,Email\n"Klein, Mara",,m@example.org\nMara Two,mara,\nX,a:b,\nTom,ann,\n';
      const rows = await planPeople(app, SYSTEM_ACTOR, csv);
      assert.deepEqual(
        rows.map((row) => [row.line, row.login, row.problem]),
        [
          [2, 'klein', null],
          [3, 'mara', null],
          [4, 'a:b', 'login-bad'],
          [5, 'ann', 'login-taken'],
        ],
      );
      const added = await addPeople(app, SYSTEM_ACTOR, csv);
      assert.deepEqual(
        added.map((person) => person.login),
        ['klein', 'mara'],
      );
      await assert.rejects(planPeople(app, SYSTEM_ACTOR, 'a,b\n1,2'), refused(400));
      await assert.rejects(planPeople(app, SYSTEM_ACTOR, 'name\n"open'), refused(400));
      assert.deepEqual(await countPeopleByState(app, SYSTEM_ACTOR), {
        present: 3,
        invited: 3,
        disabled: 0,
        removed: 0,
      });
    }));

  test('5,000 people are listed, searched and counted fast', { timeout: 120_000 }, () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      await app.db.write(async (tx) => {
        for (let i = 0; i < 5000; i += 1) {
          const id = `p${String(i).padStart(4, '0')}`;
          await tx.run(
            `INSERT INTO principals (id, kind, login, login_folded, display_name, is_admin, version, created_utc, search_text)
             VALUES (?, 'user', ?, ?, ?, 0, 1, 0, ?)`,
            [id, id, id, `Person ${i}`, `person ${i} ${id}`],
          );
        }
      });
      const timed = async (work: () => Promise<unknown>) => {
        const times: number[] = [];
        for (let i = 0; i < 9; i += 1) {
          const startedMs = performance.now();
          await work();
          times.push(performance.now() - startedMs);
        }
        return times.sort((a, b) => a - b)[4] ?? 0;
      };
      const seen = new Set<string>();
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof listPeople>> = await listPeople(app, SYSTEM_ACTOR, {
          cursor,
          limit: 200,
        });
        for (const person of page.items) seen.add(person.id);
        cursor = page.next;
      }
      assert.equal(seen.size, 5000);
      const list = await timed(() => listPeople(app, SYSTEM_ACTOR, {}));
      const search = await timed(() => listPeople(app, SYSTEM_ACTOR, { search: 'PERSON 4321' }));
      const count = await timed(() => countPeopleByState(app, SYSTEM_ACTOR));
      console.log(
        `# ${dialect}: list ${list.toFixed(1)} ms, search ${search.toFixed(1)} ms, count ${count.toFixed(1)} ms`,
      );
      assert.ok(list < 100 && search < 100 && count < 300, `${list} ${search} ${count}`);
    }),
  );

  test('a new password ends other sessions, and links that were not used', () =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann', password: PASSWORD });
      const here = await createSession(app, ann.id);
      const there = await createSession(app, ann.id);
      const invite = await createInvite(app, SYSTEM_ACTOR, ann.id);
      const session = await openSession(app, here.token);
      await setPassword(app, userActor(ann), ann.id, 'two green bottles', session?.id ?? null);
      assert.ok(await findSession(app, here.token));
      assert.equal(await findSession(app, there.token), null);
      assert.equal((await readInvite(app, invite.token)).kind, 'unknown');
    }));
});
