/** Where the other engine is known to differ, and the sentence of the RFC that decides. */

import { localSeconds, parseDateTime } from '../../models/ical/values.ts';
import { createZones, type Zone } from '../../models/ical/zones.ts';

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
  /** Says whether a wall time is one that both answers are compared without. */
  readonly isApart: (local: string, zone: Zone | null) => boolean;
}

const ZONES = createZones();
const DAY = 86_400;
/** No period that positions are counted in is longer, but for years: of these no rule is drawn in a zone. */
const LONGEST_DAYS = 31;

/** Says whether the clock of a zone skips some time in the period around a wall time. */
function isNearGap(local: string, zone: Zone | null): boolean {
  const value = parseDateTime(local);
  if (zone === null || value === null) return false;
  const offset = (day: number): number => day - zone.toUtcSeconds(day);
  const first = localSeconds(value) - LONGEST_DAYS * DAY;
  const days = Array.from({ length: 2 * LONGEST_DAYS }, (_, at) => first + at * DAY);
  return days.some((day) => offset(day + DAY) > offset(day));
}

const isTurnOfYear = (local: string): boolean => /^\d{4}(12(29|30|31)|010[123])/.test(local);

const KNOWN: readonly Known[] = [
  {
    // "BYWEEKNO ... weeks according to week numbering as defined in [ISO.8601.2004]" (RFC 5545 §3.3.10): week -53 of a year
    // with 53 weeks is its week 1, which may begin in December of the year before. dateutil finds it there by number 1 only.
    name: 'first week of a year counted from its end',
    applies: ({ rule }) => /BYWEEKNO=[^;]*-5[123]/.test(rule),
    isApart: isTurnOfYear,
  },
  {
    // "... nonexistent local time ... such recurrence instances MUST be ignored and MUST NOT be counted as part of the
    // recurrence set" (RFC 5545 §3.3.10), so that they have no position in it either. dateutil knows no zone while it counts.
    name: 'positions in a period with a skipped time',
    applies: ({ rule, zone }) => zone !== null && rule.includes('BYSETPOS'),
    isApart: isNearGap,
  },
];

/** Equal as far as both go, without what is known to differ; a COUNT ends the two at different times then. */
function agreesApart(
  ours: readonly string[],
  theirs: readonly string[],
  known: Known,
  zone: Zone | null,
): boolean {
  const [own, other] = [ours, theirs].map((list) => list.filter((local) => !known.isApart(local, zone)));
  if (own === undefined || other === undefined || own.length < ours.length / 2) return false;
  const length = Math.min(own.length, other.length);
  return own.slice(0, length).join() === other.slice(0, length).join();
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
  const zone = one.zone === null ? null : ZONES.iana(one.zone);
  const known = KNOWN.find((each) => each.applies(one) && agreesApart(ours, theirs, each, zone));
  return known?.name ?? 'unexplained';
}
