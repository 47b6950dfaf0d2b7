import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conditionOf, openTestDav, readMultistatus, type TestDav } from '../../support/dav.ts';

const HOME = '/dav/calendars/ann/';
const BOOKS = '/dav/addressbooks/ann/';
const CALDAV = 'urn:ietf:params:xml:ns:caldav';
const NAMESPACES = `xmlns:D="DAV:" xmlns:C="${CALDAV}" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/" xmlns:IC="http://apple.com/ns/ical/"`;

const body = (root: string, ...elements: readonly string[]): string =>
  `<${root} ${NAMESPACES}><D:set><D:prop>${elements.join('')}</D:prop></D:set></${root}>`;
const mkcalendar = (...elements: readonly string[]): string => body('C:mkcalendar', ...elements);
const mkcol = (...elements: readonly string[]): string => body('D:mkcol', ...elements);
const type = (...types: readonly string[]): string =>
  `<D:resourcetype>${types.map((t) => `<${t}/>`).join('')}</D:resourcetype>`;
const components = (...names: readonly string[]): string =>
  `<C:supported-calendar-component-set>${names.map((n) => `<C:comp name="${n}"/>`).join('')}</C:supported-calendar-component-set>`;

describe('making collections', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
  });
  after(() => dav.close());

  const make = (method: string, path: string, content = '', headers = {}) =>
    dav.ask({ method, path, body: content, headers });
  const shown = async (path: string, ...names: readonly string[]): Promise<string> => {
    const answer = await dav.ask({
      method: 'PROPFIND',
      path,
      headers: { Depth: '0' },
      body: `<D:propfind ${NAMESPACES}><D:prop>${names.map((n) => `<${n}/>`).join('')}</D:prop></D:propfind>`,
    });
    return answer.body;
  };

  test('MKCALENDAR with everything clients set, unknown things among it', async () => {
    const content = mkcalendar(
      type('D:collection', 'C:calendar'),
      '<D:displayname>Reminders</D:displayname>',
      '<IC:calendar-color symbolic-color="blue">#0000FFFF</IC:calendar-color>',
      '<IC:calendar-order>4</IC:calendar-order>',
      components('VTODO'),
      '<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>',
      '<C:calendar-free-busy-set><C:YES/></C:calendar-free-busy-set>',
    );
    const answer = await make('MKCALENDAR', `${HOME}A1D6/`, content);
    assert.equal(answer.status, 201, answer.body);
    assert.equal(answer.headers['cache-control'], 'no-cache');
    const found = await shown(
      `${HOME}A1D6/`,
      'D:displayname',
      'IC:calendar-color',
      'C:supported-calendar-component-set',
      'C:calendar-free-busy-set',
      'C:schedule-calendar-transp',
    );
    for (const part of [
      '>Reminders<',
      'symbolic-color="blue" xmlns:IC="http://apple.com/ns/ical/">#0000FFFF<',
      '<C:comp name="VTODO"/></',
      '<C:YES/>',
      '<C:transparent/>',
    ])
      assert.ok(found.includes(part), part);
    assert.doesNotMatch(found, /VEVENT|404/);
  });

  test('without a body, and without a trailing slash', async () => {
    assert.equal((await make('MKCALENDAR', `${HOME}plain`)).status, 201);
    assert.match(
      await shown(`${HOME}plain/`, 'C:supported-calendar-component-set'),
      /VEVENT.*VTODO.*VJOURNAL/,
    );
    assert.equal((await make('MKCOL', `${BOOKS}plain`)).status, 201);
    assert.match(await shown(`${BOOKS}plain/`, 'D:resourcetype'), /<CR:addressbook\/>/);
    assert.equal((await make('MKCOL', `${HOME}folder/`)).status, 201);
    assert.match(await shown(`${HOME}folder/`, 'D:resourcetype'), /<C:calendar\/>/);
  });

  test('extended MKCOL makes what its type says', async () => {
    assert.equal(
      (await make('MKCOL', `${HOME}kde/`, mkcol(type('D:collection', 'C:calendar'), components('VEVENT'))))
        .status,
      201,
    );
    assert.equal(
      (
        await make(
          'MKCOL',
          `${BOOKS}kde/`,
          mkcol(
            type('D:collection', 'CR:addressbook'),
            '<CR:addressbook-description>d</CR:addressbook-description>',
          ),
        )
      ).status,
      201,
    );
    assert.match(await shown(`${BOOKS}kde/`, 'CR:addressbook-description'), />d</);
  });

  const refused: readonly (readonly [string, string, string, string, number, string | null])[] = [
    ['an existing calendar', 'MKCALENDAR', `${HOME}calendar/`, '', 405, '{DAV:}resource-must-be-null'],
    ['an existing inbox', 'MKCOL', `${HOME}inbox/`, '', 405, '{DAV:}resource-must-be-null'],
    ['the home itself', 'MKCALENDAR', HOME, '', 405, '{DAV:}resource-must-be-null'],
    [
      'inside a calendar',
      'MKCALENDAR',
      `${HOME}calendar/x/`,
      '',
      403,
      `{${CALDAV}}calendar-collection-location-ok`,
    ],
    ['below a missing one', 'MKCALENDAR', `${HOME}no/x/`, '', 409, null],
    ['outside the homes', 'MKCALENDAR', '/dav/x/', '', 403, `{${CALDAV}}calendar-collection-location-ok`],
    [
      'a calendar among books',
      'MKCALENDAR',
      `${BOOKS}x/`,
      '',
      403,
      `{${CALDAV}}calendar-collection-location-ok`,
    ],
    [
      'a book among calendars',
      'MKCOL',
      `${HOME}x/`,
      mkcol(type('D:collection', 'CR:addressbook')),
      403,
      '{urn:ietf:params:xml:ns:carddav}addressbook-collection-location-ok',
    ],
    [
      'an unknown type',
      'MKCOL',
      `${HOME}x/`,
      mkcol(type('D:collection', 'CS:subscribed')),
      403,
      '{DAV:}valid-resourcetype',
    ],
    [
      'a book by MKCALENDAR',
      'MKCALENDAR',
      `${HOME}x/`,
      mkcalendar(type('D:collection', 'CR:addressbook')),
      403,
      '{DAV:}valid-resourcetype',
    ],
    [
      'components nobody knows',
      'MKCALENDAR',
      `${HOME}x/`,
      mkcalendar(components('VFOO')),
      403,
      `{${CALDAV}}supported-calendar-component`,
    ],
    ['another root element', 'MKCALENDAR', `${HOME}x/`, mkcol(), 400, null],
    ['broken XML', 'MKCOL', `${HOME}x/`, '<D:mkcol', 400, null],
    ["somebody else's home", 'MKCALENDAR', '/dav/calendars/bob/x/', '', 404, null],
  ];
  for (const [what, method, path, content, status, condition] of refused)
    test(`${what} is ${status}`, async () => {
      const answer = await make(method, path, content);
      assert.equal(answer.status, status, answer.body);
      const named = conditionOf(answer.body);
      if (condition === null) assert.notEqual(named, null);
      else assert.equal(named, condition);
    });

  test('a body that is no XML is 415', async () => {
    assert.equal(
      (await make('MKCOL', `${HOME}x/`, 'afafafaf', { 'Content-Type': 'xzy-foo/bar-512' })).status,
      415,
    );
  });

  test('a protected property stands in the way of everything, and nothing is made', async () => {
    const answer = await make(
      'MKCALENDAR',
      `${HOME}half/`,
      mkcalendar('<D:displayname>x</D:displayname>', '<D:getetag>y</D:getetag>'),
    );
    assert.equal(answer.status, 403);
    assert.match(answer.body, /<C:mkcalendar-response/);
    assert.match(answer.body, /cannot-modify-protected-property/);
    assert.match(answer.body, /424 Failed Dependency/);
    assert.equal(
      (await dav.ask({ method: 'PROPFIND', path: `${HOME}half/`, headers: { Depth: '0' } })).status,
      404,
    );
  });

  test('what was made is listed, what was deleted is not, and the name is free again', async () => {
    const before = await dav.ask({ method: 'PROPFIND', path: HOME, headers: { Depth: '1' } });
    assert.ok(readMultistatus(before.body).has(`${HOME}A1D6/`));
    assert.equal((await dav.ask({ method: 'DELETE', path: `${HOME}A1D6/` })).status, 204);
    const after = await dav.ask({ method: 'PROPFIND', path: HOME, headers: { Depth: '1' } });
    assert.ok(!readMultistatus(after.body).has(`${HOME}A1D6/`));
    assert.equal((await make('MKCALENDAR', `${HOME}A1D6/`)).status, 201);
  });
});
