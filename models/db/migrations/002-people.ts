import type { Migration } from './migration.ts';

/** Preferences, invitations to people, tokens of scripts, and what a session is good for. */
export const PEOPLE: Migration = {
  name: '002-people',
  statements: (w) => [
    // JSON of what the person chose in the account; a missing row means nothing was chosen.
    `CREATE TABLE preferences (
      principal_id ${w.bytewise} PRIMARY KEY REFERENCES principals (id) ON DELETE CASCADE, value TEXT NOT NULL)`,
    // Null: what the server allows to everybody.
    `ALTER TABLE principals ADD COLUMN quota_bytes BIGINT`,
    // Names and address, folded, for searching.
    `ALTER TABLE principals ADD COLUMN search_text TEXT NOT NULL DEFAULT ''`,
    `UPDATE principals SET search_text = lower(display_name || ' ' || login || ' ' || coalesce(email, ''))`,
    `CREATE INDEX principals_email ON principals (lower(email)) WHERE email IS NOT NULL`,
    // Sessions that were there before are asked for the password again.
    `ALTER TABLE sessions ADD COLUMN idle_seconds INTEGER NOT NULL DEFAULT 1800`,
    `ALTER TABLE sessions ADD COLUMN is_lasting INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE sessions ADD COLUMN proved_utc BIGINT NOT NULL DEFAULT 0`,
    `ALTER TABLE sessions ADD COLUMN network TEXT`,
    `CREATE INDEX invitations_principal ON invitations (principal_id)`,
    `CREATE TABLE api_tokens (
      id ${w.bytewise} PRIMARY KEY, principal_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
      hash ${w.bytewise} NOT NULL, label TEXT NOT NULL, is_read_only INTEGER NOT NULL,
      created_utc BIGINT NOT NULL, last_used_utc BIGINT, expires_utc BIGINT)`,
    `CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash)`,
    `CREATE INDEX api_tokens_principal ON api_tokens (principal_id)`,
  ],
};
