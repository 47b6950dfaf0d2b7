/** Hostile calendar objects and cards: sizes, floods, wrong kinds (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, askTimed, basic, card, event, expectRefused, plainEvent, raw } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ICS = { 'Content-Type': 'text/calendar; charset=utf-8' };
const VCF = { 'Content-Type': 'text/vcard; charset=utf-8' };
const MIB = 1024 * 1024;
const TIMES = ['DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z'];
const lines = (count: number, make: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('hostile bodies', () => {
  let server: TestServer;
  let calendar: string;
  let book: string;
  before(async () => {
    server = await startTestServer();
    calendar = `/dav/calendars/${server.user}/calendar/`;
    book = `/dav/addressbooks/${server.user}/contacts/`;
  });
  after(() => server.stop());

  const put = (name: string, body: string, headers: Readonly<Record<string, string>> = ICS) =>
    askTimed(server, 'PUT', `${calendar}${name}.ics`, { headers, body });
  const putCard = (name: string, body: string, headers: Readonly<Record<string, string>> = VCF) =>
    askTimed(server, 'PUT', `${book}${name}.vcf`, { headers, body });

  test('a body over the hard limit is refused before or while it is read, and the object stays', async () => {
    const path = `${calendar}kept.ics`;
    assert.equal((await put('kept', plainEvent('kept'))).status, 201);
    const auth = `Authorization: ${basic(server)}`;
    const declared = await raw(
      server,
      `PUT ${path} HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Type: text/calendar\r\nContent-Length: 5000000000\r\n\r\nBEGIN`,
    );
    assert.match(declared, /^HTTP\/1\.1 413/);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const chunked = await raw(
      server,
      `PUT ${path} HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Type: text/calendar\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}0\r\n\r\n`,
      3000,
    );
    assert.match(chunked, /^HTTP\/1\.1 413/);
    assert.equal((await ask(server, 'GET', path)).body, plainEvent('kept'));
  });

  test('an object over max-resource-size is refused by name', async () => {
    expectRefused(await put('big', plainEvent('big', 'x'.repeat(MIB + 10))), [403], ['max-resource-size']);
    expectRefused(
      await putCard('big', card('big', `NOTE:${'x'.repeat(MIB + 10)}`)),
      [403],
      ['max-resource-size'],
    );
  });

  test('content codings other than identity are refused', async () => {
    for (const coding of ['gzip', 'deflate', 'br', 'gzip, gzip', 'zstd', 'klingon']) {
      const answer = await put('coded', plainEvent('coded'), { ...ICS, 'Content-Encoding': coding });
      expectRefused(answer, [415]);
      assert.equal(answer.headers['accept-encoding'], 'identity');
    }
    assert.equal(
      (await put('plain', plainEvent('plain'), { ...ICS, 'Content-Encoding': 'identity' })).status,
      201,
    );
  });

  test('floods of lines, properties, parameters and parts end in time', async () => {
    const bodies: readonly (readonly [string, string])[] = [
      ['folded', event('f1', ...TIMES, `SUMMARY:${'\r\n x'.repeat(150_000)}`)],
      ['long-line', event('f2', ...TIMES, `SUMMARY:${'y'.repeat(MIB - 2_000)}`)],
      ['many-props', event('f3', ...TIMES, ...lines(60_000, (n) => `X-P${n}:1`))],
      [
        'alarms',
        event(
          'f4',
          ...TIMES,
          ...lines(
            10_000,
            () => 'BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM',
          ),
        ),
      ],
      [
        'attendees',
        event(
          'f5',
          ...TIMES,
          'ORGANIZER:mailto:a@example.org',
          ...lines(15_000, (n) => `ATTENDEE:mailto:u${n}@example.org`),
        ),
      ],
      ['params', event('f6', ...TIMES, `SUMMARY;${lines(20_000, (n) => `X-A${n}=1`).join(';')}:x`)],
      ['name', event('f7', ...TIMES, `X-${'N'.repeat(100_000)}:1`)],
      ['backslashes', event('f8', ...TIMES, `SUMMARY:${'\\'.repeat(200_000)}`)],
      ['quotes', event('f9', ...TIMES, `SUMMARY;X=${'"'.repeat(200_001)}:x`)],
      ['semicolons', event('f10', ...TIMES, `SUMMARY${';'.repeat(200_000)}:x`)],
      ['commas', event('f11', ...TIMES, `CATEGORIES:${','.repeat(200_000)}`)],
    ];
    for (const [name, body] of bodies) {
      const answer = await put(name, body);
      assert.ok(
        answer.status === 201 || (answer.status >= 400 && answer.status < 500),
        `${name}: ${answer.status} ${answer.body.slice(0, 200)}`,
      );
      assert.ok(answer.ms < 2000, `${name}: PUT took ${answer.ms} ms`);
      if (answer.status !== 201) continue;
      const query =
        '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data><C:expand start="20261101T000000Z" end="20270101T000000Z"/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20261101T000000Z" end="20270101T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>';
      const asked = await askTimed(server, 'REPORT', calendar, {
        headers: { 'Content-Type': 'application/xml', Depth: '1' },
        body: query,
      });
      assert.equal(asked.status, 207, name);
      assert.ok(asked.ms < 5000, `${name}: query took ${asked.ms} ms`);
      await ask(server, 'DELETE', `${calendar}${name}.ics`);
    }
    for (const [name, body] of [
      ['folds', card('c1', `NOTE:${'\r\n x'.repeat(150_000)}`)],
      ['props', card('c2', ...lines(60_000, (n) => `X-P${n}:1`))],
      ['semis', card('c3', `ADR:${';'.repeat(200_000)}`)],
      ['params', card('c4', `TEL;${'TYPE=home;'.repeat(20_000)}X=1:1`)],
    ] as const) {
      const answer = await putCard(name, body);
      assert.ok(
        answer.status === 201 || (answer.status >= 400 && answer.status < 500),
        `${name}: ${answer.status}`,
      );
      assert.ok(answer.ms < 2000, `${name}: ${answer.ms} ms`);
    }
  });

  test('components nested without end are not calendar data', async () => {
    for (const depth of [2_000, 30_000]) {
      const body = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${'BEGIN:X-A\r\n'.repeat(depth)}${'END:X-A\r\n'.repeat(depth)}END:VCALENDAR\r\n`;
      expectRefused(await put('nest', body), [403], ['valid-calendar-data']);
    }
  });

  test('what is not iCalendar is refused by name', async () => {
    const start = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n';
    const bad: readonly string[] = [
      '',
      ' ',
      'hello',
      '<xml/>',
      '{"a":1}',
      'BEGIN:VCALENDAR',
      'END:VCALENDAR',
      `${start}END:VCALENDAR\r\n`,
      `${start}BEGIN:VEVENT\r\nUID:a\r\nEND:VCALENDAR\r\n`,
      `${start}BEGIN:VEVENT\r\nUID:a\r\nEND:VTODO\r\nEND:VCALENDAR\r\n`,
      `${plainEvent('a')}${plainEvent('b')}`,
      plainEvent('a').replace('END:VCALENDAR', ''),
      plainEvent('a').replace('BEGIN:VCALENDAR', ''),
      event('a', 'DTSTART:yesterday'),
      event('a', 'DTSTART:20261301T090000Z'),
      event('a', 'DTSTART:20260230T090000Z'),
      event('a', 'DTSTART;VALUE=DATE:20261232'),
      event('a', 'DTSTART:20261201T250000Z'),
      event('a', 'DTSTART:20261201T096000Z'),
      event('a', 'DTSTART'),
      event('a', 'SUMMARY:no start'),
      event('a', 'DTSTART:20261201T090000Z', 'DURATION:tomorrow'),
      event('a', 'DTSTART:20261201T090000Z', 'DTEND:20261201T080000Z'),
      event('a', ...TIMES, 'RRULE:FREQ=NEVER'),
      event('a', ...TIMES, 'RRULE:COUNT=3'),
      event('a', ...TIMES, 'RRULE:FREQ=DAILY;COUNT=x'),
      event('a', ...TIMES, 'RRULE:FREQ=DAILY;UNTIL=soon'),
      event('a', ...TIMES, 'EXDATE:not-a-date'),
      event('a', ...TIMES, 'RDATE:20261399'),
      event('a', ...TIMES, 'no colon here'),
      event('a', ...TIMES, ':value only'),
      event('a', 'DTSTART:20261201T090000Z', 'DTSTART:20261202T090000Z'),
      event('a', ...TIMES, 'RECURRENCE-ID:xyz'),
      `\u0000\u0001\u0002`,
    ];
    for (const body of bad) {
      const answer = await put('bad', body);
      assert.ok(
        [400, 403].includes(answer.status),
        `${JSON.stringify(body.slice(0, 160))}: ${answer.status}`,
      );
      expectRefused(
        answer,
        [400, 403],
        ['valid-calendar-data', 'valid-calendar-object-resource', 'supported-calendar-component'],
      );
    }
    const broken = Buffer.concat([
      Buffer.from('BEGIN:VCALENDAR\r\nSUMMARY:'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\r\nEND:VCALENDAR\r\n'),
    ]);
    assert.match(
      await raw(
        server,
        Buffer.concat([
          Buffer.from(
            `PUT ${calendar}bad.ics HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(server)}\r\nContent-Type: text/calendar\r\nContent-Length: ${broken.length}\r\nConnection: close\r\n\r\n`,
          ),
          broken,
        ]),
      ),
      /^HTTP\/1\.1 40[03]/,
    );
  });

  test('what is not a card is refused by name', async () => {
    const bad = [
      '',
      'hello',
      'BEGIN:VCARD\r\nEND:VCARD\r\n',
      card('a').replace('VERSION:3.0\r\n', ''),
      card('a').replace('VERSION:3.0', 'VERSION:9.9'),
      card('a').replace('UID:a\r\n', ''),
      card('a').replace('END:VCARD', ''),
      `${card('a')}${card('b')}`,
      card('a', 'no colon'),
      card('a').replace('FN:Ada Test\r\n', ''),
    ];
    for (const body of bad) {
      const answer = await putCard('bad', body);
      assert.ok(
        [400, 403].includes(answer.status),
        `${JSON.stringify(body.slice(0, 120))}: ${answer.status}`,
      );
      expectRefused(answer, [400, 403], ['valid-address-data', 'supported-address-data']);
    }
  });

  test('METHOD, two UIDs, mixed components and a missing UID are no calendar object resource', async () => {
    const one =
      'BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nEND:VEVENT\r\n';
    const wrap = (inside: string): string =>
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${inside}END:VCALENDAR\r\n`;
    for (const body of [
      wrap(`METHOD:REQUEST\r\n${one}`),
      wrap(one + one.replace('UID:a', 'UID:b')),
      wrap(one + one.replaceAll('VEVENT', 'VTODO')),
      wrap(one.replace('UID:a\r\n', '')),
    ]) {
      expectRefused(await put('bad', body), [403], ['valid-calendar-object-resource']);
    }
  });

  test('wrong media types and charsets are refused', async () => {
    for (const type of [
      'text/plain',
      'application/json',
      'image/png',
      'text/vcard',
      'text/calendar; charset=utf-16',
      'text/calendar; charset=klingon',
    ]) {
      expectRefused(
        await put('typed', plainEvent('typed'), { 'Content-Type': type }),
        [403, 415],
        ['supported-calendar-data'],
      );
    }
    for (const type of ['text/plain', 'text/calendar', 'text/vcard; charset=utf-16']) {
      expectRefused(
        await putCard('typed', card('typed'), { 'Content-Type': type }),
        [403, 415],
        ['supported-address-data'],
      );
    }
  });

  test('a component the calendar does not take is refused by name', async () => {
    const todo = plainEvent('todo').replaceAll('VEVENT', 'VTODO').replace('DTEND:', 'DUE:');
    expectRefused(await put('todo', todo), [403], ['supported-calendar-component']);
    expectRefused(
      await askTimed(server, 'PUT', `/dav/calendars/${server.user}/tasks/event.ics`, {
        headers: ICS,
        body: plainEvent('event'),
      }),
      [403],
      ['supported-calendar-component'],
    );
  });

  test('names that JavaScript objects know are names like any other', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    for (const name of names) {
      const body = event(
        name,
        ...TIMES,
        `${name}:1`,
        `X-A;${name}=1:2`,
        `BEGIN:${name}`,
        'X:1',
        `END:${name}`,
      );
      const answer = await put(name, body);
      assert.ok(answer.status < 500, `${name}: ${answer.status}`);
      const header = await ask(server, 'GET', `${calendar}${name}.ics`, { headers: { [name]: name } });
      assert.ok(header.status < 500);
      assert.ok((await putCard(name, card(name, `${name.replaceAll('_', '-')}:1`))).status < 500);
      for (const filter of [`<C:prop-filter name="${name}"/>`, `<C:comp-filter name="${name}"/>`]) {
        const query = `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${filter}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;
        assert.ok(
          (
            await ask(server, 'REPORT', calendar, {
              headers: { 'Content-Type': 'application/xml', Depth: '1' },
              body: query,
            })
          ).status < 500,
        );
      }
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});
