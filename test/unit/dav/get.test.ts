import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestDav, type TestDav } from '../../support/dav.ts';
import type { Told } from '../../support/wire.ts';

const CAL = '/dav/calendars/ann/calendar/';
const PATH = `${CAL}a.ics`;
const BODY =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nSUMMARY:Käse\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

describe('GET and HEAD', () => {
  let dav: TestDav;
  let tag: string;
  const get = (headers: Readonly<Record<string, string>> = {}, method = 'GET', path = PATH): Promise<Told> =>
    dav.ask({ method, path, headers });
  before(async () => {
    dav = await openTestDav();
    const put = await dav.ask({
      method: 'PUT',
      path: PATH,
      headers: { 'Content-Type': 'text/calendar' },
      body: BODY,
    });
    tag = put.headers['etag'] ?? '';
    assert.match(tag, /^"[\w-]{22}"$/);
  });
  after(() => dav.close());

  test('give the bytes that were put, to be saved and never run', async () => {
    const told = await get();
    assert.equal(told.body, BODY);
    assert.equal(told.headers['etag'], tag);
    assert.equal(told.headers['x-content-type-options'], 'nosniff');
    assert.equal(told.headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.equal(told.headers['content-disposition'], 'attachment');
    assert.equal(told.headers['last-modified'], 'Mon, 02 Mar 2026 12:00:00 GMT');
  });

  test('HEAD says the length without the body', async () => {
    const told = await get({}, 'HEAD');
    assert.equal(told.status, 200);
    assert.equal(told.body, '');
    assert.equal(told.headers['content-length'], String(Buffer.byteLength(BODY)));
  });

  const conditions: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"other"' }, 200],
    [{ 'If-Match': '*' }, 200],
    [{ 'If-Match': '"other"' }, 412],
    [{ 'If-Modified-Since': 'Mon, 02 Mar 2026 12:00:00 GMT' }, 304],
    [{ 'If-Modified-Since': 'Mon, 02 Mar 2026 11:59:59 GMT' }, 200],
    [{ 'If-Modified-Since': 'nonsense' }, 200],
    [{ 'If-Unmodified-Since': 'Mon, 02 Mar 2026 11:59:59 GMT' }, 412],
    [{ 'If-Unmodified-Since': 'Mon, 02 Mar 2026 12:00:00 GMT' }, 200],
    [{ 'If-None-Match': '"other"', 'If-Modified-Since': 'Mon, 02 Mar 2026 12:00:00 GMT' }, 200],
  ];
  for (const [headers, status] of conditions)
    test(`judge ${JSON.stringify(headers)} as ${status}`, async () => {
      const told = await get(headers);
      assert.equal(told.status, status);
      assert.equal(told.body === BODY, status === 200);
      if (status === 304) assert.equal(told.headers['etag'], tag);
    });

  test('judge the tag as clients and proxies dress it', async () => {
    const bare = tag.slice(1, -1);
    for (const dressed of [tag, `W/${tag}`, `"x", ${tag}`, bare, `\\"${bare}\\"`, `"${bare}-gzip"`])
      assert.equal((await get({ 'If-None-Match': dressed })).status, 304, dressed);
  });

  test('tell people what a collection is', async () => {
    const told = await get({}, 'GET', CAL);
    assert.equal(told.status, 200);
    assert.match(told.headers['content-type'] ?? '', /^text\/plain/);
    assert.match(told.body, /calendar/);
    assert.equal((await get({}, 'HEAD', CAL)).status, 200);
    assert.equal((await get({}, 'GET', `${PATH}/`)).status, 404);
    assert.equal((await get({}, 'GET', `${CAL}missing.ics`)).status, 404);
  });
});

describe('PUT, DELETE and MOVE with conditions', () => {
  let dav: TestDav;
  before(async () => {
    dav = await openTestDav();
  });
  after(() => dav.close());
  const ask = (method: string, headers: Readonly<Record<string, string>>, body = ''): Promise<Told> =>
    dav.ask({ method, path: PATH, headers: { 'Content-Type': 'text/calendar', ...headers }, body });

  test('a body over the hard limit is refused without being judged', async () => {
    assert.equal((await ask('PUT', {}, 'x'.repeat(4 * 1024 * 1024 + 1))).status, 413);
  });

  test('one between the limits is refused by name', async () => {
    const told = await ask('PUT', {}, BODY.replace('Käse', 'x'.repeat(1024 * 1024)));
    assert.equal(told.status, 403);
    assert.match(told.body, /<C:max-resource-size\/>/);
  });

  test('the If header is judged with the tag and with the sync token of the collection', async () => {
    const put = await ask('PUT', { 'If-None-Match': '*' }, BODY);
    const tag = put.headers['etag'] ?? '';
    const propfind = await dav.ask({
      method: 'PROPFIND',
      path: CAL,
      headers: { Depth: '0' },
      body: '<D:propfind xmlns:D="DAV:"><D:prop><D:sync-token/></D:prop></D:propfind>',
    });
    const token = /<D:sync-token>([^<]+)</.exec(propfind.body)?.[1] ?? '';
    const changed = BODY.replace('Käse', 'Brot');
    assert.equal((await ask('PUT', { If: `<${CAL}> (<data:,other>)` }, changed)).status, 412);
    assert.equal((await ask('PUT', { If: `<${CAL}> (<${token}>) <${PATH}> (["no"])` }, changed)).status, 204);
    assert.equal((await ask('PUT', { If: `<${CAL}> (<${token}>)` }, BODY)).status, 412);
    assert.equal((await ask('DELETE', { If: `([${tag}])` })).status, 412);
    assert.equal((await ask('DELETE', { If: `(Not [${tag}])` })).status, 204);
    assert.equal((await ask('PUT', { If: 'nonsense' }, BODY)).status, 400);
  });
});
