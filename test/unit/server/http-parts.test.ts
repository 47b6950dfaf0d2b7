import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../models/errors.ts';
import { readHeaders } from '../../../server/http/headers.ts';
import { Deadlines, Turnstile } from '../../../server/http/limits.ts';
import { readBasic } from '../../../server/http/login.ts';
import { trustedProxies } from '../../../server/http/proxies.ts';

const base64 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64');

describe('headers', () => {
  test('have no prototype and join lists', () => {
    const headers = readHeaders([
      'Accept',
      'a',
      'accept',
      'b',
      '__proto__',
      'x',
      'Constructor',
      'y',
      'Cookie',
      '1',
      'Cookie',
      '2',
    ]);
    assert.equal(headers['accept'], 'a, b');
    assert.equal(headers['cookie'], '1; 2');
    assert.equal(headers['constructor'], 'y');
    assert.equal(headers['tostring'], undefined);
    assert.equal(headers['hasOwnProperty'], undefined);
    assert.equal(Object.getPrototypeOf(headers), null);
  });

  test('that are single are refused twice', () => {
    for (const name of ['Host', 'AUTHORIZATION', 'content-length', 'If-Match', 'Depth'])
      assert.throws(() => readHeaders([name, 'a', name.toLowerCase(), 'a']), Refusal, name);
  });
});

describe('Basic credentials', () => {
  const cases: readonly (readonly [string, readonly [string, string] | null])[] = [
    [`Basic ${base64('ann:pw')}`, ['ann', 'pw']],
    [`basic   ${base64('ann:a:b:c')}`, ['ann', 'a:b:c']],
    [`Basic ${base64('ann:')}`, ['ann', '']],
    [`Basic ${base64('änn:päß')}`, ['änn', 'päß']],
    [`Basic ${base64('\u00e4nn:p\u00e4\u00df', 'latin1')}`, ['änn', 'päß']],
    [`Basic ${base64('__proto__:x')}`, ['__proto__', 'x']],
    [`Basic ${base64('ann')}`, null],
    [`Basic ${base64(':pw')}`, null],
    [`Basic ${base64('ann:a\u0000b')}`, null],
    ['Basic', null],
    ['Basic =', null],
    ['Bearer abc', null],
    ['', null],
  ];
  for (const [value, expected] of cases)
    test(JSON.stringify(value), () => {
      const found = readBasic(value);
      assert.deepEqual(found === null ? null : [found.login, found.password], expected);
    });

  test('take no time however bad they are', () => {
    const started = performance.now();
    for (const c of ['A', ' ', '=', 'basic ']) readBasic(`Basic ${c.repeat(60_000)}!`);
    assert.ok(performance.now() - started < 200);
  });
});

describe('proxies', () => {
  const proxies = trustedProxies(['10.0.0.0/8', 'loopback', '2001:db8::1']);
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '6.6.6.6, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['10.1.2.3', '6.6.6.6, garbage', '10.1.2.3'],
    ['127.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['2001:db8::1', '2001:db8::2', '2001:db8::2'],
    ['::1', '10.0.0.1', '10.0.0.1'],
  ];
  for (const [peer, told, client] of cases)
    test(`${peer} says ${told}`, () => assert.equal(proxies.clientOf(peer, told), client));

  test('https is believed from them only', () => {
    assert.equal(proxies.isSecure('10.0.0.1', 'https'), true);
    assert.equal(proxies.isSecure('10.0.0.1', 'http'), false);
    assert.equal(proxies.isSecure('203.0.113.1', 'https'), null);
    assert.equal(trustedProxies([]).isSecure('127.0.0.1', 'https'), null);
  });
});

describe('turnstile', () => {
  test('lets so many in, queues so many, refuses the rest, in order', async () => {
    const gate = new Turnstile({ running: 2, queued: 2, status: 429 });
    assert.equal(gate.enter('a'), null);
    assert.equal(gate.enter('a'), null);
    const order: number[] = [];
    const third = gate.enter('a')?.then(() => order.push(3));
    const fourth = gate.enter('a')?.then(() => order.push(4));
    assert.throws(
      () => gate.enter('a'),
      (error: unknown) => error instanceof Refusal && error.status === 429,
    );
    assert.equal(gate.enter('b'), null);
    gate.leave('a');
    gate.leave('a');
    await Promise.all([third, fourth]);
    assert.deepEqual(order, [3, 4]);
    gate.leave('a');
    gate.leave('a');
    assert.equal(gate.enter('a'), null);
  });
});

test('deadlines tell of what is late, once', async () => {
  const late: object[] = [];
  const deadlines = new Deadlines<object>(40, (item) => late.push(item));
  const [slow, quick] = [{}, {}];
  deadlines.begin(slow);
  deadlines.begin(quick);
  deadlines.end(quick);
  const waiting = setInterval(() => {}, 10);
  await new Promise((resolve) => setTimeout(resolve, 150));
  clearInterval(waiting);
  deadlines.close();
  assert.deepEqual(late, [slow]);
});
