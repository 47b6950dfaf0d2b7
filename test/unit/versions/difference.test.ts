import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { DEFAULT_LIMITS } from '../../../models/limits.ts';
import { differences, type FieldValue, titleOf } from '../../../models/versions/difference.ts';
import { ics, vcf } from '../../support/objects.ts';

const rules = openRuleRunner(DEFAULT_LIMITS);
after(() => rules.close());

const shown = ({ text, label, when, zone }: FieldValue): string =>
  [text, label, when, zone].filter((part) => part !== null && part !== '').join('|');

/** `field: before > after` of each difference. */
function diff(component: string, before: Buffer, afterwards: Buffer): readonly string[] {
  return differences({ rules }, component, before, afterwards).map(
    ({ field, of, before: was, after: is }) =>
      `${of === null ? '' : `${shown(of)} `}${field}: ${was.map(shown).join(' + ')} > ${is.map(shown).join(' + ')}`,
  );
}

const START = 'DTSTART;TZID=Europe/Berlin:20261130T090000';

describe('differences', () => {
  test('of an event: texts are decoded, times keep their zone, lists say what came and went', () => {
    const before = ics(
      'VEVENT',
      'a',
      START,
      'SUMMARY:Dentist\\, Lea',
      'DESCRIPTION:one\\ntwo',
      'CATEGORIES:Health,Family',
      'ATTENDEE;CN=Jonas;PARTSTAT=NEEDS-ACTION:mailto:jonas@example.org',
      'ATTENDEE;CN=Mara:mailto:mara@example.org',
    );
    const changed = ics(
      'VEVENT',
      'a',
      'DTSTART:20261130T100000Z',
      'SUMMARY:Dentist\\; Lea',
      'CATEGORIES:Family,Teeth',
      'ATTENDEE;CN=Mara:mailto:mara@example.org',
      'ATTENDEE;CN=Jonas;PARTSTAT=ACCEPTED:mailto:jonas@example.org',
    );
    assert.deepEqual(diff('VEVENT', before, changed), [
      'dtstart: 2026-11-30T09:00:00|Europe/Berlin > 2026-11-30T10:00:00|UTC',
      'summary: Dentist, Lea > Dentist; Lea',
      'description: one\ntwo > ',
      'categories: Health > Teeth',
      'attendee: Jonas, jonas@example.org|needs-action > Jonas, jonas@example.org|accepted',
    ]);
  });

  test('what programs write anew each time is no difference, and neither is another order', () => {
    const one = ics(
      'VEVENT',
      'a',
      START,
      'SUMMARY:x',
      'LOCATION:y',
      'SEQUENCE:1',
      'LAST-MODIFIED:20260101T000000Z',
    );
    const two = ics('VEVENT', 'a', 'X-MOZ-GENERATION:4', 'LOCATION:y', START, 'SUMMARY:x', 'SEQUENCE:9');
    assert.deepEqual(diff('VEVENT', one, two), []);
  });

  test('a date of a series that was changed, added or taken away is named by its day', () => {
    const part = (...lines: readonly string[]) =>
      ['BEGIN:VEVENT', 'UID:a', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'].join('\r\n');
    const whole = (...parts: readonly string[]) =>
      Buffer.from(['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...parts, 'END:VCALENDAR', ''].join('\r\n'));
    const series = part('DTSTART:20261130T090000Z', 'RRULE:FREQ=DAILY', 'SUMMARY:Standup');
    const moved = (to: string) => part('RECURRENCE-ID:20261201T090000Z', `DTSTART:${to}`, 'SUMMARY:Standup');
    const alarm = 'BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM';
    assert.deepEqual(diff('VEVENT', whole(series), whole(series, moved('20261201T100000Z'))), [
      '2026-12-01T09:00:00|UTC component:  > Standup',
    ]);
    assert.deepEqual(
      diff('VEVENT', whole(series, moved('20261201T100000Z')), whole(series, moved('20261201T110000Z'))),
      ['2026-12-01T09:00:00|UTC dtstart: 2026-12-01T10:00:00|UTC > 2026-12-01T11:00:00|UTC'],
    );
    const reminded = whole(part('DTSTART:20261130T090000Z', 'RRULE:FREQ=DAILY', 'SUMMARY:Standup', alarm));
    assert.deepEqual(diff('VEVENT', whole(series), reminded), ['valarm:  > -PT15M']);
  });

  test('of a card: values with what they are for, structured ones as one text, pictures by their size', () => {
    const before = vcf(
      'j',
      'Jane',
      'TEL;TYPE=CELL:+49 151',
      'TEL;TYPE=HOME:030',
      'ADR;TYPE=WORK:;;Main 1;Berlin;;10115;',
      'PHOTO;ENCODING=b;TYPE=JPEG:AAAA',
    );
    const changed = vcf(
      'j',
      'Jane',
      'TEL;TYPE=HOME,VOICE:030',
      'TEL;TYPE=WORK:+49 151',
      'ADR;TYPE=WORK:;;Main 2;Berlin;;10115;',
      'PHOTO;ENCODING=b;TYPE=JPEG:AAAAAAAA',
      'BDAY:19841124',
      'REV:2026-01-01T00:00:00Z',
    );
    assert.deepEqual(diff('VCARD', before, changed), [
      'tel: +49 151|cell > +49 151|work',
      'adr: Main 1, Berlin, 10115|work > Main 2, Berlin, 10115|work',
      'photo: 4 > 8',
      'bday:  > 1984-11-24',
    ]);
  });

  test('titles are read from bodies for display, whatever these are', () => {
    assert.equal(titleOf('VEVENT', ics('VEVENT', 'a', START, 'SUMMARY:One\\, two')), 'One, two');
    assert.equal(titleOf('VEVENT', ics('VEVENT', 'a', START)), '');
    assert.equal(titleOf('VCARD', vcf('j', 'Jane Roe')), 'Jane Roe');
    assert.equal(
      titleOf('VCARD', Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\r\nORG:Acme;Sales\r\nEND:VCARD\r\n')),
      'Acme, Sales',
    );
    assert.equal(titleOf('VEVENT', Buffer.from([0xff, 0xfe, 0x00])), '');
    assert.equal(titleOf('VCARD', Buffer.from('')), '');
  });
});
