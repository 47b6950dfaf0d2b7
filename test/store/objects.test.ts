import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import {
  deadPropertiesOfOne,
  deleteCollection,
  findCollection,
  getCollection,
  patchDeadProperties,
  quotaOf,
} from '../../models/collections/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { changesSince } from '../../models/journal/service.ts';
import {
  copyObject,
  deleteObject,
  getObject,
  headObject,
  importObjects,
  listObjects,
  moveObject,
  multigetObjects,
  putObject,
} from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { ETag, ObjectCollection } from '../../models/types.ts';
import { addCalendar, event, ics, openStage, put, type Stage, vcf } from '../support/objects.ts';
import { userActor } from '../support/people.ts';

const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;
const broken = (code: string) => (error: unknown) => error instanceof Precondition && error.code === code;
const ONE = event('one', '20260302T090000Z', '20260302T100000Z');
const ONE_LATER = event('one', '20260303T090000Z', '20260303T100000Z');
const PLAIN = { overwrite: true, sourceCondition: null, targetCondition: null };

async function revisionOf({ app }: Stage, collection: ObjectCollection): Promise<number> {
  return (await getCollection(app.db, collection.id))?.revision ?? -1;
}

/** Counts of a collection as kept, and as they are. */
async function counts({ app }: Stage, collection: ObjectCollection) {
  const kept = await app.db.get<{ object_count: number; bytes_used: number }>(
    'SELECT object_count, bytes_used FROM collections WHERE id = ?',
    [collection.id],
  );
  const real = await app.db.get<{ object_count: number; bytes_used: number }>(
    'SELECT count(*) AS object_count, CAST(coalesce(sum(length(body)), 0) AS BIGINT) AS bytes_used FROM objects WHERE collection_id = ?',
    [collection.id],
  );
  assert.deepEqual({ ...kept }, { object_count: Number(real?.object_count), bytes_used: real?.bytes_used });
  return kept?.object_count ?? 0;
}

