import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bind, Database, Db } from '../../models/db/database.ts';
import { renewEpoch } from '../../models/db/migrate.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { advance, changesSince, currentToken, prune, tokensOf } from '../../models/journal/service.ts';
import type { CollectionId, SyncToken } from '../../models/types.ts';
import { seededRandom, testClock } from '../support/app.ts';
import type { TestDb } from '../support/db.ts';
import {
  entriesOf,
  fill,
  liveNames,
  type Mirror,
  makeScope,
  type On,
  put,
  remove,
  syncPage,
} from './story.ts';
import { type Open, onEachDatabase, withDb } from './suite.ts';

interface Story extends TestDb {
  readonly on: On;
  readonly clock: ReturnType<typeof testClock>;
  readonly scope: CollectionId;
  put(...names: string[]): Promise<void>;
  remove(...names: string[]): Promise<void>;
  /** `name` for what is there, `-name` for what is reported as removed. */
  since(token: SyncToken | null, limit?: number): Promise<{ said: string; token: SyncToken; more: boolean }>;
}

function withStory(open: Open, work: (story: Story) => Promise<void>): Promise<void> {
  return withDb(open, async (opened) => {
    const clock = testClock();
    const on = { clock, random: seededRandom() };
    const scope = await makeScope(opened.db, on);
    let body = 0;
    const each = (names: readonly string[], act: typeof remove | typeof put): Promise<void> =>
      opened.db.write(async (tx) => {
        for (const name of names) await act(tx, on, scope, name, `body ${++body}`);
      });
    await work({
      ...opened,
      on,
      clock,
      scope,
      put: (...names) => each(names, put),
      remove: (...names) => each(names, remove),
      since: async (token, limit) => {
        const page = await changesSince(opened.db, scope, token, limit ?? null);
        const entries = await entriesOf(page);
        const said = entries.map((entry) => (entry.etag === null ? `-${entry.name}` : entry.name)).join(' ');
        return { said, token: page.token, more: page.more };
      },
    });
  });
}

const isInvalid = (error: unknown): boolean =>
  error instanceof Precondition && error.code === 'valid-sync-token';
const is404 = (error: unknown): boolean => error instanceof Refusal && error.status === 404;

/** The same database with a list of every statement that goes through it. */
function listening(db: Database): {
  readonly db: Database;
  readonly said: { sql: string; binds: readonly Bind[] }[];
} {
  const said: { sql: string; binds: readonly Bind[] }[] = [];
  const wrap = <D extends Db>(inner: D): D =>
    new Proxy(inner, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (first: unknown, ...rest: readonly unknown[]): unknown => {
          if (typeof first === 'string') said.push({ sql: first, binds: (rest[0] ?? []) as readonly Bind[] });
          if (key === 'read' && typeof first === 'function')
            return value.call(target, (snapshot: Db) => first(wrap(snapshot)));
          return value.call(target, first, ...rest);
        };
      },
    });
  return { db: wrap(db), said };
}

const byName = (map: ReadonlyMap<string, string>): object => Object.fromEntries(map);

