import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const css = readFileSync(new URL('../../../web/styles/1-tokens.css', import.meta.url), 'utf8');

/** The custom properties of the first rule whose selector line contains `selector`. */
function tokensOf(selector: string): ReadonlyMap<string, string> {
  const start = css.indexOf(selector, css.indexOf('@layer tokens {'));
  const block = css.slice(start, css.indexOf('}', start));
  return new Map([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})/gi)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

function luminance(color: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return ((x ?? 0) + 0.05) / ((y ?? 0) + 0.05);
}

/** Ink, ground, least contrast. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ['text', 'bg', 7],
  ['text', 'surface', 7],
  ['muted', 'bg', 4.5],
  ['muted', 'surface', 4.5],
  ['muted', 'sunken', 4.5],
  ['accent', 'surface', 4.5],
  ['accent', 'accent-soft', 4.5],
  ['on-accent', 'accent', 4.5],
  ['ok', 'ok-soft', 4.5],
  ['warn', 'warn-soft', 4.5],
  ['bad', 'bad-soft', 4.5],
  ['bad', 'surface', 4.5],
  ['info', 'info-soft', 4.5],
  ['control', 'surface', 3],
];

describe('colours', () => {
  const light = tokensOf(':root {');
  const dark = tokensOf(':root:not([data-theme="light"]) {');
  for (const [name, tokens] of [
    ['light', light],
    ['dark', dark],
  ] as const)
    test(`${name} has enough contrast`, () => {
      assert.equal(tokens.size, 19);
      for (const [ink, ground, least] of PAIRS) {
        const found = contrast(tokens.get(ink) ?? '', tokens.get(ground) ?? '');
        assert.ok(found >= least, `${ink} on ${ground} is ${found.toFixed(1)}, needs ${least}`);
      }
    });

  test('choosing dark gives what the system would', () => {
    assert.deepEqual([...tokensOf(':root[data-theme="dark"] {')], [...dark]);
  });
});
