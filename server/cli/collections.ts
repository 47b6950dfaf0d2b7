import type { App } from '../../models/app.ts';
import { collectionsOfPerson } from '../../models/exports/service.ts';
import type { ObjectCollection, PrincipalId } from '../../models/types.ts';
import { EXIT, Stop } from './output.ts';

/** Finds one by the last part of its address or by its display name. Throws `Stop` 4, and 2 when the name fits several. */
export async function collectionNamed(app: App, owner: PrincipalId, name: string): Promise<ObjectCollection> {
  const all = await collectionsOfPerson(app.db, owner);
  const exact = all.filter((collection) => collection.name === name);
  const fitting = exact.length > 0 ? exact : all.filter((collection) => collection.displayName === name);
  const [first, second] = fitting;
  const known = all.map((collection) => collection.name).join(', ');
  if (first === undefined)
    throw new Stop(EXIT.notFound, `There is no calendar or address book "${name}". There are: ${known}.`);
  if (second !== undefined) throw new Stop(EXIT.usage, `"${name}" fits more than one. Use one of: ${known}.`);
  return first;
}
