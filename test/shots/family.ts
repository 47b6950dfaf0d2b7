import { createAppPassword } from '../../models/credentials/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { PrincipalId } from '../../models/types.ts';
import type { TestClock } from '../support/app.ts';
import type { TestServer } from '../support/server.ts';
import { CALENDARS, CONTACTS, EVENTS, PEOPLE, TASKS } from './family-data.ts';

/** A family with its devices, made through the doors everybody uses: people and passwords by services, the rest over DAV. */

const SYSTEM = { kind: 'system' } as const;
export const PASSWORD = 'correct horse battery';

/** A program on a device that signs in with its own password. */
export interface FamilyDevice {
  readonly label: string;
  readonly owner: string;
  readonly agent: string;
  readonly id: string;
  readonly password: string;
  readonly everyMinutes: number;
}

export interface Family {
  readonly server: TestServer;
  readonly clock: TestClock;
  readonly devices: readonly FamilyDevice[];
  readonly ids: ReadonlyMap<string, PrincipalId>;
  /** One DAV request of a device, or of a person by login and password. */
  dav(who: Speaker, method: string, path: string, more?: More): Promise<Response>;
}

/** Who speaks DAV. */
export interface Speaker {
  readonly owner: string;
  readonly password: string;
  readonly agent: string;
}

