import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findCollection } from '../../../models/collections/service.ts';
import { importObjects } from '../../../models/objects/service.ts';
import type { ObjectCollection } from '../../../models/types.ts';
import { davHandler } from '../../../protocols/dav/handler.ts';
import { TABLES } from '../../../protocols/tables.ts';
import { conditionOf, openTestDav, readMultistatus, type TestDav } from '../../support/dav.ts';
import { type Told, tell, viewerOf } from '../../support/wire.ts';

const CAL = '/dav/calendars/ann/calendar/';
const XML = { 'Content-Type': 'application/xml' };
const NS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"';

const event = (uid: string, ...more: readonly string[]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260302T090000Z',
    'DTEND:20260302T100000Z',
    'SUMMARY:An event',
    ...more,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

const sync = (token: string, props: string, limit = ''): string =>
  `<D:sync-collection ${NS}><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level>${limit}<D:prop>${props}</D:prop></D:sync-collection>`;
const multiget = (hrefs: readonly string[], props = '<D:getetag/>'): string =>
  `<C:calendar-multiget ${NS}><D:prop>${props}</D:prop>${hrefs.map((href) => `<D:href>${href}</D:href>`).join('')}</C:calendar-multiget>`;
const tokenOf = (told: Told): string => /<D:sync-token>([^<]+)</.exec(told.body)?.[1] ?? '';

describe('reports over a large calendar', () => {
  const COUNT = 2_600;
  let dav: TestDav;
  const report = (body: string, path = CAL): Promise<Told> =>
    dav.ask({ method: 'REPORT', path, headers: XML, body });

  before(async () => {
    dav = await openTestDav();
    assert.ok(dav.ann.kind === 'user');
    const found = await findCollection(dav.app.db, dav.ann.principal, 'calendar', 'calendar');
    assert.ok(found?.kind === 'calendar');
    const calendar: ObjectCollection = found;
    const items = Array.from({ length: COUNT }, (_, n) => ({
      name: `event ${n}&.ics`,
      body: Buffer.from(event(`uid-${n}`)),
    }));
    await importObjects(dav.app, dav.ann, calendar, items);
  });
  after(() => dav.close());

  test('the quick rendering of a first sync says what the property table says', async () => {
    const asked = '<D:getetag/><D:getcontenttype/><D:resourcetype/>';
    const quick = await report(sync('', asked));
    const slow = await report(sync('', `${asked}<D:getcontentlength/>`));
    assert.equal(quick.status, 207);
    const said = readMultistatus(slow.body);
    assert.equal(said.size, COUNT);
    const plain = slow.body.replaceAll(/<D:getcontentlength>\d+<\/D:getcontentlength>/g, '');
    assert.equal(quick.body, plain);
  });

  test('its token is written last, and nothing has changed since', async () => {
    const first = await report(sync('', '<D:getetag/>'));
    assert.match(first.body, /<\/D:sync-token><\/D:multistatus>$/);
    const again = await report(sync(tokenOf(first), '<D:getetag/>'));
    assert.equal(readMultistatus(again.body).size, 0);
    assert.equal(tokenOf(again), tokenOf(first));
  });

  test('pages of any size end and list every member once', async () => {
    const seen = new Map<string, number>();
    let token = '';
    for (let page = 0; page < 10; page++) {
      const told = await report(
        sync(token, '<D:getetag/>', '<D:limit><D:nresults>1000</D:nresults></D:limit>'),
      );
      token = tokenOf(told);
      const said = readMultistatus(told.body);
      for (const [href, { status }] of said) if (status === null) seen.set(href, (seen.get(href) ?? 0) + 1);
      assert.ok([...said.values()].filter(({ status }) => status === null).length <= 1000);
      if (said.get(CAL)?.status !== 507) break;
    }
    assert.equal(seen.size, COUNT);
    assert.ok([...seen.values()].every((times) => times === 1));
  });

  test('a multiget answers every href it was asked for, none twice', async () => {
    const hrefs = Array.from({ length: COUNT + 100 }, (_, n) => `${CAL}event%20${n}&amp;.ics`);
    const told = await report(multiget([...hrefs, ...hrefs], '<D:getetag/><C:calendar-data/>'));
    const said = readMultistatus(told.body);
    assert.equal(said.size, COUNT + 100);
    const missing = [...said].filter(([, { status }]) => status === 404);
    assert.equal(missing.length, 100);
    const data = said.get(`${CAL}event%207&.ics`)?.found.get('{urn:ietf:params:xml:ns:caldav}calendar-data');
    assert.equal(data?.text, event('uid-7'));
  });

  test('a multiget of more than 50,000 hrefs is refused by name', async () => {
    const told = await report(multiget(new Array<string>(50_001).fill(`${CAL}x.ics`)));
    assert.equal(told.status, 507);
    assert.equal(conditionOf(told.body), '{DAV:}number-of-matches-within-limits');
  });

  test('a query streams what it finds', async () => {
    const filter =
      '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:comp-filter></C:comp-filter></C:filter>';
    const told = await report(
      `<C:calendar-query ${NS}><D:prop><D:getetag/></D:prop>${filter}</C:calendar-query>`,
    );
    assert.equal(readMultistatus(told.body).size, COUNT);
  });

  test('content that is too large to expand is refused before the answer starts', async () => {
    const expand = '<C:expand start="20260101T000000Z" end="20270101T000000Z"/>';
    const limits = { ...dav.app.limits, maxAnswerBytes: 10_000 };
    const viewer = viewerOf({ ...dav.app, limits }, dav.ann);
    const body = sync('', `<C:calendar-data>${expand}</C:calendar-data>`);
    const told = await tell(davHandler(TABLES), viewer, { method: 'REPORT', path: CAL, headers: XML, body });
    assert.equal(told.status, 507);
    assert.equal(conditionOf(told.body), '{DAV:}number-of-matches-within-limits');
  });
});

describe('reports that could cost too much', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
    const put = await dav.ask({
      method: 'PUT',
      path: `${CAL}daily.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: event('daily', 'RRULE:FREQ=DAILY'),
    });
    assert.equal(put.status, 201);
  });
  after(() => dav.close());

  test('an endless series is not expanded over 8,000 years', async () => {
    const expand =
      '<C:calendar-data><C:expand start="20260101T000000Z" end="99990101T000000Z"/></C:calendar-data>';
    const bodies = [
      multiget([`${CAL}daily.ics`], expand),
      sync('', expand),
      `<C:calendar-query ${NS}><D:prop>${expand}</D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`,
    ];
    for (const body of bodies) {
      const told = await dav.ask({ method: 'REPORT', path: CAL, headers: XML, body });
      assert.ok(told.status === 403 || told.status === 507, String(told.status));
      assert.match(conditionOf(told.body) ?? '', /max-instances|number-of-matches-within-limits/);
    }
  });

  test('expand-property follows no more hrefs than a client can mean', async () => {
    const names = ['current-user-principal', 'principal-URL', 'owner'];
    const nested = (depth: number): string =>
      names
        .map((name) => `<D:property name="${name}">${depth === 0 ? '' : nested(depth - 1)}</D:property>`)
        .join('');
    const body = `<D:expand-property ${NS}>${nested(9)}</D:expand-property>`;
    const told = await dav.ask({ method: 'REPORT', path: '/dav/principals/ann/', headers: XML, body });
    assert.equal(told.status, 507);
    assert.equal(conditionOf(told.body), '{DAV:}number-of-matches-within-limits');
  });
});
