import { createZones } from '../../../models/ical/zones.ts';
import { normaliseRecord } from '../../../models/imports/normalise.ts';
import { readRecords } from '../../../models/imports/read/records.ts';
import type { NormalRecord, RawRecord, Refused, SourceFile } from '../../../models/imports/record.ts';
import { DEFAULT_LIMITS } from '../../../models/limits.ts';

const CONTEXT = { limits: DEFAULT_LIMITS, zones: createZones() };

/** A file in memory, given out in chunks of a size that cuts lines anywhere. */
export function memoryFile(name: string, content: string | Uint8Array, chunkBytes = 7919): SourceFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return { name, sizeBytes: bytes.length, open };
}

/** What reading finds in a file. */
export async function rawRecords(source: SourceFile): Promise<(RawRecord | Refused)[]> {
  const found: (RawRecord | Refused)[] = [];
  for await (const record of readRecords(source)) found.push(record);
  return found;
}

/** What reading and normalising make of a file. */
export async function imported(
  content: string | Uint8Array,
  chunkBytes?: number,
): Promise<(NormalRecord | Refused)[]> {
  const raw = await rawRecords(memoryFile('f', content, chunkBytes));
  return raw.flatMap((one) => (one.kind === 'refused' ? [one] : [...normaliseRecord(one, CONTEXT)]));
}

/** Lines joined with CRLF, the last one ended. */
export function crlf(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** A calendar around lines. */
export function calendar(...lines: readonly string[]): string {
  return crlf('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//T//T//EN', ...lines, 'END:VCALENDAR');
}

/** An event around lines, with all it needs but what `without` names. */
export function event(lines: readonly string[], without: readonly string[] = []): string {
  const usual = ['UID:e1', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260102T100000Z'];
  return calendar(
    'BEGIN:VEVENT',
    ...usual.filter((l) => !without.some((name) => l.startsWith(name))),
    ...lines,
    'END:VEVENT',
  );
}
