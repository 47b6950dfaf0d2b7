import { COPY, MOVE } from './copy-move.ts';
import { DELETE } from './delete.ts';
import { GET, HEAD } from './get.ts';
import { MKCALENDAR, MKCOL } from './mkcol.ts';
import { OPTIONS } from './options.ts';
import { POST } from './post.ts';
import { PROPFIND } from './propfind.ts';
import { PROPPATCH } from './proppatch.ts';
import { PUT } from './put.ts';
import { REPORT } from './report.ts';
import type { Method } from './rows.ts';

/** Every HTTP method of the DAV tree. */
export const METHODS: readonly Method[] = [
  OPTIONS,
  GET,
  HEAD,
  PUT,
  POST,
  DELETE,
  PROPFIND,
  PROPPATCH,
  REPORT,
  MKCOL,
  MKCALENDAR,
  MOVE,
  COPY,
];
