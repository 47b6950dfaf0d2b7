import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { deleteCollection, restoreCollection } from '../../models/collections/service.ts';
import { toDeviceId } from '../../models/devices/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import {
  copyObject,
  deleteObject,
  getObject,
  importObjects,
  moveObject,
  putObject,
} from '../../models/objects/service.ts';
import type { Actor, ObjectCollection, UserActor } from '../../models/types.ts';
import { planAccountMoment, restoreAccountMoment, restoreMoment } from '../../models/versions/moment.ts';
import { pruneVersions } from '../../models/versions/prune.ts';
import {
  formerBody,
  listConflicts,
  listVersions,
  restoreVersion,
  undoRestoreVersion,
  versionBody,
} from '../../models/versions/service.ts';
import {
  dismissNotice,
  emptyTrash,
  listBursts,
  listDeleted,
  openNotices,
  purgeVersion,
  reopenNotice,
  restoreMany,
  returnMassChange,
  undoRestoreMany,
} from '../../models/versions/trash.ts';
import { addCalendar, event, openStage, put, type Stage, vcf } from '../support/objects.ts';
import { userActor } from '../support/people.ts';

const OPTIONS = { overwrite: true, sourceCondition: null, targetCondition: null };
const NINE = '20260302T090000Z';
const TEN = '20260302T100000Z';
const meeting = (uid: string, title: string) => event(uid, NINE, TEN, `LOCATION:${title}`);
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;

const phoneOf = (stage: Stage, name = 'phone'): UserActor => ({
  ...userActor(stage.ann),
  via: 'app-password',
  device: toDeviceId(name),
});

async function bodies(stage: Stage, collection: ObjectCollection, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { id, how } of await listVersions(stage.app, stage.actor, collection.id, name))
    found.push(`${how} ${text((await versionBody(stage.app, stage.actor, id)).body)}`);
  return found;
}

const everything = (stage: Stage) => ({ owner: stage.ann.id, fromUtc: 0, untilUtc: 9_999_999_999 });
const count = async (stage: Stage): Promise<number> =>
  Number((await stage.app.db.get<{ n: number }>('SELECT count(*) AS n FROM versions'))?.n);

