import type { Route } from '../site.ts';

/** Pages of this part. */
export const CONTACT_ROUTES: readonly Route[] = [];
