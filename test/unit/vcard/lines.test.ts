import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeCardText,
  decodeCaret,
  encodeCaret,
  escapeText,
  foldLine,
  paramValues,
  readCardLines,
  splitValue,
  unescapeText,
  writeLine,
} from '../../../models/vcard/lines.ts';

describe('content lines of cards', () => {
  test('a line has group, name, parameters and value', () => {
    const [line] = readCardLines('item1.X-ABLabel;type=HOME,work;X="a;b:c":_$!<Home>!$_\r\n');
    assert.ok(line);
    assert.equal(line.group, 'item1');
    assert.equal(line.name, 'X-ABLABEL');
    assert.equal(line.writtenName, 'X-ABLabel');
    assert.deepEqual(line.params, [
      { name: 'TYPE', values: ['HOME', 'work'] },
      { name: 'X', values: ['a;b:c'] },
    ]);
    assert.equal(line.value, '_$!<Home>!$_');
  });

  test('folds are joined, places and line numbers kept', () => {
    const text = 'BEGIN:VCARD\r\nNOTE:one\r\n two\r\n\tthree\r\nFN:x\n';
    const lines = readCardLines(text);
    assert.deepEqual(
      lines.map((l) => [l.name, l.value, l.line]),
      [
        ['BEGIN', 'VCARD', 1],
        ['NOTE', 'onetwothree', 2],
        ['FN', 'x', 5],
      ],
    );
    assert.equal(text.slice(lines[1]?.start, lines[1]?.end), 'NOTE:one\r\n two\r\n\tthree\r\n');
  });

  test('a line without a colon has no name', () => {
    assert.deepEqual(
      readCardLines('FN:a\r\nstray words\r\n').map((l) => l.name),
      ['FN', ''],
    );
  });

  test('2.1: soft line breaks, bare words, unfolded base64', () => {
    const text =
      'LABEL;HOME;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\ntwo\r\nPHOTO;JPEG;BASE64:\r\n /9j/\r\nAAAA\r\n\r\nFN:x\r\n';
    const lines = readCardLines(text, '2.1');
    assert.deepEqual(
      lines.map((l) => [l.name, l.value]),
      [
        ['LABEL', 'one=0D=0Atwo'],
        ['PHOTO', '/9j/AAAA'],
        ['FN', 'x'],
      ],
    );
    assert.deepEqual(
      lines[0]?.params.map((p) => p.name),
      ['TYPE', 'ENCODING'],
    );
    assert.deepEqual(
      lines[1]?.params.map((p) => p.name),
      ['TYPE', 'ENCODING'],
    );
  });

  test('a quoted list in TYPE is taken apart', () => {
    const [line] = readCardLines('TEL;TYPE="work,cell";TYPE=pref:1');
    assert.ok(line);
    assert.deepEqual(paramValues(line, 'TYPE'), ['work', 'cell', 'pref']);
  });

  test('a fold inside a character is mended, other bytes are no text', () => {
    const bytes = Buffer.concat([
      Buffer.from('NOTE:a\xc3', 'latin1'),
      Buffer.from('\r\n \xa4b\r\n', 'latin1'),
    ]);
    assert.equal(decodeCardText(bytes), 'NOTE:aäb\r\n');
    assert.equal(decodeCardText(Buffer.from('NOTE:\xe4\r\n', 'latin1')), null);
    assert.equal(decodeCardText(Buffer.from('\ufeffFN:x')), 'FN:x');
  });

  test('folding is by octets and never inside a character', () => {
    for (const text of ['x'.repeat(300), 'ä'.repeat(200), '👍'.repeat(90), `a${'語'.repeat(80)}`]) {
      const folded = foldLine(`NOTE:${text}`);
      for (const line of folded.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
      assert.equal(folded.replace(/\r\n /g, ''), `NOTE:${text}\r\n`);
    }
  });

  test('escapes go both ways', () => {
    assert.equal(unescapeText('a\\, b\\; c\\n d\\\\n\\N'), 'a, b; c\n d\\n\n');
    assert.equal(unescapeText(escapeText('a, b; c\n \\n')), 'a, b; c\n \\n');
    assert.deepEqual(splitValue('a\\;b;c;;\\\\;d', ';'), ['a\\;b', 'c', '', '\\\\', 'd']);
    assert.equal(decodeCaret("x^n^^n^'y"), 'x\n^n"y');
    assert.equal(decodeCaret(encodeCaret('x\n^n"y')), 'x\n^n"y');
    assert.equal(
      writeLine('g', 'ADR', [{ name: 'LABEL', values: ['a;b', 'c'] }], 'v'),
      'g.ADR;LABEL="a;b",c:v',
    );
  });
});
