// Gives Node the translation of a source in place of the source; addresses stay those of the sources.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compiledPath, ROOT } from './place.js';

const HOME = pathToFileURL(`${ROOT}/`).href;

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const isSource = url.startsWith(HOME) && /\.tsx?$/.test(url) && !url.includes('/node_modules/');
  if (!isSource) return nextLoad(url, context);
  const source = readFileSync(compiledPath(decodeURIComponent(url.slice(HOME.length))));
  return { format: 'module', source, shortCircuit: true };
}
