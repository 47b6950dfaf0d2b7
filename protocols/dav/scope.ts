import { findCollection } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { StoredObject } from '../../models/objects/service.ts';
import type { Collection, Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';

const gone = (): Refusal => new Refusal(404, 'There is nothing at this address.');

function parentOf(v: Viewer, object: ResourceOf<'object'>): Promise<Collection | null> {
  return findCollection(v.app.db, object.owner, object.holds, object.collectionName);
}

/** The calendar a report is about, where one of its objects was asked; throws `Refusal` 404 when it has gone meanwhile. */
export async function calendarOf(
  v: Viewer,
  asked: ResourceOf<'calendar' | 'object'>,
): Promise<ResourceOf<'calendar'>> {
  const collection = asked.kind === 'object' ? await parentOf(v, asked) : asked;
  if (collection?.kind !== 'calendar') throw gone();
  return collection;
}

/** The address book a report is about, where one of its cards was asked; throws `Refusal` 404 when it has gone meanwhile. */
export async function bookOf(
  v: Viewer,
  asked: ResourceOf<'addressbook' | 'object'>,
): Promise<ResourceOf<'addressbook'>> {
  const collection = asked.kind === 'object' ? await parentOf(v, asked) : asked;
  if (collection?.kind !== 'addressbook') throw gone();
  return collection;
}

/** What of a collection's objects a report may answer with: the one that was asked, or all. */
export function within(
  asked: Resource,
  pages: AsyncIterable<readonly StoredObject[]>,
): AsyncIterable<readonly StoredObject[]> {
  return asked.kind === 'object' ? onlyThat(asked.name, pages) : pages;
}

async function* onlyThat(
  name: string,
  pages: AsyncIterable<readonly StoredObject[]>,
): AsyncGenerator<readonly StoredObject[]> {
  for await (const page of pages) {
    const found = page.filter((object) => object.name === name);
    if (found.length === 0) continue;
    yield found;
    return;
  }
}
