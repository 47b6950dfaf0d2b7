import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { COLOR_NAMES, COLOR_VALUES, nearestColor } from '../../../web/colors.ts';

const css = readFileSync(new URL('../../../web/styles/1-tokens.css', import.meta.url), 'utf8');

/** The custom properties of the first rule of the tokens whose selector line is `selector`. */
function tokensOf(selector: string): ReadonlyMap<string, string> {
  const start = css.indexOf(selector, css.indexOf('@layer tokens {'));
  assert.ok(start > 0, selector);
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

/** Ink, ground, what it has in light and in dark, and the least it may have. */
const PAIRS: readonly (readonly [string, string, number, number, number])[] = [
  ['text', 'bg', 15.9, 16.1, 7],
  ['muted', 'bg', 6.7, 8.6, 4.5],
  ['muted', 'sunken', 6.1, 8.9, 4.5],
  ['accent', 'surface', 7.1, 8.8, 4.5],
  ['on-accent', 'accent', 7.1, 8.6, 4.5],
  ['ok', 'ok-soft', 5.6, 7.7, 4.5],
  ['warn', 'warn-soft', 5.7, 8.0, 4.5],
  ['bad', 'bad-soft', 5.4, 7.5, 4.5],
  ['info', 'info-soft', 5.4, 7.9, 4.5],
  ['control', 'surface', 4.0, 4.3, 3],
];

/** Pairs that pages make beside those of the list. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['text', 'surface'],
  ['text', 'accent-soft'],
  ['text', 'warn-soft'],
  ['text', 'bad-soft'],
  ['text', 'ok-soft'],
  ['text', 'info-soft'],
  ['muted', 'surface'],
  ['accent', 'bg'],
  ['accent', 'accent-soft'],
  ['bad', 'surface'],
];

describe('contrast', () => {
  const light = tokensOf(':root {');
  const dark = tokensOf(':root:not([data-theme="light"]) {');
  const of = (tokens: ReadonlyMap<string, string>, ink: string, ground: string) =>
    contrast(tokens.get(ink) ?? '', tokens.get(ground) ?? '');

  for (const [ink, ground, inLight, inDark, least] of PAIRS)
    test(`${ink} on ${ground} is ${inLight} in light and ${inDark} in dark`, () => {
      assert.ok(Math.abs(of(light, ink, ground) - inLight) < 0.06, `light: ${of(light, ink, ground)}`);
      assert.ok(Math.abs(of(dark, ink, ground) - inDark) < 0.06, `dark: ${of(dark, ink, ground)}`);
      assert.ok(Math.min(inLight, inDark) >= least);
    });

  test('so do the other pairs that pages make', () => {
    for (const tokens of [light, dark])
      for (const [ink, ground] of OTHERS)
        assert.ok(of(tokens, ink, ground) >= 4.5, `${ink} on ${ground} is ${of(tokens, ink, ground)}`);
  });

  test('choosing dark gives what the system would', () => {
    assert.equal(light.size, 19);
    assert.deepEqual([...tokensOf(':root[data-theme="dark"] {')], [...dark]);
  });
});

describe('colours of calendars', () => {
  for (const name of COLOR_NAMES)
    test(`${name} can be read`, () => {
      const start = css.indexOf(`.c-${name} {`);
      assert.ok(start > 0);
      const colors = css.slice(start, css.indexOf('}', start)).match(/#[0-9a-f]{6}/g) ?? [];
      const [softLight = '', softDark = '', inkLight = '', inkDark = ''] = colors;
      assert.equal(colors.length, 4);
      assert.ok(contrast(inkLight, softLight) >= 6.5, `light: ${contrast(inkLight, softLight)}`);
      assert.ok(contrast(inkDark, softDark) >= 6.5, `dark: ${contrast(inkDark, softDark)}`);
    });

  test('each name is nearest to itself', () => {
    for (const name of COLOR_NAMES) assert.equal(nearestColor(COLOR_VALUES[name]), name);
  });

  const CLIENTS: readonly (readonly [string | null, string])[] = [
    ['#FF2968', 'tomato'],
    ['#FF9500', 'orange'],
    ['#FFCC00', 'amber'],
    ['#63DA38', 'green'],
    ['#1BADF8', 'cyan'],
    ['#CC73E1', 'violet'],
    ['#0000FF', 'blue'],
    ['#808080', 'slate'],
    ['#000000', 'slate'],
    ['#FFFFFFFF', 'slate'],
    ['#0E61B9FF', 'blue'],
    [null, 'blue'],
    ['red', 'blue'],
    ['#12345', 'blue'],
  ];
  for (const [hex, name] of CLIENTS)
    test(`${hex} of a client is shown as ${name}`, () => assert.equal(nearestColor(hex), name));
});
