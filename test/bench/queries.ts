import { statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findCollection } from '../../models/collections/service.ts';
import { refreshAllContacts } from '../../models/contacts/derive.ts';
import { type CompFilter, matches } from '../../models/ical/filter.ts';
import { busyPeriods, mergeBusy } from '../../models/ical/freebusy.ts';
import { openRuleRunner, type RuleRunner } from '../../models/ical/runner.ts';
import { refreshIndexes } from '../../models/indexes/rebuild.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import { importObjects } from '../../models/objects/service.ts';
import { findUser } from '../../models/principals/service.ts';
import { openApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { openLog } from '../../server/log.ts';
import { databaseUrl, type PostgresServer } from '../support/postgres-server.ts';
import { BenchClient, timed } from './client.ts';
import { makeEvent } from './generate.ts';
import { type BenchCard, makeCard } from './generate-cards.ts';
import { expectStatus, hrefsOf, measure, XML } from './measure.ts';
import { type RunningServer, startServer } from './process.ts';

/** Queries of big collections; every answer is compared with what the plain filter, or the generator, says. */

const SMALL = 10_000;
const LARGE = 100_000;
const SEED = 1;
const START_UTC = Math.floor(Date.UTC(2020, 0, 6) / 1000);
const WEEK = { startUtc: Date.UTC(2026, 2, 2) / 1000, endUtc: Date.UTC(2026, 2, 9) / 1000 };
const MONTH = { startUtc: Date.UTC(2026, 2, 1) / 1000, endUtc: Date.UTC(2026, 3, 1) / 1000 };
const ROUNDS = 100;
const WARM_UP = 60;

const stamp = (utc: number): string => new Date(utc * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
const rangeOf = ({ startUtc, endUtc }: typeof WEEK): string =>
  `start="${stamp(startUtc)}" end="${stamp(endUtc)}"`;

/** What the answers must be. */
interface Truth {
  readonly week: ReadonlySet<string>;
  /** Instances in the week. */
  readonly instances: number;
  readonly busy: readonly string[];
}

/** Asks the filter about every event; the events beyond 10,000 begin after the windows, so the truth is that of the first. */
async function truthOf(runner: RuleRunner): Promise<Truth> {
  const filter: CompFilter = component('VCALENDAR', [component('VEVENT', [], WEEK)]);
  const floating = runner.zones.iana('UTC');
  if (floating === null) throw new Error('there is no UTC');
  const options = { maxInstances: 10_000, floating };
  const week = new Set<string>();
  const periods = [];
  let instances = 0;
  for (let index = 0; index < SMALL; index++) {
    const { uid, body } = makeEvent(SEED, index, START_UTC);
    const parsed = runner.parse(Buffer.from(body));
    if (await matches(parsed, filter, runner, floating)) {
      week.add(uid);
      instances += (await runner.expand(parsed, WEEK, options)).occurrences.length;
    }
    periods.push(...(await busyPeriods(Buffer.from(body), MONTH, runner, options)));
  }
  const busy = mergeBusy(periods, MONTH).map((one) => `${stamp(one.startUtc)}/${stamp(one.endUtc)}`);
  return { week, instances, busy };
}

function component(
  name: string,
  compFilters: readonly CompFilter[],
  timeRange?: CompFilter['timeRange'],
): CompFilter {
  return {
    ...{ name, isNotDefined: false, propFilters: [], compFilters, test: 'allof' },
    ...(timeRange === undefined ? {} : { timeRange }),
  };
}

type Settings = Readonly<Record<string, string>>;

/** Fills the calendar and the address book of a person whose account is there already. */
async function fillBoth(settings: Settings, user: string, count: number): Promise<void> {
  const opened = await openApp(readConfig(settings), openLog('error', process.stderr));
  try {
    const { app } = opened;
    const owner = await findUser(app.db, user);
    const calendar = owner === null ? null : await findCollection(app.db, owner.id, 'calendar', 'calendar');
    const book = owner === null ? null : await findCollection(app.db, owner.id, 'addressbook', 'contacts');
    if (calendar?.kind !== 'calendar' || book?.kind !== 'addressbook')
      throw new Error('no collections to fill');
    for (let from = 0; from < count; from += 200) {
      const numbers = Array.from({ length: Math.min(200, count - from) }, (_, at) => from + at);
      const events = numbers.map((at) => makeEvent(SEED, at, START_UTC));
      const cards = numbers.map((at) => makeCard(SEED, at));
      for (const [collection, made, kind] of [
        [calendar, events, 'ics'],
        [book, cards, 'vcf'],
      ] as const) {
        const items = made.map(({ uid, body }) => ({ name: `${uid}.${kind}`, body: Buffer.from(body) }));
        for (const result of await importObjects(app, { kind: 'system' }, collection, items))
          if ('error' in result) throw result.error;
      }
    }
    // What the server's jobs would do within minutes, in the middle of what is measured.
    while ((await refreshIndexes(app)) > 0);
    while ((await refreshAllContacts(app)) > 0);
  } finally {
    await opened.close();
  }
}

const calendarQuery = (data: string): string =>
  `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/>${data}</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ${rangeOf(WEEK)}/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;

/** A search of the address book: its filter, and whether a card passes. */
interface Search {
  readonly what: string;
  readonly filter: string;
  readonly passes: (card: BenchCard) => boolean;
}

const contains = (name: string, ...texts: readonly string[]): string =>
  `<C:prop-filter name="${name}">${texts.map((text) => `<C:text-match match-type="contains">${text}</C:text-match>`).join('')}</C:prop-filter>`;
const some = (texts: readonly string[], text: string): boolean => texts.some((one) => one.includes(text));
const filterOf = (test: 'anyof' | 'allof', ...parts: readonly string[]): string =>
  `<C:filter test="${test}">${parts.join('')}</C:filter>`;

const SEARCHES: readonly Search[] = [
  {
    what: 'FN contains',
    filter: filterOf('anyof', contains('FN', 'QUENDEL')),
    passes: (card) => card.fn.includes('quendel'),
  },
  {
    what: 'EMAIL contains',
    filter: filterOf('anyof', contains('EMAIL', 'xerophyt')),
    passes: (card) => some(card.email, 'xerophyt'),
  },
  {
    what: 'TEL contains',
    filter: filterOf('anyof', contains('TEL', '9959')),
    passes: (card) => some(card.tel, '9959'),
  },
  {
    what: 'N contains',
    filter: filterOf('anyof', contains('N', 'quend')),
    passes: (card) => card.family.includes('quend'),
  },
  {
    what: 'ORG contains',
    filter: filterOf('anyof', contains('ORG', 'zelqu')),
    passes: (card) => card.org.includes('zelqu'),
  },
  {
    what: 'anyof FN, N, ORG, EMAIL, TEL contain',
    filter: filterOf('anyof', ...['FN', 'N', 'ORG', 'EMAIL', 'TEL'].map((name) => contains(name, 'quarz'))),
    passes: (card) => card.org.includes('quarz'),
  },
  {
    what: 'allof FN, EMAIL contain',
    filter: filterOf('allof', contains('FN', 'quendel'), contains('EMAIL', 'example')),
    passes: (card) => card.fn.includes('quendel'),
  },
  {
    what: 'nothing found',
    filter: filterOf('anyof', contains('FN', 'quendelquarz'), contains('EMAIL', 'quendelquarz')),
    passes: () => false,
  },
  {
    what: 'TEL contains two digits',
    filter: filterOf('anyof', contains('TEL', '99')),
    passes: (card) => some(card.tel, '99'),
  },
];

const cardQuery = (filter: string): string =>
  `<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/></D:prop>${filter}</C:addressbook-query>`;

function sameNames(hrefs: readonly string[], uids: ReadonlySet<string>, kind: string): void {
  const names = new Set(
    hrefs.map((href) => decodeURIComponent(href.slice(href.lastIndexOf('/') + 1)).replace(`.${kind}`, '')),
  );
  if (hrefs.length !== uids.size || [...uids].some((uid) => !names.has(uid)))
    throw new Error(`the answer has ${hrefs.length} items; ${uids.size} were expected`);
}

/** One query to be measured. */
interface Asked {
  readonly what: string;
  ask(client: BenchClient): Promise<void>;
}

function calendarRows(user: string, truth: Truth): readonly Asked[] {
  const path = `/dav/calendars/${user}/calendar/`;
  const report = async (client: BenchClient, body: string, status: number): Promise<string> =>
    expectStatus(await client.send('REPORT', path, { ...XML, Depth: '1' }, body), status).body;
  const week = (what: string, data: string): Asked => ({
    what,
    ask: async (client) =>
      sameNames(hrefsOf(await report(client, calendarQuery(data), 207)), truth.week, 'ics'),
  });
  return [
    week(`week, getetag (${truth.week.size})`, ''),
    week(`week with data (${truth.week.size})`, '<C:calendar-data/>'),
    {
      what: `week expanded (${truth.instances} instances)`,
      ask: async (client) => {
        const data = `<C:calendar-data><C:expand ${rangeOf(WEEK)}/></C:calendar-data>`;
        const body = await report(client, calendarQuery(data), 207);
        sameNames(hrefsOf(body), truth.week, 'ics');
        const events = body.split('BEGIN:VEVENT').length - 1;
        if (events !== truth.instances) throw new Error(`${events} of ${truth.instances} instances`);
      },
    },
    {
      what: `free-busy of a month (${truth.busy.length} periods)`,
      ask: async (client) => {
        const query = `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range ${rangeOf(MONTH)}/></C:free-busy-query>`;
        const found = (await report(client, query, 200)).replaceAll('\r\n ', '').match(/\d+T\d+Z\/\d+T\d+Z/g);
        if (String(found) !== String(truth.busy)) throw new Error(`busy: ${found} instead of ${truth.busy}`);
      },
    },
  ];
}

function cardRows(user: string, cards: readonly BenchCard[]): readonly Asked[] {
  return SEARCHES.map(({ what, filter, passes }) => {
    const expected = new Set(cards.filter(passes).map((card) => card.uid));
    return {
      what: `${what} (${expected.size})`,
      ask: async (client) => {
        const path = `/dav/addressbooks/${user}/contacts/`;
        const reply = await client.send('REPORT', path, { ...XML, Depth: '1' }, cardQuery(filter));
        sameNames(hrefsOf(expectStatus(reply, 207).body), expected, 'vcf');
      },
    };
  });
}

async function costs(
  server: RunningServer,
  client: BenchClient,
  rows: readonly Asked[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { what, ask } of rows) {
    await timed(WARM_UP, 1, () => ask(client));
    const row = await measure(server, what, ROUNDS, 1, () => ask(client));
    found.set(what, row.cpuMsPerOperation);
  }
  return found;
}

interface Options {
  readonly user: string;
  readonly password: string;
  readonly isLarge: boolean;
  /** Null: SQLite. */
  readonly postgres: PostgresServer | null;
}

/** A new database on a PostgreSQL; nothing for SQLite, which makes its own. */
async function databaseFor(postgres: PostgresServer | null, count: number): Promise<Settings> {
  if (postgres === null) return {};
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`CREATE DATABASE bench_${count}`).finally(() => client.end());
  return { DATABASE_URL: databaseUrl(postgres.url, `bench_${count}`) };
}

async function measureAt(
  count: number,
  truth: Truth,
  { user, password, postgres }: Options,
): Promise<ReadonlyMap<string, number>> {
  const began = performance.now();
  const env = await databaseFor(postgres, count);
  const fill = (dataDir: string): Promise<void> => fillBoth({ ...env, DATA_DIR: dataDir }, user, count);
  const server = await startServer(user, password, { env, fill });
  const client = new BenchClient(server.origin, user, password, 2);
  try {
    const file = join(server.dataDir, 'daybook.sqlite');
    const database = postgres?.name ?? `SQLite, ${(statSync(file).size / 1e6).toFixed(0)} MB`;
    const seconds = (performance.now() - began) / 1000;
    console.log(`\n${count} events and ${count} contacts, made in ${seconds.toFixed(0)} s (${database})`);
    const cards = Array.from({ length: SMALL }, (_, at) => makeCard(SEED, at));
    return await costs(server, client, [...calendarRows(user, truth), ...cardRows(user, cards)]);
  } finally {
    client.close();
    await server.stop();
  }
}

/** Measures queries at 10,000 objects, and at 100,000 with the same answers when `isLarge`; prints how the cost grows. */
export async function measureQueries(options: Options): Promise<void> {
  const runner = openRuleRunner(DEFAULT_LIMITS);
  const truth = await truthOf(runner).finally(() => runner.close());
  const small = await measureAt(SMALL, truth, options);
  if (!options.isLarge) return;
  const large = await measureAt(LARGE, truth, options);
  console.log('\ngrowth from 10,000 to 100,000');
  for (const [what, cost] of small)
    console.log(`${what.padEnd(52)} ${((large.get(what) ?? Number.NaN) / cost).toFixed(2)}x`);
}
