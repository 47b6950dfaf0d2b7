import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import {
  BadConfiguration,
  readConfig,
  renderConfigurationDoc,
  requireSafeListener,
  SETTINGS,
} from '../../../server/config.ts';

const messageOf = (environment: Readonly<Record<string, string>>): string => {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof BadConfiguration);
    return error.message;
  }
  return '';
};

describe('settings', () => {
  test('work without any', () => {
    const config = readConfig({});
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 8008);
    assert.equal(config.baseUrl, null);
    assert.equal(config.databaseUrl, `sqlite:${resolve('data/daybook.sqlite')}`);
    assert.deepEqual(config.trustProxy, []);
    assert.equal(config.limits.trashDays, 30);
  });

  test('an empty variable is like none', () =>
    assert.equal(readConfig({ PORT: ' ', BASE_URL: '' }).port, 8008));

  test('BASE_URL gives origin and path', () => {
    const { baseUrl } = readConfig({ BASE_URL: 'https://Example.org:8443/daybook/' });
    assert.deepEqual(baseUrl, { origin: 'https://example.org:8443', base: '/daybook' });
    assert.deepEqual(readConfig({ BASE_URL: 'http://h' }).baseUrl, { origin: 'http://h', base: '' });
  });

  const bad: readonly (readonly [string, string])[] = [
    ['PORT', '65536'],
    ['PORT', '8008x'],
    ['PORT', '-1'],
    ['HOST', 'a b'],
    ['BASE_URL', 'example.org'],
    ['BASE_URL', 'ftp://example.org'],
    ['BASE_URL', 'https://example.org/?x'],
    ['BASE_URL', 'https://user:secret@example.org/'],
    ['BASE_URL', 'https://example.org/a//b'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'proxy.example.org'],
    ['ALLOW_INSECURE', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['CORS_ORIGINS', 'https://example.org/path'],
    ['QUOTA_BYTES', '1e9'],
  ];
  for (const [name, value] of bad)
    test(`${name}=${value} is refused by name, value and what is expected`, () => {
      const message = messageOf({ [name]: value });
      assert.ok(message.startsWith(`${name}="${value}" cannot be used. Expected: `), message);
    });

  test('all problems are told at once', () =>
    assert.equal(messageOf({ PORT: 'x', HOST: '!' }).split('\n').length, 2));

  test('a bad database address is not repeated', () => {
    const message = messageOf({ DATABASE_URL: 'mysql://u:secret@h/d' });
    assert.match(message, /^DATABASE_URL=\(not shown\)/);
    assert.doesNotMatch(message, /secret/);
  });

  test('a listener for other machines needs https or a word about it', () => {
    assert.throws(() => requireSafeListener(readConfig({ HOST: '0.0.0.0' })), BadConfiguration);
    requireSafeListener(readConfig({ HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.1' }));
    requireSafeListener(readConfig({ HOST: '::', ALLOW_INSECURE: 'yes' }));
    requireSafeListener(readConfig({ HOST: '::1' }));
  });

  test('every setting has its row, and its default is good', () => {
    const page = renderConfigurationDoc();
    for (const setting of Object.values(SETTINGS)) {
      assert.ok(page.includes(`| \`${setting.name}\` |`), setting.name);
      if (setting.fallback !== null)
        assert.notEqual(setting.parse(setting.fallback), undefined, setting.name);
    }
  });
});
