import type { Migration } from './migration.ts';

/** Devices, what they asked, the log of activity. */
export const DEVICES: Migration = {
  name: '003-devices',
  statements: () => [],
};
