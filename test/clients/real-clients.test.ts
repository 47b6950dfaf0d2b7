/** Programs that people use, run against a listening server; what is not installed is said and left out. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../support/server.ts';

const SCRIPTS = join(import.meta.dirname, 'real');
/** Debian's own interpreter: the one its packages of Python modules belong to. */
const PYTHON = '/usr/bin/python3';

interface RealClient {
  readonly name: string;
  /** Programs that must be on the path. */
  readonly programs: readonly string[];
  /** Python that must run without an error. */
  readonly imports: string;
  command(server: TestServer): readonly string[];
}

const address = (server: TestServer): readonly string[] => [
  `${server.origin}/`,
  server.user,
  server.password,
];
const script = (name: string): string => join(SCRIPTS, name);

const CLIENTS: readonly RealClient[] = [
  {
    name: 'vdirsyncer with khal and khard',
    programs: ['vdirsyncer', 'khal', 'khard'],
    imports: '',
    command: (s) => [
      PYTHON,
      script('vdirsyncer.py'),
      ...address(s),
      `/dav/calendars/${s.user}/`,
      `/dav/addressbooks/${s.user}/`,
    ],
  },
  {
    name: 'python-caldav',
    programs: [],
    imports: 'import caldav',
    command: (s) => [PYTHON, script('python-caldav.py'), ...address(s)],
  },
  {
    name: 'evolution-data-server',
    programs: ['dbus-run-session', 'gnome-keyring-daemon'],
    imports:
      'import gi; [gi.require_version(n, v) for n, v in (("EDataServer", "1.2"), ("ECal", "2.0"), ("EBook", "1.2"))]',
    command: (s) => ['dbus-run-session', '--', PYTHON, script('evolution.py'), ...address(s)],
  },
  {
    name: 'Thunderbird',
    programs: ['thunderbird'],
    imports: '',
    command: (s) => [PYTHON, script('thunderbird.py'), ...address(s)],
  },
];

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command in a home folder of its own, at most three minutes. */
function run([program = '', ...rest]: readonly string[]): Promise<Ended> {
  const home = mkdtempSync(join(tmpdir(), 'daybook-client-'));
  const env = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
    XDG_CACHE_HOME: '',
  };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const child = spawn(program, rest, { env, timeout: 180_000 });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      rmSync(home, { recursive: true, force: true });
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

async function missing(client: RealClient): Promise<string | null> {
  const absent = client.programs.filter((p) => !isOnPath(p));
  if (absent.length > 0) return absent.join(', ');
  try {
    return (await run([PYTHON, '-c', client.imports])).code === 0 ? null : `Python: ${client.imports}`;
  } catch {
    return PYTHON;
  }
}

for (const client of CLIENTS) {
  test(`${client.name} finds the account from its bare address and works both ways`, async (t) => {
    const absent = await missing(client);
    if (absent !== null) return t.diagnostic(`not installed here: ${absent}; nothing was checked`);
    const server = await startTestServer();
    try {
      const { code, output } = await run(client.command(server));
      for (const line of output.split('\n').filter((l) => l !== '' && !l.startsWith('dbus-daemon')))
        t.diagnostic(line);
      assert.equal(code, 0, output);
      assert.match(output, /^ok$/m);
      assert.deepEqual(
        server.log.filter((line) => line.includes('"error"')),
        [],
      );
    } finally {
      await server.stop();
    }
  });
}
