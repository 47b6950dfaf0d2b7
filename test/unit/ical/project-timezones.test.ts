import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { projectTimezones } from '../../../models/ical/project-timezones.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { calendar, crlf, event, LIMITS } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const shown = async (text: string, isWanted: boolean): Promise<string> =>
  Buffer.from(await projectTimezones(Buffer.from(text), isWanted, runner)).toString('utf8');
const timezone = (tzid: string): string => crlf('BEGIN:VTIMEZONE', `TZID:${tzid}`, 'END:VTIMEZONE');
const inside = (...parts: readonly string[]): string =>
  calendar().replace('END:VCALENDAR', `${parts.join('')}END:VCALENDAR`);
const uses = (tzid: string): string =>
  crlf('BEGIN:VTODO', 'UID:a', `DUE;TZID="${tzid}":20260302T090000`, 'END:VTODO');
const names = (text: string): readonly string[] =>
  [...text.matchAll(/^TZID:(.*)\r?$/gm)].map((m) => m[1] ?? '');

describe('VTIMEZONEs that are not wanted', () => {
  test('go where an IANA name calls the zone, in any letter case; all others stay', async () => {
    const all = [
      'Europe/Berlin',
      'us/eastern',
      'UTC',
      'W. Europe Standard Time',
      '/x.org/Europe/Berlin',
      'Mine',
      '',
    ];
    const text = inside(...all.map(timezone), uses('Mine'));
    assert.deepEqual(names(await shown(text, false)), all.slice(3));
  });

  test('leave every other byte as it was', async () => {
    const text = `\ufeff${inside(timezone('Europe/Berlin'), uses('Europe/Berlin')).replaceAll('\r\n', '\n')}`;
    assert.equal(await shown(text, false), text.replace(/BEGIN:VTIMEZONE[\s\S]*END:VTIMEZONE\n/, ''));
  });
});

describe('VTIMEZONEs that are wanted', () => {
  test('are added once for each standard zone that is named and not there, deep ones too', async () => {
    const alarm = crlf('BEGIN:VALARM', 'X-AT;TZID=Asia/Tokyo:20260302T090000', 'END:VALARM');
    const deep = uses('Europe/Berlin').replace('END:VTODO', `${alarm}END:VTODO`);
    const text = inside(
      timezone('Europe/Paris'),
      deep,
      uses('Europe/Paris'),
      uses('Mine'),
      uses('Europe/Berlin'),
    );
    const made = await shown(text, true);
    assert.deepEqual([...names(made)].sort(), ['Asia/Tokyo', 'Europe/Berlin', 'Europe/Paris']);
    assert.ok(made.indexOf('TZID:Europe/Berlin') < made.indexOf('BEGIN:VTODO'));
    assert.equal(await shown(made, true), made);
    assert.equal(await shown(made, false), text.replace(timezone('Europe/Paris'), ''));
  });

  test('end their lines as the object does', async () => {
    const made = await shown(inside(uses('Europe/Berlin')).replaceAll('\r\n', '\n'), true);
    assert.match(made, /BEGIN:DAYLIGHT\n/);
    assert.doesNotMatch(made, /\r/);
  });

  test('are written for a bounded number of names', async () => {
    const spellings = Array.from({ length: 200 }, (_, i) =>
      [...'etc/gmt+1'].map((sign, at) => ((i >> at) & 1 ? sign.toUpperCase() : sign)).join(''),
    );
    const made = await shown(inside(...spellings.map(uses)), true);
    assert.equal(names(made).length, 20);
  });
});

test('what names no zone and what cannot be read stays the very same bytes', async () => {
  for (const text of [event('DTSTART:20260302T090000Z'), 'garbage', '']) {
    const body = Buffer.from(text);
    assert.equal(await projectTimezones(body, true, runner), body);
    assert.equal(await projectTimezones(body, false, runner), body);
  }
});
