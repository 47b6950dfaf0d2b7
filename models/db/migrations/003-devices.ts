import type { Migration, Words } from './migration.ts';

/** Devices, what they asked, the log of activity. */
export const DEVICES: Migration = {
  name: '003-devices',
  statements: (words) => [...devices(words), ...requests(words), ...audit(words)],
};

const devices = (w: Words): readonly string[] => [
  // A password that was taken back is remembered as kind `removed`, so that what still sends it can be named.
  `ALTER TABLE credentials ADD COLUMN revoked_utc BIGINT`,
  // `id`: of the app password, or a hash of person and program. An app password that was never used has no row here.
  `CREATE TABLE devices (
    id ${w.bytewise} PRIMARY KEY, principal_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    signs_in_with TEXT NOT NULL, name TEXT, program ${w.bytewise} NOT NULL, client TEXT, client_version TEXT, platform TEXT,
    first_used_utc BIGINT, last_used_utc BIGINT, last_sync_utc BIGINT,
    refused_since_utc BIGINT, refused_last_utc BIGINT, refusal TEXT, removed_utc BIGINT)`,
  `CREATE INDEX devices_principal ON devices (principal_id)`,
  `CREATE TABLE device_syncs (
    device_id ${w.bytewise} NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    collection_id BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, at_utc BIGINT NOT NULL,
    PRIMARY KEY (device_id, collection_id)) ${w.clustered}`,
  `CREATE TABLE device_buckets (
    device_id ${w.bytewise} NOT NULL REFERENCES devices (id) ON DELETE CASCADE, start_utc BIGINT NOT NULL,
    checked INTEGER NOT NULL, changed INTEGER NOT NULL, refused INTEGER NOT NULL,
    PRIMARY KEY (device_id, start_utc)) ${w.clustered}`,
];

const requests = (w: Words): readonly string[] => [
  // What devices asked, as facts without contents: the newest of each device, and changes and refusals for a while.
  `CREATE TABLE requests (
    id ${w.lastingId}, device_id ${w.bytewise} NOT NULL REFERENCES devices (id) ON DELETE CASCADE, at_utc BIGINT NOT NULL,
    outcome TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, ms INTEGER NOT NULL,
    reason TEXT, client TEXT, times INTEGER NOT NULL)`,
  `CREATE INDEX requests_device ON requests (device_id, id)`,
  `CREATE INDEX requests_time ON requests (at_utc)`,
  // Sign-ins that belong to no device: wrong names, and wrong passwords of programs that never signed in.
  `CREATE TABLE strange_sign_ins (
    login_folded ${w.bytewise} NOT NULL, program ${w.bytewise} NOT NULL, login TEXT NOT NULL, client TEXT,
    reason TEXT NOT NULL, network TEXT NOT NULL, first_utc BIGINT NOT NULL, last_utc BIGINT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (login_folded, program)) ${w.clustered}`,
];

const audit = (w: Words): readonly string[] => [
  // Rows are only ever added; `hash` covers the row and the hash of the one before it on the same day.
  `CREATE TABLE audit (
    id ${w.lastingId}, at_utc BIGINT NOT NULL, day TEXT NOT NULL, action ${w.bytewise} NOT NULL, verdict TEXT NOT NULL,
    actor_id ${w.bytewise}, actor_name TEXT NOT NULL, via TEXT NOT NULL, device_id ${w.bytewise},
    about TEXT NOT NULL, network TEXT, hash TEXT NOT NULL)`,
  `CREATE INDEX audit_time ON audit (at_utc)`,
  `CREATE INDEX audit_actor ON audit (actor_id, id)`,
  `CREATE TABLE audit_days (day ${w.bytewise} PRIMARY KEY, hash TEXT NOT NULL, count INTEGER NOT NULL)`,
];
