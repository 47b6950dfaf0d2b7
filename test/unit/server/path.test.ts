import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../models/errors.ts';
import { readTarget } from '../../../server/http/path.ts';

describe('reading a request target', () => {
  const good: readonly (readonly [string, readonly string[]])[] = [
    ['/', []],
    ['*', []],
    ['/dav/', ['dav']],
    ['/dav/a%20b/', ['dav', 'a b']],
    ['/dav/%2525', ['dav', '%25']],
    ['/dav/%252e%252e', ['dav', '%2e%2e']],
    ['/dav/%E2%82%AC', ['dav', '€']],
    [`/dav/${Buffer.from('€').toString('latin1')}`, ['dav', '€']],
    ['/dav/__proto__/constructor', ['dav', '__proto__', 'constructor']],
    ['http://h.example:80/dav/x?y=1#z', ['dav', 'x']],
    ['/dav/...', ['dav', '...']],
    [`/dav/${'a'.repeat(255)}`, ['dav', 'a'.repeat(255)]],
  ];
  for (const [url, segments] of good)
    test(`takes ${url.slice(0, 40)}`, () => assert.deepEqual(readTarget(url, '').segments, segments));

  const bad = [
    '/dav/..',
    '/dav/../x',
    '/dav/%2e%2e',
    '/dav/%2E%2e/x',
    '/dav/.',
    '/dav/%2e',
    '/dav/a%2fb',
    '/dav/a%5cb',
    '/dav/a\\b',
    '/dav/%00',
    '/dav/a%0d%0ab',
    '/dav/%7f',
    '/dav/%c2%85',
    '/dav/%c0%ae',
    '/dav/%zz',
    '/dav/%',
    '/dav/%f',
    '/dav/%ff',
    '/dav/%ed%a0%80',
    '/dav//x',
    '//',
    '//dav',
    '/dav//',
    'dav',
    `/dav/${'a'.repeat(256)}`,
    `/dav/${'%E2%82%AC'.repeat(86)}`,
    '/dav/\u00ff',
  ];
  for (const url of bad)
    test(`refuses ${JSON.stringify(url).slice(0, 40)}`, () => {
      assert.throws(
        () => readTarget(url, ''),
        (error: unknown) => error instanceof Refusal && error.status === 400,
      );
    });

  test('knows the query and the slash', () => {
    const target = readTarget('/a/b/?x=%20&y', '');
    assert.equal(target.rawQuery, 'x=%20&y');
    assert.equal(target.hasTrailingSlash, true);
    assert.equal(target.rawPath, '/a/b/');
  });

  test('takes the base path away once', () => {
    assert.deepEqual(readTarget('/day', '/day').segments, []);
    assert.deepEqual(readTarget('/day/day/x', '/day').segments, ['day', 'x']);
    assert.deepEqual(readTarget('/daybook/x', '/day').segments, ['daybook', 'x']);
    assert.deepEqual(readTarget('/.well-known/caldav', '/day').segments, ['.well-known', 'caldav']);
  });
});
