import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApiToken } from '../../models/credentials/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { call, dig, type Input, list, pick, type Who, withToken } from '../support/api.ts';
import { testClock } from '../support/app.ts';
import { formOn } from '../support/forms.ts';
import { userActor } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Fields, type Seen, type Visitor, visitor } from '../support/web.ts';
import { operationOf } from './api/steps.ts';

const CARDS = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:friend-1\r\nFN:Rolf Reiher\r\nN:Reiher;Rolf;;;\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nUID:friend-2\r\nFN:Susi Specht\r\nN:Specht;Susi;;;\r\nEND:VCARD\r\n`;
const SERIES = [
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
  'X-UNKNOWN:stays',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');
const card = (uid: string, name: string, ...more: readonly string[]) =>
  ['BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, ...more, 'END:VCARD', ''].join(
    '\r\n',
  );

/** The two accounts: what `ann` does by the pages, `zoe` does by the API, at the same moment. */
describe('pages and API give the same result', () => {
  const clock = testClock('2026-11-24T09:00:00Z');
  let server: TestServer;
  let ann: Visitor;
  const who = new Map<string, Who>();

  const dav = async (
    login: string,
    method: string,
    path: string,
    body?: string,
    type = 'application/xml',
  ) => {
    const answer = await fetch(`${server.origin}/dav/${path.replaceAll('LOGIN', login)}`, {
      method,
      headers: {
        Authorization: `Basic ${btoa(`${login}:${server.password}`)}`,
        'Content-Type': type,
        Depth: '1',
      },
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.text();
  };
  const asked = async (login: string, id: string, input: Input = {}, file?: string): Promise<unknown> => {
    const answer = await call(server, who.get(login) ?? assert.fail(login), operationOf(id), input, file);
    assert.ok(answer.status < 300, `${id}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const zoe = (id: string, input: Input = {}, file?: string) => asked('zoe', id, input, file);

  /** Ids of a collection by its name as people see it. */
  const calendar = async (login: string, name: string) =>
    Number(dig(pick(list(await asked(login, 'listCalendars'), 'items'), 'name', name), 'id'));
  const book = async (login: string, name: string) =>
    Number(dig(pick(list(await asked(login, 'listBooks'), 'items'), 'displayName', name), 'collection'));
  const contact = async (login: string, shownName: string) => {
    const found = pick(list(await asked(login, 'listContacts'), 'items'), 'shownName', shownName);
    return {
      collection: Number(dig(found, 'collection')),
      name: String(dig(found, 'name')),
      etag: dig(found, 'etag'),
    };
  };

  /** Opens a page, changes fields of one of its forms and sends it. */
  const submit = async (path: string, action: string, change: Fields = {}): Promise<Seen> => {
    const seen = await ann.get(path);
    assert.equal(seen.status, 200, path);
    const fields = formOn(seen, new RegExp(`${action.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
    const done = await ann.post(action, { ...fields, ...change });
    assert.equal(done.firstStatus, 303, `${action}: ${done.firstStatus} ${done.text.slice(0, 600)}`);
    return done;
  };

  /** What differs between any two accounts: ids, tags, logins. */
  const plain = (text: string, login: string): string =>
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
      .replaceAll(/"(id|collection|calendar|version)":(\d+|"[^"]*")/g, '"$1":ID')
      .replaceAll(/"etag":"(\\.|[^"\\])*"/g, '"etag":TAG')
      .replaceAll(new RegExp(`\\b${login}\\b`, 'gi'), 'LOGIN');

  const storedBy = async (login: string): Promise<readonly string[]> => {
    const told: string[] = [];
    for (const home of ['calendars/LOGIN/', 'addressbooks/LOGIN/']) {
      const listing = await dav(
        login,
        'PROPFIND',
        home,
        '<D:propfind xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:prop><D:displayname/><A:calendar-color/></D:prop></D:propfind>',
      );
      const hrefs = [...listing.matchAll(/<D:href>\/dav\/([^<]+\/[^<]+\/[^<]+\/)<\/D:href>/g)].map(
        ([, href = '']) => href,
      );
      told.push(...listing.split(/<\/?D:response>/).filter((part) => part.includes('displayname')));
      for (const href of hrefs) {
        const objects = await dav(
          login,
          'PROPFIND',
          href,
          '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>',
        );
        for (const [, object = ''] of objects.matchAll(/<D:href>\/dav\/([^<]+\.(?:ics|vcf))<\/D:href>/g))
          told.push(`${href}\n${await dav(login, 'GET', object)}`);
      }
    }
    return told.map((text) => plain(text, login)).sort((a, b) => a.localeCompare(b));
  };

  const QUESTIONS: readonly (readonly [string, Input])[] = [
    ['getAccount', {}],
    ['listCalendars', {}],
    ['listEvents', { from: '2026-11-01', to: '2027-02-01', timeZone: 'Europe/Berlin' }],
    ['listTasks', {}],
    ['listBooks', {}],
    ['listContacts', {}],
    ['listDuplicates', {}],
    ['listDevices', {}],
    ['listTrash', {}],
    ['listConflicts', {}],
    ['listDeletedCollections', {}],
    ['listImports', {}],
  ];

  const toldBy = async (login: string): Promise<readonly string[]> => {
    const told: string[] = [];
    for (const [id, input] of QUESTIONS) {
      const answer = await asked(login, id, input);
      const items: unknown = Reflect.get(Object(answer), 'items');
      const parts = Array.isArray(items) ? items : [answer];
      const lines = parts.map((part: unknown) => `${id} ${plain(JSON.stringify(part), login)}`);
      told.push(...lines.sort((a, b) => a.localeCompare(b)));
    }
    return told;
  };

  /** Both accounts hold and tell the same, and it is not what they held before. */
  let last: readonly string[] = [];
  const requireSame = async (): Promise<void> => {
    const [annHas, zoeHas] = [await storedBy('ann'), await storedBy('zoe')];
    assert.deepEqual(annHas, zoeHas);
    const [annSays, zoeSays] = [await toldBy('ann'), await toldBy('zoe')];
    assert.deepEqual(annSays, zoeSays);
    const now = [...annHas, ...annSays];
    assert.notDeepEqual(now, last, 'something has changed');
    last = now;
    clock.advance(60_000);
  };

  before(async () => {
    server = await startTestServer({ surroundings: { clock } });
    await server.addUser('zoe');
    for (const login of ['ann', 'zoe']) {
      const user = await findUser(server.running.app.db, login);
      assert.ok(user);
      const { token } = await createApiToken(server.running.app, userActor(user), {
        label: 'x',
        isReadOnly: false,
      });
      who.set(login, withToken(token));
      await dav(login, 'PUT', 'calendars/LOGIN/calendar/choir.ics', SERIES, 'text/calendar');
      const put = (uid: string, body: string) =>
        dav(login, 'PUT', `addressbooks/LOGIN/contacts/${uid}.vcf`, body, 'text/vcard');
      await put('anna', card('anna', 'Anna Schmidt', 'EMAIL:anna@example.org', 'NOTE:One', 'X-OWN:stays'));
      await put('anna2', card('anna2', 'Anna Schmidt', 'EMAIL:anna@example.org', 'TEL:+49 151 2345678'));
    }
    ann = visitor(server);
    await ann.signIn('ann', server.password);
  });
  after(() => server.stop());

  test('the beginning', requireSame);

  test('a new event', async () => {
    await submit('/calendar/new?date=2026-11-27', '/calendar/new', {
      ...{ summary: 'Oma’s birthday', startDate: '2026-11-27', startTime: '15:00' },
      ...{ endDate: '2026-11-27', endTime: '17:30', zone: 'Europe/Berlin', location: 'Kiel' },
      ...{ description: 'Cake\nCandles', reminder: '60', repeat: 'year', interval: '1', ends: 'never' },
      'is-all-day': undefined,
    });
    await zoe('createEvent', {
      ...{ id: await calendar('zoe', 'Calendar'), summary: 'Oma’s birthday', location: 'Kiel' },
      ...{ description: 'Cake\nCandles', start: '2026-11-27T15:00', end: '2026-11-27T17:30' },
      ...{ timeZone: 'Europe/Berlin', reminder: 60, repeat: { every: 'year', interval: 1 } },
    });
    await requireSame();
  });

  test('one date of a series', async () => {
    const place = { id: await calendar('zoe', 'Calendar'), name: 'choir.ics' };
    const items = list(await zoe('listEvents', { from: '2026-12-01', to: '2026-12-02' }), 'items');
    const at = String(dig(pick(items, 'name', 'choir.ics'), 'at'));
    const path = `/calendar/event/${await calendar('ann', 'Calendar')}/choir.ics`;
    await submit(`${path}/edit?at=${at}&scope=one`, `${path}/edit`, { summary: 'Choir in the church' });
    await zoe('changeCalendarItem', { ...place, scope: 'one', at, summary: 'Choir in the church' });
    await requireSame();
  });

  test('a series as a whole, and one date less', async () => {
    const path = `/calendar/event/${await calendar('ann', 'Calendar')}/choir.ics`;
    const place = { id: await calendar('zoe', 'Calendar'), name: 'choir.ics' };
    await submit(`${path}/edit?scope=all`, `${path}/edit`, { location: 'St. Anna' });
    await zoe('changeCalendarItem', { ...place, location: 'St. Anna' });
    await requireSame();
    const items = list(await zoe('listEvents', { from: '2026-12-08', to: '2026-12-09' }), 'items');
    const at = String(dig(pick(items, 'name', 'choir.ics'), 'at'));
    await submit(`${path}?at=${at}`, `${path}/delete`, { scope: 'one' });
    await zoe('deleteCalendarItem', { ...place, scope: 'one', at });
    await requireSame();
  });

  test('a task, made and done', async () => {
    await submit('/calendar/new?kind=task', '/calendar/new', { summary: 'Buy seeds', dueDate: '2026-12-01' });
    await zoe('createTask', { id: await calendar('zoe', 'Tasks'), summary: 'Buy seeds', due: '2026-12-01' });
    await requireSame();
    const task = list(await asked('ann', 'listTasks'), 'items')[0];
    const path = `/calendar/event/${dig(task, 'calendar')}/${dig(task, 'name')}`;
    await ann.get(path);
    assert.equal((await ann.post(`${path}/complete`, { done: 'yes' })).firstStatus, 303);
    const other = list(await zoe('listTasks'), 'items')[0];
    await zoe('changeCalendarItem', { id: dig(other, 'calendar'), name: dig(other, 'name'), isDone: true });
    await requireSame();
  });

  test('a calendar: made, changed, filled, removed and brought back', async () => {
    await submit('/calendars/new', '/calendars/new', { name: 'Garden', color: 'teal', kind: 'events' });
    await zoe('createCalendar', { name: 'Garden', color: '#12A08C', kind: 'events' });
    await requireSame();
    const [mine, theirs] = [await calendar('ann', 'Garden'), await calendar('zoe', 'Garden')];
    await submit(`/calendars/${mine}`, `/calendars/${mine}`, { name: 'House' });
    await zoe('patchCalendar', { id: theirs, name: 'House', color: '#12A08C' });
    const path = `/calendar/event/${await calendar('ann', 'Calendar')}/choir.ics`;
    await submit(path, `${path}/move`, { to: String(mine) });
    await zoe('moveCalendarItem', { id: await calendar('zoe', 'Calendar'), name: 'choir.ics', to: theirs });
    await requireSame();
    await submit(`/calendars/${mine}`, `/calendars/${mine}/delete`);
    await zoe('deleteCalendar', { id: theirs });
    await requireSame();
    await ann.get('/calendar');
    await ann.post(`/calendars/${mine}/bring-back`);
    await zoe('bringBackCalendar', { id: theirs });
    await requireSame();
  });

  test('a contact: made, changed, deleted and brought back', async () => {
    const collection = await book('zoe', 'Contacts');
    await submit('/contacts/new', '/contacts/new', {
      given: 'Jide',
      family: 'Okafor',
      'phones-0-value': '+49 30 1234567',
      'phones-0-label': 'work',
      note: 'One\nTwo',
    });
    await zoe('createContact', {
      collection,
      card: {
        name: { prefix: '', given: 'Jide', additional: '', family: 'Okafor', suffix: '' },
        phones: [{ at: null, label: 'work', value: '+49 30 1234567' }],
        note: 'One\nTwo',
      },
    });
    await requireSame();
    const [mine, theirs] = [await contact('ann', 'Jide Okafor'), await contact('zoe', 'Jide Okafor')];
    const path = `/contacts/${mine.collection}/${mine.name}`;
    await submit(`${path}/edit`, `${path}/edit`, { nickname: 'Jay' });
    await zoe('updateContact', { ...theirs, card: { nickname: 'Jay' } });
    await requireSame();
    await submit(path, `${path}/delete`);
    const { collection: c, name } = theirs;
    const gone = await zoe('deleteContacts', { contacts: [{ collection: c, name }] });
    await requireSame();
    const trash = list(await asked('ann', 'listTrash'), 'items');
    const version = String(dig(trash, 0, 'version', 'id'));
    await ann.get('/contacts');
    assert.equal((await ann.post('/contacts/restore', { versions: version })).firstStatus, 303);
    await zoe('restoreContacts', { versions: dig(gone, 'versions') });
    await requireSame();
  });

  test('two contacts of one person', async () => {
    const [mine, theirs] = [await book('ann', 'Contacts'), await book('zoe', 'Contacts')];
    const pair = (id: number) => ({
      left: { collection: id, name: 'anna.vcf' },
      right: { collection: id, name: 'anna2.vcf' },
    });
    const shown = await submit(
      `/contacts/merge?left=${mine}/anna.vcf&right=${mine}/anna2.vcf`,
      '/contacts/duplicates/merge',
    );
    assert.match(shown.text, /Anna Schmidt/);
    const compared = await zoe('compareContacts', pair(theirs));
    const side = (which: string) => ({
      collection: dig(compared, which, 'collection'),
      name: dig(compared, which, 'name'),
    });
    await zoe('mergeContacts', { keep: side('keep'), other: side('other') });
    await requireSame();
  });

  test('an import', async () => {
    const seen = await ann.upload('/import', {}, { file: { name: 'friends.vcf', content: CARDS } });
    const path = seen.path.split('?')[0] ?? '';
    await ann.get(path);
    await ann.post(`${path}/start`);
    const id = dig(await zoe('createImport', { name: 'friends.vcf' }, CARDS), 'id');
    const until = async (login: string, job: unknown, state: string) => {
      for (let i = 0; i < 200; i += 1) {
        if (dig(await asked(login, 'getImport', { id: job }), 'state') === state) return;
        await new Promise((done) => setTimeout(done, 25));
      }
      assert.fail(`the import of ${login} is not ${state}`);
    };
    await until('zoe', id, 'review');
    await zoe('startImport', { id });
    await until('ann', path.split('/').at(-1), 'done');
    await until('zoe', id, 'done');
    await requireSame();
  });

  test('the account', async () => {
    await submit('/account', '/account/pages', { timeZone: 'Europe/Berlin', theme: 'dark', weekStart: '7' });
    await zoe('changeAccount', { timeZone: 'Europe/Berlin', theme: 'dark', weekStart: 7 });
    await requireSame();
    await submit('/account', '/account', { name: 'LOGIN Example', email: 'x@example.org' });
    await zoe('changeAccount', { name: 'LOGIN Example', email: 'x@example.org' });
    await requireSame();
  });

  test('a device: let in, named, removed and let in again', async () => {
    await ann.get('/connect');
    assert.equal((await ann.post('/connect', { for: 'other', label: 'Thunderbird' })).status, 200);
    await zoe('createAppPassword', { label: 'Thunderbird' });
    await requireSame();
    const idOf = async (login: string) => String(dig(await asked(login, 'listDevices'), 'items', 0, 'id'));
    const [mine, theirs] = [await idOf('ann'), await idOf('zoe')];
    assert.equal((await ann.post('/devices/rename', { id: mine, name: 'Desk' })).firstStatus, 303);
    await zoe('renameDevice', { id: theirs, name: 'Desk' });
    await requireSame();
    assert.equal((await ann.post('/devices/remove', { id: mine })).firstStatus, 303);
    await zoe('removeDevice', { id: theirs });
    await requireSame();
    assert.equal((await ann.post('/devices/undo', { id: mine })).firstStatus, 303);
    await zoe('undoRemoveDevice', { id: theirs });
    await requireSame();
  });
});
