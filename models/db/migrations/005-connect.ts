import type { Migration } from './migration.ts';

/** Codes that set up a device and approvals of apps. Codes and tokens are kept as hashes only. */
export const CONNECT: Migration = {
  name: '005-connect',
  statements: (w) => [
    // `device_id`: the app password that the code made, or is to renew. `sealed`: its secret, for who holds the grant.
    `CREATE TABLE setup_codes (
      id ${w.bytewise} PRIMARY KEY, code_hash ${w.bytewise} NOT NULL,
      principal_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
      kind TEXT NOT NULL, renews INTEGER NOT NULL DEFAULT 0, device_id ${w.bytewise}, created_utc BIGINT NOT NULL,
      expires_utc BIGINT NOT NULL, opened_utc BIGINT, used_utc BIGINT, signed_in_utc BIGINT, fetched_utc BIGINT,
      grant_hash ${w.bytewise}, sealed TEXT)`,
    `CREATE UNIQUE INDEX setup_codes_hash ON setup_codes (code_hash)`,
    `CREATE INDEX setup_codes_principal ON setup_codes (principal_id, created_utc)`,
    `CREATE TABLE app_requests (
      id ${w.bytewise} PRIMARY KEY, poll_hash ${w.bytewise} NOT NULL, login_hash ${w.bytewise} NOT NULL,
      principal_id ${w.bytewise} REFERENCES principals (id) ON DELETE CASCADE,
      setup_code_id ${w.bytewise} REFERENCES setup_codes (id) ON DELETE CASCADE,
      client TEXT NOT NULL, network TEXT NOT NULL, created_utc BIGINT NOT NULL, expires_utc BIGINT NOT NULL,
      verdict TEXT, answered_utc BIGINT, label TEXT, scope TEXT, collected_utc BIGINT, device_id ${w.bytewise})`,
    `CREATE UNIQUE INDEX app_requests_poll ON app_requests (poll_hash)`,
    `CREATE UNIQUE INDEX app_requests_login ON app_requests (login_hash)`,
    `CREATE INDEX app_requests_principal ON app_requests (principal_id, created_utc)`,
    `CREATE INDEX app_requests_network ON app_requests (network, expires_utc)`,
  ],
};
