import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crlf, event, imported } from './support.ts';

const N = 65_536;
const MANY = 20_000;

/** Lines that would hurt a reader whose time is not linear. */
const LINES: readonly (readonly [string, string])[] = [
  ['blanks', ' '.repeat(N)],
  ['a text of blanks', `SUMMARY:${' '.repeat(N)}`],
  ['tabs behind a name', `SUMMARY${'\t'.repeat(N)}`],
  ['words without a colon', 'x'.repeat(N)],
  ['colons', ':'.repeat(N)],
  ['semicolons', `DTSTART${';'.repeat(N)}:1`],
  ['quotes', `DTSTART;X=${'"'.repeat(N)}:1`],
  ['backslashes', `DESCRIPTION:${'\\'.repeat(N)}`],
  ['equal signs', `X;${'='.repeat(N)}:1`],
  ['BEGIN and blanks', `BEGIN:${' '.repeat(N)}`],
  ['many TZID', `X${';TZID='.repeat(N / 6)}:1`],
  ['many open TZID', `X${';TZID="'.repeat(N / 7)}:1`],
  ['many CHARSET', `X${';CHARSET='.repeat(N / 9)}:1`],
  ['digits', `EXDATE:${'1'.repeat(N)}`],
  ['many dates', `EXDATE:${'2026-01-01,'.repeat(N / 11)}`],
  ['a rule of letters', `RRULE:${'D'.repeat(N)}`],
  ['a rule of words', `RRULE:MP1 ${'1+ MO '.repeat(N / 6)}`],
  ['at signs', `ATTENDEE:${'@'.repeat(N)}`],
  ['a long address', `ATTENDEE:${'a'.repeat(N)}`],
  ['equal signs at ends', `NOTE;ENCODING=QUOTED-PRINTABLE:${'=\r\n'.repeat(MANY)}`],
  ['carriage returns', `X:${'\r'.repeat(N)}`],
  ['line feeds', '\n'.repeat(N)],
  ['carriage returns and feeds', `${'\r\r\n'.repeat(MANY)}`],
  ['folds', `DESCRIPTION:a${'\r\n b'.repeat(MANY)}`],
  ['broken lines', `DESCRIPTION:a${'\r\nb'.repeat(MANY)}`],
  ['broken lines of an address', `ATTENDEE:a${'\r\nb'.repeat(MANY)}`],
  ['alarms', 'BEGIN:VALARM\r\nEND:VALARM\r\n'.repeat(MANY).trimEnd()],
  ['open alarms', 'BEGIN:VALARM\r\n'.repeat(MANY).trimEnd()],
  ['stray ends', 'END:VALARM\r\n'.repeat(MANY).trimEnd()],
  ['open events', 'BEGIN:VEVENT\r\nUID:same\r\n'.repeat(5000).trimEnd()],
  ['attendees', 'ATTENDEE;CN="x":mailto:a@b.c\r\n'.repeat(MANY).trimEnd()],
  ['control characters', `SUMMARY:${'\x01'.repeat(N)}`],
  ['bytes of another charset', `SUMMARY:${'\xe4\xff'.repeat(N / 2)}`],
  ['an AGENT in an AGENT', 'AGENT:\r\nBEGIN:VCARD\r\n'.repeat(2000).trimEnd()],
  ['commas', `N:${','.repeat(N)}`],
  ['names of JavaScript', '__proto__:1\r\nconstructor;prototype=1:2'],
];

describe('bad files take no time (each file under two seconds)', () => {
  for (const [what, line] of LINES) {
    test(what, async () => {
      const version = (v: string): string => crlf('BEGIN:VCARD', `VERSION:${v}`, 'FN:x', line, 'END:VCARD');
      const old = event([line]).replace('VERSION:2.0', 'VERSION:1.0');
      for (const content of [event([line]), old, version('2.1'), version('3.0'), version('4.0'), line]) {
        const bytes = Buffer.from(content, 'latin1');
        const began = performance.now();
        const found = await imported(bytes, 65_536);
        const took = performance.now() - began;
        assert.ok(took < 2000, `${Math.round(took)} ms for ${JSON.stringify(content.slice(0, 60))}`);
        assert.ok(found.length > 0 || content.trim() === '');
        for (const item of found) assert.ok(item.kind === 'normal' || item.reason.length > 0);
      }
    });
  }
});
