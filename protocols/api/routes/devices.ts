import type { Operation } from '../operation.ts';

/** Operations of this part of the API. */
export const DEVICE_OPERATIONS: readonly Operation[] = [];
