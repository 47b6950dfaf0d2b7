import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { plainEvent } from '../support/hostile.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'daybook-cli-'));
const PASSWORD = 'correct horse battery';

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const started = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, ['dist/server/cli/main.js', ...words], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: join(folder, 'data'), PORT: '0', ...env },
  });

/** Runs the command as a person would, in a process of its own. */
function daybook(
  words: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = started(words, env);
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    err += text.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const add = (name: string, ...more: readonly string[]) =>
  daybook(['user', 'add', name, '--password-stdin', ...more], PASSWORD);

describe('the command line', () => {
  // The build is what people run, and it starts faster than the sources.
  before(() => void execFileSync(process.execPath, ['server/daybook.js', '--build'], { cwd: ROOT }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('tells wrong usage and bad settings apart', async () => {
    const help = await daybook(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /Exit codes: 0 done/);
    assert.match((await daybook(['user', 'add', '--help'])).out, /Example/);
    assert.equal((await daybook(['frob'])).code, 2);
    assert.equal((await daybook(['user', 'add'])).code, 2);
    assert.equal((await daybook(['user', 'add', 'x'])).code, 2, 'no password and no terminal');
    const bad = await daybook(['user', 'list'], '', { PORT: 'abc' });
    assert.equal(bad.code, 5);
    assert.equal(
      bad.err,
      'PORT="abc" cannot be used. Expected: a port from 0 to 65535 (0 takes a free one).\n',
    );
    const open = await daybook(['serve'], '', { HOST: '0.0.0.0' });
    assert.equal(open.code, 5);
    assert.match(open.err, /^HOST="0\.0\.0\.0" can be reached/);
  });

  test('adds, lists, changes and removes people', async () => {
    const added = await add(
      'ann',
      '--email',
      'ann@example.org',
      '--display-name',
      'Ann',
      '--admin',
      '--json',
    );
    assert.equal(added.code, 0, added.err);
    assert.equal(JSON.parse(added.out).email, 'ann@example.org');
    assert.equal((await add('bob')).code, 0);
    const twice = await add('ANN');
    assert.equal(twice.code, 1);
    assert.match(twice.err, /already/);
    assert.equal((await daybook(['user', 'add', 'cat', '--password-stdin'], 'short')).code, 1);
    const listed = JSON.parse((await daybook(['user', 'list', '--json'])).out);
    assert.deepEqual(
      listed.map((user: { login: string }) => user.login),
      ['ann', 'bob'],
    );
    assert.equal((await daybook(['user', 'disable', 'bob'])).code, 0);
    assert.match((await daybook(['user', 'list'])).out, /bob .*disabled/);
    assert.equal((await daybook(['user', 'enable', 'Bob'])).code, 0);
    assert.equal(
      (await daybook(['user', 'password', 'bob', '--password-stdin'], 'another good one')).code,
      0,
    );
    assert.equal((await daybook(['user', 'remove', 'bob'])).code, 2, 'asks where nobody can answer');
    assert.equal((await daybook(['user', 'remove', 'bob', '--yes'])).code, 0);
    assert.equal((await daybook(['user', 'remove', 'bob', '--yes'])).code, 4);
    assert.equal((await daybook(['user', 'bring-back', 'bob'])).code, 0);
    assert.equal((await daybook(['user', 'bring-back', 'bob'])).code, 4);
    assert.equal((await daybook(['user', 'remove', 'bob', '--yes'])).code, 0);
  });

  test('imports, tells what it refuses, and changes nothing the second time', async () => {
    const good = write('good.ics', plainEvent('one'));
    const mixed = write('mixed.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:Zoe\nEND:VCARD\nnonsense\n');
    assert.equal((await daybook(['import', join(folder, 'nowhere.ics'), '--user', 'ann'])).code, 4);
    assert.equal((await daybook(['import', good, '--user', 'nobody'])).code, 4);
    assert.equal((await daybook(['import', good, '--user', 'ann', '--into', 'nope'])).code, 4);
    const dry = await daybook(['import', good, '--user', 'ann', '--dry-run']);
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /^create .*good\.ics:\d+ /);
    assert.match(dry.out, /1 new.*nothing was written/);
    const dryMixed = await daybook(['import', mixed, '--user', 'ann', '--dry-run']);
    assert.equal(dryMixed.out.match(/mixed\.vcf:5/g)?.length, 1, 'each item is told once');
    const dryJson = JSON.parse((await daybook(['import', good, '--user', 'ann', '--dry-run', '--json'])).out);
    assert.deepEqual([dryJson.items[0].action, dryJson.items[0].into], ['create', 'Calendar']);
    const first = await daybook(['import', good, mixed, '--user', 'ann', '--json']);
    assert.equal(first.code, 3, first.err);
    const done = JSON.parse(first.out);
    assert.deepEqual([done.create, done.refuse], [2, 1]);
    assert.match(done.refusals[0].file, /mixed\.vcf$/);
    assert.equal(done.refusals[0].line, 5);
    const second = await daybook(['import', good, '--user', 'ann', '--json']);
    assert.equal(second.code, 0);
    assert.equal(JSON.parse(second.out).skip, 1);
    const wrongPlace = await daybook(['import', good, '--user', 'ann', '--into', 'contacts']);
    assert.equal(wrongPlace.code, 1);
    assert.match(wrongPlace.out, /does not take VEVENT/);
  });

  test('says in plain words what a file, a folder or the database is not', async () => {
    const empty = join(folder, 'empty-folder');
    mkdirSync(empty, { recursive: true });
    const nothing = await daybook(['import', empty, '--user', 'ann']);
    assert.equal(nothing.code, 4);
    assert.match(nothing.err, /^There is no \.ics, \.vcf or \.zip file/);
    const nowhere = await daybook(['export', '--user', 'ann', '--out', join(folder, 'no', 'where.zip')]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /^".*where\.zip" cannot be used: it is not there\.\n$/);
    const file = write('a-file', 'not a database, and long enough to be read as the head of one'.repeat(20));
    const noFolder = await daybook(['user', 'list'], '', { DATA_DIR: join(file, 'data') });
    assert.equal(noFolder.code, 5);
    assert.match(noFolder.err, /^DATA_DIR=".*" cannot be made/);
    const noDatabase = await daybook(['user', 'list'], '', { DATABASE_URL: `sqlite:${file}` });
    assert.equal(noDatabase.code, 5);
    assert.match(noDatabase.err, /^The database .*a-file cannot be opened/);
    const silent = await daybook(['serve'], '', { DATABASE_URL: 'postgres://ann:geheim@127.0.0.1:1/dav' });
    assert.equal(silent.code, 1);
    assert.match(silent.err, /dav on 127\.0\.0\.1:1\) does not answer/);
    assert.doesNotMatch(silent.err, /geheim/);
  });

  test('copies the database, and writes over nothing', async () => {
    const copy = join(folder, 'backup.sqlite');
    assert.equal((await daybook(['backup', copy])).code, 0);
    const again = await daybook(['backup', copy]);
    assert.equal(again.code, 1);
    assert.match(again.err, /it exists already/);
    const users = await daybook(['user', 'list', '--json'], '', { DATABASE_URL: `sqlite:${copy}` });
    assert.match(users.out, /"login": "ann"/);
    const other = { DATABASE_URL: 'postgres://ann@127.0.0.1:1/dav' };
    const postgres = await daybook(['backup', join(folder, 'p.sqlite')], '', other);
    assert.equal(postgres.code, 1);
    assert.match(postgres.err, /pg_dump/);
  });

  test('lists calendars and address books; what is not deleted cannot be brought back', async () => {
    const listed = await daybook(['collection', 'list', '--user', 'ann', '--json']);
    assert.deepEqual(
      JSON.parse(listed.out).map((c: { name: string }) => c.name),
      ['calendar', 'tasks', 'contacts'],
    );
    const deleted = await daybook(['collection', 'list', '--user', 'ann', '--deleted']);
    assert.equal(deleted.out, 'There is no deleted calendar or address book.\n');
    assert.equal((await daybook(['collection', 'restore', 'calendar', '--user', 'ann'])).code, 4);
  });

  test('exports the very bytes, to a folder and to an archive that can be imported', async () => {
    const out = join(folder, 'out');
    assert.equal((await daybook(['export', '--user', 'ann', '--out', out])).code, 0);
    const names = readdirSync(join(out, 'calendars', 'calendar'));
    assert.equal(names.length, 1);
    assert.equal(readFileSync(join(out, 'calendars', 'calendar', names[0] ?? ''), 'utf8'), plainEvent('one'));
    assert.equal(
      (await daybook(['export', '--user', 'ann', '--out', out])).code,
      1,
      'nothing is written over',
    );
    const zip = join(folder, 'ann.zip');
    const one = await daybook([
      'export',
      '--user',
      'ann',
      '--collection',
      'Contacts',
      '--out',
      zip,
      '--json',
    ]);
    assert.equal(JSON.parse(one.out).items, 1);
    assert.ok(existsSync(zip));
    const again = JSON.parse((await daybook(['import', zip, '--user', 'ann', '--json'])).out);
    assert.deepEqual([again.create, again.skip, again.refuse], [0, 1, 0]);
    assert.equal(
      (await daybook(['export', '--user', 'ann', '--collection', 'nope', '--out', `${zip}2`])).code,
      4,
    );
  });

  test('the doctor finds nothing, and mends the indexes', async () => {
    const well = await daybook(['doctor', '--json']);
    assert.equal(well.code, 0, well.out + well.err);
    assert.deepEqual(JSON.parse(well.out).findings, []);
    const mended = await daybook(['doctor', '--reindex']);
    assert.equal(mended.code, 0);
    assert.match(mended.out, /indexes of 2 items/);
  });

  test('works while the server runs, which ends quickly when told', async () => {
    const server = started(['serve']);
    let told = '';
    const ready = new Promise<string>((resolve) => {
      server.stdout.on('data', (text: Buffer) => {
        told += text.toString();
        const url = /listening on (\S+)/.exec(told)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    const ended = new Promise<number | null>((resolve) => server.on('close', resolve));
    try {
      const url = await ready;
      assert.doesNotMatch(told, /setup\?token/, 'there is an administrator');
      assert.equal((await add('dora')).code, 0);
      const headers = {
        Authorization: `Basic ${Buffer.from(`dora:${PASSWORD}`).toString('base64')}`,
        Depth: '0',
      };
      assert.equal((await fetch(`${url}/dav/`, { method: 'PROPFIND', headers })).status, 207);
      assert.equal((await daybook(['user', 'disable', 'dora'])).code, 0);
      assert.equal((await fetch(`${url}/dav/`, { method: 'PROPFIND', headers })).status, 401);
    } finally {
      const began = performance.now();
      server.kill('SIGTERM');
      assert.equal(await ended, 0);
      assert.ok(performance.now() - began < 3000);
    }
  });

  test('prints a set-up link while nobody can administer', async () => {
    mkdirSync(join(folder, 'empty'));
    const server = started(['serve'], { DATA_DIR: join(folder, 'empty') });
    let told = '';
    await new Promise<void>((resolve) => {
      server.stdout.on('data', (text: Buffer) => {
        told += text.toString();
        if (told.includes('setup?token=')) resolve();
      });
    });
    assert.match(told, /http:\/\/127\.0\.0\.1:\d+\/setup\?token=[\w-]{43}\n/);
    const ended = new Promise((resolve) => server.on('close', resolve));
    server.kill('SIGINT');
    assert.equal(await ended, 0);
  });
});
