import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { judgePassword } from '../../../models/credentials/strength.ts';
import { EN } from '../../../web/locales/en.ts';
import { openWords } from '../../../web/words.ts';

describe('words', () => {
  const words = openWords();

  test('fills in values, and plural forms with their count', () => {
    assert.equal(words.t('setup.where', { place: '/data' }), 'Everything is kept in /data');
    assert.equal(words.n('count.events', 1), '1 event');
    assert.equal(words.n('count.events', 1200), '1,200 events');
    assert.equal(words.list(['a', 'b', 'c']), 'a, b, and c');
    assert.equal(words.t('setup.where', { place: '{place}' }), 'Everything is kept in {place}');
  });

  test('tells times in words', () => {
    assert.equal(words.ago(1000, 1010), 'just now');
    assert.equal(words.ago(1000, 1000 + 7200), '2 hours ago');
    assert.equal(words.ago(1000, 1000 + 86_400), 'yesterday');
    assert.match(words.exact(0), /1970.*UTC/);
  });

  test('every plural has both forms, no text is used by nobody', () => {
    const keys = Object.keys(EN);
    for (const key of keys.filter((k) => k.endsWith('#one')))
      assert.ok(keys.includes(key.replace('#one', '#other')));
    const root = new URL('../../../web/', import.meta.url);
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('locales'))
      .map((name) => readFileSync(new URL(name, root), 'utf8'))
      .join('\n');
    /** Keys that are put together at run time: what stands in braces is one part of a key or more. */
    const composed = [...sources.matchAll(/`([a-z][\w.-]*(?:\$\{[^}]*\}[\w.-]*)+)`/g)].map(
      ([, text = '']) => {
        const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
        return new RegExp(`^${parts.join('[\\w.-]+')}$`);
      },
    );
    for (const key of keys) {
      const plain = key.replace(/#.*/, '');
      if (composed.some((pattern) => pattern.test(plain))) continue;
      assert.match(sources, new RegExp(`['"]${plain}['"]`), `"${key}" is used nowhere`);
    }
  });
});

describe('passwords', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['short', 'short'],
    ['ninechars', 'short'],
    ['correct horse battery', 'fine'],
    ['Password1234', 'guessable'],
    ['1234567890', 'guessable'],
    ['aaaaaaaaaaaa', 'guessable'],
    ['annsmith12', 'guessable'],
    ['qwertyuiop', 'guessable'],
    ['ünïcödé wörd', 'fine'],
    ['😀😀😀😀😀😀😀😀😀', 'short'],
    ['x'.repeat(1025), 'long'],
  ];
  for (const [password, verdict] of cases)
    test(`${password.slice(0, 20)} is ${verdict}`, () =>
      assert.equal(judgePassword(password, ['annsmith', 'Ann Smith']), verdict));
});
