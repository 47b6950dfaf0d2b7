import { deviceNames } from '../devices/service.ts';
import { toETag } from '../objects/etag.ts';
import { deleteObject } from '../objects/service.ts';
import type { UserActor } from '../types.ts';
import { openCard } from '../vcard/edit-source.ts';
import { type CardValues, readValues } from '../vcard/edit-values.ts';
import { formerBody, listVersions, restoreVersion } from '../versions/service.ts';
import { type CardPlace, getBook, type Uses } from './service.ts';

/** What came before a card: who changed it, what it said, and bringing it back. */

/** The name of the device that changed a card last; null when nobody noted it, or it was changed on these pages. */
export async function lastChangeBy(
  app: Pick<Uses, 'db'>,
  actor: UserActor,
  place: CardPlace,
): Promise<string | null> {
  const [last] = await listVersions(app, actor, place.collection, place.name);
  const device = last?.how === 'update' ? last.device : null;
  if (device === null) return null;
  return (await deviceNames(app.db, [device])).get(device) ?? null;
}

/** What a card said under a tag; null when those bytes are not kept any more. */
export async function formerValues(
  app: Pick<Uses, 'db'>,
  actor: UserActor,
  place: CardPlace,
  etag: string,
): Promise<CardValues | null> {
  const body = await formerBody(app, actor, place.collection, place.name, toETag(etag));
  return body === null ? null : readValues(openCard(body));
}

/**
 * Deletes contacts, one after the other; `versions` bring them back (`restoreContacts`). Throws `Refusal` 404 for the first
 * that is not there.
 */
export async function deleteContacts(
  app: Uses,
  actor: UserActor,
  places: readonly CardPlace[],
): Promise<{ readonly count: number; readonly versions: readonly number[] }> {
  const versions: number[] = [];
  for (const place of places) {
    const book = await getBook(app, actor, place.collection);
    await deleteObject(app, actor, book, place.name, null);
    const [last] = await listVersions(app, actor, place.collection, place.name);
    if (last?.how === 'delete') versions.push(last.id);
  }
  return { count: places.length, versions };
}

/** Brings deleted contacts back; gives where they are. Throws `Refusal` 404 for one that is not kept any more. */
export async function restoreContacts(
  app: Uses,
  actor: UserActor,
  versions: readonly number[],
): Promise<readonly CardPlace[]> {
  const places: CardPlace[] = [];
  for (const id of versions) {
    const { collection, name } = await restoreVersion(app, actor, id);
    places.push({ collection, name });
  }
  return places;
}
