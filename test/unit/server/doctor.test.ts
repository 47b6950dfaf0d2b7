import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findCollection } from '../../../models/collections/service.ts';
import { examine, type Finding, reindexAll } from '../../../models/doctor/service.ts';
import { putObject } from '../../../models/objects/service.ts';
import { createUser } from '../../../models/principals/service.ts';
import type { Actor } from '../../../models/types.ts';
import { type TestApp, testApp } from '../../support/app.ts';
import { openTestDb, type TestDb } from '../../support/db.ts';

const SYSTEM: Actor = { kind: 'system' };

function event(uid: string, ...lines: readonly string[]): Buffer {
  const inside = [`UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...lines].join('\r\n');
  return Buffer.from(
    `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\n${inside}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
  );
}

describe('the doctor', () => {
  let opened: TestDb;
  let app: TestApp;

  const findings = async (): Promise<readonly Finding[]> => {
    const all: Finding[] = [];
    for await (const finding of examine(app, SYSTEM)) all.push(finding);
    return all;
  };
  const run = (sql: string) => opened.db.write((tx) => tx.run(sql));

  before(async () => {
    opened = await openTestDb();
    app = testApp(opened.db);
    const { id } = await createUser(app, SYSTEM, { login: 'ann' });
    const put = async (holds: 'calendar' | 'addressbook', where: string, name: string, body: Buffer) => {
      const collection = await findCollection(opened.db, id, holds, where);
      assert.ok(collection?.kind === 'calendar' || collection?.kind === 'addressbook');
      await putObject(app, SYSTEM, { collection, name, body, contentType: null, condition: null });
    };
    await put('calendar', 'calendar', 'one.ics', event('one', 'DTSTART:20260301T100000Z'));
    await put(
      'calendar',
      'calendar',
      'endless.ics',
      event('endless', 'DTSTART:20250301T100000Z', 'RRULE:FREQ=WEEKLY'),
    );
    await put('calendar', 'calendar', 'odd.ics', event('odd', 'DTSTART;TZID=Nowhere/At-All:20260301T100000'));
    const card = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:zoe\r\nFN:Zoe\r\nN:Zoe;;;;\r\nEND:VCARD\r\n';
    await put('addressbook', 'contacts', 'zoe.vcf', Buffer.from(card));
    const twice = 'UID:al\r\nBDAY:20010101\r\nBDAY:20020202\r\n';
    const odd = card.replace('UID:zoe\r\n', twice).replace('3.0', '4.0');
    await put('addressbook', 'contacts', 'al.vcf', Buffer.from(odd));
  });
  after(async () => {
    await app.rules.close();
    await opened.close();
  });

  test('finds nothing wrong with what was stored well, and notes unknown zones and odd cards', async () => {
    const [zone, card, ...more] = await findings();
    assert.deepEqual(zone, {
      kind: 'note',
      where: 'ann/calendar/odd.ics',
      what: 'the time zone "Nowhere/At-All" is unknown; its times are read as local',
    });
    assert.equal(card?.kind, 'note');
    assert.equal(card.where, 'ann/contacts/al.vcf');
    assert.match(card.what, /^as vCard 4\.0 it is not in order: .*more than one .*BDAY/);
    assert.deepEqual(more, []);
  });

  test('still finds nothing when the horizon has moved on', async () => {
    app.clock.advance(20 * 86_400_000);
    assert.deepEqual(
      (await findings()).map((finding) => finding.kind),
      ['note', 'note'],
    );
  });

  test('finds indexes that are wrong, and mends them', async () => {
    await run(`DELETE FROM occurrences WHERE object_id = (SELECT id FROM objects WHERE name = 'one.ics')`);
    await run(`UPDATE occurrences SET start_utc = start_utc + 60`);
    await run(`UPDATE cardfields SET value = 'x' WHERE field = 'FN'`);
    const wrong = (await findings()).filter((finding) => finding.kind === 'index');
    assert.deepEqual(wrong.map((finding) => finding.where).sort(), [
      'ann/calendar/endless.ics',
      'ann/calendar/odd.ics',
      'ann/calendar/one.ics',
      'ann/contacts/al.vcf',
      'ann/contacts/zoe.vcf',
    ]);
    const { objects } = await reindexAll(app, SYSTEM);
    assert.equal(objects, 5);
    assert.deepEqual(
      (await findings()).map((finding) => finding.kind),
      ['note', 'note'],
    );
  });

  test('notes indexes of another version, which are no error', async () => {
    await run(`UPDATE collections SET index_recipe = 'older' WHERE name = 'contacts'`);
    await run(`UPDATE cardfields SET value = 'x' WHERE field = 'FN'`);
    const all = await findings();
    assert.deepEqual(
      all.filter(({ where }) => where === 'ann/contacts').map(({ kind, what }) => [kind, what]),
      [
        [
          'note',
          'its search index is from another version and will be built anew; until then searches take longer',
        ],
      ],
    );
    assert.equal(all.filter(({ kind }) => kind !== 'note').length, 0);
    await reindexAll(app, SYSTEM);
    assert.equal((await findings()).length, 2);
  });

  test('finds bytes, counters and journals that are wrong', async () => {
    await run(`UPDATE objects SET body = CAST('garbage' AS BLOB) WHERE name = 'one.ics'`);
    await run(`UPDATE collections SET object_count = 7 WHERE name = 'contacts'`);
    await run(`UPDATE collections SET revision = revision + 1 WHERE name = 'calendar'`);
    const damage = (await findings()).filter((finding) => finding.kind === 'damage');
    const texts = damage.map(({ where, what }) => `${where}: ${what}`);
    for (const part of [
      'ann/calendar/one.ics: its bytes',
      'ann/calendar/one.ics: it cannot be read',
      'ann/contacts: it says it holds 7 items, and there are 2',
      'ann/calendar: the journal ends at 3, the counter is 4',
    ])
      assert.ok(
        texts.some((text) => text.startsWith(part)),
        `${part} in\n${texts.join('\n')}`,
      );
  });
});
