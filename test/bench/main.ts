/**
 * `npm run bench [-- events]`: CPU of the server per operation, over HTTP with sign-in, durable writes; then queries of
 * collections that hold 10,000 objects. `npm run bench -- queries [--large] [--postgres]`: the queries alone, `--large` at
 * 100,000 too, `--postgres` on a PostgreSQL of this machine that is started for it; its own CPU is not counted.
 */
import { startPostgres } from '../support/postgres-server.ts';
import { BenchClient, timed } from './client.ts';
import { makeEvent } from './generate.ts';
import { expectStatus, hrefsOf, measure, XML } from './measure.ts';
import { memoryMb, type RunningServer, startServer } from './process.ts';
import { measureQueries } from './queries.ts';

const USER = 'bench';
const PASSWORD = 'correct horse bench staple';
const CALENDAR = `/dav/calendars/${USER}/calendar/`;
const WISHES = process.argv.slice(2);
const EVENTS = Number(WISHES.find((wish) => /^\d+$/.test(wish)) ?? 10_000);
const WARM_UP = 1500;
const START_UTC = Math.floor(Date.UTC(2020, 0, 6) / 1000);

const syncBody = (token: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><D:sync-collection xmlns:D="DAV:"><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/><D:getcontenttype/></D:prop></D:sync-collection>`;
const multigetBody = (hrefs: readonly string[]): string =>
  `<?xml version="1.0" encoding="utf-8"?><C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>${hrefs.map((h) => `<D:href>${h}</D:href>`).join('')}</C:calendar-multiget>`;

const tokenOf = (body: string): string => /<D:sync-token>([^<]+)</.exec(body)?.[1] ?? '';

/** PUTs events into another calendar, so that what is measured later is the server's compiled code and not its compiler. */
async function warmUp(client: BenchClient): Promise<void> {
  const other = `/dav/calendars/${USER}/warm-up/`;
  expectStatus(await client.send('MKCALENDAR', other), 201);
  await timed(WARM_UP, 2, (index) => putEvent(client, other, 2, index));
}

async function putEvent(client: BenchClient, calendar: string, seed: number, index: number): Promise<void> {
  const { uid, body } = makeEvent(seed, index, START_UTC);
  const headers = { 'Content-Type': 'text/calendar; charset=utf-8', 'If-None-Match': '*' };
  expectStatus(await client.send('PUT', `${calendar}${encodeURIComponent(uid)}.ics`, headers, body), 201);
}

async function fill(server: RunningServer, client: BenchClient): Promise<void> {
  const single = Math.min(1000, Math.floor(EVENTS / 4));
  await measure(server, `PUT new event, 1 connection (${single})`, single, 1, (index) =>
    putEvent(client, CALENDAR, 1, index),
  );
  await measure(server, `PUT new event, 8 connections (${EVENTS - single})`, EVENTS - single, 8, (index) =>
    putEvent(client, CALENDAR, 1, index + single),
  );
}

async function poll(server: RunningServer, client: BenchClient): Promise<void> {
  const first = expectStatus(await client.send('REPORT', CALENDAR, XML, syncBody('')), 207);
  const body = syncBody(tokenOf(first.body));
  const noChange = async (): Promise<void> => {
    expectStatus(await client.send('REPORT', CALENDAR, XML, body), 207);
  };
  await timed(2000, 4, noChange);
  await measure(server, `sync-collection, nothing changed, ${EVENTS} events, c1`, 3000, 1, noChange);
  await measure(server, `sync-collection, nothing changed, ${EVENTS} events, c16`, 6000, 16, noChange);
}

/** What a device sees when another one changed something: a PUT elsewhere, then the difference. */
async function oneChange(server: RunningServer, client: BenchClient): Promise<void> {
  const first = expectStatus(await client.send('REPORT', CALENDAR, XML, syncBody('')), 207);
  let token = tokenOf(first.body);
  const { uid, body } = makeEvent(1, 0, START_UTC);
  const href = `${CALENDAR}${encodeURIComponent(uid)}.ics`;
  const headers = { 'Content-Type': 'text/calendar; charset=utf-8' };
  await measure(server, 'one change: PUT, then sync-collection', 500, 1, async (index) => {
    const changed = body.replace('SEQUENCE:0', `SEQUENCE:${index + 1}`);
    expectStatus(await client.send('PUT', href, headers, changed), 204);
    const reply = expectStatus(await client.send('REPORT', CALENDAR, XML, syncBody(token)), 207);
    if (hrefsOf(reply.body).length !== 1)
      throw new Error('the sync after one change does not list one event');
    token = tokenOf(reply.body);
  });
}

async function firstSync(server: RunningServer, client: BenchClient): Promise<void> {
  const before = memoryMb(server.pid);
  let hrefs: readonly string[] = [];
  await measure(server, `first sync-collection of ${EVENTS}`, 5, 1, async () => {
    hrefs = hrefsOf(expectStatus(await client.send('REPORT', CALENDAR, XML, syncBody('')), 207).body);
    if (hrefs.length !== EVENTS) throw new Error(`the first sync lists ${hrefs.length} of ${EVENTS} events`);
  });
  let items = 0;
  const pages = Math.ceil(hrefs.length / 100);
  const row = await measure(server, `calendar-multiget of 100, all ${EVENTS}`, pages, 1, async (page) => {
    const reply = expectStatus(
      await client.send('REPORT', CALENDAR, XML, multigetBody(hrefs.slice(page * 100, page * 100 + 100))),
      207,
    );
    items += reply.body.split('BEGIN:VCALENDAR').length - 1;
  });
  if (items !== EVENTS) throw new Error(`multiget answered ${items} of ${EVENTS} events`);
  console.log(
    `  per item ${((row.cpuMsPerOperation * pages) / items).toFixed(4)} ms CPU, ${((row.timing.perSecond * items) / pages).toFixed(0)} items/s`,
  );
  const after = memoryMb(server.pid);
  console.log(
    `  resident before ${before.now.toFixed(0)} MB (peak ${before.peak.toFixed(0)}), after ${after.now.toFixed(0)} MB (peak ${after.peak.toFixed(0)})`,
  );
}

async function others(server: RunningServer, client: BenchClient): Promise<void> {
  const home = `/dav/calendars/${USER}/`;
  const properties =
    '<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"><D:prop><D:resourcetype/><D:displayname/><D:sync-token/><CS:getctag/><C:supported-calendar-component-set/><D:current-user-privilege-set/></D:prop></D:propfind>';
  const listHome = async (): Promise<void> => {
    expectStatus(await client.send('PROPFIND', home, { ...XML, Depth: '1' }, properties), 207);
  };
  await timed(1000, 4, listHome);
  await measure(server, 'PROPFIND Depth 1 of the home', 1000, 1, listHome);
  const tags = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>';
  await measure(server, `PROPFIND Depth 1 of ${EVENTS}, getetag`, 10, 1, async () => {
    const reply = expectStatus(await client.send('PROPFIND', CALENDAR, { ...XML, Depth: '1' }, tags), 207);
    if (hrefsOf(reply.body).length !== EVENTS + 1) throw new Error('the listing is not complete');
  });
  const week =
    '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260302T000000Z" end="20260309T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>';
  await measure(server, 'calendar-query of one week with data', 100, 1, async () => {
    expectStatus(await client.send('REPORT', CALENDAR, { ...XML, Depth: '1' }, week), 207);
  });
}

async function measureSync(): Promise<void> {
  const server = await startServer(USER, PASSWORD);
  const client = new BenchClient(server.origin, USER, PASSWORD, 16);
  try {
    await new Promise((done) => setTimeout(done, 2000));
    console.log(
      `node ${process.version}; first answer ${server.firstAnswerMs.toFixed(0)} ms after start, idle ${memoryMb(server.pid).now.toFixed(0)} MB resident`,
    );
    await warmUp(client);
    await fill(server, client);
    await poll(server, client);
    await oneChange(server, client);
    await firstSync(server, client);
    await others(server, client);
  } finally {
    client.close();
    await server.stop();
  }
}

if (!WISHES.includes('queries')) await measureSync();
const postgres = WISHES.includes('--postgres') ? await startPostgres() : null;
if (postgres === null && WISHES.includes('--postgres')) throw new Error('there is no PostgreSQL');
await measureQueries({ user: USER, password: PASSWORD, isLarge: WISHES.includes('--large'), postgres });
await postgres?.stop();