export interface More {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const XML = { 'Content-Type': 'application/xml; charset=utf-8' };

const AGENTS = {
  iphone: 'iOS/26.1 (23B85) dataaccessd/1.0',
  ipad: 'iOS/25.0 (23A341) dataaccessd/1.0',
  thunderbird: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Thunderbird/145.0',
  pixel: 'DAVx5/4.5.3-ose (2026/09/14; dav4jvm; okhttp/5.1.0) Android/16',
  tablet: 'DAVx5/4.5.1-ose (2026/06/02; dav4jvm; okhttp/5.1.0) Android/14',
} as const;

const DEVICES = [
  { label: 'Mara’s iPhone', owner: 'mara', agent: AGENTS.iphone, everyMinutes: 120 },
  { label: 'Thunderbird on desk', owner: 'mara', agent: AGENTS.thunderbird, everyMinutes: 90 },
  { label: 'Jonas’s Pixel', owner: 'jonas', agent: AGENTS.pixel, everyMinutes: 60 },
  { label: 'Lea’s iPad', owner: 'lea', agent: AGENTS.ipad, everyMinutes: 120 },
  { label: 'Kitchen tablet', owner: 'mara', agent: AGENTS.tablet, everyMinutes: 150 },
] as const;

function speakTo(server: TestServer) {
  return (who: Speaker, method: string, path: string, { body, headers = {} }: More = {}): Promise<Response> =>
    fetch(`${server.origin}${server.base}${path}`, {
      method,
      headers: {
        Authorization: `Basic ${btoa(`${who.owner}:${who.password}`)}`,
        'User-Agent': who.agent,
        ...(body === undefined ? {} : XML),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
}

async function must(answer: Promise<Response>, what: string): Promise<string> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

async function addPeople(server: TestServer): Promise<Map<string, PrincipalId>> {
  const ids = new Map<string, PrincipalId>();
  for (const { login, name, isAdmin } of PEOPLE) {
    const email = `${login}@klein.example`;
    const user = { login, displayName: name, email, isAdmin, password: PASSWORD };
    ids.set(login, (await createUser(server.running.app, SYSTEM, user)).id);
  }
  return ids;
}

async function addDevices(
  server: TestServer,
  ids: ReadonlyMap<string, PrincipalId>,
): Promise<readonly FamilyDevice[]> {
  const devices: FamilyDevice[] = [];
  for (const device of DEVICES) {
    const principal = ids.get(device.owner);
    if (principal === undefined) throw new Error(`nobody is called ${device.owner}`);
    const { id, secret } = await createAppPassword(server.running.app, SYSTEM, {
      principal,
      label: device.label,
    });
    devices.push({ ...device, id, password: secret });
  }
  return devices;
}

const MKCALENDAR = (name: string, color: string) =>
  `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>
<D:displayname>${name}</D:displayname><A:calendar-color>${color}</A:calendar-color></D:prop></D:set></C:mkcalendar>`;

const NAME_AND_COLOR = (name: string, color: string) =>
  `<D:propertyupdate xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>
<D:displayname>${name}</D:displayname><A:calendar-color>${color}</A:calendar-color></D:prop></D:set></D:propertyupdate>`;

async function fill(family: Family, speaker: Speaker): Promise<void> {
  const home = `/dav/calendars/${speaker.owner}`;
  const put = (path: string, body: string, type: string) =>
    must(family.dav(speaker, 'PUT', path, { body, headers: { 'Content-Type': type } }), `PUT ${path}`);
  for (const { name, path, color } of CALENDARS) {
    const isThere = path === 'calendar';
    const [method, body] = isThere
      ? ['PROPPATCH', NAME_AND_COLOR(name, color)]
      : ['MKCALENDAR', MKCALENDAR(name, color)];
    await must(family.dav(speaker, method, `${home}/${path}/`, { body }), `${method} ${path}`);
  }
  for (const { calendar, uid, ics } of [...EVENTS, ...TASKS])
    await put(`${home}/${calendar}/${uid}.ics`, ics, 'text/calendar; charset=utf-8');
  for (const { uid, vcf } of CONTACTS)
    await put(`/dav/addressbooks/${speaker.owner}/contacts/${uid}.vcf`, vcf, 'text/vcard; charset=utf-8');
}

/** Sync tokens by device and path. */
type Tokens = Map<string, string>;

/** One sync of a device, as its client would do it: contacts and calendar, with the token of the last time. */
export async function syncOnce(family: Family, device: FamilyDevice, tokens: Tokens): Promise<void> {
  for (const path of [
    `/dav/calendars/${device.owner}/calendar/`,
    `/dav/addressbooks/${device.owner}/contacts/`,
  ]) {
    const key = `${device.id} ${path}`;
    const body = `<D:sync-collection xmlns:D="DAV:"><D:sync-token>${tokens.get(key) ?? ''}</D:sync-token>
<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`;
    const answer = await family.dav(device, 'REPORT', path, { body });
    const token = /<D:sync-token>([^<]+)/.exec(await answer.text())?.[1];
    if (token !== undefined) tokens.set(key, token);
  }
}

/** Makes people, calendars, contacts and devices; nothing has synced yet. */
export async function makeFamily(server: TestServer, clock: TestClock): Promise<Family> {
  const ids = await addPeople(server);
  const devices = await addDevices(server, ids);
  const family: Family = { server, clock, devices, ids, dav: speakTo(server) };
  const desk = devices.find((device) => device.label.startsWith('Thunderbird'));
  if (desk !== undefined) await fill(family, desk);
  return family;
}

/** What may happen at a moment of the week: whatever is in the map runs when its time has come. */
export interface Happening {
  readonly at: string;
  run(family: Family): Promise<void>;
}

/** Lets time pass until `until`, every device syncing at its own pace; happenings come in their order. */
export async function liveThrough(
  family: Family,
  until: string,
  happenings: readonly Happening[],
): Promise<void> {
  const tokens: Tokens = new Map();
  const endMs = Date.parse(until);
  const due = new Map(
    family.devices.map((device, at) => [device, family.clock.nowMs() + at * 7 * 60_000] as const),
  );
  const waiting = [...happenings].sort((a, b) => a.at.localeCompare(b.at));
  for (;;) {
    const next = [...due].sort(([, a], [, b]) => a - b)[0];
    if (next === undefined || next[1] > endMs) break;
    const [device, atMs] = next;
    while (waiting[0] !== undefined && Date.parse(waiting[0].at) <= atMs) {
      const happening = waiting.shift();
      if (happening === undefined) break;
      family.clock.set(happening.at);
      await happening.run(family);
    }
    family.clock.set(atMs);
    await syncOnce(family, device, tokens);
    await family.server.running.flush();
    // A device sleeps at night and is a little late now and then, the same way every time.
    const jitter = ((atMs / 60_000) % 17) * 60_000;
    due.set(device, atMs + device.everyMinutes * 60_000 + jitter);
  }
  family.clock.set(endMs);
}
