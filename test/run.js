// `npm test`: runs every test/**/*.test.ts on one shared PostgreSQL. Arguments pick files by a part of their path.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { register } from 'tsx/esm/api';

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

/** @param {readonly string[]} files @param {NodeJS.ProcessEnv} environment */
function runTests(files, environment) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--test',
        '--test-concurrency=2',
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
register();
const { startPostgres } = await import('./support/postgres-server.ts');
const postgres = needsPostgres ? await startPostgres() : null;
if (postgres !== null) process.stdout.write(`tests: ${postgres.name}\n`);
const url = process.env['DAYBOOK_TEST_POSTGRES'] ?? postgres?.url ?? 'none';
// A browser takes every core it gets; tests that hold answers to their time run before there is one.
const isBrowser = (file) => file.includes('browser-');
const rounds = [files.filter((file) => !isBrowser(file)), files.filter(isBrowser)].filter(
  (round) => round.length > 0,
);
let code = 0;
for (const round of rounds)
  code = (await runTests(round, { DAYBOOK_TEST_SEED: seed, DAYBOOK_TEST_POSTGRES: url })) || code;
await postgres?.stop();
process.exit(code);
