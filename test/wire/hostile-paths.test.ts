/** Hostile names and paths, Destination, conditions and what may not be deleted (RFC 3986, RFC 4918 §9.8 to §9.9, §10.4). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, basic, card, expectRefused, plainEvent, raw, statuses } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ICS = { 'Content-Type': 'text/calendar; charset=utf-8' };

describe('hostile paths', () => {
  let server: TestServer;
  let calendar: string;
  let book: string;
  before(async () => {
    server = await startTestServer();
    calendar = `/dav/calendars/${server.user}/calendar/`;
    book = `/dav/addressbooks/${server.user}/contacts/`;
    assert.equal(
      (await ask(server, 'PUT', `${calendar}decoy.ics`, { headers: ICS, body: plainEvent('decoy') })).status,
      201,
    );
    assert.equal(
      (
        await ask(server, 'PUT', `${book}decoy.vcf`, {
          headers: { 'Content-Type': 'text/vcard' },
          body: card('decoy'),
        })
      ).status,
      201,
    );
  });
  after(() => server.stop());

  const decoyLives = async (): Promise<void> => {
    assert.equal((await ask(server, 'GET', `${calendar}decoy.ics`)).body, plainEvent('decoy'));
    assert.equal((await ask(server, 'GET', `${book}decoy.vcf`)).body, card('decoy'));
  };
  const rawStatus = async (method: string, path: string, headers = ''): Promise<number | undefined> =>
    statuses(
      await raw(
        server,
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(server)}\r\nContent-Length: 0\r\n${headers}Connection: close\r\n\r\n`,
      ),
    )[0];

  test('segments that could climb or split are refused', async () => {
    const bad = [
      '..',
      '.',
      '%2e%2e',
      '%2E',
      'a%2fb',
      'a%5cb',
      '%00',
      'a%00.ics',
      '%c0%ae',
      '%zz',
      '%',
      '%f',
      '%ff',
      'a%0ab',
      'a%7f',
      `${'a'.repeat(256)}`,
      '%ed%a0%80',
    ];
    for (const name of bad) {
      for (const method of ['PUT', 'GET', 'DELETE', 'PROPFIND']) {
        const status = await rawStatus(method, `${calendar}${name}`);
        assert.ok(
          status === 400 || (['.', '..'].includes(name) && status !== undefined && status < 500),
          `${method} ${name}: ${status}`,
        );
      }
    }
    for (const path of [
      '/dav/../../etc/passwd',
      '/dav/calendars/../principals/',
      '//dav//',
      '/dav/calendars/ann/%2e%2e/',
      '/dav/calendars/%2e%2e/calendar/',
      '\\dav',
      '/dav/calendars/ann/calendar/..%2f..%2f',
      '*',
    ]) {
      const status = await rawStatus('GET', path);
      assert.ok(status !== undefined && status >= 400 && status < 500, `${path}: ${status}`);
    }
    await decoyLives();
  });

  test('every other name is opaque, reads back as itself and is listed once', async () => {
    const names = [
      'a b.ics',
      'ä.ics',
      'a\u0308.ics',
      '日本.ics',
      '%.ics',
      'a%2fb.ics',
      '😀.ics',
      'A.ics',
      'a.ics',
      'a+b.ics',
      'a;b=c.ics',
      "a'b.ics",
      'a&b<c>.ics',
      '"q".ics',
      '\u200b.ics',
      '\u202egnp.ics',
      'ａ.ics',
      '-.ics',
      '~.ics',
      '..a',
      'con',
      `${'n'.repeat(255)}`,
    ];
    for (const [n, name] of names.entries()) {
      const put = await ask(server, 'PUT', `${calendar}${encodeURIComponent(name)}`, {
        headers: ICS,
        body: plainEvent(`name-${n}`),
      });
      assert.equal(put.status, 201, name);
    }
    const listing = (await ask(server, 'PROPFIND', calendar, { headers: { Depth: '1' } })).body;
    const hrefs = [...listing.matchAll(/<D:href>([^<]+)<\/D:href>/g)].map((m) =>
      (m[1] ?? '').replaceAll('&amp;', '&'),
    );
    for (const [n, name] of names.entries()) {
      assert.equal(
        (await ask(server, 'GET', `${calendar}${encodeURIComponent(name)}`)).body,
        plainEvent(`name-${n}`),
        name,
      );
      const listed = hrefs.filter((h) => decodeURIComponent(h.slice(calendar.length)) === name);
      assert.equal(listed.length, 1, `${name} is listed ${listed.length} times`);
      assert.equal(
        (await ask(server, 'GET', listed[0] ?? '')).body,
        plainEvent(`name-${n}`),
        `${name} by its listed href`,
      );
      assert.equal((await ask(server, 'DELETE', listed[0] ?? '')).status, 204);
    }
  });

  test('PUT on what is no object is refused and changes nothing', async () => {
    for (const path of [
      calendar,
      `/dav/calendars/${server.user}/`,
      `/dav/principals/${server.user}/`,
      '/dav/',
      '/dav/calendars/',
      `/dav/calendars/${server.user}/inbox/`,
    ]) {
      const answer = await ask(server, 'PUT', path, { headers: ICS, body: plainEvent('x') });
      assert.ok([403, 405, 409].includes(answer.status), `${path}: ${answer.status}`);
    }
    expectRefused(
      await ask(server, 'PUT', `/dav/calendars/${server.user}/nowhere/x.ics`, {
        headers: ICS,
        body: plainEvent('x'),
      }),
      [409],
    );
    await decoyLives();
  });

  test('a calendar inside a calendar has no place', async () => {
    expectRefused(
      await ask(server, 'MKCALENDAR', `${calendar}inner/`),
      [403],
      ['calendar-collection-location-ok'],
    );
    expectRefused(await ask(server, 'MKCALENDAR', '/dav/principals/other/'), [403, 404, 405, 409]);
    expectRefused(await ask(server, 'MKCALENDAR', calendar), [405, 403], ['resource-must-be-null']);
  });

  test('Destination is judged before anything moves', async () => {
    const source = `${calendar}decoy.ics`;
    const cases: readonly (readonly [string | null, readonly number[]])[] = [
      [null, [400]],
      ['', [400]],
      [':::', [400, 502]],
      ['http://', [400]],
      ['ftp://example.org/x', [400, 502]],
      ['http://evil.example/dav/calendars/ann/calendar/x.ics', [502]],
      [`${calendar}../x.ics`, [400, 403, 409]],
      [`${calendar}%2e%2e/x.ics`, [400]],
      [`${calendar}a%2fb.ics`, [400]],
      [`${calendar}%00`, [400]],
      ['/dav/calendars/somebody/calendar/x.ics', [403, 404, 409]],
      [`/dav/calendars/${server.user}/`, [403, 405, 409]],
      ['/dav/', [403, 405, 409]],
      [`${book}x.ics`, [403]],
      [source, [403]],
      [`${source}/x.ics`, [409, 403]],
      [`/dav/calendars/${server.user}/nowhere/x.ics`, [409]],
      ['/etc/passwd', [400, 403, 404, 409, 502]],
    ];
    for (const method of ['MOVE', 'COPY']) {
      for (const [destination, allowed] of cases) {
        const answer = await ask(server, method, source, {
          headers: destination === null ? {} : { Destination: destination },
        });
        assert.ok(allowed.includes(answer.status), `${method} to ${destination}: ${answer.status}`);
        await decoyLives();
      }
    }
    assert.equal(
      (await ask(server, 'PUT', `${calendar}second.ics`, { headers: ICS, body: plainEvent('second') }))
        .status,
      201,
    );
    expectRefused(
      await ask(server, 'MOVE', source, {
        headers: { Destination: `${calendar}second.ics`, Overwrite: 'F' },
      }),
      [412],
    );
    expectRefused(
      await ask(server, 'COPY', source, {
        headers: { Destination: `/dav/calendars/${server.user}/tasks/x.ics` },
      }),
      [403],
      ['supported-calendar-component'],
    );
    await decoyLives();
  });

  test('DELETE, MOVE and COPY honour If-Match and If', async () => {
    const source = `${calendar}decoy.ics`;
    const conditions: readonly Readonly<Record<string, string>>[] = [
      { 'If-Match': '"wrong"' },
      { If: '(["wrong"])' },
      { If: '(<opaquelocktoken:none>)' },
      { If: '(Not ["wrong"]) ' },
    ];
    for (const condition of conditions.slice(0, 3)) {
      expectRefused(await ask(server, 'DELETE', source, { headers: condition }), [412]);
      for (const method of ['MOVE', 'COPY']) {
        expectRefused(
          await ask(server, method, source, {
            headers: { ...condition, Destination: `${calendar}elsewhere.ics` },
          }),
          [412],
        );
      }
      await decoyLives();
    }
    assert.equal(
      (await ask(server, 'COPY', source, { headers: { ...conditions[3], Destination: `${book}x.vcf` } }))
        .status,
      403,
    );
    await decoyLives();
  });

  test('root, principal, homes, inbox and the default calendar stay', async () => {
    for (const path of [
      '/',
      '/dav/',
      '/dav/principals/',
      `/dav/principals/${server.user}/`,
      `/dav/calendars/${server.user}/`,
      `/dav/addressbooks/${server.user}/`,
      `/dav/calendars/${server.user}/inbox/`,
      `/dav/calendars/${server.user}/outbox/`,
    ]) {
      const answer = await ask(server, 'DELETE', path);
      assert.ok([403, 405].includes(answer.status), `${path}: ${answer.status}`);
    }
    const answer = await ask(server, 'DELETE', calendar);
    expectRefused(answer, [403], ['default-calendar-needed']);
    await decoyLives();
  });

  test('a deleted collection is gone at once, its name is free, its things are kept for later', async () => {
    const extra = `/dav/calendars/${server.user}/extra/`;
    assert.equal((await ask(server, 'MKCALENDAR', extra)).status, 201);
    assert.equal(
      (await ask(server, 'PUT', `${extra}a.ics`, { headers: ICS, body: plainEvent('a') })).status,
      201,
    );
    assert.equal((await ask(server, 'DELETE', extra)).status, 204);
    assert.equal((await ask(server, 'GET', `${extra}a.ics`)).status, 404);
    assert.equal((await ask(server, 'MKCALENDAR', extra)).status, 201);
    assert.equal((await ask(server, 'GET', `${extra}a.ics`)).status, 404);
  });

  test('twins in NFC and NFD, and in case, live side by side', async () => {
    for (const [n, name] of ['Å.ics', 'A\u030a.ics', 'x.ics', 'X.ics'].entries()) {
      assert.equal(
        (
          await ask(server, 'PUT', `${calendar}${encodeURIComponent(name)}`, {
            headers: { ...ICS, 'If-None-Match': '*' },
            body: plainEvent(`twin-${n}`),
          })
        ).status,
        201,
      );
    }
    assert.match(
      (await ask(server, 'GET', `${calendar}${encodeURIComponent('A\u030a.ics')}`)).body,
      /twin-1/,
    );
    assert.match((await ask(server, 'GET', `${calendar}${encodeURIComponent('Å.ics')}`)).body, /twin-0/);
  });

  test("other people's things look as if they were not there", async () => {
    await server.addUser('ben');
    const foreign = [
      '/dav/principals/ben/',
      '/dav/calendars/ben/',
      '/dav/calendars/ben/calendar/',
      '/dav/calendars/ben/calendar/x.ics',
      '/dav/addressbooks/ben/contacts/',
    ];
    const nobody = (path: string): string => path.replace('ben', 'nobody');
    for (const path of foreign) {
      for (const method of [
        'GET',
        'PROPFIND',
        'PUT',
        'DELETE',
        'MKCALENDAR',
        'PROPPATCH',
        'REPORT',
        'MOVE',
        'COPY',
      ]) {
        const headers = { Depth: '0', Destination: `${calendar}x.ics`, 'Content-Type': 'text/calendar' };
        const [theirs, none] = await Promise.all([
          ask(server, method, path, { headers }),
          ask(server, method, nobody(path), { headers }),
        ]);
        assert.equal(theirs.status, none.status, `${method} ${path}`);
        assert.ok(theirs.status >= 400 && theirs.status < 500, `${method} ${path}: ${theirs.status}`);
      }
    }
  });
});
