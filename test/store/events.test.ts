import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { Refusal } from '../../models/errors.ts';
import { listCalendars } from '../../models/events/calendars.ts';
import { changeItemAt, createItem, moveItem, removeItemAt } from '../../models/events/change.ts';
import { FieldRefusal } from '../../models/events/input.ts';
import { getItem } from '../../models/events/item.ts';
import { describeSlots, listSlots } from '../../models/events/period.ts';
import { listTasks } from '../../models/events/tasks.ts';
import { getObject, putObject } from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { PrincipalBase, UserActor } from '../../models/types.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { onEachDatabase, withDb } from './suite.ts';

const ZONE = 'Europe/Berlin';
const DAY = 86_400;
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 1000;

function userOf({ id, login, displayName }: PrincipalBase): UserActor {
  const scope = { calendars: true, contacts: true, readOnly: false };
  return {
    kind: 'user',
    principal: id,
    login,
    displayName,
    isAdmin: false,
    scope,
    via: 'session',
    device: null,
  };
}

async function people(app: TestApp): Promise<{ readonly ann: UserActor; readonly bob: UserActor }> {
  const make = async (login: string) =>
    userOf(await createUser(app, SYSTEM_ACTOR, { login, displayName: login, email: null }));
  return { ann: await make('ann'), bob: await make('bob') };
}

function event(uid: string, ...more: readonly string[]): Uint8Array {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'BEGIN:VEVENT', `UID:${uid}`];
  lines.push('DTSTAMP:20260101T000000Z', `SUMMARY:${uid}`, ...more, 'END:VEVENT', 'END:VCALENDAR', '');
  return Buffer.from(lines.join('\r\n'));
}

const EVENTS: readonly (readonly [string, ...string[]])[] = [
  ['single', 'DTSTART;TZID=Europe/Berlin:20260310T090000', 'DTEND;TZID=Europe/Berlin:20260310T100000'],
  ['late', 'DTSTART:20260331T223000Z', 'DURATION:PT1H'],
  ['day', 'DTSTART;VALUE=DATE:20260301', 'DTEND;VALUE=DATE:20260302'],
  ['days', 'DTSTART;VALUE=DATE:20260227', 'DTEND;VALUE=DATE:20260303'],
  ['floating', 'DTSTART:20260331T233000', 'DURATION:PT15M'],
  ['long', 'DTSTART:20250101T000000Z', 'DTEND:20270101T000000Z'],
  ['weekly', 'DTSTART;TZID=Europe/Berlin:20200101T080000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY'],
  ['ended', 'DTSTART;TZID=Europe/Berlin:20200101T080000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=3'],
  ['moment', 'DTSTART:20260315T120000Z'],
  ['before', 'DTSTART:20260228T120000Z', 'DURATION:PT1H'],
  ['after', 'DTSTART:20260331T221500Z', 'DURATION:PT1H'],
];

