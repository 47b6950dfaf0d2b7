import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countryNamed, countryOfZone } from '../../../models/contacts/country.ts';
import { areNamesCompatible, emailKey, matchKeys, phoneKey } from '../../../models/contacts/match.ts';
import { readCardLines } from '../../../models/vcard/lines.ts';

const card = (...lines: readonly string[]) => ({ properties: readCardLines(lines.join('\r\n')) });
const texts = (...lines: readonly string[]) =>
  matchKeys(card(...lines), countryNamed('de')).map((k) => `${k.reason} ${k.text}`);

test('a number is the same however it is written', () => {
  const country = countryNamed('DE');
  for (const written of ['0151 2345678', '+49 (0)151 2345678', 'tel:+49-151-2345678', '0049 151/2345678'])
    assert.equal(phoneKey(written, country), '+491512345678', written);
  assert.equal(phoneKey('0151 2345678', null), '01512345678', 'digits where no country is known');
  assert.equal(phoneKey('110', country), null, 'too short to tell people apart');
  assert.notEqual(phoneKey('+1 212 555 0100 x5', country), phoneKey('+1 212 555 0100', country));
});

test('addresses are compared without case and scheme', () => {
  assert.equal(emailKey(' MAILTO:Anna@Example.org'), 'anna@example.org');
  assert.equal(emailKey('not an address'), null);
});

test('the keys of a card: address, number, and name with birthday; never the name alone', () => {
  assert.deepEqual(texts('FN:Anna Schmidt', 'N:Schmidt;Anna;;;'), []);
  assert.deepEqual(texts('FN:Anna Schmidt', 'item1.EMAIL;TYPE=HOME:A@x.org', 'BDAY:1980-01-02'), [
    'email a@x.org',
    'birthday ANNA SCHMIDT|19800102',
  ]);
  assert.deepEqual(
    texts('FN:Schmidt\\, Änna', 'BDAY;X-APPLE-OMIT-YEAR=1604:1604-01-02'),
    texts('FN:anna schmidt', 'BDAY:--0102'),
  );
  assert.deepEqual(texts('FN:Family', 'EMAIL:a@x.org', 'X-ADDRESSBOOKSERVER-KIND:group'), []);
});

test('a flood of addresses makes a bounded count of keys', () => {
  const many = Array.from({ length: 5000 }, (_, i) => `EMAIL:a${i}@x.org`);
  assert.equal(texts(...many).length, 50);
});

test('names that can be one person, and names that cannot', () => {
  for (const [a, b] of [
    ['Anna Schmidt', 'Schmidt, Anna'],
    ['J. Okafor', 'Jide Okafor'],
    ['Dr. Wei Chen', 'Wei Chen'],
    ['Änna Schmidt', 'anna SCHMIDT'],
    ['Anna Maria Schmidt', 'Anna Schmidt'],
    ['', 'Anna'],
    ['anna@example.org', 'Bert'],
  ] as const)
    assert.equal(areNamesCompatible(a, b), true, `${a} | ${b}`);
  for (const [a, b] of [
    ['Anna Schmidt', 'Bert Schmidt'],
    ['Anna Schmidt', 'Anna Meier'],
    ['A. S.', 'Anna Schmidt'],
    ['Reception', 'Anna'],
  ] as const)
    assert.equal(areNamesCompatible(a, b), false, `${a} | ${b}`);
});

test('the country of a zone', () => {
  assert.equal(countryOfZone('Europe/Berlin'), 'DE');
  assert.equal(countryOfZone('UTC'), null);
  assert.equal(countryNamed('XX'), null);
});
