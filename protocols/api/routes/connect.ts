import type { Operation } from '../operation.ts';

/** Operations of this part of the API. */
export const CONNECT_OPERATIONS: readonly Operation[] = [];
