import type { Migration } from './migration.ts';

/** Former bodies, the trash and notices about mass changes. */
export const VERSIONS: Migration = {
  name: '004-versions',
  statements: () => [],
};
