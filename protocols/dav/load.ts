import { deadPropertiesOf, findHome, listCollections, quotaOf } from '../../models/collections/service.ts';
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

/** Loads the stored elements of a page of resources: one statement for each sort of resource. */
export async function loadDead(v: Viewer, page: readonly Resource[]): Promise<(resource: Resource) => Dead> {
  const bySort = new Map<DeadSort, string[]>();
  for (const resource of page) {
    const at = deadPlace(resource);
    if (at !== null) push(bySort, at.sort, at.id);
  }
  const found = new Map<string, Dead>();
  for (const [sort, ids] of bySort)
    for (const [id, dead] of await deadPropertiesOf(v.app.db, sort, ids)) found.set(`${sort} ${id}`, dead);
  return (resource) => {
    const at = deadPlace(resource);
    return (at && found.get(`${at.sort} ${at.id}`)) ?? NO_DEAD;
  };
}

function push(bySort: Map<DeadSort, string[]>, sort: DeadSort, id: string): void {
  const ids = bySort.get(sort);
  if (ids === undefined) bySort.set(sort, [id]);
  else ids.push(id);
}

type DeadSort = 'principal' | 'collection' | 'object';

function deadPlace(resource: Resource): { readonly sort: DeadSort; readonly id: string } | null {
  if (resource.kind === 'root' || resource.kind === 'principals') return null;
  if (resource.kind === 'principal') return { sort: 'principal', id: resource.id };
  if (resource.kind === 'object') return { sort: 'object', id: `${resource.collection}/${resource.name}` };
  return { sort: 'collection', id: String(resource.id) };
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
