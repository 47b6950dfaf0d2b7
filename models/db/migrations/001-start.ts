import type { Migration, Words } from './migration.ts';

/** The first tables: people, collections, objects, the journal and the indexes derived from objects. */
export const START: Migration = {
  name: '001-start',
  statements: (words) => [...people(words), ...collections(words), ...journal(words), ...derived(words)],
};

const people = (w: Words): readonly string[] => [
  `CREATE TABLE server (key TEXT PRIMARY KEY, value TEXT NOT NULL) ${w.clustered}`,
  `CREATE TABLE principals (
    id ${w.bytewise} PRIMARY KEY, kind TEXT NOT NULL, login TEXT NOT NULL, login_folded ${w.bytewise} NOT NULL,
    display_name TEXT NOT NULL, email TEXT, is_admin INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1,
    created_utc BIGINT NOT NULL, disabled_utc BIGINT, removed_utc BIGINT)`,
  `CREATE UNIQUE INDEX principals_login ON principals (login_folded) WHERE removed_utc IS NULL`,
  `CREATE TABLE credentials (
    id ${w.bytewise} PRIMARY KEY, principal_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, hash TEXT NOT NULL, label TEXT, scope TEXT,
    created_utc BIGINT NOT NULL, last_used_utc BIGINT, expires_utc BIGINT)`,
  `CREATE INDEX credentials_principal ON credentials (principal_id, kind)`,
  `CREATE TABLE sessions (
    id_hash ${w.bytewise} PRIMARY KEY, principal_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    created_utc BIGINT NOT NULL, last_used_utc BIGINT NOT NULL, expires_utc BIGINT NOT NULL, user_agent TEXT)`,
  `CREATE INDEX sessions_principal ON sessions (principal_id)`,
  `CREATE TABLE invitations (
    token_hash ${w.bytewise} PRIMARY KEY, purpose TEXT NOT NULL, principal_id ${w.bytewise},
    created_utc BIGINT NOT NULL, expires_utc BIGINT NOT NULL, used_utc BIGINT)`,
];

const collections = (w: Words): readonly string[] => [
  `CREATE TABLE collections (
    id ${w.lastingId}, owner_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE, home_id BIGINT,
    kind TEXT NOT NULL, holds TEXT NOT NULL, name ${w.bytewise} NOT NULL,
    display_name TEXT NOT NULL, description TEXT, color TEXT, sort_order TEXT, components TEXT,
    timezone TEXT, timezone_id TEXT, is_transparent INTEGER NOT NULL DEFAULT 0, is_default INTEGER NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL DEFAULT 0, floor BIGINT NOT NULL DEFAULT 0, incarnation TEXT NOT NULL,
    object_count BIGINT NOT NULL DEFAULT 0, bytes_used BIGINT NOT NULL DEFAULT 0,
    created_utc BIGINT NOT NULL, modified_utc BIGINT NOT NULL, deleted_utc BIGINT)`,
  `CREATE UNIQUE INDEX collections_live_name ON collections (home_id, name)
    WHERE deleted_utc IS NULL AND kind <> 'home'`,
  `CREATE UNIQUE INDEX collections_one_home ON collections (owner_id, holds) WHERE kind = 'home'`,
  `CREATE INDEX collections_home ON collections (home_id, name)`,
  `CREATE INDEX collections_owner ON collections (owner_id)`,
  `CREATE TABLE objects (
    id ${w.id}, collection_id BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    name ${w.bytewise} NOT NULL, uid ${w.bytewise} NOT NULL, component TEXT NOT NULL,
    etag TEXT NOT NULL, size_bytes INTEGER NOT NULL, revision BIGINT NOT NULL,
    first_start BIGINT, last_end BIGINT, is_endless INTEGER NOT NULL DEFAULT 0, expanded_until BIGINT,
    needs_filter INTEGER NOT NULL DEFAULT 0, created_utc BIGINT NOT NULL, modified_utc BIGINT NOT NULL,
    body ${w.blob} NOT NULL)`,
  `CREATE UNIQUE INDEX objects_name ON objects (collection_id, name)`,
  `CREATE UNIQUE INDEX objects_uid ON objects (collection_id, uid)`,
  `CREATE INDEX objects_revision ON objects (collection_id, revision, name, etag, component)`,
  `CREATE INDEX objects_start ON objects (collection_id, component, first_start)`,
  `CREATE INDEX objects_expanded ON objects (collection_id, expanded_until) WHERE expanded_until IS NOT NULL`,
];

const journal = (w: Words): readonly string[] => [
  `CREATE TABLE changes (
    scope BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, revision BIGINT NOT NULL,
    name ${w.bytewise} NOT NULL, op TEXT NOT NULL, nonce TEXT NOT NULL, at_utc BIGINT NOT NULL,
    PRIMARY KEY (scope, revision)) ${w.clustered}`,
  `CREATE TABLE dead_properties (
    resource_kind TEXT NOT NULL, resource_id ${w.bytewise} NOT NULL, name ${w.bytewise} NOT NULL, xml TEXT NOT NULL,
    PRIMARY KEY (resource_kind, resource_id, name)) ${w.clustered}`,
];

const derived = (w: Words): readonly string[] => [
  `CREATE TABLE occurrences (
    collection_id BIGINT NOT NULL, start_utc BIGINT NOT NULL, end_utc BIGINT NOT NULL,
    object_id BIGINT NOT NULL REFERENCES objects (id) ON DELETE CASCADE, component TEXT NOT NULL,
    busy TEXT, is_floating INTEGER NOT NULL DEFAULT 0)`,
  `CREATE INDEX occurrences_start
    ON occurrences (collection_id, start_utc, end_utc, object_id, component, busy, is_floating)`,
  // The few that last longer than eight days; all others are found by where they begin.
  `CREATE INDEX occurrences_long
    ON occurrences (collection_id, start_utc, end_utc, object_id, component, busy, is_floating)
    WHERE end_utc - start_utc > 691200`,
  `CREATE INDEX occurrences_object ON occurrences (object_id)`,
  `CREATE TABLE cardfields (
    collection_id BIGINT NOT NULL, object_id BIGINT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    field ${w.bytewise} NOT NULL, value ${w.bytewise} NOT NULL)`,
  // PostgreSQL refuses index entries above 2.7 KB, and a note may be longer.
  w.dialect === 'sqlite'
    ? `CREATE INDEX cardfields_value ON cardfields (collection_id, field, value, object_id)`
    : `CREATE INDEX cardfields_field ON cardfields (collection_id, field, object_id)`,
  `CREATE INDEX cardfields_object ON cardfields (object_id)`,
];
