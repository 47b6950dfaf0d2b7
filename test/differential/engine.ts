/** A second, independent engine: a script of Python that answers one JSON object a line with another. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

const GIVEN = process.env['DAYBOOK_TEST_PYTHON'];

/** Finds the Python that can run a line of code, on systems that have several, and what the line prints; null when none can. */
export function findPython(code: string): { readonly python: string; readonly said: string } | null {
  for (const python of GIVEN === undefined ? ['/usr/bin/python3', 'python3'] : [GIVEN]) {
    const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
    if (status === 0) return { python, said: stdout.trim() };
  }
  return null;
}

/** A script beside this file, and the Python to run it. */
export interface Engine {
  readonly python: string;
  readonly script: string;
}

async function* asked({ python, script }: Engine, questions: readonly unknown[]): AsyncGenerator<object> {
  const path = join(import.meta.dirname, script);
  const child = spawn(python, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  for await (const line of createInterface({ input: child.stdout })) {
    const answer: unknown = JSON.parse(line);
    assert.ok(typeof answer === 'object' && answer !== null);
    yield answer;
  }
}

/** How one case went. */
export interface Comparison {
  /** `equal`, the name of a known difference, who gave up, or `unexplained`. */
  readonly verdict: string;
  /** The case and both answers, for whoever reads a failure. */
  told(): string;
}

/**
 * Asks the engine about all cases and counts how they went. Fails where one is not answered or not explained, and where no more
 * than that share of them is equal: what is not compared shows nothing.
 */
export async function compareAll<Case>(
  t: TestContext,
  { engine, share }: { readonly engine: Engine; readonly share: number },
  cases: readonly Case[],
  question: (one: Case) => unknown,
  compare: (one: Case, answer: object) => Promise<Comparison>,
): Promise<void> {
  const tally = new Map<string, number>();
  const unexplained: string[] = [];
  let at = 0;
  for await (const answer of asked(engine, cases.map(question))) {
    const one = cases[at++];
    assert.ok(one);
    const { verdict, told } = await compare(one, answer);
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    if (verdict === 'unexplained') unexplained.push(told());
  }
  const counts = [...tally].map(([verdict, count]) => `${verdict}: ${count}`).join('; ');
  assert.equal(at, cases.length, 'every case is answered');
  assert.equal(unexplained.length, 0, `${counts}\n\n${unexplained.slice(0, 5).join('\n\n')}`);
  t.diagnostic(counts);
  assert.ok((tally.get('equal') ?? 0) > cases.length * share, `enough is compared: ${counts}`);
}
