/** Where the other engine is known to differ, and the sentence of the RFC that decides. */

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
  readonly applies: (rule: string) => boolean;
  /** Says whether a wall time is one that both answers are compared without. */
  readonly isApart: (local: string) => boolean;
}

const isTurnOfYear = (local: string): boolean => /^\d{4}(12(29|30|31)|010[123])/.test(local);

const KNOWN: readonly Known[] = [
  {
    // "BYWEEKNO ... weeks according to week numbering as defined in [ISO.8601.2004]" (RFC 5545 §3.3.10): week -53 of a year
    // with 53 weeks is its week 1, which may begin in December of the year before. dateutil finds it there by number 1 only.
    name: 'first week of a year counted from its end',
    applies: (rule) => /BYWEEKNO=[^;]*-5[123]/.test(rule),
    isApart: isTurnOfYear,
  },
];

/** Equal as far as both go, without what is known to differ; a COUNT ends the two at different times then. */
function agreesApart(ours: readonly string[], theirs: readonly string[], known: Known): boolean {
  const [own, other] = [ours, theirs].map((list) => list.filter((local) => !known.isApart(local)));
  if (own === undefined || other === undefined) return false;
  const length = Math.min(own.length, other.length);
  return own.slice(0, length).join() === other.slice(0, length).join();
}

/** Says how two answers compare: `equal`, the name of a known difference, who gave up, or `unexplained`. */
export function judge(
  { rule }: RuleCase,
  ours: readonly string[] | null,
  theirs: readonly string[] | null,
): string {
  if (ours === null) return 'gave up here';
  if (theirs === null) return 'gave up there';
  if (ours.join() === theirs.join()) return 'equal';
  return (
    KNOWN.find((known) => known.applies(rule) && agreesApart(ours, theirs, known))?.name ?? 'unexplained'
  );
}
