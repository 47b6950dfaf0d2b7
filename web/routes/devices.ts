import type { Route } from '../site.ts';

/** Pages of this part. */
export const DEVICE_ROUTES: readonly Route[] = [];
