import { Refusal } from '../../models/errors.ts';
import type { Handler, WireRequest, WireResponse } from '../wire.ts';
import { actionAt } from './actions.ts';
import { type Catalogue, openCatalogue, type TimezoneFacts } from './catalogue.ts';
import { TIMEZONES_PATH } from './path.ts';
import { renderTimezoneProblem, TimezoneProblem } from './problems.ts';

const METHODS = 'GET, HEAD, OPTIONS';

/**
 * The time zone data distribution service (RFC 7808). It asks nobody to sign in: the data are public, and who asks for
 * which zone is nobody's business (§8, §9).
 */
export function timezonesHandler(facts: TimezoneFacts): Handler {
  let opened: Promise<Catalogue> | null = null;
  const answer = async (base: string, request: WireRequest): Promise<WireResponse> => {
    if (request.method === 'OPTIONS') return { status: 204, headers: { Allow: METHODS }, body: null };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Refusal(405, `${request.method} is not spoken here.`, { Allow: METHODS });
    const meant = actionAt(request.segments.slice(1), request.query);
    if (meant === null)
      throw new TimezoneProblem('invalid-action', 'The actions are told at the path "capabilities".');
    opened ??= openCatalogue(facts);
    const call = { facts, request, contextPath: `${base}${TIMEZONES_PATH}`, tzid: meant.tzid };
    return meant.action.run({ ...call, catalogue: await opened });
  };
  return (v, request) =>
    answer(v.base, request).catch((error: unknown) => renderTimezoneProblem(v, request, error));
}
