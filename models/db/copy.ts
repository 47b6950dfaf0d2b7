import { accessSync, chmodSync, closeSync, constants, openSync, rmSync } from 'node:fs';
import { Connection } from './sqlite3.ts';

/**
 * Writes a compact copy of a SQLite file that may be in use, of one moment; `target` must not exist. The copy is for its owner
 * alone. Holds the calling thread while it copies (about a second for 300 MB).
 */
export function copySqlite(source: string, target: string): void {
  accessSync(source, constants.R_OK);
  closeSync(openSync(target, 'wx', 0o600));
  chmodSync(target, 0o600);
  const connection = new Connection(source, { isReader: false, busyTimeoutMs: 5000, cacheKibibytes: 2000 });
  try {
    connection.run('VACUUM INTO ?', [target]);
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    connection.close();
  }
}