function tokens(open: Open): void {
  test('a token is an absolute URI of at most 96 bytes, also after many changes', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      await db.write((tx) =>
        tx.run('UPDATE collections SET revision = ?, floor = ?', [2 ** 53 - 9, 2 ** 53 - 9]),
      );
      await store('a', 'b', 'c');
      const page = await since(null, 1);
      for (const token of [await currentToken(db, scope), page.token]) {
        assert.match(token, /^data:,s1(\.[\w-]+){5,6}$/);
        assert.ok(Buffer.byteLength(token) <= 96, `${Buffer.byteLength(token)} bytes`);
      }
    }));

  test('a poll that finds nothing new is one statement and gives the same token back', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      await store('a', 'b');
      const first = await since(null);
      const heard = listening(db);
      const page = await changesSince(heard.db, scope, first.token, null);
      assert.deepEqual(page, { entries: [], token: first.token, more: false });
      assert.equal(heard.said.length, 1);
      assert.equal(await currentToken(db, scope), first.token);
      assert.deepEqual(await tokensOf(db, [scope]), new Map([[scope, first.token]]));
    }));

  test('the token changes with every change and only then', () =>
    withStory(open, async ({ db, scope, put: store, remove: drop }) => {
      const seen = new Set<string>([await currentToken(db, scope)]);
      for (const act of [() => store('a'), () => store('a'), () => drop('a'), () => store('a')]) {
        await act();
        seen.add(await currentToken(db, scope));
      }
      await drop('none');
      seen.add(await currentToken(db, scope));
      assert.equal(seen.size, 5);
    }));

  test('foreign, garbled and future tokens are refused', () =>
    withStory(open, async ({ db, on, put: store, since }) => {
      await store('a', 'b');
      const { token } = await since(null);
      const paged = (await since(null, 1)).token;
      const other = await makeScope(db, on);
      const parts = token.split('.');
      const nonce = (wrong: string): string => [...parts.slice(0, -1), wrong].join('.');
      const bad = [
        '',
        'garbled',
        'http://example.org/ns/sync/5',
        token.slice(0, -1),
        `${token}x`,
        `${token}.99`,
        `${token} `,
        nonce('AAAAAA'),
        token.replace('.2.2.', '.1.3.'),
        token.replace('.2.2.', '.3.2.'),
        token.replace('.2.2.', '.9007199254740993.9007199254740993.'),
        token.replace('.2.2.', '.99999999999999999999.2.'),
        await currentToken(db, other),
        token.replace(parts[1] ?? '', 'otherone'),
        paged.replace(/\.2$/, '.3'),
      ];
      for (const each of bad) {
        assert.notEqual(each, token);
        await assert.rejects(since(each as SyncToken), isInvalid, each);
      }
      await since(token);
      await since(paged);
    }));

  test('a new epoch refuses every token given out before', () =>
    withStory(open, async ({ db, put: store, since }) => {
      const empty = (await since(null)).token;
      await store('a', 'b');
      const tokens = [empty, (await since(null)).token, (await since(null, 1)).token];
      await db.write(renewEpoch);
      for (const token of tokens) await assert.rejects(since(token), isInvalid);
    }));

  test('a collection that was deleted has no token and takes no change', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      await store('a');
      const { token } = await since(null);
      await db.write((tx) => tx.run('UPDATE collections SET deleted_utc = 1'));
      await assert.rejects(since(token), is404);
      await assert.rejects(since(null), is404);
      await assert.rejects(currentToken(db, scope), is404);
      await assert.rejects(store('b'), is404);
      assert.deepEqual(await tokensOf(db, [scope]), new Map());
    }));
}

function deltas(open: Open): void {
  test('a delta names each thing once, as it is now', () =>
    withStory(open, async ({ put: store, remove: drop, since }) => {
      await store('a', 'b', 'c');
      const { token } = await since(null);
      await store('a', 'd', 'a');
      await drop('b');
      await store('e');
      await drop('e');
      assert.equal((await since(token)).said, 'a d -b');
    }));

  test('what was made and removed again is not mentioned, unless the client may have seen it', () =>
    withStory(open, async ({ put: store, remove: drop, since }) => {
      await store('a', 'b');
      const first = await since(null, 1);
      await store('x');
      const last = await since(first.token, 5);
      assert.deepEqual([last.said, last.more], ['b', true]);
      await drop('x');
      // The last page was read when x stood at revision 3: its client may know x from elsewhere, so it hears of it.
      assert.equal((await since(last.token)).said, '-x');
      await store('y');
      await drop('y');
      assert.equal((await since(last.token)).said, '-x');
    }));

  test('a name that was replaced is reported as it is, one made anew after a removal too', () =>
    withStory(open, async ({ put: store, remove: drop, since }) => {
      await store('a');
      const { token } = await since(null);
      await drop('a');
      assert.equal((await since(token)).said, '-a');
      await store('a');
      assert.equal((await since(token)).said, 'a');
    }));

  test('pages follow each other by any limit and end where the counter stands', () =>
    withStory(open, async ({ db, scope, put: store, remove: drop, since }) => {
      const names = Array.from({ length: 23 }, (_, at) => `n${at}`);
      await store('gone', 'kept');
      const start = (await since(null)).token;
      await store(...names, 'kept');
      await drop('gone', 'n3');
      for (const limit of [1, 2, 7, 25, 1000]) {
        const said: string[] = [];
        let page = { said: '', token: start, more: true };
        while (page.more) {
          page = await since(page.token, limit);
          const entries = page.said.split(' ').filter((each) => each !== '');
          assert.ok(entries.length <= limit);
          said.push(...entries);
        }
        // A page after the first does not know that its client never saw n3: it may say so.
        const expected = new Set([...names.filter((name) => name !== 'n3'), 'kept', '-gone']);
        const mentioned = new Set(said.filter((each) => each !== '-n3'));
        assert.deepEqual(mentioned, expected, `limit ${limit}`);
        assert.equal(page.token, await currentToken(db, scope));
      }
    }));

  test('a delta longer than a batch is whole', () =>
    withStory(open, async ({ put: store, remove: drop, since }) => {
      await store('a');
      const { token } = await since(null);
      const names = Array.from({ length: 1300 }, (_, at) => `n${at}`);
      await store(...names);
      await drop('a', ...names.slice(0, 100));
      const { said, more } = await since(token);
      assert.deepEqual(new Set(said.split(' ')), new Set([...names.slice(100), '-a']));
      assert.equal(more, false);
    }));
}

