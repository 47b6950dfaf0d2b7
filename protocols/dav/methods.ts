import { MKCALENDAR, MKCOL } from './mkcol.ts';
import { OPTIONS } from './options.ts';
import { PROPFIND } from './propfind.ts';
import { PROPPATCH } from './proppatch.ts';
import type { Method } from './rows.ts';

/** Every HTTP method of the DAV tree. */
export const METHODS: readonly Method[] = [OPTIONS, PROPFIND, PROPPATCH, MKCOL, MKCALENDAR];
