import type { Migration, Words } from './migration.ts';

/**
 * Imports from the pages as jobs. Bytes of files and items lie in the folder of uploads, `body_start` and `raw_start` are
 * places in it; what an import replaces is kept here, in the transaction that says it will be replaced (`import_former`).
 */
const statements = (w: Words): readonly string[] => [
  `CREATE TABLE import_jobs (
    id ${w.bytewise} PRIMARY KEY, owner_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    state TEXT NOT NULL, wish TEXT, file_name TEXT NOT NULL, sha256 ${w.bytewise} NOT NULL, size_bytes BIGINT NOT NULL,
    time_zone TEXT, created_utc BIGINT NOT NULL, changed_utc BIGINT NOT NULL, finished_utc BIGINT, resumed_utc BIGINT,
    lease_by TEXT, lease_until_utc BIGINT, done BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL DEFAULT 0,
    at_file TEXT, kept INTEGER NOT NULL DEFAULT 0, spool_bytes BIGINT NOT NULL DEFAULT 0)`,
  `CREATE INDEX import_jobs_owner ON import_jobs (owner_id, created_utc)`,
  `CREATE INDEX import_jobs_state ON import_jobs (state, lease_until_utc)`,
  `CREATE TABLE import_files (
    job_id ${w.bytewise} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    name TEXT NOT NULL, size_bytes BIGINT NOT NULL, sha256 ${w.bytewise} NOT NULL, PRIMARY KEY (job_id, position)) ${w.clustered}`,
  `CREATE TABLE import_tables (
    job_id ${w.bytewise} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    file TEXT NOT NULL, info TEXT NOT NULL, PRIMARY KEY (job_id, position)) ${w.clustered}`,
  `CREATE TABLE import_groups (
    job_id ${w.bytewise} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    name TEXT NOT NULL, file TEXT NOT NULL, component TEXT NOT NULL, target TEXT NOT NULL, collection_id BIGINT,
    new_name TEXT, made_id BIGINT, items INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (job_id, position)) ${w.clustered}`,
  `CREATE TABLE import_items (
    job_id ${w.bytewise} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    group_position INTEGER NOT NULL, component TEXT NOT NULL, uid ${w.bytewise} NOT NULL, title TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL, tag ${w.bytewise} NOT NULL, body_start BIGINT NOT NULL,
    body_bytes INTEGER NOT NULL, raw_start BIGINT NOT NULL, raw_bytes INTEGER NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, reason_text TEXT NOT NULL, repairs TEXT NOT NULL, match_collection_id BIGINT,
    match_name ${w.bytewise}, match_title TEXT NOT NULL, differs TEXT NOT NULL, choice TEXT NOT NULL, step TEXT,
    result_collection_id BIGINT, result_name ${w.bytewise}, former_etag TEXT, result_etag TEXT, failure TEXT,
    PRIMARY KEY (job_id, position)) ${w.clustered}`,
  `CREATE INDEX import_items_verdict ON import_items (job_id, verdict, choice)`,
  `CREATE INDEX import_items_step ON import_items (job_id, step)`,
  `CREATE INDEX import_items_tag ON import_items (tag, uid)`,
  `CREATE TABLE import_former (
    job_id ${w.bytewise} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    body ${w.blob} NOT NULL, PRIMARY KEY (job_id, position))`,
  `CREATE TABLE import_mappings (
    owner_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE, header_hash ${w.bytewise} NOT NULL,
    mapping TEXT NOT NULL, PRIMARY KEY (owner_id, header_hash)) ${w.clustered}`,
];

/** Import jobs and their items. */
export const IMPORTS: Migration = { name: '006-imports', statements };
