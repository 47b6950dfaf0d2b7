import { listDeletedCollections } from '../../models/collections/service.ts';
import { deviceNames, toDeviceId } from '../../models/devices/service.ts';
import { Refusal } from '../../models/errors.ts';
import { limitsNow } from '../../models/server/service.ts';
import type { CollectionId, DeviceId } from '../../models/types.ts';
import { titleOf } from '../../models/versions/difference.ts';
import {
  collectionNames,
  type DeletionCount,
  type Deletions,
  listConflicts,
  toCollectionId,
  type Version,
  versionBody,
} from '../../models/versions/service.ts';
import { type Deleted, listBursts, listDeleted } from '../../models/versions/trash.ts';
import type { ConflictsData } from '../pages/conflicts.tsx';
import type { BulkData, TrashBurst, TrashData, TrashItem } from '../pages/trash.tsx';
import { bulkHref } from '../parts/notices.tsx';
import type { Doer } from '../parts/trash.tsx';
import { actorOf } from '../session.ts';
import type { PageRequest } from '../site.ts';

/** What the pages of the trash show, from what the services give. */

const PER_PAGE = 50;
const FIRST_TITLES = 3;

type Names = ReadonlyMap<DeviceId, string>;

/** Who did it, with the names of devices at hand. */
export function doerOf(names: Names, { device, by }: Pick<Version, 'device' | 'by'>): Doer {
  return {
    deviceName: device === null ? null : (names.get(device) ?? null),
    isDevice: device !== null,
    isPerson: by !== null,
  };
}

/** The names of the devices that did these. */
export function namesOf(page: PageRequest, doers: readonly Pick<Version, 'device'>[]): Promise<Names> {
  const ids = doers.flatMap(({ device }) => (device === null ? [] : [device]));
  return deviceNames(page.site.app.db, [...new Set(ids)]);
}

interface Naming {
  readonly devices: Names;
  readonly places: ReadonlyMap<CollectionId, string>;
}

function itemOf({ version, body }: Deleted, { devices, places }: Naming): TrashItem {
  const { id, collection, name, component, endedUtc } = version;
  return {
    ...{ version: id, collection, name, component, endedUtc },
    title: titleOf(component, body),
    place: places.get(collection) ?? '',
    ...doerOf(devices, version),
  };
}

async function naming(
  page: PageRequest,
  about: readonly Pick<Version, 'device' | 'collection'>[],
): Promise<Naming> {
  const { db } = page.site.app;
  const places = await collectionNames(db, actorOf(page), [...new Set(about.map((each) => each.collection))]);
  return { devices: await namesOf(page, about), places };
}

const holdsIn = (text: string | null): TrashData['holds'] =>
  text === 'calendar' || text === 'addressbook' ? text : null;

async function entryOf(
  page: PageRequest,
  burst: DeletionCount,
  names: Naming,
): Promise<TrashItem | TrashBurst | null> {
  const actor = actorOf(page);
  const which = { ...burst, owner: actor.principal };
  const found = await listDeleted(page.site.app, actor, which, { before: 0, limit: FIRST_TITLES });
  const [only] = found;
  if (only === undefined) return null;
  if (burst.count === 1) return itemOf(only, names);
  const { collection, device, fromUtc, untilUtc, count } = burst;
  return {
    ...{ collection, device, untilUtc, count, sinceUtc: fromUtc },
    place: names.places.get(collection) ?? '',
    first: found.map(({ version, body }) => ({
      component: version.component,
      title: titleOf(version.component, body),
    })),
    ...doerOf(names.devices, burst),
  };
}

