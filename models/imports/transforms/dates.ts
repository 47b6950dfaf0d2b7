import { type CalNode, line, mapLines, splitLine } from './tree.ts';

const DATE_NAMES: ReadonlySet<string> = new Set([
  ...[
    'DTSTART',
    'DTEND',
    'DUE',
    'RECURRENCE-ID',
    'EXDATE',
    'RDATE',
    'DTSTAMP',
    'CREATED',
    'LAST-MODIFIED',
    'COMPLETED',
  ],
]);

/** Writes dates of a component the way RFC 5545 §3.3.4 and §3.3.5 ask; null when all are. */
export function fixDates(node: CalNode): CalNode | null {
  return mapLines(node, (l) => {
    if (!DATE_NAMES.has(l.name)) return l;
    const { head, value } = splitLine(l.text);
    if (/;VALUE=PERIOD/i.test(head)) return l;
    const isDate = /;VALUE=DATE(?:;|$)/i.test(head);
    const fixed = value
      .split(',')
      .map((one) => fixDate(one, isDate))
      .join(',');
    if (isDate && /T/.test(fixed)) return line(`${head.replace(/;VALUE=DATE(?=;|$)/i, '')}:${fixed}`);
    return fixed === value ? l : line(`${head}:${fixed}`);
  });
}

/** One date or date-time in basic form; midnight of a VALUE=DATE is the date; a stray T behind the time is dropped; what is no date stays. */
function fixDate(written: string, isDate: boolean): string {
  const found =
    /^\s*(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d{1,9})?\s*([Zz]?)T?)?\s*$/.exec(
      written,
    );
  if (found === null) return written;
  const [, year, month, day, hour, minute, second, zulu] = found;
  const date = `${year}${month}${day}`;
  if (hour === undefined) return date;
  const time = `${hour}${minute}${second ?? '00'}`;
  return isDate && time === '000000' ? date : `${date}T${time}${(zulu ?? '').toUpperCase()}`;
}
