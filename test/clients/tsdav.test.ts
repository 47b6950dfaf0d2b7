/** tsdav, the client library of many web applications, from the bare address in this process. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createDAVClient } from 'tsdav';
import { card, plainEvent } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Client = Awaited<ReturnType<typeof createDAVClient>>;

describe('tsdav', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const connect = (defaultAccountType: 'caldav' | 'carddav'): Promise<Client> =>
    createDAVClient({
      serverUrl: `${server.origin}/`,
      credentials: { username: server.user, password: server.password },
      authMethod: 'Basic',
      defaultAccountType,
    });

  test('finds calendars, writes, syncs and deletes events', async () => {
    const client = await connect('caldav');
    const calendars = await client.fetchCalendars();
    assert.deepEqual(calendars.map((c) => c.displayName).sort(), ['Calendar', 'Tasks']);
    const calendar = calendars.find((c) => c.displayName === 'Calendar');
    assert.ok(calendar);
    const created = await client.createCalendarObject({
      calendar,
      filename: 'a.ics',
      iCalString: plainEvent('a'),
    });
    assert.equal(created.status, 201);
    const [object] = await client.fetchCalendarObjects({ calendar });
    assert.ok(object);
    assert.match(String(object.data), /UID:a/);
    assert.equal(object.etag, created.headers.get('etag'));
    const found = await client.fetchCalendarObjects({
      calendar,
      timeRange: { start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00Z' },
    });
    assert.equal(found.length, 1);
    const updated = await client.updateCalendarObject({
      calendarObject: { ...object, data: plainEvent('a', 'Changed') },
    });
    assert.equal(updated.status, 204);
    const stale = await client.updateCalendarObject({
      calendarObject: { ...object, data: plainEvent('a', 'Late') },
    });
    assert.equal(stale.status, 412);
    const [fresh] = await client.fetchCalendarObjects({ calendar });
    assert.ok(fresh);
    assert.match(String(fresh.data), /SUMMARY:Changed/);
    assert.equal((await client.deleteCalendarObject({ calendarObject: fresh })).status, 204);
    assert.deepEqual(await client.fetchCalendarObjects({ calendar }), []);
  });

  test('syncs a calendar by its token', async () => {
    const client = await connect('caldav');
    const [calendar] = await client.fetchCalendars();
    assert.ok(calendar);
    await client.createCalendarObject({ calendar, filename: 'one.ics', iCalString: plainEvent('one') });
    const sync = (syncToken: string) =>
      client.syncCollection({ url: calendar.url, props: { 'd:getetag': {} }, syncLevel: 1, syncToken });
    const first = await sync('');
    assert.deepEqual(
      first.map((r) => r.href?.split('/').pop()),
      ['one.ics'],
    );
    const token = String(first[0]?.raw?.multistatus?.syncToken);
    assert.match(token, /^data:,/);
    await client.deleteCalendarObject({ calendarObject: { url: `${calendar.url}one.ics`, etag: '' } });
    const [gone] = await sync(token);
    assert.equal(gone?.status, 404);
  });

  test('makes and removes a calendar', async () => {
    const client = await connect('caldav');
    const home = `${server.origin}/dav/calendars/${server.user}/`;
    const [made] = await client.makeCalendar({ url: `${home}holidays/`, props: { displayname: 'Holidays' } });
    assert.equal(made?.status, 201);
    assert.ok((await client.fetchCalendars()).some((c) => c.displayName === 'Holidays'));
    assert.equal((await client.deleteObject({ url: `${home}holidays/` })).status, 204);
    assert.ok(!(await client.fetchCalendars()).some((c) => c.displayName === 'Holidays'));
  });

  test('finds address books, writes and reads cards', async () => {
    const client = await connect('carddav');
    const [addressBook] = await client.fetchAddressBooks();
    assert.ok(addressBook);
    assert.equal(addressBook.displayName, 'Contacts');
    assert.equal(
      (await client.createVCard({ addressBook, filename: 'ada.vcf', vCardString: card('ada') })).status,
      201,
    );
    const [vCard] = await client.fetchVCards({ addressBook });
    assert.ok(vCard);
    assert.equal(`${vCard.data}\r\n`, card('ada'), 'the library trims the end');
    assert.equal((await client.deleteVCard({ vCard })).status, 204);
    assert.deepEqual(await client.fetchVCards({ addressBook }), []);
  });
});
