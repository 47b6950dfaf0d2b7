import { SECONDS_PER_DAY } from './values.ts';
import { tableZone, type YearTable, yearStart, type Zone } from './zone-tables.ts';

/** IANA zones as Node's ICU knows them. */

/** IANA names without a region. ICU knows more short names, such as AST for Alaska, that are not IANA's. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(
  (
    'UTC UCT GMT GMT0 GMT+0 GMT-0 ZULU UNIVERSAL GREENWICH CET MET EET WET EST MST HST EST5EDT CST6CDT MST7MDT PST8PDT CUBA EGYPT ' +
    'EIRE GB GB-EIRE HONGKONG ICELAND IRAN ISRAEL JAMAICA JAPAN KWAJALEIN LIBYA NAVAJO NZ NZ-CHAT POLAND PORTUGAL PRC ' +
    'ROC ROK SINGAPORE TURKEY W-SU'
  ).split(' '),
);

const REGIONAL_NAME =
  /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)\/[A-Za-z0-9_+/-]{1,40}$/i;

/** Says whether a text has the form of an IANA name; ICU decides whether there is such a zone. */
export function looksLikeIana(id: string): boolean {
  return REGIONAL_NAME.test(id) || PLAIN_NAMES.has(id.toUpperCase());
}

/** Finds a zone by its IANA name in any letter case; null when ICU has none of that name. */
export function ianaZone(id: string): Zone | null {
  if (!looksLikeIana(id)) return null;
  let format: Intl.DateTimeFormat;
  try {
    // The less there is to write beside the offset, the faster it is.
    format = new Intl.DateTimeFormat('en-US', { timeZone: id, timeZoneName: 'longOffset', hour: 'numeric' });
  } catch {
    return null;
  }
  const offsetAt = (utcSeconds: number): number => readOffset(format.format(utcSeconds * 1000));
  return tableZone(id, 'iana', (year) => scanYear(year, offsetAt));
}

/** Reads the offset at the end of `11 PM GMT-00:44:30`; `GMT` alone is 0. */
function readOffset(text: string): number {
  const at = text.lastIndexOf('GMT') + 3;
  if (at >= text.length) return 0;
  const part = (from: number): number => Number(text.slice(at + from, at + from + 2) || '0');
  const size = part(1) * 3600 + part(4) * 60 + part(7);
  return text[at] === '+' ? size : -size;
}

/**
 * A zone that leaves an offset and comes back to it between two looks is not seen to have left. The shortest such times
 * that ICU knows of are seven days less an hour: Recife in October 2000, Gaza in Octobers to come.
 */
const SCAN_STEP = 6 * SECONDS_PER_DAY;

function scanYear(year: number, offsetAt: (utc: number) => number): YearTable {
  const startUtc = yearStart(year);
  const endUtc = yearStart(year + 1);
  // The second before belongs to the year before: a change at the first moment of a year is one of this year.
  const firstOffset = offsetAt(startUtc - 1);
  const at: number[] = [];
  const offsets: number[] = [];
  let from = startUtc - 1;
  let offset = firstOffset;
  while (from < endUtc) {
    const to = Math.min(from + SCAN_STEP, endUtc - 1);
    const later = offsetAt(to);
    if (later === offset) {
      from = to === endUtc - 1 ? endUtc : to;
      continue;
    }
    from = findChange(from, to, offset, offsetAt);
    offset = offsetAt(from);
    at.push(from);
    offsets.push(offset);
  }
  return { startUtc, endUtc, firstOffset, at, offsets };
}

/** Finds the first second in `(low, high]` whose offset is not `offset`: by whole hours first, where most changes are. */
function findChange(low: number, high: number, offset: number, offsetAt: (utc: number) => number): number {
  let below = Math.floor(low / 3600);
  let above = Math.ceil(high / 3600);
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (offsetAt(middle * 3600) === offset) below = middle;
    else above = middle;
  }
  let before = Math.max(below * 3600, low);
  let after = Math.min(above * 3600, high);
  if (after - before > 1 && offsetAt(after - 1) === offset) return after;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}
