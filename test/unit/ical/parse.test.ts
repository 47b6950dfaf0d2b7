import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { children, first, param } from '../../../models/ical/component.ts';
import { readLines } from '../../../models/ical/lines.ts';
import { parseCalendar, parseTree } from '../../../models/ical/parse.ts';
import { createZones } from '../../../models/ical/zones.ts';
import { calendar, corpus, crlf, event, LIMITS, millis, read, refusal } from './support.ts';

describe('the tree', () => {
  test('components nest and keep their place in the text', () => {
    const text = event('SUMMARY:x', 'BEGIN:VALARM', 'ACTION:DISPLAY', 'END:VALARM');
    const { root, uid, component, text: source } = read(text);
    assert.equal(uid, '1@example.com');
    assert.equal(component, 'VEVENT');
    assert.equal(source.slice(root.start, root.end), text);
    const [vevent] = children(root, 'VEVENT');
    assert.ok(vevent);
    assert.equal(vevent.line, 4);
    const [alarm] = vevent.components;
    assert.ok(alarm);
    assert.equal(text.slice(alarm.start, alarm.end), crlf('BEGIN:VALARM', 'ACTION:DISPLAY', 'END:VALARM'));
    assert.equal(first(vevent, 'SUMMARY')?.value, 'x');
  });

  test('names are compared without regard to letter case', () => {
    const parsed = read('begin:vcalendar\nbegin:vevent\nuid:A\nend:VEVENT\nEND:Vcalendar\n');
    assert.equal(parsed.component, 'VEVENT');
    assert.equal(parsed.uid, 'A');
  });

  test('time zones and extensions are not what the object is', () => {
    const text = calendar(
      'BEGIN:VTIMEZONE',
      'TZID:X',
      'END:VTIMEZONE',
      'BEGIN:X-Y',
      'END:X-Y',
      'BEGIN:VTODO',
      'END:VTODO',
    );
    assert.equal(read(text).component, 'VTODO');
    assert.equal(read(text).uid, '');
  });

  test('a file for import may hold several calendars', () => {
    assert.equal(parseTree(readLines(calendar() + calendar())).length, 2);
  });

  test('members that every object inherits are ordinary names', () => {
    const { root } = read(event('CONSTRUCTOR;__PROTO__=1:x', '__proto__:y'));
    const [vevent] = root.components;
    assert.ok(vevent);
    assert.equal(first(vevent, 'TOSTRING'), undefined);
    const property = first(vevent, 'CONSTRUCTOR');
    assert.ok(property);
    assert.equal(param(property, '__PROTO__'), '1');
    assert.equal(param(property, 'HASOWNPROPERTY'), undefined);
  });
});

describe('what is not one calendar', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['nothing', '', 'empty'],
    ['blank lines only', '\r\n\r\n', 'empty'],
    ['text', 'hello\r\n', 'Line 1: found "hello"'],
    ['a property outside', 'SUMMARY:x\r\n', 'outside a component'],
    ['HTML', '<!DOCTYPE html>\r\n', 'expected NAME:value'],
    ['a vCard', crlf('BEGIN:VCARD', 'VERSION:3.0', 'END:VCARD'), 'found BEGIN:VCARD'],
    ['an event alone', crlf('BEGIN:VEVENT', 'END:VEVENT'), 'found BEGIN:VEVENT, expected BEGIN:VCALENDAR'],
    ['an open calendar', 'BEGIN:VCALENDAR\r\n', 'Line 1: BEGIN:VCALENDAR is never closed'],
    [
      'an open event',
      crlf('BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'END:VCALENDAR'),
      'Line 3: found "END:VCALENDAR", expected END:VEVENT',
    ],
    ['an end alone', crlf('END:VCALENDAR'), 'outside a component'],
    [
      'crossed ends',
      crlf('BEGIN:VCALENDAR', 'BEGIN:A', 'BEGIN:B', 'END:A', 'END:B', 'END:VCALENDAR'),
      'expected END:B',
    ],
    ['two calendars', calendar() + calendar(), 'one object has one VCALENDAR'],
    ['text behind the end', `${calendar()}X:1\r\n`, 'outside a component'],
    ['a component without a name', crlf('BEGIN:', 'END:'), 'expected the name of a component'],
  ];
  for (const [name, text, message] of cases) {
    test(name, () => {
      const found = refusal(() => read(text));
      assert.equal(found.code, 'valid-calendar-data');
      assert.ok(found.message.includes(message), found.message);
    });
  }

  test('an object above the limit', () => {
    const small = { maxCalendarObjectBytes: 10 };
    assert.equal(
      refusal(() => parseCalendar(Buffer.from(calendar()), small)).code,
      'calendar-max-resource-size',
    );
  });

  for (const depth of [17, 2000, 50_000]) {
    test(`components nested ${depth} deep`, () => {
      const text = 'BEGIN:VEVENT\r\n'.repeat(depth);
      let code = '';
      const time = millis(() => {
        code = refusal(() => read(`BEGIN:VCALENDAR\r\n${text}`)).code;
      });
      assert.equal(code, 'valid-calendar-data');
      assert.ok(time < 200, `${time} ms`);
    });
  }
});

describe('real files', () => {
  test('every file of the corpus is read or refused with a message, and fast', () => {
    const zones = createZones();
    let accepted = 0;
    const files = corpus(/\.(ics|vcs|ifb)$/);
    for (const { name, bytes } of files) {
      const time = millis(() => {
        const found = refusal(() => parseCalendar(bytes, LIMITS, zones));
        if (found.code === 'accepted') accepted++;
        else assert.ok(found.message.length > 10, name);
      });
      assert.ok(time < 500, `${name}: ${time} ms`);
    }
    if (files.length > 0) {
      console.log(`${files.length} files, ${accepted} accepted as one object`);
      assert.ok(accepted > files.length * 0.8);
    }
  });
});
