import type { ExpandWindow } from './expand.ts';
import { foldLine } from './lines.ts';
import type { ParsedCalendar } from './parse.ts';
import type { ExpandOptions, RuleRunner } from './runner.ts';
import type { BusyKind } from './spans.ts';
import { formatUtc } from './values.ts';

/** Free-busy answers (RFC 4791 §7.10): periods merged by kind, and the VFREEBUSY that tells them. */

/** Time taken up; UTC epoch seconds, the end excluded. `free` never appears in an answer. */
export interface BusyPeriod {
  readonly startUtc: number;
  readonly endUtc: number;
  readonly busy: BusyKind;
}

/** Strongest first: a moment that is busy and tentative is busy. */
const KINDS = ['busy', 'unavailable', 'tentative'] as const;

const FBTYPES: Readonly<Record<(typeof KINDS)[number], string>> = {
  busy: 'BUSY',
  unavailable: 'BUSY-UNAVAILABLE',
  tentative: 'BUSY-TENTATIVE',
};

/** Lists the time an object takes up in a window; floating times are read in the zone of the options. */
export async function busyPeriods(
  source: Uint8Array | ParsedCalendar,
  window: ExpandWindow,
  runner: RuleRunner,
  options: ExpandOptions,
): Promise<readonly BusyPeriod[]> {
  const { occurrences } = await runner.expand(source, window, options);
  return occurrences.filter((occurrence) => occurrence.busy !== 'free');
}

/** Merges what overlaps or touches, kind by kind, clips it to the window, and lists it by start. Free periods are left out. */
export function mergeBusy(
  periods: readonly BusyPeriod[],
  window?: { readonly startUtc: number; readonly endUtc: number },
): readonly BusyPeriod[] {
  const merged = KINDS.flatMap((busy) =>
    mergeKind(
      periods.filter((period) => period.busy === busy),
      window,
    ),
  );
  return merged.sort((a, b) => a.startUtc - b.startUtc || KINDS.indexOf(kind(a)) - KINDS.indexOf(kind(b)));
}

function kind(period: BusyPeriod): (typeof KINDS)[number] {
  return period.busy === 'free' ? 'busy' : period.busy;
}

function mergeKind(
  periods: readonly BusyPeriod[],
  window: Pick<ExpandWindow, 'startUtc' | 'endUtc'> | undefined,
): BusyPeriod[] {
  const merged: BusyPeriod[] = [];
  for (const period of [...periods].sort((a, b) => a.startUtc - b.startUtc)) {
    const startUtc = Math.max(period.startUtc, window?.startUtc ?? period.startUtc);
    const endUtc = Math.min(period.endUtc, window?.endUtc ?? period.endUtc);
    if (endUtc <= startUtc) continue;
    const last = merged[merged.length - 1];
    if (last === undefined || startUtc > last.endUtc) merged.push({ startUtc, endUtc, busy: period.busy });
    else if (endUtc > last.endUtc) merged[merged.length - 1] = { ...last, endUtc };
  }
  return merged;
}

/** What a VFREEBUSY says besides its periods. */
export interface FreeBusyAnswer {
  readonly window: { readonly startUtc: number; readonly endUtc: number };
  /** DTSTAMP, UTC epoch seconds. */
  readonly nowUtc: number;
  readonly uid: string;
  readonly productId: string;
  /** Further content lines of the VFREEBUSY, unfolded: ORGANIZER and ATTENDEE of a reply. */
  readonly lines?: readonly string[];
  /** METHOD of the calendar: `REPLY` to a request, absent in a report. */
  readonly method?: string;
}

/** Writes a VCALENDAR with one VFREEBUSY; the periods are merged and clipped first. Lines are folded and end in CRLF. */
export function renderFreeBusy(periods: readonly BusyPeriod[], answer: FreeBusyAnswer): string {
  const { window } = answer;
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', `PRODID:${answer.productId}`];
  if (answer.method !== undefined) lines.push(`METHOD:${answer.method}`);
  lines.push('BEGIN:VFREEBUSY', `UID:${answer.uid}`, `DTSTAMP:${formatUtc(answer.nowUtc)}`);
  lines.push(`DTSTART:${formatUtc(window.startUtc)}`, `DTEND:${formatUtc(window.endUtc)}`);
  lines.push(...(answer.lines ?? []));
  for (const period of mergeBusy(periods, window)) {
    const span = `${formatUtc(period.startUtc)}/${formatUtc(period.endUtc)}`;
    lines.push(`FREEBUSY;FBTYPE=${FBTYPES[kind(period)]}:${span}`);
  }
  lines.push('END:VFREEBUSY', 'END:VCALENDAR');
  return lines.map(foldLine).join('');
}
