import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { toPrincipalId } from '../../../models/principals/login.ts';
import { readFlowPath } from '../../../protocols/discovery/flow-path.ts';
import { type ProfileFacts, renderProfile } from '../../../protocols/discovery/profile.ts';
import { signProfile } from '../../../protocols/discovery/sign.ts';
import { BadConfiguration } from '../../../server/config.ts';
import { readSigningKey } from '../../../server/signing.ts';
import { HOSTILE_STRINGS } from '../../support/hostile-strings.ts';

const FACTS: ProfileFacts = {
  device: '5f0c9d1e-0000-4000-a000-000000000001',
  serverName: 'Home server',
  personName: 'Mara Klein',
  description: 'Calendars and contacts of Mara Klein on Home server.',
  login: 'Mara@Example.org',
  principal: toPrincipalId('mara'),
  password: 'abcd-efgh-ijkl-mnop-qrst',
  address: 'https://dav.example.org/daybook',
};

const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const PYTHON = has('python3');
const OPENSSL = spawnSync('openssl', ['version']).error === undefined;

/** Property lists as Python's plistlib reads them. */
function plists(texts: readonly (string | Uint8Array)[]): readonly Record<string, unknown>[] {
  const read = `import plistlib,json,sys,base64
print(json.dumps([plistlib.loads(base64.b64decode(line)) for line in sys.stdin]))`;
  const input = texts.map((text) => Buffer.from(text).toString('base64')).join('\n');
  const value: unknown = JSON.parse(execFileSync('python3', ['-c', read], { input, encoding: 'utf8' }));
  assert.ok(Array.isArray(value) && value.length === texts.length);
  return value;
}

function plist(text: string | Uint8Array): Record<string, unknown> {
  const [value] = plists([text]);
  assert.ok(value !== undefined);
  return value;
}

function contents(profile: Record<string, unknown>): readonly Record<string, unknown>[] {
  const { PayloadContent: list } = profile;
  assert.ok(Array.isArray(list));
  return list;
}

const sorted = (keys: readonly string[]) => keys.toSorted((a, b) => (a < b ? -1 : 1));
const COMMON = [
  'PayloadType',
  'PayloadVersion',
  'PayloadIdentifier',
  'PayloadUUID',
  'PayloadDisplayName',
] as const;
const ACCOUNT = [
  'AccountDescription',
  'HostName',
  'Port',
  'UseSSL',
  'PrincipalURL',
  'Username',
  'Password',
] as const;

