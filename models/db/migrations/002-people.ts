import type { Migration } from './migration.ts';

/** Preferences, invitations to people and tokens of scripts. */
export const PEOPLE: Migration = {
  name: '002-people',
  statements: (w) => [
    // JSON of what the person chose in the account; a missing row means nothing was chosen.
    `CREATE TABLE preferences (
      principal_id ${w.bytewise} PRIMARY KEY REFERENCES principals (id) ON DELETE CASCADE, value TEXT NOT NULL)`,
  ],
};
