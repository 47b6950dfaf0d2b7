/** Hostile XML: entities, depth, size, characters, wrong roots (XML 1.0; RFC 4918 §17). */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ask, askTimed, basic, expectRefused, raw } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const XML = { 'Content-Type': 'application/xml; charset=utf-8', Depth: '0' };
const PROPFIND = (inside: string): string => `<D:propfind xmlns:D="DAV:">${inside}</D:propfind>`;

describe('hostile XML', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const propfind = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    askTimed(server, 'PROPFIND', '/dav/', { headers: { ...XML, ...headers }, body });

  test('entity bombs are refused at once and nobody waits for them', async () => {
    const levels = Array.from({ length: 30 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join(
      '',
    );
    const bombs = [
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">${levels}]>${PROPFIND('<D:prop>&e30;</D:prop>')}`,
      `<!DOCTYPE x [<!ENTITY a "${'x'.repeat(50_000)}">]>${PROPFIND('&a;'.repeat(20_000))}`,
      PROPFIND('<D:prop>&e;</D:prop>'),
    ];
    for (const bomb of bombs) {
      const [answer, victim] = await Promise.all([
        propfind(bomb),
        propfind(PROPFIND('<D:prop><D:resourcetype/></D:prop>')),
      ]);
      expectRefused(answer, [400]);
      assert.equal(victim.status, 207);
      assert.ok(answer.ms < 100, `the refusal took ${answer.ms} ms`);
      assert.ok(victim.ms < 200, `another request waited ${victim.ms} ms`);
    }
  });

  test('external and parameter entities reach neither files nor the network', async () => {
    let connections = 0;
    const trap = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((done) => trap.listen(0, '127.0.0.1', done));
    const address = trap.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const declared of [
      `<!ENTITY f SYSTEM "file:///etc/passwd">`,
      `<!ENTITY f SYSTEM "http://127.0.0.1:${port}/">`,
      `<!ENTITY % p SYSTEM "http://127.0.0.1:${port}/x.dtd"> %p;`,
    ]) {
      const answer = await propfind(`<!DOCTYPE x [${declared}]>${PROPFIND('<D:prop>&f;</D:prop>')}`);
      expectRefused(answer, [400]);
    }
    await new Promise((done) => trap.close(done));
    assert.equal(connections, 0);
  });

  test('any document type declaration is refused', async () => {
    expectRefused(await propfind(`<!DOCTYPE propfind>${PROPFIND('<D:allprop/>')}`), [400]);
    expectRefused(await propfind(`<!doctype html>${PROPFIND('<D:allprop/>')}`), [400]);
  });

  test('deep nesting is refused by depth', async () => {
    for (const depth of [5_000, 12_000])
      expectRefused(
        await propfind(
          `<D:propfind xmlns:D="DAV:">${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</D:propfind>`,
        ),
        [400],
      );
    const report = (body: string) =>
      askTimed(server, 'REPORT', `/dav/calendars/${server.user}/calendar/`, { headers: XML, body });
    for (const body of [
      `<D:x xmlns:D="DAV:">${'<a>'.repeat(300_000)}${'</a>'.repeat(300_000)}</D:x>`,
      `<D:x xmlns:D="DAV:">${'<a>'.repeat(500_000)}`,
    ]) {
      const answer = await report(body);
      expectRefused(answer, [400]);
      assert.ok(answer.ms < 500, `${answer.ms} ms`);
    }
  });

  test('attributes, namespaces, property counts and name lengths are bounded', async () => {
    const bodies = [
      `<D:propfind xmlns:D="DAV:" ${Array.from({ length: 20_000 }, (_, n) => `a${n}="1"`).join(' ')}><D:allprop/></D:propfind>`,
      PROPFIND(
        `<D:prop>${Array.from({ length: 3_000 }, (_, n) => `<x:a xmlns:x="urn:n${n}"/>`).join('')}</D:prop>`,
      ),
      PROPFIND(`<D:prop>${Array.from({ length: 20_000 }, (_, n) => `<D:p${n}/>`).join('')}</D:prop>`),
      PROPFIND(`<D:prop>${'<D:getetag/>'.repeat(50_000)}</D:prop>`),
      PROPFIND(`<D:prop><D:${'n'.repeat(200_000)}/></D:prop>`),
    ];
    for (const body of bodies) {
      const answer = await propfind(body);
      expectRefused(answer, [400, 413]);
      assert.ok(answer.ms < 1000, `${answer.ms} ms`);
    }
  });

  test('characters and encodings that XML forbids are refused', async () => {
    const bad = ['\u0000', '\u0001', '&#0;', '&#xFFFF;', '&#x110000;', '&#xD800;'];
    for (const character of bad)
      expectRefused(
        await propfind(PROPFIND(`<D:prop><D:displayname>${character}</D:displayname></D:prop>`)),
        [400],
      );
    const send = async (bytes: Buffer, type: string): Promise<string> =>
      raw(
        server,
        Buffer.concat([
          Buffer.from(
            `PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(server)}\r\nDepth: 0\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
          ),
          bytes,
        ]),
      );
    const body = PROPFIND('<D:prop><D:displayname/></D:prop>');
    const invalidUtf8 = Buffer.concat([
      Buffer.from('<D:propfind xmlns:D="DAV:"><D:prop><D:a>'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('</D:a></D:prop></D:propfind>'),
    ]);
    assert.match(await send(invalidUtf8, 'application/xml'), /^HTTP\/1\.1 400/);
    assert.match(
      await send(Buffer.from(`<?xml version="1.0" encoding="utf-7"?>${body}`), 'application/xml'),
      /^HTTP\/1\.1 (400|415)/,
    );
    assert.match(
      await send(Buffer.from(`<?xml version="1.0" encoding="klingon"?>${body}`), 'application/xml'),
      /^HTTP\/1\.1 (400|415)/,
    );
    assert.match(
      await send(
        Buffer.from(`\ufeff<?xml version="1.0" encoding="utf-16"?>${body}`, 'utf16le'),
        'application/xml',
      ),
      /^HTTP\/1\.1 (207|400|415)/,
    );
    assert.match(
      await send(Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${body}`), 'application/xml'),
      /^HTTP\/1\.1 (400|415)/,
    );
  });

  test('wrong roots, namespaces and empty bodies are refused; an unknown report names supported-report', async () => {
    const calendar = `/dav/calendars/${server.user}/calendar/`;
    for (const body of [
      '<D:wrong xmlns:D="DAV:"/>',
      '<propfind/>',
      '<!-- nothing -->',
      '<html><body>hi</body></html>',
    ]) {
      expectRefused(await ask(server, 'PROPFIND', calendar, { headers: XML, body }), [400]);
      expectRefused(await ask(server, 'PROPPATCH', calendar, { headers: XML, body }), [400]);
    }
    expectRefused(await ask(server, 'PROPPATCH', calendar, { headers: XML, body: '' }), [400]);
    expectRefused(await ask(server, 'REPORT', calendar, { headers: XML, body: '' }), [400]);
    const unknown = await ask(server, 'REPORT', calendar, {
      headers: XML,
      body: '<X:no-such-report xmlns:X="urn:x"/>',
    });
    expectRefused(unknown, [403], ['supported-report']);
    assert.equal(unknown.status, 403);
  });

  test('names that JavaScript objects know are unknown names like any other', async () => {
    const answer = await propfind(
      PROPFIND(
        '<D:prop><__proto__ xmlns="DAV:"/><constructor xmlns="DAV:"/><toString xmlns=""/><hasOwnProperty xmlns="urn:x"/></D:prop>',
      ),
    );
    assert.equal(answer.status, 207);
    assert.equal((answer.body.match(/HTTP\/1\.1 404 Not Found/g) ?? []).length, 1);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});
