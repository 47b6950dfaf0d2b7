// Translates every source and test once, before the suite runs: a hundred processes that each did it themselves would spend
// more on that than on most tests.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transform } from 'esbuild';
import { COMPILED, compiledPath, ROOT } from './place.js';

const FOLDERS = ['server', 'models', 'protocols', 'web', 'test'];

function sources() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }),
  )
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} path */
async function compile(path) {
  const { code } = await transform(readFileSync(path, 'utf8'), {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcefile: path,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  const to = compiledPath(relative(ROOT, path));
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, code);
}

/** Translates everything anew; throws for a source that cannot be read. */
export async function compileSources() {
  rmSync(COMPILED, { recursive: true, force: true });
  await Promise.all(sources().map(compile));
}
