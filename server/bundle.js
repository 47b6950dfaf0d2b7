// Bundles the browser's scripts: every file directly in web/islands becomes one script of the same name, with all it
// imports inside. `node server/bundle.js FOLDER`; the address of a script changes with its content, its name does not.
import { readdirSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const ISLANDS = join(ROOT, 'web/islands');
const outDir = process.argv[2];

const entries = readdirSync(ISLANDS, { withFileTypes: true })
  .filter((entry) => entry.isFile() && /(?<!\.d)\.tsx?$/.test(entry.name))
  .map((entry) => entry.name);

for (const entry of entries) {
  const { name } = parse(entry);
  await build({
    root: ISLANDS,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      modulePreload: false,
      sourcemap: false,
      reportCompressedSize: false,
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: join(ISLANDS, entry),
        output: { format: 'es', entryFileNames: `${name}.js`, assetFileNames: `${name}[extname]` },
      },
    },
  });
}
