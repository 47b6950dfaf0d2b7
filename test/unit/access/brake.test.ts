import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '../../../models/credentials/brake.ts';
import { appPasswordHash, writeAppPassword } from '../../../models/credentials/hash.ts';
import { checkedLogin, foldLogin, plainId, suffixedId } from '../../../models/principals/login.ts';

test('a network is a /24 or a /56', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['192.0.2.7', '192.0.2'],
    ['::ffff:192.0.2.7', '192.0.2'],
    ['2001:db8:1:23ff::1', '2001:0db8:0001:23'],
    ['2001:db8:1:2300:1:2:3:4', '2001:0db8:0001:23'],
    ['::1', '0000:0000:0000:00'],
    ['fe80::1:2', 'fe80:0000:0000:00'],
  ];
  for (const [address, network] of cases) assert.equal(networkOf(address), network, address);
});

test('logins fold once and become ids that fit into every path', () => {
  assert.equal(foldLogin(' Ann '), 'ann');
  assert.equal(foldLogin('Ａｎｎ'), 'ann');
  assert.equal(foldLogin('JÖRG'), foldLogin('jo\u0308rg'));
  assert.equal(plainId('ann.b_c~d-e'), 'ann.b_c~d-e');
  for (const folded of ['', '.', '..', 'users', 'a b', 'ä', 'a@b', 'x'.repeat(65)])
    assert.equal(plainId(folded), null);
  assert.equal(suffixedId('jörg@example.org', '0a'), 'jorg-example.org-0a');
  assert.equal(suffixedId('日本', '0a'), 'user-0a');
  assert.equal(suffixedId('..', '0a'), 'user-0a');
  assert.throws(() => checkedLogin('a\ud800'));
});

test('an app password is read as people type it', () => {
  const secret = writeAppPassword(Uint8Array.from({ length: 20 }, (_, i) => i * 13));
  assert.match(secret, /^([a-z2-7]{4}-){4}[a-z2-7]{4}$/);
  const stored = appPasswordHash(secret);
  assert.notEqual(stored, null);
  assert.equal(appPasswordHash(secret.toUpperCase().replaceAll('-', ' ')), stored);
  for (const other of ['', 'correct horse battery', `${secret}a`, secret.slice(1), 'x'.repeat(1_000_000)])
    assert.equal(appPasswordHash(other), null);
});
