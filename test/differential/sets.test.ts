/** Whole recurrence sets against a second, independent engine: python-recurring-ical-events of the system. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { first } from '../../models/ical/component.ts';
import { openRuleRunner } from '../../models/ical/runner.ts';
import { formatUtc } from '../../models/ical/values.ts';
import { FLOATING } from '../../models/ical/zones.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import { testSeed } from '../support/seed.ts';
import { compareAll, findPython } from './engine.ts';
import { differ, type Instance, judgeSet, type SetDifference } from './known-sets.ts';
import { type Abilities, type SetCase, setCase } from './sets.ts';

/** Sets to compare. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 300);
const LIMIT = 20_000;

type Answer = { readonly found: readonly Instance[] } | { readonly failed: string };

function readAnswer(value: object): Answer {
  const found: unknown = Reflect.get(value, 'found');
  if (!Array.isArray(found)) return { failed: String(Reflect.get(value, 'failed')) };
  return {
    found: found.map((one: unknown) => {
      assert.ok(Array.isArray(one) && one.length === 3);
      return [String(one[0]), String(one[1]), String(one[2])];
    }),
  };
}

const question = ({ text, startUtc, endUtc }: SetCase): object => ({
  text,
  start: formatUtc(startUtc),
  end: formatUtc(endUtc),
});

const runner = openRuleRunner(DEFAULT_LIMITS);

/** What our engine says, in the order the other one answers in. */
async function ours({ text, startUtc, endUtc }: SetCase): Promise<readonly Instance[]> {
  const options = { maxInstances: LIMIT, floating: FLOATING };
  const expansion = await runner.expand(Buffer.from(text), { startUtc, endUtc }, options);
  assert.equal(expansion.isTruncated, false, text);
  return expansion.occurrences
    .map(({ component, startUtc: from, endUtc: to, isAllDay }): Instance => {
      const told = (utc: number): string => (isAllDay ? formatUtc(utc).slice(0, 8) : formatUtc(utc));
      return [first(component, 'SUMMARY')?.value ?? '', told(from), told(to)];
    })
    .sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

function told({ text, startUtc, endUtc }: SetCase, difference: SetDifference | string): string {
  const span = `from ${formatUtc(startUtc)} to ${formatUtc(endUtc)}`;
  if (typeof difference === 'string') return `${text}${span}: ${difference}`;
  const list = (all: readonly Instance[]): string =>
    all
      .slice(0, 5)
      .map((instance) => instance.join(' '))
      .join(', ');
  const { onlyOurs, onlyTheirs } = difference;
  return `${text}${span}\nonly ours: ${list(onlyOurs)}\nonly theirs: ${list(onlyTheirs)}`;
}

const edition = findPython('from importlib.metadata import version; print(version("recurring-ical-events"))');

/** What the edition that is there can read; null when there is none that this test was made for. */
function abilities(): Abilities | null {
  const number = edition?.said ?? '';
  if (number.startsWith('2.0.')) return { isModern: false };
  return Number.parseInt(number, 10) >= 3 ? { isModern: true } : null;
}

const can = abilities();
const skip = can === null && 'python3-recurring-ical-events 2.0 or from 3 on is not installed';

describe('recurrence sets as python-recurring-ical-events reads them', { skip }, () => {
  after(() => runner.close());

  test('random sets have the same instances', { timeout: 3_600_000 }, async (t) => {
    assert.ok(can);
    const cases = fc.sample(setCase(can), { seed: testSeed(), numRuns: CASES });
    const engine = { python: edition?.python ?? '', script: 'sets.py' };
    await compareAll(t, { engine, share: 0.4 }, cases, question, async (one, answer) => {
      const theirs = readAnswer(answer);
      const own = await ours(one);
      if ('failed' in theirs) return { verdict: 'unexplained', told: () => told(one, theirs.failed) };
      const difference = differ(own, theirs.found, can);
      const verdict = judgeSet(one, difference, can);
      const isOfNothing = verdict === 'equal' && own.length === 0;
      return { verdict: isOfNothing ? 'equal, of nothing' : verdict, told: () => told(one, difference) };
    });
  });
});
