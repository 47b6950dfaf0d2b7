import { setImmediate } from 'node:timers/promises';
import { timezoneCalendar, writeTimezone } from './vtimezone.ts';
import { FIRST_ZONE_YEAR, yearStart, type Zone } from './zone-tables.ts';

/** What a time zone service tells of a zone (RFC 7808): its VTIMEZONE, whole or cut, and its changes of offset. */

/** Seconds of the first moment that is known of any zone: before it, none had another time than that of its sun. */
export const KNOWN_FROM_UTC = yearStart(FIRST_ZONE_YEAR);
/** Seconds of the moment up to which changes are listed one by one. */
export const KNOWN_TO_UTC = yearStart(2100);

/** From `startUtc` on, and before `endUtc`; seconds. */
export interface Cut {
  readonly startUtc?: number;
  readonly endUtc?: number;
}

/** A change of offset, or what held at the beginning of a list (RFC 7808 §6.3). */
export interface ZoneObservance {
  readonly name: 'Standard' | 'Daylight';
  readonly onsetUtc: number;
  readonly from: number;
  readonly to: number;
}

/** Years looked at before others may run; each costs a fifth of a millisecond. */
const YEARS_AT_A_TIME = 16;

const yearOf = (utc: number): number => new Date(utc * 1000).getUTCFullYear();

/** Has the zone find its changes, which it keeps, without holding others up. */
async function findChanges(zone: Zone, startUtc: number, endUtc: number): Promise<void> {
  const last = yearOf(endUtc);
  for (let year = yearOf(startUtc); year <= last; year++) {
    zone.changesIn(year);
    if (year % YEARS_AT_A_TIME === 0) await setImmediate();
  }
}

/** Writes a calendar with the VTIMEZONE of a zone under `id`; `aliasOf` is the name it is an alias of. */
export async function zoneCalendar(
  zone: Zone,
  id: string,
  options: Cut & { readonly aliasOf?: string },
): Promise<string> {
  const { startUtc = KNOWN_FROM_UTC } = options;
  await findChanges(zone, startUtc, Math.min(options.endUtc ?? KNOWN_TO_UTC, KNOWN_TO_UTC));
  return timezoneCalendar(writeTimezone(id, zone, { ...options, startUtc }));
}

/** Lists what holds at `startUtc` and the changes after it, before `endUtc`; both are between the known moments. */
export async function observancesOf(zone: Zone, startUtc: number, endUtc: number): Promise<ZoneObservance[]> {
  await findChanges(zone, startUtc, endUtc);
  const from = zone.offsetAt(startUtc - 1);
  const found: ZoneObservance[] = [
    { name: nameAt(zone, startUtc), onsetUtc: startUtc, from, to: zone.offsetAt(startUtc) },
  ];
  for (let year = yearOf(startUtc); year <= yearOf(endUtc); year++)
    for (const change of zone.changesIn(year))
      if (change.utc > startUtc && change.utc < endUtc)
        found.push({ name: nameOf(change), onsetUtc: change.utc, from: change.from, to: change.to });
  return found;
}

/** As the blocks of a VTIMEZONE are named: ICU does not say which of two offsets is the standard one. */
function nameOf({ from, to }: { readonly from: number; readonly to: number }): ZoneObservance['name'] {
  return to > from ? 'Daylight' : 'Standard';
}

/** The name of what holds at a moment: that of the change within a year before it. */
function nameAt(zone: Zone, utc: number): ZoneObservance['name'] {
  const year = yearOf(utc);
  const before = [...zone.changesIn(year - 1), ...zone.changesIn(year)].filter(
    (change) => change.utc <= utc && change.utc > utc - 366 * 86_400,
  );
  const last = before.at(-1);
  return last === undefined ? 'Standard' : nameOf(last);
}
