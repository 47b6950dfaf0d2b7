/** Words of SQL in which the two databases differ. */
export interface Words {
  /** A row id that is never given out twice. */
  readonly lastingId: string;
  readonly id: string;
  /** Text that is compared and ordered by its bytes. */
  readonly bytewise: string;
  readonly blob: string;
  /** Ends a table whose primary key is its order on disk. */
  readonly clustered: string;
  readonly dialect: 'sqlite' | 'postgres';
}

/** One step of the schema; steps are only ever added, and a step that was released never changes. */
export interface Migration {
  /** `NNN-name`, which is also the order. */
  readonly name: string;
  /** The statements, run in one transaction. */
  readonly statements: (words: Words) => readonly string[];
}

/** The words of a dialect. */
export function wordsOf(dialect: 'sqlite' | 'postgres'): Words {
  return dialect === 'sqlite'
    ? {
        lastingId: 'INTEGER PRIMARY KEY AUTOINCREMENT',
        id: 'INTEGER PRIMARY KEY',
        bytewise: 'TEXT',
        blob: 'BLOB',
        clustered: 'WITHOUT ROWID',
        dialect,
      }
    : {
        lastingId: 'BIGSERIAL PRIMARY KEY',
        id: 'BIGSERIAL PRIMARY KEY',
        bytewise: 'TEXT COLLATE "C"',
        blob: 'BYTEA',
        clustered: '',
        dialect,
      };
}
