import { dig, list, pick } from '../../support/api.ts';
import type { Step, World } from './steps.ts';

const MEETING = '/dav/calendars/mara/office/api-meeting.ics';

const meeting = (title: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Klein//EN\r\nBEGIN:VEVENT\r\nUID:api-meeting\r\nDTSTAMP:20261101T100000Z\r\nDTSTART:20261130T100000Z\r\nDTEND:20261130T110000Z\r\nSUMMARY:${title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

/** One request of the kitchen tablet. */
async function tablet(
  { family }: World,
  method: string,
  path: string,
  more: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const device = family.devices.find(({ label }) => label === 'Kitchen tablet');
  if (device === undefined) throw new Error('the family has no tablet');
  const answer = await family.dav(device, method, path, more);
  await answer.arrayBuffer();
  return answer;
}

const put = (world: World, title: string, headers: Readonly<Record<string, string>> = {}) =>
  tablet(world, 'PUT', MEETING, {
    body: meeting(title),
    headers: { 'Content-Type': 'text/calendar; charset=utf-8', ...headers },
  });

/** Three versions, and one that came too late. */
async function writeOften(world: World): Promise<void> {
  for (const title of ['First', 'Second', 'Third']) {
    await put(world, title);
    world.clock.advance(60_000);
  }
  const late = await put(world, 'Late', { 'If-Match': '"long-gone"' });
  if (late.status !== 412) throw new Error(`a late change was answered ${late.status}`);
  const calendars = list(await world.call('listCalendars'), 'items');
  world.keep('work', dig(pick(calendars, 'name', 'Work'), 'id'));
  world.keep('choir-calendar', dig(pick(calendars, 'name', 'Choir'), 'id'));
}

async function clearBook(world: World): Promise<void> {
  world.keep('before-clearing', new Date(world.clock.nowMs()).toISOString());
  world.clock.advance(60_000);
  for (let at = 0; at < 20; at += 1)
    await tablet(world, 'DELETE', `/dav/addressbooks/mara/contacts/n${at}.vcf`);
  world.clock.advance(60_000);
}

const version = (world: World) => ({ id: world.get('version') });
const notice = (world: World) => ({ id: world.get('notice') });

const VERSION_STEPS: readonly Step[] = [
  {
    id: 'listVersions',
    before: writeOften,
    input: (world) => ({ collection: world.get('work'), name: 'api-meeting.ics' }),
    after(world, { json }) {
      const updates = list(json, 'items').filter((each) => dig(each, 'how') === 'update');
      world.keep('version', dig(updates, 0, 'id'));
      world.keep('older', dig(updates, 1, 'id'));
    },
  },
  { id: 'getVersion', input: version },
  { id: 'compareVersions', input: (world) => ({ ...version(world), with: world.get('older') }) },
  {
    id: 'restoreVersion',
    input: version,
    after: (world, { json }) => world.keep('restored', json),
  },
  {
    id: 'undoRestoreVersion',
    input(world) {
      const restored = world.get('restored');
      return {
        collection: dig(restored, 'collection'),
        name: dig(restored, 'name'),
        etag: dig(restored, 'etag'),
        former: dig(restored, 'former'),
      };
    },
  },
  { id: 'purgeVersion', input: (world) => ({ id: world.get('older') }) },
  { id: 'listConflicts', input: () => ({ limit: 1 }) },
];

const NOTICE_STEPS: readonly Step[] = [
  {
    id: 'listNotices',
    before: clearBook,
    after: (world, { json }) => world.keep('notice', dig(json, 'items', 0, 'id')),
  },
  { id: 'dismissNotice', input: notice },
  { id: 'reopenNotice', input: notice },
  { id: 'listTrash', input: () => ({ holds: 'addressbook', limit: 3 }) },
  { id: 'listBursts', input: () => ({ holds: 'addressbook' }) },
  { id: 'planMoment', input: (world) => ({ moment: world.get('before-clearing') }) },
  { id: 'returnNotice', input: notice },
];

/** Versions, conflicts, notices and the trash. */
export const TRASH_STEPS: readonly Step[] = [
  ...VERSION_STEPS,
  ...NOTICE_STEPS,
  {
    id: 'restoreTrash',
    async before(world) {
      await tablet(world, 'DELETE', MEETING);
      world.clock.advance(60_000);
    },
    input: (world) => ({ collection: world.get('work') }),
    // Of their own nothing is in there.
    others: 200,
    after: (world, { json }) => world.keep('restored-at', dig(json, 'restored')),
  },
  { id: 'undoRestoreTrash', input: (world) => ({ restored: world.get('restored-at') }), others: null },
  { id: 'emptyTrash', input: (world) => ({ collection: world.get('work') }), others: 200 },
  {
    id: 'listDeletedCollections',
    async before(world) {
      await world.call('deleteCalendar', { id: world.get('choir-calendar') });
    },
  },
  { id: 'restoreCollection', input: (world) => ({ id: world.get('choir-calendar') }) },
  {
    id: 'purgeCollection',
    async before(world) {
      await world.call('deleteCalendar', { id: world.get('choir-calendar') });
    },
    input: (world) => ({ id: world.get('choir-calendar') }),
  },
  {
    id: 'goBack',
    input: (world) => ({ moment: world.get('before-clearing'), collection: world.get('work') }),
    others: 404,
  },
];