function firstSyncs(open: Open): void {
  test('a first sync lists what is live and nothing else', () =>
    withStory(open, async ({ db, scope, put: store, remove: drop, since }) => {
      assert.equal((await since(null)).said, '');
      await store('a', 'b', 'c', 'a');
      await drop('b');
      const page = await since(null);
      assert.deepEqual([page.said, page.more, page.token], ['c a', false, await currentToken(db, scope)]);
      const [entry] = await entriesOf(await changesSince(db, scope, null, 1));
      assert.deepEqual(entry, {
        name: 'c',
        etag: (await liveNames(db, scope)).get('c'),
        component: 'VEVENT',
      });
    }));

  test('a paged first sync stays bounded while others write, and the delta brings the rest', () =>
    withStory(open, async ({ db, scope, put: store, remove: drop }) => {
      await store('a', 'b', 'c', 'd', 'e');
      const mirror: Mirror = { token: null, names: new Map() };
      assert.equal(await syncPage(db, scope, mirror, 2), true);
      await store('a', 'f');
      await drop('d');
      let pages = 1;
      while (await syncPage(db, scope, mirror, 2)) {
        pages += 1;
        assert.ok(pages < 10);
        if (pages < 4) await store(`late${pages}`);
      }
      assert.deepEqual(byName(mirror.names), byName(await liveNames(db, scope)));
    }));

  test('a large first sync comes in batches of one snapshot, whatever is written while it is read', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      const names = Array.from({ length: 2700 }, (_, at) => `n${at + 1}`);
      await fill(db, scope, names.length);
      const page = await changesSince(db, scope, null, null);
      assert.ok(Symbol.asyncIterator in page.entries);
      const seen: string[] = [];
      for await (const batch of page.entries) {
        assert.ok(batch.length > 0 && batch.length <= 500);
        seen.push(...batch.map((entry) => entry.name));
        await store('n2700', `new${seen.length}`);
      }
      assert.deepEqual(seen, names);
      assert.equal((await since(page.token)).said, 'n2700 new500 new1000 new1500 new2000 new2500 new2700');
    }));

  test('a client that goes away in the middle leaves no snapshot open', () =>
    withStory(open, async ({ db, scope }) => {
      await fill(db, scope, 2700);
      for (let client = 0; client < 40; client++) {
        const page = await changesSince(db, scope, null, null);
        if (Symbol.asyncIterator in page.entries)
          for await (const batch of page.entries) if (batch.length > 0) break;
      }
      await db.read((snapshot) => snapshot.get('SELECT 1 AS one'));
    }));
}

