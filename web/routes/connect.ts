import type { Route } from '../site.ts';

/** Pages of this part. */
export const CONNECT_ROUTES: readonly Route[] = [];
