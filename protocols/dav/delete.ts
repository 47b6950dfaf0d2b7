import { authorize } from '../../models/access/service.ts';
import { deleteCollection } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import { deleteObject } from '../../models/objects/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { Found } from './found.ts';
import { readDepth } from './headers.ts';
import { readCondition } from './if-header.ts';
import { expectResource } from './propfind.ts';
import type { Method } from './rows.ts';

const GONE: WireResponse = { status: 204, headers: {}, body: null };

/** DELETE of an object or of a whole calendar or address book (RFC 4918 §9.6). */
export const DELETE: Method = {
  name: 'DELETE',
  async answer(v, req, found) {
    const resource = expectResource(found);
    authorize(v.actor, 'read', resource);
    if (resource.kind === 'calendar' || resource.kind === 'addressbook')
      return removeCollection(v, req, found, resource);
    const parent = found.kind === 'resource' ? found.parent : null;
    if (resource.kind !== 'object' || (parent?.kind !== 'calendar' && parent?.kind !== 'addressbook'))
      throw new Refusal(405, 'This belongs to the account and cannot be deleted.');
    if (req.hasTrailingSlash) throw new Refusal(404, 'There is nothing at this address.');
    const condition = await readCondition(v, req, found);
    await deleteObject(v.app, v.actor, parent, resource.name, condition);
    return GONE;
  },
};

async function removeCollection(
  v: Viewer,
  req: WireRequest,
  found: Found,
  collection: ObjectCollection,
): Promise<WireResponse> {
  const depth = readDepth(req);
  if (depth === '0' || depth === '1')
    throw new Refusal(400, 'A collection is deleted with everything in it: Depth is infinity or absent.');
  await expectCollectionCondition(v, req, found);
  await deleteCollection(v.app, v.actor, collection);
  return GONE;
}

/** Judges the conditions of a request about a collection, which has no tag but exists; throws `Refusal` 412. */
export async function expectCollectionCondition(v: Viewer, req: WireRequest, found: Found): Promise<void> {
  const { headers } = req;
  if (headers['if-none-match']?.trim() === '*') throw new Refusal(412, 'The collection exists.');
  if (headers['if-match']?.trim() === '*' && headers['if'] === undefined) return;
  const condition = await readCondition(v, req, found);
  if (condition?.(null) === false) throw new Refusal(412, 'The condition of the request is not met.');
}
