import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName, readHref } from '../../../protocols/dav/hrefs.ts';
import type { Viewer } from '../../../protocols/wire.ts';
import { testApp } from '../../support/app.ts';
import { openTestDb } from '../../support/db.ts';
import { wireRequest } from '../../support/wire.ts';

describe('names in hrefs', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['1.ics', '1.ics'],
    ['a b.ics', 'a%20b.ics'],
    ['urn:uuid:1@example.org', 'urn:uuid:1@example.org'],
    ["!$&'()*+,;=:@-._~", "!$&'()*+,;=:@-._~"],
    ['100%.ics', '100%25.ics'],
    ['ä', '%C3%A4'],
    ['a\u0308', 'a%CC%88'],
    ['[x]?#"<>^`{|}', '%5Bx%5D%3F%23%22%3C%3E%5E%60%7B%7C%7D'],
  ];
  for (const [name, href] of cases)
    test(`${name} is written ${href}`, () => {
      assert.equal(encodeName(name), href);
      assert.equal(decodeURIComponent(href), name);
    });

  test('every character is written one way and read back', () => {
    for (let code = 0x20; code < 0x3000; code += 1) {
      const name = String.fromCharCode(code);
      assert.equal(decodeURIComponent(encodeName(name)), name);
      assert.match(encodeName(name), /^[\x21-\x7e]+$/);
    }
  });
});

describe('hrefs of bodies and of Destination', async () => {
  const { db, close } = await openTestDb('sqlite');
  const app = testApp(db);
  const v: Viewer = { app, actor: { kind: 'anonymous' }, base: '/cal', origin: 'https://dav.example' };
  const req = wireRequest({ method: 'MOVE', path: '/', headers: { host: 'inner:8008' } });
  const cases: readonly (readonly [string, string])[] = [
    ['/cal/dav/x/a%20b.ics', 'dav|x|a b.ics'],
    ['https://dav.example/cal/dav/', 'dav'],
    ['http://DAV.example:8443/cal/dav/', 'dav'],
    ['http://inner:8008/cal/', ''],
    ['/cal', ''],
    ['//dav.example/cal/dav', 'dav'],
    ['/cal/dav/x?y#z', 'dav|x'],
    ['https://other.example/cal/dav/', 'elsewhere'],
    ['ftp://dav.example/cal/dav/', 'elsewhere'],
    ['/dav/x', 'elsewhere'],
    ['/calx/dav', 'elsewhere'],
    ['', 'garbage'],
    ['dav/x', 'garbage'],
    ['http:', 'garbage'],
    ['http://', 'garbage'],
    ['///cal/dav', 'garbage'],
    ['mailto:a@b', 'elsewhere'],
    ['/cal/dav/../x', 'garbage'],
    ['/cal/dav/%2e%2e/x', 'garbage'],
    ['/cal/dav/a%2fb', 'garbage'],
    ['/cal/dav/a%5cb', 'garbage'],
    ['/cal/dav/a%00', 'garbage'],
    ['/cal/dav/%zz', 'garbage'],
    ['/cal/dav/%ff', 'garbage'],
    ['/cal/dav/%c0%ae', 'garbage'],
    ['/cal/dav//x', 'garbage'],
    [`/cal/dav/${'a'.repeat(256)}`, 'garbage'],
    ['/cal/dav/%252e', 'dav|%2e'],
  ];
  for (const [href, expected] of cases)
    test(`${href.slice(0, 60)} means ${expected}`, () => {
      const target = readHref(v, req, href);
      assert.equal(target.kind === 'path' ? target.segments.join('|') : target.kind, expected);
    });
  test('closing', () => close());
});
