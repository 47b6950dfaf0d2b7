import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import {
  deadPropertiesOf,
  deadPropertiesOfOne,
  deleteCollection,
  findCollection,
  findHome,
  listCollections,
  listDeletedCollections,
  makeCollection,
  moveCollection,
  patchCollection,
  patchDeadProperties,
  pruneJournals,
  purgeDeletedCollections,
  quotaOf,
  restoreCollection,
} from '../../models/collections/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { changesSince, currentToken } from '../../models/journal/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { ResourceOf } from '../../models/types.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { openTestDb } from '../support/db.ts';
import { userActor } from '../support/people.ts';

const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;
const broken = (code: string) => (error: unknown) => error instanceof Precondition && error.code === code;

async function stage(t: TestContext, kind: 'sqlite' | 'postgres', limits: Partial<TestApp['limits']> = {}) {
  const opened = await openTestDb(kind);
  t.after(() => opened.close());
  const plain = testApp(opened.db);
  const app: TestApp = { ...plain, limits: { ...plain.limits, ...limits } };
  const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
  const home = await findHome(app.db, ann.id, 'calendar');
  const books = await findHome(app.db, ann.id, 'addressbook');
  assert.ok(home && books);
  return { app, ann, actor: userActor(ann), home, books };
}

const TIMEZONE =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\n' +
  'DTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n';

