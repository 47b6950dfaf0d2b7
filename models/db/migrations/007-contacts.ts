import type { Migration, Words } from './migration.ts';

/**
 * `contacts` and `contact_keys` are derived from cards and follow the revisions of their books (`contact_books`): dropping
 * their rows loses nothing. `distinct_contacts`, `merges` and `merge_parts` are what people decided.
 */
const statements = (w: Words): readonly string[] => [
  `CREATE TABLE contacts (
    object_id BIGINT PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE, collection_id BIGINT NOT NULL,
    owner_id TEXT NOT NULL, etag TEXT NOT NULL, is_group INTEGER NOT NULL DEFAULT 0, letter ${w.bytewise} NOT NULL,
    sort_key ${w.bytewise} NOT NULL, shown_name TEXT NOT NULL, organization TEXT NOT NULL, phone TEXT NOT NULL,
    email TEXT NOT NULL, has_photo INTEGER NOT NULL DEFAULT 0, texts TEXT NOT NULL)`,
  `CREATE INDEX contacts_sorted ON contacts (owner_id, sort_key, object_id, collection_id, letter, is_group)`,
  `CREATE INDEX contacts_collection ON contacts (collection_id)`,
  `CREATE TABLE contact_keys (
    object_id BIGINT NOT NULL REFERENCES objects (id) ON DELETE CASCADE, owner_id TEXT NOT NULL,
    reason TEXT NOT NULL, value ${w.bytewise} NOT NULL)`,
  `CREATE INDEX contact_keys_value ON contact_keys (owner_id, reason, value, object_id)`,
  `CREATE INDEX contact_keys_object ON contact_keys (object_id)`,
  `CREATE TABLE contact_books (
    collection_id BIGINT PRIMARY KEY REFERENCES collections (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL, recipe TEXT NOT NULL)`,
  `CREATE TABLE distinct_contacts (
    owner_id TEXT NOT NULL REFERENCES principals (id) ON DELETE CASCADE, uid_a ${w.bytewise} NOT NULL,
    uid_b ${w.bytewise} NOT NULL, decided_utc BIGINT NOT NULL, PRIMARY KEY (owner_id, uid_a, uid_b)) ${w.clustered}`,
  `CREATE TABLE duplicate_counts (
    owner_id TEXT PRIMARY KEY REFERENCES principals (id) ON DELETE CASCADE, stamp TEXT NOT NULL,
    pairs INTEGER NOT NULL, certain INTEGER NOT NULL)`,
  `CREATE TABLE merges (
    id ${w.lastingId}, owner_id TEXT NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    merged_utc BIGINT NOT NULL, undone_utc BIGINT, batch TEXT NOT NULL)`,
  `CREATE INDEX merges_owner ON merges (owner_id, merged_utc)`,
  `CREATE INDEX merges_batch ON merges (owner_id, batch)`,
  `CREATE TABLE merge_parts (
    merge_id BIGINT NOT NULL REFERENCES merges (id) ON DELETE CASCADE, role TEXT NOT NULL,
    collection_id BIGINT NOT NULL, name ${w.bytewise} NOT NULL, etag_after TEXT, body ${w.blob} NOT NULL)`,
  `CREATE INDEX merge_parts_merge ON merge_parts (merge_id)`,
];

/** Contacts as the pages list them, duplicates that were merged, and those that are none. */
export const CONTACTS: Migration = { name: '007-contacts', statements };
