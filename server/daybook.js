#!/usr/bin/env node
// The `daybook` command. In a checkout it first compiles the TypeScript when a source is newer than the last build;
// an installed package carries dist/ and no sources.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.stamp');
const SOURCES = ['server', 'models', 'protocols', 'web'];
const SETTINGS = ['server/tsconfig.build.json', 'tsconfig.json', 'package.json'];

/** Newest modification below a folder; folders count too, so that a removed file is noticed. */
function newestBelow(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestBelow(path) : statSync(path).mtimeMs);
  }
  return newest;
}

function isStale() {
  if (!existsSync(STAMP)) return true;
  const builtMs = statSync(STAMP).mtimeMs;
  if (SETTINGS.some((name) => statSync(join(ROOT, name)).mtimeMs > builtMs)) return true;
  return SOURCES.some((name) => newestBelow(join(ROOT, name)) > builtMs);
}

/** Styles, icons and whatever else the compiler leaves behind go to the same place below dist/. */
function copyAssets(folder, target) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) copyAssets(path, target);
    else if (!/\.tsx?$|\.d\.ts$|tsconfig(\.build)?\.json$|server\/(daybook|bundle)\.js$/.test(path)) {
      const to = join(target, relative(ROOT, path));
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(path, to);
    }
  }
}

function findCompiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    console.error(
      'Daybook is not built yet and the compiler is missing. Run "npm ci" (with development packages), then try again.',
    );
    process.exit(1);
  }
}

/** Puts a finished build in place; another process may be doing the same with a build that is as good. */
function swapIn(fresh) {
  const old = join(ROOT, `dist.${process.pid}.old`);
  for (let tries = 0; existsSync(fresh) && tries < 20; tries += 1) {
    try {
      if (existsSync(DIST)) renameSync(DIST, old);
      renameSync(fresh, DIST);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
    rmSync(old, { recursive: true, force: true });
  }
  rmSync(fresh, { recursive: true, force: true });
}

/** Compiles beside dist/ and swaps it in, so that a build that fails or runs twice never leaves half a program. */
function build() {
  const startedMs = Date.now();
  const fresh = join(ROOT, `dist.${process.pid}`);
  // Types are checked by `npm run types`; starting the server needs only the translation.
  const compile = [
    findCompiler(),
    '-p',
    join(ROOT, 'server/tsconfig.build.json'),
    '--noCheck',
    '--outDir',
    fresh,
  ];
  const bundle = [join(ROOT, 'server/bundle.js'), join(fresh, 'web/assets')];
  for (const step of [compile, bundle]) {
    const { status } = spawnSync(process.execPath, step, { cwd: ROOT, stdio: ['ignore', 2, 2] });
    if (status === 0) continue;
    rmSync(fresh, { recursive: true, force: true });
    console.error('Daybook could not be built; the messages above say where.');
    process.exit(1);
  }
  for (const name of SOURCES) copyAssets(join(ROOT, name), fresh);
  writeFileSync(join(fresh, '.stamp'), '');
  swapIn(fresh);
  if (process.stderr.isTTY) console.error(`Daybook was built in ${Date.now() - startedMs} ms.`);
}

const isCheckout = SETTINGS.every((name) => existsSync(join(ROOT, name)));
if (isCheckout && isStale()) build();
if (process.argv[2] !== '--build') await import(pathToFileURL(join(DIST, 'server/cli/main.js')).href);