await onEachDatabase('events', (open) => {
  const withPeople = (work: (app: TestApp, who: Awaited<ReturnType<typeof people>>) => Promise<void>) =>
    withDb(open, async ({ db }) => {
      const app = testApp(db);
      try {
        await work(app, await people(app));
      } finally {
        await app.rules.close();
      }
    });

  async function fill(app: TestApp, ann: UserActor): Promise<void> {
    const [calendar] = await listCalendars(app, ann);
    assert.ok(calendar);
    for (const [uid, ...more] of EVENTS)
      await putObject(app, ann, {
        collection: calendar,
        name: `${uid}.ics`,
        body: event(uid, ...more),
        contentType: null,
        condition: null,
      });
  }

  async function titles(app: TestApp, who: UserActor, from: string, to: string): Promise<readonly string[]> {
    const period = { fromLocal: day(from), toLocal: day(to), timeZone: ZONE };
    const found = await listSlots(app, who, period);
    return (await describeSlots(app, found, found.slots)).map((entry) => entry.title);
  }

  test('a period holds what touches it by the clock of the viewer, and nothing of anybody else', () =>
    withPeople(async (app, { ann, bob }) => {
      await fill(app, ann);
      const march = await titles(app, ann, '2026-03-01', '2026-04-01');
      assert.deepEqual([...new Set(march)].sort(), [
        'day',
        'days',
        'floating',
        'long',
        'moment',
        'single',
        'weekly',
      ]);
      assert.equal(march.filter((title) => title === 'weekly').length, 4);
      assert.deepEqual(await titles(app, ann, '2026-04-01', '2026-04-02').then((all) => [...all].sort()), [
        'after',
        'late',
        'long',
        'weekly',
      ]);
      assert.deepEqual(await titles(app, bob, '2026-03-01', '2026-04-01'), []);
    }));

  test('series are there far beyond what the index holds', () =>
    withPeople(async (app, { ann }) => {
      await fill(app, ann);
      for (const year of [2020, 2045])
        assert.ok((await titles(app, ann, `${year}-01-01`, `${year}-02-01`)).includes('weekly'), `${year}`);
      assert.ok((await titles(app, ann, '2020-01-01', '2020-02-01')).includes('ended'));
    }));

  test('places are those of the events while the index is made anew', () =>
    withPeople(async (app, { ann }) => {
      await fill(app, ann);
      const months = [
        ['2020-01-01', '2020-02-01'],
        ['2026-03-01', '2026-04-01'],
        ['2045-01-01', '2045-02-01'],
      ] as const;
      const all = async () => Promise.all(months.map(([from, to]) => titles(app, ann, from, to)));
      const right = await all();
      await app.db.write(async (tx) => {
        await tx.run('UPDATE collections SET index_recipe = NULL');
        await tx.run('UPDATE occurrences SET start_utc = start_utc + 2592000, end_utc = end_utc + 2592000');
      });
      assert.deepEqual(await all(), right);
      const [calendar] = await listCalendars(app, ann);
      assert.ok(calendar);
      const moved = event('single', 'DTSTART:20260311T080000Z', 'DTEND:20260311T090000Z');
      const put = {
        collection: calendar,
        name: 'single.ics',
        body: moved,
        contentType: null,
        condition: null,
      };
      let isChanged = false;
      const expand: TestApp['rules']['expand'] = async (...asked) => {
        if (!isChanged) await putObject(app, ann, put);
        isChanged = true;
        return app.rules.expand(...asked);
      };
      const busy = { ...app, rules: { ...app.rules, expand } };
      const march = await titles(busy, ann, '2026-03-01', '2026-04-01');
      assert.equal(march.filter((title) => title === 'single').length, 1, 'changed while it was read');
    }));

  test('each place leads to the item it belongs to', () =>
    withPeople(async (app, { ann }) => {
      await fill(app, ann);
      const period = { fromLocal: day('2026-03-01'), toLocal: day('2026-04-01'), timeZone: ZONE };
      const found = await listSlots(app, ann, period);
      for (const entry of await describeSlots(app, found, found.slots)) {
        const place = { collection: entry.calendar, name: entry.name };
        const item = await getItem(app, ann, place, { at: entry.at, timeZone: ZONE });
        assert.equal(item.fields.summary, entry.title);
        assert.equal(item.when?.startLocal, entry.startLocal, entry.title);
        assert.equal(item.when?.endLocal, entry.endLocal, entry.title);
      }
    }));

  test('what is made and changed goes by the tag that was seen', () =>
    withPeople(async (app, { ann, bob }) => {
      const [calendar] = await listCalendars(app, ann);
      assert.ok(calendar);
      const input = { summary: 'a', start: '2026-03-10T09:00', end: '2026-03-10T10:00', timeZone: ZONE };
      const made = await createItem(app, ann, calendar.id, 'VEVENT', input);
      const request = { ...made, scope: { kind: 'all' } as const };
      const changed = await changeItemAt(app, ann, request, { summary: 'b' });
      assert.notEqual(changed.etag, made.etag);
      const isStale = (error: unknown) => error instanceof Refusal && error.status === 412;
      await assert.rejects(changeItemAt(app, ann, request, { summary: 'c' }), isStale);
      await assert.rejects(removeItemAt(app, ann, request), isStale);
      const isMissing = (error: unknown) => error instanceof Refusal && error.status === 404;
      await assert.rejects(changeItemAt(app, bob, { ...request, etag: null }, { summary: 'c' }), isMissing);
      await assert.rejects(removeItemAt(app, bob, { ...request, etag: null }), isMissing);
      await assert.rejects(createItem(app, bob, calendar.id, 'VEVENT', input), isMissing);
      const same = await changeItemAt(app, ann, { ...request, etag: changed.etag }, { summary: 'b' });
      assert.equal(same.etag, changed.etag, 'what says the same already is not written');
      assert.equal(await removeItemAt(app, ann, { ...request, etag: changed.etag }), true);
      assert.equal(await getObject(app.db, calendar.id, made.name), null);
    }));

  test('a split writes two series, and neither when the first cannot be written', () =>
    withPeople(async (app, { ann }) => {
      await fill(app, ann);
      const [calendar] = await listCalendars(app, ann);
      assert.ok(calendar);
      const before = await titles(app, ann, '2026-03-01', '2026-04-01');
      const request = {
        collection: calendar.id,
        name: 'weekly.ics',
        etag: null,
        scope: { kind: 'following', at: '20260311T070000Z' } as const,
      };
      const { other } = await changeItemAt(app, ann, request, { location: 'there' });
      assert.ok(other);
      assert.deepEqual(await titles(app, ann, '2026-03-01', '2026-04-01'), before);
    }));

  test('input that cannot be kept is refused by field', () =>
    withPeople(async (app, { ann }) => {
      const [calendar] = await listCalendars(app, ann);
      assert.ok(calendar);
      const cases = [
        [{ start: '2026-03-10T09:00', end: '2026-03-10T08:00' }, 'end'],
        [{ start: 'tomorrow' }, 'start'],
        [{}, 'start'],
        [{ start: '2026-03-10', end: '2026-03-11T08:00' }, 'end'],
        [{ start: '2026-03-10T09:00', timeZone: 'Mars/Crater' }, 'timeZone'],
        [{ start: '2026-03-10', summary: 'x'.repeat(2000) }, 'summary'],
        [{ start: '2026-03-10', repeat: { every: 'day', until: 'never' } }, 'repeat'],
        [{ start: '2026-03-10', reminder: 1e6 }, 'reminder'],
      ] as const;
      for (const [input, field] of cases)
        await assert.rejects(
          createItem(app, ann, calendar.id, 'VEVENT', { summary: 'a', ...input }),
          (error: unknown) => error instanceof FieldRefusal && error.field === field,
          field,
        );
    }));

  test('tasks are listed by urgency and moved between lists', () =>
    withPeople(async (app, { ann }) => {
      const calendars = await listCalendars(app, ann);
      const list = calendars.find(({ components }) => components.includes('VTODO'));
      const events = calendars.find(({ components }) => !components.includes('VTODO'));
      assert.ok(list);
      for (const [summary, due] of [
        ['later', '2026-05-01'],
        ['soon', '2026-03-05T12:00'],
        ['whenever', null],
      ] as const)
        await createItem(app, ann, list.id, 'VTODO', { summary, due, timeZone: ZONE });
      const done = await createItem(app, ann, list.id, 'VTODO', { summary: 'done', isDone: true });
      const { tasks } = await listTasks(app, ann, { timeZone: ZONE });
      assert.deepEqual(
        tasks.map((task) => task.title),
        ['soon', 'later', 'whenever', 'done'],
      );
      assert.equal(tasks[1]?.dueLocal, day('2026-05-01'));
      assert.equal(tasks[0]?.dueLocal, day('2026-03-05') + DAY / 2);
      if (events !== undefined) await assert.rejects(moveItem(app, ann, done, events.id));
    }));
});
