/** Where the other engine is known to differ, and the sentence of the RFC that decides. */
import { createZones, type Zone } from '../../models/ical/zones.ts';
import { secondsAt } from '../support/calendar-text.ts';

/** One rule with its start, as both engines are asked. */
export interface RuleCase {
  readonly rule: string;
  readonly start: string;
  readonly zone: string | null;
  readonly to: string;
  readonly limit: number;
}

interface Known {
  readonly name: string;
  readonly applies: (one: RuleCase) => boolean;
  /** Says whether it is right that only our answer (`isOurs`), or only the other one, has a wall time. */
  readonly isRight: (local: number, isOurs: boolean, one: RuleCase) => boolean;
}

const ZONES = createZones();
const DAY = 86_400;
/** No period that positions are counted in is longer, but for years: of these no rule is drawn in a zone. */
const LONGEST_DAYS = 31;

const zoneOf = (one: RuleCase): Zone | null => (one.zone === null ? null : ZONES.iana(one.zone));

/** Says whether the clock of a zone skips some time in the period around a wall time. */
function isNearGap(local: number, zone: Zone | null): boolean {
  if (zone === null) return false;
  const offset = (day: number): number => day - zone.toUtcSeconds(day);
  const first = local - LONGEST_DAYS * DAY;
  const days = Array.from({ length: 2 * LONGEST_DAYS }, (_, at) => first + at * DAY);
  return days.some((day) => offset(day + DAY) > offset(day));
}

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const partOf = (rule: string, name: string): string | undefined =>
  rule
    .split(';')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** The week a day lies in: that of the year which holds at least four of its days (RFC 5545 §3.3.10, ISO 8601). */
function weekOf(local: number, weekStart: string): { readonly year: number; readonly week: number } {
  const day = Math.floor(local / DAY);
  const first = DAYS.indexOf(weekStart);
  const fourth = new Date((day - ((((day + 4 - first) % 7) + 7) % 7) + 3) * DAY * 1000);
  const year = fourth.getUTCFullYear();
  const dayOfYear = (fourth.getTime() - Date.UTC(year, 0, 1)) / (DAY * 1000);
  return { year, week: 1 + Math.floor(dayOfYear / 7) };
}

/** Says whether a day lies in a week that BYWEEKNO names, counted from either end of the year. */
function isInWeeks(local: number, rule: string): boolean {
  const weekStart = partOf(rule, 'WKST') ?? 'MO';
  const { year, week } = weekOf(local, weekStart);
  const weeks = weekOf(Date.UTC(year, 11, 28) / 1000, weekStart).week;
  const wanted = (partOf(rule, 'BYWEEKNO') ?? '').split(',').map(Number);
  return wanted.includes(week) || wanted.includes(week - weeks - 1);
}

function isTurnOfYear(local: number): boolean {
  const date = new Date(local * 1000);
  return date.getUTCMonth() === 11
    ? date.getUTCDate() > 28
    : date.getUTCMonth() === 0 && date.getUTCDate() < 4;
}

const KNOWN: readonly Known[] = [
  {
    // "BYWEEKNO ... weeks according to week numbering as defined in [ISO.8601.2004] ... Week number one of the calendar year is
    // the first week that contains at least four (4) days in that calendar year" (RFC 5545 §3.3.10). Where a year begins inside
    // a week of the year before, dateutil takes week 52 for 53, and does not find weeks that are counted from the end.
    name: 'weeks at the turn of the year',
    applies: ({ rule }) => rule.includes('BYWEEKNO'),
    isRight: (local, isOurs, { rule }) => isTurnOfYear(local) && isInWeeks(local, rule) === isOurs,
  },
  {
    // "... nonexistent local time ... such recurrence instances MUST be ignored and MUST NOT be counted as part of the
    // recurrence set" (RFC 5545 §3.3.10), so that they have no position in it either. dateutil knows no zone while it counts.
    name: 'positions in a period with a skipped time',
    applies: ({ rule, zone }) => zone !== null && rule.includes('BYSETPOS'),
    isRight: (local, _, one) => isNearGap(local, zoneOf(one)),
  },
];

/** Up to where an answer is complete: one that was cut, or counted, ends at its last instance. */
function reachOf(list: readonly number[], { rule, limit }: RuleCase): number {
  const isOpen = list.length < limit && !rule.includes('COUNT=');
  return isOpen ? Number.POSITIVE_INFINITY : (list.at(-1) ?? 0);
}

/** Every instance that only one of the two has, as far as both go, is as it should be. */
function isExplained(
  one: RuleCase,
  ours: readonly string[],
  theirs: readonly string[],
  known: Known,
): boolean {
  const [own, other] = [ours.map(secondsAt), theirs.map(secondsAt)];
  const reach = Math.min(reachOf(own, one), reachOf(other, one));
  const lacks = (list: readonly number[]) => (local: number) => local <= reach && !list.includes(local);
  return (
    own.filter(lacks(other)).every((local) => known.isRight(local, true, one)) &&
    other.filter(lacks(own)).every((local) => known.isRight(local, false, one))
  );
}

/** Says how two answers compare: `equal`, the name of a known difference, who gave up, or `unexplained`. */
export function judge(
  one: RuleCase,
  ours: readonly string[] | null,
  theirs: readonly string[] | null,
): string {
  if (ours === null) return 'gave up here';
  if (theirs === null) return 'gave up there';
  if (ours.join() === theirs.join()) return 'equal';
  const known = KNOWN.find((each) => each.applies(one) && isExplained(one, ours, theirs, each));
  return known?.name ?? 'unexplained';
}
