import { Refusal } from '../../models/errors.ts';
import { problem } from '../api/errors.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';

/** What a time zone service says goes wrong (RFC 7808 §5): the last part of the URN, the status, what people read. */
export const TIMEZONE_PROBLEMS = {
  'invalid-action': { status: 404, title: 'No such action' },
  'invalid-changedsince': { status: 400, title: 'The synchronization token cannot be used' },
  'tzid-not-found': { status: 404, title: 'No such time zone' },
  'invalid-format': { status: 406, title: 'No such format' },
  'invalid-start': { status: 400, title: 'The start cannot be used' },
  'invalid-end': { status: 400, title: 'The end cannot be used' },
  'invalid-pattern': { status: 400, title: 'The pattern cannot be used' },
} as const;

export type TimezoneProblemCode = keyof typeof TIMEZONE_PROBLEMS;

/** A request that a time zone service cannot answer; the message says what was expected. */
export class TimezoneProblem extends Error {
  readonly code: TimezoneProblemCode;
  constructor(code: TimezoneProblemCode, message: string) {
    super(message);
    this.name = 'TimezoneProblem';
    this.code = code;
  }
}

function typed(code: TimezoneProblemCode, detail: string, status: number = TIMEZONE_PROBLEMS[code].status) {
  const { title } = TIMEZONE_PROBLEMS[code];
  const type = `urn:ietf:params:tzdist:error:${code}`;
  return status === TIMEZONE_PROBLEMS[code].status ? { type, title, detail } : { type, detail };
}

/** Turns whatever was thrown into a problem with a URN of the service (RFC 7808 §4.1.7); bugs are logged under an id. */
export function renderTimezoneProblem(
  v: Pick<Viewer, 'app'>,
  request: Pick<WireRequest, 'method' | 'rawPath'>,
  error: unknown,
): WireResponse {
  if (error instanceof TimezoneProblem)
    return problem(TIMEZONE_PROBLEMS[error.code].status, typed(error.code, error.message));
  if (error instanceof Refusal)
    return problem(error.status, typed('invalid-action', error.message, error.status), error.headers);
  const id = v.app.random.uuid().slice(0, 8);
  v.app.log.error('timezones.failed', { id, method: request.method, path: request.rawPath, error });
  const detail = `Something went wrong on the server. Its log has the details under ${id}.`;
  return problem(500, { ...typed('invalid-action', detail, 500), id });
}
