import { authorize } from '../../models/access/service.ts';
import { moveCollection } from '../../models/collections/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { copyObject, moveObject } from '../../models/objects/service.ts';
import type { ObjectCollection, Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import { expectCollectionCondition } from './delete.ts';
import type { Found } from './found.ts';
import { readOverwrite } from './headers.ts';
import { readDestination, resolvePath } from './hrefs.ts';
import { readCondition } from './if-header.ts';
import { expectResource } from './propfind.ts';
import { tagOf } from './put.ts';
import type { Method } from './rows.ts';

type Verb = 'COPY' | 'MOVE';

/** COPY of an object (RFC 4918 §9.8). */
export const COPY: Method = { name: 'COPY', answer: (v, req, found) => transfer(v, req, found, 'COPY') };

/** MOVE of an object, or of a calendar or address book to another name in its home (RFC 4918 §9.9). */
export const MOVE: Method = { name: 'MOVE', answer: (v, req, found) => transfer(v, req, found, 'MOVE') };

async function transfer(v: Viewer, req: WireRequest, found: Found, verb: Verb): Promise<WireResponse> {
  const source = expectResource(found);
  authorize(v.actor, 'read', source);
  const target = await resolvePath(v, readDestination(v, req));
  expectElsewhere(source, target);
  const parent = found.kind === 'resource' ? found.parent : null;
  if (source.kind === 'object' && (parent?.kind === 'calendar' || parent?.kind === 'addressbook'))
    return transferObject(v, req, { found, source, parent, target, verb });
  if (source.kind !== 'calendar' && source.kind !== 'addressbook')
    throw new Refusal(403, 'This belongs to the account and stays where it is.');
  if (verb === 'COPY') throw new Refusal(403, 'Collections cannot be copied; copy what is in them.');
  return rename(v, req, { found, source, target });
}

function expectElsewhere(source: Resource, target: Found): void {
  if (target.kind === 'nowhere') {
    if (target.creating === 409) throw new Refusal(409, 'The collection of the destination does not exist.');
    throw new Refusal(target.creating, 'Nothing can be put at the destination.');
  }
  if (target.kind === 'absent') return;
  const other = target.resource;
  const isSame =
    source.kind === 'object' && other.kind === 'object'
      ? source.collection === other.collection && source.name === other.name
      : source.kind === other.kind && 'id' in source && 'id' in other && source.id === other.id;
  if (isSame) throw new Refusal(403, 'Source and destination are the same.');
}

interface ObjectTransfer {
  readonly found: Found;
  readonly source: ResourceOf<'object'>;
  readonly parent: ObjectCollection;
  readonly target: Found;
  readonly verb: Verb;
}

async function transferObject(v: Viewer, req: WireRequest, t: ObjectTransfer): Promise<WireResponse> {
  const to = objectPlace(t.target);
  if (to.collection.kind !== t.parent.kind)
    throw new Precondition(
      t.parent.kind === 'calendar' ? 'supported-address-data' : 'supported-calendar-data',
      'The destination holds objects of another kind.',
    );
  const transferring = t.verb === 'MOVE' ? moveObject : copyObject;
  const result = await transferring(v.app, v.actor, { collection: t.parent, name: t.source.name }, to, {
    overwrite: readOverwrite(req),
    sourceCondition: await readCondition(v, req, t.found),
    targetCondition: null,
  });
  return { status: result.isCreated ? 201 : 204, headers: tagOf(result), body: null };
}

/** Where an object may arrive; throws `Refusal` 403 for what is no place for objects. */
function objectPlace(target: Found): { readonly collection: ObjectCollection; readonly name: string } {
  const collection = target.kind === 'nowhere' ? null : target.parent;
  const name =
    target.kind === 'absent'
      ? target.name
      : target.kind === 'resource' && target.resource.kind === 'object'
        ? target.resource.name
        : null;
  if (name === null || (collection?.kind !== 'calendar' && collection?.kind !== 'addressbook'))
    throw new Refusal(403, 'An object goes directly into a calendar or an address book.');
  return { collection, name };
}

interface Renaming {
  readonly found: Found;
  readonly source: ObjectCollection;
  readonly target: Found;
}

async function rename(
  v: Viewer,
  req: WireRequest,
  { found, source, target }: Renaming,
): Promise<WireResponse> {
  if (target.kind === 'resource') {
    if (!readOverwrite(req)) throw new Refusal(412, 'Something stands at the destination already.');
    throw new Refusal(403, 'A collection does not replace another one; delete that first.');
  }
  if (target.kind !== 'absent' || target.parent.id !== source.home)
    throw new Precondition(
      source.kind === 'calendar' ? 'calendar-collection-location-ok' : 'addressbook-collection-location-ok',
      'A collection stays directly in its home.',
    );
  await expectCollectionCondition(v, req, found);
  await moveCollection(v.app, v.actor, source, target.name);
  return { status: 201, headers: {}, body: null };
}