/** The home as it stands now. */
async function homeNow(app: TestApp, home: ResourceOf<'home'>): Promise<ResourceOf<'home'>> {
  const now = await findHome(app.db, home.owner, 'calendar');
  assert.ok(now);
  return now;
}

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`collections on ${kind}`, () => {
    test('a calendar is made with all its properties or not at all', async (t) => {
      const { app, actor, home } = await stage(t, kind);
      const before = await homeNow(app, home);
      const made = await makeCollection(app, actor, home, {
        name: 'Ünterwegs 1',
        kind: 'calendar',
        displayName: 'Trips',
        color: '#ff0000ff',
        order: '3',
        timezone: TIMEZONE,
        components: ['VEVENT', 'VTODO'],
        deadProperties: new Map([['{urn:x}y', '<y xmlns="urn:x">1</y>']]),
      });
      assert.ok(made.kind === 'calendar');
      assert.deepEqual(
        [
          made.name,
          made.displayName,
          made.color,
          made.order,
          made.timezone,
          made.timezoneId,
          made.components,
        ],
        ['Ünterwegs 1', 'Trips', '#ff0000ff', '3', TIMEZONE, 'Europe/Paris', ['VEVENT', 'VTODO']],
      );
      assert.deepEqual(await findCollection(app.db, home.owner, 'calendar', 'Ünterwegs 1'), made);
      assert.equal(await findCollection(app.db, home.owner, 'calendar', 'ünterwegs 1'), null);
      assert.deepEqual(
        [...(await deadPropertiesOfOne(app.db, made))],
        [['{urn:x}y', '<y xmlns="urn:x">1</y>']],
      );
      assert.equal((await homeNow(app, home)).revision, before.revision + 1);
      assert.equal(app.hints.published.at(-1)?.scope, home.id);
      const again = { name: 'Ünterwegs 1', kind: 'calendar' } as const;
      await assert.rejects(makeCollection(app, actor, home, again), broken('resource-must-be-null'));
      const bad = {
        name: 'bad',
        kind: 'calendar',
        timezone: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
      } as const;
      await assert.rejects(makeCollection(app, actor, home, bad), broken('valid-calendar-data'));
      assert.equal((await homeNow(app, home)).revision, before.revision + 1);
    });

    test('kinds, components, names and counts have their rules', async (t) => {
      const { app, actor, home, books } = await stage(t, kind, { maxCollectionsPerHome: 3 });
      const wrong = { name: 'x', kind: 'addressbook' } as const;
      await assert.rejects(
        makeCollection(app, actor, home, wrong),
        broken('addressbook-collection-location-ok'),
      );
      const component = { name: 'x', kind: 'calendar', components: ['VCARD'] } as const;
      await assert.rejects(
        makeCollection(app, actor, home, component),
        broken('supported-calendar-component'),
      );
      for (const name of ['', '..', 'a/b', 'é'.repeat(128)])
        await assert.rejects(makeCollection(app, actor, home, { name, kind: 'calendar' }), refused(400));
      const plain = await makeCollection(app, actor, home, { name: 'a', kind: 'calendar' });
      assert.ok(plain.kind === 'calendar');
      assert.deepEqual(plain.components, ['VEVENT', 'VTODO', 'VJOURNAL']);
      assert.equal(plain.displayName, 'a');
      await assert.rejects(
        makeCollection(app, actor, home, { name: 'b', kind: 'calendar' }),
        broken('quota-not-exceeded'),
      );
      assert.equal(
        (await makeCollection(app, actor, books, { name: 'b', kind: 'addressbook' })).kind,
        'addressbook',
      );
    });

    test('a patch changes what it names and tells the home', async (t) => {
      const { app, actor, home } = await stage(t, kind);
      const made = await makeCollection(app, actor, home, { name: 'w', kind: 'calendar', color: '#123456' });
      const { revision } = await homeNow(app, home);
      const dead = { set: new Map([['{urn:x}a', '<a xmlns="urn:x"/>']] as const), remove: [] };
      await patchCollection(app, actor, made, { displayName: 'Work', isTransparent: true }, dead);
      const now = await findCollection(app.db, home.owner, 'calendar', 'w');
      assert.deepEqual([now?.displayName, now?.isTransparent, now?.color], ['Work', true, '#123456']);
      assert.equal((await homeNow(app, home)).revision, revision + 1);
      await patchCollection(app, actor, made, {
        displayName: null,
        color: null,
        timezoneId: 'Europe/Berlin',
      });
      const later = await findCollection(app.db, home.owner, 'calendar', 'w');
      assert.deepEqual([later?.displayName, later?.color, later?.timezoneId], ['w', null, 'Europe/Berlin']);
      assert.match(
        later?.timezone ?? '',
        /^BEGIN:VCALENDAR\r\n[\s\S]*TZID:Europe\/Berlin[\s\S]*END:VCALENDAR\r\n$/,
      );
      const large = { set: new Map([['{urn:x}b', 'x'.repeat(16_385)]] as const), remove: [] };
      await assert.rejects(
        patchCollection(app, actor, made, { displayName: 'No' }, large),
        broken('quota-not-exceeded'),
      );
      const many = {
        set: new Map(Array.from({ length: 50 }, (_, i) => [`{urn:x}n${i}`, 'x'] as const)),
        remove: [],
      };
      await assert.rejects(
        patchCollection(app, actor, made, { displayName: 'No' }, many),
        broken('quota-not-exceeded'),
      );
      assert.equal((await findCollection(app.db, home.owner, 'calendar', 'w'))?.displayName, 'w');
      await patchCollection(app, actor, made, {}, { set: new Map(), remove: ['{urn:x}a'] });
      assert.equal((await deadPropertiesOf(app.db, 'collection', [made.id])).size, 0);
    });

    test('dead properties of a principal are larger and its own', async (t) => {
      const { app, ann, actor } = await stage(t, kind);
      const resource: ResourceOf<'principal'> = { ...ann, kind: 'principal' };
      await patchDeadProperties(
        app,
        actor,
        resource,
        new Map([['{urn:x}b', 'x'.repeat(60_000)]] as const),
        [],
      );
      assert.equal((await deadPropertiesOfOne(app.db, resource)).get('{urn:x}b')?.length, 60_000);
      const eve = await createUser(app, SYSTEM_ACTOR, { login: 'eve' });
      await assert.rejects(
        patchDeadProperties(app, userActor(eve), resource, new Map(), ['{urn:x}b']),
        refused(404),
      );
    });

    test('a deleted collection is gone at once, its name is free, and it can come back', async (t) => {
      const { app, ann, actor, home } = await stage(t, kind);
      const made = await makeCollection(app, actor, home, { name: 'w', kind: 'calendar' });
      const token = await currentToken(app.db, home.id);
      await deleteCollection(app, actor, made);
      assert.equal(await findCollection(app.db, home.owner, 'calendar', 'w'), null);
      assert.notEqual(await currentToken(app.db, home.id), token);
      await assert.rejects(changesSince(app.db, made.id, null, null), refused(404));
      await assert.rejects(deleteCollection(app, actor, made), refused(404));
      await assert.rejects(patchCollection(app, actor, made, { color: '#000000' }), refused(404));
      const next = await makeCollection(app, actor, home, { name: 'w', kind: 'calendar' });
      assert.notEqual(next.id, made.id);
      const trash = await listDeletedCollections(app, actor, ann.id);
      assert.deepEqual(
        trash.map((d) => d.collection.id),
        [made.id],
      );
      const back = await restoreCollection(app, actor, made.id);
      assert.equal(back.name, 'w-2');
      assert.notEqual(back.incarnation, made.incarnation);
      await assert.rejects(restoreCollection(app, actor, made.id), refused(404));
    });

    test('default collections, inbox and outbox stay', async (t) => {
      const { app, actor, home, books } = await stage(t, kind);
      for (const c of await listCollections(app.db, home.id)) {
        const rule = c.kind === 'calendar' ? broken('default-calendar-needed') : refused(403);
        await assert.rejects(deleteCollection(app, actor, c), rule, c.name);
        await assert.rejects(moveCollection(app, actor, c, 'other'), rule, c.name);
      }
      for (const c of await listCollections(app.db, books.id))
        await assert.rejects(deleteCollection(app, actor, c), refused(403));
      await assert.rejects(deleteCollection(app, actor, home), refused(403));
    });

    test('a collection moves to another name once', async (t) => {
      const { app, actor, home } = await stage(t, kind);
      const made = await makeCollection(app, actor, home, { name: 'a', kind: 'calendar' });
      await makeCollection(app, actor, home, { name: 'b', kind: 'calendar' });
      await assert.rejects(moveCollection(app, actor, made, 'b'), broken('resource-must-be-null'));
      await moveCollection(app, actor, made, 'c');
      assert.equal((await findCollection(app.db, home.owner, 'calendar', 'c'))?.id, made.id);
      assert.equal(await findCollection(app.db, home.owner, 'calendar', 'a'), null);
    });

    test('rights: strangers see nothing, a read-only password changes nothing', async (t) => {
      const { app, actor, home, ann } = await stage(t, kind);
      const made = await makeCollection(app, actor, home, { name: 'a', kind: 'calendar' });
      const eve = userActor(await createUser(app, SYSTEM_ACTOR, { login: 'eve' }));
      await assert.rejects(makeCollection(app, eve, home, { name: 'x', kind: 'calendar' }), refused(404));
      await assert.rejects(deleteCollection(app, eve, made), refused(404));
      await assert.rejects(patchCollection(app, eve, made, {}), refused(404));
      for (const scope of [{ readOnly: true }, { calendars: false }])
        await assert.rejects(deleteCollection(app, userActor(ann, scope), made), broken('need-privileges'));
    });

    test('the purge removes what is old, and journals are pruned', async (t) => {
      const { app, ann, actor, home } = await stage(t, kind, { journalRows: 3, journalDays: 1 });
      const made = await makeCollection(app, actor, home, { name: 'w', kind: 'calendar' });
      await deleteCollection(app, actor, made);
      const nowUtc = Math.floor(app.clock.nowMs() / 1000);
      assert.equal(await purgeDeletedCollections(app, nowUtc), 0);
      assert.equal(await purgeDeletedCollections(app, nowUtc + 1), 1);
      assert.deepEqual(await listDeletedCollections(app, actor, ann.id), []);
      app.clock.advance(2 * 86_400_000);
      assert.ok((await pruneJournals(app)) > 0);
      assert.deepEqual(await quotaOf(app, ann.id), {
        usedBytes: 0,
        availableBytes: app.limits.maxBytesPerUser,
      });
    });

    test('collections are listed default first, then by order and name', async (t) => {
      const { app, actor, home } = await stage(t, kind);
      for (const [name, order] of [
        ['z', '1'],
        ['y', '10'],
        ['x', '2'],
        ['b', null],
        ['a', null],
      ] as const)
        await makeCollection(app, actor, home, { name, kind: 'calendar', order });
      assert.deepEqual(
        (await listCollections(app.db, home.id)).map((c) => c.name),
        ['calendar', 'tasks', 'z', 'x', 'y', 'a', 'b', 'inbox', 'outbox'],
      );
    });
  });
}