for (const dialect of ['sqlite', 'postgres'] as const) {
  describe(`versions on ${dialect}`, () => {
    test('every way of writing keeps the body that it ends, with who and which device', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar, book, home } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      const phone = phoneOf(stage);
      const [one, two, three] = [meeting('a', 'one'), meeting('a', 'two'), meeting('a', 'three')];
      await put(stage, calendar, 'a.ics', one);
      await put({ app, actor: phone }, calendar, 'a.ics', two);
      assert.deepEqual(await bodies(stage, calendar, 'a.ics'), [`update ${text(one)}`]);
      await importObjects(app, actor, calendar, [{ name: 'a.ics', body: three }]);
      assert.deepEqual(await bodies(stage, calendar, 'a.ics'), [
        `update ${text(two)}`,
        `update ${text(one)}`,
      ]);
      const [, first] = await listVersions(app, actor, calendar.id, 'a.ics');
      assert.deepEqual([first?.by, first?.device], [stage.ann.id, 'phone']);

      await moveObject(
        app,
        actor,
        { collection: calendar, name: 'a.ics' },
        { collection: other, name: 'b.ics' },
        OPTIONS,
      );
      assert.equal((await bodies(stage, calendar, 'a.ics'))[0], `move ${text(three)}`);
      await put(stage, calendar, 'c.ics', meeting('c', 'there'));
      await put(stage, other, 'c.ics', meeting('c2', 'replaced'));
      const from = { collection: calendar, name: 'c.ics' };
      await copyObject(app, actor, from, { collection: other, name: 'c.ics' }, OPTIONS);
      assert.deepEqual(await bodies(stage, other, 'c.ics'), [`delete ${text(meeting('c2', 'replaced'))}`]);
      await deleteObject(app, phone, other, 'c.ics', null);
      assert.equal((await bodies(stage, other, 'c.ics'))[0], `delete ${text(meeting('c', 'there'))}`);

      await put(stage, book, 'x.vcf', vcf('x', 'Jane'));
      await put(stage, book, 'x.vcf', vcf('x', 'Jane Roe'));
      assert.deepEqual(await bodies(stage, book, 'x.vcf'), [`update ${text(vcf('x', 'Jane'))}`]);
      const etag = (await listVersions(app, actor, book.id, 'x.vcf'))[0]?.etag;
      assert.ok(etag);
      assert.equal(text(await formerBody(app, actor, book.id, 'x.vcf', etag)), text(vcf('x', 'Jane')));
    });

    test('a write that is refused keeps nothing, and one that changes nothing keeps nothing', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar } = stage;
      await put(stage, calendar, 'a.ics', meeting('a', 'one'));
      await put(stage, calendar, 'a.ics', meeting('a', 'one'));
      await assert.rejects(put(stage, calendar, 'a.ics', Buffer.from('nonsense')), Precondition);
      await assert.rejects(put(stage, calendar, 'a.ics', meeting('z', 'other uid')), Precondition);
      await assert.rejects(
        deleteObject(app, actor, calendar, 'a.ics', () => false),
        refused(412),
      );
      assert.equal(await count(stage), 0);
    });

    test('a body that If-Match refused is kept once, and is a settled conflict', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar } = stage;
      const phone = phoneOf(stage);
      await put(stage, calendar, 'a.ics', meeting('a', 'kept'));
      const late = (body: Uint8Array, who: Actor = phone) =>
        putObject(app, who, {
          collection: calendar,
          name: 'a.ics',
          body,
          contentType: null,
          condition: () => false,
        });
      const mine = meeting('a', 'mine');
      await assert.rejects(late(mine), refused(412));
      await assert.rejects(late(mine), refused(412));
      await assert.rejects(late(meeting('other', 'not this one')), refused(412));
      await assert.rejects(late(Buffer.from('nonsense')), refused(412));
      assert.deepEqual(await bodies(stage, calendar, 'a.ics'), [`refused ${text(mine)}`]);
      const { items } = await listConflicts(app, actor, stage.ann.id);
      assert.deepEqual(
        items.map(({ how, device }) => [how, device]),
        [['refused', 'phone']],
      );
      for (let i = 0; i < 25; i++) await assert.rejects(late(meeting('a', `mine ${i}`)), refused(412));
      assert.equal((await listVersions(app, actor, calendar.id, 'a.ics')).length, 20);

      // The side that was put aside can be chosen, and that can be taken back.
      const id = (await listConflicts(app, actor, stage.ann.id)).items[0]?.id ?? 0;
      const restored = await restoreVersion(app, actor, id);
      assert.match(text((await getObject(app.db, calendar.id, 'a.ics'))?.body), /mine 24/);
      await undoRestoreVersion(app, actor, restored);
      assert.match(text((await getObject(app.db, calendar.id, 'a.ics'))?.body), /kept/);
    });

    test('what was deleted comes back, under another name where its own is taken, and its UID is free meanwhile', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar } = stage;
      await put(stage, calendar, 'a.ics', meeting('a', 'first'));
      await deleteObject(app, actor, calendar, 'a.ics', null);
      const [gone] = await listDeleted(app, actor, everything(stage), { before: 0, limit: 10 });
      assert.ok(gone);
      const back = await restoreVersion(app, actor, gone.version.id);
      assert.deepEqual([back.name, back.isBack, back.former], ['a.ics', true, null]);
      await undoRestoreVersion(app, actor, back);
      assert.equal(await getObject(app.db, calendar.id, 'a.ics'), null);

      await put(stage, calendar, 'a.ics', meeting('z', 'in its place'));
      const [again] = await listDeleted(app, actor, everything(stage), { before: 0, limit: 10 });
      assert.equal((await restoreVersion(app, actor, again?.version.id ?? 0)).name, 'a-2.ics');
      await deleteObject(app, actor, calendar, 'a-2.ics', null);

      // The same UID lives again: the deleted body becomes its newest version, and its trash is empty.
      await put(stage, calendar, 'new.ics', meeting('a', 'second life'));
      assert.deepEqual(await listDeleted(app, actor, everything(stage), { before: 0, limit: 10 }), []);
      const into = await restoreVersion(app, actor, again?.version.id ?? 0);
      assert.deepEqual([into.name, into.isBack], ['new.ics', false]);
      assert.match(text((await getObject(app.db, calendar.id, 'new.ics'))?.body), /first/);
    });

    test('contents are for nobody else: neither other people, nor administrators, nor app passwords', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar, ann } = stage;
      await put(stage, calendar, 'a.ics', meeting('a', 'secret'));
      await deleteObject(app, actor, calendar, 'a.ics', null);
      const id = (await listVersions(app, actor, calendar.id, 'a.ics'))[0]?.id ?? 0;
      const strangers: readonly Actor[] = [
        { ...userActor({ ...ann, id: 'bob' as typeof ann.id }), isAdmin: true },
        phoneOf(stage),
        { kind: 'anonymous' },
      ];
      for (const who of strangers) {
        await assert.rejects(versionBody(app, who, id), refused(404));
        await assert.rejects(listVersions(app, who, calendar.id, 'a.ics'), refused(404));
        await assert.rejects(restoreVersion(app, who, id), refused(404));
        await assert.rejects(purgeVersion(app, who, id), refused(404));
        await assert.rejects(listBursts(app, who, ann.id), refused(404));
        await assert.rejects(restoreMany(app, who, everything(stage)), refused(404));
        await assert.rejects(emptyTrash(app, who, everything(stage)), refused(404));
        await assert.rejects(restoreMoment(app, who, calendar.id, 1_772_452_800), refused(404));
      }
    });

    test('a device that removes much of a calendar is told of once, and all of it comes back', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar } = stage;
      const items = Array.from({ length: 60 }, (_, at) => ({
        name: `${at}.ics`,
        body: meeting(`u${at}`, `place ${at}`),
      }));
      await importObjects(app, actor, calendar, items);
      const phone = phoneOf(stage);
      const remove = async (from: number, to: number, who: Actor = phone) => {
        for (let at = from; at < to; at++) {
          await deleteObject(app, who, calendar, `${at}.ics`, null);
          app.clock.advance(1000);
        }
      };
      await remove(0, 19);
      assert.deepEqual(await openNotices(app, actor), []);
      await remove(19, 30);
      const [notice, ...others] = await openNotices(app, actor);
      assert.deepEqual([notice?.count, notice?.device, others.length], [30, 'phone', 0]);
      assert.equal(
        app.hints.told.some(({ topic }) => topic === 'notice'),
        true,
      );
      await remove(30, 40);
      assert.equal((await openNotices(app, actor))[0]?.count, 40, 'the same notice grows');

      await dismissNotice(app, actor, notice?.id ?? 0);
      await remove(40, 42);
      assert.deepEqual(await openNotices(app, actor), [], 'the burst was meant');
      await reopenNotice(app, actor, notice?.id ?? 0);
      const [burst] = await listBursts(app, actor, stage.ann.id);
      assert.deepEqual([burst?.count, burst?.device], [42, 'phone']);
      const outcome = await returnMassChange(app, actor, notice?.id ?? 0);
      assert.deepEqual([outcome.done, outcome.refused], [42, []]);
      assert.deepEqual(await openNotices(app, actor), []);
      for (const { name, body } of items)
        assert.equal(text((await getObject(app.db, calendar.id, name))?.body), text(body));
      assert.equal(await undoRestoreMany(app, actor, stage.ann.id, outcome.restoredUtc), 42);
      assert.equal(await getObject(app.db, calendar.id, '41.ics'), null);
      assert.equal((await getObject(app.db, calendar.id, '42.ics')) === null, false);
    });

    test('a person at the pages, and a device that tidies up a little, raise no notice', async (t) => {
      const stage = await openStage(t, dialect, { guardMin: 3 });
      const { app, actor, calendar } = stage;
      const items = Array.from({ length: 20 }, (_, at) => ({
        name: `${at}.ics`,
        body: meeting(`u${at}`, 'x'),
      }));
      await importObjects(app, actor, calendar, items);
      for (let at = 0; at < 8; at++) await deleteObject(app, actor, calendar, `${at}.ics`, null);
      for (let at = 8; at < 11; at++) await deleteObject(app, phoneOf(stage), calendar, `${at}.ics`, null);
      app.clock.advance(11 * 60_000);
      for (let at = 11; at < 13; at++) await deleteObject(app, phoneOf(stage), calendar, `${at}.ics`, null);
      assert.deepEqual(await openNotices(app, actor), []);
    });

    test('bodies go when their time is over, when they are too many and when they are too large', async (t) => {
      const stage = await openStage(t, dialect, { versionsPerObject: 3, versionDays: 90, trashDays: 30 });
      const { app, actor, calendar } = stage;
      for (let i = 0; i < 40; i++) await put(stage, calendar, 'a.ics', meeting('a', `title ${i}`));
      assert.ok((await count(stage)) < 40, 'writes trim now and then');
      await pruneVersions(app);
      assert.equal(await count(stage), 3);
      assert.match((await bodies(stage, calendar, 'a.ics'))[0] ?? '', /title 38/);
      await put(stage, calendar, 'b.ics', meeting('b', 'deleted'));
      await deleteObject(app, actor, calendar, 'b.ics', null);
      app.clock.advance(29 * 86_400_000);
      assert.equal(await pruneVersions(app), 0);
      app.clock.advance(2 * 86_400_000);
      assert.deepEqual(await listDeleted(app, actor, everything(stage), { before: 0, limit: 10 }), []);
      assert.equal(await pruneVersions(app), 1);
      app.clock.advance(60 * 86_400_000);
      assert.equal(await pruneVersions(app), 3);
      assert.equal(await count(stage), 0);

      const tight = { ...app, limits: { ...app.limits, maxVersionBytesPerUser: 450 } };
      for (let i = 0; i < 4; i++) await put(stage, calendar, 'a.ics', meeting('a', `again ${i}`));
      await pruneVersions(tight);
      const left = await bodies(stage, calendar, 'a.ics');
      assert.ok(left.length >= 1 && left.length < 4 && /again 2/.test(left[0] ?? ''), left.join('\n'));
    });

    test('deleted now means gone: with all versions, and without touching what lives', async (t) => {
      const stage = await openStage(t, dialect);
      const { app, actor, calendar } = stage;
      for (const uid of ['a', 'b', 'c']) {
        await put(stage, calendar, `${uid}.ics`, meeting(uid, 'first'));
        await put(stage, calendar, `${uid}.ics`, meeting(uid, 'second'));
      }
      await deleteObject(app, actor, calendar, 'a.ics', null);
      await deleteObject(app, actor, calendar, 'b.ics', null);
      await purgeVersion(app, actor, (await listVersions(app, actor, calendar.id, 'a.ics'))[0]?.id ?? 0);
      assert.deepEqual(await listVersions(app, actor, calendar.id, 'a.ics'), []);
      assert.equal(await emptyTrash(app, actor, everything(stage)), 1);
      assert.deepEqual(await listVersions(app, actor, calendar.id, 'b.ics'), []);
      assert.equal((await listVersions(app, actor, calendar.id, 'c.ics')).length, 1);
    });

    test('an account goes back to a moment byte for byte, and forth again', {
      timeout: 300_000,
    }, async (t) => {
      const stage = await openStage(t, dialect);
      const seed = Number(process.env['DAYBOOK_TEST_SEED'] ?? '1') | 0;
      let round = 0;
      await fc.assert(
        fc.asyncProperty(STORY, STORY, async (before, after) => {
          round += 1;
          const places = await placesOf(stage, round);
          await play(stage, places, before);
          const then = await snapshot(stage, places);
          const momentUtc = Math.floor(stage.app.clock.nowMs() / 1000);
          stage.app.clock.advance(1000);
          await play(stage, places, after);
          const now = await snapshot(stage, places);
          stage.app.clock.advance(2000);
          const plans = await planAccountMoment(stage.app, stage.actor, stage.ann.id, momentUtc);
          const done = await restoreAccountMoment(stage.app, stage.actor, stage.ann.id, momentUtc);
          assert.deepEqual(await snapshot(stage, places), then);
          assert.deepEqual(
            done.flatMap(({ refused: why }) => why),
            [],
          );
          const sums = (all: typeof plans) =>
            all
              .filter((one) => one.back + one.changed + one.gone > 0)
              .map(({ back, changed, gone, collection }) => ({ back, changed, gone, collection }));
          if (plans.length === done.length) assert.deepEqual(sums(done), sums(plans));
          await restoreAccountMoment(stage.app, stage.actor, stage.ann.id, done[0]?.undoUtc ?? 0);
          assert.deepEqual(await snapshot(stage, places), now);
          stage.app.clock.advance(5000);
        }),
        { numRuns: dialect === 'sqlite' ? 40 : 15, seed },
      );
    });
  });
}

