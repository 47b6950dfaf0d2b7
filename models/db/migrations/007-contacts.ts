import type { Migration } from './migration.ts';

/** Duplicates that were merged, and those that are none. */
export const CONTACTS: Migration = {
  name: '007-contacts',
  statements: () => [],
};
