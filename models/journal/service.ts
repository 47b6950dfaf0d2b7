import type { App } from '../app.ts';
import type { Database, Db, Tx } from '../db/database.ts';
import { turn } from '../db/patience.ts';
import { Precondition, Refusal } from '../errors.ts';
import type { CollectionId, ETag, Revision, SyncToken } from '../types.ts';
import {
  type ChangeRow,
  changesAfter,
  firstSince,
  type Head,
  headAndChanges,
  headAt,
  headNow,
  headsNow,
  insertChange,
  type LiveRow,
  liveAfter,
  lockScope,
  raiseFloor,
  takeRevision,
} from './store.ts';
import { type Position, readToken, writeToken } from './token.ts';

/** What happens to one name of a scope. */
export interface Change {
  readonly name: string;
  readonly op: 'create' | 'update' | 'delete';
}

/** A scope whose lock is held until the transaction ends, with its counts before the change. */
export interface Locked {
  readonly revision: Revision;
  readonly objectCount: number;
  readonly bytesUsed: number;
}

/** One name in an answer; `etag` and `component` are null when it was removed. */
export interface SyncEntry {
  readonly name: string;
  readonly etag: ETag | null;
  readonly component: string | null;
}

/** One answer to a client: entries, the token that follows them, and whether more waits after it. */
export interface SyncPage {
  /** Batches of at most 500 for a large first sync; all of one snapshot. */
  readonly entries: readonly SyncEntry[] | AsyncIterable<readonly SyncEntry[]>;
  readonly token: SyncToken;
  readonly more: boolean;
}

/** The entries of a page in batches, whatever its size. */
export async function* batchesOf({ entries }: SyncPage): AsyncGenerator<readonly SyncEntry[]> {
  if (Symbol.asyncIterator in entries) yield* entries;
  else yield entries;
}

const BATCH = 500;
/** First syncs up to this size are answered as one array. */
const SMALL = 2000;

/**
 * Takes the next revision of a scope and notes the change: the first statement of every write that changes something in it,
 * as it locks the scope until the commit. Two scopes are advanced in the order of their ids. Throws `Refusal` 404 when the
 * scope is deleted.
 */
export async function advance(
  tx: Tx,
  on: Pick<App, 'clock' | 'random'>,
  scope: CollectionId,
  change: Change,
): Promise<Locked> {
  const row = await takeRevision(tx, scope);
  if (row === undefined) throw gone();
  const nonce = on.random.bytes(4).toString('base64url');
  const atUtc = Math.floor(on.clock.nowMs() / 1000);
  await insertChange(tx, { scope, revision: row.revision, name: change.name, op: change.op, nonce, atUtc });
  return { revision: row.revision as Revision, objectCount: row.object_count, bytesUsed: row.bytes_used };
}

/** The token of the present state, for `DAV:sync-token` (RFC 6578 §4). Throws `Refusal` 404 when the scope is deleted. */
export async function currentToken(db: Db, scope: CollectionId): Promise<SyncToken> {
  const head = await headNow(db, scope);
  if (head === undefined) throw gone();
  return tokenAt(head, head.revision, null);
}

/** The present tokens of many scopes, with one statement; scopes that are deleted are left out. */
export async function tokensOf(
  db: Db,
  scopes: readonly CollectionId[],
): Promise<ReadonlyMap<CollectionId, SyncToken>> {
  const heads = await headsNow(db, scopes);
  return new Map(heads.map((head) => [head.id, tokenAt(head, head.revision, null)]));
}

/**
 * What changed in a collection since a token; null asks for a first sync. With a `limit` a page holds at most that many
 * names. Throws `Precondition` 'valid-sync-token' when the token is foreign, too old, or from a state that a restore undid;
 * `Refusal` 404 when the collection is deleted. RFC 6578 §3.
 */
