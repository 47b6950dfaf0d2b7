import type { Route } from '../site.ts';

/** Pages of this part. */
export const PEOPLE_ROUTES: readonly Route[] = [];
