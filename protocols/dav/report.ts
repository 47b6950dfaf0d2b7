import { authorize } from '../../models/access/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { REPORT_BODY_BYTES, REPORT_LIMITS } from '../xml/parse.ts';
import { isXml, readDepth } from './headers.ts';
import { expectResource } from './propfind.ts';
import { type Method, serves } from './rows.ts';

/** REPORT (RFC 3253 §3.6): the root element of the body says which. */
export const REPORT: Method = {
  name: 'REPORT',
  async answer(v, req, found, tables) {
    const resource = expectResource(found);
    authorize(v.actor, 'read', resource);
    const depth = readDepth(req);
    const contentType = req.headers['content-type'];
    if (!isXml(contentType)) throw new Refusal(415, 'The body of a REPORT is XML.');
    const bytes = await req.readBody(REPORT_BODY_BYTES);
    if (bytes.length === 0) throw new Refusal(400, 'The body of a REPORT says which one it is.');
    const root = tables.readXml(bytes, contentType ?? null, REPORT_LIMITS);
    if (root.name.startsWith('{}')) throw new Refusal(400, 'The root element of a REPORT has a namespace.');
    const row = tables.reports.get(root.name);
    if (row === undefined || !serves(row, resource))
      throw new Precondition('supported-report', 'This report is not served at this address.');
    return row.answer(resource, root, { v, req, depth, tables });
  },
};
