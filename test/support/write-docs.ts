/** `npm run docs`: writes the pages that are computed from tables. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatedPages } from './generated-docs.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
for (const [path, text] of generatedPages()) {
  writeFileSync(join(ROOT, path), text);
  console.log(`wrote ${path}`);
}
