import type { Migration } from './migration.ts';

/** Import jobs and their items. */
export const IMPORTS: Migration = {
  name: '006-imports',
  statements: () => [],
};
