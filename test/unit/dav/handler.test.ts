import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Precondition } from '../../../models/errors.ts';
import { davHandler } from '../../../protocols/dav/handler.ts';
import type { Method, Tables } from '../../../protocols/dav/rows.ts';
import { discoveryHandler } from '../../../protocols/discovery/handler.ts';
import { TABLES } from '../../../protocols/tables.ts';
import { actorOf, conditionOf, openTestDav, type TestDav } from '../../support/dav.ts';
import { tell, viewerOf } from '../../support/wire.ts';

const CALENDAR = '/dav/calendars/ann/calendar/';
const EVENT =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

describe('the handler', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
    await dav.ask({
      method: 'PUT',
      path: `${CALENDAR}1.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: EVENT,
    });
  });
  after(() => dav.close());

  /** The handler with one method that throws. */
  const throwing = (error: unknown) => {
    const broken: Method = {
      name: 'BREAK',
      answer: () => Promise.reject(error),
    };
    const tables: Tables = { ...TABLES, methods: new Map([...TABLES.methods, ['BREAK', broken]]) };
    return tell(davHandler(tables), viewerOf(dav.app, dav.ann), { method: 'BREAK', path: CALENDAR });
  };

  test('a fault of ours is 500 with an id that is in the log, and nothing more is told', async () => {
    const answer = await throwing(new Error('SELECT secret FROM /var/lib at line 3'));
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.body, /SELECT|secret|var|line 3/);
    const id = /log as ([0-9a-f-]{36})/.exec(answer.body)?.[1];
    assert.ok(dav.app.log.lines.some((line) => line.level === 'error' && line.fields['id'] === id));
  });

  test('a conflict names the resource it is with', async () => {
    const about = {
      kind: 'object',
      collection: 1,
      owner: 'ann',
      collectionName: 'a b',
      holds: 'calendar',
      name: 'ä.ics',
      uid: '1',
      etag: 'x',
      component: 'VEVENT',
      sizeBytes: 1,
      createdUtc: 1,
      modifiedUtc: 1,
    } as never;
    const answer = await throwing(new Precondition('calendar-no-uid-conflict', 'Taken.', [about]));
    assert.equal(answer.status, 403);
    assert.equal(conditionOf(answer.body), '{urn:ietf:params:xml:ns:caldav}no-uid-conflict');
    assert.match(answer.body, /<D:href>\/dav\/calendars\/ann\/a%20b\/%C3%A4\.ics<\/D:href>/);
  });

  test('a missing privilege is named with its resource', async () => {
    const { ann } = dav;
    assert.ok(ann.kind === 'user');
    const as = { ...ann, scope: { calendars: true, contacts: true, readOnly: true } };
    const answer = await dav.ask({
      method: 'PROPPATCH',
      path: CALENDAR,
      as,
      body: '<propertyupdate xmlns="DAV:"/>',
    });
    assert.equal(answer.status, 403);
    assert.match(
      answer.body,
      /<D:need-privileges><D:resource><D:href>\/dav\/calendars\/ann\/calendar\/<\/D:href><D:privilege><D:write-properties\/>/,
    );
    const options = await dav.ask({ method: 'OPTIONS', path: CALENDAR, as });
    assert.doesNotMatch(options.headers['allow'] ?? '', /PUT|DELETE/);
    const set = await dav.ask({
      method: 'PROPFIND',
      path: CALENDAR,
      as,
      headers: { Depth: '0' },
      body: '<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>',
    });
    assert.doesNotMatch(set.body, /<D:(write|bind|all)/);
    const free = await dav.ask({ method: 'OPTIONS', path: `${CALENDAR}new.ics`, as });
    assert.equal(free.headers['allow'], 'OPTIONS');
  });

  test('a credential for reading writes by no method', async () => {
    const { ann } = dav;
    assert.ok(ann.kind === 'user');
    const as = { ...ann, scope: { calendars: true, contacts: true, readOnly: true } };
    const there = `${CALENDAR}1.ics`;
    const tries = [
      ['PUT', there],
      ['PUT', `${CALENDAR}new.ics`],
      ['POST', CALENDAR],
      ['DELETE', there],
      ['DELETE', CALENDAR],
      ['COPY', there],
      ['MOVE', there],
      ['MOVE', CALENDAR],
      ['MKCOL', '/dav/addressbooks/ann/new/'],
      ['MKCALENDAR', '/dav/calendars/ann/new/'],
    ] as const;
    for (const [method, path] of tries) {
      const isCollection = path === CALENDAR;
      const Destination = isCollection ? '/dav/calendars/ann/moved/' : `${CALENDAR}moved.ics`;
      const headers = { Destination, 'Content-Type': 'text/calendar' };
      const ask = path.endsWith('new/')
        ? {}
        : { headers, body: method === 'PUT' || method === 'POST' ? EVENT : '' };
      const answer = await dav.ask({ method, path, as, ...ask });
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.body}`);
      assert.equal(conditionOf(answer.body), '{DAV:}need-privileges', `${method} ${path}`);
    }
  });

  test('every answer is inert in a browser and bears the classes', async () => {
    for (const path of [CALENDAR, `${CALENDAR}1.ics`, '/dav/none/']) {
      const answer = await dav.ask({ method: 'GET', path });
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.match(answer.headers['content-security-policy'] ?? '', /sandbox/);
      assert.match(answer.headers['dav'] ?? '', /^1, 3, /);
    }
  });

  test('If judges tags, other resources and sync tokens', async () => {
    const propfind = (path: string, name: string) =>
      dav.ask({
        method: 'PROPFIND',
        path,
        headers: { Depth: '0' },
        body: `<propfind xmlns="DAV:"><prop><${name}/></prop></propfind>`,
      });
    const etag = /&quot;|"([\w-]{22})"/.exec((await propfind(`${CALENDAR}1.ics`, 'getetag')).body)?.[1] ?? '';
    const token = />(data:[^<]+)</.exec((await propfind(CALENDAR, 'sync-token')).body)?.[1] ?? '';
    const status = async (value: string): Promise<number> =>
      (
        await dav.ask({
          method: 'PROPPATCH',
          path: `${CALENDAR}1.ics`,
          headers: { If: value },
          body: '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x"/></prop></set></propertyupdate>',
        })
      ).status;
    assert.equal(await status(`(["${etag}"])`), 207);
    assert.equal(await status(`(["wrong"]) (["${etag}"])`), 207);
    assert.equal(await status(`(Not ["${etag}"])`), 412);
    assert.equal(await status(`<${CALENDAR}1.ics> (["${etag}"])`), 207);
    assert.equal(await status(`<https://dav.example${CALENDAR}> (<${token}>)`), 207);
    assert.equal(await status(`<${CALENDAR}> (<data:,old>)`), 412);
    assert.equal(await status(`<${CALENDAR}> (<data:,old>) <${CALENDAR}1.ics> (["${etag}"])`), 207);
    assert.equal(await status('(<opaquelocktoken:none>)'), 412);
    assert.equal(await status('(Not <DAV:no-lock>)'), 207);
    assert.equal(await status('('), 400);
  });

  test('an app password for contacts does not reach calendars', async () => {
    const { ann } = dav;
    assert.ok(ann.kind === 'user');
    const person = {
      id: ann.principal,
      login: 'ann',
      displayName: 'Ann',
      email: null,
      isAdmin: false,
    };
    const as = actorOf(person, { calendars: false, contacts: true, readOnly: false });
    assert.equal((await dav.ask({ method: 'PROPFIND', path: CALENDAR, as })).status, 403);
    assert.equal((await dav.ask({ method: 'PROPFIND', path: '/dav/addressbooks/ann/', as })).status, 207);
    // Nor around their addresses: by the person, or by a property that names them.
    const report = (body: string) => dav.ask({ method: 'REPORT', path: '/dav/principals/ann/', body, as });
    const busy =
      '<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20260101T000000Z" end="20260201T000000Z"/></C:free-busy-query>';
    assert.equal((await report(busy)).status, 403);
    const expanded = await report(
      '<expand-property xmlns="DAV:"><property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><property name="displayname"/></property></expand-property>',
    );
    assert.match(
      expanded.body,
      /<D:href>\/dav\/calendars\/ann\/<\/D:href><D:status>HTTP\/1.1 403 Forbidden<\/D:status>/,
    );
  });

  test('the well-known addresses send every method to the root, on the same origin', async () => {
    for (const base of ['', '/daybook'])
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'POST'])
        for (const path of ['/.well-known/caldav', '/.well-known/carddav/']) {
          const viewer = viewerOf(dav.app, { kind: 'anonymous' }, base);
          const answer = await tell(discoveryHandler, viewer, { method, path });
          assert.equal(answer.status, 301);
          assert.equal(answer.headers['location'], `${base}/dav/`);
        }
    const viewer = viewerOf(dav.app, dav.ann);
    for (const path of ['/.well-known/', '/.well-known/webdav', '/.well-known/caldav/x'])
      assert.equal((await tell(discoveryHandler, viewer, { method: 'GET', path })).status, 404, path);
  });
});
