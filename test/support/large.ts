import { findCollection } from '../../models/collections/service.ts';
import { importObjects } from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { Holds, ObjectCollection, PrincipalId } from '../../models/types.ts';
import type { TestServer } from './server.ts';

/** A town's worth of data for one person, to hold pages to their time. */

const SYSTEM = { kind: 'system' } as const;
const START_UTC = Date.UTC(2025, 11, 1);

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');

/** Twenty events a day around today; every fifteenth repeats. */
function event(at: number): string {
  const start = START_UTC + Math.floor(at / 30) * 86_400_000 + (at % 20) * 1_800_000 + 25_200_000;
  const rule = at % 15 === 0 ? 'RRULE:FREQ=WEEKLY;COUNT=30\r\n' : '';
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Town//EN\r\nBEGIN:VEVENT\r\nUID:event-${at}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${stamp(start)}\r\nDTEND:${stamp(start + 3_600_000)}\r\n${rule}SUMMARY:Meeting ${at} about topic ${at % 97}\r\nLOCATION:Room ${at % 40}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
}

const GIVEN = [
  'Ada',
  'Ben',
  'Çelik',
  'Dörte',
  'Émile',
  'Fatima',
  'Greta',
  'Håkon',
  'Ida',
  'Jürgen',
  'Kim',
  'Łukasz',
];
const FAMILY = [
  'Schmidt',
  'Okafor',
  'Öztürk',
  'Müller',
  'Nguyen',
  'Åberg',
  'García',
  'Rossi',
  'Žižek',
  'Bauer',
  'Lindqvist',
];

function card(at: number): string {
  const given = GIVEN[at % GIVEN.length] ?? '';
  const family = `${FAMILY[at % FAMILY.length] ?? ''} ${String(at).padStart(5, '0')}`;
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-${at}\r\nFN:${given} ${family}\r\nN:${family};${given};;;\r\nORG:Company ${at % 500}\r\nTEL;TYPE=CELL:+49 151 ${String(10_000_000 + at)}\r\nEMAIL:person${at}@example.org\r\nADR;TYPE=HOME:;;Street ${at % 300};Town;;${String(10_000 + (at % 80_000))};Germany\r\nEND:VCARD\r\n`;
}

async function put(
  server: TestServer,
  collection: ObjectCollection,
  count: number,
  make: (at: number) => string,
): Promise<void> {
  const kind = collection.kind === 'calendar' ? 'ics' : 'vcf';
  for (let from = 0; from < count; from += 200) {
    const numbers = Array.from({ length: Math.min(200, count - from) }, (_, at) => from + at);
    const items = numbers.map((at) => ({ name: `${at}.${kind}`, body: Buffer.from(make(at)) }));
    await importObjects(server.running.app, SYSTEM, collection, items);
  }
}

async function collectionOf(
  server: TestServer,
  owner: PrincipalId,
  holds: Holds,
  name: string,
): Promise<ObjectCollection> {
  const found = await findCollection(server.running.app.db, owner, holds, name);
  if (found?.kind !== 'calendar' && found?.kind !== 'addressbook') throw new Error(`no ${name}`);
  return found;
}

/** An administrator `root` (password as the test server's) with this many contacts and events, among many people. */
export async function makeTown(
  server: TestServer,
  size: { readonly people: number; readonly contacts: number; readonly events: number },
): Promise<void> {
  const { app } = server.running;
  const root = { login: 'root', displayName: 'Root Root', isAdmin: true, password: server.password };
  const { id } = await createUser(app, SYSTEM, root);
  for (let at = 1; at < size.people; at += 1)
    await createUser(app, SYSTEM, { login: `person${at}`, displayName: `Person ${at}` });
  await put(server, await collectionOf(server, id, 'calendar', 'calendar'), size.events, event);
  await put(server, await collectionOf(server, id, 'addressbook', 'contacts'), size.contacts, card);
}
