import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { App } from '../../../models/app.ts';
import { Refusal } from '../../../models/errors.ts';
import type { Actor, PrincipalId, UserActor } from '../../../models/types.ts';
import { challenge } from '../../../protocols/dav/errors.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../../../protocols/wire.ts';
import { createEdge } from '../../../server/http/edge.ts';
import { basicLogin } from '../../../server/http/login.ts';
import type { EdgeSettings } from '../../../server/http/passage.ts';

/** Sends bytes as they are and gives everything that comes back until the connection is closed or `quietMs` passed. */
function raw(port: number, text: string | Buffer, quietMs = 400): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const chunks: Buffer[] = [];
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

const ANN: UserActor = Object.freeze({
  kind: 'user',
  login: 'ann',
  displayName: 'Ann',
  isAdmin: false,
  scope: { calendars: true, contacts: true, readOnly: false },
  via: 'password',
  device: null,
  principal: 'ann' as PrincipalId,
});

const SETTINGS: EdgeSettings = {
  base: '',
  origin: null,
  trustProxy: [],
  allowInsecure: false,
  compress: true,
  corsOrigins: [],
  maxConnections: 100,
  maxRequests: 64,
  maxRequestsPerUser: 8,
  maxQueuedPerUser: 32,
  deadlineMs: 2000,
};

interface Seen {
  readonly actor: Actor;
  readonly request: WireRequest;
}

function testApp(lines: unknown[]): App {
  const log = {
    debug() {},
    info: (event: string, fields?: object) => void lines.push({ event, ...fields }),
    warn: (event: string, fields?: object) => void lines.push({ event, ...fields }),
    error: (event: string, fields?: object) => void lines.push({ event, ...fields }),
  };
  // The edge uses these two only.
  return { log, random: { uuid: () => '12345678-0000', bytes: Buffer.alloc } } as unknown as App;
}

