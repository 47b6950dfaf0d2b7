import type { Migration } from './migration.ts';

/** Codes that set up a device and approvals of apps. */
export const CONNECT: Migration = {
  name: '005-connect',
  statements: () => [],
};
