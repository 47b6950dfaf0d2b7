import { PRECONDITIONS, Precondition, Refusal } from '../../models/errors.ts';
import { hrefOf } from '../dav/hrefs.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';

/** One field of the input that cannot be used. */
export interface FieldError {
  /** JSON Pointer into the input. */
  readonly pointer: string;
  readonly detail: string;
}

/** The input does not fit the schema of its operation. */
export class BadInput extends Error {
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super('The input cannot be used; each error names a field.');
    this.name = 'BadInput';
    this.errors = errors;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'It has changed',
  413: 'Too large',
  414: 'Address too long',
  415: 'Wrong type of body',
  422: 'Input cannot be used',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Busy',
  507: 'No room',
};

type Members = Readonly<Record<string, unknown>>;

/** Makes a problem document (RFC 9457); `members` may name another `type` and `title` than the status has. */
export function problem(
  status: number,
  members: Members,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const title = TITLES[status] ?? 'Error';
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify({ type: 'about:blank', title, status, ...members }),
  };
}

/** Turns whatever was thrown into a problem (RFC 9457); bugs are logged under an id and told nothing more of. */
export function renderProblem(
  v: Pick<Viewer, 'app' | 'base'>,
  request: Pick<WireRequest, 'method' | 'rawPath'>,
  error: unknown,
): WireResponse {
  if (error instanceof BadInput) return problem(422, { detail: error.message, errors: error.errors });
  if (error instanceof Precondition) {
    const about = error.about.map((resource) => hrefOf(v.base, resource));
    return problem(PRECONDITIONS[error.code].status, { detail: error.message, code: error.code, about });
  }
  if (error instanceof Refusal) {
    const challenge = error.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="Daybook"' } : {};
    return problem(error.status, { detail: error.message }, { ...challenge, ...error.headers });
  }
  const id = v.app.random.uuid().slice(0, 8);
  v.app.log.error('api.failed', { id, method: request.method, path: request.rawPath, error });
  return problem(500, {
    detail: `Something went wrong on the server. Its log has the details under ${id}.`,
    id,
  });
}
