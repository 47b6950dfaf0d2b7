/** Whole recurrence sets against a second, independent engine: python-recurring-ical-events of the system. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { first } from '../../models/ical/component.ts';
import { openRuleRunner } from '../../models/ical/runner.ts';
import { formatUtc } from '../../models/ical/values.ts';
import { FLOATING } from '../../models/ical/zones.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import { testSeed } from '../support/seed.ts';
import { differ, type Instance, judgeSet, type SetDifference } from './known-sets.ts';
import { type Abilities, type SetCase, setCase } from './sets.ts';

/** Sets to compare. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 300);
/** Which Python has the library: that of the system, or one with a newer edition, of which more is asked. */
const PYTHON = process.env['DAYBOOK_TEST_PYTHON'] ?? '/usr/bin/python3';
const LIMIT = 20_000;

type Answer = { readonly found: readonly Instance[] } | { readonly failed: string };

function readAnswer(value: unknown): Answer {
  assert.ok(typeof value === 'object' && value !== null);
  const found: unknown = Reflect.get(value, 'found');
  if (!Array.isArray(found)) return { failed: String(Reflect.get(value, 'failed')) };
  return {
    found: found.map((one: unknown) => {
      assert.ok(Array.isArray(one) && one.length === 3);
      return [String(one[0]), String(one[1]), String(one[2])];
    }),
  };
}

/** Asks the other engine about all cases, in order. */
async function* asked(cases: readonly SetCase[]): AsyncGenerator<Answer> {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'sets.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = cases.map(({ text, startUtc, endUtc }) =>
    JSON.stringify({ text, start: formatUtc(startUtc), end: formatUtc(endUtc) }),
  );
  child.stdin.end(`${lines.join('\n')}\n`);
  for await (const line of createInterface({ input: child.stdout })) yield readAnswer(JSON.parse(line));
}

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

/** What the edition that is there can read; null when there is none that this test was made for. */
function abilities(): Abilities | null {
  const code = 'from importlib.metadata import version; print(version("recurring-ical-events"))';
  const { status, stdout } = spawnSync(PYTHON, ['-c', code], { encoding: 'utf8' });
  const edition = status === 0 ? stdout.trim() : '';
  if (edition.startsWith('2.0.')) return { isModern: false };
  return Number.parseInt(edition, 10) >= 3 ? { isModern: true } : null;
}

const can = abilities();
const skip = can === null ? 'python3-recurring-ical-events 2.0 or from 3 on is not installed' : false;

describe('recurrence sets as python-recurring-ical-events reads them', { skip }, () => {
  after(() => runner.close());

  test('random sets have the same instances', { timeout: 3_600_000 }, async (t) => {
    assert.ok(can);
    const cases = fc.sample(setCase(can), { seed: testSeed(), numRuns: CASES });
    const tally = new Map<string, number>();
    const count = (name: string): unknown => tally.set(name, (tally.get(name) ?? 0) + 1);
    const unexplained: string[] = [];
    let at = 0;
    for await (const theirs of asked(cases)) {
      const one = cases[at++];
      assert.ok(one);
      const own = await ours(one);
      const difference = 'found' in theirs ? differ(own, theirs.found, can) : theirs.failed;
      const verdict = typeof difference === 'string' ? 'unexplained' : judgeSet(one, difference, can);
      count(verdict === 'equal' && own.length === 0 ? 'equal, of nothing' : verdict);
      if (verdict === 'unexplained') unexplained.push(told(one, difference));
    }
    assert.equal(at, CASES, 'every set is answered');
    assert.equal(unexplained.length, 0, unexplained.slice(0, 5).join('\n\n'));
    t.diagnostic([...tally].map(([verdict, number]) => `${verdict}: ${number}`).join('; '));
    assert.ok((tally.get('equal') ?? 0) > CASES * 0.4, `enough sets have instances: ${[...tally].join(' ')}`);
  });
});
