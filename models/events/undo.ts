import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { deleteObject } from '../objects/service.ts';
import type { DeviceId, ETag, UserActor } from '../types.ts';
import { listVersions, restoreVersion } from '../versions/service.ts';
import { findCalendar } from './calendars.ts';
import type { ItemPlace } from './item.ts';

/** Ways back from changes, by the former versions of events and tasks. */

export type Uses = Pick<App, 'db' | 'clock' | 'random' | 'hints' | 'limits' | 'rules' | 'log'>;

/** The version with which somebody changed or removed what had that tag; null when none was kept. */
export async function versionOf(
  app: Pick<App, 'db'>,
  actor: UserActor,
  place: ItemPlace,
  etag: string,
): Promise<number | null> {
  const versions = await listVersions(app, actor, place.collection, place.name);
  return versions.find((version) => version.etag === etag && version.how !== 'refused')?.id ?? null;
}

/** The device that made the last change that was kept; null where no device or no change is known. */
export async function lastDevice(
  app: Pick<App, 'db'>,
  actor: UserActor,
  place: ItemPlace,
): Promise<{ readonly device: DeviceId | null } | null> {
  const versions = await listVersions(app, actor, place.collection, place.name);
  return versions.find((version) => version.how !== 'refused') ?? null;
}

/** Makes a version current again and removes the second series that a split had made. */
export async function undoChange(
  app: Uses,
  actor: UserActor,
  version: number,
  added: ItemPlace | null,
): Promise<ItemPlace & { readonly etag: ETag }> {
  const restored = await restoreVersion(app, actor, version);
  if (added !== null) {
    const calendar = await findCalendar(app, actor, added.collection);
    try {
      await deleteObject(app, actor, calendar, added.name, null);
    } catch (error) {
      // Somebody has removed it already: nothing is left to take back.
      if (!(error instanceof Refusal && error.status === 404)) throw error;
    }
  }
  return restored;
}
