import type { App } from '../../models/app.ts';
import { findHome, listCollections } from '../../models/collections/service.ts';
import type { Collection, ObjectCollection, PrincipalId } from '../../models/types.ts';
import { EXIT, Stop } from './output.ts';

const holdsObjects = (c: Collection): c is ObjectCollection =>
  c.kind === 'calendar' || c.kind === 'addressbook';

/** The calendars and address books of a person, default ones first. */
export async function collectionsOf(app: App, owner: PrincipalId): Promise<readonly ObjectCollection[]> {
  const found: ObjectCollection[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(app.db, owner, holds);
    if (home !== null) found.push(...(await listCollections(app.db, home.id)).filter(holdsObjects));
  }
  return found;
}

/** Finds one by the last part of its address or by its display name. Throws `Stop` 4, and 2 when the name fits several. */
export async function collectionNamed(app: App, owner: PrincipalId, name: string): Promise<ObjectCollection> {
  const all = await collectionsOf(app, owner);
  const exact = all.filter((collection) => collection.name === name);
  const fitting = exact.length > 0 ? exact : all.filter((collection) => collection.displayName === name);
  const [first, second] = fitting;
  const known = all.map((collection) => collection.name).join(', ');
  if (first === undefined)
    throw new Stop(EXIT.notFound, `There is no calendar or address book "${name}". There are: ${known}.`);
  if (second !== undefined) throw new Stop(EXIT.usage, `"${name}" fits more than one. Use one of: ${known}.`);
  return first;
}
