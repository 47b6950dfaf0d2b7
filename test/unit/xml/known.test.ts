import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rememberingReader } from '../../../protocols/xml/known.ts';
import { REPORT_LIMITS, XML_LIMITS } from '../../../protocols/xml/parse.ts';

const body = (inner: string): Uint8Array => Buffer.from(`<a xmlns="urn:x">${inner}</a>`);

describe('a reader that remembers bodies', () => {
  test('reads the same body once', () => {
    const read = rememberingReader();
    const first = read(body('<b/>'), 'text/xml', XML_LIMITS);
    assert.equal(read(body('<b/>'), 'text/xml', XML_LIMITS), first);
    assert.notEqual(read(body('<c/>'), 'text/xml', XML_LIMITS), first);
  });

  test('another type or other bounds are another reading', () => {
    const read = rememberingReader();
    const first = read(body('<b/>'), 'text/xml', XML_LIMITS);
    assert.notEqual(read(body('<b/>'), null, XML_LIMITS), first);
    assert.notEqual(read(body('<b/>'), 'text/xml', REPORT_LIMITS), first);
    assert.throws(() => read(body('<b/>'), 'text/xml', { ...XML_LIMITS, maxElements: 1 }));
  });

  test('what cannot be read is refused every time', () => {
    const read = rememberingReader();
    for (let times = 0; times < 2; times++) assert.throws(() => read(Buffer.from('<a'), null, XML_LIMITS));
  });

  test('forgets what was not asked for longest', () => {
    const read = rememberingReader();
    const kept = read(body('kept'), null, XML_LIMITS);
    const lost = read(body('lost'), null, XML_LIMITS);
    for (let index = 0; index < 511; index++) {
      read(body(String(index)), null, XML_LIMITS);
      assert.equal(read(body('kept'), null, XML_LIMITS), kept);
    }
    assert.notEqual(read(body('lost'), null, XML_LIMITS), lost);
  });
});