export async function changesSince(
  db: Database,
  scope: CollectionId,
  token: SyncToken | null,
  limit: number | null,
): Promise<SyncPage> {
  const position = token === null ? null : readToken(token);
  if (token !== null && position === null) throw invalid();
  const count = limit === null ? null : Math.max(1, Math.floor(limit));
  if (position === null || position.base !== null) return firstSync(db, scope, position, count);
  const head = await headAt(db, scope, position.seen);
  checkPosition(head, position);
  if (token !== null && head.revision === position.after) return { entries: [], token, more: false };
  return delta(db, scope, position, count);
}

/**
 * Removes the changes that are older than a time (epoch seconds) and not among the newest `keepRows`, and raises the floor
 * below which tokens are refused. Gives how many were removed.
 */
export async function prune(
  tx: Tx,
  scope: CollectionId,
  olderThanUtc: number,
  keepRows: number,
): Promise<number> {
  const head = await lockScope(tx, scope);
  if (head === undefined) return 0;
  // Not "the last one that is older": a clock that jumped back for a while must not take younger changes with it.
  const young = await firstSince(tx, scope, olderThanUtc);
  const oldEnd = young === undefined ? head.revision : young.revision - 1;
  const floor = Math.min(oldEnd, head.revision - keepRows);
  return floor > head.floor ? raiseFloor(tx, scope, floor) : 0;
}

const gone = (): Refusal => new Refusal(404, 'This collection does not exist any more.');
const invalid = (): Precondition =>
  new Precondition('valid-sync-token', 'This sync token is not valid any more. Sync again from the start.');

function tokenAt(head: Head, after: number, base: number | null): SyncToken {
  const nonce = head.revision === 0 ? head.incarnation : (head.nonce ?? '');
  return writeToken({
    epoch: head.epoch,
    incarnation: head.incarnation,
    after,
    seen: head.revision,
    nonce,
    base,
  });
}

function checkPosition(head: Head | undefined, position: Position): asserts head is Head {
  if (head === undefined) throw gone();
  const nonce = position.seen === 0 ? head.incarnation : head.nonce;
  const isValid =
    position.epoch === head.epoch &&
    position.incarnation === head.incarnation &&
    position.seen <= head.revision &&
    position.nonce === nonce &&
    head.floor <= (position.base ?? position.after);
  if (!isValid) throw invalid();
}

/** The head of this snapshot, after the position was checked in it. */
async function snapshotHead(db: Db, scope: CollectionId, position: Position | null): Promise<Head> {
  if (position !== null) checkPosition(await headAt(db, scope, position.seen), position);
  const head = await headNow(db, scope);
  if (head === undefined) throw gone();
  return head;
}

/** The changes after a position, one entry per name; a page ends before the name that would pass the limit. */
async function delta(
  db: Database,
  scope: CollectionId,
  position: Position,
  limit: number | null,
): Promise<SyncPage> {
  const found = await headAndChanges(db, scope, position, BATCH);
  if (found === undefined) throw gone();
  if (found.changes.length === BATCH) return longDelta(db, scope, position, limit);
  checkPosition({ ...found.head, nonce: found.seenNonce }, position);
  const page = new DeltaPage(position, limit);
  page.add(found.changes);
  return page.finish(found.head);
}

function longDelta(
  db: Database,
  scope: CollectionId,
  position: Position,
  limit: number | null,
): Promise<SyncPage> {
  return db.read(async (snapshot) => {
    const head = await snapshotHead(snapshot, scope, position);
    const page = new DeltaPage(position, limit);
    while (!page.isFull && page.last < head.revision) {
      const rows = await changesAfter(snapshot, scope, page.last, BATCH);
      page.add(rows);
      if (rows.length < BATCH) break;
      await turn();
    }
    return page.finish(head);
  });
}

/** A page of a delta while its changes are read, in order of revision. */
class DeltaPage {
  readonly #position: Position;
  readonly #limit: number;
  readonly #names = new Map<string, ChangeRow>();
  /** The revision the page ends at. */
  last: number;
  /** True when the limit was met: a page ends before the name that would pass it. */
  isFull: boolean = false;

  constructor(position: Position, limit: number | null) {
    this.#position = position;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.last = position.after;
  }

