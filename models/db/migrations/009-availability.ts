import type { Migration } from './migration.ts';

/** What a person says about when to be asked at all: a property of the inbox (RFC 7953 §7.2.4). */
export const AVAILABILITY: Migration = {
  name: '009-availability',
  statements: () => ['ALTER TABLE collections ADD COLUMN availability TEXT'],
};
