import { Refusal } from '../../models/errors.ts';
import { collectAppRequest, startAppRequest } from '../../models/onboarding/service.ts';
import type { Handler, Viewer, WireRequest, WireResponse } from '../wire.ts';
import { readFlowPath } from './flow-path.ts';

/**
 * How apps ask to be let in (Nextcloud's Login Flow v2, which DAVx5 speaks): a POST gives a page to open and an address to
 * poll; once somebody has allowed it on the page, polling gives a name and an app password, once.
 */
export interface LoginFlowFacts {
  /** Address of the server as the app reaches it, without trailing slash. */
  addressOf(request: WireRequest): Promise<string>;
}

const MAX_BODY_BYTES = 4096;
function json(status: number, value: unknown): WireResponse {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  return { status, headers, body: JSON.stringify(value) };
}

async function start(facts: LoginFlowFacts, v: Viewer, request: WireRequest, code?: string) {
  const address = await facts.addressOf(request);
  const { pollToken, loginToken } = await startAppRequest(v.app, {
    userAgent: request.headers['user-agent'] ?? '',
    remoteAddress: request.remoteAddress,
    ...(code === undefined ? {} : { code }),
  });
  return json(200, {
    poll: { token: pollToken, endpoint: `${address}/index.php/login/v2/poll` },
    login: `${address}/login/approve/${loginToken}`,
  });
}

async function poll(facts: LoginFlowFacts, v: Viewer, request: WireRequest): Promise<WireResponse> {
  const body = Buffer.from(await request.readBody(MAX_BODY_BYTES)).toString('utf8');
  const token = new URLSearchParams(body).get('token') ?? '';
  const collected = await collectAppRequest(v.app, token);
  // What apps of this flow expect while nobody has answered.
  if (collected === null) return json(404, []);
  const server = await facts.addressOf(request);
  return json(200, { server, loginName: collected.login, appPassword: collected.secret });
}

/** Answers the addresses of the flow. */
export function loginFlowHandler(facts: LoginFlowFacts): Handler {
  return async (v, request) => {
    const asked = readFlowPath(request.segments);
    if (asked === null) throw new Refusal(404, 'There is nothing at this address.');
    if (request.method !== 'POST') throw new Refusal(405, 'An app sends POST here.', { Allow: 'POST' });
    return asked.isPoll ? poll(facts, v, request) : start(facts, v, request, asked.code);
  };
}
