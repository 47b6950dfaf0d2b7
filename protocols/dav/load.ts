import {
  type DeadKind,
  deadKey,
  deadPropertiesOf,
  findHome,
  listCollections,
  quotaOf,
} from '../../models/collections/service.ts';
import { tokensOf } from '../../models/journal/service.ts';
import type { Collection, CollectionId, PrincipalId, Resource } from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import type { QName } from '../xml/names.ts';
import type { Loaded, Need } from './property.ts';
import type { Tables } from './rows.ts';

/** Stored elements of one resource, by name. */
export type Dead = ReadonlyMap<QName, string>;

export const NO_DEAD: Dead = new Map();

const NOTHING: Omit<Loaded, 'tables'> = {
  body: new Map(),
  quota: { usedBytes: 0, availableBytes: 0 },
  tokens: new Map(),
  collectionsOf: new Map(),
  homes: new Map(),
};

/** Loads what the asked properties need, once for a page of resources; what is given is not loaded. */
export async function loadNeeds(
  v: Viewer,
  page: readonly Resource[],
  needs: ReadonlySet<Need>,
  tables: Tables,
  given: Partial<Loaded>,
): Promise<Loaded> {
  if (needs.size === 0) return { ...NOTHING, tables, ...given };
  const collections = page.filter(isCollection);
  const collectionsOf = needs.has('collectionsOf')
    ? (given.collectionsOf ?? (await loadHomes(v, collections)))
    : NOTHING.collectionsOf;
  const scopes = [...collections, ...[...collectionsOf.values()].flat()].map((c) => c.id);
  return {
    ...NOTHING,
    tables,
    collectionsOf,
    tokens: needs.has('tokens') ? await tokensOf(v.app.db, [...new Set(scopes)]) : NOTHING.tokens,
    quota: needs.has('quota') ? await loadQuota(v, collections) : NOTHING.quota,
    homes: needs.has('homes') ? await loadPrincipalHomes(v, page) : NOTHING.homes,
    ...given,
  };
}

/** True for anything that stands as a row of collections. */
export function isCollection(resource: Resource): resource is Collection {
  return 'incarnation' in resource;
}

/** Loads the stored elements of a page of resources: one statement for each kind. */
export async function loadDead(v: Viewer, page: readonly Resource[]): Promise<(resource: Resource) => Dead> {
  const byKind = new Map<DeadKind, string[]>();
  for (const resource of page) {
    const at = deadPlace(resource);
    if (at !== null) push(byKind, at.kind, at.id);
  }
  const found = new Map<string, Dead>();
  for (const [kind, ids] of byKind)
    for (const [id, dead] of await deadPropertiesOf(v.app.db, kind, ids)) found.set(`${kind} ${id}`, dead);
  return (resource) => {
    const at = deadPlace(resource);
    return (at && found.get(`${at.kind} ${at.id}`)) ?? NO_DEAD;
  };
}

function push(byKind: Map<DeadKind, string[]>, kind: DeadKind, id: string): void {
  const ids = byKind.get(kind);
  if (ids === undefined) byKind.set(kind, [id]);
  else ids.push(id);
}

/** Nothing is kept on the folders above the homes. */
function deadPlace(resource: Resource): ReturnType<typeof deadKey> | null {
  return resource.kind === 'root' || resource.kind === 'principals' ? null : deadKey(resource);
}

async function loadHomes(
  v: Viewer,
  collections: readonly Collection[],
): Promise<ReadonlyMap<CollectionId, readonly Collection[]>> {
  const loaded = new Map<CollectionId, readonly Collection[]>();
  for (const home of collections)
    if (home.kind === 'home') loaded.set(home.id, await listCollections(v.app.db, home.id));
  return loaded;
}

async function loadQuota(v: Viewer, collections: readonly Collection[]): Promise<Loaded['quota']> {
  const owner = collections[0]?.owner;
  return owner === undefined ? NOTHING.quota : quotaOf(v.app, owner);
}

async function loadPrincipalHomes(
  v: Viewer,
  page: readonly Resource[],
): Promise<ReadonlyMap<PrincipalId, Collection>> {
  const homes = new Map<PrincipalId, Collection>();
  for (const resource of page) {
    if (resource.kind !== 'principal') continue;
    const home = await findHome(v.app.db, resource.id, 'calendar');
    if (home !== null) homes.set(resource.id, home);
  }
  return homes;
}
