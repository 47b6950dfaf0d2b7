/**
 * Offsets as other people's programs find them: Python's zoneinfo for IANA names, dateutil for VTIMEZONEs that are written
 * here, made at random, or stand in the files of many programs. `DAYBOOK_CASES` above 1000 asks for every IANA zone
 * and every file.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { children, rawValue } from '../../models/ical/component.ts';
import { readLines } from '../../models/ical/lines.ts';
import { ownZone } from '../../models/ical/own-zones.ts';
import { parseTree } from '../../models/ical/parse.ts';
import { createZones, type Zone } from '../../models/ical/zones.ts';
import { randomTimezone } from '../support/random-timezone.ts';
import { testSeed } from '../support/seed.ts';
import { findPython } from './engine.ts';

const SEED = testSeed();
const CASES = Number(process.env['DAYBOOK_CASES'] ?? 25);
const CORPUS = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');
const SCRIPT = join(import.meta.dirname, 'zones.py');
const PYTHON = findPython('import zoneinfo, dateutil.tz')?.python;

type Moment = readonly [utc: number, offset: number, fold: 0 | 1];
interface TextCase {
  readonly id: string;
  readonly text: string;
  readonly tzical: boolean;
  readonly moments: readonly Moment[];
}
interface IanaCase {
  readonly id: string;
  readonly moments: readonly Moment[];
}

const utcOf = (year: number): number => Date.UTC(year, 0, 1) / 1000;

/** Random moments, and the seconds around every change of offset. */
function momentsOf(zone: Zone, from: number, to: number, random: readonly number[]): readonly Moment[] {
  const utcs = random.map((share) => Math.floor(utcOf(from) + share * (utcOf(to + 1) - utcOf(from))));
  for (let year = from; year <= to; year++)
    for (const { utc } of zone.changesIn(year)) utcs.push(utc - 1, utc, utc + 1);
  return utcs.map((utc) => {
    const offset = zone.offsetAt(utc);
    return [utc, offset, zone.toUtcSeconds(utc + offset) === utc ? 0 : 1];
  });
}

const shares = (count: number, seed: number): readonly number[] =>
  fc.sample(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { numRuns: count, seed });

function judge(cases: { iana: readonly IanaCase[]; texts: readonly TextCase[] }): void {
  const told = spawnSync(PYTHON ?? '', [SCRIPT], { input: JSON.stringify(cases), maxBuffer: 1 << 28 });
  assert.equal(told.status, 0, told.stderr.toString());
  const { compared, differences, unread } = JSON.parse(told.stdout.toString());
  console.log(`${compared} moments compared${unread.length > 0 ? `; not read by tzical: ${unread}` : ''}`);
  const wanted = [...cases.iana, ...cases.texts].reduce((sum, { moments }) => sum + moments.length, 0);
  assert.ok(compared > 0.9 * wanted);
  assert.deepEqual(
    differences.slice(0, 20).map(([by, id, utc, ours, theirs]: [string, string, number, number, number]) => {
      const { text } = cases.texts.find((one) => one.id === id) ?? { text: '' };
      return `${by} ${id} ${new Date(utc * 1000).toISOString()} ${ours}, not ${theirs}\n${text}`;
    }),
    [],
  );
}

/** Every zone, or as many as there are cases: by the seed. */
function someZones(): readonly string[] {
  const all = Intl.supportedValuesOf('timeZone');
  if (CASES > 1000) return all;
  const few =
    fc.sample(fc.subarray(all, { minLength: 12, maxLength: 12 }), { numRuns: 1, seed: SEED })[0] ?? [];
  return [
    ...few,
    'Africa/Casablanca',
    'Asia/Gaza',
    'Africa/Cairo',
    'America/Nuuk',
    'Pacific/Apia',
    'Europe/Dublin',
  ];
}

function timezonesIn(text: string): readonly string[] {
  return text.match(/^BEGIN:VTIMEZONE\r?\n[\s\S]*?^END:VTIMEZONE/gm) ?? [];
}

function zoneOfText(text: string): { readonly id: string; readonly zone: Zone | null } {
  const [root] = parseTree(readLines(`BEGIN:VCALENDAR\r\n${text}\r\nEND:VCALENDAR\r\n`));
  const timezone = root === undefined ? undefined : children(root, 'VTIMEZONE')[0];
  assert.ok(timezone);
  return { id: rawValue(timezone, 'TZID') ?? '', zone: ownZone(timezone) };
}

function caseOf(
  id: string,
  text: string,
  seed: number,
  years: readonly [number, number] = [1970, 2050],
): TextCase {
  const { zone } = zoneOfText(text);
  assert.ok(zone, text);
  return { id, text, tzical: true, moments: momentsOf(zone, years[0], years[1], shares(40, seed)) };
}

describe('zones', { skip: PYTHON === undefined ? 'there is no python3 with dateutil' : false }, () => {
  const zones = createZones();

  test('IANA zones are those of zoneinfo', () => {
    // Another release of the data says other things about the years to come, and now and then about those before 2000.
    const iana = someZones().flatMap((id) => {
      const zone = zones.iana(id);
      return zone === null ? [] : [{ id, moments: momentsOf(zone, 2000, 2020, shares(40, SEED)) }];
    });
    judge({ iana, texts: [] });
  });

  test('VTIMEZONEs that are written here mean the zone they are of, up to 2050', () => {
    const texts = someZones().flatMap((id): readonly TextCase[] => {
      const zone = zones.iana(id);
      const text = zones.vtimezone(id)?.trimEnd();
      if (zone === null || text === undefined) return [];
      return [{ id, text, tzical: true, moments: momentsOf(zone, 1970, 2050, shares(40, SEED)) }];
    });
    judge({ iana: [], texts });
  });

  test('VTIMEZONEs of every shape', () => {
    const texts = fc.sample(randomTimezone, { numRuns: CASES, seed: SEED });
    judge({
      iana: [],
      texts: texts.map((text, i) => ({
        ...caseOf(`random ${i}`, text, SEED + i, [2000, 2030]),
        tzical: false,
      })),
    });
  });

  test('VTIMEZONEs of other programs', (t) => {
    if (!existsSync(CORPUS)) return t.skip('the corpus of real files is not here');
    const found = new Map<string, string>();
    for (const entry of readdirSync(CORPUS, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ics|ical)$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      for (const timezone of timezonesIn(text)) found.set(timezone, entry.name);
    }
    const texts: TextCase[] = [];
    const some =
      fc.sample(fc.shuffledSubarray([...found], { minLength: found.size }), { numRuns: 1, seed: SEED })[0] ??
      [];
    for (const [text, file] of some.slice(0, CASES)) {
      // Some files are there to be refused.
      if (/[\u0000-\u0008]/.test(text)) continue;
      const { id, zone } = zoneOfText(text);
      if (zone === null) console.log(`not readable: ${id} in ${file}`);
      else texts.push(caseOf(`${id} in ${file}`, text, SEED, [1985, 2030]));
    }
    console.log(`${texts.length} different VTIMEZONEs`);
    judge({ iana: [], texts });
  });
});
