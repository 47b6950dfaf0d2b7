import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { etagOf } from '../store/story.ts';
import { seededRandom, testClock } from '../support/app.ts';
import { openTestDb } from '../support/db.ts';
import { hasPostgres } from '../support/postgres.ts';
import { testSeed } from '../support/seed.ts';
import { ModelWorld, VARIANTS, type Variant } from './journal-model.ts';
import { type Keeper, rowsKeeper, StoreWorld, sqliteKeeper } from './journal-store.ts';
import { STORIES, type Step, shown, Telling } from './journal-story.ts';

const seed = testSeed();

/** Stories the variants once failed at, found by search and shortened. */
const put = (name: number): Step => ({ kind: 'put', name });
const drop = (name: number): Step => ({ kind: 'delete', name });
const sync = (limit: number): Step => ({ kind: 'sync', client: 0, limit });
const BACKUP: Step = { kind: 'backup' };
const RESTORE: Step = { kind: 'restore', isRenewed: false };
const PRUNE: Step = { kind: 'prune', keep: 0 };

const TELLING: Readonly<Record<Variant, readonly Step[]>> = {
  'no-nonce': [BACKUP, put(0), sync(1), RESTORE, put(1)],
  'no-floor': [sync(1), put(0), put(1), drop(0), sync(1), PRUNE],
  'always-omit': [put(5), put(0), sync(1), drop(5), put(0), sync(1), put(5), sync(1), drop(5), sync(2)],
  'list-seen-base': [put(0), put(4), BACKUP, sync(1), drop(4), sync(1), RESTORE],
  'page-seen-last': [put(5), put(0), sync(1), drop(5), put(0), sync(1), put(5), sync(1), drop(5), sync(2)],
  'base-moves': [put(1), put(0), sync(1), drop(1)],
};

async function toldToModel(story: readonly Step[], variant: Variant | null): Promise<string | null> {
  const telling = new Telling(new ModelWorld(variant));
  for (const step of story) await telling.tell(step);
  return telling.end(2);
}

test('the model converges after any story', async () => {
  const stories = fc.asyncProperty(STORIES, async (story) =>
    assert.equal(await toldToModel(story, null), null),
  );
  await fc.assert(stories, {
    seed,
    numRuns: 10_000,
    examples: Object.values(TELLING).map((story) => [story]),
  });
});

for (const variant of VARIANTS) {
  test(`the model without one clause diverges: ${variant}`, async () => {
    assert.notEqual(await toldToModel(TELLING[variant], variant), null, 'the story that once told it');
    const stories = fc.asyncProperty(STORIES, async (story) => (await toldToModel(story, variant)) === null);
    const found = await fc.check(stories, { seed, numRuns: 100_000, endOnFailure: true });
    assert.ok(found.failed, `no story in ${found.numRuns} told it`);
  });
}

/** Tells a story to the model and to the store side by side: every answer and every mirror must be the same. */
async function tellBoth(keeper: Keeper, story: readonly Step[], run: number): Promise<void> {
  const on = { clock: testClock(), random: seededRandom(`${seed}/${run}`) };
  const model = new Telling(new ModelWorld());
  const store = new Telling(await StoreWorld.make(keeper, on));
  const same = (when: string): void => {
    model.clients.forEach((client, at) => {
      const etags = new Map([...client.mirror].map(([name, body]) => [name, etagOf(body)]));
      assert.equal(shown(store.client(at).mirror), shown(etags), `client ${at} ${when}`);
    });
  };
  for (const [at, step] of story.entries()) {
    assert.equal(await store.tell(step), await model.tell(step), `step ${at}: ${JSON.stringify(step)}`);
    if (step.kind === 'sync') same(`after step ${at}`);
  }
  assert.equal(await store.end(2), null);
  assert.equal(await model.end(2), null);
  same('at the end');
}

async function storeTellsTheSame(
  dialect: 'sqlite' | 'postgres',
  makeKeeper: (opened: Awaited<ReturnType<typeof openTestDb>>) => Promise<Keeper>,
  numRuns: number,
): Promise<void> {
  const opened = await openTestDb(dialect);
  const keeper = await makeKeeper(opened);
  let run = 0;
  try {
    const stories = fc.asyncProperty(STORIES, (story) => tellBoth(keeper, story, ++run));
    await fc.assert(stories, {
      seed,
      numRuns,
      endOnFailure: true,
      examples: Object.values(TELLING).map((story) => [story]),
    });
  } finally {
    await keeper.close();
    await opened.close();
  }
}

test('the store on SQLite answers every story as the model does', () =>
  storeTellsTheSame('sqlite', sqliteKeeper, 80));

test('the store on PostgreSQL answers every story as the model does', { skip: !(await hasPostgres()) }, () =>
  storeTellsTheSame('postgres', rowsKeeper, 60),
);
