/** Hostile jCal and jCard (RFC 7265, RFC 7095): deep, large, endless; each is refused by name and holds nobody up. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, askTimed, expectRefused } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const MOST = 1_500_000;
const filled = (piece: string, size = 150_000): string =>
  Array(Math.floor(size / (piece.length + 1)))
    .fill(piece)
    .join(',');

describe('hostile JSON', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  /** Puts and meanwhile asks something cheap. */
  const put = async (kind: 'calendars' | 'addressbooks', body: string) => {
    const home = `/dav/${kind}/${server.user}/${kind === 'calendars' ? 'calendar' : 'contacts'}/`;
    const type = kind === 'calendars' ? 'application/calendar+json' : 'application/vcard+json';
    const [answer, cheap] = await Promise.all([
      askTimed(server, 'PUT', `${home}x`, { headers: { 'Content-Type': type }, body }),
      askTimed(server, 'PROPFIND', home, { headers: { Depth: '0' } }),
    ]);
    assert.equal(cheap.status, 207);
    assert.ok(answer.ms < 5000 && cheap.ms < 2000, `${answer.ms} ms, ${cheap.ms} ms`);
    return answer;
  };
  const event = (property: string): string => `["vcalendar",[],[["vevent",[${property}],[]]]]`;

  test('nesting without end', async () => {
    for (const body of [
      '['.repeat(MOST),
      '{"a":'.repeat(MOST / 5),
      `["vcalendar",[["x",{},"text",${'['.repeat(1000)}${']'.repeat(1000)}]],[]]`,
    ]) {
      expectRefused(await put('calendars', body), [403], ['valid-calendar-data']);
      expectRefused(await put('addressbooks', body), [403], ['valid-address-data']);
    }
  });

  test('more than is read', async () => {
    const body = event(`["summary",{},"text","${'a'.repeat(1_600_000)}"]`);
    expectRefused(await put('calendars', body), [403], ['max-resource-size']);
    const card = `["vcard",[["note",{},"text","${'a'.repeat(1_600_000)}"]]]`;
    expectRefused(await put('addressbooks', card), [403], ['max-resource-size']);
  });

  test('small pieces without end', async () => {
    const conditions = [
      'valid-calendar-data',
      'valid-calendar-object-resource',
      'max-resource-size',
      'max-instances',
    ];
    for (const property of [
      filled('["x-a",{},"text","a"]'),
      `["summary",{},"text","${'\\n,'.repeat(40_000)}"]`,
      `["exdate",{},"date",${filled('"2026-01-01"')}]`,
      `["rrule",{},"recur",{"freq":"DAILY","byday":[${filled('"MO"')}]}]`,
      `["summary",{"a":[${filled('"b"')}]},"text","x"]`,
      `["summary",{${filled('"a":1')}},"text","x"]`,
    ])
      expectRefused(await put('calendars', event(property)), [403], conditions);
    for (const property of [filled('["tel",{},"text","1"]'), `["n",{},"text",[${filled('["",""]')}]]`])
      expectRefused(
        await put('addressbooks', `["vcard",[["version",{},"text","4.0"],${property}]]`),
        [403],
        ['valid-address-data', 'max-resource-size'],
      );
  });

  test('headers that ask for much are read or passed over', async () => {
    const path = `/dav/calendars/${server.user}/calendar/`;
    for (const headers of [
      { Accept: filled('application/calendar+json;q=0.5', 8000) },
      { Accept: ';,=q,;;q=;"' },
      { 'CalDAV-Timezones': 'T, F' },
    ]) {
      const answer = await ask(server, 'GET', `${path}none.ics`, { headers });
      assert.equal(answer.status, 404);
    }
  });
});
