import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toPrincipalId } from '../../models/principals/login.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Visitor, visitor } from '../support/web.ts';

/** An open stream, read piece by piece. */
class Stream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  #text = '';

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, abort: AbortController) {
    this.#reader = reader;
    this.#abort = abort;
  }

  /** Reads until the text holds `part`; null when the stream ended before. */
  async until(part: string): Promise<string | null> {
    while (!this.#text.includes(part)) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += Buffer.from(value).toString('utf8');
    }
    const text = this.#text;
    this.#text = '';
    return text;
  }

  close(): void {
    this.#abort.abort();
  }
}

async function listen(server: TestServer, who: Visitor): Promise<{ answer: Response; stream: Stream }> {
  const abort = new AbortController();
  const answer = await fetch(`${server.origin}${server.base}/events`, {
    headers: { Cookie: who.cookies() },
    redirect: 'manual',
    signal: abort.signal,
  });
  const reader = answer.body?.getReader();
  assert.ok(reader !== undefined);
  return { answer, stream: new Stream(reader, abort) };
}

async function idOf(server: TestServer, login: string) {
  const rows = await server.running.app.db.all<{ id: string }>('SELECT id FROM principals WHERE login = ?', [
    login,
  ]);

  return toPrincipalId(rows[0]?.id ?? '');
}

describe('news for open pages', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.addUser('bob');
  });
  after(() => server.stop());

  const signedIn = async (login: string) => {
    const who = visitor(server);
    await who.signIn(login, server.password);
    return who;
  };

  test('tells a person of their own news, at once, and of nobody else’s', async () => {
    const { answer, stream } = await listen(server, await signedIn('ann'));
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.match((await stream.until(': open')) ?? '', /^retry: \d+\n\n/);
    const { hints } = server.running.app;
    hints.tell(await idOf(server, 'bob'), 'device');
    hints.tell(await idOf(server, 'ann'), 'import');
    hints.tell(await idOf(server, 'ann'), 'import');
    hints.tell(await idOf(server, 'ann'), 'notice');
    assert.match((await stream.until('event:')) ?? '', /event: news\ndata: import( notice)?\n\n$/);
    stream.close();
  });

  test('holds a bounded number of streams, and gives places back', async () => {
    const bob = await signedIn('bob');
    const open = [];
    for (let at = 0; at < 8; at += 1) open.push(await listen(server, bob));
    assert.ok(open.every(({ answer }) => answer.status === 200));
    const refused = await listen(server, bob);
    assert.equal(refused.answer.status, 429);
    // Pages are served while all streams are open.
    assert.equal((await bob.get('/more')).status, 200);
    open[0]?.stream.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const again = await listen(server, bob);
    assert.equal(again.answer.status, 200);
    for (const { stream } of [...open, again]) stream.close();
  });

  test('is for those who are signed in', async () => {
    const answer = await fetch(`${server.origin}/events`, { redirect: 'manual' });
    assert.equal(answer.status, 204);
  });

  test('ends when the server stops, which does not wait for it', async () => {
    const other = await startTestServer();
    const ann = visitor(other);
    await ann.signIn('ann', other.password);
    const { stream } = await listen(other, ann);
    await stream.until(': open');
    const startedMs = performance.now();
    await other.stop();
    assert.equal(await stream.until('event:'), null);
    assert.ok(performance.now() - startedMs < 3000);
  });
});
