/** The named colours of calendars, each a class `c-<name>` of the style sheet with `--ink` on `--soft`. */
export const COLOR_NAMES = [
  'tomato',
  'orange',
  'amber',
  'olive',
  'green',
  'teal',
  'cyan',
  'blue',
  'indigo',
  'violet',
  'pink',
  'slate',
] as const;

/** One of the named colours. */
export type ColorName = (typeof COLOR_NAMES)[number];

/**
 * The full strength of each colour: what is written into a calendar when somebody picks it, and what a client's colour is
 * compared with.
 */
export const COLOR_VALUES: Readonly<Record<ColorName, string>> = {
  tomato: '#D93A2B',
  orange: '#E87516',
  amber: '#E5B41F',
  olive: '#A3B21F',
  green: '#34A853',
  teal: '#12A08C',
  cyan: '#1BA7CC',
  blue: '#2F6FDE',
  indigo: '#5B56D6',
  violet: '#9349CC',
  pink: '#D8469A',
  slate: '#76818C',
};

type Oklab = readonly [number, number, number];

const linear = (channel: number) =>
  channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;

/** Where a colour lies as people see it: lightness, then two axes of hue (OKLab). */
function oklab(hex: string): Oklab {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Below this distance from grey a colour has no hue that anybody would name. */
const GREY = 0.035;

function distance(a: Oklab, b: Oklab): number {
  const [chromaA, chromaB] = [Math.hypot(a[1], a[2]), Math.hypot(b[1], b[2])];
  const turn = Math.abs(Math.atan2(a[2], a[1]) - Math.atan2(b[2], b[1]));
  const hue = Math.min(turn, 2 * Math.PI - turn);
  return hue + Math.abs(chromaA - chromaB) * 0.5 + Math.abs(a[0] - b[0]) * 0.25;
}

/**
 * The named colour nearest to one a client set, by hue first: `#RRGGBB`, with or without alpha (`#RRGGBBAA`). What is no
 * such colour is blue, as a calendar without one.
 */
export function nearestColor(hex: string | null): ColorName {
  if (hex === null || !/^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(hex)) return 'blue';
  const wanted = oklab(hex);
  if (Math.hypot(wanted[1], wanted[2]) < GREY) return 'slate';
  let best: ColorName = 'blue';
  let least = Number.POSITIVE_INFINITY;
  for (const name of COLOR_NAMES) {
    if (name === 'slate') continue;
    const found = distance(wanted, oklab(COLOR_VALUES[name]));
    if (found < least) [best, least] = [name, found];
  }
  return best;
}
