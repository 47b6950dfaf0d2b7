import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUser } from '../../models/principals/service.ts';
import type { Surroundings } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { openLog } from '../../server/log.ts';
import { type RunningServer, startServer } from '../../server/start.ts';

/** A real server on a temporary SQLite file, listening on the loopback interface, with one user. */
export interface TestServer {
  readonly running: RunningServer;
  readonly origin: string;
  readonly port: number;
  /** Path prefix, as in `BASE_URL`. */
  readonly base: string;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
  /** Lines of the log, as objects. */
  readonly log: readonly string[];
  addUser(login: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly base?: string;
  /** More settings, by their environment names. */
  readonly env?: Readonly<Record<string, string>>;
  /** A clock or randomness in place of the machine's. */
  readonly surroundings?: Surroundings;
  /** False: nobody is there yet, as at a first start. */
  readonly hasUser?: boolean;
}

const PASSWORD = 'correct horse battery';

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Starts a server as the command line would, with users `ann` and whoever `addUser` makes, all with one password. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { base = '', env = {}, surroundings = {}, hasUser = true } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'daybook-test-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...(base === '' ? {} : { BASE_URL: `${origin}${base}` }),
    ...env,
  });
  const log: string[] = [];
  const running = await startServer(
    config,
    openLog(config.logLevel, {
      write: (line: string) => {
        log.push(line);
      },
    }),
    surroundings,
  );
  const addUser = async (login: string): Promise<void> => {
    await createUser(
      running.app,
      { kind: 'system' },
      { login, displayName: login, email: `${login}@example.org`, password: PASSWORD },
    );
  };
  if (hasUser) await addUser('ann');
  // The first sign-in costs a password hash; what is timed later should not pay for it.
  await fetch(`${origin}${base}/dav/`, {
    method: 'PROPFIND',
    headers: { Authorization: `Basic ${btoa(`ann:${PASSWORD}`)}`, Depth: '0' },
  });
  const stop = async (): Promise<void> => {
    await running.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { running, origin, port, base, user: 'ann', password: PASSWORD, dataDir, log, addUser, stop };
}
