/** The time zone data distribution service over the wire, at the root and below a prefix (RFC 7808). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { children } from '../../models/ical/component.ts';
import { readLines } from '../../models/ical/lines.ts';
import { ownZone } from '../../models/ical/own-zones.ts';
import { parseTree } from '../../models/ical/parse.ts';
import { createZones } from '../../models/ical/zones.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Observance {
  readonly name: string;
  readonly onset: string;
  readonly 'utc-offset-from': number;
  readonly 'utc-offset-to': number;
}
interface Listed {
  readonly synctoken: string;
  readonly timezones: readonly {
    readonly tzid: string;
    readonly etag: string;
    readonly 'last-modified': string;
    readonly publisher: string;
    readonly version: string;
    readonly aliases?: readonly string[];
  }[];
}
interface Capabilities {
  readonly version: number;
  readonly info: Readonly<Record<string, unknown>>;
  readonly actions: readonly { readonly name: string; readonly 'uri-template': string }[];
}
interface Expanded {
  readonly tzid: string;
  readonly start?: string;
  readonly end?: string;
  readonly observances: readonly Observance[];
}

const NEW_YORK = 'America%2FNew_York';

for (const base of ['', '/daybook'])
  describe(`time zones at "${base}/timezones"`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ base });
    });
    after(() => server.stop());

    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${server.origin}${base}/timezones${path}`, { redirect: 'manual', ...init });
    const read = async <T>(path: string): Promise<T> => {
      const answer = await ask(path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=3600');
      const body: T = await answer.json();
      return body;
    };
    const problemOf = async (path: string, init: RequestInit = {}): Promise<string> => {
      const answer = await ask(path, init);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', path);
      const problem: { type: string; status: number; detail: string } = await answer.json();
      assert.equal(problem.status, answer.status);
      assert.ok(problem.detail.length > 10);
      return `${answer.status} ${problem.type.replace('urn:ietf:params:tzdist:error:', '')}`;
    };

    /** What does not depend on where the server stands. */
    const testOnce = base === '' ? test : () => {};

    test('§4.2.1.3 the well-known address leads to it', async () => {
      for (const method of ['GET', 'HEAD']) {
        const url = `${server.origin}/.well-known/timezone`;
        const answer = await fetch(url, { method, redirect: 'manual' });
        assert.equal(answer.status, 301);
        assert.equal(answer.headers.get('location'), `${base}/timezones`);
        assert.match(answer.headers.get('cache-control') ?? '', /max-age/);
      }
    });

    test('§5.1 capabilities', async () => {
      const { version, info, actions } = await read<Capabilities>('/capabilities');
      assert.equal(version, 1);
      assert.deepEqual(info['formats'], ['text/calendar']);
      assert.deepEqual(info['truncated'], { any: true, untruncated: true });
      assert.match(String(info['primary-source']), /\d{4}[a-z]/);
      assert.deepEqual(
        actions.map((action) => `${action.name} ${action['uri-template']}`),
        [
          `capabilities ${base}/timezones/capabilities`,
          `list ${base}/timezones/zones{?changedsince}`,
          `get ${base}/timezones/zones{/tzid}{?start,end}`,
          `expand ${base}/timezones/zones{/tzid}/observances{?start,end}`,
          `find ${base}/timezones/zones{?pattern}`,
        ],
      );
    });

    test('§5.2 list, and what changed since a token', async () => {
      const all = await read<Listed>('/zones');
      assert.ok(all.timezones.length > 400);
      const names = all.timezones.flatMap(({ tzid, aliases }) => [tzid, ...(aliases ?? [])]);
      assert.equal(new Set(names).size, names.length);
      for (const name of ['Europe/Kyiv', 'Asia/Kolkata', 'America/Nuuk', 'US/Eastern', 'UTC', 'Etc/GMT+5'])
        assert.ok(names.includes(name), name);
      const kolkata = all.timezones.find(({ tzid }) => tzid === 'Asia/Kolkata');
      assert.deepEqual(kolkata?.aliases, ['Asia/Calcutta']);
      assert.match(kolkata['last-modified'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(`${kolkata.publisher} ${kolkata.version}`, `IANA ${process.versions['tz']}`);
      const none = await read<Listed>(`/zones?changedsince=${encodeURIComponent(all.synctoken)}`);
      assert.deepEqual(none, { synctoken: all.synctoken, timezones: [] });
      // A token of another server, or of data that are gone.
      assert.deepEqual(await read<Listed>('/zones?changedsince=2009-10-11'), all);
      assert.equal(await problemOf('/zones?changedsince=a&changedsince=b'), '400 invalid-changedsince');
    });

    test('§5.3.1, §5.3.2 get, with conditions', async () => {
      const answer = await ask(`/zones/${NEW_YORK}`, { headers: { Accept: 'text/calendar' } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
      const text = await answer.text();
      assert.match(
        text,
        /^BEGIN:VCALENDAR\r\n[\s\S]*BEGIN:VTIMEZONE\r\nTZID:America\/New_York\r\nBEGIN:STANDARD\r\n/,
      );
      const etag = answer.headers.get('etag') ?? '';
      assert.match(etag, /^"[^"]{10,}"$/);
      const { timezones } = await read<Listed>(`/zones?pattern=${NEW_YORK}`);
      assert.equal(`"${timezones[0]?.etag}"`, etag);
      const same = await ask(`/zones/${NEW_YORK}`, { headers: { 'If-None-Match': etag } });
      assert.equal(same.status, 304);
      assert.equal(same.headers.get('etag'), etag);
      assert.equal(await same.text(), '');
      const other = await ask(`/zones/${NEW_YORK}`, { headers: { 'If-None-Match': '"older"' } });
      assert.equal(other.status, 200);
      const head = await ask(`/zones/${NEW_YORK}`, { method: 'HEAD' });
      assert.equal(head.headers.get('etag'), etag);
      // The slash of the name as it is, and any letter case.
      assert.equal(await (await ask('/zones/america/new_york')).text(), text);
    });

    testOnce('§3.9 untruncated data hold from the first change on', async () => {
      const text = await (await ask('/zones/Europe%2FBerlin')).text();
      const [root] = parseTree(readLines(text));
      const timezone = root === undefined ? undefined : children(root, 'VTIMEZONE')[0];
      const read = timezone === undefined ? null : ownZone(timezone);
      const zone = createZones().iana('Europe/Berlin');
      assert.ok(read !== null && zone !== null);
      let changes = 0;
      for (let year = 1800; year <= 2060; year++)
        for (const { utc, from, to } of zone.changesIn(year)) {
          changes++;
          assert.deepEqual([read.offsetAt(utc - 1), read.offsetAt(utc)], [from, to], `${year}`);
        }
      assert.ok(changes > 170);
      assert.equal(read.offsetAt(Date.UTC(1850, 0, 1) / 1000), 3208);
    });

    testOnce('§5.3.3 get by an alias', async () => {
      const text = await (await ask('/zones/US%2FEastern')).text();
      assert.match(text, /TZID:US\/Eastern\r\nTZID-ALIAS-OF:America\/New_York\r\n/);
    });

    testOnce('§5.3.4 get, truncated', async () => {
      const path = `/zones/${NEW_YORK}?start=2010-01-01T00:00:00Z&end=2020-01-01T00:00:00Z`;
      const lines = (await (await ask(path)).text()).split('\r\n');
      assert.deepEqual(lines.slice(3, 12), [
        'BEGIN:VTIMEZONE',
        'TZID:America/New_York',
        'TZUNTIL:20200101T000000Z',
        'BEGIN:STANDARD',
        'TZNAME:EST',
        'TZOFFSETFROM:-0500',
        'TZOFFSETTO:-0500',
        'DTSTART:20091231T190000',
        'END:STANDARD',
      ]);
      assert.deepEqual(
        lines.filter((line) => /^(RRULE|RDATE)/.test(line)),
        [
          'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU;UNTIL=20190310T070000Z',
          'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU;UNTIL=20191103T060000Z',
        ],
      );
      const open = await (await ask(`/zones/${NEW_YORK}?start=2026-03-08T07:00:00Z`)).text();
      assert.match(
        open,
        /DAYLIGHT\r\nTZNAME:EDT\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nDTSTART:20260308T020000\r\nEND/,
      );
      assert.match(open, /DTSTART:20270314T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n/);
      assert.ok(!open.includes('TZUNTIL'));
    });

    testOnce('§5.3 what get refuses', async () => {
      const cases: readonly (readonly [string, string])[] = [
        ['/zones/America%2FPittsburgh', '404 tzid-not-found'],
        [`/zones/${NEW_YORK}?start=yesterday`, '400 invalid-start'],
        [`/zones/${NEW_YORK}?start=2010-02-30T00:00:00Z`, '400 invalid-start'],
        [`/zones/${NEW_YORK}?start=2010-01-01T00:00:00Z&start=2011-01-01T00:00:00Z`, '400 invalid-start'],
        [`/zones/${NEW_YORK}?start=2100-01-01T00:00:00Z`, '400 invalid-start'],
        [`/zones/${NEW_YORK}?end=2010-01-01T00:00:00%2B01:00`, '400 invalid-end'],
        [`/zones/${NEW_YORK}?start=2010-01-01T00:00:00Z&end=2010-01-01T00:00:00Z`, '400 invalid-end'],
        [`/zones/${NEW_YORK}?end=1700-01-01T00:00:00Z`, '400 invalid-end'],
      ];
      for (const [path, expected] of cases) assert.equal(await problemOf(path), expected, path);
      const json = { headers: { Accept: 'application/calendar+json' } };
      assert.equal(await problemOf(`/zones/${NEW_YORK}`, json), '406 invalid-format');
      const never = { headers: { Accept: 'text/calendar;q=0, application/calendar+xml' } };
      assert.equal(await problemOf(`/zones/${NEW_YORK}`, never), '406 invalid-format');
      const any = await ask(`/zones/${NEW_YORK}`, { headers: { Accept: 'application/json, */*;q=0.1' } });
      assert.equal(any.status, 200);
    });

    test('§5.4.1 expand', async () => {
      const year = 'start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z';
      const answer = await ask(`/zones/${NEW_YORK}/observances?${year}`);
      assert.equal(answer.headers.get('etag'), (await ask(`/zones/${NEW_YORK}`)).headers.get('etag'));
      assert.deepEqual(await answer.json(), {
        tzid: 'America/New_York',
        observances: [
          {
            name: 'Standard',
            onset: '2008-01-01T00:00:00Z',
            'utc-offset-from': -18000,
            'utc-offset-to': -18000,
          },
          {
            name: 'Daylight',
            onset: '2008-03-09T07:00:00Z',
            'utc-offset-from': -18000,
            'utc-offset-to': -14400,
          },
          {
            name: 'Standard',
            onset: '2008-11-02T06:00:00Z',
            'utc-offset-from': -14400,
            'utc-offset-to': -18000,
          },
        ],
      });
    });

    testOnce('§5.4 of an absurd range, as much as is known', async () => {
      const range = 'start=0001-01-01T00:00:00Z&end=9999-12-31T23:59:59Z';
      const all = await read<Expanded>(`/zones/Africa%2FCasablanca/observances?${range}`);
      assert.equal(`${all.start} ${all.end}`, '1800-01-01T00:00:00Z 2100-01-01T00:00:00Z');
      assert.equal(all.observances[0]?.['utc-offset-to'], -1820);
      assert.ok(all.observances.length > 150 && all.observances.length < 400);
      // It begins within the summer time of 2026.
      const summer = 'start=2026-07-01T00:00:00Z&end=2026-10-25T01:00:00Z';
      const { observances } = await read<Expanded>(`/zones/Europe%2FBerlin/observances?${summer}`);
      assert.deepEqual(
        observances.map(({ name }) => name),
        ['Daylight'],
      );
    });

    testOnce('§5.4 what expand refuses', async () => {
      const cases: readonly (readonly [string, string])[] = [
        [
          '/zones/Nowhere/observances?start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z',
          '404 tzid-not-found',
        ],
        [`/zones/${NEW_YORK}/observances`, '400 invalid-start'],
        [`/zones/${NEW_YORK}/observances?start=2008-01-01T00:00:00Z`, '400 invalid-end'],
        [
          `/zones/${NEW_YORK}/observances?start=2009-01-01T00:00:00Z&end=2008-01-01T00:00:00Z`,
          '400 invalid-end',
        ],
        [
          `/zones/${NEW_YORK}/observances?start=3000-01-01T00:00:00Z&end=3001-01-01T00:00:00Z`,
          '400 invalid-start',
        ],
      ];
      for (const [path, expected] of cases) assert.equal(await problemOf(path), expected, path);
    });

    testOnce('§5.5 find', async () => {
      const found = async (pattern: string): Promise<readonly string[]> => {
        const { timezones } = await read<Listed>(`/zones?pattern=${encodeURIComponent(pattern)}`);
        return timezones.map(({ tzid }) => tzid);
      };
      assert.deepEqual(await found('US/Eastern'), ['America/New_York']);
      assert.deepEqual(await found('*new york*'), ['America/New_York']);
      // London is Belfast too.
      assert.deepEqual(await found('Europe/Bel*'), ['Europe/Belgrade', 'Europe/London']);
      assert.ok((await found('europe/b*')).includes('Europe/Berlin'));
      assert.deepEqual(await found('*/SYDNEY'), ['Australia/Sydney']);
      assert.deepEqual(await found('New York'), []);
      assert.deepEqual(await found('\\*'), []);
      assert.ok((await found('*')).length > 400);
      const refused = ['', 'a*b', '**a', 'a\\b', 'a\\', `*${'a'.repeat(500)}*`];
      for (const pattern of refused)
        assert.equal(
          await problemOf(`/zones?pattern=${encodeURIComponent(pattern)}`),
          '400 invalid-pattern',
          pattern,
        );
      assert.equal(await problemOf('/zones?pattern=a&pattern=b'), '400 invalid-pattern');
    });

    test('§5 anything else is an invalid action', async () => {
      for (const path of ['', '/leapseconds', '/zonez', '/capabilities/more', '/zones/a/b/observances/c/%00'])
        assert.match(await problemOf(path), /^(400|404) (invalid-action|tzid-not-found)$/, path);
      assert.equal(await problemOf('/zones', { method: 'PUT', body: 'x' }), '405 invalid-action');
      assert.equal(await problemOf('/zones', { method: 'PROPFIND' }), '405 invalid-action');
      assert.equal(await problemOf('/zones/..%2F..%2Fetc'), '400 invalid-action');
      const options = await ask('/zones', { method: 'OPTIONS' });
      assert.equal(`${options.status} ${options.headers.get('allow')}`, '204 GET, HEAD, OPTIONS');
    });

    testOnce('§8 nobody is asked to sign in, and wrong passwords are nobody’s', async () => {
      const headers = { Authorization: `Basic ${btoa('ann:wrong')}` };
      assert.equal((await ask('/capabilities', { headers })).status, 200);
    });
  });

test('§3.7 every alias has the offsets of its zone', async () => {
  const { listZones } = await import('../../models/ical/zone-names.ts');
  const zones = createZones();
  for (const { id, aliases } of await listZones())
    for (const alias of aliases)
      for (const year of [1985, 2026])
        assert.deepEqual(
          zones.iana(alias)?.changesIn(year),
          zones.iana(id)?.changesIn(year),
          `${alias} of ${id}`,
        );
});
