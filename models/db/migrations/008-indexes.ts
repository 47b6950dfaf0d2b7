import type { Migration, Words } from './migration.ts';

/** A right that is missing, or an extension that is not installed, leaves PostgreSQL with the index it has. */
const TRIGRAMS: readonly string[] = [
  'DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; EXCEPTION WHEN OTHERS THEN NULL; END $$',
  `DO $$ BEGIN
     IF EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm') THEN
       CREATE INDEX cardfields_trigrams ON cardfields USING gin (value gin_trgm_ops);
     END IF;
   EXCEPTION WHEN OTHERS THEN NULL;
   END $$`,
];

const statements = (w: Words): readonly string[] => [
  // By which recipe the index rows of a collection were made; null: from before recipes were noted.
  `ALTER TABLE collections ADD COLUMN index_recipe TEXT`,
  // While rows are made anew: those of objects up to this revision are done. Null: all are.
  `ALTER TABLE collections ADD COLUMN index_after BIGINT`,
  // Cards up to this revision are in the full-text index; only on SQLite, where it follows behind.
  `ALTER TABLE collections ADD COLUMN searched_revision BIGINT NOT NULL DEFAULT 0`,
  ...(w.dialect === 'postgres' ? TRIGRAMS : []),
];

/** How far the indexes of a collection are built, and by which recipe; a text index for parts of words. */
export const INDEXES: Migration = { name: '008-indexes', statements };
