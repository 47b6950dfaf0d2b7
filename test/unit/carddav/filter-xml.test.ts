import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAddressData } from '../../../protocols/carddav/address-data.ts';
import { readCardFilter, readCardLimit } from '../../../protocols/carddav/filter-xml.ts';
import type { XmlElement } from '../../../protocols/xml/element.ts';
import { parseXml, XML_LIMITS } from '../../../protocols/xml/parse.ts';

const xml = (inner: string): XmlElement =>
  parseXml(
    Buffer.from(
      `<R:addressbook-query xmlns:R="urn:ietf:params:xml:ns:carddav">${inner}</R:addressbook-query>`,
    ),
    null,
    XML_LIMITS,
  );
const filter = (inner: string): XmlElement => xml(`<R:filter>${inner}</R:filter>`);

describe('the filter of an addressbook-query', () => {
  test('is read with its names in upper case, groups apart, and its defaults filled in', () => {
    const read = readCardFilter(
      filter(
        '<R:prop-filter name="item1.email"><R:text-match match-type="ends-with">@example.org</R:text-match><R:param-filter name="type"/></R:prop-filter>',
      ),
    );
    assert.deepEqual(read, {
      test: 'anyof',
      propFilters: [
        {
          name: 'EMAIL',
          group: 'ITEM1',
          isNotDefined: false,
          test: 'anyof',
          textMatches: [
            { text: '@example.org', collation: 'i;unicode-casemap', negate: false, matchType: 'ends-with' },
          ],
          paramFilters: [{ name: 'TYPE', isNotDefined: false, textMatch: null }],
        },
      ],
    });
  });

  test('may be empty: every card passes', () => {
    assert.deepEqual(readCardFilter(filter('')), { test: 'anyof', propFilters: [] });
  });

  test('is refused when it is none', () => {
    assert.throws(() => readCardFilter(xml('')), { status: 400 });
    const both = '<R:prop-filter name="FN"><R:is-not-defined/><R:text-match>a</R:text-match></R:prop-filter>';
    assert.throws(() => readCardFilter(filter(both)), { code: 'card-supported-filter' });
    assert.throws(() => readCardFilter(filter('<R:prop-filter/>')), { code: 'card-supported-filter' });
    assert.throws(() => readCardFilter(xml('<R:filter test="noneof"/>')), { code: 'card-supported-filter' });
    assert.throws(() => readCardFilter(filter('<R:prop-filter name="FN"/>'.repeat(65))), {
      code: 'card-supported-filter',
    });
    const klingon =
      '<R:prop-filter name="FN"><R:text-match collation="i;klingon">a</R:text-match></R:prop-filter>';
    assert.throws(() => readCardFilter(filter(klingon)), { code: 'card-supported-collation' });
  });

  test('has a limit that is a positive number', () => {
    assert.equal(readCardLimit(xml('')), null);
    assert.equal(readCardLimit(xml('<R:limit><R:nresults> 10 </R:nresults></R:limit>')), 10);
    for (const bad of ['', '0', '-1', 'ten', '1e9'])
      assert.throws(() => readCardLimit(xml(`<R:limit><R:nresults>${bad}</R:nresults></R:limit>`)), {
        status: 400,
      });
  });
});

describe('address-data of a request', () => {
  const data = (attributes: string, inner = ''): XmlElement => {
    const [element] = xml(`<R:address-data ${attributes}>${inner}</R:address-data>`).children;
    assert.ok(element !== undefined && typeof element !== 'string');
    return element;
  };
  const asked: readonly (readonly [string, string])[] = [
    ['', '3.0'],
    ['content-type="text/vcard"', '3.0'],
    ['content-type="text/vcard" version="4.0"', '4.0'],
    ['Content-Type="text/vcard" version="4.0"', '4.0'],
    ['version="3.0"', '3.0'],
  ];
  for (const [attributes, version] of asked)
    test(`means version ${version}: ${attributes || 'nothing said'}`, () => {
      assert.deepEqual(readAddressData(data(attributes)), { version, props: null });
    });

  test('may name properties', () => {
    const two = '<R:prop name="FN"/><R:prop name="item1.EMAIL"/>';
    assert.deepEqual(readAddressData(data('', two)), {
      version: '3.0',
      props: [
        { name: 'FN', isWithoutValue: false },
        { name: 'item1.EMAIL', isWithoutValue: false },
      ],
    });
    const bare = '<R:prop name="TEL" novalue="yes"/><R:prop name="FN" novalue="no"/>';
    assert.deepEqual(
      readAddressData(data('', bare)).props?.map((one) => one.isWithoutValue),
      [true, false],
    );
    assert.throws(() => readAddressData(data('', '<R:prop name="TEL" novalue="1"/>')), { status: 400 });
    assert.deepEqual(readAddressData(data('', '<R:allprop/>')), { version: '3.0', props: null });
  });

  test('is refused for other formats', () => {
    for (const attributes of [
      'version="2.1"',
      'content-type="application/vcard+xml" version="4.0"',
      'content-type="application/vcard+json" version="3.0"',
    ])
      assert.throws(() => readAddressData(data(attributes)), { code: 'supported-address-data' });
  });
});
