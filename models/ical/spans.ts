import { all, type Component, first, param, rawValue } from './component.ts';
import { endOf, momentOf, type Reading, readMoment } from './series.ts';
import { parsePeriod } from './values.ts';

/** Spans of components that do not recur: periods of VFREEBUSY, and to-dos without dates. UTC epoch seconds. */

/** What a span says about its owner's time (RFC 5545 §3.2.9). */
export type BusyKind = 'busy' | 'tentative' | 'free' | 'unavailable';

export interface Span {
  readonly startUtc: number;
  readonly endUtc: number;
  readonly busy: BusyKind;
}

/** 0001-01-01 and 9999-12-31: what "always" means in an index. */
export const BEGINNING_UTC = -62_135_596_800;
export const END_UTC = 253_402_300_799;

/** Says how a component takes up time: only events do, unless transparent or cancelled (RFC 4791 §7.10). */
export function busyOf(component: Component): BusyKind {
  if (component.name !== 'VEVENT') return 'free';
  if (rawValue(component, 'TRANSP')?.trim().toUpperCase() === 'TRANSPARENT') return 'free';
  const status = rawValue(component, 'STATUS')?.trim().toUpperCase();
  if (status === 'CANCELLED') return 'free';
  return status === 'TENTATIVE' ? 'tentative' : 'busy';
}

const FREE_BUSY_TYPES: ReadonlyMap<string, BusyKind> = new Map([
  ['FREE', 'free'],
  ['BUSY-TENTATIVE', 'tentative'],
  ['BUSY-UNAVAILABLE', 'unavailable'],
]);

/** Lists the periods of a VFREEBUSY's FREEBUSY properties; unknown types count as busy. */
export function freeBusyPeriods(component: Component, reading: Reading): readonly Span[] {
  return all(component, 'FREEBUSY').flatMap((property) => {
    const busy = FREE_BUSY_TYPES.get(param(property, 'FBTYPE')?.toUpperCase() ?? 'BUSY') ?? 'busy';
    return property.value.split(',').flatMap((text) => {
      const span = periodSpan(text, undefined, reading);
      return span === null || span.endUtc <= span.startUtc ? [] : [{ ...span, busy }];
    });
  });
}

/** From one moment to another, UTC epoch seconds. */
export type Period = Pick<Span, 'startUtc' | 'endUtc'>;

/** Reads a PERIOD whose property has that TZID; null when it is none. */
export function periodSpan(text: string, tzid: string | undefined, reading: Reading): Period | null {
  const period = parsePeriod(text.trim());
  if (period === null) return null;
  const { utc: startUtc, local, zone } = momentOf(period.start, tzid, reading);
  if ('end' in period) return { startUtc, endUtc: momentOf(period.end, tzid, reading).utc };
  return { startUtc, endUtc: endOf(startUtc, local, zone, { kind: 'nominal', duration: period.duration }) };
}

/** The span of a to-do that has neither DTSTART nor DUE, by CREATED and COMPLETED; all time without these. */
export function undatedTodo(todo: Component, reading: Reading): Span {
  const created = readMoment(first(todo, 'CREATED'), reading)?.utc ?? null;
  const completed = readMoment(first(todo, 'COMPLETED'), reading)?.utc ?? null;
  const busy = 'free';
  if (completed !== null) {
    const other = created ?? completed;
    return { startUtc: Math.min(other, completed), endUtc: Math.max(other, completed), busy };
  }
  return { startUtc: created ?? BEGINNING_UTC, endUtc: END_UTC, busy };
}