/** What the trash shows for what its address asks. */
export async function trashData(page: PageRequest): Promise<TrashData> {
  const { app } = page.site;
  const actor = actorOf(page);
  const { query } = page.request;
  const holds = holdsIn(query.get('holds'));
  const device = query.get('device') === '' ? null : (query.get('device')?.slice(0, 64) ?? null);
  const wanted = /^[1-9]\d{0,4}$/.test(query.get('page') ?? '') ? Number(query.get('page')) : 1;
  const all = await listBursts(app, actor, actor.principal);
  const bursts = (holds === null ? all : await listBursts(app, actor, actor.principal, holds)).filter(
    (burst) => device === null || (burst.device ?? 'none') === device,
  );
  const shown = bursts.slice((wanted - 1) * PER_PAGE, wanted * PER_PAGE);
  const names = await naming(page, all);
  const entries: (TrashItem | TrashBurst)[] = [];
  for (const burst of shown) {
    const entry = await entryOf(page, burst, names);
    if (entry !== null) entries.push(entry);
  }
  const { trashDays } = await limitsNow(app);
  const collections = (await listDeletedCollections(app, actor, actor.principal)).flatMap(
    ({ collection, deletedUtc, objectCount }) =>
      collection.kind === 'calendar' || collection.kind === 'addressbook'
        ? [
            {
              ...{ id: collection.id, kind: collection.kind, deletedUtc, objectCount },
              displayName: collection.displayName === '' ? collection.name : collection.displayName,
            },
          ]
        : [],
  );
  const conflicts = await listConflicts(app, actor, actor.principal, { limit: 1 });
  return {
    ...{ days: trashDays, holds, device, entries, collections, page: wanted },
    devices: [...names.devices].map(([id, name]) => ({ id, name })),
    total: all.reduce((sum, burst) => sum + burst.count, 0),
    conflicts: conflicts.items.length > 0,
    hasNext: bursts.length > wanted * PER_PAGE,
  };
}

/** Reads which deletions an address or a form means. Throws `Refusal` 404 for what means none. */
export function whichOf(
  page: PageRequest,
  fields: URLSearchParams,
): Deletions & { readonly collection: CollectionId; readonly device: DeviceId | null } {
  const whole = (name: string): number => {
    const text = fields.get(name) ?? '';
    if (!/^\d{1,12}$/.test(text)) throw new Refusal(404, 'There is no such part of the trash.');
    return Number(text);
  };
  const device = fields.get('device') ?? 'none';
  return {
    owner: actorOf(page).principal,
    collection: toCollectionId(whole('collection')),
    device: device === 'none' ? null : toDeviceId(device.slice(0, 64)),
    fromUtc: whole('since'),
    untilUtc: whole('until'),
  };
}

/** What the page of one burst shows. */
export async function bulkData(page: PageRequest): Promise<BulkData> {
  const { app } = page.site;
  const actor = actorOf(page);
  const { query } = page.request;
  const which = whichOf(page, query);
  const { collection, device, fromUtc, untilUtc } = which;
  const cursor = query.get('cursor') ?? '';
  const before = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
  const found = await listDeleted(app, actor, which, { before, limit: PER_PAGE });
  const bursts = await listBursts(app, actor, actor.principal);
  const within = bursts.filter(
    (burst) =>
      burst.collection === collection &&
      burst.device === device &&
      burst.fromUtc <= untilUtc &&
      burst.untilUtc >= fromUtc,
  );
  const names = await naming(page, [{ collection, device }]);
  const first = found[0]?.version;
  const burst = {
    ...{ collection, device, sinceUtc: fromUtc, untilUtc, first: [] },
    count: within.reduce((sum, part) => sum + part.count, 0),
    place: names.places.get(collection) ?? '',
    ...doerOf(names.devices, { device, by: first?.by ?? actor.principal }),
  };
  const last = found.length < PER_PAGE ? undefined : found.at(-1);
  const here = bulkHref(burst);
  return {
    days: (await limitsNow(app)).trashDays,
    burst,
    items: found.map((each) => itemOf(each, names)),
    href: here,
    isFirst: before === 0,
    next: last === undefined ? null : `${here}&cursor=${last.version.id}`,
  };
}

/** What the list of conflicts shows. */
export async function conflictsData(page: PageRequest): Promise<ConflictsData> {
  const { app } = page.site;
  const actor = actorOf(page);
  const cursor = page.request.query.get('cursor');
  const wanted = cursor === null ? { limit: PER_PAGE } : { cursor, limit: PER_PAGE };
  const { items, next } = await listConflicts(app, actor, actor.principal, wanted);
  const names = await naming(page, items);
  const found: TrashItem[] = [];
  for (const { id } of items) found.push(itemOf(await versionBody(app, actor, id), names));
  return { days: (await limitsNow(app)).versionDays, items: found, isFirst: cursor === null, next };
}
