import { copyFileSync, rmSync } from 'node:fs';
import { copySqlite } from '../../models/db/copy.ts';
import type { Bind, Database } from '../../models/db/database.ts';
import { renewEpoch } from '../../models/db/migrate.ts';
import { openDatabase } from '../../models/db/open.ts';
import { Precondition } from '../../models/errors.ts';
import { prune } from '../../models/journal/service.ts';
import type { CollectionId, SyncToken } from '../../models/types.ts';
import { makeScope, type On, put, remove, syncPage } from '../store/story.ts';
import { silentLog } from '../support/app.ts';
import type { TestDb } from '../support/db.ts';
import type { Client, Outcome, World } from './journal-story.ts';

/** Takes all data aside and brings it back, as an operator would. */
export interface Keeper {
  db(): Database;
  backup(scope: CollectionId): Promise<void>;
  restore(scope: CollectionId): Promise<void>;
  close(): Promise<void>;
}

/** A copy of the file by `VACUUM INTO`, opened in the place of the file. */
export async function sqliteKeeper({ db: first, url, file }: TestDb): Promise<Keeper> {
  if (file === null) throw new Error('not a file');
  const copy = `${file}.backup`;
  let current = file;
  let restores = 0;
  await first.close();
  let db = await openDatabase({ url, log: silentLog() });
  return {
    db: () => db,
    backup: () => {
      rmSync(copy, { force: true });
      copySqlite(current, copy);
      return Promise.resolve();
    },
    restore: async () => {
      await db.close();
      restores += 1;
      current = `${file}.${restores}`;
      copyFileSync(copy, current);
      db = await openDatabase({ url: `sqlite:${current}`, log: silentLog() });
    },
    close: () => db.close(),
  };
}

type Row = Readonly<Record<string, Bind>>;

const TABLES = [
  ['collections', 'id'],
  ['objects', 'collection_id'],
  ['changes', 'scope'],
] as const;

/** The rows of the tables, put back by SQL. */
export function rowsKeeper({ db }: TestDb): Promise<Keeper> {
  const kept = new Map<string, readonly Row[]>();
  let epoch = '';
  return Promise.resolve({
    db: () => db,
    backup: (scope) =>
      db.read(async (snapshot) => {
        for (const [table, key] of TABLES)
          kept.set(table, await snapshot.all<Row>(`SELECT * FROM ${table} WHERE ${key} = ?`, [scope]));
        epoch =
          (await snapshot.get<{ value: string }>(`SELECT value FROM server WHERE key = 'epoch'`))?.value ??
          '';
      }),
    restore: (scope) =>
      db.write(async (tx) => {
        await tx.run('DELETE FROM collections WHERE id = ?', [scope]);
        await tx.run(`UPDATE server SET value = ? WHERE key = 'epoch'`, [epoch]);
        for (const [table] of TABLES) {
          for (const row of kept.get(table) ?? []) {
            const marks = Object.keys(row).map(() => '?');
            const insert = `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')})`;
            await tx.run(insert, Object.values(row));
          }
        }
      }),
    close: () => Promise.resolve(),
  });
}

/** The journal itself, over a database whose scope was made for one story. */
export class StoreWorld implements World<SyncToken> {
  readonly #keeper: Keeper;
  readonly #on: On;
  readonly #scope: CollectionId;

  private constructor(keeper: Keeper, on: On, scope: CollectionId) {
    this.#keeper = keeper;
    this.#on = on;
    this.#scope = scope;
  }

  static async make(keeper: Keeper, on: On): Promise<StoreWorld> {
    return new StoreWorld(keeper, on, await makeScope(keeper.db(), on));
  }

  put(name: string, body: string): Promise<void> {
    return this.#keeper.db().write((tx) => put(tx, this.#on, this.#scope, name, body));
  }

  remove(name: string): Promise<void> {
    return this.#keeper.db().write((tx) => remove(tx, this.#on, this.#scope, name));
  }

  async prune(keep: number): Promise<void> {
    const allAreOld = this.#on.clock.nowMs() / 1000 + 1;
    await this.#keeper.db().write((tx) => prune(tx, this.#scope, Math.floor(allAreOld), keep));
  }

  backup(): Promise<void> {
    return this.#keeper.backup(this.#scope);
  }

  async restore(isRenewed: boolean): Promise<void> {
    await this.#keeper.restore(this.#scope);
    if (isRenewed) await this.#keeper.db().write(renewEpoch);
  }

  async sync(client: Client<SyncToken>, limit: number): Promise<Outcome> {
    const mirror = { token: client.token, names: client.mirror };
    try {
      const more = await syncPage(this.#keeper.db(), this.#scope, mirror, limit);
      Object.assign(client, { token: mirror.token, mirror: mirror.names });
      return more ? 'more' : 'ok';
    } catch (error) {
      if (!(error instanceof Precondition) || error.code !== 'valid-sync-token') throw error;
      Object.assign(client, { token: null, mirror: new Map() });
      return 'refused';
    }
  }

  async live(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#keeper
      .db()
      .all<{ name: string; etag: string }>('SELECT name, etag FROM objects WHERE collection_id = ?', [
        this.#scope,
      ]);
    return new Map(rows.map((row) => [row.name, row.etag]));
  }
}
