import type { Route } from '../site.ts';

/** Pages of this part. */
export const IMPORT_ROUTES: readonly Route[] = [];
