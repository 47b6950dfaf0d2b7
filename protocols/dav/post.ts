import { authorize } from '../../models/access/service.ts';
import { Refusal } from '../../models/errors.ts';
import { putObject } from '../../models/objects/service.ts';
import { readMatch } from './headers.ts';
import { addMemberHref, encodeName } from './hrefs.ts';
import { expectResource } from './propfind.ts';
import { OBJECT_BODY_BYTES, tagOf } from './put.ts';
import type { Method } from './rows.ts';

/** POST to a calendar or address book adds a member under a name of the server's choice (RFC 5995). */
export const POST: Method = {
  name: 'POST',
  async answer(v, req, found) {
    const collection = expectResource(found);
    authorize(v.actor, 'read', collection);
    if (collection.kind !== 'calendar' && collection.kind !== 'addressbook')
      throw new Refusal(405, 'Members are added to calendars and address books only.');
    authorize(v.actor, 'bind', collection);
    const body = await req.readBody(OBJECT_BODY_BYTES);
    const name = `${v.app.random.uuid()}${collection.kind === 'calendar' ? '.ics' : '.vcf'}`;
    const contentType = req.headers['content-type'] ?? null;
    const condition = readMatch(req);
    const result = await putObject(v.app, v.actor, { collection, name, body, contentType, condition });
    const Location = addMemberHref(v.base, collection) + encodeName(name);
    return { status: 201, headers: { ...tagOf(result), Location }, body: null };
  },
};
