import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { findHome, listCollections } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import { currentToken } from '../../models/journal/service.ts';
import {
  createUser,
  findUser,
  getPrincipal,
  getUser,
  listUsers,
  patchUser,
  removeUser,
  searchPrincipals,
  setDisabled,
} from '../../models/principals/service.ts';
import { testApp } from '../support/app.ts';
import { openTestDb } from '../support/db.ts';
import { userActor } from '../support/people.ts';

const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`principals on ${kind}`, () => {
    test('a new user has two homes with the default collections', async (t) => {
      const opened = await openTestDb(kind);
      t.after(() => opened.close());
      const app = testApp(opened.db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'Ann', email: 'ann@example.org' });
      assert.deepEqual(ann, {
        id: 'ann',
        login: 'Ann',
        displayName: 'Ann',
        email: 'ann@example.org',
        isAdmin: false,
      });
      const home = await findHome(app.db, ann.id, 'calendar');
      const book = await findHome(app.db, ann.id, 'addressbook');
      assert.ok(home && book);
      assert.equal(home.home, home.id);
      assert.equal(home.name, 'ann');
      const calendars = await listCollections(app.db, home.id);
      assert.deepEqual(
        calendars.map((c) => [c.kind, c.name, c.displayName, c.isDefault]),
        [
          ['calendar', 'calendar', 'Calendar', true],
          ['calendar', 'tasks', 'Tasks', true],
          ['inbox', 'inbox', 'Inbox', false],
          ['outbox', 'outbox', 'Outbox', false],
        ],
      );
      assert.deepEqual(
        calendars.flatMap((c) => (c.kind === 'calendar' ? [c.components] : [])),
        [['VEVENT'], ['VTODO']],
      );
      assert.equal(home.revision, 4);
      assert.deepEqual(
        (await listCollections(app.db, book.id)).map((c) => [c.kind, c.name, c.isDefault]),
        [['addressbook', 'contacts', true]],
      );
      assert.match(await currentToken(app.db, home.id), /^data:,/);
    });

    test('a login is found whatever its case, and is somebody’s only once', async (t) => {
      const opened = await openTestDb(kind);
      t.after(() => opened.close());
      const app = testApp(opened.db);
      const user = await createUser(app, SYSTEM_ACTOR, { login: 'Jörg.Ö@Example.org' });
      assert.match(user.id, /^jorg\.o-example\.org-[0-9a-f]{8}$/);
      assert.equal((await findUser(app.db, 'JÖRG.Ö@EXAMPLE.ORG'))?.id, user.id);
      assert.equal((await findUser(app.db, 'Jo\u0308rg.o\u0308@example.org'))?.id, user.id);
      await assert.rejects(createUser(app, SYSTEM_ACTOR, { login: 'jörg.ö@example.org' }), refused(409));
      for (const login of ['', 'a:b', 'a/b', 'a\u0000b', 'x'.repeat(129)])
        await assert.rejects(createUser(app, SYSTEM_ACTOR, { login }), refused(400), login);
      for (const login of ['users', '..'])
        assert.match((await createUser(app, SYSTEM_ACTOR, { login })).id, /^(users|user)-[0-9a-f]{8}$/);
    });

    test('an id is never given to somebody else', async (t) => {
      const opened = await openTestDb(kind);
      t.after(() => opened.close());
      const app = testApp(opened.db);
      const first = await createUser(app, SYSTEM_ACTOR, { login: 'bob' });
      await removeUser(app, SYSTEM_ACTOR, first.id);
      assert.equal(await findUser(app.db, 'bob'), null);
      assert.equal(await findHome(app.db, first.id, 'calendar'), null);
      const second = await createUser(app, SYSTEM_ACTOR, { login: 'bob' });
      assert.match(second.id, /^bob-[0-9a-f]{8}$/);
      assert.ok(await findHome(app.db, second.id, 'calendar'));
      await assert.rejects(removeUser(app, SYSTEM_ACTOR, first.id), refused(404));
    });

    test('administration is for administrators, and one of them stays', async (t) => {
      const opened = await openTestDb(kind);
      t.after(() => opened.close());
      const app = testApp(opened.db);
      const root = await createUser(app, SYSTEM_ACTOR, { login: 'root', isAdmin: true });
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
      const asAnn = userActor(ann);
      const asRoot = userActor(root);
      await assert.rejects(createUser(app, asAnn, { login: 'eve' }), refused(403));
      await assert.rejects(listUsers(app, asAnn), refused(403));
      await assert.rejects(patchUser(app, asAnn, ann.id, { isAdmin: true }), refused(403));
      await assert.rejects(setDisabled(app, { ...asRoot, via: 'app-password' }, ann.id, true), refused(403));
      await assert.rejects(removeUser(app, asRoot, root.id), refused(409));
      await assert.rejects(setDisabled(app, asRoot, root.id, true), refused(409));
      await assert.rejects(patchUser(app, asRoot, root.id, { isAdmin: false }), refused(409));
      await patchUser(app, asAnn, ann.id, { displayName: 'Ann B.', email: 'ann@b.example' });
      await patchUser(app, asRoot, ann.id, { isAdmin: true });
      await setDisabled(app, asRoot, root.id, true);
      assert.deepEqual(
        (await listUsers(app, SYSTEM_ACTOR)).map((u) => [u.login, u.displayName, u.isAdmin, u.disabledUtc]),
        [
          ['ann', 'Ann B.', true, null],
          ['root', 'root', true, Math.floor(app.clock.nowMs() / 1000)],
        ],
      );
      assert.equal(await getPrincipal(app.db, root.id), null);
      assert.equal((await getUser(app, SYSTEM_ACTOR, root.id))?.login, 'root');
    });

    test('a search finds the actor and nobody else', async (t) => {
      const opened = await openTestDb(kind);
      t.after(() => opened.close());
      const app = testApp(opened.db);
      const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann', email: 'ann@example.org' });
      await createUser(app, SYSTEM_ACTOR, { login: 'anna', email: 'anna@example.org' });
      const query = { displayName: 'AN', email: 'nothing', matchType: 'starts-with' } as const;
      const found = await searchPrincipals(app.db, userActor(ann), { ...query, test: 'anyof' });
      assert.deepEqual(
        found.map((p) => p.id),
        ['ann'],
      );
      assert.deepEqual(await searchPrincipals(app.db, userActor(ann), { ...query, test: 'allof' }), []);
    });
  });
}