describe('the profile for Apple devices', { skip: PYTHON ? false : 'there is no python3' }, () => {
  test('has the keys Apple names and no others', () => {
    const profile = plist(renderProfile(FACTS));
    assert.deepEqual(
      sorted(Object.keys(profile)),
      sorted([
        ...COMMON,
        'PayloadOrganization',
        'PayloadDescription',
        'PayloadRemovalDisallowed',
        'PayloadContent',
      ]),
    );
    assert.equal(profile['PayloadType'], 'Configuration');
    const [calendars, contacts, ...more] = contents(profile);
    assert.deepEqual(more, []);
    for (const [part, type, prefix] of [
      [calendars, 'com.apple.caldav.account', 'CalDAV'],
      [contacts, 'com.apple.carddav.account', 'CardDAV'],
    ] as const) {
      const keys = sorted([...COMMON, ...ACCOUNT.map((key) => prefix + key)]);
      assert.deepEqual(sorted(Object.keys(part ?? {})), keys);
      assert.equal(part?.['PayloadType'], type);
      assert.deepEqual(
        ACCOUNT.map((key) => part?.[prefix + key]),
        [
          'Home server',
          'dav.example.org',
          443,
          true,
          '/daybook/dav/principals/mara/',
          'Mara@Example.org',
          FACTS.password,
        ],
      );
    }
  });

  test('takes host, port and TLS from the address', () => {
    for (const [address, host, port, isSecure, path] of [
      ['http://127.0.0.1:8008', '127.0.0.1', 8008, false, '/dav/principals/mara/'],
      ['https://[2001:db8::1]:8443', '2001:db8::1', 8443, true, '/dav/principals/mara/'],
      ['http://dav.example.org/a/b', 'dav.example.org', 80, false, '/a/b/dav/principals/mara/'],
    ] as const) {
      const [part] = contents(plist(renderProfile({ ...FACTS, address })));
      assert.deepEqual(
        [
          part?.['CalDAVHostName'],
          part?.['CalDAVPort'],
          part?.['CalDAVUseSSL'],
          part?.['CalDAVPrincipalURL'],
        ],
        [host, port, isSecure, path],
      );
    }
  });

  test('leaves the password out where the device shall ask', () => {
    for (const part of contents(plist(renderProfile({ ...FACTS, password: null }))))
      assert.ok(!Object.keys(part).some((key) => key.endsWith('Password')));
  });

  test('keeps its identifiers for one device and shares none with another', () => {
    const idsOf = (facts: ProfileFacts) => {
      const profile = plist(renderProfile(facts));
      return [profile, ...contents(profile)].flatMap((each) => [
        each['PayloadIdentifier'],
        each['PayloadUUID'],
      ]);
    };
    const ids = idsOf(FACTS);
    assert.deepEqual(idsOf({ ...FACTS, password: 'new', personName: 'M.', serverName: 'Other' }), ids);
    assert.equal(new Set(ids).size, ids.length);
    const others = idsOf({ ...FACTS, device: '5f0c9d1e-0000-4000-a000-000000000002' });
    assert.ok(others.every((id) => !ids.includes(id)));
    for (const uuid of [ids[1], ids[3], ids[5]])
      assert.match(String(uuid), /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  });

  test('hostile names stay text', () => {
    const controls = 'a\u0000b\u0008c\ufffed\ud800e';
    const names = [...HOSTILE_STRINGS, controls, ']]>&amp;<key>'];
    const texts = names.map((name) =>
      renderProfile({ ...FACTS, serverName: name, personName: name, description: name, login: name }),
    );
    for (const [at, profile] of plists(texts).entries()) {
      assert.equal(contents(profile).length, 2);
      const [part] = contents(profile);
      const clean = (names[at] ?? '')
        .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
        .replace(/\r\n?/g, '\n');
      assert.equal(part?.['CalDAVUsername'], clean);
    }
  });
});

describe('signing', { skip: OPENSSL ? false : 'there is no openssl' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-sign-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

  function makeCertificates(): void {
    const subject = (name: string) => ['-subj', `/CN=${name}`, '-days', '2'];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      ...subject('Root'),
    );
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'my.key',
      '-out',
      'my.csr',
      ...subject('dav.example.org').slice(0, 2),
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'my.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-out',
      'my.pem',
    );
    openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'ec.key');
  }
  makeCertificates();
  const config = (cert: string | null, key: string | null, chain: string | null = null) => ({
    profileCert: cert === null ? null : file(cert),
    profileKey: key === null ? null : file(key),
    profileChain: chain === null ? null : file(chain),
  });

  test('openssl verifies the signature and finds the profile inside', () => {
    const key = readSigningKey(config('my.pem', 'my.key', 'ca.pem'));
    assert.ok(key !== null);
    const text = renderProfile({ ...FACTS, serverName: 'Zuhause – Größe 日本' });
    const signed = signProfile(text, key, Math.floor(Date.now() / 1000));
    writeFileSync(file('signed.der'), signed);
    openssl(
      'smime',
      '-verify',
      '-inform',
      'DER',
      '-in',
      'signed.der',
      '-CAfile',
      'ca.pem',
      '-out',
      'inside',
      '-purpose',
      'any',
      '-binary',
    );
    assert.equal(readFileSync(file('inside'), 'utf8'), text);
    if (PYTHON) assert.equal(contents(plist(readFileSync(file('inside')))).length, 2);
    const broken = Buffer.from(signed);
    const at = broken.indexOf('Mara Klein');
    broken.write('Nobody Bad', at);
    writeFileSync(file('broken.der'), broken);
    assert.throws(() =>
      openssl(
        'smime',
        '-verify',
        '-inform',
        'DER',
        '-in',
        'broken.der',
        '-CAfile',
        'ca.pem',
        '-out',
        'inside',
        '-purpose',
        'any',
        '-binary',
      ),
    );
  });

  test('files that do not belong together are refused with what was expected', () => {
    assert.equal(readSigningKey(config(null, null)), null);
    writeFileSync(file('empty.pem'), '');
    for (const [given, says] of [
      [config('my.pem', null), /go together/],
      [config('nothing.pem', 'my.key'), /cannot be read/],
      [config('empty.pem', 'my.key'), /holds no certificate/],
      [config('my.pem', 'ca.key'), /does not belong/],
      [config('my.pem', 'ec.key'), /no RSA key/],
      [config('my.pem', 'my.pem'), /cannot be read/],
    ] as const)
      assert.throws(
        () => readSigningKey(given),
        (error) => error instanceof BadConfiguration && says.test(error.message),
      );
  });
});

test('addresses of the login flow', () => {
  const open = { code: undefined, isPoll: false };
  assert.deepEqual(readFlowPath(['login', 'v2']), open);
  assert.deepEqual(readFlowPath(['index.php', 'login', 'v2']), open);
  assert.deepEqual(readFlowPath(['index.php', 'login', 'v2', 'poll']), { ...open, isPoll: true });
  assert.deepEqual(readFlowPath(['c', 'abc', 'index.php', 'login', 'v2']), { ...open, code: 'abc' });
  for (const path of [
    ['login'],
    ['login', 'approve', 'x'],
    ['c', 'login', 'v2'],
    ['c', 'abc', 'profile'],
    ['c', 'abc', 'login', 'v2', 'poll'],
    ['index.php'],
    ['index.php', 'login', 'v2', 'poll', 'x'],
  ])
    assert.equal(readFlowPath(path), null, path.join('/'));
});
