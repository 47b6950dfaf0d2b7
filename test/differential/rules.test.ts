/** Rules against a second, independent engine: python-dateutil of the system. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { openRuleRunner } from '../../models/ical/runner.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import { secondsAt, stamp } from '../support/calendar-text.ts';
import { byParts, type Frequency } from '../support/random-rules.ts';
import { testSeed } from '../support/seed.ts';
import { compareAll, findPython } from './engine.ts';
import { judge, type RuleCase } from './known.ts';

/** Rules to compare; 100,000 with `DAYBOOK_CASES`. */
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 300);
const LIMIT = 40;
const DAY = 86_400;

/** How far a rule is followed, in days. */
const REACH: Readonly<Record<Frequency, number>> = {
  SECONDLY: 2,
  MINUTELY: 40,
  HOURLY: 700,
  DAILY: 4000,
  WEEKLY: 9000,
  MONTHLY: 22_000,
  YEARLY: 45_000,
};
const FREQUENCIES = Object.keys(REACH) as Frequency[];
/** Zones whose rules have stood for long: the two engines have their data from different places. */
const ZONES = [
  null,
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Europe/Dublin',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
];

const start = fc
  .tuple(
    fc.constantFrom(
      '1972-02-28',
      '1997-09-01',
      '2000-02-28',
      '2015-10-24',
      '2024-02-28',
      '2026-03-07',
      '2026-10-30',
    ),
    fc.integer({ min: 0, max: 400 }),
    fc.constantFrom(0, 900, 3600, 7200, 9000, 10_800, 32_400, 86_340, 86_399),
  )
  .map(([day, offset, time]) => Date.parse(day) / 1000 + offset * DAY + time);

const ruleCase: fc.Arbitrary<RuleCase> = fc.constantFrom(...FREQUENCIES).chain((frequency) =>
  fc
    .record({
      parts: byParts(frequency),
      interval: fc.constantFrom(1, 1, 1, 2, 3, 7, 13),
      end: fc.oneof(
        fc.constant(null),
        fc.integer({ min: 1, max: 30 }),
        fc.tuple(fc.constantFrom('DATE', 'UTC', 'LOCAL'), fc.integer({ min: 0, max: 100 })),
      ),
      start,
      zone: fc.constantFrom(...ZONES),
    })
    .map(({ parts, interval, end, start: from, zone }) => {
      const text = [`FREQ=${frequency}`, ...(interval === 1 ? [] : [`INTERVAL=${interval}`]), ...parts];
      const to = from + REACH[frequency] * DAY;
      if (typeof end === 'number') text.push(`COUNT=${end}`);
      else if (end !== null) {
        const until = stamp(from + Math.floor(((to - from) * end[1]) / 100));
        text.push(`UNTIL=${end[0] === 'DATE' ? until.slice(0, 8) : end[0] === 'UTC' ? `${until}Z` : until}`);
      }
      const rule = text.join(';');
      // What the other engine gets wrong in a period where the clock skips a time is told apart by months, not by years.
      const isYearly = frequency === 'YEARLY' && rule.includes('BYSETPOS');
      return { rule, start: stamp(from), zone: isYearly ? null : zone, to: stamp(to), limit: LIMIT };
    }),
);

type Answer = { readonly locals: readonly string[] } | { readonly failed: string };

function readAnswer(value: object): Answer {
  const locals: unknown = Reflect.get(value, 'locals');
  if (!Array.isArray(locals)) return { failed: String(Reflect.get(value, 'failed')) };
  return { locals: locals.map(String) };
}

const runner = openRuleRunner(DEFAULT_LIMITS);

/** What our engine says; null where it gave up within its bounds. */
async function ours({ rule, start: from, zone, to }: RuleCase): Promise<readonly string[] | null> {
  const tzid = zone === null ? '' : `;TZID=${zone}`;
  const lines = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', `DTSTART${tzid}:${from}`, `RRULE:${rule}`];
  const text = [...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
  const read = (zone === null ? null : runner.zones.iana(zone)) ?? runner.zones.iana('UTC');
  assert.ok(read);
  const window = {
    startUtc: read.toUtcSeconds(secondsAt(from)),
    endUtc: read.toUtcSeconds(secondsAt(to)) + 1,
  };
  const { occurrences, isTruncated } = await runner.expand(Buffer.from(text), window, {
    maxInstances: LIMIT,
    floating: read,
  });
  if (isTruncated && occurrences.length < LIMIT) return null;
  const [, ...later] = occurrences.slice(0, LIMIT);
  // DTSTART is an instance even where the clock skips it.
  return [from, ...later.map(({ startUtc }) => stamp(read.toLocal(startUtc)))];
}

function told(one: RuleCase, own: readonly string[] | null, theirs: Answer): string {
  const other = 'locals' in theirs ? theirs.locals.join(' ') : theirs.failed;
  return `${JSON.stringify(one)}\nours   ${own?.join(' ')}\ntheirs ${other}`;
}

const found = findPython('import dateutil');

describe('rules as python-dateutil reads them', {
  skip: found === null && 'python3-dateutil is not installed',
}, () => {
  after(() => runner.close());

  test('random rules give the same instances', { timeout: 3_600_000 }, async (t) => {
    const cases = fc.sample(ruleCase, { seed: testSeed(), numRuns: CASES });
    const engine = { python: found?.python ?? '', script: 'rules.py' };
    const question = (one: RuleCase): RuleCase => one;
    await compareAll(t, { engine, share: 0.9 }, cases, question, async (one, answer) => {
      const theirs = readAnswer(answer);
      const own = await ours(one);
      const verdict = judge(one, own, 'locals' in theirs ? theirs.locals : null);
      return { verdict, told: () => told(one, own, theirs) };
    });
  });
});