function pruning(open: Open): void {
  const DAY = 86_400_000;
  test('pruning removes old changes, keeps the newest, and refuses what lies below the floor', () =>
    withStory(open, async ({ db, scope, clock, put: store, remove: drop, since }) => {
      const empty = (await since(null)).token;
      await store('a', 'b');
      const two = (await since(null)).token;
      await drop('a');
      const three = (await since(null)).token;
      clock.advance(200 * DAY);
      await store('c');
      const old = clock.nowMs() / 1000 - 180 * 86_400;
      assert.equal(await db.write((tx) => prune(tx, scope, old, 100)), 0);
      assert.equal((await since(two)).said, '-a c');
      assert.equal(await db.write((tx) => prune(tx, scope, old, 0)), 2);
      assert.equal((await since(three)).said, 'c');
      for (const token of [empty, two]) await assert.rejects(since(token), isInvalid);
      assert.equal(await db.write((tx) => prune(tx, scope, old, 0)), 0);
      assert.equal((await since(null)).said, 'b c');
    }));

  test('everything may be pruned; the present token stays valid', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      await store('a', 'b');
      const { token } = await since(null);
      assert.equal(await db.write((tx) => prune(tx, scope, 4_000_000_000, 0)), 1);
      assert.equal((await since(token)).said, '');
      await store('c');
      assert.equal((await since(token)).said, 'c');
    }));

  test('a clock that jumped back does not take younger changes with it', () =>
    withStory(open, async ({ db, scope, clock, put: store, since }) => {
      await store('a');
      const { token } = await since(null);
      await store('b');
      clock.advance(-400 * DAY);
      await store('c');
      clock.advance(400 * DAY);
      assert.equal(await db.write((tx) => prune(tx, scope, clock.nowMs() / 1000 - 180 * 86_400, 0)), 0);
      assert.equal((await since(token)).said, 'b c');
    }));
}

function writers(open: Open): void {
  test('a refused write burns no revision', () =>
    withStory(open, async ({ db, on, scope, put: store, since }) => {
      await store('a');
      const { token } = await since(null);
      const refused = db.write(async (tx) => {
        await advance(tx, on, scope, { name: 'a', op: 'update' });
        throw new Refusal(412, 'If-Match');
      });
      await assert.rejects(refused, (error) => error instanceof Refusal && error.status === 412);
      assert.equal(await currentToken(db, scope), token);
    }));

  test('a follower of twelve writers in two processes misses nothing', () =>
    withStory(open, async ({ db, reopen, on, scope }) => {
      const other = await reopen();
      const mirror: Mirror = { token: null, names: new Map() };
      const writing = new AbortController();
      const follow = async (): Promise<void> => {
        while (!writing.signal.aborted) {
          await syncPage(db, scope, mirror, 7);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const following = follow();
      await Promise.all(
        Array.from({ length: 12 }, async (_, writer) => {
          for (let at = 0; at < 15; at++)
            await (writer % 2 === 0 ? db : other).write((tx) =>
              put(tx, on, scope, `w${writer}-${at}`, `${at}`),
            );
        }),
      );
      writing.abort();
      await following;
      while (await syncPage(db, scope, mirror, 50));
      assert.deepEqual(byName(mirror.names), byName(await liveNames(db, scope)));
      assert.equal(mirror.names.size, 180);
    }));
}

function plans(open: Open): void {
  test('no statement of the journal scans a table or sorts', () =>
    withStory(open, async ({ db, scope, put: store, since }) => {
      await store('a', 'b', 'c');
      const { token } = await since(null, 1);
      const delta = (await since(null)).token;
      await store('d');
      const heard = listening(db);
      await changesSince(heard.db, scope, delta, null);
      await changesSince(heard.db, scope, token, 1);
      await changesSince(heard.db, scope, null, null);
      await currentToken(heard.db, scope);
      assert.ok(heard.said.length > 6);
      for (const { sql, binds } of heard.said) {
        const plan = await db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, binds);
        for (const { detail } of plan) {
          // The page of changes is a subquery, already in order and at most one batch long.
          const isBad =
            /TEMP B-TREE/.test(detail) || (/^SCAN/.test(detail) && !/^SCAN (\(subquery|h\b)/.test(detail));
          assert.ok(!isBad, `${detail}: ${sql}`);
        }
      }
    }));
}

await onEachDatabase('journal', (open, dialect) => {
  tokens(open);
  deltas(open);
  firstSyncs(open);
  pruning(open);
  writers(open);
  if (dialect === 'sqlite') plans(open);
});
