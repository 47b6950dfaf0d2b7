import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Precondition } from '../../../models/errors.ts';
import { type ParsedCalendar, parseCalendar } from '../../../models/ical/parse.ts';
import { createZones, FLOATING, type Zone } from '../../../models/ical/zones.ts';

export const LIMITS = {
  maxCalendarObjectBytes: 1 << 20,
  maxAttendees: 500,
  maxAlarms: 50,
  maxDates: 3000,
  maxOverrides: 1000,
};

/** Joins lines with CRLF, the last one too. */
export const crlf = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

export const calendar = (...lines: readonly string[]): string =>
  crlf('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Daybook//Test//EN', ...lines, 'END:VCALENDAR');

/** A calendar of one event; the lines are added to UID and DTSTAMP. */
export const event = (...lines: readonly string[]): string =>
  calendar('BEGIN:VEVENT', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT');

export const read = (text: string): ParsedCalendar => parseCalendar(Buffer.from(text), LIMITS, ZONES);

const ZONES = createZones();

/** A zone by its IANA name, for floating times; null reads them as UTC. */
export const zoned = (name: string | null): Zone => (name === null ? null : ZONES.iana(name)) ?? FLOATING;

/** Runs a function that must refuse; answers the code and the message. */
export function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Precondition) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'accepted', message: '' };
}

/** Measures a call in milliseconds. */
export function millis(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Reads the real files beside the project; says so and answers none where they are absent. */
export function corpus(pattern: RegExp): CorpusFile[] {
  const root = fileURLToPath(new URL('../../../../shared/corpus', import.meta.url));
  if (!existsSync(root)) {
    console.log(`no corpus at ${root}: its tests are skipped`);
    return [];
  }
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => pattern.test(name));
  return names.sort().map((name) => ({ name, bytes: readFileSync(join(root, name)) }));
}
