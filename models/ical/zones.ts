import { type Component, rawValue } from './component.ts';
import { ianaZone } from './iana-zones.ts';
import { ownZone } from './own-zones.ts';
import { writeTimezone } from './vtimezone.ts';
import { type ForeignZone, foreignZone } from './windows-zones.ts';
import { fixedZone, type Zone } from './zone-tables.ts';

/** From a TZID to a zone: IANA by Node's ICU, the object's own VTIMEZONE, other people's names; else floating. */

export type { Zone } from './zone-tables.ts';

/** Zones of a process or a job: keeps every table it made for as long as it is held itself. */
export interface Zones {
  /** Finds a zone by its IANA name in any letter case, or null. */
  iana(id: string): Zone | null;
  /** Reads a name that is not IANA's: Windows, Outlook's display texts, prefixed IANA names, bare offsets; or null. */
  foreign(name: string): Zone | null;
  /** Writes the VTIMEZONE of an IANA zone (RFC 5545 §3.6.5) with CRLF line ends, or null. */
  vtimezone(ianaId: string): string | null;
}

/** Zones of one object: a TZID always finds one, the floating zone where nobody knows the name. */
export interface ObjectZones {
  find(tzid: string): Zone;
}

export const UTC: Zone = fixedZone('UTC', 'utc', 0);
/** Local time without a zone: its wall time is taken as UTC until somebody says which zone it is read in. */
export const FLOATING: Zone = fixedZone('floating', 'floating', 0);

/** Names are user input: above this many the memory of names begins anew. */
const MAX_NAMES = 2000;

/** Makes an empty set of zones, which begins anew above `maxNames`; share one as widely as possible, a zone costs about a fifth of a millisecond per year used. */
export function createZones(maxNames = MAX_NAMES): Zones {
  const ianaZones = memo((id: string) => (isUtc(id) ? UTC : ianaZone(id)), maxNames);
  let cities: ReadonlyMap<string, string> | null = null;
  const foreignZones = memo((name: string) => {
    const suffix = ianaSuffix(name, ianaZones);
    if (suffix !== null) return suffix;
    cities ??= cityNames();
    return toZone(name, foreignZone(name, cities), ianaZones);
  }, maxNames);
  const timezones = memo((id: string) => {
    const zone = ianaZones(id);
    return zone === null ? null : writeTimezone(id, zone);
  }, maxNames);
  return { iana: ianaZones, foreign: foreignZones, vtimezone: timezones };
}

function memo<T>(make: (name: string) => T, maxNames = MAX_NAMES): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= maxNames) known.clear();
    const made = make(name);
    known.set(name, made);
    return made;
  };
}

function isUtc(id: string): boolean {
  return /^(?:Etc\/)?(?:UTC|UCT|Zulu|Universal)$/i.test(id);
}

/**
 * Finds the IANA name that others put a prefix before: `/freeassociation.sourceforge.net/Tzfile/Europe/Berlin`. Names
 * without a region, such as `UTC`, are looked for only behind the slash of a name that is unique in the world.
 */
function ianaSuffix(name: string, iana: (id: string) => Zone | null): Zone | null {
  const segments = name.split('/');
  if (segments.length < 3 || segments.length > 10) return null;
  const last = segments.length - (name.startsWith('/') ? 1 : 2);
  for (let i = 1; i <= last; i++) {
    const zone = iana(segments.slice(i).join('/'));
    if (zone !== null) return zone;
  }
  return null;
}

function toZone(name: string, foreign: ForeignZone | null, iana: (id: string) => Zone | null): Zone | null {
  if (foreign === null) return null;
  return 'iana' in foreign ? iana(foreign.iana) : fixedZone(name, 'own', foreign.offset);
}

function cityNames(): ReadonlyMap<string, string> {
  const cities = new Map<string, string>();
  for (const id of Intl.supportedValuesOf('timeZone')) {
    const city = id
      .slice(id.lastIndexOf('/') + 1)
      .replaceAll('_', ' ')
      .toLowerCase();
    if (!cities.has(city)) cities.set(city, id);
  }
  return cities;
}

/**
 * Finds the zone of a TZID. An IANA name means the IANA zone whatever the object says about it; any other is the
 * object's own VTIMEZONE, then a name others use, then what its VTIMEZONE calls its location; else `FLOATING`.
 */
export function resolveZone(tzid: string, root: Component | null, zones: Zones = createZones()): Zone {
  const name = tzid.trim();
  const iana = zones.iana(name);
  if (iana !== null) return iana;
  if (name.startsWith('/')) {
    const prefixed = zones.foreign(name);
    if (prefixed !== null) return prefixed;
  }
  const timezone = root === null ? undefined : findTimezone(name, root);
  const own = timezone === undefined ? null : ownZone(timezone);
  const location = timezone === undefined ? undefined : rawValue(timezone, 'X-LIC-LOCATION');
  return (
    own ?? zones.foreign(name) ?? (location === undefined ? null : zones.iana(location.trim())) ?? FLOATING
  );
}

function findTimezone(name: string, root: Component): Component | undefined {
  return root.components.find(
    (child) => child.name === 'VTIMEZONE' && (rawValue(child, 'TZID') ?? '').trim() === name,
  );
}

/** Makes the zones of one object, each found once when it is first asked for. */
export function zonesOf(root: Component | null, zones: Zones): ObjectZones {
  const find = memo((tzid: string) => resolveZone(tzid, root, zones));
  return { find };
}

/** Turns wall seconds into UTC epoch seconds; see `Zone.toUtcSeconds` for gaps and overlaps. */
export function toUtcSeconds(zone: Zone, localSeconds: number): number {
  return zone.toUtcSeconds(localSeconds);
}

/** Writes the VTIMEZONE of an IANA zone (RFC 5545 §3.6.5) with CRLF line ends; null when ICU does not know it. */
export function vtimezoneFor(ianaId: string, zones: Zones = createZones()): string | null {
  return zones.vtimezone(ianaId);
}
