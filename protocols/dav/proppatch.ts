import { authorize } from '../../models/access/service.ts';
import { patchCollection, patchDeadProperties } from '../../models/collections/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { Resource } from '../../models/types.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import { expectRoot, readXmlBody } from './body.ts';
import { expectCollectionCondition } from './delete.ts';
import type { Found } from './found.ts';
import { readPreferences } from './headers.ts';
import { requestedHref } from './hrefs.ts';
import { readCondition } from './if-header.ts';
import { multistatus } from './multistatus.ts';
import {
  blame,
  hasColumns,
  planUpdate,
  readInstructions,
  type UpdatePlan,
  updatePropstats,
} from './property-update.ts';
import { expectResource } from './propfind.ts';
import type { Method } from './rows.ts';

/** Writes the plan; gives it back with the properties named that were refused. */
async function apply(v: Viewer, resource: Resource, plan: UpdatePlan): Promise<UpdatePlan> {
  if (resource.kind === 'root' || resource.kind === 'principals')
    throw new Refusal(403, 'Properties of this resource cannot be changed.');
  try {
    if (hasColumns(resource)) await patchCollection(v.app, v.actor, resource, plan.patch, plan.dead);
    else await patchDeadProperties(v.app, v.actor, resource, plan.dead.set, plan.dead.remove);
    return plan;
  } catch (error) {
    return blame(plan, error);
  }
}

/** Judges the conditions of the request; throws `Refusal` 412. */
async function expectCondition(v: Viewer, req: WireRequest, found: Found, resource: Resource): Promise<void> {
  if (resource.kind !== 'object') return expectCollectionCondition(v, req, found);
  const condition = await readCondition(v, req, found);
  if (condition?.(resource.etag) === false)
    throw new Refusal(412, 'The resource is not what the request expects.');
}

/** PROPPATCH (RFC 4918 §9.2): all or nothing. */
export const PROPPATCH: Method = {
  name: 'PROPPATCH',
  async answer(v, req, found, tables) {
    const resource = expectResource(found);
    authorize(v.actor, 'write-properties', resource);
    const root = await readXmlBody(req);
    if (root === null) throw new Refusal(400, 'The body is empty.');
    expectRoot(root, '{DAV:}propertyupdate');
    const instructions = readInstructions(root);
    if (instructions.length === 0) throw new Refusal(400, 'The body names no property to set or remove.');
    await expectCondition(v, req, found, resource);
    const planned = planUpdate(tables, resource.kind, instructions);
    const plan = planned.refused.length === 0 ? await apply(v, resource, planned) : planned;
    const { isMinimal } = readPreferences(req);
    const headers = isMinimal ? { 'Preference-Applied': 'return=minimal' } : {};
    if (isMinimal && plan.refused.length === 0) return { status: 204, headers, body: null };
    const href = requestedHref(v.base, req, resource);
    return multistatus([{ href, propstats: updatePropstats(plan) }], { headers });
  },
};
