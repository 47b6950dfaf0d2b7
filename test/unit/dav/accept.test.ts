import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { namesOnly, negotiate } from '../../../protocols/dav/accept.ts';

const TEXT = ['text/vcard', 'text/x-vcard'];
const JSON_TYPE = 'application/vcard+json';

describe('negotiation between what is stored and another form (RFC 9110 §12.5.1)', () => {
  const rows: readonly (readonly [string | undefined, 'stored' | 'other' | 'neither'])[] = [
    [undefined, 'stored'],
    ['', 'stored'],
    ['*/*', 'stored'],
    ['text/*', 'stored'],
    ['application/*', 'other'],
    ['application/vcard+json', 'other'],
    ['APPLICATION/vCard+JSON ; version=4.0', 'other'],
    ['application/vcard+json, text/vcard', 'stored'],
    ['text/x-vcard;q=0.5, application/vcard+json;q=0.6', 'other'],
    ['text/vcard;q=0.6, application/vcard+json;q=0.5', 'stored'],
    ['application/vcard+json, */*', 'other'],
    ['application/vcard+json;q=0.1, */*;q=0.2', 'stored'],
    ['application/vcard+json;q=0, */*', 'stored'],
    ['application/vcard+json;q=0', 'neither'],
    ['text/vcard;q=0, */*;q=0.1', 'other'],
    ['application/json', 'neither'],
    ['text/html', 'neither'],
    ['text/vcard;q=2, application/vcard+json;q=0.9', 'stored'],
    ['text/vcard;q=0.001, application/vcard+json;q=0.002', 'other'],
    [',;, ;q=1,', 'neither'],
  ];
  for (const [header, chosen] of rows)
    test(String(header), () => assert.equal(negotiate(header, TEXT, JSON_TYPE), chosen));

  test('says where a header names one kind of type only', () => {
    assert.equal(namesOnly('application/vcard+xml, text/html;q=0', /vcard/), true);
    assert.equal(namesOnly('application/vcard+xml, text/html', /vcard/), false);
    assert.equal(namesOnly('', /vcard/), false);
  });
});
