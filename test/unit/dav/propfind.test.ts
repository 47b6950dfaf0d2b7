import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conditionOf, openTestDav, readMultistatus, type TestDav } from '../../support/dav.ts';

const HOME = '/dav/calendars/ann/';
const CALENDAR = `${HOME}calendar/`;
const BOOK = '/dav/addressbooks/ann/contacts/';

const propfind = (...names: readonly string[]): string =>
  `<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/" xmlns:IC="http://apple.com/ns/ical/"><D:prop>${names.map((name) => `<${name}/>`).join('')}</D:prop></D:propfind>`;

const event = (uid: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260105T090000Z',
    'DTEND:20260105T100000Z',
    'SUMMARY:x',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

describe('PROPFIND', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
  });
  after(() => dav.close());

  const find = async (path: string, depth: string, body: string, headers = {}) => {
    const answer = await dav.ask({ method: 'PROPFIND', path, headers: { Depth: depth, ...headers }, body });
    assert.equal(answer.status, 207, answer.body);
    return readMultistatus(answer.body);
  };

  test('without credentials gets the challenge, and OPTIONS an answer', async () => {
    const as = { kind: 'anonymous' } as const;
    const answer = await dav.ask({ method: 'PROPFIND', path: '/dav/', as });
    assert.equal(answer.status, 401);
    assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm="[^"]+", charset="UTF-8"$/);
    const options = await dav.ask({ method: 'OPTIONS', path: HOME, as });
    assert.equal(options.status, 200);
    assert.match(options.headers['dav'] ?? '', /^1, /);
  });

  test('the root, its aliases and the principal lead to the homes', async () => {
    for (const path of ['/', '/dav/', '/principals/', '/dav/principals/', '/dav/calendars/']) {
      const said = await find(path, '0', propfind('D:current-user-principal', 'D:resourcetype'));
      const element = said.get(path)?.found.get('{DAV:}current-user-principal');
      assert.equal(element?.children.length, 1, path);
      assert.match(JSON.stringify(element), /\/dav\/principals\/ann\//);
    }
    for (const path of [
      '/dav/principals/ann/',
      '/principals/ann/',
      '/principals/users/Ann/',
      '/principals/users/ann',
    ]) {
      const said = await find(
        path,
        '0',
        propfind('C:calendar-home-set', 'CR:addressbook-home-set', 'D:displayname'),
      );
      const [only] = said.values();
      assert.equal(said.size, 1);
      assert.match(
        JSON.stringify(only?.found.get('{urn:ietf:params:xml:ns:caldav}calendar-home-set')),
        /\/dav\/calendars\/ann\//,
      );
      assert.equal(only?.found.get('{DAV:}displayname')?.text, 'ann Example');
    }
  });

  test('under a path prefix every href bears it', async () => {
    const answer = await dav.ask({
      method: 'PROPFIND',
      path: HOME,
      base: '/daybook',
      headers: { Depth: '1' },
      body: propfind('D:owner', 'D:current-user-principal'),
    });
    for (const href of answer.body.matchAll(/<D:href>([^<]*)/g))
      assert.match(href[1] ?? '', /^\/daybook\/dav\//);
  });

  test('a home lists its collections, the default first, each with a 200 propstat first', async () => {
    const said = await find(
      HOME,
      '1',
      propfind('D:resourcetype', 'D:displayname', 'C:supported-calendar-component-set', 'D:nonsense'),
    );
    const hrefs = [...said.keys()];
    assert.equal(hrefs[0], HOME);
    assert.equal(hrefs[1], CALENDAR);
    for (const name of ['tasks', 'inbox', 'outbox']) assert.ok(hrefs.includes(`${HOME}${name}/`), name);
    for (const [href, { order, found, missing }] of said) {
      assert.equal(order[0], 200, href);
      assert.ok(found.has('{DAV:}resourcetype'), href);
      assert.ok(missing.includes('{DAV:}nonsense'), href);
    }
    const types = JSON.stringify(said.get(`${HOME}inbox/`)?.found.get('{DAV:}resourcetype'));
    assert.match(types, /schedule-inbox/);
    assert.doesNotMatch(types, /caldav\}calendar"/);
  });

  test('Brief and return=minimal leave out what is not there', async () => {
    for (const headers of [{ Brief: 't' }, { Prefer: 'return=minimal' }]) {
      const answer = await dav.ask({
        method: 'PROPFIND',
        path: HOME,
        headers: { Depth: '0', ...headers },
        body: propfind('D:nonsense'),
      });
      assert.equal(answer.headers['preference-applied'], 'return=minimal');
      const said = readMultistatus(answer.body).get(HOME);
      assert.deepEqual(said?.order, [200]);
    }
  });

  test('depth-noroot leaves out the collection itself', async () => {
    const said = await find(HOME, '1', propfind('D:resourcetype'), { Prefer: 'depth-noroot' });
    assert.ok(!said.has(HOME));
    assert.ok(said.has(CALENDAR));
  });

  test('infinity is refused, an absent depth lists the members', async () => {
    const refused = await dav.ask({ method: 'PROPFIND', path: HOME, headers: { Depth: 'infinity' } });
    assert.equal(refused.status, 403);
    assert.equal(conditionOf(refused.body), '{DAV:}propfind-finite-depth');
    const listed = await dav.ask({ method: 'PROPFIND', path: HOME, body: propfind('D:resourcetype') });
    assert.ok(readMultistatus(listed.body).size > 3);
  });

  test('privileges are listed with their aggregates and leaves', async () => {
    const said = await find(CALENDAR, '0', propfind('D:current-user-privilege-set'));
    const shown = JSON.stringify(said.get(CALENDAR)?.found.get('{DAV:}current-user-privilege-set'));
    for (const name of ['all', 'read', 'write', 'write-properties', 'write-content', 'bind', 'unbind'])
      assert.match(shown, new RegExp(`\\{DAV:\\}${name}"`));
    assert.match(shown, /caldav\}read-free-busy/);
  });

  test('an empty body is allprop: nothing of CalDAV, ACL or sync in it', async () => {
    const answer = await dav.ask({ method: 'PROPFIND', path: CALENDAR, headers: { Depth: '0' } });
    const names = [...(readMultistatus(answer.body).get(CALENDAR)?.found.keys() ?? [])];
    for (const name of ['resourcetype', 'displayname', 'creationdate', 'getlastmodified'])
      assert.ok(names.includes(`{DAV:}${name}`), name);
    assert.ok(
      !names.some((name) => /caldav|acl|privilege|sync-token|ctag|owner|quota|principal/.test(name)),
      names.join(),
    );
  });

  test('allprop with include, and propname', async () => {
    const include = '<propfind xmlns="DAV:"><allprop/><include><sync-token/></include></propfind>';
    assert.ok((await find(CALENDAR, '0', include)).get(CALENDAR)?.found.has('{DAV:}sync-token'));
    const names = (await find(CALENDAR, '0', '<propfind xmlns="DAV:"><propname/></propfind>')).get(
      CALENDAR,
    )?.found;
    assert.ok(names?.has('{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set'));
    assert.equal(names?.get('{DAV:}displayname')?.text, '');
  });

  const broken: readonly (readonly [string, string])[] = [
    ['another root', '<x xmlns="DAV:"/>'],
    ['another namespace', '<propfind xmlns="urn:x"><prop/></propfind>'],
    ['nothing asked for', '<propfind xmlns="DAV:"/>'],
    ['two questions', '<propfind xmlns="DAV:"><prop><a/></prop><allprop/></propfind>'],
    ['an unbound prefix', '<D:propfind xmlns:D="DAV:"><D:prop><x:a/></D:prop></D:propfind>'],
    ['too many names', propfind(...Array.from({ length: 201 }, (_, i) => `D:p${i}`))],
    ['HTML', '<html>'],
  ];
  for (const [what, body] of broken)
    test(`${what} is 400`, async () => {
      const answer = await dav.ask({ method: 'PROPFIND', path: CALENDAR, headers: { Depth: '0' }, body });
      assert.equal(answer.status, 400);
      assert.notEqual(conditionOf(answer.body), null);
    });

  test('members have tag, type and length; the ctag of calendar and home moves with them', async () => {
    const state = async () => {
      const said = await find(HOME, '1', propfind('CS:getctag', 'D:sync-token'));
      return [HOME, CALENDAR].map(
        (href) => said.get(href)?.found.get('{http://calendarserver.org/ns/}getctag')?.text,
      );
    };
    const earlier = await state();
    const put = await dav.ask({
      method: 'PUT',
      path: `${CALENDAR}a%20b.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: event('1'),
    });
    assert.equal(put.status, 201, put.body);
    const later = await state();
    assert.notEqual(earlier[0], later[0]);
    assert.notEqual(earlier[1], later[1]);
    const said = await find(
      CALENDAR,
      '1',
      propfind('D:getetag', 'D:getcontenttype', 'D:getcontentlength', 'D:getlastmodified'),
    );
    const found = said.get(`${CALENDAR}a%20b.ics`)?.found;
    assert.equal(found?.get('{DAV:}getetag')?.text, put.headers['etag']);
    assert.equal(found?.get('{DAV:}getcontenttype')?.text, 'text/calendar; charset=utf-8; component=vevent');
    assert.equal(found?.get('{DAV:}getcontentlength')?.text, String(Buffer.byteLength(event('1'))));
    assert.ok(!said.get(CALENDAR)?.found.has('{DAV:}getetag'));
  });

  test("other people's things are not there", async () => {
    for (const path of [
      '/dav/calendars/ann/',
      CALENDAR,
      `${CALENDAR}a%20b.ics`,
      '/dav/principals/ann/',
      BOOK,
      '/principals/users/ann/',
      '/dav/calendars/nobody/',
      '/dav/calendars/Nobody%20at%20all/x/',
    ]) {
      for (const method of [
        'PROPFIND',
        'PROPPATCH',
        'GET',
        'DELETE',
        'REPORT',
        'MKCALENDAR',
        'MKCOL',
        'OPTIONS',
      ]) {
        const answer = await dav.ask({ method, path, as: dav.bob, body: '' });
        assert.equal(answer.status, 404, `${method} ${path}`);
      }
    }
    const listed = await dav.ask({
      method: 'PROPFIND',
      path: '/dav/principals/',
      headers: { Depth: '1' },
      as: dav.bob,
    });
    assert.doesNotMatch(listed.body, /ann/);
  });

  test('what does not exist is 404, an unknown method 405 with Allow', async () => {
    assert.equal((await dav.ask({ method: 'PROPFIND', path: `${HOME}no/` })).status, 404);
    assert.equal((await dav.ask({ method: 'PROPFIND', path: '/dav/nothing/' })).status, 404);
    const lock = await dav.ask({ method: 'LOCK', path: CALENDAR });
    assert.equal(lock.status, 405);
    assert.match(lock.headers['allow'] ?? '', /PROPFIND/);
    const put = await dav.ask({ method: 'PUT', path: HOME, body: 'x' });
    assert.equal(put.status, 405);
    assert.doesNotMatch(put.headers['allow'] ?? '', /PUT/);
  });

  test('OPTIONS tells what each resource takes', async () => {
    const allowed = async (path: string) => {
      const answer = await dav.ask({ method: 'OPTIONS', path });
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers['content-length'], '0');
      for (const token of ['1', '3', 'access-control', 'calendar-access', 'addressbook', 'extended-mkcol'])
        assert.ok((answer.headers['dav'] ?? '').split(', ').includes(token), token);
      return answer.headers['allow'] ?? '';
    };
    assert.match(await allowed(CALENDAR), /\bPUT\b.*\bDELETE\b/);
    assert.match(await allowed(HOME), /MKCALENDAR/);
    assert.doesNotMatch(await allowed('/dav/principals/ann/'), /PUT|DELETE|MKCOL/);
    await allowed(`${HOME}not-yet/`);
    await allowed(`${HOME}not-yet/x.ics`);
    await allowed('/remote.php/dav');
  });

  test('the default address book stands first, its data types are both versions and jCard', async () => {
    const said = await find(
      '/dav/addressbooks/ann/',
      '1',
      propfind('CR:supported-address-data', 'D:resourcetype'),
    );
    assert.equal([...said.keys()][1], BOOK);
    const types = said.get(BOOK)?.found.get('{urn:ietf:params:xml:ns:carddav}supported-address-data');
    assert.deepEqual(
      types?.children.map((c) => (typeof c === 'string' ? c : [...c.attributes.values()].join(' '))),
      ['text/vcard 3.0', 'text/vcard 4.0', 'application/vcard+json 4.0'],
    );
  });

  test('every property of the tables can be asked of everything at once', async () => {
    const names = (await import('../../../protocols/tables.ts')).TABLES.properties;
    const list = [...names.keys()].map(
      (name) => `<${name.slice(name.lastIndexOf('}') + 1)} xmlns="${name.slice(1, name.lastIndexOf('}'))}"/>`,
    );
    const body = `<propfind xmlns="DAV:"><prop>${list.join('')}</prop></propfind>`;
    for (const path of [
      '/',
      '/dav/principals/',
      '/dav/principals/ann/',
      HOME,
      CALENDAR,
      BOOK,
      `${HOME}inbox/`,
      `${HOME}outbox/`,
      '/dav/addressbooks/ann/',
      `${CALENDAR}a%20b.ics`,
    ])
      for (const [href, { found, order }] of await find(path, '1', body)) {
        assert.equal(order[0], 200, href);
        assert.ok(found.has('{DAV:}current-user-principal'), href);
      }
  });
});
