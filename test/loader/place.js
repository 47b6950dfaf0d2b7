// Where translated sources lie.
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const COMPILED = join(ROOT, 'node_modules/.cache/daybook');

/** @param {string} source path below the root */
export function compiledPath(source) {
  return join(COMPILED, source.replace(/\.tsx?$/, '.js'));
}