type Step = readonly [kind: number, place: number, name: number, uid: number, wait: number];
const STORY = fc.array(fc.tuple(fc.nat(8), fc.nat(2), fc.nat(4), fc.nat(4), fc.nat(2)), {
  minLength: 1,
  maxLength: 14,
});

/** Two calendars and a book for one run; those of other runs are left alone but go back with the account. */
async function placesOf(stage: Stage, round: number): Promise<readonly ObjectCollection[]> {
  const one = await addCalendar(stage.app, stage.actor, stage.home, `one-${round}`);
  const two = await addCalendar(stage.app, stage.actor, stage.home, `two-${round}`);
  return [one, two, stage.book];
}

async function snapshot(stage: Stage, places: readonly ObjectCollection[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const place of places)
    for (const row of await stage.app.db.all<{ name: string; uid: string; etag: string; body: Uint8Array }>(
      'SELECT name, uid, etag, body FROM objects WHERE collection_id = ? ORDER BY name',
      [place.id],
    ))
      rows.push(`${place.id} ${row.name} ${row.uid} ${row.etag} ${text(row.body)}`);
  return rows;
}

async function play(
  stage: Stage,
  places: readonly ObjectCollection[],
  story: readonly Step[],
): Promise<void> {
  for (const [at, step] of story.entries()) {
    try {
      await playStep(stage, places, step, `${at}`);
    } catch (error) {
      // Stories bump into rules: names and UIDs that are taken, things that are not there.
      if (!(error instanceof Refusal) && !(error instanceof Precondition)) throw error;
    }
    stage.app.clock.advance(step[4] * 700);
  }
}