  add(rows: readonly ChangeRow[]): void {
    for (const row of rows) {
      if (!this.#names.has(row.name)) {
        this.isFull = this.#names.size >= this.#limit;
        if (this.isFull) return;
        this.#names.set(row.name, row);
      }
      this.last = row.revision;
    }
  }

  finish(head: Head): SyncPage {
    const known = [...this.#names.values()].filter((row) => !isBornUnseen(row, this.#position));
    const after = this.isFull ? this.last : head.revision;
    return { entries: known.map(entryOf), token: tokenAt(head, after, null), more: this.isFull };
  }
}

/** Made and removed again since the client looked: it cannot know the name. */
function isBornUnseen(first: ChangeRow, position: Position): boolean {
  return first.etag === null && first.op === 'create' && first.revision > position.seen;
}

/** Lists what is live by revision, up to the counter at the first page; what moves meanwhile comes with the delta. */
async function firstSync(
  db: Database,
  scope: CollectionId,
  position: Position | null,
  limit: number | null,
): Promise<SyncPage> {
  if (limit === null) return wholeFirstSync(db, scope, position);
  return db.read(async (snapshot) => {
    const head = await snapshotHead(snapshot, scope, position);
    const base = position?.base ?? head.revision;
    const rows = await liveAfter(snapshot, scope, position?.after ?? 0, base, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const entries = page.map(entryOf);
    if (rows.length > limit && last !== undefined)
      return { entries, token: tokenAt(head, last.revision, base), more: true };
    return { entries, token: tokenAt(head, base, null), more: head.revision > base };
  });
}

/**
 * A first sync without a limit. All of it is read in one snapshot as fast as the database gives it, whatever the speed of
 * the client: the batches that were not fetched yet wait in memory, so that a slow client never holds a snapshot open.
 */
function wholeFirstSync(db: Database, scope: CollectionId, position: Position | null): Promise<SyncPage> {
  return new Promise((resolve, reject) => {
    const stream = new BatchStream();
    const reading = db.read(async (snapshot) => {
      const head = await snapshotHead(snapshot, scope, position);
      const base = position?.base ?? head.revision;
      const page = { token: tokenAt(head, base, null), more: head.revision > base };
      let rows = await liveAfter(snapshot, scope, position?.after ?? 0, base, SMALL);
      if (rows.length < SMALL) return resolve({ ...page, entries: rows.map(entryOf) });
      resolve({ ...page, entries: stream });
      while (rows.length > 0 && !stream.isAbandoned) {
        for (let at = 0; at < rows.length; at += BATCH) stream.push(rows.slice(at, at + BATCH).map(entryOf));
        await turn();
        rows = await liveAfter(snapshot, scope, rows.at(-1)?.revision ?? base, base, BATCH);
      }
    });
    reading.then(
      () => stream.end(null),
      (error: unknown) => {
        stream.end(error);
        reject(error);
      },
    );
  });
}

/** Batches on their way from a reader to a slower consumer. */
class BatchStream implements AsyncIterable<readonly SyncEntry[]> {
  readonly #batches: (readonly SyncEntry[])[] = [];
  #wake: (() => void) | null = null;
  #isEnded: boolean = false;
  #error: unknown = null;
  /** True when the consumer went away: there is nobody to read for. */
  isAbandoned: boolean = false;

  push(batch: readonly SyncEntry[]): void {
    this.#batches.push(batch);
    this.#wake?.();
  }

  end(error: unknown): void {
    this.#isEnded = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly SyncEntry[]> {
    try {
      for (;;) {
        const batch = this.#batches.shift();
        if (batch !== undefined) yield batch;
        else if (this.#error !== null) throw this.#error;
        else if (this.#isEnded) return;
        else await this.#news();
      }
    } finally {
      this.isAbandoned = true;
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function entryOf(row: LiveRow | ChangeRow): SyncEntry {
  return { name: row.name, etag: row.etag === null ? null : (row.etag as ETag), component: row.component };
}
