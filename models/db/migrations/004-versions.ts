import type { Migration, Words } from './migration.ts';

/** Former bodies, the trash and notices about mass changes. */
export const VERSIONS: Migration = {
  name: '004-versions',
  statements: (words) => [...versions(words), ...notices(words)],
};

const versions = (w: Words): readonly string[] => [
  // One row for each body that was current once, or that was refused because something else was. `since_utc`: from when it was.
  `CREATE TABLE versions (
    id ${w.lastingId}, collection_id BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    owner_id ${w.bytewise} NOT NULL, name ${w.bytewise} NOT NULL, uid ${w.bytewise} NOT NULL, component TEXT NOT NULL,
    etag TEXT NOT NULL, size_bytes INTEGER NOT NULL, created_utc BIGINT NOT NULL, since_utc BIGINT NOT NULL,
    ended_utc BIGINT NOT NULL, how TEXT NOT NULL, by_id ${w.bytewise}, device_id ${w.bytewise},
    restored_utc BIGINT, body ${w.blob} NOT NULL)`,
  `CREATE INDEX versions_object ON versions (collection_id, name, id)`,
  // The trash and the conflicts of a person; what was only replaced is not in it.
  `CREATE INDEX versions_owner ON versions (owner_id, how, ended_utc, id) WHERE how <> 'update'`,
  `CREATE INDEX versions_deleted ON versions (collection_id, device_id, ended_utc, restored_utc) WHERE how = 'delete'`,
];

const notices = (w: Words): readonly string[] => [
  `CREATE TABLE notices (
    id ${w.lastingId}, owner_id ${w.bytewise} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    collection_id BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE, device_id ${w.bytewise} NOT NULL,
    since_utc BIGINT NOT NULL, until_utc BIGINT NOT NULL, closed_utc BIGINT)`,
  `CREATE INDEX notices_owner ON notices (owner_id, closed_utc)`,
  `CREATE INDEX notices_collection ON notices (collection_id)`,
];
