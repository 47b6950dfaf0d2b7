import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testClock } from '../support/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Visitor, visitor } from '../support/web.ts';

const PASSWORD = 'correct horse battery';
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202egnp.exe',
  '{{7*7}}',
  "';--",
];

function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`;
}

const SERIES = lines(
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Test//EN',
  'BEGIN:VEVENT',
  'UID:choir',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Europe/Berlin:20261103T190000',
  'DTEND;TZID=Europe/Berlin:20261103T210000',
  'RRULE:FREQ=WEEKLY;BYDAY=TU',
  'SUMMARY:Choir',
  'ATTACH:https://example.org/a.pdf',
  'X-UNKNOWN:stays',
  'END:VEVENT',
  'END:VCALENDAR',
);

for (const base of ['', '/day'])
  describe(`the calendar at "${base}/"`, () => {
    const clock = testClock('2026-11-24T09:00:00Z');
    let server: TestServer;
    let ann: Visitor;
    const dav = (method: string, path: string, body?: string, login = 'ann') =>
      fetch(`${server.origin}${base}/dav/calendars/ann/${path}`, {
        method,
        headers: { Authorization: `Basic ${btoa(`${login}:${PASSWORD}`)}`, 'Content-Type': 'text/calendar' },
        ...(body === undefined ? {} : { body }),
      });
    const stored = async (name: string, calendar = 'calendar'): Promise<string> =>
      (await dav('GET', `${calendar}/${name}`)).text();
    const hidden = (html: string, name: string): string => {
      const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
      assert.ok(found !== undefined, `a field ${name}`);
      return found.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<');
    };
    const calendarPath = async (): Promise<string> => {
      const seen = await ann.get('/calendar');
      return /\/calendars\/(\d+)/.exec(seen.html)?.[1] ?? assert.fail('no calendar on the page');
    };
    before(async () => {
      server = await startTestServer({ base, surroundings: { clock } });
      await server.addUser('bob');
      ann = visitor(server);
      await ann.signIn('ann', PASSWORD);
    });
    after(() => server.stop());

    test('an event made in the page is there for devices, to the word', async () => {
      const form = await ann.get('/calendar/new?date=2026-11-27');
      assert.equal(form.status, 200);
      assert.match(form.html, /name="startDate" value="2026-11-27"/);
      const seen = await ann.post('/calendar/new', {
        'form-boxes': '1',
        summary: 'Oma’s birthday',
        calendar: await calendarPath(),
        startDate: '2026-11-27',
        startTime: '15:00',
        endDate: '2026-11-27',
        endTime: '17:30',
        zone: 'Europe/Berlin',
        location: 'Kiel, at home',
        description: 'Cake\nCandles',
        reminder: '60',
        repeat: 'year',
        interval: '1',
        ends: 'never',
      });
      assert.equal(seen.firstStatus, 303);
      assert.match(seen.text, /Oma’s birthday is in the calendar\./);
      assert.match(seen.text, /Every year on November 27/);
      assert.match(seen.text, /1 hour before/);
      const name = /\/calendar\/event\/\d+\/([^?]+)/.exec(seen.path)?.[1] ?? '';
      const text = await stored(name);
      assert.match(text, /SUMMARY:Oma’s birthday\r\n/);
      assert.match(text, /DTSTART;TZID=Europe\/Berlin:20261127T150000\r\n/);
      assert.match(text, /DESCRIPTION:Cake\\nCandles\r\n/);
      assert.match(text, /BEGIN:VTIMEZONE/);
      assert.match((await ann.get('/calendar?date=2026-11-24')).text, /Oma’s birthday/);
    });

    test('a form that is not right comes back with what was typed', async () => {
      const fields = {
        'form-boxes': '1',
        summary: 'Typed',
        calendar: await calendarPath(),
        startDate: '2026-11-27',
        startTime: '15:00',
        endDate: '2026-11-26',
        endTime: '15:00',
        zone: 'Europe/Berlin',
      };
      const seen = await ann.post('/calendar/new', fields);
      assert.equal(seen.status, 400);
      assert.match(seen.text, /before the start/);
      assert.match(seen.html, /value="Typed"/);
      assert.match(seen.html, /aria-invalid="true"/);
      assert.equal((await ann.post('/calendar/new', { ...fields, summary: ' ' })).status, 400);
    });

    test('one date, later ones and all dates of a series change as asked; the rest of the file stays', async () => {
      assert.equal((await dav('PUT', 'calendar/choir.ics', SERIES)).status, 201);
      const id = await calendarPath();
      const path = `/calendar/event/${id}/choir.ics`;
      const one = await ann.get(`${path}/edit?at=20261201T180000Z`);
      assert.match(one.text, /Only this date/);
      assert.match(one.text, /1 attachment/);
      assert.match(one.html, /name="startDate" value="2026-12-01"/);
      const send = (seen: { readonly html: string }, more: Record<string, string>) =>
        ann.post(`${path}/edit`, {
          'form-boxes': '1',
          etag: hidden(seen.html, 'etag'),
          at: hidden(seen.html, 'at'),
          scope: hidden(seen.html, 'scope'),
          was: hidden(seen.html, 'was'),
          ...more,
        });
      const etag = (await dav('HEAD', 'calendar/choir.ics')).headers.get('etag');
      const saved = await send(one, { summary: 'Choir with guests' });
      assert.match(saved.text, /Choir with guests saved\./);
      const text = await stored('choir.ics');
      assert.notEqual((await dav('HEAD', 'calendar/choir.ics')).headers.get('etag'), etag);
      assert.match(text, /RECURRENCE-ID;TZID=Europe\/Berlin:20261201T190000/);
      assert.match(text, /X-UNKNOWN:stays\r\n/);
      const later = await ann.get(`${path}/edit?at=20261208T180000Z&scope=following`);
      const split = await send(later, { location: 'New hall' });
      assert.match(split.text, /saved\./);
      assert.match(await stored('choir.ics'), /UNTIL=20261208T175959Z/);
      const back = await ann.post('/calendar/undo', {
        version: hidden(split.html, 'version'),
        'added-calendar': hidden(split.html, 'added-calendar'),
        'added-name': hidden(split.html, 'added-name'),
      });
      assert.match(back.text, /as it was before/);
      assert.doesNotMatch(await stored('choir.ics'), /UNTIL=/);
      const all = await ann.get(`${path}/edit?scope=all`);
      assert.match(all.html, /name="startDate" value="2026-11-03"/);
      await send(all, { startTime: '20:00', endTime: '22:00' });
      assert.match(await stored('choir.ics'), /RECURRENCE-ID;TZID=Europe\/Berlin:20261201T200000/);
    });

    test('a change from elsewhere shows both sides and keeps what is chosen', async () => {
      assert.ok((await dav('PUT', 'calendar/clash.ics', SERIES.replace('UID:choir', 'UID:clash'))).ok);
      const path = `/calendar/event/${await calendarPath()}/clash.ics`;
      const form = await ann.get(`${path}/edit?scope=all`);
      const changed = SERIES.replace('UID:choir', 'UID:clash')
        .replace('SUMMARY:Choir', 'SUMMARY:Choir, from the phone')
        .replace('ATTACH:', 'LOCATION:Church\r\nATTACH:');
      assert.ok((await dav('PUT', 'calendar/clash.ics', changed)).ok);
      const fields = (seen: { readonly html: string }) => ({
        'form-boxes': '1',
        etag: hidden(seen.html, 'etag'),
        at: hidden(seen.html, 'at'),
        scope: 'all',
        was: hidden(seen.html, 'was'),
      });
      const clash = await ann.post(`${path}/edit`, { ...fields(form), summary: 'Choir, from the browser' });
      assert.equal(clash.status, 409);
      assert.match(clash.text, /Choir, from the browser/);
      assert.match(clash.text, /Choir, from the phone/);
      assert.match(clash.text, /Church/);
      assert.match(await stored('clash.ics'), /from the phone/);
      const mine = { ...fields(clash), summary: 'Choir, from the browser', location: '' };
      await ann.post(`${path}/edit`, { ...mine, 'keep-summary': 'mine', 'keep-location': 'theirs' });
      const text = await stored('clash.ics');
      assert.match(text, /SUMMARY:Choir\\, from the browser\r\n/);
      assert.match(text, /LOCATION:Church\r\n/);
    });

    test('an event moves to another calendar, is deleted and comes back', async () => {
      const made = await ann.post('/calendars/new', { name: 'Garden', kind: 'both', color: 'olive' });
      assert.match(made.text, /Garden is there/);
      const garden = [...made.html.matchAll(/\/calendars\/(\d+)"[\s\S]{0,200}?Settings of ([^<]+)</g)].find(
        (match) => match[2] === 'Garden',
      )?.[1];
      assert.ok(garden);
      assert.ok((await dav('PUT', 'calendar/move.ics', SERIES.replace('UID:choir', 'UID:move'))).ok);
      const from = `/calendar/event/${await calendarPath()}/move.ics`;
      const page = await ann.get(from);
      const moved = await ann.post(`${from}/move`, { etag: hidden(page.html, 'etag'), to: garden });
      assert.match(moved.text, /Moved to Garden\./);
      assert.equal((await dav('GET', 'calendar/move.ics')).status, 404);
      const there = moved.path.split('?')[0] ?? '';
      const gone = await ann.post(`${there}/delete`, { etag: hidden(moved.html, 'etag'), scope: 'all' });
      assert.match(gone.text, /Choir deleted\./);
      assert.equal((await ann.get(there)).status, 404);
      const back = await ann.post('/calendar/undo', { version: hidden(gone.html, 'version') });
      assert.match(back.text, /as it was before/);
      assert.equal((await ann.get(there)).status, 200);
      const settings = await ann.get(`/calendars/${garden}`);
      assert.match(settings.text, /Events and tasks, 1 event/);
      const file = await ann.get(`/calendars/${garden}/export`);
      assert.match(file.headers.get('content-type') ?? '', /^text\/calendar/);
      assert.equal(file.html.match(/BEGIN:VEVENT/g)?.length, 1);
      const renamed = await ann.post(`/calendars/${garden}`, { name: 'Allotment', color: 'keep' });
      assert.match(renamed.text, /Allotment saved\./);
      const trashed = await ann.post(`/calendars/${garden}/delete`);
      assert.match(trashed.text, /Allotment is in the trash\./);
      assert.equal((await ann.get(`/calendars/${garden}`)).status, 404);
      assert.match((await ann.post(`/calendars/${garden}/bring-back`)).text, /Allotment is back\./);
      assert.equal((await ann.get(there)).status, 200);
    });

    test('a task is made, done and open again', async () => {
      const form = await ann.get('/calendar/new?kind=task');
      const list = /<option value="(\d+)"/.exec(form.html)?.[1] ?? '';
      const made = await ann.post('/calendar/new', {
        'form-boxes': '1',
        kind: 'task',
        summary: 'Winter tyres',
        calendar: list,
        dueDate: '2026-11-20',
        zone: 'Europe/Berlin',
        priority: '1',
        percent: '0',
        repeat: 'none',
        reminder: '',
      });
      assert.match(made.text, /Winter tyres is on the list\./);
      assert.match(made.text, /late/);
      const path = made.path.split('?')[0] ?? '';
      assert.match((await ann.get('/calendar?view=tasks')).text, /Winter tyres due Nov 20, 2026/);
      const done = await ann.post(`${path}/complete`, { done: 'yes' });
      assert.match(done.text, /Winter tyres is done\./);
      assert.match(await stored(path.split('/').at(-1) ?? '', 'tasks'), /STATUS:COMPLETED/);
      assert.match((await ann.post(`${path}/complete`, { done: 'no' })).text, /open again/);
    });

    test('nobody sees or changes the events of somebody else', async () => {
      const id = await calendarPath();
      const bob = visitor(server);
      await bob.signIn('bob', PASSWORD);
      for (const path of [
        `/calendar/event/${id}/choir.ics`,
        `/calendar/event/${id}/choir.ics/edit`,
        `/calendar/event/${id}/choir.ics/download`,
        `/calendars/${id}`,
        `/calendars/${id}/export`,
      ])
        assert.equal((await bob.get(path)).status, 404, path);
      for (const path of [
        `/calendar/event/${id}/choir.ics/delete`,
        `/calendar/event/${id}/choir.ics/edit`,
        `/calendar/event/${id}/choir.ics/move`,
        `/calendars/${id}`,
        `/calendars/${id}/delete`,
      ])
        assert.equal((await bob.post(path, { scope: 'all', name: 'x', to: id })).status, 404, path);
      assert.doesNotMatch((await bob.get('/calendar?view=agenda&date=2026-11-01')).text, /Choir/);
      assert.equal((await dav('GET', 'calendar/choir.ics')).status, 200);
    });

    test('hostile texts are text in every view', async () => {
      const id = await calendarPath();
      for (const [at, text] of HOSTILE.entries()) {
        const made = await ann.post('/calendar/new', {
          'form-boxes': '1',
          summary: text,
          calendar: id,
          startDate: `2026-10-0${at + 1}`,
          startTime: '09:00',
          endDate: `2026-10-0${at + 1}`,
          endTime: '10:00',
          zone: 'UTC',
          location: text,
          description: text,
        });
        assert.equal(made.firstStatus, 303, text);
        for (const seen of [made, await ann.get(`${made.path.split('?')[0]}/edit`)])
          assert.doesNotMatch(seen.html, /<script>alert|<img src=x/);
      }
      for (const view of ['month', 'week', 'agenda']) {
        const seen = await ann.get(`/calendar?view=${view}&date=2026-10-01`);
        assert.equal(seen.status, 200);
        assert.doesNotMatch(seen.html, /<script>alert|<img src=x/);
        const ids = [...seen.html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
        assert.deepEqual(ids.length, new Set(ids).size, `ids are unique in ${view}`);
      }
    });

    test('November 2026 has six weeks, and other addresses do not break it', async () => {
      const seen = await ann.get('/calendar?date=2026-11-24', { headers: { 'Accept-Language': 'en-GB' } });
      assert.equal(seen.html.match(/data-day="/g)?.length, 42);
      assert.match(seen.html, /aria-current="date" data-day="2026-11-24"/);
      const sunday = await ann.get('/calendar?date=2026-11-24', { headers: { 'Accept-Language': 'en-US' } });
      assert.equal(/data-day="([^"]+)"/.exec(sunday.html)?.[1], '2026-11-01');
      for (const query of ['date=2026-13-45', 'date=9999-01-01', 'view=nothing', 'hide=abc,99', 'filter=1'])
        assert.equal((await ann.get(`/calendar?${query}`)).status, 200, query);
      assert.equal((await ann.get('/calendar/event/0/x.ics')).status, 404);
      assert.equal((await ann.get('/calendar/event/abc/x.ics')).status, 404);
      assert.equal(
        (await ann.get(`/calendar/event/${await calendarPath()}/choir.ics?at=nonsense`)).status,
        404,
      );
    });

    test('the pages are complete in German and in the pseudo-locale', async () => {
      const id = await calendarPath();
      for (const language of ['de', 'qps'] as const)
        for (const path of [
          '/calendar',
          '/calendar?view=week',
          '/calendar?view=tasks',
          `/calendar/event/${id}/choir.ics`,
          `/calendars/${id}`,
          '/calendar/new',
        ])
          assert.doesNotMatch((await ann.get(path, { language })).text, /\{\w+\}|undefined|\[object/, path);
      assert.match(
        (await ann.get(`/calendar/event/${id}/choir.ics`, { language: 'de' })).text,
        /Jede Woche am Dienstag/,
      );
    });
  });
