import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'server', 'daybook.js');

export interface RunningServer {
  readonly origin: string;
  readonly pid: number;
  readonly dataDir: string;
  /** Milliseconds from spawn to the first HTTP answer. */
  readonly firstAnswerMs: number;
  stop(): Promise<void>;
}

/** A free TCP port of the loopback interface. */
function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function untilAnswers(origin: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    try {
      await fetch(`${origin}/healthz`);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 10));
    }
  }
  throw new Error('the server did not answer within 15 s');
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Puts something into the data folder before the server starts. */
  readonly fill?: (dataDir: string) => Promise<void>;
}

/** Starts the built server on a new data folder with one user; `stop` ends it and removes the folder. */
export async function startServer(
  user: string,
  password: string,
  { env = {}, fill = async () => {} }: StartOptions = {},
): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  const port = await freePort();
  const settings = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...env,
  };
  const added = spawnSync(process.execPath, [BIN, 'user', 'add', user, '--password-stdin'], {
    env: settings,
    input: `${password}\n`,
    encoding: 'utf8',
  });
  if (added.status !== 0) throw new Error(`user add failed: ${added.stdout}${added.stderr}`);
  await fill(dataDir);
  const origin = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = spawn(process.execPath, [BIN, 'serve'], {
    env: settings,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilAnswers(origin, child);
  const firstAnswerMs = performance.now() - began;
  const stop = async (): Promise<void> => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { origin, pid: child.pid ?? 0, dataDir, firstAnswerMs, stop };
}

/** CPU time of a process so far in milliseconds, by the operating system's account; NaN where there is no /proc. */
export function cpuMs(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of a process in MB, now and at its peak. */
export function memoryMb(pid: number): { readonly now: number; readonly peak: number } {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return { now: Number.NaN, peak: Number.NaN };
  const status = readFileSync(path, 'utf8');
  const read = (key: string): number =>
    Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}
