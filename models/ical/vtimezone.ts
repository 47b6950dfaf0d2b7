import type { Zone } from './zone-tables.ts';

/** Writes VTIMEZONEs from zones. */

/** Writes a VTIMEZONE with CRLF line ends. */
export function writeTimezone(id: string, zone: Zone): string {
  return `BEGIN:VTIMEZONE\r\nTZID:${id}\r\nX-OFFSET:${zone.offsetAt(0)}\r\nEND:VTIMEZONE\r\n`;
}
