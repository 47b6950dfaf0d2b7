/** What the card index answers is what the plain filter answers over every card, whatever is stored and asked. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { findHome, makeCollection } from '../../models/collections/service.ts';
import { importObjects } from '../../models/objects/batch.ts';
import { queryCards } from '../../models/objects/query.ts';
import type { ResourceOf } from '../../models/types.ts';
import { type CardFilter, matchesCard } from '../../models/vcard/filter.ts';
import { type ParsedCard, parseCardText } from '../../models/vcard/parse.ts';
import type { Dialect } from '../support/db.ts';
import { openStage, type Stage } from '../support/objects.ts';
import { hasPostgres } from '../support/postgres.ts';
import { cardFilter, randomCard } from '../support/random-card.ts';
import { testSeed } from '../support/seed.ts';

/** Queries to compare on each database; `DAYBOOK_CASES` asks for more. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 600);
const CARDS = 30;
const QUERIES = 60;

const round = fc.record({
  cards: fc.array(randomCard, { minLength: CARDS, maxLength: CARDS }),
  queries: fc.array(fc.record({ filter: cardFilter, limit: fc.constantFrom(null, null, 1, 5) }), {
    minLength: QUERIES,
    maxLength: QUERIES,
  }),
});

interface Filled {
  readonly stage: Stage;
  readonly book: ResourceOf<'addressbook'>;
  readonly cards: ReadonlyMap<string, ParsedCard>;
}

async function fill(stage: Stage, name: string, drawn: readonly string[]): Promise<Filled> {
  const home = await findHome(stage.app.db, stage.ann.id, 'addressbook');
  assert.ok(home !== null);
  const book = await makeCollection(stage.app, stage.actor, home, { name, kind: 'addressbook' });
  if (book.kind !== 'addressbook') return assert.fail('This is no address book.');
  const texts = drawn.map((text, at) => text.replace('UID:@', `UID:u${at}`));
  const items = texts.map((text, at) => ({ name: `${at}.vcf`, body: Buffer.from(text) }));
  for (const result of await importObjects(stage.app, stage.actor, book, items))
    assert.ok(!('error' in result));
  return { stage, book, cards: new Map(texts.map((text, at) => [`${at}.vcf`, parseCardText(text)])) };
}

async function agrees(
  { stage, book, cards }: Filled,
  filter: CardFilter,
  limit: number | null,
): Promise<number> {
  const found: string[] = [];
  for await (const page of queryCards(stage.app, book, filter, { wantBody: false }, limit))
    found.push(...page.map((object) => object.name));
  assert.equal(new Set(found).size, found.length, 'a card is found twice');
  const passing = new Set([...cards].filter(([, card]) => matchesCard(card, filter)).map(([name]) => name));
  const wrong =
    found.find((name) => !passing.has(name)) ?? [...passing].find((name) => !found.includes(name));
  const isCut = limit !== null && found.length === limit && found.every((name) => passing.has(name));
  if (wrong !== undefined && !isCut)
    assert.fail(`${JSON.stringify(filter).slice(0, 3000)}\n${cards.get(wrong)?.text}`);
  return found.length;
}

const hasDatabase: Readonly<Record<Dialect, boolean>> = { sqlite: true, postgres: await hasPostgres() };

for (const dialect of ['sqlite', 'postgres'] as const)
  describe(`the card index answers as the filter does on ${dialect}`, { skip: !hasDatabase[dialect] }, () => {
    const closing: (() => Promise<void>)[] = [];
    let stage: Stage | null = null;
    before(async () => {
      stage = await openStage({ after: (close) => void closing.push(close) }, dialect);
    });
    after(async () => {
      for (const close of closing) await close();
    });

    test('random queries over random cards', { timeout: 3_600_000 }, async (t) => {
      const [open, seed] = [stage, testSeed()];
      if (open === null) return assert.fail('The stage is not open.');
      let hits = 0;
      const rounds = fc.sample(round, { seed, numRuns: Math.ceil(CASES / QUERIES) });
      for (const [at, drawn] of rounds.entries()) {
        const filled = await fill(open, `round-${at}`, drawn.cards);
        for (const { filter, limit } of drawn.queries) hits += await agrees(filled, filter, limit);
      }
      const asked = rounds.length * QUERIES;
      assert.ok(hits > asked, 'queries find something');
      t.diagnostic(`${asked} queries over ${rounds.length * CARDS} cards, ${hits} found`);
    });
  });
