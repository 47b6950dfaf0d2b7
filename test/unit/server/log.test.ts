import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openLog } from '../../../server/log.ts';

function logged(
  write: (log: ReturnType<typeof openLog>) => void,
  level: 'info' | 'debug' = 'info',
): string[] {
  const lines: string[] = [];
  write(openLog(level, { write: (line) => void lines.push(line) }));
  return lines;
}

describe('the log', () => {
  test('has one line of JSON for each event', () => {
    const [line = ''] = logged((log) => log.info('it.happened', { count: 3 }));
    const { time, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { level: 'info', event: 'it.happened', count: 3 });
    assert.match(time, /^\d{4}-\d\d-\d\dT/);
    assert.ok(line.endsWith('\n'));
  });

  test('cannot be forged or made to move a terminal', () => {
    const [line = ''] = logged((log) =>
      log.info('x', { name: 'a\r\n{"level":"info"}\u001b[2J\u009b1m\u2028\u202e' }),
    );
    assert.equal(line.trimEnd().split(/\r|\n/).length, 1);
    assert.doesNotMatch(line.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    assert.doesNotMatch(JSON.parse(line).name, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  });

  test('caps fields, lists and depth', () => {
    const deep = { a: { b: { c: { d: { e: 1 } } } } };
    const [line = ''] = logged((log) =>
      log.warn('x', { long: 'y'.repeat(1_000_000), many: Array(1000).fill('z'), deep }),
    );
    assert.ok(line.length < 2000, String(line.length));
  });

  test('never tells secrets', () => {
    const fields = {
      authorization: 'Basic s3cret',
      nested: { password: 's3cret', cookie: 's3cret', resetToken: 's3cret' },
    };
    const [line = ''] = logged((log) => log.error('x', fields));
    assert.doesNotMatch(line, /s3cret/);
  });

  test('tells errors with their place, and keeps silent below its level', () => {
    const [line = ''] = logged((log) => log.error('x', { error: new TypeError('broken\n') }));
    const { error } = JSON.parse(line);
    assert.equal(error.name, 'TypeError');
    assert.ok(error.stack.length > 0);
    assert.deepEqual(
      logged((log) => log.debug('x')),
      [],
    );
    assert.equal(logged((log) => log.debug('x'), 'debug').length, 1);
  });
});
