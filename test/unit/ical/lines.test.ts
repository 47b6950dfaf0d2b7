import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeParam, param } from '../../../models/ical/component.ts';
import { decodeText, foldLine, readLines } from '../../../models/ical/lines.ts';
import { crlf, millis, refusal } from './support.ts';

const only = (text: string) => {
  const lines = [...readLines(text)];
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.ok(line);
  return line;
};

describe('content lines', () => {
  test('name, parameters and value are told apart', () => {
    const line = only('Attendee;CN="Doe, Jane;x:y";ROLE=CHAIR;MEMBER="a","b":mailto:jane@example.com\r\n');
    assert.equal(line.name, 'ATTENDEE');
    assert.deepEqual(
      [...line.params],
      [
        ['CN', ['Doe, Jane;x:y']],
        ['ROLE', ['CHAIR']],
        ['MEMBER', ['a', 'b']],
      ],
    );
    assert.equal(line.value, 'mailto:jane@example.com');
  });

  test('folded lines are joined and keep their place in the source', () => {
    const text = crlf('BEGIN:VEVENT', 'SUMMARY:one', '  two', '\tthree', 'END:VEVENT');
    const lines = [...readLines(text)];
    assert.deepEqual(
      lines.map((line) => [line.line, line.value]),
      [
        [1, 'VEVENT'],
        [2, 'one twothree'],
        [5, 'VEVENT'],
      ],
    );
    assert.equal(lines.map((line) => text.slice(line.start, line.end)).join(''), text);
  });

  test('line ends may be LF, and the last one may be missing', () => {
    const lines = [...readLines('A:1\nB:2\n 3\r\n\r\nC:4')];
    assert.deepEqual(
      lines.map((line) => `${line.line}${line.name}${line.value}`),
      ['1A1', '2B23', '5C4'],
    );
  });

  test('a character that a fold splits is whole again', () => {
    const [before, after] = [Buffer.from('SUMMARY:f'), Buffer.from('r\r\n')];
    const bytes = Buffer.concat([
      before,
      Buffer.from([0xc3]),
      Buffer.from('\r\n '),
      Buffer.from([0xbc]),
      after,
    ]);
    assert.equal(only(decodeText(bytes)).value, 'für');
  });

  test('a byte order mark stands before the first line', () => {
    assert.equal(only('\ufeffA:1\r\n').name, 'A');
  });

  test('parameter values are decoded when asked for', () => {
    const line = only("X;CN=George Herman ^'Babe^' Ruth^n^^:1\r\n");
    assert.equal(param(line, 'CN'), 'George Herman "Babe" Ruth\n^');
    assert.equal(decodeParam("a^'b^^c^nd"), 'a"b^c\nd');
  });

  test('a quote in the middle of a parameter value hides separators', () => {
    const line = only('ORGANIZER;CN=John "Joe:x" Doe:mailto:a@b\r\n');
    assert.deepEqual(line.params.get('CN'), ['John Joe:x Doe']);
    assert.equal(line.value, 'mailto:a@b');
  });

  test('names of object members are names like any other', () => {
    const line = only('__proto__;constructor=1:x\r\n');
    assert.equal(line.name, '__PROTO__');
    assert.deepEqual(line.params.get('CONSTRUCTOR'), ['1']);
    assert.equal(Object.getOwnPropertyNames({}).length, 0);
  });

  const bad: readonly (readonly [string, string])[] = [
    ['no colon\r\n', 'expected NAME:value'],
    [':value\r\n', 'expected NAME:value'],
    ['A;B:1\r\n', 'parameter "B" without a value'],
    ['A;=1:1\r\n', 'without a value'],
    ['A;B="1:1\r\n', 'not closed'],
    ['A;B=1\r\n', 'without a colon'],
    ['A:1\r\nB:a\u0000\r\n', 'Line 2: the control character U+0000'],
    ['A:\u000b\r\n', 'U+000B'],
    ['A:1\rB:2\r\n', 'U+000D'],
    ['A:\uffff\r\n', 'U+FFFF'],
    [' A:1\r\n', 'expected NAME:value'],
  ];
  for (const [text, message] of bad) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      const found = refusal(() => [...readLines(text)]);
      assert.equal(found.code, 'valid-calendar-data');
      assert.match(found.message, new RegExp(message.replace('+', '\\+')));
    });
  }

  test('bytes that are not UTF-8 are refused', () => {
    assert.equal(
      refusal(() => decodeText(Buffer.from('SUMMARY:f\xfcr\r\n', 'latin1'))).code,
      'valid-calendar-data',
    );
  });

  test('long lines are folded at 75 octets and never inside a character', () => {
    const raw = `SUMMARY:${'ü😀'.repeat(60)}`;
    const folded = foldLine(raw);
    for (const line of folded.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75);
    assert.equal(only(folded).value, raw.slice(8));
    assert.ok(!folded.includes('\ufffd'));
  });
});

test('what is folded reads back, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const value = text.replace(/[\x00-\x1f\ufffe\uffff]/g, '');
      const folded = foldLine(`X-A;P="b:c":${value}`);
      assert.equal(only(folded).value, value);
      assert.equal(only(decodeText(Buffer.from(folded))).value, value);
    }),
  );
});

describe('hostile lines', () => {
  const floods: Readonly<Record<string, string>> = {
    'half a million folds': `A:${'\r\n x'.repeat(500_000)}\r\n`,
    'one line of a megabyte': `A:${'x'.repeat(1 << 20)}\r\n`,
    'a hundred thousand properties': 'A:1\r\n'.repeat(100_000),
    'quotes in parameters': `A;B=${'"'.repeat(1 << 20)}:1\r\n`,
    'an odd quote in parameters': `A;B=${'"'.repeat((1 << 20) + 1)}:1\r\n`,
    'semicolons without a name': `A${';'.repeat(1 << 20)}:1\r\n`,
    'many parameters': `A${';B=1'.repeat(200_000)}:1\r\n`,
    'many commas': `A;B=${','.repeat(1 << 20)}:1\r\n`,
    backslashes: `A:${'\\'.repeat(1 << 20)}\r\n`,
    'a long name': `${'A'.repeat(1 << 20)}:1\r\n`,
    'a long name without a colon': 'A'.repeat(1 << 20),
    'blank lines': '\r\n'.repeat(500_000),
    'bare carriage returns': `A:1\r\n${'\r'.repeat(1 << 20)}`,
    'folds of nothing': '\r\n '.repeat(300_000),
  };
  for (const [name, text] of Object.entries(floods)) {
    test(`${name}: reading stays linear`, () => {
      const time = millis(() => refusal(() => [...readLines(text)]));
      assert.ok(time < 1000, `${time} ms`);
    });
  }
});
