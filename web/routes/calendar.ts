import type { Route } from '../site.ts';

/** Pages of this part. */
export const CALENDAR_ROUTES: readonly Route[] = [];
