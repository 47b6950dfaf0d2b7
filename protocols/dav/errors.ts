import { PRECONDITIONS, Precondition, Refusal } from '../../models/errors.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import { type QName, qname } from '../xml/names.ts';
import { document, el, elWith, empty, href, text, type Xml } from '../xml/write.ts';
import { hrefOf } from './hrefs.ts';

const XML_TYPE = { 'Content-Type': 'application/xml; charset=utf-8' };
/** Text for people beside the condition: an error element is never empty, some clients read that as a rate limit. */
const MESSAGE: QName = '{urn:daybook:error}message';
const REALM = 'Daybook';

/** Which privilege a method that was refused had asked for (RFC 3744 appendix B). */
const ASKED_PRIVILEGE: Readonly<Record<string, string>> = {
  PUT: 'write-content',
  PROPPATCH: 'write-properties',
  DELETE: 'unbind',
  MOVE: 'unbind',
  MKCOL: 'bind',
  MKCALENDAR: 'bind',
  POST: 'bind',
  COPY: 'bind',
};

function errorBody(status: number, condition: Xml | null, message: string): WireResponse {
  const inside = [...(condition === null ? [] : [condition]), el(MESSAGE, text(message))];
  return { status, headers: XML_TYPE, body: document('{DAV:}error', ...inside) };
}

/** The condition element of a precondition, with the hrefs of what it is about and the parts of the request it names. */
export function conditionElement(v: Viewer, req: WireRequest, error: Precondition): Xml {
  const row = PRECONDITIONS[error.code];
  const hrefs = error.about.map((resource) => href(hrefOf(v.base, resource)));
  const parts = error.parts.map(({ element, name }) => elWith(qname(row.namespace, element), { name }));
  if (error.code !== 'need-privileges') return el(qname(row.namespace, row.name), ...hrefs, ...parts);
  const asked = ASKED_PRIVILEGE[req.method] ?? 'read';
  const privilege = el('{DAV:}privilege', empty(qname('DAV:', asked)));
  const about = hrefs.length > 0 ? hrefs : [href(`${v.base}${req.rawPath}`)];
  return el('{DAV:}need-privileges', ...about.map((one) => el('{DAV:}resource', one, privilege)));
}

/** Answers 401 with the one challenge every client understands (RFC 7617). */
export function challenge(): WireResponse {
  const answer = errorBody(401, null, 'Sign in with a user name and a password.');
  return {
    ...answer,
    headers: { ...XML_TYPE, 'WWW-Authenticate': `Basic realm="${REALM}", charset="UTF-8"` },
  };
}

/** Turns whatever was thrown into an answer; what is neither `Precondition` nor `Refusal` is logged under an id and told nothing more of. */
export function renderError(v: Viewer, req: WireRequest, error: unknown): WireResponse {
  if (error instanceof Precondition)
    return errorBody(PRECONDITIONS[error.code].status, conditionElement(v, req, error), error.message);
  if (error instanceof Refusal) {
    if (error.status === 401 && error.headers['WWW-Authenticate'] === undefined) return challenge();
    const answer = errorBody(error.status, null, error.message);
    return { ...answer, headers: { ...XML_TYPE, ...error.headers } };
  }
  const id = v.app.random.uuid();
  v.app.log.error('request failed', { id, method: req.method, path: req.rawPath, error });
  return errorBody(500, null, `Something went wrong here. It is in the log as ${id}.`);
}
