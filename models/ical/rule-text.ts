import ICAL from 'ical.js';
import { GREGORIAN } from './rules.ts';
import { parseDateTime } from './values.ts';

/** Judges the text of a recurrence rule before anybody expands it (RFC 5545 §3.3.10). */

const MAX_INTERVAL = 9_999;
const MAX_COUNT = 1_000_000;
/** Combinations of BY lists: a rule with more cannot be expanded within any budget. */
const MAX_COMBINATIONS = 10_000;
/** The longest rule that means anything lists all of BYYEARDAY: about 2,000 characters. */
const MAX_RULE_LENGTH = 8_000;

const PARTS: ReadonlySet<string> = new Set(
  (
    'FREQ UNTIL COUNT INTERVAL BYSECOND BYMINUTE BYHOUR BYDAY BYMONTHDAY BYYEARDAY BYWEEKNO BYMONTH BYSETPOS WKST ' +
    'RSCALE SKIP'
  ).split(' '),
);

/** Lists in which 0 means nothing; ical.js lets it pass. */
const FROM_ONE: ReadonlySet<string> = new Set(['BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS']);

/** Calendars rules may count in: the values of RSCALE that are served (RFC 7529). */
export const RSCALES: readonly string[] = [GREGORIAN];

/** Finds the calendar a rule counts in when it is none of `RSCALES`; null otherwise. */
export function foreignScale(rule: string): string | null {
  const scale = /(?:^|;)\s*RSCALE\s*=\s*([^;]*)/i.exec(rule)?.[1]?.trim().toUpperCase();
  return scale === undefined || RSCALES.includes(scale) ? null : scale;
}

/** Says what is wrong with a rule, as the end of a sentence about it; null when nothing is. */
export function judgeRule(rule: string): string | null {
  const text = rule.trim().toUpperCase();
  if (text.length > MAX_RULE_LENGTH)
    return `has ${text.length} characters; at most ${MAX_RULE_LENGTH} are read.`;
  const parts = new Map<string, string>();
  for (const part of text.replace(/;$/, '').split(';')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (!PARTS.has(name) && !name.startsWith('X-')) return `has the unknown part "${part.slice(0, 40)}".`;
    if (parts.has(name)) return `has the part ${name} twice.`;
    parts.set(name, part.slice(equals + 1).trim());
  }
  return judgeBounds(parts) ?? judgeLists(parts) ?? judgeSyntax(parts);
}

function judgeBounds(parts: ReadonlyMap<string, string>): string | null {
  if (!parts.has('FREQ')) return 'has no FREQ.';
  const interval = parts.get('INTERVAL');
  if (interval !== undefined && !isWithin(interval, MAX_INTERVAL)) {
    return `has INTERVAL=${interval.slice(0, 20)}; expected 1 to ${MAX_INTERVAL}.`;
  }
  const count = parts.get('COUNT');
  if (count !== undefined && !isWithin(count, MAX_COUNT)) {
    return `has COUNT=${count.slice(0, 20)}; expected 1 to ${MAX_COUNT}.`;
  }
  const until = parts.get('UNTIL');
  if (until !== undefined && count !== undefined) return 'has both COUNT and UNTIL; send one of them.';
  if (until !== undefined && parseDateTime(until) === null) {
    return `has UNTIL=${until.slice(0, 20)}; expected a date or a time.`;
  }
  return judgeSkip(parts);
}

const SKIPS: ReadonlySet<string> = new Set(['OMIT', 'FORWARD', 'BACKWARD']);

/** RFC 7529 §4: SKIP goes with RSCALE. */
function judgeSkip(parts: ReadonlyMap<string, string>): string | null {
  const skip = parts.get('SKIP');
  if (skip === undefined) return null;
  if (!SKIPS.has(skip)) return `has SKIP=${skip.slice(0, 20)}; expected ${[...SKIPS].join(', ')}.`;
  return parts.has('RSCALE') ? null : 'has SKIP without RSCALE; send both of them.';
}

function isWithin(text: string, most: number): boolean {
  return /^\+?\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most;
}

function judgeLists(parts: ReadonlyMap<string, string>): string | null {
  let combinations = 1;
  for (const [name, value] of parts) {
    if (!name.startsWith('BY')) continue;
    if (value === '') return `has an empty ${name}.`;
    if (name === 'BYMONTH' && value.includes('L'))
      return 'has a leap month; the Gregorian calendar has none.';
    const values = new Set(value.split(','));
    if (FROM_ONE.has(name) && values.has('0'))
      return `has ${name}=0; days, weeks and positions count from 1 or -1.`;
    combinations *= values.size;
  }
  if (combinations <= MAX_COMBINATIONS) return null;
  return `combines its BY lists to ${combinations} cases; at most ${MAX_COMBINATIONS} are kept.`;
}

/** Leaves frequency, weekdays and the range of every number to ical.js, which throws for what it cannot read. */
function judgeSyntax(parts: ReadonlyMap<string, string>): string | null {
  const known = [...parts].filter(([name]) => name !== 'RSCALE' && name !== 'SKIP' && name !== 'UNTIL');
  try {
    ICAL.Recur.fromString(known.map(([name, value]) => `${name}=${value}`).join(';'));
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is not a rule: ${reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 120)}.`;
  }
}
