import type { App } from '../app.ts';
import { findHome, listCollections, makeCollection } from '../collections/service.ts';
import { takesComponent } from '../objects/prepare.ts';
import type { Actor, Collection, ObjectCollection, PrincipalId } from '../types.ts';

/** Where an item goes: a collection there is, or one that applying makes first. */
export type Target =
  | { readonly kind: 'stored'; readonly collection: ObjectCollection }
  | { readonly kind: 'new'; readonly displayName: string; readonly component: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Where the items of one person go. */
export interface Targets {
  readonly owner: PrincipalId;
  readonly into: ObjectCollection | null;
  readonly collections: readonly ObjectCollection[];
}

/** Reads the collections of a person, default ones first. */
export async function findTargets(
  app: Pick<App, 'db'>,
  owner: PrincipalId,
  into: ObjectCollection | null,
): Promise<Targets> {
  const collections: ObjectCollection[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(app.db, owner, holds);
    if (home !== null)
      collections.push(...(await listCollections(app.db, home.id)).filter(isObjectCollection));
  }
  return { owner, into, collections };
}

function isObjectCollection(collection: Collection): collection is ObjectCollection {
  return collection.kind === 'calendar' || collection.kind === 'addressbook';
}

function takes(collection: ObjectCollection, component: string): boolean {
  return collection.kind === 'addressbook' ? component === 'VCARD' : takesComponent(collection, component);
}

/** The place for a component: the collection named, else the first default one that takes it; a journal gets a calendar made. */
export function targetFor(targets: Targets, component: string): Target {
  const { into, collections } = targets;
  if (into !== null) {
    if (takes(into, component)) return { kind: 'stored', collection: into };
    return { kind: 'none', reason: `"${into.displayName}" does not take ${component}.` };
  }
  const fitting = collections.filter((collection) => takes(collection, component));
  const found = fitting.find((collection) => collection.isDefault) ?? fitting[0];
  if (found !== undefined) return { kind: 'stored', collection: found };
  if (component === 'VJOURNAL') return { kind: 'new', displayName: 'Journal', component };
  return { kind: 'none', reason: `no collection takes ${component}; make one or name one.` };
}

/** Makes the calendar a target asks for, under the first free name. */
export async function makeTarget(
  app: Parameters<typeof makeCollection>[0] & Pick<App, 'db'>,
  actor: Actor,
  owner: PrincipalId,
  target: Extract<Target, { kind: 'new' }>,
): Promise<ObjectCollection | null> {
  const home = await findHome(app.db, owner, 'calendar');
  if (home === null) return null;
  const taken = new Set((await listCollections(app.db, home.id)).map((collection) => collection.name));
  const base = target.displayName.toLowerCase();
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
  const { displayName, component } = target;
  const made = await makeCollection(app, actor, home, {
    name,
    kind: 'calendar',
    displayName,
    components: [component],
  });
  return isObjectCollection(made) ? made : null;
}