async function names({ app }: Stage, collection: ObjectCollection): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of listObjects(app.db, collection.id, { wantBody: false }))
    found.push(...page.map((o) => o.name));
  return found;
}

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`objects on ${kind}`, () => {
    test('the bytes that were put come back, with their hash as tag', async (t) => {
      const stage = await openStage(t, kind);
      const { app, calendar, book } = stage;
      const first = await put(stage, calendar, 'a.ics', ONE);
      const etag = createHash('sha256').update(ONE).digest('base64url').slice(0, 22);
      assert.deepEqual(first, { etag, isCreated: true, isAltered: false });
      const got = await getObject(app.db, calendar.id, 'a.ics');
      assert.ok(got);
      assert.deepEqual(Buffer.from(got.body), ONE);
      assert.equal(got.object.uid, 'one');
      assert.equal(got.object.component, 'VEVENT');
      assert.equal(got.object.collectionName, 'mixed');
      assert.equal(got.object.owner, 'ann');
      assert.deepEqual(await headObject(app.db, calendar.id, 'a.ics'), got.object);
      assert.equal(await headObject(app.db, calendar.id, 'A.ics'), null);
      const second = await put(stage, calendar, 'a.ics', ONE_LATER);
      assert.equal(second.isCreated, false);
      assert.notEqual(second.etag, first.etag);
      const card = vcf('c1', 'Ada', 'PHOTO;ENCODING=b:AAAA');
      assert.equal((await put(stage, book, 'c.vcf', card)).isCreated, true);
      assert.deepEqual(Buffer.from((await getObject(app.db, book.id, 'c.vcf'))?.body ?? []), card);
      await counts(stage, calendar);
      await counts(stage, book);
      assert.equal((await quotaOf(app, stage.ann.id)).usedBytes, ONE_LATER.length + card.length);
    });

    test('the same bytes again change nothing', async (t) => {
      const stage = await openStage(t, kind);
      const { etag } = await put(stage, stage.calendar, 'a.ics', ONE);
      const before = await revisionOf(stage, stage.calendar);
      assert.deepEqual(await put(stage, stage.calendar, 'a.ics', ONE), {
        etag,
        isCreated: false,
        isAltered: false,
      });
      assert.equal(await revisionOf(stage, stage.calendar), before);
    });

    test('every change has its revision, a refused one has none', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar } = stage;
      await put(stage, calendar, 'a.ics', ONE);
      const page = await changesSince(app.db, calendar.id, null, null);
      await put(stage, calendar, 'a.ics', ONE_LATER);
      await assert.rejects(put(stage, calendar, 'b.ics', ONE), broken('calendar-no-uid-conflict'));
      await put(stage, calendar, 'c.ics', event('two', '20260302T090000Z', '20260302T100000Z'));
      await deleteObject(app, actor, calendar, 'c.ics', null);
      assert.equal(await revisionOf(stage, calendar), 4);
      const delta = await changesSince(app.db, calendar.id, page.token, null);
      const entries = [];
      if (Array.isArray(delta.entries)) entries.push(...delta.entries);
      assert.deepEqual(
        entries.map((e) => [e.name, e.etag === null]),
        [['a.ics', false]],
      );
    });

    test('conditions are judged, and the loser changes nothing', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar: collection } = stage;
      const base = { collection, name: 'a.ics', contentType: 'text/calendar; charset=utf-8' };
      const absent = (current: ETag | null): boolean => current === null;
      const { etag } = await putObject(app, actor, { ...base, body: ONE, condition: absent });
      const is = (tag: ETag) => (current: ETag | null) => current === tag;
      await assert.rejects(
        putObject(app, actor, { ...base, body: ONE_LATER, condition: absent }),
        refused(412),
      );
      const next = await putObject(app, actor, { ...base, body: ONE_LATER, condition: is(etag) });
      await assert.rejects(putObject(app, actor, { ...base, body: ONE, condition: is(etag) }), refused(412));
      await assert.rejects(deleteObject(app, actor, collection, 'a.ics', is(etag)), refused(412));
      await deleteObject(app, actor, collection, 'a.ics', is(next.etag));
      await assert.rejects(deleteObject(app, actor, collection, 'a.ics', null), refused(404));
      assert.equal(await counts(stage, collection), 0);
    });

    test('of twenty writers with one tag one wins', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar: collection } = stage;
      const { etag } = await put(stage, collection, 'a.ics', ONE);
      const condition = (current: ETag | null): boolean => current === etag;
      const writes = Array.from({ length: 20 }, (_, i) => {
        const body = event('one', '20260302T090000Z', '20260302T100000Z', `DESCRIPTION:${i}`);
        return putObject(app, actor, { collection, name: 'a.ics', body, contentType: null, condition });
      });
      const done = await Promise.allSettled(writes);
      assert.equal(done.filter((d) => d.status === 'fulfilled').length, 1);
      assert.ok(done.every((d) => d.status === 'fulfilled' || refused(412)(d.reason)));
      assert.equal(await revisionOf(stage, collection), 2);
    });

    test('of many who put one UID under different names one wins, and the others are told who', async (t) => {
      const stage = await openStage(t, kind);
      const done = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => put(stage, stage.calendar, `${i}.ics`, ONE)),
      );
      const [winner, ...others] = await names(stage, stage.calendar);
      assert.deepEqual(others, []);
      for (const each of done) {
        if (each.status === 'fulfilled') continue;
        assert.ok(broken('calendar-no-uid-conflict')(each.reason));
        const about = each.reason.about[0];
        assert.equal(about?.kind === 'object' ? about.name : null, winner);
      }
      assert.equal(await counts(stage, stage.calendar), 1);
    });

    test('puts and deletes of one name at the same time all end well', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar } = stage;
      const work = Array.from({ length: 30 }, (_, i) =>
        i % 3 === 2
          ? deleteObject(app, actor, calendar, 'a.ics', null)
          : put(
              stage,
              calendar,
              'a.ics',
              event('one', '20260302T090000Z', '20260302T100000Z', `DESCRIPTION:${i}`),
            ),
      );
      for (const each of await Promise.allSettled(work))
        if (each.status === 'rejected')
          assert.ok(refused(404)(each.reason) || refused(503)(each.reason), String(each.reason));
      await counts(stage, calendar);
      const changes = await app.db.all<{ op: string }>(
        'SELECT op FROM changes WHERE scope = ? ORDER BY revision',
        [calendar.id],
      );
      let exists = false;
      for (const { op } of changes) {
        assert.equal(op === 'create', !exists, changes.map((c) => c.op).join(' '));
        exists = op !== 'delete';
      }
    });

    test('a UID belongs to its object, and only within one collection', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar, book, home } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      await put(stage, calendar, 'a.ics', ONE);
      await put(stage, other, 'a.ics', ONE);
      const changed = event('two', '20260302T090000Z', '20260302T100000Z');
      await assert.rejects(put(stage, calendar, 'a.ics', changed), broken('calendar-no-uid-conflict'));
      await put(stage, book, 'a.vcf', vcf('one', 'Ada'));
      await assert.rejects(put(stage, book, 'b.vcf', vcf('one', 'Bob')), broken('card-no-uid-conflict'));
      await deleteObject(app, actor, calendar, 'a.ics', null);
      await put(stage, calendar, 'b.ics', ONE);
    });

    test('what may not be stored is refused by its rule', async (t) => {
      const stage = await openStage(t, kind, { maxCalendarObjectBytes: 2000, maxCardBytes: 1000 });
      const { app, actor, calendar, book } = stage;
      const events = await findCollection(app.db, stage.ann.id, 'calendar', 'calendar');
      assert.ok(events?.kind === 'calendar');
      const todo = ics('VTODO', 't', 'SUMMARY:x');
      await put(stage, calendar, 't.ics', todo);
      await put(
        stage,
        calendar,
        'f.ics',
        ics('VFREEBUSY', 'f', 'DTSTART:20260302T000000Z', 'DTEND:20260303T000000Z'),
      );
      await assert.rejects(put(stage, events, 't.ics', todo), broken('supported-calendar-component'));
      const typed = (collection: ObjectCollection, contentType: string, body: Uint8Array) =>
        putObject(app, actor, { collection, name: 'x', body, contentType, condition: null });
      for (const type of [
        'text/plain',
        'text/vcard',
        'text/calendar; charset=iso-8859-1',
        'application/json',
      ])
        await assert.rejects(typed(calendar, type, ONE), broken('supported-calendar-data'), type);
      for (const type of ['text/calendar', 'text/vcard; charset=utf-16'])
        await assert.rejects(typed(book, type, vcf('x', 'X')), broken('supported-address-data'), type);
      await typed(calendar, 'Text/Calendar; component=VEVENT; charset="UTF-8"', ONE);
      await typed(book, 'text/directory; profile=vCard', vcf('x', 'X'));
      await assert.rejects(put(stage, calendar, 'y', vcf('y', 'Y')), broken('supported-calendar-data'));
      await assert.rejects(put(stage, book, 'y', ONE), broken('supported-address-data'));
      await assert.rejects(put(stage, calendar, 'y', Buffer.from('nonsense')), broken('valid-calendar-data'));
      const large = event('y', '20260302T090000Z', '20260302T100000Z', `DESCRIPTION:${'x'.repeat(2000)}`);
      await assert.rejects(put(stage, calendar, 'y', large), broken('calendar-max-resource-size'));
      const photo = vcf('y', 'Y', `NOTE:${'x'.repeat(1000)}`);
      await assert.rejects(put(stage, book, 'y', photo), broken('card-max-resource-size'));
      for (const name of ['', '.', 'a/b', 'x'.repeat(256)])
        await assert.rejects(put(stage, calendar, name, ONE), refused(400), name);
    });

    test('names are bytes: composed and decomposed, and both cases, live side by side', async (t) => {
      const stage = await openStage(t, kind);
      const list = ['é.ics', 'e\u0301.ics', 'A.ics', 'a.ics', '日本.ics', 'a b%41;?#.ics', '\u202Ex', '🜁'];
      for (const [i, name] of list.entries())
        await put(stage, stage.calendar, name, event(`u${i}`, '20260302T090000Z', '20260302T100000Z'));
      const listed = await names(stage, stage.calendar);
      assert.deepEqual([...listed].sort(), [...list].sort());
      const batches = [];
      for await (const batch of multigetObjects(stage.app.db, stage.calendar.id, [...list, 'none'], true))
        batches.push(...batch);
      assert.deepEqual(
        batches.map((b) => [b.name, b.found?.uid ?? null]),
        [...list.map((name, i) => [name, `u${i}`]), ['none', null]],
      );
    });

    test('quotas of objects and bytes hold', async (t) => {
      const stage = await openStage(t, kind, { maxObjectsPerCollection: 2, maxBytesPerUser: 600 });
      const at = (uid: string, ...lines: string[]) =>
        event(uid, '20260302T090000Z', '20260302T100000Z', ...lines);
      await put(stage, stage.calendar, '1', at('1'));
      await put(stage, stage.calendar, '2', at('2'));
      await assert.rejects(put(stage, stage.calendar, '3', at('3')), broken('quota-not-exceeded'));
      const large = at('1', `DESCRIPTION:${'x'.repeat(300)}`);
      await assert.rejects(put(stage, stage.calendar, '1', large), broken('quota-not-exceeded'));
      await put(stage, stage.calendar, '1', at('1', 'LOCATION:here'));
      assert.equal(await counts(stage, stage.calendar), 2);
    });

    test('a move keeps bytes and tag, tells both collections, and takes everything along', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar, home } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      const { etag } = await put(stage, calendar, 'a.ics', ONE);
      const object = await headObject(app.db, calendar.id, 'a.ics');
      assert.ok(object);
      await patchDeadProperties(app, actor, object, new Map([['{urn:x}y', '<y/>']] as const), []);
      const moved = await moveObject(
        app,
        actor,
        { collection: calendar, name: 'a.ics' },
        { collection: other, name: 'b.ics' },
        PLAIN,
      );
      assert.deepEqual(moved, { etag, isCreated: true, isAltered: false });
      assert.equal(await headObject(app.db, calendar.id, 'a.ics'), null);
      const there = await getObject(app.db, other.id, 'b.ics');
      assert.ok(there);
      assert.deepEqual(Buffer.from(there.body), ONE);
      assert.equal((await deadPropertiesOfOne(app.db, there.object)).size, 1);
      assert.equal((await deadPropertiesOfOne(app.db, object)).size, 0);
      assert.deepEqual([await revisionOf(stage, calendar), await revisionOf(stage, other)], [2, 1]);
      const within = { collection: other, name: 'c.ics' };
      await moveObject(app, actor, { collection: other, name: 'b.ics' }, within, PLAIN);
      assert.equal(await revisionOf(stage, other), 3);
      await assert.rejects(moveObject(app, actor, within, within, PLAIN), refused(403));
      const rows = await app.db.all('SELECT 1 AS one FROM occurrences WHERE collection_id = ?', [other.id]);
      assert.equal(rows.length, 1);
      await counts(stage, calendar);
      await counts(stage, other);
    });

    test('a move onto another object replaces it, unless that is forbidden', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar, home, book } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      await put(stage, calendar, 'a.ics', ONE);
      await put(stage, other, 'b.ics', event('two', '20260302T090000Z', '20260302T100000Z'));
      const from = { collection: calendar, name: 'a.ics' };
      const to = { collection: other, name: 'b.ics' };
      await assert.rejects(moveObject(app, actor, from, to, { ...PLAIN, overwrite: false }), refused(412));
      const never = { ...PLAIN, sourceCondition: () => false };
      await assert.rejects(moveObject(app, actor, from, to, never), refused(412));
      const wrong = { collection: book, name: 'b.vcf' };
      await assert.rejects(moveObject(app, actor, from, wrong, PLAIN), broken('supported-address-data'));
      assert.equal(await revisionOf(stage, calendar), 1);
      assert.equal((await moveObject(app, actor, from, to, PLAIN)).isCreated, false);
      assert.equal((await headObject(app.db, other.id, 'b.ics'))?.uid, 'one');
      await put(stage, calendar, 'a.ics', ONE);
      const beside = { collection: other, name: 'c.ics' };
      await assert.rejects(moveObject(app, actor, from, beside, PLAIN), broken('calendar-no-uid-conflict'));
      await assert.rejects(moveObject(app, actor, { ...from, name: 'none' }, beside, PLAIN), refused(404));
      const tasks = await findCollection(app.db, stage.ann.id, 'calendar', 'tasks');
      assert.ok(tasks?.kind === 'calendar');
      await assert.rejects(
        moveObject(app, actor, from, { collection: tasks, name: 'x' }, PLAIN),
        broken('supported-calendar-component'),
      );
      assert.equal(await counts(stage, calendar), 1);
      assert.equal(await counts(stage, other), 1);
    });

    test('a copy is one more object with the same bytes', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar, home } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      const { etag } = await put(stage, calendar, 'a.ics', ONE);
      const from = { collection: calendar, name: 'a.ics' };
      const copied = await copyObject(app, actor, from, { collection: other, name: 'a.ics' }, PLAIN);
      assert.deepEqual(copied, { etag, isCreated: true, isAltered: false });
      const again = await copyObject(app, actor, from, { collection: other, name: 'a.ics' }, PLAIN);
      assert.equal(again.isCreated, false);
      await assert.rejects(
        copyObject(app, actor, from, { collection: calendar, name: 'b.ics' }, PLAIN),
        broken('calendar-no-uid-conflict'),
      );
      assert.equal(await revisionOf(stage, calendar), 1);
      assert.equal(await counts(stage, other), 1);
      assert.equal(await counts(stage, calendar), 1);
    });

    test('moves the other way round do not wait for each other for ever', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar, home } = stage;
      const other = await addCalendar(app, actor, home, 'other');
      for (let i = 0; i < 10; i++) {
        const body = event(`u${i}`, '20260302T090000Z', '20260302T100000Z');
        await put(stage, i % 2 === 0 ? calendar : other, `${i}.ics`, body);
      }
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => {
          const [a, b] = i % 2 === 0 ? [calendar, other] : [other, calendar];
          return moveObject(
            app,
            actor,
            { collection: a, name: `${i}.ics` },
            { collection: b, name: `${i}.ics` },
            PLAIN,
          );
        }),
      );
      assert.equal((await counts(stage, calendar)) + (await counts(stage, other)), 10);
    });

    test('a batch stores what it can and says what it cannot', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar } = stage;
      await put(stage, calendar, 'a.ics', ONE);
      const items = [
        { name: 'a.ics', body: ONE },
        { name: 'b.ics', body: ONE },
        { name: 'c.ics', body: Buffer.from('nonsense') },
        { name: 'a.ics', body: ONE_LATER },
        ...Array.from({ length: 300 }, (_, i) => ({
          name: `n${i}`,
          body: event(`n${i}`, '20260302T090000Z', '20260302T100000Z'),
        })),
        { name: 'n0', body: event('other', '20260302T090000Z', '20260302T100000Z') },
      ];
      const results = await importObjects(app, actor, calendar, items);
      assert.equal(results.length, items.length);
      const said = results.map((r) =>
        'error' in r
          ? r.error instanceof Precondition
            ? r.error.code
            : 'refused'
          : r.isCreated
            ? 'created'
            : 'there',
      );
      assert.deepEqual(said.slice(0, 5), [
        'there',
        'calendar-no-uid-conflict',
        'valid-calendar-data',
        'there',
        'created',
      ]);
      assert.equal(said.at(-1), 'calendar-no-uid-conflict');
      assert.equal(await counts(stage, calendar), 301);
      assert.equal(await revisionOf(stage, calendar), 302);
      const before = await revisionOf(stage, calendar);
      await importObjects(app, actor, calendar, items.slice(3, -1));
      assert.equal(await revisionOf(stage, calendar), before);
    });

    test('objects of a deleted collection are out of reach', async (t) => {
      const stage = await openStage(t, kind);
      const { app, actor, calendar } = stage;
      await put(stage, calendar, 'a.ics', ONE);
      await deleteCollection(app, actor, calendar);
      assert.equal(await getObject(app.db, calendar.id, 'a.ics'), null);
      assert.equal(await headObject(app.db, calendar.id, 'a.ics'), null);
      await assert.rejects(put(stage, calendar, 'a.ics', ONE_LATER), refused(404));
      await assert.rejects(deleteObject(app, actor, calendar, 'a.ics', null), refused(404));
      await assert.rejects(importObjects(app, actor, calendar, [{ name: 'x', body: ONE }]), refused(404));
    });

    test('rights: a stranger meets nothing, a read-only password changes nothing', async (t) => {
      const stage = await openStage(t, kind);
      const { app, ann, calendar, book } = stage;
      await put(stage, calendar, 'a.ics', ONE);
      const eve = { ...stage, actor: userActor(await createUser(app, SYSTEM_ACTOR, { login: 'eve' })) };
      await assert.rejects(put(eve, calendar, 'b.ics', ONE_LATER), refused(404));
      await assert.rejects(deleteObject(app, eve.actor, calendar, 'a.ics', null), refused(404));
      const reader = { ...stage, actor: userActor(ann, { readOnly: true }) };
      await assert.rejects(put(reader, calendar, 'b.ics', ONE_LATER), broken('need-privileges'));
      await assert.rejects(
        deleteObject(app, reader.actor, calendar, 'a.ics', null),
        broken('need-privileges'),
      );
      const contactsOnly = { ...stage, actor: userActor(ann, { calendars: false }) };
      await assert.rejects(put(contactsOnly, calendar, 'b.ics', ONE_LATER), broken('need-privileges'));
      await put(contactsOnly, book, 'a.vcf', vcf('a', 'A'));
    });
  });
}
