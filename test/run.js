// `npm test`: runs every test/**/*.test.ts on one shared PostgreSQL. Arguments pick files by a part of their path.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileSources } from './loader/compile.js';
import { COMPILED } from './loader/place.js';
import './loader/register.js';

const root = join(import.meta.dirname, '..');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));

function testFiles() {
  return readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort();
}

/**
 * Pure functions share one process: starting one costs more than most of their tests.
 * @param {readonly string[]} files
 */
function joinUnits(files) {
  const isUnit = (file) => file.startsWith(join('test', 'unit'));
  const units = files.filter(isUnit);
  if (units.length < 2) return files;
  const entry = join(COMPILED, 'unit.test.js');
  writeFileSync(entry, units.map((file) => `import '${pathToFileURL(join(root, file)).href}';\n`).join(''));
  return [relative(root, entry), ...files.filter((file) => !isUnit(file))];
}

/** @param {readonly string[]} files @param {NodeJS.ProcessEnv} environment @param {number} concurrency */
function runTests(files, environment, concurrency) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        '--import',
        './test/loader/register.js',
        '--test',
        `--test-concurrency=${concurrency}`,
        '--test-reporter=spec',
        '--test-timeout=600000',
        ...options,
        ...files,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } },
    );
    // An interrupt from the keyboard reaches the child by itself; one sent to this process alone must be passed on.
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    process.on('SIGHUP', pass);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

const files = testFiles();
if (files.length === 0) {
  process.stderr.write(`no test file has ${filters.join(' or ')} in its path\n`);
  process.exit(1);
}
const seed = process.env['DAYBOOK_TEST_SEED'] ?? String(randomInt(2 ** 31));
process.stdout.write(`tests: ${files.length} files, DAYBOOK_TEST_SEED=${seed}\n`);

const needsPostgres = process.env['DAYBOOK_TEST_POSTGRES'] === undefined;
await compileSources();
const { startPostgres } = await import('./support/postgres-server.ts');
const postgres = needsPostgres ? await startPostgres() : null;
if (postgres !== null) process.stdout.write(`tests: ${postgres.name}\n`);
const url = process.env['DAYBOOK_TEST_POSTGRES'] ?? postgres?.url ?? 'none';
// A browser takes every core it gets; tests that hold answers to their time run before there is one, and few at once.
const isBrowser = (file) => file.includes('browser-');
const TIMED =
  /unit|wire|clients.corpus|scenarios|store.(contacts-large|credentials|people|sqlite)|web.(api-robust|events)/;
const isTimed = (file) => !isBrowser(file) && TIMED.test(file);
// The others wait for a database, a client or a page for some of their time, so that one more of them fits.
const rounds = [
  { files: joinUnits(files.filter(isTimed)), concurrency: 2 },
  { files: files.filter((file) => !isTimed(file) && !isBrowser(file)), concurrency: 3 },
  { files: files.filter(isBrowser), concurrency: 3 },
];
const environment = { DAYBOOK_TEST_SEED: seed, DAYBOOK_TEST_POSTGRES: url };
let code = 0;
for (const { files: round, concurrency } of rounds)
  if (round.length > 0) code = (await runTests(round, environment, concurrency)) || code;
await postgres?.stop();
process.exit(code);
