import { Refusal } from '../../models/errors.ts';
import { getObject, type PutResult, putObject } from '../../models/objects/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { Found } from './found.ts';
import { contentHeaders } from './get.ts';
import { readPreferences } from './headers.ts';
import { readCondition } from './if-header.ts';
import { askedForm, represent } from './representation.ts';
import type { Method } from './rows.ts';

/** Bodies beyond this are not read to their end; smaller ones that are too large for an object get its precondition. */
export const OBJECT_BODY_BYTES = 4 * 1024 * 1024;

/** PUT of a calendar object or card (RFC 4791 §5.3.2, RFC 6352 §6.3.2). */
export const PUT: Method = {
  name: 'PUT',
  async answer(v, req, found) {
    const { collection, name } = target(req, found);
    if (req.headers['content-range'] !== undefined)
      throw new Refusal(400, 'An object is put whole; Content-Range is not for PUT (RFC 9110 §14.5).');
    const condition = await readCondition(v, req, found);
    const body = await req.readBody(OBJECT_BODY_BYTES);
    const contentType = req.headers['content-type'] ?? null;
    const input = { collection, name, body, contentType, condition, isEdit: true };
    const result = await putObject(v.app, v.actor, input);
    return written(v, req, collection, name, result);
  },
};

/** Where the object goes; throws `Refusal` 404, 405 or 409 where none can. */
function target(
  req: WireRequest,
  found: Found,
): { readonly collection: ObjectCollection; readonly name: string } {
  if (found.kind === 'nowhere') {
    if (found.creating === 409) throw new Refusal(409, 'The collection above this address does not exist.');
    if (found.creating === 404) throw new Refusal(404, 'There is nothing at this address.');
    throw new Refusal(405, 'Nothing is put at this address.');
  }
  const { parent } = found;
  const name =
    found.kind === 'absent' ? found.name : found.resource.kind === 'object' ? found.resource.name : null;
  const isKeeping = parent?.kind === 'calendar' || parent?.kind === 'addressbook';
  if (!isKeeping || name === null || req.hasTrailingSlash)
    throw new Refusal(405, 'Objects are put directly into a calendar or an address book.');
  return { collection: parent, name };
}

/** The answer to a write of an object: its tag only where the stored bytes are the sent ones (RFC 4791 §5.3.4). */
async function written(
  v: Viewer,
  req: WireRequest,
  collection: ObjectCollection,
  name: string,
  result: PutResult,
): Promise<WireResponse> {
  const preferences = readPreferences(req);
  if (preferences.wantsRepresentation) {
    const stored = await getObject(v.app.db, collection.id, name);
    const headers = { 'Preference-Applied': 'return=representation' };
    if (stored !== null) {
      const form = askedForm(req, stored.object);
      const shown = form === null ? null : await represent(v, stored.object, stored.body, form);
      return {
        status: result.isCreated ? 201 : 200,
        headers: { ...contentHeaders(stored.object, shown), ...headers },
        body: shown?.body ?? stored.body,
      };
    }
  }
  return { status: result.isCreated ? 201 : 204, headers: tagOf(result), body: null };
}

/** The `ETag` header of a write, where there is one to tell. */
export function tagOf(result: PutResult): Readonly<Record<string, string>> {
  return result.isAltered ? {} : { ETag: `"${result.etag}"` };
}
