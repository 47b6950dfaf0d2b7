/** Names of browsers in the order in which they give themselves away. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Browser and system behind a `User-Agent`, such as `['Firefox', 'Linux']`; null where nothing is known of one. */
export function browserOf(userAgent: string | null): readonly [string | null, string | null] {
  const find = (rows: typeof BROWSERS) =>
    rows.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? null;
  return [find(BROWSERS), find(SYSTEMS)];
}