async function playStep(
  stage: Stage,
  places: readonly ObjectCollection[],
  [kind, place, name, uid]: Step,
  title: string,
): Promise<void> {
  const { app, actor } = stage;
  const here = places[place] ?? stage.book;
  const there = places[(place + 1) % 2] ?? stage.book;
  const named = (at: number) => (here.kind === 'calendar' ? `${at}.ics` : `${at}.vcf`);
  const body = here.kind === 'calendar' ? meeting(`u${uid}`, title) : vcf(`u${uid}`, `Jane ${title}`);
  const at = { collection: here, name: named(name) };
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return void (await put(stage, here, named(name), body));
    case 3:
      return deleteObject(app, actor, here, named(name), null);
    case 4:
      return void (await moveObject(app, actor, at, { collection: here, name: named(uid) }, OPTIONS));
    case 5:
      return void (await moveObject(app, actor, at, { collection: there, name: named(uid) }, OPTIONS));
    case 6:
      return void (await copyObject(app, actor, at, { collection: there, name: named(uid) }, OPTIONS));
    case 7: {
      const [newest] = await listVersions(app, actor, here.id, named(name));
      return void (newest === undefined ? null : await restoreVersion(app, actor, newest.id));
    }
    default:
      await deleteCollection(app, actor, here);
      return void (await restoreCollection(app, actor, here.id));
  }
}
