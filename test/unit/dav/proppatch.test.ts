import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestDav, readMultistatus, type Said, type TestDav } from '../../support/dav.ts';

const CALENDAR = '/dav/calendars/ann/calendar/';
const HOME = '/dav/calendars/ann/';
const PRINCIPAL = '/dav/principals/ann/';
const NAMESPACES =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:IC="http://apple.com/ns/ical/" xmlns:T="http://org.tasks/ns/"';

const ZONE = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//x//EN',
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Vienna',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'END:VTIMEZONE',
  'END:VCALENDAR',
  '',
].join('&#13;\n');

describe('PROPPATCH', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
  });
  after(() => dav.close());

  const patch = (path: string, inside: string, headers = {}) =>
    dav.ask({
      method: 'PROPPATCH',
      path,
      headers,
      body: `<D:propertyupdate ${NAMESPACES}>${inside}</D:propertyupdate>`,
    });
  const set = (path: string, ...elements: readonly string[]) =>
    patch(path, `<D:set><D:prop>${elements.join('')}</D:prop></D:set>`);
  const remove = (path: string, name: string) =>
    patch(path, `<D:remove><D:prop><${name}/></D:prop></D:remove>`);
  const answerOf = async (told: Promise<{ status: number; body: string }>, path: string): Promise<Said> => {
    const { status, body } = await told;
    assert.equal(status, 207, body);
    const said = readMultistatus(body).get(path);
    assert.ok(said);
    return said;
  };
  const body = async (path: string, name: string) =>
    (
      await dav.ask({
        method: 'PROPFIND',
        path,
        headers: { Depth: '0' },
        body: `<D:propfind ${NAMESPACES}><D:prop><${name}/></D:prop></D:propfind>`,
      })
    ).body;

  test('columns are written and read back', async () => {
    const told = set(
      CALENDAR,
      '<D:displayname>Work &amp; home</D:displayname>',
      '<IC:calendar-order>7</IC:calendar-order>',
      '<C:calendar-description>d</C:calendar-description>',
      '<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>',
    );
    assert.deepEqual((await answerOf(told, CALENDAR)).order, [200]);
    assert.match(await body(CALENDAR, 'D:displayname'), /<D:displayname>Work &amp; home<\/D:displayname>/);
    assert.match(await body(CALENDAR, 'IC:calendar-order'), />7</);
    assert.match(await body(CALENDAR, 'C:schedule-calendar-transp'), /<C:transparent\/>/);
  });

  test('attributes and languages are kept beside the column', async () => {
    await set(
      CALENDAR,
      '<IC:calendar-color symbolic-color="red">#FF2968FF</IC:calendar-color>',
      '<D:displayname xml:lang="de">Arbeit</D:displayname>',
    );
    assert.match(
      await body(CALENDAR, 'IC:calendar-color'),
      /<IC:calendar-color symbolic-color="red" xmlns:IC="[^"]+">#FF2968FF<\/IC:calendar-color>/,
    );
    assert.match(
      await body(CALENDAR, 'D:displayname'),
      /<D:displayname xml:lang="de" xmlns:D="DAV:">Arbeit<\/D:displayname>/,
    );
    await set(CALENDAR, '<IC:calendar-color>#00FF00</IC:calendar-color>');
    assert.match(
      await body(CALENDAR, 'IC:calendar-color'),
      /<IC:calendar-color>#00FF00<\/IC:calendar-color>/,
    );
  });

  test('removing a column takes the value away; a display name falls back to the address', async () => {
    await set(CALENDAR, '<C:calendar-description>x</C:calendar-description>');
    await remove(CALENDAR, 'C:calendar-description');
    assert.match(await body(CALENDAR, 'C:calendar-description'), /404 Not Found/);
    await remove(CALENDAR, 'D:displayname');
    assert.match(await body(CALENDAR, 'D:displayname'), /<D:displayname>calendar<\/D:displayname>/);
  });

  test('the time zone keeps its line ends and its name follows', async () => {
    const told = await answerOf(
      set(CALENDAR, `<C:calendar-timezone>${ZONE}</C:calendar-timezone>`),
      CALENDAR,
    );
    assert.deepEqual(told.order, [200]);
    assert.ok((await body(CALENDAR, 'C:calendar-timezone')).includes(ZONE));
    assert.match(await body(CALENDAR, 'C:calendar-timezone-id'), />Europe\/Vienna</);
    await set(CALENDAR, '<C:calendar-timezone-id>America/New_York</C:calendar-timezone-id>');
    assert.match(await body(CALENDAR, 'C:calendar-timezone'), /TZID:America\/New_York/);
    const bad = await answerOf(
      set(
        CALENDAR,
        '<C:calendar-timezone>nonsense</C:calendar-timezone>',
        '<IC:calendar-order>9</IC:calendar-order>',
      ),
      CALENDAR,
    );
    assert.deepEqual(bad.order, [403, 424]);
    assert.match(await body(CALENDAR, 'IC:calendar-order'), />7</);
  });

  test('a protected property fails, everything else depends on it, and nothing is done', async () => {
    const told = await answerOf(
      set(CALENDAR, '<D:getetag>x</D:getetag>', '<IC:calendar-order>1</IC:calendar-order>', '<T:x/>'),
      CALENDAR,
    );
    assert.deepEqual(told.order, [403, 424]);
    const answer = await set(CALENDAR, '<D:resourcetype/>');
    assert.match(answer.body, /<D:error><D:cannot-modify-protected-property\/><\/D:error>/);
    assert.match(await body(CALENDAR, 'IC:calendar-order'), />7</);
    assert.match(await body(CALENDAR, 'T:x'), /404 Not Found/);
  });

  test('dead properties of principals, homes, collections and objects come back as they were sent', async () => {
    const inside =
      '<T:blob T:kind="a" plain="&quot;1&quot;" xml:lang="en"><T:deep>ä &lt;b&gt;&#13;\n</T:deep> tail</T:blob>';
    await dav.ask({
      method: 'PUT',
      path: `${CALENDAR}1.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    });
    for (const path of [PRINCIPAL, HOME, CALENDAR, `${CALENDAR}1.ics`]) {
      assert.deepEqual((await answerOf(set(path, inside), path)).order, [200], path);
      const shown = await body(path, 'T:blob');
      assert.match(shown, /kind="a" plain="&quot;1&quot;" xml:lang="en"/, path);
      assert.ok(shown.includes('ä &lt;b&gt;&#13;\n'), path);
      const all = await dav.ask({ method: 'PROPFIND', path, headers: { Depth: '0' } });
      assert.match(all.body, /kind="a"/, path);
      await remove(path, 'T:blob');
      assert.match(await body(path, 'T:blob'), /404 Not Found/, path);
    }
  });

  test('many kilobytes are kept on the principal; too much is 507 for that property', async () => {
    const large = `<T:blob>${'ä'.repeat(20_000)}</T:blob>`;
    assert.deepEqual((await answerOf(set(PRINCIPAL, large), PRINCIPAL)).order, [200]);
    assert.ok((await body(PRINCIPAL, 'T:blob')).includes('ä'.repeat(20_000)));
    assert.deepEqual(
      (await answerOf(set(PRINCIPAL, `<T:blob>${'ä'.repeat(60_000)}</T:blob>`), PRINCIPAL)).order,
      [507],
    );
  });

  test('default alarms, the own card and a name of the home are stored, not refused', async () => {
    for (const element of [
      '<C:default-alarm-vevent-date>BEGIN:VALARM</C:default-alarm-vevent-date>',
      '<C:default-alarm-vevent-datetime/>',
      '<CS:me-card><D:href>/x.vcf</D:href></CS:me-card>',
      '<D:displayname>My home</D:displayname>',
    ])
      assert.deepEqual((await answerOf(set(HOME, element), HOME)).order, [200]);
    assert.match(await body(HOME, 'D:displayname'), />My home</);
    assert.match(
      await body(HOME, 'CS:me-card'),
      /<CS:me-card [^>]+><D:href [^>]+>\/x.vcf<\/D:href><\/CS:me-card>/,
    );
  });

  test('the last instruction for a property wins', async () => {
    await patch(
      CALENDAR,
      '<D:set><D:prop><T:y>1</T:y></D:prop></D:set><D:remove><D:prop><T:y/></D:prop></D:remove><D:set><D:prop><T:y>2</T:y></D:prop></D:set>',
    );
    assert.match(await body(CALENDAR, 'T:y'), />2</);
  });

  test('with return=minimal success has no body', async () => {
    const answer = await patch(CALENDAR, '<D:set><D:prop><T:y>3</T:y></D:prop></D:set>', {
      Prefer: 'return=minimal',
    });
    assert.equal(answer.status, 204);
    assert.equal(answer.body, '');
    assert.equal(answer.headers['preference-applied'], 'return=minimal');
  });

  test('bodies that say nothing are 400', async () => {
    for (const path of [CALENDAR, PRINCIPAL])
      for (const content of ['', '<D:x xmlns:D="DAV:"/>', '<D:propertyupdate xmlns:D="DAV:"/>', 'text'])
        assert.equal((await dav.ask({ method: 'PROPPATCH', path, body: content })).status, 400, content);
    assert.equal((await patch('/dav/', '<D:set><D:prop><T:y/></D:prop></D:set>')).status, 403);
  });

  test('an If-Match that does not hold is 412', async () => {
    const path = `${CALENDAR}1.ics`;
    const inside = '<D:set><D:prop><T:y/></D:prop></D:set>';
    assert.equal((await patch(path, inside, { 'If-Match': '"other"' })).status, 412);
    assert.equal((await patch(path, inside, { If: '(["other"])' })).status, 412);
    assert.equal((await patch(path, inside, { 'If-Match': '*' })).status, 207);
    assert.equal((await patch(CALENDAR, inside, { 'If-Match': '*' })).status, 207);
    assert.equal((await patch(CALENDAR, inside, { 'If-None-Match': '*' })).status, 412);
  });
});
