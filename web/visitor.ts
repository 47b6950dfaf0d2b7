import { Refusal } from '../models/errors.ts';
import type { UserActor } from '../models/types.ts';
import type { WireRequest } from '../protocols/wire.ts';
import { formTokenOf, isOwnUpload, readSession } from './session.ts';
import type { Site } from './site.ts';

/**
 * The person signed in to the pages, for scripts of our own pages that ask the JSON API; null for nobody. A change needs the
 * form token in the header `X-CSRF`. Throws `Refusal` 403 without it, or when the request comes from elsewhere.
 */
export async function visitorOf(site: Site, request: WireRequest): Promise<UserActor | null> {
  const session = await readSession(site, request);
  if (session === null) return null;
  if (request.method === 'GET' || request.method === 'HEAD') return session.actor;
  const formToken = formTokenOf(site, request, session, {});
  if (!isOwnUpload({ site, request, formToken }, request.headers['x-csrf'] ?? ''))
    throw new Refusal(403, 'A change from a browser needs the form token of the page in the header X-CSRF.');
  return session.actor;
}