async function start(dav: Handler, settings: Partial<EdgeSettings> = {}) {
  const lines: unknown[] = [];
  const isRight = (login: string, password: string) => login === 'ann' && password === 'pässword';
  const verifier = {
    async judge(login: string, password: string) {
      if (!isRight(login, password)) throw new Refusal(401, 'wrong');
      return ANN;
    },
    async verify(login: string, password: string) {
      return isRight(login, password) ? ANN : null;
    },
    forget() {},
  };
  const web: Handler = async () => ({
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<p>page',
  });
  const discovery: Handler = async () => ({ status: 301, headers: { Location: '/dav/' }, body: null });
  const server: Server = createEdge({
    app: testApp(lines),
    settings: { ...SETTINGS, ...settings },
    mounts: { dav, discovery, timezones: web, web, api: null, flows: null },
    login: basicLogin(verifier),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, url: `http://127.0.0.1:${port}`, lines, close };
}

const AUTH = { Authorization: basic('ann:pässword') };
const AUTH_LINE = `Authorization: ${AUTH.Authorization}\r\n`;

describe('the edge', () => {
  const seen: Seen[] = [];
  let server: Awaited<ReturnType<typeof start>>;
  const answer = async (v: Viewer, request: WireRequest): Promise<WireResponse> => {
    seen.push({ actor: v.actor, request });
    const [, what] = request.segments;
    if (v.actor.kind === 'anonymous' && request.method !== 'OPTIONS') return challenge();
    if (what === 'refuse') throw new Refusal(409, 'No.');
    if (what === 'bug') throw new Error('secret detail');
    if (what === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
    if (what === 'badheader') return { status: 200, headers: { Location: 'a\r\nb' }, body: null };
    if (what === 'large')
      return {
        status: 200,
        headers: { 'Content-Type': 'application/xml', ETag: '"x"' },
        body: 'x'.repeat(50_000),
      };
    if (what === 'stream')
      return { status: 207, headers: { 'Content-Type': 'application/xml' }, body: pieces(false) };
    if (what === 'broken')
      return { status: 207, headers: { 'Content-Type': 'application/xml' }, body: pieces(true) };
    if (what === 'early') return { status: 207, headers: {}, body: failing() };
    const body = await request.readBody(1000);
    return { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
  };
  async function* pieces(breaks: boolean) {
    for (let i = 0; i < 20; i += 1) {
      if (breaks && i === 10) throw new Error('broken in the middle');
      yield `${String(i).padStart(4, '0')}${'y'.repeat(10_000)}`;
    }
  }
  // biome-ignore lint/correctness/useYield: it fails before its first piece
  async function* failing(): AsyncGenerator<string> {
    throw new Refusal(403, 'Early.');
  }
  before(async () => {
    server = await start(answer);
  });
  after(() => server.close());

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { redirect: 'manual', ...init, headers: { ...AUTH, ...init.headers } });

  test('asks for credentials with one challenge, and takes UTF-8', async () => {
    const without = await fetch(`${server.url}/dav/`, { method: 'PROPFIND' });
    assert.equal(without.status, 401);
    assert.equal(without.headers.get('www-authenticate'), 'Basic realm="Daybook", charset="UTF-8"');
    const withThem = await ask('/dav/', { method: 'PROPFIND' });
    assert.equal(withThem.status, 200);
    assert.equal(seen.at(-1)?.actor, ANN);
    assert.equal(withThem.headers.get('x-powered-by'), null);
  });

  test('answers OPTIONS without credentials, and with wrong ones refuses', async () => {
    assert.equal((await fetch(`${server.url}/dav/`, { method: 'OPTIONS' })).status, 200);
    assert.equal(seen.at(-1)?.actor.kind, 'anonymous');
    const wrong = await fetch(`${server.url}/dav/`, {
      method: 'OPTIONS',
      headers: { Authorization: 'Basic !!' },
    });
    assert.equal(wrong.status, 401);
    // The edge refuses before the handler is asked; its answers announce the same.
    assert.match(wrong.headers.get('dav') ?? '', /^1, /);
    assert.equal(wrong.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(statusOf(await raw(server.port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')), 200);
  });

  test('malformed credentials are 401, never an error', async () => {
    const kinds = [
      'Basic',
      'Basic ',
      'Basic %%%',
      'Basic YQ==',
      'Basic Og==',
      'Bearer x',
      'Digest a="b"',
      '\u00ff',
      'Basic YW5u',
      basic(':x'),
      basic('a\0:b'),
      basic('ann:wrong'),
      `Basic ${'A'.repeat(8000)}`,
      'basic  YTpi c',
      'Negotiate',
    ];
    for (const Authorization of kinds) {
      const { status } = await fetch(`${server.url}/dav/`, { headers: { Authorization } });
      assert.equal(status, 401, Authorization.slice(0, 20));
    }
  });

  test('well-known needs no credentials, pages carry the page policy, DAV methods go to DAV', async () => {
    assert.equal(
      (await fetch(`${server.url}/.well-known/caldav`, { redirect: 'manual', method: 'PROPFIND' })).status,
      301,
    );
    const page = await fetch(`${server.url}/`);
    assert.equal(await page.text(), '<p>page');
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none';script-src 'self'/);
    assert.equal((await fetch(`${server.url}/`, { method: 'PROPFIND' })).status, 401);
    assert.equal((await ask('/principals/users/ann/', { method: 'PROPFIND' })).status, 200);
  });

  test('renders refusals, and bugs under an id without their text', async () => {
    assert.equal((await ask('/dav/refuse')).status, 409);
    const bug = await ask('/dav/bug');
    assert.equal(bug.status, 500);
    const text = await bug.text();
    assert.match(text, /12345678/);
    assert.doesNotMatch(text, /secret/);
    assert.ok(server.lines.length > 0);
    assert.ok([400, 500].includes((await ask('/dav/badheader')).status));
    assert.equal((await ask('/dav/early')).status, 403);
  });

  test('gives up after the deadline', async () => {
    const late = await ask('/dav/slow');
    assert.equal(late.status, 503);
    assert.equal(late.headers.get('retry-after'), '30');
  });

  test('compresses large answers when asked, and keeps the ETag', async () => {
    const plain = await ask('/dav/large', { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(plain.headers.get('content-length'), '50000');
    const small = await ask('/dav/large', { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(small.headers.get('content-encoding'), 'gzip');
    assert.equal(small.headers.get('etag'), '"x"');
    assert.equal((await small.text()).length, 50_000);
    const stream = await ask('/dav/stream', { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(stream.headers.get('content-encoding'), 'gzip');
    assert.equal((await stream.text()).length, 20 * 10_004);
  });

  test('streams, and breaks the connection when a stream breaks', async () => {
    const whole = await ask('/dav/stream', { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal((await whole.text()).length, 20 * 10_004);
    await assert.rejects(ask('/dav/broken').then((response) => response.text()));
    const head = await ask('/dav/stream', { method: 'HEAD' });
    assert.equal(await head.text(), '');
  });

  test('refuses doubled headers, too many of them, and methods nobody speaks', async () => {
    const get = (lines: string) =>
      raw(server.port, `GET /dav/x HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
    assert.equal(statusOf(await get(`Host: x\r\n${AUTH_LINE}`)), 200);
    for (const line of [
      'Host: x',
      AUTH_LINE.trim(),
      'Depth: 0',
      'If-Match: "a"',
      'Destination: /a',
      'Overwrite: F',
    ])
      assert.equal(statusOf(await get(`Host: x\r\n${AUTH_LINE}${line}\r\n${line}\r\n`)), 400, line);
    const many = Array.from({ length: 120 }, (_, i) => `X-${i}: 1\r\n`).join('');
    assert.equal(statusOf(await get(`Host: x\r\n${many}`)), 431);
    assert.equal(statusOf(await get(`Host: x\r\nX: ${'a'.repeat(20_000)}\r\n`)), 431);
    assert.equal(statusOf(await raw(server.port, 'TRACE /dav/ HTTP/1.1\r\nHost: x\r\n\r\n')), 405);
    assert.equal(statusOf(await raw(server.port, 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n')), 405);
    assert.equal(
      statusOf(await raw(server.port, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`)),
      414,
    );
    assert.ok(
      [414, 431].includes(
        statusOf(await raw(server.port, `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)),
      ),
    );
  });

  test('refuses smuggling; what hides behind a refused request is never run', async () => {
    const decoy = 'DELETE /dav/decoy HTTP/1.1\r\nHost: x\r\n\r\n';
    const heads = [
      `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Content-Length: 5, 5\r\n',
      'Content-Length: -1\r\n',
      'Content-Length: 0x5\r\n',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
      'Transfer-Encoding : chunked\r\n',
      'X: a\r\n folded\r\nContent-Length : 5\r\n',
      'Host: y\r\n',
    ];
    for (const head of heads) {
      seen.length = 0;
      const answerText = await raw(
        server.port,
        `PUT /dav/x HTTP/1.1\r\nHost: x\r\n${AUTH_LINE}${head}\r\n0\r\n\r\n${decoy}`,
      );
      assert.equal(statusOf(answerText), 400, JSON.stringify(head));
      assert.ok(!seen.some((s) => s.request.segments.includes('decoy')), JSON.stringify(head));
    }
  });

  test('judges each request of a connection alone', async () => {
    const text = `GET /dav/x HTTP/1.1\r\nHost: x\r\n${AUTH_LINE}\r\nGET /dav/x HTTP/1.1\r\nHost: x\r\n\r\n`;
    const both = await raw(server.port, text);
    assert.deepEqual(
      [...both.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => m[1]),
      ['200', '401'],
    );
  });

  test('refuses a body that is declared too large before reading it, and one that grows too large', async () => {
    const head = `PUT /dav/x HTTP/1.1\r\nHost: x\r\n${AUTH_LINE}`;
    const declared = await raw(server.port, `${head}Content-Length: 5000000\r\n\r\nabc`, 3000);
    assert.equal(statusOf(declared), 413);
    assert.match(declared, /Connection: close/i);
    const expecting = await raw(
      server.port,
      `${head}Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n`,
      3000,
    );
    assert.equal(statusOf(expecting), 413);
    const chunk = `400\r\n${'z'.repeat(1024)}\r\n`;
    const growing = await raw(
      server.port,
      `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(40)}0\r\n\r\n`,
      3000,
    );
    assert.equal(statusOf(growing), 413);
    const fine = await raw(server.port, `${head}Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc`);
    assert.match(fine, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*abc$/);
  });

  test('refuses content codings', async () => {
    const gzip = await ask('/dav/x', { method: 'PUT', body: 'x', headers: { 'Content-Encoding': 'gzip' } });
    assert.equal(gzip.status, 415);
    assert.equal(gzip.headers.get('accept-encoding'), 'identity');
  });

  test('a body cut short reaches nobody', async () => {
    seen.length = 0;
    const text = `PUT /dav/x HTTP/1.1\r\nHost: x\r\n${AUTH_LINE}Content-Length: 50\r\n\r\nabc`;
    assert.equal(await raw(server.port, text, 200), '');
    assert.equal(seen.length, 1);
    const again = await ask('/dav/x', { method: 'PUT', body: 'x' });
    assert.equal(await again.text(), 'x');
  });

  test('opened by a sub-path, with and without it on the request', async () => {
    const sub = await start(answer, { base: '/day' });
    try {
      for (const path of ['/day/dav/x', '/dav/x']) {
        assert.equal((await fetch(sub.url + path, { headers: AUTH })).status, 200);
        assert.deepEqual(seen.at(-1)?.request.segments, ['dav', 'x']);
      }
    } finally {
      await sub.close();
    }
  });

  test('speaks to scripts of listed origins only', async () => {
    const cors = await start(answer, { corsOrigins: ['https://cal.example.org'] });
    try {
      const Origin = 'https://cal.example.org';
      const asked = { Origin, 'Access-Control-Request-Method': 'PROPFIND' };
      const before = await fetch(`${cors.url}/dav/x`, { method: 'OPTIONS', headers: asked });
      assert.equal(before.status, 204);
      assert.match(before.headers.get('access-control-allow-methods') ?? '', /PROPFIND/);
      for (const name of [
        'Authorization',
        'CalDAV-Timezones',
        'Depth',
        'Prefer',
        'User-Agent',
        'X-Client',
        'X-Requested-With',
      ])
        assert.ok(before.headers.get('access-control-allow-headers')?.split(', ').includes(name), name);
      const refused = await fetch(`${cors.url}/dav/x`, { headers: { Origin } });
      assert.equal(refused.status, 401);
      assert.equal(refused.headers.get('access-control-allow-origin'), Origin);
      const other = await fetch(`${cors.url}/dav/x`, {
        headers: { ...AUTH, Origin: 'https://evil.example' },
      });
      assert.equal(other.headers.get('access-control-allow-origin'), null);
    } finally {
      await cors.close();
    }
  });

  test('believes forwarded addresses from the proxy only', async () => {
    const told = { ...AUTH, 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' };
    await ask('/dav/x', { headers: told });
    assert.equal(seen.at(-1)?.request.remoteAddress, '127.0.0.1');
    assert.equal(seen.at(-1)?.request.isSecure, false);
    const proxied = await start(answer, { trustProxy: ['loopback'] });
    try {
      await fetch(`${proxied.url}/dav/x`, { headers: told });
      assert.equal(seen.at(-1)?.request.remoteAddress, '203.0.113.9');
      assert.equal(seen.at(-1)?.request.isSecure, true);
    } finally {
      await proxied.close();
    }
  });
});
