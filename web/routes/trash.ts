import type { Route } from '../site.ts';

/** Pages of this part. */
export const TRASH_ROUTES: readonly Route[] = [];
