/** Real files of many programs, PUT as they are: what is stored comes back byte for byte, by every way of asking. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ask, basic, type Target } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const CORPUS = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');
const XML = { 'Content-Type': 'application/xml; charset=utf-8', Depth: '1' };

interface BytesAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly bytes: Buffer;
}

/** Sends and receives bytes as they are; files of the corpus are not all UTF-8. */
function exchange(
  target: Target,
  method: string,
  path: string,
  type: string,
  body: Buffer | null,
): Promise<BytesAnswer> {
  return new Promise((done, reject) => {
    const headers: Record<string, string | number> = { Authorization: basic(target) };
    if (body !== null) Object.assign(headers, { 'Content-Type': type, 'Content-Length': body.length });
    const req = request(
      { host: '127.0.0.1', port: target.port, method, path, headers, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () =>
          done({ status: res.statusCode ?? 0, etag: res.headers.etag, bytes: Buffer.concat(chunks) }),
        );
      },
    );
    req.on('error', reject);
    req.end(body ?? undefined);
  });
}

const hrefsOf = (xml: string): readonly string[] =>
  [...xml.matchAll(/<D:href>([^<]+)<\/D:href>/g)].map((m) => (m[1] ?? '').replaceAll('&amp;', '&'));

describe('the corpus over the wire', () => {
  const files = existsSync(CORPUS)
    ? readdirSync(CORPUS, { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => join(e.parentPath, e.name))
    : [];
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  /** Every file goes into a collection of its own kind; some share a UID, so each has its own collection when it clashes. */
  const kinds = [
    {
      ext: '.ics',
      type: 'text/calendar; charset=utf-8',
      home: 'calendars',
      make: 'MKCALENDAR',
      data: '<C:calendar-data/>',
      multiget: 'C:calendar-multiget',
    },
    {
      ext: '.vcf',
      type: 'text/vcard; charset=utf-8',
      home: 'addressbooks',
      make: 'MKCOL',
      data: '<CR:address-data/>',
      multiget: 'CR:addressbook-multiget',
    },
  ] as const;

  for (const kind of kinds) {
    test(`PUT then GET of every ${kind.ext} file is byte-identical or refused with a reason`, async (t) => {
      if (files.length === 0) return t.diagnostic('the corpus is not here; nothing was checked');
      const stored: { path: string; bytes: Buffer }[] = [];
      let refused = 0;
      const reasons = new Map<string, number>();
      const collections = Array.from(
        { length: 12 },
        (_, n) => `/dav/${kind.home}/${server.user}/corpus-${n}/`,
      );
      for (const path of collections) assert.equal((await ask(server, kind.make, path)).status, 201);
      for (const [n, file] of files.filter((f) => extname(f) === kind.ext).entries()) {
        const bytes = readFileSync(file);
        for (const collection of collections) {
          const path = `${collection}${n}${kind.ext}`;
          const began = performance.now();
          const put = await exchange(server, 'PUT', path, kind.type, bytes);
          assert.ok(performance.now() - began < 2000, `${file} took ${performance.now() - began} ms`);
          assert.ok(put.status < 500, `${file}: ${put.status} ${put.bytes}`);
          const condition =
            /<D:error[^>]*>\s*<(?:\w+:)?([\w-]+)/.exec(put.bytes.toString())?.[1] ?? String(put.status);
          if (put.status === 403 && condition === 'no-uid-conflict') continue;
          if (put.status >= 400) {
            refused++;
            reasons.set(condition, (reasons.get(condition) ?? 0) + 1);
            break;
          }
          const got = await exchange(server, 'GET', path, kind.type, null);
          assert.equal(got.status, 200);
          assert.ok(got.bytes.equals(bytes), `${file} came back changed`);
          assert.equal(got.etag, put.etag, 'an ETag is given because the bytes are those sent');
          stored.push({ path, bytes });
          break;
        }
      }
      t.diagnostic(
        `${stored.length} files stored and identical, ${refused} refused: ${[...reasons].map(([r, c]) => `${r} ${c}`).join(', ')}`,
      );
      assert.ok(stored.length > 0);
      await comesBack(server, kind, collections, stored);
    });
  }
});

interface KindRow {
  readonly data: string;
  readonly multiget: string;
}

/** Every stored object is in sync-collection, multiget and a time-range query. */
async function comesBack(
  server: TestServer,
  kind: KindRow,
  collections: readonly string[],
  stored: readonly { path: string; bytes: Buffer }[],
): Promise<void> {
  const spaces =
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"';
  for (const collection of collections) {
    const own = stored.filter((s) => s.path.startsWith(collection)).map((s) => s.path);
    const sync = await ask(server, 'REPORT', collection, {
      headers: XML,
      body: `<D:sync-collection ${spaces}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/>${kind.data}</D:prop></D:sync-collection>`,
    });
    assert.equal(sync.status, 207, sync.body.slice(0, 500));
    assert.deepEqual([...hrefsOf(sync.body)].sort(), [...own].sort());
    const multiget = await ask(server, 'REPORT', collection, {
      headers: XML,
      body: `<${kind.multiget} ${spaces}><D:prop><D:getetag/>${kind.data}</D:prop>${own.map((p) => `<D:href>${p}</D:href>`).join('')}</${kind.multiget}>`,
    });
    assert.equal(multiget.status, 207);
    assert.equal((multiget.body.match(/HTTP\/1\.1 200 OK/g) ?? []).length, own.length);
    if (kind.multiget.startsWith('CR')) continue;
    for (const component of ['VEVENT', 'VTODO', 'VJOURNAL']) {
      for (const data of [
        '<C:calendar-data/>',
        '<C:calendar-data><C:expand start="20200101T000000Z" end="20210101T000000Z"/></C:calendar-data>',
      ]) {
        const query = await ask(server, 'REPORT', collection, {
          headers: XML,
          body: `<C:calendar-query ${spaces}><D:prop><D:getetag/>${data}</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="${component}"><C:time-range start="20200101T000000Z" end="20210101T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
        });
        assert.ok(query.status === 207, `${component}: ${query.status} ${query.body.slice(0, 300)}`);
      }
    }
  }
}
