/** Hostile HTTP: framing, doubled headers, limits, slowness (RFC 9112; RFC 9110). */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ask, basic, expectRefused, plainEvent, raw, statuses } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('hostile HTTP', () => {
  let server: TestServer;
  let decoy: string;
  before(async () => {
    server = await startTestServer();
    decoy = `/dav/calendars/${server.user}/calendar/decoy.ics`;
    assert.equal(
      (
        await ask(server, 'PUT', decoy, {
          headers: { 'Content-Type': 'text/calendar' },
          body: plainEvent('decoy'),
        })
      ).status,
      201,
    );
  });
  after(() => server.stop());

  const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
  const decoyLives = async (): Promise<void> => assert.equal((await ask(server, 'GET', decoy)).status, 200);

  test('ambiguous framing is refused and a smuggled DELETE is never executed', async () => {
    const auth = `Authorization: ${basic(server)}`;
    const smuggled = head(`DELETE ${decoy} HTTP/1.1`, 'Host: x', auth);
    const start = ['PUT /dav/calendars/ann/calendar/x.ics HTTP/1.1', 'Host: x', auth];
    const attempts = [
      head(...start, `Content-Length: ${smuggled.length}`, 'Transfer-Encoding: chunked') +
        `0\r\n\r\n${smuggled}`,
      head(...start, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + `0\r\n\r\n${smuggled}`,
      head(...start, 'Transfer-Encoding: xchunked') + `0\r\n\r\n${smuggled}`,
      head(...start, 'Content-Length: 0', `Content-Length: ${smuggled.length}`) + smuggled,
      head(...start, 'Content-Length: 0, 5') + smuggled,
      head(...start, 'Content-Length: -1') + smuggled,
      head(...start, 'Content-Length: 0x10') + smuggled,
      head(...start, 'Content-Length: \u0661\u0662') + smuggled,
      head(...start, 'Transfer-Encoding: chunked') + `zz\r\n\r\n${smuggled}`,
      head(...start, 'Transfer-Encoding: chunked') + `-1\r\n\r\n${smuggled}`,
      head('GET / HTTP/1.1', 'Host: x', 'X: a', ' folded', auth) + smuggled,
      head('GET / HTTP/1.1', 'Host : x', auth) + smuggled,
      head('GET / HTTP/1.1', auth) + smuggled,
    ];
    for (const attempt of attempts) {
      const answers = statuses(await raw(server, Buffer.from(attempt, 'utf8'), 600));
      assert.ok(
        answers[0] === undefined || (answers[0] >= 400 && answers[0] < 500),
        `${attempt.slice(0, 200)} got ${answers.join(', ')}`,
      );
      await decoyLives();
    }
  });

  test('headers that must be single are refused when doubled', async () => {
    const auth = `Authorization: ${basic(server)}`;
    const doubled = [
      ['Host: x', 'Host: y', auth],
      ['Host: x', auth, auth],
      ['Host: x', auth, 'Depth: 0', 'Depth: 1'],
      ['Host: x', auth, 'Destination: /a', 'Destination: /b'],
      ['Host: x', auth, 'If-Match: "a"', 'If-Match: "b"'],
    ];
    for (const lines of doubled) {
      const answers = statuses(
        await raw(server, head(`DELETE ${decoy} HTTP/1.1`, ...lines, 'Connection: close')),
      );
      assert.deepEqual(answers, [400], lines.join(' | '));
    }
    await decoyLives();
  });

  test('methods outside the list never reach a handler', async () => {
    for (const method of ['TRACE', 'CONNECT', 'LOCK', 'UNLOCK', 'SEARCH', 'BREW']) {
      const answers = statuses(
        await raw(
          server,
          head(`${method} /dav/ HTTP/1.1`, 'Host: x', `Authorization: ${basic(server)}`, 'Connection: close'),
        ),
      );
      assert.ok(
        answers[0] === undefined || [400, 405, 501].includes(answers[0]),
        `${method} got ${answers.join(', ')}`,
      );
    }
  });

  test('a body that is cut short stores nothing', async () => {
    const before = (await ask(server, 'GET', decoy)).body;
    const body = plainEvent('decoy', 'Changed');
    const start = [
      `PUT ${decoy} HTTP/1.1`,
      'Host: x',
      `Authorization: ${basic(server)}`,
      'Content-Type: text/calendar',
    ];
    for (const bytes of [
      head(...start, `Content-Length: ${body.length}`) + body.slice(0, 100),
      head(...start, 'Transfer-Encoding: chunked') + `${body.length.toString(16)}\r\n${body.slice(0, 100)}`,
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      await new Promise<void>((done) =>
        socket.write(bytes, () =>
          setTimeout(() => {
            socket.destroy();
            done();
          }, 150),
        ),
      );
      assert.equal((await ask(server, 'GET', decoy)).body, before);
    }
  });

  test('large headers and long addresses are refused', async () => {
    const auth = `Authorization: ${basic(server)}`;
    for (const size of [100_000, 2_000_000]) {
      const answers = statuses(
        await raw(server, head('GET /dav/ HTTP/1.1', 'Host: x', auth, `X: ${'a'.repeat(size)}`)),
      );
      assert.ok(answers[0] === undefined || answers[0] === 431, `${answers.join(', ')}`);
    }
    const many = statuses(
      await raw(
        server,
        head('GET /dav/ HTTP/1.1', 'Host: x', auth, ...Array.from({ length: 1000 }, (_, n) => `X${n}: 1`)),
      ),
    );
    assert.deepEqual(many.slice(0, 1), [431]);
    for (const size of [10_000, 70_000]) {
      const long = statuses(
        await raw(server, head(`GET /dav/${'a'.repeat(size)} HTTP/1.1`, 'Host: x', auth)),
      );
      assert.ok(long[0] === 414 || long[0] === 431, `${long.join(', ')}`);
    }
  });

  test('a hundred half-open connections do not keep an honest client waiting', async () => {
    const sockets = Array.from({ length: 100 }, () => connect(server.port, '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write('PUT /dav/slow HTTP/1.1\r\nHost: x\r\nContent-Le');
    }
    const began = performance.now();
    assert.equal((await ask(server, 'GET', decoy)).status, 200);
    assert.ok(performance.now() - began < 1000);
    for (const socket of sockets) socket.destroy();
  });

  test('an infinite listing is refused by name', async () => {
    const answer = await ask(server, 'PROPFIND', `/dav/calendars/${server.user}/`, {
      headers: { Depth: 'infinity' },
    });
    expectRefused(answer, [403], ['propfind-finite-depth']);
  });

  test('forwarded headers and Host build no link', async () => {
    const lines = [
      'Host: evil.example',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'X-Forwarded-For: 10.0.0.1',
      'Forwarded: host=evil.example',
      `Authorization: ${basic(server)}`,
      'Depth: 1',
      'Connection: close',
    ];
    for (const start of [
      'PROPFIND /.well-known/caldav HTTP/1.1',
      `PROPFIND /dav/calendars/${server.user}/ HTTP/1.1`,
      'GET /sign-in HTTP/1.1',
      'GET / HTTP/1.1',
    ]) {
      assert.doesNotMatch(await raw(server, head(start, ...lines)), /evil\.example/, start);
    }
  });

  test('line breaks in names never split a header', async () => {
    const calendar = `/dav/calendars/${server.user}/calendar/`;
    const patch =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>a&#13;&#10;Set-Cookie: x=1</D:displayname></D:prop></D:set></D:propertyupdate>';
    const patched = await ask(server, 'PROPPATCH', calendar, {
      headers: { 'Content-Type': 'application/xml' },
      body: patch,
    });
    assert.ok(patched.status < 500);
    for (const method of ['GET', 'PROPFIND', 'OPTIONS']) {
      const answer = await ask(server, method, calendar, { headers: { Depth: '0' } });
      assert.ok(answer.status < 500);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    for (const path of [
      '/dav/calendars/ann/calendar/a%0d%0aSet-Cookie:x.ics',
      '/sign-in?next=%0d%0aSet-Cookie:x=1',
    ]) {
      const answer = await ask(server, 'PUT', path, {
        headers: { 'Content-Type': 'text/calendar' },
        body: plainEvent('crlf'),
      });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  });

  test('malformed credentials get a challenge, never an error', async () => {
    const odd = [
      'Basic',
      'Basic ',
      'Basic !!!',
      'Basic YQ==',
      'Basic Og==',
      'basic',
      'Bearer x',
      'Digest username="a"',
      `Basic ${Buffer.from('a:b\u0000c').toString('base64')}`,
      `Basic ${'A'.repeat(8000)}`,
      'Negotiate',
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x80]).toString('base64')}`,
    ];
    for (const value of odd) {
      const answer = await ask(server, 'PROPFIND', '/dav/', {
        headers: { Authorization: value, Depth: '0' },
      });
      assert.ok([400, 401, 429].includes(answer.status), `${value.slice(0, 40)}: ${answer.status}`);
      if (answer.status === 401) assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm="/);
    }
  });

  test('each request on a connection is judged alone', async () => {
    const good = head('PROPFIND /dav/ HTTP/1.1', 'Host: x', `Authorization: ${basic(server)}`, 'Depth: 0');
    const bare = head('PROPFIND /dav/ HTTP/1.1', 'Host: x', 'Depth: 0', 'Connection: close');
    assert.deepEqual(statuses(await raw(server, good + bare)), [207, 401]);
  });
});
