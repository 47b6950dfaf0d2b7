import { authorize } from '../access/service.ts';
import type { App, Limits } from '../app.ts';
import type { Db, Tx } from '../db/database.ts';
import { Precondition, Refusal } from '../errors.ts';
import type { Actor, Resource, ResourceOf } from '../types.ts';

/** An expanded XML name, `{namespace}local`. */
export type PropertyName = `{${string}}${string}`;

/** What has dead properties: everything but the folders above the homes. */
export type DeadKind = 'principal' | 'collection' | 'object';
export type DeadHolder = Exclude<Resource, { readonly kind: 'root' | 'principals' }>;

/** Properties to be set, as serialised elements, and names to be removed. */
export interface DeadPatch {
  readonly set: ReadonlyMap<PropertyName, string>;
  readonly remove: readonly PropertyName[];
}

/** A principal keeps what clients store for the person: larger values than a collection's. */
const PRINCIPAL_FACTOR = 4;

/** The key under which the dead properties of a resource are stored. */
export function deadKey(resource: DeadHolder): { readonly kind: DeadKind; readonly id: string } {
  switch (resource.kind) {
    case 'principal':
      return { kind: 'principal', id: resource.id };
    case 'object':
      return { kind: 'object', id: objectKey(resource) };
    default:
      return { kind: 'collection', id: String(resource.id) };
  }
}

function objectKey(object: Pick<ResourceOf<'object'>, 'collection' | 'name'>): string {
  return `${object.collection}/${object.name}`;
}

/** Reads the dead properties of many resources of one kind; resources without any are not in the result. */
export async function deadPropertiesOf(
  db: Db,
  kind: DeadKind,
  ids: readonly (string | number)[],
): Promise<ReadonlyMap<string, ReadonlyMap<PropertyName, string>>> {
  const found = new Map<string, Map<PropertyName, string>>();
  if (ids.length === 0) return found;
  const rows = await db.all<{ resource_id: string; name: PropertyName; xml: string }>(
    `SELECT resource_id, name, xml FROM dead_properties WHERE resource_kind = ? AND resource_id IN ${db.oneOf} ORDER BY name`,
    [kind, JSON.stringify(ids.map(String))],
  );
  for (const row of rows) {
    const properties = found.get(row.resource_id) ?? new Map<PropertyName, string>();
    properties.set(row.name, row.xml);
    found.set(row.resource_id, properties);
  }
  return found;
}

/** Reads the dead properties of one resource. */
export async function deadPropertiesOfOne(
  db: Db,
  resource: DeadHolder,
): Promise<ReadonlyMap<PropertyName, string>> {
  const { kind, id } = deadKey(resource);
  return (await deadPropertiesOf(db, kind, [id])).get(id) ?? new Map<PropertyName, string>();
}

/** Throws Precondition `quota-not-exceeded` when a value of the patch is too large. */
export function checkDeadPatch(kind: DeadKind, patch: DeadPatch, limits: Limits): void {
  const most = limits.maxDeadPropertyBytes * (kind === 'principal' ? PRINCIPAL_FACTOR : 1);
  for (const [name, xml] of patch.set) {
    const bytes = Buffer.byteLength(xml);
    if (bytes > most)
      throw new Precondition(
        'quota-not-exceeded',
        `The property ${name.slice(0, 200)} has ${bytes} bytes; ${most} are kept.`,
      );
  }
}

/** Writes a patch that was checked. Throws Precondition `quota-not-exceeded` when there are too many properties. */
export async function storeDeadPatch(
  tx: Tx,
  key: { readonly kind: DeadKind; readonly id: string },
  patch: DeadPatch,
  limits: Limits,
): Promise<void> {
  for (const name of patch.remove)
    await tx.run('DELETE FROM dead_properties WHERE resource_kind = ? AND resource_id = ? AND name = ?', [
      key.kind,
      key.id,
      name,
    ]);
  if (patch.set.size === 0) return;
  for (const [name, xml] of patch.set)
    await tx.run(
      `INSERT INTO dead_properties (resource_kind, resource_id, name, xml) VALUES (?, ?, ?, ?)
       ON CONFLICT (resource_kind, resource_id, name) DO UPDATE SET xml = excluded.xml`,
      [key.kind, key.id, name, xml],
    );
  const row = await tx.get<{ count: number }>(
    'SELECT count(*) AS count FROM dead_properties WHERE resource_kind = ? AND resource_id = ?',
    [key.kind, key.id],
  );
  if (Number(row?.count ?? 0) > limits.maxDeadProperties)
    throw new Precondition(
      'quota-not-exceeded',
      `A resource keeps at most ${limits.maxDeadProperties} properties of clients.`,
    );
}

/** Takes the dead properties of an object along to another place, or away when `to` is null. Copies when `isCopy`. */
export async function moveDeadProperties(
  tx: Tx,
  from: Pick<ResourceOf<'object'>, 'collection' | 'name'>,
  to: Pick<ResourceOf<'object'>, 'collection' | 'name'> | null,
  isCopy = false,
): Promise<void> {
  const where = `WHERE resource_kind = 'object' AND resource_id = ?`;
  if (to !== null) {
    await tx.run(`DELETE FROM dead_properties ${where}`, [objectKey(to)]);
    await tx.run(
      `INSERT INTO dead_properties (resource_kind, resource_id, name, xml)
       SELECT resource_kind, ?, name, xml FROM dead_properties ${where}`,
      [objectKey(to), objectKey(from)],
    );
  }
  if (!isCopy) await tx.run(`DELETE FROM dead_properties ${where}`, [objectKey(from)]);
}

/**
 * Sets and removes dead properties, all or none (RFC 4918 §9.2). Collections go through `patchCollection`, which tells
 * their home. Throws Precondition `quota-not-exceeded` beyond the limits, `need-privileges`.
 */
export async function patchDeadProperties(
  app: Pick<App, 'db' | 'limits'>,
  actor: Actor,
  resource: DeadHolder,
  set: DeadPatch['set'],
  remove: DeadPatch['remove'],
): Promise<void> {
  authorize(actor, 'write-properties', resource);
  const key = deadKey(resource);
  const patch = { set, remove };
  checkDeadPatch(key.kind, patch, app.limits);
  await app.db.write(async (tx) => {
    // The row is locked, so that the resource cannot go away under its properties.
    if (!(await lockHolder(tx, resource))) throw new Refusal(404, 'There is nothing here any more.');
    await storeDeadPatch(tx, key, patch, app.limits);
  });
}

async function lockHolder(tx: Tx, resource: DeadHolder): Promise<boolean> {
  switch (resource.kind) {
    case 'principal':
      return (await tx.run('UPDATE principals SET version = version WHERE id = ?', [resource.id])) > 0;
    case 'object':
      return (
        (await tx.run('UPDATE objects SET etag = etag WHERE collection_id = ? AND name = ?', [
          resource.collection,
          resource.name,
        ])) > 0
      );
    default:
      return (
        (await tx.run('UPDATE collections SET revision = revision WHERE id = ? AND deleted_utc IS NULL', [
          resource.id,
        ])) > 0
      );
  }
}
