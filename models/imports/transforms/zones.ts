import { foreignZone } from '../../ical/windows-zones.ts';

const NO_CITIES: ReadonlyMap<string, string> = new Map();

/** Whether a TZID is one of the names Windows gives its zones, such as `W. Europe Standard Time`. */
export function isWindowsZone(tzid: string): boolean {
  return tzid.includes(' ') && foreignZone(tzid, NO_CITIES) !== null;
}
