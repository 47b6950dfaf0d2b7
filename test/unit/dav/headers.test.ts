import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../models/errors.ts';
import type { ETag } from '../../../models/types.ts';
import {
  bareETag,
  isXml,
  namesCurrent,
  namesSelected,
  readDepth,
  readMatch,
  readOverwrite,
  readPreferences,
  representationTag,
} from '../../../protocols/dav/headers.ts';
import { parseIf } from '../../../protocols/dav/if-header.ts';
import { wireRequest } from '../../support/wire.ts';

const asked = (headers: Readonly<Record<string, string>>) =>
  wireRequest({ method: 'PUT', path: '/', headers });
const CURRENT = 'A3f_-0123456789abcdefg' as ETag;

describe('Depth and Overwrite', () => {
  test('0, 1, infinity in any case, or nothing', () => {
    assert.equal(readDepth(asked({ Depth: '0' })), '0');
    assert.equal(readDepth(asked({ Depth: ' Infinity ' })), 'infinity');
    assert.equal(readDepth(asked({})), null);
    assert.throws(() => readDepth(asked({ Depth: '2' })), Refusal);
  });

  test('overwriting is forbidden by F alone', () => {
    assert.equal(readOverwrite(asked({ Overwrite: 'f' })), false);
    assert.equal(readOverwrite(asked({ Overwrite: 'T' })), true);
    assert.equal(readOverwrite(asked({})), true);
  });
});

describe('entity tags', () => {
  const forms: readonly string[] = [
    `"${CURRENT}"`,
    CURRENT,
    `\\"${CURRENT}\\"`,
    `W/"${CURRENT}"`,
    `"${CURRENT}-gzip"`,
    `"${CURRENT}-br"`,
    `"other", "${CURRENT}"`,
    '*',
  ];
  for (const form of forms)
    test(`If-Match: ${form} names the current one`, () => {
      assert.equal(readMatch(asked({ 'If-Match': form }))?.(CURRENT), true);
      assert.equal(readMatch(asked({ 'If-Match': form }))?.(null), false);
      assert.equal(readMatch(asked({ 'If-None-Match': form }))?.(CURRENT), false);
      assert.equal(readMatch(asked({ 'If-None-Match': form }))?.(null), true);
    });

  test('another tag, garbage and nothing match nothing', () => {
    for (const form of ['"other"', '', ',,', '""'])
      assert.equal(readMatch(asked({ 'If-Match': form }))?.(CURRENT), false, form);
    assert.equal(readMatch(asked({})), null);
    assert.equal(bareETag('"abc-gzip"'), 'abc-gzip');
  });

  test('the tag of a representation speaks of the state in writes, and of itself alone in reads', () => {
    const state = 'A3f_-0123456789abcdefgh'.slice(0, 22) as ETag;
    const tag = representationTag(state, '["vcalendar",[],[]]');
    assert.notEqual(tag, representationTag(state, '["vcalendar",[], []]'));
    for (const header of [`"${tag}"`, `W/"${tag}"`, `"x", "${tag}-gzip"`, `"${state}"`])
      assert.equal(namesCurrent(header, state), true, header);
    assert.equal(namesCurrent(`"${tag}"`, `${state.slice(0, 21)}_` as ETag), false);
    assert.equal(namesCurrent(`"${state}-json"`, state), false);
    assert.equal(namesCurrent(`"${tag}"`, null), false);
    assert.equal(namesSelected(`"${tag}-br"`, tag), true);
    assert.equal(namesSelected('*', tag), true);
    assert.equal(namesSelected(`"${state}"`, tag), false);
    assert.equal(namesSelected(`"${tag}"`, state), false);
  });
});

describe('preferences', () => {
  test('Brief and both spellings of return=minimal mean the same', () => {
    for (const headers of [{ Brief: 't' }, { Prefer: 'return=minimal' }, { Prefer: 'return-minimal' }]) {
      const preferences = readPreferences(asked(headers));
      assert.equal(preferences.isMinimal, true);
      assert.equal(preferences.applied('return=minimal'), 'return=minimal');
    }
    assert.equal(readPreferences(asked({ Brief: 'f' })).isMinimal, false);
  });

  test('several preferences stand side by side', () => {
    const preferences = readPreferences(asked({ Prefer: 'depth-noroot, return=representation; x=y' }));
    assert.equal(preferences.withoutRoot, true);
    assert.equal(preferences.wantsRepresentation, true);
    assert.equal(preferences.applied('depth-noroot', 'return=minimal'), 'depth-noroot');
  });
});

describe('the If header', () => {
  test('tagged and untagged lists with tokens, tags and Not', () => {
    assert.deepEqual(parseIf('(<urn:x> ["a b"]) (Not <DAV:no-lock>)'), [
      {
        about: null,
        tests: [
          { isNegated: false, kind: 'token', value: 'urn:x' },
          { isNegated: false, kind: 'etag', value: 'a b' },
        ],
      },
      { about: null, tests: [{ isNegated: true, kind: 'token', value: 'DAV:no-lock' }] },
    ]);
    assert.deepEqual(
      parseIf('</a/b> (["x"]) ([W/"y"])').map((list) => list.about),
      ['/a/b', '/a/b'],
    );
    assert.deepEqual(parseIf('(["a)b("])')[0]?.tests[0]?.value, 'a)b(');
  });

  for (const header of ['', 'x', '(', '()', '(["a"]', '</a>', '(<a> x)', '(Not)'])
    test(`garbage: ${header}`, () => assert.throws(() => parseIf(header), Refusal));

  test('the worst a client can send is read in no time', () => {
    for (const header of [
      `(${'"'.repeat(60_000)}`,
      `(${'["a"]'.repeat(12_000)}`,
      `${'<a>'.repeat(20_000)}(`,
    ]) {
      const start = performance.now();
      assert.throws(() => parseIf(header), Refusal);
      assert.ok(performance.now() - start < 300, header.slice(0, 10));
    }
  });
});

test('XML is recognised by its media type', () => {
  for (const type of [
    'text/xml',
    'application/xml; charset=utf-8',
    'Application/XML',
    'application/foo+xml',
    '',
  ])
    assert.equal(isXml(type), true, type);
  assert.equal(isXml(undefined), true);
  for (const type of ['text/calendar', 'text/xmlish', 'xzy-foo/bar-512'])
    assert.equal(isXml(type), false, type);
});
