import { foldLine } from '../../ical/lines.ts';
import { escapeText } from '../../vcard/lines.ts';
import { stableUid } from '../transforms/calendar.ts';
import { type DateOrder, dateOf, timeOf } from './dates.ts';
import type { Mapping } from './fields.ts';

const YES = /^(true|wahr|1|yes|ja|ein|on)$/i;

/**
 * A row as a calendar with one event, without anything that depends on the day of the import; null when it has no date. Times
 * are those of the person's zone, floating where it is not known.
 */
export function eventOfRow(
  header: readonly string[],
  mapping: Mapping,
  row: readonly string[],
  order: DateOrder,
): string | null {
  const { one, notes } = gather(header, mapping, row);
  const of = (field: string): string => one.get(field) ?? '';
  const start = dateOf(of('start.date'), order)?.replaceAll('-', '') ?? null;
  if (start === null || start.length !== 8) return null;
  const end = dateOf(of('end.date'), order)?.replaceAll('-', '') ?? start;
  const times = timesOf(of, start, end);
  const lines = [...times];
  const add = (name: string, value: string): void => {
    if (value !== '') lines.push(`${name}:${escapeText(value)}`);
  };
  add('SUMMARY', of('summary'));
  add('LOCATION', of('place'));
  add('DESCRIPTION', [of('description'), ...notes].filter((part) => part !== '').join('\n'));
  const categories = of('categories')
    .split(/[;,]/)
    .map((each) => escapeText(each.trim()))
    .filter((each) => each !== '');
  if (categories.length > 0) lines.push(`CATEGORIES:${categories.join(',')}`);
  if (YES.test(of('private'))) lines.push('CLASS:PRIVATE');
  // 3 is "free" in Outlook's tables.
  if (/^(3|free|frei)$/i.test(of('show-as'))) lines.push('TRANSP:TRANSPARENT');
  const body = lines.map(foldLine).join('\r\n');
  const uid = stableUid(lines.join('\n'));
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//Import//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:${start}T000000Z\r\n${body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
}

function gather(header: readonly string[], mapping: Mapping, row: readonly string[]) {
  const one = new Map<string, string>();
  const notes: string[] = [];
  for (const [at, raw] of row.entries()) {
    const value = raw.replace(/\r\n?/g, '\n').trim();
    const field = mapping[at] ?? 'note';
    if (value === '' || field === '') continue;
    if (field === 'note' || one.has(field)) notes.push(`${(header[at] ?? '').trim()}: ${value}`);
    else one.set(field, value);
  }
  return { one, notes };
}

function timesOf(of: (field: string) => string, start: string, end: string): readonly string[] {
  const from = timeOf(of('start.time'));
  const to = timeOf(of('end.time')) ?? from;
  if (from === null || YES.test(of('all-day')))
    return [`DTSTART;VALUE=DATE:${start}`, `DTEND;VALUE=DATE:${dayAfterOf(start, end, of('end.time'))}`];
  return [`DTSTART:${start}T${from}`, `DTEND:${end}T${to ?? from}`];
}

/** The day after the last: programs write the last day itself, or midnight of the day after it. */
function dayAfterOf(start: string, end: string, endTime: string): string {
  const isMidnightAfter = end > start && timeOf(endTime) === '000000';
  if (isMidnightAfter) return end;
  const last = end < start ? start : end;
  const date = new Date(
    Date.UTC(Number(last.slice(0, 4)), Number(last.slice(4, 6)) - 1, Number(last.slice(6)) + 1),
  );
  return date.toISOString().slice(0, 10).replaceAll('-', '');
}
