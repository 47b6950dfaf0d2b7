import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conditionOf, openTestDav, readMultistatus, type TestDav } from '../../support/dav.ts';

const CAL = '/dav/calendars/ann/calendar/';
const BOOK = '/dav/addressbooks/ann/contacts/';
const NS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"';
const EVENT = [
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'BEGIN:VEVENT', 'UID:a', 'DTSTAMP:20260101T000000Z'],
  ...['DTSTART:20260302T090000Z', 'END:VEVENT', 'END:VCALENDAR', ''],
].join('\r\n');
const CARD = 'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:a\r\nFN:Ann\r\nEND:VCARD\r\n';

describe('stored bytes that cannot be read', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
    for (const [path, type, body] of [
      [`${CAL}a.ics`, 'text/calendar', EVENT],
      [`${CAL}b.ics`, 'text/calendar', EVENT.replace('UID:a', 'UID:b')],
      [`${BOOK}a.vcf`, 'text/vcard', CARD],
    ] as const)
      assert.equal(
        (await dav.ask({ method: 'PUT', path, headers: { 'Content-Type': type }, body })).status,
        201,
      );
    await dav.app.db.write((tx) =>
      tx.run("UPDATE objects SET body = CAST('garbage' AS BLOB) WHERE name IN ('a.ics', 'a.vcf')", []),
    );
  });
  after(() => dav.close());

  const get = (path: string, headers: Readonly<Record<string, string>>) =>
    dav.ask({ method: 'GET', path, headers });

  test('are no JSON, but still what they are', async () => {
    const calendar = await get(`${CAL}a.ics`, { Accept: 'application/calendar+json' });
    assert.equal(calendar.status, 403);
    assert.equal(conditionOf(calendar.body), '{urn:ietf:params:xml:ns:caldav}supported-calendar-data');
    const card = await get(`${BOOK}a.vcf`, { Accept: 'application/vcard+json' });
    assert.equal(card.status, 403);
    assert.equal(conditionOf(card.body), '{urn:ietf:params:xml:ns:carddav}supported-address-data-conversion');
    const text = await get(`${CAL}a.ics`, { 'CalDAV-Timezones': 'F' });
    assert.equal(text.body, 'garbage');
  });

  test('fail alone in a report that asks for JSON (RFC 6352 §5.1.1)', async () => {
    const calendars = await dav.ask({
      method: 'REPORT',
      path: CAL,
      headers: { 'Content-Type': 'application/xml' },
      body: `<C:calendar-multiget ${NS}><D:prop><C:calendar-data content-type="application/calendar+json"/></D:prop><D:href>${CAL}a.ics</D:href><D:href>${CAL}b.ics</D:href></C:calendar-multiget>`,
    });
    const said = readMultistatus(calendars.body);
    assert.equal(said.get(`${CAL}a.ics`)?.status, 403);
    assert.match(calendars.body, /<D:error><C:supported-calendar-data\/><\/D:error>/);
    assert.deepEqual(said.get(`${CAL}b.ics`)?.order, [200]);
    const cards = await dav.ask({
      method: 'REPORT',
      path: BOOK,
      headers: { 'Content-Type': 'application/xml' },
      body: `<CR:addressbook-multiget ${NS}><D:prop><CR:address-data content-type="application/vcard+json"/></D:prop><D:href>${BOOK}a.vcf</D:href></CR:addressbook-multiget>`,
    });
    assert.equal(readMultistatus(cards.body).get(`${BOOK}a.vcf`)?.status, 403);
    assert.match(cards.body, /<D:error><CR:supported-address-data-conversion\/><\/D:error>/);
  });
});
